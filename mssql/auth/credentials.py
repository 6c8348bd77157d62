"""From settings to an identity, and from an identity to its token source.

azure-identity takes a quarter of a second to import, so it is imported with the first token.
Follows https://learn.microsoft.com/python/api/overview/azure/identity-readme
"""

from __future__ import annotations

import datetime
import importlib
import importlib.util
import json
import os
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Hashable, Mapping

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from mssql.auth import clouds, modes
from mssql.auth.modes import Mode
from mssql.auth.secrecy import HiddenValues, Secretive, traceless
from mssql.auth.tokens import Token, TokenError, TokenSource

# Parameters of azure-identity that are functions, which it calls whenever it needs an assertion.
_FUNCTIONS = ("func", "client_assertion_func")
# Either would write secrets and tokens into the log.
_TOO_TALKATIVE = ("logging_enable", "enable_support_logging")
_SECRET_SETTINGS = (
    "PASSWORD",
    "certificate_password",
    "client_secret",
    "system_access_token",
    "user_assertion",
)
_SECRET_VARIABLES = (
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_CLIENT_SECRET",
    "AZURE_PASSWORD",
    "IDENTITY_HEADER",
    "MSI_SECRET",
    "SYSTEM_ACCESSTOKEN",
)
# Of what this machine signs and reads: assertions of applications and users, and msal's ID tokens.
# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
_CLOCK_IS_WRONG = ("AADSTS700024", "AADSTS500133", "your computer's time")
DEFAULT_MARGIN = 300  # seconds before its end at which a token is renewed at the latest
_JWT = re.compile(r"eyJ[\w-]{8,}(\.[\w-]*)*")


@dataclass(frozen=True)
class Identity(Secretive):
    """A principal of Microsoft Entra and the way to get its tokens.

    `arguments` are the settings that the mode reads, `options` go to the credential as they are.
    `otherwise` is asked where this identity is refused, `exchange` is what a managed identity's
    token is asked for that stands for a secret.
    """

    mode: Mode
    scope: str
    authority: str
    arguments: HiddenValues
    options: HiddenValues = field(default_factory=HiddenValues)
    margin: float = DEFAULT_MARGIN
    otherwise: Identity | None = None
    exchange: str = clouds.PUBLIC.exchange

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

    @traceless
    def parameters(self) -> HiddenValues:
        """What the credential's class is given of `arguments`, as it is now: callables are called
        and files read anew, so that a secret may be renewed while the process runs."""
        given: dict[str, Any] = {}
        for setting in self.arguments:
            value = self.arguments[setting]
            parameter, _, key = self.mode.arguments[setting].partition(".")
            if parameter in _FUNCTIONS and not key:
                value = import_string(value) if isinstance(value, str) else value
            elif callable(value):
                value = value()
            if setting == "certificate_path":
                value = _content(value)
            # No setting stands next to another one of the same parameter's: Mode.one_of.
            given[parameter] = {key: value} if key else value
        return HiddenValues(given)

    def without_secrets(self, text: str) -> str:
        """`text` of somebody else's with tokens and this identity's secrets blotted out."""
        of_settings = map(self.arguments.get, _SECRET_SETTINGS)
        for value in (*of_settings, *map(os.environ.get, _SECRET_VARIABLES)):
            if isinstance(value, str) and value:
                text = text.replace(value, "***")
        return _JWT.sub("***", text)


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as problem:
        raise TokenError(
            f"The file that OPTIONS['certificate_path'] names cannot be read: {problem.strerror}."
        ) from None


def _hashable(values: HiddenValues) -> tuple[tuple[str, Any], ...]:
    return tuple((name, plain_or_id(values[name])) for name in sorted(values))


def plain_or_id(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, bool, type(None))) else id(value)


def identity(mode: Mode, host: str, settings: Mapping[str, Any] | HiddenValues) -> Identity:
    """Return the identity that a mode reads from `settings`: OPTIONS, with USER and PASSWORD."""
    cloud = clouds.of(host)
    authority = settings.get("authority") or clouds.authority_of_environment()
    margin = settings.get("token_refresh_margin")

    def with_arguments(arguments: dict[str, Any], otherwise: Identity | None = None) -> Identity:
        return Identity(
            mode=mode,
            scope=settings.get("token_scope") or (cloud.scope if cloud else ""),
            authority=authority or (cloud.authority if cloud else ""),
            arguments=HiddenValues(arguments),
            options=HiddenValues(settings.get("credential_options") or {}),
            margin=DEFAULT_MARGIN if margin is None else margin,
            otherwise=otherwise,
            exchange=(cloud or clouds.PUBLIC).exchange,
        )

    names_identity = any(settings.get(name) for name in ("client_id", "object_id", "resource_id"))
    otherwise = None
    if mode.user_otherwise and settings.get("USER") and not names_identity:
        otherwise = with_arguments({mode.user_otherwise: settings["USER"]})
    return with_arguments(_arguments(mode, settings), otherwise)


