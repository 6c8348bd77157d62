"""Traced connections to the server."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections

from mssql.telemetry import plans
from tests.sdk import Sdk

Connect = Callable[..., Any]


@pytest.fixture
def connect(sdk: Sdk, django_db_blocker: Any) -> Iterator[Connect]:
    """Return a function that opens connections[alias] with other telemetry settings.

    `sdk` has no spans of the opening.
    """
    opened: list[str] = []

    def connect(
        alias: str = "traced",
        user: tuple[str, str] | None = None,
        driver: str = "pyodbc",
        query_timeout: int = 0,
        **options: Any,
    ) -> Any:
        given = copy.deepcopy(connections["default"].settings_dict)
        given["NAME"] = "master"
        if user is not None:
            given["USER"], given["PASSWORD"] = user
        given["OPTIONS"]["python_driver"] = driver
        if query_timeout:
            given["OPTIONS"]["query_timeout"] = query_timeout
        # On a loaded machine any statement may be slow, and its span ends later then.
        given["OPTIONS"]["telemetry"] = {**sdk.providers(), "plans": "off", **options}
        opened.append(alias)
        connection = connections[alias] = type(connections["default"])(given, alias)
        connection.ensure_connection()
        sdk.clear()
        return connection

    with django_db_blocker.unblock():
        yield connect
        for alias in opened:
            connections[alias].close()
            del connections[alias]
        assert plans.flush()


@pytest.fixture
def song(connect: Connect) -> Iterator[Any]:
    """A connection, and a table that only this test uses."""
    connection = connect("song", enabled=False)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE telemetry_song (id int PRIMARY KEY, title nvarchar(50) NOT NULL UNIQUE)"
        )
        cursor.execute(
            "INSERT INTO telemetry_song VALUES (1, 'title 1'), (2, 'title 2'), (3, 'title 3'), "
            "(4, 'title 4'), (5, 'title 5')"
        )
    yield connection
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE telemetry_song")
