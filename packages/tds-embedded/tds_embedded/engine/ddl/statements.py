"""The statements that create, alter or drop objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tds_embedded.engine.ddl import (
    alter,
    backups,
    commands,
    databases,
    indexes,
    objects,
    statistics,
    switches,
    tables,
    views,
)
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import error
from tds_embedded.tsql import ast

_DEFINITIONS: dict[type, Callable[[Any, Engine], None]] = {
    ast.AlterDatabase: databases.alter_database,
    ast.AlterIndex: indexes.alter_index,
    ast.AlterTable: alter.alter_table,
    ast.BackupDatabase: backups.backup,
    ast.CreateDatabase: databases.create_database,
    ast.CreateIndex: indexes.create_index,
    ast.CreateSchema: objects.create_schema,
    ast.CreateStatistics: statistics.create_statistics,
    ast.CreateSynonym: objects.create_synonym,
    ast.CreateTable: tables.create_table,
    ast.CreateType: objects.create_type,
    ast.CreateView: views.create_view,
    ast.Dbcc: objects.dbcc,
    ast.DropIndex: indexes.drop_index,
    ast.DropObjects: objects.drop_objects,
    ast.RestoreDatabase: backups.restore,
    ast.Sequence: objects.sequence,
    ast.TransferSchema: objects.transfer_schema,
    ast.TruncateTable: tables.truncate_table,
    ast.UpdateStatistics: statistics.update_statistics,
}
# PostgreSQL runs these only outside a transaction
ALONE = (ast.CreateDatabase, ast.AlterDatabase, ast.BackupDatabase, ast.RestoreDatabase)
ENDING = (ast.CreateTable, ast.AlterTable, ast.CreateIndex, ast.CreateSchema, ast.CreateStatistics)
# These leave all tables with the columns that they have
HARMLESS = (
    ast.TruncateTable,
    ast.CreateIndex,
    ast.AlterIndex,
    ast.DropIndex,
    ast.CreateStatistics,
    ast.UpdateStatistics,
    ast.Dbcc,
)


def execute(node: ast.Statement, engine: Engine) -> None:
    """Run one statement, whole or not at all.

    Raises SqlServerError, 40517 for a feature that is not emulated, and psycopg.Error
    (postgres/errors.py) for rows that violate the definition.
    """
    if isinstance(node, ALONE) or (isinstance(node, ast.DropObjects) and node.kind == "DATABASE"):
        _define(node, engine)
        return
    if not is_switch(node):
        switches.apply(engine)
    try:
        with commands.atomic(engine):
            _define(node, engine)
    finally:
        # a failed statement may have been looked up halfway
        if changes_columns(node):
            engine.catalog.changed(temporary=only_temporary(node))


def _define(node: ast.Statement, engine: Engine) -> None:
    define = _DEFINITIONS.get(type(node))
    if define is None:
        raise error(40517, type(node).__name__)
    define(node, engine)


def ends_batch(node: ast.Statement | None) -> bool:
    """Return whether an error of the statement that no TRY catches ends the batch."""
    return isinstance(node, ENDING)


def changes_columns(node: ast.Statement) -> bool:
    """Return whether the statement changes columns, and with them the meaning of statements."""
    return not is_switch(node) and not isinstance(node, HARMLESS)


def is_switch(node: ast.Statement) -> bool:
    """Return whether a statement switches constraints on or off."""
    return isinstance(node, ast.AlterTable) and isinstance(node.action, ast.CheckConstraints)


def only_temporary(node: ast.Statement) -> bool:
    """Return whether a statement concerns temporary tables alone, which no other session sees."""
    if isinstance(node, ast.DropObjects):
        return node.kind == "TABLE" and all(name.name.startswith("#") for name in node.names)
    if isinstance(node, ast.CreateTable | ast.AlterTable):
        return node.name.name.startswith("#")
    return isinstance(node, ast.CreateIndex) and node.table.name.startswith("#")
