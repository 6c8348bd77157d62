"""The traced cursor with another driver: spans do not depend on SQL Server."""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import nullcontext
from typing import Any

import pytest
from opentelemetry import context, trace
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace import TracerProvider, sampling
from opentelemetry.trace import SpanKind, StatusCode

from mssql.telemetry import ConnectionInfo, Telemetry, execution
from mssql.telemetry.cursor import TracedCursor
from tests.sdk import Sdk, attributes

pytestmark = pytest.mark.usefixtures("names")


def test_a_query_is_a_client_span(sdk: Sdk, cursor: Any) -> None:
    assert cursor.execute("SELECT id FROM song WHERE id > ?", (2,)) is cursor
    assert sdk.spans == []
    assert cursor.fetchall() == [(3,), (4,), (5,)]
    span = sdk.span
    assert span.kind is SpanKind.CLIENT
    assert span.name == "SELECT song"
    assert attributes(span) == {
        "db.system.name": "microsoft.sql_server",
        "db.namespace": "shop",
        "server.address": "db.example",
        "db.query.summary": "SELECT song",
        "db.query.text": "SELECT id FROM song WHERE id > ?",
        "db.response.returned_rows": 3,
    }
    assert span.status.status_code is StatusCode.UNSET


def test_samplers_can_read_the_attributes(connection: Any) -> None:
    seen: dict[str, Any] = {}

    class Sampler(sampling.StaticSampler):
        def should_sample(self, *arguments: Any, **named: Any) -> sampling.SamplingResult:
            seen.update(arguments[4])
            return super().should_sample(*arguments, **named)

    provider = TracerProvider(sampler=Sampler(sampling.Decision.DROP))
    info = ConnectionInfo(
        "default", "db.example\\SQL1", 1533, "shop", {"tracer_provider": provider}
    )
    Telemetry(info).traced(connection.cursor()).execute("SELECT 1 FROM song")
    assert {name: seen[name] for name in seen if not name.startswith("code.")} == {
        "mssql.django.alias": "default",
        "db.system.name": "microsoft.sql_server",
        "db.namespace": "SQL1|shop",
        "server.address": "db.example",
        "server.port": 1533,
        "db.query.summary": "SELECT song",
        "db.query.text": "SELECT ? FROM song",
    }


def test_the_application_s_own_line(sdk: Sdk, cursor: Any) -> None:
    for _ in range(2):  # the first span of a connection gets it late, the others at creation
        cursor.execute("SELECT 1")
    cursor.close()
    for span in sdk.spans:
        assert span.attributes is not None
        assert span.attributes["code.file.path"] == __file__
        assert span.attributes["code.function.name"] == (
            f"{__name__}.test_the_application_s_own_line"
        )
        line = span.attributes["code.line.number"]
        assert isinstance(line, int)
        with open(__file__) as source:
            assert 'cursor.execute("SELECT 1")' in source.readlines()[line - 1]


def test_the_caller_can_be_left_out(sdk: Sdk, connection: Any) -> None:
    info = ConnectionInfo("default", "", None, "", {**sdk.providers(), "caller": False})
    cursor = Telemetry(info).traced(connection.cursor())
    for _ in range(2):
        cursor.execute("SELECT 1").fetchall()
    assert all("code.file.path" not in (span.attributes or {}) for span in sdk.spans)


def test_the_text_can_be_left_out(sdk: Sdk, connection: Any) -> None:
    info = ConnectionInfo("default", "", None, "shop", {**sdk.providers(), "query_text": False})
    Telemetry(info).traced(connection.cursor()).execute("SELECT 1 FROM song").close()
    assert attributes(sdk.span) == {
        "db.system.name": "microsoft.sql_server",
        "db.namespace": "shop",
        "db.query.summary": "SELECT song",
        "db.response.returned_rows": 0,
    }


def test_a_text_without_parameters_is_sanitized(sdk: Sdk, cursor: Any) -> None:
    cursor.execute("SELECT id FROM song WHERE title = 'top secret' OR id IN (1, 2)").close()
    assert attributes(sdk.span)["db.query.text"] == (
        "SELECT id FROM song WHERE title = ? OR id IN (?)"
    )


def test_no_parameter_s_value_is_recorded(sdk: Sdk, cursor: Any) -> None:
    cursor.execute("SELECT id FROM song WHERE title = ?", ("top secret",)).fetchall()
    cursor.executemany("INSERT INTO song (title) VALUES (?)", [("top secret",)] * 2)
    with pytest.raises(sqlite3.IntegrityError):
        cursor.execute("INSERT INTO song VALUES (1, ?)", ("top secret",))
    assert len(sdk.spans) == 3
    assert "secret" not in "".join(span.to_json() for span in sdk.spans)


