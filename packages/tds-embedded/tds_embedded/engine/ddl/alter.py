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
    common,
    constraints,
    dependents,
    row_checks,
    switches,
    tables,
    views,
)
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.names import quote
from tds_embedded.tsql.translate.collations import supported
from tds_embedded.tsql.translate.types import check_implicit
from tds_embedded.types import MAX, SqlType

VARYING = frozenset({"nvarchar", "varchar", "varbinary"})


def alter_table(node: ast.AlterTable, engine: Engine) -> None:
    table = common.find_table(engine, node.name)
    change(node.action, engine, table)


@singledispatch
def change(action: ast.AlterTableAction, engine: Engine, table: Table) -> None:
    """One action of ALTER TABLE."""
    raise common.not_here(f"ALTER TABLE {type(action).__name__}")


# --- ADD ---------------------------------------------------------------------------------------


@change.register(ast.AddElements)
def _(action: ast.AddElements, engine: Engine, table: Table) -> None:
    tables.check_elements(action.elements, table.name, table.name, table.columns)
    made = tables.make_columns(engine, action.elements, table.schema, table.name, table.columns)
    if any(each.identity for each in made):
        tables.check_single_identity([*table.columns, *(each.known for each in made)], table.name)
    for each in made:
        _add_column(engine, table, each)
    for each in made:
        if each.computed:
            column = f"ALTER TABLE {table.sql} ALTER COLUMN {each.sql}"
            common.run(engine, f"{column} SET EXPRESSION AS ({each.expression})")
    if made:
        tables.finish_columns(engine, table.sql, made)
        table = renewed(engine, table)
    tables.add_constraints(
        engine, table, action.elements, validate=action.check_existing is not False
    )


def renewed(engine: Engine, table: Table) -> Table:
    """The table as it is after a change."""
    temporary = table.name.startswith("#")
    engine.catalog.changed(temporary=temporary)
    found = engine.catalog.table(None if temporary else table.schema, table.name)
    assert found is not None
    return found


def _add_column(engine: Engine, table: Table, made: columns.Column) -> None:
    """Raises 4901 for a column whose value in the rows that are there is unknown."""
    unknown = not (
        made.nullable
        or made.computed
        or made.identity
        or made.default is not None
        or made.type.name in columns.ROW_VERSIONS
    )
    if unknown and common.run(engine, f"SELECT 1 FROM {table.sql} LIMIT 1"):
        raise error(4901, made.name, table.name)
    add = f"ALTER TABLE {table.sql} ADD COLUMN"
    if made.computed:  # it may read a column that comes after it
        common.run(engine, f"{add} {made.without_expression}")
    elif made.nullable and made.default is not None and not made.with_values:
        # rows that are there keep NULL
        common.run(engine, f"{add} {replace(made, default=None).complete}")
        common.run(
            engine, f"ALTER TABLE {table.sql} ALTER COLUMN {made.sql} SET DEFAULT {made.default}"
        )
    else:
        common.run(engine, f"{add} {made.complete}")


# --- ALTER COLUMN ------------------------------------------------------------------------------


@change.register(ast.AlterColumn)
def _(action: ast.AlterColumn, engine: Engine, table: Table) -> None:
    """Raises 4924, 4928, 5074 (with 4922), 515 or what the rows do not convert to."""
    found = table.column(action.name)
    if found is None:
        raise error(4924, "ALTER COLUMN", action.name, table.name)
    if found.computed or found.type.name in columns.ROW_VERSIONS:
        what = "COMPUTED" if found.computed else "timestamp"
        raise error(4928, found.name, what)
    type = columns.declared_type(engine, action.type, found.name, 1)
    if type.name in columns.STRINGS:
        collation = columns.database_collation(engine)
        if action.collation is not None and action.collation.upper() != "DATABASE_DEFAULT":
            collation = supported(action.collation)
        type = replace(type, collation=None if columns.is_default(collation) else collation)
    nullable = action.nullable is not False and not (action.nullable is None and found.identity)
    _check_identity(found, type, table)
    if nullable and found.identity:
        raise error(8147, found.name, table.name)
    _check_dependents(engine, table, found, type, nullable)
    check_implicit(found.type, type)
    with ExitStack() as aside:
        if to_postgres(found.type) != to_postgres(type):
            aside.enter_context(views.set_aside(engine, table, found))
            aside.enter_context(row_checks.rebuilt(engine, table))
            _retype(engine, table, found, type)
        if nullable != found.nullable:
            verb = "DROP" if nullable else "SET"
            common.run(engine, f"ALTER TABLE {table.sql} ALTER COLUMN {found.sql} {verb} NOT NULL")
        alias = None if isinstance(action.type, SqlType) else [action.type.schema, action.type.name]
        constraints.update_column(engine, table, found, type=columns.type_data(type), alias=alias)


