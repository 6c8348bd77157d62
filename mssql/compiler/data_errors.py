"""Fields whose values the server or the driver has refused without naming the field.

The values are examined only after the refusal: a column may accept more than its field.
"""

from __future__ import annotations

import datetime
import math
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Callable, Iterable, Iterator, Tuple

from django.db import DataError
from django.db.models import Value
from django.utils.duration import duration_microseconds

from mssql.expressions.hoisting import walk
from mssql.expressions.interfaces import AnyField, Connection
from mssql.tsql.types import within_bigint

FieldValue = Tuple[AnyField, Any]


@contextmanager
def fields_named(
    values: Callable[[], Iterable[FieldValue]], connection: Connection
) -> Iterator[None]:
    """Add the name of the field to a DataError, or to the error of a text without an encoding."""
    try:
        yield
    except (DataError, UnicodeEncodeError) as error:
        reasons = (
            f"{field.model._meta.label}.{field.name}: {reason}."
            for field, value in values()
            for reason in _reasons(field, value, connection)
        )
        reason = next(reasons, None)
        if reason is None:
            raise
        *state, text = error.args if isinstance(error, DataError) else [""]
        raise DataError(*state, f"{text} {reason}".strip()) from error


def _reasons(field: AnyField, value: object, connection: Connection) -> Iterator[str]:
    """Yield the reasons why the column cannot store the value, or the values in an expression."""
    if hasattr(value, "resolve_expression"):
        for part in walk(value):
            if isinstance(part, Value):
                yield from _reasons(field, part.value, connection)
    for cls, reasons in _REASONS.items():
        if isinstance(value, cls) and not isinstance(value, bool):
            yield from reasons(field, value, connection)


def _text_reasons(field: AnyField, value: str, connection: Connection) -> Iterator[str]:
    if any("\ud800" <= character <= "\udfff" for character in value):
        yield "the text has half of a surrogate pair, which is not a character"
    elif field.max_length and len(value.encode("utf-16-le")) // 2 > field.max_length:
        yield f"the text is longer than {field.max_length} (an emoji counts two)"


def _bytes_reasons(field: AnyField, value: bytes, connection: Connection) -> Iterator[str]:
    if field.max_length and len(value) > field.max_length:
        yield f"there are more than {field.max_length} bytes"


def _integer_reasons(field: AnyField, value: int, connection: Connection) -> Iterator[str]:
    internal_type = field.get_internal_type()
    if internal_type in connection.ops.integer_field_ranges:
        low, high = connection.ops.integer_field_range(internal_type)
        if not low <= value <= high:
            yield f"the number is not within {low} to {high}"


def _float_reasons(field: AnyField, value: float, connection: Connection) -> Iterator[str]:
    if not math.isfinite(value):
        yield "SQL Server supports neither NaN nor infinity"


def _decimal_reasons(field: AnyField, value: Decimal, connection: Connection) -> Iterator[str]:
    max_digits = getattr(field, "max_digits", None)
    if not max_digits or not value or not value.is_finite():
        return
    digits = max_digits - getattr(field, "decimal_places", 0)
    if value.adjusted() >= digits:
        yield f"the number has more than {digits} digits before the point"


def _duration_reasons(
    field: AnyField, value: datetime.timedelta, connection: Connection
) -> Iterator[str]:
    if not within_bigint(duration_microseconds(value)):
        yield "the microseconds of the duration exceed bigint"


_REASONS: dict[type, Callable[[AnyField, Any, Connection], Iterator[str]]] = {
    str: _text_reasons,
    bytes: _bytes_reasons,
    int: _integer_reasons,
    float: _float_reasons,
    Decimal: _decimal_reasons,
    datetime.timedelta: _duration_reasons,
}
