"""Collations: equality, order, and the collation that decides."""

from __future__ import annotations

from tests.facts.expressions import fails, holds, refused, value
from tests.facts.model import Fact, Step, batch

DEFERRED = "mirek/bitsql harness/corpus/collation/deferred-conflicts.sql"
PRECEDENCE = "mirek/msduck reference/collation-precedence.json"
SENSITIVE = "mirek/msduck reference/collation-sensitive.json"
FUNCTIONS = "mirek/msduck reference/collation-functions.json"
JOINS = "mirek/msduck reference/collation-join-scopes.json"
NOTES = "mirek/bitsql .claude/skills/t-sql/SKILL.md"
TRAP = "mirek/bitsql harness/corpus/traps/collation-ci-trailing-spaces.sql"
ORDER = "mirek/msduck reference/default-collation.json"
EQUALITY = "mirek/msduck reference/gaps-unicode-predicates.json"
CI, CS, BIN2 = (f"Latin1_General_100_{kind}" for kind in ("CI_AS", "CS_AS", "BIN2"))
TABLE = batch(
    f"CREATE TABLE w (id int, low nvarchar(9) COLLATE {CI}, high nvarchar(9) COLLATE {CS},"
    f" raw nvarchar(9) COLLATE {BIN2}); INSERT w VALUES (1, N'q', N'Q', N'q')"
)
EITHER = "CASE WHEN id = 1 THEN low ELSE high END"


def of_columns(sentence: str, source: str, *steps: Step) -> Fact:
    """Return a fact about a table whose columns have three collations."""
    return Fact(sentence, source, [TABLE, *steps])


def conflict(sentence: str, source: str, number: int, *queries: str) -> Fact:
    """Return the fact that each of these queries of that table raises an error."""
    steps = [batch(query, errors=[number]) for query in queries]
    return of_columns(sentence, source, *steps)


