"""Batches: the checks before the first statement runs, and the later ones."""

from __future__ import annotations

from tests.facts.model import Fact, batch, rpc

CREATE = batch("CREATE TABLE t (id int NOT NULL, v int NULL)")
CHECKS = "mirek/bitsql docs/reference/batch-checks.md"
DEFINITIONS = "mirek/bitsql harness/corpus/constraints/definition-errors"
PROCEDURES = "mirek/msduck reference/gaps-procedures.json"
WAITS = "mirek/msduck reference/gaps-transactions.json"
THROW = "Microsoft: THROW (Transact-SQL)"
FILTERS = "DataObjects-NET/dataobjects-net issue 389; dotnet/efcore issue 12911"

FACTS = [
    Fact(
        "USE in an EXEC string or sp_executesql ends with it, and one that fails ends the batch",
        "mirek/bitsql harness/corpus/orm/dynamic-use",
        [
            batch(
                "DECLARE @d sysname = DB_NAME(); EXEC (N'USE master; SELECT DB_NAME()');"
                " SELECT IIF(DB_NAME() = @d, 1, 0)",
                sets=[[["master"]], [[1]]],
            ),
            batch(
                "DECLARE @d sysname = DB_NAME();"
                " EXEC sp_executesql N'USE master; SELECT DB_NAME()';"
                " SELECT IIF(DB_NAME() = @d, 1, 0)",
                sets=[[["master"]], [[1]]],
            ),
            batch("EXEC (N'USE nosuch_database'); SELECT 1", errors=[911]),
        ],
    ),
    Fact(
        "@@ROWCOUNT is 0 after SET, PRINT, BEGIN TRANSACTION, COMMIT and ROLLBACK",
        "mirek/bitsql harness/corpus/traps/rowcount-reset; msduck reference/gaps-outer_dml.json",
        [
            batch(
                "CREATE TABLE t (id int); INSERT t VALUES (1), (2); SELECT @@ROWCOUNT", rows=[[2]]
            ),
            *(
                batch(
                    f"DELETE t WHERE id = 9; UPDATE t SET id = id; {each}; SELECT @@ROWCOUNT",
                    rows=[[0]],
                )
                for each in (
                    "SET ANSI_NULLS ON",
                    "SET NOCOUNT OFF",
                    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
                    "PRINT 'x'",
                    "RAISERROR('x', 10, 1)",
                    "BEGIN TRANSACTION",
                    "UPDATE t SET id = id; COMMIT",
                    "BEGIN TRANSACTION; UPDATE t SET id = id; ROLLBACK",
                )
            ),
        ],
    ),
    Fact(
        "@@ROWCOUNT is 1 after a variable was set, and lasts over a DECLARE without a value",
        "mirek/bitsql harness/corpus/traps/rowcount-reset",
        [
            batch(
                "DECLARE @a int; SELECT 1 UNION ALL SELECT 2; SET @a = @@ROWCOUNT;"
                " SELECT @a, @@ROWCOUNT; DECLARE @b int; SELECT @@ROWCOUNT",
                sets=[[[1], [2]], [[2, 1]], [[1]]],
            ),
            batch(
                "SELECT 1 UNION ALL SELECT 2; DECLARE @a int = 7; SELECT @@ROWCOUNT",
                sets=[[[1], [2]], [[1]]],
            ),
        ],
    ),
    Fact(
        "An unknown column fails the whole batch before its first statement runs",
        CHECKS,
        [
            CREATE,
            batch("INSERT t VALUES (1, 1); SELECT nosuch FROM t; SELECT 2", errors=[207]),
            batch("SELECT id FROM t", rows=[]),
        ],
    ),
    Fact(
        "An unknown column fails the batch even in a branch that would never run",
        CHECKS,
        [CREATE, batch("SELECT 1; IF 1 = 0 SELECT nosuch FROM t", errors=[207])],
    ),
    Fact(
        "A statement over a table that does not exist is compiled when it is reached",
        "Microsoft: Deferred Name Resolution and Compilation",
        [batch("SELECT 1; SELECT id FROM missing; SELECT 2", sets=[[[1]]], errors=[208])],
    ),
    Fact(
        "A table that an earlier statement of the batch creates can be used by the later ones",
        "Microsoft: Deferred Name Resolution and Compilation",
        [
            batch(
                "CREATE TABLE t (id int); INSERT t VALUES (1); SELECT id FROM t",
                rows=[[1]],
            )
        ],
    ),
    Fact(
        "An unknown column beside a missing table is left until the statement is reached",
        "Microsoft: Deferred Name Resolution and Compilation",
        [
            CREATE,
            batch(
                "SELECT 1; SELECT nosuch FROM t WHERE EXISTS (SELECT 1 FROM missing)",
                sets=[[[1]]],
                errors=[(208, 1)],
            ),
        ],
    ),
    Fact(
        "A column that the batch itself adds is unknown to its other statements",
        "mirek/bitsql docs/design/fidelity-traps.md",
        [
            CREATE,
            batch("ALTER TABLE t ADD b int; UPDATE t SET b = 1", errors=[(207, 1)]),
            batch("SELECT COL_LENGTH('t', 'b')", rows=[[None]]),
        ],
    ),
    Fact(
        "The column of a CHECK constraint is looked up when the batch is compiled",
        DEFINITIONS,
        [
            CREATE,
            batch(
                "ALTER TABLE t ADD b int; ALTER TABLE t ADD CONSTRAINT c CHECK (b > 0)",
                errors=[(207, 1)],
            ),
            batch("SELECT COL_LENGTH('t', 'b')", rows=[[None]]),
        ],
    ),
    Fact(
        "A CHECK constraint may read a column that the same ALTER TABLE adds",
        "Microsoft: ALTER TABLE (Transact-SQL)",
        [
            CREATE,
            batch("ALTER TABLE t ADD b int NULL, CONSTRAINT c CHECK (b > 0)"),
            batch("SELECT COL_LENGTH('t', 'b')", rows=[[4]]),
        ],
    ),
    Fact(
        "The columns of an index's filter are looked up when the batch is compiled",
        FILTERS,
        [
            CREATE,
            batch(
                "ALTER TABLE t ADD b int; CREATE INDEX i ON t (id) WHERE b IS NOT NULL",
                errors=[(207, 1)],
            ),
            batch("SELECT COL_LENGTH('t', 'b')", rows=[[None]]),
        ],
    ),
    Fact(
        "The key and included columns of an index are looked up when it is created",
        FILTERS,
        [
            CREATE,
            batch("ALTER TABLE t ADD b int; CREATE INDEX i ON t (b) INCLUDE (v)"),
            batch("SELECT COL_LENGTH('t', 'b')", rows=[[4]]),
        ],
    ),
    Fact(
        "The columns of a computed column are looked up when the batch is compiled",
        "dotnet/efcore SqlServerMigrationsSqlGenerator, ComputedColumnSql",
        [
            CREATE,
            batch("ALTER TABLE t ADD b int; ALTER TABLE t ADD c AS b + 1", errors=[(207, 1)]),
            batch("SELECT COL_LENGTH('t', 'b')", rows=[[None]]),
        ],
    ),
    Fact(
        "A batch that renames a column cannot use the new name in a filter",
        FILTERS,
        [
            CREATE,
            batch(
                "EXEC sp_rename N't.v', N'w', N'COLUMN';"
                " CREATE UNIQUE INDEX i ON t (id) WHERE w IS NOT NULL",
                errors=[(207, 1)],
            ),
            batch("SELECT COL_LENGTH('t', 'v'), COL_LENGTH('t', 'w')", rows=[[4, None]]),
        ],
    ),
    Fact(
        "A string that EXEC runs is compiled when it is reached",
        "dotnet/efcore issue 12911",
        [
            CREATE,
            batch(
                "EXEC sp_rename N't.v', N'w', N'COLUMN';"
                " EXEC(N'CREATE UNIQUE INDEX i ON t (id) WHERE w IS NOT NULL')"
            ),
            batch("SELECT COL_LENGTH('t', 'w')", rows=[[4]]),
        ],
    ),
    Fact(
        "CREATE TABLE with a CHECK over an unknown column stops the statements before it, too",
        DEFINITIONS,
        [
            batch("SELECT 1; CREATE TABLE c (id int CHECK (missing > 1))", errors=[(207, 1)]),
        ],
    ),
    Fact(
        "A temporary table that a batch creates twice fails the whole batch",
        "mirek/bitsql harness/corpus/temp/local-tables",
        [
            batch("SELECT 1; CREATE TABLE #d (a int); CREATE TABLE #d (a int)", errors=[2714]),
            batch("SELECT OBJECT_ID('tempdb..#d')", rows=[[None]]),
        ],
    ),
    Fact(
        "A type error fails the whole batch",
        "mirek/bitsql harness/corpus/orm/null-assignment",
        [
            CREATE,
            batch("SELECT 1; UPDATE t SET v = CAST('2024-01-01' AS date)", errors=[206]),
        ],
    ),
    Fact(
        "An ungrouped column fails the whole batch",
        CHECKS,
        [CREATE, batch("SELECT 1; SELECT id, COUNT(*) FROM t GROUP BY v", errors=[8120])],
    ),
    Fact(
        "TRY does not catch an error of the compilation of its own batch",
        "Microsoft: TRY...CATCH (Transact-SQL)",
        [
            CREATE,
            batch(
                "BEGIN TRY SELECT nosuch FROM t END TRY BEGIN CATCH SELECT 1 END CATCH",
                errors=[207],
            ),
        ],
    ),
    Fact(
        "TRY catches an error of the compilation of a string that EXEC runs inside it",
        "Microsoft: TRY...CATCH (Transact-SQL)",
        [
            CREATE,
            batch(
                "BEGIN TRY EXEC('SELECT 1; SELECT nosuch FROM t') END TRY"
                " BEGIN CATCH SELECT ERROR_NUMBER() END CATCH",
                rows=[[207]],
            ),
        ],
    ),
    Fact(
        "The statements of sp_executesql are compiled as a whole, too",
        CHECKS,
        [
            CREATE,
            rpc(
                "INSERT t VALUES (@a, @a); SELECT nosuch FROM t",
                {"@a": ("int", 1)},
                errors=[207],
            ),
            batch("SELECT id FROM t", rows=[]),
        ],
    ),
    Fact(
        "SET IDENTITY_INSERT takes effect for the later statements of its batch",
        "mirek/msduck reference/identity-insert",
        [
            batch("CREATE TABLE k (id int IDENTITY, v int)"),
            batch(
                "SET IDENTITY_INSERT k ON; INSERT k (id, v) VALUES (7, 1);"
                " SET IDENTITY_INSERT k OFF; SELECT id FROM k",
                rows=[[7]],
            ),
        ],
    ),
    # --- Statements that are checked with their batch ---
    *(
        Fact(
            f"{what} fails the whole batch",
            source,
            [CREATE, batch(f"SELECT 1; {text}; SELECT 2", errors=[number])],
        )
        for what, text, number, source in [
            ("RETURN with a value", "RETURN 4", (178, 1), PROCEDURES),
            ("THROW without arguments outside of CATCH", "THROW", 10704, THROW),
            ("WAITFOR of what is no time", "WAITFOR DELAY 'abc'", (148, 1), WAITS),
            ("WAITFOR of 24 hours", "WAITFOR DELAY '24:00:00'", (148, 1), WAITS),
            ("WAITFOR of an undeclared variable", "WAITFOR DELAY @d", (137, 2), WAITS),
            ("PRINT of an undeclared variable", "PRINT @d", (137, 2), PROCEDURES),
            ("SET of an undeclared variable", "SET @d = 1", 137, PROCEDURES),
            ("EXEC with an undeclared variable", "EXEC p @d", (137, 2), PROCEDURES),
            ("A variable that is declared twice", "DECLARE @a int, @a int", 134, PROCEDURES),
            ("An undeclared table variable", "SELECT id FROM @d", (1087, 2), CHECKS),
            ("An ambiguous column", "SELECT id FROM t a JOIN t b ON a.id = b.id", 209, CHECKS),
            ("A column of an unknown alias", "SELECT x.id FROM t", 4104, CHECKS),
            ("An unknown function", "SELECT nosuch(1)", 195, CHECKS),
            ("COUNT(NULL)", "SELECT COUNT(NULL) FROM t", 8117, CHECKS),
            ("A negative constant in TOP", "SELECT TOP (-1) id FROM t", (127, 1), CHECKS),
            ("NULL in TOP", "SELECT TOP (NULL) id FROM t", (1060, 1), CHECKS),
            ("A fraction in TOP", "SELECT TOP (1.5) id FROM t", (1060, 1), CHECKS),
            ("An unused CTE", "WITH r AS (SELECT 1 AS a) SELECT 7", (422, 4), CHECKS),
            ("A set operation of two widths", "SELECT 1 UNION SELECT 1, 2", 205, CHECKS),
            ("An aggregate in WHERE", "SELECT id FROM t WHERE COUNT(*) > 1", 147, CHECKS),
            ("Rows of two lengths", "INSERT t (id, v) VALUES (1), (2)", (10709, 1), CHECKS),
            ("An INSERT of too few values", "INSERT t VALUES (1)", 213, CHECKS),
            ("An INSERT into an unknown column", "INSERT t (nosuch) VALUES (1)", 207, CHECKS),
            ("An UPDATE of an unknown column", "UPDATE t SET nosuch = 1", 207, CHECKS),
            ("A DELETE by an unknown column", "DELETE t WHERE nosuch = 1", 207, CHECKS),
            ("NOLOCK with HOLDLOCK", "SELECT id FROM t WITH (NOLOCK, HOLDLOCK)", 1047, CHECKS),
            ("UPDLOCK with XLOCK", "SELECT id FROM t WITH (UPDLOCK, XLOCK)", 1047, CHECKS),
            ("ROWLOCK with TABLOCK", "SELECT id FROM t WITH (ROWLOCK, TABLOCK)", 1047, CHECKS),
            ("NOLOCK with ROWLOCK", "SELECT id FROM t WITH (NOLOCK, ROWLOCK)", 1047, CHECKS),
            ("NOLOCK of an UPDATE's target", "UPDATE t WITH (NOLOCK) SET v = 1", 1065, CHECKS),
            ("READPAST of an INSERT", "INSERT t WITH (READPAST) VALUES (1, 1)", 4102, CHECKS),
            ("A hint of a missing index", "SELECT id FROM t WITH (INDEX(x))", (308, 1), CHECKS),
            ("SNAPSHOT of a table on disk", "SELECT id FROM t WITH (SNAPSHOT)", 367, CHECKS),
            ("NOEXPAND of a table", "SELECT id FROM t WITH (NOEXPAND)", (8171, 2), CHECKS),
        ]
    ),
    Fact(
        "An unknown table hint fails the whole batch",
        CHECKS,
        [CREATE, batch("SELECT 1; SELECT id FROM t WITH (BOGUS)", errors=[321])],
        bad_grammar=True,
    ),
    Fact(
        "UPDLOCK goes with TABLOCK, NOWAIT and READPAST",
        CHECKS,
        [
            CREATE,
            batch("SELECT id FROM t WITH (UPDLOCK, TABLOCK, NOWAIT)", rows=[]),
            batch("SELECT id FROM t WITH (UPDLOCK, ROWLOCK, READPAST)", rows=[]),
        ],
    ),
    Fact(
        "A hint of an index that is there is taken",
        CHECKS,
        [
            CREATE,
            batch("CREATE INDEX ix ON t (v)"),
            batch("SELECT id FROM t WITH (INDEX(ix))", rows=[]),
        ],
    ),
    Fact(
        "A CTE that another one uses need not be used by the statement",
        "Microsoft: WITH common_table_expression (Transact-SQL)",
        [
            batch(
                "WITH a AS (SELECT 1 AS v), b AS (SELECT v + 1 AS v FROM a) SELECT v FROM b",
                rows=[[2]],
            )
        ],
    ),
    Fact(
        "A dropped table's columns are those that the batch is compiled with",
        "Microsoft: Deferred Name Resolution and Compilation",
        [
            CREATE,
            batch(
                "DROP TABLE t; CREATE TABLE t (id int, b int); SELECT b FROM t", errors=[(207, 1)]
            ),
            batch("SELECT COL_LENGTH('t', 'v')", rows=[[4]]),
        ],
    ),
    Fact(
        "A failed definition ends the batch",
        "mirek/bitsql harness/corpus/catalog/ddl-continuation",
        [
            CREATE,
            batch("ALTER TABLE t DROP COLUMN nosuch; SELECT 1", errors=[(4924, 1)]),
            batch("CREATE TABLE t (id int); SELECT 1", errors=[(2714, 6)]),
        ],
    ),
    Fact(
        "WAITFOR takes hours and minutes, milliseconds after a colon, and blanks",
        WAITS,
        [
            batch("WAITFOR DELAY '00:00'"),
            batch("WAITFOR DELAY '00:00:00:010'"),
            batch("WAITFOR DELAY ' 00:00:00.010 '"),
            batch("WAITFOR DELAY '12:00:00.010 AM'"),
        ],
    ),
    Fact(
        "WAITFOR of text in a variable that is no time is 241",
        WAITS,
        [batch("DECLARE @d varchar(20) = 'abc'; WAITFOR DELAY @d", errors=[(241, 1)])],
    ),
    Fact(
        "WAITFOR of another type is 9815, and the batch goes on",
        WAITS,
        [
            batch(
                "DECLARE @d bigint = 1; WAITFOR DELAY @d; SELECT 1", rows=[[1]], errors=[(9815, 0)]
            ),
            batch("DECLARE @d date = '2020-01-01'; WAITFOR DELAY @d", errors=[(9815, 0)]),
        ],
    ),
    Fact(
        "WAITFOR of a NULL variable does not wait",
        WAITS,
        [batch("DECLARE @d bigint; WAITFOR DELAY @d; SELECT 1", rows=[[1]])],
    ),
]
