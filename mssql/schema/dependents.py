"""The dependents of a column, which are dropped while it is altered, renamed or dropped.

"ALTER TABLE", section ALTER COLUMN, lists the objects that forbid a change: an index, statistics,
a key, a CHECK, a DEFAULT, a computed column. sp_rename refuses columns that checks, computed
columns or filters read (error 15336). https://learn.microsoft.com/sql/t-sql/statements/alter-table-transact-sql
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from django.db import NotSupportedError

from mssql.schema.catalog import (
    CHECKS_SQL,
    COLUMNS_SQL,
    COMPRESSION_SQL,
    FOREIGN_KEYS_SQL,
    INDEXES_SQL,
    REFERENCING_KEYS_SQL,
    STATISTICS_SQL,
    TABLE_SQL,
    read,
    to_checks,
    to_columns,
    to_foreign_keys,
    to_indexes,
    to_statistics,
)
from mssql.schema.table_objects import (
    Check,
    Column,
    ComputedColumn,
    Default,
    Dependent,
    ForeignKey,
    Index,
    Statistics,
)
from mssql.tsql.identifiers import TableName, names_in
from mssql.tsql.types import name_and_facets

_VARIABLE = frozenset(("nvarchar", "varchar", "varbinary"))


@dataclass(frozen=True)
class Table:
    """A table and its objects."""

    name: TableName
    schema: str
    comment: str | None
    filegroups: tuple[str | None, str | None]  # of rows, of large values; None: the default one
    compression: str | None  # of the heap or the clustered index
    columns: Sequence[Column]
    indexes: Sequence[Index]
    other_indexes: Sequence[Index]  # columnstore, XML and so on, which nothing here can create
    statistics: Sequence[Statistics]
    checks: Sequence[Check]
    foreign_keys: Sequence[ForeignKey]
    referencing_keys: Sequence[ForeignKey]

    @classmethod
    def read(cls, cursor: Any, name: TableName) -> Table:
        """Read the table in one round trip; one that does not exist has no objects."""
        ((table,), columns, indexes, compression, statistics, checks, *keys) = read(
            cursor,
            name,
            *(TABLE_SQL, COLUMNS_SQL, INDEXES_SQL, COMPRESSION_SQL, STATISTICS_SQL, CHECKS_SQL),
            *(FOREIGN_KEYS_SQL, REFERENCING_KEYS_SQL),
        )
        schema, comment, *filegroups = table
        all_indexes = to_indexes(indexes, compression)
        return cls(
            name,
            schema,
            comment,
            (filegroups[0], filegroups[1]),
            next((kind for index_id, _, kind in compression if index_id <= 1), None),
            to_columns(columns),
            [index for index in all_indexes if index.is_rowstore],
            [index for index in all_indexes if not index.is_rowstore],
            to_statistics(statistics),
            to_checks(checks),
            *map(to_foreign_keys, keys),
        )

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name.casefold() == name.casefold()), None)

    @property
    def nullability(self) -> dict[str, bool]:
        """Whether each column that an index may filter on is nullable: computed ones may not."""
        return {c.name: c.nullable and c.formula is None for c in self.columns}

    def computed_from(self, column: str) -> list[ComputedColumn]:
        """Return the computed columns that read the column."""
        return [
            ComputedColumn(other)
            for other in self.columns
            if other.formula is not None and column.casefold() in names_in(other.formula)
        ]

    def defaults(self, column: str | None = None) -> list[Default]:
        return [
            Default(c.default_name, c.name, c.default or "")
            for c in self.columns
            if c.default_name is not None
            and (column is None or c.name.casefold() == column.casefold())
        ]

    def keys_on(self, column: str) -> list[ForeignKey]:
        """Return the foreign keys from or to the column; one from the table to itself once."""
        name = column.casefold()
        keys = [k for k in self.foreign_keys if name in map(str.casefold, k.columns)]
        keys += [
            key
            for key in self.referencing_keys
            if name in map(str.casefold, key.to_columns) and key not in keys
        ]
        return keys

    def dependents_of(self, column: str) -> list[Dependent]:
        """Return the objects that forbid a change of type, in the order in which to create them."""
        computed_columns = self.computed_from(column)
        names = [column, *(c.column.name for c in computed_columns)]
        return [
            *self.defaults(column),
            *computed_columns,
            *(c for c in self.checks if not names_in(c.definition).isdisjoint(_folded(names))),
            *(index for index in self.indexes if index.reads(names)),
            *(statistics for statistics in self.statistics if statistics.reads(names)),
            *self.keys_on(column),
        ]

    def forbidding(self, column: str, difference: Difference) -> list[Dependent]:
        """Return the objects that forbid ALTER COLUMN this change, or have to change with it.

        They are in the order in which to create them again.
        """
        computed_columns = self.computed_from(column)
        hidden = [c.column.name for c in computed_columns]
        read_columns = _folded([column, *hidden] if difference.type else hidden)
        indexes = [i for i in self.indexes if self._forbids(i, column, hidden, difference)]
        return [
            *(self.defaults(column) if difference.type else []),
            *computed_columns,
            *(c for c in self.checks if not names_in(c.definition).isdisjoint(read_columns)),
            *indexes,
            *(s for s in self.statistics if s.reads(hidden) or _forbids(s, column, difference)),
            *self._keys_in_the_way(column, hidden, indexes, difference),
        ]

    def refuse_what_cannot_go_aside(self, column: str, difference: Difference) -> None:
        """Raise NotSupportedError if a dependent could not be created again."""
        if difference.leaves_indexes:
            return
        for index in (*self.indexes, *self.other_indexes):
            partition_column = index.storage.partition_column or ""
            if partition_column.casefold() == column.casefold():
                raise NotSupportedError(
                    f"SQL Server cannot alter the column {column} of {self.name}: "
                    f"the index {index.name} is partitioned by it. Create a new table, copy the "
                    "rows, and rename it."
                )
            if not index.is_rowstore and index.reads([column]):
                raise NotSupportedError(
                    f"The index {index.name} on {self.name} is a {index.type} index, which a "
                    f"migration of the column {column} cannot create again: drop it before the "
                    "migration, and create it again after it."
                )

    def _forbids(
        self, index: Index, column: str, hidden: Sequence[str], difference: Difference
    ) -> bool:
        if index.reads(hidden) or _forbids(index, column, difference):
            return True
        # The server would let the column become nullable, but Django's meaning of unique would go.
        after = {**self.nullability, self._catalog_name(column): difference.nullable}
        return index.with_nullability(self.nullability, after) is not index

    def _keys_in_the_way(
        self, column: str, hidden: Sequence[str], indexes: Sequence[Index], difference: Difference
    ) -> list[ForeignKey]:
        names = _folded([column, *hidden] if difference.type or difference.size else hidden)
        unique = [_folded([key for key, _ in index.keys]) for index in indexes if index.unique]

        def refers(key: ForeignKey) -> bool:
            to = _folded(key.to_columns)
            return not names.isdisjoint(to) or to in unique

        keys = [
            key
            for key in self.foreign_keys
            if not names.isdisjoint(_folded(key.columns))
            or (key in self.referencing_keys and refers(key))
        ]
        return keys + [k for k in self.referencing_keys if refers(k) and k not in keys]

    def _catalog_name(self, column: str) -> str:
        catalog_column = self.column(column)
        return column if catalog_column is None else catalog_column.name

    def forbidding_rename(self, column: str) -> list[Dependent]:
        """Return the objects for which sp_rename would refuse to rename the column."""
        computed_columns = self.computed_from(column)
        names = _folded([column, *(c.column.name for c in computed_columns)])
        return [
            *computed_columns,
            *(c for c in self.checks if not names_in(c.definition).isdisjoint(names)),
            *(
                index
                for index in self.indexes
                if index.reads([c.column.name for c in computed_columns]) or index.filters_by(names)
            ),
            *(
                statistics
                for statistics in self.statistics
                if statistics.reads([c.column.name for c in computed_columns])
                or statistics.filters_by(names)
            ),
        ]


@dataclass(frozen=True)
class Difference:
    """The difference of a column after ALTER COLUMN, as far as its dependents are concerned.

    The rules are those of "ALTER TABLE", section ALTER COLUMN, and of recordings of SQL Server
    2025 (bitsql, harness/corpus/catalog: alter-column-dependents, alter-column-filtered-index).
    """

    type: bool  # another type, another collation, to or from (max)
    size: bool  # length, precision or scale of the same type
    growth: bool  # of a string or binary of variable length, to a longer one
    nullability: bool
    nullable: bool  # the column afterwards

    @classmethod
    def of(cls, column: Column | None, new_type: str, nullable: bool, collated: bool) -> Difference:
        """Compare a column (None: unknown) to a type; `collated` if the collation changes."""
        if column is None:
            return cls(True, True, False, True, nullable)
        new, old = name_and_facets(new_type), name_and_facets(column.type_sql)
        same_type = new == old
        same_family = same_type or (new[0] == old[0] and bool(new[1] and old[1]))
        growth = same_family and new[0] in _VARIABLE and new[1] > old[1]
        return cls(
            type=collated or not same_family,
            size=not same_type,
            growth=growth,
            nullability=column.nullable != nullable,
            nullable=nullable,
        )

    @property
    def leaves_indexes(self) -> bool:
        """Whether indexes and statistics may stay: if the column only grows or allows NULL."""
        if self.type:
            return False
        if self.nullability:
            return self.nullable and not self.size
        return self.growth or not self.size


def _forbids(each: Index | Statistics, column: str, difference: Difference) -> bool:
    """Whether an index or statistics on the column itself forbid the change.

    A filter that reads the column forbids any. A primary key does, too: that its column may grow
    is documented for indexes only.
    """
    if not each.reads([column]):
        return False
    is_primary = isinstance(each, Index) and each.primary_key
    return is_primary or each.filters_by([column]) or not difference.leaves_indexes


def around(
    table: TableName,
    dependents: Sequence[Dependent],
    statements: Sequence[str],
    again: Sequence[Dependent] | None = None,
) -> list[str]:
    """Return the statements between those that drop the dependents and create them again.

    `again` are dependents to create instead.
    """
    return [
        *(dependent.drop_sql(table) for dependent in reversed(dependents)),
        *statements,
        *(dependent.create_sql(table) for dependent in (dependents if again is None else again)),
    ]


def with_nullability(
    dependents: Sequence[Dependent], before: Mapping[str, bool], after: Mapping[str, bool]
) -> list[Dependent]:
    """Return the dependents, the unique ones such that they keep Django's meaning of NULL."""
    return [
        dependent.with_nullability(before, after) if isinstance(dependent, Index) else dependent
        for dependent in dependents
    ]


def with_renamed(dependents: Sequence[Dependent], old: str, new: str) -> list[Dependent]:
    """Return the dependents as they are with the column's new name."""
    return [dependent.with_renamed(old, new) for dependent in dependents]


def _folded(names: Sequence[str]) -> set[str]:
    return {name.casefold() for name in names}
