"""The positions in which NEXT VALUE FOR is allowed.

Follows "NEXT VALUE FOR", sections "Limitations and restrictions" and "OVER clause",
https://learn.microsoft.com/sql/t-sql/functions/next-value-for-transact-sql
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate.values import unsupported
from tds_embedded.tsql.walk import children, descendants

IN_SUBQUERY = 11719
IN_CLAUSE = 11720  # TOP, OVER, OUTPUT, ON, WHERE, GROUP BY, HAVING, ORDER BY
IN_SET_OPERATION = 11721  # or DISTINCT
WITH_ORDER = 11723
WITH_LIMIT = 11739
IN_CHOICE = 11741
IN_CHANGE = 11717  # OVER in UPDATE and MERGE
CHOICES = frozenset(["CHOOSE", "COALESCE", "ISNULL", "NULLIF"])
_SUBQUERIES = (
    ast.ScalarSubquery,
    ast.Exists,
    ast.InSubquery,
    ast.QuantifiedComparison,
    ast.DerivedTable,
    ast.CommonTableExpression,
)
_CLAUSES = (ast.Top, ast.Output, ast.Window, ast.Predicate, ast.GroupingSets, ast.OrderItem)


def check(node: ast.Statement) -> None:
    """Raise 11716 to 11741 for a NEXT VALUE FOR in a forbidden position."""
    if not any(isinstance(each, ast.NextValueFor) for each in descendants(node)):
        return
    changes = isinstance(node, (ast.Update, ast.Merge))
    for each in children(node):
        _visit(each, 0, changes=changes)
    if isinstance(node, ast.Insert) and isinstance(node.source, ast.InsertValues):
        for row in node.source.rows:
            _check_repeated(row)
    elif isinstance(node, ast.Update):
        _check_repeated(node.assignments)


def _check_repeated(nodes: Sequence[ast.Node]) -> None:
    """Refuse a sequence that is named twice for one row, which takes one value from it."""
    names = [
        str(each.sequence).lower()
        for node in nodes
        for each in descendants(node)
        if isinstance(each, ast.NextValueFor)
    ]
    if len(set(names)) < len(names):
        raise unsupported("two NEXT VALUE FOR of one sequence in a row")


def _visit(node: ast.Node, error_number: int, *, changes: bool = False) -> None:
    """Check a node and those below it; `error_number` is the error of its context, or 0."""
    if isinstance(node, ast.NextValueFor):
        _check_value(node, error_number, changes=changes)
    elif isinstance(node, ast.Query):
        _visit_query(node, error_number)
    elif isinstance(node, _SUBQUERIES):
        _visit_all(children(node), IN_SUBQUERY)
    elif isinstance(node, _CLAUSES):
        _visit_all(children(node), error_number or IN_CLAUSE)
    elif isinstance(node, (ast.SimpleCase, ast.SearchedCase, ast.Iif)) or (
        isinstance(node, ast.FunctionCall) and node.name.name.upper() in CHOICES
    ):
        _visit_all(children(node), error_number or IN_CHOICE)
    else:
        for each in children(node):
            _visit(each, error_number, changes=changes)


def _visit_all(nodes: Iterable[ast.Node], error_number: int) -> None:
    for each in nodes:
        _visit(each, error_number)


def _visit_query(query: ast.Query, error_number: int) -> None:
    _visit_all(query.order_by, error_number or IN_CLAUSE)
    body = query.body
    if isinstance(body, ast.SetOperation):
        _visit_all(children(body), error_number or IN_SET_OPERATION)
        return
    assert isinstance(body, ast.QuerySpecification)
    has_limit = body.top is not None or query.offset is not None
    if not error_number:
        if body.distinct:
            error_number = IN_SET_OPERATION
        elif has_limit:
            error_number = WITH_LIMIT
        elif query.order_by:
            error_number = WITH_ORDER
    for element in body.select:
        _visit(element, error_number)
    for source in (*body.from_, *body.windows):
        _visit(source, error_number)
    clauses = (body.where, body.having, body.top, *body.group_by)
    _visit_all((each for each in clauses if each is not None), IN_CLAUSE)


def _check_value(node: ast.NextValueFor, error_number: int, *, changes: bool) -> None:
    if error_number and not (error_number == WITH_ORDER and node.over is not None):
        raise error(error_number)
    if node.over is None:
        return
    if node.over.partition_by:
        raise error(11716)
    if node.over.frame is not None:
        raise error(11737)
    if not node.over.order_by and node.over.name is None:
        raise error(11718)
    if changes:
        raise error(IN_CHANGE)
