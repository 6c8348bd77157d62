"""What is in the database: tables, columns, keys, indexes. A fixed number of queries a table.

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
from mssql.tsql.identifiers import TableName, names_in, table_name, without_parentheses


class TableInfo(NamedTuple):
    """Django's TableInfo: `type` is "t" for a table, "v" for a view."""

    name: str
    type: str
    comment: str | None


class FieldInfo(NamedTuple):
    """Django's FieldInfo: the cursor's description of PEP 249, and what Django asks beyond."""

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
    computed: str | None
    is_persisted: bool


TABLES_SQL = """\
SELECT SCHEMA_NAME(o.schema_id), o.name, o.type, CAST(p.value AS nvarchar(4000)),
 CASE WHEN o.schema_id = SCHEMA_ID() THEN 1 ELSE 0 END
FROM sys.objects AS o
LEFT JOIN sys.extended_properties AS p
 ON p.class = 1 AND p.major_id = o.object_id AND p.minor_id = 0 AND p.name = N'MS_Description'
WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0"""


class DatabaseIntrospection(BaseDatabaseIntrospection):
    """Django's introspection for SQL Server, Azure SQL and Fabric.

    `schema` is what get_table_list(), and with it `inspectdb`, looks into; None is all schemas.
    """

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

    schema: str | None = None
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
        """One spelling for the ways of writing a table of another schema."""
        table = table_name(name)
        return name if table.schema is None else _db_table(table)

    # --- tables ----------------------------------------------------------------------------------

    def get_table_list(self, cursor: Any) -> Any:
        """The tables and views of `self.schema`, or of all schemas, which models can be about."""
        return [info for schema, info in self._tables(cursor) if self.schema in (None, schema)]

    def _tables(self, cursor: Any) -> list[tuple[str, TableInfo]]:
        """Each table's schema, and its TableInfo with the name as db_table has it."""
        cursor.execute(TABLES_SQL)
        tables = []
        for schema, name, type_, comment, is_default in cursor.fetchall():
            db_table = name if is_default else _db_table(TableName(schema, name))
            kind = "v" if type_.strip() == "V" else "t"
            tables.append((schema, TableInfo(db_table, kind, comment)))
        return tables

    def default_schema(self, cursor: Any) -> str:
        """The schema that a bare name of a table means."""
        cursor.execute("SELECT SCHEMA_NAME()")
        (schema,) = cursor.fetchone()
        return str(schema)

    # --- columns ---------------------------------------------------------------------------------

    def get_table_description(self, cursor: Any, table_name: str) -> Any:
        """FieldInfo for each column; type_code is the type's name, sizes are in characters.

        Raises ProgrammingError where there is no such table or view.
        """
        rows, checks = read(cursor, _table(table_name), COLUMNS_SQL, CHECKS_SQL)
        columns = [column for column in to_columns(rows) if not column.is_hidden]
        if not columns:
            raise ProgrammingError(f"Invalid object name '{table_name}'.")
        json = {column for check in to_checks(checks) for column in _json_columns(check)}
        collation = self.connection.server.collation
        return [_field_info(column, json, collation) for column in columns]

    def get_sequences(self, cursor: Any, table_name: str, table_fields: Any = ()) -> Any:
        (rows,) = read(cursor, _table(table_name), COLUMNS_SQL)
        return [
            {"table": table_name, "column": column.name}
            for column in to_columns(rows)
            if column.is_identity
        ]

    # --- keys, indexes, checks -------------------------------------------------------------------

    def get_relations(self, cursor: Any, table_name: str) -> Any:
        """{column: (referenced column, its table[, what a deletion does, since Django 6.1])}.

        Keys of several columns are left out: no field can express them.
        """
        (rows,) = read(cursor, _table(table_name), FOREIGN_KEYS_SQL)
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
        """Constraints and indexes by name; what an index has for an expression is None."""
        queries = (COLUMNS_SQL, INDEXES_SQL, CHECKS_SQL, FOREIGN_KEYS_SQL)
        columns, indexes, checks, keys = read(cursor, _table(table_name), *queries)
        table_columns = to_columns(columns)
        return {
            **{index.name: _index_info(index, table_columns) for index in to_indexes(indexes)},
            **{check.name: _check_info(check, table_columns) for check in to_checks(checks)},
            **{key.name: _foreign_key_info(key) for key in to_foreign_keys(keys)},
        }


def _table(name: str) -> TableName:
    return table_name(name)


def _db_table(table: TableName) -> str:
    """The name as a model's db_table has it: `schema"."table`, or bare in the default schema."""
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
        computed=column.computed,
        is_persisted=column.persisted,
    )


def _json_columns(check: Check) -> set[str]:
    """The column of a check that is only `ISJSON(column ...) = 1`: a JSONField's."""
    bare = re.sub(r"[\s()\[\]]", "", check.definition).casefold()
    columns = names_in(check.definition) - {"isjson"}
    is_json = bare.startswith("isjson") and bare.endswith("=1") and len(columns) == 1
    return columns if is_json else set()


def _index_info(index: Index, columns: list[Column]) -> dict[str, Any]:
    hidden = {column.name: column.computed for column in columns if column.is_hidden}
    keys = [key for key in index.keys if not key[0].startswith(EXEMPTION_PREFIX)]
    listed = (*(name for name, _ in keys), *index.include)
    names = [None if name in hidden else name for name in listed]
    return {
        "columns": [] if names == [None] else names,
        "orders": ["DESC" if descending else "ASC" for _, descending in keys],
        "primary_key": index.primary_key,
        "unique": index.unique,
        "foreign_key": None,
        "check": False,
        # Django drops what it calls an index with db_index=False: uniqueness is none of that.
        "index": not index.unique,
        "type": DjangoIndex.suffix if index.is_rowstore else index.type.lower(),
        "definition": index.filter or next(filter(None, map(hidden.get, index.columns)), None),
        "options": None,
    }


def _check_info(check: Check, columns: list[Column]) -> dict[str, Any]:
    used = names_in(check.definition)
    return {
        "columns": [column.name for column in columns if column.name.casefold() in used],
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
