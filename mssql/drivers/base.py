"""The interface of a Python driver for SQL Server."""

from __future__ import annotations

from typing import Any, Iterable, Protocol, Sequence

from mssql.config.target import Target
from mssql.errors.fault import Fault

NEEDS_MICROSOFT = (
    "Microsoft Entra needs Microsoft's ODBC driver; the one that OPTIONS['driver'] names cannot "
    "take access tokens. Leave the option out, or name 'ODBC Driver 18 for SQL Server'."
)
# For the answer to a statement's cancellation; SqlClient waits as long before it disconnects.
CANCEL_SECONDS = 5
SQL_ATTR_CONNECTION_TIMEOUT = 113  # limits that wait in Microsoft's driver


class Driver(Protocol):
    """One Python package for SQL Server, and its differences from the others."""

    name: str
    module: Any  # the DB-API 2.0 module, with its exceptions

    def detect_microsoft(self, named: str | None) -> bool:
        """Look up the ODBC driver that OPTIONS["driver"] names, or the best one that is installed;
        return whether it is Microsoft's. Raises ImproperlyConfigured if there is none."""

    def connect(self, target: Target) -> Any:
        """Return a DB-API connection in autocommit mode, with the state of a new session.

        Raises the module's exceptions. A pooled connection may be dead, which its first use shows.
        """

    def clear_pool(self) -> None:
        """Prevent the reuse of all connections that are in a pool now."""

    def cursor(self, connection: Any) -> Any:
        """Return a raw driver cursor."""

    def rowcount(self, cursor: Any) -> int:
        """Return the count of the present result of a driver's cursor, -1 if there is none."""

    def sends_rows_together(self, cursor: Any) -> bool:
        """Return whether executemany() of a driver's cursor sends all rows in one message."""

    def fault(self, error: BaseException) -> Fault:
        """Return the fault that one of the module's exceptions reports."""

    def bind(self, cursor: Any, parameters: Sequence[Any]) -> Sequence[Any]:
        """Declare the parameters' types to the cursor; return the values in the driver's form."""

    def bind_many(self, cursor: Any, rows: Iterable[Sequence[Any]]) -> list[Sequence[Any]]:
        """Do the same for the rows of executemany."""
