from __future__ import annotations

import pytest

from mssql.telemetry.plans import read
from tests.unit.telemetry.plans.documents import ACTUAL, ESTIMATED, SEVERAL, WITHOUT_OPERATORS


def test_an_estimated_plan() -> None:
    (plan,) = read.statements(ESTIMATED)
    assert plan.kind == "SELECT"
    assert (plan.query_hash, plan.plan_hash) == ("0x1BB66B3F2D6C7C5E", "0x9D2A7C01AA55EE10")
    assert (plan.cost, plan.estimated_rows, plan.is_actual) == (2.5, 40.0, False)
    loops, scan, seek = plan.root.walk()
    assert (loops.physical, loops.logical) == ("Nested Loops", "Inner Join")
    assert loops.cost == pytest.approx(0.1)
    assert (scan.object, scan.cost_share) == ("[dbo].[flight].[pk_flight] AS [f]", 0.8)
    assert "[code]=N'AA11'" in scan.predicate
    assert loops.predicate == ""
    assert (seek.estimated_rows, seek.actual_rows, seek.executions) == (40, None, None)
    assert plan.all_warnings() == (
        "implicit conversion affects the plan (Seek Plan)",
        "no join predicate",
        "missing index on [dbo].[flight]",
    )


def test_a_hash_has_its_zeros_in_front() -> None:
    (plan,) = read.statements(ESTIMATED.replace("0x1BB66B3F2D6C7C5E", "0xB66B3F2D6C7C5E"))
    assert plan.query_hash == "0x00B66B3F2D6C7C5E"


def test_a_missing_index() -> None:
    (index,) = read.statements(ESTIMATED)[0].missing_indexes
    assert index.impact == 91.5
    assert index.create_statement() == (
        "CREATE INDEX [ix_flight_code_day] ON [dbo].[flight] ([code], [day]) INCLUDE ([plane])"
    )


def test_an_actual_plan_adds_its_threads_up() -> None:
    (plan,) = read.statements(ACTUAL)
    assert plan.is_actual
    *_, seek = plan.root.walk()
    assert (seek.actual_rows, seek.executions, seek.elapsed_ms) == (38, 40, 9)


def test_as_text() -> None:
    assert read.as_text(ESTIMATED).splitlines() == [
        "SELECT (estimated plan 0x9D2A7C01AA55EE10, cost 2.5)",
        "  Nested Loops (Inner Join) [rows 40 estimated; cost 4%]",
        "    Clustered Index Scan on [dbo].[flight].[pk_flight] AS [f] "
        "[rows 40 estimated; cost 80%]",
        "      where [shop].[dbo].[flight].[code] as [f].[code]=N'AA11' AND [f].[n]>(42)",
        "      warning: no join predicate",
        "    Clustered Index Seek on [dbo].[plane].[pk_plane] AS [p] [rows 40 estimated; cost 16%]",
        "  warning: implicit conversion affects the plan (Seek Plan)",
        "  missing index (92%): CREATE INDEX [ix_flight_code_day] ON [dbo].[flight] "
        "([code], [day]) INCLUDE ([plane])",
    ]
    assert "[rows 40 estimated, 38 actual; cost 16%]" in read.as_text(ACTUAL)


def test_without_operators_there_is_no_plan() -> None:
    assert read.statements(WITHOUT_OPERATORS) == []
    assert read.as_text(WITHOUT_OPERATORS) == ""


@pytest.mark.parametrize(
    "xml",
    [
        "",
        "<ShowPlanXML",
        "<html/>",
        "<ShowPlanXML>\ud800</ShowPlanXML>",
        '<!DOCTYPE x [<!ENTITY a "b">]><ShowPlanXML>&a;</ShowPlanXML>',
    ],
)
def test_a_document_that_is_not_a_plan_is_an_error(xml: str) -> None:
    with pytest.raises(ValueError, match=r"ShowPlan|query plan"):
        read.statements(xml)


def test_every_statement_of_a_document_is_read() -> None:
    plans = read.statements(SEVERAL)
    assert [(plan.kind, plan.cost) for plan in plans] == [
        ("COND WITH QUERY", 0.3),
        ("SELECT", 0.9),
        ("DECLARE CURSOR", 0.2),
    ]
    assert [[operator.node_id for operator in plan.root.walk()] for plan in plans] == [
        [0],
        [0, 1, 2, 5, 6],
        [0],
    ]
    assert [plan.text for plan in plans][2] == "DECLARE ports CURSOR"


def test_a_parallel_operator_and_a_nested_subquery() -> None:
    exchange, hashed, scan, top, seek = read.statements(SEVERAL)[1].root.walk()
    assert (exchange.parallel, top.parallel) == (True, False)
    assert [hashed.subtree_cost, hashed.cost] == pytest.approx([0.8, 0.1])
    assert (scan.actual_rows, scan.executions, scan.elapsed_ms) == (9000, 2, 31)
    assert scan.estimate_factor == 100
    assert (seek.executions, seek.estimate_factor) == (0, None)
    assert exchange.estimate_factor is None


def test_the_plan_of_a_query_is_that_of_its_hash_or_the_most_expensive() -> None:
    plans = read.statements(SEVERAL)
    assert read.of_query(plans, "0x00000000000000C3").kind == "DECLARE CURSOR"
    assert read.of_query(plans).kind == "SELECT"
    assert read.of_query(plans, "0x00000000000000FF").kind == "SELECT"
