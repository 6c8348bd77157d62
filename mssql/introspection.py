"""Introspection of a database: tables, columns, keys, indexes, by a fixed number of queries each.

"System catalog views",
https://learn.microsoft.com/sql/relational-databases/system-catalog-views/catalog-views-transact-sql
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from django.db import ProgrammingError
from django.db.backends.base.introspection import BaseDatabaseIntrospection
from django.db.models import Index as DjangoIndex

from mssql import compat
from mssql.schema.catalog import (
    CHECKS_SQL,
    COLUMNS_SQL,
    FOREIGN_KEYS_SQL,
    INDEXES_SQL,
    read,
    to_checks,
    to_columns,
    to_foreign_keys,
    to_indexes,
)
from mssql.schema.table_objects import EXEMPTION_PREFIX, Check, Column, ForeignKey, Index
from mssql.tsql.identifiers import TableName, names_in, without_parentheses
from mssql.tsql.identifiers import table_name as split_table_name


class TableInfo(NamedTuple):
    """Django's TableInfo: `type` is "t" for a table, "v" for a view."""

    name: str
    type: str
    comment: str | None


class FieldInfo(NamedTuple):
    """Django's FieldInfo: the cursor's description of PEP 249, with additions of Django."""

    name: str
    type_code: str
    display_size: int | None
    internal_size: int | None
    precision: int | None
    scale: int | None
    null_ok: bool
    default: str | None
    collation: str | None
    is_autofield: bool
    comment: str | None
    is_json: bool
    formula: str | None
    is_persisted: bool


TABLES_SQL = """\
SELECT SCHEMA_NAME(o.schema_id), o.name, o.type, CAST(p.value AS nvarchar(4000)),
 CASE WHEN o.schema_id = SCHEMA_ID() THEN 1 ELSE 0 END
FROM sys.objects AS o
LEFT JOIN sys.extended_properties AS p
 ON p.class = 1 AND p.major_id = o.object_id AND p.minor_id = 0 AND p.name = N'MS_Description'
WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0"""


class DatabaseIntrospection(BaseDatabaseIntrospection):
    """Django's introspection for SQL Server, Azure SQL and Fabric."""

    # "Data types (Transact-SQL)",
    # https://learn.microsoft.com/sql/t-sql/data-types/data-types-transact-sql
    data_types_reverse = {
        "bigint": "BigIntegerField",
        "binary": "BinaryField",
        "bit": "BooleanField",
        "char": "CharField",
        "date": "DateField",
        "datetime": "DateTimeField",
        "datetime2": "DateTimeField",
        "datetimeoffset": "DateTimeField",
        "decimal": "DecimalField",
        "float": "FloatField",
        "image": "BinaryField",
        "int": "IntegerField",
        "json": "JSONField",
        "money": "DecimalField",
        "nchar": "CharField",
        "ntext": "TextField",
        "numeric": "DecimalField",
        "nvarchar": "CharField",
        "real": "FloatField",
        "smalldatetime": "DateTimeField",
        "smallint": "SmallIntegerField",
        "smallmoney": "DecimalField",
        "text": "TextField",
        "time": "TimeField",
        "timestamp": "BinaryField",
        "tinyint": "SmallIntegerField",
        "uniqueidentifier": "UUIDField",
        "varbinary": "BinaryField",
        "varchar": "CharField",
        "xml": "TextField",
    }
    auto_fields = {
        "BigIntegerField": "BigAutoField",
        "IntegerField": "AutoField",
        "SmallIntegerField": "SmallAutoField",
    }

    connection: Any

    def get_field_type(self, data_type: Any, description: Any) -> Any:
        field_type = super().get_field_type(data_type, description)
        if description.is_autofield:
            return self.auto_fields.get(field_type, field_type)
        if description.is_json:
            return "JSONField"
        if field_type == "CharField" and description.internal_size is None:
            return "TextField"
        return field_type

    def identifier_converter(self, name: str) -> str:
        """Return one spelling of a table of another schema, however it is written."""
        table = split_table_name(name)
        return name if table.schema is None else _db_table(table)

    # --- tables ----------------------------------------------------------------------------------

    def get_table_list(self, cursor: Any) -> Any:
        """Return the tables and views of all schemas."""
        return [info for _, info in self._tables(cursor)]

    def names_in_schema(self, cursor: Any, schema: str) -> frozenset[str]:
        """Return the names of a schema's tables and views, as in get_table_list()."""
        return frozenset(info.name for other, info in self._tables(cursor) if other == schema)

    def _tables(self, cursor: Any) -> list[tuple[str, TableInfo]]:
        """Return each table's schema, and its TableInfo with the name as db_table has it."""
        cursor.execute(TABLES_SQL)
        tables = []
        for schema, name, type_, comment, is_default in cursor.fetchall():
            db_table = name if is_default else _db_table(TableName(schema, name))
            kind = "v" if type_.strip() == "V" else "t"
            tables.append((schema, TableInfo(db_table, kind, comment)))
        return tables

    def default_schema(self, cursor: Any) -> str:
        """Return the schema of a table whose name has none."""
        cursor.execute("SELECT SCHEMA_NAME()")
        (schema,) = cursor.fetchone()
        return str(schema)

    # --- columns ---------------------------------------------------------------------------------

    def get_table_description(self, cursor: Any, table_name: str) -> Any:
        """Return the FieldInfo of each column; type_code is a type's name, sizes are in characters.

        Raises ProgrammingError if there is no such table or view.
        """
        rows, checks = read(cursor, split_table_name(table_name), COLUMNS_SQL, CHECKS_SQL)
        columns = [column for column in to_columns(rows) if not column.is_hidden]
        if not columns:
            raise ProgrammingError(f"Invalid object name '{table_name}'.")
        json = {column for check in to_checks(checks) for column in _json_columns(check)}
        collation = self.connection.server.collation
        return [_field_info(column, json, collation) for column in columns]

    def get_sequences(self, cursor: Any, table_name: str, table_fields: Any = ()) -> Any:
        (rows,) = read(cursor, split_table_name(table_name), COLUMNS_SQL)
        return [
            {"table": table_name, "column": column.name}
            for column in to_columns(rows)
            if column.is_identity
        ]

    # --- keys, indexes, checks -------------------------------------------------------------------

    def get_relations(self, cursor: Any, table_name: str) -> Any:
        """Return {column: (referenced column, its table[, on_delete, since Django 6.1])}.

        Keys of several columns are left out: no field corresponds to them.
        """
        (rows,) = read(cursor, split_table_name(table_name), FOREIGN_KEYS_SQL)
        return {
            key.columns[0]: (
                key.to_columns[0],
                _db_table(key.to_table),
                *compat.on_delete(self, key.on_delete),
            )
            for key in to_foreign_keys(rows)
            if len(key.columns) == 1
        }

    def get_constraints(self, cursor: Any, table_name: str) -> Any:
        """Return constraints and indexes by name; the column of an expression is None."""
        queries = (COLUMNS_SQL, INDEXES_SQL, CHECKS_SQL, FOREIGN_KEYS_SQL)
        columns, indexes, checks, keys = read(cursor, split_table_name(table_name), *queries)
        table_columns = to_columns(columns)
        return {
            **{index.name: _index_info(index, table_columns) for index in to_indexes(indexes)},
            **{check.name: _check_info(check, table_columns) for check in to_checks(checks)},
            **{key.name: _foreign_key_info(key) for key in to_foreign_keys(keys)},
        }


