"""The plan cache and Query Store: statistics of the statements that ran."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from typing import Any

import pytest

from mssql.telemetry.plans import read
from tds_embedded.engine import query_statistics
from tds_embedded.engine.query_statistics import Entry, QueryStatistics
from tds_embedded.server import Server
from tds_embedded.tsql.translate import Translated
from tds_embedded_tests.conftest import Database, connect

STATISTICS = """
SELECT st.text, qs.statement_start_offset, qs.statement_end_offset, qs.execution_count,
    qs.last_rows, qs.total_rows, qs.plan_handle, qs.query_hash
FROM sys.dm_exec_query_stats AS qs CROSS APPLY sys.dm_exec_sql_text(qs.sql_handle) AS st
WHERE st.text LIKE ? ORDER BY qs.statement_start_offset
"""


@pytest.fixture(scope="module", autouse=True)
def tables(database: Database) -> None:
    database.run(
        "CREATE TABLE stone (id int PRIMARY KEY, kind nvarchar(20));"
        "INSERT INTO stone VALUES (1, 'flint'), (2, 'slate'), (3, 'chalk')"
    )


def test_runs_and_rows_are_counted(database: Database) -> None:
    for number in (1, 2, 2):
        database.run("SELECT kind FROM stone WHERE id >= ?", number)
    ((text, start, end, runs, last, total, _, _),) = database.rows(
        STATISTICS, "%SELECT kind FROM stone WHERE id >=%"
    )
    assert text == "(@P1 int)SELECT kind FROM stone WHERE id >= @P1"
    assert (start, end, runs, last, total) == (2 * len("(@P1 int)"), -1, 3, 2, 7)


def test_each_statement_of_a_batch_has_its_place(database: Database) -> None:
    batch = "SELECT 'é', id FROM stone; SELECT kind FROM stone"
    database.run(batch)
    first, second = database.rows(STATISTICS, batch)
    assert first[1:3] == (0, 2 * (batch.index(";") - 1))
    assert second[1:3] == (2 * batch.index("SELECT kind"), -1)
    assert first[6] == second[6]
    assert first[7] != second[7]


def test_texts_that_differ_in_literals_have_one_hash(database: Database) -> None:
    for number in (1, 2):
        database.run(f"SELECT COUNT(*) FROM stone WHERE id = {number}")
    one, two = database.rows(STATISTICS, "SELECT COUNT(*) FROM stone WHERE id = %")
    assert one[7] == two[7]
    assert one[6] != two[6]


def plan_of(database: Database, function: str, like: str) -> Any:
    return database.rows(
        f"SELECT p.query_plan FROM sys.dm_exec_query_stats AS qs "
        "CROSS APPLY sys.dm_exec_sql_text(qs.sql_handle) AS st "
        f"OUTER APPLY sys.{function} AS p WHERE st.text LIKE ?",
        like,
    )[0][0]


COMPILED = "dm_exec_text_query_plan(qs.plan_handle, qs.statement_start_offset, -1)"
ACTUAL = "dm_exec_query_plan_stats(qs.plan_handle)"


def test_the_compiled_plan(database: Database) -> None:
    database.run("SELECT kind FROM stone WHERE id < ?", 3)
    (plan,) = read.statements(plan_of(database, COMPILED, "%FROM stone WHERE id < @P1"))
    assert not plan.is_actual
    assert plan.text == "SELECT kind FROM stone WHERE id < @P1"


def test_the_last_actual_plan_is_that_of_the_run(database: Database) -> None:
    text = "SELECT kind FROM stone WHERE kind <> ?"
    database.run(text, "slate")
    assert plan_of(database, ACTUAL, "%WHERE kind <> @P1") is None
    database.run("ALTER DATABASE SCOPED CONFIGURATION SET LAST_QUERY_PLAN_STATS = ON")
    database.run(text, "slate")
    database.run("ALTER DATABASE SCOPED CONFIGURATION SET LAST_QUERY_PLAN_STATS = OFF")
    (plan,) = read.statements(plan_of(database, ACTUAL, "%WHERE kind <> @P1"))
    assert plan.root.actual_rows == 2


def test_a_temporary_table_s_plan_is_not_to_be_had(database: Database) -> None:
    database.run("CREATE TABLE #pebble (id int); SELECT id FROM #pebble AS p")
    assert plan_of(database, COMPILED, "%FROM #pebble AS p") is None


def test_query_store_has_plans_while_it_is_on(database: Database) -> None:
    query = (
        "SELECT t.query_sql_text, p.query_plan FROM sys.query_store_query_text AS t "
        "INNER JOIN sys.query_store_query AS q ON q.query_text_id = t.query_text_id "
        "INNER JOIN sys.query_store_plan AS p ON p.query_id = q.query_id "
        "WHERE t.query_sql_text LIKE N'%stone AS gem%'"
    )
    database.run("SELECT id FROM stone AS gem WHERE id = ?", 1)
    assert database.rows(query) == []
    database.run("ALTER DATABASE CURRENT SET QUERY_STORE = ON")
    try:
        found = dict(database.rows(query))
    finally:
        database.run("ALTER DATABASE CURRENT SET QUERY_STORE = OFF")
    assert read.statements(found["(@P1 int)SELECT id FROM stone AS gem WHERE id = @P1"])


def test_no_actual_plans_before_2019(server_as: Callable[[str], Server]) -> None:
    endpoint = server_as("2017").endpoint
    with closing(connect(endpoint, "master")) as connection:
        older = Database(connection, endpoint, "master")
        handle = "SELECT * FROM sys.dm_exec_query_plan_stats(0x06)"
        assert older.error(handle) == (208, "Invalid object name 'sys.dm_exec_query_plan_stats'.")


def test_a_function_s_arguments_are_counted(database: Database) -> None:
    assert database.error("SELECT * FROM sys.dm_exec_text_query_plan(0x06)")[0] == 313


def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_statistics, "ENTRIES", 5)
    kept = QueryStatistics()
    now = datetime(2024, 1, 1)
    for number in range(9):
        text = f"SELECT {number}"
        made = Translated(text)
        kept.add(Entry("shop", text, 0, -1, "SELECT", text, made, (), now, now))
    assert [entry.text for entry in kept.entries()] == [f"SELECT {n}" for n in (8, 7, 6, 5, 4)]
    assert kept.find("shop", "SELECT 4", 0, Translated("SELECT 4")) is not None
    assert kept.entries()[0].text == "SELECT 4"
