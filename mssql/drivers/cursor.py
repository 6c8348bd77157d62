"""The cursor that Django gets: Django's parameter styles in, tuples out.

Below it lies the driver's cursor, or the traced one around that.
"""

from __future__ import annotations

import itertools
from typing import Any, Iterable, Iterator, Mapping, Sequence

from mssql.drivers.base import Driver
from mssql.drivers.placeholders import to_qmark
from mssql.drivers.session import Session

Row = Sequence[Any]


class Cursor:
    """A DB-API cursor with format and pyformat parameters."""

    def __init__(self, driver: Driver, session: Session) -> None:
        self._raw = session.cursor()
        self._driver = driver
        self._session = session
        self._sets: list[tuple[Any, int, Iterator[Row]]] = []  # read ahead: description, count
        self._is_closed = False
        self._is_prepared = False  # the statement ran, with parameters
        self._rows_taken = 0
        self._has_read_all = False

    def execute(self, sql: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> Cursor:
        """Run a statement. Without parameters (None) a percent sign stands for itself."""
        self._start()
        if params is None:
            self._raw.execute(sql)
            return self
        sql, values = to_qmark(sql, params)
        self._run(sql, values)
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
        self._run(call, params)
        return params

    def _start(self) -> None:
        self._session.claim(self)
        self._sets = []
        self._is_prepared = False
        self._rows_taken = 0
        self._has_read_all = False

    def _run(self, sql: str, values: Sequence[Any]) -> None:
        if not values:
            self._raw.execute(sql)
            return
        self._raw.execute(sql, self._driver.bind(self._raw, values))
        self._is_prepared = True

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
        self._rows_taken += 1
        self._has_read_all = row is None
        return None if row is None else tuple(row)

    def fetchmany(self, size: int | None = None) -> list[Row]:
        """At most `size` rows (default: `arraysize`) as tuples."""
        size = self.arraysize if size is None else size
        if self._sets:
            return list(itertools.islice(self._sets[0][2], size))
        rows: list[Row] = [tuple(row) for row in self._raw.fetchmany(size)]
        self._rows_taken += len(rows)
        self._has_read_all = len(rows) < size
        return rows

    def fetchall(self) -> list[Row]:
        """All rows left as tuples."""
        if self._sets:
            return list(self._sets[0][2])
        self._has_read_all = True
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
        self._session.release(self)
        try:
            if not (self._is_at_end() and self._session.keep(self._raw)):
                self._raw.close()
        except self._driver.module.Error:
            # The connection went first and took the cursor along.
            return

    def _is_at_end(self) -> bool:
        """Whether the cursor holds a prepared statement and no more results.

        Who takes one row has mostly asked for one: a look for another waits for nothing then.
        """
        if not self._is_prepared or self._sets:
            return self._is_prepared
        may_have_rows = self._raw.description is not None and not self._has_read_all
        if may_have_rows and (self._rows_taken != 1 or self._raw.fetchone() is not None):
            return False
        return not self._raw.nextset()

    def __iter__(self) -> Iterator[Row]:
        return iter(self.fetchone, None)

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)
