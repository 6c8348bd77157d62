"""Which faults pass by themselves, and how long to wait for that when a connection is opened.

Follows "Troubleshoot transient connection errors in SQL Database",
https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-connectivity-issues

Statements are never run again: whether one took effect before the connection broke is not known,
and within atomic() the transaction is gone.
"""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass
from typing import Callable, Iterable, Iterator, TypeVar

from mssql.errors.numbers import Effect, ErrorNumber, with_effect

T = TypeVar("T")

TRANSIENT = with_effect(Effect.TRANSIENT)
# SqlClient's number of a login that took too long, for which the ODBC driver has the state HYT00.
LOGIN_TIMEOUT = ErrorNumber.WAIT_TIMEOUT.value
DOUBTFUL = with_effect(Effect.DOUBTFUL)
_WAITED_FOR = TRANSIENT | DOUBTFUL | {LOGIN_TIMEOUT}
_REPEATS_OF_DOUBTFUL = 2
_MINIMUM_WAIT = {
    ErrorNumber.SERVICE_BUSY.value: 10.0
}  # the documentation asks for ten seconds when the service is busy


@dataclass(frozen=True)
class RetryPolicy:
    """How long to go on, in seconds; `attempts` counts the repetitions, None is no limit.

    A serverless database that wakes up takes about a minute, hence the deadline.
    """

    deadline: float = 90
    initial: float = 5
    maximum: float = 60
    attempts: int | None = None

    def countdown(self) -> Callable[[], float]:
        """Return a function of the seconds that are left until the deadline, from now on.

        Without repetitions a token takes as long as its credential lets it.
        """
        if not self.deadline:
            return lambda: math.inf
        end = time.monotonic() + self.deadline
        return lambda: max(end - time.monotonic(), 0)

    def waits(self) -> Iterator[float]:
        """The wait before each repetition: doubling, each cut by up to half at random."""
        wait = self.initial
        number = 0
        while self.attempts is None or number < self.attempts:
            yield wait * random.uniform(0.5, 1)  # noqa: S311 - spreads load, guards nothing
            wait = min(wait * 2, self.maximum)
            number += 1


def is_transient(numbers: Iterable[int], tries: int) -> bool:
    """Whether the same login may work later, after this many tries."""
    if not TRANSIENT.isdisjoint(numbers):
        return True
    return tries <= _REPEATS_OF_DOUBTFUL and not _WAITED_FOR.isdisjoint(numbers)


def connect(
    attempt: Callable[[], T],
    numbers_of: Callable[[Exception], Iterable[int]],
    policy: RetryPolicy,
    *,
    retrying: Callable[[int, float], None] | None = None,
    sleep: Callable[[float], None] | None = None,
    clock: Callable[[], float] | None = None,
) -> T:
    """What `attempt` returns, repeated while its fault is one that passes.

    `numbers_of` gives SQL Server's error numbers of an exception; `retrying` hears of the fault's
    number and of the wait in seconds before each repetition. Raises the last exception when it is
    none that passes, or when the policy's deadline or attempts are used up.
    """
    sleep, clock = sleep or time.sleep, clock or time.monotonic
    end = clock() + policy.deadline
    for tries, wait in enumerate(policy.waits(), start=1):
        try:
            return attempt()
        except Exception as error:
            numbers = tuple(numbers_of(error))
            minimum = max(_MINIMUM_WAIT.get(number, 0.0) for number in (0, *numbers))
            left = end - clock()
            if not is_transient(numbers, tries) or left <= minimum:
                raise
            wait = max(min(wait, left), minimum)  # the last try is at the deadline
            if retrying is not None:
                retrying(next(number for number in numbers if number in _WAITED_FOR), wait)
        sleep(wait)
    return attempt()
