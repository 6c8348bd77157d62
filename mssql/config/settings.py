"""The settings of one database, read once into one object.

mssql/checks.py judges them; what is read here has passed it.
"""

from __future__ import annotations

import collections.abc
from dataclasses import dataclass, field
from typing import Any, Mapping

from mssql.auth.secrecy import HiddenText, HiddenValues, Secretive, traceless
from mssql.config.connection_string import Keywords, parse
from mssql.errors.retry import RetryPolicy

EMBEDDED_HOST = "(embedded)"
DEFAULT_PORT = 1433

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


@dataclass(frozen=True)
class ConnectionSettings(Secretive):
    """What DATABASES says of one alias. `host` has no port; `port` is None for the default."""

    alias: str
    database: str
    host: str
    port: int | None
    user: str
    password: str = field(repr=False)
    token: Any = field(repr=False)
    trusted_connection: str
    extra: Keywords
    options: HiddenValues

    @property
    def address(self) -> str:
        """The bare name or address of the server: no protocol, instance or port."""
        name = self.host.rpartition("\\")[0] or self.host
        return name.partition(":")[2] if name[:4].lower() in ("tcp:", "lpc:") else name

    @property
    def instance(self) -> str:
        """The named instance of HOST "server\\instance", or ""."""
        return self.host.partition("\\")[2]

    @property
    def server(self) -> str:
        """HOST and PORT as ODBC's keyword Server takes them."""
        return self.host if self.port is None else f"{self.host},{self.port}"

    @property
    def is_embedded(self) -> bool:
        """Whether HOST asks for the embedded server."""
        return self.host == EMBEDDED_HOST

    @property
    def python_driver(self) -> str:
        """The Python package that connects: "pyodbc" or "mssql_python"."""
        return PYTHON_DRIVERS[(self.options.get("python_driver") or "").lower()]

    @property
    def authentication(self) -> str:
        """The keyword of the authentication mode, or "" for a SQL or Windows login."""
        return str(self.options.get("authentication") or self.extra.get("Authentication") or "")

    @property
    def sign_in(self) -> HiddenValues:
        """Everything that an authentication mode may read."""
        user = self.user or self.extra.get("UID") or ""
        password = self.password or self.extra.get("PWD") or ""
        return HiddenValues(self.options, {"USER": user, "PASSWORD": password})

    @property
    def retry_policy(self) -> RetryPolicy:
        """OPTIONS["retry"], else mssql-django's connection_retries and their back-off time."""
        chosen = self.options.get("retry")
        if chosen is not None:
            known = {"deadline": "deadline", "initial": "initial", "max": "maximum"}
            return RetryPolicy(**{known[name]: value for name, value in chosen.items()})
        retries = self.options.get("connection_retries")
        wait = self.options.get("connection_retry_backoff_time", RetryPolicy.initial)
        return RetryPolicy(initial=wait, attempts=retries)

    @property
    def key(self) -> tuple[str, str, str | None]:
        """Equal for connections that reach the same database of the same server."""
        return (self.server.lower(), self.database, self.options.get("dsn"))


@traceless
def read(settings_dict: Mapping[str, Any], alias: str) -> ConnectionSettings:
    """The settings of DATABASES[alias].

    NAME None means master, as Django asks for it to create and drop databases.
    """
    options = settings_dict.get("OPTIONS") or {}
    return ConnectionSettings(
        alias=alias,
        **connection_parameters(settings_dict),
        password=settings_dict.get("PASSWORD") or "",
        token=settings_dict.get("TOKEN"),
        trusted_connection=settings_dict.get("Trusted_Connection") or "yes",
        extra=parse(options.get("extra_params") or "", "OPTIONS['extra_params']"),
        options=HiddenValues(options),
    )


def connection_parameters(settings_dict: Mapping[str, Any]) -> dict[str, Any]:
    """Return database, host, port (None for the default) and user of DATABASES[alias]."""
    host, port = split_host(settings_dict.get("HOST") or "localhost")
    name = settings_dict.get("NAME")
    return {
        "database": "master" if name is None else name,
        "host": host,
        "port": int(settings_dict.get("PORT") or port or 0) or None,
        "user": settings_dict.get("USER") or "",
    }


