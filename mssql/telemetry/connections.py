"""Observation of connections from their opening to their end, and of their access tokens.

Follows "Connection pools" in the "Semantic conventions for database client metrics",
https://opentelemetry.io/docs/specs/semconv/database/database-metrics/. The pool is the alias: each
of its threads keeps a connection, which is idle between requests.
"""

from __future__ import annotations

import threading
import weakref
from functools import lru_cache
from time import perf_counter, time_ns
from typing import TYPE_CHECKING, Any, Iterable, Mapping

from opentelemetry import context, metrics, trace
from opentelemetry.metrics import CallbackOptions, Meter, Observation
from opentelemetry.trace import Span

from mssql.telemetry import guard, semconv
from mssql.telemetry.metrics import find, meter_of
from mssql.telemetry.sdk.instrumentations import is_suppressed
from mssql.telemetry.sdk.providers import global_meter_provider

if TYPE_CHECKING:
    from mssql.telemetry.interfaces import ConnectionTelemetry

USED = "used"
IDLE = "idle"


class ConnectionInstruments:
    """The instruments of one meter, and the connections that it counts."""

    def __init__(self, meter: Meter) -> None:
        def seconds(name: str, description: str) -> metrics.Histogram:
            return meter.create_histogram(
                name,
                unit="s",
                description=description,
                explicit_bucket_boundaries_advisory=semconv.CONNECTION_TIME_BUCKETS,
            )

        self.create_time = seconds(
            semconv.CONNECTION_CREATE_TIME, "The time it took to create a new connection."
        )
        self.wait_time = seconds(
            semconv.CONNECTION_WAIT_TIME,
            "The time it took to obtain an open connection from the pool.",
        )
        self.use_time = seconds(
            semconv.CONNECTION_USE_TIME,
            "The time between borrowing a connection and returning it to the pool.",
        )
        self.timeouts = meter.create_counter(
            semconv.CONNECTION_TIMEOUTS,
            unit="{timeout}",
            description="The number of connection timeouts that have occurred trying to obtain a "
            "connection from the pool.",
        )
        self.pending = meter.create_up_down_counter(
            semconv.CONNECTION_PENDING_REQUESTS,
            unit="{request}",
            description="The number of current pending requests for an open connection.",
        )
        self.retries = meter.create_counter(
            semconv.LOGIN_RETRIES,
            unit="{retry}",
            description="Repetitions of a login that met a passing fault.",
        )
        self.retry_wait = seconds(semconv.LOGIN_RETRY_WAIT, "The wait before a login was repeated.")
        self.token_time = seconds(
            semconv.TOKEN_DURATION, "Duration of requests for an access token."
        )
        self._leases: weakref.WeakSet[Lease] = weakref.WeakSet()
        self._pools: set[str] = set()
        self._lock = threading.Lock()
        # Observed, not counted up and down: a connection whose thread has ended is collected but
        # never closed.
        meter.create_observable_up_down_counter(
            semconv.CONNECTION_COUNT,
            [self._count],
            unit="{connection}",
            description="The number of connections that are currently in state described by the "
            "state attribute.",
        )

    def add(self, lease: Lease) -> None:
        """Count a connection that has been opened."""
        with self._lock:
            self._pools.add(lease.pool)
            self._leases.add(lease)

    def remove(self, lease: Lease) -> None:
        """Stop counting a connection."""
        with self._lock:
            self._leases.discard(lease)

    def _count(self, options: CallbackOptions) -> Iterable[Observation]:
        with self._lock:
            counts = {(pool, state): 0 for pool in self._pools for state in (USED, IDLE)}
            for lease in self._leases:
                counts[lease.pool, lease.state] += 1
        return [
            Observation(
                count,
                {semconv.CONNECTION_POOL_NAME: pool, semconv.CONNECTION_STATE: state},
            )
            for (pool, state), count in counts.items()
        ]


_all_instruments: list[ConnectionInstruments] = []


@lru_cache(maxsize=16)
def _instruments(meter_provider: Any) -> ConnectionInstruments | None:
    meter = meter_of(meter_provider)
    if meter is None:
        return None
    _all_instruments.append(ConnectionInstruments(meter))
    return _all_instruments[-1]


def record_token(seconds: float, failure: BaseException | None, **others: Any) -> None:
    """Measure a request for an access token with every meter.

    Many aliases of a process share one token.
    """
    attributes: dict[str, Any] = {semconv.TOKEN_IN_BACKGROUND: bool(others.get("in_background"))}
    if failure is not None:
        attributes[semconv.ERROR_TYPE] = type(failure).__name__
    for instruments in list(_all_instruments):
        guard.call(instruments.token_time.record, seconds, attributes)


