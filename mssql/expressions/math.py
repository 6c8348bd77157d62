"""Numeric functions and operators."""

from __future__ import annotations

from typing import Any, Callable

from django.db import NotSupportedError
from django.db.models.expressions import Combinable, CombinedExpression, Value
from django.db.models.fields import DecimalField, FloatField, IntegerField
from django.db.models.functions import (
    ATan2,
    Ceil,
    Degrees,
    Ln,
    Log,
    Mod,
    Power,
    Radians,
    Random,
    Round,
)

from mssql.expressions.dispatch import SqlWithParams, field_of, fill, tsql

_TEMPLATES = {
    ATan2: "ATN2({0}, {1})",
    Ceil: "CEILING({0})",
    # DEGREES, RADIANS and POWER answer in their argument's type: RADIANS(180) would be 3.
    Degrees: "DEGREES(CAST({0} AS float))",
    Ln: "LOG({0})",
    Mod: "({0} %% {1})",
    Power: "POWER(CAST({0} AS float), {1})",
    Radians: "RADIANS(CAST({0} AS float))",
    # RAND() is one number for the whole statement unless its seed differs by row.
    Random: "RAND(CHECKSUM(NEWID()))",
}


@tsql(*_TEMPLATES)
def math_function(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """The functions that T-SQL spells, or types, in its own way."""
    template = next(_TEMPLATES[cls] for cls in type(node).__mro__ if cls in _TEMPLATES)
    sources = node.get_source_expressions()
    if isinstance(node, Mod) and any(_is(FloatField, source) for source in sources):
        template = _FLOAT_REMAINDER
    return fill(template, compiler, *sources)


# % takes no floats. Like its result, this one has the dividend's sign. Integers are exact up to
# bigint's limits; a quotient of others counts as a float has digits.
_FLOAT_REMAINDER = (
    "CASE WHEN {0} BETWEEN -9.2E18 AND 9.2E18 AND {1} BETWEEN -9.2E18 AND 9.2E18"
    " AND FLOOR({0}) = {0} AND FLOOR({1}) = {1}"
    " THEN CAST(CAST({0} AS bigint) %% CAST({1} AS bigint) AS float)"
    " ELSE ({0} - {1} * ROUND({0} / CAST({1} AS float), 0, 1)) END"
)


def _is(field: Any, source: Any) -> bool:
    return isinstance(field_of(source), field)


@tsql(Log)
def log(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """A logarithm; the second argument of LOG is an integer, so the base is a divisor."""
    base, number = node.get_source_expressions()
    if isinstance(base, Value) and base.value == 10:
        return fill("LOG10({0})", compiler, number)
    return fill("(LOG({1}) / LOG({0}))", compiler, base, number)


@tsql(Round)
def rounded(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """ROUND, which answers in its argument's type: 9.99 as numeric(3, 2) has no 10 (error 8115)."""
    number, *digits = node.get_source_expressions()
    value = "{0}"
    if _is(DecimalField, number):
        value = "{0} + CAST(0 AS numeric(1, 0))"  # one more digit before the point, if 38 allow it
    elif _is(IntegerField, number):
        value = "CAST({0} AS bigint)"
    template = f"ROUND({value}, {'{1}' if digits else '0'})"  # no digits: before Django 4.0
    return fill(template, compiler, number, *digits)


_ANY_SHIFT = (
    "CASE WHEN {1} < 63"
    " THEN (CAST({0} AS bigint) & -POWER(CAST(2 AS bigint), {1})) / POWER(CAST(2 AS bigint), {1})"
    " WHEN {1} > 62 AND {0} < 0 THEN -1 WHEN {1} > 62 AND {0} >= 0 THEN 0 END"
)


@tsql(CombinedExpression)
def combined(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """Two operands; >> (SQL Server 2022) rounds down, as in Python, so of -1 it always is -1."""
    if node.connector != Combinable.BITRIGHTSHIFT:
        sql: SqlWithParams = node.as_sql(compiler, connection)
        return sql
    places = node.rhs.value if isinstance(node.rhs, Value) else None
    if not isinstance(places, int) or not 0 <= places < 63:
        return fill(_ANY_SHIFT, compiler, node.lhs, node.rhs)
    power = f"CAST({2**places} AS bigint)"
    return fill(f"((CAST({{0}} AS bigint) & -{power}) / {power})", compiler, node.lhs)


_OPERATORS: dict[str, Callable[[str, str], str]] = {
    Combinable.POW: lambda lhs, rhs: f"POWER(CAST({lhs} AS float), {rhs})",
    Combinable.BITXOR: lambda lhs, rhs: f"({lhs} ^ {rhs})",
    # The operators << and >> came with SQL Server 2022.
    Combinable.BITLEFTSHIFT: lambda lhs, rhs: f"({lhs} * POWER(CAST(2 AS bigint), {rhs}))",
}


def combine(connector: str, operands: list[str]) -> str | None:
    """Return the SQL of an operator that T-SQL has not, or writes otherwise; None for the rest."""
    operator = _OPERATORS.get(connector)
    if operator is None:
        return None
    if len(operands) != 2:
        raise NotSupportedError(f"The operator {connector} takes two operands.")
    return operator(*operands)
