"""ALTER TABLE.

Follows "ALTER TABLE (Transact-SQL)",
https://learn.microsoft.com/sql/t-sql/statements/alter-table-transact-sql
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

import psycopg

from tds_embedded.catalog.tables import Table, TableColumn
from tds_embedded.catalog.types import to_postgres
from tds_embedded.engine.ddl import (
    columns,
    commands,
    constraints,
    dependents,
    object_names,
    refusals,
    row_checks,
    switches,
    tables,
    views,
)
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import error
from tds_embedded.postgres.identifiers import quote
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate.collations import supported
from tds_embedded.tsql.translate.types import check_implicit
from tds_embedded.types import MAX, SqlType

VARYING = frozenset({"nvarchar", "varchar", "varbinary"})


def alter_table(node: ast.AlterTable, engine: Engine) -> None:
    table = object_names.find_table(engine, node.name)
    change(node.action, engine, table)


@singledispatch
def change(action: ast.AlterTableAction, engine: Engine, table: Table) -> None:
    """One action of ALTER TABLE."""
    raise refusals.not_emulated(f"ALTER TABLE {type(action).__name__}")


# --- ADD ---------------------------------------------------------------------------------------


@change.register(ast.AddElements)
def _add_elements(action: ast.AddElements, engine: Engine, table: Table) -> None:
    tables.check_elements(action.elements, table.name, table.name, table.columns)
    new_columns = tables.make_columns(
        engine, action.elements, table.schema, table.name, table.columns
    )
    if any(each.identity for each in new_columns):
        tables.check_single_identity(
            [*table.columns, *(each.table_column for each in new_columns)], table.name
        )
    for each in new_columns:
        _add_column(engine, table, each)
    for each in new_columns:
        if each.computed:
            column = f"ALTER TABLE {table.sql} ALTER COLUMN {each.sql}"
            commands.run(engine, f"{column} SET EXPRESSION AS ({each.expression})")
    if new_columns:
        tables.finish_columns(engine, table.sql, new_columns)
        table = renewed(engine, table)
    tables.add_constraints(
        engine, table, action.elements, validate=action.check_existing is not False
    )


def renewed(engine: Engine, table: Table) -> Table:
    """Return the table as it is after a change."""
    temporary = table.name.startswith("#")
    engine.catalog.changed(temporary=temporary)
    column = engine.catalog.table(None if temporary else table.schema, table.name)
    assert column is not None
    return column


def _add_column(engine: Engine, table: Table, column: columns.Column) -> None:
    """Raise error 4901 for a column whose value in the rows that are there is unknown."""
    unknown = not (
        column.nullable
        or column.computed
        or column.identity
        or column.default is not None
        or column.type.name in columns.ROW_VERSIONS
    )
    if unknown and commands.run(engine, f"SELECT 1 FROM {table.sql} LIMIT 1"):
        raise error(4901, column.name, table.name)
    add = f"ALTER TABLE {table.sql} ADD COLUMN"
    if column.computed:  # it may read a column that comes after it
        commands.run(engine, f"{add} {column.without_expression}")
    elif column.nullable and column.default is not None and not column.with_values:
        # rows that are there keep NULL
        commands.run(engine, f"{add} {replace(column, default=None).complete}")
        commands.run(
            engine,
            f"ALTER TABLE {table.sql} ALTER COLUMN {column.sql} SET DEFAULT {column.default}",
        )
    else:
        commands.run(engine, f"{add} {column.complete}")


# --- ALTER COLUMN ------------------------------------------------------------------------------


@change.register(ast.AlterColumn)
def _alter_column(action: ast.AlterColumn, engine: Engine, table: Table) -> None:
    """Raise error 4924, 4928, 5074 (with 4922), 515, or the error of a failed conversion."""
    column = table.column(action.name)
    if column is None:
        raise error(4924, "ALTER COLUMN", action.name, table.name)
    if column.computed or column.type.name in columns.ROW_VERSIONS:
        what = "COMPUTED" if column.computed else "timestamp"
        raise error(4928, column.name, what)
    sql_type = columns.declared_type(engine, action.type, column.name, 1)
    if sql_type.name in columns.STRINGS:
        collation = columns.database_collation(engine)
        if action.collation is not None and action.collation.upper() != "DATABASE_DEFAULT":
            collation = supported(action.collation)
        sql_type = replace(sql_type, collation=None if columns.is_default(collation) else collation)
    nullable = action.nullable is not False and not (action.nullable is None and column.identity)
    _check_identity(column, sql_type, table)
    if nullable and column.identity:
        raise error(8147, column.name, table.name)
    _check_dependents(engine, table, column, sql_type, nullable)
    check_implicit(column.type, sql_type)
    with ExitStack() as aside:
        if to_postgres(column.type) != to_postgres(sql_type):
            aside.enter_context(views.set_aside(engine, table, column))
            aside.enter_context(row_checks.rebuilt(engine, table))
            _retype(engine, table, column, sql_type)
        if nullable != column.nullable:
            verb = "DROP" if nullable else "SET"
            commands.run(
                engine, f"ALTER TABLE {table.sql} ALTER COLUMN {column.sql} {verb} NOT NULL"
            )
        alias = None if isinstance(action.type, SqlType) else [action.type.schema, action.type.name]
        constraints.update_column(
            engine, table, column, type=columns.type_data(sql_type), alias=alias
        )


def _check_identity(column: TableColumn, sql_type: SqlType, table: Table) -> None:
    if column.identity:
        columns.check_identity_type(sql_type, column.name)


def _check_dependents(
    engine: Engine, table: Table, column: TableColumn, sql_type: SqlType, nullable: bool
) -> None:
    """Raise error 5074 for each dependent that forbids the change, and 4922."""
    change = _Change(column.type, sql_type, column.nullable, nullable)
    blocking = [
        each for each in dependents.of_column(engine, table, column.name) if change.harms(each)
    ]
    blocking += _bound_views(engine, table, column)
    _refuse(column, blocking, "ALTER TABLE ALTER COLUMN")


def _bound_views(engine: Engine, table: Table, column: TableColumn) -> list[dependents.Dependent]:
    names = views.bound_to(engine, table, column)
    return [dependents.Dependent(name, "VIEW") for name in names]


def _refuse(column: TableColumn, blocking: list[dependents.Dependent], action: str) -> None:
    """Raise error 5074 for each of `blocking`, if there are any, and 4922."""
    causes = [error(5074, each.word, each.name, column.name) for each in blocking]
    if causes:
        raise error(4922, action, column.name).after(*causes)


@dataclass(frozen=True)
class _Change:
    """The change of a column by ALTER COLUMN."""

    old: SqlType
    new: SqlType
    was_nullable: bool
    nullable: bool

    @property
    def retypes(self) -> bool:
        return _facets(self.old) != _facets(self.new)

    @property
    def changes_kind(self) -> bool:
        """Whether more than length, precision or scale change."""
        return bool(_facets(self.old)[0] != _facets(self.new)[0])

    @property
    def recollates(self) -> bool:
        return bool(_facets(self.old)[-1] != _facets(self.new)[-1])

    @property
    def grows(self) -> bool:
        """Whether a text or binary of limited length becomes longer, and nothing else changes."""
        old, new = self.old, self.new
        if self.changes_kind or self.recollates or old.name not in VARYING:
            return False
        return MAX not in (old.length, new.length) and (new.length or 0) >= (old.length or 0)

    def harms(self, dependent: dependents.Dependent) -> bool:
        """Return whether SQL Server refuses the change because of a dependent, by its
        recordings.
        """
        kind = dependent.kind
        if kind in ("COLUMN", "FILTER", "FILTERED STATISTICS"):
            return True
        if kind == "CHECK":
            return self.changes_kind or self.recollates
        if kind == "DEFAULT":  # (max) is another type
            return self.changes_kind or (self.old.length == MAX) != (self.new.length == MAX)
        if kind == "FOREIGN KEY":
            return self.retypes
        drops_not_null = self.nullable and not self.was_nullable
        sets_not_null = self.was_nullable and not self.nullable
        if sets_not_null or (drops_not_null and kind == "PRIMARY KEY"):
            return True
        return self.retypes and not self.grows


def _facets(sql_type: SqlType) -> tuple[Any, ...]:
    name = "decimal" if sql_type.name == "numeric" else sql_type.name
    return (
        name,
        sql_type.length,
        sql_type.precision,
        sql_type.scale,
        (sql_type.collation or "").lower(),
    )


def _retype(engine: Engine, table: Table, column: TableColumn, sql_type: SqlType) -> None:
    """Change the column's type, without its default meanwhile: PostgreSQL cannot cast it."""
    default = commands.run(engine, _DEFAULT, {"table": table.oid, "column": column.sql})
    alter = f"ALTER TABLE {table.sql} ALTER COLUMN {column.sql}"
    if default:
        commands.run(engine, f"{alter} DROP DEFAULT")
    if column.identity:
        # the bounds of its sequence have to fit meanwhile
        commands.run(engine, f"{alter} SET NO MINVALUE SET NO MAXVALUE")
    try:
        commands.run(engine, f"{alter} TYPE {to_postgres(sql_type)}")
    except psycopg.errors.StringDataRightTruncation:
        name = f"{engine.database}.{table.schema}.{table.name}"
        raise error(2628, name, column.name, "") from None
    if column.identity:
        low, high = columns.IDENTITY_RANGES[sql_type.name]
        commands.run(engine, f"{alter} SET MINVALUE {low} SET MAXVALUE {high}")
    if default:
        commands.run(engine, f"{alter} SET DEFAULT {default[0][0]}")


