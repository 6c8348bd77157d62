"""The application's own providers, without the placeholders of OpenTelemetry's API."""

from __future__ import annotations

from typing import Any

from opentelemetry import metrics, trace

from mssql.telemetry.sdk import versions

# With the public functions each look costs twenty times as much while no provider is set: they
# search os.environ. A provider that is named there is loaded by load_providers_of_environment().


def global_tracer_provider() -> Any:
    """Return the global tracer provider; None if the application has set none."""
    try:
        if versions.ARE_TESTED:
            return trace._TRACER_PROVIDER
    except AttributeError:
        pass
    return _set_by_application(trace.get_tracer_provider())


def global_meter_provider() -> Any:
    """Return the global meter provider; None if the application has set none."""
    try:
        if versions.ARE_TESTED:
            return metrics._internal._METER_PROVIDER
    except AttributeError:
        pass
    return _set_by_application(metrics.get_meter_provider())


def _set_by_application(provider: object) -> Any:
    is_placeholder = type(provider).__module__.startswith(
        ("opentelemetry.trace", "opentelemetry.metrics")
    )
    return None if is_placeholder else provider


def load_providers_of_environment() -> None:
    """Load the providers that OTEL_PYTHON_TRACER_PROVIDER and OTEL_PYTHON_METER_PROVIDER name."""
    trace.get_tracer_provider()
    metrics.get_meter_provider()
