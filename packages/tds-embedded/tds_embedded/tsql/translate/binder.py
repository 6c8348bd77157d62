"""The binding of names: the scopes of a statement, its tables, aliases and columns.

Follows "FROM clause plus JOIN, APPLY, PIVOT" and "Subqueries" of the Transact-SQL reference,
https://learn.microsoft.com/sql/t-sql/queries/from-transact-sql
"""

from __future__ import annotations

from collections import abc
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from tds_embedded.catalog.tables import Sequence, Table, TableColumn
from tds_embedded.errors import SqlServerError, error
from tds_embedded.postgres.identifiers import quote
from tds_embedded.tsql import ast
from tds_embedded.types import Column, SqlType


@dataclass(frozen=True, slots=True)
class Field:
    """A column that can be referred to, and the PostgreSQL expression that stands for it."""

    name: str
    sql: str
    type: SqlType
    nullable: bool = True
    identity: bool = False
    computed: bool = False
    owner: str = ""  # the exposed name of its relation, for error messages
    document: bool = False  # JSON text from a function
    output_error: int = 0  # the error that OUTPUT raises for it

    @property
    def column(self) -> Column:
        """The column in a result set."""
        return Column(self.name, self.type, self.nullable, self.identity, self.computed)


Path = tuple[int, ...]  # to a stored table inside nested queries: the position in each FROM


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """The column of a stored table that a column of a query refers to."""

    path: Path
    column: TableColumn


@dataclass(frozen=True, slots=True)
class StoredRow:
    """The row of a stored table that a query reads; `sql` is its ctid."""

    path: Path
    table: Table
    sql: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """The origin of a query's rows, through which a change reaches the stored rows.

    columns: per column of the query the stored column, or None for a computed one.
    rows: the stored rows of one row; None represents a source of another kind.
    columns_for: the columns for one stored row, which the SQL prefix refers to.
    refusal: the error that forbids a change of the rows: 4403 or 4426, otherwise 0.
    derived: whether it is a derived table, which has separate error numbers.
    lockable: whether PostgreSQL accepts FOR UPDATE on the query.
    checked: whether it contains a view WITH CHECK OPTION.
    """

    columns: tuple[StoredColumn | None, ...]
    rows: tuple[StoredRow | None, ...]
    columns_for: abc.Callable[[Path, str], tuple[Field, ...]]
    refusal: int = 0
    derived: bool = False
    lockable: bool = True
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """A table source under its exposed name; `prefix` is its name in PostgreSQL."""

    name: str
    fields: tuple[Field, ...]
    prefix: str
    schema: str | None = None  # set if the source is a table without an alias
    database: str | None = None
    table: Table | None = None  # the stored table or view, if any
    stored_sql: str = ""  # its name in PostgreSQL
    base: bool = False  # its rows can be locked, updated and deleted
    alias: bool = False
    outer: bool = False  # on the side of an outer join that may be missing
    lineage: Lineage | None = None  # of a traced source
    function: bool = False  # a function without an alias
    parts: tuple[str, ...] = ()  # of its name as it is written, without an alias

    @property
    def written(self) -> str:
        """The name as the statement writes it, without an alias."""
        return ".".join(self.parts) or self.name

    def find(self, name: str) -> Field | None:
        """Return the column of that name, or None."""
        lower_name = name.lower()
        return next((each for each in self.fields if each.name.lower() == lower_name), None)

    def called(self, qualifier: abc.Sequence[str]) -> bool:
        """Return whether `qualifier` ([[database,] schema,] table) names this source."""
        if qualifier[-1].lower() != self.name.lower():
            return False
        outer = [part.lower() for part in qualifier[:-1]]
        if self.alias:
            return not outer
        mine = [(self.database or "").lower(), (self.schema or "dbo").lower()]
        return all(
            not name_part or name_part == own
            for name_part, own in zip(outer[::-1], mine[::-1], strict=False)
        )

    def nullable(self) -> Relation:
        """Return the same source on the side of an outer join that may be missing."""
        fields = tuple(replace(each, nullable=True) for each in self.fields)
        return replace(self, fields=fields, outer=True)


@dataclass(frozen=True, slots=True)
class Lock:
    """A FOR UPDATE that a table hint requires."""

    relation: Relation
    strength: str  # UPDATE or SHARE
    wait: str  # "", " NOWAIT" or " SKIP LOCKED"


