"""Sequences, synonyms, alias types, schemas, indexes by name, and hints of tables."""

from __future__ import annotations

from tests.facts.model import Fact, batch, rpc

SEQUENCES = "mirek/bitsql docs/reference/tail5-b1.md (corpus tail5/b1-next-value-over)"
SYNONYMS = "mirek/bitsql t-sql/SKILL.md, 2026-10-03 (synonyms)"
TYPES = "mirek/bitsql t-sql/SKILL.md, 2026-10-03 (user-defined types, corpus tabletypes/)"
TRANSFER = "mirek/bitsql docs/reference/tail5-b2.md (corpus tail5/b2-schema-transfer)"
CATALOG = "mirek/bitsql docs/reference/system-catalog.md"
CHECKS = "mirek/bitsql docs/reference/batch-checks.md (corpus tail/table-hints)"
SHAPES = "mirek/bitsql docs/reference/tail5-b2.md (corpus tail5/b2-hints)"
MERGES = "mirek/bitsql docs/reference/batch-checks.md (corpus tail/merge-when-clauses)"
VARIABLES = "mirek/bitsql docs/reference/batch-checks.md (msduck-runs table-variable)"
PROCEDURES = "mirek/msduck reference/gaps-procedures.json"
IDENTITY = "mirek/bitsql t-sql/SKILL.md, 2026-10-04 (IDENTITY_INSERT)"
RENAMED = "mirek/bitsql docs/reference/system-catalog.md (sp_rename)"

SEQUENCE = batch("CREATE SEQUENCE s AS int START WITH 1")
TABLE = batch("CREATE TABLE t (id int NOT NULL PRIMARY KEY, v int); INSERT t VALUES (1, 1), (2, 2)")