def test_rows_are_counted_as_they_are_read(sdk: Sdk, cursor: Any) -> None:
    query = "SELECT id FROM song ORDER BY id"
    cursor.execute(query)
    assert cursor.fetchone() == (1,)
    assert cursor.fetchmany(2) == [(2,), (3,)]
    cursor.close()
    assert attributes(sdk.span)["db.response.returned_rows"] == 3


@pytest.mark.parametrize(
    "read",
    [
        lambda cursor: list(cursor),
        lambda cursor: cursor.fetchall(),
        lambda cursor: list(iter(cursor.fetchone, None)),
        lambda cursor: list(iter(lambda: cursor.fetchmany(2), [])),
    ],
)
def test_the_span_ends_with_the_result(sdk: Sdk, cursor: Any, read: Any) -> None:
    cursor.execute("SELECT id FROM song")
    read(cursor)
    assert attributes(sdk.span)["db.response.returned_rows"] == 5


def test_the_span_ends_with_the_next_statement(sdk: Sdk, cursor: Any) -> None:
    cursor.execute("SELECT id FROM song")
    cursor.fetchone()
    cursor.execute("SELECT title FROM song")
    assert attributes(sdk.span)["db.response.returned_rows"] == 1


def test_the_span_ends_with_the_cursor_s_own_end(sdk: Sdk, telemetry: Telemetry) -> None:
    cursor = telemetry.traced(sqlite3.connect(":memory:").cursor())
    cursor.execute("SELECT 1")
    del cursor
    assert sdk.span.name == "SELECT"


def test_a_statement_without_rows_ends_at_once(sdk: Sdk, cursor: Any) -> None:
    cursor.execute("UPDATE song SET title = ?", ("x",))
    assert "db.response.returned_rows" not in attributes(sdk.span)
    assert cursor.rowcount == 5


def test_the_span_s_time_is_the_driver_s(
    sdk: Sdk, cursor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "perf_counter_ns", itertools.count(0, 1000).__next__)
    cursor.execute("SELECT id FROM song")
    cursor.fetchall()
    span = sdk.span
    assert span.start_time is not None
    assert span.end_time is not None
    (point,) = sdk.points("db.client.operation.duration")
    assert point.sum == pytest.approx((span.end_time - span.start_time) / 1e9)
    assert span.end_time - span.start_time == 2000  # without the time between the two calls


@pytest.mark.parametrize(
    ("sets", "name", "size"),
    [
        ([(7, "a"), (8, "b")], "BATCH INSERT song", 2),
        ([(7, "a")], "INSERT song", None),
        ([], "BATCH INSERT song", 0),
    ],
)
@pytest.mark.parametrize("container", [list, iter])
def test_executemany_is_a_batch(
    sdk: Sdk, cursor: Any, container: Any, sets: Any, name: str, size: int | None
) -> None:
    cursor.executemany("INSERT INTO song VALUES (?, ?)", container(sets))
    assert sdk.span.name == name
    assert attributes(sdk.span)["db.query.summary"] == name
    assert attributes(sdk.span).get("db.operation.batch.size") == size


def test_callproc_is_named_by_its_procedure(sdk: Sdk, telemetry: Telemetry) -> None:
    class Cursor:
        description = None

        def callproc(self, name: str, parameters: Any) -> Any:
            return parameters

        def close(self) -> None:
            pass

    cursor = telemetry.traced(Cursor())
    assert cursor.callproc("dbo.pay", [1]) == [1]
    cursor.close()
    assert sdk.span.name == "EXECUTE dbo.pay"
    assert attributes(sdk.span)["db.stored_procedure.name"] == "dbo.pay"


def test_several_results_are_one_span(sdk: Sdk, telemetry: Telemetry) -> None:
    class Cursor:
        description = (("a",),)
        results = [[1, 2], [3]]

        def execute(self, sql: str) -> Cursor:
            return self

        def fetchall(self) -> list[int]:
            return self.results[0]

        def nextset(self) -> bool:
            del self.results[0]
            return bool(self.results)

    cursor = telemetry.traced(Cursor())
    cursor.execute("SELECT 1; SELECT 2")
    assert cursor.fetchall() == [1, 2]
    assert cursor.nextset()
    assert cursor.fetchall() == [3]
    assert sdk.spans == []
    assert not cursor.nextset()
    assert attributes(sdk.span)["db.response.returned_rows"] == 3


