"""Access tokens: minted once for all threads, renewed in the background, never sent expired.

An access token's expiry is the JWT claim `exp` (RFC 7519, 4.1.4), in seconds since the epoch.
The time of renewal follows "Token refresh" of azure-core's AccessTokenInfo (`refresh_on`),
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
# Time limits of credentials are shorter; a project's callable may have none.
LONGEST_WAIT = 60
TOO_SLOW = (
    "There was no access token within {:.3g} seconds, all that OPTIONS['retry'] has left of its "
    "deadline. The identity service is slow: check network and proxy, or allow more."
)
# Seconds between renewals that fail; each pause is twice the previous one.
_FIRST_PAUSE = 30
_LONGEST_PAUSE = 300

# Sent after each request for a token, with `seconds`, `in_background`, and `failure`: the
# exception, or None.
token_requested = Signal()


class TokenError(Exception):
    """There is no usable token. The text contains the reason and the remedy, and no secret.

    `claims` are those that Microsoft Entra requires of another sign-in of the user, or "".
    """

    def __init__(self, text: str, claims: str = "") -> None:
        super().__init__(text)
        self.claims = claims


@dataclass(frozen=True)
class Token(Secretive):
    """An access token, with the times at which it expires and from which on it should be renewed.

    Both are in seconds since the epoch, or None if unknown.
    """

    text: str = field(repr=False)
    expires_on: float | None = None
    refresh_on: float | None = None

    @classmethod
    @traceless
    def of(cls, value: Any) -> Token:
        """Return the token of a str, or of an AccessToken of azure-identity."""
        text = getattr(value, "token", value)
        if not isinstance(text, str) or not text:
            raise TokenError(
                f"An access token must be a non-empty str or an AccessToken, not a "
                f"{type(value).__name__}. Check TOKEN or OPTIONS['credential']."
            )
        # A str subclass may renew itself in encode(), which alone returns the current token.
        if type(text) is not str:
            text = text.encode().decode()
        if defect(text):
            raise TokenError(
                f"The access token is a str with {defect(text)}, which cannot be sent. Check TOKEN "
                "or OPTIONS['credential']."
            )
        expires_on = getattr(value, "expires_on", None)
        if expires_on is None:
            expires_on = claims(text).get("exp")
        return cls(text, _number(expires_on), _number(getattr(value, "refresh_on", None)))

    def seconds_left(self, now: float) -> float:
        """Return the seconds until the token expires; infinity if its expiry is unknown."""
        return math.inf if self.expires_on is None else self.expires_on - now

    def unexpired(self, now: float | None = None, *, is_new: bool = False) -> Token:
        """Return this token. Raises TokenError if it has expired.

        `is_new`: whether it has just been fetched, which the error text depends on.
        """
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
            "right, the credential, or its cache, returns old tokens."
        )

    @cached_property
    def identity(self) -> str:
        """A hash that is the same for all tokens of one principal."""
        return _hash(self._principal)

    def is_of_same_principal(self, other: Token) -> bool:
        """Whether both tokens are of one principal."""
        return other is self or other.identity == self.identity

    @property
    def pool_key(self) -> str:
        """A hash of the principal and the expiry, for the keys of connection pools.

        No pool mixes principals, and in no pool does a connection outlive its token.
        """
        return _hash([*self._principal, self.expires_on])

    @property
    def _principal(self) -> list[Any]:
        payload = claims(self.text)
        if not (payload.get("oid") or payload.get("sub")):
            return [self.text]
        return [payload.get(name) for name in ("iss", "tid", "oid", "sub", "appid")]


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
    """Return the claims of a JWT, unverified; an empty mapping if the token is opaque."""
    try:
        text = token.split(".")[1]
        payload = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (IndexError, ValueError):
        return {}
    return payload if isinstance(payload, dict) else {}


class Source(Protocol):
    """A source of tokens. `varies`: whether the next one may be another principal's."""

    @property
    def varies(self) -> bool: ...

    def token(self, wait: float = math.inf) -> Token:
        """Return a token that lives long enough for a login, within `wait` seconds.

        Raises TokenError if there is none.
        """

    def discard(self, token: Token) -> None:
        """Forget a token that the server has refused."""

    def confirm(self, token: Token) -> bool:
        """Request the identity again; return whether it still is the principal of `token`."""


class FixedSource(Secretive):
    """The source of one token that does not change, unless it is of a str subclass."""

    def __init__(self, value: Any) -> None:
        self._value = value
        self.varies = isinstance(value, str) and type(value) is not str

    def token(self, wait: float = math.inf) -> Token:
        """See Source.token."""
        return Token.of(self._value).unexpired()

    def discard(self, token: Token) -> None:
        """See Source.discard. Nothing is done: there is no other token."""

    def confirm(self, token: Token) -> bool:
        """See Source.confirm."""
        if not self.varies:
            return True
        try:
            return Token.of(self._value).is_of_same_principal(token)
        except TokenError:
            return False