@dataclass(frozen=True, slots=True)
class ReadPast:
    """A READPAST hint, which only some isolation levels allow.

    level: the isolation level of another hint of the table, or "" for the session's.
    target: the table that the statement changes, if the hint is on it.
    searched_column: the column of an UPDATE or DELETE whose condition is just `column = value`.
    """

    level: str
    target: Table | None = None
    searched_column: str | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a query, for the rules on aggregates and windows."""

    name: str
    aggregates: int | None = None  # the error that an aggregate raises here; None: allowed
    windows: int | None = 4108
    bare_columns: bool = True  # without their table


SELECT = Clause("SELECT", windows=None)
ORDER_BY = Clause("ORDER BY", windows=None)
HAVING = Clause("HAVING")
WHERE = Clause("WHERE", aggregates=147)
ON = Clause("ON", aggregates=1015)
GROUP_BY = Clause("GROUP BY", aggregates=144)
AGGREGATE = Clause("aggregate", aggregates=130, windows=4109)
APPLY = Clause("APPLY", aggregates=4101)
WINDOW = Clause("OVER", windows=4109)
VALUES = Clause("VALUES", aggregates=147)
OUTPUT = Clause("OUTPUT", aggregates=158, bare_columns=False)
OUTPUT_OF_MERGE = Clause("OUTPUT", aggregates=158)


class Scope:
    """The names that an expression may use: one level of a query, and those around it.

    `references` collects the columns of this level used outside an aggregate, which is how a
    grouped query finds the ones that its GROUP BY does not cover.
    """

    def __init__(
        self,
        translation: Translation,
        parent: Scope | None = None,
        relations: Iterable[Relation] = (),
    ) -> None:
        self.translation = translation
        self.parent = parent
        self.relations: list[Relation] = list(relations)
        self.ctes: dict[str, CommonTable] = {}
        self.windows: dict[str, ast.Window] = {}
        self.clause = SELECT
        self.references: list[Field] = []
        self.groups: set[str] = set()
        self.grouping_sets = False  # of ROLLUP, CUBE or GROUPING SETS
        self.case_depth = 0  # of CASE inside CASE
        self.aggregated = False
        self.aggregate_order: list[str] = []  # of STRING_AGG ... WITHIN GROUP
        self.windowed = False
        self.sequences: set[str] | None = None  # that a select list has taken a value from
        self.locks: list[Lock] = []
        self.read_past_around = len(translation.read_past)  # the hints of the outer query
        self.unlocked: set[str] = set()  # the prefixes of relations that are read without waiting

    def child(self, relations: Iterable[Relation] = ()) -> Scope:
        """Return the scope of an inner query."""
        return Scope(self.translation, self, relations)

    def beside(self, relations: Iterable[Relation]) -> Scope:
        """Return a scope of the same level that sees only some relations: the ON of a join."""
        scope = Scope(self.translation, self.parent, relations)
        scope.ctes, scope.windows, scope.clause = self.ctes, self.windows, self.clause
        scope.references, scope.groups, scope.locks = self.references, self.groups, self.locks
        scope.unlocked = self.unlocked
        return scope

    def levels(self) -> Iterator[Scope]:
        """Yield this scope and those around it, from the inside."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def column(self, parts: abc.Sequence[str]) -> Field:
        """Return the column of that name. Raises 207, 209 or 4104."""
        *qualifier, name = parts
        if qualifier:
            return self._qualified(qualifier, name)
        if not self.clause.bare_columns:
            raise error(207, name)
        for scope in self.levels():
            fields = [f for relation in scope.relations if (f := relation.find(name))]
            if len(fields) > 1:
                raise error(209, name)
            if fields:
                return scope.used(fields[0])
        raise self._no_column(name, [each for scope in self.levels() for each in scope.relations])

    def _no_column(self, name: str, relations: Iterable[Relation]) -> SqlServerError:
        """Return error 207, or 40517 for a system view, which may lack columns of SQL Server's."""
        if any(each.table is not None and each.table.system for each in relations):
            return error(40517, f"column {name} of a system view")
        return error(207, name)

    def _qualified(self, qualifier: abc.Sequence[str], name: str) -> Field:
        for scope in self.levels():
            relations = [relation for relation in scope.relations if relation.called(qualifier)]
            fields = [f for relation in relations if (f := relation.find(name))]
            if len(fields) > 1:  # tables of one name, of different schemas
                raise error(209, name)
            if fields:
                return scope.used(fields[0])
            if relations:
                raise self._no_column(name, relations)
        raise error(4104, ".".join((*qualifier, name)))

    def used(self, field: Field) -> Field:
        """Note the use of a column, and return it. Raises the error of OUTPUT for it."""
        if field.output_error and self.clause in (OUTPUT, OUTPUT_OF_MERGE):
            raise error(field.output_error, f"{field.owner}.{field.name}")
        if self.translation.operand is not None:
            self.translation.operand.append((self, field))
        if field.sql not in self.groups:
            self.references.append(field)
        return field

    def relation(self, qualifier: abc.Sequence[str]) -> Relation:
        """Return the source that `qualifier.*` names at this level. Raises 107."""
        for relation in self.relations:
            if relation.called(qualifier):
                return relation
        raise error(107, ".".join(qualifier))

    def common_table(self, name: str) -> CommonTable | None:
        """Return the common table expression of that name, or None."""
        for scope in self.levels():
            if name.lower() in scope.ctes:
                return scope.ctes[name.lower()]
        return None

    def expose(self, relations: Iterable[Relation]) -> None:
        """Add sources of the FROM clause. Raises 1011, 1012 or 1013 if a name occurs twice."""
        for relation in relations:
            for other in self.relations:
                check_distinct_exposure(other, relation)
            self.relations.append(relation)


