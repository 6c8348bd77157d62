"""Sign-in of a connection: keywords of the connection string, or an access token."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mssql.auth import clouds, identities, modes, project_sources
from mssql.auth.secrecy import HiddenValues, Secretive
from mssql.auth.tokens import Source
from mssql.config.connection_string import Keywords


@dataclass(frozen=True)
class SignIn(Secretive):
    """The sign-in of a connection.

    `name` is for people. `keywords` are for the driver's own sign-in. `mode` is the authentication
    mode and `identity` its principal, both None without OPTIONS["authentication"].
    """

    name: str
    keywords: Keywords = field(default_factory=Keywords)
    mode: modes.Mode | None = None
    identity: identities.Identity | None = None

    @property
    def needs_token(self) -> bool:
        """Whether this process requests an access token, rather than the driver."""
        return False

    @property
    def is_of_entra(self) -> bool:
        """Whether a token is sent to the server, by this process or by the driver."""
        return self.needs_token or (self.mode is not None and self.mode.is_of_entra)

    def token_source(self) -> Source | None:
        """Return the source of the access tokens, or None if there is none."""
        return None

    @property
    def missing_settings(self) -> tuple[str, ...]:
        """The settings that the mode requires and that are not set; "a|b" is either."""
        if self.mode is None or self.identity is None:
            return ()
        by_driver = "" if self.needs_token else self.mode.native_without
        missing = self.identity.missing_settings
        return tuple(names for names in missing if names != by_driver)


@dataclass(frozen=True)
class IdentitySignIn(SignIn):
    """Sign-in with the tokens that azure-identity requests for an authentication mode."""

    @property
    def needs_token(self) -> bool:
        return True

    def token_source(self) -> Source | None:
        assert self.identity is not None
        return project_sources.source_of_identity(self.identity)


@dataclass(frozen=True)
class ProjectSignIn(SignIn):
    """Sign-in with the tokens of TOKEN or OPTIONS["credential"]."""

    provider: Any = field(repr=False, default=None)
    scope: str = ""
    margin: float = 300
    is_token: bool = False

    @property
    def needs_token(self) -> bool:
        return True

    @property
    def is_credential(self) -> bool:
        """Whether the provider is a TokenCredential of azure-identity."""
        return hasattr(self.provider, "get_token")

    def token_source(self) -> Source | None:
        if self.is_token:
            return project_sources.source_of_token(self.provider, self.scope, self.margin)
        return project_sources.source_of_credential(self.provider, self.scope, self.margin)


def sql_login(user: str, password: str) -> SignIn:
    """Return the sign-in with a SQL login."""
    return SignIn("SqlPassword", Keywords({"UID": user, "PWD": password}))


def sign_in(host: str, settings: HiddenValues, extra: Keywords) -> SignIn:
    """Return the sign-in of the settings: TOKEN, a credential, a mode, a password or Kerberos.

    `settings` are OPTIONS with USER, PASSWORD, TOKEN and Trusted_Connection, `host` is the name of
    the server. Raises ImproperlyConfigured for an unknown mode.
    """
    for name in ("TOKEN", "credential"):
        if settings.get(name):
            scope = settings.get("token_scope") or clouds.scope_of(host)
            return ProjectSignIn(
                name,
                provider=settings[name],
                scope=scope,
                margin=settings["token_refresh_margin"],
                is_token=name == "TOKEN",
            )
    keyword = settings.get("authentication") or extra.get("Authentication")
    if keyword:
        by_option = bool(settings.get("authentication"))
        return _by_mode(modes.find(str(keyword)), host, settings, extra, by_option)
    if settings.get("USER"):
        return sql_login(settings["USER"], settings["PASSWORD"])
    if "UID" in extra:
        return SignIn("SqlPassword")
    if settings.get("dsn"):
        return SignIn("dsn")
    return SignIn("Windows", Keywords({"Trusted_Connection": settings["Trusted_Connection"]}))


def _by_mode(
    mode: modes.Mode, host: str, settings: HiddenValues, extra: Keywords, by_option: bool
) -> SignIn:
    by_extra = {
        name: settings.get(name) or extra.get(keyword) or ""
        for name, keyword in (("USER", "UID"), ("PASSWORD", "PWD"))
    }
    identity = identities.identity_of(mode, host, HiddenValues(settings, by_extra))
    if mode.needs_token and not _is_left_to_driver(mode, identity, by_option):
        return IdentitySignIn(mode.keyword, mode=mode, identity=identity)
    keywords = Keywords({"Authentication": mode.keyword})
    if settings.get("USER"):
        keywords["UID"] = settings["USER"]
    if settings.get("PASSWORD") and mode.password:
        keywords["PWD"] = settings["PASSWORD"]
    return SignIn(mode.keyword, keywords, mode, identity)


def _is_left_to_driver(mode: modes.Mode, identity: identities.Identity, by_option: bool) -> bool:
    """Whether Microsoft's ODBC driver signs in although azure-identity could.

    It does for a service principal as mssql-django has it, without its tenant, which the driver
    receives from the server, and for a user's password without an application's client_id.
    """
    if not mode.native_without or identity.arguments.get(mode.native_without):
        return False
    is_required = mode.native_without in mode.requirements
    return not is_required or not by_option
