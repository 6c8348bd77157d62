"""Views, schemas, sequences, alias types, synonyms; DROP of everything; DBCC CHECKIDENT.

Follows the page of each statement below
https://learn.microsoft.com/sql/t-sql/statements/statements
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from tds_embedded.engine.ddl import columns, common, databases, statistics, tables
from tds_embedded.errors import error
from tds_embedded.tsql import ast, translate
from tds_embedded.tsql.names import quote
from tds_embedded.tsql.parse.types import MAXIMUM_LENGTH, PLAIN, WITH_SCALE
from tds_embedded.tsql.walk import descendants
from tds_embedded.types import SqlType

if TYPE_CHECKING:
    from tds_embedded.engine.session import Session

NUMBERS = ("decimal", "float", "numeric")
SEQUENCE_TYPES = {"smallint": "int2", "int": "int4", "bigint": "int8"}


# --- Views -------------------------------------------------------------------------------------


@common.define.register(ast.CreateView)
def create_view(node: ast.CreateView, session: Session) -> None:
    _check_sources(node)
    schema = common.schema_of(session, node.name)
    name = common.check_name(node.name.name)
    known = session.catalog.table(schema, name)
    if known is not None and node.mode != "CREATE":
        if not known.view:
            raise error(2714, name, state=3)
        common.run(session, f"DROP VIEW {known.sql} CASCADE")
    elif node.mode == "ALTER":
        raise error(208, str(node.name), state=6)
    else:
        common.check_free(session, schema, name, 3)
    sql, shown = translate.view(node.query, node.ctes, common.context(session), name, node.columns)
    view = f"{quote(schema)}.{quote(name)}"
    listed = ", ".join(quote(each.name) for each in shown)
    check = " WITH CASCADED CHECK OPTION" if node.check_option else ""
    common.run(session, f"CREATE VIEW {view} ({listed}) AS {sql}{check}")
    common.comment(
        session,
        f"VIEW {view}",
        {
            "name": common.long_name(name),
            "definition": node.text,
            "bound": "SCHEMABINDING" in node.attributes,
            "check_option": node.check_option,
        },
    )
    for each in shown:
        common.comment(
            session,
            f"COLUMN {view}.{quote(each.name)}",
            {
                "name": common.long_name(each.name),
                "type": columns.type_data(each.type),
                "not_null": not each.nullable,
            },
        )


def _check_sources(node: ast.CreateView) -> None:
    """Raises 4508 for a temporary table; with SCHEMABINDING 1054 (a star), 4512 (a short name)."""
    below = [*descendants(node.query), *(each for cte in node.ctes for each in descendants(cte))]
    common = {each.name.lower() for each in node.ctes}
    bound = "SCHEMABINDING" in node.attributes
    for each in below:
        selected = each.select if bound and isinstance(each, ast.QuerySpecification) else ()
        if any(isinstance(item, ast.Star) for item in selected):
            raise error(1054, "*")
        if not isinstance(each, ast.NamedTable):
            continue
        if each.name.name.startswith("#"):
            raise error(4508)
        parts = len(each.name.parts)
        if bound and parts != 2 and not (parts == 1 and each.name.name.lower() in common):
            raise error(4512, "view", str(node.name), str(each.name), state=3)


# --- Schemas -----------------------------------------------------------------------------------


@common.define.register(ast.CreateSchema)
def create_schema(node: ast.CreateSchema, session: Session) -> None:
    if common.find_schema(session, node.name) is not None:
        raise error(2759).after(error(2714, node.name))
    common.run(session, f"CREATE SCHEMA {quote(common.check_name(node.name))}")


@common.define.register(ast.TransferSchema)
def transfer_schema(node: ast.TransferSchema, session: Session) -> None:
    target = common.find_schema(session, node.schema)
    if node.schema.lower() in ("sys", "information_schema"):
        raise error(2710, str(node.object))
    if target is None:
        raise error(15151, "alter", "schema", node.schema)
    if node.object.name.startswith("#"):
        raise error(33144)
    table = session.catalog.table(node.object.schema, node.object.name)
    if table is None:
        raise error(15151, "find", "object", node.object.name)
    if table.schema.lower() == target.lower():
        return
    if common.is_taken(session, target, table.name):
        raise error(15530, table.name)
    kind = "VIEW" if table.view else "TABLE"
    common.run(session, f"ALTER {kind} {table.sql} SET SCHEMA {quote(target)}")


# --- Sequences ---------------------------------------------------------------------------------


@common.define.register(ast.Sequence)
def sequence(node: ast.Sequence, session: Session) -> None:
    """CREATE and ALTER SEQUENCE. Without START it begins at its lowest value."""
    if node.increment == 0:
        raise error(11700, str(node.name))
    if node.alter:
        found = session.catalog.sequence(node.name.schema, node.name.name)
        if found is None:
            raise error(15151, "alter", "sequence", str(node.name))
        common.run(session, f"ALTER SEQUENCE {found.sql}{_sequence_options(node)}")
        return
    schema = common.schema_of(session, node.name)
    common.check_free(session, schema, node.name.name, 8)
    type = SqlType("bigint")
    if node.type is not None:
        type = common.system_type(session, node.type, node.name.name)
    if type.name in ("tinyint", "decimal", "numeric") and not type.scale:
        raise common.not_here(f"a sequence of type {type.name}")
    if type.name not in SEQUENCE_TYPES:
        raise error(11702, str(node.name))
    low, high = columns.IDENTITY_RANGES[type.name]
    _check_range(node, low, high)
    name = f"{quote(schema)}.{quote(common.check_name(node.name.name))}"
    options = _sequence_options(node)
    if node.minimum in (None, False):
        options += f" MINVALUE {low}"
    if node.maximum in (None, False):
        options += f" MAXVALUE {high}"
    common.run(session, f"CREATE SEQUENCE {name} AS {SEQUENCE_TYPES[type.name]}{options}")
    common.comment(session, f"SEQUENCE {name}", {"type": columns.type_data(type)})


def _check_range(node: ast.Sequence, low: int, high: int) -> None:
    """Raises 11705 or 11703; `low` and `high` are the type's bounds."""
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