_DEFAULT = """
SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
WHERE d.adrelid = %(table)s AND '"' || replace(a.attname, '"', '""') || '"' = %(column)s
"""


@change.register(ast.AlterColumnProperty)
def _alter_column_property(action: ast.AlterColumnProperty, engine: Engine, table: Table) -> None:
    column = table.column(action.name)
    if column is None:
        raise error(4924, "ALTER COLUMN", action.name, table.name)
    words = {"PERSISTED": "persisted", "ROWGUIDCOL": "rowguid", "SPARSE": "sparse"}
    word = words.get(action.property)
    if word is None or (word == "persisted" and not column.computed):
        raise refusals.not_emulated(f"ALTER COLUMN ... {action.property}")
    constraints.update_column(engine, table, column, **{word: action.add})


# --- DROP --------------------------------------------------------------------------------------


@change.register(ast.DropElements)
def _drop_elements(action: ast.DropElements, engine: Engine, table: Table) -> None:
    for element in action.elements:
        if element.kind == "COLUMN":
            _drop_column(engine, table, element)
        else:
            drop_constraint(engine, table, element.name, if_exists=element.if_exists)
        table = renewed(engine, table)


def _drop_column(engine: Engine, table: Table, element: ast.DropElement) -> None:
    """Raise error 4924, 4923, or 5074 (with 4922) if something depends on the column."""
    column = table.column(element.name)
    if column is None:
        if element.if_exists:
            return
        raise error(4924, "DROP COLUMN", element.name, table.name)
    blocking = dependents.of_column(engine, table, column.name)
    blocking += _bound_views(engine, table, column)
    _refuse(column, blocking, "ALTER TABLE DROP COLUMN")
    for view in views.reading(engine, table, column):
        raise refusals.not_emulated(f"dropping a column that view '{view.name}' reads")
    if len(table.columns) == 1:
        raise error(4923, column.name, table.name)
    commands.run(engine, _DROP_PROPERTIES, {"table": table.oid, "column": column.sql})
    commands.run(engine, f"ALTER TABLE {table.sql} DROP COLUMN {column.sql}")


