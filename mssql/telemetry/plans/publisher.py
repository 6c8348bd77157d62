"""Publication of captured query plans to OpenTelemetry's logs and to subscribers."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from time import time_ns
from typing import Any, Callable, Mapping

from opentelemetry import trace

import mssql
from mssql.telemetry import guard, semconv
from mssql.telemetry.sdk.logs import emit_event

# In characters; Azure Monitor's exporter cuts a message after 32,768.
LONGEST_PART = 32_000


@dataclass(frozen=True)
class CapturedPlan:
    """The query plan of a statement, scrubbed of every value.

    `kind` is "estimated" or "actual"; `source` is "last_actual", "cache", "query_store" or
    "showplan"; `cost` is the optimizer's estimate for the whole statement, in its own unit;
    `warnings` are those of the optimizer and of the run, one sentence each; `span_context` is that
    of the execution; `captured_at` is in nanoseconds since 1970.
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
        """Return the plan's attributes on the statement's span."""
        attributes: dict[str, Any] = {
            semconv.QUERY_HASH: self.query_hash,
            semconv.PLAN_HASH: self.plan_hash,
            semconv.PLAN_KIND: self.kind,
            semconv.PLAN_SOURCE: self.source,
            semconv.PLAN_COST: self.cost,
        }
        if self.warnings:
            attributes[semconv.PLAN_WARNINGS] = self.warnings
        return attributes

    def of_span(self, span_context: trace.SpanContext) -> CapturedPlan:
        """Return this plan as that of another execution of the statement."""
        return replace(self, span_context=span_context, captured_at=time_ns())


Subscriber = Callable[[CapturedPlan], None]
_subscribers: tuple[Subscriber, ...] = ()
_lock = threading.Lock()


def subscribe(subscriber: Subscriber) -> None:
    """Call `subscriber` with each CapturedPlan, in the capturing thread."""
    global _subscribers
    with _lock:
        if subscriber not in _subscribers:
            _subscribers = (*_subscribers, subscriber)


def unsubscribe(subscriber: Subscriber) -> None:
    """Stop calling `subscriber`."""
    global _subscribers
    with _lock:
        _subscribers = tuple(other for other in _subscribers if other != subscriber)


def publish(plan: CapturedPlan, attributes: Mapping[str, Any], logger_provider: Any) -> None:
    """Call the subscribers with a plan, and emit it as an OpenTelemetry event with its span's ids.

    `attributes` are the statement's. A plan whose document was published earlier and not kept is an
    event without a body.
    """
    _call_subscribers(plan)
    _emit(plan, plan.xml or None, {**attributes, **plan.attributes()}, logger_provider)


def publish_to_azure_monitor(
    plan: CapturedPlan, attributes: Mapping[str, Any], logger_provider: Any
) -> None:
    """Call the subscribers with a plan, and emit it for Azure Monitor's exporter.

    The exporter drops the body of a custom event and cuts the message of a trace. So the plan is a
    custom event without its document, and traces with the document's parts.
    """
    _call_subscribers(plan)
    of_plan = {**attributes, **plan.attributes()}
    custom_event = {**of_plan, semconv.CUSTOM_EVENT_NAME: semconv.QUERY_PLAN_EVENT}
    _emit(plan, None, custom_event, logger_provider)
    parts = _parts(plan.xml)
    for number, part in enumerate(parts, 1):
        numbers = {semconv.PLAN_PART: number, semconv.PLAN_PARTS: len(parts)}
        _emit(plan, part, {**of_plan, **numbers}, logger_provider)


def _parts(xml: str) -> list[str]:
    """Return a document in parts that Azure Monitor's exporter leaves whole.

    It strips white space at both ends of a message, so no part but the first begins with any, and
    none but the last ends with any.
    """
    parts, start = [], 0
    while start < len(xml):
        end = min(start + LONGEST_PART, len(xml))
        while end < len(xml) and (xml[end].isspace() or xml[end - 1].isspace()) and end > start + 1:
            end -= 1
        parts.append(xml[start:end])
        start = end
    return parts


def _call_subscribers(plan: CapturedPlan) -> None:
    for subscriber in _subscribers if plan.xml else ():
        guard.call(subscriber, plan)


def _emit(
    plan: CapturedPlan, body: str | None, attributes: Mapping[str, Any], logger_provider: Any
) -> None:
    guard.call(
        emit_event,
        logger_provider,
        (semconv.INSTRUMENTATION_NAME, mssql.__version__, semconv.SCHEMA_URL),
        semconv.QUERY_PLAN_EVENT,
        plan.captured_at,
        plan.span_context,
        body,
        attributes,
    )
