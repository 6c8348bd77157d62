"""Lists of values sent as one parameter: a JSON array that OPENJSON reads as a table.

Each value has the type that the driver would bind it as, so that no value is rounded or truncated
to match. https://learn.microsoft.com/sql/t-sql/functions/openjson-transact-sql
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
from mssql.expressions.interfaces import AnyField, Connection, SqlWithParams
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
    """The values of one column, in JSON's types, and the type in which OPENJSON returns them."""

    type: str
    values: list[Any]

    def read(self, name: str) -> str:
        """Return the SQL of the column's value for comparing it with its field."""
        is_text = self.type.startswith(("nvarchar", "varchar"))
        return without_collation(name, self.type) if is_text else name


def may_match(value: object) -> bool:
    """Return whether a column can contain the value, unlike NaN, infinity, or ints over bigint."""
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or within_bigint(value)


def column(field: AnyField, values: Sequence[Any], connection: Connection) -> Column | None:
    """Return the values for comparisons with the field; None if JSON cannot represent them."""
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
    """Return a table of the columns, as OPENJSON; their names are [c0], [c1], ..."""
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
        # Compared with nvarchar, a varchar column is converted and its index is not used.
        return varchar_type(max(values, key=len))
    if kind is datetime.datetime and len(set(map(is_aware, values))) == 2:
        return None
    return common_type(kind, values)


def _datetime_text(value: datetime.datetime) -> str:
    return offset_text(value) if is_aware(value) else value.isoformat(" ")


_BINARY = (bytes, bytearray, memoryview)
# The JSON form of a value, by its Python type; binary values are text in base 64.
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
