"""Without OpenTelemetry's private names telemetry exports the same."""

from __future__ import annotations

import json
import sqlite3
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry import context, metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio, TraceIdRatioBased
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from mssql.telemetry import ConnectionInfo, Telemetry, plans
from mssql.telemetry.sdk import providers, statement_spans, versions
from mssql.telemetry.sdk.spans import PublicSpanStarter
from mssql.telemetry.sdk.starters import span_starter
from tests.sdk import Sdk, forbid_private_names
from tests.unit.telemetry.plans.side import SideConnection

SCOPE = InstrumentationScope("test", "1")
REQUEST = trace.SpanContext(2**127 + 5, 77, True, trace.TraceFlags(1))
NEVER = {"sampler": TraceIdRatioBased(0)}
UNSAMPLED = trace.SpanContext(2**127 + 6, 78, True, trace.TraceFlags(0))


class Endings(SpanProcessor):
    """A processor that records the spans that end, and whether they are sampled."""

    def __init__(self) -> None:
        self.ended: list[tuple[str, type, bool]] = []

    def on_end(self, span: ReadableSpan) -> None:
        assert span.context is not None
        self.ended.append((span.name, type(span), span.context.trace_flags.sampled))


def hook(span: trace.Span, *arguments: Any) -> None:
    """Change a span as applications may, also by values that no attribute can have."""
    span.set_attributes({"warnings": ["a", "b"], "nothing": None, "mixed": [1, "two", b"x"]})
    span.add_event("looked", {"attempt": 1, "nothing": None}, timestamp=1500)
    span.add_link(trace.SpanContext(1, 2, True), {"why": "related"})
    span.update_name(f"{getattr(span, 'name', '')} again")
    for number in range(200):
        span.set_attribute(f"attribute {number}", number)


def exported(sdk: Sdk) -> dict[str, Any]:
    """Return all three signals, without ids and times."""
    return {
        "spans": [without_ids(json.loads(span.to_json())) for span in sdk.spans],
        "dropped": [
            (span.dropped_attributes, span.dropped_events, span.dropped_links) for span in sdk.spans
        ],
        "events": [(event.body, dict(event.attributes)) for event in sdk.events],
        "metrics": {
            name: [(dict(point.attributes), getattr(point, "count", None)) for point in points]
            for name, points in sdk.collected().items()
        },
    }


def without_ids(span: dict[str, Any]) -> dict[str, Any]:
    assert span["start_time"] <= span["end_time"]
    del span["start_time"], span["end_time"], span["context"]["span_id"]
    if span["parent_id"] is None:
        del span["context"]["trace_id"]
    for event in span["events"]:
        if event["name"] != "looked":
            del event["timestamp"]
    return span


def work(telemetry: Telemetry, connection: sqlite3.Connection) -> None:
    """Do everything that is observed of a connection."""
    with telemetry.connecting("sql") as opening:
        opening.retrying(40613, 0.5)
        opening.token_refused()
        lease = opening.opened()
    with telemetry.transactions.begin():
        pass
    cursor = telemetry.traced(connection.cursor())
    cursor.execute("SELECT id FROM song WHERE id < ?", (3,))
    cursor.fetchall()
    cursor.executemany("INSERT INTO song VALUES (?, ?)", [(8, "a"), (9, "b")])
    with pytest.raises(sqlite3.Error):
        cursor.execute("SELECT * FROM nowhere")
    with telemetry.transactions.end("rollback"):
        pass
    cursor.close()
    lease.close()
    assert plans.flush()


