"""Loading of DATABASES[alias]: read once into a configuration, with the problems on the way."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any, Callable, Iterable, Iterator, Mapping

from django.core.exceptions import ImproperlyConfigured

from mssql.auth.secrecy import HiddenValues, Secretive, traceless
from mssql.auth.sendable import defect
from mssql.config import connection_string, options, sign_in_problems, verification
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
class Loaded(Secretive):
    """The configuration of an alias, None if the settings cannot be read, and their problems."""

    alias: str
    config: ConnectionConfig | None
    problems: tuple[Problem, ...]

    @property
    def has_errors(self) -> bool:
        """Whether the settings cannot work."""
        return any(problem.is_error for problem in self.problems)

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
) -> Loaded:
    """Read DATABASES[alias], of which `parameters` (see connection_parameters) override some.

    The problems of `options_checks`, which other packages' entries of OPTIONS have, are included.
    After an unreadable setting nothing further is judged.
    """
    problems: list[Problem] = []
    config = None
    settings = _with_parameters(settings_dict, parameters or {})
    extra = _load_basics(settings, options_checks, problems)
    if extra is not None and not _has_errors(problems):
        config = _config(settings, alias, extra, SignInSettings.of(settings_dict), problems)
    return Loaded(alias, config, tuple(problems))


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


def _load_basics(
    settings: Mapping[str, Any], options_checks: Iterable[OptionsCheck], problems: list[Problem]
) -> Keywords | None:
    """Return the keywords of extra_params, None if they cannot be read; add to `problems`."""
    given = settings.get("OPTIONS") or {}
    problems += options.problems(given)
    for check in options_checks:
        problems += check(given)
    collation = (settings.get("TEST") or {}).get("COLLATION")
    problems += options.collation_problems("TEST['COLLATION']", collation)
    problems += _address_problems(settings)
    text = given.get("extra_params") or ""
    if not isinstance(text, str):
        return None  # E002 is among the problems
    try:
        return connection_string.parse(text, EXTRA_PARAMS)
    except ImproperlyConfigured as refusal:
        problems.append(error("E009", EXTRA_PARAMS, str(refusal)))
        return None


def _config(
    settings: Mapping[str, Any],
    alias: str,
    extra: Keywords,
    sign_in_settings: SignInSettings,
    problems: list[Problem],
) -> ConnectionConfig | None:
    """Return the configuration, None if it cannot be sent or there is no such sign-in."""
    chosen = Options(settings.get("OPTIONS") or {})
    unsendable = list(_unsendable_texts(settings, chosen, extra))
    if unsendable:
        problems += unsendable
        return None
    problems += _keyword_problems(chosen, extra)
    parameters = connection_parameters(settings)
    address = Address(parameters["host"], parameters["port"])
    password = settings.get("PASSWORD") or ""
    values = _sign_in_values(settings, chosen, parameters["user"], password)
    ambiguity = list(sign_in_problems.ambiguity(values, extra))
    problems += ambiguity
    try:
        decided = sign_in(address.name, values, extra)
    except ImproperlyConfigured as refusal:
        if not ambiguity:
            problems.append(_unknown_mode(refusal))
        return None
    config = ConnectionConfig(
        alias=alias,
        database=parameters["database"],
        address=address,
        user=parameters["user"],
        password=password,
        extra=extra,
        options=chosen,
        python_driver=chosen.python_driver,
        retry_policy=chosen.retry_policy,
        sign_in=decided,
        sign_in_settings=sign_in_settings,
    )
    if not ambiguity:
        problems += _sign_in_problems(config)
    return config


def _sign_in_values(
    settings: Mapping[str, Any], chosen: Options, user: str, password: str
) -> HiddenValues:
    """Return everything that a sign-in may read."""
    return HiddenValues(
        chosen,
        {
            "token_refresh_margin": chosen["token_refresh_margin"],
            "USER": user,
            "PASSWORD": password,
            "TOKEN": settings.get("TOKEN"),
            "Trusted_Connection": settings.get("Trusted_Connection") or "yes",
        },
    )


def _unknown_mode(refusal: ImproperlyConfigured) -> Problem:
    return error("E011", "OPTIONS['authentication']", str(refusal), "See docs/authentication.md.")


def _sign_in_problems(config: ConnectionConfig) -> list[Problem]:
    problems = list(sign_in_problems.problems(config))
    if not _has_errors(problems):
        problems += verification.problems(config)
    return problems


def _address_problems(settings: Mapping[str, Any]) -> Iterator[Problem]:
    if settings.get("NAME") == "":
        yield error("E006", "NAME", "NAME is empty.", "Set it to the name of the database.")
    host, port_of_host = split_host(settings.get("HOST") or "")
    port = str(settings.get("PORT") or "")
    for setting, value in (("PORT", port), ("HOST", port_of_host)):
        if value and not (value.isdecimal() and 0 < int(value) < 65536):
            yield error(
                "E007",
                setting,
                f"The port in {setting} is not a number from 1 to 65535.",
                'Write HOST "server" and PORT "1433", or HOST "server,1433".',
            )
    if port and port_of_host and port != port_of_host:
        yield error("E008", "PORT", "HOST and PORT name two different ports.", "Leave one out.")
    if ":" in host and not host.lower().startswith(("tcp:", "np:", "lpc:")) and "[" not in host:
        yield warning(
            "W002",
            "HOST",
            "HOST holds a colon.",
            'SQL Server writes the port behind a comma: "server,1433".',
        )


def _unsendable_texts(
    settings: Mapping[str, Any], chosen: Options, extra: Keywords
) -> Iterator[Problem]:
    values = {name: settings.get(name) for name in _TEXTS}
    values.update({f"OPTIONS[{name!r}]": chosen[name] for name in chosen})
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


def _keyword_problems(chosen: Options, extra: Keywords) -> Iterator[Problem]:
    refuses = chosen.python_driver == "mssql_python"
    for name in extra:
        if name.lower() not in ODBC_KEYWORDS and not chosen["driver"]:
            near = difflib.get_close_matches(name.lower(), ODBC_KEYWORDS, n=1)
            guess = f"Did you mean {near[0]!r}?" if near else "Remove it."
            does = "mssql-python refuses" if refuses else "Microsoft's ODBC driver ignores"
            yield warning(
                "W003",
                EXTRA_PARAMS,
                f"{EXTRA_PARAMS} holds {name!r}, which {does}.",
                f"{guess} See https://learn.microsoft.com/sql/connect/odbc/"
                "dsn-connection-string-attribute.",
            )
    if "PWD" in extra:
        yield warning(
            "W004",
            EXTRA_PARAMS,
            f"{EXTRA_PARAMS} holds a password, which few tools hide that show settings.",
            "Move UID and PWD to USER and PASSWORD.",
        )