def _check_identity(found: TableColumn, type: SqlType, table: Table) -> None:
    if found.identity:
        columns.check_identity_type(type, found.name)


def _check_dependents(
    engine: Engine, table: Table, found: TableColumn, type: SqlType, nullable: bool
) -> None:
    """Raises 5074 for each dependent that forbids the change, and 4922."""
    change = _Change(found.type, type, found.nullable, nullable)
    blocking = [
        each for each in dependents.of_column(engine, table, found.name) if change.harms(each)
    ]
    blocking += _bound_views(engine, table, found)
    _refuse(found, blocking, "ALTER TABLE ALTER COLUMN")


def _bound_views(engine: Engine, table: Table, found: TableColumn) -> list[dependents.Dependent]:
    names = views.bound_to(engine, table, found)
    return [dependents.Dependent(name, "VIEW") for name in names]


def _refuse(found: TableColumn, blocking: list[dependents.Dependent], action: str) -> None:
    """Raises 5074 for each of `blocking`, if there are any, and 4922."""
    causes = [error(5074, each.word, each.name, found.name) for each in blocking]
    if causes:
        raise error(4922, action, found.name).after(*causes)


@dataclass(frozen=True)
class _Change:
    """What ALTER COLUMN changes about a column."""

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
        """Whether SQL Server refuses the change because of a dependent, as it was recorded."""
        kind = dependent.kind
        if kind in ("COLUMN", "FILTER", "FILTERED STATISTICS"):
            return True
        if kind == "CHECK":
            return self.changes_kind or self.recollates
        if kind == "DEFAULT":  # (max) is another type
            return self.changes_kind or (self.old.length == MAX) != (self.new.length == MAX)
        if kind == "FOREIGN KEY":
            return self.retypes
        loosened = self.nullable and not self.was_nullable
        tightened = self.was_nullable and not self.nullable
        if tightened or (loosened and kind == "PRIMARY KEY"):
            return True
        return self.retypes and not self.grows


def _facets(type: SqlType) -> tuple[Any, ...]:
    name = "decimal" if type.name == "numeric" else type.name
    return name, type.length, type.precision, type.scale, (type.collation or "").lower()


def _retype(engine: Engine, table: Table, found: TableColumn, type: SqlType) -> None:
    """The column's new type; a default is taken off meanwhile, since PostgreSQL cannot cast it."""
    default = common.run(engine, _DEFAULT, {"table": table.oid, "column": found.sql})
    alter = f"ALTER TABLE {table.sql} ALTER COLUMN {found.sql}"
    if default:
        common.run(engine, f"{alter} DROP DEFAULT")
    if found.identity:
        # the bounds of its sequence have to fit meanwhile
        common.run(engine, f"{alter} SET NO MINVALUE SET NO MAXVALUE")
    try:
        common.run(engine, f"{alter} TYPE {to_postgres(type)}")
    except psycopg.errors.StringDataRightTruncation:
        name = f"{engine.database}.{table.schema}.{table.name}"
        raise error(2628, name, found.name, "") from None
    if found.identity:
        low, high = columns.IDENTITY_RANGES[type.name]
        common.run(engine, f"{alter} SET MINVALUE {low} SET MAXVALUE {high}")
    if default:
        common.run(engine, f"{alter} SET DEFAULT {default[0][0]}")


_DEFAULT = """
SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
WHERE d.adrelid = %(table)s AND '"' || replace(a.attname, '"', '""') || '"' = %(column)s
"""


@change.register(ast.AlterColumnProperty)
def _(action: ast.AlterColumnProperty, engine: Engine, table: Table) -> None:
    found = table.column(action.name)
    if found is None:
        raise error(4924, "ALTER COLUMN", action.name, table.name)
    words = {"PERSISTED": "persisted", "ROWGUIDCOL": "rowguid", "SPARSE": "sparse"}
    word = words.get(action.property)
    if word is None or (word == "persisted" and not found.computed):
        raise common.not_here(f"ALTER COLUMN ... {action.property}")
    constraints.update_column(engine, table, found, **{word: action.add})


