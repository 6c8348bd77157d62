"""Access tokens: minted once for all threads, renewed in the background, never sent expired.

An access token's expiry is the JWT claim `exp` (RFC 7519, 4.1.4), in seconds since the epoch.
When to renew follows "Token refresh" of azure-core's AccessTokenInfo (`refresh_on`),
https://learn.microsoft.com/python/api/azure-core/azure.core.credentials.accesstokeninfo
"""

from __future__ import annotations

import base64
import contextvars
import datetime
import hashlib
import json
import logging
import math
import os
import threading
import time
import weakref
from concurrent.futures import Future, TimeoutError
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Callable, Mapping, Protocol

from django.dispatch import Signal

from mssql.auth.secrecy import Secretive, traceless
from mssql.auth.sendable import defect

logger = logging.getLogger("mssql.auth")

# The server refuses a token from the second it expires; a login takes a round trip or more.
LOGIN_SECONDS = 30
# A credential's own time limits are shorter; a callable of the project's may have none.
LONGEST_WAIT = 60
TOO_SLOW = (
    "There was no access token within {:.3g} seconds, all that OPTIONS['retry'] has left of its "
    "deadline. The identity service is slow: check network and proxy, or allow more."
)
# Between renewals that fail, in seconds: doubling.
_FIRST_PAUSE = 30
_LONGEST_PAUSE = 300

# Sent after each request for a token, with `seconds`, `in_background`, and `failure`: the
# exception, None where it went well.
token_requested = Signal()


class TokenError(Exception):
    """No usable token could be had. The text says why and what to do, and holds no secret.

    `claims` are those that Microsoft Entra asks the user to meet at another sign-in, or "".
    """

    def __init__(self, text: str, claims: str = "") -> None:
        super().__init__(text)
        self.claims = claims


@dataclass(frozen=True)
class Token(Secretive):
    """An access token; its end of life, and from when on to renew it, in seconds since the epoch,
    each where that is known."""

    text: str = field(repr=False)
    expires_on: float | None = None
    refresh_on: float | None = None

    @classmethod
    @traceless
    def of(cls, given: Any) -> Token:
        """What a credential or callable gave: a str, or an AccessToken of azure-identity."""
        text = getattr(given, "token", given)
        if not isinstance(text, str) or not text:
            raise TokenError(
                f"An access token must be a non-empty str or an AccessToken, not a "
                f"{type(given).__name__}. Check TOKEN or OPTIONS['credential']."
            )
        # A str subclass may renew itself in encode(); only that gives the token of this moment.
        if type(text) is not str:
            text = text.encode().decode()
        if defect(text):
            raise TokenError(
                f"The access token is a str with {defect(text)}, which cannot be sent. Check TOKEN "
                "or OPTIONS['credential']."
            )
        expires_on = getattr(given, "expires_on", None)
        if expires_on is None:
            expires_on = claims(text).get("exp")
        return cls(text, _number(expires_on), _number(getattr(given, "refresh_on", None)))

    def seconds_left(self, now: float) -> float:
        """How long the token lives on; infinity where its expiry is not known."""
        return math.inf if self.expires_on is None else self.expires_on - now

    def unexpired(self, now: float | None = None, *, is_new: bool = False) -> Token:
        """This token, which `is_new` if it has just been fetched. Raises TokenError where its life
        is over."""
        now = time.time() if now is None else now
        if self.expires_on is None or self.seconds_left(now) > 0:
            return self
        if not is_new:
            raise TokenError(
                "The access token has expired. Give TOKEN as a callable or a credential of "
                "azure-identity, which can fetch a new one, and check this machine's clock."
            )
        raise TokenError(
            f"The access token that has just been fetched has expired at {_utc(self.expires_on)} "
            f"by this machine's clock, which reads {_utc(now)}. Set the clock (NTP); if it is "
            "right, the credential, or a cache behind it, hands out old tokens."
        )

    @cached_property
    def identity(self) -> str:
        """A hash, the same for all tokens of one principal, that tells nothing else."""
        return _hash(self._principal)

    def is_of_same_principal(self, other: Token) -> bool:
        """Whether both tokens are of one principal."""
        return other is self or other.identity == self.identity

    @property
    def pool_key(self) -> str:
        """A hash that tells apart what a pool must not mix: principals, and their tokens by age,
        so that no connection outlives its token in a pool."""
        return _hash([*self._principal, self.expires_on])

    @property
    def _principal(self) -> list[Any]:
        held = claims(self.text)
        if not (held.get("oid") or held.get("sub")):
            return [self.text]
        return [held.get(name) for name in ("iss", "tid", "oid", "sub", "appid")]


