"""Schemas, sequences, alias types, synonyms; DROP of everything; DBCC CHECKIDENT.

Follows the page of each statement below
https://learn.microsoft.com/sql/t-sql/statements/statements
"""

from __future__ import annotations

import json
from collections.abc import Callable

from tds_embedded.engine.ddl import (
    columns,
    commands,
    databases,
    object_names,
    refusals,
    statistics,
    tables,
)
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import error
from tds_embedded.postgres.identifiers import quote
from tds_embedded.tsql import ast
from tds_embedded.tsql.parse.types import MAXIMUM_LENGTH, PLAIN, WITH_SCALE
from tds_embedded.types import SqlType

NUMBERS = ("decimal", "float", "numeric")
SEQUENCE_TYPES = {"smallint": "int2", "int": "int4", "bigint": "int8"}


# --- Schemas -----------------------------------------------------------------------------------


def create_schema(node: ast.CreateSchema, engine: Engine) -> None:
    if object_names.find_schema(engine, node.name) is not None:
        raise error(2759).after(error(2714, node.name))
    commands.run(engine, f"CREATE SCHEMA {quote(object_names.check_name(node.name))}")


def transfer_schema(node: ast.TransferSchema, engine: Engine) -> None:
    target = object_names.find_schema(engine, node.schema)
    if node.schema.lower() in ("sys", "information_schema"):
        raise error(2710, str(node.object))
    if target is None:
        raise error(15151, "alter", "schema", node.schema)
    if node.object.name.startswith("#"):
        raise error(33144)
    table = engine.catalog.table(node.object.schema, node.object.name)
    if table is None:
        raise error(15151, "find", "object", node.object.name)
    if table.schema.lower() == target.lower():
        return
    if object_names.is_taken(engine, target, table.name):
        raise error(15530, table.name)
    kind = "VIEW" if table.view else "TABLE"
    commands.run(engine, f"ALTER {kind} {table.sql} SET SCHEMA {quote(target)}")


# --- Sequences ---------------------------------------------------------------------------------


def sequence(node: ast.Sequence, engine: Engine) -> None:
    """CREATE and ALTER SEQUENCE. Without START it begins at its lowest value."""
    if node.increment == 0:
        raise error(11700, str(node.name))
    if node.alter:
        current = engine.catalog.sequence(node.name.schema, node.name.name)
        if current is None:
            raise error(15151, "alter", "sequence", str(node.name))
        commands.run(engine, f"ALTER SEQUENCE {current.sql}{_sequence_options(node)}")
        return
    schema = object_names.schema_of(engine, node.name)
    object_names.check_free(engine, schema, node.name.name, 8)
    sql_type = SqlType("bigint")
    if node.type is not None:
        sql_type = object_names.system_type(engine, node.type, node.name.name)
    if sql_type.name in ("tinyint", "decimal", "numeric") and not sql_type.scale:
        raise refusals.not_emulated(f"a sequence of type {sql_type.name}")
    if sql_type.name not in SEQUENCE_TYPES:
        raise error(11702, str(node.name))
    low, high = columns.IDENTITY_RANGES[sql_type.name]
    _check_range(node, low, high)
    name = f"{quote(schema)}.{quote(object_names.check_name(node.name.name))}"
    options = _sequence_options(node)
    if node.minimum in (None, False):
        options += f" MINVALUE {low}"
    if node.maximum in (None, False):
        options += f" MAXVALUE {high}"
    commands.run(engine, f"CREATE SEQUENCE {name} AS {SEQUENCE_TYPES[sql_type.name]}{options}")
    commands.comment(engine, f"SEQUENCE {name}", {"type": columns.type_data(sql_type)})


def _check_range(node: ast.Sequence, low: int, high: int) -> None:
    """Raise error 11705 or 11703; `low` and `high` are the type's bounds."""
    minimum = low if node.minimum is None or isinstance(node.minimum, bool) else node.minimum
    maximum = high if node.maximum is None or isinstance(node.maximum, bool) else node.maximum
    if minimum >= maximum:
        raise error(11705, str(node.name))
    if isinstance(node.start, int) and not minimum <= node.start <= maximum:
        raise error(11703, str(node.name))


def _sequence_options(node: ast.Sequence) -> str:
    """CACHE is left out: here a sequence is as fast without, and has no gaps."""
    words = ""
    for clause, value in (
        ("INCREMENT BY", node.increment),
        ("MINVALUE", node.minimum),
        ("MAXVALUE", node.maximum),
        ("START WITH", node.start),
    ):
        if value is not None and not isinstance(value, bool):
            words += f" {clause} {value}"
    if node.cycle is not None:
        words += " CYCLE" if node.cycle else " NO CYCLE"
    if node.restart is not None:
        words += " RESTART" if node.restart is True else f" RESTART WITH {node.restart}"
    return words


# --- Types and synonyms --------------------------------------------------------------------------


