"""Problems of the settings that decide how a connection signs in."""

from __future__ import annotations

from typing import Iterator

from django.conf import settings as django_settings

from mssql.auth import clouds, credentials, modes
from mssql.auth.identities import Identity
from mssql.auth.secrecy import HiddenValues
from mssql.config.connection_config import ConnectionConfig
from mssql.config.connection_string import Keywords
from mssql.config.problems import Problem, error, warning
from mssql.config.sign_in import ProjectSignIn, SignIn

_PASSWORD = "PASSWORD"  # noqa: S105 - the name of the setting
_NOT_READ = "none"  # for the authority of a sign-in that needs none


def ambiguity(settings: HiddenValues, extra: Keywords) -> Iterator[Problem]:
    """Yield the problem of settings that name more than one sign-in, if they do."""
    methods = [
        name
        for name, value in (
            ("TOKEN", settings.get("TOKEN")),
            ("OPTIONS['credential']", settings.get("credential")),
            ("OPTIONS['authentication']", settings.get("authentication")),
            ("Authentication in OPTIONS['extra_params']", extra.get("Authentication")),
        )
        if value
    ]
    if len(methods) > 1:
        yield error(
            "E010",
            methods[0],
            f"{' and '.join(methods)} are set, but a connection has one sign-in only.",
            f"Keep {methods[0]} or another, and remove the rest.",
        )


def problems(config: ConnectionConfig) -> Iterator[Problem]:
    """Yield the problems of the sign-in that was decided on."""
    sign_in = config.sign_in
    if isinstance(sign_in, ProjectSignIn):
        yield from _project_problems(config, sign_in)
    elif sign_in.mode is not None and sign_in.identity is not None:
        mode, identity = sign_in.mode, sign_in.identity
        yield from _missing_settings(sign_in, mode)
        yield from _identity_problems(mode, identity)
        if sign_in.needs_token:
            authority = identity.authority if mode.takes_authority else _NOT_READ
            yield from _cloud_problems(config.address.name, identity.scope, authority)
        yield from _unread_settings(config, mode)
        if sign_in.needs_token:
            yield from _package_problems(mode)
        yield from _mode_problems(mode)


def _project_problems(config: ConnectionConfig, sign_in: ProjectSignIn) -> Iterator[Problem]:
    setting = "TOKEN" if sign_in.is_token else "OPTIONS['credential']"
    for name, value in (("USER", config.user), (_PASSWORD, config.password)):
        if value:
            yield error(
                "E012",
                name,
                f"{setting} and {name} are set, but the token determines who signs in.",
                f"Remove {name}.",
            )
    if sign_in.is_token and isinstance(sign_in.provider, str):
        yield warning(
            "W007",
            setting,
            "TOKEN is a fixed access token: no connection opens any more after an hour or so.",
            "Set OPTIONS['authentication'], or set TOKEN to a callable or a credential of "
            "azure-identity.",
        )
    if sign_in.is_credential:
        yield from _cloud_problems(config.address.name, sign_in.scope, _NOT_READ)


def _missing_settings(sign_in: SignIn, mode: modes.Mode) -> Iterator[Problem]:
    for names in sign_in.missing_settings:
        name, *others = names.split("|")
        stands_for = {mode.user: " (or USER)", mode.password: " (or PASSWORD)"}.get(name, "")
        setting = name if name.isupper() else f"OPTIONS['{name}']{stands_for}"
        setting += "".join(f" or OPTIONS['{other}']" for other in others)
        variable = mode.environment.get(name)
        also = f", or the environment variable {variable}" if variable else ""
        yield error(
            "E013",
            setting,
            f"The authentication mode {mode.keyword} needs {setting}.",
            f"Set it{also}.",
        )


def _identity_problems(mode: modes.Mode, identity: Identity) -> Iterator[Problem]:
    names = [name for name in mode.one_of if identity.arguments.get(name)]
    if len(names) > 1:
        by_user = f" (USER stands for {mode.user})" if mode.user in names else ""
        yield error(
            "E014",
            names[0],
            f"{' and '.join(names)} are set, but each of them names the managed identity.",
            f"Keep {names[0]}{by_user} or another.",
        )
    for name in identity.talkative_options:
        yield error(
            "E019",
            "OPTIONS['credential_options']",
            f"OPTIONS['credential_options'] has {name!r}, which writes secrets and tokens into the "
            "log.",
            "Remove it.",
        )


def _cloud_problems(host: str, scope: str, authority: str) -> Iterator[Problem]:
    """Yield the problem of an unknown cloud: without settings it has no scope or authority."""
    missing = [
        name for name, value in (("token_scope", scope), ("authority", authority)) if not value
    ]
    if missing:
        yield error(
            "E023",
            f"OPTIONS[{missing[0]!r}]",
            f"HOST {host!r} is the name of a server in an unknown Azure cloud: without "
            f"{' and '.join(missing)} no token can be requested.",
            f"Set {' and '.join(f'OPTIONS[{name!r}]' for name in missing)}, as the cloud's "
            "documentation names them; in the public one they are "
            f"{clouds.PUBLIC.scope!r} and {clouds.PUBLIC.authority!r}.",
        )


def _unread_settings(config: ConnectionConfig, mode: modes.Mode) -> Iterator[Problem]:
    if config.password and not mode.password:
        is_managed = mode.credential == "ManagedIdentityCredential"
        message = f"PASSWORD is set, but the authentication mode {mode.keyword} does not use it."
        if is_managed:
            yield error("E015", _PASSWORD, message, "Remove PASSWORD.")
        else:
            yield warning("W010", _PASSWORD, message, "Remove PASSWORD.")
    unread = [
        name for name in modes.SETTINGS if _is_set(config, name) and name not in mode.arguments
    ]
    if unread:
        yield warning(
            "W011",
            f"OPTIONS[{unread[0]!r}]",
            f"The authentication mode {mode.keyword} does not read {', '.join(unread)}.",
            "Remove it, or choose the mode that it belongs to.",
        )


def _is_set(config: ConnectionConfig, name: str) -> bool:
    return name in config.options and bool(config.options[name])


def _package_problems(mode: modes.Mode) -> Iterator[Problem]:
    if not credentials.is_installed(mode.package):
        yield error(
            "E016",
            "OPTIONS['authentication']",
            f"{mode.keyword} needs the package {mode.package}, which is not installed.",
            f"Run 'pip install {mode.package}'.",
        )


def _mode_problems(mode: modes.Mode) -> Iterator[Problem]:
    setting = "OPTIONS['authentication']"
    if mode.deprecation:
        yield warning(
            "W008",
            setting,
            f"{mode.keyword} is deprecated: {mode.deprecation}.",
            "Use a managed identity, a service principal or ActiveDirectoryInteractive.",
        )
    if mode.credential == "DefaultAzureCredential" and not django_settings.DEBUG:
        yield warning(
            "W009",
            setting,
            f"{mode.keyword} tries several credentials in turn, which is slow and can find an "
            "unintended identity.",
            "In production name the one mode, such as ActiveDirectoryMSI.",
        )
