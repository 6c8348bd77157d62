"""Spans of statements at a third of the cost of the SDK's own.

A statement's span is always a CLIENT span, whose attributes are clean at first, and which one
thread at a time writes to. So the SDK's span, which locks, and copies and checks each attribute, is
not needed: this one calls the same sampler and id generator and passes the same ReadableSpan to the
same processors. Attributes of hooks and of other samplers are stored in the SDK's containers, which
clean values and enforce the limits. The SDK's start_span() is used if the tracer is not the SDK's,
if its limits are not the default ones, and if a processor reads the spans that start, since it may
rely on the SDK's class.

Follows "Tracing SDK", https://opentelemetry.io/docs/specs/otel/trace/sdk/
"""

from __future__ import annotations

import inspect
import os
from time import time_ns
from types import MappingProxyType
from typing import Any, Callable, Mapping, Sequence

from opentelemetry import trace
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, Tracer
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.sdk.util import BoundedList
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    INVALID_SPAN,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
)

from mssql.telemetry import guard
from mssql.telemetry.sdk.samplers import Forecast, adds_clean_attributes
from mssql.telemetry.sdk.spans import Prospect, PublicSpanStarter

DEFAULT_ATTRIBUTE_LIMIT = 128
_CLIENT = SpanKind.CLIENT
_DROP, _RECORD_AND_SAMPLE = Decision.DROP, Decision.RECORD_AND_SAMPLE
_SAMPLED = TraceFlags.SAMPLED
_RANDOM = getattr(TraceFlags, "RANDOM_TRACE_ID", 0)
_UNSET = Status()
_FLAGS = {flags: TraceFlags(flags) for flags in range(256)}
# The SDK's processors accept any span: they ignore its start, or pass it on.
_ACCEPTING = ("opentelemetry.sdk.", "mssql.")
# The types of values that attributes store unchanged.
_PLAIN = frozenset((str, bool, int, float))
_SELF_METRICS = "OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED"


# The first parameters of ReadableSpan: by position, a call takes half the time.
_READABLE = [
    *("name", "context", "parent", "resource", "attributes", "events", "links", "kind"),
    *("instrumentation_info", "status", "start_time", "end_time", "instrumentation_scope"),
]


def is_plain(tracer: trace.Tracer) -> bool:
    """Return whether a tracer is the SDK's, with nothing set that its spans would have to mind."""
    return (
        type(tracer) is Tracer
        and hasattr(tracer.span_processor, "_span_processors")
        and [*inspect.signature(ReadableSpan).parameters][: len(_READABLE)] == _READABLE
        and _has_default_limits(tracer)
        and not _is_counted()
    )


def looks_at_starts(processor: Any) -> bool:
    """Return whether a span processor does something with a span that has not ended yet."""
    methods = [getattr(processor, name, None) for name in ("on_start", "_on_ending")]
    return any(
        method is not None and not str(method.__module__).startswith(_ACCEPTING)
        for method in methods
    )


def _has_default_limits(tracer: Tracer) -> bool:
    limits = getattr(tracer, "_span_limits", None)
    if limits is None:
        return False
    count = limits.max_span_attributes
    return limits.max_span_attribute_length is None and (
        count is None or count >= DEFAULT_ATTRIBUTE_LIMIT
    )


def _is_counted() -> bool:
    """Return whether the SDK counts its spans, which it does while it creates them."""
    return os.environ.get(_SELF_METRICS, "").strip().lower() == "true"


