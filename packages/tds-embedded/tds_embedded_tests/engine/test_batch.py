"""Batches: variables, control of flow, errors and their CATCH blocks, SET, temporary tables."""

from __future__ import annotations

import datetime
import threading
import time
from typing import Any

import pyodbc
import pytest

from tds_embedded_tests.conftest import Database, connect


@pytest.mark.parametrize(
    ("batch", "value"),
    [
        (
            "DECLARE @a int = 1, @b nvarchar(3) = N'abcdef' SELECT @b + CAST(@a AS nvarchar(2))",
            "abc1",
        ),
        ("DECLARE @a int SET @a = 2 SET @a += 3 SET @a *= 2 SELECT @a", 10),
        ("DECLARE @a int SELECT @a", None),
        ("DECLARE @a int = 1 SELECT @a = v FROM (VALUES (2), (3)) t (v) ORDER BY v SELECT @a", 3),
        ("DECLARE @a int = 1 SELECT @a = v FROM (VALUES (2)) t (v) WHERE v > 2 SELECT @a", 1),
        ("IF 1 > 2 SELECT 'then' ELSE SELECT 'else'", "else"),
        ("IF NULL = NULL SELECT 'then' ELSE SELECT 'else'", "else"),
        ("DECLARE @i int = 0 WHILE @i < 10 BEGIN SET @i += 1 IF @i = 5 BREAK END SELECT @i", 5),
        (
            "DECLARE @i int = 0, @n int = 0 WHILE @i < 6 BEGIN SET @i += 1 "
            "IF @i % 2 = 0 CONTINUE SET @n += @i END SELECT @n",
            9,
        ),
        ("SELECT 'before' RETURN SELECT 'after'", "before"),
        ("DECLARE @a decimal(5, 2) = 1.005 SELECT @a", "1.01"),
        ("EXEC ('DECLARE @a int = 1; SELECT @a + 1')", 2),
    ],
)
def test_control_of_flow(database: Database, batch: str, value: Any) -> None:
    found = database.value(batch)
    assert (str(found) if isinstance(value, str) else found) == value


@pytest.mark.parametrize(
    ("batch", "number"),
    [
        ("SELECT @nowhere", 137),
        ("SET @nowhere = 1", 137),
        ("DECLARE @a int; DECLARE @a int", 134),
        ("SELECT * FROM @nowhere", 1087),
        ("RETURN 1", 178),
        ("THROW", 10704),
        ("THROW 49999, N'too low', 1", 35100),
        ("RAISERROR(N'%d', 16, 1, N'text')", 2786),
        ("RAISERROR(N'too severe', 19, 1)", 2754),
        ("USE nowhere", 911),
        ("SET DATEFIRST 8", 2742),
        ("SET DATEFORMAT dmy", 40517),
        ("SET PARSEONLY ON; SELECT 1", 40517),
        ("SELECT OBJECTPROPERTY(1, 'TableHasTimestamp')", 40517),
        ("SELECT COLUMNPROPERTY(1, 'a', 'IsPrecise')", 40517),
        ("SELECT nothing FROM sys.tables", 40517),
        ("SELECT * FROM sys.certificates", 40517),
        ("SELECT @@CPU_BUSY", 40517),
        ("EXEC xp_cmdshell 'dir'", 40517),
        ("SET LANGUAGE Klingon", 2740),
        ("SET DATEFORMAT xyz", 2741),
        ("SET ANSI_NULLS OFF", 40517),
        ("WAITFOR DELAY 'soon'", 148),
        ("KILL 32000", 6106),
        ("DECLARE @a dbo.nowhere", 2715),
    ],
)
def test_errors_of_batches(database: Database, batch: str, number: int) -> None:
    assert database.error(batch)[0] == number


def test_a_failed_statement_leaves_the_batch_running(database: Database) -> None:
    database.run("CREATE TABLE #ran (a int NOT NULL)")
    database.error("INSERT INTO #ran VALUES (NULL); INSERT INTO #ran VALUES (1)")
    assert database.value("SELECT COUNT(*) FROM #ran") == 1
    database.run("DROP TABLE #ran")


