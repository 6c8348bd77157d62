"""ORDER BY: its items, and the order of rows that may come in any order."""

from __future__ import annotations

from typing import Any, Sequence

from django.db.models.expressions import Combinable, Expression, OrderBy, RawSQL, Ref, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform

from mssql.compat import ColPairs
from mssql.expressions.dispatch import Implementation
from mssql.expressions.hoisting import walk
from mssql.expressions.interfaces import Compiler, Connection, Node, SqlWithParams
from mssql.expressions.templates import fill

# JSON is text, in which 10 would come before 9.
NUMBER_IN_JSON = "TRY_CAST({} AS float)"

# Sort keys in the language of OrderBy.template.
_BY_NUMBER = f"{NUMBER_IN_JSON.format('%(expression)s')} %(ordering)s"
_NULLS_LAST = "CASE WHEN %(expression)s IS NULL THEN 1 ELSE 0 END"
_NULLS_FIRST = "CASE WHEN %(expression)s IS NULL THEN 0 ELSE 1 END"


def order_by(node: OrderBy, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render an item of ORDER BY; NULLs sort first in SQL Server, or last if descending."""
    if isinstance(node.expression, ColPairs):
        return node.as_sql(compiler, connection)
    node = node.copy()
    by_json = _sorts_by_json(node.expression, compiler)
    node.expression = _sort_expression(node.expression, by_json, compiler)
    keys: list[str] = []
    if node.nulls_last and not node.descending:
        keys.append(_NULLS_LAST)
    elif node.nulls_first and node.descending:
        keys.append(_NULLS_FIRST)
    if by_json:
        keys.append(_BY_NUMBER)
    keys.append(node.template)
    node.nulls_first = node.nulls_last = False
    return node.as_sql(compiler, connection, template=", ".join(keys))


def _sorts_by_json(expression: Any, compiler: Compiler) -> bool:
    if not isinstance(expression, Ref):
        return sorts_as_json(expression)
    return sorts_as_json(_source(expression)) and not compiler.query.distinct


def _source(reference: Ref) -> Expression:
    """Return the expression to which a position or an alias refers."""
    (source,) = reference.get_source_expressions()
    return source  # type: ignore[no-any-return]


def _sort_expression(expression: Any, by_json: bool, compiler: Compiler) -> Any:
    """Return the expression in the form in which ORDER BY accepts it."""
    if isinstance(expression, Ref):
        if not by_json:
            return expression
        # A position: the type of its source decides the order. A union exposes only names.
        source = _source(expression)
        if not compiler.query.combinator:
            return source
        alias: str = vars(expression)["refs"]
        return Ref(alias, source)
    if isinstance(expression, RawSQL) and expression.sql.isdigit():
        # A position, which Django before 4.2 puts in brackets: in T-SQL that is a constant.
        return Position(int(expression.sql))
    if is_constant(expression):
        # ORDER BY refuses constants (error 408) and variables (1008), but not subqueries. One
        # value in one part of a union may be another value in the next.
        return ScalarSelect(expression)
    return expression


class Position(Expression):
    """A position in the SELECT list; in the derived table of a union the name of that column."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def as_sql(  # type: ignore[override]
        self, compiler: Compiler, connection: Connection
    ) -> SqlWithParams:
        if compiler.query.combinator:
            return connection.ops.quote_name(f"c{self.number}"), []
        return str(self.number), []


class ScalarSelect(Expression):
    """A SELECT of one expression."""

    def __init__(self, expression: Combinable) -> None:
        super().__init__()
        self.expression = expression

    def get_source_expressions(self) -> list[Combinable]:
        return [self.expression]

    def set_source_expressions(self, exprs: Sequence[Combinable]) -> None:
        (self.expression,) = exprs

    def as_sql(  # type: ignore[override]
        self, compiler: Compiler, connection: Connection
    ) -> SqlWithParams:
        return fill("(SELECT {0})", compiler, self.expression)


def sorts_as_json(expression: Node) -> bool:
    """Return whether the expression is a value in a JSONField, whose numbers sort as numbers."""
    return isinstance(expression, KeyTransform) and not isinstance(expression, KeyTextTransform)


def is_constant(expression: Node) -> bool:
    """Return whether all leaves of the expression are values."""
    leaves = [part for part in walk(expression) if not _sources(part)]
    return bool(leaves) and all(isinstance(leaf, Value) for leaf in leaves)


def _sources(part: object) -> Sequence[object]:
    return part.get_source_expressions() if hasattr(part, "get_source_expressions") else ()


class AnyOrder(Expression):
    """An ORDER BY that T-SQL requires although no order is required.

    https://learn.microsoft.com/sql/t-sql/queries/select-order-by-clause-transact-sql
    """

    def __init__(self, is_distinct: bool = False, direction: str = "") -> None:
        super().__init__()
        # With DISTINCT only selected columns may stand in ORDER BY (error 145).
        self.sql = f"{'1' if is_distinct else '(SELECT NULL)'}{direction}"

    def as_sql(  # type: ignore[override]
        self, compiler: Compiler, connection: Connection
    ) -> SqlWithParams:
        return self.sql, []


TSQL: dict[type, Implementation] = {OrderBy: order_by}
