"""Constraints: their definition, their violation, and turning them off and on."""

from __future__ import annotations

from tests.facts.model import Fact, batch

GAPS = "mirek/msduck reference/gaps-constraints.json"
KEYS = "mirek/msduck reference/gaps-keys.json"
OTHER = "mirek/bitsql harness/corpus/constraints/column-check-other-column"
NAMING = "mirek/bitsql harness/corpus/constraints/check-naming"
TOUCHED = "mirek/bitsql harness/corpus/constraints/update-touched"
CAPACITY = "Microsoft, Maximum capacity specifications for SQL Server; errors 1944 and 1946"

NOT_COMPILED = (1750, 0)

CHECKS = [
    Fact(
        "An unknown column in a CHECK is 207, also if another column's CHECK is wrong",
        OTHER,
        [
            batch(
                "CREATE TABLE t (a int CHECK (a > 0 AND nosuch > 0), b int CHECK (a > 1))",
                errors=[207],
            ),
        ],
    ),
    Fact(
        "A subquery in a CHECK is 1046, also if it reads another column",
        OTHER,
        [
            batch(
                "CREATE TABLE t (a int CHECK (EXISTS (SELECT b FROM sys.objects)), b int)",
                errors=[1046],
            ),
        ],
        bad_grammar=True,
    ),
    Fact(
        "A CHECK in a column reads that column only: 8141 with 1750",
        OTHER,
        [
            batch(
                "CREATE TABLE t (a int NULL, b int NULL CHECK (a > 0))",
                errors=[(8141, 0), NOT_COMPILED],
                messages=[
                    "Column CHECK constraint for column 'b' references another column, table 't'."
                ],
            ),
            batch(
                "CREATE TABLE t (a int NULL CHECK (a > 0 AND b > 0), b int NULL)",
                errors=[(8141, 0), NOT_COMPILED],
            ),
            batch("CREATE TABLE t (a int NULL, b int NULL CHECK (B > 0))"),
            batch("ALTER TABLE t ADD c int CHECK (a > 0)", errors=[(8141, 0), NOT_COMPILED]),
        ],
    ),
    Fact(
        "A batch with a CHECK of another column does not run at all",
        OTHER,
        [
            batch(
                "SELECT 1; CREATE TABLE t (a int NULL, b int NULL CHECK (a > 0)); SELECT 2",
                errors=[(8141, 0), NOT_COMPILED],
            ),
            batch(
                "SELECT 1; CREATE TABLE t (a int NULL CHECK (a > 0) CHECK (a < 9))",
                errors=[(8148, 0)],
            ),
            batch("CREATE TABLE t (a int)"),
            batch(
                "SELECT 1; ALTER TABLE t ADD c int CHECK (a > 0); SELECT 2",
                errors=[(8141, 0), NOT_COMPILED],
            ),
            batch(
                "CREATE TABLE u (a int); ALTER TABLE u ADD b int CHECK (a > 0)",
                errors=[(8141, 0), NOT_COMPILED],
            ),
            batch("SELECT COL_LENGTH('u', 'a'), COL_LENGTH('u', 'b')", rows=[[4, None]]),
        ],
    ),
    Fact(
        "A CHECK that reads no column is 207, also beside another column",
        OTHER,
        [
            batch("CREATE TABLE t (a int NULL CHECK (zz > 0))", errors=[(207, 1)]),
            batch(
                "CREATE TABLE t (a int NULL CHECK (a > 0 AND zz > 0 AND b > 0), b int)",
                errors=[(207, 1)],
            ),
        ],
    ),
    Fact(
        "A CHECK with a subquery is 1046",
        OTHER,
        [
            batch(
                "CREATE TABLE t (a int NULL CHECK (EXISTS (SELECT 1 FROM sys.objects)))",
                errors=[(1046, 1)],
            ),
        ],
        bad_grammar=True,
    ),
    Fact(
        "A column has one CHECK of its own: 8148",
        OTHER,
        [
            batch(
                "CREATE TABLE dbo.t (a int NULL CHECK (a > 0) CHECK (a < 9))",
                errors=[(8148, 0)],
                messages=[
                    "More than one column CHECK constraint specified for column 'a', table 'dbo.t'."
                ],
            ),
        ],
    ),
    Fact(
        "Two constraints of one name in a statement are 8168",
        GAPS + ", definition errors",
        [
            batch(
                "CREATE TABLE t (a int, CONSTRAINT ck CHECK (a > 0), CONSTRAINT ck CHECK (a > 1))",
                errors=[(8168, 0)],
            ),
        ],
    ),
    Fact(
        "A CHECK over one column belongs to it, wherever it is written",
        NAMING,
        [
            batch("CREATE TABLE t (a int, b int, CHECK (b > 0), CONSTRAINT ck CHECK (a > b))"),
            batch(
                "SELECT parent_column_id, definition FROM sys.check_constraints"
                " ORDER BY parent_column_id",
                rows=[[0, "([a]>[b])"], [2, "([b]>(0))"]],
            ),
        ],
    ),
    Fact(
        "Invented names have at most 30 characters, five of them the column's",
        NAMING,
        [
            batch(
                "CREATE TABLE abcdefghijklmnopqrst (a int CHECK (a > 0), longcolumn int DEFAULT 0,"
                " c int, CHECK (a > c))"
            ),
            batch(
                "SELECT LEFT(name, LEN(name) - 8) FROM sys.check_constraints UNION ALL"
                " SELECT LEFT(name, LEN(name) - 8) FROM sys.default_constraints ORDER BY 1",
                rows=[
                    ["CK__abcdefghijklm__a__"],
                    ["CK__abcdefghijklmnop__"],
                    ["DF__abcdefghi__longc__"],
                ],
            ),
        ],
    ),
    Fact(
        "A violated CHECK is 547, and the batch goes on",
        GAPS + ", alter lifecycle",
        [
            batch("CREATE TABLE t (a int CONSTRAINT ck CHECK (a > 0))"),
            batch("INSERT t VALUES (1), (-1); SELECT COUNT(*) FROM t", errors=[547], rows=[[0]]),
            batch("INSERT t VALUES (NULL); SELECT COUNT(*) FROM t", rows=[[1]]),
        ],
    ),
    Fact(
        "A CHECK that the rows violate is not added",
        GAPS + ", alter lifecycle",
        [
            batch("CREATE TABLE t (a int); INSERT t VALUES (-5)"),
            batch("ALTER TABLE t ADD CONSTRAINT ck CHECK (a > 0)", errors=[(547, 0)]),
            batch("ALTER TABLE t WITH CHECK ADD CONSTRAINT ck CHECK (a > 0)", errors=[(547, 0)]),
            batch("ALTER TABLE t WITH NOCHECK ADD CONSTRAINT ck CHECK (a > 0)"),
            batch(
                "SELECT is_disabled, is_not_trusted FROM sys.check_constraints",
                rows=[[False, True]],
            ),
        ],
    ),
    Fact(
        "An untrusted CHECK looks at updates of the columns that it reads, and no others",
        TOUCHED,
        [
            batch("CREATE TABLE t (id int, a int, b int); INSERT t VALUES (1, -5, 1), (2, 1, 1)"),
            batch("ALTER TABLE t WITH NOCHECK ADD CONSTRAINT ck CHECK (a > 0)"),
            batch("UPDATE t SET b = 7; SELECT COUNT(*) FROM t WHERE b = 7", rows=[[2]]),
            batch("UPDATE t SET a = -2 WHERE id = 1", errors=[(547, 0)]),
            batch("UPDATE t SET a = a WHERE id = 1", errors=[(547, 0)]),
            batch("UPDATE t SET a = a WHERE id = 2"),
            batch("INSERT t VALUES (3, -1, 1)", errors=[(547, 0)]),
        ],
    ),
    Fact(
        "A CHECK that is off looks at nothing until it is on again",
        GAPS + ", alter lifecycle",
        [
            batch("CREATE TABLE t (a int CONSTRAINT ck CHECK (a > 0))"),
            batch("ALTER TABLE t NOCHECK CONSTRAINT ALL; INSERT t VALUES (-1)"),
            batch("ALTER TABLE t CHECK CONSTRAINT ck"),
            batch(
                "SELECT is_disabled, is_not_trusted FROM sys.check_constraints",
                rows=[[False, True]],
            ),
            batch("INSERT t VALUES (-2)", errors=[(547, 0)]),
            batch("ALTER TABLE t WITH CHECK CHECK CONSTRAINT ck", errors=[(547, 0)]),
            batch("DELETE t; ALTER TABLE t WITH CHECK CHECK CONSTRAINT ALL"),
            batch(
                "SELECT is_disabled, is_not_trusted FROM sys.check_constraints",
                rows=[[False, False]],
            ),
        ],
    ),
    Fact(
        "An untrusted CHECK that is dropped looks at nothing",
        TOUCHED,
        [
            batch("CREATE TABLE t (a int); INSERT t VALUES (-5)"),
            batch("ALTER TABLE t WITH NOCHECK ADD CONSTRAINT ck CHECK (a > 0)"),
            batch("EXEC sp_rename 'ck', 'renamed'"),
            batch("INSERT t VALUES (-1)", errors=[547]),
            batch("ALTER TABLE t DROP CONSTRAINT renamed; INSERT t VALUES (-1)"),
        ],
    ),
]

