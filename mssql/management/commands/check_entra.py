"""check_entra: who signs in to a database, with which token, and what goes wrong on the way."""

from __future__ import annotations

import datetime
import logging
import time
from typing import Any, Iterator

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, Error, connections

from mssql import checks
from mssql.auth import clouds, credentials, modes, tokens
from mssql.auth.tokens import Token, TokenError
from mssql.config.settings import ConnectionSettings, read
from mssql.config.sign_in import leaves_to_driver, sign_in, sign_in_name

_IDENTITIES = ("client_id", "object_id", "resource_id", "login_hint", "USER")
_PRINCIPALS = ("upn", "unique_name", "appid", "azp", "oid")
_WIDTH = 14


class Command(BaseCommand):
    """Shows how a database is signed in to; asks for a token, and connects where that is asked."""

    help = (
        "Shows the authentication mode of a database and asks Microsoft Entra for its access "
        "token. The token itself is never shown."
    )
    requires_system_checks: Any = []  # those of this database are run, and nothing else

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--database", default=DEFAULT_DB_ALIAS, help="The alias in DATABASES ('default')."
        )
        parser.add_argument(
            "--connect",
            action="store_true",
            help="Also connect, and tell whom the server takes the login for.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        alias = options["database"]
        if alias not in connections:
            raise CommandError(f"DATABASES has no {alias!r}. It has: {', '.join(connections)}.")
        settings_dict = connections.settings[alias]
        if settings_dict["ENGINE"] != checks.ENGINE:
            raise CommandError(f"DATABASES[{alias!r}] is no SQL Server: its ENGINE is another.")
        self._check(settings_dict, alias)
        settings = read(settings_dict, alias)
        self._tell("database", f"{alias}: {settings.database} on {settings.server}")
        for label, text in _configured(settings):
            self._tell(label, text)
        self._fetch(settings)
        if options["connect"]:
            self._connect(alias)
        else:
            self._tell("server", "not asked; add --connect")

    def _tell(self, label: str, text: str) -> None:
        self.stdout.write(f"{label:<{_WIDTH}}{text}")

    def _check(self, settings_dict: Any, alias: str) -> None:
        found = checks.messages(settings_dict, alias)
        for message in found:
            kind = "error" if message.is_serious() else "warning"
            style = self.style.ERROR if message.is_serious() else self.style.WARNING
            self._tell(kind, style(f"{message.msg} {message.hint or ''} ({message.id})"))
        if any(message.is_serious() for message in found):
            raise CommandError("The settings cannot work; nothing was asked for.")

    def _fetch(self, settings: ConnectionSettings) -> None:
        source = sign_in(settings).source
        if source is None:
            self._tell("token", "none: the ODBC driver signs in by itself")
            return
        # azure-identity logs what it raises as well, between the lines here where no logging is set
        # up. Handlers that a project has set up get it as before.
        logging.getLogger("azure").addHandler(logging.NullHandler())
        began = time.monotonic()
        try:
            token = source.token()
        except (TokenError, ImproperlyConfigured) as problem:
            self._tell("token", self.style.ERROR("none"))
            raise CommandError(str(problem)) from None
        self._tell("token", f"fetched in {time.monotonic() - began:.2f} s")
        for label, text in _told_by(token):
            self._tell(label, text)

    def _connect(self, alias: str) -> None:
        connection: Any = connections.create_connection(alias)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT SUSER_SNAME()")
                seen = cursor.fetchone()[0]
        except (Error, ImproperlyConfigured) as problem:
            self._tell("server", self.style.ERROR("refused, or not reached"))
            raise CommandError(str(problem.args[-1])) from None
        finally:
            connection.close()
        self._tell("server", self.style.SUCCESS(f"sees {seen} (SUSER_SNAME)"))


def _configured(settings: ConnectionSettings) -> Iterator[tuple[str, str]]:
    """What the settings say of the way to sign in: no secrets."""
    yield "driver", settings.python_driver
    yield "mode", sign_in_name(settings)
    if not settings.authentication:
        given = settings.token or settings.options.get("credential")
        if given:
            is_path = isinstance(given, str) and not settings.token
            yield "credential", str(given) if is_path else _kind_of(given)
            yield "scope", settings.options.get("token_scope") or clouds.scope_of(settings.address)
        return
    mode = modes.find(settings.authentication)
    known = credentials.identity(mode, settings.address, settings.sign_in)
    by_driver = not mode.needs_token or leaves_to_driver(settings, mode)
    yield "credential", "the ODBC driver's" if by_driver else f"azure.identity.{mode.credential}"
    tenant = known.arguments.get("tenant_id")
    if mode.takes_authority and not by_driver:
        yield "tenant", tenant if isinstance(tenant, str) else "not set"
    for name in _IDENTITIES:
        value = known.arguments.get(name)
        if isinstance(value, str):
            yield ("client" if name == "client_id" else name), value
    if by_driver:
        return
    yield "authority", known.authority if mode.takes_authority else "none: asks this machine"
    yield "scope", known.scope


def _kind_of(given: Any) -> str:
    """What kind of thing TOKEN or a credential is, never the thing itself."""
    return f"{type(given).__module__}.{type(given).__qualname__}"


def _told_by(token: Token) -> Iterator[tuple[str, str]]:
    """What the token says of itself; the server judges whether that is true."""
    held = tokens.claims(token.text)
    principal = next((held[name] for name in _PRINCIPALS if isinstance(held.get(name), str)), "")
    yield "token of", principal or "somebody: it cannot be read"
    for label, name in (("token tenant", "tid"), ("token for", "aud")):
        if isinstance(held.get(name), str):
            yield label, held[name]
    if token.expires_on is None:
        yield "expires", "not known"
        return
    end = datetime.datetime.fromtimestamp(token.expires_on, datetime.timezone.utc)
    left = token.seconds_left(time.time()) / 60
    yield "expires", f"{end:%Y-%m-%d %H:%M:%S} UTC, in {left:.0f} minutes"
