"""The states of results, compared with a model in which each cursor is alone.

Whatever the cursors of a connection do in turn, each of them behaves as if it were alone.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import DatabaseError, ProgrammingError
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tds_embedded.server import Server
from tests.databases import alias

ROW, PAIR, LATE = (7,), [(2,), (3,)], "late error"
SERIES = "SELECT value FROM GENERATE_SERIES(1, 250) WHERE value <= %s ORDER BY value"
INSERT = "INSERT INTO #results VALUES (%s)"


@dataclass
class Expected:
    """One cursor of the model: its results, each a list of rows or a count."""

    cursor: Any
    results: list[list[tuple[Any, ...]] | int] = field(default_factory=list)
    count: int = -1  # the last one that was reached
    is_executed: bool = False
    is_late: bool = False  # an error follows the last result
    is_closed: bool = False

    def execute(self, *results: list[tuple[Any, ...]] | int, is_late: bool = False) -> None:
        self.results, self.is_late = list(results), is_late
        self.is_executed, self.count = True, -1
        self._reach()

    def fail(self) -> None:
        self.results, self.is_executed, self.is_late, self.count = [], False, False, -1

    def _reach(self) -> None:
        if self.results and isinstance(self.results[0], int):
            self.count = self.results[0]

    @property
    def rows(self) -> list[tuple[Any, ...]] | None:
        """The rows that remain of the present result."""
        first = self.results[0] if self.results else None
        return first if isinstance(first, list) else None

    def next(self) -> bool:
        del self.results[:1]
        self._reach()
        return bool(self.results)


class Results(RuleBasedStateMachine):
    """Statements, reads and transactions on one connection, in any order."""

    cursors = Bundle("cursors")

    connection: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.all: list[Expected] = []
        self.stored = self.pending = 0  # rows of the table
        with self.connection.cursor() as cursor:
            cursor.execute("CREATE TABLE #results (n int)")

    def teardown(self) -> None:
        for each in self.all:
            with contextlib.suppress(DatabaseError):
                each.cursor.close()
        self.connection.rollback()
        self.connection.set_autocommit(True)
        with self.connection.cursor() as cursor:
            cursor.execute("DROP TABLE #results")
        self.all.clear()
        gc.collect()

    @rule(target=cursors)
    def open(self) -> Expected:
        self.all.append(Expected(self.connection.cursor()))
        return self.all[-1]

    # Statements

    def starts(self, each: Expected) -> bool:
        """Whether the next statement runs: not on a closed cursor, and not if an error is due."""
        return not (each.is_closed or each.is_late)

    def execute(self, each: Expected, sql: str, params: Any, *results: Any, **options: Any) -> None:
        if self.starts(each):
            each.cursor.execute(sql, params)
            each.execute(*results, **options)
            return
        with pytest.raises(DatabaseError, match="closed" if each.is_closed else LATE):
            each.cursor.execute(sql, params)
        each.fail()

    @rule(each=cursors, rows=st.sampled_from([0, 1, 2, 99, 100, 250]))
    def select(self, each: Expected, rows: int) -> None:
        self.execute(each, SERIES, [rows], [(n,) for n in range(1, rows + 1)])

    @rule(each=cursors)
    def select_twice(self, each: Expected) -> None:
        sql = "SELECT 7; SELECT 2 UNION ALL SELECT 3"
        self.execute(each, sql, None, [ROW], list(PAIR))

    @rule(each=cursors)
    def insert(self, each: Expected) -> None:
        self.pending += self.starts(each)
        self.execute(each, INSERT, [1], 1)
        self.commit_each()

    @rule(each=cursors)
    def select_and_insert(self, each: Expected) -> None:
        self.pending += self.starts(each)
        self.execute(each, f"SELECT 7; {INSERT}", [1], [ROW], 1)
        self.commit_each()

    @rule(each=cursors)
    def update_and_select(self, each: Expected) -> None:
        changed = self.stored + self.pending
        self.execute(each, "UPDATE #results SET n = 0; SELECT 7", None, changed, [ROW])

    @rule(each=cursors, rows=st.integers(0, 3))
    def insert_many(self, each: Expected, rows: int) -> None:
        values = [[n] for n in range(rows)]
        if not rows:
            each.cursor.executemany(INSERT, values)  # leaves the results as they are
        elif self.starts(each):
            each.cursor.executemany(INSERT, values)
            self.pending += rows
            each.execute(each.cursor.rowcount)  # of the last row, or of all
            assert each.count in (1, rows)
        else:
            with pytest.raises(DatabaseError, match="closed" if each.is_closed else LATE):
                each.cursor.executemany(INSERT, values)
            each.fail()
        self.commit_each()

    @rule(each=cursors)
    def select_before_an_error(self, each: Expected) -> None:
        self.execute(each, f"SELECT 7; THROW 50001, N'{LATE}', 1", None, [ROW], is_late=True)

    @rule(each=cursors)
    def fail(self, each: Expected) -> None:
        with pytest.raises(DatabaseError):
            each.cursor.execute("SELECT n FROM no_such_table")
        each.fail()

    # Reading

    def refuses(self, each: Expected, method: Any) -> bool:
        """Whether the cursor is at no rows, and raises the exception for it."""
        if each.rows is not None:
            return False
        with pytest.raises(ProgrammingError, match=r"closed|no rows|No statement"):
            method()
        return True

    @rule(each=cursors)
    def fetch_one(self, each: Expected) -> None:
        if not self.refuses(each, each.cursor.fetchone):
            rows = each.rows or []
            assert each.cursor.fetchone() == (rows.pop(0) if rows else None)

    @rule(each=cursors, size=st.sampled_from([1, 2, 100]))
    def fetch_many(self, each: Expected, size: int) -> None:
        if not self.refuses(each, each.cursor.fetchmany):
            rows = each.rows or []
            assert each.cursor.fetchmany(size) == rows[:size]
            del rows[:size]

    @rule(each=cursors)
    def fetch_all(self, each: Expected) -> None:
        if not self.refuses(each, each.cursor.fetchall):
            rows = each.rows or []
            assert each.cursor.fetchall() == rows
            rows.clear()

    @rule(each=cursors)
    def next_set(self, each: Expected) -> None:
        if not each.is_executed:
            with pytest.raises(ProgrammingError, match=r"closed|No statement"):
                each.cursor.nextset()
        elif each.is_late and len(each.results) == 1:
            with pytest.raises(DatabaseError, match=LATE):
                each.cursor.nextset()
            each.fail()
        else:
            assert each.cursor.nextset() == each.next()

    @invariant()
    def results_are_as_expected(self) -> None:
        for each in self.all:
            assert (each.cursor.description is not None) == (each.rows is not None)
            if each.rows is None:
                assert each.cursor.rowcount == each.count

    # Ending

    @rule(each=cursors)
    def close(self, each: Expected) -> None:
        if each.is_late:
            with pytest.raises(DatabaseError, match=LATE):
                each.cursor.close()
        each.cursor.close()
        each.fail()
        each.is_closed = True

    @rule(each=consumes(cursors))
    def forget(self, each: Expected) -> None:
        self.all.remove(each)
        each.cursor = None

    # Transactions

    def commit_each(self) -> None:
        if self.connection.get_autocommit():
            self.commit()

    @rule()
    def commit(self) -> None:
        if not self.connection.get_autocommit():
            self.connection.commit()
        self.stored, self.pending = self.stored + self.pending, 0

    @rule()
    def roll_back(self) -> None:
        self.connection.rollback()
        self.pending = 0

    @rule(autocommit=st.booleans())
    def set_autocommit(self, autocommit: bool) -> None:
        self.connection.set_autocommit(autocommit)
        if autocommit:
            self.stored, self.pending = self.stored + self.pending, 0

    @rule()
    def count(self) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*), @@TRANCOUNT FROM #results")
            count, transactions = cursor.fetchone()
        assert count == self.stored + self.pending
        assert transactions == (not self.connection.get_autocommit())


@pytest.fixture(params=["pyodbc", "mssql_python"])
def connection(
    request: pytest.FixtureRequest, server: Server, django_db_blocker: Any
) -> Iterator[Any]:
    pytest.importorskip(request.param)
    options = {"python_driver": request.param}
    # A forgotten cursor may be part of a cycle. If the garbage collector ran in a thread of the
    # embedded server, the driver's cursor would wait there for that server's answer.
    gc.disable()
    try:
        with django_db_blocker.unblock(), alias("results", options, NAME="master") as connection:
            connection.ensure_connection()
            yield connection
    finally:
        gc.enable()


def test_results_are_independent_of_each_other(connection: Any) -> None:
    run_state_machine_as_test(
        type("Results", (Results,), {"connection": connection}),
        settings=settings(
            max_examples=30,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
