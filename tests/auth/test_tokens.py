"""Token sources: one fetch for many threads, renewal ahead of the end, nothing expired."""

from __future__ import annotations

import os
import threading
import time

import jwt
import pytest

from mssql.auth.tokens import Token, TokenError, TokenSource


class Mint:
    """Counts fetches; each token lives `lifetime` seconds from the clock's present moment."""

    def __init__(self, lifetime: float = 3600, delay: float = 0) -> None:
        self.lifetime = lifetime
        self.delay = delay
        self.now = 1_000_000.0
        self.fetches: list[bool] = []
        self.failure: TokenError | None = None

    def clock(self) -> float:
        return self.now

    def __call__(self, fresh: bool) -> Token:
        self.fetches.append(fresh)
        time.sleep(self.delay)
        if self.failure:
            raise self.failure
        return Token(f"token {len(self.fetches)}", self.now + self.lifetime)

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


def test_a_token_is_kept_until_its_margin() -> None:
    mint = Mint()
    source = mint.source()
    source.token()
    mint.now += 3600 - 301
    assert source.token().text == "token 1"
    mint.now += 2
    assert source.token().text == "token 2"


def test_one_thread_renews_ahead_and_the_others_do_not_wait() -> None:
    mint = Mint()
    source = mint.source()
    source.token()
    mint.now += 3500
    mint.delay = 0.3
    started = time.monotonic()
    renewing = threading.Thread(target=source.token)
    renewing.start()
    time.sleep(0.05)
    assert source.token().text == "token 1"
    assert time.monotonic() - started < 0.25
    renewing.join()
    assert source.token().text == "token 2"


def test_a_failed_renewal_keeps_the_token_while_it_lives() -> None:
    mint = Mint()
    source = mint.source()
    source.token()
    mint.failure = TokenError("the endpoint is down")
    mint.now += 3500
    assert source.token().text == "token 1"
    mint.now += 95  # five seconds are left: too few for a login
    with pytest.raises(TokenError, match="down"):
        source.token()


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


def test_a_child_process_gets_on_although_the_lock_was_held_at_the_fork() -> None:
    mint = Mint(delay=0.5)
    source = mint.source()
    held = threading.Thread(target=source.token)
    held.start()
    time.sleep(0.1)
    child = os.fork()
    if child == 0:
        os._exit(0 if source.token().text else 1)
    _, status = os.waitpid(child, 0)
    held.join()
    assert status == 0


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
    assert Token("opaque 1").identity != Token("opaque 2").identity


@pytest.mark.parametrize("given", [None, 5, b"bytes", ""])
def test_what_is_no_token_is_refused_by_its_kind(given: object) -> None:
    with pytest.raises(TokenError, match="TOKEN or OPTIONS"):
        Token.of(given)


def test_no_repr_shows_the_token() -> None:
    assert "secret" not in repr(Token("secret", 5.0))
