"""What stands on a table, as the catalog views tell: columns, indexes, keys, checks, defaults.

Each object knows the T-SQL that drops it and the T-SQL that makes it again, so that a column can
be altered or renamed although they depend on it. A fixed number of queries, whatever the width
of the table, and one round trip for all of them.
"System catalog views",
https://learn.microsoft.com/sql/relational-databases/system-catalog-views/catalog-views-transact-sql
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Iterable, Mapping

from mssql.identifiers import TableName, bracket, names_in, renamed_in

# Computed columns that carry the expressions of an index, and those that make rows different
# which a unique constraint does not bind; no field of a model has such a name.
EXPRESSION_PREFIX = "__index__"
EXEMPTION_PREFIX = "__exempt__"
HIDDEN_PREFIXES = (EXPRESSION_PREFIX, EXEMPTION_PREFIX)


@dataclass(frozen=True)
class Column:
    """A column of a table; `type` is a name such as nvarchar, `length` characters or bytes."""

    name: str
    type: str
    length: int | None  # None where the type has none, or (max)
    precision: int
    scale: int
    nullable: bool
    collation: str | None
    is_identity: bool
    default: str | None
    default_name: str | None
    computed: str | None
    persisted: bool
    comment: str | None

    @property
    def is_hidden(self) -> bool:
        return self.computed is not None and self.name.startswith(HIDDEN_PREFIXES)

    @property
    def type_sql(self) -> str:
        """The type as a column's definition writes it."""
        if self.type in _MAY_BE_MAX or self.type in _HAVE_LENGTH:
            return f"{self.type}({'max' if self.length is None else self.length})"
        if self.type in ("decimal", "numeric"):
            return f"{self.type}({self.precision}, {self.scale})"
        if self.type in ("datetime2", "datetimeoffset", "time"):
            return f"{self.type}({self.scale})"
        return f"float({self.precision})" if self.type == "float" else self.type

    def definition_sql(self) -> str:
        """The column in CREATE TABLE or after ADD, without constraints and without IDENTITY."""
        if self.computed is not None:
            not_null = " NOT NULL" if self.persisted and not self.nullable else ""
            persisted = " PERSISTED" if self.persisted else ""
            return f"{bracket(self.name)} AS {self.computed}{persisted}{not_null}"
        collate = f" COLLATE {self.collation}" if self.collation else ""
        null = "NULL" if self.nullable else "NOT NULL"
        return f"{bracket(self.name)} {self.type_sql}{collate} {null}"


_HAVE_LENGTH = frozenset(("char", "nchar", "binary"))
_MAY_BE_MAX = frozenset(("varchar", "nvarchar", "varbinary"))


@dataclass(frozen=True)
class Default:
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
class Computed:
    """A computed column, which has to go while a column that it reads is altered or renamed."""

    column: Column

    def drop_sql(self, table: TableName) -> str:
        return f"ALTER TABLE {table} DROP COLUMN {bracket(self.column.name)}"

    def create_sql(self, table: TableName) -> str:
        return f"ALTER TABLE {table} ADD {self.column.definition_sql()}"

    def with_renamed(self, old: str, new: str) -> Computed:
        definition = renamed_in(self.column.computed or "", old, new)
        return Computed(replace(self.column, computed=definition))


@dataclass(frozen=True)
class Index:
    """A rowstore index, or the PRIMARY KEY or UNIQUE constraint that one enforces."""

    name: str
    type: str  # CLUSTERED, NONCLUSTERED; others cannot be made again from here
    unique: bool
    primary_key: bool
    unique_constraint: bool
    filter: str | None
    keys: tuple[tuple[str, bool], ...]  # name, descending
    include: tuple[str, ...]

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
        used = {name.casefold() for name in self.columns} | names_in(self.filter or "")
        return not used.isdisjoint(name.casefold() for name in columns)

    def drop_sql(self, table: TableName) -> str:
        if self.is_constraint:
            return f"ALTER TABLE {table} DROP CONSTRAINT {bracket(self.name)}"
        return f"DROP INDEX {bracket(self.name)} ON {table}"

    def create_sql(self, table: TableName) -> str:
        keys = ", ".join(bracket(name) + (" DESC" if desc else "") for name, desc in self.keys)
        if self.is_constraint:
            kind = "PRIMARY KEY" if self.primary_key else "UNIQUE"
            name = bracket(self.name)
            return f"ALTER TABLE {table} ADD CONSTRAINT {name} {kind} {self.type} ({keys})"
        unique = "UNIQUE " if self.unique else ""
        include = ", ".join(map(bracket, self.include))
        return (
            f"CREATE {unique}{self.type} INDEX {bracket(self.name)} ON {table} ({keys})"
            + (f" INCLUDE ({include})" if include else "")
            + (f" WHERE {self.filter}" if self.filter else "")
        )

    def with_renamed(self, old: str, new: str) -> Index:
        return replace(
            self,
            keys=tuple((_renamed(name, old, new), descending) for name, descending in self.keys),
            include=tuple(_renamed(name, old, new) for name in self.include),
            filter=self.filter and renamed_in(self.filter, old, new),
        )

    def with_nullability(self, before: Mapping[str, bool], after: Mapping[str, bool]) -> Index:
        """The index that keeps Django's meaning of unique, two NULLs being different, when
        columns change from NULL to NOT NULL or back (both map the columns' names to `nullable`).
        """
        names = [name for name, _ in self.keys]
        if self.include or all(before.get(name) == after.get(name) for name in names):
            return self
        filters_nulls = self._is(not_null_filter([name for name in names if before.get(name)]))
        nullable = [name for name in names if after.get(name)]
        if not (filters_nulls and self.unique) and not (self.unique_constraint and nullable):
            return self
        return replace(
            self, unique_constraint=not nullable, filter=not_null_filter(nullable) or None
        )

    def _is(self, filter_: str) -> bool:
        def bare(text: str) -> str:
            return text.casefold().replace(" ", "").replace("(", "").replace(")", "")

        return bool(filter_) and bare(self.filter or "") == bare(filter_)


