"""Queries: TOP and FETCH, ORDER BY, set operations, derived tables, CTEs, subqueries and CASE."""

from __future__ import annotations

from tests.facts.model import Fact, Step, batch

TOP = "mirek/bitsql docs/reference/batch-checks.md"
FETCH = "mirek/bitsql harness/corpus/query/top-fetch-bigint.sql"
SETS = "mirek/bitsql harness/corpus/query/set-operations.sql"
CTE = "mirek/bitsql harness/corpus/query/unused-cte.sql"
SKILL = "mirek/bitsql .claude/skills/t-sql/SKILL.md"
DERIVED = "mirek/bitsql harness/corpus/query/derived-cte-apply.sql"

TABLE = batch(
    "CREATE TABLE t (id int PRIMARY KEY, n int NULL, s nvarchar(9) NULL, l ntext NULL);"
    "INSERT t VALUES (1, 10, N'b', N'x'), (2, 20, N'a', N'y'), (3, 20, NULL, NULL)"
)


def of_table(sentence: str, source: str, *steps: Step, bad_grammar: bool = False) -> Fact:
    """Return a fact about the table t."""
    return Fact(sentence, source, [TABLE, *steps], bad_grammar=bad_grammar)


def refused(
    sentence: str, source: str, *pairs: tuple[str, object], bad_grammar: bool = False
) -> Fact:
    """Return the fact that some queries of the table t end in errors."""
    steps = [batch(query, errors=[number]) for query, number in pairs]
    return of_table(sentence, source, *steps, bad_grammar=bad_grammar)


