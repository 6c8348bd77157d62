"""The T-SQL parser, judged by Microsoft's own (ScriptDom, in the `maxdop` command)."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tds_embedded.errors import SqlServerError
from tds_embedded.tsql import ast
from tds_embedded.tsql.lexer import RESERVED
from tds_embedded.tsql.parse import parse
from tds_embedded.types import MAX, SqlType

HERE = Path(__file__).parent
# Statements on which both must agree, and those that ScriptDom reads but SQL Server (or this
# server, which lacks GOTO and methods: 40517) refuses.
AGREED = (HERE / "grammar.sql").read_text(encoding="utf-8").strip().split("\nGO\n")
STRICTER = (HERE / "grammar_stricter.sql").read_text(encoding="utf-8").strip().split("\nGO\n")
REFUSED = re.compile(r"(\d+)\.sql: could not be parsed")


def refused_by_scriptdom(statements: list[str], version: str, folder: Path) -> set[int]:
    """Return the indexes of the statements that ScriptDom's parser of `version` refuses."""
    paths = [folder / f"{index:05}.sql" for index in range(len(statements))]
    for path, statement in zip(paths, statements, strict=True):
        path.write_text(statement, encoding="utf-8")
    listing = folder / "files"
    listing.write_text("\n".join(map(str, paths)), encoding="utf-8")
    maxdop = Path(sys.executable).with_name("maxdop")
    judged = subprocess.run(
        [maxdop, "--check", "--parser-version", version, "--files-from", listing],
        capture_output=True,
        text=True,
        check=False,
    )
    return {int(match.group(1)) for match in REFUSED.finditer(judged.stderr)}


def accepts(sql: str, product: str = "2022") -> bool:
    try:
        parse(sql, product=product)
    except SqlServerError:
        return False
    return True


def expression(sql: str) -> ast.Expression:
    (select,) = parse(f"SELECT {sql}")
    assert isinstance(select, ast.Select)
    body = select.query.body
    assert isinstance(body, ast.QuerySpecification)
    (item,) = body.select
    assert isinstance(item, ast.SelectItem)
    return item.expression


def condition(sql: str) -> ast.Predicate | None:
    (delete,) = parse(f"DELETE FROM t WHERE {sql}")
    assert isinstance(delete, ast.Delete)
    return delete.where


def number_and_message(sql: str, product: str = "2022") -> tuple[int, str]:
    with pytest.raises(SqlServerError) as caught:
        parse(sql, product=product)
    return caught.value.number, caught.value.message


@pytest.mark.parametrize("version", ["2022", "2025"])
def test_accepts_the_same_statements_as_scriptdom(version: str, tmp_path: Path) -> None:
    refused = refused_by_scriptdom(AGREED, version, tmp_path)
    assert len(refused) > 100  # the corpus contains wrong statements, and ScriptDom has run
    differences = [
        statement
        for index, statement in enumerate(AGREED)
        if accepts(statement, version) == (index in refused)
    ]
    assert differences == []


def test_is_stricter_where_sql_server_is(tmp_path: Path) -> None:
    assert refused_by_scriptdom(STRICTER, "2022", tmp_path) == set()
    assert [statement for statement in STRICTER if accepts(statement)] == []


@pytest.mark.parametrize(
    ("sql", "number", "word"),
    [
        ("SELECT a FROM t ORDER BY a LIMIT 1", 102, "LIMIT"),
        ("SELECT a > 1 FROM t", 102, ">"),
        ("SELECT a::int FROM t", 102, "::"),
        ("SELECT * FORM t", 102, "FORM"),
        ("SELECT a FROM t GROUP a", 102, "a"),
        ("SELECT FROM t", 156, "FROM"),
        ("SELECT EXISTS (SELECT 1)", 156, "EXISTS"),
        ("SELECT 'a' WHERE 'b' 'c'", 4145, "c"),
        ("SELECT a FROM t WHERE (", 102, "("),
        ("SELECT a FROM t WHERE a", 4145, "a"),
        ("SELECT a FROM t WHERE a AND b = 1", 4145, "AND"),
        ("SELECT IIF(a, 1, 2)", 4145, ","),
        ("SELECT 'it''s open", 105, "it's open"),
        ("SELECT 1; CREATE VIEW v AS SELECT 1 AS a", 111, "CREATE VIEW"),
        ("SELECT DATEADD(fortnight, 1, a)", 155, "fortnight"),
        ("SET FOO ON", 195, "FOO"),
        ("SELECT * FROM t WITH (FOO)", 321, "FOO"),
        ("SELECT CAST(1 AS varchar(9000))", 131, "9000"),
        ("SELECT CAST(1 AS decimal(39))", 2750, "39"),
        ("BREAK", 135, "BREAK"),
        ("MERGE t USING u ON 1 = 1 WHEN MATCHED THEN DELETE", 10713, "MERGE"),
        ("PRINT 1 WITH x AS (SELECT 1 AS a) SELECT a FROM x", 319, "with"),
    ],
)
def test_names_the_word_it_stopped_at(sql: str, number: int, word: str) -> None:
    raised, message = number_and_message(sql)
    assert raised == number
    assert re.search(rf"['\" (]{re.escape(word)}['\" ).]", message)


