"""Parameters off the wire: their types, and their values as Python's.

Follows MS-TDS 2.2.5.4 "Data Type Definitions" and 2.2.5.5 "Data Type Details".
"""

from __future__ import annotations

import math
import struct
from codecs import utf_16_le_decode
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from decimal import Context, Decimal
from typing import Any
from uuid import UUID

from tds_embedded import null_characters
from tds_embedded.errors import error
from tds_embedded.types import MAX, SqlType
from tds_embedded.wire import collations
from tds_embedded.wire.packets import ProtocolError
from tds_embedded.wire.reader import ByteReader
from tds_embedded.wire.type_info import (
    DATETIME_TICKS,
    FIRST_DATETIME,
    LONG_NULL,
    MONEY_SCALE,
    NULL_LENGTH,
    PLP_LENGTH,
    PLP_NULL,
    Token,
    time_size,
)

Read = Callable[[ByteReader], Any]
_WIDE = Context(prec=60)
_FLOATS = {4: struct.Struct("<f"), 8: struct.Struct("<d")}
_MONEY = struct.Struct("<iI")
_INT_NAMES = {1: "tinyint", 2: "smallint", 4: "int", 8: "bigint"}
_FLOAT_NAMES = {4: "real", 8: "float"}
_MONEY_NAMES = {4: "smallmoney", 8: "money"}
_DATETIME_NAMES = {4: "smalldatetime", 8: "datetime"}


def read_type(reader: ByteReader) -> tuple[SqlType, Read]:
    """Return a TYPE_INFO, and the reader of its values.

    Raises SqlServerError 40514 for a type that is not served, ProtocolError for an unknown token.
    """
    token = reader.u8()
    if token in _FIXED:
        name, size, convert = _FIXED[Token(token)]
        return SqlType(name), lambda source: convert(source.take(size))
    if token in _UNSUPPORTED:
        raise error(40514, _UNSUPPORTED[Token(token)])
    describe = _VARIABLE.get(token)
    if describe is None:
        raise ProtocolError(f"unknown data type 0x{token:02X}")
    return describe(reader)


def _sized(convert: Callable[[bytes], Any]) -> Read:
    """Values after a length byte, 0 for NULL."""

    def read(reader: ByteReader) -> Any:
        size = reader.u8()
        return convert(reader.take(size)) if size else None

    return read


def _by_size(names: dict[int, str], convert: Callable[[bytes], Any]) -> Callable[..., Any]:
    def describe(reader: ByteReader) -> tuple[SqlType, Read]:
        size = reader.u8()
        if size not in names:
            raise ProtocolError(f"invalid size of a {names}: {size} bytes")
        return SqlType(names[size]), _sized(convert)

    return describe


def _int(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=len(data) > 1)  # tinyint has no sign


def _bit(data: bytes) -> bool:
    return data != b"\x00"


def _float(data: bytes) -> float:
    value: float = _FLOATS[len(data)].unpack(data)[0]
    if not math.isfinite(value):
        raise ValueError
    return value


def _money(data: bytes) -> Decimal:
    if len(data) == 4:
        units = int.from_bytes(data, "little", signed=True)
    else:
        high, low = _MONEY.unpack(data)
        units = (high << 32) | low
    return _WIDE.scaleb(Decimal(units), -MONEY_SCALE)