@pytest.mark.parametrize(
    "ending", ["SELECT CAST(N'x' AS int)", "THROW 50001, N'x', 1", "SELECT * FROM nowhere"]
)
def test_some_errors_end_the_batch(database: Database, ending: str) -> None:
    database.run("CREATE TABLE #seen (a int)")
    database.error(f"{ending}; INSERT INTO #seen VALUES (1)")
    assert database.value("SELECT COUNT(*) FROM #seen") == 0
    database.run("DROP TABLE #seen")


@pytest.mark.bad_grammar
def test_a_syntax_error_runs_nothing(database: Database) -> None:
    database.run("CREATE TABLE #none (a int)")
    database.error("INSERT INTO #none VALUES (1); SELECT @nowhere FROM")
    assert database.value("SELECT COUNT(*) FROM #none") == 0
    database.run("DROP TABLE #none")


def test_catch_sees_the_error(database: Database) -> None:
    rows = database.rows(
        "BEGIN TRY\n  SELECT 1/0\nEND TRY BEGIN CATCH "
        "SELECT ERROR_NUMBER(), ERROR_SEVERITY(), ERROR_STATE(), ERROR_LINE(), ERROR_MESSAGE(), "
        "ERROR_PROCEDURE(), @@ERROR END CATCH"
    )
    assert rows == [(8134, 16, 1, 2, "Divide by zero error encountered.", None, 8134)]
    assert database.value("SELECT ERROR_NUMBER()") is None


def test_throw_raises_the_caught_error_again(database: Database) -> None:
    number, message = database.error("BEGIN TRY SELECT 1/0 END TRY BEGIN CATCH; THROW; END CATCH")
    assert (number, message) == (8134, "Divide by zero error encountered.")


def test_tries_nest(database: Database) -> None:
    batch = """
        BEGIN TRY
            BEGIN TRY THROW 50001, N'inner', 3 END TRY
            BEGIN CATCH; THROW 50002, N'outer', 4 END CATCH
        END TRY
        BEGIN CATCH SELECT ERROR_NUMBER(), ERROR_STATE(), ERROR_MESSAGE() END CATCH
    """
    assert database.rows(batch) == [(50002, 4, "outer")]


def test_a_missing_table_escapes_the_try_of_its_own_batch(database: Database) -> None:
    body = "BEGIN TRY SELECT * FROM nowhere END TRY BEGIN CATCH SELECT 1 END CATCH"
    assert database.error(body)[0] == 208
    inner = "BEGIN TRY EXEC ('SELECT * FROM nowhere') END TRY BEGIN CATCH SELECT 1 END CATCH"
    assert database.value(inner) == 1


def test_raiserror_formats_its_message(database: Database) -> None:
    number, message = database.error("RAISERROR(N'%s has %d of %5.2d%%', 16, 2, N'x', 3, 7)")
    assert (number, message) == (50000, "x has 3 of    07%")


def test_messages_are_no_errors(database: Database) -> None:
    cursor = database.connection.cursor()
    cursor.execute("PRINT N'printed'; RAISERROR(N'noted', 10, 1)")
    texts = [text for _, text in cursor.messages]
    while cursor.nextset():
        texts += [text for _, text in cursor.messages]
    assert [text.rpartition("]")[2] for text in texts] == ["printed", "noted"]


def test_row_counts(database: Database) -> None:
    cursor = database.connection.cursor()
    cursor.execute("CREATE TABLE #counted (a int)")
    cursor.execute("INSERT INTO #counted VALUES (1), (2), (3)")
    assert cursor.rowcount == 3
    counts = cursor.execute("SELECT @@ROWCOUNT, ROWCOUNT_BIG()").fetchone()
    assert tuple(counts) == (3, 3)
    cursor.execute("SET NOCOUNT ON; UPDATE #counted SET a = 4; SELECT @@ROWCOUNT")
    assert cursor.fetchone()[0] == 3  # the UPDATE's count is not a separate result
    cursor.execute("SET NOCOUNT OFF; DELETE FROM #counted WHERE a = 0")
    assert cursor.rowcount == 0
    cursor.execute("DROP TABLE #counted")


