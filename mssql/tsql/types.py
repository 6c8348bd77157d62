"""Types of values: each Python value is bound as a named type, not one guessed from its length.

A driver left alone binds every string at its own length, and SQL Server compiles and caches one
plan for each combination of lengths. Types follow "SQL data types",
https://learn.microsoft.com/sql/odbc/reference/appendixes/sql-data-types, and the driver's own,
https://learn.microsoft.com/sql/relational-databases/native-client-odbc-date-time/data-type-support-for-odbc-date-and-time-improvements
"""

from __future__ import annotations

import datetime
import functools
import uuid
from decimal import Decimal
from typing import Any, Callable, Iterable, Mapping, NamedTuple, Optional, Sequence, Tuple

from mssql.tsql.limits import (
    MAX_BIGINT,
    MAX_INT,
    MAX_NVARCHAR,
    MAX_PRECISION,
    MAX_VARBINARY,
    MAX_VARCHAR,
    MIN_BIGINT,
    MIN_INT,
)

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

# The SQL type of ODBC, size and decimal digits; None leaves the choice to the driver. A size of 0
# is (max).
Size = Optional[Tuple[int, int, int]]


class SqlType(NamedTuple):
    """A type: its name, its facets in a declaration, and its size in ODBC."""

    name: str
    facets: str
    size: tuple[int, int, int]

    def __str__(self) -> str:
        return self.name + self.facets

    @property
    def brief(self) -> str:
        """The declaration without the facets that a type has by default."""
        return self.name if self.facets == _DEFAULT_FACETS.get(self.name) else str(self)


_DEFAULT_FACETS = {"float": "(53)", **dict.fromkeys(("time", "datetime2", "datetimeoffset"), "(7)")}
BIT = SqlType("bit", "", (SQL_BIT, 1, 0))
INT = SqlType("int", "", (SQL_INTEGER, 10, 0))
BIGINT = SqlType("bigint", "", (SQL_BIGINT, 19, 0))
FLOAT = SqlType("float", "(53)", (SQL_DOUBLE, 53, 0))
UNIQUEIDENTIFIER = SqlType("uniqueidentifier", "", (SQL_GUID, 16, 0))
DATE = SqlType("date", "", (SQL_TYPE_DATE, 10, 0))
TIME = SqlType("time", "(7)", (SQL_SS_TIME2, 16, 7))
DATETIME2 = SqlType("datetime2", "(7)", (SQL_TYPE_TIMESTAMP, 27, 7))
DATETIMEOFFSET = SqlType("datetimeoffset", "(7)", (SQL_SS_TIMESTAMPOFFSET, 34, 7))
NVARCHAR = SqlType("nvarchar", f"({MAX_NVARCHAR})", (SQL_WVARCHAR, MAX_NVARCHAR, 0))
NVARCHAR_MAX = SqlType("nvarchar", "(max)", (SQL_WVARCHAR, 0, 0))
VARCHAR = SqlType("varchar", f"({MAX_VARCHAR})", (SQL_VARCHAR, MAX_VARCHAR, 0))
VARCHAR_MAX = SqlType("varchar", "(max)", (SQL_VARCHAR, 0, 0))
VARBINARY = SqlType("varbinary", f"({MAX_VARBINARY})", (SQL_VARBINARY, MAX_VARBINARY, 0))
VARBINARY_MAX = SqlType("varbinary", "(max)", (SQL_VARBINARY, 0, 0))

# The types of values that are all of one type, whatever they are.
_FIXED: Mapping[type, SqlType] = {
    bool: BIT,
    int: BIGINT,
    float: FLOAT,
    uuid.UUID: UNIQUEIDENTIFIER,
    datetime.date: DATE,
    datetime.time: TIME,
    datetime.datetime: DATETIME2,
}
_OF_COLUMNS: Mapping[str, SqlType] = {
    **dict.fromkeys(("tinyint", "smallint", "int", "bigint"), BIGINT),
    **dict.fromkeys(("char", "varchar"), VARCHAR),
    **dict.fromkeys(("nchar", "nvarchar"), NVARCHAR),
    **dict.fromkeys(("float", "double precision"), FLOAT),
    **dict.fromkeys(("binary", "varbinary"), VARBINARY),
    "bit": BIT,
    "uniqueidentifier": UNIQUEIDENTIFIER,
    "date": DATE,
    "time": TIME,
    "datetime2": DATETIME2,
    "datetimeoffset": DATETIMEOFFSET,
}
_NAMES = {type_.size[0]: type_.name for type_ in (*_FIXED.values(), *_OF_COLUMNS.values())}

