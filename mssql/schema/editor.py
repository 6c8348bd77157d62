"""The schema editor: migrations in T-SQL, by Django's templates and hooks.

Indexes and unique constraints are in mssql.schema.indexes, columns in mssql.schema.columns.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.ddl_references import Statement
from django.utils.functional import Promise

from mssql import compat
from mssql.schema.columns import ColumnEditor
from mssql.schema.indexes import filters_nulls, refers_to_nullable
from mssql.schema.table_objects import ComputedColumn
from mssql.tsql import identifiers
from mssql.tsql.identifiers import bracket, table_name, unquoted
from mssql.tsql.literals import literal, value_literal
from mssql.tsql.scripts import Script


def _to_its_end(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """Read all results: until then the server has not ended the batch or reported its errors."""
    result = execute(sql, params, many, context)
    while context["cursor"].nextset():
        pass
    return result


class _TableTemplate(str):
    """A template that has a string literal of the quoted name `table` in addition."""

    def __mod__(self, parts: Any) -> str:
        return super().__mod__({"literal": literal(parts["table"]), **parts})


class DatabaseSchemaEditor(ColumnEditor):
    """Django's schema editor for SQL Server, Azure SQL and Fabric."""

    # DROP TABLE has no CASCADE: the foreign keys that point to the table go first.
    sql_delete_table = _TableTemplate(
        "EXEC sp_executesql N'DECLARE @key nvarchar(max); WHILE 1 = 1 BEGIN "
        "SET @key = (SELECT TOP (1) N''ALTER TABLE '' "
        "+ QUOTENAME(OBJECT_SCHEMA_NAME(parent_object_id)) + N''.'' "
        "+ QUOTENAME(OBJECT_NAME(parent_object_id)) + N'' DROP CONSTRAINT '' + QUOTENAME(name) "
        "FROM sys.foreign_keys WHERE referenced_object_id = OBJECT_ID(@table)); "
        "IF @key IS NULL BREAK; EXEC (@key) END', N'@table nvarchar(300)', @table = %(literal)s; "
        "DROP TABLE %(table)s"
    )
    sql_create_fk = (
        "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s FOREIGN KEY (%(column)s) "
        "REFERENCES %(to_table)s (%(to_column)s)" + compat.ON_DELETE_PART
    )
    sql_delete_procedure = "DROP PROCEDURE %(procedure)s"

    def execute(self, sql: Any, params: Any = ()) -> None:
        """Run a statement, a batch or the statements of a Script to the end, or collect them.

        Without parameters nothing is interpolated: a `%` in a default or a constraint stays.
        """
        if isinstance(sql, Script):
            for statement in sql:
                self.execute(statement, params)
            return
        sql, params = str(sql), params or None
        if not sql:
            return
        with self.connection.execute_wrapper(_to_its_end):
            super().execute(sql, params)

    def quote_value(self, value: Any) -> str:
        """Return the value as a literal, for DDL, which has no parameters.

        Raises ValueError for a float that SQL Server cannot store and TypeError for a value that
        has no literal.
        """
        if isinstance(value, Promise):
            value = str(value)
        return value_literal(value)

    # --- tables ----------------------------------------------------------------------------------

    def alter_db_table(self, model: Any, old_db_table: str, new_db_table: str) -> None:
        """Rename the table, or move it to another schema, or both.

        Django's method quotes the new name, which sp_rename takes literally.
        """
        old, new = table_name(old_db_table), table_name(new_db_table)
        if str(old).casefold() == str(new).casefold():
            return
        if old.name != new.name:
            self.execute(f"EXEC sp_rename {literal(str(old))}, {literal(new.name)}, N'OBJECT'")
        if new.schema is not None and new.schema != old.schema:
            table = old._replace(name=new.name)
            self.execute(f"ALTER SCHEMA {bracket(new.schema)} TRANSFER {table}")
        if self.collect_sql:
            compat.collect_table_rename(self, old_db_table, new_db_table)
        for sql in self.deferred_sql:
            if isinstance(sql, Statement):
                sql.rename_table_references(old_db_table, new_db_table)

    def add_field(self, model: Any, field: Any) -> None:
        if getattr(field, "db_constraint", False):
            self._make_unique(field.target_field)
        super().add_field(model, field)
        has_column = field.db_parameters(connection=self.connection)["type"] is not None
        if has_column and field.unique and not (field.primary_key or filters_nulls(field)):
            self.deferred_sql.append(self._create_unique_sql(model, [field]))

    def _fk_constraint_name(self, model: Any, field: Any, suffix: str) -> Any:
        if refers_to_nullable(field):
            return None  # there is no such key
        name = super()._fk_constraint_name(model, field, suffix)
        name.to_reference.table = table_name(name.to_reference.table).name
        return name

    def _create_fk_sql(self, model: Any, field: Any, suffix: str) -> Any:
        self._make_unique(field.target_field)
        return "" if refers_to_nullable(field) else super()._create_fk_sql(model, field, suffix)

    def remove_field(self, model: Any, field: Any) -> None:
        if field.db_parameters(connection=self.connection)["type"] is not None:
            self._drop_dependents(model, field.column)
        super().remove_field(model, field)

    def _drop_dependents(self, model: Any, column: str) -> None:
        """Drop all dependents that forbid DROP COLUMN, except computed columns of other fields."""
        table = self._read_table(model)
        for dependent in reversed(table.dependents_of(unquoted(column))):
            if not isinstance(dependent, ComputedColumn) or dependent.column.is_hidden:
                self.execute(dependent.drop_sql(table.name), None)

    def _create_index_name(self, table_name: str, column_names: Any, suffix: str = "") -> Any:
        bare = identifiers.table_name(table_name).name
        return super()._create_index_name(bare, column_names, suffix)
