"""The choice of a tracer's span starter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from mssql.telemetry.sdk import versions
from mssql.telemetry.sdk.spans import PublicSpanStarter

if TYPE_CHECKING:
    from mssql.telemetry.sdk.spans import SpanStarter


def span_starter(tracer: trace.Tracer, scope: InstrumentationScope) -> SpanStarter | None:
    """Return the span starter of a tracer; None if it never samples a span."""
    if getattr(tracer, "sampler", None) is ALWAYS_OFF:
        return None
    return _of_tested_sdk(tracer, scope) or PublicSpanStarter(tracer)


def _of_tested_sdk(tracer: trace.Tracer, scope: InstrumentationScope) -> SpanStarter | None:
    """Return the span starter with private names; None if they cannot be used."""
    if not versions.ARE_TESTED:
        return None
    try:
        # Here, since a version that has moved a name must not keep telemetry from being imported.
        from mssql.telemetry.sdk.statement_spans import StatementSpanStarter, is_plain

        return StatementSpanStarter(tracer, scope) if is_plain(tracer) else None
    except (AttributeError, ImportError):
        return None
