"""The objects of a table: columns, indexes, keys, checks, defaults.

Each has the T-SQL that drops it and the T-SQL that creates it again, so that a column can be
altered or renamed although they depend on it. mssql.schema.catalog reads them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Iterable, Iterator, Mapping, Protocol

from mssql.tsql.identifiers import TableName, bracket, names_in, renamed_in

# Computed columns with the expressions of an index, and those by which rows differ that a unique
# constraint exempts; no field of a model has such a name.
EXPRESSION_PREFIX = "__index__"
EXEMPTION_PREFIX = "__exempt__"
HIDDEN_PREFIXES = (EXPRESSION_PREFIX, EXEMPTION_PREFIX)


@dataclass(frozen=True)
class Column:
    """A column of a table; `type` is a name such as nvarchar, `length` characters or bytes."""

    name: str
    type: str
    length: int | None  # None if the type has none, or is (max)
    precision: int
    scale: int
    nullable: bool
    collation: str | None
    is_identity: bool
    default: str | None
    default_name: str | None
    formula: str | None
    is_persisted: bool
    comment: str | None

    @property
    def is_hidden(self) -> bool:
        return self.formula is not None and self.name.startswith(HIDDEN_PREFIXES)

    @property
    def type_sql(self) -> str:
        """The type as in the definition of a column."""
        if self.type in MAY_BE_MAX or self.type in HAVE_LENGTH:
            return f"{self.type}({'max' if self.length is None else self.length})"
        if self.type in ("decimal", "numeric"):
            return f"{self.type}({self.precision}, {self.scale})"
        if self.type in ("datetime2", "datetimeoffset", "time"):
            return f"{self.type}({self.scale})"
        return f"float({self.precision})" if self.type == "float" else self.type

    def definition_sql(self) -> str:
        """Return the column as in CREATE TABLE or after ADD, without constraints and IDENTITY."""
        if self.formula is not None:
            not_null = " NOT NULL" if self.is_persisted and not self.nullable else ""
            storage = " PERSISTED" if self.is_persisted else ""
            return f"{bracket(self.name)} AS {self.formula}{storage}{not_null}"
        collate = f" COLLATE {self.collation}" if self.collation else ""
        null = "NULL" if self.nullable else "NOT NULL"
        return f"{bracket(self.name)} {self.type_sql}{collate} {null}"


class Dependent(Protocol):
    """An object that depends on columns of a table: a default, check, index, key and so on."""

    def drop_sql(self, table: TableName) -> str:
        """Return the statement that drops the object of this table."""

    def create_sql(self, table: TableName) -> str:
        """Return the statements that create the object again."""

    def with_renamed(self, old: str, new: str) -> Dependent:
        """Return the object as it is with the new name of a column."""


HAVE_LENGTH = frozenset(("char", "nchar", "binary"))
MAY_BE_MAX = frozenset(("varchar", "nvarchar", "varbinary"))


@dataclass(frozen=True)
class Default:
    """A DEFAULT constraint."""

    name: str
    column: str
    definition: str

    def drop_sql(self, table: TableName) -> str:
        return f"ALTER TABLE {table} DROP CONSTRAINT {bracket(self.name)}"

    def create_sql(self, table: TableName) -> str:
        return (
            f"ALTER TABLE {table} ADD CONSTRAINT {bracket(self.name)} "
            f"DEFAULT {self.definition} FOR {bracket(self.column)}"
        )

    def with_renamed(self, old: str, new: str) -> Default:
        return replace(self, column=_renamed(self.column, old, new))


@dataclass(frozen=True)
class Check:
    """A CHECK constraint."""

    name: str
    definition: str
    disabled: bool
    trusted: bool

    def drop_sql(self, table: TableName) -> str:
        return f"ALTER TABLE {table} DROP CONSTRAINT {bracket(self.name)}"

    def create_sql(self, table: TableName) -> str:
        add = "ADD" if self.trusted else "WITH NOCHECK ADD"
        name = bracket(self.name)
        sql = f"ALTER TABLE {table} {add} CONSTRAINT {name} CHECK {self.definition}"
        return sql + (f"; ALTER TABLE {table} NOCHECK CONSTRAINT {name}" if self.disabled else "")

    def with_renamed(self, old: str, new: str) -> Check:
        return replace(self, definition=renamed_in(self.definition, old, new))


@dataclass(frozen=True)
class ComputedColumn:
    """A computed column, which is dropped while a column that it reads is altered or renamed."""

    column: Column

    def drop_sql(self, table: TableName) -> str:
        return f"ALTER TABLE {table} DROP COLUMN {bracket(self.column.name)}"

    def create_sql(self, table: TableName) -> str:
        return f"ALTER TABLE {table} ADD {self.column.definition_sql()}"

    def with_renamed(self, old: str, new: str) -> ComputedColumn:
        definition = renamed_in(self.column.formula or "", old, new)
        return ComputedColumn(replace(self.column, formula=definition))


@dataclass(frozen=True)
class Storage:
    """The storage of an index, as far as it differs from the defaults of CREATE INDEX.

    "CREATE INDEX", https://learn.microsoft.com/sql/t-sql/statements/create-index-transact-sql
    """

    options: tuple[str, ...] = ()  # of WITH, such as FILLFACTOR = 80
    data_space: str | None = None  # a filegroup or partition scheme; None: that of the table
    partition_column: str | None = None
    compression: tuple[tuple[int, str], ...] = ()  # partition, ROW or PAGE
    disabled: bool = False

    @property
    def sql(self) -> str:
        """The clauses WITH and ON, each if it is needed."""
        options = [*self.options, *self._compression_options()]
        with_ = f" WITH ({', '.join(options)})" if options else ""
        if self.data_space is None:
            return with_
        on = bracket(self.data_space)
        return f"{with_} ON {on}" + (
            f" ({bracket(self.partition_column)})" if self.partition_column else ""
        )

    def _compression_options(self) -> Iterator[str]:
        for kind in sorted({kind for _, kind in self.compression}):
            numbers = ", ".join(str(number) for number, other in self.compression if other == kind)
            on = f" ON PARTITIONS ({numbers})" if self.partition_column else ""
            yield f"DATA_COMPRESSION = {kind}{on}"

    def with_renamed(self, old: str, new: str) -> Storage:
        column = self.partition_column
        return (
            self if column is None else replace(self, partition_column=_renamed(column, old, new))
        )


@dataclass(frozen=True)
class Index:
    """A rowstore index, or the PRIMARY KEY or UNIQUE constraint that one enforces."""

    name: str
    type: str  # CLUSTERED, NONCLUSTERED; others cannot be created from here
    unique: bool
    primary_key: bool
    unique_constraint: bool
    filter: str | None
    keys: tuple[tuple[str, bool], ...]  # name, descending
    include: tuple[str, ...]
    storage: Storage = Storage()

    @property
    def is_constraint(self) -> bool:
        return self.primary_key or self.unique_constraint

    @property
    def is_rowstore(self) -> bool:
        return self.type in ("CLUSTERED", "NONCLUSTERED")

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.keys) + self.include

    def reads(self, columns: Iterable[str]) -> bool:
        return _reads(self, columns)

    def filters_by(self, columns: Iterable[str]) -> bool:
        return not names_in(self.filter or "").isdisjoint(map(str.casefold, columns))

    def drop_sql(self, table: TableName) -> str:
        if self.is_constraint:
            return f"ALTER TABLE {table} DROP CONSTRAINT {bracket(self.name)}"
        return f"DROP INDEX {bracket(self.name)} ON {table}"

    def create_sql(self, table: TableName) -> str:
        sql = self._definition_sql(table) + self.storage.sql
        if self.storage.disabled:
            sql += f"; ALTER INDEX {bracket(self.name)} ON {table} DISABLE"
        return sql

    def _definition_sql(self, table: TableName) -> str:
        name = bracket(self.name)
        if self.is_constraint:
            kind = "PRIMARY KEY" if self.primary_key else "UNIQUE"
            return f"ALTER TABLE {table} ADD CONSTRAINT {name} {kind} {self.type} ({self.keys_sql})"
        unique = "UNIQUE " if self.unique else ""
        include = ", ".join(map(bracket, self.include))
        return (
            f"CREATE {unique}{self.type} INDEX {name} ON {table} ({self.keys_sql})"
            + (f" INCLUDE ({include})" if include else "")
            + (f" WHERE {self.filter}" if self.filter else "")
        )

    @property
    def keys_sql(self) -> str:
        """The keys as a definition lists them."""
        return ", ".join(bracket(name) + (" DESC" if desc else "") for name, desc in self.keys)

    def with_renamed(self, old: str, new: str) -> Index:
        return replace(
            self,
            keys=tuple((_renamed(name, old, new), descending) for name, descending in self.keys),
            include=tuple(_renamed(name, old, new) for name in self.include),
            filter=self.filter and renamed_in(self.filter, old, new),
            storage=self.storage.with_renamed(old, new),
        )

    def with_nullability(self, before: Mapping[str, bool], after: Mapping[str, bool]) -> Index:
        """Return the index that keeps Django's meaning of unique: two NULLs differ.

        `before` and `after` map the columns' names to whether they are nullable.
        """
        names = [name for name, _ in self.keys]
        if self.include or all(before.get(name) == after.get(name) for name in names):
            return self
        filters_nulls = self._has_filter(
            not_null_filter([name for name in names if before.get(name)])
        )
        nullable = [name for name in names if after.get(name)]
        if not (filters_nulls and self.unique) and not (self.unique_constraint and nullable):
            return self
        return replace(
            self, unique_constraint=not nullable, filter=not_null_filter(nullable) or None
        )

    def _has_filter(self, filter_: str) -> bool:
        return bool(filter_) and _simplified(self.filter or "") == _simplified(filter_)


@dataclass(frozen=True)
class Statistics:
    """Statistics that a user created; the server creates the others."""

    name: str
    columns: tuple[str, ...]
    filter: str | None
    no_recompute: bool
    incremental: bool

    def reads(self, columns: Iterable[str]) -> bool:
        return _reads(self, columns)

    def filters_by(self, columns: Iterable[str]) -> bool:
        return not names_in(self.filter or "").isdisjoint(map(str.casefold, columns))

    def drop_sql(self, table: TableName) -> str:
        return f"DROP STATISTICS {table}.{bracket(self.name)}"

    def create_sql(self, table: TableName) -> str:
        columns = ", ".join(map(bracket, self.columns))
        where = f" WHERE {self.filter}" if self.filter else ""
        options = ["NORECOMPUTE"] * self.no_recompute + ["INCREMENTAL = ON"] * self.incremental
        with_ = f" WITH {', '.join(options)}" if options else ""
        return f"CREATE STATISTICS {bracket(self.name)} ON {table} ({columns}){where}{with_}"

    def with_renamed(self, old: str, new: str) -> Statistics:
        return replace(
            self,
            columns=tuple(_renamed(name, old, new) for name in self.columns),
            filter=self.filter and renamed_in(self.filter, old, new),
        )


def _simplified(filter_: str) -> str:
    """Return a filter without what the catalog adds to it: case, blanks and parentheses."""
    return re.sub(r"[ ()]", "", filter_).casefold()


def _reads(each: Index | Statistics, columns: Iterable[str]) -> bool:
    names = {name.casefold() for name in each.columns} | names_in(each.filter or "")
    return not names.isdisjoint(map(str.casefold, columns))


def not_null_filter(columns: Iterable[str]) -> str:
    """Return the filter of an index that leaves out rows with a NULL in any of the columns."""
    return " AND ".join(f"{bracket(name)} IS NOT NULL" for name in columns)


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key; the tables' schemas are None if they are the user's default one."""

    name: str
    table: TableName
    columns: tuple[str, ...]
    to_table: TableName
    to_columns: tuple[str, ...]
    on_delete: str  # NO ACTION, CASCADE, SET NULL, SET DEFAULT
    on_update: str
    disabled: bool
    trusted: bool

    def drop_sql(self, table: TableName) -> str:
        """Return the statement that drops the key, which may be of another table than `table`."""
        return f"ALTER TABLE {self.table} DROP CONSTRAINT {bracket(self.name)}"

    def create_sql(self, table: TableName) -> str:
        name = bracket(self.name)
        columns, to_columns = (
            ", ".join(map(bracket, names)) for names in (self.columns, self.to_columns)
        )
        actions = "".join(
            f" ON {event} {action}"
            for event, action in (("DELETE", self.on_delete), ("UPDATE", self.on_update))
            if action != "NO ACTION"
        )
        add = "ADD" if self.trusted else "WITH NOCHECK ADD"
        sql = (
            f"ALTER TABLE {self.table} {add} CONSTRAINT {name} FOREIGN KEY ({columns}) "
            f"REFERENCES {self.to_table} ({to_columns}){actions}"
        )
        if self.disabled:
            sql += f"; ALTER TABLE {self.table} NOCHECK CONSTRAINT {name}"
        return sql

    def with_renamed(self, old: str, new: str) -> ForeignKey:
        """Return the key itself: sp_rename changes the names of its columns."""
        return self


def _renamed(name: str, old: str, new: str) -> str:
    return new if name.casefold() == old.casefold() else name
