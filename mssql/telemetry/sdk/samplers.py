"""Decisions of the SDK's samplers that follow from their settings, without a call.

A call costs as much as everything else that a statement without a span costs. Follows "Sampler" in
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
    """The decisions of one sampler that follow from its settings."""

    def __init__(self, sampler: Any) -> None:
        self.follows_parent = follows_parent(sampler)
        root = getattr(sampler, "_root", None) if self.follows_parent else sampler
        self._sampled_ids = sampled_ids(root)

    def decision(self, parent: SpanContext | None, trace_id: int) -> bool | None:
        """Return whether a span will be sampled; None if the sampler must be called."""
        if parent is not None and self.follows_parent:
            return parent.trace_flags.sampled
        if self._sampled_ids is None:
            return None
        return trace_id & _ID_LIMIT < self._sampled_ids


def follows_parent(sampler: Any) -> bool:
    """Return whether a sampler decides on a span as on its parent, if it has one."""
    is_the_sdk_s = getattr(type(sampler), "should_sample", None) is ParentBased.should_sample
    return is_the_sdk_s and all(
        getattr(sampler, f"_{origin}_parent_{state}", None) is decision
        for origin in ("local", "remote")
        for state, decision in (("sampled", ALWAYS_ON), ("not_sampled", ALWAYS_OFF))
    )


def sampled_ids(sampler: Any) -> int | None:
    """Return the lowest 64-bit trace id that a sampler does not sample; all ids below it are.

    None if the sampler decides otherwise.
    """
    if sampler is ALWAYS_ON:
        return _ID_LIMIT + 1
    return sampler.bound if type(sampler) is TraceIdRatioBased else None


def adds_clean_attributes(sampler: Any) -> bool:
    """Return whether a sampler and those that it calls are the SDK's, which add no attributes."""
    delegates = [
        value for value in getattr(sampler, "__dict__", {}).values() if isinstance(value, Sampler)
    ]
    return type(sampler).__module__ == _MODULE and all(map(adds_clean_attributes, delegates))
