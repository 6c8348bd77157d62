"""From settings to an identity, and from an identity to its token source.

azure-identity takes a quarter of a second to import, so it is imported with the first token.
Follows https://learn.microsoft.com/python/api/overview/azure/identity-readme
"""

from __future__ import annotations

import importlib.util
import os
import threading
from dataclasses import dataclass, field
from typing import Any, Callable, Hashable, Mapping

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from mssql.auth import clouds
from mssql.auth.modes import Mode
from mssql.auth.tokens import FixedSource, Source, Token, TokenError, TokenSource


@dataclass(frozen=True)
class Identity:
    """A principal of Microsoft Entra and the way to get its tokens.

    `arguments` are the settings that the mode reads, `options` go to the credential as they are.
    """

    mode: Mode
    scope: str
    authority: str
    arguments: Mapping[str, Any] = field(repr=False)
    options: Mapping[str, Any] = field(repr=False, default_factory=dict)
    margin: float = 300

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


def _hashable(values: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, _plain_or_id(values[name])) for name in sorted(values))


def _plain_or_id(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, type(None))) else id(value)


def identity(mode: Mode, host: str, settings: Mapping[str, Any]) -> Identity:
    """The identity that a mode reads out of `settings` (OPTIONS, with USER and PASSWORD)."""
    cloud = clouds.of(host)
    arguments = {name: settings[name] for name in mode.arguments if settings.get(name)}
    for setting, meant in (("USER", mode.user), ("PASSWORD", mode.password)):
        if meant and settings.get(setting):
            arguments.setdefault(meant, settings[setting])
    client, at, tenant = str(arguments.get("client_id", "")).partition("@")
    if at:
        arguments["client_id"] = client
        arguments.setdefault("tenant_id", tenant)
    if "tenant_id" in mode.required and not arguments.get("tenant_id"):
        from_environment = os.environ.get("AZURE_TENANT_ID")
        if from_environment:
            arguments["tenant_id"] = from_environment
    return Identity(
        mode=mode,
        scope=settings.get("token_scope") or cloud.scope,
        authority=settings.get("authority") or cloud.authority,
        arguments=arguments,
        options=settings.get("credential_options") or {},
        margin=settings.get("token_refresh_margin", 300),
    )


def missing(known: Identity) -> tuple[str, ...]:
    """The settings without which the mode cannot work and that were not given."""
    return tuple(name for name in known.mode.required if not known.arguments.get(name))


def azure_identity_is_installed() -> bool:
    """Whether tokens can be fetched at all, told without importing azure-identity."""
    try:
        return importlib.util.find_spec("azure.identity") is not None
    except ModuleNotFoundError:
        return False


# Anew, these would ask a human again, find another identity, or show an assertion that is too old.
_RENEWED_THROUGH_CACHE = frozenset(
    (
        "DefaultAzureCredential",
        "DeviceCodeCredential",
        "InteractiveBrowserCredential",
        "OnBehalfOfCredential",
    )
)

_lock = threading.Lock()
_sources: dict[Hashable, TokenSource] = {}


def source_of(known: Identity) -> TokenSource:
    """The one token source that this process has for an identity."""
    with _lock:
        if known.key not in _sources:
            _sources[known.key] = TokenSource(
                _CredentialMint(known),
                known.margin,
                passes_cache=known.mode.credential not in _RENEWED_THROUGH_CACHE,
            )
        return _sources[known.key]


def source_of_token(given: Any, scope: str, margin: float = 300) -> Source:
    """The source behind the setting TOKEN: a str, a callable, an AccessToken or a credential."""
    if callable(given) or hasattr(given, "get_token"):
        return source_of_credential(given, scope, margin)
    return FixedSource(given)


def source_of_credential(given: Any, scope: str, margin: float = 300) -> TokenSource:
    """The source behind OPTIONS["credential"]: a dotted path, a callable or a TokenCredential.

    A callable gives a token (str or AccessToken) or a TokenCredential.
    """
    key = ("credential", _plain_or_id(given), scope, margin)
    with _lock:
        if key not in _sources:
            _sources[key] = TokenSource(_GivenMint(given, scope), margin)
        return _sources[key]