@pytest.mark.parametrize(
    "sql",
    [
        "OPEN c",
        "FETCH NEXT FROM c INTO @a",
        "CLOSE c",
        "DEALLOCATE c",
        "DECLARE c CURSOR FOR SELECT 1",
        "DECLARE @c CURSOR",
        "SET @c = CURSOR FOR SELECT 1",
        "GOTO l",
        "l: SELECT 1",
        "REVERT",
        "RECONFIGURE",
        "BULK INSERT t FROM 'x'",
        "EXECUTE AS USER = 'u'",
        "BEGIN DISTRIBUTED TRANSACTION",
        "CREATE FULLTEXT CATALOG c",
        "CREATE RULE r AS @x > 1",
        "ALTER AUTHORIZATION ON t TO dbo",
        "DROP PARTITION FUNCTION f",
        "CREATE TRIGGER r ON DATABASE FOR CREATE_TABLE AS SELECT 1",
        "DISABLE TRIGGER ALL ON DATABASE",
        "ALTER TABLE t ENABLE CHANGE_TRACKING",
        "CREATE TABLE t (a varchar(9) MASKED WITH (FUNCTION = 'default()'))",
        "CREATE TABLE t (a datetime2 GENERATED ALWAYS AS ROW START)",
        "CREATE TABLE t (a int, PERIOD FOR SYSTEM_TIME (b, c))",
        "CREATE TABLE t (a int) AS NODE",
        "SELECT * FROM t PIVOT (SUM(a) FOR b IN ([1])) p",
        "SELECT * FROM t UNPIVOT (v FOR k IN (a, b)) p",
        "SELECT * FROM t TABLESAMPLE (10 PERCENT)",
        "SELECT * FROM OPENQUERY(s, 'SELECT 1')",
        "SELECT 1 FROM t WHERE CONTAINS(a, 'x')",
        "SELECT CAST('<a/>' AS xml).value('(/a)[1]', 'int')",
        "UPDATE t SET a.WRITE(N'x', 0, 1)",
        "SELECT 1 AS a FOR BROWSE",
        "SELECT {fn CURDATE()}",
    ],
)
def test_what_only_sql_server_reads_is_refused_as_unsupported(sql: str) -> None:
    with pytest.raises(SqlServerError) as raised:
        parse(sql)
    assert raised.value.number == 40517


def test_an_error_carries_its_line() -> None:
    with pytest.raises(SqlServerError) as caught:
        parse("SELECT 1\n\nSELECT *\nFORM t")
    assert caught.value.line == 4


@pytest.mark.parametrize(
    ("sql", "first"),
    [
        ("SELECT a || b FROM t", "2025"),
        ("SELECT a FROM t WHERE a IS DISTINCT FROM b", "2022"),
        ("SELECT SUM(a) OVER w FROM t WINDOW w AS (ORDER BY b)", "2022"),
        ("SELECT 1 << 2", "2022"),
        ("SELECT JSON_OBJECT('a': 1)", "2022"),
        ("SELECT TRIM('x' FROM a) FROM t", "2017"),
        ("SELECT a FROM t WHERE REGEXP_LIKE(a, 'x')", "2025"),
        ("SELECT CURRENT_DATE", "2025"),
    ],
)
def test_a_product_lacks_what_came_later(sql: str, first: str) -> None:
    products = ["2016", "2017", "2019", "2022", "2025"]
    known = products.index(first)
    assert not accepts(sql, products[known - 1])
    assert accepts(sql, first)
    assert accepts(sql, "azure")


