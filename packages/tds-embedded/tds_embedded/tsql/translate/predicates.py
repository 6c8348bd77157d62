"""Predicates: comparisons, IN, LIKE, EXISTS, and the operators that connect them."""

from __future__ import annotations

from dataclasses import replace

from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import collations, types
from tds_embedded.tsql.translate.binder import Scope
from tds_embedded.tsql.translate.queries import subquery
from tds_embedded.tsql.translate.session_values import UPDATED
from tds_embedded.tsql.translate.values import (
    Value,
    base,
    common,
    comparable,
    convert,
    expression,
    padded,
    predicate,
    unsupported,
    within_limit,
)
from tds_embedded.types import MAX


@predicate.register
def _and(node: ast.And, scope: Scope) -> str:
    return "(" + " AND ".join(predicate(operand, scope) for operand in node.operands) + ")"


@predicate.register
def _or(node: ast.Or, scope: Scope) -> str:
    return "(" + " OR ".join(predicate(operand, scope) for operand in node.operands) + ")"


@predicate.register
def _not(node: ast.Not, scope: Scope) -> str:
    return f"(NOT {predicate(node.operand, scope)})"


@predicate.register
def _comparison(node: ast.Comparison, scope: Scope) -> str:
    operands = [expression(node.left, scope), expression(node.right, scope)]
    left, right = comparable(operands, types.OPERATOR_NAMES.get(node.operator, "equal to"))
    if node.operator not in ("=", "<>"):
        left, right = (_ordered(each) for each in (left, right))
    return f"({left.sql} {node.operator} {right.sql})"


def _ordered(value: Value) -> Value:
    """Return an operand of < and its like."""
    collations.check_order(value.type)
    if value.type.name == "uniqueidentifier":
        return replace(value, sql=collations.order_key(value.sql, value.type))
    return value


@predicate.register
def _is_distinct_from(node: ast.IsDistinctFrom, scope: Scope) -> str:
    left, right = comparable([expression(node.left, scope), expression(node.right, scope)])
    return f"({left.sql} IS {'NOT ' if node.negated else ''}DISTINCT FROM {right.sql})"


@predicate.register
def _is_null(node: ast.IsNull, scope: Scope) -> str:
    value = expression(node.expression, scope)
    return f"({value.sql} IS {'NOT ' if node.negated else ''}NULL)"


@predicate.register
def _between(node: ast.Between, scope: Scope) -> str:
    operands = (node.expression, node.low, node.high)
    value, low, high = comparable([expression(operand, scope) for operand in operands])
    value, low, high = (_ordered(each) for each in (value, low, high))
    return f"({value.sql} {'NOT ' if node.negated else ''}BETWEEN {low.sql} AND {high.sql})"


@predicate.register
def _in(node: ast.In, scope: Scope) -> str:
    operands = (node.expression, *node.values)
    value, *values = comparable([expression(operand, scope) for operand in operands])
    value_list = ", ".join(each.sql for each in values)
    return f"({value.sql} {'NOT ' if node.negated else ''}IN ({value_list}))"


@predicate.register
def _in_subquery(node: ast.InSubquery, scope: Scope) -> str:
    value = expression(node.expression, scope)
    left, right = _against_subquery(value, node.query, scope)
    return f"({left} {'NOT ' if node.negated else ''}IN ({right}))"


@predicate.register
def _quantified_comparison(node: ast.QuantifiedComparison, scope: Scope) -> str:
    value = expression(node.left, scope)
    left, right = _against_subquery(value, node.query, scope)
    return f"({left} {node.operator} {node.quantifier} ({right}))"


def _against_subquery(value: Value, query: ast.Query, scope: Scope) -> tuple[str, str]:
    """Return an operand and the subquery of one column that it is compared with."""
    inner = subquery(query, scope)
    if len(inner.items) != 1:
        raise error(116)
    column = inner.items[0].value
    left, right = comparable([value, column])
    if right.sql == column.sql:
        return left.sql, inner.sql
    rows = inner.converted([right.type])
    return left.sql, rows.sql


@predicate.register
def _exists(node: ast.Exists, scope: Scope) -> str:
    return f"EXISTS ({subquery(node.query, scope).sql})"


@predicate.register
def _like(node: ast.Like, scope: Scope) -> str:
    value = _text(expression(node.expression, scope))
    pattern = within_limit(_text(expression(node.pattern, scope)))
    is_narrow = not {value.type.name, pattern.type.name} & types.NATIONAL
    kind = base(replace(common([value, pattern], "like"), name="nvarchar", length=MAX))
    arguments = [f"{padded(each).sql}::{kind}" for each in comparable([value, pattern], "like")]
    if node.escape is not None:
        arguments.append(f"{_text(expression(node.escape, scope)).sql}::{kind}")
    elif is_narrow:
        arguments.append(f"NULL::{kind}")
    function = "like_narrow" if is_narrow else '"like"'
    return f"({'NOT ' if node.negated else ''}tsql.{function}({', '.join(arguments)}))"


def _text(value: Value) -> Value:
    """Return an operand of LIKE; other types become strings."""
    if value.type.name in ("text", "ntext"):
        return convert(value, types.NVARCHAR_MAX)
    if value.type.name in types.STRINGS:
        return value
    if value.type.name in types.BINARIES | {"json"}:
        raise error(8116, value.type.name, 1, "like")
    return convert(value, types.nvarchar(4000))


@predicate.register
def _predicate_function(node: ast.PredicateFunction, scope: Scope) -> str:
    if node.name == "UPDATE":
        return _updated(node.arguments[0], scope)
    if node.name != "REGEXP_LIKE":
        raise unsupported(node.name)
    if scope.translation.context.product < 2025:
        raise error(195, node.name, "built-in function name")
    if not 2 <= len(node.arguments) <= 3:
        raise error(174, "regexp_like", "2 to 3")
    values = [_text(expression(argument, scope)) for argument in node.arguments]
    return f"tsql.regexp_like({', '.join(value.sql for value in values)})"


def _updated(column: ast.Expression, scope: Scope) -> str:
    """Return UPDATE(column), which the running trigger decides. Raises 207."""
    change = scope.translation.context.triggers.get("inserted")
    if change is None or not isinstance(column, ast.ColumnReference):
        raise unsupported("UPDATE() outside a trigger")
    if change.column(column.name) is None:
        raise error(207, column.name)
    return f"{scope.translation.parameter(f'{UPDATED}{column.name})')}::bool"
