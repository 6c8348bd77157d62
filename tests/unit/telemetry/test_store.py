from __future__ import annotations

import threading
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider, sampling

from mssql.telemetry import ConnectionInfo, Telemetry, plans
from mssql.telemetry import store as stores
from mssql.telemetry.plans.publisher import CapturedPlan, unsubscribe
from mssql.telemetry.store import Store
from mssql.telemetry.viewer import pages
from tests.sdk import Sdk
from tests.unit.telemetry.plans.side import SideConnection


@pytest.fixture
def store(sdk: Sdk) -> Store:
    store = Store()
    sdk.tracer_provider.add_span_processor(store)
    return store


def plan(text: str, xml: str = "<x/>") -> CapturedPlan:
    return CapturedPlan(
        namespace="shop",
        summary="SELECT song",
        text=text,
        xml=xml,
        kind="estimated",
        source="showplan",
        query_hash="0x1",
        plan_hash="0x2",
        cost=1.0,
        warnings=(),
        span_context=trace.INVALID_SPAN_CONTEXT,
    )


def test_statements_with_their_figures(store: Store, cursor: Any) -> None:
    for number in range(4):
        cursor.execute("SELECT id FROM song WHERE id > ?", (number,)).fetchall()
    (found,) = store.statements()
    assert (found.name, found.text) == ("SELECT song", "SELECT id FROM song WHERE id > ?")
    assert (found.namespace, found.count, found.rows, found.errors) == ("shop", 4, 14, 0)
    assert 0 < found.p50 <= found.p95 <= found.maximum <= found.total
    assert found.mean == pytest.approx(found.total / 4)
    ((place, times),) = found.callers
    assert place.startswith(f"{__file__}:")
    assert times == 4
    assert store.statement(found.id) == found


def test_texts_that_differ_in_values_and_lists_are_one_statement(store: Store, cursor: Any) -> None:
    cursor.execute("SELECT id FROM song WHERE id IN (?, ?)", (1, 2)).fetchall()
    cursor.execute("SELECT id FROM song WHERE id IN (?, ?, ?)", (1, 2, 3)).fetchall()
    cursor.execute("SELECT id FROM song WHERE id IN (1)").fetchall()
    assert [found.count for found in store.statements()] == [3]


def test_the_opening_of_a_connection_is_not_a_statement(store: Store, sdk: Sdk) -> None:
    tracer = sdk.tracer_provider.get_tracer("test")
    attributes = {"db.system.name": "microsoft.sql_server", "mssql.sign_in": "SqlPassword"}
    for _ in range(2):
        tracer.start_span("connect shop", attributes=attributes).end()
    assert store.statements() == []
    assert [trace.statements for trace in store.traces()] == [(), ()]
    assert pages.requests(store) == []


def test_the_order(store: Store, cursor: Any) -> None:
    cursor.execute("SELECT id FROM song").fetchall()
    for _ in range(2):
        cursor.execute("SELECT title FROM song WHERE id = 1").fetchall()
    assert [found.count for found in store.statements(order="count")] == [2, 1]
    assert [found.rows for found in store.statements(order="rows")] == [5, 2]
    assert len(store.statements(limit=1)) == 1
    with pytest.raises(ValueError, match="order must be one of total"):
        store.statements(order="colour")


def test_errors_are_counted(store: Store, cursor: Any) -> None:
    with pytest.raises(Exception, match="no such table"):
        cursor.execute("SELECT 1 FROM nowhere")
    (found,) = store.statements()
    assert found.errors == 1
    (kept,) = store.traces()[0].spans
    assert kept.error == "sqlite3.OperationalError"


def test_a_trace_with_repeated_statements(store: Store, sdk: Sdk, cursor: Any) -> None:
    tracer = sdk.tracer_provider.get_tracer("test")
    with tracer.start_as_current_span("GET /songs") as request:
        cursor.execute("SELECT id FROM song").fetchall()
        for number in range(3):
            cursor.execute("SELECT title FROM song WHERE id = ?", (number,)).fetchall()
    (found,) = store.traces()
    assert store.trace(found.trace_id) == found
    assert found.trace_id == trace.format_trace_id(request.get_span_context().trace_id)
    assert found.root.name == "GET /songs"
    assert [span.name for span in found.spans] == ["GET /songs"] + ["SELECT song"] * 4
    assert len(found.statements) == 4
    ((repeated, times),) = found.repetitions
    assert times == 3
    statement = store.statement(repeated)
    assert statement is not None
    assert statement.text == "SELECT title FROM song WHERE id = ?"
    assert statement.trace_ids == (found.trace_id,)
    assert found.duration == pytest.approx((found.end - found.start) / 1e9)
    assert "db.query.text" not in found.spans[1].attributes


