"""Numeric functions and operators."""

from __future__ import annotations

from typing import Any, Callable

from django.db import NotSupportedError
from django.db.models.expressions import Combinable
from django.db.models.fields import FloatField
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

from .dispatch import SqlWithParams, fill, tsql

_TEMPLATES = {
    ATan2: "ATN2({0}, {1})",
    Ceil: "CEILING({0})",
    # DEGREES, RADIANS and POWER answer in their argument's type: RADIANS(180) would be 3.
    Degrees: "DEGREES(CAST({0} AS float))",
    Ln: "LOG({0})",
    # Django's base comes first, T-SQL's second.
    Log: "LOG({1}, {0})",
    Mod: "({0} %% {1})",
    Power: "POWER(CAST({0} AS float), {1})",
    Radians: "RADIANS(CAST({0} AS float))",
    # RAND() is one number for the whole statement unless its seed differs by row.
    Random: "RAND(CHECKSUM(NEWID()))",
    Round: "ROUND({0}, {1})",
}


@tsql(*_TEMPLATES)
def math_function(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """The functions that T-SQL spells, or types, in its own way."""
    template = next(_TEMPLATES[cls] for cls in type(node).__mro__ if cls in _TEMPLATES)
    sources = node.get_source_expressions()
    if isinstance(node, Mod) and any(map(_is_float, sources)):
        # % takes no floats. Like the remainder of the others, the result has the dividend's sign.
        template = "({0} - {1} * ROUND({0} / CAST({1} AS float), 0, 1))"
    if isinstance(node, Round) and len(sources) == 1:  # before Django 4.0
        template = "ROUND({0}, 0)"
    return fill(template, compiler, *sources)


def _is_float(source: Any) -> bool:
    return isinstance(getattr(source, "_output_field_or_none", None), FloatField)


_OPERATORS: dict[str, Callable[[str, str], str]] = {
    Combinable.POW: lambda lhs, rhs: f"POWER(CAST({lhs} AS float), {rhs})",
    Combinable.BITXOR: lambda lhs, rhs: f"({lhs} ^ {rhs})",
    # The operators << and >> came with SQL Server 2022.
    Combinable.BITLEFTSHIFT: lambda lhs, rhs: f"({lhs} * POWER(CAST(2 AS bigint), {rhs}))",
    Combinable.BITRIGHTSHIFT: lambda lhs, rhs: f"FLOOR({lhs} / POWER(CAST(2 AS float), {rhs}))",
}


def combine(connector: str, operands: list[str]) -> str | None:
    """Return the SQL of an operator that T-SQL has not, or writes otherwise; None for the rest."""
    operator = _OPERATORS.get(connector)
    if operator is None:
        return None
    if len(operands) != 2:
        raise NotSupportedError(f"The operator {connector} takes two operands.")
    return operator(*operands)
