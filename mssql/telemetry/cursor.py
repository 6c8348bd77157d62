"""A cursor whose every execute, executemany and callproc is a span."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Iterator

from mssql.telemetry.cursor_proxy import CursorProxy, set_cursor, slot_setter
from mssql.telemetry.execution import begin
from mssql.telemetry.statements import Endpoint

if TYPE_CHECKING:
    from mssql.telemetry.execution import Execution
    from mssql.telemetry.interfaces import ConnectionTelemetry


class TracedCursor(CursorProxy):
    """A DB-API cursor of the driver, whose statements are observed.

    A span starts with the execute. It ends, with the count of rows that were read, when the result
    has been read to its end, with the next execute or when the cursor is closed, whichever comes
    first. Its end time is its start plus the time that the driver worked for the statement.
    """

    __slots__ = ("_self_execution", "_self_telemetry")

    _self_execution: Execution | None
    _self_telemetry: ConnectionTelemetry

    def __init__(self, cursor: Any, telemetry: ConnectionTelemetry) -> None:
        set_cursor(self, cursor)
        _set_telemetry(self, telemetry)
        _set_execution(self, None)

    # Running statements

    def execute(self, sql: str, *parameters: Any) -> Any:
        if self._self_execution is not None:
            self._finish()
        first = parameters[0] if parameters else ()
        values = first if isinstance(first, (tuple, list)) else parameters
        execution = begin(self._self_telemetry, sql, values)
        cursor = self._self_cursor
        if execution is not None:
            return self._run(execution, cursor.execute, sql, *parameters)
        result = cursor.execute(sql, *parameters)
        return self if result is cursor else result

    def executemany(self, sql: str, parameters: Any, *more: Any) -> Any:
        if self._self_execution is not None:
            self._finish()
        if not hasattr(parameters, "__len__"):
            parameters = list(parameters)
        size = len(parameters)
        execution = begin(self._self_telemetry, sql, next(iter(parameters), ()), size)
        if execution is not None:
            if size != 1:
                execution.measure_batch(size)
            return self._run(execution, self._self_cursor.executemany, sql, parameters, *more)
        return self._self_or(self._self_cursor.executemany(sql, parameters, *more))

    def callproc(self, procedure: str, *parameters: Any) -> Any:
        if self._self_execution is not None:
            self._finish()
        execution = begin(self._self_telemetry, procedure, (), find=Endpoint.procedure)
        if execution is not None:
            return self._run(execution, self._self_cursor.callproc, procedure, *parameters)
        return self._self_or(self._self_cursor.callproc(procedure, *parameters))

    def _run(self, execution: Execution, call: Callable[..., Any], *arguments: Any) -> Any:
        result = execution.call(call, *arguments)
        _set_execution(self, execution)
        if self._self_cursor.description:
            execution.has_rows = True
        elif not execution.statement.several:
            execution.finish()
        return self if result is self._self_cursor else result

    # Reading results

    def fetchone(self) -> Any:
        execution = self._self_execution
        if execution is None:
            return self._self_cursor.fetchone()
        row = execution.call(self._self_cursor.fetchone)
        if row is not None:
            execution.rows += 1
        elif not execution.statement.several:
            execution.finish()
        return row

    def fetchmany(self, *size: int) -> Any:
        execution = self._self_execution
        if execution is None:
            return self._self_cursor.fetchmany(*size)
        rows = execution.call(self._self_cursor.fetchmany, *size)
        execution.rows += len(rows)
        if not rows and not execution.statement.several:
            execution.finish()
        return rows

    def fetchall(self) -> Any:
        execution = self._self_execution
        if execution is None:
            return self._self_cursor.fetchall()
        rows = execution.call(self._self_cursor.fetchall)
        execution.rows += len(rows)
        if not execution.statement.several:
            execution.finish()
        return rows

    def nextset(self) -> Any:
        execution = self._self_execution
        if execution is None:
            return self._self_cursor.nextset()
        more = execution.call(self._self_cursor.nextset)
        execution.has_rows = execution.has_rows or bool(self._self_cursor.description)
        if not more:
            execution.finish()
        return more

    def exhaust(self) -> Any:
        """Read past all remaining results; an error in them is the statement's."""
        execution = self._self_execution
        if execution is None:
            return self._self_cursor.exhaust()
        is_at_end = execution.call(self._self_cursor.exhaust)
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
        if self._self_execution is not None:
            self._finish()
        self._self_cursor.close()

    def __enter__(self) -> TracedCursor:
        self._self_cursor.__enter__()
        return self

    def __exit__(self, *exception: Any) -> Any:
        if self._self_execution is not None:
            self._finish()
        return self._self_cursor.__exit__(*exception)

    def _finish(self) -> None:
        """End the last statement, even if its result has not been read. Never raises."""
        execution = self._self_execution
        assert execution is not None
        _set_execution(self, None)
        execution.finish()


_set_telemetry = slot_setter(TracedCursor, "_self_telemetry")
_set_execution = slot_setter(TracedCursor, "_self_execution")
