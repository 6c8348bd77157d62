from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from mssql.telemetry import ConnectionInfo, Telemetry, plans
from mssql.telemetry.plans import publisher, read, recent, worker
from tests.sdk import Sdk, attributes
from tests.unit.telemetry.plans.documents import ESTIMATED
from tests.unit.telemetry.plans.side import (
    CACHE,
    DENIED,
    FIND,
    PLACE,
    QUERY_STORE,
    STATE_DENIED,
    SideConnection,
)

QUERY = "SELECT id FROM song WHERE id > ?"
PLAN_ATTRIBUTES = {
    "mssql.query_hash": "0x1BB66B3F2D6C7C5E",
    "mssql.plan_hash": "0x9D2A7C01AA55EE10",
    "mssql.plan.kind": "estimated",
    "mssql.plan.source": "showplan",
    "mssql.plan.cost": 2.5,
    "mssql.plan.warnings": (
        "implicit conversion affects the plan (Seek Plan)",
        "no join predicate",
        "missing index on [dbo].[flight]",
    ),
}
KNOWN = {**PLAN_ATTRIBUTES, "mssql.plan.outcome": "known"}
REQUESTED = {"mssql.plan.outcome": "requested"}
Traced = Callable[..., Any]


@pytest.fixture
def side() -> SideConnection:
    return SideConnection()


@pytest.fixture
def traced(sdk: Sdk, connection: Any, side: SideConnection) -> Iterator[Traced]:
    """A traced cursor with other settings, whose plans come from `side`."""

    def traced(**options: Any) -> Any:
        info = ConnectionInfo(
            "default",
            "",
            None,
            "shop",
            {**sdk.providers(), "azure_monitor": False, **options},
            lambda: side,
        )
        return Telemetry(info).traced(connection.cursor())

    yield traced
    assert plans.flush()


def plan_attributes(span: Any) -> dict[str, Any]:
    return {name: value for name, value in attributes(span).items() if name.startswith("mssql.")}


def outcomes(sdk: Sdk) -> dict[str, int]:
    return {
        point.attributes["mssql.plan.outcome"]: point.value
        for point in sdk.points("mssql.client.plans")
    }


def event_attributes(sdk: Sdk) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in event.attributes.items() if name.startswith("mssql.")}
        for event in sdk.events
    ]


def test_a_slow_statement_s_plan_is_an_event(
    sdk: Sdk, traced: Traced, side: SideConnection
) -> None:
    traced(plans="every").execute(QUERY, (2,)).fetchall()
    assert plans.flush()
    assert event_attributes(sdk) == [PLAN_ATTRIBUTES]
    assert attributes(sdk.span)["db.response.returned_rows"] == 3
    assert "DECLARE @P1 int;\nSELECT id FROM song WHERE id > @P1" in side.ran
    assert side.is_closed
    assert outcomes(sdk) == {"captured": 1}


def test_its_time_is_the_statement_s_and_not_the_plan_s(sdk: Sdk, traced: Traced) -> None:
    traced(plans="every").execute(QUERY, (2,)).fetchall()
    assert plans.flush()
    span = sdk.span
    assert span.start_time is not None
    assert span.end_time is not None
    (point,) = sdk.points("db.client.operation.duration")
    assert point.sum == pytest.approx((span.end_time - span.start_time) / 1e9)


def test_the_plan_is_an_event_on_the_same_trace(sdk: Sdk, traced: Traced) -> None:
    traced(plans="every").execute(QUERY, (2,)).fetchall()
    assert plans.flush()
    (event,) = sdk.events
    assert event.event_name == "mssql.query_plan"
    assert event.body.startswith("<ShowPlanXML")
    assert "AA11" not in event.body
    context = sdk.span.get_span_context()
    assert context is not None
    assert (event.trace_id, event.span_id) == (context.trace_id, context.span_id)
    assert dict(event.attributes) == {
        "db.system.name": "microsoft.sql_server",
        "db.namespace": "shop",
        "db.query.summary": "SELECT song",
        **PLAN_ATTRIBUTES,
    }


def test_subscribers_get_it(sdk: Sdk, traced: Traced) -> None:
    got: list[plans.CapturedPlan] = []

    def fail(plan: plans.CapturedPlan) -> None:
        raise ValueError("x")

    for subscriber in (fail, got.append):
        plans.subscribe(subscriber)
    try:
        traced(plans="every").execute(QUERY, (2,)).fetchall()
        assert plans.flush()
    finally:
        for subscriber in (fail, got.append):
            plans.unsubscribe(subscriber)
    (plan,) = got
    assert (plan.namespace, plan.summary, plan.text) == ("shop", "SELECT song", QUERY)
    assert plan.span_context == sdk.span.get_span_context()