def test_no_rows_are_none_and_not_unknown(sdk: Sdk, telemetry: Telemetry) -> None:
    class Cursor:
        description: Any = (("a",),)

        def execute(self, sql: str) -> Cursor:
            return self

        def nextset(self) -> bool:
            self.description = None
            return False

    telemetry.traced(Cursor()).execute("SELECT 1; SELECT 2").nextset()
    assert attributes(sdk.span)["db.response.returned_rows"] == 0


def test_an_error_ends_the_span(sdk: Sdk, cursor: Any) -> None:
    with pytest.raises(sqlite3.OperationalError):
        cursor.execute("SELECT 'secret' FROM nowhere")
    span = sdk.span
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "sqlite3.OperationalError"
    assert attributes(span)["error.type"] == "sqlite3.OperationalError"
    assert "db.response.status_code" not in attributes(span)
    assert span.events == ()
    (point,) = sdk.points("db.client.operation.duration")
    assert point.attributes["error.type"] == "sqlite3.OperationalError"


def test_an_error_while_reading_ends_the_span(sdk: Sdk, telemetry: Telemetry) -> None:
    class Cursor:
        description = (("a",),)

        def execute(self, sql: str) -> Cursor:
            return self

        def fetchone(self) -> None:
            raise ValueError("[42000] deadlocked on 'secret' (1205) (SQLFetch)")

    cursor = telemetry.traced(Cursor())
    cursor.execute("SELECT 1")
    with pytest.raises(ValueError, match="1205"):
        cursor.fetchone()
    assert attributes(sdk.span)["db.response.status_code"] == "1205"
    assert attributes(sdk.span)["error.type"] == "1205"
    assert sdk.span.status.description == "Chosen as the deadlock victim"


def test_metrics(sdk: Sdk, cursor: Any) -> None:
    cursor.execute("SELECT id FROM song").fetchall()
    cursor.execute("UPDATE song SET title = title")
    durations = {
        point.attributes["db.query.summary"]: point
        for point in sdk.points("db.client.operation.duration")
    }
    assert set(durations) == {"SELECT song", "UPDATE song"}
    assert dict(durations["SELECT song"].attributes) == {
        "db.system.name": "microsoft.sql_server",
        "db.namespace": "shop",
        "server.address": "db.example",
        "db.query.summary": "SELECT song",
    }
    assert list(durations["SELECT song"].explicit_bounds) == [
        *(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)
    ]
    (rows,) = sdk.points("db.client.response.returned_rows")
    assert (rows.sum, rows.count) == (5, 1)


@pytest.mark.parametrize("is_in_request", [False, True])
def test_exemplars_name_the_statement_s_span(sdk: Sdk, cursor: Any, is_in_request: bool) -> None:
    tracer = sdk.tracer_provider.get_tracer("test")
    with tracer.start_as_current_span("request") if is_in_request else nullcontext():
        cursor.execute("SELECT id FROM song").fetchall()
    (span,) = (span for span in sdk.spans if span.name == "SELECT song")
    points = sdk.collected()
    for metric in ("db.client.operation.duration", "db.client.response.returned_rows"):
        (point,) = points[metric]
        (exemplar,) = point.exemplars
        assert exemplar.span_id == span.get_span_context().span_id  # type: ignore[union-attr]
        assert exemplar.trace_id == span.get_span_context().trace_id  # type: ignore[union-attr]


def test_exemplars_of_failures_and_batches(sdk: Sdk, cursor: Any) -> None:
    cursor.executemany("DELETE FROM song WHERE id = ?", [(1,), (2,)])
    with pytest.raises(sqlite3.OperationalError):
        cursor.execute("SELECT 1 FROM nowhere")
    batch, failed = (span.get_span_context().span_id for span in sdk.spans)  # type: ignore[union-attr]
    points = sdk.collected()
    (size,) = points["mssql.client.operation.batch.size"]
    assert [exemplar.span_id for exemplar in size.exemplars] == [batch]
    assert {
        exemplar.span_id
        for point in points["db.client.operation.duration"]
        for exemplar in point.exemplars
    } == {batch, failed}


def test_a_batch_s_size_and_duration_have_the_span_s_name(sdk: Sdk, cursor: Any) -> None:
    cursor.executemany("DELETE FROM song WHERE id = ?", [(1,), (2,)])
    for metric in ("mssql.client.operation.batch.size", "db.client.operation.duration"):
        (point,) = sdk.points(metric)
        assert point.attributes["db.query.summary"] == sdk.span.name == "BATCH DELETE song"


