"""The trace on the server, in sys.dm_exec_sessions and sys.dm_exec_requests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import DatabaseError
from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace import TracerProvider, sampling
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from tds_embedded.server import Server
from tests.integration.telemetry.conftest import Connect
from tests.sdk import Sdk, attributes

SPID = "SELECT @@SPID"
READ = "SELECT context_info FROM sys.dm_exec_{} WHERE session_id = %s"
QUERY = "SELECT title FROM telemetry_song WHERE id = %s"


@pytest.fixture
def traced(connect: Connect, song: Any) -> Any:
    return connect(context_info=True, plans="off")


@pytest.fixture
def server_side(traced: Any, song: Any) -> Any:
    """Return a function by which another session reads the traced connection's context."""
    with suppress_instrumentation(), traced.cursor() as cursor:
        cursor.execute(SPID)
        (spid,) = cursor.fetchone()

    def read() -> bytes:
        with song.cursor() as cursor:
            cursor.execute(READ.format("sessions"), [spid])
            return bytes(cursor.fetchone()[0])

    return read


@pytest.fixture
def request_span(sdk: Sdk) -> Iterator[Any]:
    with sdk.tracer_provider.get_tracer("test").start_as_current_span("request") as span:
        yield span


@pytest.mark.parametrize("parameters", [(1,), (None,)])
def test_with_mssql_python(
    connect: Connect, song: Any, request_span: Any, server: Server, parameters: Any
) -> None:
    connection = connect("other", driver="mssql_python", context_info=True)
    with server.recorder.capture() as seen:
        run(connection, QUERY, parameters)
        run(connection, "SELECT COUNT(*) FROM telemetry_song", None)
        ((info,),) = run(connection, "SELECT CONTEXT_INFO() WHERE 1 = %s")
    assert sum("SET CONTEXT_INFO" in text for text in seen.texts) == 1
    expected = request_span.get_span_context()
    assert extracted(bytes(info).rstrip(b"\0")).trace_id == expected.trace_id
    with suppress_instrumentation():
        run(connection, "SELECT COUNT(*) FROM telemetry_song", None)
        ((info,),) = run(connection, "SELECT CONTEXT_INFO() WHERE 1 = %s")
    assert not bytes(info or b"").rstrip(b"\0")


def run(connection: Any, sql: str = QUERY, parameters: Any = (1,)) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[Any] = cursor.fetchall()
        return rows


def extracted(info: bytes) -> trace.SpanContext:
    """As the Collector's sqlserverreceiver does: the bytes are the header's text."""
    carrier = {"traceparent": info.decode("ascii")}
    found = TraceContextTextMapPropagator().extract(carrier)
    return trace.get_current_span(found).get_span_context()


