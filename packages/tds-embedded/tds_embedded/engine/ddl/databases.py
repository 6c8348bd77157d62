"""CREATE, ALTER and DROP DATABASE: each is a PostgreSQL database, created from the template.

A database's name, collation and settings are JSON in its comment, which every database can read.
"""

from __future__ import annotations

import json
from typing import Any

import psycopg
from psycopg import sql

from tds_embedded.engine.ddl import object_names, refusals
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate.collations import supported

MAINTENANCE = "postgres"
TEMPLATE = "mssql_template"
_HIDDEN = (MAINTENANCE, "template0", "template1", TEMPLATE)
SYSTEM = ("master", "tempdb", "model", "msdb")
# SET options that are kept and shown in sys.databases; none changes how statements run here.
OPTIONS = frozenset(
    [
        "ALLOW_SNAPSHOT_ISOLATION",
        "ANSI_NULLS",
        "ANSI_NULL_DEFAULT",
        "ANSI_PADDING",
        "ANSI_WARNINGS",
        "ARITHABORT",
        "AUTO_CLOSE",
        "AUTO_CREATE_STATISTICS",
        "AUTO_SHRINK",
        "AUTO_UPDATE_STATISTICS",
        "COMPATIBILITY_LEVEL",
        "DELAYED_DURABILITY",
        "MULTI_USER",
        "OFFLINE",
        "ONLINE",
        "PAGE_VERIFY",
        "PARAMETERIZATION",
        "QUERY_STORE",
        "QUOTED_IDENTIFIER",
        "READ_COMMITTED_SNAPSHOT",
        "READ_ONLY",
        "READ_WRITE",
        "RECOVERY",
        "RECURSIVE_TRIGGERS",
        "RESTRICTED_USER",
        "SINGLE_USER",
        "TRUSTWORTHY",
    ]
)
_ACCESS = frozenset({"SINGLE_USER", "RESTRICTED_USER"})
# "T-SQL differences between SQL Server & Azure SQL Managed Instance"
_FIXED_ON_MANAGED = _ACCESS | {"AUTO_CLOSE", "OFFLINE", "PAGE_VERIFY", "READ_ONLY"}


def find(connection: psycopg.Connection[Any], name: str) -> dict[str, Any] | None:
    """Return the properties of a database, or None if it does not exist."""
    return known_of(connection, name) if name.lower() not in _HIDDEN else None


def known_of(connection: psycopg.Connection[Any], name: str) -> dict[str, Any] | None:
    """Return the properties of any PostgreSQL database, such as a backup."""
    rows = connection.execute(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
        [name.lower()],
    ).fetchall()
    if not rows:
        return None
    properties: dict[str, Any] = json.loads(rows[0][0] or "{}")
    return properties


def describe(connection: psycopg.Connection[Any], name: str, data: dict[str, Any]) -> None:
    non_empty = {key: value for key, value in data.items() if value is not None}
    connection.execute(
        sql.SQL("COMMENT ON DATABASE {} IS {}").format(
            sql.Identifier(name.lower()), sql.Literal(json.dumps(non_empty))
        )
    )


def refuse_transaction(engine: Engine, what: str) -> None:
    if engine.transactions.count:
        raise error(226, what)


def create_database(node: ast.CreateDatabase, engine: Engine) -> None:
    """Raise error 226 in a transaction, 1801 if the name is taken."""
    refuse_transaction(engine, "CREATE DATABASE")
    object_names.check_name(node.name)
    if node.collation is not None:
        supported(node.collation)
    if node.copy_of is not None and engine.product.name != "azure":
        raise error(102, "COPY")
    with engine.instance.connect(MAINTENANCE) as connection:
        if find(connection, node.name) is not None:
            raise error(1801, node.name)
        properties: dict[str, Any] = {"collation": node.collation}
        if node.copy_of is not None:
            properties = _known_or_refused(connection, node.copy_of)
        copy(engine, connection, (node.copy_of or TEMPLATE).lower(), node.name)
        describe(connection, node.name, {**properties, "name": node.name})


