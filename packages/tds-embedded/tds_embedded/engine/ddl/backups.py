"""BACKUP and RESTORE DATABASE: copies by PostgreSQL's templates.

A backup is a PostgreSQL database that no one can connect to, known by the name of its file.
Follows "BACKUP" and "RESTORE Statements",
https://learn.microsoft.com/sql/t-sql/statements/restore-statements-transact-sql
"""

from __future__ import annotations

import hashlib
from typing import Any

import psycopg
from psycopg import sql

from tds_embedded.engine.ddl import databases, refusals
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import error
from tds_embedded.tsql import ast

_BACKUP_OPTIONS = frozenset(
    ("CHECKSUM", "COMPRESSION", "COPY_ONLY", "FORMAT", "INIT", "NO_COMPRESSION", "STATS")
)
_RESTORE_OPTIONS = frozenset(("CHECKSUM", "RECOVERY", "REPLACE", "STATS"))
_FILES = 2  # rows and log


def backup(node: ast.BackupDatabase, engine: Engine) -> None:
    """Raise error 226, 911, and 40517 for a database in use, which SQL Server would back up."""
    options = _options(node.options, _BACKUP_OPTIONS, "BACKUP")
    _refuse_azure("BACKUP DATABASE", engine)
    with _outside(engine, "BACKUP DATABASE") as connection:
        properties = databases.find(connection, node.name)
        if properties is None:
            raise error(911, node.name)
        backup_name = _backup_name(node.file)
        if _is_there(connection, backup_name):
            if not options & {"INIT", "FORMAT"}:
                raise refusals.not_emulated("BACKUP to a file that holds a backup, without INIT")
            _drop_backup(connection, backup_name)
        databases.copy(engine, connection, node.name.lower(), backup_name)
        databases.describe(connection, backup_name, properties)
        connection.execute(
            sql.SQL("ALTER DATABASE {} IS_TEMPLATE true ALLOW_CONNECTIONS false").format(
                sql.Identifier(backup_name)
            )
        )


def restore(node: ast.RestoreDatabase, engine: Engine) -> None:
    """Raise error 226, 3101, 3154, 3156 or 3201."""
    options = _options(node.options, _RESTORE_OPTIONS, "RESTORE")
    _refuse_azure("RESTORE DATABASE", engine)
    with _outside(engine, "RESTORE DATABASE") as connection:
        backup_name = _backup_name(node.file)
        properties = databases.known_of(connection, backup_name)
        if properties is None:
            raise error(3201, node.file)
        original = str(properties["name"])
        if node.name.lower() != original.lower() and len(node.moved_files) < _FILES:
            raise error(3156, original, f"{original}.mdf")
        if databases.find(connection, node.name) is not None:
            if "REPLACE" not in options and node.name.lower() != original.lower():
                raise error(3154, node.name)
            _make_way(engine, connection, node.name)
        databases.copy(engine, connection, backup_name, node.name)
        databases.describe(connection, node.name, {**properties, "name": node.name})


def _options(
    options: tuple[ast.Option, ...], allowed_names: frozenset[str], statement: str
) -> frozenset[str]:
    names = frozenset(option.name for option in options)
    for name in sorted(names - allowed_names):
        raise refusals.not_emulated(f"{statement} WITH {name}")
    return names


def _refuse_azure(statement: str, engine: Engine) -> None:
    if engine.product.name == "azure":
        raise error(40510, statement)
    if engine.product.name == "managed":
        raise refusals.not_emulated(f"{statement} and a DISK")


def _outside(engine: Engine, what: str) -> Any:
    databases.refuse_transaction(engine, what)
    return engine.instance.connect(databases.MAINTENANCE)


def _backup_name(file: str) -> str:
    return "mssql_backup " + hashlib.sha256(file.lower().encode()).hexdigest()[:40]


def _is_there(connection: psycopg.Connection[Any], name: str) -> bool:
    return databases.known_of(connection, name) is not None


def _drop_backup(connection: psycopg.Connection[Any], name: str) -> None:
    identifier = sql.Identifier(name)
    connection.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(identifier))
    connection.execute(sql.SQL("DROP DATABASE {}").format(identifier))


def _make_way(engine: Engine, connection: psycopg.Connection[Any], name: str) -> None:
    engine.instance.close_connections(name.lower())
    try:
        connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name.lower())))
    except psycopg.errors.ObjectInUse:
        raise error(3101) from None
