"""Faults on demand, as a client meets them."""

from __future__ import annotations

import time

import pyodbc
import pytest

from tds_embedded.errors import SqlServerError
from tds_embedded.types import SqlType
from tds_embedded.wire.responses import Sink
from tds_embedded_tests.wire.conftest import Connect, Wire
from tds_embedded_tests.wire.engine import one


@pytest.fixture
def select(wire: Wire) -> str:
    wire.script.answers["SELECT 1"] = one(SqlType("int"), 1)
    return "SELECT 1"


def counted_update(wire: Wire) -> list[str]:
    """Adds UPDATE to the engine's script; the list grows each time it runs."""
    ran: list[str] = []

    def update(sink: Sink) -> None:
        ran.append("UPDATE")
        sink.done(1)

    wire.script.answers["UPDATE"] = update
    return ran


def test_drop_before_the_nth_matching_statement(wire: Wire, connect: Connect, select: str) -> None:
    ran = counted_update(wire)
    wire.faults.drop(matching="update", nth=2)
    connection = connect()
    connection.execute("UPDATE")
    connection.execute(select)
    with pytest.raises(pyodbc.OperationalError, match="08S01"):
        connection.execute("UPDATE")
    assert ran == ["UPDATE"]
    assert connect().execute(select).fetchval() == 1


@pytest.mark.parametrize("mars", ["no", "yes"])
def test_drop_in_the_middle_runs_the_statement(wire: Wire, connect: Connect, mars: str) -> None:
    ran = counted_update(wire)
    wire.faults.drop(matching="UPDATE", middle=True)
    with pytest.raises(pyodbc.OperationalError, match="08S01"):
        connect(MARS_Connection=mars).execute("UPDATE")
    assert ran == ["UPDATE"]
    assert wire.recorder.requests[-1].text == "UPDATE"


def test_error_instead_of_the_statement(wire: Wire, connect: Connect, select: str) -> None:
    wire.faults.error(1222, matching="SELECT")
    connection = connect()
    with pytest.raises(pyodbc.Error, match="1222"):
        connection.execute(select)
    assert connection.execute(select).fetchval() == 1


def test_error_of_severity_20_ends_the_connection(
    wire: Wire, connect: Connect, select: str
) -> None:
    wire.faults.error(
        SqlServerError(40197, "The service has encountered an error", 20), matching=select
    )
    connection = connect()
    with pytest.raises(pyodbc.Error, match="40197"):
        connection.execute(select)
    with pytest.raises(pyodbc.OperationalError, match="08S01"):
        connection.execute(select)


def test_logins_fail_for_a_while(wire: Wire, connect: Connect) -> None:
    wire.faults.login_error(40613, times=2)
    for _ in range(2):
        with pytest.raises(pyodbc.Error, match="40613"):
            connect(ConnectRetryCount="0")
    connect()
    logins = [request.error for request in wire.recorder.requests if request.kind == "login"]
    assert logins == [40613, 40613, None]


def test_delay(wire: Wire, connect: Connect, select: str) -> None:
    wire.faults.delay(0.3, matching=select)
    connection = connect()
    started = time.monotonic()
    connection.execute(select)
    assert time.monotonic() - started >= 0.3
    assert wire.recorder.requests[-1].seconds >= 0.3


def test_refused_connections(wire: Wire, connect: Connect) -> None:
    wire.faults.refuse()
    with pytest.raises(pyodbc.OperationalError):
        connect(timeout=2, ConnectRetryCount="0")
    connect()


def test_clear_forgets(wire: Wire, connect: Connect, select: str) -> None:
    wire.faults.drop()
    wire.faults.clear()
    assert connect().execute(select).fetchval() == 1
