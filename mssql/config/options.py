"""The table of OPTIONS: each setting's type, its default, and why it is obsolete."""

from __future__ import annotations

import collections.abc
import difflib
from dataclasses import dataclass
from typing import Any, Iterator, Mapping

from mssql.auth.secrecy import HiddenValues
from mssql.config.problems import Problem, error, warning
from mssql.errors.retry import RetryPolicy
from mssql.tsql.identifiers import collation_name

ISOLATION_LEVELS = (
    "READ UNCOMMITTED",
    "READ COMMITTED",
    "REPEATABLE READ",
    "SNAPSHOT",
    "SERIALIZABLE",
)
PYTHON_DRIVERS = {
    "": "pyodbc",
    "pyodbc": "pyodbc",
    "mssql_python": "mssql_python",
    "mssql-python": "mssql_python",
    "python": "mssql_python",
}
_SUNDAY = 7  # Django's week_day lookup counts from Sunday
# OPTIONS["retry"], and the fields of RetryPolicy
_RETRY = {"deadline": "deadline", "initial": "initial", "max": "maximum"}


@dataclass(frozen=True)
class Option:
    """The type and default of an entry of OPTIONS.

    `types` are the Python types, `kind` is their description in messages. `choices` are compared
    without regard to case. `obsolete` is why the setting has no effect, if it has none.
    """

    kind: str
    types: tuple[type, ...]
    default: Any = None
    choices: tuple[str, ...] = ()
    obsolete: str = ""

    def accepts(self, value: object) -> bool:
        """Whether `value` is valid. None is: it leaves the default in force."""
        if value is None:
            return True
        if isinstance(value, bool) and bool not in self.types:
            return False
        if not isinstance(value, self.types):
            return False
        if self.choices:
            return str(value).lower() in {choice.lower() for choice in self.choices}
        return not isinstance(value, (int, float)) or value >= 0


def _text(default: str | None = None, obsolete: str = "") -> Option:
    return Option("a str", (str,), default, obsolete=obsolete)


def _number(default: float | None = None, obsolete: str = "") -> Option:
    return Option("a number that is not negative", (int, float), default, obsolete=obsolete)


def _whole(default: int | None = None) -> Option:
    return Option("a whole number that is not negative", (int,), default)


def _flag(default: bool = False, obsolete: str = "") -> Option:
    return Option("True or False", (bool,), default, obsolete=obsolete)


_CALLABLE: Any = collections.abc.Callable
_SECRET = Option("a str, or a callable that returns one", (str, _CALLABLE))
_ANYTHING = Option("anything", (object,))
_LIST = Option("a list of dicts", (list, tuple), ())
_DICT = Option("a dict", (dict,))
_NO_CHARSET = "Python 3 and pyodbc exchange Unicode; use setencoding and setdecoding instead"

OPTIONS: Mapping[str, Option] = {
    # As in mssql-django
    "collation": _text(),
    "connection_recovery_interval_msec": _number(
        obsolete="a lost connection is reopened by its next use"
    ),
    "connection_retries": _whole(),
    "connection_retry_backoff_time": _number(RetryPolicy.initial),
    "connection_timeout": _whole(0),
    "datefirst": Option("1 to 7", (int,), _SUNDAY, choices=tuple("1234567")),
    "driver": _text(),
    "driver_charset": _text(obsolete=_NO_CHARSET),
    "driver_needs_utf8": Option("anything", (object,), obsolete=_NO_CHARSET),
    "dsn": _text(),
    "extra_params": _text(""),
    "host_is_server": _flag(),
    "isolation_level": Option(
        "an isolation level", (str,), "READ COMMITTED", choices=ISOLATION_LEVELS
    ),
    "python_driver": Option("a driver", (str,), "", choices=tuple(PYTHON_DRIVERS)),
    "query_timeout": _whole(0),
    "return_rows_bulk_insert": _flag(),
    "setdecoding": _LIST,
    "setencoding": _LIST,
    "unicode_results": _flag(obsolete="Python 3 has Unicode text only"),
    # Sign-in
    "authentication": _text(""),
    "authority": _text(),
    "certificate_password": _SECRET,
    "certificate_path": _text(),
    "client_assertion": _ANYTHING,
    "client_id": _text(),
    "client_secret": _SECRET,
    "credential": _ANYTHING,
    "credential_options": _DICT,
    "login_hint": _text(),
    "managed_identity_client_id": _text(),
    "object_id": _text(),
    "resource_id": _text(),
    "service_connection_id": _text(),
    "system_access_token": _SECRET,
    "tenant_id": _text(),
    "token_file_path": _text(),
    "token_refresh_margin": _number(300),
    "token_scope": _text(""),
    "unverified_server": _flag(),
    "user_assertion": _SECRET,
    # This project's additions
    "embedded": _DICT,
    "error_values": _flag(),
    "fast_executemany": _flag(),
    "native_json": _flag(),
    "native_uuid": _flag(),
    "retry": _DICT,
    "schema": _text(),
    "telemetry": Option("a dict or a bool", (dict, bool)),
}


