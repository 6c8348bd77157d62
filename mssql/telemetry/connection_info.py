"""The facts of a connection that telemetry needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, Mapping

from mssql.telemetry import errors

if TYPE_CHECKING:
    from typing import Protocol

    from mssql.errors.fault import Fault

    class Address(Protocol):
        """The address of a server."""

        @property
        def name(self) -> str:
            """The host name or IP address."""

        @property
        def instance(self) -> str:
            """The named instance, or an empty string."""

        @property
        def port(self) -> int | None:
            """The port, or None for the default one."""

    class ConnectionConfig(Protocol):
        """The settings of a connection."""

        @property
        def alias(self) -> str:
            """The key of DATABASES."""

        @property
        def database(self) -> str:
            """The database's name."""

        @property
        def address(self) -> Address:
            """The server's address."""

        @property
        def options(self) -> Any:
            """OPTIONS with its defaults."""


@dataclass(frozen=True)
class ConnectionInfo:
    """The facts of one connection.

    `options` is the value of OPTIONS["telemetry"]; `server_address` may contain a named instance
    ("host\\\\instance"); `open_side_connection` opens another driver connection to the same
    database, in autocommit mode, in any thread; `error_number` returns SQL Server's number of a
    driver's exception, or None if it has no number; `is_timeout` returns whether an exception
    reports a timeout.
    """

    alias: str
    server_address: str
    server_port: int | None
    database: str
    options: Mapping[str, Any] | bool | None = field(default=None, repr=False)
    open_side_connection: Callable[[], Any] | None = field(default=None, repr=False)
    error_number: Callable[[BaseException], int | None] = field(default=errors.number, repr=False)
    is_timeout: Callable[[BaseException], bool] = field(default=errors.is_timeout, repr=False)

    @classmethod
    def of(
        cls,
        config: ConnectionConfig,
        open_side_connection: Callable[[], Any],
        fault: Callable[[BaseException], Fault],
    ) -> ConnectionInfo:
        """Return the facts of a connection with a configuration.

        `fault` reads the exceptions of its driver.
        """
        address = config.address
        return cls(
            alias=config.alias,
            server_address="\\".join(filter(None, (address.name, address.instance))),
            server_port=address.port,
            database=config.database,
            options=config.options["telemetry"],
            open_side_connection=open_side_connection,
            error_number=lambda error: fault(error).number or None,
            is_timeout=lambda error: fault(error).is_timeout,
        )
