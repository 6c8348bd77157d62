"""The objects that a statement names: tables, views, sequences, types, constraints.

Properties that PostgreSQL lacks are JSON in the comment of the object, dropped with it:
    table, view     {"name"} if PostgreSQL's 63 bytes are too few; of a view, too,
                     "definition", "bound" and "check_option"
    column          {"name", "type": [name, length, precision, scale, collation], "not_null",
                     "default": {"name", "definition", "system"}, "computed", "persisted",
                     "rowguid", "sparse"}
    index           {"name", "filter", "clustered", "options", "disabled"}; its PostgreSQL name
                    ends in `~`, since a name may come again on another table
    constraint      {"name", "definition", "system", "disabled", "untrusted"}
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakSet, WeakValueDictionary

import psycopg
from psycopg.pq import TransactionStatus

from tds_embedded.catalog.types import from_postgres, type_names
from tds_embedded.postgres.identifiers import quote, shorten
from tds_embedded.types import SqlType

if TYPE_CHECKING:
    from typing import LiteralString  # since Python 3.11

DEFAULT_SCHEMA = "dbo"
SYSTEM_SCHEMAS = frozenset({"sys", "information_schema"})  # nothing in them ever changes
# T-SQL's name in lower case -> PostgreSQL's, if PostgreSQL uses that name itself
SCHEMAS = {"information_schema": "information_schema_ms"}


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a stored table or view. `sql` is its quoted PostgreSQL name."""

    name: str
    sql: str
    type: SqlType
    nullable: bool = True
    identity: bool = False
    computed: bool = False
    has_default: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view. `sql` is its qualified PostgreSQL name, `oid` its object_id."""

    schema: str
    name: str
    sql: str
    oid: int
    view: bool
    columns: tuple[TableColumn, ...]
    definition: str = ""  # of a view: the statement that created it
    check_option: bool = False
    instead_of: tuple[str, ...] = ()  # of a view: the events that such triggers take

    @property
    def system(self) -> bool:
        return self.schema.lower() in SYSTEM_SCHEMAS

    def column(self, name: str) -> TableColumn | None:
        key = name.lower()
        return next((each for each in self.columns if each.name.lower() == key), None)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence. `sql` is the argument of nextval()."""

    schema: str
    name: str
    sql: str
    type: SqlType


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint or unique index, as the messages of its violation name it."""

    name: str
    kind: str  # PRIMARY KEY, UNIQUE KEY, FOREIGN KEY, CHECK, INDEX
    columns: tuple[str, ...]
    table: str
    target: tuple[str, tuple[str, ...]]
    widths: tuple[int | None, ...] = ()  # of the columns that are padded with blanks


class _Shared:
    """The committed state of one database, shared by its sessions."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.version = 0
        self.tables: dict[tuple[str, str], Table | None] = {}
        self.types: Mapping[int, str] | None = None
        self._changing: WeakSet[Catalog] = WeakSet()

    def changed(self) -> None:
        with self.lock:
            self.version += 1
            self.tables = {
                key: table for key, table in self.tables.items() if key[0] in SYSTEM_SCHEMAS
            }

    def will_change(self, catalog: Catalog) -> None:
        """Record a session with DDL in an open transaction."""
        with self.lock:
            self._changing.add(catalog)

    def settle(self) -> None:
        """Detect the end of transactions with DDL of all sessions."""
        if not self._changing:
            return
        with self.lock:
            over = [catalog for catalog in self._changing if not catalog.in_transaction()]
            self._changing.difference_update(over)
        for catalog in over:
            catalog.transaction_ended()
        if over:
            self.changed()


_databases: WeakValueDictionary[tuple[str, str], _Shared] = WeakValueDictionary()
_databases_lock = threading.Lock()


def _shared_of(connection: psycopg.Connection[Any]) -> _Shared:
    key = (connection.info.host, connection.info.dbname)
    with _databases_lock:
        return _databases.setdefault(key, _Shared())


_OPEN = (TransactionStatus.INTRANS, TransactionStatus.INERROR, TransactionStatus.ACTIVE)


