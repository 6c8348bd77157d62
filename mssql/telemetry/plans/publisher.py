"""A captured query plan on its way to whoever wants it: OpenTelemetry's logs and subscribers."""

from __future__ import annotations

import inspect
import threading
from dataclasses import dataclass, field, replace
from functools import lru_cache
from time import time_ns
from typing import Any, Callable, Mapping

from opentelemetry import _logs as logs
from opentelemetry import trace

import mssql
from mssql.telemetry import guard, semconv


@dataclass(frozen=True)
class CapturedPlan:
    """The query plan of a statement, scrubbed of every value.

    `kind` is "estimated" or "actual"; `source` the way it came: "last_actual", "cache",
    "query_store" or "showplan"; `cost` the optimizer's estimate for the whole statement, in
    its own unit; `warnings` what the optimizer or the run complains of, one sentence each;
    `span_context` the execution that the plan was captured for; `captured_at` in nanoseconds
    since 1970.
    """

    namespace: str
    summary: str
    text: str
    xml: str = field(repr=False)
    kind: str
    source: str
    query_hash: str
    plan_hash: str
    cost: float
    warnings: tuple[str, ...]
    span_context: trace.SpanContext
    captured_at: int = field(default_factory=time_ns)

    def attributes(self) -> dict[str, Any]:
        """What the statement's span says of its plan."""
        found: dict[str, Any] = {
            semconv.QUERY_HASH: self.query_hash,
            semconv.PLAN_HASH: self.plan_hash,
            semconv.PLAN_KIND: self.kind,
            semconv.PLAN_SOURCE: self.source,
            semconv.PLAN_COST: self.cost,
        }
        if self.warnings:
            found[semconv.PLAN_WARNINGS] = self.warnings
        return found

    def of_span(self, span_context: trace.SpanContext) -> CapturedPlan:
        """This plan as that of another execution of the same statement."""
        return replace(self, span_context=span_context, captured_at=time_ns())


Subscriber = Callable[[CapturedPlan], None]
_subscribers: tuple[Subscriber, ...] = ()
_lock = threading.Lock()


def subscribe(subscriber: Subscriber) -> None:
    """Have `subscriber` called with each CapturedPlan, in the capturing thread."""
    global _subscribers
    with _lock:
        if subscriber not in _subscribers:
            _subscribers = (*_subscribers, subscriber)


def unsubscribe(subscriber: Subscriber) -> None:
    """Call `subscriber` no more."""
    global _subscribers
    with _lock:
        _subscribers = tuple(other for other in _subscribers if other != subscriber)


def publish(plan: CapturedPlan, attributes: Mapping[str, Any], logger_provider: Any) -> None:
    """Hand `plan` to the subscribers, and emit it as an OpenTelemetry event that carries its
    span's ids; `attributes` are the statement's own. A plan whose document went out before, and
    was not kept, is an event without a body."""
    for subscriber in _subscribers if plan.xml else ():
        guard.call(subscriber, plan)
    guard.call(_emit, plan, {**attributes, **plan.attributes()}, logger_provider)


def _emit(plan: CapturedPlan, attributes: dict[str, Any], logger_provider: Any) -> None:
    provider = logger_provider or logs.get_logger_provider()
    target: Any = provider.get_logger(
        semconv.INSTRUMENTATION_NAME, mssql.__version__, semconv.SCHEMA_URL
    )
    if _takes_values(target.__class__):
        target.emit(
            timestamp=plan.captured_at,
            context=trace.set_span_in_context(trace.NonRecordingSpan(plan.span_context)),
            severity_number=logs.SeverityNumber.INFO,
            body=plan.xml or None,
            attributes=attributes,
            event_name=semconv.QUERY_PLAN_EVENT,
        )
    else:
        # Before 1.36 a record was built by the caller, with a class of the SDK's.
        from opentelemetry.sdk import _logs as sdk_logs

        record_class: Any = sdk_logs.LogRecord  # type: ignore[attr-defined]
        target.emit(
            record_class(
                timestamp=plan.captured_at,
                trace_id=plan.span_context.trace_id,
                span_id=plan.span_context.span_id,
                trace_flags=plan.span_context.trace_flags,
                severity_number=logs.SeverityNumber.INFO,
                body=plan.xml or None,
                attributes={**attributes, "event.name": semconv.QUERY_PLAN_EVENT},
            )
        )


@lru_cache(maxsize=16)
def _takes_values(logger_class: Any) -> bool:
    """Whether a logger takes an event's values, rather than a record of them."""
    parameters = inspect.signature(logger_class.emit).parameters
    return "event_name" in parameters or any(
        parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values()
    )
