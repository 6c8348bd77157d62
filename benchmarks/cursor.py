"""The cost of a statement through the backend's cursor, compared with sqlite3's own cursor.

Both run the same statements on one connection, so that only the cursor differs: parameter styles,
the states of its results, the session. Times are read as ratios.

    python -m benchmarks.cursor
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from random import shuffle
from timeit import timeit
from typing import Any

from django.conf import settings

from mssql.drivers import Cursor, Fault, Session
from mssql.telemetry import ConnectionInfo, Telemetry

ROUNDS, TIMES = 200, 20
Run = Callable[[], object]


class SqliteCursor(sqlite3.Cursor):
    """sqlite3's cursor with the two methods of DB-API 2.0 that it lacks."""

    def nextset(self) -> bool:
        return False

    def setinputsizes(self, sizes: Any) -> None:
        pass


class SqliteDriver:
    """sqlite3 in place of a driver for SQL Server."""

    name = "sqlite3"
    module: Any = sqlite3

    def detect_microsoft(self, named: str | None) -> bool:
        return False

    def connect(self, target: Any) -> Any:
        return sqlite3.connect(":memory:", isolation_level=None)

    def clear_pool(self) -> None:
        pass

    def cursor(self, connection: Any) -> Any:
        return connection.cursor(SqliteCursor)

    def rowcount(self, cursor: Any) -> int:
        return int(cursor.rowcount)

    def sends_rows_together(self, cursor: Any) -> bool:
        return True

    def fault(self, error: BaseException) -> Fault:
        return Fault("", str(error), from_server=False)

    def bind(self, cursor: Any, parameters: Sequence[Any]) -> Sequence[Any]:
        cursor.setinputsizes(None)
        return parameters

    def bind_many(self, cursor: Any, rows: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
        return [tuple(row) for row in rows]


def runs(open_cursor: Callable[[], Any], mark: str) -> dict[str, Run]:
    """Return the statements to time; `mark` is the parameter marker of the cursor."""

    def select_one() -> None:
        cursor = open_cursor()
        cursor.execute(f"SELECT id, name FROM song WHERE id = {mark}", [5])
        cursor.fetchone()
        cursor.close()

    def select_many() -> None:
        cursor = open_cursor()
        cursor.execute("SELECT id, name FROM song")
        while cursor.fetchmany(100):
            pass
        cursor.close()

    def update() -> None:
        cursor = open_cursor()
        cursor.execute(f"UPDATE song SET name = {mark} WHERE id = {mark}", ["a", 1])
        assert cursor.rowcount == 1
        cursor.close()

    return {"one row": select_one, "200 rows": select_many, "an update": update}


def best(run: Run) -> float:
    """Return the shortest time of a call, in microseconds."""
    return timeit(run, number=TIMES) / TIMES * 1e6


def main() -> None:
    """Print the table. Both take short turns in random order, as the machine's load changes."""
    settings.configure()
    driver = SqliteDriver()
    connection = driver.connect(None)
    connection.execute("CREATE TABLE song (id INTEGER PRIMARY KEY, name TEXT)")
    rows = [(number, f"song {number}") for number in range(1, 201)]
    connection.executemany("INSERT INTO song VALUES (?, ?)", rows)
    session = Session(driver, connection, Telemetry(ConnectionInfo("", "", None, "", False)))
    ours, raw = runs(lambda: Cursor(session), "%s"), runs(lambda: driver.cursor(connection), "?")
    turns = [(name, which) for name in ours for which in (ours, raw)]
    times = {(name, id(which)): float("inf") for name, which in turns}
    for _ in range(ROUNDS):
        shuffle(turns)
        for name, which in turns:
            times[name, id(which)] = min(times[name, id(which)], best(which[name]))
    print(f"{'Microseconds':<15} {'here':>8} {'sqlite3':>8} {'ratio':>6}")
    for name in ours:
        here, there = times[name, id(ours)], times[name, id(raw)]
        print(f"{name:<15} {here:>8.1f} {there:>8.1f} {here / there:>6.2f}")


if __name__ == "__main__":
    main()
