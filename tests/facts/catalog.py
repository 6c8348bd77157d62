"""Definitions: dependencies, refusals, and the contents of the catalog."""

from __future__ import annotations

from tests.facts.model import Fact, batch

DDL_ERRORS = "mirek/bitsql harness/corpus/catalog/ddl-errors"
DDL_TRY = "mirek/bitsql harness/corpus/catalog/ddl-try"
CONTINUATION = "mirek/bitsql harness/corpus/catalog/ddl-continuation"
DEFINITIONS = "mirek/bitsql harness/corpus/catalog/definitions"
FORMAT = "mirek/bitsql harness/corpus/constraints/definition-format"

REFUSED = [
    Fact(
        "A constraint whose name is taken is 2714 with 1750",
        DDL_ERRORS,
        [
            batch("CREATE TABLE a (id int NOT NULL CONSTRAINT pk_a PRIMARY KEY)"),
            batch(
                "CREATE TABLE b (id int NOT NULL CONSTRAINT pk_a PRIMARY KEY)",
                errors=[(2714, 5), (1750, 1)],
            ),
            batch("SELECT OBJECT_ID('b')", rows=[[None]]),
        ],
    ),
    Fact(
        "A table whose name is taken, even by a constraint, is 2714 alone",
        DDL_ERRORS,
        [
            batch("CREATE TABLE a (id int NOT NULL CONSTRAINT pk_a PRIMARY KEY)"),
            batch("CREATE TABLE a (id int)", errors=[(2714, 6)]),
            batch("CREATE TABLE pk_a (id int)", errors=[(2714, 6)]),
        ],
    ),
    Fact(
        "A second primary key is 1779 with 1750, before its name is looked at",
        CONTINUATION,
        [
            batch("CREATE TABLE a (id int NOT NULL CONSTRAINT pk_a PRIMARY KEY, x int NOT NULL)"),
            batch(
                "ALTER TABLE a ADD CONSTRAINT pk_a PRIMARY KEY (x)", errors=[(1779, 0), (1750, 0)]
            ),
        ],
    ),
    Fact(
        "A constraint that is none is 3728 with 3727",
        DDL_ERRORS,
        [
            batch("CREATE TABLE a (id int)"),
            batch("ALTER TABLE a DROP CONSTRAINT nothing", errors=[(3728, 1), (3727, 0)]),
            batch("ALTER TABLE a DROP CONSTRAINT IF EXISTS nothing"),
        ],
    ),
    Fact(
        "A key that a foreign key refers to cannot be dropped: 3725 with 3727",
        DDL_ERRORS,
        [
            batch("CREATE TABLE a (id int NOT NULL CONSTRAINT pk_a PRIMARY KEY)"),
            batch("CREATE TABLE r (aid int NULL CONSTRAINT fk_r REFERENCES a (id))"),
            batch("ALTER TABLE a DROP CONSTRAINT pk_a", errors=[(3725, 0), (3727, 0)]),
        ],
    ),
    Fact(
        "A table that a foreign key refers to is neither dropped nor truncated",
        "mirek/msduck reference/gaps-constraints.json, alter lifecycle",
        [
            batch("CREATE TABLE a (id int NOT NULL PRIMARY KEY)"),
            batch("CREATE TABLE r (aid int NULL REFERENCES a (id))"),
            batch(
                "DROP TABLE a",
                errors=[(3726, 1)],
                messages=[
                    "Could not drop object 'a' because it is referenced by a FOREIGN KEY"
                    " constraint."
                ],
            ),
            batch("TRUNCATE TABLE a", errors=[(4712, 1)]),
        ],
    ),
    Fact(
        "Turning a constraint off that is none is 4917 with 4916",
        DDL_ERRORS,
        [
            batch("CREATE TABLE a (id int)"),
            batch("ALTER TABLE a NOCHECK CONSTRAINT nothing", errors=[(4917, 0), (4916, 0)]),
        ],
    ),
    Fact(
        "A key can be neither turned off nor on: 11415 with 4916",
        "mirek/msduck reference/gaps-constraints.json, alter lifecycle",
        [
            batch("CREATE TABLE a (id int NOT NULL CONSTRAINT uq UNIQUE)"),
            batch("ALTER TABLE a NOCHECK CONSTRAINT uq", errors=[(11415, 1), (4916, 0)]),
        ],
    ),
    Fact(
        "A constraint of another table is 3733 with 3727",
        "mirek/msduck reference/gaps-constraints.json, alter lifecycle",
        [
            batch("CREATE TABLE a (id int, CONSTRAINT ck CHECK (id > 0)); CREATE TABLE b (id int)"),
            batch("ALTER TABLE b DROP CONSTRAINT ck", errors=[(3733, 2), (3727, 0)]),
        ],
    ),
    Fact(
        "ALTER TABLE of no table is 4902, of no column 4924",
        DDL_ERRORS,
        [
            batch("ALTER TABLE dbo.nowhere ADD y int", errors=[(4902, 1)]),
            batch("CREATE TABLE a (id int)"),
            batch("ALTER TABLE a DROP COLUMN nothing", errors=[(4924, 1)]),
            batch("ALTER TABLE a ALTER COLUMN nothing int", errors=[(4924, 1)]),
        ],
    ),
    Fact(
        "A second column of the same name is 2705",
        DDL_ERRORS + ", computed-forward-refs",
        [
            batch("CREATE TABLE a (id int, ID int)", errors=[(2705, 3)]),
            batch("CREATE TABLE a (id int)"),
            batch("ALTER TABLE a ADD id int", errors=[(2705, 4)]),
        ],
    ),
    Fact(
        "An index of no table is 1088, of no column 1911, with a name that is taken 1913",
        DDL_ERRORS,
        [
            batch("CREATE INDEX ix ON dbo.nowhere (x)", errors=[(1088, 12)]),
            batch("CREATE TABLE a (x int); CREATE INDEX ix ON a (x)"),
            batch("CREATE INDEX other ON a (nothing)", errors=[(1911, 1)]),
            batch("CREATE INDEX ix ON a (x)", errors=[(1913, 1)]),
        ],
    ),
    Fact(
        "The index of a key is not dropped by DROP INDEX: 3723",
        DDL_ERRORS,
        [
            batch("CREATE TABLE a (id int NOT NULL CONSTRAINT pk_a PRIMARY KEY)"),
            batch("DROP INDEX pk_a ON a", errors=[(3723, 4)]),
        ],
    ),
    Fact(
        "What is not there cannot be dropped: 3701",
        DDL_ERRORS,
        [
            batch("CREATE TABLE a (id int)"),
            batch("DROP INDEX nothing ON a", errors=[(3701, 7)]),
            batch("DROP TABLE dbo.nothing", errors=[(3701, 5)]),
            batch("DROP VIEW dbo.nothing", errors=[(3701, 5)]),
            batch("DROP PROCEDURE dbo.nothing", errors=[(3701, 5)]),
            batch("DROP TRIGGER dbo.nothing", errors=[(3701, 5)]),
        ],
    ),
    Fact(
        "A schema that is there is 2714 with 2759",
        DDL_ERRORS,
        [
            batch("CREATE SCHEMA s1"),
            batch("CREATE SCHEMA s1", errors=[(2714, 6), (2759, 0)]),
        ],
    ),
    Fact(
        "A schema with objects is not dropped: 3729; one that is none is 15151",
        DDL_ERRORS,
        [
            batch("CREATE SCHEMA s1"),
            batch("CREATE TABLE s1.t (i int)"),
            batch("DROP SCHEMA s1", errors=[(3729, 1)]),
            batch("DROP SCHEMA nothing", errors=[(15151, 1)]),
            batch("DROP TABLE s1.t; DROP SCHEMA s1; SELECT SCHEMA_ID('s1')", rows=[[None]]),
        ],
    ),
    Fact(
        "A table in no schema is 2760",
        DDL_ERRORS,
        [batch("CREATE TABLE nowhere.t (i int)", errors=[(2760, 1)])],
    ),
]

