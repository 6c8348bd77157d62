"""The results of a statement, in the order in which the server sends them: counts and rows.

A trigger's and a procedure's counts come before the statement's own, and so do they before an error
that undoes all of it. ODBC shows one result at a time, so whoever stops at the first count misses
the rest: SQLMoreResults, https://learn.microsoft.com/sql/odbc/reference/syntax/sqlmoreresults-function
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Iterable, Sequence

if TYPE_CHECKING:
    from mssql.drivers.base import Driver

# Rows of an abandoned result set that are read to reach what comes after them. Of a longer one the
# rest is cancelled.
ROWS_PASSED_OVER = 100


class Place(Enum):
    """Where in its results a cursor is."""

    COUNT = "at a count, before rows"
    ROWS = "at a result set"
    END = "at the last count, or after all results"


class Statement:
    """A cursor of the driver that reads on from each count, up to the next rows or the end.

    That takes no round trip. Of counts that follow one another only the last is the statement's.
    """

    def __init__(self, cursor: Any, driver: Driver) -> None:
        self._cursor = cursor
        self._driver = driver
        self._place = Place.END
        self._count = -1
        self._has_read_rows = False  # all of the result set's

    def execute(self, sql: str, *parameters: Any) -> Statement:
        """Run a statement. Raises its first error, also where counts come before that."""
        self._place, self._count = Place.END, -1
        self._cursor.execute(sql, *parameters)
        self._read_on(has_result=True)
        return self

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> Statement:
        """Run a statement once for each of the rows."""
        self._place, self._count = Place.END, -1
        if self._driver.sends_rows_together(self._cursor):
            self._cursor.executemany(sql, rows)
            self._read_on(has_result=True)
            return self
        for row in rows:
            self.execute(sql, row)
            self.read_to_end()
        return self

    def nextset(self) -> bool:
        """Go to the next rows, or to the count that comes after them."""
        if self._place is Place.END:
            return False
        if self._place is Place.COUNT:
            self._place = Place.ROWS
            return True
        return self._read_on(has_result=bool(self._cursor.nextset()))

    def read_to_end(self) -> bool:
        """Pass over what is left; False if a long result set is in the way. Raises a late error."""
        while self._place is not Place.END:
            if self._place is Place.ROWS and not self._has_read_rows:
                rows = self._cursor.fetchmany(ROWS_PASSED_OVER)
                if len(rows) == ROWS_PASSED_OVER:
                    return False
            self.nextset()
        return True

    def _read_on(self, has_result: bool) -> bool:
        """Read counts up to the next rows; whether there was any result."""
        cursor = self._cursor
        counts = []
        while has_result and cursor.description is None:
            counts.append(self._driver.rowcount(cursor))
            has_result = cursor.nextset()
        self._has_read_rows = False
        if counts:
            self._count = next((count for count in reversed(counts) if count >= 0), -1)
        if not has_result:
            self._place = Place.END
        else:
            self._place = Place.COUNT if counts else Place.ROWS
        return bool(has_result or counts)

    # The rows

    def fetchone(self) -> Any:
        """The next row, or None."""
        row = self._cursor.fetchone()
        self._has_read_rows = row is None
        return row

    def fetchmany(self, size: int) -> list[Any]:
        """At most `size` rows."""
        rows: list[Any] = self._cursor.fetchmany(size)
        self._has_read_rows = len(rows) < size
        return rows

    def fetchall(self) -> list[Any]:
        """All rows left."""
        rows: list[Any] = self._cursor.fetchall()
        self._has_read_rows = True
        return rows

    @property
    def description(self) -> Any:
        """The columns of the result set, or None."""
        return self._cursor.description if self._place is Place.ROWS else None

    @property
    def rowcount(self) -> int:
        """The rows that the statement changed; -1 where it tells no count."""
        return int(self._cursor.rowcount) if self._place is Place.ROWS else self._count

    # The driver's own

    @property
    def fast_executemany(self) -> bool:
        """Whether pyodbc sends all rows in one message."""
        return bool(self._cursor.fast_executemany)

    @fast_executemany.setter
    def fast_executemany(self, is_fast: bool) -> None:
        self._cursor.fast_executemany = is_fast

    def setinputsizes(self, sizes: Iterable[Any] | None) -> None:
        """The types of the parameters of the next statement."""
        self._cursor.setinputsizes(sizes)

    def close(self) -> None:
        """Give up the results."""
        self._place = Place.END
        self._cursor.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)
