"""The cursor that Django gets: Django's parameter styles in, tuples out.

Below it lies the driver's cursor, or the traced one around that.
"""

from __future__ import annotations

import itertools
import weakref
from typing import Any, Iterable, Iterator, Mapping, Sequence

from mssql.drivers.base import Driver
from mssql.drivers.placeholders import to_qmark

Row = Sequence[Any]


class OpenResults:
    """Which cursor of a connection still has rows to read.

    Without MARS a connection runs one statement at a time: a second one fails with "Connection is
    busy with results for another hstmt". So the rows left are read into memory before it starts.
    """

    def __init__(self) -> None:
        self._cursor: weakref.ReferenceType[Cursor] | None = None

    def claim(self, cursor: Cursor) -> None:
        """Make way for a statement of `cursor`, whose results are the open ones from now on."""
        self.make_way(cursor)
        self._cursor = weakref.ref(cursor)

    def make_way(self, claimant: Cursor | None = None) -> None:
        """Read what is left of the open results, so that the connection is free."""
        holder = self._cursor() if self._cursor else None
        self._cursor = None
        if holder is not None and holder is not claimant:
            holder.read_ahead()

    def release(self, cursor: Cursor) -> None:
        """`cursor` has been closed."""
        if self._cursor is not None and self._cursor() is cursor:
            self._cursor = None


class Cursor:
    """A DB-API cursor with format and pyformat parameters."""

    def __init__(self, raw: Any, driver: Driver, results: OpenResults) -> None:
        self._raw = raw
        self._driver = driver
        self._results = results
        self._sets: list[tuple[Any, int, Iterator[Row]]] = []  # read ahead: description, count
        self._is_closed = False

    def execute(self, sql: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> Cursor:
        """Run a statement. Without parameters (None) a percent sign stands for itself."""
        self._start()
        if params is None:
            self._raw.execute(sql)
            return self
        sql, values = to_qmark(sql, params)
        if values:
            self._raw.execute(sql, self._driver.bind(self._raw, values))
        else:
            self._raw.execute(sql)
        return self

    def executemany(self, sql: str, param_list: Iterable[Any]) -> Cursor:
        """Run a statement once for each of the parameter sets; none of them: nothing is run."""
        rows = list(param_list)
        if not rows:
            return self
        self._start()
        qmark, _ = to_qmark(sql, rows[0])
        values = (to_qmark(sql, row)[1] if isinstance(row, Mapping) else row for row in rows)
        self._raw.executemany(qmark, self._driver.bind_many(self._raw, values))
        return self

    def callproc(self, procname: str, params: Sequence[Any] = ()) -> Sequence[Any]:
        """Run a stored procedure; its result sets are read with fetchall() and nextset()."""
        self._start()
        marks = ", ".join("?" for _ in params)
        call = f"{{CALL {procname} ({marks})}}" if marks else f"{{CALL {procname}}}"
        if marks:
            self._raw.execute(call, self._driver.bind(self._raw, params))
        else:
            self._raw.execute(call)
        return params

    def _start(self) -> None:
        self._results.claim(self)
        self._sets = []

    def read_ahead(self) -> None:
        """Read all rows left into memory, so that another cursor may use the connection."""
        if self._sets or self._is_closed:
            return
        while True:
            rows = [tuple(row) for row in self._raw.fetchall()] if self._raw.description else []
            self._sets.append((self._raw.description, self._raw.rowcount, iter(rows)))
            if not self._raw.nextset():
                break

    def fetchone(self) -> Row | None:
        """The next row as a tuple, or None."""
        if self._sets:
            return next(self._sets[0][2], None)
        row = self._raw.fetchone()
        return None if row is None else tuple(row)

    def fetchmany(self, size: int | None = None) -> list[Row]:
        """At most `size` rows (default: `arraysize`) as tuples."""
        size = self.arraysize if size is None else size
        if self._sets:
            return list(itertools.islice(self._sets[0][2], size))
        return [tuple(row) for row in self._raw.fetchmany(size)]

    def fetchall(self) -> list[Row]:
        """All rows left as tuples."""
        if self._sets:
            return list(self._sets[0][2])
        return [tuple(row) for row in self._raw.fetchall()]

    def nextset(self) -> bool:
        """Go to the next result set; False where there is none."""
        if self._sets:
            if len(self._sets) > 1:
                del self._sets[0]
                return True
            return False
        return bool(self._raw.nextset())

    @property
    def description(self) -> Any:
        """The columns of the result set, as DB-API 2.0 tells them."""
        return self._sets[0][0] if self._sets else self._raw.description

    @property
    def rowcount(self) -> int:
        """Rows that the statement changed; -1 for a SELECT."""
        return self._sets[0][1] if self._sets else int(self._raw.rowcount)

    @property
    def arraysize(self) -> int:
        """How many rows fetchmany() reads by default."""
        return int(self._raw.arraysize)

    @arraysize.setter
    def arraysize(self, size: int) -> None:
        self._raw.arraysize = size

    def close(self) -> None:
        """Give up the rows not read. Closing twice, or after the connection, does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        self._results.release(self)
        try:
            self._raw.close()
        except self._driver.module.Error:
            # The connection went first and took the cursor along.
            return

    def __iter__(self) -> Iterator[Row]:
        return iter(self.fetchone, None)

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)
