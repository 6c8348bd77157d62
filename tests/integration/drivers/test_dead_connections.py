"""Connections that a pool hands out although the server has ended them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connections

from tds_embedded.server import Server
from tests.databases import through
from tests.programs import run, settings_for
from tests.relay import Relay

mssql_python = pytest.importorskip("mssql_python")
pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
THREADS = 6


@pytest.fixture(params=["mssql_python", "pyodbc"])
def db(request: pytest.FixtureRequest, network: Relay) -> Iterator[Any]:
    """A connection through the network that a test can cut."""
    with through(network, request.param) as made:
        yield made


@pytest.fixture(params=[Relay.cut, Relay.forget], ids=["closed", "forgotten"])
def kill(request: pytest.FixtureRequest) -> Callable[[Relay], None]:
    """How the connections die."""
    return request.param


def ask(db: Any, sql: str = "SELECT 1") -> Any:
    with db.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_a_dead_connection_of_the_pool_is_not_used(
    db: Any, network: Relay, kill: Callable[[Relay], None]
) -> None:
    for _ in range(3):
        ask(db)
        db.close()
        kill(network)
        assert ask(db) == 1


def test_no_thread_meets_a_connection_that_died_in_the_pool(
    db: Any, network: Relay, kill: Callable[[Relay], None]
) -> None:
    gate = threading.Barrier(THREADS + 1)
    failures: list[Exception] = []

    def serve() -> None:
        mine = connections["db"] = type(db)(db.settings_dict, "db")
        ask(mine)
        gate.wait()
        mine.close()  # the end of a request: all are in the pool, of which none is in use
        gate.wait()
        gate.wait()
        for _ in range(3):
            try:
                ask(mine)
            except DatabaseError as error:
                failures.append(error)
            mine.close()

    threads = [threading.Thread(target=serve) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    gate.wait()
    gate.wait()
    kill(network)
    gate.wait()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_request_after_a_failover_does_not_fail(
    db: Any, network: Relay, kill: Callable[[Relay], None]
) -> None:
    each = [type(db)({**db.settings_dict, "CONN_HEALTH_CHECKS": True}, "db") for _ in range(12)]
    for one in each:
        ask(one)
    for one in each[6:]:
        one.close()
    kill(network)
    for one in each[:6]:
        one.health_check_enabled, one.health_check_done = True, False
    for one in each:
        assert ask(one) == 1
    for one in each:
        one.close()


def test_an_error_that_breaks_a_connection_clears_the_pool(
    db: Any, network: Relay, server: Server, kill: Callable[[Relay], None]
) -> None:
    other = type(db)(db.settings_dict, "other")
    ask(db)
    ask(other)
    other.close()
    kill(network)
    with pytest.raises(OperationalError):
        ask(db)
    with server.recorder.capture() as seen:
        assert ask(other) == 1
    assert seen.count("login") == 1
    other.close()


def test_a_server_that_ends_each_session_is_an_error(db: Any, server: Server) -> None:
    server.faults.drop("SET DATEFORMAT", times=50)
    try:
        with pytest.raises(OperationalError):
            ask(db)
    finally:
        server.faults.clear()
    assert ask(db) == 1


@pytest.mark.parametrize("python_driver", ["mssql_python", "pyodbc"])
def test_a_forked_process_inherits_no_connection_of_a_pool(
    server: Server, python_driver: str
) -> None:
    program = """
import os
ask("SELECT 1")
connection.close()
for _ in range(3):
    child = os.fork()
    if not child:
        os._exit(0 if ask("SELECT 7") == 7 else 1)
    print(os.waitpid(child, 0)[1])
"""
    settings = settings_for({"python_driver": python_driver})
    with server.recorder.capture() as seen:
        assert run(program, {"default": settings}) == ["0"] * 3
    assert seen.count("login") == 4