def _is_system_type(word: str) -> bool:
    return word in PLAIN or word in MAXIMUM_LENGTH or word in (*WITH_SCALE, *NUMBERS, "sysname")


def create_type(node: ast.CreateType, engine: Engine) -> None:
    if node.base is None:
        raise refusals.not_emulated("CREATE TYPE ... AS TABLE")
    schema = object_names.schema_of(engine, node.name)
    word = node.name.name.lower()
    if engine.catalog.type(schema, word) is not None or _is_system_type(word):
        raise error(219, str(node.name))
    if not isinstance(node.base, SqlType):
        alias = engine.catalog.type(node.base.schema, node.base.name)
        if alias is not None:
            raise error(222, str(node.base))
    base = columns.declared_type(engine, node.base, node.name.name, 1)
    commands.run(
        engine,
        "INSERT INTO meta.alias_types (schema, name, type, nullable) VALUES (%s, %s, %s, %s)",
        [
            schema,
            node.name.name,
            json.dumps(columns.type_data(base)),
            node.nullable is not False,
        ],
    )


def create_synonym(node: ast.CreateSynonym, engine: Engine) -> None:
    schema = object_names.schema_of(engine, node.name)
    object_names.check_free(engine, schema, node.name.name, 8)
    commands.run(
        engine,
        "INSERT INTO meta.synonyms (schema, name, target) VALUES (%s, %s, %s)",
        [schema, node.name.name, ".".join(f"[{part}]" for part in node.target.parts)],
    )


# --- DROP --------------------------------------------------------------------------------------


def drop_objects(node: ast.DropObjects, engine: Engine) -> None:
    """Raise error 3701 (schema: 15151, type: 218) for a missing object, 3726, 3729 or 3732."""
    drop = _DROPS.get(node.kind)
    if drop is None:
        raise refusals.not_emulated(f"DROP {node.kind}")
    for name in node.names:
        if not drop(engine, name) and not node.if_exists:
            if node.kind == "TYPE":
                raise error(218, str(name))
            if node.kind == "SCHEMA":
                raise error(15151, "drop", node.kind.lower(), name.name)
            raise error(3701, node.kind.lower(), str(name))


def _refuse_synonym(engine: Engine, name: ast.ObjectName, kind: str) -> None:
    """Raise 3705 if the name is a synonym's, whatever it stands for."""
    if engine.catalog.is_synonym(name.schema, name.name):
        raise error(3705, kind, str(name), str(name), "synonym", "DROP SYNONYM")


def _drop_table(engine: Engine, name: ast.ObjectName) -> bool:
    object_names.check_database(engine, name)
    _refuse_synonym(engine, name, "TABLE")
    table = engine.catalog.table(name.schema, name.name)
    if table is None or table.schema in ("sys", "INFORMATION_SCHEMA"):
        return False
    if table.view:
        raise error(3705, "TABLE", str(name), str(name), "view", "DROP VIEW")
    tables.drop_table(engine, table, str(name))
    return True


def _drop_view(engine: Engine, name: ast.ObjectName) -> bool:
    object_names.check_database(engine, name)
    _refuse_synonym(engine, name, "VIEW")
    view = engine.catalog.table(name.schema, name.name)
    if view is None or view.schema in ("sys", "INFORMATION_SCHEMA"):
        return False
    if not view.view:
        raise error(3705, "VIEW", str(name), str(name), "table", "DROP TABLE")
    commands.run(engine, "DELETE FROM meta.extended_properties WHERE major = %s", [view.oid])
    commands.run(engine, f"DROP VIEW {view.sql} CASCADE")
    return True


def _drop_sequence(engine: Engine, name: ast.ObjectName) -> bool:
    current = engine.catalog.sequence(name.schema, name.name)
    if current is None:
        return False
    users = commands.run(engine, _SEQUENCE_USERS, [current.sql])
    if users:
        raise error(3729, "DROP SEQUENCE", str(name), users[0][0])
    commands.run(engine, f"DROP SEQUENCE {current.sql}")
    return True


def _drop_synonym(engine: Engine, name: ast.ObjectName) -> bool:
    values = [name.schema or engine.catalog.default_schema, name.name]
    rows = bool(commands.run(engine, _DROP_SYNONYM, values))
    table = None if rows else engine.catalog.table(name.schema, name.name)
    if table is not None and table.schema not in ("sys", "INFORMATION_SCHEMA"):
        kind = "view" if table.view else "table"
        raise error(3705, "SYNONYM", str(name), str(name), kind, f"DROP {kind.upper()}")
    return rows


def _drop_type(engine: Engine, name: ast.ObjectName) -> bool:
    values = [name.schema or engine.catalog.default_schema, name.name]
    users = commands.run(engine, _TYPE_USERS, values)
    if users:
        raise error(3732, str(name), users[0][0])
    return bool(commands.run(engine, _DROP_TYPE, values))