def _datetime(data: bytes) -> datetime:
    if len(data) == 4:
        days, minutes = struct.unpack("<HH", data)
        return FIRST_DATETIME + timedelta(days=days, minutes=minutes)
    days, ticks = struct.unpack("<iI", data)
    milliseconds = (ticks * 1000 + DATETIME_TICKS // 2) // DATETIME_TICKS
    return FIRST_DATETIME + timedelta(days=days, milliseconds=milliseconds)


def _date(data: bytes) -> date:
    return date.fromordinal(int.from_bytes(data, "little") + 1)


def _since_midnight(data: bytes, scale: int) -> timedelta:
    """Return a time. Raises 40517 for a seventh digit of a second, which PostgreSQL
    lacks.
    """
    microseconds, rest = divmod(int.from_bytes(data, "little") * 10**6, 10**scale)
    if rest:
        raise error(40517, "a seventh digit of a second")
    return timedelta(microseconds=microseconds)


def _time(data: bytes, scale: int) -> time:
    since_midnight = _since_midnight(data, scale)
    if since_midnight >= timedelta(days=1):
        raise ValueError
    return (datetime.min + since_midnight).time()


def _datetime2(data: bytes, scale: int) -> datetime:
    size = time_size(scale)
    day = _date(data[size : size + 3])
    return datetime(day.year, day.month, day.day) + _since_midnight(data[:size], scale)


def _datetimeoffset(data: bytes, scale: int) -> datetime:
    offset = timezone(timedelta(minutes=int.from_bytes(data[-2:], "little", signed=True)))
    return _datetime2(data, scale).replace(tzinfo=timezone.utc).astimezone(offset)


def _describe_decimal(reader: ByteReader) -> tuple[SqlType, Read]:
    reader.u8()
    precision, scale = reader.u8(), reader.u8()
    if not 1 <= precision <= 38 or scale > precision:
        raise ProtocolError(f"invalid type decimal({precision}, {scale})")
    limit = 10**precision

    def convert(data: bytes) -> Decimal:
        units = int.from_bytes(data[1:], "little")
        if units >= limit:
            raise ValueError
        return _WIDE.scaleb(Decimal(units if data[0] else -units), -scale)

    return SqlType("decimal", precision=precision, scale=scale), _sized(convert)


def _describe_date(reader: ByteReader) -> tuple[SqlType, Read]:
    return SqlType("date"), _sized(_date)


def _scaled(name: str, convert: Callable[[bytes, int], Any]) -> Callable[..., Any]:
    def describe(reader: ByteReader) -> tuple[SqlType, Read]:
        scale = reader.u8()
        if scale > 7:
            raise ProtocolError(f"invalid type {name}({scale})")
        return SqlType(name, scale=scale), _sized(lambda data: convert(data, scale))

    return describe


def _describe_guid(reader: ByteReader) -> tuple[SqlType, Read]:
    reader.u8()
    return SqlType("uniqueidentifier"), _sized(lambda data: UUID(bytes_le=data))


def _short_length(convert: Callable[[bytes], Any]) -> Read:
    def read(reader: ByteReader) -> Any:
        size = reader.u16()
        return None if size == NULL_LENGTH else convert(reader.take(size))

    return read


def _partially_length_prefixed(convert: Callable[[bytes], Any]) -> Read:
    """PLP, MS-TDS 2.2.5.2.3: the "max" types, in chunks."""

    def read(reader: ByteReader) -> Any:
        if reader.u64() == PLP_NULL:
            return None
        chunks = []
        while size := reader.u32():
            chunks.append(reader.take(size))
        return convert(b"".join(chunks))

    return read


def _long(convert: Callable[[bytes], Any]) -> Read:
    def read(reader: ByteReader) -> Any:
        size = reader.u32()
        return None if size == LONG_NULL else convert(reader.take(size))

    return read


def _utf16(data: bytes) -> str:
    return null_characters.inward(utf_16_le_decode(data, "strict", True)[0])


def _xml(data: bytes) -> str:
    return null_characters.inward(data.decode("utf-16"))


def _in_collation(collation: bytes) -> Callable[[bytes], str]:
    encoding = collations.encoding_of_bytes(collation)
    return lambda data: null_characters.inward(data.decode(encoding))


def _describe_text(name: str, unit: int) -> Callable[..., Any]:
    """Return the description of char, varchar (unit 1) or nchar, nvarchar (unit 2)."""

    def describe(reader: ByteReader) -> tuple[SqlType, Read]:
        size, collation = reader.u16(), reader.take(5)
        convert = _utf16 if unit == 2 else _in_collation(collation)
        if size == PLP_LENGTH:
            return SqlType(name, MAX), _partially_length_prefixed(convert)
        return SqlType(name, size // unit), _short_length(convert)

    return describe


def _describe_binary(name: str) -> Callable[..., Any]:
    def describe(reader: ByteReader) -> tuple[SqlType, Read]:
        size = reader.u16()
        if size == PLP_LENGTH:
            return SqlType(name, MAX), _partially_length_prefixed(bytes)
        return SqlType(name, size), _short_length(bytes)

    return describe


def _describe_long_text(name: str) -> Callable[..., Any]:
    def describe(reader: ByteReader) -> tuple[SqlType, Read]:
        reader.u32()
        collation = reader.take(5)
        return SqlType(name), _long(_utf16 if name == "ntext" else _in_collation(collation))

    return describe


def _describe_image(reader: ByteReader) -> tuple[SqlType, Read]:
    reader.u32()
    return SqlType("image"), _long(bytes)


def _describe_xml(reader: ByteReader) -> tuple[SqlType, Read]:
    if reader.u8():
        raise error(40514, "An XML schema collection")
    return SqlType("xml"), _partially_length_prefixed(_xml)


def _describe_null(reader: ByteReader) -> tuple[SqlType, Read]:
    return SqlType("nvarchar", 1), lambda source: None


_FIXED: dict[Token, tuple[str, int, Callable[[bytes], Any]]] = {
    Token.INT1: ("tinyint", 1, _int),
    Token.INT2: ("smallint", 2, _int),
    Token.INT4: ("int", 4, _int),
    Token.INT8: ("bigint", 8, _int),
    Token.BIT: ("bit", 1, _bit),
    Token.FLT4: ("real", 4, _float),
    Token.FLT8: ("float", 8, _float),
    Token.MONEY4: ("smallmoney", 4, _money),
    Token.MONEY: ("money", 8, _money),
    Token.DATETIM4: ("smalldatetime", 4, _datetime),
    Token.DATETIME: ("datetime", 8, _datetime),
}
_VARIABLE: dict[int, Callable[[ByteReader], tuple[SqlType, Read]]] = {
    Token.NULL: _describe_null,
    Token.INTN: _by_size(_INT_NAMES, _int),
    Token.BITN: _by_size({1: "bit"}, _bit),
    Token.FLTN: _by_size(_FLOAT_NAMES, _float),
    Token.MONEYN: _by_size(_MONEY_NAMES, _money),
    Token.DATETIMN: _by_size(_DATETIME_NAMES, _datetime),
    Token.DECIMALN: _describe_decimal,
    Token.NUMERICN: _describe_decimal,
    Token.GUID: _describe_guid,
    Token.DATEN: _describe_date,
    Token.TIMEN: _scaled("time", _time),
    Token.DATETIME2N: _scaled("datetime2", _datetime2),
    Token.DATETIMEOFFSETN: _scaled("datetimeoffset", _datetimeoffset),
    Token.BIGCHAR: _describe_text("char", 1),
    Token.BIGVARCHAR: _describe_text("varchar", 1),
    Token.NCHAR: _describe_text("nchar", 2),
    Token.NVARCHAR: _describe_text("nvarchar", 2),
    Token.BIGBINARY: _describe_binary("binary"),
    Token.BIGVARBINARY: _describe_binary("varbinary"),
    Token.TEXT: _describe_long_text("text"),
    Token.NTEXT: _describe_long_text("ntext"),
    Token.IMAGE: _describe_image,
    Token.XML: _describe_xml,
}
_UNSUPPORTED = {
    Token.TABLE_VALUED: "A table-valued parameter",
    Token.SSVARIANT: "A parameter of type sql_variant",
    Token.UDT: "A parameter of a CLR type",
}