class Catalog:
    """The lookup of names in a session's statements, without regard to case.

    Committed tables are remembered by all sessions of a database until DDL changes one. A session
    has a separate cache for temporary tables, and for all tables inside a transaction with its DDL.
    It is cleared by its DDL, its rollbacks, and the commit of another session's DDL.

    `default_schema` is the user's: names without a schema are looked for there, then in dbo.
    """

    def __init__(
        self, connection: psycopg.Connection[Any], default_schema: str = DEFAULT_SCHEMA
    ) -> None:
        self._connection = connection
        self.default_schema = default_schema
        self._shared = _shared_of(connection)
        self._private = 0  # counts changes that only this session can see
        self._changing = False
        self._own: dict[tuple[str, str], Table | None] = {}
        self._own_version = 0  # the shared one that `_own` is of

    @property
    def version(self) -> tuple[int, int]:
        """Never the same again once a statement could mean something else."""
        self._shared.settle()
        return self._shared.version, self._private

    def changed(self, *, temporary: bool = False) -> None:
        """DDL ran in this session; `temporary` if only temporary tables changed."""
        self.forget()
        if temporary:
            return
        if self.in_transaction():
            self._changing = True
            self._shared.will_change(self)
        else:
            self._shared.changed()

    def forget(self) -> None:
        """Clear the session's own entries, which a rollback may have undone."""
        self._private += 1
        self._own = {}

    def in_transaction(self) -> bool:
        """Return whether the session has an open transaction; called by other threads, too."""
        return self._connection.pgconn.transaction_status in _OPEN

    def transaction_ended(self) -> None:
        """Clear the session's cache after its DDL is committed or rolled back."""
        self._changing = False
        self.forget()

    def searched(self, schema: str | None) -> tuple[str, ...]:
        """Return the schemas in which a name is looked up, in their order."""
        return (schema,) if schema else tuple(dict.fromkeys((self.default_schema, DEFAULT_SCHEMA)))

    # --- Tables and views ---

    def table(self, schema: str | None, name: str) -> Table | None:
        """Return the table or view of that name."""
        self._shared.settle()
        if name.startswith("#"):
            return self._own_table("", name)
        tables = (self._stored_table(each, name) for each in self.searched(schema))
        return next(filter(None, tables), None)

    def _stored_table(self, schema: str, name: str) -> Table | None:
        key = (schema.lower(), name.lower())
        shared = self._shared
        version, tables = shared.version, shared.tables
        if self._changing and key[0] not in SYSTEM_SCHEMAS:
            return self._own_table(key[0], name)
        if key in tables:
            return tables[key]
        table = self._find(*key, name)
        with shared.lock:
            if shared.version == version:
                shared.tables[key] = table
        return table

    def _own_table(self, schema: str, name: str) -> Table | None:
        version = self._shared.version
        if self._own_version != version:
            self._own, self._own_version = {}, version
        key = (schema, name.lower())
        if key not in self._own:
            self._own[key] = self._find(*key, name)
        return self._own[key]

    def table_of(self, database: str, schema: str | None, name: str) -> Table | None:
        """Return a table of another database: only system views are visible."""
        if (schema or "").lower() in SYSTEM_SCHEMAS:
            return self.table(schema, name)
        return None

    def _find(self, schema: str, name: str, written_name: str) -> Table | None:
        namespace = SCHEMAS.get(schema, schema)
        row = self._query(_TABLE, {"schema": namespace, "name": shorten(written_name)})
        if row is None:
            return self._behind_synonym(schema, name) if schema else None
        oid, relation, found_schema, kind, comment, columns, instead_of = row
        sql = f"{'pg_temp' if not schema else quote(found_schema)}.{quote(relation)}"
        return Table(
            "INFORMATION_SCHEMA" if schema in SCHEMAS else found_schema if schema else "dbo",
            (comment or {}).get("name", relation),
            sql,
            oid,
            kind == "v",
            tuple(self._column(*column) for column in columns),
            (comment or {}).get("definition", ""),
            (comment or {}).get("check_option", False),
            tuple(instead_of or ()),
        )

    def _behind_synonym(self, schema: str, name: str) -> Table | None:
        row = self._query(_SYNONYM, {"schema": schema, "name": name})
        if row is None:
            return None
        target: list[str] = row[0]
        return self._find(
            (target[-2:-1] or [DEFAULT_SCHEMA])[0].lower(), target[-1].lower(), target[-1]
        )

    def is_synonym(self, schema: str | None, name: str) -> bool:
        """Return whether a synonym has the name, even of an object that does not exist."""
        return self._first(_SYNONYM, schema, name) is not None

    def _column(
        self,
        name: str,
        oid: int,
        typmod: int,
        not_null: bool,
        identity: bool,
        computed: bool,
        has_default: bool,
        comment: dict[str, Any] | None,
    ) -> TableColumn:
        details = comment or {}
        if "type" in details:
            sql_type = SqlType(*details["type"])
        else:
            sql_type = from_postgres(oid, typmod, self._types())
        return TableColumn(
            details.get("name", name),
            quote(name),
            sql_type,
            not (not_null or details.get("not_null")),
            identity,
            computed,
            has_default,
        )

    def _types(self) -> Mapping[int, str]:
        if self._shared.types is None:
            self._shared.types = type_names(self._connection)
        return self._shared.types

    def _first(self, sql: LiteralString, schema: str | None, name: str) -> Any:
        rows = (self._query(sql, {"schema": s, "name": name}) for s in self.searched(schema))
        return next(filter(None, rows), None)

    def _query(self, sql: LiteralString, values: Mapping[str, object]) -> Any:
        return self._connection.execute(sql, values).fetchone()

    # --- The rest ---

    def sequence(self, schema: str | None, name: str) -> Sequence | None:
        """Return the sequence of that name (not that of an identity column)."""
        row = self._first(_SEQUENCE, schema, name)
        if row is None:
            return None
        found_schema, relation, comment = row
        sql_type = SqlType(*(comment or {}).get("type", ("bigint",)))
        return Sequence(
            found_schema, relation, f"{quote(found_schema)}.{quote(relation)}", sql_type
        )

    def type(self, schema: str | None, name: str) -> SqlType | None:
        """Return the system type of an alias type (CREATE TYPE ... FROM)."""
        row = self._first(_ALIAS_TYPE, schema, name)
        return None if row is None else SqlType(*row[0])

    user_type = type

    def has_index(self, table: Table, name: str) -> bool:
        """Return whether a table has an index (or key) of that name."""
        row = self._query(_INDEX, {"table": table.oid, "name": name})
        return row is not None

    def output_refusal(self, table: Table) -> tuple[int, str] | None:
        """Why OUTPUT INTO cannot write to a table: the error and the constraint, if any."""
        row = self._query(_OUTPUT_REFUSAL, {"table": table.oid})
        return None if row is None else (row[0], row[1])

    def has_openjson(self) -> bool:
        """Return whether the database's compatibility level has OPENJSON."""
        return self._query(_OPENJSON, {}) is not None

    def constraint(self, schema: str, table: str, name: str) -> Constraint | None:
        """Return the constraint or index with PostgreSQL's name `name`, as SQL Server reports
        it.
        """
        row = self._query(_CONSTRAINT, {"schema": schema, "table": table, "name": name})
        if row is None:
            return None
        shown_name, kind, columns, owner, target, referenced_columns, widths = row
        return Constraint(
            shown_name,
            kind,
            tuple(columns or ()),
            owner,
            (target, tuple(referenced_columns or ())),
            tuple(widths or ()),
        )