def _hash(basis: list[Any]) -> str:
    return hashlib.sha256(json.dumps(basis).encode()).hexdigest()[:16]


def _utc(moment: float) -> str:
    try:
        at = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc)
    except (OverflowError, ValueError, OSError):  # of no calendar
        return f"{moment:.0f} s after 1970"
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def claims(token: str) -> Mapping[str, Any]:
    """The claims of a JWT, unverified: the server judges them. Empty where it is opaque."""
    try:
        payload = token.split(".")[1]
        held = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


class Source(Protocol):
    """Where tokens come from. `varies`: the next one may be another principal's."""

    @property
    def varies(self) -> bool: ...

    def token(self, wait: float = math.inf) -> Token:
        """A token that lives long enough for a login, after `wait` seconds at most.

        Raises TokenError where there is none.
        """

    def discard(self, refused: Token) -> None:
        """Forget a token that the server refused."""

    def confirm(self, token: Token) -> bool:
        """Look at the identity again; return whether it still is the principal of `token`."""


class FixedSource(Secretive):
    """A token that is given once and for all; a str subclass may renew itself when it is read."""

    def __init__(self, given: Any) -> None:
        self._given = given
        self.varies = isinstance(given, str) and type(given) is not str

    def token(self, wait: float = math.inf) -> Token:
        """See Source.token."""
        return Token.of(self._given).unexpired()

    def discard(self, refused: Token) -> None:
        """See Source.discard: there is no other token to be had."""

    def confirm(self, token: Token) -> bool:
        """See Source.confirm."""
        if not self.varies:
            return True
        try:
            return Token.of(self._given).is_of_same_principal(token)
        except TokenError:
            return False


