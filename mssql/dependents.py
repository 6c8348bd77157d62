"""What has to be set aside while a column is altered, renamed or dropped.

"ALTER TABLE", section ALTER COLUMN, lists what forbids a change: an index, a key, a CHECK, a
DEFAULT, a computed column. sp_rename refuses (error 15336) what checks, computed columns and
filters read. https://learn.microsoft.com/sql/t-sql/statements/alter-table-transact-sql
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Mapping, Sequence, Union

from mssql.identifiers import TableName, names_in
from mssql.table_catalog import (
    CHECKS_SQL,
    COLUMNS_SQL,
    FOREIGN_KEYS_SQL,
    INDEXES_SQL,
    REFERENCING_KEYS_SQL,
    TABLE_SQL,
    Check,
    Column,
    Computed,
    Default,
    ForeignKey,
    Index,
    read,
    to_checks,
    to_columns,
    to_foreign_keys,
    to_indexes,
)

Dependent = Union[Default, Computed, Check, Index, ForeignKey]

_VARIABLE = re.compile(r"(nvarchar|varchar|varbinary)\((\d+)\)", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """A table and what stands on it."""

    name: TableName
    schema: str
    comment: str | None
    columns: Sequence[Column]
    indexes: Sequence[Index]
    checks: Sequence[Check]
    foreign_keys: Sequence[ForeignKey]
    referencing_keys: Sequence[ForeignKey]

    @classmethod
    def read(cls, cursor: Any, name: TableName) -> Table:
        """Read it in one round trip; on a table that is not there stands nothing."""
        (((schema, comment),), columns, indexes, checks, keys, referencing) = read(
            cursor,
            name,
            *(TABLE_SQL, COLUMNS_SQL, INDEXES_SQL, CHECKS_SQL, FOREIGN_KEYS_SQL),
            REFERENCING_KEYS_SQL,
        )
        return cls(
            name,
            schema,
            comment,
            to_columns(columns),
            [index for index in to_indexes(indexes) if index.is_rowstore],
            to_checks(checks),
            to_foreign_keys(keys),
            to_foreign_keys(referencing),
        )

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name.casefold() == name.casefold()), None)

    @property
    def nullability(self) -> dict[str, bool]:
        """Whether each column that an index may filter on is nullable: computed ones may not."""
        return {c.name: c.nullable and c.computed is None for c in self.columns}

    def computed_from(self, column: str) -> list[Computed]:
        """The computed columns that read the column."""
        return [
            Computed(other)
            for other in self.columns
            if other.computed is not None and column.casefold() in names_in(other.computed)
        ]

    def defaults(self, column: str | None = None) -> list[Default]:
        return [
            Default(c.default_name, c.name, c.default or "")
            for c in self.columns
            if c.default_name is not None
            and (column is None or c.name.casefold() == column.casefold())
        ]

    def keys_on(self, column: str) -> list[ForeignKey]:
        """The foreign keys from or to the column; one from the table to itself once."""
        name = column.casefold()
        found = [k for k in self.foreign_keys if name in map(str.casefold, k.columns)]
        found += [
            key
            for key in self.referencing_keys
            if name in map(str.casefold, key.to_columns) and key not in found
        ]
        return found

    def standing_on(self, column: str) -> list[Dependent]:
        """All that forbids to alter the column's type, in the order in which to make it again."""
        computed = self.computed_from(column)
        names = [column, *(c.column.name for c in computed)]
        return [
            *self.defaults(column),
            *computed,
            *(c for c in self.checks if not names_in(c.definition).isdisjoint(_folded(names))),
            *(index for index in self.indexes if index.reads(names)),
            *self.keys_on(column),
        ]

    def forbidding_growth(self, column: str) -> list[Dependent]:
        """What forbids to make a column of variable length longer: other indexes may stay."""
        computed = self.computed_from(column)
        names = [c.column.name for c in computed]
        return [
            *computed,
            *(c for c in self.checks if not names_in(c.definition).isdisjoint(_folded(names))),
            *(i for i in self.indexes if i.reads(names) or (i.primary_key and i.reads([column]))),
            *self.keys_on(column),
        ]

    def forbidding_rename(self, column: str) -> list[Dependent]:
        """What sp_rename would refuse to carry over to the column's new name."""
        computed = self.computed_from(column)
        names = _folded([column, *(c.column.name for c in computed)])
        return [
            *computed,
            *(c for c in self.checks if not names_in(c.definition).isdisjoint(names)),
            *(
                index
                for index in self.indexes
                if index.reads([c.column.name for c in computed])
                or not names_in(index.filter or "").isdisjoint(names)
            ),
        ]


def grows(column: Column | None, new_type: str, nullable: bool) -> bool:
    """Whether only the length of a string or binary column changes, and not to less."""
    if column is None or column.nullable != nullable:
        return False
    new, old = _VARIABLE.fullmatch(new_type), _VARIABLE.fullmatch(column.type_sql)
    return bool(
        new
        and old
        and new.group(1).lower() == old.group(1).lower()
        and int(new.group(2)) >= int(old.group(2))
    )


def around(
    table: TableName,
    dependents: Sequence[Dependent],
    statements: Sequence[str],
    again: Sequence[Dependent] | None = None,
) -> list[str]:
    """The statements, before them what drops the dependents, after them what makes them again.

    `again` is what to make instead of the dependents themselves.
    """
    return [
        *(dependent.drop_sql(table) for dependent in reversed(dependents)),
        *statements,
        *(dependent.create_sql(table) for dependent in (dependents if again is None else again)),
    ]


def with_nullability(
    dependents: Sequence[Dependent], before: Mapping[str, bool], after: Mapping[str, bool]
) -> list[Dependent]:
    """The dependents with each unique index or constraint that keeps Django's meaning of NULL."""
    return [
        dependent.with_nullability(before, after) if isinstance(dependent, Index) else dependent
        for dependent in dependents
    ]


def with_renamed(dependents: Sequence[Dependent], old: str, new: str) -> list[Dependent]:
    """The dependents as they read once the column has its new name."""
    return [
        dependent if isinstance(dependent, ForeignKey) else dependent.with_renamed(old, new)
        for dependent in dependents
    ]


def _folded(names: Sequence[str]) -> set[str]:
    return {name.casefold() for name in names}