def test_a_fast_statement_has_none(sdk: Sdk, traced: Traced, side: SideConnection) -> None:
    traced(plan_threshold=60_000).execute(QUERY, (2,)).fetchall()
    assert plan_attributes(sdk.span) == {}
    assert side.ran == []


@pytest.mark.parametrize("sql", ["SAVEPOINT a", "CREATE TABLE t (a int)", "SELECT id FROM [#x]"])
def test_no_plan_is_requested_for_a_statement_without_one(
    sdk: Sdk, traced: Traced, side: SideConnection, connection: Any, sql: str
) -> None:
    connection.execute('CREATE TABLE "#x" (id int)')
    traced(plans="every").execute(sql).close()
    assert plan_attributes(sdk.span) == {"mssql.plan.outcome": "unsupported"}
    assert side.ran == []


def test_within_the_interval_the_same_plan_serves(
    sdk: Sdk, traced: Traced, side: SideConnection
) -> None:
    for number in range(3):
        traced(plans="every").execute(QUERY, (number,)).fetchall()
        assert plans.flush()
    # The first span had ended before its plan was there.
    assert [plan_attributes(span) for span in sdk.spans] == [REQUESTED, KNOWN, KNOWN]
    assert side.ran.count("SET SHOWPLAN_XML ON") == 1
    assert outcomes(sdk) == {"captured": 1, "known": 2}
    # Each execution has an event.
    assert len({event.span_id for event in sdk.events}) == 3


def test_texts_with_the_same_query_hash_have_one_plan(
    sdk: Sdk, traced: Traced, side: SideConnection
) -> None:
    side.kept = {FIND: PLACE, CACHE: (ESTIMATED,)}
    for number in range(3):
        traced(plan_threshold=0).execute(f"SELECT id{', id' * number} FROM song").fetchall()
        assert plans.flush()
    expected = {**PLAN_ATTRIBUTES, "mssql.plan.source": "cache"}
    assert event_attributes(sdk) == [expected] * 3
    assert [event.span_id for event in sdk.events] == [
        span.get_span_context().span_id  # type: ignore[union-attr]
        for span in sdk.spans
    ]
    assert sum(CACHE in ran[0] for ran in side.ran) == 1
    assert outcomes(sdk) == {"captured": 1, "known": 2}
    assert [bool(event.body) for event in sdk.events] == [True, False, False]


def test_each_slow_execution_has_its_plan_s_hash_on_its_trace(
    sdk: Sdk, traced: Traced, side: SideConnection
) -> None:
    side.gate = threading.Event()
    for number in range(3):
        traced(plan_threshold=0).execute(QUERY, (number,)).fetchall()
    side.gate.set()
    assert plans.flush()
    assert event_attributes(sdk) == [PLAN_ATTRIBUTES] * 3
    assert [bool(event.body) for event in sdk.events] == [True, False, False]
    traced(plan_threshold=0).execute(QUERY, (3,)).fetchall()
    assert [plan_attributes(span) for span in sdk.spans] == [*[REQUESTED] * 3, KNOWN]
    assert len(sdk.events) == 3


def test_the_recent_plans_are_bounded(
    sdk: Sdk, traced: Traced, side: SideConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "MOST_CHARACTERS", 5_000)  # room for one document
    for column in ("id", "title", "title", "id"):
        traced(plans="every").execute(f"SELECT {column} FROM song").fetchall()
        assert plans.flush()
    assert outcomes(sdk) == {"captured": 3, "known": 1}


def test_the_number_of_requests_per_minute_is_limited(
    sdk: Sdk, traced: Traced, side: SideConnection
) -> None:
    for number in range(3):
        sql = f"SELECT id{', id' * number} FROM song"
        traced(plan_threshold=0, plans_per_minute=2).execute(sql).fetchall()
        assert plans.flush()
    assert outcomes(sdk) == {"captured": 2, "limited": 1}
    assert plan_attributes(sdk.spans[2]) == {"mssql.plan.outcome": "limited"}


def test_with_plans_off_none_is_requested(sdk: Sdk, traced: Traced, side: SideConnection) -> None:
    traced(plans="off", plan_threshold=0).execute(QUERY, (2,)).fetchall()
    assert plans.flush()
    assert side.ran == []


def test_after_the_interval_it_is_captured_again(
    sdk: Sdk, traced: Traced, side: SideConnection
) -> None:
    for number in range(2):
        traced(plans="every", plan_interval=0).execute(QUERY, (number,)).fetchall()
        assert plans.flush()
    assert outcomes(sdk) == {"captured": 2}


