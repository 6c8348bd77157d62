"""Columns, indexes, keys, checks and statistics of a table, read from the catalog views.

A fixed number of queries, whatever the width of the table, and one round trip for all of them.
"System catalog views",
https://learn.microsoft.com/sql/relational-databases/system-catalog-views/catalog-views-transact-sql
"""

from __future__ import annotations

from itertools import groupby
from typing import Any, Iterable, NamedTuple, Sequence

from mssql.schema.table_objects import (
    HAVE_LENGTH,
    MAY_BE_MAX,
    Check,
    Column,
    ForeignKey,
    Index,
    Statistics,
    Storage,
)
from mssql.tsql.identifiers import TableName
from mssql.tsql.literals import literal

COLUMNS_SQL = """\
SELECT c.name, COALESCE(b.name, u.name), c.max_length, c.precision, c.scale, c.is_nullable,
 c.collation_name, c.is_identity, d.definition, d.name, k.definition, k.is_persisted,
 CAST(p.value AS nvarchar(4000))
FROM sys.columns AS c
JOIN sys.types AS u ON u.user_type_id = c.user_type_id
LEFT JOIN sys.types AS b ON b.user_type_id = c.system_type_id
LEFT JOIN sys.default_constraints AS d ON d.object_id = c.default_object_id
LEFT JOIN sys.computed_columns AS k ON k.object_id = c.object_id AND k.column_id = c.column_id
LEFT JOIN sys.extended_properties AS p ON p.class = 1 AND p.major_id = c.object_id
 AND p.minor_id = c.column_id AND p.name = N'MS_Description'
WHERE c.object_id = OBJECT_ID(%s)
ORDER BY c.column_id"""

# The data space of an index is NULL if it is that of the table, the default of CREATE INDEX.
INDEXES_SQL = """\
SELECT i.index_id, i.name, i.type_desc, i.is_unique, i.is_primary_key, i.is_unique_constraint,
 i.filter_definition, i.fill_factor, i.is_padded, i.ignore_dup_key, i.allow_row_locks,
 i.allow_page_locks, i.is_disabled, s.no_recompute,
 CASE WHEN i.data_space_id <> t.data_space_id THEN d.name END,
 c.name, x.is_descending_key, x.is_included_column, x.key_ordinal, x.partition_ordinal
FROM sys.indexes AS i
JOIN sys.index_columns AS x ON x.object_id = i.object_id AND x.index_id = i.index_id
JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
LEFT JOIN sys.indexes AS t ON t.object_id = i.object_id AND t.index_id IN (0, 1)
LEFT JOIN sys.data_spaces AS d ON d.data_space_id = i.data_space_id
LEFT JOIN sys.stats AS s ON s.object_id = i.object_id AND s.stats_id = i.index_id
WHERE i.object_id = OBJECT_ID(%s) AND i.is_hypothetical = 0 AND i.index_id > 0
ORDER BY i.index_id, x.is_included_column, x.key_ordinal, x.index_column_id"""

COMPRESSION_SQL = """\
SELECT index_id, partition_number, data_compression_desc
FROM sys.partitions
WHERE object_id = OBJECT_ID(%s) AND data_compression_desc IN (N'ROW', N'PAGE')
ORDER BY index_id, partition_number"""

STATISTICS_SQL = """\
SELECT s.stats_id, s.name, s.filter_definition, s.no_recompute, s.is_incremental, c.name
FROM sys.stats AS s
JOIN sys.stats_columns AS k ON k.object_id = s.object_id AND k.stats_id = s.stats_id
JOIN sys.columns AS c ON c.object_id = k.object_id AND c.column_id = k.column_id
WHERE s.object_id = OBJECT_ID(%s) AND s.user_created = 1
ORDER BY s.stats_id, k.stats_column_id"""