class StatementSpanStarter:
    """A starter of spans of one tracer of the SDK."""

    def __init__(self, tracer: Any, scope: InstrumentationScope) -> None:
        self.resource: Resource = tracer.resource
        self.scope = scope
        self.processor: Any = tracer.span_processor
        self.on_ending = getattr(tracer.span_processor, "_on_ending", None)
        self._should_sample = tracer.sampler.should_sample
        self._forecast = Forecast(tracer.sampler)
        self._adds_clean_attributes = adds_clean_attributes(tracer.sampler)
        # In newer SDKs a tracer may be switched off while the process runs.
        self._is_enabled: Callable[[], bool] = getattr(tracer, "_is_enabled", _always)
        self.limits = tracer._span_limits
        self._new_trace_id = tracer.id_generator.generate_trace_id
        self._new_span_id = tracer.id_generator.generate_span_id
        is_random = getattr(tracer.id_generator, "is_trace_id_random", bool)
        self._root_flags = _RANDOM if is_random() else 0
        self._sdk_start = PublicSpanStarter(tracer).start
        self._accepting: Any = None  # the processors, if all of them accept any span

    def _are_accepting(self) -> bool:
        """Return whether all processors accept any span; a new one replaces their tuple."""
        processors = self.processor._span_processors
        if any(map(looks_at_starts, processors)):
            return False
        self._accepting = processors
        return True

    def prospect(self, context: Context) -> Prospect | None:
        try:
            parent = trace.get_current_span(context).get_span_context() if context else None
            if parent is None or not parent.is_valid:
                parent = None
            elif self._forecast.follows_parent and not parent.trace_flags & _SAMPLED:
                return None
            processors = self.processor._span_processors
            if processors is not self._accepting and not self._are_accepting():
                return Prospect(context)
            if not self._is_enabled():
                return None
            trace_id = self._new_trace_id() if parent is None else parent.trace_id
            is_sampled = self._forecast.decision(parent, trace_id)
        except Exception as error:  # noqa: BLE001 (an id generator's)
            guard.report(self, error)
            return None
        return None if is_sampled is False else Prospect(context, trace_id, parent, is_sampled)

    def start(
        self, prospect: Prospect, name: str, attributes: Mapping[str, Any], time: int
    ) -> Span:
        trace_id, parent, context = prospect.trace_id, prospect.parent, prospect.context
        if trace_id is None:
            return self._sdk_start(prospect, name, attributes, time)
        try:
            flags = self._root_flags if parent is None else parent.trace_flags & _RANDOM
            if prospect.is_sampled:
                flags |= _SAMPLED
                attributes, state = {**attributes}, parent and parent.trace_state
            else:
                result = self._should_sample(context, trace_id, name, _CLIENT, attributes, ())
                if result.decision is _DROP:
                    return INVALID_SPAN
                if result.decision is _RECORD_AND_SAMPLE:
                    flags |= _SAMPLED
                attributes, state = self._attributes(result.attributes), result.trace_state
            own = SpanContext(trace_id, self._new_span_id(), False, _FLAGS[flags], state)
            span = StatementSpan(self, name, own, parent, attributes, time)
            self.processor.on_start(span, context)
        except Exception as error:  # noqa: BLE001 (a sampler's or processor's)
            guard.report(self, error)
            return INVALID_SPAN
        return span

    def _attributes(self, attributes: Any) -> Any:
        """Return a sampler's attributes in a container that can be changed."""
        if not self._adds_clean_attributes:
            return self.bounded(attributes)
        is_view = type(attributes) is MappingProxyType
        return attributes.copy() if is_view else dict(attributes or {})

    def bounded(self, attributes: Any) -> BoundedAttributes:
        """Return attributes in the SDK's container, which cleans values and enforces the limit."""
        return BoundedAttributes(self.limits.max_span_attributes, attributes, immutable=False)


def _always() -> bool:
    return True


