"""The durations of transactions, and the spans of their BEGIN, COMMIT and ROLLBACK."""

from __future__ import annotations

import os
import threading
import weakref
from contextlib import contextmanager
from functools import lru_cache
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Any, Iterable, Iterator

from opentelemetry import context
from opentelemetry.metrics import CallbackOptions, Meter, Observation
from opentelemetry.trace import INVALID_SPAN, Span

from mssql.telemetry import guard, semconv
from mssql.telemetry.sdk.instrumentations import is_suppressed
from mssql.telemetry.sdk.providers import global_meter_provider

if TYPE_CHECKING:
    from mssql.telemetry.interfaces import ConnectionTelemetry


class _OpenTransactions:
    """The open transactions of the process, by weak references: a thread may end at any time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: weakref.WeakSet[Transactions] = weakref.WeakSet()

    def add(self, transactions: Transactions) -> None:
        with self._lock:
            self._connections.add(transactions)

    def discard(self, transactions: Transactions) -> None:
        with self._lock:
            self._connections.discard(transactions)

    def ages(self, meter_provider: Any) -> list[tuple[dict[str, Any], float]]:
        """Return the attributes and age in seconds of the transactions that a provider measures."""
        with self._lock:
            connections = list(self._connections)
        now = perf_counter_ns()
        return [
            (transactions.attributes(), (now - since) / 1e9)
            for transactions in connections
            for since in [transactions.since]
            if since is not None and transactions.meter_provider() is meter_provider
        ]


_open = _OpenTransactions()


def _start_empty() -> None:
    global _open
    _open = _OpenTransactions()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_empty)


@lru_cache(maxsize=16)
def observe_open_transactions(meter: Meter, meter_provider: Any) -> None:
    """Create the observable instruments of open transactions, once per provider."""

    def totals() -> dict[tuple[tuple[str, Any], ...], list[float]]:
        ages: dict[tuple[tuple[str, Any], ...], list[float]] = {}
        for attributes, age in _open.ages(meter_provider):
            ages.setdefault(tuple(attributes.items()), []).append(age)
        return ages

    def counts(options: CallbackOptions) -> Iterable[Observation]:
        return [Observation(len(ages), dict(items)) for items, ages in totals().items()]

    def oldest(options: CallbackOptions) -> Iterable[Observation]:
        return [Observation(max(ages), dict(items)) for items, ages in totals().items()]

    meter.create_observable_up_down_counter(
        semconv.TRANSACTIONS_OPEN,
        [counts],
        unit="{transaction}",
        description="Transactions that are open.",
    )
    meter.create_observable_gauge(
        semconv.TRANSACTION_AGE,
        [oldest],
        unit="s",
        description="Age of the oldest open transaction.",
    )


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
            _open.add(self)

    @contextmanager
    def end(self, outcome: str) -> Iterator[None]:
        """Observe the end of the open transaction in the block, a "commit" or "rollback"."""
        since, self.since = self.since, None
        _open.discard(self)
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
