"""U+0000 in strings: everywhere a character like others, although PostgreSQL cannot store it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tds_embedded import null_characters
from tds_embedded.server import Server
from tds_embedded_tests.conftest import Database

REFUSED = 59998
TEXT = st.text(
    st.characters(exclude_characters=null_characters.STAND_IN, exclude_categories=["Cs"]),
    max_size=40,
)


@pytest.fixture(scope="module", autouse=True)
def table(database: Database) -> None:
    database.run(
        "CREATE TABLE held (id int IDENTITY PRIMARY KEY, wide nvarchar(20), narrow varchar(20),"
        " fixed nchar(4), utf8 varchar(40) COLLATE Latin1_General_100_CI_AS_SC_UTF8,"
        " long nvarchar(max))"
    )


@pytest.mark.parametrize("text", ["\0", "a\0b", "\0\0é", "é\0", "\0 x"])
def test_columns_keep_it(database: Database, text: str) -> None:
    database.run(
        "INSERT INTO held (wide, narrow, fixed, utf8, long) VALUES (?, ?, ?, ?, ?)", *[text] * 5
    )
    query = "SELECT wide, narrow, fixed, utf8, long FROM held WHERE id = @@IDENTITY"
    assert database.rows(query) == [(text, text, text.ljust(4), text, text)]
    query = "SELECT COUNT(*) FROM held WHERE wide = ? AND narrow = ? AND fixed = ?"
    assert database.value(query, text, text, text) == 1


@settings(max_examples=100)
@given(text=TEXT)
@example("\0")
def test_a_parameter_comes_back(database: Database, text: str) -> None:
    kept = (text, text.encode("utf-16-le"))
    assert database.rows("SELECT ?, CAST(? AS varbinary(max))", text, text) == [kept]


def test_many_rows_beside_bytes_that_look_alike(database: Database) -> None:
    mark = null_characters.STAND_IN_IN_UTF16
    numbers = ", ".join(f"({number})" for number in range(300))
    query = f"SELECT n, ?, ?, CAST(N'é' AS varchar(9)) + ? FROM (VALUES {numbers}) v (n)"
    rows = database.rows(query, "a\0b", mark, "\0")
    assert rows == [(number, "a\0b", mark, "é\0") for number in range(300)]
    across = "\ud041\u00fd"
    assert mark in across.encode("utf-16-le")
    assert database.value("SELECT ?", across) == across


def test_literals(database: Database) -> None:
    assert database.value("SELECT N'a\0b'") == "a\0b"
    assert database.value("SELECT 'é\0b'") == "é\0b"
    assert database.value("SELECT LEN('a\0b') AS [c\0d]") == 3
    assert database.value("SELECT CAST(N'ж\0' AS varchar(9))") == "?\0"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("CHAR(0)", "\0"),
        ("NCHAR(0)", "\0"),
        ("N'a' + NCHAR(0) + N'b'", "a\0b"),
        ("UNICODE(NCHAR(0))", 0),
        ("UNICODE(N'')", None),
        ("ASCII(CHAR(0))", 0),
        ("LEN(N'a' + NCHAR(0))", 2),
        ("DATALENGTH(N'a' + NCHAR(0))", 4),
        ("DATALENGTH('a' + CHAR(0))", 2),
        ("DATALENGTH(CAST(N'a' + NCHAR(0) AS varchar(9)) "
         "COLLATE Latin1_General_100_CI_AS_SC_UTF8)", 2),
        ("CAST(N'a' + NCHAR(0) AS varbinary(9))", b"a\0\0\0"),
        ("CAST('é' + CHAR(0) AS varbinary(9))", b"\xe9\0"),
        ("CAST(0x610000006200 AS nvarchar(9))", "a\0b"),
        ("CAST(0x006100 AS varchar(9))", "\0a\0"),
        ("CAST(0xA00B00 AS varchar(9))", "\xa0\x0b\0"),
        ("CONVERT(varchar(9), 0x00, 0)", "\0"),
        ("CONVERT(varbinary(9), 'a' + CHAR(0), 0)", b"a\0"),
        ("CAST(N'ж' + NCHAR(0) AS varchar(9))", "?\0"),
        ("CAST(N'a' + NCHAR(0) AS sql_variant)", "a\0"),
        ("HASHBYTES('MD5', 'a' + CHAR(0))", hashlib.md5(b"a\0").digest()),
        ("HASHBYTES('MD5', N'a' + NCHAR(0))", hashlib.md5(b"a\0\0\0").digest()),
        ("REVERSE(N'a' + NCHAR(0))", "\0a"),
        ("SUBSTRING(N'a' + NCHAR(0) + N'b', 2, 2)", "\0b"),
        ("CASE WHEN N'a' + NCHAR(0) LIKE N'a_' THEN 1 END", 1),
        ("STRING_ESCAPE(NCHAR(0) + N'\"', 'json')", '\\u0000\\"'),
    ],
)  # fmt: skip
def test_functions(database: Database, expression: str, expected: Any) -> None:
    assert database.value(f"SELECT {expression}") == expected


def test_messages_and_names(database: Database) -> None:
    database.run("CREATE TABLE once (name nvarchar(9) CONSTRAINT uq_once UNIQUE)")
    database.run("INSERT INTO once VALUES (?)", "a\0b")
    number, text = database.error("INSERT INTO once VALUES (?)", "a\0b")
    assert number == 2627
    assert null_characters.STAND_IN not in text
    number, text = database.error("DECLARE @m nvarchar(9) = N'a' + NCHAR(0); THROW 50001, @m, 1")
    assert number == 50001
    assert null_characters.STAND_IN not in text


def test_output_parameters(database: Database) -> None:
    batch = "DECLARE @t nvarchar(9); EXEC sp_executesql N'SET @o = @i + NCHAR(0)',"
    batch += " N'@i nvarchar(9), @o nvarchar(9) OUTPUT', @i = ?, @o = @t OUTPUT; SELECT @t"
    assert database.value(batch, "\0a") == "\0a\0"


DOCUMENT = json.dumps({"a\0": "\0b\\u0000", "\\": {"k\0": ["\0\0", "\\\\u0000", "\\\0"]}})


def test_documents(database: Database) -> None:
    def value(sql: str, *parameters: Any) -> Any:
        return database.value(f"SELECT {sql}", DOCUMENT, *parameters)

    assert value("ISJSON(?)") == 1
    assert database.value("SELECT ISJSON(?)", '["\0"]') == 0
    assert value("JSON_VALUE(?, '$.\"a\\u0000\"')") == "\0b\\u0000"
    assert value("JSON_VALUE(?, ?)", '$."a\0"') == "\0b\\u0000"
    inside = value("JSON_QUERY(?, '$.\"\\\\\"')")
    assert inside == '{"k\\u0000": ["\\u0000\\u0000", "\\\\\\\\u0000", "\\\\\\u0000"]}'
    assert json.loads(value("JSON_MODIFY(?, '$.new', ?)", "\0n")) == {
        **json.loads(DOCUMENT),
        "new": "\0n",
    }
    assert database.rows("SELECT [key], value, type FROM OPENJSON(?)", DOCUMENT) == [
        ("a\0", "\0b\\u0000", 1),
        ("\\", inside, 5),
    ]
    found = "SELECT value FROM OPENJSON(?) WHERE [key] = ?"
    assert database.rows(found, DOCUMENT, "a\0") == [("\0b\\u0000",)]
    assert database.rows(found, DOCUMENT, "a") == []


def test_columns_of_documents(database: Database) -> None:
    query = "SELECT * FROM OPENJSON(?) WITH (t nvarchar(9), o nvarchar(max) AS JSON)"
    document = json.dumps([{"t": "\0", "o": {"\0": 1}}])
    assert database.rows(query, document) == [("\0", '{"\\u0000": 1}')]
    assert database.rows("SELECT v FROM OPENJSON(?) WITH (v nvarchar(9) '$')", '["\\u0000"]') == [
        ("\0",)
    ]
    assert database.value("SELECT ? AS [a] FOR JSON PATH", "\0") == '[{"a":"\\u0000"}]'
    assert database.value("SELECT JSON_OBJECT('k': ?)", "\0") == '{"k":"\\u0000"}'


@settings(max_examples=100)
@given(key=TEXT, text=TEXT)
@example("\0", "\\\0\\u0000")
def test_a_text_comes_out_of_a_document(database: Database, key: str, text: str) -> None:
    document = json.dumps({key: text})
    assert database.rows("SELECT [key], value FROM OPENJSON(?)", document) == [(key, text)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT NCHAR(64976)",
        "SELECT CAST(0xD0FD AS nvarchar(9))",
        "SELECT TRY_CAST(0xD0FD AS nvarchar(9))",
        "INSERT INTO held (utf8) VALUES (0xEFB790)",
        "SELECT N'\ufdd0'",
        "SELECT JSON_VALUE(N'{\"a\": \"\\uFDD0\"}', '$.a')",
    ],
)
def test_the_character_that_stands_for_it_is_refused(database: Database, sql: str) -> None:
    assert database.error(sql)[0] == REFUSED
    assert database.value("SELECT 1") == 1


def test_the_character_that_stands_for_it_is_refused_as_a_parameter(database: Database) -> None:
    number, text = database.error("SELECT ?", null_characters.STAND_IN)
    assert number == REFUSED
    assert "U+FDD0" in text


def test_an_escaped_backslash_is_no_escape_of_it(database: Database) -> None:
    document = '{"a": "\\\\ufdd0"}'
    assert database.value("SELECT JSON_VALUE(?, '$.a')", document) == "\\ufdd0"


def test_the_recorder_keeps_what_was_sent(database: Database, server: Server) -> None:
    with server.recorder.capture() as capture:
        database.value("SELECT N'a\0b'")
    assert "SELECT N'a\0b'" in capture.texts


def test_python_and_postgresql_agree_on_the_character(server: Server) -> None:
    with server.postgres.connect("master") as connection:
        assert connection.execute("SELECT tsql.nul()").fetchone() == (null_characters.STAND_IN,)
