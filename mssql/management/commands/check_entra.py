"""check_entra: the principal that signs in to a database, its token, and faults of the sign-in."""

from __future__ import annotations

import datetime
import logging
import time
from typing import Any, Iterator

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, Error, connections

from mssql import checks
from mssql.auth import tokens
from mssql.auth.tokens import Token, TokenError
from mssql.config.connection_config import ConnectionConfig
from mssql.config.loading import LoadResult
from mssql.config.sign_in import ProjectSignIn, SignIn

_IDENTITIES = ("client_id", "object_id", "resource_id", "login_hint", "USER")
_PRINCIPALS = ("upn", "unique_name", "appid", "azp", "oid")
_WIDTH = 14


class Command(BaseCommand):
    """The command: shows the sign-in of a database, requests a token, and connects if told to."""

    help = (
        "Shows the authentication mode of a database and requests its access token from Microsoft "
        "Entra. The token itself is never shown."
    )
    requires_system_checks: Any = []  # only those of this database are run

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--database", default=DEFAULT_DB_ALIAS, help="The alias in DATABASES ('default')."
        )
        parser.add_argument(
            "--connect",
            action="store_true",
            help="Also connect, and show the login that the server sees.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        alias = options["database"]
        if alias not in connections:
            raise CommandError(f"DATABASES has no {alias!r}. It has: {', '.join(connections)}.")
        settings_dict = connections.settings[alias]
        if settings_dict["ENGINE"] != checks.ENGINE:
            raise CommandError(
                f"DATABASES[{alias!r}] is not a SQL Server: its ENGINE is not {checks.ENGINE!r}."
            )
        config = self._check(checks.load(settings_dict, alias))
        self._write("database", f"{alias}: {config.database} on {config.address}")
        for label, text in _settings_lines(config):
            self._write(label, text)
        self._fetch(config.sign_in)
        if options["connect"]:
            self._connect(alias)
        else:
            self._write("server", "not asked; add --connect")

    def _write(self, label: str, text: str) -> None:
        self.stdout.write(f"{label:<{_WIDTH}}{text}")

    def _check(self, result: LoadResult) -> ConnectionConfig:
        messages = checks.messages_of(result)
        for message in messages:
            kind = "error" if message.is_serious() else "warning"
            style = self.style.ERROR if message.is_serious() else self.style.WARNING
            self._write(kind, style(f"{message.msg} {message.hint or ''} ({message.id})"))
        if result.config is None or any(message.is_serious() for message in messages):
            raise CommandError("The settings cannot work; no token was requested.")
        return result.config

    def _fetch(self, sign_in: SignIn) -> None:
        source = sign_in.token_source()
        if source is None:
            self._write("token", "none: the ODBC driver signs in without one")
            return
        # azure-identity also logs the exceptions that it raises; without handlers of a project they
        # would be printed between the lines of this command.
        logging.getLogger("azure").addHandler(logging.NullHandler())
        start = time.monotonic()
        try:
            token = source.token()
        except (TokenError, ImproperlyConfigured) as problem:
            self._write("token", self.style.ERROR("none"))
            raise CommandError(str(problem)) from None
        self._write("token", f"fetched in {time.monotonic() - start:.2f} s")
        for label, text in _token_lines(token):
            self._write(label, text)

    def _connect(self, alias: str) -> None:
        connection: Any = connections.create_connection(alias)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT SUSER_SNAME()")
                user = cursor.fetchone()[0]
        except (Error, ImproperlyConfigured) as problem:
            self._write("server", self.style.ERROR("refused, or not reached"))
            raise CommandError(str(problem.args[-1])) from None
        finally:
            connection.close()
        self._write("server", self.style.SUCCESS(f"sees {user} (SUSER_SNAME)"))


def _settings_lines(config: ConnectionConfig) -> Iterator[tuple[str, str]]:
    """Yield label and text of the settings that decide who signs in: no secrets."""
    sign_in = config.sign_in
    yield "driver", config.python_driver
    yield "mode", sign_in.name
    if isinstance(sign_in, ProjectSignIn):
        provider = sign_in.provider
        is_path = isinstance(provider, str) and not sign_in.is_token
        yield "credential", provider if is_path else _kind_of(provider)
        yield "scope", sign_in.scope
    mode, identity = sign_in.mode, sign_in.identity
    if mode is None or identity is None:
        return
    by_driver = not sign_in.needs_token
    yield "credential", "the ODBC driver's" if by_driver else f"azure.identity.{mode.credential}"
    tenant = identity.arguments.get("tenant_id")
    if mode.takes_authority and not by_driver:
        yield "tenant", tenant if isinstance(tenant, str) else "not set"
    for name in _IDENTITIES:
        value = identity.arguments.get(name)
        if isinstance(value, str):
            yield ("client" if name == "client_id" else name), value
    if by_driver:
        return
    yield "authority", identity.authority if mode.takes_authority else "none: asks this machine"
    yield "scope", identity.scope


def _kind_of(provider: Any) -> str:
    """Return the class of TOKEN or of a credential, never its value."""
    return f"{type(provider).__module__}.{type(provider).__qualname__}"


def _token_lines(token: Token) -> Iterator[tuple[str, str]]:
    """Yield label and text of the token's unverified claims."""
    claims = tokens.claims(token.text)
    names = (name for name in _PRINCIPALS if isinstance(claims.get(name), str))
    principal = next((claims[name] for name in names), "")
    yield "token of", principal or "unknown: it cannot be read"
    for label, name in (("token tenant", "tid"), ("token for", "aud")):
        if isinstance(claims.get(name), str):
            yield label, claims[name]
    if token.expires_on is None:
        yield "expires", "not known"
        return
    end = datetime.datetime.fromtimestamp(token.expires_on, datetime.timezone.utc)
    minutes = token.seconds_left(time.time()) / 60
    yield "expires", f"{end:%Y-%m-%d %H:%M:%S} UTC, in {minutes:.0f} minutes"
