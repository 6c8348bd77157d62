"""
Which field a value does not fit, where the server or the driver refuses one without saying so.

Values are looked at only after the refusal: a column may hold more than its field says.
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
from mssql.tsql.types import within_bigint

FieldValue = Tuple[Any, Any]


@contextmanager
def fields_named(
    values: Callable[[], Iterable[FieldValue]], connection: Any
) -> Iterator[None]:
    """Add the name of the field to a DataError; a text that cannot be encoded is one, too."""
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


def _reasons(field: Any, value: Any, connection: Any) -> Iterator[str]:
    """Yield why the field's column cannot hold the value, or the values in an expression."""
    if hasattr(value, "resolve_expression"):
        for part in walk(value):
            if isinstance(part, Value):
                yield from _reasons(field, part.value, connection)
    for kind, reasons in _REASONS.items():
        if isinstance(value, kind) and not isinstance(value, bool):
            yield from reasons(field, value, connection)


def _text_reasons(field: Any, value: str, connection: Any) -> Iterator[str]:
    if any("\ud800" <= character <= "\udfff" for character in value):
        yield "the text has half of a surrogate pair, which is no character"
    elif field.max_length and len(value.encode("utf-16-le")) // 2 > field.max_length:
        yield f"the text is longer than {field.max_length} (an emoji counts two)"


def _bytes_reasons(field: Any, value: bytes, connection: Any) -> Iterator[str]:
    if field.max_length and len(value) > field.max_length:
        yield f"there are more than {field.max_length} bytes"


def _integer_reasons(field: Any, value: int, connection: Any) -> Iterator[str]:
    internal_type = field.get_internal_type()
    if internal_type in connection.ops.integer_field_ranges:
        low, high = connection.ops.integer_field_range(internal_type)
        if not low <= value <= high:
            yield f"the number is not within {low} to {high}"


def _float_reasons(field: Any, value: float, connection: Any) -> Iterator[str]:
    if not math.isfinite(value):
        yield "SQL Server knows neither NaN nor infinity"


def _decimal_reasons(field: Any, value: Decimal, connection: Any) -> Iterator[str]:
    whole = getattr(field, "max_digits", None)
    if whole and value and value.is_finite() and value.adjusted() >= whole - field.decimal_places:
        yield f"the number has more than {whole - field.decimal_places} digits before the point"


def _duration_reasons(field: Any, value: datetime.timedelta, connection: Any) -> Iterator[str]:
    if not within_bigint(duration_microseconds(value)):
        yield "the microseconds of the duration are beyond bigint"


_REASONS: dict[type, Callable[[Any, Any, Any], Iterator[str]]] = {
    str: _text_reasons,
    bytes: _bytes_reasons,
    int: _integer_reasons,
    float: _float_reasons,
    Decimal: _decimal_reasons,
    datetime.timedelta: _duration_reasons,
}
