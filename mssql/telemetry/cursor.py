"""The traced cursor: a driver's cursor whose every execute, executemany and callproc is a span."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Iterator

from mssql.telemetry.execution import begin
from mssql.telemetry.statements import Endpoint

if TYPE_CHECKING:
    from mssql.telemetry.api import Telemetry
    from mssql.telemetry.execution import Execution


class TracedCursor:
    """Wraps a DB-API cursor of the driver, and is otherwise like it: attributes are read from
    it and set on it.

    A span starts with the execute. It ends, with the count of rows that were read, when the
    result is read to its end, at the next execute or when the cursor is closed, whichever is
    first; its end time is its start plus the time that the driver worked for the statement.
    """

    __slots__ = ("_cursor", "_execution", "_telemetry")

    _cursor: Any
    _execution: Execution | None
    _telemetry: Telemetry

    def __init__(self, cursor: Any, telemetry: Telemetry) -> None:
        _set_cursor(self, cursor)
        _set_telemetry(self, telemetry)
        _set_execution(self, None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._cursor, name, value)

    # Running statements

    def execute(self, sql: str, *parameters: Any) -> Any:
        if self._execution is not None:
            self._finish()
        first = parameters[0] if parameters else ()
        values = first if isinstance(first, (tuple, list)) else parameters
        execution = begin(self._telemetry, sql, values)
        cursor = self._cursor
        if execution is not None:
            return self._run(execution, cursor.execute, sql, *parameters)
        result = cursor.execute(sql, *parameters)
        return self if result is cursor else result

    def executemany(self, sql: str, parameters: Any, *more: Any) -> Any:
        if self._execution is not None:
            self._finish()
        if not hasattr(parameters, "__len__"):
            parameters = list(parameters)
        size = len(parameters)
        execution = begin(self._telemetry, sql, next(iter(parameters), ()), size)
        if execution is not None:
            if size != 1:
                execution.measure_batch(size)
            return self._run(execution, self._cursor.executemany, sql, parameters, *more)
        return self._own(self._cursor.executemany(sql, parameters, *more))

    def callproc(self, procedure: str, *parameters: Any) -> Any:
        if self._execution is not None:
            self._finish()
        execution = begin(self._telemetry, procedure, (), find=Endpoint.procedure)
        if execution is not None:
            return self._run(execution, self._cursor.callproc, procedure, *parameters)
        return self._own(self._cursor.callproc(procedure, *parameters))

    def _own(self, result: Any) -> Any:
        return self if result is self._cursor else result

    def _run(self, execution: Execution, call: Callable[..., Any], *arguments: Any) -> Any:
        result = execution.call(call, *arguments)
        _set_execution(self, execution)
        if self._cursor.description:
            execution.has_rows = True
        elif not execution.statement.several:
            execution.finish()
        return self if result is self._cursor else result

    # Reading results

    def fetchone(self) -> Any:
        execution = self._execution
        if execution is None:
            return self._cursor.fetchone()
        row = execution.call(self._cursor.fetchone)
        if row is not None:
            execution.rows += 1
        elif not execution.statement.several:
            execution.finish()
        return row

    def fetchmany(self, *size: int) -> Any:
        execution = self._execution
        if execution is None:
            return self._cursor.fetchmany(*size)
        rows = execution.call(self._cursor.fetchmany, *size)
        execution.rows += len(rows)
        if not rows and not execution.statement.several:
            execution.finish()
        return rows

    def fetchall(self) -> Any:
        execution = self._execution
        if execution is None:
            return self._cursor.fetchall()
        rows = execution.call(self._cursor.fetchall)
        execution.rows += len(rows)
        if not execution.statement.several:
            execution.finish()
        return rows

    def nextset(self) -> Any:
        execution = self._execution
        if execution is None:
            return self._cursor.nextset()
        more = execution.call(self._cursor.nextset)
        execution.has_rows = execution.has_rows or bool(self._cursor.description)
        if not more:
            execution.finish()
        return more

    def read_to_end(self) -> Any:
        """Pass over what is left of the results; an error that comes then is the statement's."""
        execution = self._execution
        if execution is None:
            return self._cursor.read_to_end()
        is_at_end = execution.call(self._cursor.read_to_end)
        if is_at_end:
            execution.finish()
        return is_at_end

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchone, None)

    def __next__(self) -> Any:
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row

    # Ending

    def close(self) -> None:
        if self._execution is not None:
            self._finish()
        self._cursor.close()

    def __enter__(self) -> TracedCursor:
        self._cursor.__enter__()
        return self

    def __exit__(self, *exception: Any) -> Any:
        if self._execution is not None:
            self._finish()
        return self._cursor.__exit__(*exception)

    def _finish(self) -> None:
        """End the last statement, whose result may not have been read. Never raises."""
        execution = self._execution
        assert execution is not None
        _set_execution(self, None)
        execution.finish()


# TracedCursor's own slots, which its __setattr__ does not reach.
_set_cursor = TracedCursor.__dict__["_cursor"].__set__
_set_telemetry = TracedCursor.__dict__["_telemetry"].__set__
_set_execution = TracedCursor.__dict__["_execution"].__set__