FACTS = [
    # --- TOP, OFFSET, FETCH
    refused(
        "TOP takes a written number of rows only if it is an integer and not negative",
        TOP,
        ("SELECT TOP (NULL) id FROM t", 1060),
        ("SELECT TOP (1.5) id FROM t", 1060),
        ("SELECT TOP (2.0) id FROM t", 1060),
        ("SELECT TOP ('2') id FROM t", 1060),
        ("SELECT TOP (CAST(2 AS float)) id FROM t", 1060),
        ("SELECT TOP (-1) id FROM t", 127),
    ),
    refused(
        "TOP by a variable fails when the query runs",
        TOP,
        ("DECLARE @n int; SELECT TOP (@n) id FROM t", 1014),
        ("DECLARE @n int = -1; SELECT TOP (@n) id FROM t", 127),
        ("DECLARE @n int; SELECT TOP (@n) id FROM t; SELECT 1", 1014),
        ("DECLARE @n decimal(5, 0) = 1; SELECT TOP (@n) id FROM t", 1060),
    ),
    refused(
        "TOP takes from 0 to 100 percent",
        TOP,
        ("SELECT TOP (101) PERCENT id FROM t", 1031),
        ("SELECT TOP (-1) PERCENT id FROM t", 1031),
        ("SELECT TOP (NULL) PERCENT id FROM t", 1014),
        bad_grammar=True,
    ),
    of_table(
        "TOP takes numbers beyond int, percents and ties",
        FETCH,
        batch("SELECT TOP (2147483648) id FROM t ORDER BY id", rows=[[1], [2], [3]]),
        batch("SELECT TOP (9223372036854775808) id FROM t", errors=[(8115, 2)], rows=[]),
        batch("SELECT TOP (0) id FROM t ORDER BY id", rows=[]),
        batch("SELECT TOP (40) PERCENT id FROM t ORDER BY id", rows=[[1], [2]]),
        batch(
            "SELECT TOP (2) WITH TIES id FROM t ORDER BY n", unordered=True, rows=[[1], [2], [3]]
        ),
        batch("SELECT TOP (2) WITH TIES id FROM t", errors=[1062]),
    ),
    of_table(
        "OFFSET and FETCH take integers, FETCH at least 1",
        FETCH,
        batch("SELECT id FROM t ORDER BY id OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY", rows=[[2]]),
        batch("SELECT id FROM t ORDER BY id OFFSET 5 ROWS", rows=[]),
        batch("SELECT id FROM t ORDER BY id OFFSET 0 ROWS FETCH NEXT 0 ROWS ONLY", errors=[10744]),
        batch("SELECT id FROM t ORDER BY id OFFSET -1 ROWS", errors=[10742]),
        batch(
            "DECLARE @n int = 0;SELECT id FROM t ORDER BY id OFFSET 0 ROWS FETCH NEXT @n ROWS ONLY",
            errors=[10744],
        ),
        batch("DECLARE @o int = -1; SELECT id FROM t ORDER BY id OFFSET @o ROWS", errors=[10742]),
    ),
    refused(
        "OFFSET needs ORDER BY, and does not go with TOP",
        "mirek/bitsql .claude/skills/t-sql/SKILL.md",
        ("SELECT id FROM t OFFSET 1 ROWS", 102),
        ("SELECT TOP (1) id FROM t ORDER BY id OFFSET 1 ROWS", 10741),
        bad_grammar=True,
    ),
    # --- ORDER BY and DISTINCT
    refused(
        "ORDER BY takes neither constants nor a position beyond the columns",
        SKILL,
        ("SELECT id FROM t ORDER BY 'x'", 408),
        ("SELECT id FROM t ORDER BY 2", 108),
        ("SELECT id FROM t ORDER BY 0", 108),
        ("DECLARE @n int = 1; SELECT id FROM t ORDER BY @n", 1008),
    ),
    refused(
        "ORDER BY names a column once, and one that is not ambiguous",
        SKILL,
        ("SELECT id FROM t ORDER BY id, id", 169),
        ("SELECT id AS x, n AS x FROM t ORDER BY x", 209),
    ),
    refused(
        "DISTINCT orders by columns of the select list",
        SKILL,
        ("SELECT DISTINCT n FROM t ORDER BY id", 145),
        ("SELECT DISTINCT n FROM t ORDER BY n + 1", 145),
    ),
    refused(
        "ntext can be neither sorted nor told apart",
        "mirek/bitsql docs/reference/lob-types.md",
        ("SELECT id FROM t ORDER BY l", 306),
        ("SELECT DISTINCT l FROM t", 421),
        ("SELECT l FROM t UNION SELECT l FROM t", 5335),
        ("SELECT id FROM t WHERE l = N'x'", 402),
    ),
    of_table(
        "NULL is first in ascending order and last in descending",
        SKILL,
        batch("SELECT s FROM t ORDER BY s", rows=[[None], ["a"], ["b"]]),
        batch("SELECT s FROM t ORDER BY s DESC", rows=[["b"], ["a"], [None]]),
    ),
    # --- Set operations
    of_table(
        "Set operations count NULLs as equal and INTERSECT goes first",
        SETS,
        batch("SELECT n FROM t UNION SELECT NULL ORDER BY n", rows=[[None], [10], [20]]),
        batch("SELECT n FROM t EXCEPT SELECT 10 ORDER BY 1", rows=[[20]]),
        batch("SELECT 1 AS a UNION ALL SELECT 2 INTERSECT SELECT 2 ORDER BY a", rows=[[1], [2]]),
        batch("SELECT 1 AS a UNION SELECT 2 UNION ALL SELECT 1 ORDER BY a", rows=[[1], [1], [2]]),
    ),
    refused(
        "A set operation has as many columns on both sides",
        SETS,
        ("SELECT id FROM t UNION SELECT id, n FROM t", 205),
        ("SELECT id, n FROM t EXCEPT SELECT id FROM t", 205),
    ),
    refused(
        "A set operation is ordered by columns of its result",
        SETS,
        ("SELECT s FROM t UNION SELECT s FROM t ORDER BY id", 104),
        ("SELECT s FROM t UNION SELECT s FROM t ORDER BY s + N'x'", 104),
    ),
    of_table(
        "A set operation has the names of the first query, and the common type",
        SETS,
        batch(
            "SELECT n AS x FROM t WHERE id = 1 UNION ALL SELECT 2.5 ORDER BY x DESC",
            rows=[[10], [2.5]],
        ),
        batch("SELECT id FROM t WHERE id = 1 UNION ALL SELECT 'x'", errors=[245]),
    ),
    # --- Derived tables and CTEs
    refused(
        "A derived table has names for its columns, each once",
        DERIVED,
        ("SELECT * FROM (SELECT id, n AS id FROM t) AS d", 8156),
        ("SELECT * FROM (SELECT id, n FROM t) AS d (x)", 8158),
        ("SELECT * FROM (SELECT id FROM t) AS d (x, y)", 8159),
        ("SELECT 1 FROM (SELECT 1) AS d", 8155),
    ),
    of_table(
        "A derived table's names may stand after it",
        DERIVED,
        batch("SELECT d.x FROM (SELECT 1, 2) AS d (x, y)", rows=[[1]]),
        batch(
            "SELECT v.a FROM (VALUES (1, N'x'), (2, N'y')) AS v (a, b) WHERE v.b = N'y'", rows=[[2]]
        ),
    ),
    refused(
        "ORDER BY stands inside only with TOP or OFFSET",
        SKILL,
        ("SELECT * FROM (SELECT id FROM t ORDER BY id) AS d", 1033),
        ("WITH c AS (SELECT id FROM t ORDER BY id) SELECT * FROM c", 1033),
        bad_grammar=True,
    ),
    refused(
        "A WITH before constants alone is an error, and nothing of the batch runs",
        CTE,
        ("SELECT 1; WITH c AS (SELECT 1 AS a) SELECT 7", (422, 4)),
        ("DECLARE @k int; WITH c AS (SELECT 1 AS a) SELECT @k = 7", (422, 4)),
        ("DECLARE @k int = 3; WITH c AS (SELECT 1 AS a) SELECT @k + 1", (422, 4)),
    ),
    of_table(
        "A common table expression may go unused where something is read",
        CTE,
        batch("WITH c AS (SELECT 1 AS a) SELECT 7 WHERE 1 = 1", rows=[[7]]),
        batch("WITH c AS (SELECT 1 AS a) SELECT (SELECT 3)", rows=[[3]]),
        batch("WITH c AS (SELECT 1 AS a) SELECT 7 AS x ORDER BY x", rows=[[7]]),
        batch("WITH c AS (SELECT 1 AS a) SELECT TOP (1) 7", rows=[[7]]),
        batch("WITH c AS (SELECT 1 AS a) SELECT DISTINCT 7", rows=[[7]]),
        batch("WITH c AS (SELECT 1 AS a) SELECT COUNT(*)", rows=[[1]]),
        batch("WITH c AS (SELECT 1 AS a) SELECT 7 UNION ALL SELECT 8", rows=[[7], [8]]),
        batch("WITH c AS (SELECT 1 AS a), d AS (SELECT 2 AS b) SELECT a FROM c", rows=[[1]]),
    ),
    of_table(
        "A recursive common table expression goes on from its last rows",
        SKILL,
        batch(
            "WITH c AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM c WHERE a < 4)"
            " SELECT a FROM c ORDER BY a",
            rows=[[1], [2], [3], [4]],
        ),
        batch("WITH c AS (SELECT 1 AS a), c AS (SELECT 2 AS a) SELECT a FROM c", errors=[239]),
        batch(
            "WITH c AS (SELECT 1 AS a UNION ALL SELECT CAST(a + 1 AS bigint) FROM c WHERE a < 4)"
            " SELECT a FROM c",
            errors=[240],
        ),
    ),
    # --- Recursion
    of_table(
        "A recursion ends in error 530 beyond 100 levels, or as many as MAXRECURSION allows",
        DERIVED,
        batch(
            "WITH c AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM c WHERE a < 101)"
            " SELECT MAX(a) FROM c",
            rows=[[101]],
        ),
        batch(
            "WITH c AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM c) SELECT MAX(a) FROM c",
            errors=[530],
            rows=[],
        ),
        batch(
            "WITH c AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM c WHERE a < 200)"
            " SELECT MAX(a) FROM c OPTION (MAXRECURSION 300)",
            rows=[[200]],
        ),
        batch(
            "WITH c AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM c WHERE a < 9)"
            " SELECT MAX(a) FROM c OPTION (MAXRECURSION 3)",
            errors=[530],
            rows=[],
        ),
        batch(
            "WITH c AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM c WHERE a < 500)"
            " SELECT MAX(a) FROM c OPTION (MAXRECURSION 0)",
            rows=[[500]],
        ),
    ),
    of_table(
        "A recursive common table expression may start from several queries and join its own rows",
        DERIVED,
        batch(
            "WITH c (i, s) AS (SELECT 1, CAST(N'x' AS nvarchar(20)) UNION ALL"
            " SELECT 2, CAST(N'y' AS nvarchar(20)) UNION ALL"
            " SELECT t.id, CAST(c.s + t.s AS nvarchar(20)) FROM t JOIN c ON t.id = c.i + 1"
            " WHERE t.s IS NOT NULL) SELECT i, s FROM c ORDER BY i, s",
            rows=[[1, "x"], [2, "xa"], [2, "y"]],
        ),
    ),
    # --- Subqueries
    refused(
        "A subquery that is a value has one column and one row",
        SKILL,
        ("SELECT (SELECT id, n FROM t)", 116),
        ("SELECT id FROM t WHERE id IN (SELECT id, n FROM t)", 116),
        ("SELECT (SELECT id FROM t)", 512),
        ("SELECT id FROM t WHERE id = (SELECT id FROM t)", 512),
    ),
    of_table(
        "A subquery without rows is NULL, and NOT IN of a NULL finds nothing",
        SKILL,
        batch("SELECT (SELECT id FROM t WHERE id = 9)", rows=[[None]]),
        batch("SELECT id FROM t WHERE id NOT IN (SELECT NULL)", rows=[]),
        batch("SELECT id FROM t WHERE NOT EXISTS (SELECT NULL)", rows=[]),
    ),
    # --- CASE
    of_table(
        "CASE takes ten levels and no more",
        "Microsoft, CASE (Transact-SQL), Remarks",
        batch(f"SELECT {'CASE WHEN 1 = 1 THEN ' * 10}1{' END' * 10}", rows=[[1]]),
        batch(f"SELECT {'CASE WHEN 1 = 1 THEN ' * 11}1{' END' * 11}", errors=[125]),
    ),
    refused(
        "CASE of nothing but NULL has no type",
        SKILL,
        ("SELECT CASE WHEN 1 = 1 THEN NULL ELSE NULL END", 8133),
        ("SELECT COALESCE(NULL, NULL)", 4127),
    ),
    # --- Names
    refused(
        "Names are known and unambiguous",
        SKILL,
        ("SELECT nosuch FROM t", 207),
        ("SELECT x.id FROM t", 4104),
        ("SELECT id FROM t a, t b", 209),
        ("SELECT a.id FROM t a, t a", 1011),
        ("SELECT x.* FROM t", 107),
        ("SELECT *", 263),
        ("SELECT id FROM nosuch", 208),
    ),
    refused(
        "SELECT does not assign and return at once",
        SKILL,
        ("DECLARE @n int; SELECT @n = id, n FROM t", 141),
        ("DECLARE @n int; SELECT @n = 1 UNION SELECT 2", 194),
    ),
]
