"""Columns: their definition, and their alteration although indexes and constraints need them.

"ALTER TABLE", https://learn.microsoft.com/sql/t-sql/statements/alter-table-transact-sql
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Iterator

from django.db import NotSupportedError

from mssql import compat
from mssql.schema.column_change import ColumnChange
from mssql.schema.dependents import (
    Difference,
    Table,
    around,
    with_nullability,
    with_renamed,
)
from mssql.schema.identity import read_grants, switch_sql, with_number_type
from mssql.schema.indexes import IndexEditor
from mssql.schema.table_objects import Column, Default, Dependent, ForeignKey, Index
from mssql.tsql.identifiers import bracket, collation_name, table_name, unquoted
from mssql.tsql.limits import MAX_NAME_LENGTH
from mssql.tsql.literals import literal
from mssql.tsql.scripts import Script


class _ChangesAlone(str):
    """A template that yields its part `changes` as it is, a statement or a Script."""

    def __mod__(self, parts: Any) -> Any:
        return parts["changes"]


class _InlineKey(str):
    """The template of a foreign key in a column's definition: empty for a key without a name."""

    def __mod__(self, parts: Any) -> str:
        return "" if parts["name"] is None else super().__mod__(parts)


class ColumnEditor(IndexEditor):
    """The part of the schema editor that defines and alters columns."""

    # Each action is whole statements, since an alteration requires several.
    sql_alter_column = _ChangesAlone("%(changes)s")
    sql_create_column = "ALTER TABLE %(table)s ADD %(column)s %(definition)s"
    sql_delete_column = "ALTER TABLE %(table)s DROP COLUMN %(column)s"
    sql_create_column_inline_fk = _InlineKey(
        "CONSTRAINT %(name)s REFERENCES %(to_table)s (%(to_column)s)" + compat.ON_DELETE_PART
    )

    # --- definition ------------------------------------------------------------------------------

    def column_sql(self, model: Any, field: Any, include_default: bool = False) -> Any:
        db_params = field.db_parameters(connection=self.connection)
        if db_params["type"] is None:
            return None, None
        return " ".join(self._column_parts(model, field, db_params["type"], include_default)), []

    def _column_parts(
        self, model: Any, field: Any, type_: str, include_default: bool
    ) -> Iterator[str]:
        if compat.is_generated(field):
            yield self._column_generated_sql(field)[0]
        else:
            yield type_
            collation = compat.collation(field, self.connection)
            if collation:
                yield self._collate_sql(collation)
            default = self._default_definition(field, include_default)
            if default is not None:
                name = self._default_name(model, field)
                # WITH VALUES puts the default into the existing rows, nullable or not.
                values = " WITH VALUES" if include_default else ""
                yield f"CONSTRAINT {name} DEFAULT {default}{values}"
            yield "NULL" if field.null else "NOT NULL"
        if field.primary_key:
            yield "PRIMARY KEY"
        elif field.unique and not include_default and not self._is_unique_but_nullable(field):
            yield "UNIQUE"  # of a field that is added it is a separate constraint, with a name
        else:
            return
        tablespace = field.db_tablespace or model._meta.db_tablespace
        if tablespace:
            yield self.connection.ops.tablespace_sql(tablespace, inline=True)

    def _default_definition(self, field: Any, include_default: bool) -> str | None:
        if compat.has_db_default(field):
            return str(self.db_default_sql(field)[0])
        if not include_default or self.skip_default(field):
            return None
        value = self.effective_default(field)
        return None if value is None else self.prepare_default(value)

    def _default_name(self, model: Any, field: Any) -> str:
        return bracket(self._create_index_name(model._meta.db_table, [field.column], suffix="_df"))

    def _column_generated_sql(self, field: Any) -> tuple[str, tuple[()]]:
        expression, params = field.generated_sql(self.connection)
        sql = expression % tuple(map(self.quote_value, params))
        type_ = field.db_type(self.connection)
        if not type_.startswith(("nvarchar", "varchar")):
            # A computed column takes its expression's type; CAST would cut strings silently.
            sql = f"CAST({sql} AS {type_})"
        return f"AS ({sql})" + (" PERSISTED" if field.db_persist else ""), ()

    def _collate_sql(
        self, collation: str | None, old_collation: str | None = None, table_name: Any = None
    ) -> str:
        # The name of a collation is a word of the grammar, not an identifier to quote.
        return f"COLLATE {collation_name(collation, 'db_collation')}" if collation else ""

    # --- alteration ------------------------------------------------------------------------------

    def _alter_field(self, model: Any, old_field: Any, new_field: Any, *args: Any) -> None:
        super()._alter_field(model, old_field, new_field, *args)
        if compat.ALTERS_BY_SUFFIX or compat.is_generated(new_field):
            return
        change = ColumnChange.between(old_field, new_field, self.connection)
        if change.changes_identity and change.before.type == change.after.type:
            self.execute(self._alter_column(model, change), None)

    def _alter_column_type_sql(
        self, model: Any, old_field: Any, new_field: Any, new_type: str, *collations: Any
    ) -> Any:
        comments = []
        if compat.comment(old_field) != compat.comment(new_field):
            comments.append(
                self._alter_column_comment_sql(
                    model, new_field, new_type, compat.comment(new_field)
                )
            )
        change = ColumnChange.between(old_field, new_field, self.connection)
        if comments and not change.redefines:
            return comments[0], []
        if compat.is_generated(new_field):
            sql = self._replace_generated_column(model, new_field)
        else:
            sql = self._alter_column(model, change.up_to_nulls())
        return (sql, []), comments

    # Before Django 4.2 another collation has a separate hook, without the old field.
    def _alter_column_collation_sql(
        self, model: Any, new_field: Any, new_type: str, new_collation: Any
    ) -> Any:
        change = ColumnChange.between(new_field, new_field, self.connection)
        return self._alter_column(model, replace(change, changes_collation=True)), []

    def _alter_column_null_sql(self, model: Any, old_field: Any, new_field: Any) -> Any:
        if compat.is_generated(new_field):
            return None
        change = ColumnChange.between(old_field, new_field, self.connection)
        if change.redefines and not change.fills_nulls:
            return None  # the alteration of the type states NULL or NOT NULL as well
        change = ColumnChange.between(new_field, new_field, self.connection)
        return self._alter_column(model, change), []

    def _replace_generated_column(self, model: Any, field: Any) -> Script:
        """Return the statements that drop a computed column and add it as the field defines it."""
        table, name = self._read_table(model), unquoted(field.column)
        definition, _ = self.column_sql(model, field)
        statements = [
            f"ALTER TABLE {table.name} DROP COLUMN {bracket(name)}",
            f"ALTER TABLE {table.name} ADD {bracket(name)} {definition}",
        ]
        return Script(around(table.name, table.dependents_of(name), statements))

    def _alter_column(self, model: Any, change: ColumnChange) -> Script:
        """Return the statements of the change, with those for the column's dependents."""
        table = self._read_table(model)
        return Script(self._with_identity(table, change, self._alteration(table, change)))

    def _alteration(self, table: Table, change: ColumnChange) -> list[str]:
        column, after = table.column(change.column), change.after
        is_same = column and (column.type_sql, column.nullable) == (after.type, after.nullable)
        if is_same and not change.changes_collation:
            return []
        null = "NULL" if after.nullable else "NOT NULL"
        parts = [after.type, self._collate_sql(after.collation), null]
        alter = f"ALTER TABLE {table.name} ALTER COLUMN {bracket(change.column)} "
        alter += " ".join(filter(None, parts))
        collates = change.changes_collation or not self._has_collation(column, after.collation)
        difference = Difference.of(column, after.type, after.nullable, collates)
        table.refuse_what_cannot_go_aside(change.column, difference)
        dependents = table.forbidding(change.column, difference)
        if any(isinstance(d, Index) and d.primary_key for d in dependents):
            is_possible = self.connection.server.can_alter_keys
            self._require_on_product(is_possible, table, "altering a primary key")
        staying = [d for d in dependents if _stays(d, change)]
        before = table.nullability
        again = with_nullability(staying, before, {**before, change.column: after.nullable})
        statements = [alter]
        if column is not None and (column.type == "json") != (after.type == "json"):
            statements = self._to_or_from_json(table, column, alter)
        return around(table.name, dependents, statements, again)

    def _to_or_from_json(self, table: Table, column: Column, alter: str) -> list[str]:
        """Return the statements that alter a column to json, or from json (error 257 otherwise).

        The documents are copied as text to a new column, which takes the place of the old one.
        """
        if column.type != "json":
            is_possible = self.connection.server.can_alter_to_json
            self._require_on_product(is_possible, table, "altering a column to json")
            return [alter]
        old = bracket(column.name)
        new = f"__json__{column.name}"[:MAX_NAME_LENGTH]
        new_column = f"{table.name}.{bracket(new)}"
        statements = [
            f"ALTER TABLE {table.name} ADD {bracket(new)} nvarchar(max) NULL",
            f"UPDATE {table.name} SET {bracket(new)} = CAST({old} AS nvarchar(max))",
            f"ALTER TABLE {table.name} DROP COLUMN {old}",
            f"EXEC sp_rename {literal(new_column)}, {literal(column.name)}, N'COLUMN'",
            alter,
        ]
        if column.comment is not None:
            on = f"N'SCHEMA', {literal(table.schema)}, N'TABLE', {literal(table.name.name)}"
            statements.append(
                f"EXEC sp_addextendedproperty N'MS_Description', {literal(column.comment)}, {on}, "
                f"N'COLUMN', {literal(column.name)}"
            )
        return statements

    def _require_on_product(self, is_possible: bool, table: Table, action: str) -> None:
        if not is_possible:
            product = self.connection.server.product
            raise NotSupportedError(
                f"The migration of {table.name} requires {action}, which {product} does not "
                "support: create a new table, copy the rows, and rename it."
            )

    def _has_collation(self, column: Any, collation: str | None) -> bool:
        """Whether the column has this collation (None: that of the database)."""
        if column is None or column.collation is None:
            return True
        after = collation or self.connection.server.collation
        return bool(column.collation.casefold() == after.casefold())

    def _with_identity(
        self, table: Table, change: ColumnChange, statements: list[str]
    ) -> list[str]:
        """Return the alteration, and the rebuild if the column becomes or stops being an identity.

        An identity is altered to other types only after it has lost the property, and gets it
        only once it is a number.
        """
        column = table.column(change.column)
        if not change.changes_identity or column is None:
            return statements
        has_switch = self.connection.server.has_switch
        self._require_on_product(has_switch, table, "ALTER TABLE ... SWITCH")
        with self.connection.cursor() as cursor:
            grants = read_grants(cursor, table.name)
        if change.before.identity:
            return switch_sql(table, column, "", grants) + statements
        column = with_number_type(column, change.after.type)
        return statements + switch_sql(table, column, change.after.identity, grants)

    def _rename_field_sql(
        self, table: str, old_field: Any, new_field: Any, new_type: str
    ) -> Script:
        name = table_name(compat.name_in_database(self, table))
        with self.connection.cursor() as cursor:
            catalog = Table.read(cursor, name)
        old, new = unquoted(old_field.column), unquoted(new_field.column)
        dependents = catalog.forbidding_rename(old)
        rename = f"EXEC sp_rename {literal(f'{name}.{bracket(old)}')}, {literal(new)}, N'COLUMN'"
        return Script(around(name, dependents, [rename], with_renamed(dependents, old, new)))

    def _read_table(self, model: Any) -> Table:
        name = table_name(model._meta.db_table)
        in_database = table_name(compat.name_in_database(self, model._meta.db_table))
        with self.connection.cursor() as cursor:
            table = Table.read(cursor, in_database)
        return replace(table, name=name)

    # --- defaults --------------------------------------------------------------------------------

    def prepare_default(self, value: Any) -> Any:
        return self.quote_value(value)

    def _alter_column_default_sql(
        self, model: Any, old_field: Any, new_field: Any, drop: bool = False
    ) -> Any:
        name = self._default_name(model, new_field)
        if drop:
            table = self.quote_name(model._meta.db_table)
            return f"ALTER TABLE {table} DROP CONSTRAINT {name}", []
        value = self.prepare_default(self.effective_default(new_field))
        return self._replace_default_sql(model, new_field, value), []

    def _alter_column_database_default_sql(
        self, model: Any, old_field: Any, new_field: Any, drop: bool = False
    ) -> Any:
        value = None if drop else str(self.db_default_sql(new_field)[0])
        return self._replace_default_sql(model, new_field, value), []

    def _replace_default_sql(self, model: Any, field: Any, value: str | None) -> Script:
        """Return the statements that drop any default of the column and set the new one."""
        table = self._read_table(model)
        name = self._default_name(model, field)
        names = {
            name,
            *(bracket(default.name) for default in table.defaults(unquoted(field.column))),
        }
        # IF EXISTS: the alteration of the type, a statement before, may have dropped it.
        statements = [
            f"ALTER TABLE {table.name} DROP CONSTRAINT IF EXISTS {old}" for old in sorted(names)
        ]
        if value is not None:
            statements.append(
                f"ALTER TABLE {table.name} ADD CONSTRAINT {name} "
                f"DEFAULT {value} FOR {self.quote_name(field.column)}"
            )
        return Script(statements)

    # --- comments --------------------------------------------------------------------------------

    def alter_db_table_comment(
        self, model: Any, old_db_table_comment: Any, new_db_table_comment: Any
    ) -> None:
        sql = self._comment_statement(model, None, new_db_table_comment)
        if sql:
            self.execute(sql, None)

    def _alter_column_comment_sql(
        self, model: Any, new_field: Any, new_type: str, new_db_comment: Any
    ) -> Any:
        return self._comment_statement(model, new_field.column, new_db_comment), []

    def _comment_statement(self, model: Any, column: str | None, comment: str | None) -> str:
        """Return the statement that sets or drops the description that Microsoft's tools show.

        "sp_addextendedproperty",
        https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-addextendedproperty-transact-sql
        """
        table = self._read_table(model)
        on = f"N'SCHEMA', {literal(table.schema)}, N'TABLE', {literal(table.name.name)}"
        described_object: Any = table
        if column is not None:
            on += f", N'COLUMN', {literal(unquoted(column))}"
            described_object = table.column(unquoted(column))
        exists = described_object is not None and described_object.comment is not None
        if not comment:
            return f"EXEC sp_dropextendedproperty N'MS_Description', {on}" if exists else ""
        procedure = "sp_updateextendedproperty" if exists else "sp_addextendedproperty"
        return f"EXEC {procedure} N'MS_Description', {literal(comment)}, {on}"


def _stays(dependent: Dependent, change: ColumnChange) -> bool:
    """Whether to create it again: not a default that the field drops, or a key of NULLs."""
    if isinstance(dependent, Index) and dependent.primary_key:
        return not change.after.nullable
    if isinstance(dependent, ForeignKey):
        refers_to_it = change.column.casefold() in map(str.casefold, dependent.to_columns)
        return not (change.after.nullable and refers_to_it)
    same_default = change.before.db_default == change.after.db_default
    return same_default or not isinstance(dependent, Default)
