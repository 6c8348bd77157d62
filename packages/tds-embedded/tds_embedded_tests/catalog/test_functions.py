"""Built-in functions at their edges: NULL, emptiness, boundaries, examples of the documentation."""

from __future__ import annotations

import datetime
import hashlib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tds_embedded.null_characters import STAND_IN, inward
from tds_embedded.server import Server
from tds_embedded_tests.conftest import Database

ANSWERS: list[tuple[str, Any]] = [
    # conversions: "CAST and CONVERT"
    ("TRY_CAST(1000 AS decimal(3, 1))", None),
    ("TRY_CAST('12.5' AS decimal(3, 1))", Decimal("12.5")),
    ("TRY_CONVERT(datetime2, '31/12/2020', 103)", datetime.datetime(2020, 12, 31)),
    ("TRY_CONVERT(int, '')", 0),
    ("CAST('TRUE' AS bit)", True),
    ("CAST('$1,234.5' AS money)", Decimal("1234.5")),
    ("CAST(1.0e0 / 3 AS varchar(20))", "0.333333"),
    ("CAST(123456789e0 AS varchar(20))", "1.23457e+008"),
    ("CAST(CAST(2.5 AS money) AS varchar(20))", "2.50"),
    ("CAST(CAST(2.5 AS money) AS int)", 3),
    ("CAST(0x0000FFFF AS int)", 65535),
    ("CAST(CAST(258 AS bigint) AS binary(3))", b"\x00\x01\x02"),
    ("CAST(CAST(258 AS bigint) AS varbinary(1))", b"\x02"),
    ("CAST(CAST(258 AS smallint) AS binary(4))", b"\x00\x00\x01\x02"),
    ("CAST(CAST(258 AS smallint) AS varbinary(4))", b"\x01\x02"),
    ("CAST(-1 AS varbinary(4))", b"\xff\xff\xff\xff"),
    ("CAST(N'é' AS varbinary(4))", b"\xe9\x00"),
    ("CAST('é' AS varbinary(4))", b"\xe9"),
    ("CONVERT(varchar(30), CAST('2020-01-05T15:04:00' AS datetime), 100)", "Jan  5 2020  3:04PM"),
    ("CONVERT(varchar(30), CAST('2020-01-05T15:04:05.123' AS datetime2(3)), 126)",
     "2020-01-05T15:04:05.123"),
    ("CONVERT(varchar(30), CAST('2020-01-05' AS date), 3)", "05/01/20"),
    ("CONVERT(varbinary(4), '0xdead', 1)", b"\xde\xad"),
    # strings: "String functions"
    ("LEN('')", 0),
    ("LEN(NULL)", None),
    ("LEN(N'😀')", 2),
    ("DATALENGTH(N'a ')", 4),
    ("DATALENGTH(CAST(1 AS bigint))", 8),
    ("CHARINDEX('', 'abc')", 0),
    ("CHARINDEX('c', 'abcabc', 4)", 6),
    ("CHARINDEX('A' COLLATE Latin1_General_CS_AS, 'ba')", 0),
    ("SUBSTRING('abc', 0, 2)", "a"),
    ("SUBSTRING('abc', 5, 2)", ""),
    ("STUFF('abc', 0, 1, 'x')", None),
    ("STUFF('abc', 2, 1, NULL)", "ac"),
    ("REPLACE('a.b', '.', NULL)", None),
    ("REPLACE('a\\b', '\\', '/')", "a/b"),
    ("REPLICATE('a', -1)", None),
    ("STR(123.456, 6, 1)", " 123.5"),
    ("STR(123456, 3)", "***"),
    ("TRANSLATE('2*[3+4]', '[]', '()')", "2*(3+4)"),
    ("SOUNDEX('Smith') + SOUNDEX('Smythe')", "S530S530"),
    ("PATINDEX('%[^a-c]%', 'abcx')", 4),
    ("PATINDEX('b%', 'abc')", 0),
    ("STRING_ESCAPE(N'a\"/' + NCHAR(10), 'json')", 'a\\"\\/\\n'),
    ("CASE WHEN 'a[b' LIKE 'a[[]b' AND 'a]' LIKE 'a]' AND 'x' NOT LIKE '[^w-z]' THEN 1 END", 1),
    ("CASE WHEN 'a%b' LIKE 'a!%b' ESCAPE '!' AND 'axb' NOT LIKE 'a!%b' ESCAPE '!' THEN 1 END", 1),
    ("CASE WHEN 'a\\b' LIKE 'a\\_' THEN 1 END", 1),
    ("CASE WHEN NULL LIKE 'a' OR 'a' LIKE NULL THEN 1 ELSE 0 END", 0),
    # dates: "Date and time data types and functions"
    ("DATEADD(month, -1, CAST('2020-03-31' AS datetime2))", datetime.datetime(2020, 2, 29)),
    ("DATEADD(nanosecond, 2049, CAST('2020-01-01' AS datetime2))",
     datetime.datetime(2020, 1, 1, microsecond=2)),
    ("CAST(CAST('2020-01-01T10:00:00' AS datetime2(0)) AS varchar(40))", "2020-01-01 10:00:00"),
    ("CAST(CAST('10:00' AS time(2)) AS varchar(40))", "10:00:00.00"),
    ("DATEDIFF(second, '2005-12-31T23:59:59.999999', '2006-01-01')", 1),
    ("DATEDIFF(week, '2005-12-31', '2006-01-01')", 1),
    ("DATEDIFF(quarter, '2005-12-31', '2006-01-01')", 1),
    ("DATEDIFF(hour, '1753-01-01T00:59:00', '1753-01-01T01:00:00')", 1),
    ("DATEDIFF(day, CAST('2020-01-01T23:30:00-01:00' AS datetimeoffset), '2020-01-02')", 0),
    ("DATEPART(week, '2007-04-21')", 16),
    ("DATEPART(tzoffset, CAST('2007-05-10 00:00:01 +05:10' AS datetimeoffset))", 310),
    ("DATEPART(nanosecond, CAST('00:00:01.123456' AS time))", 123456000),
    ("DATENAME(weekday, '2007-10-30')", "Tuesday"),
    ("EOMONTH('2020-01-31', 1)", datetime.date(2020, 2, 29)),
    ("DATETRUNC(iso_week, CAST('2021-01-03' AS date))", datetime.date(2020, 12, 28)),
    ("DATETRUNC(quarter, CAST('2021-05-03' AS date))", datetime.date(2021, 4, 1)),
    ("ISDATE('2020-02-30')", 0),
    ("DATETIME2FROMPARTS(2011, 8, 15, 14, 23, 44, 50, 2)",
     datetime.datetime(2011, 8, 15, 14, 23, 44, 500000)),
    ("CAST(CAST('2015-10-25T02:00:00' AS datetime2) AT TIME ZONE 'Central European Standard Time'"
     " AS varchar(40))", "2015-10-25 02:00:00.0000000 +02:00"),
    ("CAST(CAST('2015-03-29T02:01:00' AS datetime2) AT TIME ZONE 'Central European Standard Time'"
     " AS varchar(40))", "2015-03-29 03:01:00.0000000 +02:00"),
    # mathematics: "Mathematical functions"
    ("ROUND(748.58, -4)", Decimal("0.00")),
    ("ROUND(150.75, 0, 1)", Decimal("150.00")),
    ("POWER(2, -1)", 0),
    ("SQUARE(3)", 9.0),
    ("CASE WHEN RAND(7) = RAND(7) AND RAND() BETWEEN 0 AND 1 THEN 1 END", 1),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "expected"), ANSWERS)