def _db_table(table: TableName) -> str:
    """Return the name as a model's db_table has it: `schema"."table`, or the name alone."""
    return table.name if table.schema is None else f'{table.schema}"."{table.name}'


def _field_info(column: Column, json: set[str], database_collation: str | None) -> Any:
    has_scale = column.type in ("decimal", "numeric", "money", "smallmoney")
    return FieldInfo(
        name=column.name,
        type_code=column.type,
        display_size=column.length,
        internal_size=column.length,
        precision=column.precision if has_scale else None,
        scale=column.scale if has_scale else None,
        null_ok=column.nullable,
        default=None if column.default is None else without_parentheses(column.default),
        collation=None if column.collation == database_collation else column.collation,
        is_autofield=column.is_identity,
        comment=column.comment,
        is_json=column.name.casefold() in json,
        formula=column.formula,
        is_persisted=column.is_persisted,
    )


def _json_columns(check: Check) -> set[str]:
    """Return the column of a check that is only `ISJSON(column ...) = 1`: a JSONField's."""
    text = re.sub(r"[\s()\[\]]", "", check.definition).casefold()
    columns = names_in(check.definition) - {"isjson"}
    is_json = text.startswith("isjson") and text.endswith("=1") and len(columns) == 1
    return columns if is_json else set()


def _index_info(index: Index, columns: list[Column]) -> dict[str, Any]:
    hidden = {column.name: column.formula for column in columns if column.is_hidden}
    keys = [key for key in index.keys if not key[0].startswith(EXEMPTION_PREFIX)]
    all_names = (*(name for name, _ in keys), *index.include)
    names = [None if name in hidden else name for name in all_names]
    return {
        "columns": [] if names == [None] else names,
        "orders": ["DESC" if descending else "ASC" for _, descending in keys],
        "primary_key": index.primary_key,
        "unique": index.unique,
        "foreign_key": None,
        "check": False,
        # Django drops an "index" with db_index=False, which must not drop uniqueness.
        "index": not index.unique,
        "type": DjangoIndex.suffix if index.is_rowstore else index.type.lower(),
        "definition": index.filter or next(filter(None, map(hidden.get, index.columns)), None),
        "options": None,
    }


def _check_info(check: Check, columns: list[Column]) -> dict[str, Any]:
    names = names_in(check.definition)
    return {
        "columns": [column.name for column in columns if column.name.casefold() in names],
        "primary_key": False,
        "unique": False,
        "foreign_key": None,
        "check": True,
        "index": False,
        "definition": check.definition,
        "options": None,
    }


def _foreign_key_info(key: ForeignKey) -> dict[str, Any]:
    return {
        "columns": list(key.columns),
        "primary_key": False,
        "unique": False,
        "foreign_key": (_db_table(key.to_table), key.to_columns[0]),
        "check": False,
        "index": False,
        "definition": None,
        "options": None,
    }