def test_identity_values_by_scope(database: Database) -> None:
    database.run("CREATE TABLE numbered (id int IDENTITY(10, 5), a int)")
    assert database.rows(
        "INSERT INTO numbered (a) VALUES (1), (2); SELECT SCOPE_IDENTITY(), @@IDENTITY"
    ) == [(15, 15)]
    assert database.rows(
        "EXEC ('INSERT INTO numbered (a) VALUES (3)'); SELECT SCOPE_IDENTITY(), @@IDENTITY"
    ) == [(15, 20)]


def test_table_variables_live_as_long_as_their_batch(database: Database) -> None:
    batch = "DECLARE @t TABLE (a int PRIMARY KEY, b nvarchar(5) DEFAULT N'x'); "
    assert database.rows(batch + "INSERT INTO @t (a) VALUES (1), (2); SELECT a, b FROM @t") == [
        (1, "x"),
        (2, "x"),
    ]
    assert database.rows(batch + "SELECT * FROM @t") == []


def test_temporary_tables_belong_to_their_session(database: Database) -> None:
    database.run("SELECT 1 AS a INTO #mine")
    assert database.value("SELECT a FROM #mine") == 1
    other = connect(database.endpoint, database.name)
    with pytest.raises(pyodbc.ProgrammingError, match="208"):
        other.execute("SELECT a FROM #mine")
    other.close()
    database.run("DROP TABLE #mine")


def test_context_info_stays_with_the_session(database: Database) -> None:
    database.run("SET CONTEXT_INFO 0x0102")
    assert database.value("SELECT CONTEXT_INFO()") == b"\x01\x02" + bytes(126)


def test_session_values(database: Database) -> None:
    row = database.rows("SELECT DB_NAME(), @@TRANCOUNT, @@NESTLEVEL, USER_NAME(), @@LOCK_TIMEOUT")
    assert row == [(database.name, 0, 0, "dbo", -1)]
    assert database.value("SET LOCK_TIMEOUT 500; SELECT @@LOCK_TIMEOUT") == 500
    database.run("SET LOCK_TIMEOUT -1")


def test_settings_of_a_string_end_with_it(database: Database) -> None:
    assert database.value("EXEC ('SET LOCK_TIMEOUT 5'); SELECT @@LOCK_TIMEOUT") == -1


def test_use_changes_the_database(database: Database) -> None:
    with connect(database.endpoint, database.name) as connection:
        cursor = connection.execute("USE master; SELECT DB_NAME()")
        while cursor.description is None:
            assert cursor.nextset()
        assert cursor.fetchone()[0] == "master"


def test_insert_execute(database: Database) -> None:
    database.run("CREATE TABLE #rows (a int, b nvarchar(5))")
    database.run("INSERT INTO #rows (b, a) EXEC ('SELECT N''x'', 1 UNION ALL SELECT N''y'', 2')")
    assert database.rows("SELECT a, b FROM #rows ORDER BY a") == [(1, "x"), (2, "y")]
    assert database.error("INSERT INTO #rows (a) EXEC ('SELECT ''z''')")[0] == 245
    assert database.value("SELECT COUNT(*) FROM #rows") == 2
    database.run("DROP TABLE #rows")


def test_an_attention_ends_the_statement_and_nothing_else(database: Database) -> None:
    with connect(database.endpoint, database.name) as connection:
        cursor = connection.cursor()
        timer = threading.Timer(0.3, cursor.cancel)
        timer.start()
        start = time.monotonic()
        with pytest.raises(pyodbc.Error):
            cursor.execute("WAITFOR DELAY '00:00:20'")
        assert time.monotonic() - start < 10
        timer.join()
        assert cursor.execute("SELECT 5").fetchone()[0] == 5