# One row always: the schema that the name means, the table's comment, and the filegroups of its
# rows and of its large values if they are not the database's default.
TABLE_SQL = """\
SELECT COALESCE(OBJECT_SCHEMA_NAME(o.id), SCHEMA_NAME()), CAST(p.value AS nvarchar(4000)),
 CASE WHEN d.is_default = 0 THEN d.name END, CASE WHEN l.is_default = 0 THEN l.name END
FROM (SELECT OBJECT_ID(%s) AS id) AS o
LEFT JOIN sys.extended_properties AS p
 ON p.class = 1 AND p.major_id = o.id AND p.minor_id = 0 AND p.name = N'MS_Description'
LEFT JOIN sys.tables AS t ON t.object_id = o.id
LEFT JOIN sys.indexes AS i ON i.object_id = o.id AND i.index_id IN (0, 1)
LEFT JOIN sys.data_spaces AS d ON d.data_space_id = i.data_space_id
LEFT JOIN sys.data_spaces AS l ON l.data_space_id = t.lob_data_space_id"""

CHECKS_SQL = """\
SELECT name, definition, is_disabled, is_not_trusted
FROM sys.check_constraints
WHERE parent_object_id = OBJECT_ID(%s)
ORDER BY name"""

_KEYS_SQL = """\
SELECT f.object_id, f.name,
 NULLIF(OBJECT_SCHEMA_NAME(f.parent_object_id), SCHEMA_NAME()), OBJECT_NAME(f.parent_object_id),
 COL_NAME(k.parent_object_id, k.parent_column_id),
 NULLIF(OBJECT_SCHEMA_NAME(f.referenced_object_id), SCHEMA_NAME()),
 OBJECT_NAME(f.referenced_object_id), COL_NAME(k.referenced_object_id, k.referenced_column_id),
 f.delete_referential_action_desc, f.update_referential_action_desc,
 f.is_disabled, f.is_not_trusted
FROM sys.foreign_keys AS f
JOIN sys.foreign_key_columns AS k ON k.constraint_object_id = f.object_id
WHERE {which}
ORDER BY f.object_id, k.constraint_column_id"""
FOREIGN_KEYS_SQL = _KEYS_SQL.format(which="f.parent_object_id = OBJECT_ID(%s)")
REFERENCING_KEYS_SQL = _KEYS_SQL.format(which="f.referenced_object_id = OBJECT_ID(%s)")
ALL_FOREIGN_KEYS_SQL = _KEYS_SQL.format(which="f.is_ms_shipped = 0")


def foreign_keys_sql(tables: Sequence[str]) -> str:
    """Return the query of the foreign keys of several tables, whose names are quoted."""
    ids = ", ".join(f"OBJECT_ID({literal(table)})" for table in tables)
    return _KEYS_SQL.format(which=f"f.parent_object_id IN ({ids})")


def read(cursor: Any, table: TableName, *queries: str) -> list[list[Any]]:
    """Return the rows of each of the queries about the table, read in one round trip."""
    sql = ";\n".join(queries)
    cursor.execute(sql, [str(table)] * sql.count("%s"))
    results = [cursor.fetchall()]
    for _ in queries[1:]:
        cursor.nextset()
        results.append(cursor.fetchall())
    return results


def to_columns(rows: Iterable[Any]) -> list[Column]:
    """Return the columns, in their order, from the rows of COLUMNS_SQL."""
    return [_column(*row) for row in rows]


def _column(
    name: str,
    type_: str,
    size: int,
    precision: int,
    scale: int,
    nullable: bool,
    collation: str | None,
    identity: bool,
    default: str | None,
    default_name: str | None,
    formula: str | None,
    is_persisted: bool | None,
    comment: str | None,
) -> Column:
    has_length = type_ in MAY_BE_MAX or type_ in HAVE_LENGTH
    length = size // 2 if type_ in ("nchar", "nvarchar") else size
    return Column(
        name=name,
        type=type_,
        length=length if has_length and size >= 0 else None,
        precision=precision,
        scale=scale,
        nullable=bool(nullable),
        collation=collation,
        is_identity=bool(identity),
        default=default,
        default_name=default_name,
        formula=formula,
        is_persisted=bool(is_persisted),
        comment=comment,
    )


