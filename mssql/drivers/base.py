"""What the backend asks of a Python driver for SQL Server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterable, Protocol, Sequence

from mssql.auth.secrecy import Secretive
from mssql.drivers.connection_string import Keywords

NEEDS_MICROSOFT = (
    "Microsoft Entra needs Microsoft's ODBC driver; the one that OPTIONS['driver'] names cannot "
    "take access tokens. Leave the option out, or name 'ODBC Driver 18 for SQL Server'."
)
CANNOT_OPEN = 4060  # the database
LOGIN_FAILED = 18456
# For the answer to a statement's cancellation, as SqlClient waits before it breaks a connection.
CANCEL_SECONDS = 5
SQL_ATTR_CONNECTION_TIMEOUT = 113  # bounds that wait in Microsoft's driver
WAIT_TIMEOUT = 258  # the network's number, not SQL Server's error 258
TOKEN_EXPIRED = 37396
# 596, 6005: the session was killed, the server is shutting down. The last two, on a connection that
# is open: the server looked at the access token again.
CONNECTION_LOST = frozenset((64, 233, 596, 6005, 10053, 10054, 10060, LOGIN_FAILED, TOKEN_EXPIRED))


@dataclass(frozen=True)
class Fault:
    """What went wrong, free of the driver that said so.

    `numbers` are SQL Server's, the first the leading one; those of the network where the driver
    itself failed.
    """

    sqlstate: str
    message: str
    numbers: tuple[int, ...] = ()
    from_server: bool = True

    @property
    def number(self) -> int:
        """SQL Server's error number, 0 where the driver itself failed."""
        return self.numbers[0] if self.numbers and self.from_server else 0

    @property
    def is_timeout(self) -> bool:
        """Whether the time to connect, or for a statement, was over."""
        by_network = not self.from_server and WAIT_TIMEOUT in self.numbers
        return by_network or self.sqlstate in ("HYT00", "HYT01")

    @property
    def says_token_expired(self) -> bool:
        """Whether the server refused an access token for its age."""
        expired = LOGIN_FAILED in self.numbers and "token is expired" in self.message.lower()
        return expired or TOKEN_EXPIRED in self.numbers

    @property
    def connection_is_lost(self) -> bool:
        """Whether the connection cannot be used any more."""
        return self.sqlstate.startswith("08") or not CONNECTION_LOST.isdisjoint(self.numbers)


@dataclass(frozen=True)
class Target(Secretive):
    """Where and how to connect. `keywords` are those of the connection string but the driver's."""

    keywords: Keywords
    driver: str | None = None
    dsn: str | None = None
    named_server: bool = False  # FreeTDS: the host is a name of freetds.conf
    access_token: str = field(repr=False, default="")
    login_timeout: int = 0
    query_timeout: int = 0
    encodings: Sequence[Any] = ()
    decodings: Sequence[Any] = ()
    fast_executemany: bool = False


class Driver(Protocol):
    """One Python package that speaks to SQL Server, and its differences from the others."""

    name: str
    module: Any  # the DB-API 2.0 module, with its exceptions

    def is_microsoft(self, named: str | None) -> bool:
        """Whether the ODBC driver that OPTIONS["driver"] names, or the best one there is, is
        Microsoft's. Raises ImproperlyConfigured where none is installed."""

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
