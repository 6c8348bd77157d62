"""Query plans as ShowPlan XML."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from xml.etree.ElementTree import Element, fromstring

import pytest

from mssql.telemetry.plans import read
from tds_embedded.showplan.document import query_hash
from tds_embedded_tests import library
from tds_embedded_tests.conftest import Database

NAMESPACE = "{http://schemas.microsoft.com/sqlserver/2004/07/showplan}"


@pytest.fixture(scope="module", autouse=True)
def tables(database: Database) -> None:
    library.build(database)
    database.run(
        "CREATE TABLE big (id int IDENTITY CONSTRAINT pk_big PRIMARY KEY, kind int, word"
        " varchar(20));"
        "INSERT INTO big (kind, word) SELECT value % 500, 'w' FROM GENERATE_SERIES(1, 5000);"
        "UPDATE STATISTICS big"
    )


@contextmanager
def setting(database: Database, name: str) -> Iterator[None]:
    database.run(f"SET {name} ON")
    try:
        yield
    finally:
        database.run(f"SET {name} OFF")


def estimated(database: Database, sql: str) -> str:
    with setting(database, "SHOWPLAN_XML"):
        return str(database.value(sql))


def actual(database: Database, sql: str) -> str:
    with setting(database, "STATISTICS XML"):
        return str(database.value(sql))


def operators(plan: str) -> list[tuple[str, str]]:
    (statement,) = read.statements(plan)
    return [(each.physical, each.logical) for each in statement.root.walk()]


def test_an_estimated_plan_runs_nothing(database: Database) -> None:
    plan = estimated(database, "DELETE FROM book WHERE id = 10")
    assert plan.startswith("<ShowPlanXML ")
    assert database.value("SELECT COUNT(*) FROM book") == 4
    (statement,) = read.statements(plan)
    assert (statement.kind, statement.text) == ("DELETE", "DELETE FROM book WHERE id = 10")
    assert not statement.is_actual
    assert statement.cost > 0
    assert operators(plan) == [
        ("Clustered Index Delete", "Delete"),
        ("Clustered Index Seek", "Clustered Index Seek"),
    ]


def test_an_actual_plan_comes_after_the_rows_and_changes_once(database: Database) -> None:
    with setting(database, "STATISTICS XML"):
        rows, plan = database.run("SELECT name FROM author WHERE id <= 2 ORDER BY id")
        database.run("UPDATE author SET age = age + 1 WHERE id = 3")
    assert rows == [("Ann",), ("Bob",)]
    assert database.value("SELECT age FROM author WHERE id = 3") == 42
    (statement,) = read.statements(plan[0][0])
    assert statement.is_actual
    assert statement.root.actual_rows == 2


def test_costs_add_up(database: Database) -> None:
    plan = estimated(
        database,
        "SELECT a.name, COUNT(*) FROM author a JOIN book b ON b.author_id = a.id"
        " WHERE EXISTS (SELECT 1 FROM big WHERE big.kind = a.id) GROUP BY a.name ORDER BY a.name",
    )
    (statement,) = read.statements(plan)
    shares = [operator.cost_share for operator in statement.root.walk()]
    assert sum(shares) == pytest.approx(1, abs=0.01)
    assert statement.root.cost <= statement.cost


def test_statements_of_a_batch_have_a_plan_each(database: Database) -> None:
    plan = estimated(database, "DECLARE @n int = 1; SELECT @n = id FROM book; SELECT 1")
    assert [each.kind for each in read.statements(plan)] == ["SELECT", "SELECT"]


def test_parameters_are_listed_with_their_types(database: Database) -> None:
    plan = estimated(
        database,
        "DECLARE @a int = 1, @b nvarchar(20) = N'x';"
        "SELECT id FROM author WHERE id = @a AND name = @b",
    )
    found = [
        (each.get("Column"), each.get("ParameterDataType"))
        for each in fromstring(plan).iterfind(f".//{NAMESPACE}ParameterList/*")
    ]
    assert found == [("@a", "int"), ("@b", "nvarchar(20)")]
    assert "([author].[name] = @b)" in plan


def test_a_scan_that_an_index_would_spare(database: Database) -> None:
    plan = estimated(database, "SELECT word FROM big WHERE kind = 7 AND id > 10")
    (statement,) = read.statements(plan)
    (index,) = statement.missing_indexes
    assert index.table.endswith("[dbo].[big]")
    assert index.equality == ("[kind]",)
    database.run("CREATE INDEX ix_big_kind ON big (kind)")
    (statement,) = read.statements(estimated(database, "SELECT word FROM big WHERE kind = 7"))
    assert statement.missing_indexes == ()
    assert "Index Seek" in [operator.physical for operator in statement.root.walk()]


def test_a_converted_column_warns(database: Database) -> None:
    plan = estimated(database, "SELECT id FROM big WHERE word = 5")
    (statement,) = read.statements(plan)
    assert any("Seek Plan" in each for each in statement.all_warnings())
    assert "(CONVERT_IMPLICIT(int,[big].[word],0) = 5)" in plan
    plan = estimated(database, "SELECT id FROM big WHERE word = 'w'")
    assert "PlanAffectingConvert" not in plan


def test_plan_hashes_tell_plans_apart(database: Database) -> None:
    (seek,) = read.statements(estimated(database, "SELECT id FROM author WHERE id = 1"))
    (same,) = read.statements(estimated(database, "select id FROM author  WHERE id = 2"))
    (scan,) = read.statements(estimated(database, "SELECT id FROM author WHERE age = 1"))
    assert (seek.query_hash, seek.plan_hash) == (same.query_hash, same.plan_hash)
    assert scan.plan_hash != seek.plan_hash
    assert query_hash("SELECT 1 /* x */") == query_hash("select N'y'")
    assert query_hash("SELECT 1") != query_hash("SELECT 1, 2")


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1", "Constant Scan"),
        ("SELECT TOP (1) id FROM author ORDER BY name", "Top"),
        ("SELECT id FROM author UNION ALL SELECT id FROM book", "Concatenation"),
        ("SELECT COUNT(*) FROM author", "Stream Aggregate"),
        ("SELECT kind, COUNT(*) FROM big GROUP BY kind", "Hash Match"),
        ("SELECT ROW_NUMBER() OVER (ORDER BY age) FROM author", "Window Aggregate"),
        ("SELECT value FROM GENERATE_SERIES(1, 3)", "Table-valued function"),
        ("SELECT * FROM (VALUES (1), (2)) v (a)", "Constant Scan"),
        ("INSERT INTO author (name) VALUES (N'x')", "Clustered Index Insert"),
        ("UPDATE author SET age = 1", "Clustered Index Update"),
        (
            "WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n",
            "Table Spool",
        ),
    ],
)
def test_operators(database: Database, sql: str, expected: str) -> None:
    found = operators(estimated(database, sql))
    assert expected in [physical for physical, _ in found]


def relops(plan: str) -> Iterator[Element]:
    return fromstring(plan).iter(f"{NAMESPACE}RelOp")


def test_every_operator_has_what_the_schema_requires(database: Database) -> None:
    plan = actual(
        database,
        "SELECT a.name, (SELECT MAX(price) FROM book b WHERE b.author_id = a.id) FROM author a"
        " LEFT JOIN big ON big.id = a.id ORDER BY a.name DESC",
    )
    required = {
        "NodeId",
        "PhysicalOp",
        "LogicalOp",
        "EstimateRows",
        "EstimateIO",
        "EstimateCPU",
        "AvgRowSize",
        "EstimatedTotalSubtreeCost",
        "Parallel",
        "EstimateRebinds",
        "EstimateRewinds",
    }
    found = list(relops(plan))
    assert len(found) > 3
    for element in found:
        assert required <= set(element.keys())
        assert element[0].tag == f"{NAMESPACE}OutputList"
    identifiers = [element.get("NodeId") for element in found]
    assert identifiers == [str(number) for number in range(len(found))]
