"""Runs every statement that defines, alters or drops objects.

`execute` is the way in; each family registers its statements at common.define.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tds_embedded.engine.ddl import (
    alter,
    backups,
    common,
    databases,
    indexes,
    objects,
    statistics,
    switches,
    tables,
)
from tds_embedded.tsql import ast

if TYPE_CHECKING:
    from tds_embedded.engine.session import Session

# importing a family registers its statements
FAMILIES = (
    tables,
    alter,
    indexes,
    objects,
    statistics,
    databases,
    backups,
)
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


def execute(node: ast.Statement, session: Session) -> None:
    """Runs one statement, whole or not at all.

    Raises SqlServerError for what SQL Server refuses, 40517 for what is not emulated, and
    psycopg.Error (postgres/errors.py) for what the rows refuse.
    """
    if isinstance(node, ALONE) or (isinstance(node, ast.DropObjects) and node.kind == "DATABASE"):
        common.define(node, session)
        return
    if not is_switch(node):
        switches.apply(session)
    try:
        with common.atomic(session):
            common.define(node, session)
    finally:
        # a failed statement may have been looked up halfway
        if changes_columns(node):
            session.catalog.changed(temporary=only_temporary(node))


def ends_batch(node: ast.Statement | None) -> bool:
    """Whether an error of the statement that no TRY catches ends the batch."""
    return isinstance(node, ENDING)


def changes_columns(node: ast.Statement) -> bool:
    """Whether another statement can mean something else after this one."""
    return not is_switch(node) and not isinstance(node, HARMLESS)


def is_switch(node: ast.Statement) -> bool:
    """Whether a statement switches constraints on or off."""
    return isinstance(node, ast.AlterTable) and isinstance(node.action, ast.CheckConstraints)


def only_temporary(node: ast.Statement) -> bool:
    """Whether a statement concerns temporary tables alone, which no other session sees."""
    if isinstance(node, ast.DropObjects):
        return node.kind == "TABLE" and all(name.name.startswith("#") for name in node.names)
    if isinstance(node, ast.CreateTable | ast.AlterTable):
        return node.name.name.startswith("#")
    return isinstance(node, ast.CreateIndex) and node.table.name.startswith("#")