def _arguments(mode: Mode, settings: Mapping[str, Any] | HiddenValues) -> dict[str, Any]:
    """Return the settings that a mode reads, with those that USER, "client@tenant" or the
    environment stand for."""
    arguments = {name: settings[name] for name in mode.arguments if settings.get(name)}
    for setting, meaning in (("USER", mode.user), ("PASSWORD", mode.password)):
        if meaning and settings.get(setting):
            arguments.setdefault(meaning, settings[setting])
    client, at, tenant = str(arguments.get("client_id", "")).partition("@")
    if at:
        arguments["client_id"] = client
        arguments.setdefault("tenant_id", tenant)
    for name, variable in mode.environment.items():
        if not arguments.get(name) and os.environ.get(variable):
            arguments[name] = os.environ[variable]
    return arguments


def missing(known: Identity) -> tuple[str, ...]:
    """The settings without which the mode cannot work and that were not given.

    "a|b" stands for any one of them.
    """
    return tuple(
        names
        for names in known.mode.required
        if not any(known.arguments.get(name) for name in names.split("|"))
    )


def talkative(options: HiddenValues) -> list[str]:
    """The names in `credential_options` that would have secrets and tokens written to the log."""
    return [name for name in _TOO_TALKATIVE if options.get(name)]


def is_installed(package: str) -> bool:
    """Whether azure-identity, or azure-identity-broker, can be imported."""
    try:
        return importlib.util.find_spec(package.replace("-", ".")) is not None
    except ModuleNotFoundError:
        return False


# Anew, these would ask a human again, find another identity, or show an assertion that is too old.
_RENEWED_THROUGH_CACHE = frozenset(
    (
        "DefaultAzureCredential",
        "DeviceCodeCredential",
        "InteractiveBrowserBrokerCredential",
        "InteractiveBrowserCredential",
        "OnBehalfOfCredential",
        "VisualStudioCodeCredential",
    )
)

_ASK_A_HUMAN = frozenset(("DeviceCodeCredential", "InteractiveBrowserCredential"))

_lock = threading.Lock()
_sources: dict[Hashable, TokenSource] = {}


def _after_fork() -> None:
    # A lock that another thread held at the fork would never be released in the child.
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def source_of(known: Identity) -> TokenSource:
    """The one token source that this process has for an identity."""
    with _lock:
        if known.key not in _sources:
            _sources[known.key] = new_source(known)
        return _sources[known.key]


def new_source(known: Identity) -> TokenSource:
    """A token source of an identity, which shares its tokens with no other."""
    return TokenSource(
        _CredentialMint(known),
        known.margin,
        passes_cache=known.mode.credential not in _RENEWED_THROUGH_CACHE,
        asks_human=known.mode.credential in _ASK_A_HUMAN,
    )


class _CredentialMint:
    """Mints through a credential of azure-identity, which is built with the first token.

    Three reasons to build it anew: a child process must not use its parent's sockets, a refused
    token is in the credential's cache, and a secret or certificate may have been renewed.
    """

    def __init__(self, known: Identity) -> None:
        self._identity = known
        self._credential: Any = None
        self._built_from: Any = None

    def __call__(self, fresh: bool) -> Token:
        known = self._identity
        return minted(lambda: self._fetch(fresh), known.mode.keyword, known.without_secrets)

    def _fetch(self, fresh: bool) -> Any:
        known = self._identity
        try:
            return asked(self._current(fresh), known.scope)
        except Exception as refusal:
            if known.otherwise is None or not _is_refusal(refusal):
                raise
            self._identity = known.otherwise
            try:
                return asked(self._current(True), known.scope)
            except Exception:  # noqa: BLE001 - the first refusal is the one to tell of
                self._identity = known
                raise refusal from None

    def _current(self, fresh: bool) -> Any:
        parameters = self._identity.parameters()
        built_from = (os.getpid(), parameters)
        if fresh or self._built_from != built_from:
            self._credential = build(self._identity, parameters)
            self._built_from = built_from
        return self._credential


def _is_refusal(error: Exception) -> bool:
    """Whether the identity service has answered and knows no such identity."""
    from azure.core.exceptions import AzureError, ClientAuthenticationError

    unreached = isinstance(error.__cause__, AzureError)
    return isinstance(error, ClientAuthenticationError) and not unreached


