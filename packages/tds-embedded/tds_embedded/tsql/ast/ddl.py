"""The statements that define tables, indexes, views, schemas, sequences, types and databases."""

from __future__ import annotations

from dataclasses import dataclass, field

from tds_embedded.tsql.ast.nodes import (
    DataType,
    Expression,
    Node,
    ObjectName,
    Predicate,
    Statement,
)
from tds_embedded.tsql.ast.queries import CommonTableExpression, Query


@dataclass(frozen=True, slots=True)
class Identity(Node):
    seed: int = 1
    increment: int = 1


@dataclass(frozen=True, slots=True)
class Option(Node):
    """`name = value`, `name value` or a bare `name`: upper case, numbers as text."""

    name: str
    value: str | None = None


@dataclass(frozen=True, slots=True)
class IndexColumn(Node):
    name: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class DefaultConstraint(Node):
    """DEFAULT expression; a table constraint has a `column`, after FOR."""

    expression: Expression
    name: str | None = None  # None if the server invents one, here and below
    column: str | None = None
    with_values: bool = False


@dataclass(frozen=True, slots=True)
class CheckConstraint(Node):
    condition: Predicate
    name: str | None = None


@dataclass(frozen=True, slots=True)
class UniqueConstraint(Node):
    """PRIMARY KEY or UNIQUE; without columns inside a column's definition."""

    primary: bool
    columns: tuple[IndexColumn, ...] = ()
    name: str | None = None
    clustered: bool | None = None  # None if omitted
    options: tuple[Option, ...] = ()
    filegroup: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignKey(Node):
    """FOREIGN KEY (columns) REFERENCES table (columns); without columns inside a column."""

    table: ObjectName
    referenced_columns: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    name: str | None = None
    on_delete: str = "NO ACTION"  # CASCADE, SET NULL, SET DEFAULT
    on_update: str = "NO ACTION"


@dataclass(frozen=True, slots=True)
class InlineIndex(Node):
    """INDEX name ... inside CREATE TABLE; without columns inside a column's definition."""

    name: str
    columns: tuple[IndexColumn, ...] = ()
    unique: bool = False
    clustered: bool = False
    include: tuple[str, ...] = ()
    where: Predicate | None = None
    options: tuple[Option, ...] = ()
    filegroup: str | None = None


Constraint = DefaultConstraint | CheckConstraint | UniqueConstraint | ForeignKey


@dataclass(frozen=True, slots=True)
class ColumnDefinition(Node):
    """A column with a type, or a computed one (then `type` is None and `formula` is not)."""

    name: str
    type: DataType | None
    formula: Expression | None = None
    persisted: bool = False
    nullable: bool | None = None  # None without NULL and NOT NULL
    identity: Identity | None = None
    collation: str | None = None
    row_guid: bool = False
    sparse: bool = False
    constraints: tuple[Constraint, ...] = ()
    index: InlineIndex | None = None


TableElement = ColumnDefinition | Constraint | InlineIndex


@dataclass(frozen=True, slots=True)
class CreateTable(Statement):
    name: ObjectName
    elements: tuple[TableElement, ...]
    filegroup: str | None = None
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class AlterTable(Statement):
    """ALTER TABLE with its action, which may add or drop several elements."""

    name: ObjectName
    action: AlterTableAction


@dataclass(frozen=True, slots=True)
class AddElements(Node):
    elements: tuple[TableElement, ...]
    check_existing: bool | None = None  # WITH CHECK, WITH NOCHECK, or not written


@dataclass(frozen=True, slots=True)
class AlterColumn(Node):
    """ALTER COLUMN name type [COLLATE] [NULL | NOT NULL]."""

    name: str
    type: DataType
    collation: str | None = None
    nullable: bool | None = None
    online: bool = False


@dataclass(frozen=True, slots=True)
class AlterColumnProperty(Node):
    """ALTER COLUMN name {ADD | DROP} {PERSISTED | ROWGUIDCOL | SPARSE}."""

    name: str
    add: bool
    property: str


@dataclass(frozen=True, slots=True)
class DropElement(Node):
    kind: str  # COLUMN or CONSTRAINT
    name: str
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class DropElements(Node):
    elements: tuple[DropElement, ...]


@dataclass(frozen=True, slots=True)
class CheckConstraints(Node):
    """[WITH {CHECK | NOCHECK}] {CHECK | NOCHECK} CONSTRAINT {ALL | names}."""

    enable: bool
    names: tuple[str, ...]  # empty: ALL
    check_existing: bool = False


@dataclass(frozen=True, slots=True)
class SwitchTo(Node):
    target: ObjectName


@dataclass(frozen=True, slots=True)
class EnableTriggers(Node):
    """{ENABLE | DISABLE} TRIGGER {ALL | names} of ALTER TABLE."""

    enable: bool
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rebuild(Node):
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class SetTableOptions(Node):
    """SET (LOCK_ESCALATION = ...)."""

    options: tuple[Option, ...]


AlterTableAction = (
    AddElements
    | AlterColumn
    | AlterColumnProperty
    | DropElements
    | CheckConstraints
    | SwitchTo
    | EnableTriggers
    | Rebuild
    | SetTableOptions
)


@dataclass(frozen=True, slots=True)
class DropObjects(Statement):
    """DROP TABLE, VIEW, PROCEDURE, FUNCTION, TRIGGER, SEQUENCE, SYNONYM, DATABASE, SCHEMA, ..."""

    kind: str
    names: tuple[ObjectName, ...]
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class TruncateTable(Statement):
    table: ObjectName


