"""The settings of `OPTIONS["telemetry"]`, their defaults and their checks."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from typing import Any, Callable, Mapping

from django.core.exceptions import ImproperlyConfigured

from mssql.telemetry import semconv

# The tags of sqlcommenter, https://google.github.io/sqlcommenter/spec/, that have few values.
COMMENT_TAGS = ("application", "framework", "route", "controller")
# Attributes of spans that metrics may have as well.
METRIC_ATTRIBUTES = (semconv.HTTP_ROUTE, semconv.DJANGO_ALIAS)
# The name in OTEL_PYTHON_DISABLED_INSTRUMENTATIONS that turns telemetry off.
INSTRUMENTATION = "mssql"


@dataclass(frozen=True)
class Settings:
    """The settings of one alias.

    enabled: false turns telemetry off for the alias.
    caller: record the application's own line that ran the statement (code.*).
    query_text: record db.query.text. Without it spans carry the summary only.
    parameters: record the values of parameters (db.query.parameter.*), never those of batches.
    parameter_hook: called with (index, value), returns the value to record instead; None records
        no value.
    filter: called with a statement's text; if it returns False, the statement is not recorded.
    require_parent: record spans only inside another span, such as a request's.
    request_hook: called with (span, sql, parameters) before a recorded statement is sent.
    response_hook: called with (span, rows, error) before a recorded statement's span ends; `rows`
        is None if it returned no rows, `error` the driver's exception or None.
    transactions: record a span of each BEGIN, COMMIT and ROLLBACK.
    context_info: send the trace to the server by SET CONTEXT_INFO.
    comment_tags: the tags to append to each statement as a comment, of COMMENT_TAGS.
    metric_attributes: the attributes that the metrics of statements have in addition, of
        METRIC_ATTRIBUTES; each multiplies the number of series.
    azure_monitor: repeat under `mssql.` the attributes that Azure Monitor's exporter drops; None:
        if it is loaded.
    plans: the executions whose query plans are captured: "off", "slow" (those that take
        plan_threshold or longer) or "every" (for development).
    plan_threshold: the milliseconds after which a statement is slow.
    plan_interval: the seconds until the plan of the same statement is captured again.
    plans_per_minute: the number of plans of slow statements per minute, in all.
    tracer_provider, meter_provider, logger_provider: OpenTelemetry providers to use instead of
        the global ones.
    """

    enabled: bool = True
    caller: bool = True
    query_text: bool = True
    parameters: bool = False
    parameter_hook: Callable[[int, Any], Any] | None = field(default=None, repr=False)
    filter: Callable[[str], bool] | None = field(default=None, repr=False)
    require_parent: bool = False
    request_hook: Callable[[Any, str, Any], None] | None = field(default=None, repr=False)
    response_hook: Callable[[Any, Any, Any], None] | None = field(default=None, repr=False)
    transactions: bool = False
    context_info: bool = False
    comment_tags: tuple[str, ...] = ()
    metric_attributes: tuple[str, ...] = ()
    azure_monitor: bool | None = None
    plans: str = "slow"
    plan_threshold: float = 500
    plan_interval: float = 300
    plans_per_minute: float = 60
    tracer_provider: Any = field(default=None, repr=False)
    meter_provider: Any = field(default=None, repr=False)
    logger_provider: Any = field(default=None, repr=False)


_PLANS = ("off", "slow", "every")
_NAMES = tuple(entry.name for entry in fields(Settings))


def read(options: Mapping[str, Any] | bool | None) -> Settings:
    """Return the settings of `options`, the value of OPTIONS["telemetry"].

    True and None are the defaults, False is {"enabled": False}, and so is everything if
    OTEL_PYTHON_DISABLED_INSTRUMENTATIONS contains "mssql". Raises ImproperlyConfigured.
    """
    sentences = problems(options)
    if sentences:
        raise ImproperlyConfigured(" ".join(sentences))
    values: dict[str, Any]
    values = {"enabled": options} if isinstance(options, bool) else dict(options or {})
    for name in ("comment_tags", "metric_attributes"):
        if name in values:
            values[name] = tuple(values[name])
    disabled = os.environ.get("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "")
    if INSTRUMENTATION in (name.strip() for name in disabled.split(",")):
        values["enabled"] = False
    return Settings(**values)


def problems(options: object) -> list[str]:
    """Return a sentence for each invalid setting of `options`."""
    if options is None or isinstance(options, bool):
        return []
    if not isinstance(options, Mapping):
        return [f'OPTIONS["telemetry"] must be a dict or a bool, not {_kind(options)}.']
    sentences = []
    for name, value in options.items():
        if name not in _NAMES:
            sentences.append(
                f'OPTIONS["telemetry"] has no setting {name!r}. Its settings: {", ".join(_NAMES)}.'
            )
        elif name in _RULES and not _RULES[name][0](value):
            sentences.append(
                f'OPTIONS["telemetry"]["{name}"] must be {_RULES[name][1]}, not {_kind(value)}.'
            )
    if options.get("parameter_hook") and options.get("parameters") is not True:
        sentences.append('OPTIONS["telemetry"]["parameter_hook"] requires "parameters": True.')
    return sentences


def _is_switch(value: object) -> bool:
    return isinstance(value, bool)


def _is_hook(value: object) -> bool:
    return value is None or callable(value)


def _is_not_negative(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def _are_tags(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(tag in COMMENT_TAGS for tag in value)


def _are_metric_attributes(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(name in METRIC_ATTRIBUTES for name in value)


# By setting: its check, and the value that a message requires.
_RULES: dict[str, tuple[Callable[[object], bool], str]] = {
    **dict.fromkeys(
        (
            *("enabled", "caller", "query_text", "parameters", "require_parent"),
            *("transactions", "context_info"),
        ),
        (_is_switch, "True or False"),
    ),
    "azure_monitor": (
        lambda value: value is None or isinstance(value, bool),
        "True, False or None to find out",
    ),
    **dict.fromkeys(
        ("parameter_hook", "filter", "request_hook", "response_hook"),
        (_is_hook, "a function or None"),
    ),
    "comment_tags": (_are_tags, f"a list of some of {', '.join(COMMENT_TAGS)}"),
    "metric_attributes": (
        _are_metric_attributes,
        f"a list of some of {', '.join(METRIC_ATTRIBUTES)}",
    ),
    "plans": (_PLANS.__contains__, '"off", "slow" or "every"'),
    "plan_threshold": (_is_not_negative, "a number of milliseconds, 0 or more"),
    "plan_interval": (_is_not_negative, "a number of seconds, 0 or more"),
    "plans_per_minute": (_is_not_negative, "a number of plans, 0 or more"),
}


def _kind(value: object) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return f"a value of type {type(value).__name__}"
