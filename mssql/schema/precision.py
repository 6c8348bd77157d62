"""Imprecise expressions: an index on a column computed by one requires that it is stored.

An index takes an imprecise computed column as a key only if it is PERSISTED (error 2799); so is
every expression with a float in it, logical ones included, and GREATEST and LEAST always.
"Indexes on computed columns",
https://learn.microsoft.com/sql/relational-databases/indexes/indexes-on-computed-columns
"""

from __future__ import annotations

from typing import Any, Iterator

from django.db.models import FloatField
from django.db.models import functions as f
from django.db.models.expressions import Combinable
from django.db.models.sql.where import WhereNode

from mssql.expressions.output_fields import field_of

# T-SQL's functions of these names return a float whatever their arguments are.
_IMPRECISE = (
    *(f.ACos, f.ASin, f.ATan, f.ATan2, f.Cos, f.Cot, f.Degrees, f.Exp, f.Ln, f.Log, f.Pi, f.Power),
    *(f.Radians, f.Sin, f.Sqrt, f.Tan, f.Greatest, f.Least),
)
_POWERS = (Combinable.POW, Combinable.BITLEFTSHIFT, Combinable.BITRIGHTSHIFT)


def is_imprecise(node: Any) -> bool:
    """Whether an expression, lookup or condition contains a float."""
    return any(map(_has_float, _parts(node)))


def _parts(node: Any) -> Iterator[Any]:
    yield node
    if isinstance(node, WhereNode):
        children = node.children
    else:
        children = getattr(node, "get_source_expressions", list)()
    for child in children:
        if child is not None:
            yield from _parts(child)


def _has_float(part: Any) -> bool:
    if isinstance(part, _IMPRECISE) or getattr(part, "connector", None) in _POWERS:
        return True
    return isinstance(field_of(part), FloatField)  # if its types are mixed, its parts decide
