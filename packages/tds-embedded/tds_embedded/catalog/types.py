"""SQL Server's data types as PostgreSQL's and back, and psycopg's adapters of their values.

The types live in schema `tsql` (prelude/02 to 06) or are PostgreSQL's own. Follows "Data types
(Transact-SQL)", https://learn.microsoft.com/sql/t-sql/data-types/data-types-transact-sql
"""

from __future__ import annotations

import functools
import re
import struct
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import psycopg
from psycopg import adapt, pq
from psycopg.types.bool import BoolBinaryLoader, BoolLoader
from psycopg.types.datetime import (
    DatetimeDumper,
    DatetimeNoTzBinaryDumper,
    TimestampBinaryLoader,
    TimestampLoader,
)
from psycopg.types.numeric import Int2BinaryLoader, IntLoader, NumericBinaryLoader, NumericLoader
from psycopg.types.string import ByteaBinaryLoader, ByteaLoader, TextBinaryLoader, TextLoader

from tds_embedded.errors import error
from tds_embedded.types import DEFAULT_COLLATION, MAX, SqlType

Buffer = bytes | bytearray | memoryview

_STRINGS = {
    "nvarchar": "nvarchar",
    "varchar": "varchar",
    "nchar": "nchar",
    "char": "char",
    "ntext": "nvarchar",
    "text": "varchar",
    "sysname": "nvarchar",
}
_BINARIES = {"varbinary": "varbinary", "binary": "binary", "image": "varbinary"}
_PLAIN = {
    "bigint": "int8",
    "int": "int4",
    "smallint": "int2",
    "tinyint": "tsql.tinyint",
    "bit": "tsql.bit",
    "money": "tsql.money",
    "smallmoney": "tsql.smallmoney",
    "real": "float4",
    "date": "date",
    "datetime": "tsql.datetime",
    "smalldatetime": "tsql.smalldatetime",
    "uniqueidentifier": "uuid",
    "timestamp": "tsql.rowversion",
    "rowversion": "tsql.rowversion",
    "xml": "tsql.xml",
    "sql_variant": "tsql.sql_variant",
    "json": "tsql.json",
}
_SCALED = {"time": "time", "datetime2": "timestamp", "datetimeoffset": "tsql.datetimeoffset"}
_POSTGRES_SCALE = 6  # SQL Server's 7 is a type without a modifier here: microseconds
_HEADER = 4  # added to the length in varchar's type modifier


@functools.cache
def comparison(collation: str | None) -> str:
    """Return how a collation compares, as the suffix of the types: see prelude/02_strings.sql."""
    words = (collation or DEFAULT_COLLATION).upper().split("_")
    if "BIN" in words or "BIN2" in words:
        return "_bin"
    if "CS" in words:
        return "_cs"
    return "_ai" if "AI" in words else ""


@functools.cache
def is_utf8(collation: str | None) -> bool:
    """Return whether varchar is UTF-8 under this collation, not code page 1252."""
    return (collation or "").upper().endswith("_UTF8")


@functools.cache
def to_postgres(sql_type: SqlType) -> str:
    """Return the PostgreSQL type with its modifier: `tsql.nvarchar(50)`, `numeric(18,2)`.

    A string or binary type without a length gets none. Raises 40514 for a type that PostgreSQL has
    nothing for: geography, geometry, hierarchyid, vector.
    """
    name = sql_type.name
    if name in _STRINGS:
        return "tsql." + _string_name(sql_type) + _length(sql_type)
    if name in _BINARIES:
        return "tsql." + _BINARIES[name] + _length(sql_type)
    if name in ("decimal", "numeric"):
        return f"numeric({sql_type.precision or 18},{sql_type.scale or 0})"
    if name in _SCALED:
        has_modifier = sql_type.scale is not None and sql_type.scale <= _POSTGRES_SCALE
        return _SCALED[name] + (f"({sql_type.scale})" if has_modifier else "")
    if name == "float":
        return "float4" if sql_type.precision is not None and sql_type.precision <= 24 else "float8"
    if name not in _PLAIN:
        raise error(40514, name)
    return _PLAIN[name]


def _string_name(sql_type: SqlType) -> str:
    name = _STRINGS[sql_type.name]
    if name == "varchar" and is_utf8(sql_type.collation):
        name = "varchar_utf8"
    return name + comparison(sql_type.collation)