CONTINUED = [
    Fact(
        "An error of CREATE TABLE or ALTER TABLE ends the batch",
        CONTINUATION + ", ddl-try",
        [
            batch("CREATE TABLE a (id int NOT NULL CONSTRAINT pk_a PRIMARY KEY, x int NULL)"),
            batch("INSERT a VALUES (1, 1), (2, 1)"),
            batch("CREATE TABLE a (id int); SELECT 1", errors=[2714]),
            batch("ALTER TABLE a DROP COLUMN nothing; SELECT 1", errors=[4924]),
            batch("ALTER TABLE a DROP COLUMN id; SELECT 1", errors=[5074, 4922]),
            batch("ALTER TABLE a ADD CONSTRAINT ck CHECK (x > 5); SELECT 1", errors=[(547, 0)]),
            batch("ALTER TABLE a ADD CONSTRAINT uq UNIQUE (x); SELECT 1", errors=[1505, (1750, 1)]),
            batch("ALTER TABLE a ADD q int NOT NULL; SELECT 1", errors=[4901]),
        ],
    ),
    Fact(
        "The batch goes on after a DROP of what is not there",
        CONTINUATION,
        [batch("DROP TABLE dbo.nothing; SELECT 1", errors=[3701], rows=[[1]])],
    ),
    Fact(
        "CATCH sees the last of the errors of a definition",
        DDL_TRY,
        [
            batch(
                "CREATE TABLE a (id int NOT NULL PRIMARY KEY, x int, CONSTRAINT ck CHECK (x > 0))"
            ),
            batch("INSERT a VALUES (1, 1), (2, 1)"),
            batch(
                "BEGIN TRY ALTER TABLE a DROP COLUMN x END TRY"
                " BEGIN CATCH SELECT ERROR_NUMBER(), ERROR_MESSAGE() END CATCH",
                rows=[
                    [
                        4922,
                        "ALTER TABLE DROP COLUMN x failed because one or more objects access this"
                        " column.",
                    ]
                ],
            ),
            batch(
                "BEGIN TRY ALTER TABLE a ADD CONSTRAINT uq UNIQUE (x) END TRY"
                " BEGIN CATCH SELECT ERROR_NUMBER() END CATCH",
                rows=[[1750]],
            ),
            batch(
                "BEGIN TRY ALTER TABLE a DROP CONSTRAINT nothing END TRY"
                " BEGIN CATCH SELECT ERROR_NUMBER() END CATCH",
                rows=[[3727]],
            ),
        ],
    ),
    Fact(
        "CATCH sees 2714, 4924, 547, 1911, 1505, 3701 and 4901 of a definition",
        DDL_TRY,
        [
            batch("CREATE TABLE a (id int NOT NULL, x int NULL); INSERT a VALUES (1, 1), (2, 1)"),
            *(
                batch(
                    f"BEGIN TRY {statement} END TRY BEGIN CATCH SELECT ERROR_NUMBER() END CATCH",
                    rows=[[number]],
                )
                for statement, number in (
                    ("CREATE TABLE a (id int)", 2714),
                    ("ALTER TABLE a DROP COLUMN nothing", 4924),
                    ("ALTER TABLE a ADD CONSTRAINT ck CHECK (x > 5)", 547),
                    ("CREATE INDEX ix ON a (nothing)", 1911),
                    ("CREATE UNIQUE INDEX ix ON a (x)", 1505),
                    ("DROP TABLE nothing", 3701),
                    ("ALTER TABLE a ADD q int NOT NULL", 4901),
                )
            ),
        ],
    ),
    Fact(
        "CATCH does not see 1779 and 4902: they end the batch",
        DDL_TRY + ", ddl-continuation",
        [
            batch("CREATE TABLE a (id int NOT NULL CONSTRAINT pk_a PRIMARY KEY, x int NOT NULL)"),
            batch(
                "BEGIN TRY ALTER TABLE a ADD CONSTRAINT pk PRIMARY KEY (x) END TRY"
                " BEGIN CATCH SELECT ERROR_NUMBER() END CATCH",
                errors=[1779, 1750],
            ),
            batch(
                "BEGIN TRY ALTER TABLE nothing ADD z int END TRY"
                " BEGIN CATCH SELECT ERROR_NUMBER() END CATCH",
                errors=[4902],
            ),
        ],
    ),
    Fact(
        "Definitions are rolled back with their transaction",
        CONTINUATION,
        [
            batch("CREATE TABLE a (id int NOT NULL)"),
            batch("BEGIN TRANSACTION; CREATE TABLE b (i int); ALTER TABLE a ADD y int NULL"),
            batch("CREATE INDEX ix ON a (id); ROLLBACK"),
            batch(
                "SELECT OBJECT_ID('b'), COL_LENGTH('a', 'y'),"
                " INDEXPROPERTY(OBJECT_ID('a'), 'ix', 'IsUnique')",
                rows=[[None, None, None]],
            ),
        ],
    ),
    Fact(
        "What a refused CREATE TABLE has made in an open transaction is gone",
        DDL_ERRORS + "; Microsoft, SET XACT_ABORT",
        [
            batch("CREATE TABLE a (id int CONSTRAINT ck CHECK (id > 0))"),
            batch("BEGIN TRANSACTION"),
            batch("CREATE TABLE b (id int CONSTRAINT ck CHECK (id > 0))", errors=[2714, 1750]),
            batch("SELECT OBJECT_ID('b'), @@TRANCOUNT", rows=[[None, 1]]),
            batch("COMMIT"),
        ],
    ),
]