def _known_or_refused(connection: psycopg.Connection[Any], name: str) -> dict[str, Any]:
    properties = find(connection, name)
    if properties is None:
        raise error(911, name)
    return properties


def copy(engine: Engine, connection: psycopg.Connection[Any], source: str, target: str) -> None:
    """Create a PostgreSQL database from another. Raises 1801, and 40517 for one in use."""
    engine.instance.close_connections(source)
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    try:
        connection.execute(statement.format(sql.Identifier(target.lower()), sql.Identifier(source)))
    except psycopg.errors.DuplicateDatabase:
        raise error(1801, target) from None
    except psycopg.errors.ObjectInUse:
        raise refusals.not_emulated("a copy of a database in use") from None


def alter_database(node: ast.AlterDatabase, engine: Engine) -> None:
    """Raise error 226 in a transaction, 5011 for a missing database, 5058 for an unknown option."""
    if node.scoped:
        _configure(node.options[0], engine)
        return
    refuse_transaction(engine, "ALTER DATABASE")
    name = node.name or engine.database
    with engine.instance.connect(MAINTENANCE) as connection:
        properties = find(connection, name)
        if properties is None:
            raise error(5011, name)
        if node.collation is not None:
            supported(node.collation)
            properties["collation"] = node.collation
        for option in node.options:
            if option.name not in OPTIONS:
                raise error(5058, option.name, name)
            if engine.product.name == "managed" and option.name in _FIXED_ON_MANAGED:
                raise refusals.not_emulated(option.name)
            properties[option.name.lower()] = option.value or "ON"
            if option.name in _ACCESS:
                _disconnect(connection, name, engine)
            if option.name == "MULTI_USER":
                properties.pop("single_user", None)
                properties.pop("restricted_user", None)
        if node.new_name is not None:
            _rename(connection, name, node.new_name, engine)
            name = properties["name"] = node.new_name
        describe(connection, name, properties)
    engine.catalog.changed()  # a statement may mean something else at another level


def _configure(option: ast.Option, engine: Engine) -> None:
    """ALTER DATABASE SCOPED CONFIGURATION; its settings last as long as the server runs.

    Raises 40517 for an option that is not emulated.
    """
    if option.name != "LAST_QUERY_PLAN_STATS" or engine.product.compatibility_year < 2019:
        raise refusals.not_emulated(f"ALTER DATABASE SCOPED CONFIGURATION SET {option.name}")
    databases = engine.statistics.actual_plans
    change = databases.add if option.value == "ON" else databases.discard
    change(engine.database.lower())


def _rename(connection: psycopg.Connection[Any], name: str, new: str, engine: Engine) -> None:
    if find(connection, new) is not None:
        raise error(1801, new)
    if name.lower() == engine.database.lower():
        raise refusals.not_emulated("ALTER DATABASE ... MODIFY NAME of the database in use")
    _disconnect(connection, name, engine)
    connection.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
            sql.Identifier(name.lower()), sql.Identifier(new.lower())
        )
    )


def _disconnect(connection: psycopg.Connection[Any], name: str, engine: Engine) -> None:
    """End the other sessions of a database, as WITH ROLLBACK IMMEDIATE does."""
    engine.instance.close_connections(name.lower())
    own = engine.backend.connection.info.backend_pid
    connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = %s AND pid NOT IN (%s, pg_backend_pid())",
        [name.lower(), own],
    )


def drop(engine: Engine, name: str) -> bool:
    """Drop a database. Return False if it does not exist. Raises 3702 or 3708."""
    refuse_transaction(engine, "DROP DATABASE")
    if name.lower() in SYSTEM:
        raise error(3708, "database", name)
    if name.lower() == engine.database.lower():
        raise error(3702, name)
    with engine.instance.connect(MAINTENANCE) as connection:
        if find(connection, name) is None:
            return False
        engine.instance.close_connections(name.lower())
        try:
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name.lower())))
        except psycopg.errors.ObjectInUse:
            raise error(3702, name) from None
    return True