def with_parameters(
    settings_dict: Mapping[str, Any], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Return DATABASES[alias] with these parameters in place of its own."""
    names = {"database": "NAME", "host": "HOST", "port": "PORT", "user": "USER"}
    return {
        **settings_dict,
        **{setting: parameters[name] for name, setting in names.items() if name in parameters},
    }


def hide_secrets(options: Any) -> None:
    """Let no repr of OPTIONS show a secret that Django's debug page cannot tell by its name."""
    for name in ("extra_params", "user_assertion"):
        value = (options or {}).get(name)
        if isinstance(value, str) and (name != "extra_params" or "pwd" in value.lower()):
            options[name] = HiddenText(value)


def split_host(host: str) -> tuple[str, str]:
    """HOST "server,1433" in its two parts; the second is "" where HOST has no port."""
    name, _, port = host.strip().partition(",")
    return name.strip(), port.strip()


@dataclass(frozen=True)
class Option:
    """What an entry of OPTIONS may be. `choices` are compared without regard to case."""

    kind: str
    types: tuple[type, ...]
    choices: tuple[str, ...] = ()
    obsolete: str = ""

    def accepts(self, value: object) -> bool:
        """Whether `value` is of the right kind; None always leaves the default in force."""
        if value is None:
            return True
        if isinstance(value, bool) and bool not in self.types:
            return False
        if not isinstance(value, self.types):
            return False
        if self.choices:
            return str(value).lower() in {choice.lower() for choice in self.choices}
        return not isinstance(value, (int, float)) or value >= 0


def _text(obsolete: str = "") -> Option:
    return Option("a str", (str,), obsolete=obsolete)


def _number(obsolete: str = "") -> Option:
    return Option("a number that is not negative", (int, float), obsolete=obsolete)


_WHOLE = Option("a whole number that is not negative", (int,))
_FLAG = Option("True or False", (bool,))
_SECRET = Option("a str, or a callable that gives one", (str, collections.abc.Callable))  # type: ignore[arg-type]
_ANYTHING = Option("anything", (object,))
_LIST = Option("a list of dicts", (list, tuple))
_DICT = Option("a dict", (dict,))
_NO_CHARSET = "Python 3 and pyodbc exchange Unicode; use setencoding and setdecoding instead"

OPTIONS: Mapping[str, Option] = {
    # As mssql-django reads them
    "collation": _text(),
    "connection_recovery_interval_msec": _number("a lost connection is reopened by its next use"),
    "connection_retries": _WHOLE,
    "connection_retry_backoff_time": _number(),
    "connection_timeout": _WHOLE,
    "datefirst": Option("1 to 7", (int,), choices=tuple("1234567")),
    "driver": _text(),
    "driver_charset": _text(_NO_CHARSET),
    "driver_needs_utf8": Option("anything", (object,), obsolete=_NO_CHARSET),
    "dsn": _text(),
    "extra_params": _text(),
    "host_is_server": _FLAG,
    "isolation_level": Option("an isolation level", (str,), choices=ISOLATION_LEVELS),
    "python_driver": Option("a driver", (str,), choices=tuple(PYTHON_DRIVERS)),
    "query_timeout": _WHOLE,
    "return_rows_bulk_insert": _FLAG,
    "setdecoding": _LIST,
    "setencoding": _LIST,
    "unicode_results": Option(
        "True or False", (bool,), obsolete="Python 3 knows Unicode text only"
    ),
    # Sign-in
    "authentication": _text(),
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
    "token_refresh_margin": _number(),
    "token_scope": _text(),
    "unverified_server": _FLAG,
    "user_assertion": _SECRET,
    # This project's own
    "embedded": _DICT,
    "error_values": _FLAG,
    "fast_executemany": _FLAG,
    "native_json": _FLAG,
    "native_uuid": _FLAG,
    "retry": _DICT,
    "schema": _text(),
    "telemetry": Option("a dict or a bool", (dict, bool)),
}
