"""Whatever fails in telemetry, the application gets its rows and its errors."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider, sampling
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import NonRecordingSpan

from mssql.telemetry import ConnectionInfo, Telemetry, guard, plans
from tests.sdk import Sdk
from tests.unit.telemetry.plans.side import SideConnection

# TypeError, since a caller that tries two signatures would take it for the wrong signature.
ERRORS = (ValueError, TypeError, AttributeError, KeyError)


@pytest.fixture(autouse=True)
def no_failures_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "reported_at", {})


def fail(*arguments: Any, **named: Any) -> Any:
    raise fail.error("secret")


class FailsAtEnds(SpanProcessor):
    on_end = fail


class FailsAtStarts(SpanProcessor):
    on_start = fail


class FailingLogs(LogRecordProcessor):
    on_emit = emit = fail

    def shutdown(self) -> None:
        pass

    def force_flush(self, timeout_millis: int = 0) -> bool:
        return True


class FailingSampler(sampling.Sampler):
    should_sample = fail

    def get_description(self) -> str:
        return "fails"


class FailingIds(RandomIdGenerator):
    generate_span_id = fail


class FailingSpan(NonRecordingSpan):
    def is_recording(self) -> bool:
        return True

    set_attribute = set_attributes = set_status = add_event = end = fail


class FailingTracer(trace.Tracer):
    """Not the SDK's."""

    start_as_current_span: Any = fail

    def start_span(self, *arguments: Any, **named: Any) -> trace.Span:
        return FailingSpan(trace.SpanContext(1, 2, False, trace.TraceFlags(1)))


class FailingTracerProvider(trace.TracerProvider):
    def get_tracer(self, *arguments: Any, **named: Any) -> trace.Tracer:
        return FailingTracer()


class BrokenProvider(trace.TracerProvider):
    get_tracer = fail


class FailingInstrument:
    add = record = fail


class FailingMeter:
    def __getattr__(self, name: str) -> Any:
        return lambda *arguments, **named: FailingInstrument()


class FailingMeterProvider:
    def get_meter(self, *arguments: Any, **named: Any) -> Any:
        return FailingMeter()


class BrokenMeterProvider:
    get_meter = fail


def provider(processor: SpanProcessor | None = None, **options: Any) -> TracerProvider:
    provider = TracerProvider(shutdown_on_exit=False, **options)
    if processor is not None:
        provider.add_span_processor(processor)
    return provider


def failing_logs() -> LoggerProvider:
    loggers = LoggerProvider(shutdown_on_exit=False)
    loggers.add_log_record_processor(FailingLogs())
    return loggers


FAILING: dict[str, Any] = {
    "processor's end": lambda: {"tracer_provider": provider(FailsAtEnds())},
    "processor's start": lambda: {"tracer_provider": provider(FailsAtStarts())},
    "sampler": lambda: {"tracer_provider": provider(sampler=FailingSampler())},
    "ids": lambda: {"tracer_provider": provider(id_generator=FailingIds())},
    "tracer": lambda: {"tracer_provider": FailingTracerProvider()},
    "tracer provider": lambda: {"tracer_provider": BrokenProvider()},
    "log processor": lambda: {"logger_provider": failing_logs()},
    "meter": lambda: {"meter_provider": FailingMeterProvider()},
    "meter provider": lambda: {"meter_provider": BrokenMeterProvider()},
    "request_hook": lambda: {"request_hook": fail},
    "response_hook": lambda: {"response_hook": fail},
    "parameter_hook": lambda: {"parameters": True, "parameter_hook": fail},
    "filter": lambda: {"filter": fail},
}


@pytest.fixture(params=ERRORS)
def error(request: pytest.FixtureRequest) -> Iterator[type[Exception]]:
    fail.error = request.param
    yield request.param
    del fail.error


@pytest.mark.parametrize("failing", FAILING)
def test_the_application_gets_its_rows_and_errors(
    failing: str,
    error: type[Exception],
    sdk: Sdk,
    connection: sqlite3.Connection,
    caplog: pytest.LogCaptureFixture,
) -> None:
    options = {**sdk.providers(), "plans": "every", **FAILING[failing]()}
    info = ConnectionInfo("default", "", None, "shop", options, SideConnection)
    telemetry = Telemetry(info)
    plans.subscribe(fail)
    try:
        for _ in range(3):  # the first requests a plan, the others use it
            cursor = telemetry.traced(connection.cursor())
            cursor.execute("SELECT id FROM song WHERE id > ?", (2,))
            assert cursor.fetchone() == (3,)
            assert cursor.fetchall() == [(4,), (5,)]
            assert list(cursor.execute("SELECT id FROM song WHERE id < ?", (3,))) == [(1,), (2,)]
            cursor.close()
            assert plans.flush()
    finally:
        plans.unsubscribe(fail)
    cursor = telemetry.traced(connection.cursor())
    assert cursor.executemany("INSERT INTO song (title) VALUES (?)", [("a",), ("b",)]) is cursor
    cursor.executemany("INSERT INTO song (title) VALUES (?)", [])
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        cursor.execute("INSERT INTO song VALUES (?, ?)", (1, "x"))
    assert cursor.execute("SELECT COUNT(*) FROM song").fetchall() == [(7,)]
    told = [record.getMessage() for record in caplog.records if record.name == "mssql.telemetry"]
    assert any(error.__name__ in message for message in told)
    assert "secret" not in caplog.text
    assert len(told) == len(set(told))  # once, although it occurs with every statement


