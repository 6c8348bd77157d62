"""Requests for plans after failures: of the statement, and of an earlier request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mssql.telemetry import ConnectionInfo, Telemetry, plans
from mssql.telemetry.plans import recent, slow_statements, sources
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
HASHES = {"mssql.query_hash": "0x1BB66B3F2D6C7C5E", "mssql.plan_hash": "0x9D2A7C01AA55EE10"}
LOCKED = "Lock request time out period exceeded. (1222) (SQLExecDirectW)"
NO_TABLE = "Invalid object name 'song'. (208) (SQLExecDirectW)"
Traced = Callable[..., Any]


class FailingCursor:
    """A driver's cursor whose statements raise `error`."""

    description = None

    def __init__(self, error: Exception) -> None:
        self._error = error

    def execute(self, sql: str, *parameters: Any) -> None:
        raise self._error


@pytest.fixture
def side() -> SideConnection:
    return SideConnection()


@pytest.fixture
def traced(sdk: Sdk, connection: Any, side: SideConnection) -> Iterator[Traced]:
    """A traced cursor with other settings, whose plans come from `side`."""

    def traced(error: Exception | None = None, **options: Any) -> Any:
        settings = {**sdk.providers(), "azure_monitor": False, **options}
        info = ConnectionInfo("default", "", None, "shop", settings, lambda: side)
        return Telemetry(info).traced(FailingCursor(error) if error else connection.cursor())

    yield traced
    assert plans.flush()


def run(cursor: Any, sql: str = QUERY) -> None:
    cursor.execute(sql, (2,)).fetchall()
    assert plans.flush()


def outcomes(sdk: Sdk) -> dict[str, int]:
    return {
        point.attributes["mssql.plan.outcome"]: point.value
        for point in sdk.points("mssql.client.plans")
    }


def requests(side: SideConnection) -> int:
    return side.ran.count("SET SHOWPLAN_XML ON")


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("HYT00", "Query timeout expired (0) (SQLExecDirectW)"),
        RuntimeError("40001", "Chosen as the deadlock victim. (1205) (SQLExecDirectW)"),
        RuntimeError("42000", LOCKED),
    ],
)
def test_a_statement_that_fails_by_its_time_limit_or_by_locks_asks_for_its_plan(
    sdk: Sdk, traced: Traced, side: SideConnection, error: Exception
) -> None:
    cursor = traced(error)
    with pytest.raises(RuntimeError):
        cursor.execute(QUERY, (2,))
    assert plans.flush()
    assert attributes(sdk.span)["mssql.plan.outcome"] == "requested"
    (event,) = sdk.events
    assert event.body.startswith("<ShowPlanXML")
    assert event.span_id == sdk.span.get_span_context().span_id  # type: ignore[union-attr]
    assert outcomes(sdk) == {"captured": 1}
    with pytest.raises(RuntimeError):
        cursor.execute(QUERY, (2,))
    assert attributes(sdk.spans[1]).items() >= {**HASHES, "mssql.plan.outcome": "known"}.items()


@pytest.mark.parametrize("settings", [{"plans": "every"}, {"plan_threshold": 0}])
def test_one_that_fails_otherwise_does_not(
    sdk: Sdk, traced: Traced, side: SideConnection, settings: dict[str, Any]
) -> None:
    cursor = traced(RuntimeError("23000", "Duplicate key. (2627) (SQLExecDirectW)"), **settings)
    with pytest.raises(RuntimeError):
        cursor.execute(QUERY, (2,))
    assert plans.flush()
    assert "mssql.plan.outcome" not in attributes(sdk.span)
    assert side.ran == []


def test_without_plans_a_failed_statement_asks_for_none(
    sdk: Sdk, traced: Traced, side: SideConnection
) -> None:
    with pytest.raises(RuntimeError):
        traced(RuntimeError("42000", LOCKED), plans="off").execute(QUERY, (2,))
    assert plans.flush()
    assert "mssql.plan.outcome" not in attributes(sdk.span)
    assert side.ran == []


def test_a_fast_statement_has_the_hashes_of_a_known_plan(sdk: Sdk, traced: Traced) -> None:
    run(traced(plan_threshold=0))
    cursor = traced(plan_threshold=0)
    cursor._self_telemetry.slow_from = 10**18
    run(cursor)
    slow, fast = sdk.spans
    assert not HASHES.keys() & attributes(slow).keys()
    assert attributes(fast).items() >= HASHES.items()
    assert "mssql.plan.outcome" not in attributes(fast)


