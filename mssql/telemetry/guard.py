"""What is done if code that telemetry calls fails: processors, samplers, exporters, hooks.

The application's statement goes on as if nothing had been observed. A warning says what failed,
without the exception's text and traceback, which may quote a value.
"""

from __future__ import annotations

import contextlib
import logging
from functools import wraps
from time import monotonic
from typing import Any, Callable, TypeVar

logger = logging.getLogger("mssql.telemetry")

Function = TypeVar("Function", bound=Callable[..., Any])
# The same failure is told once in so many seconds: it may come with every statement.
QUIET_SECONDS = 60.0
MOST_FAILURES = 1000
_told: dict[tuple[str, type], float] = {}


def call(function: Callable[..., Any], *arguments: Any, default: Any = None) -> Any:
    """Return what `function` returns, `default` if it raises."""
    try:
        return function(*arguments)
    except Exception as error:  # noqa: BLE001 (another's own)
        report(function, error)
        return default


def guarded(function: Function) -> Function:
    """Decorate a function of telemetry that must not raise: it returns None instead."""

    @wraps(function)
    def call_guarded(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except Exception as error:  # noqa: BLE001 (another's own)
            report(function, error)
            return None

    return call_guarded  # type: ignore[return-value]


def report(called: object, error: Exception) -> None:
    """Warn that `called`, a function or an object that was called, has failed."""
    name = getattr(called, "__qualname__", type(called).__qualname__)
    key = name, type(error)
    now = monotonic()
    if now - _told.get(key, -QUIET_SECONDS) < QUIET_SECONDS:
        return
    if len(_told) >= MOST_FAILURES:
        _told.clear()
    _told[key] = now
    # A handler may be OpenTelemetry's own, whose log processors may fail as well.
    with contextlib.suppress(Exception):
        logger.warning(
            "Telemetry goes on without %s, which failed: %s.", name, type(error).__name__
        )
