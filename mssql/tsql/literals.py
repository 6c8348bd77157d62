"""Literals of T-SQL: Python values as statements write them.

"Constants", https://learn.microsoft.com/sql/t-sql/data-types/constants-transact-sql
"""

from __future__ import annotations

import datetime
import math
import uuid
from decimal import Decimal
from typing import Any

from mssql.tsql.limits import MAX_INT, MIN_INT
from mssql.tsql.types import Typed, within_bigint

_MICROSECOND = datetime.timedelta(microseconds=1)


def literal(text: str) -> str:
    """Return a Unicode string literal: `it's` becomes `N'it''s'`."""
    return "N'" + text.replace("'", "''") + "'"


def varchar_literal(text: str) -> str:
    """Return a string literal that is not Unicode: `it's` becomes `'it''s'`."""
    return "'" + text.replace("'", "''") + "'"


def value_literal(value: Any) -> str:
    """Return a value as a literal for DDL, which has no parameters.

    Raises ValueError for a float that SQL Server cannot store and TypeError for a value that has
    no literal.
    """
    if isinstance(value, Typed):
        if value.is_varchar:
            # A filter does not support a constant of a higher type than the column's (10611).
            return varchar_literal(value.value)
        value = value.value
    if value is None:
        return "NULL"
    if isinstance(value, (str, uuid.UUID)):
        return literal(str(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return "0x" + bytes(value).hex()
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return _moment(value)
    return _number(value)


def displayed_literal(value: Any) -> str:
    """Return a value as logs show it: briefly, and any value at all."""
    if isinstance(value, Typed):
        value = value.value
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, datetime.datetime):
        return varchar_literal(value.isoformat(" "))
    if isinstance(value, (datetime.date, datetime.time, uuid.UUID)):
        return varchar_literal(str(value))
    try:
        return value_literal(value)
    except TypeError:
        return literal(str(value))


def _moment(value: Any) -> str:
    """Return a CONVERT with a style: only that is deterministic, as an index requires.

    "CAST and CONVERT", https://learn.microsoft.com/sql/t-sql/functions/cast-and-convert-transact-sql
    """
    text = value.isoformat()
    if isinstance(value, datetime.time):
        return f"CONVERT(time, '{text}', 114)"
    if not isinstance(value, datetime.datetime):
        return f"CONVERT(date, '{text}', 120)"
    type_ = "datetime2" if value.tzinfo is None else "datetimeoffset"
    return f"CONVERT({type_}, '{text}', 126)"


def _number(value: Any) -> str:
    if isinstance(value, int):
        return _integer(int(value))
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"SQL Server's float cannot store {value}: use NULL or a number.")
        return f"{value!r}" if "e" in repr(value) else f"{value!r}E0"
    if isinstance(value, datetime.timedelta):
        return _integer(value // _MICROSECOND)
    raise TypeError(
        f"A value of type {type(value).__name__} cannot be written in SQL: convert it to a text, a "
        "number, a date or bytes."
    )


def _integer(value: int) -> str:
    """Return an integer: a filter of a bigint supports no numeric, as a larger literal is."""
    is_bigint = within_bigint(value) and not MIN_INT <= value <= MAX_INT
    return f"CAST({value} AS bigint)" if is_bigint else str(value)
