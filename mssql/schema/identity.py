"""The switch that adds the IDENTITY property to an existing column, or removes it.

T-SQL has no statement for that; but ALTER TABLE ... SWITCH moves all rows of a table to one that
differs only in IDENTITY, by its metadata alone and on every edition.
"ALTER TABLE", section SWITCH: https://learn.microsoft.com/sql/t-sql/statements/alter-table-transact-sql
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Iterator, Sequence

from django.db import NotSupportedError

from mssql.schema.catalog import read
from mssql.schema.dependents import Table
from mssql.schema.table_objects import Column, Dependent, Index
from mssql.tsql.identifiers import TableName, bracket
from mssql.tsql.limits import MAX_NAME_LENGTH
from mssql.tsql.literals import literal

# Properties that the table would lose: they cannot be created again from here.
LOSSES_SQL = """\
SELECT N'the trigger ' + name FROM sys.triggers WHERE parent_id = OBJECT_ID(%s)
UNION ALL
SELECT DISTINCT N'its partitions (' + d.name + N')'
FROM sys.indexes AS i JOIN sys.data_spaces AS d ON d.data_space_id = i.data_space_id
WHERE i.object_id = OBJECT_ID(%s) AND d.type = 'PS'
UNION ALL
SELECT N'the index ' + name FROM sys.indexes WHERE object_id = OBJECT_ID(%s) AND type > 2
UNION ALL
SELECT CASE WHEN is_memory_optimized = 1 THEN N'its place in memory'
 ELSE N'its system versioning' END
FROM sys.tables
WHERE object_id = OBJECT_ID(%s) AND (is_memory_optimized = 1 OR temporal_type <> 0)
UNION ALL
SELECT N'what is special about the column ' + name
FROM sys.columns
WHERE object_id = OBJECT_ID(%s)
 AND (is_masked = 1 OR is_sparse = 1 OR is_rowguidcol = 1 OR is_filestream = 1)
UNION ALL
SELECT N'the extended property ' + name
FROM sys.extended_properties
WHERE major_id = OBJECT_ID(%s) AND (class = 7 OR class = 1 AND name <> N'MS_Description')
UNION ALL
SELECT N'its change tracking' FROM sys.change_tracking_tables WHERE object_id = OBJECT_ID(%s)
UNION ALL
SELECT N'its full-text index' FROM sys.fulltext_indexes WHERE object_id = OBJECT_ID(%s)"""

GRANTS_SQL = """\
SELECT p.state, p.permission_name, COL_NAME(p.major_id, NULLIF(p.minor_id, 0)), u.name
FROM sys.database_permissions AS p
JOIN sys.database_principals AS u ON u.principal_id = p.grantee_principal_id
WHERE p.class = 1 AND p.major_id = OBJECT_ID(%s)
ORDER BY p.minor_id, p.permission_name, u.name"""

_VERBS = {"G": "GRANT", "W": "GRANT", "D": "DENY", "R": "REVOKE"}


def read_grants(cursor: Any, name: TableName) -> list[Any]:
    """Return the rows of GRANTS_SQL. Raises NotSupportedError if a switch would lose data."""
    losses, grants = read(cursor, name, LOSSES_SQL, GRANTS_SQL)
    if losses:
        names = ", ".join(name for (name,) in losses)
        raise NotSupportedError(
            f"Changing IDENTITY rebuilds the table {name}, which would lose {names}: drop or turn "
            "off this before the migration, and create it again after it."
        )
    return grants


def switch_sql(table: Table, column: Column, identity: str, grants: Sequence[Any]) -> list[str]:
    """Return the statements that rebuild the table with `column` and its `identity`.

    `identity` is "IDENTITY (1, 1)" or "", `grants` the rows of GRANTS_SQL. The rows are not
    copied; indexes other than the primary key are built again.
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
        *table.statistics,
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
        *_grants_sql(name, grants),
        # Without a value RESEED continues after the highest one in the column.
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
        constraint = bracket(_switched(primary_key.name))
        elements.append(
            f"CONSTRAINT {constraint} PRIMARY KEY {primary_key.type} ({primary_key.keys_sql})"
            + primary_key.storage.sql
        )
    return f"CREATE TABLE {new} ({', '.join(elements)}){_table_storage_sql(table, primary_key)}"


def _table_storage_sql(table: Table, primary_key: Index | None) -> str:
    """Return the clauses of CREATE TABLE for the storage that SWITCH requires."""
    rows, large_values = table.filegroups
    sql = f" ON {bracket(rows)}" if rows else ""
    sql += f" TEXTIMAGE_ON {bracket(large_values)}" if large_values else ""
    is_clustered = primary_key is not None and primary_key.type == "CLUSTERED"
    if table.compression and not is_clustered:
        sql += f" WITH (DATA_COMPRESSION = {table.compression})"
    return sql


def _grants_sql(name: TableName, grants: Sequence[Any]) -> Iterator[str]:
    for state, permission, column, grantee in grants:
        on = f"{name} ({bracket(column)})" if column is not None else str(name)
        option = " WITH GRANT OPTION" if state == "W" else ""
        yield f"{_VERBS[state]} {permission} ON {on} TO {bracket(grantee)}{option}"


def _comments_sql(table: Table) -> list[str]:
    """Return the statements that add the comments again."""
    on = f"N'SCHEMA', {literal(table.schema)}, N'TABLE', {literal(table.name.name)}"
    of_columns = [(f", N'COLUMN', {literal(c.name)}", c.comment) for c in table.columns]
    return [
        f"EXEC sp_addextendedproperty N'MS_Description', {literal(comment)}, {on}{column}"
        for column, comment in [("", table.comment), *of_columns]
        if comment
    ]


def _rename_primary_key_sql(new: TableName, primary_key: Index | None) -> list[str]:
    if primary_key is None:
        return []
    temporary = TableName(new.schema, _switched(primary_key.name))
    return [f"EXEC sp_rename {literal(str(temporary))}, {literal(primary_key.name)}, N'OBJECT'"]


def _switched(name: str) -> str:
    """Return a name for the time of the switch, when two tables have the constraint."""
    return name[: MAX_NAME_LENGTH - 8] + "__switch"


def with_number_type(column: Column, type_sql: str) -> Column:
    """Return the column as it is after ALTER COLUMN to a type that can be an identity."""
    return replace(column, type=type_sql, length=None, collation=None, nullable=False)