_DROP_PROPERTIES = """
DELETE FROM meta.extended_properties WHERE class = 1 AND major = %(table)s
    AND minor = (SELECT attnum FROM pg_attribute WHERE attrelid = %(table)s
        AND '"' || replace(attname, '"', '""') || '"' = %(column)s)
"""


def drop_constraint(engine: Engine, table: Table, name: str, *, if_exists: bool = False) -> None:
    """Raise error 3725, 3728 or 3733, each with 3727."""
    for column in table.columns:
        default = constraints.default_name(engine, table, column.name)
        if default is not None and default.lower() == name.lower():
            commands.run(engine, f"ALTER TABLE {table.sql} ALTER COLUMN {column.sql} DROP DEFAULT")
            constraints.update_column(engine, table, column, default=None)
            return
    constraint = find_constraint(engine, table, name)
    if constraint is None:
        if if_exists:
            return
        elsewhere = commands.run(engine, _OF_OTHERS, {"schema": table.schema, "name": name})
        raise error(3727).after(error(3733, name, table.name) if elsewhere else error(3728, name))
    postgres, oid = constraint
    referring = commands.run(engine, _REFERRING, [oid])
    if referring:
        raise error(3727).after(error(3725, name, referring[0][0], referring[0][1]))
    commands.run(
        engine,
        f"{row_checks.unwatch_sql(table, oid)}"
        f"ALTER TABLE {table.sql} DROP CONSTRAINT {quote(postgres)}",
    )


