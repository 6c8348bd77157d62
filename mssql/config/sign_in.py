"""How a connection proves who it is: what goes into the connection string, or a token beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

from mssql.auth import clouds, credentials, modes, project_sources
from mssql.auth.secrecy import Secretive
from mssql.auth.tokens import Source, Token
from mssql.config.connection_string import Keywords
from mssql.config.settings import ConnectionSettings
from mssql.config.target import Target
from mssql.config.verification import require_verification, signs_in_by_entra

APPLICATION_NAME = "django-mssql-otel"
# Beside an access token the driver refuses all of these (FA005), even where they are empty.
_REFUSED_WITH_TOKEN: tuple[str, ...] = ("UID", "PWD", "Trusted_Connection", "Authentication")
# Beside a mode of its own it refuses this (FA001).
_REFUSED_WITH_MODE = ("Trusted_Connection",)


@dataclass(frozen=True)
class SignIn(Secretive):
    """Keywords for the driver's own way to sign in, or the source of the access token."""

    keywords: Keywords = field(default_factory=Keywords)
    source: Source | None = None


def sign_in(settings: ConnectionSettings) -> SignIn:
    """The way that the settings ask for: TOKEN, a credential, a mode, a password or Kerberos."""
    options = settings.options
    scope = options.get("token_scope") or clouds.scope_of(settings.address)
    margin = options.get("token_refresh_margin", 300)
    if settings.token:
        return SignIn(source=project_sources.source_of_token(settings.token, scope, margin))
    if options.get("credential"):
        given = options["credential"]
        return SignIn(source=project_sources.source_of_credential(given, scope, margin))
    if settings.authentication:
        return _by_mode(settings, modes.find(settings.authentication))
    if settings.user:
        return SignIn(Keywords({"UID": settings.user, "PWD": settings.password}))
    if "UID" in settings.extra or options.get("dsn"):
        return SignIn()
    return SignIn(Keywords({"Trusted_Connection": settings.trusted_connection}))


def sign_in_name(settings: ConnectionSettings) -> str:
    """What the way to sign in is called, for people."""
    if settings.token:
        return "TOKEN"
    if settings.options.get("credential"):
        return "credential"
    if settings.authentication:
        return modes.find(settings.authentication).keyword
    is_sql = settings.user or "UID" in settings.extra
    return "SqlPassword" if is_sql else "dsn" if settings.options.get("dsn") else "Windows"


def _by_mode(settings: ConnectionSettings, mode: modes.Mode) -> SignIn:
    if mode.needs_token and not leaves_to_driver(settings, mode):
        known = credentials.identity(mode, settings.address, settings.sign_in)
        return SignIn(source=project_sources.source_of_identity(known))
    keywords = Keywords({"Authentication": mode.keyword})
    if settings.user:
        keywords["UID"] = settings.user
    if settings.password and mode.password:
        keywords["PWD"] = settings.password
    return SignIn(keywords)


def leaves_to_driver(settings: ConnectionSettings, mode: modes.Mode) -> bool:
    """Whether Microsoft's ODBC driver signs in by itself although azure-identity could.

    So it does for a service principal as mssql-django knows it, without its tenant, which the
    driver learns from the server, and for a user's password without an application's client_id.
    """
    if not mode.native_without:
        return False
    known = credentials.identity(mode, settings.address, settings.sign_in)
    if known.arguments.get(mode.native_without):
        return False
    is_required = mode.native_without in mode.required
    return not is_required or not settings.options.get("authentication")


def lacking(settings: ConnectionSettings, mode: modes.Mode) -> tuple[str, ...]:
    """The settings without which the mode cannot work and that were not given."""
    known = credentials.identity(mode, settings.address, settings.sign_in)
    by_driver = mode.native_without if leaves_to_driver(settings, mode) else ""
    return tuple(names for names in credentials.missing(known) if names != by_driver)


def target(settings: ConnectionSettings, way: SignIn, token: Token | None) -> Target:
    """Where to connect, with all keywords of the connection string but the driver's own."""
    options = settings.options
    server = {"Server": settings.server, "Database": settings.database}
    keywords = Keywords(server, way.keywords)
    for name in settings.extra:
        if name not in keywords:
            keywords[name] = settings.extra[name]
    if token:
        refused = _REFUSED_WITH_TOKEN
    else:
        refused = _REFUSED_WITH_MODE if "Authentication" in way.keywords else ()
    for name in refused:
        keywords.take(name)
    if signs_in_by_entra(settings):
        require_verification(keywords)
    if settings.python_driver == "pyodbc":
        # A driver manager's pool hands out connections by their connection string alone, without
        # a look at the token: the name keeps one identity's connections from another.
        application = keywords.take("APP") or APPLICATION_NAME
        keywords["APP"] = f"{application} {token.pool_key}" if token else application
    return Target(
        keywords=keywords,
        driver=options.get("driver"),
        dsn=options.get("dsn"),
        named_server=not options.get("host_is_server", False),
        access_token=token.text if token else "",
        login_timeout=options.get("connection_timeout", 0),
        query_timeout=options.get("query_timeout", 0),
        encodings=options.get("setencoding") or (),
        decodings=options.get("setdecoding") or (),
        fast_executemany=options.get("fast_executemany", False),
    )
