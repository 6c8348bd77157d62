"""Sources of the project's own tokens: TOKEN, OPTIONS["credential"] and a user's assertion."""

from __future__ import annotations

import functools
import math
import os
import threading
from collections import OrderedDict
from dataclasses import replace
from typing import Any, Callable, Hashable, cast

from django.utils.module_loading import import_string

from mssql.auth.credentials import in_plain_words, mint, new_source, request_token, source_of
from mssql.auth.identities import Identity, plain_or_id, without_tokens
from mssql.auth.secrecy import HiddenValues, Secretive, traceless
from mssql.auth.tokens import FixedSource, Source, Token, TokenError, TokenSource, logger

# Credentials and assertions whose sources are kept; the least recently used are dropped first.
MOST_SOURCES = 1000

_lock = threading.RLock()
_sources: dict[Hashable, VaryingSource] = {}


def _after_fork() -> None:
    # A lock that another thread has acquired before a fork is never released in the child.
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def source_of_token(token: Any, scope: str, margin: float = 300) -> Source:
    """Return the source of the setting TOKEN: a str, a callable, an AccessToken or a credential."""
    if callable(token) or hasattr(token, "get_token"):
        return source_of_credential(token, scope, margin)
    return FixedSource(token)


def source_of_credential(provider: Any, scope: str, margin: float = 300) -> Source:
    """Return the source of OPTIONS["credential"]: a dotted path, a callable or a TokenCredential.

    A callable returns a token (str or AccessToken) or a TokenCredential.
    """
    key = ("credential", plain_or_id(provider), scope, margin)
    with _lock:
        if key not in _sources:
            _sources[key] = ProjectSource(provider, scope, margin)
        return _sources[key]


def source_of_identity(identity: Identity) -> Source:
    """Return the source of an identity of the settings.

    A callable `user_assertion` returns the assertion of the user who is served at the moment.
    """
    if not callable(identity.arguments.get("user_assertion")):
        return source_of(identity)
    with _lock:
        if identity.key not in _sources:
            _sources[identity.key] = OnBehalfSource(identity)
        return _sources[identity.key]


class VaryingSource(Secretive):
    """The source of the tokens of the principal who is served at the moment.

    One token source is kept per credential or assertion. `name` is that of the credential.
    """

    def __init__(self, name: str, without_secrets: Callable[[str], str]) -> None:
        self._name = name
        self._without_secrets = without_secrets
        self._token_sources: OrderedDict[Hashable, tuple[Any, TokenSource]] = OrderedDict()
        self.varies = True

    def token(self, wait: float = math.inf) -> Token:
        """See Source.token. The project's callable runs without a time limit, and in this thread:
        it may look for the principal there."""
        current = self._current()
        return current.unexpired() if isinstance(current, Token) else current.token(wait)

    def discard(self, token: Token) -> None:
        """See Source.discard."""
        with _lock:
            sources = [source for _, source in self._token_sources.values()]
        for source in sources:
            source.discard(token)

    def confirm(self, token: Token) -> bool:
        """See Source.confirm. It is not if the principal is unknown at the moment."""
        try:
            current = self._current()
        except TokenError:
            return not self.varies
        if isinstance(current, Token):
            return current.is_of_same_principal(token)
        if not self.varies:
            return current.confirm(token)
        try:
            latest: Token | None = current.token()
        except TokenError:
            latest = current.last
        is_same = latest is not None and latest.is_of_same_principal(token)
        if is_same and not current.has_issued(token):
            self._note_repetition()
        return is_same

    def _current(self) -> Token | TokenSource:
        """Return the token, or the token source, of the principal who is served at the moment."""
        current = in_plain_words(self._find_current, self._name, self._without_secrets)
        return cast("Token | TokenSource", current)

    def _find_current(self) -> Token | TokenSource:
        raise NotImplementedError

    def _note_repetition(self) -> None:
        """Note that a new credential or assertion is of a principal who had one already."""

    def _keep(self, key: Hashable, owner: Any, new: Callable[[], TokenSource]) -> TokenSource:
        """Return the source that is kept for a key, or a new one. `owner` is kept with it."""
        with _lock:
            if key not in self._token_sources:
                self._token_sources[key] = (owner, new())
                if len(self._token_sources) > MOST_SOURCES:
                    self._token_sources.popitem(last=False)
            self._token_sources.move_to_end(key)
            return self._token_sources[key][1]


class ProjectSource(VaryingSource):
    """The source of the tokens of a project's credential or callable.

    A credential, or a credential's class, is one identity: there is one object per process. Any
    other callable may serve another principal each time. So it is called for each unit of work,
    and one token source is kept per credential object that it returns.
    """

    def __init__(self, provider: Any, scope: str, margin: float) -> None:
        super().__init__(f"the credential {_name_of(provider)}", without_tokens)
        self._provider = provider
        self._scope = scope
        self._margin = margin
        self._credential: Any = None  # if there is only one
        self._process = 0
        self._last: Token | None = None
        self._has_warned = False

    @traceless
    def _find_current(self) -> Token | TokenSource:
        if not self.varies and self._process == os.getpid():
            return self._source_of(self._credential)
        provider = self._provider
        provider = import_string(provider) if isinstance(provider, str) else provider
        value = provider() if _is_factory(provider) else provider
        if not hasattr(value, "get_token"):
            return self._token_of(value)
        if not _is_factory(provider) or _returns_one_identity(provider):
            self._credential, self._process, self.varies = value, os.getpid(), False
        return self._source_of(value)

    def _token_of(self, value: Any) -> Token:
        last = self._last
        if last is None or type(value) is not str or value != last.text:
            last = self._last = Token.of(value)
        return last

    def _source_of(self, credential: Any) -> TokenSource:
        def fetch(fresh: bool) -> Token:
            return mint(lambda: request_token(credential, self._scope), self._name, without_tokens)

        return self._keep(id(credential), credential, lambda: TokenSource(fetch, self._margin))

    def _note_repetition(self) -> None:
        if not self._has_warned:
            self._has_warned = True
            logger.warning(
                "OPTIONS['credential']: %s returns a new object for an identity that had one, so "
                "that each unit of work requests a token. Return the same object again "
                "(functools.lru_cache), or name the class itself.",
                self._name,
            )


class OnBehalfSource(VaryingSource):
    """The source of an application's tokens for the user whose assertion a callable returns."""

    def __init__(self, identity: Identity) -> None:
        super().__init__(identity.mode.keyword, identity.without_secrets)
        self._identity = identity

    @traceless
    def _find_current(self) -> TokenSource:
        assertion = self._identity.arguments["user_assertion"]()
        arguments = HiddenValues(self._identity.arguments, {"user_assertion": assertion})
        identity = replace(self._identity, arguments=arguments)
        return self._keep(identity.key, None, lambda: new_source(identity))


def _is_factory(provider: Any) -> bool:
    return isinstance(provider, type) or (callable(provider) and not hasattr(provider, "get_token"))


def _returns_one_identity(factory: Callable[[], Any]) -> bool:
    """Whether all objects of a factory are the same identity: a class, with fixed arguments."""
    while isinstance(factory, functools.partial):
        factory = factory.func
    return isinstance(factory, type)


def _name_of(provider: Any) -> str:
    if isinstance(provider, str):
        return provider
    return str(getattr(provider, "__qualname__", type(provider).__name__))
