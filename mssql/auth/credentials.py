"""Credentials of azure-identity, and the token sources of identities.

azure-identity takes a quarter of a second to import, so it is imported with the first token.
Follows https://learn.microsoft.com/python/api/overview/azure/identity-readme
"""

from __future__ import annotations

import datetime
import importlib
import importlib.util
import json
import os
import threading
from typing import Any, Callable, Hashable, Mapping

from django.core.exceptions import ImproperlyConfigured

from mssql.auth import clouds, modes
from mssql.auth.identities import Identity
from mssql.auth.modes import Mode
from mssql.auth.secrecy import HiddenValues, traceless
from mssql.auth.tokens import Token, TokenError, TokenSource

# Errors that a wrong clock of this machine causes, for assertions that it signs and ID tokens that
# msal reads. https://learn.microsoft.com/entra/identity-platform/reference-error-codes
_CLOCK_IS_WRONG = ("AADSTS700024", "AADSTS500133", "your computer's time")
# A renewal past the cache would disturb a human again, find another identity, or send an assertion
# that is too old.
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


def is_installed(package: str) -> bool:
    """Whether azure-identity, or azure-identity-broker, can be imported."""
    try:
        return importlib.util.find_spec(package.replace("-", ".")) is not None
    except ModuleNotFoundError:
        return False


_lock = threading.Lock()
_sources: dict[Hashable, TokenSource] = {}


def _after_fork() -> None:
    # A lock that another thread has acquired before a fork is never released in the child.
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def source_of(identity: Identity) -> TokenSource:
    """Return the token source that this process shares for an identity."""
    with _lock:
        if identity.key not in _sources:
            _sources[identity.key] = new_source(identity)
        return _sources[identity.key]


def new_source(identity: Identity) -> TokenSource:
    """Return a token source of an identity that is not shared."""
    return TokenSource(
        _CredentialMint(identity),
        identity.margin,
        passes_cache=identity.mode.credential not in _RENEWED_THROUGH_CACHE,
        asks_human=identity.mode.credential in _ASK_A_HUMAN,
    )


class _CredentialMint:
    """A function that fetches tokens through a credential, which is built with the first token.

    It is built again in a child process, which must not use its parent's sockets; for a fresh
    token, since a refused one is in the credential's cache; and with a new secret or certificate.
    """

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._credential: Any = None
        self._basis: Any = None  # of the credential: process and parameters

    def __call__(self, fresh: bool) -> Token:
        identity = self._identity
        return mint(lambda: self._fetch(fresh), identity.mode.keyword, identity.without_secrets)

    def _fetch(self, fresh: bool) -> Any:
        identity = self._identity
        try:
            return request_token(self._current_credential(fresh), identity.scope)
        except Exception as refusal:
            if identity.otherwise is None or not _is_refusal(refusal):
                raise
            self._identity = identity.otherwise
            try:
                return request_token(self._current_credential(True), identity.scope)
            except Exception:  # noqa: BLE001 - the first refusal is the one to report
                self._identity = identity
                raise refusal from None

    def _current_credential(self, fresh: bool) -> Any:
        parameters = self._identity.parameters()
        basis = (os.getpid(), parameters)
        if fresh or self._basis != basis:
            self._credential = build(self._identity, parameters)
            self._basis = basis
        return self._credential


def _is_refusal(error: Exception) -> bool:
    """Whether the identity service has answered that there is no such identity."""
    from azure.core.exceptions import AzureError, ClientAuthenticationError

    is_answer = not isinstance(error.__cause__, AzureError)
    return isinstance(error, ClientAuthenticationError) and is_answer