def not_null_filter(columns: Iterable[str]) -> str:
    """The filter of an index that leaves out rows with a NULL in any of the columns."""
    return " AND ".join(f"{bracket(name)} IS NOT NULL" for name in columns)


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key; the tables' schemas are None where they are the user's default one."""

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
        """The key may belong to another table than the one whose column it holds up."""
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


def _renamed(name: str, old: str, new: str) -> str:
    return new if name.casefold() == old.casefold() else name


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

INDEXES_SQL = """\
SELECT i.index_id, i.name, i.type_desc, i.is_unique, i.is_primary_key, i.is_unique_constraint,
 i.filter_definition, c.name, x.is_descending_key, x.is_included_column
FROM sys.indexes AS i
JOIN sys.index_columns AS x ON x.object_id = i.object_id AND x.index_id = i.index_id
JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
WHERE i.object_id = OBJECT_ID(%s) AND i.is_hypothetical = 0
ORDER BY i.index_id, x.is_included_column, x.key_ordinal, x.index_column_id"""

# One row always: the schema that the name means, and the table's comment.
TABLE_SQL = """\
SELECT COALESCE(OBJECT_SCHEMA_NAME(o.id), SCHEMA_NAME()), CAST(p.value AS nvarchar(4000))
FROM (SELECT OBJECT_ID(%s) AS id) AS o
LEFT JOIN sys.extended_properties AS p
 ON p.class = 1 AND p.major_id = o.id AND p.minor_id = 0 AND p.name = N'MS_Description'"""

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


def read(cursor: Any, table: TableName, *queries: str) -> list[list[Any]]:
    """The rows of each of the queries below about the table, all in one round trip."""
    cursor.execute(";\n".join(queries), [str(table)] * len(queries))
    found = [cursor.fetchall()]
    for _ in queries[1:]:
        cursor.nextset()
        found.append(cursor.fetchall())
    return found


def to_columns(rows: Iterable[Any]) -> list[Column]:
    """The columns, in their order, out of the rows of COLUMNS_SQL."""
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
    computed: str | None,
    persisted: bool | None,
    comment: str | None,
) -> Column:
    has_length = type_ in _MAY_BE_MAX or type_ in _HAVE_LENGTH
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
        computed=computed,
        persisted=bool(persisted),
        comment=comment,
    )


def to_indexes(rows: Iterable[Any]) -> list[Index]:
    """The indexes, those behind PRIMARY KEY and UNIQUE constraints too, out of INDEXES_SQL."""
    indexes = []
    for (_, *attributes), group in groupby(rows, lambda row: tuple(row[:7])):
        name, type_, unique, primary_key, unique_constraint, filter_ = attributes
        columns = [tuple(row[7:]) for row in group]
        indexes.append(
            Index(
                name=name,
                type=type_,
                unique=bool(unique),
                primary_key=bool(primary_key),
                unique_constraint=bool(unique_constraint),
                filter=filter_,
                keys=tuple((column, bool(desc)) for column, desc, inc in columns if not inc),
                include=tuple(column for column, _, inc in columns if inc),
            )
        )
    return indexes


def to_checks(rows: Iterable[Any]) -> list[Check]:
    """The CHECK constraints out of CHECKS_SQL."""
    return [
        Check(name, definition, bool(disabled), not untrusted)
        for name, definition, disabled, untrusted in rows
    ]


def to_foreign_keys(rows: Iterable[Any]) -> list[ForeignKey]:
    """The foreign keys out of FOREIGN_KEYS_SQL or REFERENCING_KEYS_SQL."""
    keys = []
    for _, group in groupby(rows, lambda row: row[0]):
        columns = [tuple(row) for row in group]
        _, name, schema, table, _, to_schema, to_table, _, *actions, disabled, untrusted = columns[
            0
        ]
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
                disabled=bool(disabled),
                trusted=not untrusted,
            )
        )
    return keys