# varchar is converted to every type except the binary ones, and to every other if types are mixed.
NULL_SIZE: Size = (SQL_VARCHAR, 1, 0)
INTEGER_SIZE: Size = INT.size
DATETIMEOFFSET_SIZE: Size = DATETIMEOFFSET.size
TIME_SIZE: Size = TIME.size
_NVARCHAR_SIZE: Size = NVARCHAR.size  # looked up once: each text and bytes that is bound needs it
_VARBINARY_SIZE: Size = VARBINARY.size


@functools.lru_cache(maxsize=256)
def name_and_facets(sql_type: str) -> tuple[str, tuple[int, ...]]:
    """Return the name of a type, and its length or its precision and scale; none of (max)."""
    name, _, facets = sql_type.lower().partition("(")
    name = name.strip()
    name = "float" if name == "double precision" else name
    facets = facets or _DEFAULT_FACETS.get(name, "")[1:]
    numbers = (facet.strip() for facet in facets.rstrip(") ").split(","))
    return name, tuple(int(number) for number in numbers if number.isdecimal())


class Typed:
    """A value that is sent as the type of its column, `size`.

    Otherwise each combination of small and large numbers and NULLs among the rows of an INSERT
    would be a separate statement to SQL Server, to be compiled and cached.
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
        """Whether the value is a text that is not Unicode."""
        is_text = isinstance(self.value, str)
        return is_text and self.size is not None and self.size[0] == SQL_VARCHAR

    @property
    def fits(self) -> bool:
        """Whether the type can represent the value; if not, the server has to refuse it."""
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

    Values of other kinds are always bound the same.
    """
    value = compared(value, column_type)
    if value is not None and type(value) not in (int, Decimal):
        return value
    name, facets = name_and_facets(column_type)
    if name in ("numeric", "decimal") and facets:
        return Typed(value, (SQL_NUMERIC, facets[0], facets[1] if len(facets) > 1 else 0))
    of_column = _OF_COLUMNS.get(name)
    return value if of_column is None else Typed(value, of_column.size)


def compared(value: Any, column_type: str) -> Any:
    """Return a value in the form and type that it must have to be compared with a column.

    An nvarchar would have a varchar column converted to it, and its index scanned. Text with other
    characters than ASCII stays nvarchar: the column's code page may lack them.
    https://learn.microsoft.com/sql/t-sql/data-types/data-type-precedence-transact-sql
    """
    name, _ = name_and_facets(column_type)
    if name == "uniqueidentifier":
        return _as_uuid(value) if isinstance(value, str) else value
    if name == "datetime":
        return _as_datetime(value) if isinstance(value, datetime.datetime) else value
    if name not in ("char", "varchar"):
        return value
    text = value.hex if isinstance(value, uuid.UUID) else value
    if not isinstance(text, str) or not text.isascii():
        return text
    return Typed(text, varchar_type(text).size)


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


def text_type(value: str) -> SqlType:
    """Return nvarchar(4000), or nvarchar(max) if the text is longer."""
    fits = len(value) <= MAX_NVARCHAR // 2 or (
        len(value.encode("utf-16-le", "surrogatepass")) <= 2 * MAX_NVARCHAR
    )
    return NVARCHAR if fits else NVARCHAR_MAX


def varchar_type(value: str) -> SqlType:
    """Return varchar(8000), or varchar(max) if the ASCII text is longer."""
    return VARCHAR if len(value) <= MAX_VARCHAR else VARCHAR_MAX


def bytes_type(value: bytes) -> SqlType:
    """Return varbinary(8000), or varbinary(max) if there are more bytes."""
    return VARBINARY if len(value) <= MAX_VARBINARY else VARBINARY_MAX


def text_size(value: str) -> Size:
    """Return the size of nvarchar(4000), or of nvarchar(max) if the text is longer."""
    return _NVARCHAR_SIZE if len(value) <= MAX_NVARCHAR // 2 else text_type(value).size


def bytes_size(value: bytes) -> Size:
    """Return the size of varbinary(8000), or of varbinary(max) if there are more bytes."""
    return _VARBINARY_SIZE if len(value) <= MAX_VARBINARY else VARBINARY_MAX.size


def is_aware(value: Any) -> bool:
    """Whether the value is a datetime with an offset from UTC."""
    return isinstance(value, datetime.datetime) and value.utcoffset() is not None


class DateTimeOffset(str):
    """An aware datetime as text: pyodbc cannot bind it otherwise."""

    type = DATETIMEOFFSET


class Time(str):
    """A time as text: pyodbc would cut off its microseconds."""

    type = TIME


def offset_text(value: datetime.datetime) -> DateTimeOffset:
    """Return the text that converts to datetimeoffset, whose offsets are whole minutes."""
    offset = value.utcoffset()
    if offset is None or offset % datetime.timedelta(minutes=1):
        value = value.astimezone(datetime.timezone.utc)
    return DateTimeOffset(value.isoformat(" ", "microseconds"))


