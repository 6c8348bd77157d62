"""unixODBC's own pool: the next user must not find traces of the one before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from mssql.drivers.discovery import wheel_driver
from tds_embedded.server import Server
from tests.programs import run, settings_for

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)
pytest.importorskip("pyodbc")
LIBRARY = wheel_driver()
if LIBRARY is None:
    pytest.skip("needs the package mssql-python-odbc", allow_module_level=True)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A separate odbcinst.ini, with Microsoft's driver and the pool on."""
    (tmp_path / "odbcinst.ini").write_text(
        "[ODBC]\nPooling=Yes\n\n[ODBC Driver 18 for SQL Server]\n"
        f"Driver={LIBRARY}\nCPTimeout=60\nUsageCount=1\n"
    )
    return {"ODBCSYSINI": str(tmp_path)}


@pytest.fixture(params=[True, False], ids=["on", "off"])
def pooling(request: pytest.FixtureRequest) -> dict[str, Any]:
    """DATABASE_CONNECTION_POOLING, which cannot turn off the driver manager's pool."""
    return {"DATABASE_CONNECTION_POOLING": request.param}


@pytest.fixture
def table() -> Any:
    """A table that separate programs can write to."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pooled")
        cursor.execute("CREATE TABLE pooled (id int NOT NULL)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE pooled")


_ENDS = {
    "closed inside atomic()": """
def leave():
    block = transaction.atomic()
    block.__enter__()
    insert(1)
    connection.close()
leave()
""",
    "autocommit off": """
connection.set_autocommit(False)
insert(1)
connection.close()
""",
    "thread ends inside atomic()": """
def leave():
    transaction.atomic().__enter__()
    insert(1)
in_thread(leave)
""",
    "collected as garbage": """
from mssql.base import DatabaseWrapper
other = DatabaseWrapper(connections.databases["default"], "other")
other.inc_thread_sharing()
other.set_autocommit(False)
with other.cursor() as cursor:
    cursor.execute("INSERT INTO pooled VALUES (1)")
del other, cursor
gc.collect()
""",
}


@pytest.mark.parametrize("end", _ENDS)
def test_the_next_owners_rows_are_committed(
    end: str, environment: dict[str, str], pooling: dict[str, Any], table: Any
) -> None:
    program = f"""
import gc, threading

def insert(number):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO pooled VALUES (%s)", [number])

def in_thread(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    gc.collect()
{_ENDS[end]}
gc.collect()

def next_owner():
    insert(2)
    print(ask("SELECT @@TRANCOUNT"))
    insert(3)

in_thread(next_owner)
"""
    assert run(program, {"default": settings_for({})}, environment, **pooling) == ["0"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM pooled ORDER BY id")
        assert cursor.fetchall() == [(2,), (3,)]


_LEFT = """
with connection.cursor() as cursor:
    cursor.execute("SET LOCK_TIMEOUT 77")
    cursor.execute("SET CONTEXT_INFO 0x77")
    cursor.execute("SET XACT_ABORT ON")
    cursor.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
    cursor.execute("CREATE TABLE #left (id int)")
connection.close()
print(ask("SELECT @@LOCK_TIMEOUT", "other"))
print(ask("SELECT COALESCE(CAST(SUBSTRING(CONTEXT_INFO(), 1, 1) AS int), 0)", "other"))
print(ask("SELECT @@OPTIONS & 16384", "other"))
print(ask("SELECT transaction_isolation_level FROM sys.dm_exec_sessions "
          "WHERE session_id = @@SPID", "other"))
print(ask("SELECT COALESCE(OBJECT_ID(N'tempdb..#left'), 0)", "other"))
"""


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ"])
def test_nothing_of_a_session_reaches_another_alias(
    level: str, environment: dict[str, str], pooling: dict[str, Any]
) -> None:
    other = settings_for({} if level == "READ COMMITTED" else {"isolation_level": level})
    databases = {"default": settings_for({}), "other": other}
    number = {"READ COMMITTED": "2", "REPEATABLE READ": "3"}[level]
    assert run(_LEFT, databases, environment, **pooling) == ["-1", "0", "0", number, "0"]


def test_the_pool_is_used(environment: dict[str, str], server: Server) -> None:
    program = """
for _ in range(5):
    ask("SELECT 1")
    connection.close()
"""
    with server.recorder.capture() as seen:
        assert run(program, {"default": settings_for({})}, environment) == []
    # One that could not be reset, and one for all after it.
    assert seen.count("login") == 2


def test_forked_processes_open_connections_of_their_own(environment: dict[str, str]) -> None:
    program = """
import os
for _ in range(2):  # the second is one that the pool may hand out
    ask("SELECT 1")
    connection.close()
children = []
for number in range(6):
    child = os.fork()
    if not child:
        try:
            status = 0 if all(ask(f"SELECT {number}") == number for _ in range(20)) else 1
        except DatabaseError:
            status = 2
        os._exit(status)
    children.append(child)
print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
print(ask("SELECT 7"))
"""
    assert run(program, {"default": settings_for({})}, environment) == [str([0] * 6), "7"]
