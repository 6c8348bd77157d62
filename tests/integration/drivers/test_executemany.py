"""executemany: all rows in one message if their columns are of one kind."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from tds_embedded.server import Endpoint


@pytest.fixture(params=["pyodbc", "mssql_python"])
def cursor(
    request: pytest.FixtureRequest, server_apart: Endpoint, django_db_blocker: Any
) -> Iterator[Any]:
    """A cursor of either driver, in master of a server in another process."""
    default = connections["default"]
    options = {
        "python_driver": request.param,
        "extra_params": f"Encrypt=strict;ServerCertificate={server_apart.certificate}",
    }
    place = {
        "NAME": "master",
        "HOST": server_apart.host,
        "PORT": str(server_apart.port),
        "USER": server_apart.user,
        "PASSWORD": server_apart.password,
        "OPTIONS": options,
    }
    with django_db_blocker.unblock():
        made = type(default)({**default.settings_dict, **place})
        with made.cursor() as opened:
            yield opened
        made.close()


def test_executemany_with_named_parameters(cursor: Any) -> None:
    cursor.execute("CREATE TABLE #named (a int, b nvarchar(9))")
    rows = [{"b": "x", "a": 1}, {"a": 2, "b": "y"}]
    cursor.executemany("INSERT INTO #named VALUES (%(a)s, %(b)s)", rows)
    cursor.execute("SELECT a, b FROM #named ORDER BY a")
    assert cursor.fetchall() == [(1, "x"), (2, "y")]


def test_executemany_with_gaps(cursor: Any) -> None:
    cursor.execute("CREATE TABLE #many (n int NULL, t nvarchar(20) NULL, d date NULL)")
    rows = [(1, "a", None), (None, "bcd", datetime.date(2024, 1, 2)), (3, None, None)]
    cursor.executemany("INSERT INTO #many VALUES (%s, %s, %s)", rows)
    cursor.execute("SELECT n, t, d FROM #many")
    assert sorted(cursor.fetchall(), key=str) == sorted(rows, key=str)