@pytest.mark.parametrize("failing", [*FAILING, "nothing"])
def test_transactions_and_connections_too(
    failing: str, error: type[Exception], sdk: Sdk, caplog: pytest.LogCaptureFixture
) -> None:
    options = {**sdk.providers(), "transactions": True}
    options.update(FAILING[failing]() if failing != "nothing" else {})
    telemetry = Telemetry(ConnectionInfo("default", "", None, "shop", options, is_timeout=fail))
    with telemetry.connecting("sql") as connecting:
        connecting.retrying(40613, 1.0)
        connecting.token_refused()
        lease = connecting.opened()
    for use in (lease.give_back, lease.use, lease.close, lease.close):
        use()
    with pytest.raises(RuntimeError, match="login"), telemetry.connecting("sql"):
        raise RuntimeError("login")
    with telemetry.transactions.begin():
        pass
    with telemetry.transactions.end("commit"):
        pass
    with telemetry.transactions.begin():
        pass
    with pytest.raises(RuntimeError, match="deadlock"), telemetry.transactions.end("rollback"):
        raise RuntimeError("deadlock")
    assert "secret" not in caplog.text


def test_a_log_processor_s_type_error_is_not_taken_for_an_old_sdk(
    sdk: Sdk, connection: sqlite3.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    emitted = []

    class Counting(FailingLogs):
        def on_emit(self, log_record: Any) -> None:
            emitted.append(log_record)
            raise TypeError("x")

        emit = on_emit

    loggers = LoggerProvider(shutdown_on_exit=False)
    loggers.add_log_record_processor(Counting())
    options = {**sdk.providers(), "logger_provider": loggers, "plans": "every"}
    info = ConnectionInfo("default", "", None, "shop", options, SideConnection)
    Telemetry(info).traced(connection.cursor()).execute("SELECT id FROM song").fetchall()
    assert plans.flush()
    assert len(emitted) == 1
    assert "emit_event, which failed: TypeError" in caplog.text


def test_logging_that_fails_itself_does_not_matter(
    sdk: Sdk, connection: sqlite3.Connection
) -> None:
    class Handler(logging.Handler):
        emit = fail

    fail.error = ValueError
    logger = logging.getLogger("mssql.telemetry")
    logger.addHandler(handler := Handler())
    try:
        options = {**sdk.providers(), "request_hook": fail}
        telemetry = Telemetry(ConnectionInfo("default", "", None, "shop", options))
        cursor = telemetry.traced(connection.cursor())
        assert len(cursor.execute("SELECT id FROM song").fetchall()) == 5
    finally:
        logger.removeHandler(handler)
    assert sdk.span.name == "SELECT song"


@pytest.mark.parametrize("name", ["request_hook", "response_hook"])
def test_a_failing_hook_costs_no_span(
    sdk: Sdk, error: type[Exception], connection: sqlite3.Connection, name: str
) -> None:
    options = {**sdk.providers(), name: fail}
    telemetry = Telemetry(ConnectionInfo("default", "", None, "shop", options))
    telemetry.traced(connection.cursor()).execute("SELECT id FROM song").fetchall()
    assert sdk.span.name == "SELECT song"
    assert sdk.points("db.client.operation.duration")


def test_one_failing_signal_does_not_cost_the_others(
    error: type[Exception], connection: sqlite3.Connection
) -> None:
    reader = InMemoryMetricReader()
    options: dict[str, Any] = {
        "tracer_provider": provider(FailsAtEnds()),
        "meter_provider": MeterProvider([reader], shutdown_on_exit=False),
    }
    telemetry = Telemetry(ConnectionInfo("default", "", None, "shop", options))
    telemetry.traced(connection.cursor()).execute("SELECT id FROM song").fetchall()
    assert reader.get_metrics_data() is not None
    tracers = provider(SimpleSpanProcessor(exporter := InMemorySpanExporter()))
    options = {"tracer_provider": tracers, "meter_provider": FailingMeterProvider()}
    telemetry = Telemetry(ConnectionInfo("default", "", None, "shop", options))
    telemetry.traced(connection.cursor()).execute("SELECT id FROM song").fetchall()
    assert len(exporter.get_finished_spans()) == 1


def test_the_same_failure_is_logged_again_later(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail.error = ValueError
    for seconds, times in ((0.0, 1), (59.0, 1), (61.0, 2)):
        monkeypatch.setattr(guard, "monotonic", lambda seconds=seconds: 1000.0 + seconds)
        assert guard.call(fail, default=3) == 3
        assert caplog.text.count("without fail, which failed: ValueError") == times
    monkeypatch.setattr(guard, "MOST_FAILURES", 2)
    for name in "abcdef":
        guard.report(type(name, (), {})(), ValueError())
    assert len(guard.reported_at) <= 2
