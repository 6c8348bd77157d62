"""The cursor that Django gets: it accepts Django's parameter styles and returns tuples.

Its results are those of mssql/drivers/result.py, which read the driver's cursor, or the traced
cursor around it.
"""

from __future__ import annotations

import contextlib
import datetime
from typing import Any, ContextManager, Iterable, Iterator, Mapping, Sequence

from mssql.drivers.placeholders import to_qmark
from mssql.drivers.result import Result, Row
from mssql.drivers.session import Session
from mssql.procedures import call
from mssql.tsql.types import is_aware


class Cursor:
    """A DB-API cursor with format and pyformat parameters.

    Aware datetimes are sent as times of `zone`, the connection's, because SQL Server drops the
    offset of a datetimeoffset that is assigned to a datetime2.
    https://learn.microsoft.com/sql/t-sql/data-types/datetimeoffset-transact-sql
    """

    arraysize = 1  # the default number of rows that fetchmany() reads

    def __init__(
        self,
        session: Session,
        zone: datetime.tzinfo | None = None,
        errors: ContextManager[None] | None = None,
    ) -> None:
        """`errors` surrounds close(), whose errors Django does not translate itself."""
        self._result = Result(session)
        self._zone = zone
        self._errors = errors or contextlib.nullcontext()
        self.executed: tuple[str, Any] | None = None  # the last arguments of execute()

    def execute(self, sql: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> Cursor:
        """Run a statement. Without parameters (None) a percent sign stands for itself."""
        self.executed = sql, params
        values: Sequence[Any] = ()
        if params is not None:
            sql, values = to_qmark(sql, params)
        self._result.execute(sql, self._in_zone(values))
        return self

    def executemany(self, sql: str, param_list: Iterable[Any]) -> Cursor:
        """Run a statement once for each of the parameter sets. If there are none, run nothing."""
        rows = list(param_list)
        if not rows:
            self._result.skip(sql)
            return self
        qmark, _ = to_qmark(sql, rows[0])
        values = (to_qmark(sql, row)[1] if isinstance(row, Mapping) else row for row in rows)
        self._result.executemany(qmark, map(self._in_zone, values))
        return self

    def callproc(
        self, procname: str, params: Sequence[Any] = (), kparams: Mapping[str, Any] | None = None
    ) -> Sequence[Any]:
        """Run a stored procedure, whose result sets fetchall() and nextset() return.

        Returns the parameters, each Output replaced by its value. SQL Server sends those values
        after all result sets, which are read into memory if there is an Output.
        """
        sql, values, outputs = call(procname, params, kparams or {})
        self._result.execute(sql, self._in_zone(values))
        if not outputs:
            return params
        output_values = dict(zip(outputs, self._result.pop_last_row()))
        return [output_values.get(position, value) for position, value in enumerate(params)]

    def _in_zone(self, values: Sequence[Any]) -> Sequence[Any]:
        if self._zone is None:
            return values
        return [
            value.astimezone(self._zone)
            if isinstance(value, datetime.datetime) and is_aware(value)
            else value
            for value in values
        ]

    def fetchone(self) -> Row | None:
        """Return the next row as a tuple, or None."""
        return self._result.fetchone()

    def fetchmany(self, size: int | None = None) -> list[Row]:
        """Return at most `size` rows (default: `arraysize`) as tuples."""
        return self._result.fetchmany(self.arraysize if size is None else size)

    def fetchall(self) -> list[Row]:
        """Return the remaining rows as tuples."""
        return self._result.fetchall()

    def nextset(self) -> bool:
        """Move to the next result set; return False if there is none."""
        return self._result.nextset()

    def pass_rows(self) -> int:
        """Skip all remaining rows and return the last count."""
        while self._result.nextset():
            pass
        return self._result.rowcount

    @property
    def description(self) -> Any:
        """The columns of the result set, as in DB-API 2.0."""
        return self._result.description

    @property
    def rowcount(self) -> int:
        """The number of rows that the statement changed; -1 for a SELECT."""
        return self._result.rowcount

    def close(self) -> None:
        """Discard the remaining rows. Closing twice, or after the connection, does nothing.

        Raises an error that the statement ends with, after its rows.
        """
        with self._errors:
            self._result.close()

    def __iter__(self) -> Iterator[Row]:
        return iter(self._result.fetchone, None)

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        # Before a statement, hasattr() must return False: it catches no other exception.
        if name.startswith("_") or self._result.statement is None:
            raise AttributeError(name)
        return getattr(self._result.statement, name)
