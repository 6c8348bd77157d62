"""Token sources: one fetch for many threads, renewal ahead of the end, nothing expired."""

from __future__ import annotations

import contextvars
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from mssql.auth import credentials, project_sources, tokens
from mssql.auth.tokens import Token, TokenError, TokenSource


class Mint:
    """Counts fetches; each token lives `lifetime` seconds from the clock's present moment.

    A closed `gate` keeps fetches from ending.
    """

    def __init__(self, lifetime: float | None = 3600, delay: float = 0) -> None:
        self.lifetime = lifetime
        self.lifetime_ends: float | None = None
        self.refresh_after: float | None = None
        self.always: str | None = None
        self.delay = delay
        self.now = 1_000_000.0
        self.fetches: list[bool] = []
        self.failure: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()

    def clock(self) -> float:
        return self.now

    def __call__(self, fresh: bool) -> Token:
        self.fetches.append(fresh)
        number = len(self.fetches)
        time.sleep(self.delay)
        self.gate.wait()
        if self.failure:
            raise self.failure
        ends = None if self.lifetime is None else self.now + self.lifetime
        refresh_on = None if self.refresh_after is None else self.now + self.refresh_after
        return Token(self.always or f"token {number}", self.lifetime_ends or ends, refresh_on)

    def source(self, margin: float = 300) -> TokenSource:
        return TokenSource(self, margin, self.clock)


def in_threads(count: int, source: TokenSource) -> list[Token | TokenError]:
    results: list[Token | TokenError] = []
    gate = threading.Barrier(count)

    def ask() -> None:
        gate.wait()
        try:
            results.append(source.token())
        except TokenError as error:
            results.append(error)

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_one_fetch_for_200_threads_on_a_cold_start() -> None:
    mint = Mint(delay=0.2)
    results = in_threads(200, mint.source())
    assert len(mint.fetches) == 1
    assert {token.text for token in results if isinstance(token, Token)} == {"token 1"}
    assert len(results) == 200


def test_threads_that_waited_share_the_failure() -> None:
    mint = Mint(delay=0.2)
    mint.failure = TokenError("the endpoint is down")
    results = in_threads(20, mint.source())
    assert len(mint.fetches) == 1
    assert all(isinstance(result, TokenError) for result in results)


def test_a_failure_is_not_remembered_for_those_who_ask_later() -> None:
    mint = Mint()
    source = mint.source()
    mint.failure = TokenError("the endpoint is down")
    with pytest.raises(TokenError, match="down"):
        source.token()
    mint.failure = None
    assert source.token().text == "token 2"


