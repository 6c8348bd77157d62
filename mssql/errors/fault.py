"""An error of SQL Server or of the network, free of the driver that reported it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from mssql.errors.numbers import Effect, ErrorNumber, with_effect

# A failed login among them: on an open connection the server validates the access token again.
CONNECTION_LOST = with_effect(Effect.ENDS_CONNECTION)


class Cause(Enum):
    """The cause of a failed login, as a driver's own message names it."""

    UNTRUSTED_CERTIFICATE = "the server's certificate is not trusted"
    NO_WINDOWS_SIGN_IN = "Windows or Kerberos cannot sign in"
    POOL_IN_USE = "the driver's pool has no free connection"


@dataclass(frozen=True)
class Fault:
    """A failure, free of the driver that reported it.

    `numbers` are SQL Server's, the first the leading one, or the network's if the driver itself
    failed.
    """

    sqlstate: str
    message: str
    numbers: tuple[int, ...] = ()
    from_server: bool = True
    cause: Cause | None = None

    @property
    def number(self) -> int:
        """SQL Server's error number, or 0 if the driver itself failed."""
        return self.numbers[0] if self.numbers and self.from_server else 0

    @property
    def is_timeout(self) -> bool:
        """Whether the time limit of a login or a statement was exceeded."""
        by_network = not self.from_server and ErrorNumber.WAIT_TIMEOUT in self.numbers
        return by_network or self.sqlstate in ("HYT00", "HYT01")

    @property
    def is_token_expired(self) -> bool:
        """Whether the server refused an access token because it has expired."""
        if ErrorNumber.TOKEN_EXPIRED in self.numbers:
            return True
        is_refused = ErrorNumber.LOGIN_FAILED in self.numbers
        return is_refused and "token is expired" in self.message.lower()

    @property
    def connection_is_lost(self) -> bool:
        """Whether the connection cannot be used any more."""
        return self.sqlstate.startswith("08") or not CONNECTION_LOST.isdisjoint(self.numbers)