def test_answers_of_the_documentation(database: Database, expression: str, expected: Any) -> None:
    assert database.value(f"SELECT {expression}") == expected


@pytest.mark.parametrize(
    ("number", "expression"),
    [
        (220, "CAST(300 AS tinyint)"),
        (235, "CAST('1.2.3' AS money)"),
        (241, "CAST('2020-02-30' AS date)"),
        (242, "CAST(CAST('1600-01-01' AS datetime2) AS datetime)"),
        (281, "CONVERT(varchar(30), GETDATE(), 99)"),
        (289, "DATEFROMPARTS(2020, 2, 30)"),
        (506, "CASE WHEN 'a' LIKE 'a' ESCAPE 'xx' THEN 1 END"),
        (517, "DATEADD(day, 1, CAST('9999-12-31' AS date))"),
        (535, "DATEDIFF(second, '1900-01-01', '2100-01-01')"),
        (536, "LEFT('abc', -1)"),
        (536, "SUBSTRING('abc', 1, -1)"),
        (537, "SUBSTRING('abc', 1, LEN('') - 1)"),
        (3623, "SQRT(-1)"),
        (232, "POWER(2, 40)"),
        (8134, "1 / 0"),
        (9820, "GETDATE() AT TIME ZONE 'Europe/Berlin'"),
        (9828, "TRANSLATE('a', 'ab', 'x')"),
    ],
)
def test_refused_values(database: Database, number: int, expression: str) -> None:
    assert database.error(f"SELECT {expression}")[0] == number


