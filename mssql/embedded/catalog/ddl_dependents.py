"""What hangs on a column, so that it cannot be altered or dropped (errors 5074 and 4922)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mssql.embedded.catalog import ddl_core as core
from mssql.embedded.catalog.tables import Table

if TYPE_CHECKING:
    from mssql.embedded.session import Session


@dataclass(frozen=True)
class Dependent:
    """An object that needs a column: its name and kind."""

    name: str
    kind: str  # PRIMARY KEY, UNIQUE, FOREIGN KEY, CHECK, DEFAULT, INDEX, FILTER, COLUMN

    @property
    def word(self) -> str:
        """What message 5074 calls it."""
        return {"INDEX": "index", "FILTER": "index", "COLUMN": "column"}.get(self.kind, "object")


def of_column(session: Session, table: Table, name: str) -> list[Dependent]:
    """Constraints first, then indexes and computed columns."""
    number = core.run(session, _NUMBER, {"table": table.oid, "name": name})[0][0]
    values = {"table": table.oid, "number": number}
    return [Dependent(str(each), str(kind)) for each, kind in core.run(session, _ALL, values)]


_NUMBER = """
SELECT attnum FROM pg_attribute WHERE attrelid = %(table)s AND attnum > 0 AND NOT attisdropped
    AND lower(meta.column_name(attrelid, attnum)) = lower(%(name)s)
"""
_ALL = """
SELECT meta.constraint_name(oid, conname), CASE contype WHEN 'p' THEN 'PRIMARY KEY'
    WHEN 'u' THEN 'UNIQUE' WHEN 'f' THEN 'FOREIGN KEY' ELSE 'CHECK' END
FROM pg_constraint
WHERE contype IN ('p', 'u', 'f', 'c') AND (conrelid = %(table)s AND %(number)s = ANY (conkey)
    OR confrelid = %(table)s AND %(number)s = ANY (confkey))
UNION ALL
SELECT meta.of_column(%(table)s, %(number)s) -> 'default' ->> 'name', 'DEFAULT'
WHERE meta.of_column(%(table)s, %(number)s) -> 'default' IS NOT NULL
UNION ALL
SELECT meta.class_name(i.oid, i.relname),
    CASE WHEN %(number)s = ANY (x.indkey) THEN 'INDEX' ELSE 'FILTER' END
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
WHERE x.indrelid = %(table)s AND NOT EXISTS (SELECT FROM pg_constraint k
    WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u'))
    AND (%(number)s = ANY (x.indkey) OR meta.filter_reads(x.indexrelid, %(number)s))
UNION ALL
SELECT meta.class_name(i.oid, i.relname), 'FILTER'
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
WHERE x.indrelid = %(table)s AND %(number)s = ANY (x.indkey)
    AND meta.filter_reads(x.indexrelid, %(number)s)
UNION ALL
SELECT meta.column_name(a.adrelid, a.adnum), 'COLUMN'
FROM pg_attrdef a JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = a.oid
WHERE a.adrelid = %(table)s AND d.refobjid = %(table)s AND d.refobjsubid = %(number)s
    AND a.adnum <> %(number)s
"""
