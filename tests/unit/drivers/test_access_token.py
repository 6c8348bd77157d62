"""The bytes of an access token live as long as the ODBC driver may read them, and not for good."""

from __future__ import annotations

import gc
import time
from typing import Any

import jwt
import pytest

from mssql.auth.tokens import Token
from mssql.config.connection_config import SignInSettings
from mssql.drivers import access_token
from mssql.drivers.access_token import attributes, packed
from mssql.drivers.tenancy import Tenancy

DAY = 86_400


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [time.time()]
    monkeypatch.setattr(access_token.time, "time", lambda: now[0])
    monkeypatch.setattr(access_token, "_alive", {})
    return now


def token_until(end: float, who: str) -> str:
    return jwt.encode({"exp": end, "oid": who}, "x" * 32, algorithm="HS256")


def test_the_structure() -> None:
    assert packed("ab") == b"\4\0\0\0a\0b\0"
    assert attributes("ab") == {1256: packed("ab")}
    assert attributes("") == {}


def test_the_same_bytes_until_a_day_after_the_tokens_end(clock: list[float]) -> None:
    token = token_until(clock[0] + 3600, "a")
    bytes_of_it = packed(token)
    clock[0] += 3600 + DAY - 1
    packed("another")
    assert packed(token) is bytes_of_it
    clock[0] += 2
    packed("a third")
    assert token not in access_token._alive


@pytest.mark.parametrize("end", [None, 4_000_000_000])
def test_a_token_whose_end_is_unknown_or_far_is_not_kept_for_good(
    end: float | None, clock: list[float]
) -> None:
    token = "opaque" if end is None else token_until(end, "a")
    packed(token)
    clock[0] += 3 * DAY - 1
    packed("another")
    assert token in access_token._alive
    clock[0] += 2
    packed("a third")
    assert token not in access_token._alive


def test_many_tokens_do_not_pile_up(clock: list[float]) -> None:
    for number in range(200):
        packed(token_until(clock[0] + 3600, str(number)))
        clock[0] += 3600
    assert len(access_token._alive) <= 26


def test_an_open_connection_keeps_the_bytes_that_it_was_opened_with(clock: list[float]) -> None:
    token = Token(token_until(clock[0] + 3600, "a"))
    given: Any = attributes(token.text)[1256]
    tenancy = Tenancy.of(SignInSettings({}), None, token)
    clock[0] += 10 * DAY
    packed("another")
    gc.collect()
    assert token.text not in access_token._alive
    assert tenancy.attributes[1256] is given


def test_other_threads_pack_meanwhile(clock: list[float]) -> None:
    """Up to Python 3.11 any allocation may collect garbage, and so let another thread run."""
    for number in range(100):
        packed(str(number))
    others = iter(range(100, 1_000_000))

    def another_thread(phase: str, info: dict[str, int]) -> None:
        access_token._alive[str(next(others))] = (b"", clock[0] + DAY)

    thresholds = gc.get_threshold()
    gc.callbacks.append(another_thread)
    gc.set_threshold(1)
    try:
        assert packed("ab") == b"\4\0\0\0a\0b\0"
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(another_thread)