SHOWN = [
    Fact(
        "IN stays a list in the filter of an index, and becomes OR in a CHECK",
        DEFINITIONS + "; SQL Server baselines of EF Core scaffolding",
        [
            batch("CREATE TABLE t (x int, z nvarchar(10), CONSTRAINT ck CHECK (z IN ('a', 'b')))"),
            batch("CREATE INDEX ix ON t (x) WHERE z IN ('a', 'b') AND x > 0"),
            batch(
                "SELECT filter_definition FROM sys.indexes WHERE name = 'ix'",
                rows=[["([z] IN ('a', 'b') AND [x]>(0))"]],
            ),
            batch("SELECT definition FROM sys.check_constraints", rows=[["([z]='b' OR [z]='a')"]]),
        ],
    ),
    *(
        Fact(
            f"CHECK ({condition}) is shown as {shown}",
            source,
            [
                batch(
                    "CREATE TABLE t (a int, b int, c int, d datetime, z nvarchar(10),"
                    f" CONSTRAINT ck CHECK ({condition}))"
                ),
                batch("SELECT definition FROM sys.check_constraints", rows=[[shown]]),
            ],
        )
        for source, condition, shown in (
            (FORMAT, "b > 1 AND (a > 0 AND c > 0)", "([b]>(1) AND ([a]>(0) AND [c]>(0)))"),
            (FORMAT, "(b > 1 AND a > 0) AND c > 0", "([b]>(1) AND [a]>(0) AND [c]>(0))"),
            (FORMAT, "c > 0 AND a BETWEEN 3 AND 4", "([c]>(0) AND ([a]>=(3) AND [a]<=(4)))"),
            (FORMAT, "-b + a > 0", "((( -[b])+[a])>(0))"),
            (FORMAT, "b * (a * c) > 0", "([b]*([a]*[c])>(0))"),
            (FORMAT, "year(d) > 2000", "(datepart(year,[d])>(2000))"),
            (
                FORMAT,
                "NOT a > 1 OR NOT (b > 1 OR c > 1)",
                "(NOT [a]>(1) OR NOT ([b]>(1) OR [c]>(1)))",
            ),
            (DEFINITIONS, "a NOT IN (5, 6)", "(NOT ([a]=(6) OR [a]=(5)))"),
            (DEFINITIONS, "a NOT BETWEEN 5 AND 6", "(NOT ([a]>=(5) AND [a]<=(6)))"),
            (
                DEFINITIONS,
                "(a > 0 OR b > 0) AND z IS NOT NULL",
                "(([a]>(0) OR [b]>(0)) AND [z] IS NOT NULL)",
            ),
            (DEFINITIONS, "a & 4 = 4", "(([a]&(4))=(4))"),
            (DEFINITIONS, "z NOT LIKE N'b%'", "(NOT [z] like N'b%')"),
            (
                DEFINITIONS,
                "CASE WHEN a > 1 THEN 1 ELSE 0 END = 1",
                "(case when [a]>(1) then (1) else (0) end=(1))",
            ),
        )
    ),
    Fact(
        "A DEFAULT is shown as SQL Server writes its tree",
        DEFINITIONS,
        [
            batch(
                "CREATE TABLE t (a int CONSTRAINT a DEFAULT -2, b float CONSTRAINT b DEFAULT 2e3,"
                " c money CONSTRAINT c DEFAULT $2.5, d bigint CONSTRAINT d DEFAULT 4000000000,"
                " e int CONSTRAINT e DEFAULT (1 + 2) * 3, f date CONSTRAINT f"
                " DEFAULT CONVERT(date, GETDATE()), g int CONSTRAINT g DEFAULT CAST('4' AS int))"
            ),
            batch(
                "SELECT name, definition FROM sys.default_constraints ORDER BY name",
                rows=[
                    ["a", "((-2))"],
                    ["b", "((2.0000000000000000e+003))"],
                    ["c", "(($2.5000))"],
                    ["d", "((4000000000.))"],
                    ["e", "(((1)+(2))*(3))"],
                    ["f", "(CONVERT([date],getdate()))"],
                    ["g", "(CONVERT([int],'4'))"],
                ],
            ),
        ],
    ),
    Fact(
        "Products stand without parentheses in a computed column, sums with them",
        DEFINITIONS,
        [
            batch("CREATE TABLE t (x int, y int, a AS x + y * 2, b AS (x + y) * 2)"),
            batch(
                "SELECT name, definition FROM sys.computed_columns ORDER BY name",
                rows=[["a", "([x]+[y]*(2))"], ["b", "(([x]+[y])*(2))"]],
            ),
        ],
    ),
    Fact(
        "Statistics are in sys.stats, those of indexes too",
        "Microsoft, sys.stats (Transact-SQL)",
        [
            batch("CREATE TABLE t (a int, b int); CREATE INDEX ix ON t (a)"),
            batch("CREATE STATISTICS st ON t (b, a) WHERE a > 0"),
            batch(
                "SELECT s.name, user_created, filter_definition, c.name FROM sys.stats s"
                " JOIN sys.stats_columns k ON k.object_id = s.object_id AND k.stats_id = s.stats_id"
                " JOIN sys.columns c ON c.object_id = k.object_id AND c.column_id = k.column_id"
                " WHERE s.object_id = OBJECT_ID('t') ORDER BY s.name, k.stats_column_id",
                rows=[
                    ["ix", False, None, "a"],
                    ["st", True, "([a]>(0))", "b"],
                    ["st", True, "([a]>(0))", "a"],
                ],
            ),
        ],
    ),
]

FACTS = [*REFUSED, *CONTINUED, *SHOWN]
