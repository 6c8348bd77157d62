"""What the cursors of one connection share: who reads its results, and its transaction."""

from __future__ import annotations

import contextlib
import re
import weakref
from enum import Enum
from typing import TYPE_CHECKING, Any, Callable, Sequence

from mssql.drivers.results import Results
from mssql.drivers.transaction import Observer, Transaction

if TYPE_CHECKING:
    from mssql.drivers.base import Driver
    from mssql.drivers.cursor import Cursor


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
        self, driver: Driver, connection: Any, traced: Callable[[Any], Any], observer: Observer
    ) -> None:
        self._driver = driver
        self._connection = connection
        self._traced = traced
        self._spare: Any = None
        self._reader: weakref.ReferenceType[Cursor] | None = None
        self._commits_each = True  # autocommit, as Django calls it
        self.is_closed = False
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
            raw = Results(self._driver.cursor(self._connection), self._driver)
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
            self.transaction.begin()

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

    def failed(self, error: Exception, sql: str = "") -> None:
        """A statement has failed, and its cursor is closed."""
        fault = self._driver.fault(error)
        commits = self._commits_each and not self.transaction.is_open
        self.transaction.failed(fault)
        if self.transaction.is_uncertain:
            self._unknown = error, Outcome.COMMIT
        elif commits and fault.connection_is_lost and _CHANGES_DATA.search(sql):
            self._unknown = error, Outcome.STATEMENT

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
            self.transaction.begin()
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
        if self.transaction.is_open:
            with contextlib.suppress(Exception):
                self._close_reader()
                self.transaction.rollback()

    def disconnect(self) -> None:
        """Close the session and the driver's connection, also if the server has ended it."""
        self.close()
        try:
            self._connection.close()
        except self._driver.module.Error as error:
            if not self._driver.fault(error).connection_is_lost:
                raise

    def _close_reader(self) -> None:
        reader = self._reader() if self._reader else None
        self._reader = None
        if reader is not None:
            reader.abandon()

    def _guarded(self, end: Callable[[], None]) -> None:
        try:
            end()
        except self._driver.module.Error as error:
            self.failed(error)
            raise

    def _run(self, sql: str) -> Any:
        """The first row of a statement that is not the application's, or None."""
        results = Results(self._driver.cursor(self._connection), self._driver)
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
