"""Tokens from what the project itself brings along: TOKEN and OPTIONS["credential"]."""

from __future__ import annotations

import functools
import math
import os
import threading
from collections import OrderedDict
from dataclasses import replace
from typing import Any, Callable, Hashable, cast

from django.utils.module_loading import import_string

from mssql.auth.credentials import (
    Identity,
    asked,
    minted,
    new_source,
    plain_or_id,
    source_of,
    told,
    without_tokens,
)
from mssql.auth.secrecy import HiddenValues, Secretive, traceless
from mssql.auth.tokens import FixedSource, Source, Token, TokenError, TokenSource, logger

# Credentials and assertions whose tokens are kept; those used least recently go first.
MOST_KEPT = 1000

_lock = threading.RLock()
_sources: dict[Hashable, VaryingSource] = {}


def _after_fork() -> None:
    # A lock that another thread held at the fork would never be released in the child.
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def source_of_token(given: Any, scope: str, margin: float = 300) -> Source:
    """Return the source of the setting TOKEN: a str, a callable, an AccessToken or a credential."""
    if callable(given) or hasattr(given, "get_token"):
        return source_of_credential(given, scope, margin)
    return FixedSource(given)


def source_of_credential(given: Any, scope: str, margin: float = 300) -> Source:
    """Return the source of OPTIONS["credential"]: a dotted path, a callable or a TokenCredential.

    A callable returns a token (str or AccessToken) or a TokenCredential.
    """
    key = ("credential", plain_or_id(given), scope, margin)
    with _lock:
        if key not in _sources:
            _sources[key] = ProjectSource(given, scope, margin)
        return _sources[key]


def source_of_identity(known: Identity) -> Source:
    """Return the source of an identity of the settings.

    A callable `user_assertion` says for whom the application signs in at the moment.
    """
    if not callable(known.arguments.get("user_assertion")):
        return source_of(known)
    with _lock:
        if known.key not in _sources:
            _sources[known.key] = OnBehalfSource(known)
        return _sources[known.key]


class VaryingSource(Secretive):
    """Tokens of whoever is served at the moment; they are kept per credential or assertion."""

    def __init__(self, who: str, without_secrets: Callable[[str], str]) -> None:
        self._who = who
        self._without_secrets = without_secrets
        self._kept: OrderedDict[Hashable, tuple[Any, TokenSource]] = OrderedDict()
        self.varies = True

    def token(self, wait: float = math.inf) -> Token:
        """See Source.token. The project's callable runs in this thread, and without a limit: it
        may look there for whom it serves."""
        answer = self._answer()
        return answer.unexpired() if isinstance(answer, Token) else answer.token(wait)

    def discard(self, refused: Token) -> None:
        """See Source.discard."""
        with _lock:
            sources = [source for _, source in self._kept.values()]
        for source in sources:
            source.discard(refused)

    def confirm(self, token: Token) -> bool:
        """See Source.confirm. While it is not known who is served, it is nobody's."""
        try:
            answer = self._answer()
        except TokenError:
            return not self.varies
        if isinstance(answer, Token):
            return answer.is_of_same_principal(token)
        if not self.varies:
            return answer.confirm(token)
        try:
            current: Token | None = answer.token()
        except TokenError:
            current = answer.last
        is_same = current is not None and current.is_of_same_principal(token)
        if is_same and not answer.has_given(token):
            self._fetched_again()
        return is_same

    def _answer(self) -> Token | TokenSource:
        """Return what serves the principal of this moment: a token, or the source of its tokens."""
        return cast("Token | TokenSource", told(self._made, self._who, self._without_secrets))

    def _made(self) -> Token | TokenSource:
        raise NotImplementedError

    def _fetched_again(self) -> None:
        """A new credential or assertion turned out to be the same principal's."""

    def _keep(self, key: Hashable, reason: Any, new: Callable[[], TokenSource]) -> TokenSource:
        """Return the source that is kept for a key, or a new one. `reason` lives as long."""
        with _lock:
            if key not in self._kept:
                self._kept[key] = (reason, new())
                if len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key][1]


class ProjectSource(VaryingSource):
    """Tokens of a credential or a callable of the project's.

    A credential, or a class that is one, is one identity: there is one object per process. Any
    other callable may serve another principal each time. So it is called for each unit of work,
    and tokens are kept per credential object that it returns.
    """

    def __init__(self, given: Any, scope: str, margin: float) -> None:
        super().__init__(f"the credential {_name_of(given)}", without_tokens)
        self._given = given
        self._scope = scope
        self._margin = margin
        self._one: Any = None  # the credential, if there is only one
        self._process = 0
        self._last: Token | None = None
        self._has_warned = False

    @traceless
    def _made(self) -> Token | TokenSource:
        if not self.varies and self._process == os.getpid():
            return self._source_of(self._one)
        given = import_string(self._given) if isinstance(self._given, str) else self._given
        made = given() if _is_factory(given) else given
        if not hasattr(made, "get_token"):
            return self._token_of(made)
        if not _is_factory(given) or _makes_one(given):
            self._one, self._process, self.varies = made, os.getpid(), False
        return self._source_of(made)

    def _token_of(self, made: Any) -> Token:
        last = self._last
        if last is None or type(made) is not str or made != last.text:
            last = self._last = Token.of(made)
        return last

    def _source_of(self, credential: Any) -> TokenSource:
        def mint(fresh: bool) -> Token:
            return minted(lambda: asked(credential, self._scope), self._who, without_tokens)

        return self._keep(id(credential), credential, lambda: TokenSource(mint, self._margin))

    def _fetched_again(self) -> None:
        if not self._has_warned:
            self._has_warned = True
            logger.warning(
                "OPTIONS['credential']: %s makes a new object for an identity that had one, so "
                "that each unit of work requests a token. Return the same object again "
                "(functools.lru_cache), or name the class itself.",
                self._who,
            )


class OnBehalfSource(VaryingSource):
    """Tokens of an application for the user whose assertion a callable returns."""

    def __init__(self, known: Identity) -> None:
        super().__init__(known.mode.keyword, known.without_secrets)
        self._identity = known

    @traceless
    def _made(self) -> TokenSource:
        assertion = self._identity.arguments["user_assertion"]()
        of_user = HiddenValues(self._identity.arguments, {"user_assertion": assertion})
        known = replace(self._identity, arguments=of_user)
        return self._keep(known.key, None, lambda: new_source(known))


def _is_factory(given: Any) -> bool:
    return isinstance(given, type) or (callable(given) and not hasattr(given, "get_token"))


def _makes_one(factory: Callable[[], Any]) -> bool:
    """Whether all that a factory makes is the same: a class, with arguments that are fixed."""
    while isinstance(factory, functools.partial):
        factory = factory.func
    return isinstance(factory, type)


def _name_of(given: Any) -> str:
    if isinstance(given, str):
        return given
    return str(getattr(given, "__qualname__", type(given).__name__))
