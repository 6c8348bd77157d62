"""The configuration with which an alias opens connections."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping

from mssql.auth.secrecy import Secretive
from mssql.config.address import Address
from mssql.config.connection_string import Keywords
from mssql.config.options import Options
from mssql.config.sign_in import SignIn
from mssql.errors.retry import RetryPolicy


@dataclass(frozen=True)
class SignInSettings(Secretive):
    """A copy of the settings that decide who signs in, to be compared with later ones."""

    values: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, settings_dict: Mapping[str, Any]) -> SignInSettings:
        """Copy them from DATABASES[alias]."""
        values = {name: settings_dict.get(name) for name in ("USER", "PASSWORD", "TOKEN")}
        return cls({**values, "OPTIONS": dict(settings_dict.get("OPTIONS") or {})})


@dataclass(frozen=True)
class ConnectionConfig(Secretive):
    """The settings of DATABASES[alias], with the sign-in decided.

    `extra` are the keywords of OPTIONS["extra_params"].
    """

    alias: str
    database: str
    address: Address
    user: str
    password: str = field(repr=False)
    extra: Keywords
    options: Options
    python_driver: str
    retry_policy: RetryPolicy
    sign_in: SignIn
    sign_in_settings: SignInSettings = field(repr=False)

    @property
    def key(self) -> tuple[str, str, str | None]:
        """Equal for connections to the same database of the same server."""
        return (str(self.address).lower(), self.database, self.options["dsn"])