class Lease:
    """An open connection, used or idle, that is measured if there are instruments."""

    def __init__(self, pool: str, instruments: ConnectionInstruments | None) -> None:
        self.pool = pool
        self.state = USED
        self._since = perf_counter()
        self._instruments = instruments
        self._attributes = {semconv.CONNECTION_POOL_NAME: pool}
        if instruments is not None:
            instruments.add(self)

    @property
    def is_idle(self) -> bool:
        """Whether no request uses the connection."""
        return self.state is IDLE

    def use(self) -> None:
        """Measure the beginning of its use: a thread gets its idle connection without waiting."""
        if self.state is USED:
            return
        self.state = USED
        self._since = perf_counter()
        if self._instruments is not None:
            guard.call(self._instruments.wait_time.record, 0, self._attributes)

    def give_back(self) -> None:
        """Measure the end of its use: the connection is idle until the next request."""
        self._measure_use()
        self.state = IDLE

    def close(self) -> None:
        """Measure the end of its use, and stop counting it. A second call does nothing."""
        self._measure_use()
        self.state = IDLE
        if self._instruments is not None:
            self._instruments.remove(self)
            self._instruments = None

    def _measure_use(self) -> None:
        if self.state is USED and self._instruments is not None:
            elapsed = perf_counter() - self._since
            guard.call(self._instruments.use_time.record, elapsed, self._attributes)


class Connecting:
    """A context manager for the opening of a connection: a span, with repeated logins as events.

    `sign_in` is the name of the connection's sign-in.
    """

    def __init__(self, telemetry: ConnectionTelemetry, sign_in: str) -> None:
        settings = telemetry.settings
        self._telemetry = telemetry
        self._sign_in = sign_in
        self._pool = {semconv.CONNECTION_POOL_NAME: telemetry.info.alias}
        self._span: Span = trace.INVALID_SPAN
        self._began = 0.0
        self._retries = 0
        self._instruments = None
        if settings.enabled:
            meter_provider = settings.meter_provider or global_meter_provider()
            self._instruments = guard.call(_instruments, meter_provider)

    def __enter__(self) -> Connecting:
        self._start()
        self._began = perf_counter()
        return self

    @guard.guarded
    def _start(self) -> None:
        telemetry = self._telemetry
        settings, endpoint = telemetry.settings, telemetry.endpoint
        if self._instruments is not None:
            self._instruments.pending.add(1, self._pool)
        current = context.get_current()
        if not settings.enabled or is_suppressed(current) or telemetry.lacks_parent(current):
            return
        instruments = find(settings.tracer_provider, settings.meter_provider)
        if instruments is not None and instruments.spans is not None:
            name = f"connect {endpoint.namespace}".rstrip()
            attributes = {**endpoint.attributes, semconv.SIGN_IN: self._sign_in}
            prospect = instruments.spans.prospect(current)
            if prospect is not None:
                self._span = instruments.spans.start(prospect, name, attributes, time_ns())

    @guard.guarded
    def retrying(self, number: int, wait: float) -> None:
        """Record that a login failed with SQL Server's error `number` and is repeated.

        It is repeated after `wait` seconds.
        """
        self._retries += 1
        error: Mapping[str, Any] = {semconv.ERROR_TYPE: str(number)}
        self._span.add_event(
            semconv.LOGIN_RETRY_EVENT,
            {**error, semconv.LOGIN_RETRY_NUMBER: self._retries, semconv.LOGIN_RETRY_SECONDS: wait},
        )
        if self._instruments is not None:
            self._instruments.retries.add(1, {**self._pool, **error})
            self._instruments.retry_wait.record(wait, {**self._pool, **error})

    @guard.guarded
    def token_refused(self) -> None:
        """Record that the server reports an expired token, and that a new one is requested."""
        self._span.add_event(semconv.TOKEN_REFUSED_EVENT)

    def opened(self) -> Lease:
        """Return the lease of the open connection."""
        return Lease(self._telemetry.info.alias, self._instruments)

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        self._measure(perf_counter() - self._began, error)
        for error_type in semconv.ERRORS_FROM_ZERO:
            guard.call(self._telemetry.count_error, error_type, 0)
        if error is not None:
            attributes = guard.call(self._telemetry.record_error, self._span, error)
            if attributes:
                guard.call(self._telemetry.count_error, attributes[semconv.ERROR_TYPE])
        guard.call(self._span.end)

    @guard.guarded
    def _measure(self, elapsed: float, error: BaseException | None) -> None:
        instruments = self._instruments
        if instruments is None:
            return
        instruments.pending.add(-1, self._pool)
        if error is None:
            of_span = trace.set_span_in_context(self._span)
            instruments.create_time.record(elapsed, self._pool, of_span)
            instruments.wait_time.record(elapsed, self._pool, of_span)
        elif self._telemetry.info.is_timeout(error):
            instruments.timeouts.add(1, self._pool)
