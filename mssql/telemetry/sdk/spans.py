"""The interface of span starters, and the public one, which any tracer supports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Span, SpanContext, SpanKind

from mssql.telemetry import guard

if TYPE_CHECKING:
    from typing import Protocol

    class SpanStarter(Protocol):
        """A starter of statements' spans, in two steps.

        Most statements of most applications are not sampled, which shows before the statement's
        text is looked at. Neither step raises if a sampler or processor fails.
        """

        def prospect(self, context: Context) -> Prospect | None:
            """Return the prospect of a span in `context`; None if none will be recorded there."""

        def start(
            self, prospect: Prospect, name: str, attributes: Mapping[str, Any], time: int
        ) -> Span:
            """Start a span at `time`, in nanoseconds since 1970; INVALID_SPAN if not recorded."""


class Prospect:
    """A span that may be sampled by its context and trace id.

    Without `trace_id` it is the SDK's to start; `is_sampled` is None if the sampler must be called.
    """

    __slots__ = ("context", "is_sampled", "parent", "trace_id")

    def __init__(
        self,
        context: Context,
        trace_id: int | None = None,
        parent: SpanContext | None = None,
        is_sampled: bool | None = None,
    ) -> None:
        self.context = context
        self.trace_id = trace_id
        self.parent = parent
        self.is_sampled = is_sampled


class PublicSpanStarter:
    """A starter of spans by start_span() of any tracer."""

    def __init__(self, tracer: trace.Tracer) -> None:
        self._tracer = tracer

    def prospect(self, context: Context) -> Prospect:
        return Prospect(context)

    def start(
        self, prospect: Prospect, name: str, attributes: Mapping[str, Any], time: int
    ) -> Span:
        try:
            return self._tracer.start_span(
                name, prospect.context, SpanKind.CLIENT, attributes, (), time
            )
        except Exception as error:  # noqa: BLE001 (a sampler's or processor's)
            guard.report(self._tracer, error)
            return INVALID_SPAN
