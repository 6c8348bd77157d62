"""Columns and values onto the wire: one TYPE_INFO and one encoder per column.

Rows are encoded a column at a time, many rows at once: for the commonest types the loop over the
values is then the interpreter's own (`map`, `struct`, `join`).
Follows MS-TDS 2.2.5.4 "Data Type Definitions" and 2.2.5.5 "Data Type Details".
"""

from __future__ import annotations

import struct
from codecs import utf_16_le_encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from itertools import chain, repeat
from typing import Any
from uuid import UUID

from tds_embedded import null_characters
from tds_embedded.types import MAX, SqlType
from tds_embedded.wire import collations
from tds_embedded.wire.type_info import (
    DATETIME_TICKS,
    DAYS_FROM_0001_TO_1900,
    FIRST_DATETIME,
    MONEY_SCALE,
    NULL_LENGTH,
    PLP_LENGTH,
    PLP_NULL,
    Token,
    decimal_size,
    time_size,
)

Encode = Callable[[Any], bytes]
Streams = list[Iterable[bytes]]
_ROW = b"\xd1"
_U16 = struct.Struct("<H").pack
_U32 = struct.Struct("<I").pack
_U64 = struct.Struct("<Q").pack
_PLP_HEAD = struct.Struct("<QI").pack
_PLP_EMPTY = bytes(12)  # total length 0, then the terminator
_WIDE = Context(prec=60)
_VARIABLE_NULL = _U16(NULL_LENGTH)
_MAX_NULL = _U64(PLP_NULL)
_DEFAULT_TIME_SCALE = 7


@dataclass(frozen=True)
class Encoding:
    """The encoding of a type: TYPE_INFO, a value that is not NULL, and NULL.

    `encode`, `many` and `streams` take texts whose U+0000 is one again, see null_characters.py.

    `many` encodes values without a NULL, as streams: the first value is the first pieces of all
    the streams together, and so on.
    """

    type_info: bytes
    encode: Encode
    null: bytes = b"\x00"
    many: Callable[[Sequence[Any]], Streams] | None = None

    def value(self, value: Any) -> bytes:
        """`value`, which may be None."""
        return self.null if value is None else self.encode(_with_nul(value))

    def streams(self, values: Sequence[Any]) -> Streams:
        """`values`, which may contain None, each as one piece of every stream."""
        if None in values:
            null, encode = self.null, self.encode
            return [[null if value is None else encode(value) for value in values]]
        return [map(self.encode, values)] if self.many is None else self.many(values)


def rows(encodings: Sequence[Encoding], rows: Sequence[Sequence[Any]]) -> bytes:
    """Rows as ROW tokens. Raises struct.error or OverflowError for a value out of its type's
    range.
    """
    data = _rows(encodings, rows)
    # One search in the bytes of all the rows, quicker than one in each text; others may contain
    # them.
    if null_characters.STAND_IN_IN_UTF16 not in data:
        return data
    return _rows(encodings, [list(map(_with_nul, row)) for row in rows])


def _with_nul(value: Any) -> Any:
    return null_characters.outward(value) if isinstance(value, str) else value


def _rows(encodings: Sequence[Encoding], rows: Sequence[Sequence[Any]]) -> bytes:
    streams: Streams = [repeat(_ROW)]
    for how, values in zip(encodings, zip(*rows, strict=True), strict=True):
        streams += how.streams(values)
    return b"".join(chain.from_iterable(zip(*streams, strict=False)))


@lru_cache(maxsize=1024)
def encoding(sql_type: SqlType) -> Encoding:
    """Return the encoding of a type. Raises KeyError for an unknown data type."""
    return _MAKERS[sql_type.name.lower()](sql_type)


def _integer(size: int) -> Callable[[SqlType], Encoding]:
    layout = {1: "<BB", 2: "<Bh", 4: "<Bi", 8: "<Bq"}[size]
    pack = struct.Struct(layout).pack
    return lambda sql_type: Encoding(
        bytes([Token.INTN, size]),
        lambda value: pack(size, value),
        many=lambda values: [map(pack, repeat(size), values)],
    )


