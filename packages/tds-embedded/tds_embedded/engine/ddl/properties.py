"""Extended properties: sp_addextendedproperty and its like.

Follows "sp_addextendedproperty (Transact-SQL)", https://learn.microsoft.com/sql/
relational-databases/system-stored-procedures/sp-addextendedproperty-transact-sql
"""

from __future__ import annotations

import json
from typing import Any

from tds_embedded.catalog.tables import Table
from tds_embedded.engine.ddl import commands, indexes, object_names, refusals
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import error

Level = tuple[str | None, str | None]  # type and name of level 0, 1 or 2
Place = tuple[int, int, int]  # class, major_id, minor_id


def add(engine: Engine, name: str, value: Any, *levels: Level) -> None:
    """Raise error 15135 for a missing object, 15233 if it has such a property."""
    target = find_place(engine, levels)
    if commands.run(engine, _FIND, [*target, name]):
        raise error(15233, name, _shown(engine, levels))
    commands.run(engine, _INSERT, [*target, name, json.dumps(value, default=str)])


def update(engine: Engine, name: str, value: Any, *levels: Level) -> None:
    """Raise error 15135 for a missing object, 15217 if it lacks the property."""
    target = find_place(engine, levels)
    if not commands.run(engine, _UPDATE, [json.dumps(value, default=str), *target, name]):
        raise error(15217, name, _shown(engine, levels))


def drop(engine: Engine, name: str, *levels: Level) -> None:
    """Raise error 15135 for a missing object, 15217 if it lacks the property."""
    target = find_place(engine, levels)
    if not commands.run(engine, _DELETE, [*target, name]):
        raise error(15217, name, _shown(engine, levels))


_FIND = """
SELECT 1 FROM meta.extended_properties
WHERE class = %s AND major = %s AND minor = %s AND lower(name) = lower(%s)
"""
_INSERT = "INSERT INTO meta.extended_properties VALUES (%s, %s, %s, %s, %s)"
_UPDATE = """
UPDATE meta.extended_properties SET value = %s
WHERE class = %s AND major = %s AND minor = %s AND lower(name) = lower(%s) RETURNING 1
"""
_DELETE = """
DELETE FROM meta.extended_properties
WHERE class = %s AND major = %s AND minor = %s AND lower(name) = lower(%s) RETURNING 1
"""


def _shown(engine: Engine, levels: tuple[Level, ...]) -> str:
    names = [name for _, name in levels if name]
    return ".".join(names) if names else engine.database


def find_place(engine: Engine, levels: tuple[Level, ...]) -> Place:
    """Return the object of these levels in sys.extended_properties. Raises 15135."""
    all_levels = [*levels, (None, None), (None, None), (None, None)]
    _check_levels(all_levels[:3])
    (kind, schema), (table_kind, table_name), (part_kind, part) = all_levels[:3]
    if not kind:
        return 0, 0, 0
    if kind.upper() not in ("SCHEMA", "USER") or not schema:
        raise refusals.not_emulated(f"an extended property of a {kind}")
    found_schema = object_names.find_schema(engine, schema)
    if found_schema is None:
        raise error(15135, schema)
    if not table_kind or not table_name:
        rows = commands.run(
            engine, "SELECT schema_id FROM meta.user_schemas WHERE name = %s", [found_schema]
        )
        return 3, rows[0][0], 0
    table = engine.catalog.table(schema, table_name)
    kind = table_kind.upper()
    if table is None or kind != ("VIEW" if table.view else "TABLE"):
        raise error(15135, f"{schema}.{table_name}")
    if not part_kind or not part:
        return 1, table.oid, 0
    return _part_place(engine, table, part_kind.upper(), part)


def _check_levels(levels: list[Level]) -> None:
    """Raise error 15600 for a level without its type or name, or without the level above it."""
    is_last = False
    for kind, name in levels:
        if bool(kind) != bool(name) or (kind and is_last):
            raise error(15600, "sp_addextendedproperty")
        is_last = not kind


def _part_place(engine: Engine, table: Table, kind: str, part: str) -> Place:
    path = f"{table.schema}.{table.name}.{part}"
    if kind == "COLUMN":
        rows = commands.run(engine, _COLUMN, {"table": table.oid, "name": part})
        if not rows:
            raise error(15135, path)
        return 1, table.oid, rows[0][0]
    if kind == "CONSTRAINT":
        rows = commands.run(engine, _CONSTRAINT, {"table": table.oid, "name": part})
        if not rows:
            raise error(15135, path)
        return 1, rows[0][0], 0
    if kind == "INDEX" and indexes.find(engine, table, part) is not None:
        rows = commands.run(engine, _INDEX, {"table": table.oid, "name": part})
        return 7, table.oid, rows[0][0]
    raise error(15135, path)


_COLUMN = """
SELECT attnum::int4 FROM pg_attribute WHERE attrelid = %(table)s AND attnum > 0
    AND NOT attisdropped AND lower(meta.column_name(attrelid, attnum)) = lower(%(name)s)
"""
_CONSTRAINT = """
SELECT object_id FROM meta.objects WHERE parent = %(table)s AND lower(name) = lower(%(name)s)
"""
_INDEX = """
SELECT index_id FROM meta.indexes WHERE indrelid = %(table)s AND lower(name) = lower(%(name)s)
"""
