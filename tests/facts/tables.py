"""Tables and indexes: types, names, options; renaming."""

from __future__ import annotations

from tests.facts.model import Fact, batch

RENAME = "mirek/bitsql harness/corpus/catalog/sp-rename"
RENAMED = "Microsoft, sp_rename (Transact-SQL)"
OPTIONS = "mirek/bitsql harness/corpus/constraints/index-options"
ALTER = "mirek/bitsql harness/corpus/catalog/alter-table"
PROBES = "mirek/bitsql harness/corpus/catalog/migration-probes"
FUNCTIONS = "mirek/bitsql harness/corpus/catalog/functions"
DEFAULTS = "mirek/bitsql harness/corpus/constraints/default-type-check"
IDENTIFIERS = "Microsoft, Database identifiers; error 103"
INLINE = "mirek/bitsql harness/corpus/catalog/inline-index-options"
COMMENTS = "mirek/bitsql harness/corpus/orm/extended-properties"
COLUMN = "N'Schema', N'dbo', N'Table', N't', N'Column'"
LONG = "x" * 129

RENAMES = [
    Fact(
        "sp_rename of a column keeps its place",
        RENAME,
        [
            batch("CREATE TABLE a (id int NOT NULL, x int NULL)"),
            batch("EXEC sp_rename 'dbo.a.x', 'xx', 'COLUMN'"),
            batch(
                "SELECT name, column_id FROM sys.columns WHERE object_id = OBJECT_ID('a')"
                " ORDER BY column_id",
                rows=[["id", 1], ["xx", 2]],
            ),
        ],
    ),
    Fact(
        "sp_rename returns 0, and 1 after its error, and the batch goes on",
        RENAME,
        [
            batch("CREATE TABLE a (id int)"),
            batch("DECLARE @r int; EXEC @r = sp_rename 'a', 'b'; SELECT @r", rows=[[0]]),
            batch(
                "DECLARE @r int; EXEC @r = sp_rename 'nothing', 'y'; SELECT @r",
                errors=[(15225, 1)],
                rows=[[1]],
            ),
        ],
    ),
    Fact(
        "sp_rename of no column is 15248, of no object 15225, to a name that is taken 15335",
        RENAME,
        [
            batch("CREATE TABLE a (id int); CREATE TABLE b (id int)"),
            batch("EXEC sp_rename 'a.nothing', 'y', 'COLUMN'", errors=[(15248, 1)]),
            batch("EXEC sp_rename 'nothing', 'y'", errors=[(15225, 1)]),
            batch("EXEC sp_rename 'a', 'b'", errors=[(15335, 1)]),
        ],
    ),
    Fact(
        "A column that a CHECK, a computed column or a filter reads is not renamed: 15336",
        RENAMED + "; error 15336",
        [
            batch("CREATE TABLE t (a int CHECK (a > 0), b int, c AS b + 1, d int, aa int)"),
            batch("CREATE INDEX ix ON t (aa) WHERE d > 0"),
            batch("EXEC sp_rename 't.a', 'x', 'COLUMN'", errors=[15336]),
            batch("EXEC sp_rename 't.b', 'x', 'COLUMN'", errors=[15336]),
            batch("EXEC sp_rename 't.d', 'x', 'COLUMN'", errors=[15336]),
            batch("EXEC sp_rename 't.aa', 'x', 'COLUMN'"),
            batch("SELECT COL_LENGTH('t', 'x'), COL_LENGTH('t', 'aa')", rows=[[4, None]]),
        ],
    ),
    Fact(
        "A column with a key, a default and an index is renamed",
        RENAMED,
        [
            batch("CREATE TABLE t (a int NOT NULL CONSTRAINT pk PRIMARY KEY, b int DEFAULT 1)"),
            batch("CREATE INDEX ix ON t (b)"),
            batch("EXEC sp_rename 't.a', 'x', 'COLUMN'; EXEC sp_rename 't.b', 'y', 'COLUMN'"),
            batch("INSERT t (x) VALUES (1); SELECT x, y FROM t", rows=[[1, 1]]),
        ],
    ),
    Fact(
        "Brackets in the new name are part of it",
        RENAMED,
        [
            batch("CREATE TABLE t (a int); EXEC sp_rename 't', '[u]'"),
            batch("SELECT name FROM sys.tables", rows=[["[u]"]]),
        ],
    ),
    Fact(
        "Indexes and constraints are renamed",
        RENAMED,
        [
            batch("CREATE TABLE t (a int CONSTRAINT ck CHECK (a > 0)); CREATE INDEX ix ON t (a)"),
            batch("EXEC sp_rename 't.ix', 'other', 'INDEX'; EXEC sp_rename 'ck', 'ck2'"),
            batch(
                "SELECT name FROM sys.indexes WHERE index_id > 0 UNION ALL"
                " SELECT name FROM sys.check_constraints ORDER BY name",
                rows=[["ck2"], ["other"]],
            ),
        ],
    ),
]

