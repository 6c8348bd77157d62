"""Indexes and unique constraints with Django's meaning.

SQL Server indexes columns, not expressions, filters by a conjunction of simple comparisons, and
compares NULLs as equal. So an expression becomes a hidden computed column; a unique constraint
leaves out NULLs by the index's filter. If a filter cannot express the condition, a hidden column
contains the primary key of the rows that the constraint exempts, by which they all differ.
"CREATE INDEX", https://learn.microsoft.com/sql/t-sql/statements/create-index-transact-sql
"""

from __future__ import annotations

import copy
import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, Sequence

from django.conf import settings
from django.db.backends.ddl_references import Columns, Expressions, IndexName, Statement, Table
from django.db.backends.utils import truncate_name
from django.db.models import FloatField, UniqueConstraint
from django.db.models.expressions import Col, OrderBy
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
)
from django.db.models.sql import Query
from django.db.models.sql.where import AND, WhereNode

from mssql import compat
from mssql.expressions.json_keys import with_indexed_keys
from mssql.schema.catalog import COLUMNS_SQL, INDEXES_SQL, read, to_columns, to_indexes
from mssql.schema.precision import is_imprecise
from mssql.schema.table_objects import EXEMPTION_PREFIX, EXPRESSION_PREFIX
from mssql.tsql.identifiers import bracket, table_name
from mssql.tsql.limits import MAX_NAME_LENGTH
from mssql.tsql.literals import literal

if TYPE_CHECKING:
    # The hooks of Django's editor begin with an underscore, and its type stubs leave them out.
    BaseDatabaseSchemaEditor = Any
else:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# The comparisons of a filter; AND joins them, and IN is the only OR.
_FILTER_LOOKUPS = (Exact, GreaterThan, GreaterThanOrEqual, In, IsNull, LessThan, LessThanOrEqual)


@dataclass
class _Keys:
    """The columns of an index, and the hidden ones that have to be added for it."""

    index: str
    names: list[str] = field(default_factory=list)
    suffixes: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)  # definitions: templates over `parts`
    parts: dict[str, Any] = field(default_factory=dict)
    not_null: list[str] = field(default_factory=list)  # templates of nullable expressions
    imprecise: bool = False  # whether one of these contains a float

    def add(self, name: str, suffix: str = "") -> None:
        self.names.append(name)
        self.suffixes.append(suffix)

    def add_hidden(
        self, prefix: str, definition: str, suffix: str = "", *, is_imprecise: bool
    ) -> None:
        """Add a computed column, named after the index, which no user reads or writes."""
        name = truncate_name(f"{prefix}{self.index}_{len(self.hidden)}", MAX_NAME_LENGTH)
        storage = " PERSISTED" if is_imprecise else ""
        self.hidden.append(f"{bracket(name).replace('%', '%%')} AS {definition}{storage}")
        self.add(name, suffix)

    def part(self, value: Any) -> str:
        """Keep a part of the statement and return the template that stands for it."""
        key = f"part_{len(self.parts)}"
        self.parts[key] = value
        return f"%({key})s"


class _Name(str):
    """The name of an index or constraint with its condition, of which hooks get only the SQL."""

    condition: Any
    # No constant with a zone may filter a column without one.
    has_naive_datetimes: bool


