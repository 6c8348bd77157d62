"""Temporary tables and variables of type table."""

from __future__ import annotations

from tests.facts.model import Fact, batch, rpc

GAPS = "mirek/msduck reference/gaps-temp_tables.json"
VARIABLES = "mirek/bitsql harness/corpus/temp/table-variables; mirek/msduck table-variable"
SCOPE = "mirek/bitsql harness/corpus/stmts/temp-module-scope"
FOO = batch("CREATE TABLE #foo (id int); INSERT #foo VALUES (1), (2)")

FACTS = [
    Fact(
        "A temporary table outlives its batch",
        GAPS,
        [FOO, batch("SELECT id FROM #foo ORDER BY id", rows=[[1], [2]])],
    ),
    Fact(
        "A temporary table is its session's own",
        GAPS,
        [FOO, batch("SELECT 1; SELECT id FROM #foo", sets=[[[1]]], errors=[(208, 0)], conn=2)],
    ),
    Fact(
        "Two sessions may have temporary tables of one name",
        GAPS,
        [
            FOO,
            batch(
                "CREATE TABLE #foo (id int); INSERT #foo VALUES (3); SELECT id FROM #foo",
                rows=[[3]],
                conn=2,
            ),
        ],
    ),
    Fact(
        "A temporary table's id is asked for in tempdb",
        GAPS,
        [
            FOO,
            batch(
                "SELECT IIF(OBJECT_ID('tempdb..#foo') IS NULL, 0, 1),"
                " IIF(OBJECT_ID(N'tempdb.dbo.#foo', N'U') IS NULL, 0, 1), OBJECT_ID('#foo')",
                rows=[[1, 1, None]],
            ),
        ],
    ),
    Fact(
        "A temporary table is found under tempdb, dbo or its bare name",
        GAPS,
        [
            FOO,
            batch(
                "SELECT #foo.id FROM tempdb..#foo WHERE #foo.id = 2;"
                " SELECT f.id FROM tempdb.dbo.#foo AS f WHERE f.id = 1;"
                " SELECT id FROM dbo.#foo WHERE id = 1",
                sets=[[[2]], [[1]], [[1]]],
            ),
        ],
    ),
    Fact(
        "A temporary table has keys, checks, defaults and identities",
        GAPS,
        [
            batch(
                "CREATE TABLE #c (id int IDENTITY PRIMARY KEY, code varchar(10) NOT NULL UNIQUE,"
                " qty int CHECK (qty > 0) DEFAULT 1); INSERT #c (code) VALUES ('a');"
                " INSERT #c (code, qty) VALUES ('b', 5); SELECT id, code, qty FROM #c ORDER BY id",
                rows=[[1, "a", 1], [2, "b", 5]],
            ),
            batch("INSERT #c (code) VALUES ('a')", errors=[(2627, 1)]),
            batch("INSERT #c (code, qty) VALUES ('z', 0)", errors=[(547, 0)]),
        ],
    ),
    Fact(
        "SELECT INTO makes a temporary table",
        GAPS,
        [
            FOO,
            batch(
                "SELECT id AS n, id * 10 AS tens INTO #s FROM #foo; SELECT n, tens FROM #s"
                " ORDER BY n",
                rows=[[1, 10], [2, 20]],
            ),
        ],
    ),
    Fact(
        "A temporary table can be altered",
        GAPS,
        [
            FOO,
            batch("ALTER TABLE #foo ADD extra int NULL"),
            batch(
                "INSERT #foo VALUES (9, 1); SELECT id, extra FROM #foo ORDER BY id",
                rows=[[1, None], [2, None], [9, 1]],
            ),
        ],
    ),
    Fact(
        "A temporary table that is created twice is 2714 with state 6",
        GAPS,
        [FOO, batch("CREATE TABLE #foo (id int)", errors=[(2714, 6)])],
    ),
    Fact(
        "A temporary table that is created twice in one batch is 2714 with state 1",
        GAPS,
        [batch("SELECT 1; CREATE TABLE #d (a int); CREATE TABLE #d (a int)", errors=[(2714, 1)])],
    ),
    Fact(
        "A temporary table that is dropped in between cannot be created twice in one batch",
        "mirek/bitsql harness/corpus/stmts/temp-duplicate-create",
        [
            batch(
                "CREATE TABLE #d (a int); DROP TABLE #d; CREATE TABLE #d (b int)",
                errors=[(2714, 1)],
            )
        ],
    ),
    Fact(
        "A missing temporary table is 208 with state 0",
        GAPS,
        [
            batch("SELECT id FROM #missing", errors=[(208, 0)]),
            batch("INSERT INTO #missing VALUES (1)", errors=[(208, 0)]),
        ],
    ),
    Fact(
        "DROP TABLE of a missing temporary table is 3701",
        GAPS,
        [batch("DROP TABLE #missing", errors=[(3701, 5)])],
    ),
    Fact(
        "DROP TABLE IF EXISTS takes a missing temporary table",
        GAPS,
        [
            batch(
                "DROP TABLE IF EXISTS #missing; SELECT OBJECT_ID('tempdb..#missing')", rows=[[None]]
            )
        ],
    ),
    Fact(
        "A temporary table can be dropped if it is there",
        GAPS,
        [
            batch(
                "CREATE TABLE #c (id int); IF OBJECT_ID('tempdb..#c') IS NOT NULL DROP TABLE #c;"
                " SELECT OBJECT_ID('tempdb..#c')",
                rows=[[None]],
            )
        ],
    ),
    Fact(
        "A statement with parameters sees the temporary tables of its session",
        GAPS,
        [FOO, rpc("SELECT id FROM #foo WHERE id = @a", {"@a": ("int", 2)}, rows=[[2]])],
    ),
    Fact(
        "A temporary table of a statement with parameters ends with it",
        GAPS,
        [
            rpc(
                "CREATE TABLE #r (id int); INSERT #r VALUES (@a); SELECT id FROM #r",
                {"@a": ("int", 20)},
                rows=[[20]],
            ),
            batch("SELECT OBJECT_ID('tempdb..#r')", rows=[[None]]),
        ],
    ),
    Fact(
        "A temporary table that SELECT INTO makes in a statement with parameters ends with it",
        GAPS,
        [
            rpc("SELECT @a AS id INTO #r; SELECT id FROM #r", {"@a": ("int", 20)}, rows=[[20]]),
            batch("SELECT id FROM #r", errors=[(208, 0)]),
        ],
    ),
    Fact(
        "A temporary table of an EXEC string ends with it",
        SCOPE,
        [batch("EXEC('CREATE TABLE #r (id int)'); SELECT OBJECT_ID('tempdb..#r')", rows=[[None]])],
    ),
    Fact(
        "A temporary table of a procedure ends with it",
        SCOPE,
        [
            batch(
                "CREATE PROCEDURE p AS BEGIN CREATE TABLE #r (id int); INSERT #r VALUES (1);"
                " SELECT id FROM #r END"
            ),
            batch("EXEC p; SELECT OBJECT_ID('tempdb..#r')", sets=[[[1]], [[None]]]),
        ],
    ),
    Fact(
        "A procedure sees the temporary tables of its caller",
        SCOPE,
        [
            FOO,
            batch("CREATE PROCEDURE p AS SELECT id FROM #foo ORDER BY id"),
            batch("EXEC p", rows=[[1], [2]]),
        ],
    ),
    Fact(
        "The creation of a temporary table is rolled back",
        GAPS,
        [
            batch(
                "BEGIN TRAN; CREATE TABLE #x (id int); ROLLBACK; SELECT OBJECT_ID('tempdb..#x')",
                rows=[[None]],
            )
        ],
    ),
    Fact(
        "The rows of a temporary table are rolled back",
        GAPS,
        [
            FOO,
            batch(
                "BEGIN TRAN; INSERT #foo VALUES (9); ROLLBACK; SELECT id FROM #foo ORDER BY id",
                rows=[[1], [2]],
            ),
        ],
    ),
    Fact(
        "The DROP of a temporary table is rolled back",
        GAPS,
        [
            FOO,
            batch("BEGIN TRAN; DROP TABLE #foo; ROLLBACK; SELECT COUNT(*) FROM #foo", rows=[[2]]),
        ],
    ),
    Fact(
        "TRUNCATE TABLE empties a temporary table",
        GAPS,
        [FOO, batch("TRUNCATE TABLE #foo; SELECT COUNT(*) FROM #foo", rows=[[0]])],
    ),
    Fact(
        "COL_LENGTH finds the columns of a temporary table in tempdb",
        "mirek/bitsql harness/corpus/catalog/ddl-continuation",
        [FOO, batch("SELECT COL_LENGTH('tempdb..#foo', 'id')", rows=[[4]])],
    ),
    Fact(
        "A global temporary table is seen by all sessions",
        GAPS,
        [
            batch("CREATE TABLE ##g (id int NOT NULL); INSERT ##g VALUES (40)"),
            batch(
                "INSERT ##g VALUES (41); SELECT id FROM ##g ORDER BY id", rows=[[40], [41]], conn=2
            ),
            batch("DROP TABLE ##g"),
        ],
        unsupported=40517,
    ),
    Fact(
        "The columns of a temporary table are in tempdb's catalog",
        GAPS,
        [
            FOO,
            batch(
                "SELECT name FROM tempdb.sys.columns WHERE object_id = OBJECT_ID('tempdb..#foo')",
                rows=[["id"]],
            ),
        ],
        unsupported=40517,
    ),
    Fact(
        "A CHECK constraint of a temporary table is one of tempdb",
        GAPS,
        [
            batch("CREATE TABLE #q (qty int CONSTRAINT ck_q CHECK (qty > 0))"),
            batch(
                "INSERT #q VALUES (0)",
                errors=[(547, 0)],
                messages=[
                    'The INSERT statement conflicted with the CHECK constraint "ck_q". The conflict'
                    ' occurred in database "tempdb", table "#q", column \'qty\'.'
                ],
            ),
        ],
    ),
    # --- Variables of type table ---
    Fact(
        "A table variable that a loop declares keeps its rows",
        SCOPE,
        [
            batch(
                "DECLARE @i int = 0; WHILE @i < 3 BEGIN DECLARE @t TABLE (id int);"
                " INSERT @t VALUES (@i); SET @i += 1 END; SELECT id FROM @t ORDER BY id",
                rows=[[0], [1], [2]],
            )
        ],
    ),
    Fact(
        "A table variable can be changed under an alias",
        SCOPE,
        [
            batch(
                "DECLARE @t TABLE (id int PRIMARY KEY); INSERT @t VALUES (1), (2);"
                " UPDATE i SET id = id + 10 FROM @t AS i WHERE i.id = 1;"
                " DELETE d FROM @t AS d WHERE d.id = 2; SELECT id FROM @t",
                rows=[[11]],
            )
        ],
    ),
    Fact(
        "A table variable keeps its rows through a rollback",
        VARIABLES,
        [
            batch(
                "DECLARE @t TABLE (id int IDENTITY, v int); BEGIN TRAN; INSERT @t (v) VALUES (1);"
                " ROLLBACK; INSERT @t (v) VALUES (2); SELECT id, v FROM @t ORDER BY id",
                rows=[[1, 1], [2, 2]],
            )
        ],
    ),
    Fact(
        "A table variable keeps its rows through a rollback to a savepoint",
        VARIABLES,
        [
            batch(
                "DECLARE @t TABLE (v int); BEGIN TRAN; SAVE TRAN s; INSERT @t VALUES (1);"
                " ROLLBACK TRAN s; SELECT v FROM @t; COMMIT",
                rows=[[1]],
            )
        ],
    ),
    Fact(
        "A table variable of a batch inside a transaction survives its rollback",
        VARIABLES,
        [
            batch("BEGIN TRAN"),
            batch(
                "DECLARE @t TABLE (v nvarchar(9) NULL, w int DEFAULT 3); INSERT @t (v) VALUES"
                " (N'a'),"
                " (NULL); ROLLBACK; SELECT v, w FROM @t",
                rows=[["a", 3], [None, 3]],
                unordered=True,
            ),
        ],
    ),
    Fact(
        "A table variable loses the changes of a statement that fails",
        VARIABLES,
        [
            batch(
                "DECLARE @t TABLE (v int PRIMARY KEY); INSERT @t VALUES (1);"
                " INSERT @t VALUES (2), (1); SELECT v FROM @t",
                rows=[[1]],
                errors=[2627],
            )
        ],
    ),
    Fact(
        "A table variable is empty again in the next batch",
        VARIABLES,
        [
            batch("DECLARE @t TABLE (v int); INSERT @t VALUES (1); SELECT v FROM @t", rows=[[1]]),
            batch("DECLARE @t TABLE (v int); SELECT v FROM @t", rows=[]),
        ],
    ),
    Fact(
        "A table variable is declared in branches that do not run, too",
        VARIABLES,
        [
            batch(
                "IF 1 = 0 DECLARE @t TABLE (v int); INSERT @t VALUES (1); SELECT v FROM @t",
                rows=[[1]],
            )
        ],
    ),
    Fact(
        "A table variable that is not declared is 1087 and fails the batch",
        "mirek/bitsql docs/reference/batch-checks.md",
        [batch("SELECT 1; SELECT id FROM @foo", errors=[(1087, 2)])],
    ),
    Fact(
        "A table variable is unknown to an EXEC string",
        VARIABLES,
        [batch("DECLARE @t TABLE (v int); EXEC('SELECT v FROM @t')", errors=[1087])],
    ),
    Fact(
        "A table variable that is declared twice is 134",
        VARIABLES,
        [batch("DECLARE @t TABLE (v int); DECLARE @t TABLE (v int)", errors=[134])],
    ),
    Fact(
        "A table variable takes the rows of an OUTPUT clause",
        "Microsoft: OUTPUT clause (Transact-SQL)",
        [
            batch("CREATE TABLE i (id int IDENTITY, v int)"),
            batch(
                "DECLARE @t TABLE (id int); INSERT i (v) OUTPUT INSERTED.id INTO @t VALUES"
                " (5), (6);"
                " SELECT id FROM @t ORDER BY id",
                rows=[[1], [2]],
            ),
        ],
    ),
    Fact(
        "An unused table variable takes no part in SCOPE_IDENTITY()",
        "mirek/bitsql harness/corpus/stmts/rowversion-identity-rules",
        [
            batch("CREATE TABLE i (id int IDENTITY(4, 1), v int)"),
            batch(
                "DECLARE @t TABLE (v int); INSERT i (v) VALUES (1); SELECT SCOPE_IDENTITY();"
                " INSERT @t VALUES (1); SELECT SCOPE_IDENTITY()",
                sets=[[[4]], [[None]]],
            ),
        ],
    ),
]