TABLES = [
    Fact(
        "DEFAULT NULL is a default of a column of any type",
        "mirek/bitsql harness/corpus/constraints/default-untyped-null",
        [
            batch(
                "CREATE TABLE t (id int, d date DEFAULT NULL, o datetimeoffset DEFAULT (NULL),"
                " g uniqueidentifier DEFAULT ((NULL)), b varbinary(9) DEFAULT NULL, k bit DEFAULT"
                " NULL, x xml DEFAULT NULL, n time DEFAULT (-NULL));"
                " INSERT t (id) VALUES (1); INSERT t DEFAULT VALUES; UPDATE t SET d = DEFAULT;"
                " SELECT id, d, o, g, b, k, n FROM t WHERE x IS NULL ORDER BY id",
                rows=[[None] * 7, [1] + [None] * 6],
            ),
            batch("ALTER TABLE t ADD e date NULL DEFAULT (NULL) WITH VALUES"),
            batch("SELECT COUNT(e) FROM t", rows=[[0]]),
            batch("CREATE TABLE u (d date DEFAULT (CAST(NULL AS int)))", errors=[206]),
        ],
    ),
    *(
        Fact(
            f"A {what} of more than 128 characters is 103",
            IDENTIFIERS,
            [batch("CREATE TABLE t (a int)"), batch(statement, errors=[103])],
            bad_grammar=True,
        )
        for what, statement in (
            ("table", f"CREATE TABLE {LONG} (a int)"),
            ("column", f"CREATE TABLE u ([{LONG}] int)"),
            ("constraint", f"CREATE TABLE u (a int, CONSTRAINT {LONG} CHECK (a > 0))"),
            ("name of an index", f"CREATE INDEX {LONG} ON t (a)"),
        )
    ),
    *(
        Fact(
            f"DEFAULT {default} of {type} is {number}",
            DEFAULTS,
            [batch(f"CREATE TABLE t (a {type} DEFAULT ({default}))", errors=[number])],
        )
        for type, default, number in (
            ("date", "1", (206, 2)),
            ("uniqueidentifier", "2.5", (206, 2)),
            ("int", "GETDATE()", (257, 3)),
            ("varbinary(9)", "'x'", (257, 3)),
            ("int", "CAST(NULL AS date)", (206, 2)),
        )
    ),
    Fact(
        "A default that does not convert is refused when a row is inserted",
        DEFAULTS,
        [
            batch("CREATE TABLE t (a date DEFAULT ('x'), b datetime DEFAULT (1))"),
            batch("INSERT t (b) VALUES (NULL)", errors=[241]),
        ],
    ),
    Fact(
        "Types of too many characters, digits or decimals are refused",
        "Microsoft, Data types (Transact-SQL); errors 131, 183, 1002, 2717, 2750",
        [
            batch("CREATE TABLE t (a varchar(9000))", errors=[131]),
            batch("CREATE TABLE t (a nvarchar(5000))", errors=[2717]),
            batch("CREATE TABLE t (a decimal(39, 2))", errors=[2750]),
            batch("CREATE TABLE t (a decimal(5, 6))", errors=[183]),
            batch("CREATE TABLE t (a datetime2(8))", errors=[1002]),
        ],
        bad_grammar=True,
    ),
    Fact(
        "A second rowversion in a table is 2738",
        "Microsoft, rowversion (Transact-SQL): a table has one",
        [batch("CREATE TABLE t (a rowversion, b rowversion)", errors=[2738])],
    ),
    Fact(
        "A table can have a column of type geography",
        "Microsoft, geography (Transact-SQL)",
        [batch("CREATE TABLE t (id int, place geography)")],
        unsupported=40514,
    ),
    Fact(
        "A second identity column by ALTER TABLE is 2744",
        "Microsoft, CREATE TABLE: one identity column per table",
        [
            batch("CREATE TABLE t (a int)"),
            batch("ALTER TABLE t ADD b int IDENTITY, c int IDENTITY", errors=[2744]),
            batch("ALTER TABLE t ADD b int IDENTITY"),
            batch("ALTER TABLE t ADD c int IDENTITY", errors=[2744]),
        ],
    ),
    Fact(
        "ALTER COLUMN to a shorter text than a row has is 2628",
        ALTER,
        [
            batch("CREATE TABLE t (s nvarchar(20)); INSERT t VALUES (N'hello')"),
            batch("ALTER TABLE t ALTER COLUMN s nvarchar(3)", errors=[(2628, 1)]),
        ],
    ),
    Fact(
        "ALTER COLUMN to a type that a row does not convert to is 245, to NOT NULL 515",
        ALTER,
        [
            batch("CREATE TABLE t (s nvarchar(20), n int); INSERT t VALUES (N'hello', NULL)"),
            batch("ALTER TABLE t ALTER COLUMN s int", errors=[(245, 1)]),
            batch("ALTER TABLE t ALTER COLUMN n int NOT NULL", errors=[(515, 2)]),
        ],
    ),
    Fact(
        "ALTER COLUMN without NULL or NOT NULL makes a column nullable",
        ALTER,
        [
            batch("CREATE TABLE t (x int NOT NULL)"),
            batch("ALTER TABLE t ALTER COLUMN x bigint"),
            batch("SELECT is_nullable FROM sys.columns WHERE name = 'x'", rows=[[True]]),
        ],
    ),
    Fact(
        "Constraints and columns are dropped by one statement",
        ALTER,
        [
            batch("CREATE TABLE t (a int, b int CONSTRAINT df DEFAULT 1, c int, d AS a + 1)"),
            batch("ALTER TABLE t DROP CONSTRAINT df, COLUMN b"),
            batch("ALTER TABLE t DROP COLUMN d, c"),
            batch(
                "SELECT name, column_id FROM sys.columns WHERE object_id = OBJECT_ID('t')",
                rows=[["a", 1]],
            ),
            batch("SELECT max_column_id_used FROM sys.tables", rows=[[4]]),
        ],
    ),
    Fact(
        "An added identity column numbers the rows that are there",
        ALTER,
        [
            batch("CREATE TABLE t (a int); INSERT t VALUES (1), (2)"),
            batch("ALTER TABLE t ADD n int IDENTITY(10, 10) NOT NULL"),
            batch("SELECT n FROM t ORDER BY n", rows=[[10], [20]]),
        ],
    ),
    Fact(
        "IF EXISTS makes dropping what is not there harmless",
        PROBES,
        [
            batch("CREATE TABLE t (a int)"),
            batch("DROP TABLE IF EXISTS dbo.nothing; DROP INDEX IF EXISTS ix ON t"),
            batch("ALTER TABLE t DROP CONSTRAINT IF EXISTS ck"),
            batch("ALTER TABLE t DROP COLUMN IF EXISTS nothing"),
            batch("DROP VIEW IF EXISTS nothing"),
        ],
    ),
    Fact(
        "TRUNCATE TABLE of a view is 4708, of nothing 4701",
        "Microsoft, errors 4701 and 4708",
        [
            batch("CREATE VIEW v AS SELECT 1 AS a"),
            batch("TRUNCATE TABLE v", errors=[4708]),
            batch("TRUNCATE TABLE nothing", errors=[4701]),
        ],
    ),
]

