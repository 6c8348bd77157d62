"""How long transactions last, and their BEGIN, COMMIT and ROLLBACK as spans where asked for."""

from __future__ import annotations

from contextlib import contextmanager
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Iterator

from opentelemetry import context
from opentelemetry.trace import INVALID_SPAN, Span, Status, StatusCode

from mssql.telemetry import errors, metrics, semconv
from mssql.telemetry.cursor import is_suppressed

if TYPE_CHECKING:
    from mssql.telemetry.connection import Telemetry
    from mssql.telemetry.metrics import Instruments


class Transactions:
    """The transactions of one connection, one after the other."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._since: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether a transaction has begun and not ended."""
        return self._since is not None

    @contextmanager
    def begin(self) -> Iterator[None]:
        """Around what begins a transaction."""
        with self._observed("BEGIN TRANSACTION"):
            yield
        self._since = perf_counter_ns()

    @contextmanager
    def end(self, outcome: str) -> Iterator[None]:
        """Around what ends it, the `outcome` being "commit" or "rollback". Where none is open this
        observes nothing."""
        since, self._since = self._since, None
        if since is None:
            yield
            return
        with self._observed(f"{outcome.upper()} TRANSACTION"):
            yield
        instruments = self._instruments()
        if instruments is not None and instruments.transaction_duration is not None:
            instruments.transaction_duration.record(
                (perf_counter_ns() - since) / 1e9,
                {**self._telemetry.endpoint.measured, semconv.TRANSACTION_OUTCOME: outcome},
            )

    def _instruments(self) -> Instruments | None:
        chosen = self._telemetry.settings
        if not chosen.enabled:
            return None
        return metrics.find(chosen.tracer_provider, chosen.meter_provider)

    @contextmanager
    def _observed(self, name: str) -> Iterator[None]:
        telemetry, current = self._telemetry, context.get_current()
        instruments = self._instruments() if telemetry.settings.transactions else None
        span: Span = INVALID_SPAN
        if (
            instruments is not None
            and instruments.start_span is not None
            and not is_suppressed(current)
            and not telemetry.lacks_parent(current)
        ):
            attributes = telemetry.described(telemetry.endpoint.statement(name, False), None)
            span = instruments.start_span(name, current, attributes, time_ns())
        try:
            yield
        except BaseException as error:
            number = telemetry.info.error_number(error)
            error_type, code, description = errors.describe(error, number)
            span.set_attribute(semconv.ERROR_TYPE, error_type)
            if code is not None:
                span.set_attribute(semconv.DB_RESPONSE_STATUS_CODE, code)
            span.set_status(Status(StatusCode.ERROR, description))
            raise
        finally:
            span.end()