@pytest.mark.parametrize(
    ("error", "error_type"),
    [
        (
            sqlite3.OperationalError("HYT00", "[HYT00] Query timeout expired (0) (SQLExec)"),
            "timeout",
        ),
        (sqlite3.OperationalError("HYT01", "[HYT01] Connection timeout expired (0)"), "timeout"),
        # The server's own timeout of a lock has a number.
        (
            sqlite3.OperationalError("HYT00", "[HYT00] Lock request time out. (1222) (SQLExec)"),
            "1222",
        ),
        (sqlite3.OperationalError("08S01", "[08S01] link failure (0)"), "sqlite3.OperationalError"),
    ],
)
def test_timeouts_differ_from_lost_connections(
    sdk: Sdk, telemetry: Telemetry, error: Exception, error_type: str
) -> None:
    class Cursor:
        def execute(self, sql: str) -> None:
            raise error

    with pytest.raises(sqlite3.OperationalError):
        telemetry.traced(Cursor()).execute("SELECT 1")
    assert attributes(sdk.span)["error.type"] == error_type
    (point,) = sdk.points("db.client.operation.duration")
    assert point.attributes["error.type"] == error_type


def test_metrics_alone(sdk: Sdk, connection: Any) -> None:
    info = ConnectionInfo("default", "", None, "", {"meter_provider": sdk.meter_provider})
    Telemetry(info).traced(connection.cursor()).execute("SELECT id FROM song").fetchall()
    assert sdk.spans == []
    assert sdk.points("db.client.response.returned_rows")[0].sum == 5


def test_the_span_is_a_child_of_the_current_one(sdk: Sdk, cursor: Any) -> None:
    with sdk.tracer_provider.get_tracer("test").start_as_current_span("request") as parent:
        cursor.execute("SELECT 1").fetchall()
        assert trace.get_current_span() is parent
    child, _ = sdk.spans
    assert child.parent is not None
    assert child.parent.span_id == parent.get_span_context().span_id


@pytest.mark.parametrize("how", ["instrumentation", "plain"])
def test_suppressed(sdk: Sdk, cursor: Any, how: str) -> None:
    if how == "instrumentation":
        with suppress_instrumentation():
            _run_all(cursor)
    else:
        token = context.attach(context.set_value("suppress_instrumentation", True))
        _run_all(cursor)
        context.detach(token)
    assert sdk.spans == []
    assert sdk.points("db.client.operation.duration") == []


def _run_all(cursor: Any) -> None:
    assert cursor.execute("SELECT id FROM song WHERE id = ?", (1,)) is cursor
    assert cursor.fetchall() == [(1,)]
    assert cursor.executemany("DELETE FROM song WHERE id = ?", [(1,)]) is cursor


def test_without_an_sdk_the_cursor_stays_the_driver_s(connection: Any) -> None:
    raw = connection.cursor()
    assert Telemetry(ConnectionInfo("default", "", None, "")).traced(raw) is raw


def test_turned_off_the_cursor_stays_the_driver_s(sdk: Sdk, connection: Any) -> None:
    raw = connection.cursor()
    info = ConnectionInfo("default", "", None, "", {**sdk.providers(), "enabled": False})
    assert Telemetry(info).traced(raw) is raw


def test_an_sdk_may_come_later_than_the_connection(
    sdk: Sdk, connection: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    telemetry = Telemetry(ConnectionInfo("default", "", None, ""))
    assert not isinstance(telemetry.traced(connection.cursor()), TracedCursor)
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", sdk.tracer_provider)
    cursor = telemetry.traced(connection.cursor())
    cursor.execute("SELECT 1").fetchall()
    assert sdk.span.name == "SELECT"


def test_a_provider_that_does_nothing_counts_as_none(connection: Any) -> None:
    options = {"tracer_provider": trace.NoOpTracerProvider()}
    raw = connection.cursor()
    assert Telemetry(ConnectionInfo("default", "", None, "", options)).traced(raw) is raw


def test_a_traced_cursor_is_not_traced_again(telemetry: Telemetry, cursor: Any) -> None:
    assert telemetry.traced(cursor) is cursor


@pytest.mark.parametrize("options", [{}, {"comment_tags": ["framework"]}], ids=["", "annotated"])
def test_attributes_are_the_driver_s_cursor_s(
    sdk: Sdk, connection: sqlite3.Connection, options: dict[str, Any]
) -> None:
    info = ConnectionInfo("default", "", None, "", {**sdk.providers(), **options})
    raw = connection.cursor()
    cursor = Telemetry(info).traced(raw)
    cursor.arraysize = 3
    assert raw.arraysize == 3
    assert cursor.arraysize == 3
    assert cursor.connection is raw.connection
    with pytest.raises(AttributeError):
        _ = cursor.nothing