class _GivenMint:
    """Mints from what the project itself brings along."""

    def __init__(self, given: Any, scope: str) -> None:
        self._given = given
        self._scope = scope

    def __call__(self, fresh: bool) -> Token:
        name = _name_of(self._given)
        return _minted(lambda: self._fetch(), f"the credential {name}")

    def _fetch(self) -> Any:
        given = import_string(self._given) if isinstance(self._given, str) else self._given
        if isinstance(given, type) or (not hasattr(given, "get_token") and callable(given)):
            given = given()
        return _asked(given, self._scope) if hasattr(given, "get_token") else given


class _CredentialMint:
    """Mints through a credential of azure-identity, which is built with the first token."""

    def __init__(self, known: Identity) -> None:
        self._identity = known
        self._credential: Any = None
        self._process = os.getpid()

    def __call__(self, fresh: bool) -> Token:
        return _minted(
            lambda: _asked(self._current(fresh), self._identity.scope),
            self._identity.mode.keyword,
        )

    def _current(self, fresh: bool) -> Any:
        # A child process must not use its parent's sockets; a refused token is in the cache.
        if self._credential is None or fresh or self._process != os.getpid():
            self._credential = build(self._identity)
            self._process = os.getpid()
        return self._credential


def build(known: Identity) -> Any:
    """The azure.identity credential of an identity.

    Raises ImproperlyConfigured where azure-identity is missing or refuses the arguments.
    """
    try:
        import azure.identity
    except ImportError:
        raise ImproperlyConfigured(
            f"The authentication mode {known.mode.keyword} needs the package azure-identity. "
            "Run 'pip install azure-identity'."
        ) from None
    parameters: dict[str, Any] = {**known.mode.limits, **known.options}
    if known.mode.takes_authority:
        parameters.setdefault("authority", known.authority)
    for setting, value in known.arguments.items():
        parameter, _, key = known.mode.arguments[setting].partition(".")
        parameters[parameter] = {key: value} if key else value
    try:
        return getattr(azure.identity, known.mode.credential)(**parameters)
    except (TypeError, ValueError) as refusal:
        raise TokenError(
            f"azure-identity refuses the settings of {known.mode.keyword}: "
            f"{_without_values(str(refusal), known.arguments)}"
        ) from None


def _asked(credential: Any, scope: str) -> Any:
    """A token, with the time from which on to renew it where the credential tells that."""
    return getattr(credential, "get_token_info", credential.get_token)(scope)


def _minted(fetch: Callable[[], Any], who: str) -> Token:
    """The token that `fetch` gives; whatever goes wrong becomes a TokenError in plain words."""
    try:
        return Token.of(fetch())
    except (TokenError, ImproperlyConfigured):
        raise
    except Exception as error:  # noqa: BLE001 - a project's own callable may raise anything
        raise TokenError(
            f"Microsoft Entra gave no token for {who}: {_in_plain_words(error)}"
        ) from None


def _in_plain_words(error: Exception) -> str:
    """The first line of an error of azure-identity, with what to look at.

    Errors of other classes give their class only: their text might quote a secret.
    """
    module = type(error).__module__.partition(".")[0]
    first_line = str(error).strip().partition("\n")[0] if module == "azure" else ""
    name = type(error).__name__
    advice = {
        "CredentialUnavailableError": "The way to sign in does not exist on this machine; check "
        "that its identity or environment variables are set up, or choose another mode.",
        "ClientAuthenticationError": "Check client_id, tenant_id and the secret or identity.",
        "ServiceRequestError": "The identity service was not reached; check network and proxy.",
    }.get(name, "")
    return " ".join(part for part in (f"{name}.", first_line, advice) if part)


def _without_values(text: str, arguments: Mapping[str, Any]) -> str:
    for value in arguments.values():
        if isinstance(value, str) and value:
            text = text.replace(value, "***")
    return text


def _name_of(given: Any) -> str:
    if isinstance(given, str):
        return given
    return getattr(given, "__qualname__", type(given).__name__)
