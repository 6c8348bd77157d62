"""Aggregates, STRING_AGG and grouping: their arguments, their results, and their positions."""

from __future__ import annotations

from decimal import Decimal

from tests.facts.model import Fact, Step, batch

SKILL = "mirek/bitsql .claude/skills/t-sql/SKILL.md"
STRING_AGG = "mirek/bitsql harness/corpus/analytic/string-agg-checks.sql"
GROUPBY = "mirek/bitsql harness/corpus/query/aggregate-groupby.sql"
BASICS = "mirek/bitsql harness/corpus/query/aggregate-basics.sql"
ERRORS = "Microsoft, Database Engine events and errors, "
OUTER_REFERENCE = "https://www.itprotoday.com/sql-server/aggregates-with-an-outer-reference"
TRAPS = "mirek/bitsql docs/design/fidelity-traps.md"

TABLE = batch(
    "CREATE TABLE t (id int PRIMARY KEY, g int NULL, n int NULL, d decimal(6, 2) NULL,"
    " s nvarchar(9) NULL, v varchar(9) NULL, b bit NULL, l text NULL);"
    "INSERT t VALUES (1, 1, 10, 1.5, N'b', 'b', 1, 'x'), (2, 1, 25, 2.25, N'a', 'a', 0, 'y'),"
    " (3, 2, NULL, NULL, NULL, NULL, NULL, NULL)"
)


def of_table(sentence: str, source: str, *steps: Step, since: str = "2016") -> Fact:
    """Return a fact about the table t."""
    return Fact(sentence, source, [TABLE, *steps], since=since)


def refused(sentence: str, source: str, *pairs: tuple[str, object], since: str = "2016") -> Fact:
    """Return the fact that some queries of the table t end in errors."""
    steps = [batch(query, errors=[number]) for query, number in pairs]
    return of_table(sentence, source, *steps, since=since)


