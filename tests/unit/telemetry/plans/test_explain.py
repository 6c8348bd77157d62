from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any

import pytest

from mssql.telemetry.plans import PlanDenied, PlanUnavailable, explain, showplan
from mssql.tsql import types
from tests.unit.telemetry.plans.documents import ACTUAL, ESTIMATED, WITHOUT_OPERATORS
from tests.unit.telemetry.plans.side import DENIED, SideConnection

UTC = datetime.timezone.utc


def test_an_estimated_plan_is_one_plain_batch_under_showplan() -> None:
    side = SideConnection()
    sql = "SELECT '?' FROM flight WHERE day > ? AND n = ?"
    assert showplan(lambda: side, sql, ["x", 3]) == ESTIMATED
    assert side.ran == [
        "SET LOCK_TIMEOUT 1000",
        "SET SHOWPLAN_XML ON",
        "DECLARE @P1 nvarchar(4000), @P2 int;\nSELECT '?' FROM flight WHERE day > @P1 AND n = @P2",
        "SET SHOWPLAN_XML OFF",
    ]
    assert side.is_closed


def test_an_actual_plan_comes_from_running_the_statement() -> None:
    side = SideConnection()
    sql = "SELECT id FROM flight WHERE day > ?"
    bound: list[Any] = []

    def bind(cursor: Any, parameters: Any) -> Any:
        bound.append(cursor)
        return [value.upper() for value in parameters]

    assert showplan(lambda: side, sql, ["x"], analyze=True, bind=bind) == ACTUAL
    assert side.ran == [
        "SET LOCK_TIMEOUT 1000",
        "SET STATISTICS XML ON",
        (sql, ["X"]),
        "SET STATISTICS XML OFF",
    ]
    assert len(bound) == 1
    assert side.is_closed


@pytest.mark.parametrize(
    "sql", ["DELETE FROM t", "SELECT a INTO b FROM c", "EXEC p", "WITH c AS (SELECT 1) DELETE c"]
)
def test_a_statement_that_writes_is_not_run_again(sql: str) -> None:
    side = SideConnection()
    with pytest.raises(PlanUnavailable, match="analyze=False"):
        showplan(lambda: side, sql, analyze=True)
    assert side.ran == []


@pytest.mark.parametrize("analyze", [True, False])
@pytest.mark.parametrize(
    "setting", ["SHOWPLAN_XML OFF", "STATISTICS XML ON", "statistics io on", "NOEXEC OFF"]
)
def test_a_statement_cannot_end_the_plan_s_own_settings(setting: str, analyze: bool) -> None:
    side = SideConnection()
    with pytest.raises(PlanUnavailable, match="contains SET"):
        showplan(lambda: side, f"SELECT 1; SET /* x */ {setting}; SELECT 2", analyze=analyze)
    assert side.ran == []


def test_a_plan_without_operators_is_none() -> None:
    with pytest.raises(PlanUnavailable, match="no operators"):
        showplan(lambda: SideConnection(xml=WITHOUT_OPERATORS), "SET NOCOUNT ON")


def test_the_error_names_a_missing_permission() -> None:
    side = SideConnection(error=DENIED)
    with pytest.raises(PlanDenied, match=r"GRANT SHOWPLAN TO"):
        showplan(lambda: side, "SELECT 1")
    assert side.is_closed


def test_other_errors_are_the_driver_s() -> None:
    with pytest.raises(RuntimeError, match="208"):
        showplan(lambda: SideConnection(error="x (208) (SQLExecDirectW)"), "SELECT 1 FROM nowhere")


def test_markers_and_parameters_must_agree() -> None:
    with pytest.raises(PlanUnavailable, match="1 parameter markers, but 2 parameters"):
        showplan(SideConnection, "SELECT ?", [1, 2])


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, "bit"),
        (1, "int"),
        (-(2**31), "int"),
        (2**31, "bigint"),
        (2**63, "numeric(38, 0)"),
        (1.5, "float(53)"),
        (decimal.Decimal("12.345"), "numeric(5, 3)"),
        (decimal.Decimal("0.001"), "numeric(3, 3)"),
        (decimal.Decimal("1E+3"), "numeric(4, 0)"),
        (decimal.Decimal("0"), "numeric(1, 0)"),
        (decimal.Decimal("NaN"), "float(53)"),
        (decimal.Decimal("1e50"), "float(53)"),
        ("x" * 4000, "nvarchar(4000)"),
        ("x" * 4001, "nvarchar(max)"),
        ("🚄" * 2001, "nvarchar(max)"),
        (types.Typed("x", types.VARCHAR.size), "varchar(8000)"),
        (types.Typed("x" * 8001, types.VARCHAR_MAX.size), "varchar(max)"),
        (types.Typed(None, types.UNIQUEIDENTIFIER.size), "uniqueidentifier"),
        (types.Typed(None, types.TIME.size), "time(7)"),
        (types.Typed(decimal.Decimal("1.5"), (types.SQL_NUMERIC, 9, 2)), "numeric(9, 2)"),
        (types.Typed(decimal.Decimal("1.555"), (types.SQL_NUMERIC, 9, 2)), "numeric(4, 3)"),
        (types.time_text(datetime.time(1)), "time(7)"),
        (b"x", "varbinary(8000)"),
        (bytearray(8001), "varbinary(max)"),
        (datetime.datetime(2024, 1, 1), "datetime2(7)"),
        (datetime.datetime(2024, 1, 1, tzinfo=UTC), "datetimeoffset(7)"),
        (datetime.date(2024, 1, 1), "date"),
        (datetime.time(1), "time(7)"),
        (uuid.UUID(int=1), "uniqueidentifier"),
        (None, "nvarchar(4000)"),
    ],
)
def test_declared_types(value: Any, kind: str) -> None:
    assert explain.declared_types([value]) == [kind]
