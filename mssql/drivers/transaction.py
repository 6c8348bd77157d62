"""The transaction of one connection: begun and ended by statements, so that it cannot be replaced.

In its manual-commit mode an ODBC driver silently begins a new transaction after the server has
rolled one back: the next statements would be committed without the earlier ones. So the driver
stays in autocommit mode, and BEGIN, COMMIT and ROLLBACK TRANSACTION are sent.
https://learn.microsoft.com/sql/t-sql/language-elements/transactions-transact-sql
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Callable, ContextManager, Protocol

from django.db.transaction import TransactionManagementError

from mssql.errors.numbers import Effect, ErrorNumber, with_effect

if TYPE_CHECKING:
    from mssql.errors.fault import Fault

_ENDS_TRANSACTION = with_effect(Effect.ENDS_TRANSACTION)  # other errors require a query
_STATE_SQL = "SELECT XACT_STATE()"
_ACTIVE = 1


class Observer(Protocol):
    """Observes the connection's transactions: each begin and end runs in a context of it."""

    def begin(self) -> ContextManager[None]: ...

    def end(self, outcome: str) -> ContextManager[None]: ...


class State(Enum):
    """The states of the connection's transaction."""

    NONE = "none is open"
    OPEN = "open"
    COMMITTING = "a commit has been sent"
    LOST = "rolled back by the server, and not yet by the application"


# Before Python 3.12 a member of an Enum takes ten times as long to look up as a global name.
NONE, OPEN, COMMITTING, LOST = State


class Transaction:
    """A transaction and its state. `run` sends a statement and returns its first row, or None."""

    def __init__(self, run: Callable[[str], Any], observer: Observer) -> None:
        self._run = run
        self._observer = observer
        self._state = NONE
        self._number = 0  # of the error that ended it
        self.autocommit = True  # as Django calls it: no statement begins a transaction
        self.cause: Exception | None = None  # that error, as the application saw it

    @property
    def is_open(self) -> bool:
        """Whether the server has a transaction open for this connection."""
        return self._state is OPEN

    @property
    def is_none(self) -> bool:
        """Whether none is open, and none is lost."""
        return self._state is NONE

    @property
    def is_lost(self) -> bool:
        """Whether the server has rolled it back."""
        return self._state is LOST

    def begin(self) -> None:
        """Begin one unless it is open. Raises TransactionManagementError if one is lost."""
        self.require_not_lost()
        if self._state is NONE:
            with self._observer.begin():
                self._run("BEGIN TRANSACTION")
            self._state = OPEN

    def commit(self) -> None:
        """Commit the open transaction. Raises TransactionManagementError if it is lost."""
        self.require_not_lost()
        if self._state is OPEN:
            with self._observer.end("commit"):
                self._state = COMMITTING
                self._run("COMMIT TRANSACTION")
            self._state = NONE

    def rollback(self) -> None:
        """Roll back the open transaction; acknowledge a lost one."""
        if self._state is not NONE:
            with self._observer.end("rollback"):
                if self._state is OPEN:
                    self._run("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION")
        self._state, self.cause = NONE, None

    def failed(self, fault: Fault) -> bool:
        """Determine the state after a failed statement.

        Its error decides, or the server, with a round trip. Returns whether a commit is of unknown
        outcome.
        """
        if self._state is COMMITTING:
            self._state = OPEN
            if fault.connection_is_lost or not fault.from_server:
                is_uncertain = fault.connection_is_lost or not self._query_is_active()
                self._state = NONE if is_uncertain else OPEN
                return is_uncertain
        if self._state is not OPEN:
            return False
        if fault.connection_is_lost or ErrorNumber.COMMIT_WITHOUT_BEGIN in fault.numbers:
            self._state = NONE
        elif not _ENDS_TRANSACTION.isdisjoint(fault.numbers) or not self._query_is_active():
            self._state, self._number = LOST, fault.number
        return False

    def _query_is_active(self) -> bool:
        try:
            row = self._run(_STATE_SQL)
        except Exception:  # noqa: BLE001 - the connection is broken, and the transaction with it
            return False
        return row is not None and row[0] == _ACTIVE

    def require_not_lost(self) -> None:
        """Raise TransactionManagementError if the server has rolled the transaction back."""
        if self._state is LOST:
            number = f" (SQL Server error {self._number})" if self._number else ""
            raise TransactionManagementError(
                f"SQL Server has rolled back the whole transaction because of an error in it"
                f"{number}: no change and no savepoint of it remains. Leave the outermost atomic() "
                "block, or call rollback(), and repeat all of it."
            ) from self.cause