def check_distinct_exposure(left: Relation, right: Relation) -> None:
    """Raise 1011 to 1013 for two sources of one name, also in different schemas."""
    if left.name.lower() != right.name.lower() or left.function or right.function:
        return
    if left.alias and right.alias:
        raise error(1011, right.name)
    if left.alias or right.alias:
        alias, plain = (left, right) if left.alias else (right, left)
        raise error(1012, alias.name, plain.written)
    raise error(1013, right.written, left.written)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A query that waits for the transactions which have changed rows that a SELECT reads.

    It uses the first `parameters` of the SELECT. `tables` are the oids of the tables it reads.
    """

    sql: str
    parameters: int
    tables: frozenset[int]


@dataclass(slots=True)
class CommonTable:
    """A common table expression: its PostgreSQL name, and its columns after its translation."""

    name: str
    sql: str
    fields: tuple[Field, ...] = ()
    defining: bool = True
    node: ast.CommonTableExpression | None = None
    scope: Scope | None = None  # that it is defined in
    recursive: bool = False  # set when its own query refers to it
    prefix: str = ""  # by which its own query refers to it
    used: bool = False  # by other queries


class Catalog(Protocol):
    """The members of catalog.tables.Catalog that the binder uses."""

    def table(self, schema: str | None, name: str) -> Table | None: ...
    def table_of(self, database: str, schema: str | None, name: str) -> Table | None: ...
    def sequence(self, schema: str | None, name: str) -> Sequence | None: ...
    def type(self, schema: str | None, name: str) -> SqlType | None: ...
    def is_synonym(self, schema: str | None, name: str) -> bool: ...
    def has_index(self, table: Table, name: str) -> bool: ...
    def output_refusal(self, table: Table) -> tuple[int, str] | None: ...
    def has_openjson(self) -> bool: ...


@dataclass(frozen=True)
class Capture:
    """The destination of a change's rows for triggers.

    `sql` is a table of the action, the new values of all columns and the old ones. `action` is the
    SQL of the action's name.
    """

    table: Table
    sql: str
    action: str


@dataclass
class Context:
    """The surroundings of a statement: the catalog, the variables in scope, the session.

    variables: name with its @ in lower case -> declared type.
    table_variables: the same for variables of type table -> the stored table.
    """

    catalog: Catalog
    variables: Mapping[str, SqlType] = field(default_factory=dict)
    table_variables: Mapping[str, Table] = field(default_factory=dict)
    database: str = "master"
    default_schema: str = "dbo"
    identity_insert: str | None = None  # "schema.table" in lower case
    product: int = 2022
    triggers: Mapping[str, Table] = field(default_factory=dict)  # inserted, deleted in a trigger
    capture: Capture | None = None  # of the statement, if its table has triggers
    copy: Table | None = None  # the replacement of the table of the same oid


class Translation:
    """The state of one statement's translation: its parameters and its generated names."""

    def __init__(self, context: Context, *, parameters: bool = True) -> None:
        self.context = context
        self._numbers: dict[str, int] = {}
        self.locks: list[str] = []
        self.read_past: list[ReadPast] = []
        self.target: Table | None = None  # the table that the statement changes
        self.update_locked: set[int] = set()  # tables whose rows are read with UPDLOCK
        self.through = False  # whether the statement changes a query and names its columns
        self.takes_numbers = False  # of a sequence
        self.allow_variables = parameters
        # the columns of the aggregate that is translated, each with the level it is of
        self.operand: list[tuple[Scope, Field]] | None = None
        self._names = 0

    def parameter(self, name: str) -> str:
        """Return the `$n` of a variable or session value."""
        number = self._numbers.setdefault(name.lower(), len(self._numbers) + 1)
        return f"${number}"

    @property
    def parameters(self) -> list[str]:
        """The variables and session values that `$1`, `$2` ... refer to."""
        return list(self._numbers)

    def variable_type(self, name: str) -> SqlType:
        """Return the declared type of a variable. Raises 137."""
        sql_type = self.context.variables.get(name.lower()) if self.allow_variables else None
        if sql_type is None:
            raise error(137, name)
        return sql_type

    def fresh(self, stem: str) -> str:
        """Return a name that no name of a T-SQL statement can collide with."""
        self._names += 1
        return quote(f"{stem} {self._names}")
