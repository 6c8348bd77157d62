"""The traced cursor: a driver's cursor whose every execute, executemany and callproc is a span."""

from __future__ import annotations

import sys
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Any, Callable, Iterator, Sequence

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Span

from mssql.telemetry import guard, semconv

if TYPE_CHECKING:
    from mssql.telemetry.connection import Telemetry
    from mssql.telemetry.errors import Failure
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

    def context(self) -> Context | None:
        """The context of its measurements, whose exemplars are to name the statement's span."""
        return None if self.span is INVALID_SPAN else trace.set_span_in_context(self.span)


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
        first = parameters[0] if parameters else ()
        execution = self._begin(sql, first if isinstance(first, (tuple, list)) else parameters)
        if execution is not None:
            return self._run(execution, self._cursor.execute, sql, *parameters)
        cursor = self._cursor
        result = cursor.execute(sql, *parameters)
        return self if result is cursor else result

    def executemany(self, sql: str, parameters: Any, *more: Any) -> Any:
        if self._execution is not None:
            self._finish()
        if not hasattr(parameters, "__len__"):
            parameters = list(parameters)
        size = len(parameters)
        execution = self._begin(sql, next(iter(parameters), ()), size)
        if execution is not None:
            if size != 1:
                self._measure_batch(execution, size)
            return self._run(execution, self._cursor.executemany, sql, parameters, *more)
        return self._own(self._cursor.executemany(sql, parameters, *more))

    def callproc(self, procedure: str, *parameters: Any) -> Any:
        if self._execution is not None:
            self._finish()
        execution = self._begin(procedure, (), is_procedure=True)
        if execution is not None:
            return self._run(execution, self._cursor.callproc, procedure, *parameters)
        return self._own(self._cursor.callproc(procedure, *parameters))

    def _own(self, result: Any) -> Any:
        return self if result is self._cursor else result

    def _begin(
        self, sql: str, parameters: Sequence[Any], size: int = 1, is_procedure: bool = False
    ) -> Execution | None:
        """Start observing a statement, of a batch with `size` sets of parameters the first of which
        are given; None if it is not observed. Never raises."""
        telemetry = self._telemetry
        try:
            if telemetry.propagation is not None:
                telemetry.propagation.forget()
            current = context.get_current()
            if current and is_suppressed(current):
                return None
            if telemetry.is_choosy and telemetry.is_left_out(sql):
                return None
            if is_procedure:
                statement = telemetry.endpoint.procedure(sql)
            else:
                statement = self._statement(sql, len(parameters) > 0 and "?" in sql)
                if size != 1:
                    statement = statement.batch(size)
            return self._start(statement, parameters, current)
        except Exception as error:  # noqa: BLE001 (another's own)
            guard.report(self._start, error)
            return None

    def _statement(self, sql: str, parameterized: bool) -> Statement:
        return self._telemetry.endpoint.statement(sql, parameterized)

    def _start(
        self, statement: Statement, parameters: Sequence[Any], current: Context
    ) -> Execution | None:
        """Start the statement's span; None if it is not sampled and nothing is measured."""
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
                    described = telemetry.described(statement, sys._getframe(2))
                    guard.call(span.set_attributes, described)
                if telemetry.hooks is not None:
                    telemetry.hooks.before(span, statement, parameters)
                if telemetry.propagation is not None:
                    guard.call(telemetry.propagation.follow, span, current)
        if span is INVALID_SPAN and instruments.duration is None:
            return None
        return Execution(span, statement, parameters, start)

    @guard.guarded
    def _measure_batch(self, execution: Execution, size: int) -> None:
        batch_size = self._telemetry.instruments.batch_size
        if batch_size is not None:
            batch_size.record(size, execution.statement.measured, execution.context())

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
        """The result has been read. Never raises."""
        execution = self._execution
        assert execution is not None
        _set_execution(self, None)
        telemetry, span = self._telemetry, execution.span
        if span is not INVALID_SPAN:
            try:
                try:
                    if execution.has_rows:
                        span.set_attribute(semconv.DB_RESPONSE_RETURNED_ROWS, execution.rows)
                    if telemetry.hooks is not None and span.is_recording():
                        rows = execution.rows if execution.has_rows else None
                        telemetry.hooks.after(span, rows, None)
                finally:
                    if execution.elapsed < telemetry.slow_from:
                        span.end(execution.start + execution.elapsed)
                    else:
                        telemetry.end_slow(execution)
            except Exception as error:  # noqa: BLE001 (another's own)
                guard.report(span.end, error)
        instruments = telemetry.instruments
        if instruments.duration is not None:
            try:
                measured, shown = execution.statement.measured, execution.context()
                instruments.duration.record(execution.elapsed / 1e9, measured, shown)
                if execution.has_rows and instruments.returned_rows is not None:
                    instruments.returned_rows.record(execution.rows, measured, shown)
            except Exception as error:  # noqa: BLE001 (another's own)
                guard.report(instruments.duration, error)

    def _fail(self, execution: Execution, error: BaseException) -> None:
        """The statement has failed. Never raises."""
        failure = guard.call(self._telemetry.failure, error)
        if failure is not None:
            guard.call(self._show_failure, execution.span, failure, error)
        guard.call(execution.span.end, execution.start + execution.elapsed)
        duration = self._telemetry.instruments.duration
        if duration is not None:
            measured = execution.statement.measured
            if failure is not None:
                measured = {**measured, **failure.attributes}
            guard.call(duration.record, execution.elapsed / 1e9, measured, execution.context())

    def _show_failure(self, span: Span, failure: Failure, error: BaseException) -> None:
        if not span.is_recording():
            return
        failure.show(span, self._telemetry.mirrored)
        if self._telemetry.hooks is not None:
            self._telemetry.hooks.after(span, None, error)


# TracedCursor's own slots, which its __setattr__ does not reach.
_set_cursor = TracedCursor.__dict__["_cursor"].__set__
_set_telemetry = TracedCursor.__dict__["_telemetry"].__set__
_set_execution = TracedCursor.__dict__["_execution"].__set__


def is_suppressed(current: Context) -> bool:
    """Whether nothing is to be observed in the context `current`."""
    return bool(current.get(_SUPPRESSED) or current.get(_SUPPRESSED_PLAIN))
