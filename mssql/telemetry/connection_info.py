"""The facts of a connection that telemetry needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Mapping

from mssql.telemetry import errors


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