def test_without_showplan_the_other_sources_remain(
    sdk: Sdk, traced: Traced, side: SideConnection, caplog: pytest.LogCaptureFixture
) -> None:
    side.error = DENIED
    for column in ("id", "title"):
        traced(plans="every").execute(f"SELECT {column} FROM song").fetchall()
        assert plans.flush()
    assert side.ran.count("SET SHOWPLAN_XML ON") == 1
    assert caplog.text == ""  # the plan cache may still have one
    assert outcomes(sdk) == {"failed": 2}


def test_without_any_permission_there_is_no_second_attempt(
    sdk: Sdk, traced: Traced, side: SideConnection, caplog: pytest.LogCaptureFixture
) -> None:
    side.error = DENIED
    side.kept = dict.fromkeys((FIND, QUERY_STORE), STATE_DENIED)
    for column in ("id", "title"):
        traced(plans="every").execute(f"SELECT {column} FROM song").fetchall()
        assert plans.flush()
    assert side.ran.count("SET SHOWPLAN_XML ON") == 1
    assert outcomes(sdk) == {"denied": 2}
    assert caplog.text.count("GRANT SHOWPLAN TO [user]") == 1
    assert "VIEW SERVER PERFORMANCE STATE" in caplog.text
    assert plan_attributes(sdk.spans[1]) == {"mssql.plan.outcome": "denied"}


def test_a_failure_is_logged_without_values_and_not_repeated(
    sdk: Sdk, traced: Traced, side: SideConnection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    side.error = "Conversion failed for 'secret' (245) (SQLExecDirectW)"
    for number in range(2):
        traced(plans="every").execute(QUERY, (number,)).fetchall()
        assert plans.flush()
    assert outcomes(sdk) == {"failed": 2}
    assert side.ran.count("SET SHOWPLAN_XML ON") == 1
    assert "No query plan of SELECT song: RuntimeError 245" in caplog.text
    assert "secret" not in caplog.text
    assert plan_attributes(sdk.spans[0]) == REQUESTED
    assert plan_attributes(sdk.spans[1]) == {"mssql.plan.outcome": "failed"}


def test_a_plan_that_cannot_be_scrubbed_is_dropped(
    sdk: Sdk, traced: Traced, side: SideConnection
) -> None:
    side.xml = "<RelOp"
    traced(plans="every").execute(QUERY, (1,)).fetchall()
    assert plans.flush()
    assert outcomes(sdk) == {"failed": 1}
    assert sdk.events == []


def test_too_many_at_once_end_without_a_plan(
    sdk: Sdk, traced: Traced, side: SideConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker.process_worker, "_capacity", 1)
    side.gate = threading.Event()
    cursor = traced(plans="every")
    for number in range(6):
        cursor.execute(f"SELECT id{', id' * number} FROM song").fetchall()
    assert len(sdk.spans) == 6  # none of them waited
    side.gate.set()
    assert plans.flush()
    assert len(sdk.spans) == 6
    assert outcomes(sdk)["dropped"] >= 4
    assert plan_attributes(sdk.spans[5]) == {"mssql.plan.outcome": "dropped"}


def test_a_change_of_plan_is_noticed(sdk: Sdk, traced: Traced) -> None:
    captured: list[Any] = []
    publisher.subscribe(captured.append)
    try:
        traced(plans="every").execute(QUERY, (2,)).fetchall()
        assert plans.flush()
    finally:
        publisher.unsubscribe(captured.append)
    (first,) = captured
    assert sdk.points("mssql.client.plan.changes") == []
    hashes = recent.PlanHashes()
    assert not hashes.replace(first)
    assert not hashes.replace(first)
    assert hashes.replace(replace(first, plan_hash="0xB"))
    assert hashes.replace(first)
    assert not hashes.replace(replace(first, query_hash="0x2"))


def test_warnings_are_counted_by_kind(sdk: Sdk, traced: Traced) -> None:
    traced(plans="every").execute(QUERY, (2,)).fetchall()
    assert plans.flush()
    kinds = [
        point.attributes["mssql.plan.warning.kind"]
        for point in sdk.points("mssql.client.plan.warnings")
    ]
    assert sorted(kinds) == sorted({read.warning_kind(text) for text in event_warnings(sdk)})
    assert kinds


def event_warnings(sdk: Sdk) -> list[str]:
    (event,) = sdk.events
    return list(event.attributes["mssql.plan.warnings"])


def test_warnings_have_few_kinds() -> None:
    assert read.warning_kind("missing index on dbo.song") == "missing_index"
    assert read.warning_kind("implicit conversion affects the plan (Seek Plan)") == (
        "implicit_conversion"
    )
    assert read.warning_kind("sort spilled to tempdb") == "spill"
    assert read.warning_kind("columns with stale statistics") == "no_statistics"
    assert read.warning_kind("wait for memory") == "memory_grant"
    assert read.warning_kind("spatial estimate guessed") == "other"
