"""SELECT ... INTO: a new table with a query's columns and rows.

Follows "SELECT - INTO clause",
https://learn.microsoft.com/sql/t-sql/queries/select-into-clause-transact-sql
"""

from __future__ import annotations

from dataclasses import replace

from tds_embedded.errors import error
from tds_embedded.postgres.identifiers import quote
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import collations
from tds_embedded.tsql.translate.binder import Scope
from tds_embedded.tsql.translate.rows import Item, Rows


def select_into(name: ast.ObjectName, rows: Rows, scope: Scope) -> tuple[ast.CreateTable, str]:
    """Return the table to create, and the INSERT that fills it. Raises 451, 1038 or 2705."""
    items = rows.items
    names: set[str] = set()
    for position, item in enumerate(items, start=1):
        collations.check_column(item.value.type, "SELECT INTO", position)
        if not item.name:
            raise error(1038)
        if item.name.lower() in names:
            raise error(2705, item.name, name.name)
        names.add(item.name.lower())
    identity = [item for item in items if item.value.identity]
    table = ast.CreateTable(name, tuple(_definition(item, identity) for item in items))
    columns = ", ".join(quote(item.name) for item in items)
    target = table_to_be(name, scope)
    overriding = " OVERRIDING SYSTEM VALUE" if len(identity) == 1 else ""
    typed_rows = rows.converted([item.column.type for item in items])
    return table, f"INSERT INTO {target} ({columns}){overriding} {typed_rows.sql}"


def table_to_be(name: ast.ObjectName, scope: Scope) -> str:
    """Return the future PostgreSQL name of a table that does not exist yet."""
    if name.name.startswith("#"):
        return f"pg_temp.{quote(name.name)}"
    return f"{quote(name.schema or scope.translation.context.default_schema)}.{quote(name.name)}"


def _definition(item: Item, identity: list[Item]) -> ast.ColumnDefinition:
    """Return a column of the query: its type, nullability and, for one column, identity."""
    column = item.column
    identity_property = ast.Identity() if identity == [item] else None
    sql_type = replace(column.type, collation=None)
    return ast.ColumnDefinition(
        item.name,
        sql_type,
        nullable=column.nullable,
        identity=identity_property,
        collation=column.type.collation,
    )
