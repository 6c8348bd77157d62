"""The number and age of open transactions, observed when metrics are collected."""

from __future__ import annotations

import os
import threading
import weakref
from functools import lru_cache
from time import perf_counter_ns
from typing import Any, Iterable, Protocol

from opentelemetry.metrics import CallbackOptions, Meter, Observation

from mssql.telemetry import semconv


class MeasuredTransactions(Protocol):
    """The transactions of one connection.

    `since` is the begin of the open one in nanoseconds of the process's clock, or None.
    """

    since: int | None

    def attributes(self) -> dict[str, Any]:
        """Return the attributes of measurements."""

    def meter_provider(self) -> Any:
        """Return the provider whose meter measures the connection."""


class _OpenTransactions:
    """The open transactions of the process, by weak references: a thread may end at any time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: weakref.WeakSet[MeasuredTransactions] = weakref.WeakSet()

    def add(self, transactions: MeasuredTransactions) -> None:
        with self._lock:
            self._connections.add(transactions)

    def discard(self, transactions: MeasuredTransactions) -> None:
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


def add(transactions: MeasuredTransactions) -> None:
    """Measure the open transaction of a connection."""
    _open.add(transactions)


def discard(transactions: MeasuredTransactions) -> None:
    """Stop measuring the transaction of a connection."""
    _open.discard(transactions)


def _start_empty() -> None:
    global _open
    _open = _OpenTransactions()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_empty)


@lru_cache(maxsize=16)
def observe(meter: Meter, meter_provider: Any) -> None:
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
