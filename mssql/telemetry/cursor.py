"""The traced cursor: a driver's cursor whose every execute, executemany and callproc is a span."""

from __future__ import annotations

from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Any, Callable, Iterator, Mapping, Sequence

from opentelemetry import context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from mssql.telemetry import errors, semconv
from mssql.telemetry.caller import caller

if TYPE_CHECKING:
    from mssql.telemetry.connection import Telemetry
    from mssql.telemetry.metrics import Instruments
    from mssql.telemetry.statements import Statement

# The SDK's own key for "do not observe this", and the plain one that instrumentations share.
_SUPPRESSED = getattr(context, "_SUPPRESS_INSTRUMENTATION_KEY", "suppress_instrumentation")
_SUPPRESSED_PLAIN = "suppress_instrumentation"


class Execution:
    """One execution whose span has not ended: its result is still being read.

    `elapsed` are the nanoseconds that the driver worked for it: the execute and the fetches,
    without the application's own time between them. `rows` are those read so far; `has_rows` says
    that there was a result to read them from.
    """

    __slots__ = ("elapsed", "has_rows", "parameters", "rows", "span", "start", "statement")

    def __init__(
        self, span: Span, statement: Statement, parameters: Sequence[Any], start: int, elapsed: int
    ) -> None:
        self.span = span
        self.statement = statement
        self.parameters = parameters
        self.start = start
        self.elapsed = elapsed
        self.rows = 0
        self.has_rows = False


