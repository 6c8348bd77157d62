"""An open connection: its state, the result that is read from it, and its transaction."""

from __future__ import annotations

import contextlib
import re
import weakref
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Callable, Protocol, Sequence

from django.db.transaction import TransactionManagementError

from mssql.drivers.base import CANCEL_SECONDS
from mssql.drivers.failures import fault_of, is_of_driver, silent
from mssql.drivers.guard import Guard
from mssql.drivers.statement import Statement
from mssql.drivers.transaction import Observer, Transaction

if TYPE_CHECKING:
    from mssql.drivers.base import Driver
    from mssql.errors.fault import Fault


# A literal may contain such a word: then the advice to check the data is superfluous.
_CHANGES_DATA = re.compile(
    r"\b(?:INSERT|UPDATE|DELETE|MERGE|INTO|EXEC|EXECUTE|CALL|TRUNCATE|CREATE|ALTER|DROP)\b",
    re.IGNORECASE,
)


class ConnectionHooks(Protocol):
    """The observation of a connection. Telemetry implements it."""

    @property
    def transactions(self) -> Observer:
        """The observer of the connection's transactions."""

    def traced(self, cursor: Any) -> Any:
        """Return a driver's cursor with its statements observed; itself if nothing observes."""


class Reader(Protocol):
    """A result that is read from the connection."""

    def buffer(self) -> None:
        """Read all remaining results into memory."""

    def abandon(self) -> None:
        """Discard the results that are not in memory."""


class State(Enum):
    """The states of a session."""

    OPEN = "open"
    LOST = "closing is all that can be done"
    CLOSED = "closed"


# Before Python 3.12 a member of an Enum takes ten times as long to look up as a global name.
OPEN, LOST, CLOSED = State


class Outcome(Enum):
    """The request whose answer was lost with the connection."""

    COMMIT = "the transaction's commit"
    STATEMENT = "a statement in autocommit mode"


@dataclass(frozen=True)
class Failure:
    """An exception, its fault if the driver raised it, and the request of unknown outcome."""

    error: BaseException
    fault: Fault | None = None
    outcome: Outcome | None = None


