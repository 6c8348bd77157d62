"""sp_rename: tables, views, columns, indexes, constraints, sequences.

Follows "sp_rename (Transact-SQL)",
https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-rename-transact-sql
"""

from __future__ import annotations

from typing import Any

from tds_embedded.catalog.tables import Table
from tds_embedded.engine.ddl import (
    commands,
    constraints,
    dependents,
    indexes,
    object_names,
    refusals,
    views,
)
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import SqlServerError, error
from tds_embedded.postgres.identifiers import quote, shorten
from tds_embedded.tsql import ast

KINDS = ("COLUMN", "INDEX", "OBJECT", "DATABASE", "USERDATATYPE", "STATISTICS")


def rename(engine: Engine, old: str, new: str, kind: str | None) -> None:
    """Rename `old` ([schema.]object, or [schema.]table.part for a column or index) to `new`.

    `new` is taken as it stands, brackets and dots included. Raises 15225 for a missing object,
    15249 for an unknown kind, 15335 for a name that is taken.
    """
    word = (kind or "OBJECT").upper()
    if not new:
        raise error(15224, new, state=15).after(error(15004))
    if word not in KINDS:
        raise error(15249, kind)
    name = object_names.parse_name(old)
    object_names.check_name(new)
    with commands.atomic(engine):
        if word == "COLUMN":
            _column(engine, name, old, new)
        elif word == "INDEX":
            _index(engine, name, old, new)
        elif word == "OBJECT":
            _object(engine, name, old, new, kind)
        else:
            raise refusals.not_emulated(f"sp_rename of a {word}")
    engine.catalog.changed()


def _missing(engine: Engine, old: str, kind: str | None) -> SqlServerError:
    if kind is not None:
        return error(15248, kind)
    return error(15225, old, engine.database, "(null)")


def _owner(engine: Engine, name: ast.ObjectName) -> Table | None:
    if len(name.parts) < 2:
        return None
    schema = name.parts[-3] if len(name.parts) > 2 else None
    return engine.catalog.table(schema or None, name.parts[-2])


def _column(engine: Engine, name: ast.ObjectName, old: str, new: str) -> None:
    table = _owner(engine, name)
    column = table.column(name.name) if table is not None else None
    if table is None or column is None:
        raise error(15248, "COLUMN")
    other = table.column(new)
    if other is not None and other != column:
        raise error(15335, new, "COLUMN")
    for each in dependents.of_column(engine, table, column.name):
        if each.kind in ("CHECK", "COLUMN", "FILTER"):
            raise error(15336, old)
    if views.bound_to(engine, table, column):
        raise error(15336, old)
    if column.computed:
        raise error(4928, column.name, "COMPUTED")
    data = constraints.column_data(engine, table, column)
    if column.sql != quote(new):
        commands.run(engine, f"ALTER TABLE {table.sql} RENAME COLUMN {column.sql} TO {quote(new)}")
    commands.comment(
        engine, f"COLUMN {table.sql}.{quote(new)}", {**data, "name": object_names.long_name(new)}
    )


def _index(engine: Engine, name: ast.ObjectName, old: str, new: str) -> None:
    table = _owner(engine, name)
    index = indexes.find(engine, table, name.name) if table is not None else None
    if table is None or index is None:
        raise error(15248, "INDEX")
    if name.name.lower() != new.lower() and indexes.find(engine, table, new) is not None:
        raise error(1913, new, f"{table.schema}.{table.name}")
    postgres, is_constraint = index
    if is_constraint:
        _constraint(engine, table, name.name, new)
        return
    data = indexes.data(engine, table, postgres)
    postgres_name = indexes.free_name(engine, table, new)
    commands.run(
        engine,
        f"ALTER INDEX {constraints.index_sql(table, postgres)} RENAME TO {quote(postgres_name)}",
    )
    commands.comment(
        engine, f"INDEX {constraints.index_sql(table, postgres_name)}", {**data, "name": new}
    )


def _object(engine: Engine, name: ast.ObjectName, old: str, new: str, kind: str | None) -> None:
    """Rename a table, view, sequence or constraint: their names are unique in the schema."""
    table = engine.catalog.table(name.schema, name.name)
    schema = table.schema if table else name.schema or engine.catalog.default_schema
    if name.name.lower() != new.lower() and object_names.is_taken(engine, schema, new):
        raise error(15335, new, "OBJECT")
    if table is not None:
        if not table.view and views.bound_to(engine, table):
            raise error(15336, old)
        _relation(engine, table.sql, "VIEW" if table.view else "TABLE", schema, new)
        return
    sequence = engine.catalog.sequence(name.schema, name.name)
    if sequence is not None:
        _relation(engine, sequence.sql, "SEQUENCE", schema, new)
        return
    owner = commands.run(engine, _OWNER, [name.name, schema, name.name, schema])
    if not owner:
        raise _missing(engine, old, kind)
    table = engine.catalog.table(owner[0][0], owner[0][1])
    assert table is not None
    _constraint(engine, table, name.name, new)


_OWNER = """
SELECT meta.schema_name(c.relnamespace), meta.table_name(c.oid)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE k.contype <> 'n' AND lower(meta.constraint_name(k.oid, k.conname)) = lower(%s)
    AND lower(meta.schema_name(c.relnamespace)) = lower(%s)
UNION ALL
SELECT meta.schema_name(c.relnamespace), meta.table_name(c.oid)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relkind = 'r' AND c.oid >= 16384 AND a.attnum > 0
    AND lower(meta.of_column(c.oid, a.attnum) -> 'default' ->> 'name') = lower(%s)
    AND lower(meta.schema_name(c.relnamespace)) = lower(%s)
"""


def _relation(engine: Engine, old: str, kind: str, schema: str, new: str) -> None:
    data: dict[str, Any] = commands.run(engine, _DATA, [old])[0][0] or {}
    schema_name = object_names.find_schema(engine, schema)
    assert schema_name is not None
    new_sql = f"{quote(schema_name)}.{quote(new)}"
    if new_sql != old:
        commands.run(engine, f"ALTER {kind} {old} RENAME TO {quote(new)}")
    commands.comment(engine, f"{kind} {new_sql}", {**data, "name": object_names.long_name(new)})


_DATA = "SELECT meta.of_class(to_regclass(%s))"


def _constraint(engine: Engine, table: Table, old: str, new: str) -> None:
    """Rename a constraint or default. A key's index has the same name, and keeps its properties."""
    for column in table.columns:
        data = constraints.column_data(engine, table, column)
        default = data.get("default")
        if default and default["name"].lower() == old.lower():
            properties = {**default, "name": new, "system": False}
            constraints.update_column(engine, table, column, default=properties)
            return
    postgres, properties = commands.run(engine, _CONSTRAINT, {"table": table.oid, "name": old})[0]
    if postgres != shorten(new):
        commands.run(
            engine,
            f"ALTER TABLE {table.sql} RENAME CONSTRAINT {quote(postgres)} TO {quote(new)}",
        )
    commands.comment(
        engine,
        f"CONSTRAINT {quote(new)} ON {table.sql}",
        {**(properties or {}), "name": object_names.long_name(new), "system": False},
    )
    index = indexes.find_postgres(engine, table, shorten(new))
    if index is not None:
        commands.comment(
            engine,
            f"INDEX {constraints.index_sql(table, new)}",
            {**index, "name": new},
        )


_CONSTRAINT = """
SELECT conname::text, meta.of_constraint(oid) FROM pg_constraint
WHERE conrelid = %(table)s AND contype <> 'n'
    AND lower(meta.constraint_name(oid, conname)) = lower(%(name)s)
"""
