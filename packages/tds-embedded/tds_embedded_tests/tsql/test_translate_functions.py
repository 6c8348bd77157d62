"""Expressions and functions, with the answers in SQL Server's documentation."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

import pytest

from tds_embedded.server import Server
from tds_embedded.tsql.translate.builtin_functions import FUNCTIONS
from tds_embedded_tests.conftest import Database

ANSWERS: list[tuple[str, Any]] = [
    # arithmetic
    ("7 / 2", 3),
    ("-7 / 2", -3),
    ("7 % 3", 1),
    ("7 / 2.0", Decimal("3.500000")),
    ("2.0 / 3", Decimal("0.666666")),
    ("1.25 * 2.5", Decimal("3.125")),
    ("CAST(1 AS float) / 3", 1 / 3),
    ("1e1 / 4", 2.5),
    ("1e + 2.5E-", 3.5),  # without digits the exponent is 0
    ("5 & 3", 1),
    ("5 | 3", 7),
    ("5 ^ 3", 6),
    ("~5", -6),
    ("'1' + 1", 2),
    ("'a' + NULL", None),
    ("N'a' + 'b'", "ab"),
    ("0x01 + 0x02", b"\x01\x02"),
    ("CAST('2020-01-01' AS datetime) + 1.5", datetime.datetime(2020, 1, 2, 12)),
    ("$1.5 * 2", Decimal("3.0000")),
    # CASE, COALESCE, ISNULL: types by precedence
    ("CASE 2 WHEN 1 THEN 'x' WHEN 2 THEN 'yy' END", "yy"),
    ("CASE WHEN 1 = 0 THEN 1.5 ELSE 2 END", Decimal("2.0")),
    ("IIF(1 > 0, 'yes', 'no')", "yes"),
    ("CHOOSE(2, 'a', 'b')", "b"),
    ("COALESCE(NULL, 1, 2.5)", Decimal("1.0")),
    ("ISNULL(CAST(NULL AS varchar(2)), 'abc')", "ab"),
    ("NULLIF(1, 1)", None),
    ("GREATEST(1, NULL, 3)", 3),
    ("LEAST('b', 'A')", "A"),
    # conversions
    ("CAST(1.9 AS int)", 1),
    ("CAST(1.55 AS decimal(5, 1))", Decimal("1.6")),
    ("CAST('abc' AS varchar(2))", "ab"),
    ("CAST(0x41 AS varchar(5))", "A"),
    ("TRY_CAST('x' AS int)", None),
    ("TRY_CONVERT(date, '2020-13-01')", None),
    ("CONVERT(varchar(10), CAST('2020-01-02' AS datetime2), 120)", "2020-01-02"),
    ("CONVERT(varchar(8), CAST('2020-01-02' AS date), 112)", "20200102"),
    ("CONVERT(varchar(4), 0x4142, 2)", "4142"),
    ("CAST('2020-01-01T10:00:00' AS datetime2(0))", datetime.datetime(2020, 1, 1, 10)),
    (
        "CAST('20200102 10:20:30.127' AS datetime)",
        datetime.datetime(2020, 1, 2, 10, 20, 30, 127000),
    ),
    # strings
    ("LEN(N'abc  ')", 3),
    ("DATALENGTH(N'abc')", 6),
    ("UPPER('aß')", "Aß"),
    ("LEFT('abc', 2) + RIGHT('abc', 1)", "abc"),
    ("SUBSTRING('abcdef', 2, 3)", "bcd"),
    ("CHARINDEX('B', 'abc')", 2),
    ("CHARINDEX('x', 'abc')", 0),
    ("REPLACE('aAb', 'a', 'x')", "xxb"),
    ("LTRIM('  x') + RTRIM('y  ') + TRIM(' z ')", "xyz"),
    ("REVERSE('abc')", "cba"),
    ("REPLICATE('ab', 2)", "abab"),
    ("STUFF('abcd', 2, 2, 'x')", "axd"),
    ("CONCAT('a', NULL, 1)", "a1"),
    ("CONCAT_WS('-', 'a', NULL, 1)", "a-1"),
    ("PATINDEX('%[0-9]%', 'ab1')", 3),
    ("QUOTENAME('a]b')", "[a]]b]"),
    ("NCHAR(65) + CHAR(66)", "AB"),
    ("UNICODE(N'€')", 8364),
    ("'€uro' + CAST(N'日' AS varchar(3))", "€uro?"),
    # mathematics
    ("ABS(-5.5)", Decimal("5.5")),
    ("ABS(CAST(-5 AS smallint))", 5),
    ("SIGN(CAST(-5000000000 AS bigint))", -1),
    ("CEILING(1.2)", Decimal("2")),
    ("FLOOR(-1.2)", Decimal("-2")),
    ("ROUND(123.456, 1)", Decimal("123.500")),
    ("ROUND(15, -1)", 20),
    ("SIGN(-2)", -1),
    ("POWER(2, 3)", 8),
    ("POWER(CAST(2 AS float), 0.5)", 2**0.5),
    ("LOG(8, 2)", 3.0),
    ("SQRT(16)", 4.0),
    # dates
    ("DATEDIFF(day, '2020-01-01T23:59:59', '2020-01-02')", 1),
    ("DATEDIFF(year, '2019-12-31', '2020-01-01')", 1),
    ("DATEDIFF_BIG(microsecond, '2020-01-01', '2020-01-02')", 86_400_000_000),
    ("DATEADD(month, 1, CAST('2020-01-31' AS date))", datetime.date(2020, 2, 29)),
    ("DATEPART(weekday, '2020-01-01')", 4),
    ("DATEPART(iso_week, '2021-01-03')", 53),
    ("DATENAME(month, '2020-05-01')", "May"),
    ("EOMONTH('2020-02-01')", datetime.date(2020, 2, 29)),
    ("DATEFROMPARTS(2020, 1, 2)", datetime.date(2020, 1, 2)),
    ("DATETRUNC(month, CAST('2020-05-17' AS datetime2))", datetime.datetime(2020, 5, 1)),
    (
        "CAST(CAST('2020-07-01T12:00:00' AS datetime2) AT TIME ZONE 'W. Europe Standard Time'"
        " AS varchar(40))",
        "2020-07-01 12:00:00.0000000 +02:00",
    ),
    (
        "CAST(SWITCHOFFSET(CAST('2020-01-01T12:00:00+02:00' AS datetimeoffset), '+00:00')"
        " AS varchar(40))",
        "2020-01-01 10:00:00.0000000 +00:00",
    ),
    (
        "CAST(CAST('2020-07-01T12:00:00' AS datetime2) AT TIME ZONE 'UTC'"
        " AT TIME ZONE 'W. Europe Standard Time' AS datetime2)",
        datetime.datetime(2020, 7, 1, 14),
    ),
    # JSON
    ("ISJSON('{}')", 1),
    ("ISJSON('5')", 0),
    ('JSON_VALUE(\'{"a":{"b":[1,"x"]}}\', \'$.a.b[1]\')', "x"),
    ("JSON_VALUE('{\"a\":[1]}', '$.a')", None),
    ("JSON_QUERY('{\"a\":[1, 2]}', '$.a')", "[1, 2]"),
    ("JSON_MODIFY('{\"a\":1,\"b\":[1]}', 'append $.b', 'x')", '{"a":1,"b":[1,"x"]}'),
    ("JSON_MODIFY('{\"a\":1}', '$.a', NULL)", "{}"),
    ("JSON_MODIFY('{}', '$.a', JSON_QUERY('[1]'))", '{"a":[1]}'),
    (
        "JSON_OBJECT('a': 1, 'b': NULL, 'c': JSON_ARRAY('x/y', NULL))",
        '{"a":1,"b":null,"c":["x\\/y"]}',
    ),
    # the rest
    ("LOWER(CONVERT(char(32), HASHBYTES('MD5', 'abc'), 2))", "900150983cd24fb0d6963f7d28e17f72"),
    ("CASE WHEN 'a' LIKE 'A' AND N'x_y' LIKE N'x\\_y' ESCAPE '\\' THEN 1 END", 1),
    ("LEN(NEWID())", 36),
    ("@@TRANCOUNT", 0),
    ("XACT_STATE()", 0),
]


@pytest.mark.parametrize(("expression", "expected"), ANSWERS)
def test_answers_worked_out_by_hand(database: Database, expression: str, expected: Any) -> None:
    assert database.value(f"SELECT {expression}") == expected


def test_openjson(database: Database) -> None:
    assert database.rows(
        'SELECT [key], value, type FROM OPENJSON(N\'{"a":1,"b":null,"c":[1],"d":true}\')'
    ) == [("a", "1", 2), ("b", None, 0), ("c", "[1]", 4), ("d", "true", 3)]
    assert database.rows(
        "SELECT id, n, o FROM OPENJSON(?) WITH (id int, n nvarchar(10) '$.x.y',"
        " o nvarchar(max) '$.x' AS JSON)",
        '[{"id": 1, "x": {"y": "z"}}, {"id": 2}]',
    ) == [(1, "z", '{"y": "z"}'), (2, None, None)]
    assert database.error("SELECT * FROM OPENJSON('{x')")[0] == 13609
    assert database.rows("SELECT v FROM OPENJSON(N'[1, \"2\", null, [3]]') WITH (v int '$')") == [
        (1,),
        (2,),
        (None,),
        (None,),
    ]


def test_a_string_out_of_openjson_has_the_collation_of_the_database(database: Database) -> None:
    table = "OPENJSON(N'[\"x\"]') WITH (v nvarchar(10) '$') AS j"
    assert database.value(f"SELECT COUNT(*) FROM {table} WHERE v = N'X'") == 1
    database.run("CREATE TABLE #k (w nvarchar(10) COLLATE Latin1_General_100_BIN2)")
    assert database.error(f"SELECT 1 FROM {table}, #k WHERE j.v = #k.w")[0] == 468
    database.run("DROP TABLE #k")


def test_a_parameter_larger_than_a_socket_takes_at_once(database: Database) -> None:
    text = json.dumps(list(range(200_000)))
    query = "SELECT COUNT(*) FROM OPENJSON(?) WITH (v int '$')"
    assert database.value(query, text) == 200_000


def test_for_json(database: Database) -> None:
    query = (
        "SELECT v.id AS [a.id], v.name AS [a.name], v.flag FROM"
        " (VALUES (1, N'x\"y', CAST(1 AS bit)), (2, NULL, NULL)) v (id, name, flag)"
        " ORDER BY v.id FOR JSON PATH{}"
    )
    assert database.value(query.format("")) == (
        '[{"a":{"id":1,"name":"x\\"y"},"flag":true},{"a":{"id":2}}]'
    )
    assert database.value(query.format(", ROOT('r'), INCLUDE_NULL_VALUES")).endswith(
        ',{"a":{"id":2,"name":null},"flag":null}]}'
    )


ERRORS = [
    (174, "SELECT LEN()"),
    (189, "SELECT CHARINDEX('a')"),
    (195, "SELECT NOW()"),
    (206, "SELECT CAST('2020-01-01' AS date) + 1"),
    (402, "SELECT CAST(1 AS bit) + CAST(1 AS bit)"),
    (402, "SELECT CAST(1 AS float) % 2"),
    (8117, "SELECT 'a' - 'b'"),
    (447, "SELECT 1 COLLATE Latin1_General_CI_AS"),
    (448, "SELECT 'a' COLLATE nocase"),
    (529, "SELECT CAST(CAST('2020-01-01' AS date) AS int)"),
    (4127, "SELECT COALESCE(NULL, NULL)"),
    (4151, "SELECT NULLIF(NULL, 1)"),
    (8116, "SELECT ASCII(CAST(1 AS sql_variant))"),
    (8117, "SELECT -CAST(1 AS bit)"),
    (40517, "SELECT FORMAT(1, 'd')"),
]


@pytest.mark.parametrize(("number", "sql"), ERRORS)
def test_refusals(database: Database, number: int, sql: str) -> None:
    assert database.error(sql)[0] == number


def test_functions_have_a_twin_in_postgresql(server: Server) -> None:
    """Every scalar function that is known by name exists in the prelude."""
    with server.postgres.connect("master") as connection:
        found = connection.execute(
            "SELECT DISTINCT proname::text FROM pg_catalog.pg_proc"
            " WHERE pronamespace = 'tsql'::regnamespace"
        )
        known = {name for (name,) in found}
    assert {name for name in FUNCTIONS if name.lower() not in known} == set()