@common.define.register(ast.CreateType)
def create_type(node: ast.CreateType, session: Session) -> None:
    if node.base is None:
        raise common.not_here("CREATE TYPE ... AS TABLE")
    schema = common.schema_of(session, node.name)
    word = node.name.name.lower()
    if session.catalog.type(schema, word) is not None or _is_system_type(word):
        raise error(219, str(node.name))
    if not isinstance(node.base, SqlType):
        alias = session.catalog.type(node.base.schema, node.base.name)
        if alias is not None:
            raise error(222, str(node.base))
    base = columns.declared_type(session, node.base, node.name.name, 1)
    common.run(
        session,
        "INSERT INTO meta.alias_types (schema, name, type, nullable) VALUES (%s, %s, %s, %s)",
        [
            schema,
            node.name.name,
            json.dumps(columns.type_data(base)),
            node.nullable is not False,
        ],
    )


@common.define.register(ast.CreateSynonym)
def create_synonym(node: ast.CreateSynonym, session: Session) -> None:
    schema = common.schema_of(session, node.name)
    common.check_free(session, schema, node.name.name, 8)
    common.run(
        session,
        "INSERT INTO meta.synonyms (schema, name, target) VALUES (%s, %s, %s)",
        [schema, node.name.name, ".".join(f"[{part}]" for part in node.target.parts)],
    )


# --- DROP --------------------------------------------------------------------------------------


@common.define.register(ast.DropObjects)
def drop_objects(node: ast.DropObjects, session: Session) -> None:
    """Raises 3701 (schema: 15151, type: 218) for what is not there, 3726, 3729 or 3732."""
    drop = _DROPS.get(node.kind)
    if drop is None:
        raise common.not_here(f"DROP {node.kind}")
    for name in node.names:
        if not drop(session, name) and not node.if_exists:
            if node.kind == "TYPE":
                raise error(218, str(name))
            if node.kind == "SCHEMA":
                raise error(15151, "drop", node.kind.lower(), name.name)
            raise error(3701, node.kind.lower(), str(name))


def _refuse_synonym(session: Session, name: ast.ObjectName, kind: str) -> None:
    """Raise 3705 if the name is a synonym's, whatever it stands for."""
    if session.catalog.is_synonym(name.schema, name.name):
        raise error(3705, kind, str(name), str(name), "synonym", "DROP SYNONYM")


def _drop_table(session: Session, name: ast.ObjectName) -> bool:
    common.check_database(session, name)
    _refuse_synonym(session, name, "TABLE")
    table = session.catalog.table(name.schema, name.name)
    if table is None or table.schema in ("sys", "INFORMATION_SCHEMA"):
        return False
    if table.view:
        raise error(3705, "TABLE", str(name), str(name), "view", "DROP VIEW")
    tables.drop_table(session, table, str(name))
    return True


