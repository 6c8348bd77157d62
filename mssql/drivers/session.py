"""What the cursors of one connection share: who reads its results, and its transaction."""

from __future__ import annotations

import contextlib
import re
import weakref
from enum import Enum
from typing import TYPE_CHECKING, Any, Callable, Sequence

from django.db.transaction import TransactionManagementError

from mssql.drivers.base import CANCEL_SECONDS
from mssql.drivers.failures import fault_of, is_of_driver, silent
from mssql.drivers.guard import Guard
from mssql.drivers.statement import Statement
from mssql.drivers.transaction import Observer, Transaction

if TYPE_CHECKING:
    from mssql.drivers.base import Driver
    from mssql.drivers.cursor import Cursor
    from mssql.errors.fault import Fault


# A word of these in a literal is taken for one, too: the caller is told to look, not misled.
_CHANGES_DATA = re.compile(
    r"\b(?:INSERT|UPDATE|DELETE|MERGE|INTO|EXEC|EXECUTE|CALL|TRUNCATE|CREATE|ALTER|DROP)\b",
    re.IGNORECASE,
)


class Outcome(Enum):
    """What was sent when the connection broke before the answer came."""

    COMMIT = "the transaction's commit"
    STATEMENT = "a statement that commits by itself"


class Session:
    """One open connection of the driver, which is in autocommit mode.

    Without MARS a connection runs one statement at a time: a second one fails with "Connection is
    busy with results for another hstmt". So what is left of the first one's rows is read into
    memory before the second starts; a result that is read to its end costs nothing.

    A driver's cursor that holds a prepared statement is kept for the next one: closing it would
    take a round trip (sp_unprepare), while the next sp_prepexec drops the old statement along.
    """

    def __init__(
        self,
        driver: Driver,
        connection: Any,
        traced: Callable[[Any], Any],
        observer: Observer,
        query_timeout: float = 0,
    ) -> None:
        self._driver = driver
        self._query_timeout = query_timeout
        # Around all that a statement asks of the driver, what is done about its failure included.
        self.guard = Guard(query_timeout + CANCEL_SECONDS if query_timeout else 0)
        self._connection = connection
        self._traced = traced
        self._spare: Any = None
        self._reader: weakref.ReferenceType[Cursor] | None = None
        self._commits_each = True  # autocommit, as Django calls it
        self.is_closed = False
        self._is_lost = False
        self._failure: tuple[BaseException | None, Fault | None] = (None, None)  # the last one
        self._unknown: tuple[BaseException | None, Outcome | None] = (None, None)
        self.transaction = Transaction(self._run, observer)

    def cursor(self, has_parameters: bool) -> Any:
        """A cursor of the driver's that nobody uses, traced where there is an SDK by now.

        Statements without parameters are not prepared: they get a new one, which costs nothing.
        """
        raw = None
        if has_parameters:
            raw, self._spare = self._spare, None
        if raw is None:
            raw = Statement(self._driver.cursor(self._connection), self._driver)
        return self._traced(raw)

    def observe_none(self, sql: str) -> None:
        """Let telemetry see a batch without parameter sets, for which nothing is sent."""
        self._traced(_NoResults()).executemany(sql, [])

    def keep(self, raw: Any) -> bool:
        """Keep a cursor, all of whose results have been read; False where one is kept already."""
        if self._spare is None:
            self._spare = raw
            return True
        return False

    def claim(self, cursor: Cursor) -> None:
        """Make way for a statement of `cursor`, whose results are the open ones from now on.

        Raises TransactionManagementError if the transaction is lost.
        """
        self.make_way(cursor)
        self.transaction.require_not_lost()
        self._reader = weakref.ref(cursor)
        if not self._commits_each:
            self._guarded(self.transaction.begin)

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

    @property
    def is_lost(self) -> bool:
        """Whether closing is all that is left to do with the connection."""
        return self._is_lost or self.guard.has_interrupted

    def is_of_driver(self, error: BaseException) -> bool:
        """Whether the driver has raised an exception, and not code of the application."""
        return is_of_driver(error, self._driver)

    def failed(self, error: BaseException, sql: str = "") -> None:
        """The driver has failed with a statement, and its cursor is closed."""
        fault = fault_of(error, self._driver)
        if not fault.number and self._is_silent():
            fault = silent(self._query_timeout, CANCEL_SECONDS)
        self._failure = error, fault
        self._is_lost = self.is_lost or fault.connection_is_lost
        commits = self._commits_each and not self.transaction.is_open
        self.transaction.failed(fault)
        if self.transaction.is_uncertain:
            self._unknown = error, Outcome.COMMIT
        elif commits and fault.connection_is_lost and _CHANGES_DATA.search(sql):
            self._unknown = error, Outcome.STATEMENT

    def _is_silent(self) -> bool:
        """Whether the server has not answered the present call, nor its cancellation."""
        if self.guard.is_silent or not self.guard.is_over:
            return self.guard.is_silent
        try:  # the driver knows: it refuses what comes after a cancellation without an answer
            self._run("SELECT 1")
        except Exception:  # noqa: BLE001 - whatever it is
            return True
        return False

    def fault(self, error: BaseException) -> Fault | None:
        """Return what an exception says if the driver has raised it."""
        failure, fault = self._failure
        if failure is error:
            return fault
        is_known = isinstance(error, self._driver.module.Error)
        return fault_of(error, self._driver) if is_known else None

    def recall(self, error: BaseException, fault: Fault | None) -> None:
        """Expect a failure that comes to the application later than others after it."""
        self._failure = error, fault

    def unknown_outcome(self, error: BaseException) -> Outcome | None:
        """Return what may have taken effect although it ended with this error."""
        failed, outcome = self._unknown
        return outcome if failed is error else None

    def set_autocommit(self, autocommit: bool) -> None:
        """Begin a transaction, or go back to statements that commit by themselves."""
        self.make_way()
        if autocommit:
            self._guarded(self.transaction.commit)
        else:
            self._guarded(self.transaction.begin)
        self._commits_each = autocommit

    def commit(self) -> None:
        """Commit; unless autocommit is set, the next statement begins a new transaction."""
        self.make_way()
        self._guarded(self.transaction.commit)

    def rollback(self) -> None:
        """Undo the transaction."""
        self.make_way()
        self._guarded(self.transaction.rollback)

    def close(self) -> None:
        """Undo what is open: a driver manager's pool would keep the transaction, and its locks."""
        self.is_closed = True
        if self.transaction.is_open and not self.is_lost:
            with contextlib.suppress(Exception), self.guard:
                self._close_reader()
                self.transaction.rollback()

    def disconnect(self) -> None:
        """Close the session and the driver's connection, also if the server has ended it."""
        self.close()
        try:
            with self.guard:
                self._connection.close()
        except Exception as error:
            if not self.is_lost and not fault_of(error, self._driver).connection_is_lost:
                raise

    def _close_reader(self) -> None:
        reader = self._reader() if self._reader else None
        self._reader = None
        if reader is not None:
            reader.abandon()

    def _guarded(self, change: Callable[[], None]) -> None:
        """Begin or end the transaction; what a signal's handler raises comes after it."""
        with self.guard.uninterrupted():
            try:
                change()
            except TransactionManagementError:
                raise
            except BaseException as error:
                if self.is_of_driver(error):
                    self.failed(error)
                else:  # of a handler, for a signal that another thread has taken
                    self._is_lost = True
                raise

    def _run(self, sql: str) -> Any:
        """The first row of a statement that is not the application's, or None."""
        results = Statement(self._driver.cursor(self._connection), self._driver)
        try:
            results.execute(sql)
            row = results.fetchone() if results.description else None
            results.read_to_end()
            return row
        finally:
            results.close()

    def __del__(self) -> None:
        self.close()


class _NoResults:
    """A driver's cursor for statements of which none is sent."""

    description = None

    def executemany(self, sql: str, rows: Sequence[Any]) -> None:
        """Send nothing."""