def to_indexes(rows: Iterable[Any], compression: Iterable[Any] = ()) -> list[Index]:
    """Return the indexes, also those of PRIMARY KEY and UNIQUE constraints.

    They are read from the rows of INDEXES_SQL and, if they are to be created again, of
    COMPRESSION_SQL.
    """
    partitions = [tuple(row) for row in compression]
    indexes = []
    for (index_id, *attributes), group in groupby(rows, lambda row: tuple(row[:15])):
        name, type_, unique, primary_key, unique_constraint, filter_, *settings = attributes
        columns = [_IndexColumn(*row[15:]) for row in group]
        partition_column = next((c.name for c in columns if c.partition_ordinal), None)
        indexes.append(
            Index(
                name=name,
                type=type_,
                unique=bool(unique),
                primary_key=bool(primary_key),
                unique_constraint=bool(unique_constraint),
                filter=filter_,
                # A partitioning column outside the key has key_ordinal 0.
                keys=tuple(
                    (c.name, bool(c.descending))
                    for c in columns
                    if c.key_ordinal and not c.is_included
                ),
                include=tuple(c.name for c in columns if c.is_included),
                storage=_storage(
                    tuple(settings),
                    partition_column,
                    tuple((number, kind) for id_, number, kind in partitions if id_ == index_id),
                ),
            )
        )
    return indexes


class _IndexColumn(NamedTuple):
    name: str
    descending: Any
    is_included: Any
    key_ordinal: int
    partition_ordinal: int


def _storage(
    settings: tuple[Any, ...],
    partition_column: str | None,
    compression: tuple[tuple[int, str], ...],
) -> Storage:
    """Return the storage from the columns of INDEXES_SQL from fill_factor to the data space."""
    fill_factor, pads_index, ignores_duplicates, row_locks, page_locks, *rest = settings
    disabled, no_recompute, data_space = rest
    options = [
        ("PAD_INDEX = ON", pads_index),
        (f"FILLFACTOR = {fill_factor}", fill_factor),
        ("IGNORE_DUP_KEY = ON", ignores_duplicates),
        ("STATISTICS_NORECOMPUTE = ON", no_recompute),
        ("ALLOW_ROW_LOCKS = OFF", not row_locks),
        ("ALLOW_PAGE_LOCKS = OFF", not page_locks),
    ]
    return Storage(
        options=tuple(option for option, is_set in options if is_set),
        data_space=data_space,
        partition_column=partition_column,
        compression=compression,
        disabled=bool(disabled),
    )


def to_statistics(rows: Iterable[Any]) -> list[Statistics]:
    """Return the statistics from the rows of STATISTICS_SQL."""
    statistics = []
    for (_, name, filter_, no_recompute, incremental), group in groupby(
        rows, lambda row: tuple(row[:5])
    ):
        columns = tuple(row[5] for row in group)
        statistics.append(Statistics(name, columns, filter_, bool(no_recompute), bool(incremental)))
    return statistics


def to_checks(rows: Iterable[Any]) -> list[Check]:
    """Return the CHECK constraints from the rows of CHECKS_SQL."""
    return [
        Check(name, definition, bool(disabled), not is_not_trusted)
        for name, definition, disabled, is_not_trusted in rows
    ]


def to_foreign_keys(rows: Iterable[Any]) -> list[ForeignKey]:
    """Return the foreign keys from the rows of FOREIGN_KEYS_SQL or REFERENCING_KEYS_SQL."""
    keys = []
    for _, group in groupby(rows, lambda row: row[0]):
        columns = [tuple(row) for row in group]
        _, name, schema, table, _, to_schema, to_table, _, *more = columns[0]
        *actions, is_disabled, is_not_trusted = more
        on_delete, on_update = (action.replace("_", " ") for action in actions)
        keys.append(
            ForeignKey(
                name=name,
                table=TableName(schema, table),
                columns=tuple(row[4] for row in columns),
                to_table=TableName(to_schema, to_table),
                to_columns=tuple(row[7] for row in columns),
                on_delete=on_delete,
                on_update=on_update,
                disabled=bool(is_disabled),
                trusted=not is_not_trusted,
            )
        )
    return keys
