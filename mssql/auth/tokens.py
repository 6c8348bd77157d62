"""Access tokens: minted once however many threads ask, renewed before they end, never sent expired.

An access token's expiry is the JWT claim `exp` (RFC 7519, 4.1.4), in seconds since the epoch.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import threading
import time
import weakref
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping

logger = logging.getLogger("mssql.auth")

# The server refuses a token from the second it expires; a login takes a round trip or more.
LOGIN_SECONDS = 30


class TokenError(Exception):
    """No usable token could be had. The text says why and what to do, and holds no secret."""


@dataclass(frozen=True)
class Token:
    """An access token and its end of life in seconds since the epoch, where that is known."""

    text: str = field(repr=False)
    expires_on: float | None = None

    @classmethod
    def of(cls, given: Any) -> Token:
        """What a credential or callable gave: a str, or an AccessToken of azure-identity."""
        text = getattr(given, "token", given)
        if not isinstance(text, str) or not text:
            raise TokenError(
                f"An access token must be a non-empty str or an AccessToken, not a "
                f"{type(given).__name__}. Check TOKEN or OPTIONS['credential']."
            )
        # A str subclass may renew itself in encode(); only that gives the token of this moment.
        text = text.encode().decode()
        expires_on = getattr(given, "expires_on", None)
        return cls(text, claims(text).get("exp") if expires_on is None else float(expires_on))

    def seconds_left(self, now: float) -> float:
        """How long the token lives on; infinity where its expiry is not known."""
        return float("inf") if self.expires_on is None else self.expires_on - now

    @property
    def identity(self) -> str:
        """A hash, the same for all tokens of one principal, that tells nothing else."""
        held = claims(self.text)
        principal = [held.get(name) for name in ("iss", "tid", "oid", "sub", "appid")]
        basis = json.dumps(principal) if any(principal) else self.text
        return hashlib.sha256(basis.encode()).hexdigest()[:16]


def claims(token: str) -> Mapping[str, Any]:
    """The claims of a JWT, unverified: the server judges them. Empty where it is opaque."""
    try:
        payload = token.split(".")[1]
        held = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


class TokenSource:
    """The tokens of one identity.

    `mint(fresh)` fetches a token (and may raise TokenError); `fresh` asks it to pass over a cache
    of its own. `margin` is how many seconds before its end a token is renewed. Safe to use from
    many threads, and after a fork.
    """

    def __init__(
        self,
        mint: Callable[[bool], Token],
        margin: float = 300,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._mint = mint
        self._margin = margin
        self._clock = clock
        self._token: Token | None = None
        self._failure: TokenError | None = None
        self._refused = False
        self._outcomes = 0
        self._lock = threading.Lock()
        _sources.add(self)

    def token(self) -> Token:
        """A token that lives at least LOGIN_SECONDS.

        Raises TokenError where none can be had.
        """
        held = self._token
        left = held.seconds_left(self._clock()) if held else 0
        if held and left > self._margin:
            return held
        if held and left > LOGIN_SECONDS:
            return self._renewed_ahead(held)
        seen = self._outcomes
        with self._lock:
            return self._shared_result(seen, held)

    def discard(self, refused: Token) -> None:
        """Forget a token that the server refused, unless it has been replaced already."""
        with self._lock:
            if self._token is refused:
                self._token = None
                self._refused = True

    def _renewed_ahead(self, held: Token) -> Token:
        """One thread renews; the others, and that one if it fails, go on with the token held."""
        if not self._lock.acquire(blocking=False):
            return held
        try:
            return self._fetch()
        except TokenError as failure:
            logger.warning("The access token could not be renewed ahead of its end: %s", failure)
            return held
        finally:
            self._lock.release()

    def _shared_result(self, seen: int, held: Token | None) -> Token:
        """What another thread fetched while this one waited, else a fetch of its own."""
        if self._outcomes != seen:
            if self._failure is not None:
                raise self._failure
            if self._token is not None and self._token is not held:
                return self._token
        return self._fetch()

    def _fetch(self) -> Token:
        try:
            token = self._mint(self._refused)
            if token.seconds_left(self._clock()) <= 0:
                raise TokenError(
                    "The access token has expired. Give TOKEN as a callable or a credential of "
                    "azure-identity, which can fetch a new one, and check this machine's clock."
                )
        except TokenError as failure:
            self._failure = failure
            raise
        finally:
            self._outcomes += 1
        self._failure = None
        self._refused = False
        self._token = token
        return token

    def _renew_lock(self) -> None:
        self._lock = threading.Lock()


_sources: weakref.WeakSet[TokenSource] = weakref.WeakSet()


def _after_fork() -> None:
    # A lock that another thread held at the fork would never be released in the child.
    for source in list(_sources):
        source._renew_lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
