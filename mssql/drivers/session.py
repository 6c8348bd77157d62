"""What the cursors of one connection share: who reads its results, and its transaction."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Callable, ContextManager, Protocol

if TYPE_CHECKING:
    from mssql.drivers.cursor import Cursor


class Transactions(Protocol):
    """Observes the connection's transactions: what begins and what ends one runs inside."""

    @property
    def is_open(self) -> bool: ...

    def begin(self) -> ContextManager[None]: ...

    def end(self, outcome: str) -> ContextManager[None]: ...


class Session:
    """One open connection of the driver.

    Without MARS a connection runs one statement at a time: a second one fails with "Connection is
    busy with results for another hstmt". So what is left of the first one's rows is read into
    memory before the second starts; a result that is read to its end costs nothing.

    A driver's cursor that holds a prepared statement is kept for the next one: closing it would
    take a round trip (sp_unprepare), while the next sp_prepexec drops the old statement along.
    """

    def __init__(
        self,
        connection: Any,
        new_cursor: Callable[[], Any],
        traced: Callable[[Any], Any],
        transactions: Transactions,
        commit: Callable[[Any], None],
    ) -> None:
        self._connection = connection
        self._new_cursor = new_cursor
        self._traced = traced
        self._transactions = transactions
        self._commit = commit
        self._spare: Any = None
        self._reader: weakref.ReferenceType[Cursor] | None = None
        self._in_transaction = not connection.autocommit

    def cursor(self, has_parameters: bool) -> Any:
        """A cursor of the driver's that nobody uses, traced where there is an SDK by now.

        Statements without parameters are not prepared: they get a new one, which costs nothing.
        """
        raw = None
        if has_parameters:
            raw, self._spare = self._spare, None
        return self._traced(self._new_cursor() if raw is None else raw)

    def keep(self, raw: Any) -> bool:
        """Keep a cursor, all of whose results have been read; False where one is kept already."""
        if self._spare is None:
            self._spare = raw
            return True
        return False

    def claim(self, cursor: Cursor) -> None:
        """Make way for a statement of `cursor`, whose results are the open ones from now on."""
        self.make_way(cursor)
        self._reader = weakref.ref(cursor)
        if self._in_transaction and not self._transactions.is_open:
            self._begin()

    def release(self, cursor: Cursor) -> None:
        """`cursor` has been closed."""
        if self._reader is not None and self._reader() is cursor:
            self._reader = None

    def make_way(self, claimant: Cursor | None = None) -> None:
        """Read what is left of the open results, so that the connection is free."""
        reader = self._reader() if self._reader else None
        self._reader = None
        if reader is not None and reader is not claimant:
            reader.read_ahead()

    def set_autocommit(self, autocommit: bool) -> None:
        """Begin a transaction, or go back to statements that commit by themselves."""
        self.make_way()
        self._in_transaction = not autocommit
        if not autocommit:
            if not self._transactions.is_open:
                self._begin()
        else:
            self._end_by_commit()

    def _end_by_commit(self) -> None:
        if not self._connection.autocommit:
            with self._transactions.end("commit"):
                self._commit(self._connection)

    def _begin(self) -> None:
        with self._transactions.begin():
            if self._connection.autocommit:
                self._connection.autocommit = False

    def commit(self) -> None:
        """Commit; the next statement begins a new transaction unless autocommit is set meanwhile.

        SQLEndTran would begin it at once, and then autocommit would have to end it.
        """
        self.make_way()
        self._end_by_commit()

    def rollback(self) -> None:
        """Undo the transaction."""
        self.make_way()
        with self._transactions.end("rollback"):
            self._connection.rollback()
