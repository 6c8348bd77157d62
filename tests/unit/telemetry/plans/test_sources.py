from __future__ import annotations

from typing import Any

import pytest

from mssql.telemetry.plans import PlanDenied, PlanUnavailable, server_views, sources
from tests.unit.telemetry.plans.documents import ACTUAL, ESTIMATED, WITHOUT_OPERATORS
from tests.unit.telemetry.plans.side import (
    CACHE,
    DENIED,
    FIND,
    LAST_ACTUAL,
    PLACE,
    QUERY_STORE,
    STATE_DENIED,
    SideConnection,
)

RAN = server_views.ExecutedStatement("SELECT id FROM flight WHERE day > ?", ["date"], 1.5)
HASH = "0x1BB66B3F2D6C7C5E"
NO_SUCH_FUNCTION = (
    "[42S02] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]Invalid object name "
    "'sys.dm_exec_query_plan_stats'. (208) (SQLExecDirectW)"
)


@pytest.fixture
def side() -> SideConnection:
    side = SideConnection()
    side.kept = {
        FIND: PLACE,
        LAST_ACTUAL: (ACTUAL,),
        CACHE: (ESTIMATED,),
        QUERY_STORE: (ESTIMATED,),
    }
    return side


def find(
    side: SideConnection, plan_sources: sources.PlanSources | None = None, **options: Any
) -> Any:
    return (plan_sources or sources.PlanSources()).find(
        lambda: side, RAN, lambda query_hash: None, **options
    )


def asked(side: SideConnection, name: str) -> list[Any]:
    return [ran for ran in side.ran if isinstance(ran, tuple) and name in ran[0]]


def test_the_last_actual_plan_comes_first(side: SideConnection) -> None:
    assert find(side) == sources.PlanDocument(ACTUAL, "last_actual", HASH)
    ((_, parameters),) = asked(side, FIND)
    text = "SELECT id FROM flight WHERE day > @P1"
    assert parameters == (-6, len(text), text, 2 * len(text), 2 * len(text))


@pytest.mark.parametrize("row", [None, (None,), (WITHOUT_OPERATORS,), NO_SUCH_FUNCTION])
def test_then_the_plan_cache(side: SideConnection, row: Any) -> None:
    side.kept[LAST_ACTUAL] = row
    assert find(side) == sources.PlanDocument(ESTIMATED, "cache", HASH)


@pytest.mark.parametrize("row", [None, STATE_DENIED])
def test_then_query_store(side: SideConnection, row: Any) -> None:
    side.kept[FIND] = row
    assert find(side) == sources.PlanDocument(ESTIMATED, "query_store")


@pytest.mark.parametrize("row", [None, STATE_DENIED])
def test_then_a_plan_that_is_compiled_again(side: SideConnection, row: Any) -> None:
    side.kept = {FIND: row, QUERY_STORE: row}
    assert find(side) == sources.PlanDocument(ESTIMATED, "showplan")


def test_a_denied_source_is_not_tried_again(side: SideConnection) -> None:
    plan_sources = sources.PlanSources()
    side.kept = {FIND: STATE_DENIED, QUERY_STORE: STATE_DENIED}
    for _ in range(3):
        find(side, plan_sources)
    assert len(asked(side, FIND)) == len(asked(side, QUERY_STORE)) == 1


def test_but_it_is_after_a_while(side: SideConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "DENIED_SECONDS", 0.0)
    plan_sources = sources.PlanSources()
    side.kept = {FIND: STATE_DENIED}
    for _ in range(3):
        find(side, plan_sources)
    assert len(asked(side, FIND)) == 3


def test_a_plan_that_is_known_by_its_hash_is_not_fetched(side: SideConnection) -> None:
    plan: Any = object()
    assert sources.PlanSources().find(lambda: side, RAN, {HASH: plan}.get) is plan
    assert not asked(side, LAST_ACTUAL)
    assert not asked(side, CACHE)


def test_if_every_source_is_denied_the_error_names_the_permissions(side: SideConnection) -> None:
    side.kept = {FIND: STATE_DENIED, QUERY_STORE: STATE_DENIED}
    side.error = DENIED
    with pytest.raises(PlanDenied, match=r"GRANT SHOWPLAN TO \[user\].*VIEW SERVER STATE"):
        find(side)


def test_if_the_last_source_has_no_plan_there_is_an_error(side: SideConnection) -> None:
    side.kept = {}
    side.error = DENIED
    with pytest.raises(PlanUnavailable, match="Neither") as raised:
        find(side)
    assert not isinstance(raised.value, PlanDenied)


def test_other_errors_are_the_driver_s(side: SideConnection) -> None:
    side.kept[FIND] = "Lock request time out (1222) (SQLExecDirectW)"
    with pytest.raises(RuntimeError, match="1222"):
        find(side)


@pytest.mark.parametrize("number", [208, 262, 297, 300])
def test_the_driver_s_adapter_reads_the_number(side: SideConnection, number: int) -> None:
    side.kept[FIND] = "the words of another driver"
    assert find(side, error_number=lambda error: number).source == "query_store"


def test_the_length_of_a_text_is_counted_as_the_server_counts() -> None:
    assert server_views.server_text("SELECT '\U0001f600'") == ("SELECT '\U0001f600'", 11)
