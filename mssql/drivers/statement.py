"""A driver's cursor that presents the results of a statement in the order the server sends them.

The counts of a trigger or procedure come before the statement's own, and before an error that
undoes all of it. ODBC shows one result at a time, so a caller that stops at the first count misses
the rest: SQLMoreResults, https://learn.microsoft.com/sql/odbc/reference/syntax/sqlmoreresults-function
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Iterable, Sequence

if TYPE_CHECKING:
    from mssql.drivers.base import Driver

# Rows of an abandoned result set that are read to reach the results after it. The rest of a longer
# one is cancelled.
ROWS_PASSED_OVER = 100


class Position(Enum):
    """The position of a statement in its results."""

    COUNT = "at a count, before rows"
    ROWS = "at a result set"
    ROWS_READ = "at a result set, all of whose rows have been read"
    END = "at the last count, or after all results"


# Before Python 3.12 a member of an Enum takes ten times as long to look up as a global name.
COUNT, ROWS, ROWS_READ, END = Position


class Statement:
    """A driver's cursor that reads on from each count, up to the next rows or the end.

    No round trip is needed for it. Of several counts in succession only the last belongs to the
    statement.
    """

    def __init__(self, cursor: Any, driver: Driver) -> None:
        self._cursor = cursor
        self._driver = driver
        self._position = END
        self._count = -1

    def execute(self, sql: str, *parameters: Any) -> Statement:
        """Run a statement. Raises its first error, even if counts precede it."""
        self._position, self._count = END, -1
        self._cursor.execute(sql, *parameters)
        self._read_counts(has_result=True)
        return self

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> Statement:
        """Run a statement once for each of the rows."""
        self._position, self._count = END, -1
        if self._driver.sends_rows_together(self._cursor):
            self._cursor.executemany(sql, rows)
            self._read_counts(has_result=True)
            return self
        for row in rows:
            self.execute(sql, row)
            self.exhaust()
        return self

    def nextset(self) -> bool:
        """Move to the next rows, or to the count after them. Return False if there is neither."""
        if self._position is END:
            return False
        if self._position is COUNT:
            self._position = ROWS
            return True
        return self._read_counts(has_result=bool(self._cursor.nextset()))

    def exhaust(self) -> bool:
        """Read the remaining results; return False if a long result set remains.

        Raises an error that the statement ends with.
        """
        while self._position is not END:
            if self._position is ROWS:
                rows = self._cursor.fetchmany(ROWS_PASSED_OVER)
                if len(rows) == ROWS_PASSED_OVER:
                    return False
            self.nextset()
        return True

    def _read_counts(self, has_result: bool) -> bool:
        """Read counts up to the next rows; return whether there was any result."""
        cursor = self._cursor
        counts = []
        while has_result and cursor.description is None:
            counts.append(self._driver.rowcount(cursor))
            has_result = cursor.nextset()
        if counts:
            self._count = next((count for count in reversed(counts) if count >= 0), -1)
        if not has_result:
            self._position = END
        else:
            self._position = COUNT if counts else ROWS
        return bool(has_result or counts)

    # The rows

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        row = self._cursor.fetchone()
        if row is None:
            self._position = ROWS_READ
        return row

    def fetchmany(self, size: int) -> list[Any]:
        """Return at most `size` rows."""
        rows: list[Any] = self._cursor.fetchmany(size)
        if len(rows) < size:
            self._position = ROWS_READ
        return rows

    def fetchall(self) -> list[Any]:
        """Return the remaining rows."""
        rows: list[Any] = self._cursor.fetchall()
        self._position = ROWS_READ
        return rows

    @property
    def description(self) -> Any:
        """The columns of the result set, or None."""
        position = self._position
        return self._cursor.description if position is ROWS or position is ROWS_READ else None

    @property
    def rowcount(self) -> int:
        """The number of rows that the statement changed; -1 if it sends no count."""
        position = self._position
        return self._cursor.rowcount if position is ROWS or position is ROWS_READ else self._count

    # The driver's own

    @property
    def fast_executemany(self) -> bool:
        """Whether pyodbc sends all rows in one message."""
        return bool(self._cursor.fast_executemany)

    @fast_executemany.setter
    def fast_executemany(self, is_fast: bool) -> None:
        self._cursor.fast_executemany = is_fast

    def setinputsizes(self, sizes: Iterable[Any] | None) -> None:
        """Declare the types of the next statement's parameters."""
        self._cursor.setinputsizes(sizes)

    def close(self) -> None:
        """Discard the results."""
        self._position = END
        self._cursor.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)
