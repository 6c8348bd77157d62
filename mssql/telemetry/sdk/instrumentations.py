"""Agreements between instrumentations: contexts without telemetry, and wrapped cursors."""

from __future__ import annotations

from typing import Any

from opentelemetry import context
from opentelemetry.context import Context

# The key of the SDK's exporters, and the one that instrumentations share. The first is used with
# any version that has it: without it a statement of an exporter would be exported itself.
_SUPPRESSED = getattr(context, "_SUPPRESS_INSTRUMENTATION_KEY", "suppress_instrumentation")
_SUPPRESSED_PLAIN = "suppress_instrumentation"
# The attribute of wrapt's proxies that contains the wrapped object.
WRAPPED = "__wrapped__"


def is_suppressed(current: Context) -> bool:
    """Return whether nothing is to be observed in a context."""
    return bool(current.get(_SUPPRESSED) or current.get(_SUPPRESSED_PLAIN))


def suppressed() -> Context:
    """Return the current context, with nothing to be observed in it."""
    current = context.get_current()
    for key in (_SUPPRESSED_PLAIN, _SUPPRESSED):
        current = context.set_value(key, True, current)
    return current


def unwrapped(cursor: Any) -> Any:
    """Return the driver's cursor that other instrumentations have wrapped by wrapt's convention."""
    while hasattr(cursor, WRAPPED):
        cursor = getattr(cursor, WRAPPED)
    return cursor