def observed(
    connection: sqlite3.Connection, parent: trace.SpanContext | None = None, **options: Any
) -> tuple[dict[str, Any], list[Any]]:
    """Return the exports of the work, and the spans of a processor."""
    sdk, endings = Sdk(**options), Endings()
    sdk.tracer_provider.add_span_processor(endings)
    settings = {
        **sdk.providers(),
        "plans": "every",
        "transactions": True,
        "parameters": True,
        "caller": False,
        "response_hook": hook,
    }
    info = ConnectionInfo("default", "db.example", 1433, "shop", settings, SideConnection)
    current = context.Context()
    if parent is not None:
        current = trace.set_span_in_context(trace.NonRecordingSpan(parent), current)
    token = context.attach(current)
    try:
        work(Telemetry(info), connection)
    finally:
        context.detach(token)
    connection.rollback()
    return exported(sdk), endings.ended


@pytest.mark.parametrize("parent", [None, REQUEST, UNSAMPLED], ids=["root", "child", "unsampled"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"sampler": ParentBasedTraceIdRatio(1)},
        NEVER,
        {"span_limits": SpanLimits(max_events=0, max_links=0)},
        {"span_limits": SpanLimits(max_span_attribute_length=3)},
    ],
    ids=["default", "ratio", "never", "no events", "short values"],
)
def test_all_signals_agree(
    parent: Any, options: Any, connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_private_names = observed(connection, parent, **options)
    with monkeypatch.context() as patch:
        forbid_private_names(patch)
        assert observed(connection, parent, **options) == with_private_names
    is_sampled = parent is not UNSAMPLED and options != NEVER
    assert len(with_private_names[0]["spans"]) == (6 if is_sampled else 0)
    assert with_private_names[0]["metrics"]["db.client.operation.duration"]


def plain_tracer() -> Any:
    return TracerProvider(shutdown_on_exit=False).get_tracer("test")


def is_public(tracer: Any) -> bool:
    return isinstance(span_starter(tracer, SCOPE), PublicSpanStarter)


def test_private_names_are_used_with_tested_versions_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert versions.ARE_TESTED
    assert not is_public(plain_tracer())
    monkeypatch.setattr(versions, "ARE_TESTED", False)
    assert is_public(plain_tracer())


@pytest.mark.parametrize(
    ("version", "is_tested"),
    [
        ("1.29.1", False),
        ("1.30.0", True),
        ("1.45.2", True),
        ("{}.{}.9".format(*versions.NEWEST_TESTED), True),
        (f"{versions.NEWEST_TESTED[0]}.{versions.NEWEST_TESTED[1] + 1}.0", False),
        ("2.0.0", False),
        ("dev", False),
    ],
)
def test_the_bounds(version: str, is_tested: bool) -> None:
    assert versions.is_tested(version) is is_tested


@pytest.mark.parametrize("name", ["_span_limits", "span_processor"])
def test_a_missing_name_of_a_tracer_is_done_without(name: str) -> None:
    tracer = plain_tracer()
    delattr(tracer, name)
    assert is_public(tracer)


def test_a_module_without_a_name_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mssql.telemetry.sdk.statement_spans", None)
    assert is_public(plain_tracer())


def test_a_span_of_other_parts_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    class Readable:
        def __init__(self, name: str, ended: int) -> None:
            """Another signature."""

    monkeypatch.setattr(statement_spans, "ReadableSpan", Readable)
    assert is_public(plain_tracer())


@pytest.mark.parametrize(
    ("api", "find", "provider"),
    [
        (trace, providers.global_tracer_provider, TracerProvider(shutdown_on_exit=False)),
        (metrics, providers.global_meter_provider, MeterProvider(shutdown_on_exit=False)),
    ],
    ids=["tracer", "meter"],
)
@pytest.mark.parametrize("is_tested", [True, False])
def test_global_providers_are_found_by_public_names(
    api: Any, find: Any, provider: Any, is_tested: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "ARE_TESTED", is_tested)
    kind = api.__name__.rpartition(".")[2]
    getter = "get_tracer_provider" if api is trace else "get_meter_provider"
    placeholder = getattr(api, getter)()
    for current, expected in ((placeholder, None), (provider, provider)):
        without_private_names = SimpleNamespace(**{getter: lambda value=current: value})
        monkeypatch.setattr(providers, kind, without_private_names)
        assert find() is expected
