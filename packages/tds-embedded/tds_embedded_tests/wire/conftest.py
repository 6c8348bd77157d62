"""A listener with the scripted engine, and connections of the drivers."""

from __future__ import annotations

import glob
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mssql_python_odbc
import pyodbc
import pytest

from tds_embedded.errors import error
from tds_embedded.faults import Faults
from tds_embedded.recorder import Recorder
from tds_embedded.wire import certificates, tls
from tds_embedded.wire.authentication import Logins
from tds_embedded.wire.connection import Host
from tds_embedded.wire.listener import Listener
from tds_embedded_tests.wire.engine import Script, ScriptedSession

PASSWORD = "Correct horse; {battery} = staple"
TOKEN_CLAIMS = {"login": "a99@7e4a", "oid": "0b0c"}


class OneToken:
    """Knows one access token."""

    def verify(self, token: str) -> dict[str, str]:
        if token != "good-token":
            raise error(18456, "<token-identified principal>")
        return TOKEN_CLAIMS


@dataclass
class Wire:
    """A listener, with the parts that the tests use."""

    listener: Listener
    script: Script
    recorder: Recorder
    faults: Faults
    certificate: Path

    @property
    def port(self) -> int:
        return self.listener.port


@pytest.fixture(scope="session")
def odbc_driver() -> str:
    """The path of Microsoft's ODBC driver."""
    root = Path(mssql_python_odbc.__file__).parent
    (path,) = glob.glob(str(root / "libs/linux/debian_ubuntu/*/lib/libmsodbcsql-18*.so*"))
    return path


@pytest.fixture(scope="session")
def tls_files() -> Iterator[tuple[Path, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        yield certificates.certificate(Path(folder))


@pytest.fixture
def wire(tls_files: tuple[Path, Path]) -> Iterator[Wire]:
    script, recorder, faults = Script(), Recorder(), Faults()
    host = Host(
        name="wire-test",
        version=(16, 0, 1000),
        authenticate=Logins({"sa": PASSWORD}, OneToken()).authenticate,
        open_session=lambda login: ScriptedSession(script, login),
        recorder=recorder,
        faults=faults,
        tls=tls.context(*tls_files, strict=False),
        strict_tls=tls.context(*tls_files, strict=True),
    )
    listener = Listener(host, "127.0.0.1", 0)
    yield Wire(listener, script, recorder, faults, tls_files[0])
    listener.stop()


def rows(cursor: pyodbc.Cursor) -> list[tuple[Any, ...]]:
    """All the rows that are left, as tuples."""
    return [tuple(row) for row in cursor.fetchall()]


Connect = Callable[..., pyodbc.Connection]


@pytest.fixture
def connect(wire: Wire, odbc_driver: str) -> Iterator[Connect]:
    """Connects with pyodbc and Microsoft's driver; keywords override the connection string's."""
    pyodbc.pooling = False
    opened: list[pyodbc.Connection] = []

    def open(attrs_before: dict[int, Any] | None = None, timeout: int = 15, **keywords: str) -> Any:
        given = {
            "Driver": odbc_driver,
            "Server": f"tcp:127.0.0.1,{wire.port}",
            "UID": "sa",
            "PWD": "{" + PASSWORD.replace("}", "}}") + "}",
            "Encrypt": "yes",
            "TrustServerCertificate": "yes",
            **keywords,
        }
        text = ";".join(f"{key}={value}" for key, value in given.items() if value)
        connection = pyodbc.connect(
            text, autocommit=True, timeout=timeout, attrs_before=attrs_before or {}
        )
        opened.append(connection)
        return connection

    yield open
    for connection in opened:
        connection.close()