class IndexEditor(BaseDatabaseSchemaEditor):
    """The part of the schema editor that creates and drops indexes and unique constraints."""

    sql_create_index = (
        "CREATE INDEX %(name)s ON %(table)s (%(columns)s)%(include)s%(condition)s%(extra)s"
    )
    sql_create_unique_index = (
        "CREATE UNIQUE INDEX %(name)s ON %(table)s (%(columns)s)%(include)s%(condition)s%(extra)s"
    )
    sql_create_unique = (
        "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s UNIQUE (%(columns)s)%(extra)s"
    )
    sql_delete_index = "DROP INDEX %(name)s ON %(table)s"
    # A name may be that of a constraint or, if NULLs are left out, of an index.
    sql_delete_unique = (
        "ALTER TABLE %(table)s DROP CONSTRAINT IF EXISTS %(name)s; "
        "DROP INDEX IF EXISTS %(name)s ON %(table)s"
    )

    # --- adding and removing ---------------------------------------------------------------------

    def add_index(self, model: Any, index: Any) -> None:
        super().add_index(model, self._with_condition_in_name(model, index))

    def add_constraint(self, model: Any, constraint: Any) -> None:
        super().add_constraint(model, self._with_condition_in_name(model, constraint))

    def _with_condition_in_name(self, model: Any, index: Any) -> Any:
        """Return the index or constraint with a name that carries its condition to the hooks."""
        condition = getattr(index, "condition", None)
        if condition is None:
            return index
        name = _Name(index.name)
        name.condition = condition
        name.has_naive_datetimes = settings.USE_TZ and self._has_naive_datetimes(model)
        index = copy.copy(index)
        index.name = name
        return index

    def _has_naive_datetimes(self, model: Any) -> bool:
        """Whether the datetimes of the table are datetime2, as at its creation USE_TZ was False."""
        table = table_name(compat.name_in_database(self, model._meta.db_table))
        with self.connection.cursor() as cursor:
            (rows,) = read(cursor, table, COLUMNS_SQL)
        types = {column.type for column in to_columns(rows)}
        return "datetime2" in types and "datetimeoffset" not in types

    def remove_index(self, model: Any, index: Any) -> None:
        hidden = self._hidden_columns(model, index.name) if index.expressions else []
        super().remove_index(model, index)
        self._drop_hidden_columns(model, hidden)

    def remove_constraint(self, model: Any, constraint: Any) -> None:
        hidden: list[str] = []
        if isinstance(constraint, UniqueConstraint) and (
            constraint.condition or compat.has_expressions(constraint)
        ):
            hidden = self._hidden_columns(model, constraint.name)
        super().remove_constraint(model, constraint)
        self._drop_hidden_columns(model, hidden)

    def _hidden_columns(self, model: Any, index_name: str) -> list[str]:
        table = table_name(compat.name_in_database(self, model._meta.db_table))
        with self.connection.cursor() as cursor:
            columns, rows = read(cursor, table, COLUMNS_SQL, INDEXES_SQL)
        hidden = {column.name for column in to_columns(columns) if column.is_hidden}
        indexes = [index for index in to_indexes(rows) if index.name == index_name]
        return [name for index in indexes for name in index.columns if name in hidden]

    def _drop_hidden_columns(self, model: Any, names: Sequence[str]) -> None:
        if names:
            table = self.quote_name(model._meta.db_table)
            columns = ", ".join(map(bracket, names))
            self.execute(f"ALTER TABLE {table} DROP COLUMN {columns}")

    def _rename_index_sql(self, model: Any, old_name: str, new_name: str) -> Any:
        index = f"{self.quote_name(model._meta.db_table)}.{bracket(old_name)}"
        return Statement(
            "EXEC sp_rename %(index)s, %(new_name)s, N'INDEX'",
            table=Table(model._meta.db_table, self.quote_name),
            index=literal(index),
            new_name=literal(new_name),
        )

    # --- indexes ---------------------------------------------------------------------------------

    def _field_should_be_indexed(self, model: Any, field: Any) -> bool:
        return bool(super()._field_should_be_indexed(model, field)) and self._can_be_key(field)

    def _can_be_key(self, field: Any) -> bool:
        """Whether an index may have the column as a key: not one of unlimited length (1919)."""
        return "(max)" not in (field.db_type(self.connection) or "")

    def _field_indexes_sql(self, model: Any, field: Any) -> list[Any]:
        output: list[Any] = super()._field_indexes_sql(model, field)
        if self._is_unique_but_nullable(field):
            output.append(self._create_unique_sql(model, [field]))
        return output

    def _alter_field(self, model: Any, old_field: Any, new_field: Any, *args: Any) -> None:
        self._make_unique(old_field, model)
        super()._alter_field(model, old_field, new_field, *args)

    def _make_unique(self, field: Any, model: Any = None) -> None:
        """Create the constraint or index now that was deferred when the unique field was added."""
        if not field.unique or field.primary_key:
            return
        model = model or field.model
        name = bracket(self._unique_name(model, [field]))
        for sql in list(self.deferred_sql):
            if (
                isinstance(sql, Statement)
                and sql.references_table(model._meta.db_table)
                and str(sql.parts.get("name")) == name
            ):
                self.deferred_sql.remove(sql)
                self.execute(sql, None)

    def _is_unique_but_nullable(self, field: Any) -> bool:
        return field.unique and not field.primary_key and filters_nulls(field)

    def _create_index_sql(
        self,
        model: Any,
        *,
        fields: Any = None,
        name: str | None = None,
        condition: str | None = None,
        include: Any = None,
        expressions: Any = None,
        **options: Any,
    ) -> Any:
        condition = condition and self._condition_sql(model, name, condition)
        if condition and not self._can_filter(model, name):
            # An index over all rows answers the same queries.
            condition = None
        if not expressions:
            statement = super()._create_index_sql(
                model, fields=fields, name=name, condition=condition, include=include, **options
            )
            return _with_name(statement, name)
        keys = self._expression_keys(model, name or "", expressions)
        tablespace = self._get_index_tablespace_sql(model, (), options.get("db_tablespace"))
        filter_ = self._index_condition_sql(condition)
        return self._statement(model, self.sql_create_index, keys, include, filter_, tablespace)

    def _delete_index_sql(self, model: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        return _with_name(super()._delete_index_sql(model, name, *args, **kwargs), name)

    # --- unique constraints ----------------------------------------------------------------------

    def _unique_sql(self, model: Any, fields: Any, name: str, *args: Any, **options: Any) -> Any:
        fields = compat.fields_of(model, fields)
        special = any(value not in (None, (), []) for value in (*args, *options.values()))
        if not special and not any(map(filters_nulls, fields)):
            columns = ", ".join(self.quote_name(field.column) for field in fields)
            return f"CONSTRAINT {self.quote_name(name)} UNIQUE ({columns})"
        sql = self._create_unique_sql(model, fields, name, *args, **options)
        if sql:
            self.deferred_sql.append(sql)
        return None

    def _create_unique_sql(
        self,
        model: Any,
        fields: Any,
        name: Any = None,
        condition: str | None = None,
        deferrable: Any = None,
        include: Any = None,
        opclasses: Any = None,
        expressions: Any = None,
        nulls_distinct: bool | None = None,
    ) -> Any:
        if deferrable:
            return None
        condition = condition and self._condition_sql(model, name, condition)
        fields = compat.fields_of(model, fields)
        table = model._meta.db_table
        if name is None:
            name = self._unique_name(model, fields)
        keys = self._expression_keys(model, name, expressions) if expressions else _Keys(name)
        tablespace = self._get_index_tablespace_sql(model, fields)
        nullable = []
        for field_ in fields:
            keys.add(field_.column)
            if filters_nulls(field_):
                nullable.append(field_.column)
        if nulls_distinct is False:
            nullable, keys.not_null = [], []
        if not (condition or include or expressions or nullable or nulls_distinct is False):
            return self._statement(model, self.sql_create_unique, keys, include, "", tablespace)
        if condition and not self._can_filter(model, name):
            self._exempt(model, keys, nullable, condition)
            condition, nullable = None, []
        elif keys.not_null:
            self._exempt(model, keys, [], None)
        filter_ = self._filter_sql(table, condition, nullable)
        return self._statement(
            model, self.sql_create_unique_index, keys, include, filter_, tablespace
        )

    def _unique_name(self, model: Any, fields: Sequence[Any]) -> str:
        columns = [field.column for field in fields]
        return str(IndexName(model._meta.db_table, columns, "_uniq", self._create_index_name))

    def _delete_unique_sql(
        self, model: Any, name: str, condition: Any = None, deferrable: Any = None, **options: Any
    ) -> Any:
        if deferrable:
            return None
        return self._delete_constraint_sql(self.sql_delete_unique, model, name)

    def _exempt(
        self, model: Any, keys: _Keys, nullable: Sequence[str], condition: str | None
    ) -> None:
        """Add the columns by which the rows differ that the condition or a NULL exempts."""
        table = model._meta.db_table
        terms = [] if condition is None else [f"({keys.part(condition)})"]
        for column in nullable:
            keys.not_null.append(keys.part(Columns(table, [column], self.quote_name)))
        terms += [f"{part} IS NOT NULL" for part in keys.not_null]
        columns = {*nullable, *compat.primary_key_columns(model)}
        imprecise = keys.imprecise or any(
            isinstance(field, FloatField)
            for field in model._meta.local_fields
            if field.column in columns
        )
        where = self._where(model, keys.index)
        imprecise = imprecise or (where is not None and is_imprecise(where))
        for key_column in compat.primary_key_columns(model):
            primary_key = keys.part(Columns(table, [key_column], self.quote_name))
            keys.add_hidden(
                EXEMPTION_PREFIX,
                f"(CASE WHEN {' AND '.join(terms)} THEN NULL ELSE {primary_key} END)",
                is_imprecise=imprecise,
            )

    # --- their parts -----------------------------------------------------------------------------

    def _expression_keys(self, model: Any, name: str, expressions: Any) -> _Keys:
        table = model._meta.db_table
        compiler = Query(model, alias_cols=False).get_compiler(connection=self.connection)
        keys = _Keys(name)
        for index_expression in expressions.get_source_expressions():
            (expression,) = index_expression.get_source_expressions()
            suffix = ""
            if isinstance(expression, OrderBy):
                suffix = "DESC" if expression.descending else ""
                expression = expression.expression
            if isinstance(expression, Col):
                target: Any = expression.target
                keys.add(target.column, suffix)
                if filters_nulls(target):
                    column = Columns(table, [target.column], self.quote_name)
                    keys.not_null.append(keys.part(column))
                    keys.imprecise |= is_imprecise(expression)
                continue
            expression = with_indexed_keys(expression)
            part = keys.part(Expressions(table, expression, compiler, self._quoting(name)))
            imprecise = is_imprecise(expression)
            keys.add_hidden(EXPRESSION_PREFIX, part, suffix, is_imprecise=imprecise)
            keys.not_null.append(part)
            keys.imprecise |= imprecise
        return keys

    def _statement(
        self,
        model: Any,
        template: str,
        keys: _Keys,
        include: Any,
        condition: Any,
        tablespace: str,
    ) -> Statement:
        table = model._meta.db_table
        if keys.hidden:
            template = f"ALTER TABLE %(table)s ADD {', '.join(keys.hidden)}; {template}"

        def index_name(*_: Any) -> str:
            return bracket(keys.index)

        return Statement(
            template,
            table=Table(table, self.quote_name),
            name=IndexName(table, keys.names, "", index_name),
            columns=Columns(table, keys.names, self.quote_name, col_suffixes=keys.suffixes),
            include=self._index_include_sql(model, include),
            condition=condition,
            extra=tablespace,
            **keys.parts,
        )

    def _filter_sql(self, table: str, condition: str | None, not_null: Sequence[str]) -> Any:
        parts: dict[str, Any] = {
            f"column_{i}": Columns(table, [name], self.quote_name)
            for i, name in enumerate(not_null)
        }
        terms = [f"%({key})s IS NOT NULL" for key in parts]
        if condition is not None:
            terms.insert(0, "%(condition)s")
            parts["condition"] = condition
        return Statement(" WHERE " + " AND ".join(terms), **parts) if terms else ""

    def _can_filter(self, model: Any, name: Any) -> bool:
        """Whether the condition of the index or constraint can be the filter of an index."""
        where = self._where(model, name)
        return where is None or _is_conjunction(where)

    def _where(self, model: Any, name: Any) -> Any:
        """Return the condition of the index or constraint of this name, compiled; None if none."""
        if isinstance(name, _Name):
            condition = name.condition
        else:
            named = {c.name: c for c in (*model._meta.constraints, *model._meta.indexes)}
            condition = getattr(named.get(name), "condition", None)
        return None if condition is None else Query(model, alias_cols=False).build_where(condition)

    def _condition_sql(self, model: Any, name: Any, sql: Any) -> Any:
        """Return the condition, of which Django passes the SQL, its datetimes like the columns."""
        if not (isinstance(name, _Name) and name.has_naive_datetimes):
            return sql
        compiler = Query(model, alias_cols=False).get_compiler(connection=self.connection)
        template, params = self._where(model, name).as_sql(compiler, self.connection)
        return template % tuple(map(self._quoting(name), params))

    def _quoting(self, name: Any) -> Callable[[Any], str]:
        is_naive = isinstance(name, _Name) and name.has_naive_datetimes
        return self._quote_without_zone if is_naive else self.quote_value

    def _quote_without_zone(self, value: Any) -> str:
        if isinstance(value, datetime.datetime):
            value = value.replace(tzinfo=None)  # it is in the database's zone already
        return str(self.quote_value(value))

    def _create_check_sql(self, model: Any, name: Any, check: Any) -> Any:
        return super()._create_check_sql(model, name, self._condition_sql(model, name, check))


def _with_name(statement: Any, name: str | None) -> Any:
    """Set the name, one identifier: Django's own contains the db_table `[schema].[table]`."""
    if name is not None:
        statement.parts["name"] = bracket(name)
    return statement


def filters_nulls(field: Any) -> bool:
    """Whether a unique index leaves out the NULLs of the field.

    A filter cannot read computed columns: in a unique GeneratedField NULLs are equal.
    """
    return bool(field.null) and not compat.is_generated(field)


def refers_to_nullable(field: Any) -> bool:
    """Whether no foreign key can be: it refers to a key, not to a filtered index (error 1776)."""
    target = field.target_field
    return filters_nulls(target) and not target.primary_key


def _is_conjunction(node: Any) -> bool:
    if isinstance(node, WhereNode):
        is_joined = node.connector == AND or len(node.children) == 1
        return is_joined and not node.negated and all(map(_is_conjunction, node.children))
    return (
        isinstance(node, _FILTER_LOOKUPS)
        and isinstance(node.lhs, Col)
        and not compat.is_generated(node.lhs.target)
        and not hasattr(node.rhs, "resolve_expression")
    )
