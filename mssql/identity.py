"""Give an existing column the IDENTITY property, or take it away.

T-SQL has no statement for it; but ALTER TABLE ... SWITCH moves all rows of a table to one that
differs only in IDENTITY, by its metadata alone and on every edition.
"ALTER TABLE", section SWITCH: https://learn.microsoft.com/sql/t-sql/statements/alter-table-transact-sql
"""

from __future__ import annotations

from dataclasses import replace
from typing import Sequence

from mssql.dependents import Dependent, Table
from mssql.identifiers import MAX_NAME_LENGTH, TableName, bracket, literal
from mssql.table_objects import Column, Index


def switch_sql(table: Table, column: Column, identity: str) -> list[str]:
    """The statements that rebuild the table with `column` as given and `identity` behind it.

    `identity` is "IDENTITY (1, 1)" or "". The rows stay where they are; indexes other than the
    primary key are built anew.
    """
    name = table.name
    new = TableName(name.schema, name.name[: MAX_NAME_LENGTH - 8] + "__switch")
    primary_key = next((index for index in table.indexes if index.primary_key), None)
    indexes = [index for index in table.indexes if index is not primary_key]
    outer_keys = [key for key in table.referencing_keys if key not in table.foreign_keys]
    again: list[Dependent] = [
        *table.defaults(),
        *table.checks,
        *indexes,
        *table.foreign_keys,
        *outer_keys,
    ]
    return [
        *(key.drop_sql(name) for key in table.referencing_keys),
        *(index.drop_sql(name) for index in reversed(indexes)),
        _create_table_sql(table, new, column, identity, primary_key),
        f"ALTER TABLE {name} SWITCH TO {new}",
        f"DROP TABLE {name}",
        f"EXEC sp_rename {literal(str(new))}, {literal(name.name)}, N'OBJECT'",
        *_rename_primary_key_sql(new, primary_key),
        *(dependent.create_sql(name) for dependent in again),
        *_comments_sql(table),
        # Without a value RESEED goes on after the highest one in the column.
        *([f"DBCC CHECKIDENT ({literal(str(name))}, RESEED) WITH NO_INFOMSGS"] if identity else []),
    ]


def _create_table_sql(
    table: Table, new: TableName, column: Column, identity: str, primary_key: Index | None
) -> str:
    def definition(old: Column) -> str:
        if old.name == column.name:
            return f"{column.definition_sql()} {identity}".rstrip()
        return old.definition_sql()

    elements = [definition(old) for old in table.columns]
    if primary_key is not None:
        keys = _key_columns(primary_key.keys)
        constraint = bracket(_switched(primary_key.name))
        elements.append(f"CONSTRAINT {constraint} PRIMARY KEY {primary_key.type} ({keys})")
    return f"CREATE TABLE {new} ({', '.join(elements)})"


def _comments_sql(table: Table) -> list[str]:
    """The comments, which went with the old table."""
    on = f"N'SCHEMA', {literal(table.schema)}, N'TABLE', {literal(table.name.name)}"
    commented = [(f", N'COLUMN', {literal(c.name)}", c.comment) for c in table.columns]
    return [
        f"EXEC sp_addextendedproperty N'MS_Description', {literal(comment)}, {on}{column}"
        for column, comment in [("", table.comment), *commented]
        if comment
    ]


def _rename_primary_key_sql(new: TableName, primary_key: Index | None) -> list[str]:
    if primary_key is None:
        return []
    temporary = TableName(new.schema, _switched(primary_key.name))
    return [f"EXEC sp_rename {literal(str(temporary))}, {literal(primary_key.name)}, N'OBJECT'"]


def _key_columns(keys: Sequence[tuple[str, bool]]) -> str:
    return ", ".join(bracket(name) + (" DESC" if descending else "") for name, descending in keys)


def _switched(name: str) -> str:
    """A name for the time of the switch, when two tables have the same constraint."""
    return name[: MAX_NAME_LENGTH - 8] + "__switch"


def with_number_type(column: Column, type_sql: str) -> Column:
    """The column as ALTER COLUMN would leave it with a type that can be an identity."""
    return replace(column, type=type_sql, length=None, collation=None, nullable=False)