class TokenSource:
    """The tokens of one identity, from a credential. Threads may share it, also after a fork.

    A token is renewed in the background from its `refresh_on` on, otherwise after half of its
    life, and at the latest `margin` seconds before its end.

    Parameters:
        mint: fetches a token, past its cache if its argument is true; may raise TokenError.
        margin: see above.
        clock: returns the seconds since the epoch.
        passes_cache: whether a renewal passes the cache of `mint`; not if that would disturb a
            human or could find another identity.
        asks_human: whether `mint` waits for a human, for whom there is no time limit.
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
        self._is_refused = False
        self._outcomes = 0
        self._renew_at = math.inf
        self._pause: float = _FIRST_PAUSE
        self._lock = threading.Lock()  # acquired by the thread that fetches
        _sources.add(self)

    def token(self, wait: float = math.inf) -> Token:
        """See Source.token. Waits for a request only if there is no live token."""
        current = self._token
        now = self._clock()
        # A token without its expiry is requested each time: only its credential can renew it.
        if current and current.expires_on is not None and current.seconds_left(now) > LOGIN_SECONDS:
            if now >= self._renew_at:
                self._renew_in_background()
            return current
        outcomes = self._outcomes
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
            return self._within(wait, end, lock, lambda: self._shared_result(outcomes, current))
        try:
            return self._shared_result(outcomes, current)
        finally:
            lock.release()

    def _within(
        self, wait: float, end: float, lock: threading.Lock, fetch: Callable[[], Token]
    ) -> Token:
        """Return the token of `fetch`, which goes on after `end` for later callers.

        `lock` is released when `fetch` is done. Raises TokenError after `end`.
        """
        result: Future[Token] = Future()

        def run() -> None:
            try:
                result.set_result(fetch())
            except BaseException as failure:  # noqa: BLE001 - raised below
                result.set_exception(failure)
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
            return result.result(max(end - time.monotonic(), 0))
        except TimeoutError:
            raise TokenError(TOO_SLOW.format(wait)) from None

    def discard(self, token: Token) -> None:
        """See Source.discard. Nothing is done if the token has been replaced already."""
        with self._lock:
            if self._token is token:
                self._token = None
                self._is_refused = True

    def confirm(self, token: Token) -> bool:
        """See Source.confirm. If there is no token now, the principal counts as the same."""
        try:
            return self.token().is_of_same_principal(token)
        except TokenError:
            return True

    @property
    def last(self) -> Token | None:
        """The token that was fetched last, even if it has expired."""
        return self._token

    def has_issued(self, token: Token) -> bool:
        """Whether this source fetched the token last, or has fetched more than one."""
        return token is self._token or self._outcomes > 1

    def _renew_in_background(self) -> None:
        lock = self._lock
        if not lock.acquire(blocking=False):
            return
        try:
            # Not a pool's thread: the interpreter waits for those when it ends.
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
            reason = failure if isinstance(failure, TokenError) else type(failure).__name__
            logger.warning("The access token could not be renewed ahead of its end: %s", reason)
        finally:
            lock.release()

    def _shared_result(self, outcomes: int, previous: Token | None) -> Token:
        """Return the token that another thread has fetched since, otherwise fetch one.

        `outcomes` and `previous` are the number of fetches and the token when the wait start.
        """
        if self._outcomes != outcomes:
            if self._failure is not None:
                raise self._failure
            if self._token is not None and self._token is not previous:
                return self._token
        return self._fetch(fresh=False)

    def _fetch(self, fresh: bool, in_background: bool = False) -> Token:
        start = time.perf_counter()
        failure: Exception | None = None
        try:
            token = self._mint(fresh or self._is_refused).unexpired(self._clock(), is_new=True)
        except Exception as raised:
            failure = raised
            raise
        finally:
            self._failure = failure
            self._outcomes += 1
            token_requested.send_robust(
                sender=type(self),
                seconds=time.perf_counter() - start,
                in_background=in_background,
                failure=failure,
            )
        self._is_refused = False
        self._pause = _FIRST_PAUSE
        self._renew_at = self._renewal_time(token)
        self._token = token
        return token

    def _renewal_time(self, token: Token) -> float:
        """Return `refresh_on`, otherwise the middle of the token's remaining life.

        A cache may return the same token again, which is then requested less and less often.
        """
        now = self._clock()
        life = token.seconds_left(now)
        half = now + max(min(life / 2, life - self._margin), min(life / 2, _FIRST_PAUSE))
        if token.refresh_on is not None and token.refresh_on > now:
            return min(half, token.refresh_on)
        return half

    def _reset_lock(self) -> None:
        # A lock that another thread has acquired before a fork is never released in the child.
        self._lock = threading.Lock()


_sources: weakref.WeakSet[TokenSource] = weakref.WeakSet()


def _after_fork() -> None:
    for source in list(_sources):
        source._reset_lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
