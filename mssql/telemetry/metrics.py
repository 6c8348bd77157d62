"""The instruments that statements are observed with: one set for each pair of providers.

Follows "Semantic conventions for database client metrics",
https://opentelemetry.io/docs/specs/semconv/database/database-metrics/
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from opentelemetry import metrics, trace
from opentelemetry.metrics import Counter, Histogram, Meter
from opentelemetry.metrics import _internal as metrics_state

import mssql
from mssql.telemetry import semconv


class Instruments(NamedTuple):
    """A tracer, and the histograms and counters; those are None where nothing is measured."""

    tracer: trace.Tracer
    duration: Histogram | None
    returned_rows: Histogram | None
    plans: Counter | None


def find(tracer_provider: Any, meter_provider: Any) -> Instruments | None:
    """The instruments of the given providers, or where None of the global ones.

    None where there is no OpenTelemetry SDK to send anything to. This is asked for each cursor,
    since an SDK may be set up later than the connection.
    """
    # Read directly: the public get_tracer_provider() looks into os.environ on each call for as
    # long as no provider is set, which costs twenty times as much. A provider named there is
    # loaded by load_providers_of_environment().
    tracer_provider = tracer_provider or getattr(trace, "_TRACER_PROVIDER", None)
    meter_provider = meter_provider or global_meter_provider()
    if tracer_provider is None and meter_provider is None:
        return None
    return _instruments(tracer_provider, meter_provider)


def global_meter_provider() -> Any:
    """The application's meter provider, None where it has set up none."""
    return getattr(metrics_state, "_METER_PROVIDER", None)


def meter_of(meter_provider: Any) -> Meter | None:
    """This package's meter; None where nothing is measured."""
    if meter_provider is None or isinstance(meter_provider, metrics.NoOpMeterProvider):
        return None
    meter: Meter = meter_provider.get_meter(
        semconv.INSTRUMENTATION_NAME, mssql.__version__, semconv.SCHEMA_URL
    )
    return meter


def load_providers_of_environment() -> None:
    """Load the providers that OTEL_PYTHON_TRACER_PROVIDER and OTEL_PYTHON_METER_PROVIDER name."""
    trace.get_tracer_provider()
    metrics.get_meter_provider()


@lru_cache(maxsize=16)
def _instruments(tracer_provider: Any, meter_provider: Any) -> Instruments | None:
    traced = tracer_provider is not None and not isinstance(
        tracer_provider, trace.NoOpTracerProvider
    )
    meter = meter_of(meter_provider)
    if not traced and meter is None:
        return None
    tracer: trace.Tracer = trace.NoOpTracer()
    if traced:
        tracer = tracer_provider.get_tracer(
            semconv.INSTRUMENTATION_NAME, mssql.__version__, semconv.SCHEMA_URL
        )
    if meter is None:
        return Instruments(tracer, None, None, None)
    return Instruments(
        tracer,
        meter.create_histogram(
            semconv.OPERATION_DURATION,
            unit="s",
            description="Duration of database client operations.",
            explicit_bucket_boundaries_advisory=semconv.OPERATION_DURATION_BUCKETS,
        ),
        meter.create_histogram(
            semconv.RETURNED_ROWS,
            unit="{row}",
            description="The actual number of records returned by the database operation.",
            explicit_bucket_boundaries_advisory=semconv.RETURNED_ROWS_BUCKETS,
        ),
        meter.create_counter(
            semconv.PLANS,
            unit="{plan}",
            description="Query plans of slow statements, by what became of them.",
        ),
    )
