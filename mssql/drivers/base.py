"""What the backend asks of a Python driver for SQL Server."""

from __future__ import annotations

from typing import Any, Iterable, Protocol, Sequence

from mssql.config.target import Target
from mssql.errors.fault import Fault

NEEDS_MICROSOFT = (
    "Microsoft Entra needs Microsoft's ODBC driver; the one that OPTIONS['driver'] names cannot "
    "take access tokens. Leave the option out, or name 'ODBC Driver 18 for SQL Server'."
)
# For the answer to a statement's cancellation, as SqlClient waits before it breaks a connection.
CANCEL_SECONDS = 5
SQL_ATTR_CONNECTION_TIMEOUT = 113  # bounds that wait in Microsoft's driver


class Driver(Protocol):
    """One Python package that speaks to SQL Server, and its differences from the others."""

    name: str
    module: Any  # the DB-API 2.0 module, with its exceptions

    def detect_microsoft(self, named: str | None) -> bool:
        """Look up the ODBC driver that OPTIONS["driver"] names, or the best one that is installed;
        return whether it is Microsoft's. Raises ImproperlyConfigured if there is none."""

    def connect(self, target: Target) -> Any:
        """Return a DB-API connection in autocommit mode, with the state of a new session.

        Raises the module's exceptions. From a pool it may come dead, which its first use shows.
        """

    def clear_pool(self) -> None:
        """Let no connection that is in a pool now be handed out again."""

    def cursor(self, connection: Any) -> Any:
        """A cursor of the driver's own, free of any wrapping."""

    def rowcount(self, cursor: Any) -> int:
        """The count of the result that a driver's cursor is at, -1 if it has none."""

    def sends_rows_together(self, cursor: Any) -> bool:
        """Whether executemany() of a driver's cursor sends all rows in one message."""

    def fault(self, error: BaseException) -> Fault:
        """What one of the module's exceptions says."""

    def bind(self, cursor: Any, parameters: Sequence[Any]) -> Sequence[Any]:
        """The parameters as the driver takes them, their types told to the cursor."""

    def bind_many(self, cursor: Any, rows: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
        """The same for the rows of executemany."""