def _bit(sql_type: SqlType) -> Encoding:
    return Encoding(bytes([Token.BITN, 1]), lambda value: b"\x01\x01" if value else b"\x01\x00")


def _float(size: int) -> Callable[[SqlType], Encoding]:
    pack = struct.Struct("<Bf" if size == 4 else "<Bd").pack
    return lambda sql_type: Encoding(
        bytes([Token.FLTN, size]),
        lambda value: pack(size, value),
        many=lambda values: [map(pack, repeat(size), values)],
    )


def _units(value: Any, scale: int) -> int:
    """Return a number as a count of its last decimal place."""
    number = _WIDE.scaleb(Decimal(value), scale)
    return int(number.to_integral_value(ROUND_HALF_UP, _WIDE))


def _decimal(sql_type: SqlType) -> Encoding:
    precision = sql_type.precision or 18
    scale = sql_type.scale or 0
    size = decimal_size(precision)
    positive, negative = bytes([size, 1]), bytes([size, 0])

    def encode(value: Any) -> bytes:
        units = _units(value, scale)
        if units < 0:
            return negative + (-units).to_bytes(size - 1, "little")
        return positive + units.to_bytes(size - 1, "little")

    token = Token.NUMERICN if sql_type.name.lower() == "numeric" else Token.DECIMALN
    return Encoding(bytes([token, size, precision, scale]), encode)


def _money(sql_type: SqlType) -> Encoding:
    def encode(value: Any) -> bytes:
        units = _units(value, MONEY_SCALE)
        return struct.pack("<BiI", 8, units >> 32, units & 0xFFFFFFFF)

    return Encoding(bytes([Token.MONEYN, 8]), encode)


def _smallmoney(sql_type: SqlType) -> Encoding:
    pack = struct.Struct("<Bi").pack
    return Encoding(bytes([Token.MONEYN, 4]), lambda value: pack(4, _units(value, MONEY_SCALE)))


def _plp(data: bytes) -> bytes:
    size = len(data)
    return _PLP_HEAD(size, size) + data + b"\0\0\0\0" if size else _PLP_EMPTY


def _in_plp(to_bytes: Callable[[Any], bytes]) -> Encode:
    return lambda value: _plp(to_bytes(value))


def _after_length(to_bytes: Callable[[Any], bytes]) -> Encode:
    def encode(value: Any) -> bytes:
        data = to_bytes(value)
        return _U16(len(data)) + data

    return encode


def _many_after_length(to_bytes: Callable[[Any], bytes]) -> Callable[[Sequence[Any]], Streams]:
    def many(values: Sequence[Any]) -> Streams:
        data = list(map(to_bytes, values))
        return [map(_U16, map(len, data)), data]

    return many


def _many_utf16(values: Sequence[Any]) -> Streams:
    data = [utf_16_le_encode(value)[0] for value in values]
    return [map(_U16, map(len, data)), data]


def _utf16(value: str) -> bytes:
    return utf_16_le_encode(value)[0]  # three times as fast as str.encode, which looks it up


def _text(
    token: Token, unit: int, longest: int, blank: bytes = b""
) -> Callable[[SqlType], Encoding]:
    """Return the encoding of char, varchar (unit 1) or nchar, nvarchar (unit 2); `blank` pads char
    and nchar.
    """

    def make(sql_type: SqlType) -> Encoding:
        to_bytes = _utf16 if unit == 2 else _in_collation(sql_type.collation)
        length = sql_type.length if sql_type.length is not None else longest
        if blank and sql_type.length is not None:
            to_bytes = _filled(to_bytes, blank, length * unit)
        collation = collations.to_bytes(sql_type.collation)
        if length == MAX:
            info = bytes([token]) + _U16(PLP_LENGTH) + collation
            return Encoding(info, _in_plp(to_bytes), _MAX_NULL)
        # an empty text's nvarchar(0) does not exist: SQL Server describes it as nvarchar(1)
        info = bytes([token]) + _U16(max(length, 1) * unit) + collation
        many = _many_utf16 if to_bytes is _utf16 else _many_after_length(to_bytes)
        return Encoding(info, _after_length(to_bytes), _VARIABLE_NULL, many)

    return make


