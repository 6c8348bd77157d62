"""No pool hands one identity's connection to another: seen with the pools really on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mssql.drivers.discovery import wheel_driver

WHO = ["one", "two", "one", "one", "one", "two"]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a function that runs pools.py with a driver manager that pools, and its findings."""
    folder = tmp_path_factory.mktemp("odbc")
    # https://www.unixodbc.org/doc/conn_pool.html
    (folder / "odbcinst.ini").write_text(
        "[ODBC]\nPooling=Yes\n\n"
        f"[ODBC Driver 18 for SQL Server]\nDriver={wheel_driver()}\nCPTimeout=300\n"
    )

    def run(python_driver: str) -> Any:
        answer = subprocess.run(
            [sys.executable, "-m", "tests.integration.auth.pools", python_driver],
            env={**os.environ, "ODBCSYSINI": str(folder)},
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )
        return json.loads(answer.stdout)

    return run


def test_the_driver_managers_pool(found: Any) -> None:
    seen = found("pyodbc")
    # The pool is on, and alone it serves every principal with the connection of the first one.
    assert seen["bare"] == {"names": ["one"] * 6, "logins": 1}
    # One login for each token, and one for the first connection of the process, which is not
    # shared: it shows whether the driver can reset a session.
    assert seen["backend"] == {"names": WHO, "logins": 4}
    # One for each principal.
    assert seen["varying"] == {"names": WHO, "logins": 2}


def test_the_pool_of_mssql_python(found: Any) -> None:
    seen = found("mssql_python")
    assert seen["bare"] == {"names": WHO, "logins": 3}
    assert seen["backend"] == {"names": WHO, "logins": 3}
