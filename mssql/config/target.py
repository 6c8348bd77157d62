"""Connection string and attributes with which a driver opens a connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Sequence

from mssql.auth.secrecy import Secretive
from mssql.auth.tokens import Token
from mssql.config.connection_config import ConnectionConfig
from mssql.config.connection_string import Keywords
from mssql.config.verification import require_verification

APPLICATION_NAME = "django-mssql-otel"
# The driver refuses all of these alongside an access token (FA005), even if they are empty.
_REFUSED_WITH_TOKEN: tuple[str, ...] = ("UID", "PWD", "Trusted_Connection", "Authentication")
# The driver refuses this alongside one of the modes that it implements (FA001).
_REFUSED_WITH_MODE = ("Trusted_Connection",)


@dataclass(frozen=True)
class Target(Secretive):
    """The arguments of a driver's connect. `keywords` lack only those of the driver itself."""

    keywords: Keywords
    driver: str | None = None
    dsn: str | None = None
    named_server: bool = False  # FreeTDS: the host is a name of freetds.conf
    access_token: str = field(repr=False, default="")
    login_timeout: int = 0
    query_timeout: int = 0
    encodings: Sequence[Any] = ()
    decodings: Sequence[Any] = ()
    fast_executemany: bool = False


def target(config: ConnectionConfig, token: Token | None) -> Target:
    """Return the target of a configuration and of the token that its sign-in needs, if any."""
    options = config.options
    return Target(
        keywords=_keywords(config, token),
        driver=options["driver"],
        dsn=options["dsn"],
        named_server=not options["host_is_server"],
        access_token=token.text if token else "",
        login_timeout=options["connection_timeout"],
        query_timeout=options["query_timeout"],
        encodings=options["setencoding"],
        decodings=options["setdecoding"],
        fast_executemany=options["fast_executemany"],
    )


def _keywords(config: ConnectionConfig, token: Token | None) -> Keywords:
    server = {"Server": str(config.address), "Database": config.database}
    keywords = Keywords(server, config.sign_in.keywords)
    for name, value in config.extra.items():
        keywords.setdefault(name, value)
    by_mode = "Authentication" in config.sign_in.keywords
    for name in _REFUSED_WITH_TOKEN if token else _REFUSED_WITH_MODE if by_mode else ():
        keywords.pop(name, None)
    if config.sign_in.is_of_entra:
        require_verification(keywords)
    if config.python_driver == "pyodbc":
        # A driver manager's pool selects connections by their connection string alone, without
        # the token: the application's name keeps the connections of identities apart.
        application = keywords.pop("APP", None) or APPLICATION_NAME
        keywords["APP"] = f"{application} {token.pool_key}" if token else application
    return keywords