def eventually(condition: Callable[[], bool]) -> None:
    """Wait until another thread has made the condition true."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_token_is_renewed_when_half_of_its_life_is_over() -> None:
    mint = Mint()
    source = mint.source()
    source.token()
    mint.now += 1799
    assert source.token().text == "token 1"
    mint.now += 2
    assert source.token().text == "token 1"  # nobody waits for the new one
    eventually(lambda: source.token().text == "token 2")
    assert len(mint.fetches) == 2


def test_a_token_is_renewed_at_its_margin_at_the_latest() -> None:
    mint = Mint()
    source = mint.source(margin=3000)
    source.token()
    mint.now += 601
    source.token()
    eventually(lambda: source.token().text == "token 2")


def test_a_credential_may_say_when_to_renew() -> None:
    mint = Mint()
    mint.refresh_after = 100
    source = mint.source()
    source.token()
    mint.now += 101
    source.token()
    eventually(lambda: source.token().text == "token 2")


def test_nobody_waits_for_a_renewal_and_one_thread_makes_it() -> None:
    mint = Mint()
    source = mint.source()
    source.token()
    mint.now += 3500
    mint.gate.clear()
    results = in_threads(50, source)
    assert {token.text for token in results if isinstance(token, Token)} == {"token 1"}
    renewing = [thread for thread in threading.enumerate() if thread.name == "mssql-token"]
    assert [thread.daemon for thread in renewing] == [True]
    mint.gate.set()
    eventually(lambda: source.token().text == "token 2")
    assert len(mint.fetches) == 2


def test_a_renewal_passes_over_the_cache_where_it_may() -> None:
    for passes_cache in (True, False):
        mint = Mint()
        source = TokenSource(mint, 300, mint.clock, passes_cache=passes_cache)
        source.token()
        mint.now += 2000
        source.token()
        eventually(lambda mint=mint: len(mint.fetches) == 2)  # type: ignore[misc]
        assert mint.fetches == [False, passes_cache]


def test_a_cache_that_gives_the_same_token_is_asked_less_and_less_often() -> None:
    mint = Mint()
    mint.lifetime_ends = mint.now + 86400
    mint.always = "the same"
    source = mint.source()
    for _ in range(86400 // 20 - 3):
        before = len(mint.fetches)
        source.token()
        if mint.now >= source._renew_at:
            eventually(lambda before=before: len(mint.fetches) > before)  # type: ignore[misc]
        eventually(lambda: not source._lock.locked())
        mint.now += 20
    assert len(mint.fetches) < 25


def test_a_failed_renewal_keeps_the_token_while_it_lives_and_pauses() -> None:
    mint = Mint()
    source = mint.source()
    source.token()
    mint.failure = TokenError("the endpoint is down")
    mint.now += 1801
    asked = []
    for _ in range(1740 // 10):  # one connection per ten seconds
        assert source.token().text == "token 1"
        eventually(lambda: not source._lock.locked())
        asked.append(len(mint.fetches))
        mint.now += 10
    # Pauses of 30, 60, 120, 240, 300, 300, ... seconds
    assert asked[-1] == 1 + 9
    mint.now += 35  # less than a login takes is left
    with pytest.raises(TokenError, match="down"):
        source.token()
    mint.failure = None
    assert source.token().text == f"token {len(mint.fetches)}"


def test_a_renewal_that_raises_anything_else_ends_quietly(caplog: Any) -> None:
    mint = Mint()
    source = mint.source()
    source.token()
    mint.failure = ValueError("a-secret-that-must-not-leak")
    mint.now += 1801
    assert source.token().text == "token 1"
    eventually(lambda: "ValueError" in caplog.text)
    assert "a-secret" not in caplog.text


def test_nobody_waits_for_ever_for_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "LONGEST_WAIT", 0.1)
    mint = Mint()
    source = mint.source()
    mint.gate.clear()
    hanging = threading.Thread(target=source.token)
    hanging.start()
    eventually(lambda: len(mint.fetches) == 1)
    with pytest.raises(TokenError, match="time limits"):
        source.token()
    mint.gate.set()
    hanging.join()


def test_who_waits_no_longer_gets_an_error_and_others_the_token() -> None:
    mint = Mint()
    source = mint.source()
    mint.gate.clear()
    for _ in range(2):  # the second waits for the thread of the first
        with pytest.raises(TokenError, match=r"no access token within 0\.05 seconds"):
            source.token(0.05)
    mint.gate.set()
    assert source.token(10).text == "token 1"
    assert mint.fetches == [False]


def test_the_failure_of_a_fetch_comes_to_who_waits() -> None:
    mint = Mint()
    source = mint.source()
    mint.failure = TokenError("no")
    with pytest.raises(TokenError, match=r"^no$"):
        source.token(10)
    mint.failure = None
    assert source.token(10).text == "token 2"


def test_a_fetch_with_a_limit_sees_the_context_of_who_asks() -> None:
    served = contextvars.ContextVar("served", default="nobody")
    served.set("Ann")
    source = TokenSource(lambda fresh: Token(served.get(), time.time() + 3600))
    assert source.token(10).text == "Ann"


def test_a_human_is_waited_for() -> None:
    mint = Mint(delay=0.2)
    source = TokenSource(mint, clock=mint.clock, asks_human=True)
    assert source.token(0.05).text == "token 1"


def test_a_token_without_expiry_is_asked_for_each_time() -> None:
    mint = Mint()
    mint.lifetime = None
    source = mint.source()
    assert [source.token().text, source.token().text] == ["token 1", "token 2"]


def test_an_expired_token_is_never_given_out() -> None:
    mint = Mint(lifetime=-1)
    with pytest.raises(TokenError, match="expired"):
        mint.source().token()


def test_a_refused_token_is_replaced_by_a_fresh_one() -> None:
    mint = Mint()
    source = mint.source()
    refused = source.token()
    source.discard(refused)
    assert source.token().text == "token 2"
    assert mint.fetches == [False, True]


def test_a_token_that_was_replaced_meanwhile_is_not_discarded() -> None:
    mint = Mint()
    source = mint.source()
    old = source.token()
    source.discard(old)
    source.token()
    source.discard(old)
    assert source.token().text == "token 2"


def in_child(run: Callable[[], bool]) -> bool:
    """Return the result of `run` in a forked process; False if it hangs or raises."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if run() else 1)
        finally:
            os._exit(2)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status == 0
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def test_a_child_process_shares_the_token_and_renews_on_its_own() -> None:
    mint = Mint()
    source = mint.source()
    source.token()

    def run() -> bool:
        same = source.token().text == "token 1" and len(mint.fetches) == 1
        mint.now += 2000
        source.token()
        eventually(lambda: source.token().text == "token 2")
        return same

    assert in_child(run)
    assert source.token().text == "token 1"


