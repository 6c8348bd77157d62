"""System checks of the settings: what cannot work is an error before anything connects.

`manage.py check` shows them all; a connection refuses to open on the errors.
"""

from __future__ import annotations

import difflib
from typing import Any, Iterable, Iterator, Mapping

from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

from mssql import drivers
from mssql.auth import clouds, credentials, modes
from mssql.auth.sendable import defect
from mssql.config.odbc_keywords import ODBC_KEYWORDS
from mssql.config.settings import EMBEDDED_HOST, OPTIONS, ConnectionSettings, read, split_host
from mssql.config.sign_in import lacking, leaves_to_driver
from mssql.config.verification import (
    NOT_ENCRYPTED,
    is_local,
    signs_in_by_entra,
    unverified,
)
from mssql.drivers.base import NEEDS_MICROSOFT
from mssql.telemetry.api import settings_problems
from mssql.tsql.identifiers import collation_name

ENGINE = "mssql"
_TEXTS = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "TOKEN", "Trusted_Connection")
_RETRY = ("deadline", "initial", "max")


@register(Tags.database)
def check_settings(
    app_configs: Any = None, databases: Iterable[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The messages of all databases whose ENGINE is this backend, but for `databases`, those of
    --database: Django asks their backends by itself, see DatabaseValidation.check."""
    return [
        message
        for alias in connections
        if connections.settings[alias]["ENGINE"] == ENGINE and alias not in (databases or ())
        for message in messages(connections.settings[alias], alias)
    ]


@register(Tags.database, Tags.security, deploy=True)
def check_deployment(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """What is fine for development and tests only: errors of `check --deploy`.

    DEBUG cannot tell: test runners turn it off, and it is off by default.
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


def messages(settings_dict: Mapping[str, Any], alias: str) -> list[CheckMessage]:
    """Every error and warning of one database's settings, the installed drivers included."""
    found = list(_of_settings(settings_dict, alias))
    if not any(message.is_serious() for message in found):
        found += _of_drivers(read(settings_dict, alias))
    for message in found:
        message.obj = f"DATABASES[{alias!r}]"
    return found


def require_valid(settings_dict: Mapping[str, Any], alias: str) -> None:
    """Raise ImproperlyConfigured with the first error of the settings and its cure."""
    errors = [message for message in _of_settings(settings_dict, alias) if message.is_serious()]
    del settings_dict  # a debug page would show it
    for message in errors[:1]:
        raise ImproperlyConfigured(f"DATABASES[{alias!r}]: {message.msg} {message.hint or ''}")


def _of_settings(settings_dict: Mapping[str, Any], alias: str) -> Iterator[CheckMessage]:
    """What the settings alone tell. Nothing further is judged after an unreadable one."""
    basic = [
        *_options(settings_dict.get("OPTIONS") or {}),
        *_collation((settings_dict.get("TEST") or {}).get("COLLATION"), "TEST['COLLATION']"),
        *_server(settings_dict),
        *_extra_params(settings_dict.get("OPTIONS") or {}),
    ]
    yield from basic
    if any(message.is_serious() for message in basic):
        return
    settings = read(settings_dict, alias)
    unsendable = list(_unsendable(settings_dict, settings))
    yield from unsendable
    if unsendable:
        return
    yield from _keywords(settings)
    sign_in = list(_sign_in(settings))
    yield from sign_in
    if not any(message.is_serious() for message in sign_in):
        yield from _encryption(settings)


def _options(options: Mapping[str, Any]) -> Iterator[CheckMessage]:
    for name, value in options.items():
        known = OPTIONS.get(name)
        if known is None:
            near = difflib.get_close_matches(str(name), OPTIONS, n=1)
            guess = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(OPTIONS)}."
            yield Error(f"OPTIONS has no setting {name!r}.", hint=guess, id="mssql.E001")
        elif not known.accepts(value):
            what = (
                f"one of {', '.join(filter(None, known.choices))}" if known.choices else known.kind
            )
            yield Error(
                f"OPTIONS[{name!r}] is {_kind(value)}, but must be {what}.",
                hint="Correct it or leave it out.",
                id="mssql.E002",
            )
        elif known.obsolete:
            yield Warning(
                f"OPTIONS[{name!r}] has no effect.",
                hint=f"Remove it: {known.obsolete}.",
                id="mssql.W001",
            )
    yield from _collation(options.get("collation"), "OPTIONS['collation']")
    yield from _retry(options.get("retry"))
    for sentence in settings_problems(options.get("telemetry")):
        yield Error(sentence, hint="See docs/telemetry.md.", id="mssql.E004")


def _collation(name: Any, setting: str) -> Iterator[CheckMessage]:
    if not isinstance(name, str) or not name:
        return
    try:
        collation_name(name, setting)
    except ValueError as error:
        yield Error(str(error), hint="Correct it or leave it out.", id="mssql.E003")


def _retry(retry: Any) -> Iterator[CheckMessage]:
    for name, value in (retry if isinstance(retry, dict) else {}).items():
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if name not in _RETRY or not is_number or value < 0:
            yield Error(
                f"OPTIONS['retry'][{name!r}] is not known or not a number of seconds.",
                hint=f"Known: {', '.join(_RETRY)}, each in seconds and not negative.",
                id="mssql.E005",
            )


def _server(settings_dict: Mapping[str, Any]) -> Iterator[CheckMessage]:
    if settings_dict.get("NAME") == "":
        yield Error("NAME is empty.", hint="Set it to the name of the database.", id="mssql.E006")
    host, port_of_host = split_host(settings_dict.get("HOST") or "")
    port = str(settings_dict.get("PORT") or "")
    for setting, value in (("PORT", port), ("HOST", port_of_host)):
        if value and not (value.isdecimal() and 0 < int(value) < 65536):
            yield Error(
                f"The port in {setting} is not a number from 1 to 65535.",
                hint='Write HOST "server" and PORT "1433", or HOST "server,1433".',
                id="mssql.E007",
            )
    if port and port_of_host and port != port_of_host:
        yield Error(
            "HOST and PORT name two different ports.", hint="Leave one out.", id="mssql.E008"
        )
    if ":" in host and not host.lower().startswith(("tcp:", "np:", "lpc:")) and "[" not in host:
        yield Warning(
            "HOST holds a colon.",
            hint='SQL Server writes the port behind a comma: "server,1433".',
            id="mssql.W002",
        )


def _extra_params(options: Mapping[str, Any]) -> Iterator[CheckMessage]:
    try:
        read({"OPTIONS": {"extra_params": options.get("extra_params")}, "NAME": "x"}, "")
    except ImproperlyConfigured as error:
        yield Error(str(error), id="mssql.E009")
    except AttributeError:
        # Not a str: mssql.E002 has said so.
        return


def _unsendable(
    settings_dict: Mapping[str, Any], settings: ConnectionSettings
) -> Iterator[CheckMessage]:
    values = {name: settings_dict.get(name) for name in _TEXTS}
    options, extra = settings.options, settings.extra
    values.update({f"OPTIONS[{name!r}]": options[name] for name in options})
    values.pop("OPTIONS['extra_params']", None)
    values.update({f"{name} in OPTIONS['extra_params']": extra[name] for name in extra})
    for where, value in values.items():
        if isinstance(value, str) and defect(value):
            yield Error(
                f"{where} is a str with {defect(value)}, which no driver can send.",
                hint="Remove the character; bytes are decoded with errors='strict'.",
                id="mssql.E020",
            )


def _keywords(settings: ConnectionSettings) -> Iterator[CheckMessage]:
    by_python = settings.python_driver == "mssql_python"
    for name in settings.extra:
        if name.lower() not in ODBC_KEYWORDS and not settings.options.get("driver"):
            near = difflib.get_close_matches(name.lower(), ODBC_KEYWORDS, n=1)
            guess = f"Did you mean {near[0]!r}?" if near else "Remove it."
            does = "mssql-python refuses" if by_python else "Microsoft's ODBC driver ignores"
            yield Warning(
                f"OPTIONS['extra_params'] holds {name!r}, which {does}.",
                hint=f"{guess} See https://learn.microsoft.com/sql/connect/odbc/"
                "dsn-connection-string-attribute.",
                id="mssql.W003",
            )
    if "PWD" in settings.extra:
        yield Warning(
            "OPTIONS['extra_params'] holds a password, which few tools hide that show settings.",
            hint="Move UID and PWD to USER and PASSWORD.",
            id="mssql.W004",
        )


def _encryption(settings: ConnectionSettings) -> Iterator[CheckMessage]:
    problem = unverified(settings)
    if problem and signs_in_by_entra(settings):
        yield from _unverified(settings, problem)
        return
    if not clouds.is_azure(settings.address):
        return
    encrypt = (settings.extra.get("Encrypt") or "yes").lower()
    if encrypt in NOT_ENCRYPTED:
        yield Warning(
            f"Encrypt={encrypt} sends everything to an Azure server in clear text after the login.",
            hint="Remove Encrypt from OPTIONS['extra_params'].",
            id="mssql.W005",
        )
    if problem.startswith("Trust"):
        yield Warning(
            "TrustServerCertificate=yes lets anybody pose as the Azure server.",
            hint="Remove it: Azure's certificates are trusted as they are.",
            id="mssql.W006",
        )


def _unverified(settings: ConnectionSettings, problem: str) -> Iterator[CheckMessage]:
    if not settings.options.get("unverified_server"):
        yield Error(
            f"{problem} would send an access token to a server that nobody has verified.",
            hint="Remove it from OPTIONS['extra_params'], or name the certificate to trust: "
            "Encrypt=strict;ServerCertificate=path. For development on this machine set "
            "OPTIONS['unverified_server'] to True.",
            id="mssql.E021",
        )
    elif not is_local(settings):
        yield Error(
            "OPTIONS['unverified_server'] is for a server on this machine only: HOST localhost, "
            "127.0.0.1 or (embedded).",
            hint=f"Remove it, and {problem} from OPTIONS['extra_params'].",
            id="mssql.E022",
        )


def _sign_in(settings: ConnectionSettings) -> Iterator[CheckMessage]:
    options = settings.options
    by_keyword = settings.extra.get("Authentication")
    ways = [
        name
        for name, given in (
            ("TOKEN", settings.token),
            ("OPTIONS['credential']", options.get("credential")),
            ("OPTIONS['authentication']", options.get("authentication")),
            ("Authentication in OPTIONS['extra_params']", by_keyword),
        )
        if given
    ]
    if len(ways) > 1:
        yield Error(
            f"{' and '.join(ways)} are given, but a connection signs in one way only.",
            hint=f"Keep {ways[0]} or another, and remove the rest.",
            id="mssql.E010",
        )
        return
    if settings.token or options.get("credential"):
        yield from _token(settings, ways[0])
    if settings.authentication:
        try:
            mode = modes.find(settings.authentication)
        except ImproperlyConfigured as error:
            yield Error(str(error), hint="See docs/authentication.md.", id="mssql.E011")
            return
        yield from _mode(settings, mode)


def _token(settings: ConnectionSettings, way: str) -> Iterator[CheckMessage]:
    for name, given in (("USER", settings.user), ("PASSWORD", settings.password)):
        if given:
            yield Error(
                f"{way} and {name} are given, but a token says already who signs in.",
                hint=f"Remove {name}.",
                id="mssql.E012",
            )
    if isinstance(settings.token, str):
        yield Warning(
            "TOKEN is a fixed access token: no connection opens any more after an hour or so.",
            hint="Set OPTIONS['authentication'], or make TOKEN a callable or a credential of "
            "azure-identity.",
            id="mssql.W007",
        )
    if hasattr(settings.token or settings.options.get("credential"), "get_token"):
        yield from _cloud(settings, needs_authority=False)


def _mode(settings: ConnectionSettings, mode: modes.Mode) -> Iterator[CheckMessage]:
    known = credentials.identity(mode, settings.address, settings.sign_in)
    to_driver = leaves_to_driver(settings, mode)
    for names in lacking(settings, mode):
        name, *others = names.split("|")
        stands_for = {mode.user: " (or USER)", mode.password: " (or PASSWORD)"}.get(name, "")
        where = name if name.isupper() else f"OPTIONS['{name}']{stands_for}"
        where += "".join(f" or OPTIONS['{other}']" for other in others)
        variable = mode.environment.get(name)
        also = f", or the environment variable {variable}" if variable else ""
        yield Error(
            f"The authentication mode {mode.keyword} needs {where}.",
            hint=f"Set it{also}.",
            id="mssql.E013",
        )
    identities = [name for name in mode.one_of if known.arguments.get(name)]
    if len(identities) > 1:
        by_user = f" (USER stands for {mode.user})" if mode.user in identities else ""
        yield Error(
            f"{' and '.join(identities)} are given, but each alone names the managed identity.",
            hint=f"Keep {identities[0]}{by_user} or another.",
            id="mssql.E014",
        )
    for name in credentials.talkative(known.options):
        yield Error(
            f"OPTIONS['credential_options'] has {name!r}, which writes secrets and tokens into the "
            "log.",
            hint="Remove it.",
            id="mssql.E019",
        )
    if mode.needs_token and not to_driver:
        yield from _cloud(settings, needs_authority=mode.takes_authority)
    yield from _unread(settings, mode)
    if mode.needs_token and not to_driver:
        yield from _package(mode.keyword, mode.package)
    if mode.deprecated:
        yield Warning(
            f"{mode.keyword} is deprecated: {mode.deprecated}.",
            hint="Use a managed identity, a service principal or ActiveDirectoryInteractive.",
            id="mssql.W008",
        )
    if mode.credential == "DefaultAzureCredential" and not django_settings.DEBUG:
        yield Warning(
            f"{mode.keyword} tries one way to sign in after another, which is slow and can find "
            "an identity that was not meant.",
            hint="In production name the one mode, such as ActiveDirectoryMSI.",
            id="mssql.W009",
        )


def _cloud(settings: ConnectionSettings, needs_authority: bool) -> Iterator[CheckMessage]:
    options = settings.options
    lacking = [] if options.get("token_scope") else ["token_scope"]
    if needs_authority and not (options.get("authority") or clouds.authority_of_environment()):
        lacking.append("authority")
    if lacking and clouds.of(settings.address) is None:
        yield Error(
            f"HOST {settings.address!r} is the name of a server in an Azure cloud that is not "
            f"known here: without {' and '.join(lacking)} nobody knows what to ask a token for.",
            hint=f"Set {' and '.join(f'OPTIONS[{name!r}]' for name in lacking)}, as the cloud's "
            "documentation names them; in the public one they are "
            f"{clouds.PUBLIC.scope!r} and {clouds.PUBLIC.authority!r}.",
            id="mssql.E023",
        )


def _unread(settings: ConnectionSettings, mode: modes.Mode) -> Iterator[CheckMessage]:
    if settings.password and not mode.password:
        is_managed = mode.credential == "ManagedIdentityCredential"
        level = Error if is_managed else Warning
        yield level(
            f"PASSWORD is given, but the authentication mode {mode.keyword} has none.",
            hint="Remove PASSWORD.",
            id="mssql.E015" if is_managed else "mssql.W010",
        )
    unread = [
        name for name in modes.SETTINGS if settings.options.get(name) and name not in mode.arguments
    ]
    if unread:
        yield Warning(
            f"The authentication mode {mode.keyword} does not read {', '.join(unread)}.",
            hint="Remove it, or choose the mode that it belongs to.",
            id="mssql.W011",
        )


def _package(who: str, package: str) -> Iterator[CheckMessage]:
    if not credentials.is_installed(package):
        yield Error(
            f"{who} needs the package {package}, which is not installed.",
            hint=f"Run 'pip install {package}'.",
            id="mssql.E016",
        )


def _of_drivers(settings: ConnectionSettings) -> Iterator[CheckMessage]:
    try:
        driver = drivers.load(settings.python_driver)
        is_microsoft = driver.is_microsoft(settings.options.get("driver"))
    except ImproperlyConfigured as error:
        yield Error(str(error), id="mssql.E017")
        return
    needs_token = settings.token or settings.options.get("credential") or settings.authentication
    if needs_token and not is_microsoft:
        yield Error(NEEDS_MICROSOFT, id="mssql.E018")


def _kind(value: object) -> str:
    """What kind of thing a value is, never the value: it might be a secret."""
    if isinstance(value, (int, float)):
        return repr(value)
    return f"a {type(value).__name__}"
