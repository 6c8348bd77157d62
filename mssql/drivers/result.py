"""The results of a cursor: one state machine, from a statement to its last row.

Without MARS a connection runs one statement at a time: a second one fails with "Connection is busy
with results for another hstmt". So the rows that remain of the first one are read into memory
before the second starts. The caller does not notice: every method works as before.

| State | execute() | fetch*() | nextset() | buffer() | close() |
|---|---|---|---|---|---|
| IDLE: no statement ran, or it failed | STREAMING | raises | raises | | CLOSED |
| STREAMING: results are on the connection | STREAMING | | EXHAUSTED | BUFFERED | CLOSED |
| BUFFERED: the remaining ones are in memory | STREAMING | | EXHAUSTED | | CLOSED |
| EXHAUSTED: nextset() found no more | STREAMING | raises | | | CLOSED |
| CLOSED | raises | raises | raises | | |

An empty field changes nothing; nextset() changes the state after the last result only. If the
driver fails, the state is IDLE, but rows in memory stay readable.
"""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator, Sequence

from django.db.utils import ProgrammingError

if TYPE_CHECKING:
    from mssql.drivers.session import Failure, Session

Row = Sequence[Any]


class State(Enum):
    """The states of a result; the module's table has the transitions."""

    IDLE = "no statement ran, or it failed"
    STREAMING = "results are on the connection"
    BUFFERED = "the remaining results are in memory"
    EXHAUSTED = "no result remains"
    CLOSED = "closed"


# Before Python 3.12 a member of an Enum takes ten times as long to look up as a global name.
IDLE, STREAMING, BUFFERED, EXHAUSTED, CLOSED = State


@dataclass
class ResultSet:
    """One result in memory: its columns (None if it is a count), its count and remaining rows."""

    description: Any
    rowcount: int
    rows: Iterator[Row]


