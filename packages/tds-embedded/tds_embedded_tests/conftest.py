"""A new database on the embedded server, through Microsoft's ODBC driver."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pyodbc
import pytest

from mssql.drivers.discovery import find
from tds_embedded.server import Endpoint, Server


class Database:
    """A database, with methods that run T-SQL and return plain rows."""

    def __init__(self, connection: pyodbc.Connection, endpoint: Endpoint, name: str) -> None:
        self.connection = connection
        self.endpoint = endpoint
        self.name = name

    def run(self, sql: str, *parameters: Any) -> list[list[tuple[Any, ...]]]:
        """The rows of each result set."""
        with closing(self.connection.cursor()) as cursor:
            cursor.execute(sql, *parameters)
            found = []
            while True:
                if cursor.description:
                    found.append([tuple(row) for row in cursor.fetchall()])
                if not cursor.nextset():
                    return found

    def rows(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """The rows of the last result set."""
        found = self.run(sql, *parameters)
        return found[-1] if found else []

    def value(self, sql: str, *parameters: Any) -> Any:
        """The one value of the last result set."""
        ((value,),) = self.rows(sql, *parameters)
        return value

    def error(self, sql: str, *parameters: Any) -> tuple[int, str]:
        """The number and text of the error that the server raises."""
        with pytest.raises(pyodbc.Error) as raised:
            self.run(sql, *parameters)
        text = str(raised.value.args[1])
        message, _, number = text.rpartition("[SQL Server]")[2].rpartition(" (")[0].rpartition(" (")
        return int(number.rstrip(")")), message


def connect(endpoint: Endpoint, database: str) -> pyodbc.Connection:
    return pyodbc.connect(
        f"Driver={find(None, pyodbc.drivers).keyword};Server={endpoint.host},{endpoint.port};"
        f"UID={endpoint.user};PWD={endpoint.password};Encrypt=no;Database={database}",
        autocommit=True,
    )


@pytest.fixture(scope="module")
def database(server: Server) -> Iterator[Database]:
    """A fresh database for the tests of a module."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with connect(server.endpoint, "master") as master:
        master.execute(f"CREATE DATABASE {name}")
    connection = connect(server.endpoint, name)
    try:
        yield Database(connection, server.endpoint, name)
    finally:
        connection.close()