FACTS = [
    # Equality
    holds("Blanks at the end do not count in a comparison", TRAP,
          "N'cat' = N'cat   '", "'cat' = 'CAT '", "'' = '  '", "'cat' IN ('dog', 'cat  ')"),
    fails("Blanks at the start count", TRAP, "N' cat' = N'cat'"),
    fails("A string with blanks at its end is not greater", TRAP,
          "'cat ' > 'cat'", "'cat ' < 'cat'", "'cat ' <> 'cat'"),
    Fact("A unique key takes two strings for one that differ in blanks at the end", NOTES,
         [batch("CREATE TABLE t (s nvarchar(9) NOT NULL UNIQUE)"),
          batch("INSERT t VALUES (N'cat')"),
          batch("INSERT t VALUES (N'cat ')", errors=[2627])]),
    Fact("A primary key does, too, and ignores case", NOTES,
         [batch("CREATE TABLE t (s varchar(9) NOT NULL PRIMARY KEY)"),
          batch("INSERT t VALUES ('cat')"),
          batch("INSERT t VALUES ('CAT  ')", errors=[2627])]),
    value("DISTINCT takes them for one", NOTES,
          "COUNT(*) FROM (SELECT DISTINCT s FROM (VALUES ('cat'), ('cat '), ('CAT')) v (s)) d", 1),
    value("GROUP BY takes them for one", TRAP,
          "COUNT(*) FROM (VALUES (N'cat'), (N'cat  '), (N'Cat'), (N'dog')) v (s) GROUP BY s"
          " HAVING s = N'cat'", 3),
    Fact("A comparison of columns ignores blanks at the end in every collation", EQUALITY,
         [batch(f"CREATE TABLE t (id int, n nvarchar(9) COLLATE {BIN2},"
                f" c nchar(6) COLLATE {BIN2}, v varchar(9) COLLATE {BIN2})"),
          batch("INSERT t VALUES (1, N'q', N'q', 'q'), (2, N'q  ', N'q', 'q  '),"
                " (3, N'Q', N'Q', 'Q')"),
          batch("SELECT id FROM t WHERE n = N'q' ORDER BY id", rows=[[1], [2]]),
          batch("SELECT id FROM t WHERE n = N'q   ' ORDER BY id", rows=[[1], [2]]),
          batch("SELECT id FROM t WHERE c = 'q' ORDER BY id", rows=[[1], [2]]),
          batch("SELECT id FROM t WHERE n = v ORDER BY id", rows=[[1], [2], [3]]),
          batch("SELECT id FROM t WHERE n = c ORDER BY id", rows=[[1], [2], [3]]),
          batch("SELECT id FROM t WHERE n <> N'q'", rows=[[3]])]),
    Fact("A binary collation orders by code points", EQUALITY,
         [batch(f"CREATE TABLE t (id int, n nvarchar(9) COLLATE {BIN2})"),
          batch("INSERT t VALUES (1, N'q'), (2, N'Q'), (3, N'b'), (4, NCHAR(256)), (5, N'')"),
          batch("SELECT id FROM t WHERE n < N'b' ORDER BY id", rows=[[2], [5]]),
          batch("SELECT id FROM t WHERE n >= NCHAR(256)", rows=[[4]]),
          batch("SELECT id FROM t WHERE n BETWEEN N'b' AND N'q' ORDER BY id", rows=[[1], [3]]),
          batch("SELECT id FROM t WHERE n BETWEEN 'Q' AND 'b' ORDER BY id", rows=[[2], [3]])]),
    Fact("nvarchar is ordered by letters first, then by accents; hyphens count last", ORDER,
         [batch("SELECT c FROM (VALUES (N'coup'), (N'co-p'), (N'cöp'), (N'cop'), (N'cóp'),"
                " (N'còp'), (N'cōp'), (N'coq')) v (c) ORDER BY c",
                rows=[["cop"], ["co-p"], ["cóp"], ["còp"], ["cöp"], ["cōp"], ["coq"], ["coup"]])]),
    Fact("Signs come before digits, these before letters", ORDER,
         [batch("SELECT c FROM (VALUES (N'q'), (N'4'), (N'{'), (N'_'), (N'Q2'), (N'q 2')) v (c)"
                " ORDER BY c", rows=[["_"], ["{"], ["4"], ["q"], ["q 2"], ["Q2"]])]),
    Fact("A hyphen is a sign as any other in varchar", ORDER,
         [batch("SELECT c FROM (VALUES ('q'), ('-q'), ('_q'), ('{q'), ('4q')) v (c) ORDER BY c",
                rows=[["-q"], ["_q"], ["{q"], ["4q"], ["q"]])]),
    fails("A hyphen makes a difference nevertheless", ORDER,
          "N'co-p' = N'cop'", "N'co-p' COLLATE Latin1_General_CI_AI = N'cop'"),
    holds("The order is that of comparisons, too", ORDER,
          "N'co-p' > N'cop'", "N'co-p' < N'coq'", "'co-p' < 'cop'", "N'cóp' < N'coq'"),
    holds("A letter and its combining accent are the letter with it", NOTES,
          "N'é' = N'e' + NCHAR(769)"),
    holds("Ligatures are their letters in nvarchar", NOTES, "N'ß' = N'ss'", "N'æ' = N'ae'"),
    holds("The two small sigmas are one letter without case", NOTES, "N'Σ' = N'ς'", "N'σ' = N'ς'"),
    holds("An i with and one without a dot come after the usual ones", NOTES,
          "N'İ' > N'i'", "N'ı' > N'I'"),
    fails("They are not in varchar under a collation named SQL_", NOTES, "'ß' = 'ss'"),
    fails("An accent counts in an _AS collation", NOTES, "N'é' = N'e'"),
    # Order
    value("A small letter comes before its capital in a collation with case, both before the next",
          NOTES, f"STRING_AGG(s, N'') WITHIN GROUP (ORDER BY s COLLATE {CS}) FROM"
          " (VALUES (N'c'), (N'D'), (N'd'), (N'C'), (N'2'), (N'é'), (N'e'), (N'y')) v (s)",
          "2cCdDeéy"),
    # Precedence
    value("The explicit collation of one operand decides", PRECEDENCE,
          f"CASE WHEN N'q' = N'Q' COLLATE {BIN2} THEN 1 ELSE 0 END", 0),
    refused("Two explicit collations conflict", PRECEDENCE,
            f"CASE WHEN N'q' COLLATE {BIN2} = N'Q' COLLATE {CS} THEN 1 END", 468),
    refused("A derived table hands an explicit collation on", PRECEDENCE,
            f"1 FROM (SELECT N'q' COLLATE {BIN2} AS x) d WHERE x = N'Q' COLLATE {CS}", 468),
    refused("Two of them conflict, too", PRECEDENCE,
            f"1 FROM (SELECT N'q' COLLATE {BIN2} AS x, N'Q' COLLATE {CI} AS y) d WHERE x = y", 468),
    Fact("A common table expression hands an explicit collation on", PRECEDENCE,
         [batch(f"WITH d AS (SELECT N'q' COLLATE {BIN2} AS x) SELECT 1 FROM d"
                f" WHERE x = N'Q' COLLATE {CS}", errors=[468])]),
    value("The outer of two COLLATE clauses decides", PRECEDENCE,
          f"(N'q' COLLATE {BIN2}) COLLATE {CS}", "q"),
    refused("A number takes no COLLATE", PRECEDENCE, f"7 COLLATE {BIN2}", 447),
    refused("COLLATE with an unknown name is error 448", NOTES, "N'q' COLLATE Nowhere_CI_AS", 448),
    refused("A UTF-8 collation of version 100 is named _SC_ or _BIN2_", NOTES,
            "N'q' COLLATE Latin1_General_100_CI_AS_UTF8", 448),
    value("Those that are have it", NOTES,
          "'q' COLLATE Latin1_General_100_CI_AS_SC_UTF8, 'q' COLLATE Latin1_General_100_BIN2_UTF8",
          "q", "q", since="2019"),
    Fact("A column with an unknown collation is error 448", NOTES,
         [batch("CREATE TABLE t (s varchar(9) COLLATE Nowhere_CI_AS)", errors=[448])]),
    conflict("Columns of two collations cannot be compared", PRECEDENCE, 468,
             "SELECT 1 FROM w WHERE low = high", "SELECT 1 FROM w WHERE high = low"),
    of_columns("A COLLATE clause on either side lets them be compared", PRECEDENCE,
               batch(f"SELECT id FROM w WHERE low = high COLLATE {CI}", rows=[[1]]),
               batch(f"SELECT id FROM w WHERE low COLLATE {BIN2} = high", rows=[])),
    of_columns("A literal gives way to a column", PRECEDENCE,
               batch("SELECT id FROM w WHERE low = N'Q'", rows=[[1]]),
               batch("SELECT id FROM w WHERE high = N'q'", rows=[])),
    of_columns("A literal in a derived table does, too", PRECEDENCE,
               batch("SELECT id FROM (SELECT N'q' AS x) d CROSS JOIN w WHERE x = high", rows=[])),
    of_columns("An explicit collation from a derived table wins over a column's", DEFERRED,
               batch(f"SELECT id FROM (SELECT N'q' COLLATE {BIN2} AS x) d CROSS JOIN w"
                     " WHERE x = low", rows=[[1]])),
    of_columns("A column from a derived table is implicit still", PRECEDENCE,
               batch(f"SELECT 1 FROM (SELECT low AS x FROM w) d WHERE x = N'Q' COLLATE {CS}",
                     rows=[])),
    conflict("A join of columns of two collations conflicts through derived tables", DEFERRED, 468,
             "SELECT d.s FROM (SELECT low AS s FROM w) d JOIN (SELECT high AS s FROM w) e"
             " ON d.s = e.s"),
    conflict("A sum of columns of two collations has none, so it cannot be a column", DEFERRED, 451,
             "SELECT low + high AS s FROM w", "SELECT id, low + high AS s FROM w"),
    conflict("Nor can what CONCAT, COALESCE, IIF and CASE make of them", DEFERRED, 451,
             "SELECT CONCAT(low, high) FROM w", "SELECT COALESCE(low, high) FROM w",
             "SELECT IIF(id = 1, low, high) FROM w", f"SELECT {EITHER} FROM w"),
    conflict("CAST does not give it a collation", DEFERRED, 451,
             "SELECT CAST(low + high AS nvarchar(30)) FROM w"),
    conflict("Nor does a derived table or a subquery", DEFERRED, 451,
             f"SELECT s FROM (SELECT {EITHER} AS s FROM w) d", "SELECT (SELECT low + high FROM w)"),
    conflict("UNION ALL of columns of two collations has none", DEFERRED, 451,
             "SELECT low FROM w UNION ALL SELECT high FROM w",
             "SELECT s FROM (SELECT low AS s FROM w UNION ALL SELECT high FROM w) d"),
    conflict("UNION, INTERSECT and EXCEPT compare, so they conflict", DEFERRED, 468,
             "SELECT low FROM w UNION SELECT high FROM w",
             "SELECT low FROM w INTERSECT SELECT high FROM w",
             "SELECT low FROM w EXCEPT SELECT high FROM w"),
    conflict("What has no collation cannot be compared", DEFERRED, 4191,
             "SELECT 1 FROM w WHERE low + high = N'q'", "SELECT 1 FROM w WHERE (low + high) = raw",
             f"SELECT 1 FROM w WHERE {EITHER} LIKE N'q'",
             f"SELECT 1 FROM w WHERE {EITHER} IN (N'q', N'r')"),
    conflict("Nor can a string function take it", DEFERRED, 4191,
             "SELECT LEN(low + high) FROM w", "SELECT UPPER(low + high) FROM w",
             f"SELECT LEFT({EITHER}, 1) FROM w"),
    conflict("Nor can REPLACE, STUFF and NULLIF", SENSITIVE, 4191,
             f"SELECT REPLACE({EITHER}, N'x', N'y') FROM w",
             f"SELECT STUFF({EITHER}, 1, 1, N'y') FROM w", f"SELECT NULLIF({EITHER}, N'y') FROM w"),
    conflict("Nor can MAX", DEFERRED, 4191, f"SELECT MAX({EITHER}) FROM w"),
    of_columns("COLLATE gives it one", DEFERRED,
               batch(f"SELECT (low + high) COLLATE {BIN2} FROM w", rows=[["qQ"]]),
               batch(f"SELECT ({EITHER}) COLLATE {BIN2} FROM w", rows=[["q"]])),
    of_columns("An explicit collation compares what has none", PRECEDENCE,
               batch(f"SELECT id FROM w WHERE ({EITHER}) = N'q' COLLATE {BIN2}", rows=[[1]])),
    of_columns("COLLATE over a UNION ALL gives it one", PRECEDENCE,
               batch(f"SELECT s COLLATE {BIN2} FROM (SELECT low AS s FROM w UNION ALL"
                     " SELECT high FROM w) d", rows=[["q"], ["Q"]], unordered=True)),
    of_columns("ISNULL has the collation of its first argument", DEFERRED,
               batch("SELECT ISNULL(low, high) FROM w", rows=[["q"]])),
    of_columns("INSERT takes what has none", DEFERRED,
               batch("INSERT w (id, low) SELECT 2, low + high FROM w"),
               batch("SELECT low FROM w WHERE id = 2", rows=[["qQ"]])),
    of_columns("An explicit collation decides a UNION ALL", DEFERRED,
               batch(f"SELECT low FROM w UNION ALL SELECT N'r' COLLATE {BIN2} FROM w",
                     rows=[["q"], ["r"]], unordered=True)),
    of_columns("A literal gives way in a UNION", DEFERRED,
               batch("SELECT low FROM w UNION SELECT N'r' FROM w", rows=[["q"], ["r"]],
                     unordered=True)),
    conflict("REPLACE hands an explicit collation on", SENSITIVE, 468,
             f"SELECT 1 FROM w WHERE REPLACE({EITHER}, N'x', N'y' COLLATE {BIN2})"
             f" = N'Q' COLLATE {CS}"),
    conflict("LEFT and its like hand an explicit collation on", FUNCTIONS, 468,
             f"SELECT 1 FROM w WHERE LEFT(low COLLATE {BIN2}, 1) = N'Q' COLLATE {CS}",
             f"SELECT 1 FROM w WHERE RIGHT(low COLLATE {BIN2}, 1) = N'Q' COLLATE {CS}"),
    conflict("ISNULL of a bare NULL has the collation of its second argument", FUNCTIONS, 468,
             f"SELECT 1 FROM w WHERE ISNULL(NULL, high COLLATE {BIN2}) = N'Q' COLLATE {CS}"),
    of_columns("ISNULL of a typed NULL has that of the NULL, which gives way", FUNCTIONS,
               batch(f"SELECT id FROM w WHERE ISNULL(CAST(NULL AS nvarchar(9)), high COLLATE"
                     f" {BIN2}) = N'Q' COLLATE {CS}", rows=[[1]])),
    of_columns("A number's text gives way", FUNCTIONS,
               batch(f"SELECT id FROM w WHERE LOWER(34) = N'34' COLLATE {CS}", rows=[[1]])),
    conflict("The columns of a join conflict in a subquery of its condition, too", JOINS, 468,
             "SELECT t.low FROM w t JOIN w u ON t.low = u.high",
             "SELECT t.low FROM w t JOIN w u ON EXISTS (SELECT 1 WHERE t.low = u.high)"),
    conflict("Columns conflict inside an APPLY", JOINS, 468,
             "SELECT d.s FROM w t CROSS APPLY (SELECT REPLACE(t.low, t.high, N'z') AS s) d"),
    of_columns("COLLATE lets a join compare", JOINS,
               batch(f"SELECT t.low FROM w t JOIN w u ON t.low = u.high COLLATE {BIN2}", rows=[])),
    Fact("The message names the right operand's collation first", JOINS,
         [TABLE, batch("SELECT t.low FROM w t JOIN w u ON t.low = u.high", errors=[(468, 9)],
                       messages=[f'Cannot resolve the collation conflict between "{CS}" and "{CI}"'
                                 " in the equal to operation."])]),
    of_columns("NULLIF has the collation of its first argument", SENSITIVE,
               batch(f"SELECT 1 FROM w WHERE NULLIF(low, high COLLATE {BIN2})"
                     f" = N'Q' COLLATE {CS}", rows=[])),
]  # fmt: skip
