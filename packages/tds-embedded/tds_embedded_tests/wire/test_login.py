"""Logging in through real drivers: encryption, passwords, tokens, databases, versions."""

from __future__ import annotations

import os
import struct
import subprocess
import sys

import mssql_python
import pyodbc
import pytds
import pytest

from tds_embedded.types import SqlType
from tds_embedded_tests.wire.conftest import PASSWORD, Connect, Wire
from tds_embedded_tests.wire.engine import one

ACCESS_TOKEN_ATTRIBUTE = 1256


def token_attribute(token: str) -> dict[int, bytes]:
    data = token.encode("utf-16-le")
    return {ACCESS_TOKEN_ATTRIBUTE: struct.pack("<I", len(data)) + data}


@pytest.mark.parametrize(
    "keywords",
    [
        {"Encrypt": "yes", "TrustServerCertificate": "yes"},
        {"Encrypt": "no"},
        {"Encrypt": "strict"},
        {"Encrypt": "yes", "MARS_Connection": "yes"},
        {"Encrypt": "strict", "MARS_Connection": "yes"},
        {"Encrypt": "no", "MARS_Connection": "yes"},
        {"Encrypt": "yes", "PacketSize": "512"},
        {"Encrypt": "no", "PacketSize": "32767"},
    ],
    ids=str,
)
def test_odbc_driver_connects(wire: Wire, connect: Connect, keywords: dict[str, str]) -> None:
    wire.script.answers["SELECT 1"] = one(SqlType("int"), 1)
    if keywords["Encrypt"] == "strict":
        keywords = {
            **keywords,
            "ServerCertificate": str(wire.certificate),
            "TrustServerCertificate": "",
        }
    assert connect(**keywords).execute("SELECT 1").fetchval() == 1
    assert wire.recorder.requests[0].kind == "login"


def test_odbc_driver_trusts_the_certificate_as_an_authority(wire: Wire, odbc_driver: str) -> None:
    """In a separate process: OpenSSL reads SSL_CERT_FILE once."""
    program = (
        "import pyodbc, sys\n"
        "pyodbc.connect(sys.argv[1], timeout=10, autocommit=True)\n"
        "print('connected')\n"
    )
    text = (
        f"Driver={odbc_driver};Server=tcp:127.0.0.1,{wire.port};UID=sa;PWD={{{PASSWORD}}}".replace(
            "{battery}", "{battery}}"
        )
        + ";Encrypt=yes;TrustServerCertificate=no"
    )
    trusting = {**os.environ, "SSL_CERT_FILE": str(wire.certificate)}
    distrusting = {**os.environ, "SSL_CERT_FILE": os.devnull}
    command = [sys.executable, "-c", program, text]
    run = subprocess.run(command, env=trusting, capture_output=True, text=True, check=False)
    assert run.stdout == "connected\n", run.stderr
    run = subprocess.run(command, env=distrusting, capture_output=True, text=True, check=False)
    assert "certificate verify failed" in run.stderr


def test_wrong_password_is_18456_with_its_cause_as_state(wire: Wire, connect: Connect) -> None:
    with pytest.raises(pyodbc.InterfaceError, match=r"28000.*Login failed for user 'sa'.*18456"):
        connect(PWD="wrong")
    with pytest.raises(pyodbc.InterfaceError, match="Login failed for user 'nobody'"):
        connect(UID="nobody")
    states = [(request.error, request.state) for request in wire.recorder.requests]
    assert states == [(18456, 8), (18456, 5)]


def test_unknown_database_is_4060(wire: Wire, connect: Connect) -> None:
    with pytest.raises(pyodbc.Error, match=r'Cannot open database "nowhere".*4060'):
        connect(Database="nowhere")
    assert connect(Database="sales").getinfo(pyodbc.SQL_DATABASE_NAME) == "sales"


def test_user_names_ignore_case_and_passwords_do_not(wire: Wire, connect: Connect) -> None:
    connect(UID="SA")
    assert wire.script.logins[-1].user == "sa"
    with pytest.raises(pyodbc.InterfaceError, match="18456"):
        connect(PWD="{" + PASSWORD.upper().replace("}", "}}") + "}")


def test_integrated_security_is_refused(connect: Connect) -> None:
    with pytest.raises(pyodbc.Error):
        connect(UID="", PWD="", Trusted_Connection="yes")


@pytest.mark.parametrize("encrypt", ["yes", "strict"])
def test_access_token_of_the_odbc_driver(wire: Wire, connect: Connect, encrypt: str) -> None:
    keywords = {"UID": "", "PWD": "", "Encrypt": encrypt}
    if encrypt == "strict":
        keywords.update(ServerCertificate=str(wire.certificate), TrustServerCertificate="")
    connect(attrs_before=token_attribute("good-token"), **keywords)
    login = wire.script.logins[-1]
    assert login.user == "a99@7e4a"
    assert login.claims == {"login": "a99@7e4a", "oid": "0b0c"}
    assert "0b0c" not in repr(login)
    with pytest.raises(pyodbc.Error, match="18456"):
        connect(attrs_before=token_attribute("bad-token"), **keywords)


def test_access_token_of_python_tds(wire: Wire) -> None:
    with pytds.connect(
        "127.0.0.1",
        port=wire.port,
        access_token_callable=lambda: "good-token",
        cafile=str(wire.certificate),
        validate_host=False,
    ):
        assert wire.script.logins[-1].user == "a99@7e4a"


def test_mssql_python_connects(wire: Wire) -> None:
    wire.script.answers["SELECT 1"] = one(SqlType("int"), 1)
    mssql_python.pooling(enabled=False)
    with mssql_python.connect(
        f"Server=tcp:127.0.0.1,{wire.port};UID=sa;PWD={{{PASSWORD.replace('}', '}}')}}};"
        "Encrypt=yes;TrustServerCertificate=yes"
    ) as connection:
        assert [tuple(row) for row in connection.cursor().execute("SELECT 1").fetchall()] == [(1,)]


@pytest.mark.parametrize("encrypted", [False, True])
def test_python_tds_connects(wire: Wire, encrypted: bool) -> None:
    wire.script.answers["SELECT 1"] = one(SqlType("int"), 1)
    with pytds.connect(
        "127.0.0.1",
        user="sa",
        password=PASSWORD,
        port=wire.port,
        cafile=str(wire.certificate) if encrypted else None,
        validate_host=False,
        autocommit=True,
    ) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT 1")
        assert cursor.fetchall() == [(1,)]


def test_the_client_learns_the_products_version(connect: Connect) -> None:
    connection = connect()
    assert connection.getinfo(pyodbc.SQL_DBMS_NAME) == "Microsoft SQL Server"
    assert connection.getinfo(pyodbc.SQL_DBMS_VER) == "16.00.1000"
    assert connection.getinfo(pyodbc.SQL_SERVER_NAME) == "wire-test"


def test_what_the_login_says_of_its_client(wire: Wire, connect: Connect) -> None:
    connect(APP="the tests", WSID="workstation", ApplicationIntent="ReadOnly")
    login = wire.script.logins[-1]
    assert (login.app_name, login.host_name) == ("the tests", "workstation")
    assert login.read_only_intent
    assert login.client_process == os.getpid()
    assert login.client_address == "127.0.0.1"


def test_the_password_is_in_no_repr(wire: Wire, connect: Connect) -> None:
    connect()
    assert PASSWORD not in repr(wire.script.logins) + repr(wire.recorder.requests)