def _drop_schema(engine: Engine, name: ast.ObjectName) -> bool:
    schema_name = object_names.find_schema(engine, name.name)
    if schema_name is None:
        return False
    members = commands.run(engine, _MEMBERS, [schema_name])
    if members:
        raise error(3729, "drop schema", name.name, members[0][0])
    commands.run(engine, f"DROP SCHEMA {quote(schema_name)}")
    return True


def _drop_database(engine: Engine, name: ast.ObjectName) -> bool:
    return databases.drop(engine, name.name)


_DROP_SYNONYM = """
DELETE FROM meta.synonyms WHERE lower(schema) = lower(%s) AND lower(name) = lower(%s) RETURNING 1
"""
_DROP_TYPE = """
DELETE FROM meta.alias_types WHERE lower(schema) = lower(%s) AND lower(name) = lower(%s) RETURNING 1
"""
_TYPE_USERS = """
SELECT name FROM meta.columns
WHERE lower(coalesce(data -> 'alias' ->> 0, 'dbo')) = lower(%s)
    AND lower(data -> 'alias' ->> 1) = lower(%s)
"""
_SEQUENCE_USERS = """
SELECT coalesce(meta.of_column(a.attrelid, a.attnum) -> 'default' ->> 'name',
    meta.table_name(a.attrelid))
FROM pg_depend d
JOIN pg_attrdef f ON f.oid = d.objid
JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass
    AND d.refobjid = %s::regclass AND d.deptype = 'n'
"""
_MEMBERS = """
SELECT name FROM meta.objects WHERE schema = (SELECT oid FROM pg_namespace WHERE nspname = %s)
"""
_DROPS: dict[str, Callable[[Engine, ast.ObjectName], bool]] = {
    "TABLE": _drop_table,
    "VIEW": _drop_view,
    "SEQUENCE": _drop_sequence,
    "SYNONYM": _drop_synonym,
    "TYPE": _drop_type,
    "SCHEMA": _drop_schema,
    "STATISTICS": statistics.drop,
    "DATABASE": _drop_database,
}


# --- DBCC --------------------------------------------------------------------------------------


def dbcc(node: ast.Dbcc, engine: Engine) -> None:
    """CHECKIDENT; FREEPROCCACHE and DROPCLEANBUFFERS, which change no result."""
    if node.command in ("FREEPROCCACHE", "DROPCLEANBUFFERS", "FREESYSTEMCACHE"):
        return
    if node.command != "CHECKIDENT":
        raise refusals.not_emulated(f"DBCC {node.command}")
    name, *rest = node.arguments
    table = object_names.find_table(engine, _table_argument(name), 2501)
    identity = next((each for each in table.columns if each.identity), None)
    if identity is None:
        raise error(7997, f"{table.schema}.{table.name}")
    mode = _word(rest[0]) if rest else "RESEED"
    sequence = commands.run(
        engine, "SELECT pg_get_serial_sequence(%s, %s)", [table.sql, identity.name]
    )[0][0]
    if len(rest) > 1:
        _reseed(engine, sequence, _number(rest[1]))
    elif mode == "RESEED":
        commands.run(
            engine, _TO_MAXIMUM.format(column=identity.sql, table=table.sql), [sequence] * 2
        )


def _table_argument(node: ast.Expression | ast.ObjectName) -> ast.ObjectName:
    """'dbo.t', dbo.t or [dbo].[t]."""
    if isinstance(node, ast.ObjectName):
        return node
    if isinstance(node, ast.ColumnReference):
        return ast.ObjectName(node.parts)
    if isinstance(node, ast.StringLiteral):
        return object_names.parse_name(node.value)
    raise error(102, ",")


def _word(node: ast.Expression | ast.ObjectName) -> str:
    if isinstance(node, ast.ObjectName):
        return node.name.upper()
    return node.name.upper() if isinstance(node, ast.ColumnReference) else ""


def _number(node: ast.Expression | ast.ObjectName) -> int:
    if isinstance(node, ast.IntegerLiteral):
        return node.value
    if isinstance(node, ast.Unary) and isinstance(node.operand, ast.IntegerLiteral):
        return -node.operand.value if node.operator == "-" else node.operand.value
    raise error(102, ")")


def _reseed(engine: Engine, sequence: str, value: int) -> None:
    """Set the next value to value + increment, or to value if there was none before."""
    is_called = commands.run(engine, f"SELECT is_called FROM {sequence}")[0][0]
    commands.run(engine, "SELECT setval(%s, %s, %s)", [sequence, value, is_called])


# Only upwards: SQL Server leaves a current value that is above the column's maximum.
_TO_MAXIMUM = """
SELECT setval(%s, (SELECT max({column}) FROM {table}))
WHERE (SELECT max({column}) FROM {table}) > coalesce(pg_sequence_last_value(%s), 0)
"""
