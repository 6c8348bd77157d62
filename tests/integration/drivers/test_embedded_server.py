"""HOST "(embedded)": a server is started, joined by the next connection, and trusted."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from tds_embedded.identity import SYSTEM_IDENTITY, IdentityEndpoint


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Path(folder)
        process = json.loads((Path(folder) / "server.json").read_text())["process"]
        os.kill(process, signal.SIGTERM)
        deadline = time.monotonic() + 20
        while (Path(folder) / "server.json").exists() and time.monotonic() < deadline:
            time.sleep(0.05)


@pytest.fixture
def open_database(data_dir: Path, django_db_blocker: Any) -> Iterator[Any]:
    made = []

    def open(**options: Any) -> Any:
        default = connections["default"]
        given = {
            **default.settings_dict,
            "HOST": "(embedded)",
            "PORT": "",
            "USER": "",
            "PASSWORD": "",
            "NAME": "master",
            "OPTIONS": {"embedded": {"data_dir": str(data_dir)}, **options},
        }
        made.append(type(default)(given, "embedded"))
        return made[-1]

    with django_db_blocker.unblock():
        yield open
        for database in made:
            database.close()


def value(database: Any, sql: str) -> Any:
    with database.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_it_is_started_and_joined(open_database: Any, data_dir: Path) -> None:
    assert value(open_database(), "SELECT SUSER_SNAME()") == "sa"
    started = json.loads((data_dir / "server.json").read_text())["process"]
    assert value(open_database(), "SELECT DB_NAME()") == "master"
    assert json.loads((data_dir / "server.json").read_text())["process"] == started


def test_a_managed_identity_signs_in(
    open_database: Any, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with IdentityEndpoint(data_dir / "identity") as endpoint:
        for name, setting in endpoint.environment.items():
            monkeypatch.setenv(name, setting)
        database = open_database(authentication="ActiveDirectoryMSI")
        assert value(database, "SELECT SUSER_SNAME()").startswith(SYSTEM_IDENTITY)


def test_fast_executemany(open_database: Any) -> None:
    # With the server in the tests' own process pyodbc would keep it from answering.
    rows = [(n, None if n % 3 else f"row {n}", n % 2 == 0) for n in range(500)]
    with open_database(fast_executemany=True).cursor() as cursor:
        cursor.execute("CREATE TABLE #many (n int, t nvarchar(20) NULL, b bit)")
        cursor.executemany("INSERT INTO #many VALUES (%s, %s, %s)", rows)
        cursor.execute("SELECT n, t, b FROM #many ORDER BY n")
        assert cursor.fetchall() == rows
