"""System checks of the settings.

`manage.py check` shows them all; a connection raises the first error before it opens.
"""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping

from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from mssql import drivers
from mssql.config import loading
from mssql.config.address import EMBEDDED_HOST
from mssql.config.connection_config import ConnectionConfig
from mssql.config.loading import LoadResult
from mssql.config.problems import Problem, error
from mssql.drivers.base import NEEDS_MICROSOFT
from mssql.telemetry.api import settings_problems

ENGINE = "mssql"


@register(Tags.database)
def check_settings(
    app_configs: Any = None, databases: Iterable[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Return the messages of all databases whose ENGINE is this backend.

    `databases`, those of --database, are left out: see DatabaseValidation.check.
    """
    return [
        message
        for alias in connections
        if connections.settings[alias]["ENGINE"] == ENGINE and alias not in (databases or ())
        for message in messages(connections.settings[alias], alias)
    ]


@register(Tags.database, Tags.security, deploy=True)
def check_deployment(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Return the errors of `check --deploy`: settings that are for development and tests only.

    DEBUG cannot decide that: test runners turn it off, and it is off by default.
    """
    return [
        Error(
            "HOST '(embedded)' is a stand-in for development and tests: it is not SQL Server, and "
            "its data is in a cache folder and may be lost when the machine stops.",
            hint="Set HOST to a SQL Server.",
            obj=f"DATABASES[{alias!r}]",
            id="mssql.E024",
        )
        for alias in connections
        if connections.settings[alias]["ENGINE"] == ENGINE
        and connections.settings[alias]["HOST"] == EMBEDDED_HOST
    ]


def load(
    settings_dict: Mapping[str, Any], alias: str, parameters: Mapping[str, Any] | None = None
) -> LoadResult:
    """Read DATABASES[alias] and check its telemetry; `parameters` override some settings."""
    return loading.load(settings_dict, alias, parameters, [_telemetry_problems])


def messages(settings_dict: Mapping[str, Any], alias: str) -> list[CheckMessage]:
    """Return all errors and warnings of one database's settings and of its driver."""
    return messages_of(load(settings_dict, alias))


def messages_of(result: LoadResult) -> list[CheckMessage]:
    """Return all errors and warnings of settings that were read, and of their driver."""
    problems = list(result.problems)
    if result.config is not None and not result.has_errors:
        problems += _driver_problems(result.config)
    return [_message(problem, result.alias) for problem in problems]


def _message(problem: Problem, alias: str) -> CheckMessage:
    level = Error if problem.is_error else Warning
    return level(
        problem.message,
        hint=problem.hint or None,
        obj=f"DATABASES[{alias!r}]",
        id=f"mssql.{problem.check_id}",
    )


def _telemetry_problems(options: Mapping[str, Any]) -> Iterator[Problem]:
    for sentence in settings_problems(options.get("telemetry")):
        yield error("E004", "OPTIONS['telemetry']", sentence, "See docs/telemetry.md.")


def _driver_problems(config: ConnectionConfig) -> Iterator[Problem]:
    try:
        driver = drivers.load(config.python_driver)
        is_microsoft = driver.detect_microsoft(config.options["driver"])
    except ImproperlyConfigured as refusal:
        yield error("E017", "OPTIONS['driver']", str(refusal))
        return
    sign_in = config.sign_in
    if (sign_in.needs_token or sign_in.mode is not None) and not is_microsoft:
        yield error("E018", "OPTIONS['driver']", NEEDS_MICROSOFT)