@traceless
def build(identity: Identity, parameters: HiddenValues | None = None) -> Any:
    """Return the azure.identity credential of an identity, with its parameters or others.

    Raises ImproperlyConfigured if azure-identity is missing or too old, or if its logging is
    requested, and TokenError if it refuses the arguments.
    """
    mode = identity.mode
    credential_class = _credential_class(mode)
    for name in identity.talkative_options:
        raise ImproperlyConfigured(
            f"OPTIONS['credential_options'] has {name!r}, which writes secrets and tokens into the "
            "log. Remove it."
        )
    arguments: dict[str, Any] = {**mode.limits, **_as_dict(identity.options)}
    if "connection_timeout" in mode.limits:
        from mssql.auth.transport import PatientTransport

        arguments.setdefault("transport", PatientTransport(**arguments))
    if mode.takes_authority and identity.authority:
        arguments.setdefault("authority", identity.authority)
    arguments.update(_as_dict(identity.parameters() if parameters is None else parameters))
    if mode.module == "azure.identity.broker":
        arguments.setdefault("parent_window_handle", _console_window())
    if isinstance(arguments.get("func"), dict):
        arguments["func"] = _assertion_function(arguments["func"], identity.exchange)
    try:
        return credential_class(**arguments)
    except (TypeError, ValueError) as refusal:
        raise TokenError(
            f"azure-identity refuses the settings of {mode.keyword}: "
            f"{identity.without_secrets(str(refusal))}"
        ) from None


def _console_window() -> Any:
    """Return the handle with which a broker opens its window over that of the console."""
    from msal import PublicClientApplication

    return PublicClientApplication.CONSOLE_WINDOW_HANDLE


def _assertion_function(arguments: Mapping[str, str], exchange: str) -> Callable[[], str]:
    """Return a function that fetches a managed identity's token in place of a secret.

    https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
    """
    mode = modes.find("ActiveDirectoryMSI")
    credential = build(Identity(mode, exchange, "", HiddenValues(arguments)))
    return lambda: str(request_token(credential, exchange).token)


def _as_dict(values: HiddenValues) -> dict[str, Any]:
    return {name: values[name] for name in values}


def _credential_class(mode: Mode) -> Any:
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


def request_token(credential: Any, scope: str) -> Any:
    """Return an AccessToken or AccessTokenInfo of a credential; the latter has a renewal time.

    Raises TokenError if there is no scope.
    """
    if not scope:
        raise TokenError(clouds.UNKNOWN)
    return getattr(credential, "get_token_info", credential.get_token)(scope)


def mint(fetch: Callable[[], Any], name: str, without_secrets: Callable[[str], str]) -> Token:
    """Return the token that `fetch` returns; every failure is a TokenError in plain words."""
    return Token.of(in_plain_words(fetch, name, without_secrets))


def in_plain_words(
    fetch: Callable[[], Any], name: str, without_secrets: Callable[[str], str]
) -> Any:
    """Return the value that `fetch` returns; every failure is a TokenError in plain words.

    `name` is the name of the mode or credential.
    """
    try:
        return fetch()
    except (TokenError, ImproperlyConfigured):
        raise
    except Exception as error:  # noqa: BLE001 - a project's own callable may raise anything
        raise TokenError(
            f"Microsoft Entra issued no token for {name}: {without_secrets(_plain_words(error))}",
            _claims_challenge(error),
        ) from None


def _claims_challenge(error: Exception) -> str:
    """Return the claims that the identity service requires, as JSON, or "".

    https://learn.microsoft.com/entra/identity-platform/claims-challenge
    """
    try:
        claims = json.loads(error.response.text()).get("claims")  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001 - there is no answer, or an answer without claims
        return ""
    return claims if isinstance(claims, str) else ""


def _plain_words(error: Exception) -> str:
    """Return the first line of an error of azure-identity, with advice.

    Of other errors the class alone is named: their text might quote a secret.
    """
    module = type(error).__module__.partition(".")[0]
    first_line = str(error).strip().partition("\n")[0] if module == "azure" else ""
    name = type(error).__name__
    if any(mark in first_line for mark in _CLOCK_IS_WRONG):
        now = datetime.datetime.now(datetime.timezone.utc)
        clock = f"This machine's clock reads {now:%Y-%m-%d %H:%M:%S} UTC: set it (NTP)."
        return f"{name}. {first_line.rstrip('.')}. {clock}"
    advice = {
        "CredentialUnavailableError": "This machine does not support the mode; check that its "
        "identity or environment variables are set up, or choose another mode.",
        "ClientAuthenticationError": "Check client_id, tenant_id and the secret or identity.",
        "ServiceRequestError": "The identity service was not reached; check network and proxy.",
        "ServiceResponseTimeoutError": "The identity service did not answer in time.",
    }.get(name, "")
    return " ".join(f"{part.rstrip('.')}." for part in (name, first_line, advice) if part)
