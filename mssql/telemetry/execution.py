"""The observation of one statement, from its begin to the end of its result."""

from __future__ import annotations

import sys
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Any, Callable, Mapping, Sequence

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Span

from mssql.errors.numbers import ErrorNumber
from mssql.telemetry import errors, guard, semconv
from mssql.telemetry.sdk.instrumentations import is_suppressed
from mssql.telemetry.statements import Endpoint, Statement

if TYPE_CHECKING:
    from mssql.telemetry.interfaces import ConnectionTelemetry
    from mssql.telemetry.sdk.spans import Prospect, SpanStarter

# The statement had a time limit or met others' locks: its plan is wanted however long it took.
_EXPLAINED_ERRORS = frozenset(
    (errors.TIMEOUT, str(int(ErrorNumber.DEADLOCK_VICTIM)), str(int(ErrorNumber.LOCK_TIMEOUT)))
)


class Execution:
    """An execution of a statement, until its result has been read.

    `start` is in nanoseconds since 1970; `elapsed` is the time in nanoseconds that the driver
    worked: the execute and the fetches, without the application's time between them. `rows` is the
    number of rows read so far, `has_rows` whether there was a result to read.
    """

    __slots__ = (
        *("elapsed", "has_rows", "is_over", "parameters", "rows", "span", "start"),
        *("statement", "telemetry"),
    )

    def __init__(
        self,
        telemetry: ConnectionTelemetry,
        statement: Statement,
        parameters: Sequence[Any],
        span: Span,
        start: int,
    ) -> None:
        self.telemetry = telemetry
        self.statement = statement
        self.parameters = parameters
        self.span = span
        self.start = start
        self.elapsed = 0
        self.rows = 0
        self.has_rows = False
        self.is_over = False

    def __del__(self) -> None:
        """End it if its cursor was never closed."""
        if not self.is_over:
            self.finish()

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call the driver, and add the time; an exception ends the execution."""
        began = perf_counter_ns()
        try:
            result = function(*arguments)
        except BaseException as error:
            self.elapsed += perf_counter_ns() - began
            self.fail(error)
            raise
        self.elapsed += perf_counter_ns() - began
        return result

    def context(self) -> Context | None:
        """Return the context of measurements, whose exemplars have the id of the span."""
        return None if self.span is INVALID_SPAN else trace.set_span_in_context(self.span)

    def finish(self) -> None:
        """End it after its result has been read. Never raises; a second call does nothing."""
        if self.is_over:
            return
        self.is_over = True
        telemetry, span, rows = self.telemetry, self.span, self.rows if self.has_rows else None
        if span is not INVALID_SPAN:
            try:
                try:
                    if rows is not None:
                        span.set_attribute(semconv.DB_RESPONSE_RETURNED_ROWS, rows)
                        if telemetry.endpoint.for_azure_monitor:
                            span.set_attribute(semconv.ROWS, rows)
                    if telemetry.hooks is not None and span.is_recording():
                        telemetry.hooks.after(span, rows, None)
                finally:
                    self._end_span(self.elapsed >= telemetry.slow_from)
            except Exception as error:  # noqa: BLE001 (another's own)
                guard.report(span.end, error)
        if telemetry.instruments.operations is not None:
            self._measure(rows, self.statement.measured)

    def fail(self, error: BaseException) -> None:
        """End it after the statement has failed. Never raises."""
        if self.is_over:
            return
        self.is_over = True
        attributes = guard.call(self.telemetry.record_error, self.span, error)
        if self.telemetry.hooks is not None and self.span.is_recording():
            guard.call(self.telemetry.hooks.after, self.span, None, error)
        is_explained = bool(attributes) and attributes[semconv.ERROR_TYPE] in _EXPLAINED_ERRORS
        guard.call(self._end_span, is_explained)
        of_statement = self.statement.measured
        self._measure(None, {**of_statement, **attributes} if attributes else of_statement)
        if attributes:
            guard.call(self.telemetry.count_error, attributes[semconv.ERROR_TYPE])

    def _end_span(self, needs_plan: bool) -> None:
        """End the span with the hashes of its statement, after its plan is requested if needed."""
        telemetry, span = self.telemetry, self.span
        try:
            hashes = telemetry.plan_hashes.get(self.statement.text)
            if hashes is not None:
                span.set_attributes(hashes)
            if needs_plan:
                telemetry.request_plan(self)
        finally:
            span.end(self.start + self.elapsed)

    def _measure(self, rows: int | None, attributes: Mapping[str, Any]) -> None:
        operations = self.telemetry.instruments.operations
        if operations is None:
            return
        if self.telemetry.settings.metric_attributes:
            attributes = {**attributes, **self.telemetry.metric_attributes()}
        try:
            operations.record(self.elapsed / 1e9, rows, attributes, self.context())
        except Exception as error:  # noqa: BLE001 (another's own)
            guard.report(operations.record, error)

    @guard.guarded
    def measure_batch(self, size: int) -> None:
        """Measure the number of parameter sets."""
        batch_size = self.telemetry.instruments.batch_size
        if batch_size is not None:
            batch_size.record(size, self.statement.measured, self.context())


def begin(
    telemetry: ConnectionTelemetry,
    sql: str,
    parameters: Sequence[Any],
    size: int = 1,
    find: Callable[[Endpoint, str, bool], Statement] = Endpoint.statement,
) -> Execution | None:
    """Return the observation of a statement; None if it is not observed. Never raises.

    `find` returns the endpoint's statement of `sql`. A batch has `size` sets of parameters, of
    which `parameters` is the first.
    """
    try:
        if telemetry.propagation is not None:
            telemetry.propagation.forget()
        current = context.get_current()
        if current and is_suppressed(current):
            return None
        if telemetry.is_selective and telemetry.is_left_out(sql):
            return None
        spans, prospect = telemetry.instruments.spans, None
        if spans is not None and not (telemetry.is_selective and telemetry.lacks_parent(current)):
            prospect = spans.prospect(current)
        if prospect is None and telemetry.instruments.operations is None:
            return None
        statement = find(telemetry.endpoint, sql, len(parameters) > 0 and "?" in sql)
        if size != 1:
            statement = statement.batch(size)
        span: Span = INVALID_SPAN
        start = time_ns()
        if spans is not None and prospect is not None:
            span = _start_span(telemetry, spans, prospect, statement, start)
            if span is INVALID_SPAN and telemetry.instruments.operations is None:
                return None
            if telemetry.recorded:
                if telemetry.hooks is not None:
                    telemetry.hooks.before(span, statement, parameters)
                if telemetry.propagation is not None:
                    guard.call(telemetry.propagation.follow, span, current)
        return Execution(telemetry, statement, parameters, span, start)
    except Exception as error:  # noqa: BLE001 (another's own)
        guard.report(begin, error)
        return None


def _start_span(
    telemetry: ConnectionTelemetry,
    spans: SpanStarter,
    prospect: Prospect,
    statement: Statement,
    start: int,
) -> Span:
    """Start a statement's span; INVALID_SPAN if it is not recorded."""
    # Attributes are cheapest at creation, but those of the caller are wasted if the span is not
    # sampled.
    is_likely = prospect.is_sampled or telemetry.recorded
    attributes = statement.attributes
    if is_likely:
        attributes = telemetry.described(statement, sys._getframe(2))
    span = spans.start(prospect, statement.name, attributes, start)
    telemetry.recorded = span is not INVALID_SPAN and span.is_recording()
    if telemetry.recorded and not is_likely:
        guard.call(span.set_attributes, telemetry.described(statement, sys._getframe(2)))
    return span
