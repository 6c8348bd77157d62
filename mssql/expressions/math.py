"""Numeric functions and operators."""

from __future__ import annotations

from typing import Callable

from django.db import NotSupportedError
from django.db.models.expressions import Combinable, CombinedExpression, Func, Value
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

from mssql.expressions.dispatch import Implementation, entry_for
from mssql.expressions.interfaces import AnyField, Compiler, Connection, Node, SqlWithParams
from mssql.expressions.output_fields import field_of
from mssql.expressions.templates import fill

_TEMPLATES = {
    ATan2: "ATN2({0}, {1})",
    Ceil: "CEILING({0})",
    # The results of DEGREES, RADIANS and POWER have the argument's type: RADIANS(180) would be 3.
    Degrees: "DEGREES(CAST({0} AS float))",
    Ln: "LOG({0})",
    Mod: "({0} %% {1})",
    Power: "POWER(CAST({0} AS float), {1})",
    Radians: "RADIANS(CAST({0} AS float))",
    # RAND() is one number for the whole statement unless its seed differs by row.
    Random: "RAND(CHECKSUM(NEWID()))",
}


def math_function(node: Func, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render a function whose name or result type differs in T-SQL."""
    template = entry_for(node, _TEMPLATES)
    sources = node.get_source_expressions()
    if isinstance(node, Mod) and any(_is(FloatField, source) for source in sources):
        template = _FLOAT_REMAINDER
    return fill(template, compiler, *sources)


# % does not accept floats. Like its result, this one has the dividend's sign. Integers are exact
# up to bigint's limits; quotients of other numbers have the precision of a float.
_FLOAT_REMAINDER = (
    "CASE WHEN {0} BETWEEN -9.2E18 AND 9.2E18 AND {1} BETWEEN -9.2E18 AND 9.2E18"
    " AND FLOOR({0}) = {0} AND FLOOR({1}) = {1}"
    " THEN CAST(CAST({0} AS bigint) %% CAST({1} AS bigint) AS float)"
    " ELSE ({0} - {1} * ROUND({0} / CAST({1} AS float), 0, 1)) END"
)


def _is(field: type[AnyField], source: Node) -> bool:
    return isinstance(field_of(source), field)


def log(node: Log, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render a logarithm; the base is a divisor because LOG accepts only integers as its base."""
    base, number = node.get_source_expressions()
    if isinstance(base, Value) and base.value == 10:
        return fill("LOG10({0})", compiler, number)
    return fill("(LOG({1}) / LOG({0}))", compiler, base, number)


def round_(node: Round, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render ROUND. Its result has the argument's type: numeric(3, 2) has no 10.00 (error 8115)."""
    number, *digits = node.get_source_expressions()
    value = "{0}"
    if _is(DecimalField, number):
        # One more digit before the point, unless there are 38 already.
        value = "{0} + CAST(0 AS numeric(1, 0))"
    elif _is(IntegerField, number):
        value = "CAST({0} AS bigint)"
    template = f"ROUND({value}, {'{1}' if digits else '0'})"
    return fill(template, compiler, number, *digits)


_ANY_SHIFT = (
    "CASE WHEN {1} < 63"
    " THEN (CAST({0} AS bigint) & -POWER(CAST(2 AS bigint), {1})) / POWER(CAST(2 AS bigint), {1})"
    " WHEN {1} > 62 AND {0} < 0 THEN -1 WHEN {1} > 62 AND {0} >= 0 THEN 0 END"
)


def combine_expression(
    node: CombinedExpression, compiler: Compiler, connection: Connection
) -> SqlWithParams:
    """Render two operands; >> (SQL Server 2022) rounds down as in Python: -1 stays -1."""
    if node.connector != Combinable.BITRIGHTSHIFT:
        return node.as_sql(compiler, connection)
    places = node.rhs.value if isinstance(node.rhs, Value) else None
    if not isinstance(places, int) or not 0 <= places < 63:
        return fill(_ANY_SHIFT, compiler, node.lhs, node.rhs)
    power = f"CAST({2**places} AS bigint)"
    return fill(f"((CAST({{0}} AS bigint) & -{power}) / {power})", compiler, node.lhs)


_OPERATORS: dict[str, Callable[[str, str], str]] = {
    Combinable.POW: lambda lhs, rhs: f"POWER(CAST({lhs} AS float), {rhs})",
    Combinable.BITXOR: lambda lhs, rhs: f"({lhs} ^ {rhs})",
    # The operators << and >> were added in SQL Server 2022.
    Combinable.BITLEFTSHIFT: lambda lhs, rhs: f"({lhs} * POWER(CAST(2 AS bigint), {rhs}))",
}


def combine(connector: str, operands: list[str]) -> str | None:
    """Return the SQL of an operator that T-SQL lacks or writes differently; None for the others."""
    operator = _OPERATORS.get(connector)
    if operator is None:
        return None
    if len(operands) != 2:
        raise NotSupportedError(f"The operator {connector} requires two operands.")
    return operator(*operands)


TSQL: dict[type, Implementation] = {
    **dict.fromkeys(_TEMPLATES, math_function),
    Log: log,
    Round: round_,
    CombinedExpression: combine_expression,
}
