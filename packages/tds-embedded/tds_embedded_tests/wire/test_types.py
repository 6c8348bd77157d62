"""Every data type through the real driver, as a parameter and as a column."""

from __future__ import annotations

import struct
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyodbc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tds_embedded import null_characters
from tds_embedded.types import MAX, Column, SqlType
from tds_embedded.wire.decode import read_type
from tds_embedded.wire.encode import encoding
from tds_embedded.wire.reader import ByteReader
from tds_embedded_tests.wire.conftest import Connect, Wire
from tds_embedded_tests.wire.engine import one, result

A_UUID = UUID("12345678-9abc-def0-1234-56789abcdef0")

COLUMNS: list[tuple[SqlType, Any]] = [
    (SqlType("bit"), True),
    (SqlType("tinyint"), 255),
    (SqlType("smallint"), -32768),
    (SqlType("int"), -(2**31)),
    (SqlType("bigint"), 2**63 - 1),
    (SqlType("real"), 1.5),
    (SqlType("float"), -1e300),
    (
        SqlType("decimal", precision=38, scale=10),
        Decimal("-1234567890123456789012345678.0123456789"),
    ),
    (SqlType("numeric", precision=5, scale=2), Decimal("999.99")),
    (SqlType("money"), Decimal("-922337203685477.5808")),
    (SqlType("smallmoney"), Decimal("214748.3647")),
    (SqlType("char", 5), "ab   "),
    (SqlType("varchar", 10), "naïve €"),
    (SqlType("varchar", 40, collation="Latin1_General_100_CI_AS_SC_UTF8"), "naïve 漢字 😀"),
    (SqlType("varchar", MAX), "x" * 20_000),
    (SqlType("nchar", 4), "漢   "),
    (SqlType("nvarchar", 10), "漢字 😀"),
    (SqlType("nvarchar", MAX), "漢" * 100_000),
    (SqlType("nvarchar", MAX), ""),
    (SqlType("sysname"), "dbo"),
    (SqlType("ntext"), "long"),
    (SqlType("xml"), "<a>é</a>"),
    (SqlType("json"), '{"a": 1}'),
    (SqlType("binary", 3), b"\x00\x01\x02"),
    (SqlType("varbinary", 8), b"\xff"),
    (SqlType("varbinary", MAX), bytes(range(256)) * 400),
    (SqlType("image"), b"png"),
    (SqlType("rowversion"), b"\x00" * 7 + b"\x01"),
    (SqlType("uniqueidentifier"), str(A_UUID).upper()),
    (SqlType("date"), date(9999, 12, 31)),
    (SqlType("time", scale=7), time(23, 59, 59)),
    (SqlType("datetime2", scale=7), datetime(1, 1, 1, 0, 0, 0, 1)),
    (SqlType("datetime2", scale=3), datetime(2024, 2, 29, 1, 2, 3, 456000)),
    (SqlType("datetime2", scale=0), datetime(2024, 2, 29, 1, 2, 3)),
    (SqlType("datetime"), datetime(1753, 1, 1, 0, 0, 0, 3000)),
    (SqlType("smalldatetime"), datetime(2079, 6, 6, 23, 59)),
]


@pytest.mark.parametrize(("type", "value"), COLUMNS, ids=lambda value: str(value)[:40])
def test_column(wire: Wire, connect: Connect, type: SqlType, value: Any) -> None:
    """A value, NULL in the same result set, and the value again."""
    given = A_UUID if type.name == "uniqueidentifier" else value
    columns = [Column("first", SqlType("int")), Column("value", type)]
    wire.script.answers["SELECT"] = result(columns, [(1, given), (None, None), (3, given)])
    rows = connect().execute("SELECT").fetchall()
    assert [tuple(row) for row in rows] == [(1, value), (None, None), (3, value)]


def test_char_is_filled_up(wire: Wire, connect: Connect) -> None:
    wire.script.answers["SELECT"] = one(SqlType("nchar", 4), "é")
    assert connect().execute("SELECT").fetchval() == "é   "
    wire.script.answers["SELECT"] = one(SqlType("char", 4), "é")
    assert connect().execute("SELECT").fetchval() == "é   "


def test_datetimeoffset(wire: Wire, connect: Connect) -> None:
    moment = datetime(2024, 3, 31, 1, 30, 0, 5, tzinfo=timezone(timedelta(hours=-5, minutes=-30)))
    wire.script.answers["SELECT"] = one(SqlType("datetimeoffset", scale=7), moment)
    connection = connect()
    found: list[bytes] = []
    connection.add_output_converter(-155, found.append)
    connection.execute("SELECT").fetchval()
    # SQL_SS_TIMESTAMPOFFSET_STRUCT: year ... fraction (ns), offset hours, offset minutes
    assert struct.unpack("<hHHHHHIhh", found[0]) == (2024, 3, 31, 1, 30, 0, 5000, -5, -30)


