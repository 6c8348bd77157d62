"""The arguments of a scenario, and the row of figures that it returns."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connections

from tests.soak.servers import Servers

LONGEST_NOTE = 160  # characters
POOL_SECONDS = 2  # for which unixODBC keeps a connection that nobody uses


@dataclass(frozen=True)
class Task:
    """A scenario to run, with one driver and pool; those without a server have neither.

    `amount` is how often, `seconds` the time after which it ends with what it has done.
    """

    scenario: str
    amount: int
    seconds: float
    driver: str = ""
    pool: str = ""


@dataclass
class Row:
    """The counts of a scenario.

    `failures` are requests that failed although they should not; `wrong` results, rows or
    identities that are not the expected ones; `leaks` resources that grew; `uncertain` commits
    without an answer, of which `applied` had taken effect.
    """

    done: int = 0
    failures: int = 0
    wrong: int = 0
    leaks: int = 0
    uncertain: int = 0
    applied: int = 0
    seconds: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, int] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Whether nothing failed, was wrong or leaked."""
        return not (self.failures or self.wrong or self.leaks)

    def fail(self, problem: BaseException | str) -> None:
        """Count a request that should not have failed."""
        self.failures += 1
        self._note(problem)

    def err(self, problem: str) -> None:
        """Count a result that is not the expected one."""
        self.wrong += 1
        self._note(problem)

    def leak(self, problem: str) -> None:
        """Count a resource that grew."""
        self.leaks += 1
        self._note(problem)

    def _note(self, problem: BaseException | str) -> None:
        text = problem if isinstance(problem, str) else f"{type(problem).__name__}: {problem}"
        text = text[:LONGEST_NOTE]
        self.problems[text] = self.problems.get(text, 0) + 1

    def to_json(self) -> str:
        """Return the row as a line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Row:
        """Parse the result of to_json()."""
        return cls(**json.loads(line))


@dataclass
class Context:
    """The tools of a scenario: its task, and the servers if it has a driver."""

    task: Task
    servers: Servers

    started: float = field(default_factory=time.monotonic)

    def turns(self) -> Iterator[int]:
        """Count up to the task's amount, as long as there is time."""
        for turn in range(self.task.amount):
            if time.monotonic() > self.started + self.task.seconds:
                return
            yield turn

    def progress(self, turn: int) -> float:
        """Return which part of the amount or of the time is over, whichever is more."""
        elapsed = time.monotonic() - self.started
        return max(turn / self.task.amount, elapsed / self.task.seconds)


class Wrong(Exception):
    """A result that is not the expected one."""


def crowd(context: Context, row: Row, size: int, work: Callable[[int], None]) -> None:
    """Run the task's turns in so many threads, and count the failures and wrong results."""
    turns, lock = context.turns(), threading.Lock()

    def run() -> None:
        while True:
            with lock:
                turn = next(turns, None)
            if turn is None:
                break
            problem: Exception | None = None
            try:
                work(turn)
            except Exception as raised:  # noqa: BLE001  counted, whatever it is
                problem = raised
            with lock:
                count(row, problem)
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def count(row: Row, problem: Exception | None) -> None:
    """Count a turn that is over."""
    row.done += 1
    if isinstance(problem, Wrong):
        row.err(str(problem))
    elif problem is not None:
        row.fail(problem)


def resident() -> int:
    """Return this process's resident memory in KB."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def descriptors() -> int:
    """Return the number of this process's open descriptors."""
    return len(os.listdir("/proc/self/fd"))