class Result:
    """The results of the statements of one cursor, each of which replaces the one before it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._state = IDLE
        self._statement: Any = None  # traced; kept until the next one starts, or a failure
        self._is_prepared = False  # the statement: closing it takes a round trip (sp_unprepare)
        self._sql = ""  # of the last statement, as it was sent
        self._buffer: list[ResultSet] = []
        self._failure: Failure | None = None  # after the last result in memory

    @property
    def state(self) -> State:
        """The present state."""
        return self._state

    @property
    def statement(self) -> Any:
        """The driver's cursor of the last statement, or None."""
        return self._statement

    @property
    def description(self) -> Any:
        """The columns of the result set, as in DB-API 2.0."""
        if self._state is BUFFERED:
            return self._buffer[0].description
        return None if self._statement is None else self._statement.description

    @property
    def rowcount(self) -> int:
        """The number of rows that the statement changed; -1 for a SELECT."""
        if self._state is BUFFERED:
            return self._buffer[0].rowcount
        return -1 if self._statement is None else int(self._statement.rowcount)

    # Running statements

    def execute(self, sql: str, values: Sequence[Any]) -> None:
        """Run a statement with `?` markers."""
        statement = self._begin(sql, has_parameters=bool(values))
        if values:
            parameters = self._bind(self._session.driver.bind, values)
            self._call(statement.execute, sql, parameters)
        else:
            self._call(statement.execute, sql)
        self._state = STREAMING

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement with `?` markers once for each of the rows."""
        statement = self._begin(sql, has_parameters=True)
        parameters = self._bind(self._session.driver.bind_many, rows)
        self._call(statement.executemany, sql, parameters)
        self._state = STREAMING

    def skip(self, sql: str) -> None:
        """Run a statement for no rows: nothing is sent, and the results stay as they are."""
        if self._state is not CLOSED:
            self._session.observe_skipped(sql)

    def _begin(self, sql: str, has_parameters: bool) -> Any:
        """Return the driver's cursor for the next statement, on a connection that is free."""
        if self._state is CLOSED:
            raise ProgrammingError("The cursor is closed.")
        self._state = IDLE
        self._finish()
        self._session.claim(self)
        self._sql = sql
        self._statement = self._session.open_statement(has_parameters)
        self._is_prepared = has_parameters
        return self._statement

    def _bind(self, bind: Callable[[Any, Any], Any], values: Any) -> Any:
        try:
            return bind(self._statement, values)
        except BaseException:  # of a parameter's methods
            self.abandon()
            raise

    def _call(self, method: Callable[..., Any], *arguments: Any) -> Any:
        """Call the driver's cursor, and abandon it if that fails."""
        with self._session.guard:
            try:
                return method(*arguments)
            except BaseException as error:
                self.abandon()
                if self._session.is_of_driver(error):
                    self._session.failed(error, self._sql)
                raise  # a signal's handler, or a parameter's methods, may have raised it

    # Reading results

    def fetchone(self) -> Row | None:
        """Return the next row as a tuple, or None."""
        if self._state is BUFFERED:
            return next(self._rows_in_memory(), None)
        row = self._read(self._statement_with_rows().fetchone)
        return None if row is None else tuple(row)

    def fetchmany(self, size: int) -> list[Row]:
        """Return at most `size` rows as tuples."""
        if self._state is BUFFERED:
            return list(itertools.islice(self._rows_in_memory(), size))
        return [tuple(row) for row in self._read(self._statement_with_rows().fetchmany, size)]

    def fetchall(self) -> list[Row]:
        """Return the remaining rows as tuples."""
        if self._state is BUFFERED:
            return list(self._rows_in_memory())
        return [tuple(row) for row in self._read(self._statement_with_rows().fetchall)]

    def nextset(self) -> bool:
        """Move to the next result; return False if there is none.

        Raises an error that follows the present one.
        """
        if self._state is STREAMING:
            has_result = bool(self._call(self._statement.nextset))
        elif self._state is BUFFERED:
            has_result = self._next_in_memory()
        elif self._state is EXHAUSTED:
            return False
        else:
            raise self._missing()
        if not has_result:
            self._state = EXHAUSTED
        return has_result

    def _statement_with_rows(self) -> Any:
        statement = self._statement
        if statement is None:
            raise self._missing()
        if statement.description is None:
            raise ProgrammingError("The statement returned no rows.")
        return statement

    def _read(self, method: Callable[..., Any], *arguments: Any) -> Any:
        """Call the driver's cursor; if a converter of the application raises, keep the rest."""
        with self._session.guard:
            try:
                return method(*arguments)
            except Exception as error:
                if self._session.is_of_driver(error):
                    self.abandon()
                    self._session.failed(error, self._sql)
                raise

    def _missing(self) -> Exception:
        if self._state is CLOSED:
            return ProgrammingError("The cursor is closed.")
        return ProgrammingError("No statement has been run, or it failed.")

    # Results in memory

    def buffer(self) -> None:
        """Read all remaining results into memory, so that another statement may run.

        Raises nothing: whoever reads on from the results before an error, or closes the cursor,
        gets the error.
        """
        if self._state is not STREAMING:
            return
        with self._session.guard:
            try:
                self._read_all(self._statement)
            except Exception as error:  # noqa: BLE001 - raised later
                self.abandon()
                if self._session.is_of_driver(error):
                    self._session.failed(error, self._sql)
                self._failure = self._session.failure_of(error)
            finally:
                if self._buffer:
                    self._state = BUFFERED

    def _read_all(self, statement: Any) -> None:
        has_result = True
        while has_result:
            result_set = ResultSet(statement.description, int(statement.rowcount), iter(()))
            self._buffer.append(result_set)
            if result_set.description is not None:
                result_set.rows = self._failing()
                result_set.rows = iter([tuple(row) for row in statement.fetchall()])
            has_result = statement.nextset()

    def _failing(self) -> Iterator[Row]:
        """Raise the failure in place of rows that could not be read."""
        self._raise_failure()
        return
        yield  # pragma: no cover - this is a generator

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            self._buffer.clear()
            if self._state is not CLOSED:
                self._state = IDLE
            self._session.recall(failure)
            raise failure.error

    def _rows_in_memory(self) -> Iterator[Row]:
        result_set = self._buffer[0]
        if result_set.description is None:
            raise ProgrammingError("The statement returned no rows.")
        return result_set.rows

    def _next_in_memory(self) -> bool:
        del self._buffer[0]
        if not self._buffer:
            self._raise_failure()
        return bool(self._buffer)

    def pop_last_row(self) -> Row:
        """Read all results into memory, and remove the last of them, which has one row."""
        self.buffer()
        self._raise_failure()
        (row,) = self._buffer.pop().rows
        if not self._buffer:
            self._state = EXHAUSTED
        return row

    # Ending

    def close(self) -> None:
        """Discard the results. Does nothing if called twice, or after the connection's end.

        Raises an error that the statement ends with, after its rows.
        """
        if self._state is CLOSED:
            return
        self._state = CLOSED
        self._session.release(self)
        self._finish()

    def abandon(self) -> None:
        """Close the driver's cursor; results that are not in memory are lost."""
        statement, self._statement = self._statement, None
        if statement is not None:
            with contextlib.suppress(Exception), self._session.guard:
                statement.close()
        if self._state is STREAMING or self._state is EXHAUSTED:
            self._state = IDLE

    def _finish(self) -> None:
        """Exhaust the last statement and return its cursor to the session.

        Raises an error that comes after the rows.
        """
        self._buffer.clear()
        statement = self._statement
        if statement is not None:
            is_kept = (
                not self._session.is_closed
                and self._call(statement.exhaust)
                and self._is_prepared
                and self._session.keep(statement)
            )
            if is_kept:
                self._statement = None
            else:
                self.abandon()
        self._raise_failure()
