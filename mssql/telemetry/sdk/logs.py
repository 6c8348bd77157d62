"""Events of OpenTelemetry's logs, whose API is private until it is declared stable.

Follows "Logs API", https://opentelemetry.io/docs/specs/otel/logs/api/
"""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import Any, Callable, Mapping

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
    of_span = trace.set_span_in_context(trace.NonRecordingSpan(span_context))
    values = {
        "timestamp": timestamp,
        "severity_number": logs.SeverityNumber.INFO,
        "body": body,
    }
    if _has_parameter(logger_class.emit, "event_name"):
        logger.emit(context=of_span, attributes=attributes, event_name=name, **values)
        return
    # Earlier the caller built the record, of a class of the SDK.
    from opentelemetry.sdk import _logs as sdk_logs

    record_class: Any = sdk_logs.LogRecord  # type: ignore[attr-defined]
    values["resource"] = getattr(logger, "resource", None)
    if _has_parameter(record_class.__init__, "event_name"):  # from 1.35
        record = record_class(context=of_span, attributes=attributes, event_name=name, **values)
    else:
        record = record_class(
            trace_id=span_context.trace_id,
            span_id=span_context.span_id,
            trace_flags=span_context.trace_flags,
            attributes={**attributes, "event.name": name},
            **values,
        )
    logger.emit(record)


@lru_cache(maxsize=32)
def _has_parameter(function: Callable[..., Any], name: str) -> bool:
    """Return whether a function has a parameter of a name, or any named parameters."""
    parameters = inspect.signature(function).parameters
    return name in parameters or any(
        parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values()
    )
