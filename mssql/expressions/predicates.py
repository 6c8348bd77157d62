"""Predicates as values, and values as predicates.

T-SQL lacks a boolean column type, and refuses predicates in a SELECT list. A predicate is rendered
as a value by CASE WHEN ... THEN 1 ELSE 0 END, a value as a predicate by ... = 1.
"""

from __future__ import annotations

import copy
from typing import Any, Sequence, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db.models import BooleanField, Q
from django.db.models.aggregates import Aggregate
from django.db.models.expressions import (
    Case,
    CombinedExpression,
    Exists,
    Expression,
    ExpressionWrapper,
    Func,
    OrderBy,
    RawSQL,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, Lookup
from django.db.models.sql.where import WhereNode

from mssql.compat import FullResultSet, compile_condition
from mssql.expressions.interfaces import Compiler, Connection, SqlWithParams

Operand = TypeVar("Operand")

VALUE_CONSUMERS = (Func, CombinedExpression, OrderBy, When, Case, Lookup)


def is_predicate(expression: object) -> bool:
    """Return whether the expression is rendered as a T-SQL predicate, as WHERE requires."""
    if isinstance(expression, (Exists, Lookup, WhereNode, IsTrue, Q)):
        return True
    if isinstance(expression, ExpressionWrapper):
        return bool(expression.conditional) and is_predicate(expression.expression)
    return isinstance(expression, RawSQL) and bool(expression.conditional)


class Truth(Expression):
    """The value of a predicate: 1 or 0 or, with `or_null`, NULL for UNKNOWN."""

    output_field = BooleanField()
    conditional = False

    def __init__(self, predicate: Any, or_null: bool = False) -> None:
        super().__init__()
        self.predicate = predicate
        self.or_null = or_null

    def get_source_expressions(self) -> list[Any]:
        return [self.predicate]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.predicate,) = exprs

    def as_sql(  # type: ignore[override]
        self, compiler: Compiler, connection: Connection
    ) -> SqlWithParams:
        try:
            sql, params = compile_condition(compiler, self.predicate)
        except EmptyResultSet:
            return "0", []
        except FullResultSet:
            return "1", []
        if self.or_null:
            return f"CASE WHEN {sql} THEN 1 WHEN NOT ({sql}) THEN 0 END", [*params, *params]
        return f"CASE WHEN {sql} THEN 1 ELSE 0 END", params


class IsTrue(Expression):
    """The predicate that a boolean value is true."""

    output_field = BooleanField()

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value

    def get_source_expressions(self) -> list[Any]:
        return [self.value]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        (self.value,) = exprs

    def as_sql(  # type: ignore[override]
        self, compiler: Compiler, connection: Connection
    ) -> SqlWithParams:
        sql, params = compiler.compile(self.value)
        return f"{sql} = 1", params


def unwrapped(expression: Any) -> Any:
    """Return the predicate in an ExpressionWrapper: Django selects and groups by the bare one."""
    while type(expression) is ExpressionWrapper and is_predicate(expression):
        expression = expression.expression
    return expression


def as_value(expression: Operand, or_null: bool = False) -> Operand | Truth:
    """Return the expression in a form that T-SQL accepts as a value."""
    if not is_predicate(expression):
        return expression
    return Truth(expression, or_null and not isinstance(expression, Exists))


def as_predicate(expression: Operand) -> Operand | IsTrue:
    """Return the expression in a form that T-SQL accepts as a predicate."""
    return expression if is_predicate(expression) else IsTrue(expression)


def with_operands_as_values(node: Operand) -> Operand:
    """Return the node with every predicate among its operands as a value.

    It is the same node if there is nothing to do. For the condition of a WHEN it is the reverse: a
    value becomes a predicate.
    """
    if not isinstance(node, VALUE_CONSUMERS):
        return node
    if isinstance(node, Exact) and isinstance(node.rhs, bool):
        # Django reads `predicate = True` as the predicate itself.
        return node
    sources = node.get_source_expressions()
    if isinstance(node, When):
        condition, result = sources
        operands = [as_predicate(condition), as_value(result)]
    elif isinstance(node, Aggregate):
        operands = [source if source is node.filter else as_value(source) for source in sources]
    else:
        # COALESCE replaces UNKNOWN.
        or_null = isinstance(node, Coalesce)
        operands = [as_value(source, or_null) for source in sources]
    if all(new is old for new, old in zip(operands, sources)):
        return node
    node = copy.copy(node)
    node.set_source_expressions(operands)
    return node
