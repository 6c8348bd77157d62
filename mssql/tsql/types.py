"""How Python values are bound: the SQL type of each is told, not guessed from the value's length.

A driver left alone binds every string at its own length, and SQL Server compiles and caches one
plan for each combination of lengths. Types follow "SQL data types",
https://learn.microsoft.com/sql/odbc/reference/appendixes/sql-data-types, and the driver's own,
https://learn.microsoft.com/sql/relational-databases/native-client-odbc-date-time/data-type-support-for-odbc-date-and-time-improvements
"""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import Any, Callable, Iterable, Mapping, Optional, Sequence, Tuple

SQL_VARCHAR = 12
SQL_NUMERIC = 2
SQL_INTEGER = 4
SQL_DOUBLE = 8
SQL_BIGINT = -5
SQL_VARBINARY = -3
SQL_BIT = -7
SQL_WVARCHAR = -9
SQL_GUID = -11
SQL_TYPE_DATE = 91
SQL_TYPE_TIMESTAMP = 93
SQL_SS_TIME2 = -154
SQL_SS_TIMESTAMPOFFSET = -155

MAX_NVARCHAR = 4000  # UTF-16 code units; longer is nvarchar(max), said as size 0
MAX_VARCHAR = 8000  # bytes; longer is varchar(max), said as size 0
MAX_VARBINARY = 8000  # bytes
MAX_PRECISION = 38  # digits of decimal and numeric

# SQL type, size, decimal digits; None leaves the choice to the driver.
Size = Optional[Tuple[int, int, int]]

# varchar turns into every type but the binary ones, and loses to every other where types are mixed.
NULL_SIZE: Size = (SQL_VARCHAR, 1, 0)
INTEGER_SIZE: Size = (SQL_INTEGER, 10, 0)
DATETIMEOFFSET_SIZE: Size = (SQL_SS_TIMESTAMPOFFSET, 34, 7)
TIME_SIZE: Size = (SQL_SS_TIME2, 16, 7)


class Typed:
    """A value that goes as the type of the column it is for, `size`.

    Bound by what it is, each combination of small and large numbers and NULLs among the rows of
    an INSERT would be a statement of its own to SQL Server, to be compiled and cached.
    """

    __slots__ = ("size", "value")

    def __init__(self, value: Any, size: Size) -> None:
        self.value = value
        self.size = size

    def __repr__(self) -> str:
        return repr(self.value)

    def __str__(self) -> str:
        return str(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Typed) and (self.value, self.size) == (other.value, other.size)

    def __hash__(self) -> int:
        return hash((self.value, self.size))

    @property
    def is_varchar(self) -> bool:
        """Whether it is a text that is not Unicode."""
        is_text = isinstance(self.value, str)
        return is_text and self.size is not None and self.size[0] == SQL_VARCHAR

    @property
    def fits(self) -> bool:
        """Whether the type holds the value; if not, the server has to say so."""
        if self.value is None or self.size is None:
            return True
        if self.is_varchar:
            return True
        if isinstance(self.value, int):
            return within_bigint(self.value)
        own = decimal_size([self.value])
        _, precision, scale = self.size
        return own is not None and own[2] <= scale and own[1] - own[2] <= precision - scale


def typed(value: Any, column_type: str) -> Any:
    """Return a NULL, number, text or UUID as a column of that type stores it.

    Values of other kinds are always bound alike.
    """
    name, _, facets = column_type.lower().partition("(")
    value = compared(value, column_type)
    if value is not None and type(value) not in (int, Decimal):
        return value
    if name in ("numeric", "decimal") and facets:
        precision, _, scale = facets.rstrip(")").partition(",")
        return Typed(value, (SQL_NUMERIC, int(precision), int(scale or 0)))
    size = _COLUMN_SIZES.get(name.strip())
    return value if size is None else Typed(value, size)


def compared(value: Any, column_type: str) -> Any:
    """Return a value in the form and type that it must have to be compared with a column.

    An nvarchar would have a varchar column converted to it, and its index scanned. Text with other
    characters than ASCII stays nvarchar: the column's code page may lack them.
    https://learn.microsoft.com/sql/t-sql/data-types/data-type-precedence-transact-sql
    """
    name = column_type.lower().partition("(")[0].strip()
    if name == "uniqueidentifier":
        return _as_uuid(value) if isinstance(value, str) else value
    if name == "datetime":
        return _as_datetime(value) if isinstance(value, datetime.datetime) else value
    if name not in ("char", "varchar"):
        return value
    text = value.hex if isinstance(value, uuid.UUID) else value
    if not isinstance(text, str) or not text.isascii():
        return text
    return Typed(text, (SQL_VARCHAR, MAX_VARCHAR if len(text) <= MAX_VARCHAR else 0, 0))


def _as_uuid(text: str) -> Any:
    try:
        return uuid.UUID(text)
    except ValueError:
        return text  # a pattern


