"""Transactions: nesting, savepoints, effects of errors, isolation, deadlocks."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pyodbc
import pytest

from tds_embedded_tests.conftest import Database, connect


@pytest.fixture
def table(database: Database) -> Iterator[str]:
    """An empty table, and no transaction before or after."""
    database.run("CREATE TABLE ledger (id int PRIMARY KEY, a int NOT NULL)")
    yield "ledger"
    database.run("WHILE @@TRANCOUNT > 0 ROLLBACK; SET XACT_ABORT OFF; DROP TABLE ledger")


def count(database: Database) -> int:
    return int(database.value("SELECT COUNT(*) FROM ledger"))


def test_commit_and_rollback(database: Database, table: str) -> None:
    database.run("BEGIN TRAN; INSERT INTO ledger VALUES (1, 1); ROLLBACK")
    assert count(database) == 0
    database.run("BEGIN TRAN; INSERT INTO ledger VALUES (1, 1); COMMIT")
    assert count(database) == 1


def test_only_the_outermost_commit_counts(database: Database, table: str) -> None:
    counts = database.run(
        "BEGIN TRAN a; SELECT @@TRANCOUNT; BEGIN TRAN b; SELECT @@TRANCOUNT; "
        "INSERT INTO ledger VALUES (1, 1); COMMIT; SELECT @@TRANCOUNT; ROLLBACK; SELECT @@TRANCOUNT"
    )
    assert counts == [[(1,)], [(2,)], [(1,)], [(0,)]]
    assert count(database) == 0


def test_savepoints(database: Database, table: str) -> None:
    database.run(
        "BEGIN TRAN; INSERT INTO ledger VALUES (1, 1); SAVE TRAN s; "
        "INSERT INTO ledger VALUES (2, 2); SAVE TRAN s; INSERT INTO ledger VALUES (3, 3); "
        "ROLLBACK TRAN s; INSERT INTO ledger VALUES (4, 4); COMMIT"
    )
    assert database.rows("SELECT id FROM ledger ORDER BY id") == [(1,), (2,), (4,)]


@pytest.mark.parametrize(
    ("batch", "number"),
    [
        ("COMMIT", 3902),
        ("ROLLBACK", 3903),
        ("SAVE TRAN s", 628),
        ("BEGIN TRAN; ROLLBACK TRAN nowhere", 6401),
    ],
)
def test_errors_of_transactions(database: Database, table: str, batch: str, number: int) -> None:
    assert database.error(batch)[0] == number


def test_a_failed_statement_is_undone_alone(database: Database, table: str) -> None:
    database.run("BEGIN TRAN; INSERT INTO ledger VALUES (1, 1)")
    assert database.error("INSERT INTO ledger VALUES (2, 2), (1, 1)")[0] == 2627
    assert database.rows("SELECT @@TRANCOUNT, XACT_STATE()") == [(1, 1)]
    database.run("INSERT INTO ledger VALUES (3, 3); COMMIT")
    assert database.rows("SELECT id FROM ledger ORDER BY id") == [(1,), (3,)]


def test_a_failure_after_reads_undoes_no_write(database: Database, table: str) -> None:
    database.run("BEGIN TRAN; INSERT INTO ledger VALUES (1, 1); SELECT * FROM ledger")
    assert database.error("SELECT 1/0")[0] == 8134
    assert database.error("SELECT 1/0")[0] == 8134
    database.run("COMMIT")
    assert count(database) == 1


def test_xact_abort_rolls_back_and_ends_the_batch(database: Database, table: str) -> None:
    batch = "SET XACT_ABORT ON; BEGIN TRAN; INSERT INTO ledger VALUES (1, 1); "
    assert database.error(batch + "INSERT INTO ledger VALUES (1, 1); SELECT 1")[0] == 2627
    assert database.value("SELECT @@TRANCOUNT") == 0
    assert count(database) == 0


def test_a_failed_conversion_rolls_back(database: Database, table: str) -> None:
    database.run("BEGIN TRAN; INSERT INTO ledger VALUES (1, 1)")
    assert database.error("SELECT CAST(N'x' AS int)")[0] == 245
    assert database.value("SELECT @@TRANCOUNT") == 0
    assert count(database) == 0


def test_a_doomed_transaction_can_only_roll_back(database: Database, table: str) -> None:
    doomed = (
        "SET XACT_ABORT ON; BEGIN TRAN; INSERT INTO ledger VALUES (1, 1); "
        "BEGIN TRY INSERT INTO ledger VALUES (1, 1) END TRY BEGIN CATCH "
    )
    assert database.rows(doomed + "SELECT XACT_STATE(); ROLLBACK END CATCH") == [(-1,)]
    assert database.error(doomed + "COMMIT END CATCH")[0] == 3930
    assert database.value("SELECT @@TRANCOUNT") == 0
    assert database.error(doomed + "INSERT INTO ledger VALUES (2, 2) END CATCH")[0] == 3930
    assert database.error(doomed + "PRINT N'' END CATCH")[0] == 3998
    assert count(database) == 0


def test_a_caught_error_leaves_the_transaction_alive(database: Database, table: str) -> None:
    states = database.rows(
        "BEGIN TRAN; INSERT INTO ledger VALUES (1, 1); "
        "BEGIN TRY INSERT INTO ledger VALUES (1, 1) END TRY "
        "BEGIN CATCH SELECT XACT_STATE(), ERROR_NUMBER() END CATCH; COMMIT"
    )
    assert states == [(1, 2627)]
    assert count(database) == 1


def test_ddl_rolls_back(database: Database, table: str) -> None:
    database.run("BEGIN TRAN; CREATE TABLE passing (a int); INSERT INTO passing VALUES (1)")
    assert database.value("SELECT a FROM passing") == 1
    database.run("ROLLBACK")
    assert database.error("SELECT a FROM passing")[0] == 208


def test_implicit_transactions(database: Database, table: str) -> None:
    database.run("SET IMPLICIT_TRANSACTIONS ON; INSERT INTO ledger VALUES (1, 1)")
    assert database.value("SET IMPLICIT_TRANSACTIONS OFF; SELECT @@TRANCOUNT") == 1
    database.run("ROLLBACK")
    assert count(database) == 0


def test_the_driver_begins_transactions_where_autocommit_is_off(
    database: Database, table: str
) -> None:
    with connect(database.endpoint, database.name) as connection:
        connection.autocommit = False
        connection.execute("INSERT INTO ledger VALUES (1, 1)")
        assert connection.execute("SELECT @@TRANCOUNT").fetchone()[0] == 1
        connection.rollback()
        connection.execute("INSERT INTO ledger VALUES (2, 2)")
        connection.commit()
        connection.autocommit = True
        assert connection.execute("SELECT @@TRANCOUNT").fetchone()[0] == 0
    assert database.rows("SELECT id FROM ledger") == [(2,)]


def test_a_closed_connection_rolls_back(database: Database, table: str) -> None:
    connection = connect(database.endpoint, database.name)
    connection.execute("BEGIN TRAN; INSERT INTO ledger VALUES (1, 1)")
    connection.close()
    assert count(database) == 0


def test_lock_timeout(database: Database, table: str) -> None:
    database.run("INSERT INTO ledger VALUES (1, 1)")
    with connect(database.endpoint, database.name) as other:
        other.execute("BEGIN TRAN; UPDATE ledger SET a = 2 WHERE id = 1")
        assert (
            database.error("SET LOCK_TIMEOUT 50; UPDATE ledger SET a = 3 WHERE id = 1")[0] == 1222
        )
        other.execute("ROLLBACK")
    database.run("SET LOCK_TIMEOUT -1")


def test_a_deadlock_victim_loses_its_transaction(database: Database, table: str) -> None:
    database.run("INSERT INTO ledger VALUES (1, 1), (2, 2)")
    errors: list[str] = []
    meet = threading.Barrier(2, timeout=20)

    def work(first: int, second: int) -> None:
        connection = connect(database.endpoint, database.name)
        try:
            connection.execute(f"BEGIN TRAN; UPDATE ledger SET a += 1 WHERE id = {first}")
            meet.wait()
            connection.execute(f"UPDATE ledger SET a += 1 WHERE id = {second}")
            connection.execute("COMMIT")
        except pyodbc.Error as error:
            errors.append(str(error.args[0]))
            assert connection.execute("SELECT @@TRANCOUNT").fetchone()[0] == 0
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == ["40001"]
    assert database.rows("SELECT a FROM ledger ORDER BY id") == [(2,), (3,)]


def test_snapshot_isolation_sees_one_state(database: Database, table: str) -> None:
    with connect(database.endpoint, database.name) as other:
        other.execute("SET TRANSACTION ISOLATION LEVEL SNAPSHOT; BEGIN TRAN")
        with pytest.raises(pyodbc.Error, match="3952"):
            other.execute("SELECT COUNT(*) FROM ledger")
        other.execute("ROLLBACK")
        database.run(f"ALTER DATABASE {database.name} SET ALLOW_SNAPSHOT_ISOLATION ON")
        other.execute("BEGIN TRAN")
        assert other.execute("SELECT COUNT(*) FROM ledger").fetchone()[0] == 0
        database.run("INSERT INTO ledger VALUES (1, 1)")
        assert other.execute("SELECT COUNT(*) FROM ledger").fetchone()[0] == 0
        other.execute("ROLLBACK; SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        assert other.execute("SELECT COUNT(*) FROM ledger").fetchone()[0] == 1


def test_a_serializable_conflict_is_a_deadlock_to_the_client(
    database: Database, table: str
) -> None:
    database.run("INSERT INTO ledger VALUES (1, 1), (2, 2)")
    sessions = [connect(database.endpoint, database.name) for _ in range(2)]
    for session in sessions:
        session.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; BEGIN TRAN")
        assert session.execute("SELECT SUM(a) FROM ledger").fetchone()[0] == 3
    for number, session in enumerate(sessions, start=1):
        session.execute(f"UPDATE ledger SET a = 10 WHERE id = {number}")
    sessions[0].execute("COMMIT")
    with pytest.raises(pyodbc.Error, match="1205"):
        sessions[1].execute("COMMIT")
    assert sessions[1].execute("SELECT @@TRANCOUNT").fetchone()[0] == 0
    for session in sessions:
        session.close()


def test_a_rollback_leaves_the_settings_alone(database: Database, table: str) -> None:
    database.run("INSERT INTO ledger VALUES (1, 1)")
    database.run("BEGIN TRAN; SELECT 1; SET DATEFIRST 3; SET LOCK_TIMEOUT 50")
    assert database.error("SELECT 1/0")[0] == 8134
    weekday = "SELECT DATEPART(weekday, CAST('2024-01-03' AS date))"  # a Wednesday
    assert database.value(weekday) == 1
    database.run("ROLLBACK")
    assert database.value(weekday) == 1
    other = connect(database.endpoint, database.name)
    other.execute("BEGIN TRAN; UPDATE ledger SET a = 2 WHERE id = 1")
    assert database.error("UPDATE ledger SET a = 3 WHERE id = 1")[0] == 1222
    other.close()
    database.run("SET LOCK_TIMEOUT -1; SET DATEFIRST 7")