def test_noexec_compiles_without_running(database: Database) -> None:
    database.run("CREATE TABLE #kept (a int)")
    database.run("SET NOEXEC ON; INSERT INTO #kept VALUES (1); SET NOEXEC OFF")
    assert database.value("SELECT COUNT(*) FROM #kept") == 0
    database.run("DROP TABLE #kept")


def test_estimated_plan_runs_nothing(database: Database) -> None:
    database.run("CREATE TABLE planned (a int PRIMARY KEY)")
    database.run("SET SHOWPLAN_XML ON")
    try:
        plan = database.value("DECLARE @a int; INSERT INTO planned VALUES (@a)")
    finally:
        database.run("SET SHOWPLAN_XML OFF")
    assert plan.startswith("<ShowPlanXML")
    assert 'StatementType="INSERT"' in plan
    assert database.value("SELECT COUNT(*) FROM planned") == 0


def test_actual_plan_follows_the_rows(database: Database) -> None:
    database.run("CREATE TABLE measured (a int)")
    database.run("SET STATISTICS XML ON")
    try:
        rows, plan = database.run("SELECT 1 AS a")
        ((written,),) = database.run("INSERT INTO measured VALUES (1), (2)")
    finally:
        database.run("SET STATISTICS XML OFF")
    assert rows == [(1,)]
    assert "RunTimeInformation" in plan[0][0]
    assert 'StatementType="INSERT"' in written[0]
    assert database.value("SELECT COUNT(*) FROM measured") == 2


def test_kill_ends_another_session(database: Database) -> None:
    other = connect(database.endpoint, database.name)
    session_id = other.execute("SELECT @@SPID").fetchone()[0]
    database.run(f"KILL {session_id}")
    with pytest.raises(pyodbc.Error, match="596"):
        other.execute("SELECT 1")
    other.close()
    own = database.value("SELECT @@SPID")
    assert database.error(f"KILL {own}")[0] == 6104


def test_sessions_can_be_seen(database: Database) -> None:
    other = connect(database.endpoint, database.name)
    other.execute("SET CONTEXT_INFO 0xAB; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; BEGIN TRAN")
    session_id = other.execute("SELECT @@SPID").fetchone()[0]
    row = database.rows(
        "SELECT login_name, status, transaction_isolation_level, open_transaction_count, "
        "DB_NAME(database_id), context_info FROM sys.dm_exec_sessions WHERE session_id = ?",
        session_id,
    )
    assert row == [(database.endpoint.user, "sleeping", 4, 1, database.name, b"\xab")]
    own = "SELECT COUNT(*) FROM sys.dm_exec_requests WHERE session_id = @@SPID"
    assert database.value(own) == 1
    other.close()
    gone = "SELECT COUNT(*) FROM sys.dm_exec_sessions WHERE session_id = ?"
    for _ in range(100):
        if database.value(gone, session_id) == 0:
            return
        time.sleep(0.02)
    pytest.fail("a closed session can still be seen")


def test_the_week_begins_where_datefirst_says(database: Database) -> None:
    days = (
        "SELECT @@DATEFIRST, DATEPART(weekday, d), DATEPART(week, d), "
        "CAST(DATETRUNC(week, d) AS date), DATEDIFF(week, '2023-12-30', d) "
        "FROM (VALUES (CAST('2023-12-31' AS date))) v (d)"  # a Sunday
    )
    sunday, monday = datetime.date(2023, 12, 31), datetime.date(2023, 12, 25)
    assert database.rows(days) == [(7, 1, 53, sunday, 1)]
    database.run("SET DATEFIRST 1")
    assert database.rows(days) == [(1, 7, 53, monday, 1)]
    assert database.value("EXEC ('SET DATEFIRST 3'); SELECT DATEPART(weekday, '2023-12-31')") == 7
    database.run("SET DATEFIRST 7")
    assert database.rows(days) == [(7, 1, 53, sunday, 1)]