_OF_OTHERS = """
SELECT 1 FROM meta.objects o JOIN meta.user_schemas s ON s.oid = o.schema
WHERE lower(s.name) = lower(%(schema)s) AND lower(o.name) = lower(%(name)s)
    AND o.type IN ('C', 'D', 'F', 'PK', 'UQ')
"""
_REFERRING = """
SELECT meta.table_name(f.conrelid), meta.constraint_name(f.oid, f.conname)
FROM pg_constraint k JOIN pg_constraint f ON f.contype = 'f' AND f.conindid = k.conindid
WHERE k.oid = %s AND k.contype IN ('p', 'u')
"""


def find_constraint(engine: Engine, table: Table, name: str) -> tuple[str, int] | None:
    """PostgreSQL's name and oid of a constraint."""
    rows = commands.run(engine, _FIND_CONSTRAINT, {"table": table.oid, "name": name})
    return (str(rows[0][0]), int(rows[0][1])) if rows else None


_FIND_CONSTRAINT = """
SELECT conname::text, oid::int8 FROM pg_constraint
WHERE conrelid = %(table)s AND contype <> 'n'
    AND lower(meta.constraint_name(oid, conname)) = lower(%(name)s)
"""


# --- CHECK, SWITCH and the rest ------------------------------------------------------------------


@change.register(ast.CheckConstraints)
def _switch_constraints(action: ast.CheckConstraints, engine: Engine, table: Table) -> None:
    switches.switch(action, engine, table)


@change.register(ast.SwitchTo)
def _switch_to(action: ast.SwitchTo, engine: Engine, table: Table) -> None:
    """Move all rows to an empty table of the same columns; identity does not matter."""
    target = object_names.find_table(engine, action.target, 4902)
    if commands.run(engine, f"SELECT 1 FROM {target.sql} LIMIT 1"):
        raise error(4905, target.name)
    if len(table.columns) != len(target.columns):
        raise error(4943, table.name, len(table.columns), target.name, len(target.columns))
    for mine, other in zip(table.columns, target.columns, strict=True):
        if mine.name.lower() != other.name.lower():
            raise error(4957, mine.name, other.name)
        if _facets(mine.type) != _facets(other.type):
            raise error(4944, mine.name, mine.type.name, table.name, other.type.name, target.name)
        if mine.nullable != other.nullable:
            raise error(4985, mine.name, table.name, target.name)
    names = ", ".join(each.sql for each in target.columns if not each.computed)
    commands.run(
        engine,
        f"INSERT INTO {target.sql} ({names}) OVERRIDING SYSTEM VALUE"
        f" SELECT {names} FROM {table.sql}",
    )
    commands.run(engine, f"DELETE FROM {table.sql}")


@change.register(ast.Rebuild)
@change.register(ast.SetTableOptions)
def _keep_rows(action: ast.Rebuild | ast.SetTableOptions, engine: Engine, table: Table) -> None:
    """Accept options of storage and locking, which have no effect."""