def test_the_hashes_outlast_the_interval(sdk: Sdk, traced: Traced) -> None:
    for _ in range(2):
        run(traced(plan_threshold=0, plan_interval=0))
    assert attributes(sdk.spans[1]).items() >= {**HASHES, "mssql.plan.outcome": "requested"}.items()


def test_the_number_of_kept_hashes_is_bounded(
    sdk: Sdk, traced: Traced, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "MOST_HASHES", 1)
    cursor = traced(plan_threshold=0)
    for column in ("id", "title"):
        run(cursor, f"SELECT {column} FROM song WHERE id > ?")
    assert list(cursor._self_telemetry.plan_hashes) == ["SELECT title FROM song WHERE id > ?"]


@pytest.mark.parametrize("error", [LOCKED, NO_TABLE, "Communication link failure (08S01)"])
def test_a_failure_that_may_pass_is_tried_again_soon(
    sdk: Sdk, traced: Traced, side: SideConnection, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    monkeypatch.setattr(recent, "RETRY_SECONDS", 0.0)
    side.error = error
    run(traced(plan_threshold=0))
    side.error = ""
    run(traced(plan_threshold=0))
    assert outcomes(sdk) == {"failed": 1, "captured": 1}


def test_it_is_tried_less_and_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(recent.time, "monotonic", lambda: now[0])
    of_minutes = recent.RecentPlans(300)
    waits = []
    for _ in range(9):
        of_minutes.add_failure("SELECT 1")
        began = now[0]
        while of_minutes.of_text("SELECT 1"):
            now[0] += 1
        waits.append(now[0] - began - 1)
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300]


def test_jobs_that_wait_when_plans_are_denied_are_denied_with_one_warning(
    sdk: Sdk, traced: Traced, side: SideConnection, caplog: pytest.LogCaptureFixture
) -> None:
    side.error = DENIED
    side.kept = dict.fromkeys((FIND, QUERY_STORE), STATE_DENIED)
    side.gate = threading.Event()
    cursor = traced(plan_threshold=0)
    for columns in range(5):
        cursor.execute(f"SELECT id{', id' * columns} FROM song").fetchall()
    side.gate.set()
    assert plans.flush()
    cursor.execute("SELECT id FROM song").fetchall()
    assert outcomes(sdk) == {"denied": 6}
    assert requests(side) == 1
    assert caplog.text.count("GRANT SHOWPLAN") == 1


def test_a_second_denial_is_no_second_warning(
    sdk: Sdk,
    traced: Traced,
    side: SideConnection,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (slow_statements, sources):
        monkeypatch.setattr(module, "DENIED_SECONDS", 0.0)
    monkeypatch.setattr(sources.PlanSources, "are_all_denied", lambda self: True)
    side.error = DENIED
    side.kept = dict.fromkeys((FIND, QUERY_STORE), STATE_DENIED)
    for _ in range(2):
        run(traced(plan_threshold=0))
    assert outcomes(sdk) == {"denied": 2}
    assert requests(side) == 2
    assert caplog.text.count("GRANT SHOWPLAN") == 1


def test_two_hundred_different_statements_in_a_row_get_two_hundred_plans(
    sdk: Sdk, traced: Traced, side: SideConnection
) -> None:
    side.gate = threading.Event()  # the server is slower than the application
    cursor = traced(plans="every")
    for number in range(200):
        cursor.execute(f"SELECT id AS c{number} FROM song").fetchall()
    side.gate.set()
    assert plans.flush(60)
    assert outcomes(sdk) == {"captured": 200}
    assert len({event.span_id for event in sdk.events if event.body}) == 200


def test_a_plan_in_the_cache_takes_three_requests_and_one_for_the_connection(
    sdk: Sdk, traced: Traced, side: SideConnection
) -> None:
    side.kept = {FIND: PLACE, CACHE: (ESTIMATED,)}
    cursor = traced(plans="every", plan_interval=0)
    for _ in range(2):
        cursor.execute(QUERY, (2,)).fetchall()
    assert plans.flush()
    assert outcomes(sdk) == {"captured": 2}
    assert len(side.ran) == 1 + 2 * 3
    assert side.ran[0] == "SET LOCK_TIMEOUT 1000"