# --- Indexes ---


@dataclass(frozen=True, slots=True)
class CreateIndex(Statement):
    name: str
    table: ObjectName
    columns: tuple[IndexColumn, ...]
    unique: bool = False
    clustered: bool = False
    include: tuple[str, ...] = ()
    where: Predicate | None = None
    options: tuple[Option, ...] = ()
    columnstore: bool = False
    filegroup: str | None = None


@dataclass(frozen=True, slots=True)
class AlterIndex(Statement):
    """ALTER INDEX {name | ALL} ON table {REBUILD | REORGANIZE | DISABLE | SET (...)}."""

    name: str | None  # None: ALL
    table: ObjectName
    action: str
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class DropIndex(Statement):
    """DROP INDEX [IF EXISTS] name ON table, ..."""

    indexes: tuple[tuple[str, ObjectName], ...]
    if_exists: bool = False
    has_options: bool = False  # WITH (...), of clustered indexes only


@dataclass(frozen=True, slots=True)
class CreateStatistics(Statement):
    name: str
    table: ObjectName
    columns: tuple[str, ...]
    where: Predicate | None = None
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdateStatistics(Statement):
    table: ObjectName
    names: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()


# --- Views, schemas, sequences, types, synonyms, databases ---


@dataclass(frozen=True, slots=True)
class CreateView(Statement):
    """A view: `mode` is CREATE, ALTER or CREATE OR ALTER, `text` the whole statement."""

    name: ObjectName
    query: Query
    text: str
    mode: str = "CREATE"
    columns: tuple[str, ...] = ()
    ctes: tuple[CommonTableExpression, ...] = ()
    attributes: tuple[str, ...] = ()  # SCHEMABINDING, ENCRYPTION, VIEW_METADATA
    check_option: bool = False


@dataclass(frozen=True, slots=True)
class CreateSchema(Statement):
    name: str
    authorization: str | None = None


@dataclass(frozen=True, slots=True)
class TransferSchema(Statement):
    """ALTER SCHEMA schema TRANSFER [kind ::] object."""

    schema: str
    object: ObjectName
    kind: str = "OBJECT"


@dataclass(frozen=True, slots=True)
class Sequence(Statement):
    """CREATE or ALTER SEQUENCE; an omitted option is None, and False is NO (MINVALUE ...)."""

    name: ObjectName
    alter: bool = False
    type: DataType | None = None
    start: int | None = None
    restart: int | bool | None = None  # True: RESTART without a value
    increment: int | None = None
    minimum: int | bool | None = None
    maximum: int | bool | None = None
    cycle: bool | None = None
    cache: int | bool | None = None  # True: CACHE without a size


@dataclass(frozen=True, slots=True)
class CreateType(Statement):
    """CREATE TYPE name FROM base [NOT NULL], or AS TABLE (elements)."""

    name: ObjectName
    base: DataType | None = None
    nullable: bool | None = None
    elements: tuple[TableElement, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateSynonym(Statement):
    name: ObjectName
    target: ObjectName


@dataclass(frozen=True, slots=True)
class CreateDatabase(Statement):
    """CREATE DATABASE; `copy_of` is the database that Azure SQL Database copies."""

    name: str
    collation: str | None = None
    options: tuple[Option, ...] = ()
    copy_of: str | None = None


@dataclass(frozen=True, slots=True)
class BackupDatabase(Statement):
    """BACKUP DATABASE name TO DISK = file [WITH options]."""

    name: str
    file: str
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class RestoreDatabase(Statement):
    """RESTORE DATABASE name FROM DISK = file [WITH options]; MOVE names `moved_files`."""

    name: str
    file: str
    options: tuple[Option, ...] = ()
    moved_files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlterDatabase(Statement):
    """ALTER DATABASE {name | CURRENT} {SET ... | COLLATE ... | MODIFY NAME = ...}, or SCOPED
    CONFIGURATION SET."""

    name: str | None  # None: CURRENT
    options: tuple[Option, ...] = ()
    collation: str | None = None
    new_name: str | None = None
    termination: str | None = None  # ROLLBACK IMMEDIATE, ROLLBACK AFTER n, NO_WAIT
    scoped: bool = False


# --- Security and maintenance ---


@dataclass(frozen=True, slots=True)
class Principal(Statement):
    """CREATE, ALTER or DROP of a LOGIN, USER or ROLE; passwords stay out of repr."""

    verb: str
    kind: str
    name: str
    options: tuple[Option, ...] = ()
    password: str | None = field(default=None, repr=False)
    member: tuple[str, str] | None = None  # ("ADD" | "DROP", name) of ALTER ROLE ... MEMBER
    for_login: str | None = None  # CREATE USER ... FOR LOGIN
    source: str | None = None  # EXTERNAL PROVIDER, WITHOUT LOGIN
    if_exists: bool = False


@dataclass(frozen=True, slots=True)
class Permission(Statement):
    """GRANT, DENY or REVOKE permissions [ON [class ::] object] TO principals."""

    verb: str
    permissions: tuple[str, ...]
    principals: tuple[str, ...]
    on: ObjectName | None = None
    on_class: str | None = None


@dataclass(frozen=True, slots=True)
class Dbcc(Statement):
    """DBCC command [(arguments)] [WITH options]."""

    command: str
    arguments: tuple[Expression | ObjectName, ...] = ()
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checkpoint(Statement):
    pass
