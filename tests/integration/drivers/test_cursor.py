"""The cursor: results that overlap, round trips, DB-API's odds and ends."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import ProgrammingError, connections, transaction

from tds_embedded.server import Server

NUMBERS = "SELECT value FROM GENERATE_SERIES(1, 1000)"


@pytest.fixture(params=["pyodbc", "mssql_python"])
def database(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[Any]:
    """A connection of either driver to master, connections["cursors"]."""
    default = connections["default"]
    options = {**default.settings_dict["OPTIONS"], "python_driver": request.param}
    with django_db_blocker.unblock():
        made = type(default)(
            {**default.settings_dict, "NAME": "master", "OPTIONS": options}, "cursors"
        )
        connections["cursors"] = made
        made.ensure_connection()
        yield made
        made.close()
        del connections["cursors"]


def run(database: Any, sql: str, params: Any = None) -> Any:
    with database.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def test_a_statement_runs_while_another_ones_rows_are_being_read(database: Any) -> None:
    with database.cursor() as outer:
        outer.execute(NUMBERS)
        seen = [outer.fetchone()[0] for _ in range(10)]
        for _ in range(3):
            assert run(database, "SELECT 1") == [(1,)]
            seen += [row[0] for row in outer.fetchmany(5)]
        assert [column[0] for column in outer.description] == ["value"]
        seen += [row[0] for row in outer]
    assert seen == list(range(1, 1001))


def test_two_cursors_take_turns(database: Any) -> None:
    with database.cursor() as one, database.cursor() as two:
        one.execute(NUMBERS)
        two.execute(NUMBERS)
        pairs = [(one.fetchone(), two.fetchone()) for _ in range(1000)]
        assert all(first == second for first, second in pairs)
        assert one.fetchone() is None
        assert two.fetchone() is None


def test_a_transaction_ends_while_rows_are_being_read(database: Any) -> None:
    with database.cursor() as cursor:
        with transaction.atomic("cursors"):
            cursor.execute(NUMBERS)
            assert cursor.fetchone() == (1,)
        assert len(cursor.fetchall()) == 999


def test_a_forgotten_cursor_does_not_hold_the_connection(database: Any) -> None:
    database.cursor().execute(NUMBERS)
    gc.collect()
    assert run(database, "SELECT 1") == [(1,)]


def test_further_result_sets_survive_another_statement(database: Any) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT 1; SELECT 2 UNION ALL SELECT 3")
        assert run(database, "SELECT 4") == [(4,)]
        assert cursor.fetchall() == [(1,)]
        assert cursor.nextset()
        assert cursor.fetchall() == [(2,), (3,)]
        assert not cursor.nextset()


def test_a_percent_sign(database: Any) -> None:
    assert run(database, "SELECT '5%'") == [("5%",)]
    assert run(database, "SELECT '5%%', %s", ["%"]) == [("5%", "%")]
    assert run(database, "SELECT %(a)s, '5%%', %(a)s", {"a": 1}) == [(1, "5%", 1)]


def test_rows_are_tuples_that_can_be_hashed(database: Any) -> None:
    ((row),) = run(database, "SELECT 1, N'a'")
    assert type(row) is tuple
    assert hash(row) == hash((1, "a"))


def test_executemany_of_nothing_runs_nothing(server: Server, database: Any) -> None:
    with server.recorder.capture() as seen, database.cursor() as cursor:
        cursor.executemany("DELETE FROM no_such_table WHERE n = %s", [])
    assert seen.requests == []


def test_callproc(database: Any) -> None:
    with database.cursor() as cursor:
        cursor.callproc("sp_executesql", ["SELECT N'called'"])
        assert cursor.fetchall() == [("called",)]


def test_reading_before_a_statement_and_after_the_cursor_is_closed(database: Any) -> None:
    cursor = database.cursor()
    for read in (cursor.fetchone, cursor.fetchmany, cursor.fetchall, cursor.nextset):
        with pytest.raises(ProgrammingError, match="No statement has been run"):
            read()
    assert (cursor.description, cursor.rowcount) == (None, -1)
    cursor.execute("SELECT 1")
    cursor.close()
    for read in (cursor.fetchone, cursor.fetchmany, cursor.fetchall, cursor.nextset):
        with pytest.raises(ProgrammingError, match="The cursor is closed"):
            read()
    with pytest.raises(ProgrammingError, match="The cursor is closed"):
        cursor.execute("SELECT 1")


def test_closing_twice_and_after_the_connection(database: Any) -> None:
    cursor = database.cursor()
    cursor.execute("SELECT %s", [1])
    database.close()
    cursor.close()
    cursor.close()


# Round trips


def round_trips(server: Server, database: Any, *statements: tuple[str, Any]) -> int:
    with server.recorder.capture() as seen:
        for sql, params in statements:
            run(database, sql, params)
    return seen.round_trips


def test_a_statement_takes_one_round_trip(server: Server, database: Any) -> None:
    run(database, "SELECT %s", [0])
    assert round_trips(server, database, ("SELECT 1", None)) == 1
    assert round_trips(server, database, *[("SELECT %s", [n]) for n in range(10)]) == 10


def test_an_atomic_block_with_a_savepoint_takes_five(server: Server, database: Any) -> None:
    run(database, "SELECT %s", [0])
    with server.recorder.capture() as seen, transaction.atomic("cursors"):
        run(database, "SELECT %s", [1])
        with transaction.atomic("cursors"):
            run(database, "SELECT %s", [2])
    assert seen.round_trips == 5  # begin, a statement, savepoint, a statement, commit


def test_manual_transactions(server: Server, database: Any) -> None:
    database.set_autocommit(False)
    run(database, "SELECT %s", [0])
    database.commit()
    assert run(database, "SELECT @@TRANCOUNT") == [(1,)]
    database.rollback()
    database.set_autocommit(True)
    assert run(database, "SELECT @@TRANCOUNT") == [(0,)]
