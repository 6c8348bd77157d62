"""Transient faults: which are waited for, how long, and which are not."""

from __future__ import annotations

import pytest

from mssql.errors import retry
from mssql.errors.retry import RetryPolicy


class Fault(Exception):
    def __init__(self, *numbers: int) -> None:
        super().__init__(*numbers)
        self.numbers = numbers


class Server:
    """Fails with each of the faults in turn, then connects; time passes by sleeping only."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = list(faults)
        self.tries = 0
        self.slept: list[float] = []
        self.told: list[tuple[int, float]] = []

    def attempt(self) -> str:
        self.tries += 1
        if self.faults:
            raise self.faults.pop(0)
        return "connected"

    def connect(self, policy: RetryPolicy | None = None) -> str:
        return retry.connect(
            self.attempt,
            lambda error: error.numbers,
            policy or RetryPolicy(),
            retrying=lambda number, wait: self.told.append((number, wait)),
            sleep=self.slept.append,
            clock=lambda: sum(self.slept),
        )


def test_a_serverless_database_that_wakes_up_within_a_minute_comes_up() -> None:
    server = Server(*[Fault(40613)] * 4)
    assert server.connect() == "connected"
    assert server.tries == 5
    assert 15 < sum(server.slept) < 90


@pytest.mark.parametrize("chance", [0.5, 0.7, 0.75, 0.8, 1.0])
def test_a_database_that_resumes_after_a_minute_comes_up_however_the_waits_fall(
    monkeypatch: pytest.MonkeyPatch, chance: float
) -> None:
    monkeypatch.setattr(retry.random, "uniform", lambda low, high: chance)
    server = Server()

    def attempt() -> str:
        if sum(server.slept) < 60:
            raise Fault(40613)
        return "connected"

    monkeypatch.setattr(server, "attempt", attempt)
    assert server.connect() == "connected"
    assert 60 <= sum(server.slept) <= 90


def test_the_last_try_is_at_the_deadline() -> None:
    server = Server(*[Fault(40613)] * 100)
    with pytest.raises(Fault):
        server.connect(RetryPolicy(deadline=30))
    assert sum(server.slept) == pytest.approx(30)
    server = Server(*[Fault(40501)] * 100)
    with pytest.raises(Fault):
        server.connect(RetryPolicy(deadline=25, initial=1))
    assert server.slept == [10, 10]  # five seconds are too few for a busy service


def test_each_repetition_is_told_with_its_number_and_wait() -> None:
    server = Server(Fault(1, 40613), Fault(40501))
    server.connect()
    assert [number for number, _ in server.told] == [40613, 40501]
    assert [wait for _, wait in server.told] == server.slept


def test_a_login_that_takes_too_long_is_tried_twice_more() -> None:
    server = Server(*[Fault(retry.LOGIN_TIMEOUT)] * 9)
    with pytest.raises(Fault):
        server.connect()
    assert server.tries == 3


def test_a_wrong_password_fails_at_once() -> None:
    server = Server(Fault(18456))
    with pytest.raises(Fault):
        server.connect()
    assert server.tries == 1


def test_a_number_in_the_text_is_no_transient_fault() -> None:
    server = Server(Fault())
    server.faults[0].args = ("Login failed for user 'app40613'",)
    with pytest.raises(Fault):
        server.connect()
    assert server.slept == []


def test_a_database_that_cannot_be_opened_is_tried_twice_more_only() -> None:
    server = Server(*[Fault(4060)] * 9)
    with pytest.raises(Fault):
        server.connect()
    assert server.tries == 3


def test_a_busy_service_is_left_alone_for_ten_seconds() -> None:
    server = Server(Fault(40501))
    server.connect(RetryPolicy(initial=0.1))
    assert server.slept == [10]


def test_attempts_of_mssql_django_are_counted() -> None:
    server = Server(*[Fault(40197)] * 9)
    with pytest.raises(Fault):
        server.connect(RetryPolicy(initial=0.01, attempts=5))
    assert server.tries == 6


def test_no_attempts_is_one_try() -> None:
    server = Server(Fault(40197))
    with pytest.raises(Fault):
        server.connect(RetryPolicy(attempts=0))
    assert server.tries == 1


def test_waits_double_up_to_the_maximum_and_vary() -> None:
    waits = list(RetryPolicy(initial=1, maximum=8, attempts=6).waits())
    for wait, full in zip(waits, (1, 2, 4, 8, 8, 8), strict=True):
        assert full / 2 <= wait <= full
    assert waits != list(RetryPolicy(initial=1, maximum=8, attempts=6).waits())