def test_column_descriptions(wire: Wire, connect: Connect) -> None:
    columns = [
        Column("id", SqlType("int"), nullable=False, identity=True),
        Column("", SqlType("nvarchar", 30)),
        Column("price", SqlType("decimal", precision=9, scale=3)),
    ]
    wire.script.answers["SELECT"] = result(columns, [])
    cursor = connect().execute("SELECT")
    assert [
        (name, size, scale, null) for name, _, _, size, _, scale, null in cursor.description
    ] == [
        ("id", 10, 0, False),
        ("", 30, 0, True),
        ("price", 9, 3, True),
    ]
    assert cursor.fetchall() == []


PARAMETERS: list[tuple[Any, str, Any]] = [
    (1, "int", 1),
    (2**40, "bigint", 2**40),
    (True, "bit", True),
    (1.5, "float", 1.5),
    (Decimal("-12.340"), "decimal", Decimal("-12.340")),
    ("é😀", "nvarchar", "é😀"),
    ("x" * 5000, "nvarchar", "x" * 5000),
    ("y" * 3_000_000, "nvarchar", "y" * 3_000_000),
    (b"\x00\xff", "varbinary", b"\x00\xff"),
    (b"z" * 9000, "varbinary", b"z" * 9000),
    (date(1, 1, 1), "date", date(1, 1, 1)),
    (time(23, 59, 59), "time", time(23, 59, 59)),
    (
        datetime(2024, 2, 29, 23, 59, 59, 999999),
        "datetime2",
        datetime(2024, 2, 29, 23, 59, 59, 999999),
    ),
    (A_UUID, "uniqueidentifier", A_UUID),
]


@pytest.mark.parametrize(("value", "name", "received"), PARAMETERS, ids=lambda v: str(v)[:40])
def test_parameter(wire: Wire, connect: Connect, value: Any, name: str, received: Any) -> None:
    wire.script.answers["SELECT @P1"] = one(SqlType("int"), 1)
    assert connect().execute("SELECT ?", value).fetchval() == 1
    parameter = wire.script.last_parameters()[0]
    assert parameter.value == received
    assert parameter.type.name == name
    assert repr(received) not in repr(parameter)


def test_null_parameter(wire: Wire, connect: Connect) -> None:
    wire.script.answers["SELECT @P1"] = one(SqlType("int"), 1)
    connect().execute("SELECT ?", None)
    assert wire.script.last_parameters()[0].value is None


def test_table_valued_parameter_is_refused_and_the_connection_goes_on(
    wire: Wire, connect: Connect
) -> None:
    wire.script.answers["SELECT 1"] = one(SqlType("int"), 1)
    connection = connect()
    with pytest.raises(pyodbc.Error):
        connection.execute("EXEC p ?", [["TypeName", (1, 2)]])
    assert connection.execute("SELECT 1").fetchval() == 1


def test_overflow_of_a_column_is_8115(wire: Wire, connect: Connect) -> None:
    wire.script.answers["SELECT"] = one(SqlType("smallint"), 40_000)
    connection = connect()
    with pytest.raises(pyodbc.Error, match=r"8115"):
        connection.execute("SELECT").fetchall()


finite = st.floats(allow_nan=False, allow_infinity=False)
moments = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30))
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
# as they are kept, see null_characters.py
texts = st.text(
    st.characters(exclude_characters=null_characters.NUL, exclude_categories=["Cs"]), max_size=99
)
VALUES: list[tuple[SqlType, st.SearchStrategy[Any]]] = [
    (SqlType("int"), st.integers(-(2**31), 2**31 - 1)),
    (SqlType("bigint"), st.integers(-(2**63), 2**63 - 1)),
    (SqlType("tinyint"), st.integers(0, 255)),
    (SqlType("bit"), st.booleans()),
    (SqlType("float"), finite),
    (SqlType("decimal", precision=38, scale=6), st.decimals(-(10**31), 10**31, places=6)),
    (SqlType("money"), st.decimals(-(10**14), 10**14, places=4)),
    (SqlType("nvarchar", 4000), texts),
    (SqlType("nvarchar", MAX), texts),
    (SqlType("varbinary", 8000), st.binary(max_size=99)),
    (SqlType("varbinary", MAX), st.binary(max_size=99)),
    (SqlType("uniqueidentifier"), st.uuids()),
    (SqlType("date"), st.dates()),
    (SqlType("time", scale=7), st.times()),
    (SqlType("datetime2", scale=7), st.datetimes()),
    (SqlType("datetimeoffset", scale=7), st.datetimes(
        min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=offsets)),
]  # fmt: skip


@pytest.mark.parametrize(("type", "values"), VALUES, ids=lambda value: getattr(value, "name", ""))
def test_what_is_encoded_is_decoded_again(type: SqlType, values: st.SearchStrategy[Any]) -> None:
    how = encoding(type)
    _, read = read_type(ByteReader(how.type_info))

    @given(st.none() | values)
    def check(value: Any) -> None:
        reader = ByteReader(how.value(value))
        decoded = read(reader)
        assert decoded == value
        assert not reader
        if type.name == "datetimeoffset" and value is not None:
            assert decoded.utcoffset() == value.utcoffset()

    check()
