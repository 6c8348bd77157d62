"""Dependents of a column, which forbid to alter or drop it (errors 5074 and 4922)."""

from __future__ import annotations

from dataclasses import dataclass

from tds_embedded.catalog.tables import Table
from tds_embedded.engine.ddl import commands
from tds_embedded.engine.protocol import Engine


@dataclass(frozen=True)
class Dependent:
    """An object that needs a column: its name and kind."""

    name: str
    kind: str  # DEFAULT, COLUMN, FILTER, FILTERED STATISTICS, CHECK, INDEX, PRIMARY KEY, UNIQUE,
    # STATISTICS, FOREIGN KEY, VIEW

    @property
    def word(self) -> str:
        """The word that message 5074 has for it."""
        return _WORDS.get(self.kind, "object")


_WORDS = {
    "INDEX": "index",
    "FILTER": "index",
    "COLUMN": "column",
    "STATISTICS": "statistics",
    "FILTERED STATISTICS": "statistics",
}


def of_column(engine: Engine, table: Table, name: str) -> list[Dependent]:
    """Return all dependents in the order in which SQL Server lists them.

    An index that has the column as a key and in its filter is there twice.
    """
    number = commands.run(engine, _NUMBER, {"table": table.oid, "name": name})[0][0]
    values = {"table": table.oid, "number": number}
    return [Dependent(str(each), str(kind)) for each, kind in commands.run(engine, _ALL, values)]


_NUMBER = """
SELECT attnum FROM pg_attribute WHERE attrelid = %(table)s AND attnum > 0 AND NOT attisdropped
    AND lower(meta.column_name(attrelid, attnum)) = lower(%(name)s)
"""
_ALL = """
SELECT name, kind FROM (
    SELECT 1 AS place, 0::oid AS age, meta.of_column(%(table)s, %(number)s) -> 'default' ->> 'name'
        AS name, 'DEFAULT' AS kind
    WHERE meta.of_column(%(table)s, %(number)s) -> 'default' IS NOT NULL
    UNION ALL
    SELECT 2, a.adnum::int4::oid, meta.column_name(a.adrelid, a.adnum), 'COLUMN'
    FROM pg_attrdef a JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = a.oid
    WHERE a.adrelid = %(table)s AND d.refobjid = %(table)s AND d.refobjsubid = %(number)s
        AND a.adnum <> %(number)s
    UNION ALL
    SELECT 3, x.indexrelid, meta.class_name(i.oid, i.relname), 'FILTER'
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
    WHERE x.indrelid = %(table)s AND meta.filter_reads(x.indexrelid, %(number)s)
    UNION ALL
    SELECT 4, id::oid, name, 'FILTERED STATISTICS' FROM meta.statistics
    WHERE relation = %(table)s AND %(number)s = ANY (filter_columns)
    UNION ALL
    SELECT CASE contype WHEN 'c' THEN 5 ELSE 8 END, oid, meta.constraint_name(oid, conname),
        CASE contype WHEN 'c' THEN 'CHECK' ELSE 'FOREIGN KEY' END
    FROM pg_constraint
    WHERE contype IN ('c', 'f') AND (conrelid = %(table)s AND %(number)s = ANY (conkey)
        OR confrelid = %(table)s AND %(number)s = ANY (confkey))
    UNION ALL
    SELECT 6, x.indexrelid, coalesce(meta.constraint_name(k.oid, k.conname),
        meta.class_name(i.oid, i.relname)), CASE k.contype WHEN 'p' THEN 'PRIMARY KEY'
            WHEN 'u' THEN 'UNIQUE' ELSE 'INDEX' END
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
        LEFT JOIN pg_constraint k ON k.conindid = i.oid AND k.contype IN ('p', 'u')
    WHERE x.indrelid = %(table)s AND %(number)s = ANY (x.indkey)
    UNION ALL
    SELECT 7, id::oid, name, 'STATISTICS' FROM meta.statistics
    WHERE relation = %(table)s AND %(number)s = ANY (columns)
) AS dependents ORDER BY place, age
"""