def test_an_error_waits_for_the_row_that_earns_it(database: Database) -> None:
    """A constant argument next to a column must not fail while the query is planned."""
    sql = "SELECT CASE WHEN n > 0 THEN LEFT('abc', n) END FROM (VALUES (-1), (2)) v (n) ORDER BY n"
    assert database.rows(sql) == [(None,), ("ab",)]


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        ("SUM(i)", 6),
        ("AVG(i)", 1),
        ("AVG(d)", Decimal("1.666666")),
        ("AVG(DISTINCT i)", 1),
        ("MAX(s)", "b"),
        ("MIN(s)", "A"),
        ("COUNT(DISTINCT s)", 2),
        ("COUNT_BIG(*)", 5),
        ("STRING_AGG(s, ',') WITHIN GROUP (ORDER BY i, s)", "a,A,b"),
        ("VARP(i)", 0.1875),
    ],
)
def test_aggregates(database: Database, aggregate: str, expected: Any) -> None:
    rows = "(1, 1.0, 'a'), (1, 2, 'A'), (2, 2, 'b'), (2, NULL, NULL), (NULL, NULL, NULL)"
    found = database.value(f"SELECT {aggregate} FROM (VALUES {rows}) v (i, d, s)")
    assert found == (expected if aggregate != "VARP(i)" else 0.25)


def test_a_sum_beyond_int(database: Database) -> None:
    rows = "(VALUES (2000000000), (2000000000)) v (n)"
    assert database.error(f"SELECT SUM(n) FROM {rows}")[0] == 8115
    assert database.value(f"SELECT SUM(CAST(n AS bigint)) FROM {rows}") == 4_000_000_000


@pytest.fixture(scope="module")
def scalar(server: Server) -> Any:
    """Evaluates a PostgreSQL expression of the prelude, far quicker than through a driver."""
    with server.postgres.connect("master") as connection:

        def evaluate(sql: str, *values: Any) -> Any:
            found = connection.execute(f"SELECT {sql}".encode(), values).fetchone()
            return None if found is None else found[0]

        yield evaluate


TEXT = st.text(st.characters(exclude_characters=STAND_IN, exclude_categories=["Cs"]), max_size=40)


@settings(max_examples=100)
@given(text=TEXT)
@example("😀é")
@example("\0a\0\0😀")
def test_utf16_is_pythons(scalar: Any, text: str) -> None:
    kept, data = inward(text), text.encode("utf-16-le")
    assert scalar("tsql.to_utf16(%s)", kept) == data
    assert scalar("tsql.from_utf16(%s)", data) == kept
    assert scalar("tsql.utf16_length(%s)", kept) == len(data) // 2


@settings(max_examples=100)
@given(text=TEXT)
@example("\0a\0\0😀")
def test_utf8_is_pythons(scalar: Any, text: str) -> None:
    kept, data = inward(text), text.encode()
    assert scalar("tsql.encoded(%s, 'UTF8')", kept) == data
    assert scalar("tsql.decoded(%s, 'UTF8')", data) == kept


@settings(max_examples=60)
@given(message=st.binary(max_size=300))
@example(b"x" * 55)
@example(b"x" * 56)
@example(b"x" * 64)
def test_sha1_is_pythons(scalar: Any, message: bytes) -> None:
    assert scalar("tsql.sha1(%s)", message) == hashlib.sha1(message).digest()


@settings(max_examples=150)
@given(value=TEXT, quote=st.sampled_from("%_[]^\\!"))
@example("\0", "%")
def test_an_escaped_pattern_matches_itself_alone(scalar: Any, value: str, quote: str) -> None:
    value = inward(value)
    pattern = "".join("!" + each if each in "%_[!" else each for each in value)
    like = "tsql.\"like\"(%s::tsql.nvarchar_cs, %s::tsql.nvarchar_cs, '!'::tsql.nvarchar_cs)"
    assert scalar(like, value, pattern) is True
    assert scalar(like, value + quote, pattern) is False


@settings(max_examples=100)
@given(
    start=st.datetimes(datetime.datetime(1, 1, 1), datetime.datetime(9000, 1, 1)),
    days=st.integers(-300, 300_000),
)
def test_dateadd_and_datediff_undo_each_other(
    scalar: Any, start: datetime.datetime, days: int
) -> None:
    try:
        expected = start + datetime.timedelta(days=days)
    except OverflowError:
        return
    assert scalar("tsql.dateadd('day', %s, %s::timestamp)", days, start) == expected
    between = "tsql.datediff_big('microsecond', %s::timestamp, %s::timestamp)"
    assert scalar(between, start, expected) == days * 86_400_000_000
