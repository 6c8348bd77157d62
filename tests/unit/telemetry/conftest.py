"""A DB-API connection with a traced cursor on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from mssql.telemetry import Telemetry


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    """Yield a connection of another DB-API driver: these tests do not depend on SQL Server's."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE song (id INTEGER PRIMARY KEY, title TEXT NOT NULL)")
    connection.executemany("INSERT INTO song VALUES (?, ?)", [(n, f"t{n}") for n in range(1, 6)])
    yield connection
    connection.close()


@pytest.fixture
def cursor(telemetry: Telemetry, connection: sqlite3.Connection) -> Any:
    return telemetry.traced(connection.cursor())
