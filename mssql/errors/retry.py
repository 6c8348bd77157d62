"""Retries of a login: the transient faults, and the time to wait between two attempts.

Follows "Troubleshoot transient connection errors in SQL Database",
https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-connectivity-issues

Statements are never repeated: one may have taken effect before the connection broke, and within
atomic() the transaction is gone.
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
}  # the documentation requires ten seconds if the service is busy


@dataclass(frozen=True)
class RetryPolicy:
    """The limits of retries, in seconds; `attempts` limits their number unless it is None.

    A serverless database takes about a minute to wake up, which the deadline allows for.
    """

    deadline: float = 90
    initial: float = 5
    maximum: float = 60
    attempts: int | None = None

    def countdown(self) -> Callable[[], float]:
        """Return a function that returns the seconds until the deadline, which starts now.

        Without retries a token may take as long as its credential allows.
        """
        if not self.deadline:
            return lambda: math.inf
        end = time.monotonic() + self.deadline
        return lambda: max(end - time.monotonic(), 0)

    def waits(self) -> Iterator[float]:
        """Yield the wait before each retry: it doubles, and is cut by up to half at random."""
        wait = self.initial
        number = 0
        while self.attempts is None or number < self.attempts:
            yield wait * random.uniform(0.5, 1)  # noqa: S311 - spreads load, guards nothing
            wait = min(wait * 2, self.maximum)
            number += 1


def is_transient(numbers: Iterable[int], tries: int) -> bool:
    """Whether the same login may succeed later, after this many attempts."""
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
    """Return the result of `attempt`, which is repeated while its fault is transient.

    `numbers_of` returns SQL Server's error numbers of an exception; `retrying` is called with the
    fault's number and the wait in seconds before each retry. Raises the last exception if it is not
    transient, or after the policy's deadline or attempts.
    """
    sleep, clock = sleep or time.sleep, clock or time.monotonic
    end = clock() + policy.deadline
    for tries, wait in enumerate(policy.waits(), start=1):
        try:
            return attempt()
        except Exception as error:
            numbers = tuple(numbers_of(error))
            minimum = max(_MINIMUM_WAIT.get(number, 0.0) for number in (0, *numbers))
            remaining = end - clock()
            if not is_transient(numbers, tries) or remaining <= minimum:
                raise
            wait = max(min(wait, remaining), minimum)  # the last attempt is at the deadline
            if retrying is not None:
                retrying(next(number for number in numbers if number in _WAITED_FOR), wait)
        sleep(wait)
    return attempt()
