"""FROM and WHERE, which queries and changes share."""

from __future__ import annotations

import operator
from collections.abc import Sequence

from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import binder
from tds_embedded.tsql.translate.binder import Scope
from tds_embedded.tsql.translate.values import Source, predicate, source


def from_clause(nodes: Sequence[ast.TableSource], scope: Scope) -> str:
    """Return FROM with its sources, and expose them in the scope."""
    parts = []
    for node in nodes:
        part: Source = source(node, scope)
        scope.expose(part.relations)
        parts.append(part.sql)
    return f" FROM {', '.join(parts)}" if parts else ""


def where_clause(node: ast.Predicate | None, scope: Scope) -> str:
    """Return WHERE.

    A query whose literals show that it has no rows reads none, so its READPAST hints meet no
    isolation level.
    """
    scope.clause = binder.WHERE
    if node is None:
        return ""
    sql = f" WHERE {predicate(node, scope)}"
    if _truth(node) is False:
        del scope.translation.read_past[scope.read_past_around :]
    return sql


_COMPARISONS = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _truth(node: ast.Predicate) -> bool | None:
    """Return the truth of a condition for every row, if its integer literals decide it."""
    if isinstance(node, ast.Comparison):
        left, right = node.left, node.right
        if isinstance(left, ast.IntegerLiteral) and isinstance(right, ast.IntegerLiteral):
            return bool(_COMPARISONS[node.operator](left.value, right.value))
    elif isinstance(node, ast.Not):
        truth = _truth(node.operand)
        return None if truth is None else not truth
    elif isinstance(node, ast.And | ast.Or):
        decisive = isinstance(node, ast.Or)
        truths = {_truth(each) for each in node.operands}
        if decisive in truths:
            return decisive
        return None if None in truths else not decisive
    return None