def _drop_view(session: Session, name: ast.ObjectName) -> bool:
    common.check_database(session, name)
    _refuse_synonym(session, name, "VIEW")
    view = session.catalog.table(name.schema, name.name)
    if view is None or view.schema in ("sys", "INFORMATION_SCHEMA"):
        return False
    if not view.view:
        raise error(3705, "VIEW", str(name), str(name), "table", "DROP TABLE")
    common.run(session, "DELETE FROM meta.extended_properties WHERE major = %s", [view.oid])
    common.run(session, f"DROP VIEW {view.sql} CASCADE")
    return True


def _drop_sequence(session: Session, name: ast.ObjectName) -> bool:
    found = session.catalog.sequence(name.schema, name.name)
    if found is None:
        return False
    users = common.run(session, _SEQUENCE_USERS, [found.sql])
    if users:
        raise error(3729, "DROP SEQUENCE", str(name), users[0][0])
    common.run(session, f"DROP SEQUENCE {found.sql}")
    return True


def _drop_synonym(session: Session, name: ast.ObjectName) -> bool:
    values = [name.schema or session.catalog.default_schema, name.name]
    dropped = bool(common.run(session, _DROP_SYNONYM, values))
    table = None if dropped else session.catalog.table(name.schema, name.name)
    if table is not None and table.schema not in ("sys", "INFORMATION_SCHEMA"):
        kind = "view" if table.view else "table"
        raise error(3705, "SYNONYM", str(name), str(name), kind, f"DROP {kind.upper()}")
    return dropped


def _drop_type(session: Session, name: ast.ObjectName) -> bool:
    values = [name.schema or session.catalog.default_schema, name.name]
    users = common.run(session, _TYPE_USERS, values)
    if users:
        raise error(3732, str(name), users[0][0])
    return bool(common.run(session, _DROP_TYPE, values))


def _drop_schema(session: Session, name: ast.ObjectName) -> bool:
    found = common.find_schema(session, name.name)
    if found is None:
        return False
    members = common.run(session, _MEMBERS, [found])
    if members:
        raise error(3729, "drop schema", name.name, members[0][0])
    common.run(session, f"DROP SCHEMA {quote(found)}")
    return True


def _drop_database(session: Session, name: ast.ObjectName) -> bool:
    return databases.drop(session, name.name)


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
_DROPS: dict[str, Callable[[Session, ast.ObjectName], bool]] = {
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


@common.define.register(ast.Dbcc)
def dbcc(node: ast.Dbcc, session: Session) -> None:
    """CHECKIDENT; FREEPROCCACHE and DROPCLEANBUFFERS, which change no result."""
    if node.command in ("FREEPROCCACHE", "DROPCLEANBUFFERS", "FREESYSTEMCACHE"):
        return
    if node.command != "CHECKIDENT":
        raise common.not_here(f"DBCC {node.command}")
    name, *rest = node.arguments
    table = common.find_table(session, _table_argument(name), 2501)
    identity = next((each for each in table.columns if each.identity), None)
    if identity is None:
        raise error(7997, f"{table.schema}.{table.name}")
    mode = _word(rest[0]) if rest else "RESEED"
    sequence = common.run(
        session, "SELECT pg_get_serial_sequence(%s, %s)", [table.sql, identity.name]
    )[0][0]
    if len(rest) > 1:
        _reseed(session, sequence, _number(rest[1]))
    elif mode == "RESEED":
        common.run(
            session, _TO_MAXIMUM.format(column=identity.sql, table=table.sql), [sequence] * 2
        )


def _table_argument(node: ast.Expression | ast.ObjectName) -> ast.ObjectName:
    """'dbo.t', dbo.t or [dbo].[t]."""
    if isinstance(node, ast.ObjectName):
        return node
    if isinstance(node, ast.ColumnReference):
        return ast.ObjectName(node.parts)
    if isinstance(node, ast.StringLiteral):
        return common.parse_name(node.value)
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


def _reseed(session: Session, sequence: str, value: int) -> None:
    """The next value is value + increment, or value itself where none was ever taken."""
    used = common.run(session, f"SELECT is_called FROM {sequence}")[0][0]
    common.run(session, "SELECT setval(%s, %s, %s)", [sequence, value, used])


# Only upwards: SQL Server leaves a current value that is above the column's maximum.
_TO_MAXIMUM = """
SELECT setval(%s, (SELECT max({column}) FROM {table}))
WHERE (SELECT max({column}) FROM {table}) > coalesce(pg_sequence_last_value(%s), 0)
"""