PROPERTIES = [
    Fact(
        "sp_helpindex lists the indexes of a table",
        "Microsoft, sp_helpindex (Transact-SQL)",
        [batch("CREATE TABLE t (a int)"), batch("EXEC sp_helpindex 't'")],
        unsupported=40517,
    ),
    Fact(
        "A property is added, updated and dropped, and goes with its column, table or view",
        COMMENTS,
        [
            batch("CREATE TABLE t (id int, s nvarchar(9), u int)"),
            batch("CREATE VIEW v AS SELECT id FROM t"),
            batch(f"EXEC sp_addextendedproperty N'MS_Description', N'a', {COLUMN}, N's'"),
            batch(f"EXEC sys.sp_addextendedproperty N'x', N'b', {COLUMN}, N'u'"),
            batch("EXEC sp_addextendedproperty N'x', N'c', N'Schema', N'dbo', N'View', N'v'"),
            batch(f"EXEC sp_updateextendedproperty N'ms_description', N'new', {COLUMN}, N's'"),
            batch(
                "SELECT minor_id, name, CAST(value AS nvarchar(9)) FROM sys.extended_properties"
                " WHERE major_id = OBJECT_ID('t') ORDER BY minor_id",
                rows=[[2, "MS_Description", "new"], [3, "x", "b"]],
            ),
            batch("ALTER TABLE t DROP COLUMN u; DROP VIEW v"),
            batch("SELECT minor_id FROM sys.extended_properties", rows=[[2]]),
            batch("DROP TABLE t; SELECT COUNT(*) FROM sys.extended_properties", rows=[[0]]),
        ],
    ),
    Fact(
        "An error of sp_addextendedproperty ends the batch and rolls the transaction back",
        COMMENTS,
        [
            batch("CREATE TABLE t (s int)"),
            batch(f"EXEC sp_addextendedproperty N'x', N'a', {COLUMN}, N's'"),
            batch("BEGIN TRANSACTION; INSERT t VALUES (1)"),
            batch(
                f"EXEC sp_addextendedproperty N'x', N'b', {COLUMN}, N's'; SELECT 1",
                errors=[(15233, 1)],
                messages=["Property cannot be added. Property 'x' already exists for 'dbo.t.s'."],
            ),
            batch("SELECT @@TRANCOUNT, (SELECT COUNT(*) FROM t)", rows=[[0, 0]]),
        ],
    ),
    Fact(
        "CATCH sees the error of sp_addextendedproperty",
        COMMENTS,
        [
            batch("CREATE TABLE t (s int)"),
            batch(f"EXEC sp_addextendedproperty N'x', N'a', {COLUMN}, N's'"),
            batch(
                f"BEGIN TRY EXEC sp_addextendedproperty N'x', N'b', {COLUMN}, N's' END TRY"
                " BEGIN CATCH SELECT ERROR_NUMBER() END CATCH",
                rows=[[15233]],
            ),
        ],
    ),
    Fact(
        "A level has a type and a name: 15600; without a name of the property the batch goes on",
        COMMENTS,
        [
            batch("CREATE TABLE t (s int)"),
            batch(f"EXEC sp_addextendedproperty N'x', N'y', {COLUMN}, NULL", errors=[15600]),
            batch(
                "EXEC sp_addextendedproperty N'x', N'y', NULL, NULL, N'Table', N't'", errors=[15600]
            ),
            batch(
                f"EXEC sp_addextendedproperty NULL, N'y', {COLUMN}, N's'; SELECT 3",
                errors=[(15600, 1)],
                rows=[[3]],
            ),
        ],
    ),
]

