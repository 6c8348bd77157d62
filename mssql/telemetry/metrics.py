"""The instruments for statements, one set for each pair of providers.

Follows "Semantic conventions for database client metrics",
https://opentelemetry.io/docs/specs/semconv/database/database-metrics/
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Sequence

from opentelemetry import metrics, trace
from opentelemetry.metrics import Counter, Histogram, Meter
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

import mssql
from mssql.telemetry import open_transactions, semconv
from mssql.telemetry.sdk.measurements import Operations
from mssql.telemetry.sdk.providers import global_meter_provider, global_tracer_provider
from mssql.telemetry.sdk.starters import span_starter

if TYPE_CHECKING:
    from mssql.telemetry.sdk.spans import SpanStarter


class PlanCounters(NamedTuple):
    """The counters of requests for plans, of changed plans, and of warnings in plans."""

    outcomes: Counter
    changes: Counter
    warnings: Counter


class Instruments(NamedTuple):
    """The starter of spans and the instruments of a meter, each None if there is no SDK."""

    spans: SpanStarter | None = None
    operations: Operations | None = None
    batch_size: Histogram | None = None
    transaction_duration: Histogram | None = None
    errors: Counter | None = None
    plans: PlanCounters | None = None


def find(tracer_provider: Any, meter_provider: Any) -> Instruments | None:
    """Return the instruments of two providers, of the global ones in place of None.

    None if there is no OpenTelemetry SDK to send anything to. This is called for each cursor,
    since an SDK may be set up later than the connection.
    """
    tracer_provider = tracer_provider or global_tracer_provider()
    meter_provider = meter_provider or global_meter_provider()
    if tracer_provider is None and meter_provider is None:
        return None
    return _instruments(tracer_provider, meter_provider)


def meter_of(meter_provider: Any) -> Meter | None:
    """Return this package's meter; None if nothing is measured."""
    if meter_provider is None or isinstance(meter_provider, metrics.NoOpMeterProvider):
        return None
    meter: Meter = meter_provider.get_meter(
        semconv.INSTRUMENTATION_NAME, mssql.__version__, semconv.SCHEMA_URL
    )
    return None if isinstance(meter, metrics.NoOpMeter) else meter


@lru_cache(maxsize=16)
def _instruments(tracer_provider: Any, meter_provider: Any) -> Instruments | None:
    spans, meter = _span_starter(tracer_provider), meter_of(meter_provider)
    if meter is not None:
        open_transactions.observe(meter, meter_provider)
        return _with_histograms(spans, meter)
    return None if spans is None else Instruments(spans)


def _span_starter(tracer_provider: Any) -> SpanStarter | None:
    """Return the starter of spans; None if there is no SDK, or OTEL_SDK_DISABLED is true."""
    if tracer_provider is None:
        return None
    scope = (semconv.INSTRUMENTATION_NAME, mssql.__version__)
    tracer = tracer_provider.get_tracer(*scope, schema_url=semconv.SCHEMA_URL)
    if isinstance(tracer, trace.NoOpTracer):
        return None
    return span_starter(tracer, InstrumentationScope(*scope, semconv.SCHEMA_URL))


def _with_histograms(spans: SpanStarter | None, meter: Meter) -> Instruments:
    def histogram(name: str, unit: str, buckets: Sequence[float], description: str) -> Histogram:
        return meter.create_histogram(
            name,
            unit=unit,
            description=description,
            explicit_bucket_boundaries_advisory=buckets,
        )

    return Instruments(
        spans,
        operations=Operations(
            histogram(
                semconv.OPERATION_DURATION,
                "s",
                semconv.OPERATION_DURATION_BUCKETS,
                "Duration of database client operations.",
            ),
            histogram(
                semconv.RETURNED_ROWS,
                "{row}",
                semconv.RETURNED_ROWS_BUCKETS,
                "The actual number of records returned by the database operation.",
            ),
        ),
        batch_size=histogram(
            semconv.BATCH_SIZE,
            "{operation}",
            semconv.BATCH_SIZE_BUCKETS,
            "Parameter sets of executemany, where they are not one.",
        ),
        transaction_duration=histogram(
            semconv.TRANSACTION_DURATION,
            "s",
            semconv.OPERATION_DURATION_BUCKETS,
            "Duration of transactions, from BEGIN to COMMIT or ROLLBACK.",
        ),
        errors=meter.create_counter(
            semconv.ERRORS,
            unit="{error}",
            description="Statements and logins that failed, by SQL Server's error number.",
        ),
        plans=PlanCounters(
            meter.create_counter(
                semconv.PLANS,
                unit="{plan}",
                description="Query plans of slow statements, by the outcome of their capture.",
            ),
            meter.create_counter(
                semconv.PLAN_CHANGES,
                unit="{change}",
                description="New plans of statements that had another plan before.",
            ),
            meter.create_counter(
                semconv.PLAN_WARNINGS_COUNT,
                unit="{warning}",
                description="Warnings in captured plans, by kind.",
            ),
        ),
    )