class StatementSpan(Span):
    """The span of a recorded statement, which only one thread at a time writes to.

    It has the public attributes of the SDK's spans.
    """

    attributes: Any
    events: Sequence[Event] = ()
    links: Sequence[trace.Link] = ()
    kind = _CLIENT
    status = _UNSET
    end_time: int | None = None

    def __init__(
        self,
        starter: StatementSpanStarter,
        name: str,
        context: SpanContext,
        parent: SpanContext | None,
        attributes: Any,
        start_time: int,
    ) -> None:
        self._starter = starter
        self.name = name
        self.context = context
        self.parent = parent
        self.attributes = attributes
        self.start_time = start_time

    @property
    def resource(self) -> Resource:
        return self._starter.resource

    @property
    def instrumentation_scope(self) -> InstrumentationScope:
        return self._starter.scope

    def get_span_context(self) -> SpanContext:
        return self.context

    def is_recording(self) -> bool:
        return self.end_time is None

    def set_attribute(self, key: str, value: Any) -> None:
        if self.end_time is not None:
            return
        if type(value) in _PLAIN and key and type(key) is str and self._has_room():
            self.attributes[key] = value
        else:
            self._bounded()[key] = value

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        if self.end_time is not None:
            return
        if self._has_room(len(attributes)) and all(
            type(value) in _PLAIN and key and type(key) is str for key, value in attributes.items()
        ):
            self.attributes.update(attributes)
        else:
            container = self._bounded()
            # Newer SDKs treat several keys that are not text differently from a single one.
            getattr(container, "_set_items", container.update)(attributes)

    def _has_room(self, count: int = 1) -> bool:
        """Return whether `count` more attributes are within all limits."""
        return type(self.attributes) is dict and (
            len(self.attributes) + count <= DEFAULT_ATTRIBUTE_LIMIT
        )

    def _bounded(self) -> BoundedAttributes:
        """Return the attributes in the SDK's container, which cleans values."""
        if type(self.attributes) is dict:
            self.attributes = self._starter.bounded(self.attributes)
        return self.attributes  # type: ignore[no-any-return]

    def add_event(
        self, name: str, attributes: Mapping[str, Any] | None = None, timestamp: int | None = None
    ) -> None:
        if self.end_time is None:
            limits = self._starter.limits
            if type(self.events) is tuple:
                self.events = BoundedList(limits.max_events)
            of_event = BoundedAttributes(limits.max_event_attributes, attributes)
            self.events.append(Event(name, of_event, timestamp))  # type: ignore[attr-defined]

    def add_link(self, context: SpanContext, attributes: Mapping[str, Any] | None = None) -> None:
        is_link = context and (context.is_valid or attributes or context.trace_state)
        if self.end_time is None and is_link:
            limits = self._starter.limits
            if type(self.links) is tuple:
                self.links = BoundedList(limits.max_links)
            of_link = BoundedAttributes(limits.max_link_attributes, attributes)
            self.links.append(trace.Link(context, of_link))  # type: ignore[attr-defined]

    def update_name(self, name: str) -> None:
        if self.end_time is None:
            self.name = name

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        if isinstance(status, StatusCode):
            status = Status(status, description)
        is_final = self.end_time is not None or self.status.status_code is StatusCode.OK
        if not is_final and status.status_code is not StatusCode.UNSET:
            self.status = status

    def record_exception(
        self,
        exception: BaseException,
        attributes: Mapping[str, Any] | None = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """Record an exception without its message, which may quote values."""
        kind = f"{type(exception).__module__}.{type(exception).__qualname__}"
        self.add_event("exception", {"exception.type": kind, **(attributes or {})}, timestamp)

    def end(self, end_time: int | None = None) -> None:
        if self.end_time is not None:
            return
        starter = self._starter
        try:
            if starter.on_ending is not None:
                starter.on_ending(self)
            self.end_time = time_ns() if end_time is None else end_time
            starter.processor.on_end(self._readable())
        except Exception as error:  # noqa: BLE001 (a processor's)
            guard.report(starter.processor, error)

    def _readable(self) -> ReadableSpan:
        starter = self._starter
        return ReadableSpan(
            self.name,
            self.context,
            self.parent,
            starter.resource,
            self.attributes,
            self.events,
            self.links,
            _CLIENT,
            None,
            self.status,
            self.start_time,
            self.end_time,
            starter.scope,
        )