def _length(sql_type: SqlType) -> str:
    if sql_type.name == "sysname":
        return "(128)"
    if (
        sql_type.length is None
        or sql_type.length == MAX
        or sql_type.name in ("text", "ntext", "image")
    ):
        return ""
    return f"({sql_type.length})"


_SENSITIVE = "SQL_Latin1_General_CP1_CS_AS"
_COLLATIONS = {
    "": None,
    "_cs": _SENSITIVE,
    "_utf8": "Latin1_General_100_CI_AS_SC_UTF8",
    "_utf8_cs": "Latin1_General_100_CS_AS_SC_UTF8",
    "_ai": "SQL_Latin1_General_CP1_CI_AI",
    "_utf8_ai": "Latin1_General_100_CI_AI_SC_UTF8",
    "_bin": "Latin1_General_BIN2",
    "_utf8_bin": "Latin1_General_100_BIN2_UTF8",
}
_NAMES = {postgres.removeprefix("tsql."): name for name, postgres in _PLAIN.items()} | {
    "numeric": "numeric",
    "float8": "float",
    "time": "time",
    "timestamp": "datetime2",
    "datetimeoffset": "datetimeoffset",
    "varbinary": "varbinary",
    "binary": "binary",
    "rowversion": "timestamp",
    # result types of PostgreSQL's own functions
    "bool": "bit",
    "text": "nvarchar",
    "name": "nvarchar",
    "bytea": "varbinary",
    "timestamptz": "datetimeoffset",
}


def from_postgres(oid: int, typmod: int, oids: Mapping[int, str]) -> SqlType:
    """Return the SQL Server type of a PostgreSQL column; `oids` is the result of `type_names`.

    A decimal without modifier gets the widest scale that PostgreSQL's arithmetic keeps here.
    Raises KeyError for a type that T-SQL cannot name.
    """
    name = oids[oid]
    for stem in ("nvarchar", "varchar", "nchar", "char"):
        suffix = name.removeprefix(stem)
        if suffix in _COLLATIONS and name.startswith(stem):
            return SqlType(stem, _from_typmod(typmod), collation=_COLLATIONS[suffix])
    postgres_name = _NAMES[name]
    if postgres_name in ("varbinary", "binary", "nvarchar"):
        return SqlType(postgres_name, _from_typmod(typmod))
    if postgres_name == "numeric":
        if typmod < 0:
            return SqlType("numeric", precision=38, scale=6)
        return SqlType(
            "numeric", precision=(typmod - _HEADER) >> 16, scale=(typmod - _HEADER) & 0x7FF
        )
    if postgres_name in _SCALED:
        return SqlType(postgres_name, scale=7 if typmod < 0 else typmod)
    if postgres_name == "float":
        return SqlType("float", precision=53)
    return SqlType(postgres_name)


def _from_typmod(typmod: int) -> int:
    return MAX if typmod < 0 else typmod - _HEADER


def type_names(connection: psycopg.Connection[Any]) -> dict[int, str]:
    """PostgreSQL's type oids with their names; the same in every database of one cluster."""
    rows = connection.execute(
        "SELECT oid::int8, typname::text FROM pg_catalog.pg_type"
        " WHERE typnamespace IN ('tsql'::regnamespace, 'pg_catalog'::regnamespace)"
        " AND typtype = 'b' AND typelem = 0 ORDER BY typnamespace = 'tsql'::regnamespace"
    )
    return dict(rows.fetchall())


# --- Values ------------------------------------------------------------------------------------

_EPOCH = datetime(2000, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1)
_DAY_MICROSECONDS = 86_400_000_000
_INTERVAL = struct.Struct("!qii")  # microseconds, days, months


class _AwareDumper(DatetimeDumper):
    """An aware datetime in the form of prelude/05_temporal.sql: the offset is in the months."""

    format = pq.Format.BINARY

    def dump(self, obj: datetime) -> bytes:
        offset = obj.utcoffset() or timedelta()
        minutes = offset // _MINUTE
        instant = (obj.replace(tzinfo=None) - offset - _EPOCH) // _MICROSECOND
        return _INTERVAL.pack(instant, -30 * minutes, minutes)

    def upgrade(self, obj: datetime, format: adapt.PyFormat) -> adapt.Dumper:
        return self if obj.tzinfo else DatetimeNoTzBinaryDumper(self.cls)