KEYED = [
    Fact(
        "A primary key of a nullable column is 8111 with 1750",
        GAPS + ", definition errors",
        [
            batch("CREATE TABLE t (id int NULL)"),
            batch("ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY (id)", errors=[8111, NOT_COMPILED]),
        ],
    ),
    Fact(
        "A duplicate of a constraint is 2627, of an index 2601",
        KEYS,
        [
            batch("CREATE TABLE t (a int CONSTRAINT uq UNIQUE, b int)"),
            batch("CREATE UNIQUE INDEX ux ON t (b); INSERT t VALUES (1, 1)"),
            batch(
                "INSERT t VALUES (1, 2)",
                errors=[(2627, 1)],
                messages=[
                    "Violation of UNIQUE KEY constraint 'uq'. Cannot insert duplicate key in"
                    " object 'dbo.t'. The duplicate key value is (1)."
                ],
            ),
            batch(
                "INSERT t VALUES (2, 1)",
                errors=[(2601, 1)],
                messages=[
                    "Cannot insert duplicate key row in object 'dbo.t' with unique index 'ux'."
                    " The duplicate key value is (1)."
                ],
            ),
        ],
    ),
    Fact(
        "NULL equals NULL in a unique key",
        KEYS,
        [
            batch("CREATE TABLE t (id int, a nvarchar(9) NULL CONSTRAINT uq UNIQUE)"),
            batch("INSERT t VALUES (1, NULL)"),
            batch(
                "INSERT t VALUES (2, NULL)",
                errors=[2627],
                messages=[
                    "Violation of UNIQUE KEY constraint 'uq'. Cannot insert duplicate key in"
                    " object 'dbo.t'. The duplicate key value is (<NULL>)."
                ],
            ),
        ],
    ),
    Fact(
        "The message of a duplicate shows nchar with its blanks",
        KEYS,
        [
            batch("CREATE TABLE t (a nchar(4), b int); CREATE UNIQUE INDEX ux ON t (a, b)"),
            batch("INSERT t VALUES (N'x', 1)"),
            batch(
                "INSERT t VALUES (N'x', 1)",
                errors=[2601],
                messages=[
                    "Cannot insert duplicate key row in object 'dbo.t' with unique index 'ux'."
                    " The duplicate key value is (x   , 1)."
                ],
            ),
        ],
    ),
    Fact(
        "Case does not make a key another one, and changing it alone is allowed",
        KEYS,
        [
            batch("CREATE TABLE t (id nvarchar(50) NOT NULL PRIMARY KEY); INSERT t VALUES (N'ab')"),
            batch("INSERT t VALUES (N'AB')", errors=[2627]),
            batch("UPDATE t SET id = N'Ab' WHERE id = N'aB'; SELECT id FROM t", rows=[["Ab"]]),
        ],
    ),
    Fact(
        "Rows outside a filter do not conflict, and an UPDATE can bring one in",
        "mirek/bitsql harness/corpus/constraints/filtered-unique-compare",
        [
            batch(
                "CREATE TABLE t (id int, n int NULL); CREATE UNIQUE INDEX ux ON t (n) WHERE n > 0"
            ),
            batch("INSERT t VALUES (1, 0), (2, 0), (3, -1), (4, 5)"),
            batch("INSERT t VALUES (5, 5)", errors=[(2601, 1)]),
            batch("UPDATE t SET n = 5 WHERE id = 1", errors=[(2601, 1)]),
        ],
    ),
    Fact(
        "NULL in a NOT NULL column is 515",
        KEYS,
        [
            batch("CREATE TABLE t (a int NOT NULL, b int)"),
            batch("INSERT t VALUES (NULL, 1)", errors=[(515, 2)]),
            batch("INSERT t (b) VALUES (1)", errors=[(515, 2)]),
            batch("INSERT t VALUES (1, 1)"),
            batch("UPDATE t SET a = NULL", errors=[(515, 2)]),
        ],
    ),
    Fact(
        "A second default of a column is 1781, one of no column 1752",
        GAPS + ", alter lifecycle and definition errors",
        [
            batch("CREATE TABLE t (a int CONSTRAINT df DEFAULT 1)"),
            batch(
                "ALTER TABLE t ADD CONSTRAINT df2 DEFAULT 2 FOR a", errors=[(1781, 1), NOT_COMPILED]
            ),
            batch(
                "ALTER TABLE t ADD CONSTRAINT df2 DEFAULT 2 FOR b", errors=[(1752, 0), NOT_COMPILED]
            ),
        ],
    ),
    Fact(
        "A default that reads a column is 128",
        GAPS + ", definition errors",
        [
            batch("CREATE TABLE t (a int, b int)"),
            batch("ALTER TABLE t ADD CONSTRAINT df DEFAULT (a + 1) FOR b", errors=[(128, 1)]),
        ],
    ),
    Fact(
        "A default WITH VALUES fills the rows that are there, one of a nullable column does not",
        GAPS + ", alter lifecycle",
        [
            batch("CREATE TABLE t (a int); INSERT t VALUES (1)"),
            batch("ALTER TABLE t ADD b int NOT NULL DEFAULT 7, c int NULL DEFAULT 7"),
            batch("ALTER TABLE t ADD d int NULL CONSTRAINT df DEFAULT 7 WITH VALUES"),
            batch("SELECT * FROM t", rows=[[1, 7, None, 7]]),
        ],
    ),
    Fact(
        "A row whose key has more than 1,700 bytes is refused: 1946",
        CAPACITY,
        [
            batch("CREATE TABLE t (id int, v nvarchar(1000)); CREATE INDEX ix ON t (v)"),
            batch("INSERT t VALUES (1, REPLICATE(N'x', 850))"),
            batch("INSERT t VALUES (2, REPLICATE(N'x', 851))", errors=[1946]),
            batch("UPDATE t SET v = REPLICATE(N'y', 900)", errors=[1946]),
            batch("DROP INDEX ix ON t; UPDATE t SET v = REPLICATE(N'y', 900)"),
            batch("CREATE INDEX ix ON t (v)", errors=[1946]),
        ],
    ),
    Fact(
        "An index whose shortest key has more than 1,700 bytes is not created: 1944",
        CAPACITY,
        [
            batch("CREATE TABLE t (a char(1000), b char(1000))"),
            batch("CREATE INDEX ix ON t (a, b)", errors=[1944]),
        ],
    ),
    Fact(
        "A table has one clustered index: 1902",
        "mirek/bitsql .claude/skills/t-sql/SKILL.md; error 1902",
        [
            batch("CREATE TABLE t (id int NOT NULL PRIMARY KEY, a int)"),
            batch("CREATE CLUSTERED INDEX ix ON t (a)", errors=[1902]),
        ],
    ),
    Fact(
        "(max) is no key of an index: 1919",
        "mirek/bitsql harness/corpus/catalog/computed-forward-refs; error 1919",
        [
            batch("CREATE TABLE t (v nvarchar(max), w varbinary(max))"),
            batch("CREATE INDEX ix ON t (v)", errors=[1919]),
            batch("ALTER TABLE t ADD CONSTRAINT uq UNIQUE (w)", errors=[1919, 1750]),
        ],
    ),
]

FACTS = [*CHECKS, *KEYED]
