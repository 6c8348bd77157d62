"""Checks of rows that PostgreSQL's constraints lack: triggers do them.

An untrusted CHECK (WITH NOCHECK) applies to new rows, and for updates of the columns it reads; in
PostgreSQL it is NOT ENFORCED. An untrusted foreign key is NOT VALID there, and looks at an update
only if the value changes; in SQL Server it is enough that the column is set.

The entry of an index has at most 900 bytes if it is clustered, 1,700 otherwise ("Maximum capacity
specifications for SQL Server",
https://learn.microsoft.com/sql/sql-server/maximum-capacity-specifications-for-sql-server).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tds_embedded.catalog.tables import Table, TableColumn
from tds_embedded.engine.ddl import commands
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import error
from tds_embedded.postgres.identifiers import quote

CLUSTERED_BYTES = 900
NONCLUSTERED_BYTES = 1700
LONGEST_NUMBER = 17  # bytes of decimal(38)
VARYING = frozenset({"nvarchar", "varchar", "varbinary", "sysname"})


# --- Untrusted constraints -----------------------------------------------------------------------


def watch(engine: Engine, table: Table, constraint: str) -> None:
    """Check new and updated rows by the constraint that PostgreSQL calls so."""
    rows = commands.run(engine, _READ, {"table": table.oid, "name": constraint})
    oid, kind = rows[0][:2]
    read = ", ".join(quote(name) for *_, name in rows if name is not None)
    of = f" OF {read}" if read else ""
    function = "meta.check_reference" if kind == "f" else "meta.check_row"
    commands.run(
        engine,
        f"CREATE TRIGGER {_trigger(oid)} AFTER INSERT OR UPDATE{of} ON {table.sql}"
        f" FOR EACH ROW EXECUTE FUNCTION {function}({oid})",
    )


def unwatch_sql(table: Table, constraint: int) -> str:
    """Return the statement after which a constraint, by its oid, checks no rows."""
    return f"DROP TRIGGER IF EXISTS {_trigger(constraint)} ON {table.sql}; "


def _trigger(constraint: int) -> str:
    return quote(f"untrusted~{constraint}")


# A computed column stands for the columns that it reads.
_READ = """
SELECT DISTINCT k.oid::int8, k.contype::text, a.attname::text FROM pg_constraint k
    LEFT JOIN LATERAL unnest(k.conkey) AS read (number) ON true
    LEFT JOIN pg_attrdef g ON g.adrelid = k.conrelid AND g.adnum = read.number
        AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = k.conrelid AND attnum = read.number
            AND attgenerated <> '')
    LEFT JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = g.oid
        AND d.refobjid = k.conrelid AND d.refobjsubid > 0 AND d.refobjsubid <> read.number
    LEFT JOIN pg_attribute a ON a.attrelid = k.conrelid
        AND a.attnum = CASE WHEN g.oid IS NULL THEN read.number ELSE d.refobjsubid END
WHERE k.conrelid = %(table)s AND k.conname = %(name)s
"""


@contextmanager
def rebuilt(engine: Engine, table: Table) -> Iterator[None]:
    """Drop the triggers while a column's type changes, which renumbers its columns."""
    for (name,) in commands.run(engine, _TRIGGERS, [table.oid]):
        commands.run(engine, f"DROP TRIGGER {quote(name)} ON {table.sql}")
    yield
    for (name,) in commands.run(engine, _UNTRUSTED, [table.oid]):
        watch(engine, table, name)
    for name, is_clustered in commands.run(engine, _INDEXES, [table.oid]):
        limit_key(engine, table, name, None, clustered=is_clustered)


_TRIGGERS = """
SELECT tgname::text FROM pg_trigger WHERE tgrelid = %s AND tgname ~ '^(untrusted|key)~'
"""
_UNTRUSTED = """
SELECT conname::text FROM pg_constraint, LATERAL (SELECT meta.of_constraint(oid)) AS d (data)
WHERE conrelid = %s AND contype IN ('c', 'f') AND (data ->> 'untrusted')::bool
    AND NOT coalesce((data ->> 'disabled')::bool, false)
"""
_INDEXES = """
SELECT i.relname::text, coalesce((meta.of_class(i.oid) ->> 'clustered')::bool, false)
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = %s
"""


# --- The bytes of keys ---------------------------------------------------------------------------


def limit_key(
    engine: Engine,
    table: Table,
    index: str,
    columns: Sequence[TableColumn] | None,
    *,
    clustered: bool,
) -> None:
    """Refuse rows whose key in the index that PostgreSQL calls so is too long.

    `columns` are those of the key, if the caller has them: that saves a query.
    Raises 1944 if every key would be, 1946 if one of the rows that are there is.
    """
    limit = CLUSTERED_BYTES if clustered else NONCLUSTERED_BYTES
    if columns is not None and sum(_most_bytes(each) for each in columns) <= limit:
        return
    keys = commands.run(engine, _KEYS, {"table": table.oid, "name": index})
    if sum(size for *_, size in keys) <= limit:
        return
    oid, index_name = keys[0][0], keys[0][1]
    fixed_size = sum(size for *_, sql_type, size in keys if sql_type not in VARYING)
    if fixed_size > limit:
        raise error(1944, index_name, fixed_size, limit)
    lengths = [
        f"coalesce(tsql.datalength({quote(column)}), 0)"
        for _, _, column, sql_type, _ in keys
        if sql_type in VARYING
    ]
    size = " + ".join([str(fixed_size), *lengths])
    kind = "clustered" if clustered else "nonclustered"
    longest = commands.run(engine, f"SELECT max({size}) FROM {table.sql}")[0][0]
    if longest is not None and longest > limit:
        raise error(1946, longest, index_name, limit, kind)
    commands.run(
        engine,
        f"CREATE TRIGGER {quote(f'key~{oid}')} AFTER INSERT OR UPDATE ON {table.sql}"
        f" FOR EACH ROW EXECUTE FUNCTION"
        f" meta.check_key({oid}, {limit}, {commands.literal(kind)}, {commands.literal(size)})",
    )


def _most_bytes(column: TableColumn) -> int:
    """Return at least as many bytes as a value of the column has."""
    return 2 * (column.type.length or LONGEST_NUMBER)


_KEYS = """
SELECT x.indexrelid::int8, coalesce(meta.of_class(i.oid) ->> 'name', i.relname::text),
    a.attname::text, t.name, c.max_length::int4
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
    CROSS JOIN LATERAL unnest(x.indkey[0:x.indnkeyatts - 1]::int2[]) AS key (number)
    JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = key.number
    JOIN meta.every_column c ON c.relation = x.indrelid AND c.column_id = key.number
    JOIN meta.system_types t ON t.user_type_id = c.user_type_id
WHERE x.indrelid = %(table)s AND i.relname = %(name)s
"""
