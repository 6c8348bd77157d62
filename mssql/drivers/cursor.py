"""The cursor that Django gets: Django's parameter styles in, tuples out.

Below it lies the driver's cursor, or the traced one around that.
"""

from __future__ import annotations

import datetime
import itertools
from typing import Any, Iterable, Iterator, Mapping, Sequence

from mssql.drivers.base import Driver
from mssql.drivers.parameters import is_aware
from mssql.drivers.placeholders import to_qmark
from mssql.drivers.session import Session
from mssql.procedures import call

Row = Sequence[Any]


class Cursor:
    """A DB-API cursor with format and pyformat parameters.

    Aware datetimes go as times of `zone`, the connection's: of a datetimeoffset that is put into a
    datetime2 SQL Server keeps the time and drops the offset.
    https://learn.microsoft.com/sql/t-sql/data-types/datetimeoffset-transact-sql
    """

    arraysize = 1  # how many rows fetchmany() reads by default

    def __init__(
        self, driver: Driver, session: Session, zone: datetime.tzinfo | None = None
    ) -> None:
        self._driver = driver
        self._session = session
        self._zone = zone
        self.executed: tuple[str, Any] | None = None  # the last statement, as execute() had it
        self._raw: Any = None  # the driver's cursor, from the first statement on
        self._sets: list[tuple[Any, int, Iterator[Row]]] = []  # read ahead: description, count
        self._is_closed = False
        self._is_prepared = False  # the statement ran, with parameters
        self._rows_taken = 0
        self._has_read_all = False

    def execute(self, sql: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> Cursor:
        """Run a statement. Without parameters (None) a percent sign stands for itself."""
        self.executed = sql, params
        values: Sequence[Any] = ()
        if params is not None:
            sql, values = to_qmark(sql, params)
        self._run(sql, values)
        return self

    def executemany(self, sql: str, param_list: Iterable[Any]) -> Cursor:
        """Run a statement once for each of the parameter sets; none of them: nothing is run."""
        rows = list(param_list)
        if not rows:
            return self
        qmark, _ = to_qmark(sql, rows[0])
        values = (to_qmark(sql, row)[1] if isinstance(row, Mapping) else row for row in rows)
        raw = self._start(has_parameters=True)
        raw.executemany(qmark, self._driver.bind_many(raw, map(self._in_zone, values)))
        self._is_prepared = True
        return self

    def callproc(
        self, procname: str, params: Sequence[Any] = (), kparams: Mapping[str, Any] | None = None
    ) -> Sequence[Any]:
        """Run a stored procedure; its result sets are read with fetchall() and nextset().

        Returns the parameters, with the values that came out in place of each Output. Those come
        after all result sets, which are therefore read into memory where there is an Output.
        """
        sql, values, outputs = call(procname, params, kparams or {})
        self._run(sql, values)
        if not outputs:
            return params
        self.read_ahead()
        (row,) = self._sets.pop()[2]
        came_out = dict(zip(outputs, row))
        return [came_out.get(position, value) for position, value in enumerate(params)]

    def _run(self, sql: str, values: Sequence[Any]) -> None:
        raw = self._start(has_parameters=bool(values))
        if values:
            raw.execute(sql, self._driver.bind(raw, self._in_zone(values)))
        else:
            raw.execute(sql)
        self._is_prepared = bool(values)

    def _in_zone(self, values: Sequence[Any]) -> Sequence[Any]:
        if self._zone is None:
            return values
        return [
            value.astimezone(self._zone)
            if isinstance(value, datetime.datetime) and is_aware(value)
            else value
            for value in values
        ]

    def _start(self, has_parameters: bool) -> Any:
        """The driver's cursor for the next statement, on a connection that is free."""
        if self._is_closed:
            raise self._driver.module.ProgrammingError("The cursor is closed.")
        self._give_back()
        self._session.claim(self)
        self._raw = self._session.cursor(has_parameters)
        self._sets = []
        self._is_prepared = False
        self._rows_taken = 0
        self._has_read_all = False
        return self._raw

    def _give_back(self) -> None:
        """Let go of the driver's cursor. What its last results may still say is too late."""
        raw, self._raw = self._raw, None
        if raw is None:
            return
        try:
            if not (self._is_at_end(raw) and self._session.keep(raw)):
                raw.close()
        except self._driver.module.Error:
            # The connection went first and took the cursor along.
            return

    def _is_at_end(self, raw: Any) -> bool:
        """Whether the cursor holds a prepared statement and no more results.

        Who takes one row has mostly asked for one: a look for another waits for nothing then.
        """
        if not self._is_prepared or self._sets:
            return self._is_prepared
        may_have_rows = raw.description is not None and not self._has_read_all
        if may_have_rows and (self._rows_taken != 1 or raw.fetchone() is not None):
            return False
        return not raw.nextset()

    @property
    def _results(self) -> Any:
        if self._raw is None:
            raise self._driver.module.ProgrammingError("No statement has been run yet.")
        return self._raw

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
        row = self._results.fetchone()
        self._rows_taken += 1
        self._has_read_all = row is None
        return None if row is None else tuple(row)

    def fetchmany(self, size: int | None = None) -> list[Row]:
        """At most `size` rows (default: `arraysize`) as tuples."""
        size = self.arraysize if size is None else size
        if self._sets:
            return list(itertools.islice(self._sets[0][2], size))
        rows: list[Row] = [tuple(row) for row in self._results.fetchmany(size)]
        self._rows_taken += len(rows)
        self._has_read_all = len(rows) < size
        return rows

    def fetchall(self) -> list[Row]:
        """All rows left as tuples."""
        if self._sets:
            return list(self._sets[0][2])
        self._has_read_all = True
        return [tuple(row) for row in self._results.fetchall()]

    def nextset(self) -> bool:
        """Go to the next result set; False where there is none."""
        if self._sets:
            if len(self._sets) > 1:
                del self._sets[0]
                return True
            return False
        return bool(self._results.nextset())

    @property
    def description(self) -> Any:
        """The columns of the result set, as DB-API 2.0 tells them."""
        if self._sets:
            return self._sets[0][0]
        return None if self._raw is None else self._raw.description

    @property
    def rowcount(self) -> int:
        """Rows that the statement changed; -1 for a SELECT."""
        if self._sets:
            return self._sets[0][1]
        return -1 if self._raw is None else int(self._raw.rowcount)

    def close(self) -> None:
        """Give up the rows not read. Closing twice, or after the connection, does nothing."""
        self._is_closed = True
        self._session.release(self)
        self._give_back()

    def __iter__(self) -> Iterator[Row]:
        return iter(self.fetchone, None)

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._results, name)
