"""A statement's span equals the SDK's, except for its cost."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry import context, trace
from opentelemetry.sdk.trace import (
    RandomIdGenerator,
    SpanLimits,
    SpanProcessor,
    TracerProvider,
    sampling,
)
from opentelemetry.sdk.trace import Span as SdkSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, Status, StatusCode

from mssql.telemetry.sdk.starters import span_starter
from mssql.telemetry.sdk.statement_spans import StatementSpan

StartSpan = Callable[[str, context.Context, Any, int], Span]
SCOPE = InstrumentationScope("test", "1", "https://example.org/schema")
ATTRIBUTES = {"db.system.name": "microsoft.sql_server", "db.operation.batch.size": 2}


def start_with(tracer: trace.Tracer) -> StartSpan:
    """Return how this package starts spans of a tracer."""
    found = span_starter(tracer, SCOPE)
    assert found is not None
    ours = found

    def start(name: str, current: Any, attributes: Any, time: int) -> Span:
        prospect = ours.prospect(current)
        return ours.start(prospect, name, attributes, time) if prospect else INVALID_SPAN

    return start


def pair(**options: Any) -> tuple[StartSpan, StartSpan, InMemorySpanExporter]:
    """Return functions of this package and of the SDK that start a span of one provider."""
    provider = TracerProvider(shutdown_on_exit=False, **options)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test", "1", schema_url="https://example.org/schema")
    start = start_with(tracer)

    def sdk(name: str, current: Any, attributes: Any, time: int) -> Span:
        return tracer.start_span(name, current, SpanKind.CLIENT, attributes, (), time)

    return start, sdk, exporter


def touch(span: Span) -> None:
    """All that the API lets one do to a span."""
    span.set_attribute("rows", 3)
    span.set_attributes({"warnings": ["a", "b"], "cost": 1.5})
    span.add_event("retry", {"attempt": 1}, timestamp=1500)
    span.update_name("SELECT b")
    span.set_status(Status(StatusCode.ERROR, "Deadlock"))
    span.end(2000)
    span.set_attribute("late", 1)
    span.set_status(StatusCode.OK)
    span.end(3000)


@pytest.mark.parametrize("has_parent", [False, True])
@pytest.mark.parametrize(
    "sampler", [sampling.DEFAULT_ON, sampling.ALWAYS_ON, sampling.TraceIdRatioBased(1)]
)
def test_it_exports_as_the_sdk_s_does(
    has_parent: bool, sampler: Any, caplog: pytest.LogCaptureFixture
) -> None:
    *ways, exporter = pair(sampler=sampler)
    parent = trace.SpanContext(
        2**127 + 5, 77, True, trace.TraceFlags(1), trace.TraceState([("k", "v")])
    )
    current = context.Context()
    if has_parent:
        current = trace.set_span_in_context(trace.NonRecordingSpan(parent), current)
    spans = [start("SELECT a", current, ATTRIBUTES, 1000) for start in ways]
    assert [type(span) is StatementSpan for span in spans] == [True, False]
    for span in spans:
        touch(span)
    ours, theirs = exporter.get_finished_spans()
    assert type(ours) is type(theirs)
    exported = [json.loads(span.to_json()) for span in (ours, theirs)]
    for document in exported:
        assert len(document["context"].pop("span_id")) == 18
        if not has_parent:
            assert len(document["context"].pop("trace_id")) == 34
    assert exported[0] == exported[1]
    for name in ("kind", "parent", "instrumentation_scope", "resource"):
        assert getattr(ours, name) == getattr(theirs, name)
    contexts = [ours.get_span_context(), theirs.get_span_context()]
    assert contexts[0] is not None
    assert contexts[1] is not None
    assert contexts[0].trace_flags == contexts[1].trace_flags
    assert contexts[0].trace_state == contexts[1].trace_state


class Odd:
    def __str__(self) -> str:
        return "odd"


VALUES: dict[Any, Any] = {
    "nothing": None,
    "bytes": b"\x01\xff",
    "mapping": {"a": 1, "b": [None, "c"]},
    "list": [1, 2],
    "mixed": [1, "two", None, b"x"],
    "object": Odd(),
    "": "no name",
    5: "no text",
}


def test_other_values_are_treated_as_the_sdk_treats_them() -> None:
    *ways, exporter = pair()
    for start in ways:
        for write in ("set_attributes", "set_attribute", "add_event"):
            span = start("x", context.Context(), ATTRIBUTES, 1)
            if write == "set_attributes":
                span.set_attributes(VALUES)
            elif write == "set_attribute":
                for name, value in VALUES.items():
                    span.set_attribute(name, value)
            else:
                span.add_event("event", VALUES)
            span.set_attribute("after", True)
            span.end(2)
    spans = exporter.get_finished_spans()
    for ours, theirs in zip(spans[:3], spans[3:], strict=True):
        assert dict(ours.attributes or {}) == dict(theirs.attributes or {})
        assert ours.dropped_attributes == theirs.dropped_attributes
        assert [dict(event.attributes or {}) for event in ours.events] == [
            dict(event.attributes or {}) for event in theirs.events
        ]


def test_a_sampler_s_attributes_equal_the_sdk_s() -> None:
    class Adding(sampling.Sampler):
        def should_sample(self, *arguments: Any, **named: Any) -> sampling.SamplingResult:
            return sampling.SamplingResult(sampling.Decision.RECORD_AND_SAMPLE, VALUES)

        def get_description(self) -> str:
            return "adding"

    for sampler in (Adding(), sampling.ParentBased(Adding())):
        *ways, exporter = pair(sampler=sampler)
        for start in ways:
            start("x", context.Context(), ATTRIBUTES, 1).end(2)
        ours, theirs = exporter.get_finished_spans()
        assert dict(ours.attributes or {}) == dict(theirs.attributes or {})


def test_links_can_be_added() -> None:
    *ways, exporter = pair()
    other = trace.SpanContext(1, 2, True)
    for start in ways:
        span = start("x", context.Context(), ATTRIBUTES, 1)
        span.add_link(other, {"why": None})
        span.add_link(trace.INVALID_SPAN_CONTEXT)
        span.end(2)
        span.add_link(other)
    ours, theirs = exporter.get_finished_spans()
    assert [(link.context, dict(link.attributes or {})) for link in ours.links] == [
        (link.context, dict(link.attributes or {})) for link in theirs.links
    ]
    assert len(ours.links) == 1


@pytest.mark.parametrize(
    "limits",
    [
        SpanLimits(),
        SpanLimits(max_events=3, max_links=0, max_event_attributes=1, max_link_attributes=0),
        SpanLimits(max_events=0, max_links=2, max_link_attributes=1),
    ],
)
def test_it_keeps_to_the_limits(limits: SpanLimits) -> None:
    *ways, exporter = pair(span_limits=limits)
    for start in ways:
        span = start("x", context.Context(), ATTRIBUTES, 1)
        for number in range(200):
            span.set_attribute(f"attribute {number}", number)
            span.add_event(f"event {number}", {"a": 1, "b": 2}, timestamp=number)
            span.add_link(trace.SpanContext(1, number + 1, False), {"a": 1, "b": 2})
        span.end(2)
    assert isinstance(span, SdkSpan)
    ours, theirs = exporter.get_finished_spans()
    documents = [json.loads(each.to_json()) for each in (ours, theirs)]
    for name in ("attributes", "events", "links"):
        assert documents[0][name] == documents[1][name]
        dropped = f"dropped_{name}"
        assert getattr(ours, dropped) == getattr(theirs, dropped)
    assert len(documents[0]["attributes"]) == 128


@pytest.mark.skipif(
    not hasattr(TracerProvider, "_set_tracer_configurator"), reason="the SDK cannot switch one off"
)
def test_a_tracer_that_is_switched_off_makes_no_spans() -> None:
    from opentelemetry.sdk.trace import _disable_tracer_configurator

    provider = TracerProvider(
        shutdown_on_exit=False, _tracer_configurator=_disable_tracer_configurator
    )
    provider.add_span_processor(SimpleSpanProcessor(exporter := InMemorySpanExporter()))
    start = start_with(provider.get_tracer("x"))
    assert start("x", context.Context(), {}, 1) is INVALID_SPAN
    provider._set_tracer_configurator(tracer_configurator=lambda scope: _config(True))
    start("x", context.Context(), {}, 1).end()
    provider._set_tracer_configurator(tracer_configurator=lambda scope: _config(False))
    assert start("x", context.Context(), {}, 1) is INVALID_SPAN
    assert len(exporter.get_finished_spans()) == 1


def _config(is_enabled: bool) -> Any:
    from opentelemetry.sdk.trace import _TracerConfig

    return _TracerConfig(is_enabled=is_enabled)


def test_an_exception_is_recorded_without_its_message() -> None:
    start, _, exporter = pair()
    span = start("x", context.Context(), {}, 1)
    span.record_exception(ValueError("secret"))
    span.end()
    assert "secret" not in exporter.get_finished_spans()[0].to_json()
    assert exporter.get_finished_spans()[0].events[0].name == "exception"


def test_a_processor_that_looks_at_spans_that_start_sees_the_sdk_s() -> None:
    class Processor(SpanProcessor):
        seen: list[tuple[str, Any]] = []

        def on_start(self, span: Any, parent_context: Any = None) -> None:
            span.set_attribute("tenant", "a")
            self.seen.append(("start", span.is_recording()))

        def on_end(self, span: Any) -> None:
            self.seen.append(("end", dict(span.attributes)))

    provider = TracerProvider(shutdown_on_exit=False)
    start = start_with(provider.get_tracer("x"))
    assert isinstance(start("x", context.Context(), {}, 1), StatementSpan)
    provider.add_span_processor(processor := Processor())
    span = start("x", context.Context(), {}, 1)
    assert isinstance(span, SdkSpan)
    span.end(2)
    assert processor.seen == [("start", True), ("end", {"tenant": "a"})]


def test_a_processor_that_looks_at_ended_spans_only_is_served_as_well() -> None:
    class Names(SpanProcessor):
        seen: list[str] = []

        def on_end(self, span: Any) -> None:
            self.seen.append(span.name)

    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor := Names())
    start = start_with(provider.get_tracer("x"))
    span = start("x", context.Context(), {}, 1)
    assert isinstance(span, StatementSpan)
    span.end(2)
    assert processor.seen == ["x"]


def test_the_shared_attributes_stay_as_they_are() -> None:
    start, _, _ = pair()
    given = {"a": 1}
    start("x", context.Context(), given, 1).set_attribute("b", 2)
    assert given == {"a": 1}


def test_an_unsampled_statement_has_no_span() -> None:
    start, _, exporter = pair(sampler=sampling.TraceIdRatioBased(0))
    assert start("x", context.Context(), {}, 1) is INVALID_SPAN
    start, _, exporter = pair()
    unsampled = trace.NonRecordingSpan(trace.SpanContext(1, 2, True, trace.TraceFlags(0)))
    assert start("x", trace.set_span_in_context(unsampled), {}, 1) is INVALID_SPAN
    assert exporter.get_finished_spans() == ()


def test_a_sampler_that_follows_the_parent_is_not_called_without_need() -> None:
    class Counting(sampling.Sampler):
        asked = 0

        def should_sample(self, *args: Any, **options: Any) -> sampling.SamplingResult:
            self.asked += 1
            return sampling.ALWAYS_ON.should_sample(*args, **options)

        def get_description(self) -> str:
            return "counting"

    unsampled = trace.NonRecordingSpan(trace.SpanContext(1, 2, False, trace.TraceFlags(0)))
    current = trace.set_span_in_context(unsampled, context.Context())
    root = Counting()
    start, *_ = pair(sampler=sampling.ParentBasedTraceIdRatio(1))
    assert start("x", current, {}, 1) is INVALID_SPAN
    start, *_ = pair(sampler=sampling.ParentBased(root))
    assert start("x", current, {}, 1) is INVALID_SPAN
    assert root.asked == 0
    assert start("x", context.Context(), {}, 1).is_recording()
    assert root.asked == 1
    # A sampler with a decision for such parents is called.
    start, *_ = pair(sampler=sampling.ParentBased(root, local_parent_not_sampled=root))
    assert start("x", current, {}, 1).is_recording()
    assert root.asked == 2


def test_a_span_of_the_sdk_is_sampled_once() -> None:
    class Ids(RandomIdGenerator):
        def __init__(self) -> None:
            self.ids = iter((1, 2**64 - 1, 2**64 - 1, 1))

        def generate_trace_id(self) -> int:
            return next(self.ids)

    class Processor(SpanProcessor):
        def on_start(self, span: SdkSpan, parent_context: Any = None) -> None:
            """Look at it."""

    provider = TracerProvider(
        shutdown_on_exit=False, sampler=sampling.TraceIdRatioBased(0.5), id_generator=Ids()
    )
    provider.add_span_processor(Processor())
    start = start_with(provider.get_tracer("x"))
    assert [start("x", context.Context(), {}, 1).is_recording() for _ in range(4)] == [
        *(True, False, False, True)
    ]


def test_a_span_that_is_only_recorded_is_not_sampled() -> None:
    start, *_ = pair(sampler=sampling.StaticSampler(sampling.Decision.RECORD_ONLY))
    span = start("x", context.Context(), {}, 1)
    assert span.is_recording()
    assert not span.get_span_context().trace_flags.sampled


def test_a_sampler_that_never_samples_needs_no_asking() -> None:
    tracer = TracerProvider(sampler=sampling.ALWAYS_OFF, shutdown_on_exit=False).get_tracer("x")
    assert span_starter(tracer, SCOPE) is None


def test_an_ended_span_stays_as_it_is() -> None:
    start, _, exporter = pair()
    span = start("x", context.Context(), ATTRIBUTES, 1000)
    span.end(2000)
    (ended,) = exporter.get_finished_spans()
    shown = ended.to_json()
    touch(span)
    span.add_link(trace.SpanContext(1, 2, False))
    span.record_exception(ValueError())
    assert ended.to_json() == shown


@pytest.mark.parametrize(
    "limits", [SpanLimits(max_span_attribute_length=4), SpanLimits(max_span_attributes=1)]
)
def test_limits_are_the_sdk_s_to_keep(limits: SpanLimits, caplog: Any) -> None:
    start, sdk, exporter = pair(span_limits=limits)
    for way in (start, sdk):
        span = way("x", context.Context(), ATTRIBUTES, 1)
        assert not isinstance(span, StatementSpan)
        span.end()
    ours, theirs = exporter.get_finished_spans()
    assert dict(ours.attributes or {}) == dict(theirs.attributes or {})


def test_the_sdk_counts_its_spans_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_PYTHON_SDK_INTERNAL_METRICS_ENABLED", "true")
    start, *_ = pair()
    assert not isinstance(start("x", context.Context(), {}, 1), StatementSpan)
