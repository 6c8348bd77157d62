from __future__ import annotations

from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssql.telemetry.sanitize import sanitize
from mssql.telemetry.summary import LONGEST, LONGEST_TEXT, of_procedure, summarize
from mssql.tsql import scanner
from tests.unit.tsql.test_scanner import HOSTILE


@pytest.mark.parametrize(
    ("sql", "summary"),
    [
        ("SELECT [a].[x], b.y FROM [a] INNER JOIN [b] ON a.i = b.i ORDER BY 1", "SELECT [a] [b]"),
        ("select * from wuser_table where username = 'x'", "select wuser_table"),
        ("SELECT * FROM songs, artists WHERE 1 = 1", "SELECT songs artists"),
        ("SELECT * FROM (SELECT * FROM o JOIN c ON 1 = 1) AS s", "SELECT SELECT o c"),
        ("INSERT INTO [t] ([a]) OUTPUT INSERTED.[id], INSERTED.[b] VALUES (?)", "INSERT [t]"),
        ("INSERT t SELECT a, b FROM u, v", "INSERT t SELECT u v"),
        ("INSERT INTO t DEFAULT VALUES", "INSERT t"),
        ("INSERT INTO t EXEC p 1", "INSERT t EXEC p"),
        ("UPDATE [t] SET [a] = 1, [b] = 2 WHERE [id] IN (1, 2)", "UPDATE [t]"),
        ("UPDATE TOP (5) t SET a = 1, b = 2 FROM t JOIN u ON 1 = 1, v", "UPDATE t t u v"),
        ("DELETE FROM [x] OUTPUT deleted.a, deleted.b WHERE [id] = 1", "DELETE [x]"),
        ("DELETE TOP (?) FROM x", "DELETE x"),
        (
            "MERGE INTO t WITH (HOLDLOCK) AS x USING (SELECT 1 FROM s) AS y ON a = b "
            "WHEN MATCHED THEN UPDATE SET a = 1 WHEN NOT MATCHED THEN INSERT (a) VALUES (1);",
            "MERGE t SELECT s",
        ),
        ("MERGE t USING s ON t.a = s.a WHEN MATCHED THEN DELETE;", "MERGE t s"),
        (
            "WITH c AS (SELECT * FROM t), [d] (x, y) AS (SELECT 1, 2 FROM u) "
            "SELECT * FROM c, [D], e",
            "SELECT t SELECT u SELECT e",
        ),
        ("SELECT 1 FROM t CROSS APPLY f(t.a, 1) AS x", "SELECT t f"),
        ("SELECT 1 FROM t OUTER APPLY (SELECT 1 FROM u) y", "SELECT t SELECT u"),
        ("SELECT * FROM (VALUES (1, 2), (3, 4)) AS v(a, b), w", "SELECT w"),
        ("SELECT * FROM (a JOIN b ON 1 = 1)", "SELECT a b"),
        ("SELECT * FROM t WITH (NOLOCK, INDEX(i)), u", "SELECT t u"),
        ("SELECT * INTO #t FROM db..x", "SELECT #t db..x"),
        ("SELECT TRIM('x' FROM name) FROM t WHERE a IS DISTINCT FROM b", "SELECT t"),
        ("SELECT a FROM t UNION ALL SELECT b FROM u", "SELECT t SELECT u"),
        ("SELECT (SELECT MAX(a) FROM u) AS m, b FROM t", "SELECT SELECT u t"),
        ("SELECT '/* '' FROM x */' FROM t", "SELECT t"),
        ("/* a /* SELECT b FROM c */ d */ SELECT 1 FROM t -- FROM x", "SELECT t"),
        ("EXEC @rc = dbo.p @a = 1", "EXEC dbo.p"),
        ("exec sp_executesql N'select 1'", "exec sp_executesql"),
        ("EXEC ('drop table x')", "EXEC"),
        ("EXEC @p @a = 1", "EXEC"),
        ("{CALL dbo.p (?, ?)}", "CALL dbo.p"),
        ("{call dbo.p}", "call dbo.p"),
        ("{? = CALL dbo.p (?)}", "CALL dbo.p"),
        ("execute @status = p", "execute p"),
        ("my_procedure", "EXECUTE my_procedure"),
        ("my_procedure -- all", "EXECUTE my_procedure"),
        ("my_procedure @a = 1", "EXECUTE my_procedure"),
        ("my_procedure N'a', 1", "EXECUTE my_procedure"),
        ("my_procedure; SELECT 1 FROM t", "SELECT t"),
        ("dbo.p t", "EXECUTE dbo.p"),
        ("[p] t", "EXECUTE [p]"),
        ("sp_help t", "EXECUTE sp_help"),
        ("FROBNICATE TABLE t", "FROBNICATE"),
        ("DISABLE TRIGGER [tr] ON [t]", "DISABLE TRIGGER [tr] [t]"),
        ("enable trigger a, b on t", "enable trigger a t"),
        ("RECEIVE TOP (1) * FROM q INTO @m", "RECEIVE q"),
        ("WAITFOR (RECEIVE message_body FROM dbo.q), TIMEOUT 5000", "RECEIVE dbo.q"),
        ("SEND ON CONVERSATION @h MESSAGE TYPE [m] (@body)", "SEND"),
        ("BEGIN DIALOG CONVERSATION @h FROM SERVICE [a] TO SERVICE 'b'", "BEGIN DIALOG"),
        ("END CONVERSATION @h", "END CONVERSATION"),
        ("GET CONVERSATION GROUP @g FROM q", "GET CONVERSATION q"),
        ("ADD SIGNATURE TO [p] BY CERTIFICATE c", "ADD SIGNATURE [p]"),
        ("COPY INTO dbo.t FROM 'https://a/b' WITH (FILE_TYPE = 'CSV')", "COPY dbo.t"),
        ("SETUSER 'x'", "SETUSER"),
        ("UPDATE STATISTICS [t] ([s]) WITH FULLSCAN", "UPDATE STATISTICS [t]"),
        ("BACKUP DATABASE [shop] TO DISK = 'secret'", "BACKUP DATABASE [shop]"),
        ("BACKUP LOG shop TO DISK = @path", "BACKUP LOG shop"),
        ("RESTORE DATABASE [a] FROM DISK = 'b' WITH MOVE 'c' TO 'd'", "RESTORE DATABASE [a]"),
        ("RESTORE FILELISTONLY FROM DISK = 'secret'", "RESTORE"),
        ("BULK INSERT dbo.t FROM 'secret' WITH (FORMAT = 'CSV')", "BULK INSERT dbo.t"),
        ("SELECT * FROM copy, add_ons, log", "SELECT copy add_ons log"),
        ("ALTER TABLE t ADD a int; ALTER TABLE t ENABLE TRIGGER x", "ALTER TABLE t ALTER TABLE t"),
        ("SELECT receive, copy, log(1) FROM send", "SELECT send"),
        (
            "DECLARE @returned TABLE ([id] bigint); INSERT INTO [b] ([t]) OUTPUT inserted.[id] "
            "INTO @returned VALUES (?); SELECT [id] FROM @returned",
            "INSERT [b]",
        ),
        ("SELECT a FROM @v", "SELECT"),
        ("DELETE FROM @v WHERE a IN (SELECT b FROM t)", "SELECT t"),
        ("SELECT * FROM @v AS v JOIN t ON v.a = t.a", "SELECT t"),
        ("MERGE t USING @v AS v ON 1 = 1 WHEN MATCHED THEN DELETE;", "MERGE t"),
        ("sp_help 'x'", "EXECUTE sp_help"),
        ("SET IDENTITY_INSERT [t] ON; INSERT t VALUES (1)", "SET IDENTITY_INSERT [t] INSERT t"),
        ("SET NOCOUNT ON INSERT t SELECT * FROM u", "SET NOCOUNT INSERT t SELECT u"),
        ("SET @x = 1", "SET"),
        ("SET TRANSACTION ISOLATION LEVEL SNAPSHOT", "SET TRANSACTION"),
        ("CREATE UNIQUE INDEX [ix] ON [t] ([a]) WHERE [b] IS NOT NULL", "CREATE INDEX [ix] [t]"),
        ("CREATE TABLE t (a int REFERENCES u (a) ON DELETE CASCADE)", "CREATE TABLE t"),
        ("CREATE OR ALTER VIEW v AS SELECT * FROM t", "CREATE VIEW v"),
        ("ALTER TABLE t DROP CONSTRAINT c", "ALTER TABLE t"),
        ("DROP TABLE IF EXISTS t", "DROP TABLE t"),
        ("CREATE LOGIN bob WITH PASSWORD = 'x'", "CREATE LOGIN bob"),
        ("GRANT SELECT ON t TO u", "GRANT"),
        ("TRUNCATE TABLE t", "TRUNCATE TABLE t"),
        ("BEGIN TRANSACTION", "BEGIN TRANSACTION"),
        ("SAVE TRANSACTION s140_x1", "SAVE TRANSACTION"),
        ("ROLLBACK TRANSACTION s140_x1", "ROLLBACK TRANSACTION"),
        ("IF @@TRANCOUNT > 0 COMMIT", "COMMIT"),
        ("USE [db]", "USE [db]"),
        ("DBCC CHECKIDENT ('t')", "DBCC CHECKIDENT"),
        ("DECLARE @x int", "DECLARE"),
        (
            "SELECT * FROM srv.db.dbo.t AS x, [srv].[db]..[u], @v",
            "SELECT srv.db.dbo.t [srv].[db]..[u]",
        ),
        (
            "SELECT [a].[x], [b].[y] INTO [#c] FROM [a], [b], [d e] WHERE [a].[x] IN "
            "([b].[y], [b].[z])",
            "SELECT [#c] [a] [b] [d e]",
        ),
        (
            "WITH [c] AS (SELECT [x], [y] FROM [t]) SELECT [x], [y] FROM [c], [u]",
            "SELECT [t] SELECT [u]",
        ),
        ("SELECT * FROM OPENJSON(?) WITH ([a] int, [b] int) AS j", "SELECT OPENJSON"),
        ("SELECT * FROM t PIVOT (SUM(a) FOR b IN ([x], [y])) AS p", "SELECT t"),
        (
            "SELECT a FROM t WHERE b IN (')', 'FROM secret') OPTION (RECOMPILE, MAXDOP 1)",
            "SELECT t",
        ),
        (
            "MERGE INTO [t] USING [s] ON 1 = 1 WHEN MATCHED THEN DELETE OUTPUT $action, "
            "deleted.[a];",
            "MERGE [t] [s]",
        ),
        ("DECLARE @t TABLE (a int); INSERT INTO @t SELECT a FROM u", "SELECT u"),
        ("DELETE FROM t WHERE CURRENT OF c", "DELETE t"),
        ("SELECT 1 FROM t WITH (FORCESEEK ([ix] ([a], [b]))), u", "SELECT t u"),
        ("SELECT * FROM [t", "SELECT"),
        ("'x'", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_summaries(sql: str, summary: str) -> None:
    assert summarize(sql).text == summary


def test_what_else_is_known() -> None:
    assert summarize("EXEC dbo.p 1").procedure == "dbo.p"
    assert summarize("EXEC dbo.p 1; SELECT 1").procedure is None
    assert of_procedure("dbo.p")[:3] == ("EXECUTE dbo.p", ("EXECUTE",), "dbo.p")
    assert summarize("SELECT * FROM #t").temporary
    assert summarize("SELECT 1; SELECT 2").several
    assert not summarize("SELECT 1;").several
    assert summarize("SELECT a INTO b FROM c").writes
    assert not summarize("SELECT a FROM c").writes


def test_the_longest_summary_does_not_cut_a_name() -> None:
    names = [f"table_{n:04}" for n in range(60)]
    text = summarize(f"SELECT * FROM {', '.join(names)}").text
    words = text.split()
    assert LONGEST - 11 <= len(text) <= LONGEST
    assert words == ["SELECT", *names[: len(words) - 1]]


def test_of_a_text_that_is_too_long_the_last_word_is_not_believed() -> None:
    filler = "/*" + "x" * (LONGEST_TEXT - 30) + "*/"
    assert summarize(f"SELECT 1 FROM a,{filler} a_very_long_name").text == "SELECT a"


@given(HOSTILE | st.text())
def test_never_raises_and_is_never_too_long(sql: str) -> None:
    assert len(summarize(sql).text) <= LONGEST


SECRET = "s3cr3t"
WORDS = """
SELECT INSERT INTO UPDATE DELETE MERGE USING FROM JOIN APPLY WHERE IN ( ) , ; = EXEC SET WITH AS t
[t] dbo.[t] @v #t TOP VALUES CREATE TABLE INDEX ON ALTER USE DBCC {CALL BEGIN TRAN SAVE UNION LIKE
ESCAPE + - * CASE THEN ELSE END "q" [a]]b] 'it''s' N'' OPTION x. .y ?
"""
FRAGMENTS = st.sampled_from(WORDS.split())
AROUND = st.text(alphabet='ab ?[]()"-*/,;.\n', max_size=8)
# The literals and comments of T-SQL, each with the secret inside.
LITERALS = st.one_of(
    st.tuples(st.sampled_from(("'", "N'")), AROUND, AROUND).map(
        lambda parts: f"{parts[0]}{parts[1]}''{SECRET}{parts[2]}'"
    ),
    st.sampled_from((f"/* '{SECRET} /* {SECRET} */ {SECRET} */", f"-- '{SECRET}\n")),
)
STATEMENTS = st.tuples(
    st.lists(FRAGMENTS | LITERALS, max_size=25), st.sampled_from((" ", "\n", "/**/"))
).map(lambda parts: parts[1].join(parts[0]))


@given(STATEMENTS)
def test_no_literal_gets_into_a_summary(sql: str) -> None:
    assert SECRET not in summarize(sql).text


@given(STATEMENTS)
def test_no_literal_is_left_in_a_sanitized_text(sql: str) -> None:
    assert SECRET not in sanitize(sql)


@given(STATEMENTS, st.integers(min_value=0, max_value=300))
def test_nor_if_the_text_is_cut(sql: str, length: int) -> None:
    assert SECRET not in sanitize(sql[:length])


@given(
    st.sampled_from(("731942", "7.31942", ".731942", "731942e5", "0x731942", "$731942", "-731942")),
    FRAGMENTS,
    FRAGMENTS,
)
def test_no_number_is_left_in_a_sanitized_text(number: str, before: str, after: str) -> None:
    sql = f"{before} {number} {after}"
    assert "31942" not in sanitize(sql)
    assert "31942" not in summarize(sql).text


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("SELECT 'a''b', N'c', 0x1F, -1.5e3 FROM t1", "SELECT ?, ?, ?, -? FROM t1"),
        ("WHERE x IN (1, 2,3) AND y in('a','b')", "WHERE x IN (?) AND y in(?)"),
        ("x IN (')', 'b')", "x IN (?)"),
        ("VALUES (1, 'a'), (2, 'b'),(3, 'c')", "VALUES (?, ?)"),
        ("SELECT  a /* x */ , b -- y", "SELECT a , b"),
        ("f(1, 2), g()", "f(?, ?), g()"),
        ("WHERE a = 'open", "WHERE a = ?"),
        ("WHERE a = [open", "WHERE a = ?"),
        ('WHERE "a" = "open', 'WHERE "a" = ?'),
        ("SELECT 0xAB\\\nCD", "SELECT ?"),
        ("SELECT $1,234.50, -£5, €1.5e3", "SELECT $?,?, -£?, €?"),
        ("SELECT {d '2024-01-01'}, {guid'6F96'}, 1e5, 5., .5", "SELECT {d ?}, {guid?}, ?, ?, ?"),
        ("WHERE [a].[x1] = 5 AND t2.c3 = N'O''Brien'", "WHERE [a].[x1] = ? AND t2.c3 = ?"),
        ("SELECT [a], [b]]'c'], 'd' FROM [e", "SELECT [a], [b]]'c'], ? FROM ?"),
        ("/* 'a' /* 'b' */ 'c' */ x = 'd' -- 'e'", "x = ?"),
        ("SELECT 1e--'a'\n, 2e+5, 1e", "SELECT ? , ?, ?"),
        ("SAVE TRANSACTION s140237389765504_x1", "SAVE TRANSACTION ?"),
        ("save  tran [s 1]; ROLLBACK TRANSACTION\ns140_x1", "save tran ?; ROLLBACK TRANSACTION ?"),
        ("ROLLBACK TRANSACTION", "ROLLBACK TRANSACTION"),
        ("IF @@TRANCOUNT > 0 ROLLBACK TRAN SELECT 1", "IF @@TRANCOUNT > ? ROLLBACK TRAN SELECT ?"),
        (
            "ROLLBACK TRANSACTION IF 1 = 1 SAVE TRAN @s",
            "ROLLBACK TRANSACTION IF ? = ? SAVE TRAN @s",
        ),
        ("SELECT tran FROM tran_log", "SELECT tran FROM tran_log"),
    ],
)
def test_sanitized_texts(sql: str, text: str) -> None:
    assert sanitize(sql) == text


def test_no_literal_is_left_behind_the_longest_summary() -> None:
    names = ", ".join(f"[table_{number}]" for number in range(60))
    sql = f"SELECT 1 FROM {names} WHERE a = '{SECRET}' AND b IN ('){SECRET}', N'{SECRET}')"
    assert SECRET not in sanitize(sql)
    assert SECRET not in summarize(sql).text


# (beginning, repeated text, end)
HOSTILE_SHAPES = [
    *(("", unit, "") for unit in ("[", "'", '"', "/*", "--", "[a], ", "[a].", "[a]]", "(?,", "N'")),
    *(("", unit, "") for unit in ("IN (", "a.", "a . ", "(?),", "1e-", "a", ".", "@", "$", '""')),
    *(
        ("SELECT * FROM ", unit, end)
        for unit in ("a", "a.", "a..", "[a].")
        for end in (".[x", '."')
    ),
    ("SELECT * FROM [", "]]", "."),
    ('SELECT * FROM "', '""', "."),
    ("SELECT * FROM t WHERE a IN (", "?, ", "x"),
]


@pytest.mark.parametrize(("start", "unit", "end"), HOSTILE_SHAPES)
def test_the_work_for_a_text_is_in_proportion_to_its_length(
    start: str, unit: str, end: str
) -> None:
    def seconds(length: int) -> float:
        text = start + unit * (length // len(unit)) + end
        began = thread_time()
        sanitize(text)
        summarize(text)
        # Here the whole text is read, not only its beginning.
        summarize("", scanner.pieces(text))
        scanner.is_whole(text)
        scanner.with_named_parameters(text)
        return thread_time() - began

    few = min(seconds(10_000) for _ in range(3))
    # A hundred times the length; anything worse than linear would be ten thousand times the work.
    assert seconds(1_000_000) < 1_000 * few


@pytest.mark.parametrize("sql", ["SELECT * FROM " + "a" * 60 + ".[x", "a" * 60 + '."'])
def test_a_name_that_does_not_end_is_read_at_once(sql: str) -> None:
    # Minutes at 30 letters once, and twice as many with each more.
    assert "x" not in sanitize(sql)
    assert "x" not in summarize(sql).text
