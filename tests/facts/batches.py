"""Batches: what is checked before the first statement runs, and what is left until then."""

from __future__ import annotations

from tests.facts.model import Fact, batch, rpc

CREATE = batch("CREATE TABLE t (id int NOT NULL, v int NULL)")
CHECKS = "mirek/bitsql docs/reference/batch-checks.md"
DEFINITIONS = "mirek/bitsql harness/corpus/constraints/definition-errors"
FILTERS = "DataObjects-NET/dataobjects-net issue 389; dotnet/efcore issue 12911"

FACTS = [
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
]
