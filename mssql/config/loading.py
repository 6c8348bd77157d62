"""Loading of DATABASES[alias] into a configuration and a list of problems."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Iterator, Mapping

from django.core.exceptions import ImproperlyConfigured

from mssql.auth.secrecy import HiddenValues, Secretive, traceless
from mssql.auth.sendable import defect
from mssql.config import address, connection_string, options, sign_in_problems, verification
from mssql.config.address import Address, split_host
from mssql.config.connection_config import ConnectionConfig, SignInSettings
from mssql.config.connection_string import Keywords
from mssql.config.odbc_keywords import ODBC_KEYWORDS
from mssql.config.options import Options
from mssql.config.problems import Problem, error, warning
from mssql.config.sign_in import sign_in

EXTRA_PARAMS = "OPTIONS['extra_params']"
_TEXTS = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "TOKEN", "Trusted_Connection")
_SETTING_OF_PARAMETER = {"database": "NAME", "host": "HOST", "port": "PORT", "user": "USER"}

OptionsCheck = Callable[[Mapping[str, Any]], Iterable[Problem]]


@dataclass(frozen=True)
class LoadResult(Secretive):
    """The configuration of an alias, None if the settings cannot be read, and their problems."""

    alias: str
    config: ConnectionConfig | None
    problems: tuple[Problem, ...]

    @property
    def has_errors(self) -> bool:
        """Whether the settings cannot work."""
        return _has_errors(self.problems)

    def require(self) -> ConnectionConfig:
        """Return the configuration. Raises ImproperlyConfigured with the first error."""
        for problem in self.problems:
            if problem.is_error:
                raise ImproperlyConfigured(f"DATABASES[{self.alias!r}]: {problem}")
        assert self.config is not None
        return self.config


@traceless
def load(
    settings_dict: Mapping[str, Any],
    alias: str,
    parameters: Mapping[str, Any] | None = None,
    options_checks: Iterable[OptionsCheck] = (),
) -> LoadResult:
    """Read DATABASES[alias]. Checking stops after settings that cannot be read.

    Parameters:
        parameters: override some settings; see connection_parameters.
        options_checks: yield the problems of OPTIONS that other packages read.
    """
    loader = _Loader(settings_dict, alias, parameters or {})
    config = loader.config() if loader.check_types(options_checks) else None
    return LoadResult(alias, config, tuple(loader.problems))


def connection_parameters(settings_dict: Mapping[str, Any]) -> dict[str, Any]:
    """Return database, host, port (None for the default) and user of DATABASES[alias].

    NAME None means master, as Django connects to create and drop databases. Nothing is checked: an
    invalid port is returned as it is.
    """
    host, port = split_host(settings_dict.get("HOST") or "localhost")
    name = settings_dict.get("NAME")
    port = str(settings_dict.get("PORT") or port)
    return {
        "database": "master" if name is None else name,
        "host": host,
        "port": int(port) if port.isdecimal() else port or None,
        "user": settings_dict.get("USER") or "",
    }


def _with_parameters(
    settings_dict: Mapping[str, Any], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    changes = {
        setting: parameters[name]
        for name, setting in _SETTING_OF_PARAMETER.items()
        if name in parameters
    }
    return {**settings_dict, **changes}


def _has_errors(problems: Iterable[Problem]) -> bool:
    return any(problem.is_error for problem in problems)


class _Loader(Secretive):
    """The reading of one DATABASES[alias], in two steps, with the problems so far."""

    def __init__(
        self, settings_dict: Mapping[str, Any], alias: str, parameters: Mapping[str, Any]
    ) -> None:
        self.problems: list[Problem] = []
        self._alias = alias
        self._settings = _with_parameters(settings_dict, parameters)
        self._sign_in_settings = SignInSettings.of(settings_dict)
        self._options = Options(settings_dict.get("OPTIONS") or {})
        self._extra = Keywords()

    def check_types(self, options_checks: Iterable[OptionsCheck]) -> bool:
        """Check the types of all settings; return whether they can be read."""
        values = self._settings.get("OPTIONS") or {}
        self.problems += options.problems(values)
        for check in options_checks:
            self.problems += check(values)
        collation = (self._settings.get("TEST") or {}).get("COLLATION")
        self.problems += options.collation_problems("TEST['COLLATION']", collation)
        self.problems += address.problems(self._settings)
        try:
            if isinstance(self._options["extra_params"], str):  # otherwise E002 was found
                self._extra = connection_string.parse(self._options["extra_params"], EXTRA_PARAMS)
        except ImproperlyConfigured as refusal:
            self.problems.append(error("E009", EXTRA_PARAMS, str(refusal)))
        return not _has_errors(self.problems)

    def config(self) -> ConnectionConfig | None:
        """Return the configuration, None if it cannot be sent or if there is no such sign-in."""
        unsendable_texts = list(_unsendable_texts(self._settings, self._options, self._extra))
        if unsendable_texts:
            self.problems += unsendable_texts
            return None
        self.problems += _keyword_problems(self._options, self._extra)
        parameters = connection_parameters(self._settings)
        server = Address(parameters["host"], parameters["port"])
        values = self._sign_in_values(parameters["user"])
        ambiguity = list(sign_in_problems.ambiguity(values, self._extra))
        self.problems += ambiguity
        try:
            connection_sign_in = sign_in(server.name, values, self._extra)
        except ImproperlyConfigured as refusal:
            if not ambiguity:
                self.problems.append(_unknown_mode(refusal))
            return None
        config = ConnectionConfig(
            alias=self._alias,
            database=parameters["database"],
            address=server,
            user=parameters["user"],
            password=values["PASSWORD"],
            extra=self._extra,
            options=self._options,
            python_driver=self._options.python_driver,
            retry_policy=self._options.retry_policy,
            sign_in=connection_sign_in,
            sign_in_settings=self._sign_in_settings,
        )
        if not ambiguity:
            self.problems += _sign_in_problems(config)
        return config

    def _sign_in_values(self, user: str) -> HiddenValues:
        """Return all settings that a sign-in may read."""
        return HiddenValues(
            self._options,
            {
                "token_refresh_margin": self._options["token_refresh_margin"],
                "USER": user,
                "PASSWORD": self._settings.get("PASSWORD") or "",
                "TOKEN": self._settings.get("TOKEN"),
                "Trusted_Connection": self._settings.get("Trusted_Connection") or "yes",
            },
        )


def _unknown_mode(refusal: ImproperlyConfigured) -> Problem:
    return error("E011", "OPTIONS['authentication']", str(refusal), "See docs/authentication.md.")


def _sign_in_problems(config: ConnectionConfig) -> list[Problem]:
    problems = list(sign_in_problems.problems(config))
    if not _has_errors(problems):
        problems += verification.problems(config)
    return problems


def _unsendable_texts(
    settings: Mapping[str, Any], options: Options, extra: Keywords
) -> Iterator[Problem]:
    values = {name: settings.get(name) for name in _TEXTS}
    values.update({f"OPTIONS[{name!r}]": options[name] for name in options})
    values.pop(EXTRA_PARAMS, None)
    values.update({f"{name} in {EXTRA_PARAMS}": value for name, value in extra.items()})
    for setting, value in values.items():
        if isinstance(value, str) and defect(value):
            yield error(
                "E020",
                setting,
                f"{setting} is a str with {defect(value)}, which no driver can send.",
                "Remove the character; bytes are decoded with errors='strict'.",
            )


def _keyword_problems(options: Options, extra: Keywords) -> Iterator[Problem]:
    refuses = options.python_driver == "mssql_python"
    for name in extra:
        if name.lower() not in ODBC_KEYWORDS and not options["driver"]:
            near = difflib.get_close_matches(name.lower(), ODBC_KEYWORDS, n=1)
            guess = f"Did you mean {near[0]!r}?" if near else "Remove it."
            does = "mssql-python refuses" if refuses else "Microsoft's ODBC driver ignores"
            yield warning(
                "W003",
                EXTRA_PARAMS,
                f"{EXTRA_PARAMS} contains {name!r}, which {does}.",
                f"{guess} See https://learn.microsoft.com/sql/connect/odbc/"
                "dsn-connection-string-attribute.",
            )
    if "PWD" in extra:
        yield warning(
            "W004",
            EXTRA_PARAMS,
            f"{EXTRA_PARAMS} contains a password, which few tools hide when they show settings.",
            "Move UID and PWD to USER and PASSWORD.",
        )