@traceless
def build(known: Identity, parameters: HiddenValues | None = None) -> Any:
    """The azure.identity credential of an identity; `parameters` are those of the identity.

    Raises ImproperlyConfigured where azure-identity is missing or too old, or where its logging is
    asked for, and TokenError where it refuses the arguments.
    """
    kind = _class_of(known.mode)
    for name in talkative(known.options):
        raise ImproperlyConfigured(
            f"OPTIONS['credential_options'] has {name!r}, which writes secrets and tokens into the "
            "log. Remove it."
        )
    given: dict[str, Any] = {**known.mode.limits, **_plain(known.options)}
    if "connection_timeout" in known.mode.limits:
        from mssql.auth.transport import PatientTransport

        given.setdefault("transport", PatientTransport(**given))
    if known.mode.takes_authority and known.authority:
        given.setdefault("authority", known.authority)
    given.update(_plain(known.parameters() if parameters is None else parameters))
    if known.mode.module == "azure.identity.broker":
        given.setdefault("parent_window_handle", _console_window())
    if isinstance(given.get("func"), dict):
        given["func"] = _assertion_of(given["func"], known.exchange)
    try:
        return kind(**given)
    except (TypeError, ValueError) as refusal:
        raise TokenError(
            f"azure-identity refuses the settings of {known.mode.keyword}: "
            f"{known.without_secrets(str(refusal))}"
        ) from None


def _console_window() -> Any:
    """Return the handle by which a broker opens its window over that of the console."""
    from msal import PublicClientApplication

    return PublicClientApplication.CONSOLE_WINDOW_HANDLE


def _assertion_of(named: Mapping[str, str], exchange: str) -> Callable[[], str]:
    """Return what fetches the token of a managed identity that stands for an application's secret.

    https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
    """
    mode = modes.find("ActiveDirectoryMSI")
    managed = build(Identity(mode, exchange, "", HiddenValues(named)))
    return lambda: str(asked(managed, exchange).token)


def _plain(values: HiddenValues) -> dict[str, Any]:
    return {name: values[name] for name in values}


def _class_of(mode: Mode) -> Any:
    try:
        module = importlib.import_module(mode.module)
    except ImportError:
        raise ImproperlyConfigured(
            f"The authentication mode {mode.keyword} needs the package {mode.package}. "
            f"Run 'pip install {mode.package}'."
        ) from None
    try:
        return getattr(module, mode.credential)
    except AttributeError:
        raise ImproperlyConfigured(
            f"The installed {mode.package} has no {mode.credential}, which {mode.keyword} needs. "
            "Install another version, or choose another mode."
        ) from None


def asked(credential: Any, scope: str) -> Any:
    """A token, with the time from which on to renew it where the credential tells that.

    Raises TokenError if there is no scope to ask for.
    """
    if not scope:
        raise TokenError(clouds.UNKNOWN)
    return getattr(credential, "get_token_info", credential.get_token)(scope)


def minted(fetch: Callable[[], Any], who: str, without_secrets: Callable[[str], str]) -> Token:
    """The token that `fetch` gives; whatever goes wrong becomes a TokenError in plain words."""
    return Token.of(told(fetch, who, without_secrets))


def told(fetch: Callable[[], Any], who: str, without_secrets: Callable[[str], str]) -> Any:
    """What `fetch` gives; whatever goes wrong becomes a TokenError in plain words."""
    try:
        return fetch()
    except (TokenError, ImproperlyConfigured):
        raise
    except Exception as error:  # noqa: BLE001 - a project's own callable may raise anything
        raise TokenError(
            f"Microsoft Entra gave no token for {who}: {without_secrets(_in_plain_words(error))}",
            _challenge(error),
        ) from None


def _challenge(error: Exception) -> str:
    """Return the claims that the identity service asks for, which its answer holds as JSON, or "".

    https://learn.microsoft.com/entra/identity-platform/claims-challenge
    """
    try:
        claims = json.loads(error.response.text()).get("claims")  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001 - there is no answer, or it says something else
        return ""
    return claims if isinstance(claims, str) else ""


def _in_plain_words(error: Exception) -> str:
    """The first line of an error of azure-identity, with what to look at.

    Errors of other classes give their class only: their text might quote a secret.
    """
    module = type(error).__module__.partition(".")[0]
    first_line = str(error).strip().partition("\n")[0] if module == "azure" else ""
    name = type(error).__name__
    if any(mark in first_line for mark in _CLOCK_IS_WRONG):
        now = datetime.datetime.now(datetime.timezone.utc)
        clock = f"This machine's clock reads {now:%Y-%m-%d %H:%M:%S} UTC: set it (NTP)."
        return f"{name}. {first_line.rstrip('.')}. {clock}"
    advice = {
        "CredentialUnavailableError": "The way to sign in does not exist on this machine; check "
        "that its identity or environment variables are set up, or choose another mode.",
        "ClientAuthenticationError": "Check client_id, tenant_id and the secret or identity.",
        "ServiceRequestError": "The identity service was not reached; check network and proxy.",
        "ServiceResponseTimeoutError": "The identity service did not answer in time.",
    }.get(name, "")
    return " ".join(f"{part.rstrip('.')}." for part in (name, first_line, advice) if part)


def without_tokens(text: str) -> str:
    return _JWT.sub("***", text)
