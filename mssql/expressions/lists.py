"""
Lists of values that go as one parameter: a JSON array that OPENJSON reads as a table.

Each value has the type in which the driver would bind it, so that no value is rounded or cut to
match. https://learn.microsoft.com/sql/t-sql/functions/openjson-transact-sql
"""

from __future__ import annotations

import base64
import datetime
import json
import math
import uuid
from decimal import Decimal
from typing import Any, Callable, Mapping, NamedTuple, Sequence

from mssql.expressions.binding import bound, plain
from mssql.expressions.collations import without_collation
from mssql.expressions.dispatch import SqlWithParams
from mssql.tsql.types import decimal_size, is_aware, offset_text, text_size, within_bigint


class Column(NamedTuple):
    """The values of one column, as JSON holds them, and the type in which OPENJSON gives them."""

    type: str
    values: list[Any]

    def read(self, name: str) -> str:
        """Return the column's value as it compares with the field it is for."""
        is_text = self.type.startswith(("nvarchar", "varchar"))
        return without_collation(name, self.type) if is_text else name


def may_match(value: Any) -> bool:
    """Tell whether any column can hold the value: not NaN, infinity, or an int beyond bigint."""
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or within_bigint(value)


def column(field: Any, values: Sequence[Any], connection: Any) -> Column | None:
    """Return the values for comparing with the field; None where JSON cannot carry them."""
    db_type = field.cast_db_type(connection) or ""
    values = plain(bound(values, field, connection))
    kinds = {_kind(value) for value in values}
    kind = kinds.pop()
    if kinds or kind is None:
        return None
    sql_type, to_json = _KINDS[kind]
    found = sql_type(values, db_type)
    if not found:
        return None
    return Column(found, [to_json(value) for value in values])


def table(columns: Sequence[Column]) -> SqlWithParams:
    """Return the rows that the columns make, as OPENJSON; the columns are [c0], [c1], ..."""
    if len(columns) == 1:
        return f"OPENJSON(%s) WITH ([c0] {columns[0].type} '$')", [json.dumps(columns[0].values)]
    schema = ", ".join(f"[c{n}] {column.type} '$[{n}]'" for n, column in enumerate(columns))
    rows = list(zip(*(column.values for column in columns)))
    return f"OPENJSON(%s) WITH ({schema})", [json.dumps(rows)]


def _kind(value: Any) -> type | None:
    return next((kind for kind in type(value).__mro__ if kind in _KINDS), None)


def _text_type(values: Sequence[Any], db_type: str) -> str:
    if db_type.lower().startswith(("char", "varchar")) and all(map(str.isascii, values)):
        # Beside an nvarchar a column of varchar would be converted, and its index of no use.
        return "varchar(8000)" if max(map(len, values)) <= 8000 else "varchar(max)"
    fits = all(size is not None and size[1] for size in map(text_size, values))
    return "nvarchar(4000)" if fits else "nvarchar(max)"


def _numeric_type(values: Sequence[Any], db_type: str) -> str:
    size = decimal_size(values)
    return f"numeric({size[1]}, {size[2]})" if size else ""


def _datetime_type(values: Sequence[Any], db_type: str) -> str:
    aware = [is_aware(value) for value in values]
    if any(aware):
        return "datetimeoffset" if all(aware) else ""
    return "datetime2"


def _datetime_text(value: datetime.datetime) -> str:
    return offset_text(value) if is_aware(value) else value.isoformat(" ")


def _always(sql_type: str) -> Callable[[Sequence[Any], str], str]:
    return lambda values, db_type: sql_type


# By the kind of the values: the type of all of them, and how JSON holds one.
_KINDS: Mapping[type, tuple[Callable[[Sequence[Any], str], str], Callable[[Any], Any]]] = {
    str: (_text_type, str),
    bool: (_always("bit"), bool),
    int: (_always("bigint"), int),
    float: (_always("float"), float),
    Decimal: (_numeric_type, lambda value: format(value, "f")),
    # In JSON, binary values are text in base 64.
    **dict.fromkeys(
        (bytes, bytearray, memoryview),
        (_always("varbinary(max)"), lambda value: base64.b64encode(bytes(value)).decode()),
    ),
    uuid.UUID: (_always("uniqueidentifier"), str),
    datetime.datetime: (_datetime_type, _datetime_text),
    datetime.date: (_always("date"), datetime.date.isoformat),
    datetime.time: (_always("time"), datetime.time.isoformat),
}