def _as_datetime(value: datetime.datetime) -> Any:
    """Return a moment that a column of datetime can show in the form of text.

    Its unit is a third of 10 ms, and shown is .003 for .0033333: since compatibility level 130 that
    is another moment to datetime2 and datetimeoffset. A text becomes a datetime. It has no zone.
    https://learn.microsoft.com/sql/t-sql/data-types/datetime-transact-sql
    """
    milliseconds, rest = divmod(value.microsecond, 1000)
    if rest or milliseconds % 10 not in (0, 3, 7):
        return value
    text = value.replace(tzinfo=None).isoformat("T", "milliseconds")
    return Typed(text, (SQL_VARCHAR, len(text), 0))


def text_size(value: str) -> Size:
    """nvarchar(4000), or nvarchar(max) where the text does not fit."""
    fits = len(value) <= MAX_NVARCHAR // 2 or len(value.encode("utf-16-le")) <= 2 * MAX_NVARCHAR
    return (SQL_WVARCHAR, MAX_NVARCHAR if fits else 0, 0)


def bytes_size(value: bytes) -> Size:
    """varbinary(8000), or varbinary(max) where the bytes do not fit."""
    return (SQL_VARBINARY, MAX_VARBINARY if len(value) <= MAX_VARBINARY else 0, 0)


def is_aware(value: Any) -> bool:
    """Whether a datetime tells its distance from UTC."""
    return isinstance(value, datetime.datetime) and value.utcoffset() is not None


class DateTimeOffset(str):
    """An aware datetime as text: pyodbc cannot bind it otherwise."""

    sql_type = "datetimeoffset(7)"


class Time(str):
    """A time as text: pyodbc would cut off its microseconds."""

    sql_type = "time(7)"


def offset_text(value: datetime.datetime) -> DateTimeOffset:
    """The text that converts to datetimeoffset, whose offsets are whole minutes."""
    offset = value.utcoffset()
    if offset is None or offset % datetime.timedelta(minutes=1):
        value = value.astimezone(datetime.timezone.utc)
    return DateTimeOffset(value.isoformat(" ", "microseconds"))


def time_text(value: datetime.time) -> Time:
    """The text that converts to time."""
    return Time(value.isoformat(timespec="microseconds"))


def within_bigint(value: int) -> bool:
    """Whether an integer is one of SQL Server's; a larger one goes as numeric(38)."""
    return -(2**63) <= value < 2**63


def column_size(values: Iterable[Any], text_size: Callable[[str], Size] = text_size) -> Size:
    """One type for all values of a column of executemany; None where they are of several kinds."""
    present = [value for value in values if value is not None]
    if not present:
        return NULL_SIZE
    if all(map(is_aware, present)):
        return DATETIMEOFFSET_SIZE
    kinds = {type(value) for value in present}
    if kinds == {str}:
        return max(map(text_size, present), key=_width)
    if kinds <= {bytes, bytearray}:
        return max(map(bytes_size, present), key=_width)
    if kinds == {Decimal}:
        return decimal_size(present)
    if len(kinds) != 1 or (kinds == {int} and not all(map(within_bigint, present))):
        return None
    return _FIXED.get(kinds.pop())


_FIXED = {
    bool: (SQL_BIT, 1, 0),
    int: (SQL_BIGINT, 19, 0),
    float: (SQL_DOUBLE, 53, 0),
    uuid.UUID: (SQL_GUID, 16, 0),
    datetime.date: (SQL_TYPE_DATE, 10, 0),
    datetime.time: TIME_SIZE,
    datetime.datetime: (SQL_TYPE_TIMESTAMP, 27, 7),
}


_COLUMN_SIZES: Mapping[str, Size] = {
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint"), _FIXED[int]),
    **dict.fromkeys(("char", "varchar"), (SQL_VARCHAR, MAX_VARCHAR, 0)),
    **dict.fromkeys(("nchar", "nvarchar"), (SQL_WVARCHAR, MAX_NVARCHAR, 0)),
    **dict.fromkeys(("float", "double precision"), _FIXED[float]),
    "bit": _FIXED[bool],
    "uniqueidentifier": _FIXED[uuid.UUID],
    "date": _FIXED[datetime.date],
    "time": TIME_SIZE,
    "datetime2": _FIXED[datetime.datetime],
    "datetimeoffset": DATETIMEOFFSET_SIZE,
    **dict.fromkeys(("binary", "varbinary"), (SQL_VARBINARY, MAX_VARBINARY, 0)),
}


def _width(size: Size) -> float:
    return size[1] or float("inf") if size else 0


def decimal_size(values: Sequence[Decimal]) -> Size:
    """The numeric that holds all of them and is no wider: width would cost products their scale.

    https://learn.microsoft.com/sql/t-sql/data-types/precision-scale-and-length-transact-sql
    """
    if not all(value.is_finite() for value in values):
        return None
    scale = max(-min(int(value.as_tuple().exponent), 0) for value in values)
    whole = max(value.adjusted() + 1 for value in values)
    precision = max(whole, 0) + max(scale, 1 - whole)
    return (SQL_NUMERIC, precision, scale) if precision <= MAX_PRECISION else None


def by_columns(rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
    """The rows of executemany turned into columns; empty unless all rows are equally long."""
    return list(zip(*rows)) if len({len(row) for row in rows}) == 1 else []