class Session:
    """One open connection of the driver, which is in autocommit mode.

    A connection runs one statement at a time: see mssql/drivers/result.py. A driver's cursor that
    contains a prepared statement is kept for the next one: closing it would take a round trip
    (sp_unprepare), while the next sp_prepexec also drops the old statement.
    """

    def __init__(
        self,
        driver: Driver,
        connection: Any,
        hooks: ConnectionHooks,
        query_timeout: float = 0,
    ) -> None:
        self.driver = driver
        # Around each statement, and around the handling of its failure.
        self.guard = Guard(query_timeout + CANCEL_SECONDS if query_timeout else 0)
        self.transaction = Transaction(self._run, hooks.transactions)
        self._connection = connection
        self._hooks = hooks
        self._query_timeout = query_timeout
        self._state = OPEN
        self._spare: Any = None  # a statement that no result uses
        self._reader: weakref.ReferenceType[Reader] | None = None
        self._failure: Failure | None = None  # the last one

    @property
    def is_closed(self) -> bool:
        """Whether the session has been closed."""
        return self._state is CLOSED

    @property
    def is_lost(self) -> bool:
        """Whether closing is all that can be done with the connection."""
        return self._state is LOST or self.guard.has_interrupted

    # Statements

    def open_statement(self, has_parameters: bool) -> Any:
        """Return a statement that no result uses, traced if an SDK is set up by now.

        Statements without parameters are not prepared: a new cursor for them costs nothing.
        """
        statement = None
        if has_parameters:
            statement, self._spare = self._spare, None
        if statement is None:
            statement = Statement(self.driver.cursor(self._connection), self.driver)
        return self._hooks.traced(statement)

    def keep(self, statement: Any) -> bool:
        """Keep an exhausted, prepared statement unless one is kept; return whether it is kept."""
        if self._spare is not None:
            return False
        self._spare = statement
        return True

    def observe_skipped(self, sql: str) -> None:
        """Let telemetry observe a batch without parameter sets, for which nothing is sent."""
        self._hooks.traced(_SkippedStatement()).executemany(sql, [])

    def claim(self, reader: Reader) -> None:
        """Free the connection for a statement of `reader`.

        Raises TransactionManagementError if the transaction is lost.
        """
        self._free(reader)
        self.transaction.require_not_lost()
        self._reader = weakref.ref(reader)
        if not self.transaction.autocommit:
            self._guarded(self.transaction.begin)

    def release(self, reader: Reader) -> None:
        """Forget `reader`, which has been closed."""
        if self._reader is not None and self._reader() is reader:
            self._reader = None

    def _free(self, claimant: Reader | None = None) -> None:
        """Have the open results read into memory, unless they are the claimant's."""
        reader = self._reader() if self._reader else None
        self._reader = None
        if reader is not None and reader is not claimant:
            reader.buffer()

    # Failures

    def is_of_driver(self, error: BaseException) -> bool:
        """Whether the driver, rather than code of the application, has raised an exception."""
        return is_of_driver(error, self.driver)

    def failed(self, error: BaseException, sql: str = "") -> None:
        """Record that the driver failed with a statement, whose cursor is closed."""
        fault = fault_of(error, self.driver)
        if not fault.number and self._confirm_silence():
            fault = silent(self._query_timeout, CANCEL_SECONDS)
        if fault.connection_is_lost and self._state is OPEN:
            self._state = LOST
        commits = self.transaction.autocommit and not self.transaction.is_open
        outcome = None
        if self.transaction.failed(fault):
            outcome = Outcome.COMMIT
        elif commits and fault.connection_is_lost and _CHANGES_DATA.search(sql):
            outcome = Outcome.STATEMENT
        self._failure = Failure(error, fault, outcome)

    def _confirm_silence(self) -> bool:
        """Return whether the server answered the present call and its cancellation not at all.

        If that is unclear, run a statement: the driver refuses it after a cancellation without an
        answer.
        """
        if self.guard.is_silent or not self.guard.is_over:
            return self.guard.is_silent
        try:
            self._run("SELECT 1")
        except Exception:  # noqa: BLE001 - whatever it is
            return True
        return False

    def failure_of(self, error: BaseException) -> Failure:
        """Return the failure that an exception stands for."""
        if self._failure is not None and self._failure.error is error:
            return self._failure
        is_dbapi = isinstance(error, self.driver.module.Error)
        return Failure(error, fault_of(error, self.driver) if is_dbapi else None)

    def recall(self, failure: Failure) -> None:
        """Expect questions about a failure that reaches the application after later ones."""
        self._failure = failure

    def fault(self, error: BaseException) -> Fault | None:
        """Return the fault of an exception, or None if the driver has not raised it."""
        return self.failure_of(error).fault

    def unknown_outcome(self, error: BaseException) -> Outcome | None:
        """Return the request that may have taken effect although it ended with this error."""
        return self.failure_of(error).outcome

    # Transactions and the connection's end

    def set_autocommit(self, autocommit: bool) -> None:
        """Begin a transaction, or return to autocommit."""
        self._free()
        if autocommit:
            self._guarded(self.transaction.commit)
        else:
            self._guarded(self.transaction.begin)
        self.transaction.autocommit = autocommit

    def commit(self) -> None:
        """Commit; unless autocommit is set, the next statement begins a new transaction."""
        self._free()
        self._guarded(self.transaction.commit)

    def rollback(self) -> None:
        """Undo the transaction."""
        self._free()
        self._guarded(self.transaction.rollback)

    def close(self) -> None:
        """Roll back: a driver manager's pool would keep the transaction and its locks."""
        has_transaction = self.transaction.is_open and not self.is_lost
        is_first = self._state is not CLOSED
        self._state = CLOSED
        if is_first and has_transaction:
            with contextlib.suppress(Exception), self.guard:
                self._abandon_reader()
                self.transaction.rollback()

    def disconnect(self) -> None:
        """Close the session and the driver's connection, even if the server has ended it."""
        was_lost = self.is_lost
        self.close()
        try:
            with self.guard:
                self._connection.close()
        except Exception as error:
            if not was_lost and not fault_of(error, self.driver).connection_is_lost:
                raise

    def _abandon_reader(self) -> None:
        reader = self._reader() if self._reader else None
        self._reader = None
        if reader is not None:
            reader.abandon()

    def _guarded(self, change: Callable[[], None]) -> None:
        """Begin or end the transaction; a signal's handler runs, and may raise, after that."""
        with self.guard.uninterrupted():
            try:
                change()
            except TransactionManagementError:
                raise
            except BaseException as error:
                if self.is_of_driver(error):
                    self.failed(error)
                elif self._state is OPEN:
                    self._state = LOST  # of a handler, whose signal another thread received
                raise

    def _run(self, sql: str) -> Any:
        """Run a statement that is not the application's; return its first row, or None."""
        statement = Statement(self.driver.cursor(self._connection), self.driver)
        try:
            statement.execute(sql)
            row = statement.fetchone() if statement.description else None
            statement.exhaust()
            return row
        finally:
            statement.close()

    def __del__(self) -> None:
        self.close()


class _SkippedStatement:
    """A driver's cursor for statements that are not sent."""

    description = None

    def executemany(self, sql: str, rows: Sequence[Any]) -> None:
        """Send nothing."""
