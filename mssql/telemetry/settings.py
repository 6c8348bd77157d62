"""`OPTIONS["telemetry"]`: what may be set, its defaults and its checks."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Mapping

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True)
class Settings:
    """The settings of one alias.

    enabled: false turns telemetry off for the alias.
    caller: record the application's own line that ran the statement (code.*).
    query_text: record db.query.text. Without it spans carry the summary only.
    plans: whose query plans are captured: "off", "slow" (statements that take plan_threshold or
        longer) or "every" (each execution's, for development).
    plan_threshold: milliseconds from which on a statement counts as slow.
    plan_interval: seconds until the plan of the same statement is captured anew.
    plans_per_minute: how many plans of slow statements are asked for in a minute, in all.
    tracer_provider, meter_provider, logger_provider: OpenTelemetry providers to use in place of
        the global ones.
    """

    enabled: bool = True
    caller: bool = True
    query_text: bool = True
    plans: str = "slow"
    plan_threshold: float = 500
    plan_interval: float = 300
    plans_per_minute: float = 60
    tracer_provider: Any = field(default=None, repr=False)
    meter_provider: Any = field(default=None, repr=False)
    logger_provider: Any = field(default=None, repr=False)


_SWITCHES = ("enabled", "caller", "query_text")
_PLANS = ("off", "slow", "every")
_AMOUNTS = {
    "plan_threshold": "milliseconds",
    "plan_interval": "seconds",
    "plans_per_minute": "plans",
}
_NAMES = tuple(entry.name for entry in fields(Settings))


def read(options: Mapping[str, Any] | bool | None) -> Settings:
    """The settings that `options`, the value of OPTIONS["telemetry"], asks for.

    True and None are the defaults, False is {"enabled": False}. Raises ImproperlyConfigured.
    """
    complaints = problems(options)
    if complaints:
        raise ImproperlyConfigured(" ".join(complaints))
    if isinstance(options, bool):
        return Settings(enabled=options)
    return Settings(**(options or {}))


def problems(options: object) -> list[str]:
    """What is wrong with `options`, one sentence each; empty where nothing is."""
    if options is None or isinstance(options, bool):
        return []
    if not isinstance(options, Mapping):
        return [f'OPTIONS["telemetry"] must be a dict or a bool, not {_kind(options)}.']
    found = []
    for name, value in options.items():
        if name not in _NAMES:
            found.append(
                f'OPTIONS["telemetry"] has no setting {name!r}; there are: {", ".join(_NAMES)}.'
            )
        elif name in _SWITCHES and not isinstance(value, bool):
            found.append(
                f'OPTIONS["telemetry"]["{name}"] must be True or False, not {_kind(value)}.'
            )
        elif name == "plans" and value not in _PLANS:
            found.append(
                f'OPTIONS["telemetry"]["plans"] must be "off", "slow" or "every", '
                f"not {_kind(value)}."
            )
        elif name in _AMOUNTS and not _is_not_negative(value):
            found.append(
                f'OPTIONS["telemetry"]["{name}"] must be a number of {_AMOUNTS[name]}, 0 or more, '
                f"not {_kind(value)}."
            )
    return found


def _is_not_negative(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def _kind(value: object) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return f"a value of type {type(value).__name__}"
