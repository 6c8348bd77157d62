"""Computed columns."""

from __future__ import annotations

from tests.facts.model import Fact, batch

FORWARD = "mirek/bitsql harness/corpus/catalog/computed-forward-refs"
GAPS = "mirek/msduck reference/gaps-computed.json"
SKILL = "mirek/bitsql .claude/skills/t-sql/SKILL.md, 2026-10-04 (computed forward references)"

NULLABLE = "SELECT name, is_nullable FROM sys.columns WHERE object_id = OBJECT_ID('t')"

FACTS = [
    Fact(
        "A computed column may read a column that is declared after it",
        FORWARD,
        [
            batch("CREATE TABLE t (twice AS n + n PERSISTED, n int NOT NULL, more AS n + 1)"),
            batch("INSERT t (n) VALUES (21); SELECT * FROM t", rows=[[42, 21, 22]]),
            batch(
                "SELECT name, column_id, is_computed FROM sys.columns"
                " WHERE object_id = OBJECT_ID('t') ORDER BY column_id",
                rows=[["twice", 1, True], ["n", 2, False], ["more", 3, True]],
            ),
        ],
    ),
    Fact(
        "ALTER TABLE ADD keeps the order of its columns, whichever reads which",
        FORWARD,
        [
            batch("CREATE TABLE t (c int)"),
            batch("ALTER TABLE t ADD d AS e + 1, e int"),
            batch(
                "SELECT name, column_id FROM sys.columns WHERE object_id = OBJECT_ID('t')"
                " ORDER BY column_id",
                rows=[["c", 1], ["d", 2], ["e", 3]],
            ),
        ],
    ),
    Fact(
        "An added computed column has its value in the rows that are there",
        FORWARD,
        [
            batch("CREATE TABLE t (c int); INSERT t VALUES (1)"),
            batch(
                "ALTER TABLE t ADD d AS e + c, e int NOT NULL CONSTRAINT df DEFAULT 4 WITH VALUES"
            ),
            batch("SELECT * FROM t", rows=[[1, 5, 4]]),
        ],
    ),
    Fact(
        "A computed column cannot read a computed column, itself or another",
        FORWARD,
        [
            batch("CREATE TABLE t (a AS a + 1, c int)", errors=[(1759, 0)]),
            batch("CREATE TABLE t (a AS b + 1, b AS c * 2, c int)", errors=[(1759, 0)]),
            batch(
                "CREATE TABLE t (a AS c + 1, c int, b AS a * 2)",
                errors=[(1759, 0)],
                messages=[
                    "Computed column 'a' in table 't' is not allowed to be used in another"
                    " computed-column definition."
                ],
            ),
        ],
    ),
    Fact(
        "A computed column added later cannot read a computed column either",
        FORWARD,
        [
            batch("CREATE TABLE t (c int)"),
            batch("ALTER TABLE t ADD d AS e + 1, e AS c * 2", errors=[(1759, 0)]),
            batch("ALTER TABLE t ADD e AS c * 2"),
            batch("ALTER TABLE t ADD d AS e + 1", errors=[1759]),
        ],
    ),
    Fact(
        "A computed column that reads no column is 207",
        FORWARD,
        [batch("CREATE TABLE t (a AS nothing + 1, c int)", errors=[(207, 1)])],
    ),
    Fact(
        "Types are looked up before a computed column is bound",
        FORWARD,
        [
            batch("CREATE TABLE t (a AS nothing + 1, c notype)", errors=[(2715, 6)]),
            batch("CREATE TABLE t (a AS nothing + 1, c int, c int)", errors=[(2705, 3)]),
        ],
    ),
    Fact(
        "The message about an unknown type has the place of its column in the table",
        FORWARD,
        [
            batch(
                "CREATE TABLE t (c int, d int, e notype)",
                errors=[2715],
                messages=["Column, parameter, or variable #3: Cannot find data type notype."],
            ),
            batch("CREATE TABLE t (c int)"),
            batch(
                "ALTER TABLE t ADD d int, e notype",
                errors=[2715],
                messages=["Column, parameter, or variable #3: Cannot find data type notype."],
            ),
        ],
    ),
    Fact(
        "Arithmetic is nullable, a column and ISNULL are what they read",
        FORWARD,
        [
            batch("CREATE TABLE t (n int NOT NULL, a AS n + 1, b AS n, c AS ISNULL(n, 0))"),
            batch(
                NULLABLE + " ORDER BY column_id",
                rows=[["n", False], ["a", True], ["b", False], ["c", False]],
            ),
        ],
    ),
    Fact(
        "A conversion of a column that is NOT NULL is nullable",
        GAPS + ", unicode-virtual",
        [
            batch("CREATE TABLE t (id int NOT NULL, shown AS CONVERT(nvarchar(10), id))"),
            batch(NULLABLE + " ORDER BY column_id", rows=[["id", False], ["shown", True]]),
            batch("INSERT t VALUES (7); SELECT shown FROM t", rows=[["7"]]),
        ],
    ),
    Fact(
        "PERSISTED NOT NULL makes a computed column NOT NULL",
        FORWARD,
        [
            batch("CREATE TABLE t (a AS c + 1 PERSISTED NOT NULL, c int NOT NULL)"),
            batch(NULLABLE + " ORDER BY column_id", rows=[["a", False], ["c", False]]),
        ],
    ),
    Fact(
        "CHECK, REFERENCES and NOT NULL need a computed column that is persisted",
        SKILL,
        [
            batch("CREATE TABLE p (id int NOT NULL PRIMARY KEY)"),
            batch("CREATE TABLE t (c int, a AS c + 1 CHECK (a > 0))", errors=[8183]),
            batch("CREATE TABLE t (c int, a AS c + 1 REFERENCES p (id))", errors=[8183]),
            batch("CREATE TABLE t (c int, a AS c + 1 PERSISTED CHECK (a > 0))"),
            batch("INSERT t (c) VALUES (-1)", errors=[(547, 0)]),
        ],
        bad_grammar=True,
    ),
    Fact(
        "A CHECK of the table cannot read a computed column that is not persisted",
        SKILL,
        [
            batch(
                "CREATE TABLE t (c int, a AS c + 1, CONSTRAINT ck CHECK (a > 0))",
                errors=[1764, 1750],
            ),
        ],
    ),
    Fact(
        "A computed column can be unique, and the primary key if it is NOT NULL",
        FORWARD,
        [
            batch("CREATE TABLE u (c int, a AS c * 2 PERSISTED CONSTRAINT uq UNIQUE)"),
            batch("INSERT u (c) VALUES (1), (1)", errors=[(2627, 1)]),
            batch(
                "CREATE TABLE t (a AS c PERSISTED NOT NULL CONSTRAINT pk PRIMARY KEY,"
                " c int NOT NULL)"
            ),
            batch("INSERT t (c) VALUES (3); SELECT a FROM t", rows=[[3]]),
        ],
    ),
    Fact(
        "A computed column of type (max) is no key: 1919 with 1750",
        FORWARD,
        [
            batch(
                "CREATE TABLE t (a AS c CONSTRAINT pk PRIMARY KEY, c nvarchar(max))",
                errors=[(1919, 1), (1750, 0)],
            ),
        ],
    ),
    Fact(
        "A computed column is neither inserted nor updated: 271",
        GAPS + ", json-persisted",
        [
            batch("CREATE TABLE t (id int, twice AS id * 2)"),
            batch("INSERT t (id, twice) VALUES (1, 2)", errors=[(271, 1)]),
            batch("UPDATE t SET twice = 2", errors=[(271, 1)]),
            batch("INSERT t VALUES (1); SELECT twice FROM t", rows=[[2]]),
        ],
    ),
    Fact(
        "A value in JSON as a computed column follows the JSON, and can be indexed",
        GAPS + ", json-persisted",
        [
            batch(
                "CREATE TABLE t (id int NOT NULL, body nvarchar(max) NOT NULL,"
                " v AS CONVERT(nvarchar(50), JSON_VALUE(body, N'$.v')) PERSISTED)"
            ),
            batch('INSERT t (id, body) VALUES (1, N\'{"v":"x"}\'), (2, N\'{"w":1}\')'),
            batch("CREATE INDEX ix ON t (v)"),
            batch("SELECT id FROM t WHERE v = N'x'", rows=[[1]]),
            batch("UPDATE t SET body = N'{\"v\":7}' WHERE id = 1"),
            batch("SELECT id, v FROM t ORDER BY id", rows=[[1, "7"], [2, None]]),
        ],
    ),
    Fact(
        "Text functions give computed columns their lengths",
        GAPS + ", unicode-virtual",
        [
            batch(
                "CREATE TABLE t (a nvarchar(20), b nvarchar(20), whole AS a + N' ' + b,"
                " upper_a AS UPPER(a), first AS LEFT(a, 1))"
            ),
            batch(
                "SELECT name, max_length FROM sys.columns WHERE object_id = OBJECT_ID('t')"
                " AND is_computed = 1 ORDER BY column_id",
                rows=[["whole", 82], ["upper_a", 40], ["first", 2]],
            ),
        ],
    ),
    Fact(
        "NULL in what is concatenated is NULL",
        GAPS + ", unicode-virtual",
        [
            batch("CREATE TABLE t (a nvarchar(9), b nvarchar(9), whole AS a + N' ' + b)"),
            batch("INSERT t VALUES (N'Ann', N'Lee'), (N'Bob', NULL)"),
            batch("SELECT whole FROM t ORDER BY a", rows=[["Ann Lee"], [None]]),
        ],
    ),
    Fact(
        "COLUMNPROPERTY tells a computed column",
        GAPS + ", json-persisted",
        [
            batch("CREATE TABLE t (id int, twice AS id * 2)"),
            batch(
                "SELECT COLUMNPROPERTY(OBJECT_ID('t'), 'id', 'IsComputed'),"
                " COLUMNPROPERTY(OBJECT_ID('t'), 'twice', 'IsComputed')",
                rows=[[0, 1]],
            ),
        ],
    ),
    Fact(
        "A table variable may have computed columns",
        FORWARD,
        [
            batch(
                "DECLARE @t TABLE (a AS c + 1, c int); INSERT @t (c) VALUES (1); SELECT * FROM @t",
                rows=[[2, 1]],
            ),
        ],
    ),
    Fact(
        "A computed column may read the identity column",
        FORWARD,
        [
            batch("CREATE TABLE t (a AS c + d, c int NOT NULL, d int IDENTITY)"),
            batch("INSERT t (c) VALUES (10); SELECT a, c, d FROM t", rows=[[11, 10, 1]]),
        ],
    ),
    Fact(
        "Incompatible types in a computed column are 206",
        FORWARD,
        [batch("CREATE TABLE t (a AS c + NEWID(), c int)", errors=[(206, 2)])],
    ),
    Fact(
        "ALTER COLUMN of a computed column is 4928",
        "Microsoft, ALTER TABLE, ALTER COLUMN; error 4928",
        [
            batch("CREATE TABLE t (c int, a AS c + 1)"),
            batch("ALTER TABLE t ALTER COLUMN a int", errors=[4928]),
        ],
    ),
    Fact(
        "A filter cannot read a computed column: 10609",
        "Microsoft, CREATE INDEX, filtered indexes; error 10609",
        [
            batch("CREATE TABLE t (c int, a AS c + 1 PERSISTED)"),
            batch("CREATE INDEX ix ON t (c) WHERE a > 0", errors=[10609]),
        ],
    ),
]
