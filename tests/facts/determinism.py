"""Computed columns that an index or PERSISTED refuses, and constants that a filter refuses."""

from __future__ import annotations

from tests.facts.model import Fact, batch

COMPUTED = (
    "https://learn.microsoft.com/sql/relational-databases/indexes/indexes-on-computed-columns"
)
LITERALS = "https://learn.microsoft.com/sql/t-sql/data-types/nondeterministic-convert-date-literals"
STYLES = "https://learn.microsoft.com/sql/t-sql/functions/cast-and-convert-transact-sql"
PROBED = "SqlServerSimulator, index refusals probed on SQL Server 2025, 2026-10-05"

FACTS = [
    Fact(
        "An index takes a computed column over a float only if it is persisted",
        COMPUTED,
        [
            batch("CREATE TABLE t (f float, twice AS (f * 2), kept AS (f * 2) PERSISTED)"),
            batch("CREATE INDEX i ON t (twice)", errors=[2799]),
            batch("CREATE INDEX i ON t (kept)"),
        ],
    ),
    Fact(
        "A comparison of floats makes a computed column imprecise whatever it returns",
        COMPUTED,
        [
            batch("CREATE TABLE t (n int, f float)"),
            batch("ALTER TABLE t ADD c AS (CASE WHEN f IS NOT NULL THEN n END)"),
            batch("CREATE INDEX i ON t (c)", errors=[2799]),
            batch("ALTER TABLE t ADD p AS (CASE WHEN f > 1.5E0 THEN n END) PERSISTED"),
            batch("CREATE INDEX i ON t (p)"),
        ],
    ),
    Fact(
        "SQRT and a conversion to float are imprecise over integers, too",
        COMPUTED,
        [
            batch("CREATE TABLE t (n int, root AS (SQRT(n)), f AS (CAST(n AS float)))"),
            batch("CREATE INDEX i ON t (root)", errors=[2799]),
            batch("CREATE INDEX i ON t (f)", errors=[2799]),
        ],
    ),
    Fact(
        "GREATEST and LEAST are imprecise over integers, too",
        "SQL Server's answer 2799, as a public analyzer of deployments notes it",
        [
            batch("CREATE TABLE t (n int, m int, g AS (GREATEST(n, m)), l AS (LEAST(n, m)))"),
            batch("CREATE INDEX i ON t (g)", errors=[2799]),
            batch("CREATE INDEX i ON t (l)", errors=[2799]),
        ],
        since="2022",
    ),
    Fact(
        "A date literal inside DATEDIFF is nondeterministic without a style",
        LITERALS,
        [
            batch("CREATE TABLE t (d date, n AS (DATEDIFF(day, '0001-01-01', d)))"),
            batch("CREATE INDEX i ON t (n)", errors=[2729]),
            batch(
                "ALTER TABLE t ADD p AS (DATEDIFF(day, '0001-01-01', d)) PERSISTED", errors=[4936]
            ),
        ],
    ),
    Fact(
        "CONVERT with a deterministic style makes a date literal deterministic",
        STYLES,
        [
            batch("CREATE TABLE t (d date)"),
            batch("ALTER TABLE t ADD n AS (DATEDIFF(day, CONVERT(date, '0001-01-01', 120), d))"),
            batch("CREATE INDEX i ON t (n)"),
            batch("INSERT INTO t VALUES ('0001-01-08')"),
            batch("SELECT n FROM t", rows=[[7]]),
        ],
    ),
    Fact(
        "Style 100 and lower are nondeterministic, but for 20 and 21",
        STYLES,
        [
            batch("CREATE TABLE t (s varchar(30), a AS (CONVERT(date, s, 100)))"),
            batch("CREATE INDEX i ON t (a)", errors=[2729]),
            batch("ALTER TABLE t ADD b AS (CONVERT(date, s, 21)), c AS (CONVERT(date, s, 112))"),
            batch("CREATE INDEX i ON t (b, c)"),
        ],
    ),
    Fact(
        "CAST of a text as a date is nondeterministic",
        STYLES,
        [
            batch("CREATE TABLE t (s varchar(30), a AS (CAST(s AS date)))"),
            batch("CREATE INDEX i ON t (a)", errors=[2729]),
            batch("ALTER TABLE t ADD p AS (CAST(s AS date)) PERSISTED", errors=[4936]),
        ],
    ),
    Fact(
        "A time compared with a text literal is nondeterministic, with CONVERT it is not",
        LITERALS,
        [
            batch("CREATE TABLE t (x time, n int)"),
            batch(
                "ALTER TABLE t ADD p AS (CASE WHEN x < '09:30' THEN n END) PERSISTED",
                errors=[4936],
            ),
            batch(
                "ALTER TABLE t ADD p AS (CASE WHEN x < CONVERT(time, '09:30', 114) THEN n END) "
                "PERSISTED"
            ),
        ],
    ),
    Fact(
        "DATEPART of the week day depends on SET DATEFIRST and so is nondeterministic",
        "https://learn.microsoft.com/sql/t-sql/functions/datepart-transact-sql",
        [
            batch("CREATE TABLE t (d date, w AS (DATEPART(weekday, d)), y AS (DATEPART(year, d)))"),
            batch("CREATE INDEX i ON t (w)", errors=[2729]),
            batch("CREATE INDEX i ON t (y)"),
        ],
    ),
    Fact(
        "A filter of a varchar column takes no national constant",
        PROBED,
        [
            batch("CREATE TABLE t (a int, s varchar(20), c char(32))"),
            batch("CREATE INDEX i ON t (a) WHERE s = N'a'", errors=[10611]),
            batch("CREATE INDEX i ON t (a) WHERE c IN ('a', N'b')", errors=[10611]),
            batch("CREATE INDEX i ON t (a) WHERE s = 'a' AND c = 'b'"),
        ],
    ),
    Fact(
        "A filter of an nvarchar column takes constants of both kinds",
        "https://learn.microsoft.com/sql/t-sql/data-types/data-type-precedence-transact-sql",
        [
            batch("CREATE TABLE t (a int, s nvarchar(20))"),
            batch("CREATE INDEX i ON t (a) WHERE s = N'a'"),
            batch("CREATE INDEX j ON t (a) WHERE s = 'a'"),
        ],
    ),
]