def test_a_child_process_gets_on_although_a_thread_was_fetching_at_the_fork() -> None:
    mint = Mint()
    source = mint.source()
    mint.gate.clear()
    fetching = threading.Thread(target=source.token)
    fetching.start()
    eventually(lambda: len(mint.fetches) == 1)

    def run() -> bool:
        mint.gate = threading.Event()
        mint.gate.set()
        return source.token().text == "token 2"

    assert in_child(run)
    mint.gate.set()
    fetching.join()
    assert source.token().text == "token 1"


def test_a_child_process_renews_although_a_renewal_was_under_way_at_the_fork() -> None:
    mint = Mint()
    source = mint.source()
    source.token()
    mint.now += 2000
    mint.gate.clear()
    source.token()
    eventually(lambda: len(mint.fetches) == 2)

    def run() -> bool:
        mint.gate = threading.Event()
        mint.gate.set()
        source.token()
        eventually(lambda: source.token().text == "token 3")
        return True

    assert in_child(run)
    mint.gate.set()
    eventually(lambda: source.token().text == "token 2")


def test_a_child_process_finds_sources_although_a_thread_was_at_it_at_the_fork() -> None:
    with credentials._lock, project_sources._lock:
        source = project_sources.source_of_credential(lambda: "token", "s")
        assert in_child(lambda: source.token().text == "token")


def jwt_of(**claims: object) -> str:
    return jwt.encode(claims, "x" * 32, algorithm="HS256")


def test_the_expiry_of_a_str_is_read_from_its_claims() -> None:
    assert Token.of(jwt_of(exp=12345)).expires_on == 12345
    assert Token.of("opaque").expires_on is None


def test_a_str_that_renews_itself_when_encoded_keeps_working() -> None:
    class Renewing(str):
        def encode(self, *arguments: str) -> bytes:
            return b"of this moment"

    assert Token.of(Renewing("stale")).text == "of this moment"


def test_the_identity_is_the_principal_and_not_the_token() -> None:
    first = Token(jwt_of(oid="a", tid="t", iat=1))
    again = Token(jwt_of(oid="a", tid="t", iat=2))
    other = Token(jwt_of(oid="b", tid="t", iat=1))
    assert first.identity == again.identity != other.identity
    assert len({first.pool_key, again.pool_key, other.pool_key}) == 2
    assert Token(first.text, 5.0).pool_key != Token(first.text, 6.0).pool_key
    assert Token("opaque 1").identity != Token("opaque 2").identity


@pytest.mark.parametrize("given", [None, 5, b"bytes", ""])
def test_what_is_no_token_is_refused_by_its_kind(given: object) -> None:
    with pytest.raises(TokenError, match="TOKEN or OPTIONS"):
        Token.of(given)


def test_no_repr_shows_the_token() -> None:
    assert "secret" not in repr(Token("secret", 5.0))