def _filled(to_bytes: Callable[[str], bytes], blank: bytes, size: int) -> Callable[[str], bytes]:
    def encode(value: str) -> bytes:
        data = to_bytes(value)
        return data + blank * ((size - len(data)) // len(blank))

    return encode


def _in_collation(collation: str | None) -> Callable[[str], bytes]:
    name = collations.encoding(collation)

    def encode(value: str) -> bytes:
        return (
            value.encode()
            if value.isascii()
            else null_characters.outward(value).encode(name, "replace")
        )

    return encode


def _binary(token: Token) -> Callable[[SqlType], Encoding]:
    def make(sql_type: SqlType) -> Encoding:
        length = sql_type.length if sql_type.length is not None else 8000
        if length == MAX:
            return Encoding(bytes([token]) + _U16(PLP_LENGTH), _in_plp(bytes), _MAX_NULL)
        info = bytes([token]) + _U16(max(length, 1))
        return Encoding(info, _after_length(bytes), _VARIABLE_NULL, _many_after_length(bytes))

    return make


def _as(name: str, length: int) -> Callable[[SqlType], Encoding]:
    """Return a type that is sent as another: the deprecated ones as their "max" successors."""
    return lambda sql_type: encoding(SqlType(name, length, collation=sql_type.collation))


def _xml(sql_type: SqlType) -> Encoding:
    return Encoding(bytes([Token.XML, 0]), _in_plp(_utf16), _MAX_NULL)


def _guid(sql_type: SqlType) -> Encoding:
    return Encoding(bytes([Token.GUID, 16]), lambda value: b"\x10" + value.bytes_le)


def _days(day: date) -> bytes:
    return (day.toordinal() - 1).to_bytes(3, "little")


def _date(sql_type: SqlType) -> Encoding:
    return Encoding(bytes([Token.DATEN]), lambda value: b"\x03" + _days(value))


def _clock(scale: int) -> Callable[[Any], bytes]:
    """Return the time of day of a time or a datetime, in units of its last decimal place."""
    size = time_size(scale)
    if scale >= 6:
        factor, divisor = 10 ** (scale - 6), 1
    else:
        factor, divisor = 1, 10 ** (6 - scale)

    def encode(value: Any) -> bytes:
        seconds = (value.hour * 60 + value.minute) * 60 + value.second
        units = (seconds * 1_000_000 + value.microsecond) * factor // divisor
        return int(units).to_bytes(size, "little")

    return encode


def _time_scale(sql_type: SqlType) -> int:
    return _DEFAULT_TIME_SCALE if sql_type.scale is None else sql_type.scale


def _time(sql_type: SqlType) -> Encoding:
    scale = _time_scale(sql_type)
    clock, head = _clock(scale), bytes([time_size(scale)])
    return Encoding(bytes([Token.TIMEN, scale]), lambda value: head + clock(value))


def _datetime2(sql_type: SqlType) -> Encoding:
    scale = _time_scale(sql_type)
    clock, head = _clock(scale), bytes([time_size(scale) + 3])
    return Encoding(
        bytes([Token.DATETIME2N, scale]), lambda value: head + clock(value) + _days(value)
    )


def _datetimeoffset(sql_type: SqlType) -> Encoding:
    scale = _time_scale(sql_type)
    clock, head = _clock(scale), bytes([time_size(scale) + 5])

    def encode(value: datetime) -> bytes:
        offset = value.utcoffset() or timedelta(0)
        utc = value.astimezone(timezone.utc)
        minutes = int(offset.total_seconds() // 60)
        return head + clock(utc) + _days(utc) + minutes.to_bytes(2, "little", signed=True)

    return Encoding(bytes([Token.DATETIMEOFFSETN, scale]), encode)


def _datetime(sql_type: SqlType) -> Encoding:
    pack = struct.Struct("<BiI").pack

    def encode(value: datetime) -> bytes:
        seconds = (value.hour * 60 + value.minute) * 60 + value.second
        ticks = seconds * DATETIME_TICKS
        ticks += (value.microsecond * DATETIME_TICKS + 500_000) // 1_000_000
        return pack(8, value.toordinal() - 1 - DAYS_FROM_0001_TO_1900, ticks)

    return Encoding(bytes([Token.DATETIMN, 8]), encode)


def _smalldatetime(sql_type: SqlType) -> Encoding:
    def encode(value: datetime) -> bytes:
        minutes = round((value - FIRST_DATETIME) / timedelta(minutes=1))
        return struct.pack("<BHH", 4, *divmod(minutes, 24 * 60))

    return Encoding(bytes([Token.DATETIMN, 4]), encode)


def _variant(sql_type: SqlType) -> Encoding:
    def encode(value: Any) -> bytes:
        data = _variant_value(value)
        return _U32(len(data)) + data

    return Encoding(bytes([Token.SSVARIANT]) + _U32(8009), encode, _U32(0))


def _variant_value(value: Any) -> bytes:
    """Return a sql_variant, MS-TDS 2.2.5.5.4: token, size of the facets, facets, value."""
    if isinstance(value, bool):
        return bytes([Token.BIT, 0, value])
    if isinstance(value, int):
        small = -(1 << 31) <= value < 1 << 31
        layout, token = ("<BBi", Token.INT4) if small else ("<BBq", Token.INT8)
        return struct.pack(layout, token, 0, value)
    if isinstance(value, float):
        return struct.pack("<BBd", Token.FLT8, 0, value)
    if isinstance(value, str):
        data = _utf16(value)
        return bytes([Token.NVARCHAR, 7]) + collations.to_bytes(None) + _U16(8000) + data
    if isinstance(value, bytes):
        return bytes([Token.BIGVARBINARY, 2]) + _U16(8000) + value
    if isinstance(value, UUID):
        return bytes([Token.GUID, 0]) + value.bytes_le
    if isinstance(value, Decimal):
        scale = max(0, -int(value.as_tuple().exponent))
        data = encoding(SqlType("numeric", precision=38, scale=scale)).encode(value)
        return bytes([Token.NUMERICN, 2, 38, scale]) + data[1:]
    return _variant_moment(value)


def _variant_moment(value: date | time) -> bytes:
    if isinstance(value, datetime):
        name, token = ("datetimeoffset", Token.DATETIMEOFFSETN)
        if value.tzinfo is None:
            name, token = ("datetime2", Token.DATETIME2N)
        return bytes([token, 1, 7]) + encoding(SqlType(name)).encode(value)[1:]
    if isinstance(value, time):
        return bytes([Token.TIMEN, 1, 7]) + encoding(SqlType("time")).encode(value)[1:]
    return bytes([Token.DATEN, 0]) + _days(value)


_MAKERS: dict[str, Callable[[SqlType], Encoding]] = {
    "bit": _bit,
    "tinyint": _integer(1),
    "smallint": _integer(2),
    "int": _integer(4),
    "bigint": _integer(8),
    "real": _float(4),
    "float": _float(8),
    "decimal": _decimal,
    "numeric": _decimal,
    "money": _money,
    "smallmoney": _smallmoney,
    "char": _text(Token.BIGCHAR, 1, 8000, b" "),
    "varchar": _text(Token.BIGVARCHAR, 1, 8000),
    "nchar": _text(Token.NCHAR, 2, 4000, b" \0"),
    "nvarchar": _text(Token.NVARCHAR, 2, 4000),
    "sysname": _as("nvarchar", 128),
    "text": _as("varchar", MAX),
    "ntext": _as("nvarchar", MAX),
    "json": _as("nvarchar", MAX),
    "binary": _binary(Token.BIGBINARY),
    "varbinary": _binary(Token.BIGVARBINARY),
    "image": _as("varbinary", MAX),
    "timestamp": _as("binary", 8),
    "rowversion": _as("binary", 8),
    "xml": _xml,
    "uniqueidentifier": _guid,
    "date": _date,
    "time": _time,
    "datetime": _datetime,
    "smalldatetime": _smalldatetime,
    "datetime2": _datetime2,
    "datetimeoffset": _datetimeoffset,
    "sql_variant": _variant,
}
