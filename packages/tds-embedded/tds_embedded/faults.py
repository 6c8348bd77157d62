"""Faults on demand: those of a network and of a busy server, for tests.

server.faults.drop(matching="UPDATE")          # the connection breaks before the statement
server.faults.login_error(40613, times=2)      # two logins find the database unavailable
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import Enum

from tds_embedded.error_texts import MESSAGES
from tds_embedded.errors import SqlServerError


class Action(Enum):
    """The kinds of faults, by their effect on the request."""

    DROP_BEFORE = "the connection ends before the statement runs"
    DROP_MIDDLE = "the statement runs, the connection ends in the middle of its answer"
    DELAY = "the statement waits before it runs"
    ERROR = "the statement is not run and gets an error"


class Stage(Enum):
    """The stages of a connection at which a fault can strike."""

    CONNECT = "connect"
    LOGIN = "login"
    STATEMENT = "statement"


@dataclass
class Fault:
    """One fault: it lets `skip` occasions pass, then strikes `times` times."""

    stage: Stage
    action: Action
    matching: str = ""
    skip: int = 0
    times: int = 1
    seconds: float = 0.0
    error: SqlServerError | None = None


class Faults:
    """The faults that are waiting. Statements match by a part of their text, case ignored."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def drop(
        self, matching: str = "", *, nth: int = 1, times: int = 1, middle: bool = False
    ) -> None:
        """Break the connection at the `nth` matching statement."""
        action = Action.DROP_MIDDLE if middle else Action.DROP_BEFORE
        self._add(Fault(Stage.STATEMENT, action, matching, nth - 1, times))

    def delay(self, seconds: float, matching: str = "", *, nth: int = 1, times: int = 1) -> None:
        """Let matching statements wait; a client's cancel ends the wait."""
        self._add(Fault(Stage.STATEMENT, Action.DELAY, matching, nth - 1, times, seconds=seconds))

    def error(
        self, number: int | SqlServerError, matching: str = "", *, nth: int = 1, times: int = 1
    ) -> None:
        """Answer matching statements with an error. Severity 20 and above ends the connection."""
        error = _as_error(number)
        self._add(Fault(Stage.STATEMENT, Action.ERROR, matching, nth - 1, times, error=error))

    def login_error(self, number: int | SqlServerError, *, nth: int = 1, times: int = 1) -> None:
        """Refuse logins with an error."""
        error = _as_error(number)
        self._add(Fault(Stage.LOGIN, Action.ERROR, "", nth - 1, times, error=error))

    def login_delay(self, seconds: float, *, nth: int = 1, times: int = 1) -> None:
        """Let logins wait."""
        self._add(Fault(Stage.LOGIN, Action.DELAY, "", nth - 1, times, seconds=seconds))

    def refuse(self, *, times: int = 1) -> None:
        """Close new connections as soon as they come."""
        self._add(Fault(Stage.CONNECT, Action.DROP_BEFORE, times=times))

    def clear(self) -> None:
        """Remove all faults that are still waiting."""
        with self._lock:
            self._waiting = []

    def strike(self, stage: Stage, text: str = "") -> Fault | None:
        """Return the fault that strikes now, if any, and count it."""
        if not self._waiting:
            return None
        with self._lock:
            for fault in self._waiting:
                if fault.stage is not stage or fault.matching.lower() not in text.lower():
                    continue
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if not fault.times:
                    self._waiting.remove(fault)
                return fault
        return None

    def _add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)


def _as_error(number: int | SqlServerError) -> SqlServerError:
    if isinstance(number, SqlServerError):
        return number
    severity, text = MESSAGES.get(number, (16, "A fault was asked for."))
    return SqlServerError(number, text.replace("{}", "?"), severity)