class TracedCursor:
    """Wraps a DB-API cursor of the driver, and is otherwise like it: attributes are read from
    it and set on it.

    A span starts with the execute. It ends, with the count of rows that were read, when the
    result is read to its end, at the next execute or when the cursor is closed, whichever is
    first; its end time is its start plus the time that the driver worked for the statement.
    """

    __slots__ = ("_cursor", "_execution", "_instruments", "_telemetry")

    _cursor: Any
    _execution: Execution | None
    _instruments: Instruments
    _telemetry: Telemetry

    def __init__(self, cursor: Any, telemetry: Telemetry, instruments: Instruments) -> None:
        _set_cursor(self, cursor)
        _set_telemetry(self, telemetry)
        _set_instruments(self, instruments)
        _set_execution(self, None)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._cursor, name, value)

    def __del__(self) -> None:
        if getattr(self, "_execution", None) is not None:
            self._finish()

    # Running statements

    def execute(self, sql: str, *parameters: Any) -> Any:
        if self._execution is not None:
            self._finish()
        if _is_suppressed():
            return self._own(self._cursor.execute(sql, *parameters))
        first = parameters[0] if parameters else ()
        bound = first if isinstance(first, (tuple, list)) else parameters
        statement = self._telemetry.endpoint.statement(sql, bool(bound) and "?" in sql)
        return self._run(statement, bound, self._cursor.execute, sql, *parameters)

    def executemany(self, sql: str, parameters: Any, *more: Any) -> Any:
        if self._execution is not None:
            self._finish()
        if _is_suppressed():
            return self._own(self._cursor.executemany(sql, parameters, *more))
        if not hasattr(parameters, "__len__"):
            parameters = list(parameters)
        size = len(parameters)
        statement = self._telemetry.endpoint.statement(sql, size > 0 and "?" in sql).batch(size)
        bound = parameters[0] if size else ()
        return self._run(statement, bound, self._cursor.executemany, sql, parameters, *more)

    def callproc(self, procedure: str, *parameters: Any) -> Any:
        if self._execution is not None:
            self._finish()
        if _is_suppressed():
            return self._own(self._cursor.callproc(procedure, *parameters))
        statement = self._telemetry.endpoint.procedure(procedure)
        return self._run(statement, (), self._cursor.callproc, procedure, *parameters)

    def _run(
        self, statement: Statement, bound: Sequence[Any], call: Callable[..., Any], *arguments: Any
    ) -> Any:
        telemetry = self._telemetry
        attributes = statement.attributes
        # Attributes are cheapest at creation, but the caller's would be lost on a span that is
        # not sampled; the last sampling decision is a good guess at the next.
        guessed = telemetry.recorded
        if guessed:
            attributes = {**attributes, **caller()}
        start = time_ns()
        span = self._instruments.tracer.start_span(
            statement.name, None, SpanKind.CLIENT, attributes, None, start
        )
        recording = span.is_recording()
        if recording is not guessed:
            telemetry.set_recorded(recording)
            if recording and telemetry.recorded:
                span.set_attributes(caller())
        began = perf_counter_ns()
        try:
            result = call(*arguments)
        except BaseException as error:
            elapsed = perf_counter_ns() - began
            self._fail(Execution(span, statement, bound, start, elapsed), error)
            raise
        if recording or self._instruments.duration is not None:
            elapsed = perf_counter_ns() - began
            execution = Execution(span, statement, bound, start, elapsed)
            _set_execution(self, execution)
            execution.has_rows = bool(self._cursor.description)
            if not execution.has_rows and not statement.several:
                self._finish()
        return self._own(result)

    def _own(self, result: Any) -> Any:
        return self if result is self._cursor else result

    # Reading results

    def fetchone(self) -> Any:
        row = self._read(self._cursor.fetchone)
        if self._execution is not None:
            self._count(row is not None)
        return row

    def fetchmany(self, *size: int) -> Any:
        rows = self._read(self._cursor.fetchmany, *size)
        if self._execution is not None:
            self._count(len(rows))
        return rows

    def fetchall(self) -> Any:
        rows = self._read(self._cursor.fetchall)
        execution = self._execution
        if execution is not None:
            execution.rows += len(rows)
            self._count(0)
        return rows

    def nextset(self) -> Any:
        more = self._read(self._cursor.nextset)
        execution = self._execution
        if execution is not None:
            execution.has_rows = execution.has_rows or bool(self._cursor.description)
            if not more:
                self._finish()
        return more

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row

    def _read(self, call: Callable[..., Any], *arguments: Any) -> Any:
        execution = self._execution
        if execution is None:
            return call(*arguments)
        began = perf_counter_ns()
        try:
            return call(*arguments)
        except BaseException as error:
            execution.elapsed += perf_counter_ns() - began
            _set_execution(self, None)
            self._fail(execution, error)
            raise
        finally:
            execution.elapsed += perf_counter_ns() - began

    def _count(self, rows: int) -> None:
        """`rows` more were read, 0 at the result's end."""
        execution = self._execution
        assert execution is not None
        execution.rows += rows
        if not rows and not execution.statement.several:
            self._finish()

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
        measured = execution.statement.measured
        if execution.has_rows:
            execution.span.set_attribute(semconv.DB_RESPONSE_RETURNED_ROWS, execution.rows)
            if self._instruments.returned_rows is not None:
                self._instruments.returned_rows.record(execution.rows, measured)
        self._telemetry.end(execution, self._instruments)
        self._measure(execution, measured)

    def _fail(self, execution: Execution, error: BaseException) -> None:
        number = self._telemetry.info.error_number(error)
        error_type, code, description = errors.describe(error, number)
        attributes: dict[str, Any] = {semconv.ERROR_TYPE: error_type}
        if code is not None:
            attributes[semconv.DB_RESPONSE_STATUS_CODE] = code
        span = execution.span
        if span.is_recording():
            span.set_attributes(attributes)
            span.set_status(Status(StatusCode.ERROR, description))
        span.end(execution.start + execution.elapsed)
        self._measure(execution, {**execution.statement.measured, **attributes})

    def _measure(self, execution: Execution, attributes: Mapping[str, Any]) -> None:
        if self._instruments.duration is not None:
            self._instruments.duration.record(execution.elapsed / 1e9, attributes)


# TracedCursor's own slots, which its __setattr__ does not reach.
_set_cursor = TracedCursor.__dict__["_cursor"].__set__
_set_telemetry = TracedCursor.__dict__["_telemetry"].__set__
_set_instruments = TracedCursor.__dict__["_instruments"].__set__
_set_execution = TracedCursor.__dict__["_execution"].__set__


def _is_suppressed() -> bool:
    current = context.get_current()
    return bool(current) and bool(current.get(_SUPPRESSED) or current.get(_SUPPRESSED_PLAIN))
