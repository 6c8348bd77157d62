"""The engine's response to a request, independent of its encoding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from tds_embedded.errors import SqlServerError
from tds_embedded.types import Column, SqlType


class Sink(Protocol):
    """The receiver of one request's results, in the order in which SQL Server sends them."""

    def columns(self, columns: Sequence[Column]) -> None:
        """Begin a result set."""

    def rows(self, rows: Iterable[Sequence[Any]]) -> None:
        """Rows of the result set that is open; may be called more than once."""

    def done(self, rowcount: int | None, command: int = 0) -> None:
        """End a statement; `rowcount` is None without a count (or with SET NOCOUNT ON).

        `command` is the CurCmd of MS-TDS 2.2.7.6, see types.Command.
        """

    def error(self, error: SqlServerError) -> None:
        """Send an error, or a message of severity <= 10 (PRINT, changed database context)."""

    def environment(self, kind: int, new: str | bytes, old: str | bytes) -> None:
        """Send an ENVCHANGE of MS-TDS 2.2.7.9: 1 database, 7 collation, 8/9/10
        begin/commit/rollback.
        """

    def return_status(self, status: int) -> None:
        """Send the return value of a procedure."""

    def return_value(self, name: str, sql_type: SqlType, value: Any) -> None:
        """Send an output parameter of a procedure."""