class TokenSource:
    """The tokens of one identity, from a credential. Safe to use from many threads, after a fork.

    `mint(fresh)` fetches a token (and may raise TokenError); `fresh` asks it to pass over a cache
    of its own. A token is renewed in the background from its `refresh_on` on, else when half of
    its life is over, and at the latest `margin` seconds before its end. `passes_cache`: renewing
    may ask for a fresh one, since that bothers no human and cannot find another identity.
    `asks_human`: who waits for a token waits as long as the human takes.
    """

    varies = False

    def __init__(
        self,
        mint: Callable[[bool], Token],
        margin: float = 300,
        clock: Callable[[], float] = time.time,
        *,
        passes_cache: bool = False,
        asks_human: bool = False,
    ) -> None:
        self._mint = mint
        self._margin = margin
        self._clock = clock
        self._passes_cache = passes_cache
        self._asks_human = asks_human
        self._token: Token | None = None
        self._failure: Exception | None = None
        self._refused = False
        self._outcomes = 0
        self._renew_at = math.inf
        self._pause: float = _FIRST_PAUSE
        self._lock = threading.Lock()  # who holds it fetches
        _sources.add(self)

    def token(self, wait: float = math.inf) -> Token:
        """See Source.token. Waits for a request only where no token that lives is held."""
        held = self._token
        now = self._clock()
        # Whoever gives a token without its expiry has to know when to give another.
        if held and held.expires_on is not None and held.seconds_left(now) > LOGIN_SECONDS:
            if now >= self._renew_at:
                self._renew_in_background()
            return held
        seen = self._outcomes
        wait = math.inf if self._asks_human else wait
        end = time.monotonic() + wait
        if not self._lock.acquire(timeout=min(wait, LONGEST_WAIT)):
            if wait < LONGEST_WAIT:
                raise TokenError(TOO_SLOW.format(wait))
            raise TokenError(
                f"Another thread has been waiting for an access token for {LONGEST_WAIT} seconds. "
                "Give the credential time limits, and check network and proxy."
            )
        lock = self._lock
        if wait < math.inf:
            return self._within(wait, end, lock, lambda: self._shared_result(seen, held))
        try:
            return self._shared_result(seen, held)
        finally:
            lock.release()

    def _within(
        self, wait: float, end: float, lock: threading.Lock, fetch: Callable[[], Token]
    ) -> Token:
        """Return what `fetch` returns until `end`. It goes on after that, for those who come
        later; `lock` is released when it is done."""
        fetched: Future[Token] = Future()

        def run() -> None:
            try:
                fetched.set_result(fetch())
            except BaseException as failure:  # noqa: BLE001 - raised below
                fetched.set_exception(failure)
            finally:
                lock.release()

        context = contextvars.copy_context()
        try:
            threading.Thread(
                target=context.run, args=(run,), name="mssql-token", daemon=True
            ).start()
        except RuntimeError:  # no more threads, or the interpreter is ending
            run()
        try:
            return fetched.result(max(end - time.monotonic(), 0))
        except TimeoutError:
            raise TokenError(TOO_SLOW.format(wait)) from None

    def discard(self, refused: Token) -> None:
        """See Source.discard. Nothing is done where the token has been replaced already."""
        with self._lock:
            if self._token is refused:
                self._token = None
                self._refused = True

    def confirm(self, token: Token) -> bool:
        """See Source.confirm. While no token is to be had, it is taken to be."""
        try:
            return self.token().is_of_same_principal(token)
        except TokenError:
            return True

    @property
    def last(self) -> Token | None:
        """The token that was fetched last, also if it has expired."""
        return self._token

    def has_given(self, token: Token) -> bool:
        """Whether this source fetched the token last, or has fetched more than one."""
        return token is self._token or self._outcomes > 1

    def _renew_in_background(self) -> None:
        lock = self._lock
        if not lock.acquire(blocking=False):
            return
        try:
            # Not a pool's thread: those are waited for when the interpreter ends.
            threading.Thread(
                target=self._renew, args=(lock,), name="mssql-token", daemon=True
            ).start()
        except RuntimeError:  # no more threads, or the interpreter is ending
            lock.release()

    def _renew(self, lock: threading.Lock) -> None:
        try:
            self._fetch(self._passes_cache, in_background=True)
        except Exception as failure:  # noqa: BLE001 - nobody waits for this thread
            self._renew_at = self._clock() + self._pause
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
            told = failure if isinstance(failure, TokenError) else type(failure).__name__
            logger.warning("The access token could not be renewed ahead of its end: %s", told)
        finally:
            lock.release()

    def _shared_result(self, seen: int, held: Token | None) -> Token:
        """What another thread fetched while this one waited, else a fetch of its own."""
        if self._outcomes != seen:
            if self._failure is not None:
                raise self._failure
            if self._token is not None and self._token is not held:
                return self._token
        return self._fetch(fresh=False)

    def _fetch(self, fresh: bool, in_background: bool = False) -> Token:
        began = time.perf_counter()
        failure: Exception | None = None
        try:
            token = self._mint(fresh or self._refused).unexpired(self._clock(), is_new=True)
        except Exception as raised:
            failure = raised
            raise
        finally:
            self._failure = failure
            self._outcomes += 1
            token_requested.send_robust(
                sender=type(self),
                seconds=time.perf_counter() - began,
                in_background=in_background,
                failure=failure,
            )
        self._refused = False
        self._pause = _FIRST_PAUSE
        self._renew_at = self._when_to_renew(token)
        self._token = token
        return token

    def _when_to_renew(self, token: Token) -> float:
        """At `refresh_on`, else after half of what is left of its life: a cache on the way may
        give the same token again, which is then asked for less and less often."""
        now = self._clock()
        left = token.seconds_left(now)
        half = now + max(min(left / 2, left - self._margin), min(left / 2, _FIRST_PAUSE))
        if token.refresh_on is not None and token.refresh_on > now:
            return min(half, token.refresh_on)
        return half

    def _start_anew(self) -> None:
        # A lock that another thread held at the fork would never be released in the child.
        self._lock = threading.Lock()


_sources: weakref.WeakSet[TokenSource] = weakref.WeakSet()


def _after_fork() -> None:
    for source in list(_sources):
        source._start_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
