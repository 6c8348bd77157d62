"""The cursor that Django gets: Django's parameter styles in, tuples out.

Below it lies the driver's cursor, or the traced one around that.
"""

from __future__ import annotations

import contextlib
import datetime
import itertools
from typing import Any, Callable, ContextManager, Iterable, Iterator, Mapping, Sequence

from mssql.drivers.base import Driver
from mssql.drivers.placeholders import to_qmark
from mssql.drivers.session import Session
from mssql.procedures import call
from mssql.tsql.types import is_aware

Row = Sequence[Any]


class Cursor:
    """A DB-API cursor with format and pyformat parameters.

    Aware datetimes go as times of `zone`, the connection's: of a datetimeoffset that is put into a
    datetime2 SQL Server keeps the time and drops the offset.
    https://learn.microsoft.com/sql/t-sql/data-types/datetimeoffset-transact-sql
    """

    arraysize = 1  # how many rows fetchmany() reads by default

    def __init__(
        self,
        driver: Driver,
        session: Session,
        zone: datetime.tzinfo | None = None,
        errors: ContextManager[None] | None = None,
    ) -> None:
        """`errors` is around close(), whose errors Django does not translate itself."""
        self._driver = driver
        self._session = session
        self._zone = zone
        self._errors = errors or contextlib.nullcontext()
        self.executed: tuple[str, Any] | None = None  # the last statement, as execute() had it
        self._raw: Any = None  # the driver's cursor, from a statement to its end or failure
        self._sets: list[tuple[Any, int, Iterator[Row]]] = []  # read ahead: description, count
        self._is_closed = False
        self._sql = ""  # of the last statement, as it was sent
        self._is_prepared = False  # the statement ran, with parameters

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
            if not self._is_closed:
                self._session.observe_none(sql)
            return self
        qmark, _ = to_qmark(sql, rows[0])
        values = (to_qmark(sql, row)[1] if isinstance(row, Mapping) else row for row in rows)
        raw = self._start(has_parameters=True)
        bound = self._driver.bind_many(raw, map(self._in_zone, values))
        self._sql = qmark
        self._call(raw.executemany, qmark, bound)
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
        self._sql = sql
        if values:
            self._call(raw.execute, sql, self._driver.bind(raw, self._in_zone(values)))
        else:
            self._call(raw.execute, sql)
        self._is_prepared = bool(values)

    def _call(self, method: Callable[..., Any], *arguments: Any) -> Any:
        """Call the driver's cursor, and let go of it if that fails."""
        with self._session.guard:
            try:
                return method(*arguments)
            except BaseException as error:
                if self._session.is_of_driver(error):
                    self._failed(error)
                else:  # of a signal's handler, or of a parameter's methods
                    self.abandon()
                raise

    def _read(self, method: Callable[..., Any], *arguments: Any) -> Any:
        """Call the driver's cursor; what a converter of the application raises keeps the rest."""
        with self._session.guard:
            try:
                return method(*arguments)
            except Exception as error:
                if self._session.is_of_driver(error):
                    self._failed(error)
                raise

    def _failed(self, error: BaseException) -> None:
        self.abandon()
        self._session.failed(error, self._sql)

    def abandon(self) -> None:
        """Give up the results, whatever they are."""
        raw, self._raw = self._raw, None
        if raw is not None:
            with contextlib.suppress(Exception), self._session.guard:
                raw.close()

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
        self._finish()
        self._session.claim(self)
        self._raw = self._session.cursor(has_parameters)
        self._is_prepared = False
        return self._raw

    def _finish(self) -> None:
        """Read the last statement's results to their end, and let go of the driver's cursor.

        Raises an error that comes after the rows.
        """
        sets, self._sets = self._sets, []
        raw = self._raw
        if raw is None or self._session.is_closed:
            self.abandon()
        elif self._call(raw.read_to_end) and self._is_prepared and self._session.keep(raw):
            self._raw = None
        else:
            self.abandon()
        for _, _, rows in sets:
            for _ in rows:
                pass

    @property
    def _results(self) -> Any:
        if self._raw is None:
            raise self._driver.module.ProgrammingError("No statement has been run, or it failed.")
        return self._raw

    @property
    def _rows(self) -> Any:
        if self._results.description is None:
            raise self._driver.module.ProgrammingError("The statement gave no rows.")
        return self._raw

    def read_ahead(self) -> None:
        """Read all rows left into memory, so that another cursor may use the connection.

        An error comes to whoever reads the rows before it, or closes the cursor.
        """
        if self._sets or self._raw is None:
            return
        raw = self._raw
        description, count = raw.description, raw.rowcount
        with self._session.guard:
            try:
                while True:
                    description, count = raw.description, raw.rowcount
                    rows = [tuple(row) for row in raw.fetchall()] if description else []
                    self._sets.append((description, count, iter(rows)))
                    if not raw.nextset():
                        break
            except Exception as error:  # noqa: BLE001 - comes to whoever reads the rows
                if self._session.is_of_driver(error):
                    self._failed(error)
                self._sets.append((description, count, self._raising(error)))

    def _raising(self, error: Exception) -> Iterator[Row]:
        """Rows that could not be read."""
        fault = self._session.fault(error)

        def rows() -> Iterator[Row]:
            self._session.recall(error, fault)
            raise error
            yield  # pragma: no cover - makes this an iterator

        return rows()

    def fetchone(self) -> Row | None:
        """The next row as a tuple, or None."""
        if self._sets:
            return next(self._sets[0][2], None)
        row = self._read(self._rows.fetchone)
        return None if row is None else tuple(row)

    def fetchmany(self, size: int | None = None) -> list[Row]:
        """At most `size` rows (default: `arraysize`) as tuples."""
        size = self.arraysize if size is None else size
        if self._sets:
            return list(itertools.islice(self._sets[0][2], size))
        return [tuple(row) for row in self._read(self._rows.fetchmany, size)]

    def fetchall(self) -> list[Row]:
        """All rows left as tuples."""
        if self._sets:
            return list(self._sets[0][2])
        return [tuple(row) for row in self._read(self._rows.fetchall)]

    def nextset(self) -> bool:
        """Go to the next result set; False where there is none."""
        if self._sets:
            if len(self._sets) > 1:
                del self._sets[0]
                return True
            return False
        return bool(self._call(self._results.nextset))

    def pass_rows(self) -> int:
        """Pass over all rows, which nobody asked for, and return the last count."""
        while self.nextset():
            pass
        return self.rowcount

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
        """Give up the rows not read. Closing twice, or after the connection, does nothing.

        Raises an error that the statement ends with, after its rows.
        """
        self._is_closed = True
        self._session.release(self)
        with self._errors:
            self._finish()

    def __iter__(self) -> Iterator[Row]:
        return iter(self.fetchone, None)

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        # Before a statement, hasattr() must be able to answer: it takes no other exception.
        if name.startswith("_") or self._raw is None:
            raise AttributeError(name)
        return getattr(self._raw, name)
