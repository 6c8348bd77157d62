"""Identities of Microsoft Entra, as the settings describe them."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Hashable, Mapping

from django.utils.module_loading import import_string

from mssql.auth import clouds
from mssql.auth.modes import Mode
from mssql.auth.secrecy import HiddenValues, Secretive, traceless
from mssql.auth.tokens import TokenError

DEFAULT_MARGIN = 300  # seconds before its end at which a token is renewed at the latest
# Parameters of azure-identity that are functions, which it calls whenever it needs an assertion.
_FUNCTIONS = ("func", "client_assertion_func")
# Either would write secrets and tokens into the log.
_TALKATIVE_OPTIONS = ("logging_enable", "enable_support_logging")
_SECRET_SETTINGS = (
    "PASSWORD",
    "certificate_password",
    "client_secret",
    "system_access_token",
    "user_assertion",
)
_SECRET_VARIABLES = (
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_CLIENT_SECRET",
    "AZURE_PASSWORD",
    "IDENTITY_HEADER",
    "MSI_SECRET",
    "SYSTEM_ACCESSTOKEN",
)
_JWT = re.compile(r"eyJ[\w-]{8,}(\.[\w-]*)*")


@dataclass(frozen=True)
class Identity(Secretive):
    """A principal of Microsoft Entra, and the settings by which its tokens are requested.

    `arguments` are the settings that the mode reads, `options` are passed to the credential
    unchanged. `otherwise` is tried if the identity service refuses this identity. `exchange` is
    the scope of a managed identity's token that stands for a secret.
    """

    mode: Mode
    scope: str
    authority: str
    arguments: HiddenValues
    options: HiddenValues = field(default_factory=HiddenValues)
    margin: float = DEFAULT_MARGIN
    otherwise: Identity | None = None
    exchange: str = clouds.PUBLIC.exchange

    @property
    def key(self) -> Hashable:
        """Equal for identities that may share their tokens."""
        return (
            self.mode.keyword,
            self.scope,
            self.authority,
            self.margin,
            _hashable(self.arguments),
            _hashable(self.options),
        )

    @property
    def missing_settings(self) -> tuple[str, ...]:
        """The settings that the mode requires and that are not set; "a|b" is any one of them."""
        return tuple(
            names
            for names in self.mode.requirements
            if not any(self.arguments.get(name) for name in names.split("|"))
        )

    @property
    def talkative_options(self) -> list[str]:
        """The names in `options` that would have secrets and tokens written to the log."""
        return [name for name in _TALKATIVE_OPTIONS if self.options.get(name)]

    @traceless
    def parameters(self) -> HiddenValues:
        """Return the current parameters of the credential's class.

        Callables are called and files are read each time, so that a secret may be renewed while
        the process runs.
        """
        parameters: dict[str, Any] = {}
        for setting in self.arguments:
            value = self.arguments[setting]
            parameter, _, key = self.mode.arguments[setting].partition(".")
            if parameter in _FUNCTIONS and not key:
                value = import_string(value) if isinstance(value, str) else value
            elif callable(value):
                value = value()
            if setting == "certificate_path":
                value = _content(value)
            # Of the settings of one parameter only one is set: Mode.one_of.
            parameters[parameter] = {key: value} if key else value
        return HiddenValues(parameters)

    def without_secrets(self, text: str) -> str:
        """Return a text with asterisks for tokens and for this identity's secrets."""
        of_settings = map(self.arguments.get, _SECRET_SETTINGS)
        for value in (*of_settings, *map(os.environ.get, _SECRET_VARIABLES)):
            if isinstance(value, str) and value:
                text = text.replace(value, "***")
        return without_tokens(text)


def without_tokens(text: str) -> str:
    """Return a text with asterisks for tokens."""
    return _JWT.sub("***", text)


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as problem:
        raise TokenError(
            f"The file that OPTIONS['certificate_path'] names cannot be read: {problem.strerror}."
        ) from None


def _hashable(values: HiddenValues) -> tuple[tuple[str, Any], ...]:
    return tuple((name, plain_or_id(values[name])) for name in sorted(values))


def plain_or_id(value: Any) -> Any:
    """Return a plain value itself, otherwise its id: a key for values that need no hash."""
    return value if isinstance(value, (str, int, float, bool, type(None))) else id(value)


def identity_of(mode: Mode, host: str, settings: Mapping[str, Any] | HiddenValues) -> Identity:
    """Return the identity that a mode reads from `settings`: OPTIONS, with USER and PASSWORD."""
    cloud = clouds.of(host)
    authority = settings.get("authority") or clouds.authority_of_environment()
    margin = settings.get("token_refresh_margin")

    def with_arguments(arguments: dict[str, Any], otherwise: Identity | None = None) -> Identity:
        return Identity(
            mode=mode,
            scope=settings.get("token_scope") or (cloud.scope if cloud else ""),
            authority=authority or (cloud.authority if cloud else ""),
            arguments=HiddenValues(arguments),
            options=HiddenValues(settings.get("credential_options") or {}),
            margin=DEFAULT_MARGIN if margin is None else margin,
            otherwise=otherwise,
            exchange=(cloud or clouds.PUBLIC).exchange,
        )

    names_identity = any(settings.get(name) for name in ("client_id", "object_id", "resource_id"))
    otherwise = None
    if mode.user_otherwise and settings.get("USER") and not names_identity:
        otherwise = with_arguments({mode.user_otherwise: settings["USER"]})
    return with_arguments(_arguments(mode, settings), otherwise)


def _arguments(mode: Mode, settings: Mapping[str, Any] | HiddenValues) -> dict[str, Any]:
    """Return the settings that a mode reads.

    USER, PASSWORD, "client@tenant" and environment variables stand for settings that are not set.
    """
    arguments = {name: settings[name] for name in mode.arguments if settings.get(name)}
    for setting, meaning in (("USER", mode.user), ("PASSWORD", mode.password)):
        if meaning and settings.get(setting):
            arguments.setdefault(meaning, settings[setting])
    client, at, tenant = str(arguments.get("client_id", "")).partition("@")
    if at:
        arguments["client_id"] = client
        arguments.setdefault("tenant_id", tenant)
    for name, variable in mode.environment.items():
        if not arguments.get(name) and os.environ.get(variable):
            arguments[name] = os.environ[variable]
    return arguments
