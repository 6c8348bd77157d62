"""The output fields of expressions."""

from __future__ import annotations

from django.core.exceptions import FieldError
from django.db.models.fields import BinaryField, CharField

from mssql.expressions.interfaces import AnyField
from mssql.tsql.limits import MAX_NVARCHAR, MAX_VARBINARY


def field_of(expression: object) -> AnyField | None:
    """Return the output field of an expression, or None if it has none or mixes types."""
    try:
        field: AnyField | None = getattr(expression, "_output_field_or_none", None)
    except FieldError:
        return None
    return field


def internal_type(expression: object) -> str:
    """Return Django's name for the type of an expression, or "" if it has no output field."""
    field = field_of(expression)
    return "" if field is None else field.get_internal_type()


def has_length(expression: object) -> bool:
    """Return whether a text or binary value has a type with a length instead of (max)."""
    field = field_of(expression)
    limit = MAX_VARBINARY if isinstance(field, BinaryField) else MAX_NVARCHAR
    return isinstance(field, (BinaryField, CharField)) and 0 < (field.max_length or 0) <= limit
