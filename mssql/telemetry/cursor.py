"""The traced cursor: a driver's cursor whose every execute, executemany and callproc is a span."""

from __future__ import annotations

import sys
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Any, Callable, Iterator, Sequence

from opentelemetry import context
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Span, Status, StatusCode

from mssql.telemetry import errors, semconv

if TYPE_CHECKING:
    from mssql.telemetry.connection import Telemetry
    from mssql.telemetry.statements import Statement

# The SDK's own key for "do not observe this", and the plain one that instrumentations share.
_SUPPRESSED = getattr(context, "_SUPPRESS_INSTRUMENTATION_KEY", "suppress_instrumentation")
_SUPPRESSED_PLAIN = "suppress_instrumentation"


class Execution:
    """One execution whose span has not ended: its result is still being read.

    `start` is in nanoseconds since 1970; `elapsed` are the nanoseconds that the driver worked for
    it: the execute and the fetches, without the application's own time between them. `rows` are
    those read so far; `has_rows` says that there was a result to read them from.
    """

    __slots__ = ("elapsed", "has_rows", "parameters", "rows", "span", "start", "statement")

    def __init__(
        self, span: Span, statement: Statement, parameters: Sequence[Any], start: int
    ) -> None:
        self.span = span
        self.statement = statement
        self.parameters = parameters
        self.start = start
        self.elapsed = 0
        self.rows = 0
        self.has_rows = False


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

    def __del__(self) -> None:
        if self._execution is not None:
            self._finish()

    # Running statements

    def execute(self, sql: str, *parameters: Any) -> Any:
        if self._execution is not None:
            self._finish()
        current = context.get_current()
        if self._is_seen(current, sql):
            first = parameters[0] if parameters else ()
            bound = first if isinstance(first, (tuple, list)) else parameters
            statement = self._telemetry.endpoint.statement(sql, len(bound) > 0 and "?" in sql)
            execution = self._begin(statement, bound, current)
            if execution is not None:
                return self._run(execution, self._cursor.execute, sql, *parameters)
        cursor = self._cursor
        result = cursor.execute(sql, *parameters)
        return self if result is cursor else result

    def executemany(self, sql: str, parameters: Any, *more: Any) -> Any:
        if self._execution is not None:
            self._finish()
        current = context.get_current()
        if self._is_seen(current, sql):
            if not hasattr(parameters, "__len__"):
                parameters = list(parameters)
            size = len(parameters)
            statement = self._telemetry.endpoint.statement(sql, size > 0 and "?" in sql)
            execution = self._begin(statement.batch(size), next(iter(parameters), ()), current)
            batch_size = self._telemetry.instruments.batch_size
            if batch_size is not None and size != 1:
                batch_size.record(size, statement.measured)
            if execution is not None:
                return self._run(execution, self._cursor.executemany, sql, parameters, *more)
        return self._own(self._cursor.executemany(sql, parameters, *more))

    def callproc(self, procedure: str, *parameters: Any) -> Any:
        if self._execution is not None:
            self._finish()
        current = context.get_current()
        if self._is_seen(current, procedure):
            execution = self._begin(self._telemetry.endpoint.procedure(procedure), (), current)
            if execution is not None:
                return self._run(execution, self._cursor.callproc, procedure, *parameters)
        return self._own(self._cursor.callproc(procedure, *parameters))

    def _own(self, result: Any) -> Any:
        return self if result is self._cursor else result

    def _is_seen(self, current: Context, sql: str) -> bool:
        """Whether a statement that starts in the context `current` is observed."""
        telemetry = self._telemetry
        if telemetry.propagation is not None:
            telemetry.propagation.forget()
        if current and is_suppressed(current):
            return False
        return not telemetry.is_choosy or not telemetry.is_left_out(sql)

    def _begin(
        self, statement: Statement, parameters: Sequence[Any], current: Context
    ) -> Execution | None:
        """Start the statement's span; None where it is not sampled and nothing is measured."""
        telemetry = self._telemetry
        instruments = telemetry.instruments
        span: Span = INVALID_SPAN
        start = time_ns()
        if instruments.start_span is not None and not (
            telemetry.is_choosy and telemetry.lacks_parent(current)
        ):
            attributes = statement.attributes
            # Attributes are cheapest at creation, but the caller's would be found in vain for a
            # span that is not sampled.
            guessed = telemetry.recorded
            if guessed:
                attributes = telemetry.described(statement, sys._getframe(2))
            span = instruments.start_span(statement.name, current, attributes, start)
            telemetry.recorded = span is not INVALID_SPAN and span.is_recording()
            if telemetry.recorded:
                if not guessed:
                    span.set_attributes(telemetry.described(statement, sys._getframe(2)))
                if telemetry.hooks is not None:
                    telemetry.hooks.before(span, statement, parameters)
                if telemetry.propagation is not None:
                    telemetry.propagation.follow(span, current)
        if span is INVALID_SPAN and instruments.duration is None:
            return None
        return Execution(span, statement, parameters, start)

    def _run(self, execution: Execution, call: Callable[..., Any], *arguments: Any) -> Any:
        began = perf_counter_ns()
        try:
            result = call(*arguments)
        except BaseException as error:
            execution.elapsed = perf_counter_ns() - began
            self._fail(execution, error)
            raise
        execution.elapsed = perf_counter_ns() - began
        _set_execution(self, execution)
        if self._cursor.description:
            execution.has_rows = True
        elif not execution.statement.several:
            self._finish()
        return self if result is self._cursor else result

    # Reading results

    def fetchone(self) -> Any:
        execution = self._execution
        if execution is None:
            return self._cursor.fetchone()
        row = self._read(execution, self._cursor.fetchone)
        if row is not None:
            execution.rows += 1
        elif not execution.statement.several:
            self._finish()
        return row

    def fetchmany(self, *size: int) -> Any:
        execution = self._execution
        if execution is None:
            return self._cursor.fetchmany(*size)
        rows = self._read(execution, self._cursor.fetchmany, *size)
        execution.rows += len(rows)
        if not rows and not execution.statement.several:
            self._finish()
        return rows

    def fetchall(self) -> Any:
        execution = self._execution
        if execution is None:
            return self._cursor.fetchall()
        rows = self._read(execution, self._cursor.fetchall)
        execution.rows += len(rows)
        if not execution.statement.several:
            self._finish()
        return rows

    def nextset(self) -> Any:
        execution = self._execution
        if execution is None:
            return self._cursor.nextset()
        more = self._read(execution, self._cursor.nextset)
        execution.has_rows = execution.has_rows or bool(self._cursor.description)
        if not more:
            self._finish()
        return more

    def read_to_end(self) -> Any:
        """Pass over what is left of the results; an error that comes then is the statement's."""
        execution = self._execution
        if execution is None:
            return self._cursor.read_to_end()
        is_at_end = self._read(execution, self._cursor.read_to_end)
        if is_at_end:
            self._finish()
        return is_at_end

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchone, None)

    def __next__(self) -> Any:
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row

    def _read(self, execution: Execution, call: Callable[..., Any], *arguments: Any) -> Any:
        began = perf_counter_ns()
        try:
            result = call(*arguments)
        except BaseException as error:
            execution.elapsed += perf_counter_ns() - began
            _set_execution(self, None)
            self._fail(execution, error)
            raise
        execution.elapsed += perf_counter_ns() - began
        return result

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
        execution = self._execution
        assert execution is not None
        _set_execution(self, None)
        telemetry, span = self._telemetry, execution.span
        instruments = telemetry.instruments
        if span is not INVALID_SPAN:
            if execution.has_rows:
                span.set_attribute(semconv.DB_RESPONSE_RETURNED_ROWS, execution.rows)
            if telemetry.hooks is not None and span.is_recording():
                telemetry.hooks.after(span, execution.rows if execution.has_rows else None, None)
            if execution.elapsed < telemetry.slow_from:
                span.end(execution.start + execution.elapsed)
            else:
                telemetry.end_slow(execution)
        if instruments.duration is not None:
            measured = execution.statement.measured
            instruments.duration.record(execution.elapsed / 1e9, measured)
            if execution.has_rows and instruments.returned_rows is not None:
                instruments.returned_rows.record(execution.rows, measured)

    def _fail(self, execution: Execution, error: BaseException) -> None:
        telemetry, span = self._telemetry, execution.span
        number = telemetry.info.error_number(error)
        error_type, code, description = errors.describe(error, number)
        attributes: dict[str, Any] = {semconv.ERROR_TYPE: error_type}
        if code is not None:
            attributes[semconv.DB_RESPONSE_STATUS_CODE] = code
        if span.is_recording():
            span.set_attributes(attributes)
            if code is not None and telemetry.endpoint.mirrored:
                span.set_attribute(semconv.STATUS_CODE, code)
            span.set_status(Status(StatusCode.ERROR, description))
            if telemetry.hooks is not None:
                telemetry.hooks.after(span, None, error)
        span.end(execution.start + execution.elapsed)
        duration = telemetry.instruments.duration
        if duration is not None:
            measured = {**execution.statement.measured, **attributes}
            duration.record(execution.elapsed / 1e9, measured)


# TracedCursor's own slots, which its __setattr__ does not reach.
_set_cursor = TracedCursor.__dict__["_cursor"].__set__
_set_telemetry = TracedCursor.__dict__["_telemetry"].__set__
_set_execution = TracedCursor.__dict__["_execution"].__set__


def is_suppressed(current: Context) -> bool:
    """Whether nothing is to be observed in the context `current`."""
    return bool(current.get(_SUPPRESSED) or current.get(_SUPPRESSED_PLAIN))