# --- DROP --------------------------------------------------------------------------------------


@change.register(ast.DropElements)
def _(action: ast.DropElements, engine: Engine, table: Table) -> None:
    for element in action.elements:
        if element.kind == "COLUMN":
            _drop_column(engine, table, element)
        else:
            drop_constraint(engine, table, element.name, if_exists=element.if_exists)
        table = renewed(engine, table)


def _drop_column(engine: Engine, table: Table, element: ast.DropElement) -> None:
    """Raises 4924, 4923, or 5074 (with 4922) if something depends on the column."""
    found = table.column(element.name)
    if found is None:
        if element.if_exists:
            return
        raise error(4924, "DROP COLUMN", element.name, table.name)
    blocking = dependents.of_column(engine, table, found.name)
    blocking += _bound_views(engine, table, found)
    _refuse(found, blocking, "ALTER TABLE DROP COLUMN")
    for view in views.reading(engine, table, found):
        raise common.not_here(f"dropping a column that view '{view.name}' reads")
    if len(table.columns) == 1:
        raise error(4923, found.name, table.name)
    common.run(engine, _DROP_PROPERTIES, {"table": table.oid, "column": found.sql})
    common.run(engine, f"ALTER TABLE {table.sql} DROP COLUMN {found.sql}")


_DROP_PROPERTIES = """
DELETE FROM meta.extended_properties WHERE class = 1 AND major = %(table)s
    AND minor = (SELECT attnum FROM pg_attribute WHERE attrelid = %(table)s
        AND '"' || replace(attname, '"', '""') || '"' = %(column)s)
"""


def drop_constraint(engine: Engine, table: Table, name: str, *, if_exists: bool = False) -> None:
    """Raises 3725, 3728 or 3733, each with 3727."""
    for column in table.columns:
        default = constraints.default_name(engine, table, column.name)
        if default is not None and default.lower() == name.lower():
            common.run(engine, f"ALTER TABLE {table.sql} ALTER COLUMN {column.sql} DROP DEFAULT")
            constraints.update_column(engine, table, column, default=None)
            return
    found = find_constraint(engine, table, name)
    if found is None:
        if if_exists:
            return
        elsewhere = common.run(engine, _OF_OTHERS, {"schema": table.schema, "name": name})
        raise error(3727).after(error(3733, name, table.name) if elsewhere else error(3728, name))
    postgres, oid = found
    referring = common.run(engine, _REFERRING, [oid])
    if referring:
        raise error(3727).after(error(3725, name, referring[0][0], referring[0][1]))
    common.run(
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
    rows = common.run(engine, _FIND_CONSTRAINT, {"table": table.oid, "name": name})
    return (str(rows[0][0]), int(rows[0][1])) if rows else None


_FIND_CONSTRAINT = """
SELECT conname::text, oid::int8 FROM pg_constraint
WHERE conrelid = %(table)s AND contype <> 'n'
    AND lower(meta.constraint_name(oid, conname)) = lower(%(name)s)
"""


# --- CHECK, SWITCH and the rest ------------------------------------------------------------------


@change.register(ast.CheckConstraints)
def _(action: ast.CheckConstraints, engine: Engine, table: Table) -> None:
    switches.switch(action, engine, table)


@change.register(ast.SwitchTo)
def _(action: ast.SwitchTo, engine: Engine, table: Table) -> None:
    """Moves all rows to an empty table of the same columns; identity does not matter."""
    target = common.find_table(engine, action.target, 4902)
    if common.run(engine, f"SELECT 1 FROM {target.sql} LIMIT 1"):
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
    kept = ", ".join(each.sql for each in target.columns if not each.computed)
    common.run(
        engine,
        f"INSERT INTO {target.sql} ({kept}) OVERRIDING SYSTEM VALUE SELECT {kept} FROM {table.sql}",
    )
    common.run(engine, f"DELETE FROM {table.sql}")


@change.register(ast.Rebuild)
@change.register(ast.SetTableOptions)
def _(action: ast.Rebuild | ast.SetTableOptions, engine: Engine, table: Table) -> None:
    """How a table is stored and locked: nothing here depends on it."""