class _OffsetLoader(adapt.Loader):
    format = pq.Format.BINARY

    def load(self, data: Buffer) -> datetime:
        microseconds, days, minutes = _INTERVAL.unpack(data)
        instant = microseconds + (days + 30 * minutes) * _DAY_MICROSECONDS
        offset = timedelta(minutes=minutes)
        local = _EPOCH + timedelta(microseconds=instant) + offset
        return local.replace(tzinfo=timezone(offset))


_INTERVAL_TEXT = re.compile(
    rb"(?:(-?\d+) years? ?)?(?:(-?\d+) mons? ?)?(?:(-?\d+) days? ?)?"
    rb"(?:(-?)(\d+):(\d+):(\d+)(?:\.(\d+))?)?"
)


class _OffsetTextLoader(_OffsetLoader):
    """A datetimeoffset from an interval's text: `2 mons -60 days 179412:00:00.5`."""

    format = pq.Format.TEXT

    def load(self, data: Buffer) -> datetime:
        match = _INTERVAL_TEXT.fullmatch(bytes(data).replace(b"+", b""))
        if match is None:
            raise ValueError(
                "invalid text of a datetimeoffset: expected an interval in IntervalStyle postgres"
            )
        years, months, days, sign, hours, minutes, seconds, fraction = match.groups()
        time = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
        microseconds = time * 1_000_000 + int((fraction or b"0").ljust(6, b"0"))
        return super().load(
            _INTERVAL.pack(
                -microseconds if sign else microseconds,
                int(days or 0),
                int(years or 0) * 12 + int(months or 0),
            )
        )


class _VariantLoader(adapt.Loader):
    """A sql_variant: its text begins with its base type, as in `int:3`."""

    def load(self, data: Buffer) -> str | int:
        kind, _, text = bytes(data).decode().partition(":")
        return int(text) if kind in ("int", "bigint", "smallint", "tinyint", "bit") else text


class _VariantBinaryLoader(_VariantLoader):
    format = pq.Format.BINARY


_PLAIN_SUFFIXES = tuple(suffix for suffix in _COLLATIONS if "utf8" not in suffix)
# type of schema tsql -> loaders of its text and of its binary form
_LOADERS: dict[str, tuple[type[adapt.Loader], type[adapt.Loader]]] = {
    "bit": (BoolLoader, BoolBinaryLoader),
    "tinyint": (IntLoader, Int2BinaryLoader),
    "money": (NumericLoader, NumericBinaryLoader),
    "smallmoney": (NumericLoader, NumericBinaryLoader),
    "datetime": (TimestampLoader, TimestampBinaryLoader),
    "smalldatetime": (TimestampLoader, TimestampBinaryLoader),
    "datetimeoffset": (_OffsetTextLoader, _OffsetLoader),
    "varbinary": (ByteaLoader, ByteaBinaryLoader),
    "binary": (ByteaLoader, ByteaBinaryLoader),
    "rowversion": (ByteaLoader, ByteaBinaryLoader),
    "sql_variant": (_VariantLoader, _VariantBinaryLoader),
} | {
    name + suffix: (TextLoader, TextBinaryLoader)
    for name, suffixes in {
        "nvarchar": _PLAIN_SUFFIXES,
        "nchar": _PLAIN_SUFFIXES,
        "varchar": tuple(_COLLATIONS),
        "char": _PLAIN_SUFFIXES,
        "xml": ("",),
        "json": ("",),
    }.items()
    for suffix in suffixes
}


def adapt_values(connection: psycopg.Connection[Any], names: Mapping[int, str]) -> None:
    """Teaches psycopg the values of schema tsql's types, in text and in binary results.

    Parameters: an aware datetime is sent as datetimeoffset with its offset, other values as psycopg
    does it.
    """
    for oid, name in names.items():
        if name in _LOADERS and oid >= _FIRST_OWN_OID:
            for loader in _LOADERS[name]:
                connection.adapters.register_loader(oid, loader)
        if name == "datetimeoffset":
            dumper = type("_DatetimeOffsetDumper", (_AwareDumper,), {"oid": oid})
            connection.adapters.register_dumper(datetime, dumper)


_FIRST_OWN_OID = 16384  # FirstNormalObjectId: below are PostgreSQL's types (its `char`, its `bit`)