def test_precedence_of_operators() -> None:
    assert expression("1 + 2 * 3") == ast.Binary(
        "+", ast.IntegerLiteral(1), ast.Binary("*", ast.IntegerLiteral(2), ast.IntegerLiteral(3))
    )
    assert expression("1 - 2 & 3") == ast.Binary(
        "&", ast.Binary("-", ast.IntegerLiteral(1), ast.IntegerLiteral(2)), ast.IntegerLiteral(3)
    )
    a, b, c = (ast.IsNull(ast.ColumnReference((name,))) for name in "abc")
    assert condition("a IS NULL OR b IS NULL AND NOT c IS NULL") == ast.Or(
        (a, ast.And((b, ast.Not(c))))
    )


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("N'x'", ast.StringLiteral("x", national=True)),
        ("'it''s'", ast.StringLiteral("it's")),
        ("0xABC", ast.BinaryLiteral(b"\x0a\xbc")),
        ("1.50", ast.DecimalLiteral("1.50")),
        ("1e3", ast.FloatLiteral("1e3")),
        ("$1.5", ast.MoneyLiteral("1.5")),
        ("@@rowcount", ast.GlobalVariable("@@ROWCOUNT")),
        ('[a]]b]."c"', ast.ColumnReference(("a]b", "c"))),
        ("CAST(1 AS nvarchar)", ast.Cast(ast.IntegerLiteral(1), SqlType("nvarchar", length=30))),
        (
            "CAST(1 AS varbinary(max))",
            ast.Cast(ast.IntegerLiteral(1), SqlType("varbinary", length=MAX)),
        ),
        (
            "DATEPART(yy, a)",
            ast.FunctionCall(
                ast.ObjectName(("DATEPART",)), (ast.DatePart("year"), ast.ColumnReference(("a",)))
            ),
        ),
    ],
)
def test_expressions(sql: str, expected: ast.Expression) -> None:
    assert expression(sql) == expected


def test_a_declared_string_holds_one_character() -> None:
    (declare,) = parse("DECLARE @a nvarchar, @b decimal, @c datetime2(3), @d dbo.mine")
    assert isinstance(declare, ast.Declare)
    assert [declaration.type for declaration in declare.declarations] == [
        SqlType("nvarchar", length=1),
        SqlType("decimal", precision=18, scale=0),
        SqlType("datetime2", scale=3),
        ast.ObjectName(("dbo", "mine")),
    ]


def test_statements_need_no_semicolons() -> None:
    kinds = [type(statement) for statement in parse("DECLARE @a int SET @a = 1 SELECT @a DELETE t")]
    assert kinds == [ast.Declare, ast.SetVariable, ast.Select, ast.Delete]


def test_quoted_identifiers_off_makes_strings() -> None:
    (off,) = parse('SELECT "a"', quoted_identifiers=False)
    (string,) = parse("SELECT 'a'")
    assert off == string


def test_a_password_stays_out_of_the_repr() -> None:
    assert "hunter2" not in repr(parse("CREATE LOGIN l WITH PASSWORD = 'hunter2'"))


words = st.sampled_from(sorted(RESERVED) + list("()=,.;*+-<>'[]{}@#$\"") + ["a", "@b", "1", "'c'"])


@given(st.lists(words, max_size=30).map(" ".join))
def test_any_words_parse_or_raise_a_server_error(sql: str) -> None:
    accepts(sql)


@given(st.text(max_size=60))
def test_any_text_parses_or_raises_a_server_error(sql: str) -> None:
    accepts(sql)


@given(st.sampled_from(AGREED), st.data())
def test_any_cut_of_a_statement_parses_or_raises_a_server_error(
    sql: str, data: st.DataObject
) -> None:
    accepts(sql[: data.draw(st.integers(0, len(sql)))])


def test_nesting_too_deep_is_an_error() -> None:
    assert number_and_message("SELECT " + "(" * 5000 + "1" + ")" * 5000)[0] == 191


@pytest.mark.parametrize(
    "repeated",
    ["SELECT 1;", "(", "SELECT (", "'' + ", "/*", "a.", "1 + ", "''", "[", "CASE ", "SELECT 1 -"],
)
def test_work_is_linear(repeated: str) -> None:
    def calls(times: int) -> int:
        sql = "SELECT " + repeated * times
        count = 0

        def note(frame: object, event: str, argument: object) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        sys.setprofile(note)
        try:
            accepts(sql)
        finally:
            sys.setprofile(None)
        return count

    # Quadratic work would be 256 times as much for 16 times the text.
    assert calls(16_000) < 20 * calls(1_000)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM t PIVOT (SUM(a) FOR b IN ([1], [2])) p",
        "SELECT * FROM t UNPIVOT (a FOR b IN (c, d)) p",
        "SELECT * FROM t TABLESAMPLE (10 PERCENT)",
        "SELECT * FROM OPENROWSET(BULK 'file', SINGLE_CLOB) AS file",
        "SELECT a FROM t WHERE CONTAINS(a, 'word')",
        "SELECT a FROM t GROUP BY ALL a",
        "SELECT CAST('<a/>' AS xml).value('(/a)[1]', 'int')",
        "SELECT hierarchyid::GetRoot()",
        "DECLARE c CURSOR FOR SELECT a FROM t",
        "FETCH NEXT FROM c",
        "GOTO done",
        "done: SELECT 1",
    ],
)
def test_unsupported_syntax_is_not_called_wrong(sql: str) -> None:
    with pytest.raises(SqlServerError) as raised:
        parse(sql)
    assert raised.value.number == 40517
