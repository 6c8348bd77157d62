"""Protection from exceptions of processors, samplers, exporters and hooks.

The application's statement continues as if it were not observed. A warning names the code that
failed, without the exception's text and traceback, which may quote a value.
"""

from __future__ import annotations

import contextlib
import logging
from functools import wraps
from time import monotonic
from typing import Any, Callable, TypeVar

logger = logging.getLogger("mssql.telemetry")

Function = TypeVar("Function", bound=Callable[..., Any])
# Seconds between warnings of the same failure, which every statement may cause.
QUIET_SECONDS = 60.0
MOST_FAILURES = 1000
reported_at: dict[tuple[str, type], float] = {}


def call(function: Callable[..., Any], *arguments: Any, default: Any = None) -> Any:
    """Return the result of `function`, or `default` if it raises."""
    try:
        return function(*arguments)
    except Exception as error:  # noqa: BLE001 (not this package's)
        report(function, error)
        return default


def guarded(function: Function) -> Function:
    """Decorate a function that must not raise, so that it returns None instead."""

    @wraps(function)
    def call_guarded(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except Exception as error:  # noqa: BLE001 (not this package's)
            report(function, error)
            return None

    return call_guarded  # type: ignore[return-value]


def report(function: object, error: Exception) -> None:
    """Warn that a function, or an object with methods, has failed."""
    name = getattr(function, "__qualname__", type(function).__qualname__)
    key = name, type(error)
    now = monotonic()
    if now - reported_at.get(key, -QUIET_SECONDS) < QUIET_SECONDS:
        return
    if len(reported_at) >= MOST_FAILURES:
        reported_at.clear()
    reported_at[key] = now
    # A handler may be OpenTelemetry's own, whose log processors may fail as well.
    with contextlib.suppress(Exception):
        logger.warning(
            "Telemetry goes on without %s, which failed: %s.", name, type(error).__name__
        )
