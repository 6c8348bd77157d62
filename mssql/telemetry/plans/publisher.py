"""A captured query plan on its way to whoever wants it: OpenTelemetry's logs and subscribers."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from time import time_ns
from typing import Any, Callable, Mapping

from opentelemetry import trace

import mssql
from mssql.telemetry import guard, semconv
from mssql.telemetry.sdk.logs import emit_event


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
    guard.call(
        emit_event,
        logger_provider,
        (semconv.INSTRUMENTATION_NAME, mssql.__version__, semconv.SCHEMA_URL),
        semconv.QUERY_PLAN_EVENT,
        plan.captured_at,
        plan.span_context,
        plan.xml or None,
        {**attributes, **plan.attributes()},
    )
