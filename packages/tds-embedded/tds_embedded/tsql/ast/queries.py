"""Queries: from SELECT to FOR JSON, and the sources of a FROM clause."""

from __future__ import annotations

from dataclasses import dataclass

from tds_embedded.tsql.ast.nodes import (
    DataType,
    DefaultValue,
    Expression,
    Node,
    ObjectName,
    Predicate,
    Star,
)


@dataclass(frozen=True, slots=True)
class OrderItem(Node):
    expression: Expression
    descending: bool = False


@dataclass(frozen=True, slots=True)
class FrameBound(Node):
    kind: str  # UNBOUNDED PRECEDING, PRECEDING, CURRENT ROW, FOLLOWING, UNBOUNDED FOLLOWING
    value: Expression | None = None


@dataclass(frozen=True, slots=True)
class Frame(Node):
    unit: str  # ROWS or RANGE
    start: FrameBound
    end: FrameBound | None = None


@dataclass(frozen=True, slots=True)
class Window(Node):
    """The inside of OVER (...); `OVER w` has only a name (WINDOW clause, 2022)."""

    name: str | None = None
    partition_by: tuple[Expression, ...] = ()
    order_by: tuple[OrderItem, ...] = ()
    frame: Frame | None = None


@dataclass(frozen=True, slots=True)
class NamedWindow(Node):
    name: str
    window: Window


@dataclass(frozen=True, slots=True)
class SelectItem(Node):
    expression: Expression
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class SelectAssignment(Node):
    """SELECT @v = expression, also with += and its like (then `operator` is that)."""

    variable: str
    expression: Expression
    operator: str = "="


SelectElement = SelectItem | Star | SelectAssignment


@dataclass(frozen=True, slots=True)
class Top(Node):
    count: Expression
    percent: bool = False
    with_ties: bool = False


@dataclass(frozen=True, slots=True)
class TableHint(Node):
    name: str  # upper case
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryHint(Node):
    name: str  # all its words, in upper case: "RECOMPILE", "OPTIMIZE FOR UNKNOWN", "USE HINT"
    arguments: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class TableSource(Node):
    pass


@dataclass(frozen=True, slots=True)
class NamedTable(TableSource):
    """A table, view, synonym or common table expression."""

    name: ObjectName
    alias: str | None = None
    hints: tuple[TableHint, ...] = ()


@dataclass(frozen=True, slots=True)
class TableVariable(TableSource):
    name: str  # with its @
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class TableFunction(TableSource):
    """A table-valued function: STRING_SPLIT, GENERATE_SERIES, dbo.f, sys.fn_..."""

    name: ObjectName
    arguments: tuple[Expression | DefaultValue, ...] = ()
    alias: str | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JsonColumn(Node):
    """A column of OPENJSON(...) WITH (...)."""

    name: str
    type: DataType
    path: str | None = None
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class OpenJson(TableSource):
    document: Expression
    path: Expression | None = None
    schema: tuple[JsonColumn, ...] = ()  # empty: the columns are key, value, type
    alias: str | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DerivedTable(TableSource):
    query: Query
    alias: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TracedSource(TableSource):
    """A source that a change may reach, added by the translator: its rows keep their identity."""

    source: NamedTable | DerivedTable


@dataclass(frozen=True, slots=True)
class ValuesTable(TableSource):
    rows: tuple[tuple[Expression, ...], ...]
    alias: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Join(TableSource):
    kind: str  # INNER, LEFT, RIGHT, FULL, CROSS
    left: TableSource
    right: TableSource
    on: Predicate | None = None  # None exactly if kind is CROSS
    hint: str | None = None  # LOOP, HASH, MERGE, REMOTE


@dataclass(frozen=True, slots=True)
class Apply(TableSource):
    left: TableSource
    right: TableSource
    outer: bool = False


@dataclass(frozen=True, slots=True)
class GroupingSets(Node):
    """ROLLUP, CUBE or GROUPING SETS; each set is a tuple of expressions, () the grand total."""

    kind: str  # ROLLUP, CUBE, GROUPING SETS
    sets: tuple[tuple[Expression, ...] | GroupingSets, ...]


@dataclass(frozen=True, slots=True)
class QueryBody(Node):
    pass


@dataclass(frozen=True, slots=True)
class QuerySpecification(QueryBody):
    """SELECT ... FROM ... WHERE ... GROUP BY ... HAVING ... WINDOW ..."""

    select: tuple[SelectElement, ...]
    distinct: bool = False
    top: Top | None = None
    into: ObjectName | None = None
    from_: tuple[TableSource, ...] = ()  # separated by commas
    where: Predicate | None = None
    group_by: tuple[Expression | GroupingSets, ...] = ()
    having: Predicate | None = None
    windows: tuple[NamedWindow, ...] = ()


@dataclass(frozen=True, slots=True)
class SetOperation(QueryBody):
    operator: str  # UNION, EXCEPT, INTERSECT
    left: QueryBody
    right: QueryBody
    all: bool = False


@dataclass(frozen=True, slots=True)
class ForJson(Node):
    mode: str  # PATH or AUTO
    root: str | None = None  # "root" if ROOT has no name
    include_null_values: bool = False
    without_array_wrapper: bool = False


@dataclass(frozen=True, slots=True)
class ForXml(Node):
    mode: str  # PATH, AUTO, RAW
    element: str | None = None
    directives: tuple[str, ...] = ()  # TYPE, ROOT, ELEMENTS, ELEMENTS XSINIL ...


@dataclass(frozen=True, slots=True)
class Query(Node):
    """A query expression with the clauses that follow all its set operations."""

    body: QueryBody
    order_by: tuple[OrderItem, ...] = ()
    offset: Expression | None = None
    fetch: Expression | None = None
    for_: ForJson | ForXml | None = None


@dataclass(frozen=True, slots=True)
class CommonTableExpression(Node):
    name: str
    query: Query
    columns: tuple[str, ...] = ()
