"""The durations of transactions, and the spans of their BEGIN, COMMIT and ROLLBACK."""

from __future__ import annotations

from contextlib import contextmanager
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Iterator

from opentelemetry import context
from opentelemetry.trace import INVALID_SPAN, Span

from mssql.telemetry import guard, semconv
from mssql.telemetry.sdk.instrumentations import is_suppressed

if TYPE_CHECKING:
    from mssql.telemetry.interfaces import ConnectionTelemetry


class Transactions:
    """The transactions of one connection, one after the other."""

    def __init__(self, telemetry: ConnectionTelemetry) -> None:
        self._telemetry = telemetry
        self._since: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether a transaction has begun and not ended."""
        return self._since is not None

    @contextmanager
    def begin(self) -> Iterator[None]:
        """Observe the beginning of a transaction in the block."""
        with self._observed("BEGIN TRANSACTION"):
            yield
        self._since = perf_counter_ns()

    @contextmanager
    def end(self, outcome: str) -> Iterator[None]:
        """Observe the end of the open transaction in the block, a "commit" or "rollback"."""
        since, self._since = self._since, None
        if since is None:
            yield
            return
        with self._observed(f"{outcome.upper()} TRANSACTION"):
            yield
        self._measure((perf_counter_ns() - since) / 1e9, outcome)

    @guard.guarded
    def _measure(self, elapsed: float, outcome: str) -> None:
        instruments = self._telemetry.find_instruments()
        if instruments is not None and instruments.transaction_duration is not None:
            attributes = {**self._telemetry.endpoint.measured, semconv.TRANSACTION_OUTCOME: outcome}
            instruments.transaction_duration.record(elapsed, attributes)

    @contextmanager
    def _observed(self, name: str) -> Iterator[None]:
        span: Span = INVALID_SPAN
        if self._telemetry.settings.transactions:
            span = guard.call(self._started, name, default=INVALID_SPAN)
        try:
            yield
        except BaseException as error:
            guard.call(self._telemetry.record_error, span, error)
            raise
        finally:
            guard.call(span.end)

    def _started(self, name: str) -> Span:
        telemetry, current = self._telemetry, context.get_current()
        instruments = telemetry.find_instruments()
        if (
            instruments is None
            or instruments.spans is None
            or is_suppressed(current)
            or telemetry.lacks_parent(current)
        ):
            return INVALID_SPAN
        prospect = instruments.spans.prospect(current)
        if prospect is None:
            return INVALID_SPAN
        attributes = telemetry.described(telemetry.endpoint.statement(name, False), None)
        return instruments.spans.start(prospect, name, attributes, time_ns())
