"""Names of DDL: schemas, generated names, and the lookup of objects."""

from __future__ import annotations

import hashlib
import re
from itertools import count

from tds_embedded.catalog.tables import SCHEMAS, Table
from tds_embedded.engine.ddl import commands, refusals
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import error
from tds_embedded.postgres.identifiers import shorten
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate.binder import Context
from tds_embedded.types import SqlType


def context(engine: Engine) -> Context:
    """Return the context of a definition's expressions: no variables are in scope."""
    return Context(
        engine.catalog,
        database=engine.database,
        default_schema=engine.catalog.default_schema,
        product=engine.product.compatibility_year,
    )


def long_name(name: str) -> str | None:
    """Return the name for the comment if PostgreSQL has to shorten it."""
    return name if shorten(name) != name else None


def check_filegroup(name: str | None) -> None:
    """Raise error 1921 for any but the one that every database has."""
    if name is not None and name.lower() not in ("primary", "default"):
        raise error(1921, "filegroup", name)


def check_name(name: str) -> str:
    """Raise error 103 for a name of more than 128 characters."""
    if len(name) > 128:
        raise error(103, name[:124])
    return name


def schema_of(engine: Engine, name: ast.ObjectName) -> str:
    """Return the name of a new object's schema, as it was created. Raises 2760."""
    if name.name.startswith("#"):
        return "pg_temp"
    check_database(engine, name)
    schema = name.schema or engine.catalog.default_schema
    if schema.lower() in ("sys", *SCHEMAS):
        raise error(2760, schema)
    schema_name = find_schema(engine, schema)
    if schema_name is None:
        raise error(2760, schema)
    return schema_name


def find_schema(engine: Engine, name: str) -> str | None:
    """Return the name of a user's schema as it was created, or None."""
    rows = commands.run(engine, _SCHEMA, [name])
    return str(rows[0][0]) if rows else None


_SCHEMA = """
SELECT nspname::text FROM pg_namespace
WHERE lower(nspname) = lower(%s) AND oid >= 16384 AND nspname !~ '^pg_'
    AND nspname NOT IN ('tsql', 'meta', 'sys', 'information_schema_ms')
"""


_PART = re.compile(r"""(?:\[((?:[^]]|\]\])*)\]|"((?:[^"]|"")*)"|([^.\["]*))(?:\.|$)""")


def parse_name(text: str) -> ast.ObjectName:
    """Return a name in a string: `dbo.t`, `[my schema].[t]`, `"t"`. Any other text is one part."""
    parts: list[str] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            return ast.ObjectName((text,))
        in_brackets, in_quotes, plain = match.groups()
        if in_brackets is not None:
            parts.append(in_brackets.replace("]]", "]"))
        else:
            parts.append(plain if in_quotes is None else in_quotes.replace('""', '"'))
        position = match.end()
    return ast.ObjectName(tuple(parts) or (text,))


def check_database(engine: Engine, name: ast.ObjectName) -> None:
    """Refuse another database than the current one, or tempdb for temporary tables."""
    database = name.database
    if database is None or database.lower() == engine.database.lower():
        return
    if database.lower() == "tempdb" and name.name.startswith("#"):
        return
    raise error(40517, f"DDL in database '{database}' from database '{engine.database}'")


def invented_name(
    engine: Engine, prefix: str, schema: str, table: str, column: str = "", *, seed: str = ""
) -> str:
    """Return a free name in SQL Server's form: `DF__auth_user__first__3B75D760`."""
    digits = 16 if prefix in ("PK", "UQ") else 8
    words = _shortened(prefix, table, column if digits == 8 else "", digits)
    for attempt in count():
        text = "\0".join((prefix, schema, table, column, seed, str(attempt)))
        digest = hashlib.sha256(text.encode()).hexdigest()[:digits].upper()
        name = "__".join([*words, digest])
        if not commands.run(engine, _INVENTED, {"name": name, "default": f'%"name": "{name}"%'}):
            return name
    raise AssertionError("unreachable")


def _shortened(prefix: str, table: str, column: str, digits: int) -> list[str]:
    """Return the words before the digits of an invented name, which has at most 30 characters."""
    rest = 30 - digits - len(f"{prefix}____")
    if not column:
        return [prefix, table[:rest]]
    column = column[:5]
    return [prefix, table[: rest - len(f"__{column}")], column]


# The lookup is case-sensitive, for the sake of PostgreSQL's indexes: generated names never differ
# in case.
_INVENTED = """
SELECT 1 FROM pg_constraint WHERE conname = %(name)s
UNION ALL
SELECT 1 FROM pg_description WHERE objsubid > 0 AND description LIKE %(default)s
"""


def is_taken(engine: Engine, schema: str, name: str) -> bool:
    """Return whether the schema has an object (or constraint) of that name."""
    return bool(commands.run(engine, _TAKEN, {"schema": schema, "name": name}))


def check_free(engine: Engine, schema: str, name: str, state: int | None = None) -> None:
    """Raise error 2714 if the name is taken; its state depends on the new object."""
    if is_taken(engine, schema, name):
        raise error(2714, name, state=state)


_TAKEN = """
SELECT 1 FROM meta.object_names
WHERE schema = CASE %(schema)s WHEN 'pg_temp' THEN pg_my_temp_schema()
    ELSE (SELECT oid FROM pg_namespace WHERE lower(nspname) = lower(%(schema)s)) END
    AND lower(name) = lower(%(name)s)
LIMIT 1
"""


ALTERED = 4902  # ALTER TABLE of no table, which is found while the batch is compiled


def find_table(engine: Engine, name: ast.ObjectName, number: int = ALTERED) -> Table:
    """Return the table with that name. Raises `number` if there is none, 4909 for a view."""
    check_database(engine, name)
    table = engine.catalog.table(name.schema, name.name)
    if table is None or table.schema.lower() in ("sys", "information_schema"):
        missing = error(number, str(name))
        raise refusals.found_compiling(missing) if number == ALTERED else missing
    if table.view:
        raise error(4909, str(name))
    return table


def system_type(engine: Engine, sql_type: ast.DataType, column: str, position: int = 1) -> SqlType:
    """Return the system type of a declared one. Raises 2715."""
    if isinstance(sql_type, SqlType):
        return sql_type
    system_type = engine.catalog.type(sql_type.schema, sql_type.name)
    if system_type is None:
        raise error(2715, position, str(sql_type))
    return system_type
