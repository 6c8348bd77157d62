"""Logins without all permissions, and their refused statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pyodbc
import pytest

from tds_embedded.server import Endpoint, Server
from tds_embedded_tests.conftest import Database, connect

LOGIN, PASSWORD = "clerk", "Clerk's 1 password"


@pytest.fixture(scope="module")
def clerk(database: Database) -> Iterator[Callable[[], Any]]:
    """Gives a database as a login sees it that may read and write, and nothing else."""
    database.run(
        "CREATE TABLE desk (id int PRIMARY KEY, name nvarchar(20));INSERT INTO desk VALUES (1, 'a')"
    )
    database.run("CREATE PROCEDURE tidy AS SELECT COUNT(*) FROM desk")
    database.run("CREATE LOGIN clerk WITH PASSWORD = 'Clerk''s 1 password'")
    database.run("CREATE USER clerk FOR LOGIN clerk")
    database.run("ALTER ROLE db_datareader ADD MEMBER clerk")
    opened = []

    def enter(name: str = database.name) -> Database:
        connection = connect(of_clerk(database.endpoint), name)
        opened.append(connection)
        return Database(connection, database.endpoint, name)

    yield enter
    for connection in opened:
        connection.close()
    database.run("DROP USER clerk")
    database.run("DROP LOGIN clerk")


def of_clerk(endpoint: Endpoint) -> Endpoint:
    return replace(endpoint, user=LOGIN, password=PASSWORD)


def test_a_role_s_permissions(clerk: Callable[[], Database]) -> None:
    limited = clerk()
    assert limited.value("WITH c AS (SELECT name FROM desk) SELECT name FROM c") == "a"
    assert limited.value("SELECT COUNT(*) FROM sys.tables WHERE name = 'desk'") == 1
    limited.run("CREATE TABLE #own (id int); INSERT INTO #own SELECT id FROM desk")


@pytest.mark.parametrize(
    ("sql", "number", "words"),
    [
        ("DELETE FROM desk", 229, "The DELETE permission was denied on the object 'desk'"),
        ("INSERT INTO desk VALUES (2, 'b')", 229, "INSERT permission"),
        ("EXEC tidy", 229, "EXECUTE permission was denied on the object 'tidy'"),
        ("CREATE TABLE more (id int)", 262, "CREATE TABLE permission denied in database"),
        ("GRANT SHOWPLAN TO clerk", 262, "permission denied"),
        ("KILL 51", 6102, "KILL"),
        ("SELECT COUNT(*) FROM sys.dm_exec_query_stats", 300, "VIEW SERVER PERFORMANCE STATE"),
        ("SELECT COUNT(*) FROM sys.query_store_plan", 262, "VIEW DATABASE PERFORMANCE STATE"),
        ("USE model", 916, "not able to access the database"),
    ],
)
def test_what_is_refused(clerk: Callable[[], Database], sql: str, number: int, words: str) -> None:
    found, message = clerk().error(sql)
    assert found == number
    assert words in message


def test_showplan_is_a_permission(clerk: Callable[[], Database], database: Database) -> None:
    limited = clerk()
    query = "SELECT name FROM desk"
    limited.run("SET SHOWPLAN_XML ON")
    assert limited.error(query) == (
        262,
        f"SHOWPLAN permission denied in database '{database.name}'.",
    )
    database.run("GRANT SHOWPLAN TO clerk")
    assert "<RelOp" in limited.value(query)
    database.run("DENY SHOWPLAN TO clerk")
    limited.run("SET SHOWPLAN_XML OFF")
    limited.run("SET STATISTICS XML ON")
    assert limited.error(query)[0] == 262
    database.run("REVOKE SHOWPLAN FROM clerk")


def test_the_server_s_state_is_a_permission(
    clerk: Callable[[], Database], database: Database
) -> None:
    limited = clerk()
    with closing(connect(database.endpoint, "master")) as master:
        for permission in ("VIEW SERVER PERFORMANCE STATE", "VIEW SERVER STATE"):
            master.execute(f"GRANT {permission} TO clerk")
            assert limited.value("SELECT COUNT(*) FROM sys.dm_exec_query_stats") > 0
            master.execute(f"REVOKE {permission} FROM clerk")
    assert limited.error("SELECT COUNT(*) FROM sys.dm_exec_query_stats")[0] == 300
    assert database.error("GRANT VIEW SERVER STATE TO clerk")[0] == 4621


def test_a_login_without_a_user_stays_outside(
    clerk: Callable[..., Database], database: Database
) -> None:
    with pytest.raises(pyodbc.Error, match="4060"):
        clerk("model")
    assert clerk("master").value("SELECT DB_NAME()") == "master"


def test_what_there_is_already_and_what_there_is_not(
    clerk: Callable[[], Database], database: Database
) -> None:
    assert database.error("CREATE LOGIN Clerk WITH PASSWORD = 'x'")[0] == 15025
    assert database.error("CREATE USER clerk")[0] == 15023
    assert database.error("CREATE USER nobody")[0] == 15007
    assert database.error("GRANT SELECT TO nobody")[0] == 15151
    assert database.error("DROP LOGIN nobody")[0] == 15151
    assert database.error("GRANT SELECT ON desk TO clerk")[0] == 40517
    assert database.error("CREATE USER other WITHOUT LOGIN")[0] == 40517


def test_before_2022_the_performance_s_state_is_no_permission(
    server_as: Callable[[str], Server],
) -> None:
    endpoint = server_as("2019").endpoint
    with closing(connect(endpoint, "master")) as connection:
        older = Database(connection, endpoint, "master")
        older.run("CREATE LOGIN clerk WITH PASSWORD = 'Clerk''s 1 password'")
        with closing(connect(of_clerk(endpoint), "master")) as limited:
            query = "SELECT COUNT(*) FROM sys.dm_exec_query_stats"
            seen = Database(limited, endpoint, "master")
            assert seen.error(query) == (
                300,
                "VIEW SERVER STATE permission was denied on object 'server', database 'master'.",
            )
            older.run("GRANT VIEW SERVER STATE TO clerk")
            seen.run(query)
            assert seen.value(query) > 0
        older.run("DROP LOGIN clerk")


@pytest.fixture(scope="module")
def seller(database: Database) -> Iterator[Callable[[], Database]]:
    """Gives a database as a db_owner sees it whose default schema is sales."""
    database.run("CREATE LOGIN shop WITH PASSWORD = 'Clerk''s 1 password'")
    database.run("CREATE USER seller FOR LOGIN shop WITH DEFAULT_SCHEMA = sales")
    database.run("ALTER ROLE db_owner ADD MEMBER seller")
    opened = []

    def enter() -> Database:
        connection = connect(replace(of_clerk(database.endpoint), user="shop"), database.name)
        opened.append(connection)
        return Database(connection, database.endpoint, database.name)

    yield enter
    for connection in opened:
        connection.close()
    database.run("DROP USER seller")
    database.run("DROP LOGIN shop")


def test_names_are_looked_for_in_the_default_schema_then_in_dbo(
    seller: Callable[[], Database], database: Database
) -> None:
    database.run("CREATE TABLE both_have (here varchar(9)); INSERT INTO both_have VALUES ('dbo')")
    database.run("CREATE TABLE one_has (here varchar(9)); INSERT INTO one_has VALUES ('dbo')")
    sees = seller()
    assert sees.error("CREATE TABLE both_have (here varchar(9))")[0] == 2760  # no such schema yet
    sees.run("CREATE SCHEMA sales")
    assert sees.value("SELECT here FROM both_have") == "dbo"
    sees.run("CREATE TABLE both_have (here varchar(9)); INSERT INTO both_have VALUES ('sales')")
    assert sees.value("SELECT here FROM both_have") == "sales"
    assert sees.value("SELECT sales.both_have.here FROM both_have") == "sales"
    assert sees.value("SELECT here FROM one_has") == "dbo"
    assert database.value("SELECT here FROM both_have") == "dbo"
    sees.run("UPDATE both_have SET here = 'new'; DELETE FROM one_has")
    assert database.value("SELECT here FROM sales.both_have") == "new"
    assert database.value("SELECT COUNT(*) FROM one_has") == 0
    for name, schema in (("both_have", "sales"), ("one_has", "dbo"), ("nowhere", None)):
        found = f"OBJECT_SCHEMA_NAME(OBJECT_ID('{name}'))"
        assert sees.value(f"SELECT {found}") == schema
    names = "SELECT CONCAT_WS(' ', USER_NAME(), SCHEMA_NAME(), SCHEMA_NAME(SCHEMA_ID()))"
    assert sees.value(names) == "seller sales sales"
    assert database.value(names) == "dbo dbo dbo"
    sees.run("EXEC sp_rename 'both_have', 'renamed'; DROP TABLE renamed")
    assert sees.value("SELECT here FROM both_have") == "dbo"


def test_a_default_schema_counts_from_the_next_connection_on(
    seller: Callable[[], Database], database: Database
) -> None:
    database.run("ALTER USER seller WITH DEFAULT_SCHEMA = dbo")
    assert seller().value("SELECT SCHEMA_NAME()") == "dbo"
    database.run("ALTER USER seller WITH DEFAULT_SCHEMA = [sales]")
    assert seller().value("SELECT SCHEMA_NAME()") == "sales"
    assert database.error("ALTER USER nobody WITH DEFAULT_SCHEMA = dbo")[0] == 15151
    assert database.error("ALTER USER seller WITH NAME = other")[0] == 40517


def test_a_db_owner_owns_no_server(seller: Callable[[], Database]) -> None:
    for sql, number in (
        ("CREATE LOGIN more WITH PASSWORD = 'x'", 15247),
        ("DROP LOGIN shop", 15247),
        ("CREATE DATABASE more", 262),
        ("KILL 51", 6102),
    ):
        assert seller().error(sql)[0] == number
