"""Where and how a connection is opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Sequence

from mssql.auth.secrecy import Secretive
from mssql.config.connection_string import Keywords


@dataclass(frozen=True)
class Target(Secretive):
    """Where and how to connect. `keywords` are those of the connection string but the driver's."""

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
