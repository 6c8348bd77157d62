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
from mssql.tsql.types import (
    VARBINARY_MAX,
    SqlType,
    common_type,
    is_aware,
    kind_of,
    name_and_facets,
    offset_text,
    varchar_type,
    within_bigint,
)


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
    kinds = {kind_of(value) for value in values}
    kind = kinds.pop()
    if kinds or kind is None or kind not in _TO_JSON:
        return None
    sql_type = _sql_type(kind, values, db_type)
    if sql_type is None:
        return None
    return Column(sql_type.brief, [_TO_JSON[kind](value) for value in values])


def table(columns: Sequence[Column]) -> SqlWithParams:
    """Return the rows that the columns make, as OPENJSON; the columns are [c0], [c1], ..."""
    if len(columns) == 1:
        return f"OPENJSON(%s) WITH ([c0] {columns[0].type} '$')", [json.dumps(columns[0].values)]
    schema = ", ".join(f"[c{n}] {column.type} '$[{n}]'" for n, column in enumerate(columns))
    rows = list(zip(*(column.values for column in columns)))
    return f"OPENJSON(%s) WITH ({schema})", [json.dumps(rows)]


def _sql_type(kind: type, values: Sequence[Any], db_type: str) -> SqlType | None:
    if kind in _BINARY:
        return VARBINARY_MAX
    is_varchar = kind is str and name_and_facets(db_type)[0] in ("char", "varchar")
    if is_varchar and all(map(str.isascii, values)):
        # Beside an nvarchar a column of varchar would be converted, and its index of no use.
        return varchar_type(max(values, key=len))
    if kind is datetime.datetime and len(set(map(is_aware, values))) == 2:
        return None
    return common_type(kind, values)


def _datetime_text(value: datetime.datetime) -> str:
    return offset_text(value) if is_aware(value) else value.isoformat(" ")


_BINARY = (bytes, bytearray, memoryview)
# The value that JSON holds, by its kind; binary values are text in base 64.
_TO_JSON: Mapping[type, Callable[[Any], Any]] = {
    str: str,
    bool: bool,
    int: int,
    float: float,
    uuid.UUID: str,
    **dict.fromkeys(_BINARY, lambda value: base64.b64encode(bytes(value)).decode()),
    Decimal: lambda value: format(value, "f"),
    datetime.datetime: _datetime_text,
    datetime.date: datetime.date.isoformat,
    datetime.time: datetime.time.isoformat,
}