FACTS = [
    # --- STRING_AGG
    of_table(
        "STRING_AGG leaves NULL out and orders within the group",
        STRING_AGG,
        batch("SELECT STRING_AGG(s, ', ') WITHIN GROUP (ORDER BY s) FROM t", rows=[["a, b"]]),
        batch("SELECT STRING_AGG(s, ',') WITHIN GROUP (ORDER BY n DESC) FROM t", rows=[["a,b"]]),
        batch("SELECT STRING_AGG(s, ',') FROM t WHERE id > 3", rows=[[None]]),
        batch("SELECT STRING_AGG(n, N',') WITHIN GROUP (ORDER BY id) FROM t", rows=[["10,25"]]),
        since="2017",
    ),
    of_table(
        "The separator of STRING_AGG is a literal, a variable or NULL",
        STRING_AGG,
        batch(
            "DECLARE @s nvarchar(5) = N' | ';"
            "SELECT STRING_AGG(s, @s) WITHIN GROUP (ORDER BY id) FROM t",
            rows=[["b | a"]],
        ),
        batch("SELECT STRING_AGG(v, ',' + ';') WITHIN GROUP (ORDER BY id) FROM t", rows=[["b,;a"]]),
        batch("SELECT STRING_AGG(s, NULL) WITHIN GROUP (ORDER BY id) FROM t", rows=[["ba"]]),
        since="2017",
    ),
    refused(
        "STRING_AGG refuses another separator",
        STRING_AGG,
        ("SELECT STRING_AGG(s, s) FROM t", (8733, 1)),
        ("SELECT STRING_AGG(s, CAST(',' AS varchar(1))) FROM t", (8733, 1)),
        ("SELECT STRING_AGG(s, 1) FROM t", (8116, 1)),
        ("SELECT STRING_AGG(s, (SELECT ',')) FROM t", 130),
        since="2017",
    ),
    of_table(
        "STRING_AGG judges nvarchar for varchar first, then a separator that varies, then its type",
        "SqlServerSimulator, RefusalFidelityTests; distilled findings (batches/notes) for columns",
        batch("SELECT STRING_AGG(v, s) FROM t", errors=[(8116, 1)]),
        batch("SELECT STRING_AGG(v, UPPER(',')) FROM t", errors=[(8733, 1)]),
        batch("SELECT STRING_AGG(n, g) FROM t", errors=[(8733, 1)]),
        batch("SELECT STRING_AGG(v, 0x2C) FROM t", errors=[(8116, 1)]),
        batch("SELECT STRING_AGG(v, CHAR(44)) WITHIN GROUP (ORDER BY id) FROM t", rows=[["b,a"]]),
        since="2017",
    ),
    refused(
        "STRING_AGG refuses a separator of nvarchar for strings of varchar, and binary values",
        STRING_AGG,
        ("SELECT STRING_AGG(v, N',') FROM t", (8116, 1)),
        ("SELECT STRING_AGG(CAST(v AS varchar(max)), N',') FROM t", (8116, 1)),
        ("SELECT STRING_AGG(0x01, ',') FROM t", (8116, 1)),
        since="2017",
    ),
    refused(
        "STRING_AGG is no window function",
        STRING_AGG,
        ("SELECT STRING_AGG(s, ',') OVER () FROM t", (4113, 4)),
        (
            "SELECT STRING_AGG(s, ',') WITHIN GROUP (ORDER BY s) OVER (PARTITION BY g) FROM t",
            (4113, 4),
        ),
        since="2017",
    ),
    Fact(
        "STRING_AGG has no DISTINCT",
        STRING_AGG,
        [TABLE, batch("SELECT STRING_AGG(DISTINCT s, ',') FROM t", errors=[102])],
        since="2017",
        bad_grammar=True,
    ),
    refused(
        "STRING_AGG does not go with ROLLUP and CUBE",
        STRING_AGG,
        ("SELECT g, STRING_AGG(s, ',') FROM t GROUP BY ROLLUP (g)", (8710, 1)),
        ("SELECT g, STRING_AGG(s, ',') FROM t GROUP BY CUBE (g)", (8710, 1)),
        since="2017",
    ),
    of_table(
        "STRING_AGG orders by a constant that is no literal",
        STRING_AGG,
        batch(
            "SELECT STRING_AGG(v, ',') WITHIN GROUP (ORDER BY CAST(1 AS int)) FROM t WHERE id = 1",
            rows=[["b"]],
        ),
        batch("SELECT STRING_AGG(s, ',') WITHIN GROUP (ORDER BY 1) FROM t", errors=[(5308, 1)]),
        batch("SELECT STRING_AGG(s, ',') WITHIN GROUP (ORDER BY (SELECT 1)) FROM t", errors=[130]),
        since="2017",
    ),
    of_table(
        "STRING_AGG gives no more than 8,000 bytes unless its strings are (max)",
        STRING_AGG,
        batch(
            "SELECT STRING_AGG(CAST(REPLICATE('a', 4000) AS varchar(8000)), ',') FROM t",
            errors=[(9829, 0)],
        ),
        batch(
            "SELECT STRING_AGG(CAST(REPLICATE(N'a', 2000) AS nvarchar(4000)), N',') FROM t",
            errors=[(9829, 1)],
        ),
        batch(
            "SELECT LEN(STRING_AGG(CAST(REPLICATE('a', 4000) AS varchar(max)), ',')) FROM t",
            rows=[[12002]],
        ),
        since="2017",
    ),
    of_table(
        "One query has one order of its ordered aggregates",
        "mirek/bitsql harness/corpus/query/string-agg.sql",
        batch(
            "SELECT STRING_AGG(s, ',') WITHIN GROUP (ORDER BY s),"
            " STRING_AGG(s, ',') WITHIN GROUP (ORDER BY s DESC) FROM t",
            errors=[8711],
        ),
        batch(
            "SELECT STRING_AGG(n, ','), STRING_AGG(s, ',') WITHIN GROUP (ORDER BY s) FROM t",
            rows=[["25,10", "a,b"]],
        ),
        since="2017",
    ),
    # --- Types
    of_table(
        "SUM and AVG of int are int, of decimal are decimal with 38 digits",
        SKILL,
        batch(
            "SELECT SUM(n), AVG(n), SUM(d), AVG(d) FROM t",
            rows=[[35, 17, Decimal("3.75"), Decimal("1.875000")]],
        ),
        batch("SELECT SUM(n) AS a, AVG(d) AS b, COUNT_BIG(*) AS c INTO made FROM t"),
        batch(
            "SELECT TYPE_NAME(system_type_id), precision, scale FROM sys.columns"
            " WHERE object_id = OBJECT_ID('made') ORDER BY column_id",
            rows=[["int", 10, 0], ["decimal", 38, 6], ["bigint", 19, 0]],
        ),
    ),
    of_table(
        "SUM of int overflows where it leaves int",
        SKILL,
        batch("SELECT SUM(x) FROM (VALUES (2147483647), (1)) AS v (x)", errors=[8115]),
        batch(
            "SELECT SUM(CAST(x AS bigint)) FROM (VALUES (2147483647), (1)) AS v (x)",
            rows=[[2147483648]],
        ),
    ),
    refused(
        "Aggregates refuse types that they cannot add or compare",
        SKILL,
        ("SELECT SUM(s) FROM t", 8117),
        ("SELECT SUM(b) FROM t", 8117),
        ("SELECT AVG(b) FROM t", 8117),
        ("SELECT MIN(b) FROM t", 8117),
        ("SELECT MAX(l) FROM t", 8117),
        ("SELECT COUNT(DISTINCT l) FROM t", 8117),
        ("SELECT SUM(NULL) FROM t", 8117),
    ),
    of_table(
        "Aggregates leave NULL out, and of no rows are NULL, but COUNT is 0",
        BASICS,
        batch("SELECT COUNT(n), COUNT(*), MIN(n), MAX(s) FROM t", rows=[[2, 3, 10, "b"]]),
        batch(
            "SELECT COUNT(n), COUNT(*), SUM(n), MAX(s) FROM t WHERE id > 9",
            rows=[[0, 0, None, None]],
        ),
        batch("SELECT COUNT(DISTINCT g), SUM(DISTINCT g) FROM t", rows=[[2, 3]]),
    ),
    # --- Positions
    refused(
        "An aggregate contains neither an aggregate nor a subquery",
        SKILL,
        ("SELECT SUM(SUM(n)) FROM t", 130),
        ("SELECT SUM((SELECT 1)) FROM t", 130),
        ("SELECT MAX(CASE WHEN EXISTS (SELECT 1) THEN 1 END) FROM t", 130),
    ),
    refused(
        "An aggregate stands neither in WHERE nor in GROUP BY",
        SKILL,
        ("SELECT id FROM t WHERE SUM(n) > 1", 147),
        ("SELECT g FROM t GROUP BY COUNT(*)", 144),
        ("SELECT g FROM t GROUP BY (SELECT 1)", 144),
    ),
    refused(
        "A column outside aggregates is one of those grouped by",
        GROUPBY,
        ("SELECT g, n FROM t GROUP BY g", 8120),
        ("SELECT n, COUNT(*) FROM t", 8120),
        ("SELECT * FROM t GROUP BY g", 8120),
        ("SELECT g FROM t GROUP BY g HAVING n > 1", 8121),
        ("SELECT g FROM t GROUP BY g ORDER BY n", 8127),
    ),
    of_table(
        "An aggregate with a column of an outer query has no other column",
        ERRORS + "8124",
        batch("SELECT (SELECT SUM(b.n + a.n) FROM t b) FROM t a", errors=[8124]),
        batch("SELECT (SELECT SUM(a.n + a.g) FROM t b) FROM t a", errors=[8124]),
        batch("SELECT s FROM t a CROSS APPLY (SELECT SUM(a.n * b.n) s FROM t b) h", errors=[8124]),
        batch(
            "SELECT g FROM t a GROUP BY g HAVING EXISTS (SELECT 1 FROM t b WHERE b.n = MAX(a.n))",
            rows=[[1]],
        ),
    ),
    refused(
        "Grouping by the columns does not let an aggregate mix the levels",
        ERRORS + "8124",
        (
            "SELECT (SELECT TOP 1 COUNT(CASE WHEN b.n = a.n THEN b.id END) FROM t b"
            " GROUP BY b.id, b.n) FROM t a",
            (8124, 1),
        ),
        ("SELECT n, (SELECT SUM(b.n + a.n) FROM t b) FROM t a GROUP BY n", 8124),
        ("SELECT (SELECT MAX(b.n + a.n) FROM t b GROUP BY b.g) FROM t a GROUP BY a.n + 0, n", 8124),
        ("SELECT (SELECT 1 FROM t b GROUP BY b.n HAVING SUM(b.n - a.n) > 0) FROM t a", 8124),
    ),
    of_table(
        "An outer value that a FROM clause computes is a column of that query",
        OUTER_REFERENCE,
        batch(
            "SELECT (SELECT SUM(b.n + h.c) FROM t b CROSS APPLY (VALUES (a.n)) h (c))"
            " FROM t a ORDER BY a.id",
            rows=[[55], [85], [None]],
        ),
        batch(
            "SELECT (SELECT SUM(h.c) FROM t b CROSS APPLY (VALUES (a.n * b.id)) h (c))"
            " FROM t a WHERE a.n > 0 ORDER BY a.id",
            rows=[[60], [150]],
        ),
    ),
    of_table(
        "An aggregate of an outer column alone is computed by the outer query",
        OUTER_REFERENCE,
        batch("SELECT (SELECT MAX(a.n) - MIN(b.n) FROM t b) FROM t a", rows=[[15]]),
        batch("SELECT (SELECT SUM(a.n)) FROM t a", rows=[[35]]),
        batch("SELECT a.id, (SELECT SUM(a.n) FROM t b) FROM t a", errors=[8120]),
    ),
    refused(
        "An outer column is aggregated where its query may have an aggregate",
        ERRORS + "147, 4101",
        ("SELECT id FROM t a WHERE (SELECT SUM(a.n) FROM t b) > 1", 147),
        ("SELECT h.s FROM t a CROSS APPLY (SELECT SUM(a.n) s FROM t b) h", (4101, 1)),
    ),
    refused(
        "GROUP BY takes no constants and no types without an order",
        GROUPBY,
        ("SELECT COUNT(*) FROM t GROUP BY 1", 164),
        ("SELECT COUNT(*) FROM t GROUP BY 'x'", 164),
        ("SELECT COUNT(*) FROM t GROUP BY l", 306),
    ),
    # --- Grouping
    of_table(
        "GROUP BY makes one group of the NULLs, and may be by an expression",
        GROUPBY,
        batch(
            "SELECT n % 2, COUNT(*) FROM t GROUP BY n % 2 ORDER BY n % 2",
            rows=[[None, 1], [0, 1], [1, 1]],
        ),
        batch("SELECT g + 1, COUNT(*) FROM t GROUP BY g ORDER BY 1", rows=[[2, 2], [3, 1]]),
    ),
    of_table(
        "HAVING without GROUP BY judges the whole",
        GROUPBY,
        batch("SELECT COUNT(*) FROM t HAVING COUNT(*) > 100", rows=[]),
        batch("SELECT COUNT(*) FROM t HAVING COUNT(*) > 1", rows=[[3]]),
    ),
    of_table(
        "ROLLUP adds a total, which GROUPING tells",
        SKILL,
        batch(
            "SELECT g, COUNT(*), GROUPING(g) FROM t GROUP BY ROLLUP (g) ORDER BY GROUPING(g), g",
            rows=[[1, 2, 0], [2, 1, 0], [None, 3, 1]],
        ),
        batch("SELECT GROUPING(n) FROM t GROUP BY g", errors=[8161]),
    ),
    of_table(
        "Grouping sets of no rows have no total",
        TRAPS,
        batch("SELECT COUNT(*) FROM t WHERE id > 9 GROUP BY ()", rows=[]),
        batch("SELECT g, COUNT(*) FROM t WHERE id > 9 GROUP BY ROLLUP (g)", rows=[]),
        batch("SELECT COUNT(*) FROM t GROUP BY ()", rows=[[3]]),
    ),
    of_table(
        "DISTINCT looks at the groups' results",
        GROUPBY,
        batch("SELECT DISTINCT COUNT(*) FROM t GROUP BY id", rows=[[1]]),
    ),
]
