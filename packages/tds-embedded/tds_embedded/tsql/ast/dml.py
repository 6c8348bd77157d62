"""The statements that read and change rows."""

from __future__ import annotations

from dataclasses import dataclass

from tds_embedded.tsql.ast.batches import Execute, ExecuteString
from tds_embedded.tsql.ast.expressions import ColumnReference
from tds_embedded.tsql.ast.nodes import (
    DefaultValue,
    Expression,
    Node,
    Predicate,
    Star,
    Statement,
)
from tds_embedded.tsql.ast.queries import (
    CommonTableExpression,
    NamedTable,
    Query,
    QueryHint,
    SelectItem,
    TableSource,
    TableVariable,
    Top,
)


@dataclass(frozen=True, slots=True)
class Select(Statement):
    query: Query
    ctes: tuple[CommonTableExpression, ...] = ()
    options: tuple[QueryHint, ...] = ()


Target = NamedTable | TableVariable


@dataclass(frozen=True, slots=True)
class Output(Node):
    """OUTPUT items [INTO target [(columns)]]."""

    items: tuple[SelectItem | Star, ...]
    into: Target | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InsertValues(Node):
    rows: tuple[tuple[Expression | DefaultValue, ...], ...]


@dataclass(frozen=True, slots=True)
class InsertDefaultValues(Node):
    pass


@dataclass(frozen=True, slots=True)
class Insert(Statement):
    target: Target
    source: InsertValues | Query | Execute | ExecuteString | InsertDefaultValues
    columns: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = ()  # at most one with INTO and one without
    top: Top | None = None
    ctes: tuple[CommonTableExpression, ...] = ()
    options: tuple[QueryHint, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment(Node):
    """column = value, @v = value, or @v = column = value; `operator` may be += and its like."""

    value: Expression | DefaultValue
    column: ColumnReference | None = None
    variable: str | None = None
    operator: str = "="


@dataclass(frozen=True, slots=True)
class Update(Statement):
    target: Target
    assignments: tuple[Assignment, ...]
    from_: tuple[TableSource, ...] = ()
    where: Predicate | None = None
    outputs: tuple[Output, ...] = ()
    top: Top | None = None
    ctes: tuple[CommonTableExpression, ...] = ()
    options: tuple[QueryHint, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete(Statement):
    target: Target
    from_: tuple[TableSource, ...] = ()
    where: Predicate | None = None
    outputs: tuple[Output, ...] = ()
    top: Top | None = None
    ctes: tuple[CommonTableExpression, ...] = ()
    options: tuple[QueryHint, ...] = ()


@dataclass(frozen=True, slots=True)
class MergeUpdate(Node):
    assignments: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True)
class MergeDelete(Node):
    pass


@dataclass(frozen=True, slots=True)
class MergeInsert(Node):
    columns: tuple[str, ...] = ()
    values: tuple[Expression | DefaultValue, ...] = ()  # empty: DEFAULT VALUES


@dataclass(frozen=True, slots=True)
class MergeWhen(Node):
    match: str  # MATCHED, NOT MATCHED BY TARGET, NOT MATCHED BY SOURCE
    action: MergeUpdate | MergeDelete | MergeInsert
    condition: Predicate | None = None


@dataclass(frozen=True, slots=True)
class Merge(Statement):
    target: Target
    source: TableSource
    on: Predicate
    whens: tuple[MergeWhen, ...]
    outputs: tuple[Output, ...] = ()
    top: Top | None = None
    ctes: tuple[CommonTableExpression, ...] = ()
    options: tuple[QueryHint, ...] = ()
