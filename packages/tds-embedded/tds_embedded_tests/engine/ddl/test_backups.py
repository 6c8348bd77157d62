"""BACKUP, RESTORE and AS COPY OF."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pyodbc
import pytest

from tds_embedded.server import Server
from tds_embedded_tests.conftest import Database, connect

FILE = "N'/backups/test_backups.bak'"
MOVES = "MOVE N'from_here' TO N'/data/x', MOVE N'from_here_log' TO N'/data/y'"


@pytest.fixture
def source(database: Database) -> Iterator[Database]:
    """A database with a table, in which nobody is."""
    database.run("CREATE DATABASE from_here")
    with closing(connect(database.endpoint, "from_here")) as connection:
        Database(connection, database.endpoint, "from_here").run(
            "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)"
        )
    yield database
    database.run("DROP DATABASE IF EXISTS from_here, to_there")


def rows_of(database: Database, name: str) -> list[tuple[int, ...]]:
    with closing(connect(database.endpoint, name)) as connection:
        return Database(connection, database.endpoint, name).rows("SELECT n FROM kept")


def test_a_backup_is_restored_under_its_name_or_another(source: Database) -> None:
    source.run(f"BACKUP DATABASE from_here TO DISK = {FILE} WITH INIT, COPY_ONLY")
    source.run(f"RESTORE DATABASE to_there FROM DISK = {FILE} WITH {MOVES}")
    assert rows_of(source, "to_there") == [(1,)]
    with closing(connect(source.endpoint, "from_here")) as connection:
        Database(connection, source.endpoint, "from_here").run("DELETE FROM kept")
    source.run(f"RESTORE DATABASE from_here FROM DISK = {FILE} WITH REPLACE")
    assert rows_of(source, "from_here") == [(1,)]
    listed = source.rows("SELECT name FROM sys.databases WHERE name LIKE '%backup%'")
    assert listed == []


def run_once_free(database: Database, sql: str) -> None:
    """Run a statement that requires a database without sessions: the last one may still be
    ending.
    """
    for _ in range(100):
        try:
            database.run(sql)
        except pyodbc.Error as error:
            if "40517" not in str(error):
                raise
            time.sleep(0.05)
        else:
            return
    pytest.fail("the database is still in use")


def test_what_cannot_be_backed_up_or_restored(source: Database) -> None:
    backup = f"BACKUP DATABASE from_here TO DISK = {FILE} WITH INIT"
    assert source.error(f"BACKUP DATABASE nowhere TO DISK = {FILE} WITH INIT")[0] == 911
    assert source.error("RESTORE DATABASE to_there FROM DISK = N'/nothing.bak'")[0] == 3201
    with closing(connect(source.endpoint, "from_here")):
        assert source.error(backup)[0] == 40517
    run_once_free(source, backup)
    restore = f"RESTORE DATABASE to_there FROM DISK = {FILE}"
    assert source.error(restore)[0] == 3156
    source.run("CREATE DATABASE to_there")
    assert source.error(f"{restore} WITH {MOVES}")[0] == 3154
    with closing(connect(source.endpoint, "to_there")):
        assert source.error(f"{restore} WITH REPLACE, {MOVES}")[0] == 3101
    assert source.error(f"{restore} WITH NORECOVERY, {MOVES}")[0] == 40517
    assert source.error(f"BEGIN TRANSACTION; {backup}")[0] == 226
    source.run("IF @@TRANCOUNT > 0 ROLLBACK")


def test_azure_copies_databases_instead(server_as: Callable[[str], Server]) -> None:
    endpoint = server_as("azure").endpoint
    with closing(connect(endpoint, "master")) as connection:
        database = Database(connection, endpoint, "master")
        database.run("CREATE DATABASE from_here")
        database.run("CREATE DATABASE to_there AS COPY OF from_here")
        assert database.error("CREATE DATABASE to_there AS COPY OF from_here")[0] == 1801
        assert database.error("CREATE DATABASE other AS COPY OF nowhere")[0] == 911
        assert database.error("BACKUP DATABASE from_here TO DISK = N'x'")[0] == 40510
        database.run("DROP DATABASE from_here, to_there")