def test_the_server_shows_the_trace(traced: Any, server_side: Any, request_span: Any) -> None:
    assert run(traced) == [("title 1",)]
    info = server_side()
    assert len(info) == 55
    assert re.fullmatch(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-01", info)
    expected = request_span.get_span_context()
    assert extracted(info).trace_id == expected.trace_id
    assert extracted(info).span_id == expected.span_id


def test_it_is_there_while_the_statement_runs(traced: Any, request_span: Any, sdk: Sdk) -> None:
    """The receiver reads sys.dm_exec_requests, which contains the running statements."""
    ((info,),) = run(
        traced,
        "SELECT context_info FROM sys.dm_exec_requests WHERE session_id = @@SPID AND 1 = %s",
    )
    assert extracted(bytes(info)).trace_id == request_span.get_span_context().trace_id
    ((info,),) = run(traced, "SELECT CONTEXT_INFO() WHERE 1 = %s")
    assert extracted(bytes(info).rstrip(b"\0")).is_valid


def test_it_costs_no_round_trip_and_goes_once_a_trace(
    traced: Any, server_side: Any, sdk: Sdk, server: Server
) -> None:
    run(traced)
    tracer = sdk.tracer_provider.get_tracer("test")
    for _ in range(2):
        with tracer.start_as_current_span("request"):
            with server.recorder.capture() as first:
                run(traced)
            with server.recorder.capture() as later:
                run(traced)
                run_update(traced)
        assert first.round_trips == 1
        assert [text.count("SET CONTEXT_INFO") for text in first.texts] == [1]
        assert later.round_trips == 2
        assert not any("CONTEXT_INFO" in text for text in later.texts)


def run_update(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE telemetry_song SET title = title WHERE id = %s", [1])
        assert cursor.rowcount == 1


def test_the_texts_are_few(traced: Any, sdk: Sdk, server: Server) -> None:
    """A statement has at most two plans in the server's cache, however many traces there are."""
    tracer = sdk.tracer_provider.get_tracer("test")
    with server.recorder.capture() as seen:
        for _ in range(5):
            with tracer.start_as_current_span("request"):
                run(traced)
                run(traced)
    assert len(set(seen.texts)) == 2


def test_counts_and_results_stay_the_statement_s(traced: Any, sdk: Sdk, request_span: Any) -> None:
    run_update(traced)
    span = sdk.spans[-1]
    assert span.name == "UPDATE telemetry_song"
    assert attributes(span)["db.query.text"] == (
        "UPDATE telemetry_song SET title = title WHERE id = ?"
    )


def test_it_is_cleared_without_a_trace(
    traced: Any, server_side: Any, sdk: Sdk, server: Server
) -> None:
    with sdk.tracer_provider.get_tracer("test").start_as_current_span("request"):
        run(traced)
    assert server_side() != b""
    with suppress_instrumentation(), server.recorder.capture() as seen:
        run(traced)
        run(traced)
    assert server_side() == b""
    assert seen.round_trips == 2


def test_another_trace_replaces_it(traced: Any, server_side: Any, sdk: Sdk) -> None:
    seen = []
    for _ in range(2):
        with sdk.tracer_provider.get_tracer("test").start_as_current_span("request") as span:
            run(traced)
            seen.append(extracted(server_side()).trace_id)
            assert seen[-1] == span.get_span_context().trace_id
    assert len(set(seen)) == 2


def test_an_unsampled_trace_is_not_sent(
    connect: Connect, song: Any, sdk: Sdk, server: Server
) -> None:
    provider = TracerProvider(sampler=sampling.TraceIdRatioBased(0), shutdown_on_exit=False)
    connection = connect(context_info=True, tracer_provider=provider)
    with server.recorder.capture() as seen:
        run(connection)
    assert not any("CONTEXT_INFO" in text for text in seen.texts)
    assert seen.round_trips == 1


@pytest.mark.parametrize(
    ("sql", "parameters"), [("SELECT COUNT(*) FROM telemetry_song", None), (None, None)]
)
def test_without_parameters_there_is_one_more_round_trip(
    traced: Any,
    server_side: Any,
    request_span: Any,
    server: Server,
    sql: str | None,
    parameters: Any,
) -> None:
    with server.recorder.capture() as seen, traced.cursor() as cursor:
        if sql is None:
            cursor.executemany("DELETE FROM telemetry_song WHERE id = %s", [[8], [9]])
        else:
            cursor.execute(sql, parameters)
            assert cursor.fetchall() == [(5,)]
    assert seen.texts[0] == "SET CONTEXT_INFO @P1"
    assert sum("CONTEXT_INFO" in text for text in seen.texts) == 1
    assert extracted(server_side()).is_valid
    with server.recorder.capture() as seen:
        run(traced, "SELECT COUNT(*) FROM telemetry_song", None)
    assert seen.round_trips == 1


def test_after_an_error_it_is_sent_again(traced: Any, server_side: Any, request_span: Any) -> None:
    with pytest.raises(DatabaseError):
        run(traced, "SELECT nothing FROM telemetry_song WHERE id = %s")
    run(traced)
    assert extracted(server_side()).trace_id == request_span.get_span_context().trace_id


def test_the_next_statement_replaces_the_application_s_value(
    traced: Any, server_side: Any, request_span: Any
) -> None:
    with traced.cursor() as cursor:
        cursor.execute("SET CONTEXT_INFO 0x0102")
    assert server_side() == b"\x01\x02"
    run(traced)
    assert extracted(server_side()).is_valid


def test_in_a_transaction(traced: Any, server_side: Any, request_span: Any) -> None:
    with transaction.atomic("traced"):
        run(traced)
        transaction.set_rollback(True, "traced")
    assert extracted(server_side()).is_valid
    run(traced)
    assert extracted(server_side()).is_valid


def test_a_new_connection_begins_without_one(
    connect: Connect, song: Any, sdk: Sdk, server: Server
) -> None:
    """A pool may hand over a connection that another trace had."""
    with server.recorder.capture() as seen:
        connect("fresh", context_info=True)
    assert any(
        text.endswith("SET CONTEXT_INFO 0x") or "SET CONTEXT_INFO 0x;" in text
        for text in seen.texts
    )
    assert seen.round_trips <= 2


def test_by_default_nothing_is_sent(
    connect: Connect, song: Any, request_span: Any, server: Server
) -> None:
    connection = connect()
    with server.recorder.capture() as seen:
        run(connection)
    assert not any("CONTEXT_INFO" in text for text in seen.texts)


def test_tags_end_the_statement(
    connect: Connect, song: Any, sdk: Sdk, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mssql.telemetry import annotations

    monkeypatch.setenv("OTEL_SERVICE_NAME", "shop's */")
    annotations.application.cache_clear()
    annotations.comments.clear()
    connection = connect(comment_tags=["route", "application"])
    with server.recorder.capture() as seen:
        assert run(connection) == [("title 1",)]
        run(connection, "SELECT 1", None)
    annotations.application.cache_clear()
    annotations.comments.clear()
    assert seen.texts == [
        "SELECT title FROM telemetry_song WHERE id = @P1 /*application='shop%27s%20%2A%2F'*/",
        "SELECT 1 /*application='shop%27s%20%2A%2F'*/",
    ]
    assert [attributes(span)["db.query.text"] for span in sdk.spans] == [
        "SELECT title FROM telemetry_song WHERE id = ?",
        "SELECT ?",
    ]


def test_the_comments_are_a_bounded_set(monkeypatch: pytest.MonkeyPatch) -> None:
    from mssql.telemetry import annotations, origin

    monkeypatch.setattr(annotations, "comments", {})

    class Match:
        func = print

        def __init__(self, route: str) -> None:
            self.route = route

    class Request:
        def __init__(self, number: int) -> None:
            self.resolver_match = Match(f"route/{number}/<int:pk>")

    seen = set()
    for number in range(annotations.MOST_COMMENTS + 50):
        token = origin.begin(origin.Request(Request(number)))
        seen.add(annotations.comment(["route"]))
        origin.end(token)
    assert len(seen) == annotations.MOST_COMMENTS + 1
    assert " /*route='route%2F3%2F%3Cint%3Apk%3E'*/" in seen
    assert len(annotations.comments) == annotations.MOST_COMMENTS
