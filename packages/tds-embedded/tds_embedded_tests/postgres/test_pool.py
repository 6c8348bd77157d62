"""A session that takes over another's connection to PostgreSQL finds nothing of it."""

from __future__ import annotations

import time
import uuid
from contextlib import closing

import pyodbc
import pytest

from tds_embedded.server import Server
from tds_embedded_tests.conftest import connect


@pytest.fixture
def name(server: Server) -> str:
    """A database that no other test connects to."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with closing(connect(server.endpoint, "master")) as master:
        master.execute(f"CREATE DATABASE {name}")
    return name


def await_idle(server: Server, name: str) -> None:
    """Wait until a session's connection to the database is in the pool."""
    deadline = time.monotonic() + 60
    while not server.instance.pool.has(name):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def take_over(server: Server, name: str, left: pyodbc.Connection) -> pyodbc.Connection:
    """A new session on the former connection of `left`."""
    left.close()
    await_idle(server, name)
    taken = connect(server.endpoint, name)
    assert not server.instance.pool.has(name)
    return taken


def test_nothing_is_left_of_temporary_tables_settings_and_locks(server: Server, name: str) -> None:
    left = connect(server.endpoint, name)
    left.execute("CREATE TABLE #t (a int)")
    left.execute("SET DATEFIRST 3; SET LOCK_TIMEOUT 5; SET CONTEXT_INFO 0x01")
    wednesday = "SELECT DATEPART(weekday, CAST('2024-05-01' AS date)), @@LOCK_TIMEOUT"
    for _ in range(3):  # so that it is prepared
        assert tuple(left.execute(wednesday).fetchone()) == (1, 5)
    left.execute("EXEC sp_getapplock 'mine', 'Exclusive', 'Session'")
    with closing(take_over(server, name, left)) as taken:
        assert tuple(taken.execute(wednesday).fetchone()) == (4, -1)
        assert taken.execute("SELECT OBJECT_ID('tempdb..#t')").fetchval() is None
        assert not any(taken.execute("SELECT CONTEXT_INFO()").fetchval())
        lock = (
            "DECLARE @r int; EXEC @r = sp_getapplock 'mine', 'Exclusive', 'Session', 0; SELECT @r"
        )
        with closing(connect(server.endpoint, name)) as other:
            assert other.execute(lock).fetchval() == 0


def test_an_open_transaction_is_undone(server: Server, name: str) -> None:
    left = connect(server.endpoint, name)
    left.execute("CREATE TABLE undone (a int)")
    left.execute("BEGIN TRANSACTION; INSERT INTO undone VALUES (1)")
    with closing(take_over(server, name, left)) as taken:
        found = taken.execute("SELECT COUNT(*), @@TRANCOUNT FROM undone").fetchone()
        assert tuple(found) == (0, 0)


def test_a_table_changed_meanwhile(server: Server, name: str) -> None:
    left = connect(server.endpoint, name)
    with closing(connect(server.endpoint, name)) as other:
        other.execute("CREATE TABLE meanwhile (a int); INSERT INTO meanwhile VALUES (1)")
        for _ in range(3):
            assert left.execute("SELECT a FROM meanwhile").fetchval() == 1
        other.execute("ALTER TABLE meanwhile ALTER COLUMN a nvarchar(10)")
        with closing(take_over(server, name, left)) as taken:
            assert taken.execute("SELECT a FROM meanwhile").fetchval() == "1"


def test_a_connection_that_was_ended_is_not_taken(server: Server, name: str) -> None:
    pool = server.instance.pool
    connect(server.endpoint, name).close()
    await_idle(server, name)
    idle = pool.take(name)
    assert idle is not None
    pool.give(name, idle)
    with server.postgres.connect("master") as postgres:
        process = idle.connection.info.backend_pid
        postgres.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
    with closing(connect(server.endpoint, name)) as taken:
        assert taken.execute("SELECT DB_NAME()").fetchval() == name


def test_a_database_that_all_have_left_can_be_dropped(server: Server, name: str) -> None:
    connect(server.endpoint, name).close()
    await_idle(server, name)
    with closing(connect(server.endpoint, "master")) as master:
        master.execute(f"DROP DATABASE {name}")
        assert master.execute(f"SELECT DB_ID('{name}')").fetchval() is None