class Options(HiddenValues):
    """The values of OPTIONS; those that are not set, or set to None, are the defaults."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        value = self._values.get(name)
        return OPTIONS[name].default if value is None else value

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of `name`; if that is None, `default`."""
        value = self[name]
        return default if value is None else value

    @property
    def python_driver(self) -> str:
        """The Python package that connects: "pyodbc" or "mssql_python"."""
        return PYTHON_DRIVERS[self["python_driver"].lower()]

    @property
    def retry_policy(self) -> RetryPolicy:
        """OPTIONS["retry"], otherwise mssql-django's retries and their back-off time."""
        retry = self["retry"]
        if retry is not None:
            return RetryPolicy(**{_RETRY[name]: value for name, value in retry.items()})
        return RetryPolicy(
            initial=self["connection_retry_backoff_time"], attempts=self["connection_retries"]
        )


def problems(options: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the problems of single entries of OPTIONS."""
    for name, value in options.items():
        yield from _option_problems(name, value)
    yield from collation_problems("OPTIONS['collation']", options.get("collation"))
    yield from _retry_problems(options.get("retry"))


def _option_problems(name: Any, value: object) -> Iterator[Problem]:
    option = OPTIONS.get(name)
    setting = f"OPTIONS[{name!r}]"
    if option is None:
        near = difflib.get_close_matches(str(name), OPTIONS, n=1)
        guess = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(OPTIONS)}."
        yield error("E001", setting, f"OPTIONS has no setting {name!r}.", guess)
    elif not option.accepts(value):
        choices = ", ".join(filter(None, option.choices))
        expected = f"one of {choices}" if choices else option.kind
        yield error(
            "E002",
            setting,
            f"{setting} is {_kind(value)}, but must be {expected}.",
            "Correct it or leave it out.",
        )
    elif option.obsolete:
        yield warning(
            "W001", setting, f"{setting} has no effect.", f"Remove it: {option.obsolete}."
        )


def collation_problems(setting: str, name: Any) -> Iterator[Problem]:
    """Yield the problem of a setting that names a collation, if any."""
    if not isinstance(name, str) or not name:
        return
    try:
        collation_name(name, setting)
    except ValueError as refusal:
        yield error("E003", setting, str(refusal), "Correct it or leave it out.")


def _retry_problems(retry: Any) -> Iterator[Problem]:
    for name, value in (retry if isinstance(retry, dict) else {}).items():
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if name not in _RETRY or not is_number or value < 0:
            setting = f"OPTIONS['retry'][{name!r}]"
            yield error(
                "E005",
                setting,
                f"{setting} is not known or not a number of seconds.",
                f"Known: {', '.join(_RETRY)}, each in seconds and not negative.",
            )


def _kind(value: object) -> str:
    """Return the kind of a value, never the value: it might be a secret."""
    if isinstance(value, (int, float)):
        return repr(value)
    return f"a {type(value).__name__}"