# "OPENJSON", https://learn.microsoft.com/sql/t-sql/functions/openjson-transact-sql
_OPENJSON: LiteralString = """
    SELECT 1 FROM meta.databases
    WHERE oid = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND coalesce((data ->> 'compatibility_level')::int, 130) >= 130
"""

_TABLE: LiteralString = """
SELECT c.oid::int8, c.relname::text, n.nspname::text, c.relkind::text,
    obj_description(c.oid, 'pg_class')::json,
    coalesce((
        SELECT json_agg(json_build_array(
            attname, atttypid::int8, atttypmod, attnotnull, attidentity <> '', attgenerated <> '',
            atthasdef AND attgenerated = '', col_description(attrelid, attnum)::json)
            ORDER BY attnum)
        FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped), '[]'),
    CASE WHEN c.relkind = 'v' AND n.nspname NOT IN ('sys', 'information_schema_ms') THEN (
        SELECT array_agg(DISTINCT event) FROM meta.triggers t, unnest(events) AS event
        WHERE t.relation = c.oid AND t.enabled AND t.instead_of) END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE lower(c.relname) = lower(%(name)s) AND c.relkind IN ('r', 'v')
    AND CASE WHEN %(schema)s = '' THEN n.oid = pg_my_temp_schema()
        ELSE lower(n.nspname) = lower(%(schema)s) END
"""
_SYNONYM: LiteralString = """
SELECT meta.name_parts(target) FROM meta.synonyms
WHERE lower(schema) = lower(%(schema)s) AND lower(name) = lower(%(name)s)
"""
_SEQUENCE: LiteralString = """
SELECT n.nspname::text, c.relname::text, obj_description(c.oid, 'pg_class')::json
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND lower(c.relname) = lower(%(name)s)
    AND lower(n.nspname) = lower(%(schema)s)
"""
_ALIAS_TYPE: LiteralString = """
SELECT type FROM meta.alias_types
WHERE lower(name) = lower(%(name)s) AND lower(schema) = lower(%(schema)s)
"""
_INDEX: LiteralString = """
SELECT 1 FROM sys.indexes WHERE object_id = %(table)s AND lower(name::text) = lower(%(name)s)
"""
# "OUTPUT clause", https://learn.microsoft.com/sql/t-sql/queries/output-clause-transact-sql
_OUTPUT_REFUSAL: LiteralString = """
SELECT number, name FROM (
    SELECT 331 AS number, '' AS name FROM meta.triggers
    WHERE enabled AND relation = %(table)s::int8::oid
    UNION ALL
    SELECT CASE contype WHEN 'c' THEN 333 ELSE 332 END, meta.constraint_name(oid, conname)
    FROM pg_constraint
    WHERE contype = 'c' AND conrelid = %(table)s::int8::oid AND conenforced
        OR contype = 'f' AND %(table)s::int8::oid IN (conrelid, confrelid)) AS found
ORDER BY number = 331 DESC, number DESC, name LIMIT 1
"""
_CONSTRAINT: LiteralString = """
SELECT name, kind, columns, owner, referenced, referenced_columns, widths
FROM meta.constraint_words
WHERE postgres_schema = %(schema)s AND postgres_table = %(table)s AND postgres_name = %(name)s
"""