INDEXES = [
    Fact(
        "DROP INDEX with MAXDOP is for clustered indexes (3748), and its error ends the batch",
        OPTIONS,
        [
            batch("CREATE TABLE t (id int, v int); CREATE INDEX ix ON t (v)"),
            batch("DROP INDEX ix ON t WITH (MAXDOP = 1); SELECT 1", errors=[3748]),
        ],
    ),
    Fact(
        "An index that says CLUSTERED leaves the primary key nonclustered, wherever it stands",
        INLINE,
        [
            batch("CREATE TABLE t (id int PRIMARY KEY, v int, INDEX ix CLUSTERED (v))"),
            batch("CREATE TABLE u (v int, INDEX ix CLUSTERED (v), id int PRIMARY KEY)"),
            batch(
                "SELECT type_desc, is_primary_key FROM sys.indexes"
                " WHERE object_id IN (OBJECT_ID('t'), OBJECT_ID('u')) ORDER BY index_id",
                rows=[["CLUSTERED", False]] * 2 + [["NONCLUSTERED", True]] * 2,
            ),
        ],
    ),
    Fact(
        "Two that say CLUSTERED are 8112",
        INLINE,
        [
            batch(
                "CREATE TABLE dbo.t (id int PRIMARY KEY CLUSTERED, v int, INDEX i CLUSTERED (v))",
                errors=[(8112, 0)],
            ),
            batch(
                "CREATE TABLE dbo.t (a int, b int, INDEX i CLUSTERED (a), INDEX j CLUSTERED (b))",
                errors=[(8112, 0)],
            ),
        ],
    ),
    Fact(
        "A unique index of a table variable is enforced, and the message names the variable",
        INLINE,
        [
            batch(
                "DECLARE @t TABLE (v int, INDEX ix UNIQUE (v)); INSERT @t VALUES (1), (1)",
                errors=[(2601, 1)],
                messages=[
                    "Cannot insert duplicate key row in object 'dbo.@t' with unique index 'ix'."
                    " The duplicate key value is (1)."
                ],
            ),
        ],
    ),
    Fact(
        "DROP_EXISTING keeps the number of the index",
        OPTIONS,
        [
            batch("CREATE TABLE t (id int NOT NULL PRIMARY KEY, a int, b int)"),
            batch("CREATE INDEX ix_a ON t (a); CREATE INDEX ix_b ON t (b)"),
            batch("CREATE UNIQUE INDEX ix_a ON t (a) WITH (DROP_EXISTING = ON)"),
            batch(
                "SELECT name, index_id, is_unique FROM sys.indexes WHERE index_id > 1"
                " AND object_id = OBJECT_ID('t') ORDER BY index_id",
                rows=[["ix_a", 2, True], ["ix_b", 3, False]],
            ),
        ],
    ),
    Fact(
        "A fill factor is a percentage: 129",
        OPTIONS,
        [
            batch("CREATE TABLE t (a int)"),
            batch("CREATE INDEX ix ON t (a) WITH (FILLFACTOR = 101)", errors=[(129, 1)]),
        ],
        bad_grammar=True,
    ),
    Fact(
        "DROP INDEX has options for a clustered index only: 3748",
        OPTIONS,
        [
            batch("CREATE TABLE t (a int); CREATE INDEX ix ON t (a)"),
            batch("DROP INDEX ix ON t WITH (MAXDOP = 1)", errors=[(3748, 1)]),
        ],
    ),
    Fact(
        "A column is once in an index: 1909",
        OPTIONS,
        [
            batch("CREATE TABLE t (a int, b int)"),
            batch("CREATE INDEX ix ON t (a, b, a)", errors=[(1909, 1)]),
        ],
    ),
    Fact(
        "A filter compares columns with constants: 10735",
        "Microsoft, CREATE INDEX, filter_predicate; error 10735",
        [
            batch("CREATE TABLE t (a int, s nvarchar(9))"),
            batch("CREATE INDEX ix ON t (a) WHERE s LIKE 'a%'", errors=[10735]),
            batch("CREATE INDEX ix ON t (a) WHERE a = a", errors=[10735]),
            batch("CREATE INDEX ix ON t (a) WHERE a = 1 OR a = 2", errors=[10735]),
            batch("CREATE INDEX ix ON t (a) WHERE a NOT IN (1, 2)", errors=[10735]),
        ],
        bad_grammar=True,
    ),
    Fact(
        "OBJECTPROPERTY and INDEXPROPERTY tell what is what",
        FUNCTIONS,
        [
            batch(
                "CREATE TABLE t (id int IDENTITY CONSTRAINT pk PRIMARY KEY);"
                " CREATE INDEX i ON t (id)"
            ),
            batch(
                "SELECT OBJECTPROPERTY(OBJECT_ID('t'), 'IsTable'),"
                " OBJECTPROPERTY(OBJECT_ID('t'), 'TableHasIdentity'),"
                " OBJECTPROPERTY(OBJECT_ID('pk'), 'IsConstraint'),"
                " OBJECTPROPERTY(12345, 'IsTable'), OBJECTPROPERTY(OBJECT_ID('t'), 'nothing'),"
                " INDEXPROPERTY(OBJECT_ID('t'), 'i', 'IndexID'),"
                " INDEXPROPERTY(OBJECT_ID('t'), 'i', 'IsClustered')",
                rows=[[1, 1, 1, None, None, 2, 0]],
            ),
        ],
    ),
    Fact(
        "COL_LENGTH counts bytes, also of temporary tables",
        FUNCTIONS + "; ddl-continuation",
        [
            batch("CREATE TABLE t (n nvarchar(20), d decimal(9, 2))"),
            batch(
                "CREATE TABLE #t (i int, n nvarchar(max)); SELECT COL_LENGTH('t', 'n'),"
                " COL_LENGTH('t', 'd'), COL_LENGTH('tempdb..#t', 'i'),"
                " COL_LENGTH('tempdb..#t', 'n'), COL_LENGTH('t', 'nothing')",
                rows=[[40, 5, 4, -1, None]],
            ),
        ],
    ),
]

FACTS = [*RENAMES, *TABLES, *PROPERTIES, *INDEXES]