def test_plans_belong_to_their_statements(store: Store, cursor: Any) -> None:
    cursor.execute("SELECT id FROM song WHERE id = ?", (1,)).fetchall()
    (before,) = store.statements()
    assert not before.has_plan
    store.on_plan(plan("SELECT id FROM song WHERE id = ?"))
    after = store.statement(before.id)
    assert after is not None
    assert after.has_plan
    assert after.plan_hash == "0x2"
    kept = store.plan(before.id)
    assert kept is not None
    assert kept.xml == "<x/>"
    assert store.plan("0" * 16) is None


def test_the_plan_of_a_slow_statement_reaches_its_statement(
    store: Store, sdk: Sdk, connection: Any
) -> None:
    options = {**sdk.providers(), "plan_threshold": 0}
    info = ConnectionInfo("default", "", None, "shop", options, SideConnection)
    plans.subscribe(store.on_plan)
    try:
        traced = Telemetry(info).traced(connection.cursor())
        traced.execute("SELECT id FROM song WHERE id = ?", (1,)).fetchall()
        assert [found.count for found in store.statements()] == [1]  # before its plan is there
        assert plans.flush()
    finally:
        plans.unsubscribe(store.on_plan)
    (found,) = store.statements()
    kept = store.plan(found.id)
    assert kept is not None
    assert kept.xml.startswith("<ShowPlanXML")
    assert found.plan_hash == kept.plan_hash == "0x9D2A7C01AA55EE10"
    (span,) = store.traces()[0].spans
    assert span.statement_id == found.id


def test_bounded(sdk: Sdk, cursor: Any) -> None:
    store = Store(max_statements=3, max_traces=2, max_spans=2, max_plans=1)
    sdk.tracer_provider.add_span_processor(store)
    for number in range(6):
        cursor.execute(f"SELECT {'id, ' * number} id FROM song").fetchall()
        store.on_plan(plan(f"SELECT {'id, ' * number} id FROM song"))
    assert len(store.statements()) == 3
    assert len(store.traces()) == 2
    assert [found.has_plan for found in store.statements(order="last_seen")] == [True, False, False]
    with sdk.tracer_provider.get_tracer("test").start_as_current_span("root"):
        for _ in range(4):
            cursor.execute("SELECT id FROM song").fetchall()
    found = store.traces(limit=1)[0]
    assert [span.name for span in found.spans] == ["root", "SELECT song", "SELECT song"]
    assert found.dropped_spans == 2
    store.clear()
    assert store.statements() == []
    assert store.traces() == []


def test_an_unsampled_span_is_not_kept(connection: Any) -> None:
    store = Store()
    provider = TracerProvider(sampler=sampling.ALWAYS_OFF)
    provider.add_span_processor(store)
    with provider.get_tracer("test").start_as_current_span("x"):
        pass
    assert store.traces() == []


def test_reading_while_writing(store: Store, sdk: Sdk) -> None:
    tracer = sdk.tracer_provider.get_tracer("test")
    stop = threading.Event()
    failures: list[BaseException] = []

    def read() -> None:
        try:
            while not stop.is_set():
                for found in store.traces():
                    assert found.spans
                store.statements()
        except BaseException as error:
            failures.append(error)
            raise

    reader = threading.Thread(target=read)
    reader.start()
    attributes = {"db.system.name": "microsoft.sql_server", "db.query.text": "SELECT 1"}
    for number in range(2000):
        with tracer.start_as_current_span(f"s{number % 20}", attributes=attributes):
            pass
    stop.set()
    reader.join()
    assert failures == []


def test_install_needs_an_sdk(monkeypatch: pytest.MonkeyPatch, sdk: Sdk, cursor: Any) -> None:
    monkeypatch.setattr(stores, "_process_store", None)
    with pytest.raises(RuntimeError, match="No OpenTelemetry SDK"):
        stores.install(trace.NoOpTracerProvider())
    store = stores.install(sdk.tracer_provider, max_statements=1)
    assert stores.install(sdk.tracer_provider) is store
    assert stores.process_store() is store
    cursor.execute("SELECT 1").fetchall()
    cursor.execute("SELECT 1, 2").fetchall()
    assert [found.text for found in store.statements()] == ["SELECT ?, ?"]  # the limit
    unsubscribe(store.on_plan)
