"""Decisions of the SDK's samplers that are plain from their settings, without asking them.

Asking costs as much as all the rest that a statement without a span costs. Follows "Sampler" in
"Tracing SDK", https://opentelemetry.io/docs/specs/otel/trace/sdk/#sampler
"""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    ParentBased,
    Sampler,
    TraceIdRatioBased,
)
from opentelemetry.trace import SpanContext

_ID_LIMIT = TraceIdRatioBased.TRACE_ID_LIMIT
_MODULE = "opentelemetry.sdk.trace.sampling"


class Forecast:
    """The decisions of one sampler, as far as they are plain."""

    def __init__(self, sampler: Any) -> None:
        self.follows_parent = follows_parent(sampler)
        root = getattr(sampler, "_root", None) if self.follows_parent else sampler
        self._sampled_ids = sampled_ids(root)

    def decision(self, parent: SpanContext | None, trace_id: int) -> bool | None:
        """Return whether a span will be sampled; None if the sampler has to be asked."""
        if parent is not None and self.follows_parent:
            return parent.trace_flags.sampled
        if self._sampled_ids is None:
            return None
        return trace_id & _ID_LIMIT < self._sampled_ids


def follows_parent(sampler: Any) -> bool:
    """Whether a sampler does with a span as was done with its parent, if it has one."""
    is_the_sdk_s = getattr(type(sampler), "should_sample", None) is ParentBased.should_sample
    return is_the_sdk_s and all(
        getattr(sampler, f"_{place}_parent_{state}", None) is decision
        for place in ("local", "remote")
        for state, decision in (("sampled", ALWAYS_ON), ("not_sampled", ALWAYS_OFF))
    )


def sampled_ids(sampler: Any) -> int | None:
    """Return the lowest of the 64-bit ids of traces that a sampler takes none of.

    All ids below it are sampled, whatever the span. None if that cannot be foreseen.
    """
    if sampler is ALWAYS_ON:
        return _ID_LIMIT + 1
    return sampler.bound if type(sampler) is TraceIdRatioBased else None


def adds_clean_attributes(sampler: Any) -> bool:
    """Whether a sampler and those that it asks are the SDK's, which add no attributes."""
    asked = [
        value for value in getattr(sampler, "__dict__", {}).values() if isinstance(value, Sampler)
    ]
    return type(sampler).__module__ == _MODULE and all(map(adds_clean_attributes, asked))
