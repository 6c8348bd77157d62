"""The durations of transactions, and the spans of their BEGIN, COMMIT and ROLLBACK."""

from __future__ import annotations

from contextlib import contextmanager
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Any, Iterator

from opentelemetry import context
from opentelemetry.trace import INVALID_SPAN, Span

from mssql.telemetry import guard, open_transactions, semconv
from mssql.telemetry.sdk.instrumentations import is_suppressed
from mssql.telemetry.sdk.providers import global_meter_provider

if TYPE_CHECKING:
    from mssql.telemetry.interfaces import ConnectionTelemetry


class Transactions:
    """The transactions of one connection, one after the other.

    `since` is the begin of the open one in nanoseconds of the process's clock, or None.
    """

    def __init__(self, telemetry: ConnectionTelemetry) -> None:
        self._telemetry = telemetry
        self.since: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether a transaction has begun and not ended."""
        return self.since is not None

    def attributes(self) -> dict[str, Any]:
        """Return the attributes of measurements of the connection's transactions."""
        pool = {semconv.CONNECTION_POOL_NAME: self._telemetry.info.alias}
        return {**self._telemetry.endpoint.measured, **pool}

    def meter_provider(self) -> Any:
        """Return the provider whose meter measures the connection."""
        return self._telemetry.settings.meter_provider or global_meter_provider()

    @contextmanager
    def begin(self) -> Iterator[None]:
        """Observe the beginning of a transaction in the block."""
        with self._observed("BEGIN TRANSACTION"):
            yield
        self.since = perf_counter_ns()
        if self._telemetry.settings.enabled:
            open_transactions.add(self)

    @contextmanager
    def end(self, outcome: str) -> Iterator[None]:
        """Observe the end of the open transaction in the block, a "commit" or "rollback"."""
        since, self.since = self.since, None
        open_transactions.discard(self)
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
