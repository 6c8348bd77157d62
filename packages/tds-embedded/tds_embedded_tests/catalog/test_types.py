"""Data types through tables: values go in and come back, compare and index as on SQL Server."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tds_embedded.catalog import types
from tds_embedded.server import Server
from tds_embedded.types import MAX, SqlType
from tds_embedded_tests.conftest import Database

OFFSET = datetime.timezone(-datetime.timedelta(hours=5, minutes=30))

UUID = "6F9619FF-8B86-D011-B42D-00C04FC964FF"
VALUES: list[tuple[str, str, Any]] = [
    ("bit", "5", True),
    ("tinyint", "255", 255),
    ("smallint", "-32768", -32768),
    ("int", "2147483647", 2147483647),
    ("bigint", "-9223372036854775808", -9223372036854775808),
    ("decimal(10, 2)", "1.235", Decimal("1.24")),
    ("decimal(38, 0)", "99999999999999999999999999999999999999", Decimal("9" * 38)),
    ("money", "1.23456", Decimal("1.2346")),
    ("smallmoney", "-214748.3648", Decimal("-214748.3648")),
    ("float", "1e100", 1e100),
    ("real", "1.5", 1.5),
    ("int", "2.7", 2),
    ("int", "-2.7", -2),
    ("date", "'0001-01-01'", datetime.date(1, 1, 1)),
    ("time(3)", "'23:59:59.123456'", datetime.time(23, 59, 59, 123000)),
    ("datetime", "'2020-01-01T00:00:00.005'", datetime.datetime(2020, 1, 1, 0, 0, 0, 7000)),
    ("datetime", "'2020-01-01T23:59:59.999'", datetime.datetime(2020, 1, 2)),
    ("smalldatetime", "'2020-01-01T10:00:29.998'", datetime.datetime(2020, 1, 1, 10)),
    ("smalldatetime", "'2020-01-01T10:00:29.999'", datetime.datetime(2020, 1, 1, 10, 1)),
    ("datetime2", "'9999-12-31T23:59:59.999999'", datetime.datetime.max),
    ("datetime2(0)", "'2020-01-01T10:00:00.5'", datetime.datetime(2020, 1, 1, 10, 0, 1)),
    ("uniqueidentifier", f"'{{{UUID.lower()}}}'", UUID),
    ("char(5)", "'ab'", "ab   "),
    ("nchar(3)", "N'é'", "é  "),
    ("varchar(5)", "N'aЖ'", "a?"),
    ("nvarchar(5)", "N'aЖ😀'", "aЖ😀"),
    ("nvarchar(max)", "REPLICATE(CAST(N'x' AS nvarchar(max)), 5000)", "x" * 5000),
    ("varbinary(4)", "0x0102", b"\x01\x02"),
    ("binary(4)", "0x0102", b"\x01\x02\x00\x00"),
    ("xml", "'<a/>'", "<a/>"),
]  # fmt: skip


@pytest.mark.parametrize(("type", "written", "expected"), VALUES)
def test_a_column_keeps_its_value(
    database: Database, type: str, written: str, expected: Any
) -> None:
    sql = f"CREATE TABLE #kept (v {type} NULL); INSERT INTO #kept VALUES ({written}), (NULL); "
    found = database.rows(sql + "SELECT v FROM #kept; DROP TABLE #kept")
    assert [str(v) if isinstance(v, uuid.UUID) else v for (v,) in found] == [expected, None]


@pytest.mark.parametrize(
    ("type", "written", "number"),
    [
        ("tinyint", "256", 220),
        ("smallint", "40000", 220),
        ("int", "3000000000", 8115),
        ("int", "'x'", 245),
        ("int", "'99999999999'", 248),
        ("decimal(3, 1)", "100", 8115),
        ("decimal(3, 1)", "'x'", 8114),
        ("float", "'x'", 8114),
        ("datetime2", "'2020-13-01'", 241),
        ("datetime", "CAST('1700-01-01' AS datetime2)", 242),
        ("date", "'x'", 241),
        ("uniqueidentifier", "'x'", 8169),
        ("nvarchar(3)", "N'abcd'", 2628),
        ("nvarchar(3)", "N'😀😀'", 2628),
        ("varchar(3) COLLATE Latin1_General_100_CI_AS_SC_UTF8", "N'éé'", 2628),
        ("varbinary(1)", "0x0102", 2628),
    ],
)
def test_a_column_refuses_what_does_not_fit(
    database: Database, type: str, written: str, number: int
) -> None:
    database.run(f"CREATE TABLE refusing (v {type})")
    try:
        assert database.error(f"INSERT INTO refusing VALUES ({written})")[0] == number
    finally:
        database.run("DROP TABLE refusing")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("N'Straße' = N'sTRASSE'", True),
        ("N'ÉCOLE' = N'école'", True),
        ("'a' COLLATE Latin1_General_CS_AS = 'A'", False),
        ("'a' COLLATE Latin1_General_BIN2 < 'B'", False),
        ("'a' < 'B'", True),
        ("CAST('a' AS char(10)) = 'a'", True),
        ("CAST(1 AS bit) = 1", True),
        ("CAST('2020-01-01 10:00 +02:00' AS datetimeoffset) = '2020-01-01T08:00:00Z'", True),
        ("CAST('2020-01-01 10:00 +02:00' AS datetimeoffset) > '2020-01-01T09:00:00Z'", False),
        ("CAST('2020-01-01' AS date) = CAST('2020-01-01' AS datetime2)", True),
        ("CAST('2020-01-01' AS datetime) < '2020-01-02'", True),
        ("N'10' = 10", True),
        ("'10' > 9", True),
        ("0x01 < 0x02", True),
        ("CAST(1.5 AS money) = 1.5", True),
    ],
)  # fmt: skip
def test_comparisons(database: Database, condition: str, holds: bool) -> None:
    assert database.value(f"SELECT CASE WHEN {condition} THEN 1 ELSE 0 END") == int(holds)


def test_an_offset_is_kept_while_the_instant_orders_and_is_unique(database: Database) -> None:
    database.run("CREATE TABLE instants (v datetimeoffset PRIMARY KEY)")
    instants = [
        datetime.datetime(2020, 6, 1, 12, 0, 0, 123456, tzinfo=OFFSET),
        datetime.datetime(2020, 6, 1, 12, 0, tzinfo=datetime.timezone.utc),
        datetime.datetime(1850, 1, 1, tzinfo=OFFSET),
    ]
    for instant in instants:
        # not as a parameter: pyodbc drops the offset of an aware datetime
        database.run(f"INSERT INTO instants VALUES ('{instant.isoformat()}')")
    same = instants[1].astimezone(OFFSET)
    assert database.error(f"INSERT INTO instants VALUES ('{same.isoformat()}')")[0] == 2627
    text = "SELECT CONVERT(nvarchar(40), v, 127) FROM instants ORDER BY v"
    assert [each for (each,) in database.rows(text)] == [
        "1850-01-01T05:30:00Z",
        "2020-06-01T12:00:00Z",
        "2020-06-01T17:30:00.1234560Z",
    ]
    shown = database.rows("SELECT CAST(v AS nvarchar(40)) FROM instants ORDER BY v DESC")
    assert shown[0] == ("2020-06-01 12:00:00.1234560 -05:30",)


def test_rowversion_moves_with_every_change(database: Database) -> None:
    database.run("CREATE TABLE versioned (id int PRIMARY KEY, v rowversion)")
    database.run("INSERT INTO versioned (id) VALUES (1), (2)")
    first = database.rows("SELECT v FROM versioned ORDER BY id")
    database.run("UPDATE versioned SET id = 3 WHERE id = 1")
    second = database.rows("SELECT v FROM versioned ORDER BY v")
    assert len({*first, *second}) == 3
    assert max(second) > max(first)


@settings(max_examples=60)
@given(value=st.datetimes(timezones=st.sampled_from([OFFSET, datetime.timezone.utc])))
def test_a_datetimeoffset_survives_both_of_its_forms(
    server: Server, value: datetime.datetime
) -> None:
    with server.postgres.connect("master") as connection:
        types.adapt_values(connection, types.type_names(connection))
        for binary in (False, True):
            cursor = connection.execute("SELECT %s::tsql.datetimeoffset", [value], binary=binary)
            found = cursor.fetchone()
            assert found is not None
            assert (found[0], found[0].utcoffset()) == (value, value.utcoffset())


SIZED = ["nvarchar", "varchar", "nchar", "char", "varbinary", "binary"]
COLLATIONS = [None, "SQL_Latin1_General_CP1_CS_AS"]


@given(
    type=st.one_of(
        st.builds(SqlType, st.sampled_from(SIZED[:4]), st.integers(1, 4000),
                  collation=st.sampled_from(COLLATIONS)),
        st.builds(SqlType, st.sampled_from(["varbinary", "nvarchar"]), st.just(MAX)),
        st.builds(SqlType, st.just("numeric"), precision=st.integers(10, 38),
                  scale=st.integers(0, 10)),
        st.builds(SqlType, st.sampled_from(["time", "datetime2", "datetimeoffset"]),
                  scale=st.integers(0, 7)),
        st.builds(SqlType, st.sampled_from(["int", "bigint", "bit", "date", "money", "json"])),
    )
)  # fmt: skip
@settings(max_examples=80)
def test_a_type_comes_back_from_postgres(server: Server, type: SqlType) -> None:
    with server.postgres.connect("master") as connection:
        names = types.type_names(connection)
        column = connection.execute(f"SELECT NULL::{types.to_postgres(type)}").pgresult
        assert column is not None
        assert types.from_postgres(column.ftype(0), column.fmod(0), names) == type