FACTS = [
    Fact(
        "All references of a row to a sequence give one value",
        SEQUENCES,
        [
            SEQUENCE,
            TABLE,
            batch("SELECT NEXT VALUE FOR s, NEXT VALUE FOR s + 10", rows=[[1, 11]]),
            batch(
                "SELECT NEXT VALUE FOR s, NEXT VALUE FOR dbo.s FROM t",
                rows=[[2, 2], [3, 3]],
            ),
        ],
    ),
    Fact(
        "NEXT VALUE FOR may not stand in clauses that filter or sort, nor beside them",
        SEQUENCES,
        [
            SEQUENCE,
            TABLE,
            *(
                batch(f"SELECT 0; {text}", errors=[number])
                for text, number in (
                    ("SELECT 1 FROM t WHERE NEXT VALUE FOR s > 1", 11720),
                    ("SELECT 1 FROM t ORDER BY NEXT VALUE FOR s", 11720),
                    ("SELECT DISTINCT NEXT VALUE FOR s FROM t", 11721),
                    ("SELECT NEXT VALUE FOR s UNION ALL SELECT 1", 11721),
                    ("SELECT NEXT VALUE FOR s FROM t ORDER BY id", 11723),
                    ("SELECT TOP (1) NEXT VALUE FOR s FROM t", 11739),
                    ("SELECT (SELECT NEXT VALUE FOR s)", 11719),
                    ("SELECT NEXT VALUE FOR s OVER (PARTITION BY v ORDER BY id) FROM t", 11716),
                    ("UPDATE t SET v = NEXT VALUE FOR s OVER (ORDER BY id)", 11717),
                )
            ),
            batch("SELECT NEXT VALUE FOR s", rows=[[1]]),
        ],
    ),
    Fact(
        "A sequence that a default draws from is not dropped: 3729",
        "Microsoft: DROP SEQUENCE (Transact-SQL)",
        [
            SEQUENCE,
            batch("CREATE TABLE d (id int DEFAULT (NEXT VALUE FOR s), v int)"),
            batch("DROP SEQUENCE s", errors=[3729]),
            batch("INSERT d (v) VALUES (7); SELECT id, v FROM d", rows=[[1, 7]]),
        ],
    ),
    Fact(
        "A synonym is followed when it is used; one of nothing is made, and fails with 5313",
        SYNONYMS,
        [
            TABLE,
            batch("CREATE SYNONYM y FOR dbo.t; CREATE SYNONYM n FOR dbo.nothing"),
            batch("SELECT y.v FROM y WHERE y.id = 2", rows=[[2]]),
            batch("SELECT v FROM n", errors=[5313]),
            batch("INSERT n VALUES (1)", errors=[5313]),
            batch("CREATE SYNONYM y FOR dbo.t", errors=[(2714, 8)]),
        ],
    ),
    Fact(
        "DROP TABLE of a synonym and DROP SYNONYM of a table are 3705",
        SYNONYMS,
        [
            TABLE,
            batch("CREATE SYNONYM y FOR dbo.t"),
            batch("DROP TABLE y", errors=[3705]),
            batch("DROP SYNONYM t", errors=[3705]),
            batch("DROP SYNONYM y; SELECT COUNT(*) FROM t", rows=[[2]]),
        ],
    ),
    Fact(
        "A type that exists is 219, one of another alias 222, one that is missing 218",
        TYPES,
        [
            batch("CREATE TYPE code FROM nvarchar(10) NOT NULL"),
            batch("CREATE TYPE code FROM int", errors=[219]),
            batch("CREATE TYPE bigint FROM int", errors=[219]),
            batch("CREATE TYPE code2 FROM code", errors=[222]),
            batch("DROP TYPE nothing", errors=[218]),
            batch("DROP TYPE code"),
        ],
    ),
    Fact(
        "ALTER SCHEMA TRANSFER moves nothing within a schema, and 15530 is a name that is taken",
        TRANSFER,
        [
            batch("CREATE SCHEMA a"),
            batch("CREATE TABLE a.t (id int); CREATE TABLE dbo.t (id int)"),
            batch(
                "ALTER SCHEMA a TRANSFER a.t; SELECT OBJECT_SCHEMA_NAME(OBJECT_ID('a.t'))",
                rows=[["a"]],
            ),
            batch("ALTER SCHEMA a TRANSFER dbo.t; SELECT 1", rows=[[1]], errors=[15530]),
            batch("ALTER SCHEMA sys TRANSFER dbo.t", errors=[2710]),
        ],
    ),
    Fact(
        "A scale above its precision is 183 for a column",
        CATALOG,
        [batch("CREATE TABLE c (d decimal(5, 6))", errors=[183])],
    ),
    Fact(
        "ALTER INDEX of no index is 2727, DROP INDEX without its table 159",
        CATALOG,
        [
            TABLE,
            batch("ALTER INDEX nothing ON t REBUILD", errors=[2727]),
            batch("CREATE INDEX ix ON t (v) WITH (DROP_EXISTING = ON)", errors=[7999]),
            batch("SELECT 1; DROP INDEX ix", errors=[159]),
        ],
        bad_grammar=True,
    ),
    Fact(
        "sp_rename takes no empty name, and no computed column",
        RENAMED,
        [
            batch("CREATE TABLE c (a int, b AS a + 1)"),
            batch("EXEC sp_rename 'c.a', '', 'COLUMN'", errors=[15004, (15224, 15)]),
            batch("EXEC sp_rename 'c.b', 'x', 'COLUMN'", errors=[4928]),
            batch("EXEC sp_rename 'nothing', 'x', 'OBJECT'", errors=[15248]),
        ],
    ),
    Fact(
        "Hints of tables that exclude each other end the batch before it runs",
        CHECKS,
        [
            TABLE,
            batch("SELECT 1; SELECT id FROM t WITH (FORCESEEK, FORCESCAN)", errors=[10746]),
            batch("SELECT 1; SELECT id FROM t WITH (INDEX(0), INDEX(1))", errors=[(8622, 2)]),
            batch(
                "SELECT 1; SELECT id FROM t WITH (FORCESEEK, INDEX(0)) WHERE id = 1",
                errors=[(8622, 1)],
            ),
        ],
    ),
    Fact(
        "A table without WITH takes one hint in parentheses",
        SHAPES,
        [
            TABLE,
            batch("SELECT id FROM t (NOLOCK)", rows=[[1], [2]]),
            batch("SELECT id FROM t a (NOLOCK)", rows=[[1], [2]]),
            batch("SELECT 1; SELECT id FROM t a (NOLOCK, READPAST)", errors=[1018]),
            batch("SELECT 1; SELECT id FROM t (INDEX(0))", errors=[1018]),
            batch("SELECT 1; SELECT id FROM t a (nothing)", errors=[321]),
        ],
        bad_grammar=True,
    ),
    Fact(
        "An index that a hint names is not looked for if the table is a view",
        SHAPES,
        [
            TABLE,
            batch("CREATE VIEW w AS SELECT id FROM t"),
            batch("SELECT id FROM w WITH (INDEX(nothing))", rows=[[1], [2]]),
        ],
    ),
    Fact(
        "A repeated action of a MERGE is 10714, before a clause that is never reached (5324)",
        MERGES,
        [
            TABLE,
            batch(
                "SELECT 1; MERGE t USING (VALUES (1, 5)) AS s (id, v) ON t.id = s.id"
                " WHEN MATCHED THEN UPDATE SET v = s.v"
                " WHEN MATCHED AND s.v > 1 THEN UPDATE SET v = 0;",
                errors=[10714],
            ),
            batch(
                "SELECT 1; MERGE t USING (VALUES (1, 5)) AS s (id, v) ON t.id = s.id"
                " WHEN MATCHED THEN DELETE WHEN MATCHED THEN UPDATE SET v = 0;",
                errors=[5324],
            ),
        ],
    ),
    Fact(
        "A constraint of a table variable has no name",
        VARIABLES,
        [
            batch(
                "DECLARE @t TABLE (a int CHECK (a > 0)); INSERT @t VALUES (1); SELECT a FROM @t",
                rows=[[1]],
            ),
            batch("DECLARE @t TABLE (a int CONSTRAINT ck CHECK (a > 0)); SELECT 1", errors=[156]),
        ],
        bad_grammar=True,
    ),
    Fact(
        "CREATE PROCEDURE is no statement inside a procedure, nor beside parameters",
        PROCEDURES,
        [
            batch("CREATE PROCEDURE a AS CREATE PROCEDURE b AS SELECT 1", errors=[156]),
            rpc("CREATE PROCEDURE c AS SELECT 1", {"@p": ("int", 1)}, errors=[156]),
            batch("SELECT 1; CREATE PROCEDURE d AS SELECT 1", errors=[111]),
            batch("SELECT COUNT(*) FROM sys.procedures", rows=[[0]]),
        ],
        bad_grammar=True,
    ),
    Fact(
        "sp_executesql with more values than parameters is 8144, which ends the batch",
        PROCEDURES,
        [
            batch(
                "EXEC sp_executesql N'SELECT @p', N'@p int', @p = 1, @q = 2; SELECT 1",
                errors=[(8144, 2)],
            ),
        ],
    ),
    Fact(
        "While IDENTITY_INSERT is ON, an INSERT without the identity column is 545",
        IDENTITY,
        [
            batch("CREATE TABLE i (id int IDENTITY, v int)"),
            batch("SET IDENTITY_INSERT i ON; INSERT i DEFAULT VALUES", errors=[545]),
            batch("INSERT i (v) VALUES (1)", errors=[545]),
            batch("INSERT i VALUES (1)", errors=[545]),
            batch("INSERT i VALUES (1, 2)", errors=[8101]),
            batch("INSERT i (id, v) VALUES (5, 2); SELECT id FROM i", rows=[[5]]),
        ],
    ),
    Fact(
        "SET QUOTED_IDENTIFIER changes how the rest of its batch is read",
        "mirek/bitsql docs/reference/database-settings.md (SKILL.md, 2026-10-04)",
        [
            batch('SET QUOTED_IDENTIFIER OFF; SELECT "it\'s"', rows=[["it's"]]),
            batch('SELECT "x"', rows=[["x"]]),
            batch('SET QUOTED_IDENTIFIER ON; SELECT 1 AS "x y"', rows=[[1]]),
        ],
        bad_grammar=True,
    ),
    Fact(
        "A view is all of its batch, keeps no rows, and reads no temporary table",
        "Microsoft: CREATE VIEW (Transact-SQL); mirek/bitsql t-sql/SKILL.md",
        [
            TABLE,
            batch("CREATE VIEW w AS SELECT id FROM t; SELECT 1", errors=[156]),
            batch("CREATE VIEW w AS SELECT id INTO #x FROM t", errors=[156]),
            batch("CREATE TABLE #x (a int)"),
            batch("CREATE VIEW w AS SELECT a FROM #x", errors=[4508]),
            batch("ALTER VIEW w AS SELECT id FROM t", errors=[(208, 6)]),
        ],
        bad_grammar=True,
    ),
    Fact(
        "A view WITH SCHEMABINDING names its columns, and its tables with their schemas",
        "Microsoft: CREATE VIEW (Transact-SQL), SCHEMABINDING",
        [
            TABLE,
            batch("CREATE VIEW w WITH SCHEMABINDING AS SELECT * FROM dbo.t", errors=[1054]),
            batch("CREATE VIEW w WITH SCHEMABINDING AS SELECT id FROM t", errors=[(4512, 3)]),
            batch("CREATE VIEW w WITH SCHEMABINDING AS SELECT v FROM dbo.t"),
            batch("EXEC sp_rename 't.v', 'x', 'COLUMN'", errors=[15336]),
            batch("EXEC sp_rename 't', 'x'", errors=[15336]),
        ],
    ),
    Fact(
        "Tables of one name are told apart by aliases only, whatever their schemas are",
        "mirek/bitsql harness/corpus/tail/views-exposed-names",
        [
            TABLE,
            batch("CREATE SCHEMA a"),
            batch("CREATE TABLE a.t (id int)"),
            batch("SELECT 1 FROM dbo.t CROSS JOIN a.t", errors=[1013]),
            batch("UPDATE dbo.t SET v = 1 FROM dbo.t CROSS JOIN a.t", errors=[1013]),
            batch(
                "SELECT 1 FROM STRING_SPLIT('a', ',') CROSS JOIN STRING_SPLIT('b', ',')",
                rows=[[1]],
            ),
        ],
    ),
    Fact(
        "An argument of EXEC that does not convert ends the EXEC, and belongs to the procedure",
        "mirek/bitsql harness/corpus/proc/exec-args, exec-errors",
        [
            batch("CREATE PROCEDURE p @a int AS SELECT @a"),
            batch("EXEC p 'x'; SELECT 'after'", rows=[["after"]], errors=[8114]),
            batch(
                "BEGIN TRY EXEC p 'x' END TRY BEGIN CATCH"
                " SELECT ERROR_NUMBER(), ERROR_PROCEDURE(), ERROR_LINE() END CATCH",
                rows=[[8114, "p", 0]],
            ),
            batch(
                "BEGIN TRY EXEC p END TRY BEGIN CATCH"
                " SELECT ERROR_NUMBER(), ERROR_PROCEDURE(), ERROR_LINE() END CATCH",
                rows=[[201, "p", 0]],
            ),
        ],
    ),
    Fact(
        "A temporary table is found under the name of any database",
        "mirek/bitsql harness/corpus/stmts/temp-qualified-names",
        [
            batch("CREATE TABLE #k (id int); INSERT #k VALUES (3)"),
            batch("SELECT id FROM model..#k", rows=[[3]]),
            batch("SELECT id FROM nosuch..#k", rows=[[3]]),
            batch("SELECT id FROM tempdb..#m", errors=[(208, 0)]),
        ],
    ),
    Fact(
        "After sp_rename has failed @@ERROR is 0; CATCH sees its name",
        RENAMED,
        [
            TABLE,
            batch(
                "EXEC sp_rename 't.x', 'y', 'COLUMN'; SELECT @@ERROR", rows=[[0]], errors=[15248]
            ),
            batch(
                "BEGIN TRY EXEC sp_rename 't.x', 'y', 'COLUMN' END TRY BEGIN CATCH"
                " SELECT ERROR_NUMBER(), ERROR_PROCEDURE(), @@ERROR END CATCH",
                rows=[[15248, "sp_rename", 15248]],
            ),
        ],
    ),
    Fact(
        "Tables and views say what they are not",
        "mirek/bitsql harness/corpus/catalog/objects, catalog/functions",
        [
            batch("CREATE TABLE t (id int NOT NULL PRIMARY KEY NONCLUSTERED, n nvarchar(20) NULL)"),
            batch("CREATE VIEW w AS SELECT id FROM t"),
            batch(
                "SELECT max_column_id_used, lob_data_space_id, uses_ansi_nulls,"
                " lock_escalation_desc, durability_desc, ledger_type_desc FROM sys.tables",
                rows=[[2, 0, True, "TABLE", "SCHEMA_AND_DATA", "NON_LEDGER_TABLE"]],
            ),
            batch(
                "SELECT is_date_correlation_view, ledger_view_type_desc, has_snapshot"
                " FROM sys.views",
                rows=[[False, "NON_LEDGER_VIEW", False]],
            ),
            batch(
                "SELECT COLUMNPROPERTY(OBJECT_ID('t'), 'n', 'Precision'),"
                " OBJECTPROPERTY(OBJECT_ID('t'), 'TableHasClustIndex'),"
                " OBJECTPROPERTY(OBJECT_ID('t'), 'TableHasForeignRef'),"
                " OBJECTPROPERTY(OBJECT_ID('w'), 'IsTrigger')",
                rows=[[20, 0, 0, 0]],
            ),
        ],
    ),
    Fact(
        "RAISERROR refuses a format that is none, and variables that no format takes",
        "mirek/bitsql t-sql/SKILL.md, 2026-10-03 (RAISERROR, msduck raiserror-*)",
        [
            batch("RAISERROR('%q', 16, 1)", errors=[2787]),
            batch("DECLARE @f float = 1; SELECT 0; RAISERROR('%d', 16, 1, @f)", errors=[2748]),
            batch("RAISERROR('%d of %s', 16, 1, 3, 'x')", errors=[50000]),
        ],
    ),
]
