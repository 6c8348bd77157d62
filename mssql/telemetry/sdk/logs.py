"""Events of OpenTelemetry's logs, whose API is private until it is declared stable.

Follows "Logs API", https://opentelemetry.io/docs/specs/otel/logs/api/
"""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import Any, Mapping

from opentelemetry import trace


def emit_event(
    logger_provider: Any,
    scope: tuple[str, str, str],
    name: str,
    timestamp: int,
    span_context: trace.SpanContext,
    body: str | None,
    attributes: Mapping[str, Any],
) -> None:
    """Emit an event of a span through a logger provider, or through the global one if None.

    `scope` is the logger's name, version and schema URL, `timestamp` in nanoseconds since 1970.
    """
    # Here, so that telemetry lacks its events only if the name is missing.
    from opentelemetry import _logs as logs

    logger: Any = (logger_provider or logs.get_logger_provider()).get_logger(*scope)
    logger_class: Any = type(logger)
    if _has_parameters_for_values(logger_class):
        logger.emit(
            timestamp=timestamp,
            context=trace.set_span_in_context(trace.NonRecordingSpan(span_context)),
            severity_number=logs.SeverityNumber.INFO,
            body=body,
            attributes=attributes,
            event_name=name,
        )
        return
    # Before 1.36 the caller built the record, of a class of the SDK.
    from opentelemetry.sdk import _logs as sdk_logs

    record_class: Any = sdk_logs.LogRecord  # type: ignore[attr-defined]
    logger.emit(
        record_class(
            timestamp=timestamp,
            trace_id=span_context.trace_id,
            span_id=span_context.span_id,
            trace_flags=span_context.trace_flags,
            severity_number=logs.SeverityNumber.INFO,
            body=body,
            attributes={**attributes, "event.name": name},
        )
    )


@lru_cache(maxsize=16)
def _has_parameters_for_values(logger_class: Any) -> bool:
    """Return whether emit() has a parameter for each value of an event."""
    parameters = inspect.signature(logger_class.emit).parameters
    return "event_name" in parameters or any(
        parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values()
    )
