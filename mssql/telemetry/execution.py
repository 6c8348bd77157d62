"""The observation of one statement, from its begin to the end of its result."""

from __future__ import annotations

import sys
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Any, Callable, Mapping, Sequence

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Span

from mssql.telemetry import guard, semconv
from mssql.telemetry.sdk.instrumentations import is_suppressed
from mssql.telemetry.statements import Endpoint, Statement

if TYPE_CHECKING:
    from mssql.telemetry.interfaces import ConnectionTelemetry
    from mssql.telemetry.sdk.spans import Prospect, SpanStarter


class Execution:
    """One execution whose span has not ended: its result is still being read.

    `start` is in nanoseconds since 1970; `elapsed` are the nanoseconds that the driver worked for
    it: the execute and the fetches, without the application's own time between them. `rows` are
    those read so far; `has_rows` says that there was a result to read them from.
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
        """End it with its cursor, which may never be closed."""
        if not self.is_over:
            self.finish()

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Have the driver work for it, and count the time; an error ends it."""
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
        """The context of its measurements, whose exemplars are to name the statement's span."""
        return None if self.span is INVALID_SPAN else trace.set_span_in_context(self.span)

    def finish(self) -> None:
        """End it: the result has been read. Never raises; the second time it does nothing."""
        if self.is_over:
            return
        self.is_over = True
        telemetry, span, rows = self.telemetry, self.span, self.rows if self.has_rows else None
        if span is not INVALID_SPAN:
            try:
                try:
                    if rows is not None:
                        span.set_attribute(semconv.DB_RESPONSE_RETURNED_ROWS, rows)
                    if telemetry.hooks is not None and span.is_recording():
                        telemetry.hooks.after(span, rows, None)
                finally:
                    if self.elapsed < telemetry.slow_from:
                        span.end(self.start + self.elapsed)
                    else:
                        telemetry.end_slow(self)
            except Exception as error:  # noqa: BLE001 (another's own)
                guard.report(span.end, error)
        if telemetry.instruments.operations is not None:
            self._measure(rows, self.statement.measured)

    def fail(self, error: BaseException) -> None:
        """End it: the statement has failed. Never raises."""
        if self.is_over:
            return
        self.is_over = True
        attributes = guard.call(self.telemetry.record_error, self.span, error)
        if self.telemetry.hooks is not None and self.span.is_recording():
            guard.call(self.telemetry.hooks.after, self.span, None, error)
        guard.call(self.span.end, self.start + self.elapsed)
        measured: Mapping[str, Any] = self.statement.measured
        self._measure(None, {**measured, **attributes} if attributes else measured)

    def _measure(self, rows: int | None, measured: Mapping[str, Any]) -> None:
        operations = self.telemetry.instruments.operations
        if operations is None:
            return
        try:
            operations.record(self.elapsed / 1e9, rows, measured, self.context())
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
    """Start observing what the endpoint finds as the statement of `sql`, of a batch with `size`
    sets of parameters the first of which are given; None if it is not observed. Never raises."""
    try:
        if telemetry.propagation is not None:
            telemetry.propagation.forget()
        current = context.get_current()
        if current and is_suppressed(current):
            return None
        if telemetry.is_choosy and telemetry.is_left_out(sql):
            return None
        spans, prospect = telemetry.instruments.spans, None
        if spans is not None and not (telemetry.is_choosy and telemetry.lacks_parent(current)):
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
    # Attributes are cheapest at creation, but the caller's would be found in vain for a span that
    # is not sampled.
    is_likely = prospect.is_sampled or telemetry.recorded
    attributes = statement.attributes
    if is_likely:
        attributes = telemetry.described(statement, sys._getframe(2))
    span = spans.start(prospect, statement.name, attributes, start)
    telemetry.recorded = span is not INVALID_SPAN and span.is_recording()
    if telemetry.recorded and not is_likely:
        guard.call(span.set_attributes, telemetry.described(statement, sys._getframe(2)))
    return span