def time_text(value: datetime.time) -> Time:
    """Return the text that converts to time."""
    return Time(value.isoformat(timespec="microseconds"))


def within_bigint(value: int) -> bool:
    """Whether an integer is in the range of bigint; others are sent as numeric(38)."""
    return MIN_BIGINT <= value <= MAX_BIGINT


def decimal_size(values: Sequence[Decimal]) -> Size:
    """Return the narrowest numeric of all the values: width would cost products their scale.

    None if there is none: for NaN, infinity and more than 38 digits.
    https://learn.microsoft.com/sql/t-sql/data-types/precision-scale-and-length-transact-sql
    """
    if not all(value.is_finite() for value in values):
        return None
    scale = max(-min(int(value.as_tuple().exponent), 0) for value in values)
    whole = max(value.adjusted() + 1 for value in values)
    precision = max(whole, 0) + max(scale, 1 - whole)
    return (SQL_NUMERIC, precision, scale) if precision <= MAX_PRECISION else None


def _numeric(precision: int, scale: int) -> SqlType:
    return SqlType("numeric", f"({precision}, {scale})", (SQL_NUMERIC, precision, scale))


def numeric_type(values: Sequence[Decimal]) -> SqlType | None:
    """Return the type of `decimal_size`."""
    size = decimal_size(values)
    return None if size is None else _numeric(*size[1:])


def kind_of(value: Any) -> type | None:
    """Return the kind of a value: the class by which its type is decided. None if it has none."""
    return next((kind for kind in type(value).__mro__ if kind in _TYPE_OF), None)


def type_of(value: Any) -> SqlType:
    """Return the type that a single value is bound as."""
    if isinstance(value, Typed):
        fits = value.size is not None and value.fits
        return _of_size(value.size) if fits and value.size else type_of(value.value)
    kind = kind_of(value)
    # In a comparison NULL is converted to the type of a number or date, as a string is.
    return NVARCHAR if kind is None else _TYPE_OF[kind](value)


def common_type(kind: type, values: Sequence[Any]) -> SqlType | None:
    """Return one type for values of one kind, none of them NULL; None if there is none."""
    if kind is str:
        return max(map(text_type, values), key=_width)
    if kind in (bytes, bytearray, memoryview):
        return max(map(bytes_type, values), key=_width)
    if kind is Decimal:
        return numeric_type(values)
    if kind is datetime.datetime:
        return DATETIMEOFFSET if all(map(is_aware, values)) else DATETIME2
    if kind is int and not all(map(within_bigint, values)):
        return None
    return _FIXED.get(kind)


def column_size(values: Iterable[Any], text_size: Callable[[str], Size] = text_size) -> Size:
    """Return one size for all values of a column of executemany; None if their kinds differ."""
    present = [value for value in values if value is not None]
    if not present:
        return NULL_SIZE
    kinds = {type(value) for value in present}
    if kinds == {str}:
        return max(map(text_size, present), key=lambda size: size[1] or MAX_BIGINT if size else 0)
    kind = bytes if kinds <= {bytes, bytearray} else kinds.pop()
    common = common_type(kind, present) if not kinds or kind is bytes else None
    return None if common is None else common.size


def _width(sql_type: SqlType) -> int:
    return sql_type.size[1] or MAX_BIGINT


def _of_size(size: tuple[int, int, int]) -> SqlType:
    """Return the type that a size of ODBC stands for."""
    code, length, scale = size
    if code == SQL_NUMERIC:
        return _numeric(length, scale)
    name = _NAMES[code]
    facets = f"({length or 'max'})" if code in _SIZED else _DEFAULT_FACETS.get(name, "")
    return SqlType(name, facets, size)


def _always(sql_type: SqlType, value: Any) -> SqlType:
    return sql_type


def _integer_type(value: int) -> SqlType:
    if not within_bigint(value):
        return _numeric(MAX_PRECISION, 0)
    return INT if MIN_INT <= value <= MAX_INT else BIGINT


_SIZED = frozenset((SQL_VARCHAR, SQL_WVARCHAR, SQL_VARBINARY))
_TYPE_OF: Mapping[type, Callable[[Any], SqlType]] = {
    **{kind: functools.partial(_always, sql_type) for kind, sql_type in _FIXED.items()},
    **dict.fromkeys((bytes, bytearray, memoryview), bytes_type),
    DateTimeOffset: functools.partial(_always, DATETIMEOFFSET),
    Time: functools.partial(_always, TIME),
    str: text_type,
    int: _integer_type,
    Decimal: lambda value: numeric_type([value]) or FLOAT,
    datetime.datetime: lambda value: DATETIMEOFFSET if is_aware(value) else DATETIME2,
}


def by_columns(rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
    """Return the columns of the rows of executemany; none unless all rows are equally long."""
    return list(zip(*rows)) if len({len(row) for row in rows}) == 1 else []
