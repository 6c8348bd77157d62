"""Statements with parameters, procedures, and strings that EXEC runs."""

from __future__ import annotations

from tests.facts.model import Fact, Step, batch, rpc

PROCEDURES = "mirek/msduck reference/gaps-procedures.json"
PREPARE = "mirek/bitsql harness/corpus/tail/prepare-in-batch"
DML = "mirek/bitsql harness/corpus/tail/prepare-in-batch-dml"
IDENTITY = "mirek/msduck reference/identity-insert.json"
TABLE = batch("CREATE TABLE t (id int CONSTRAINT pk_t PRIMARY KEY)")


def procedure(text: str) -> Step:
    """Return the step that creates a procedure."""
    return batch(f"CREATE PROCEDURE {text}")


FACTS = [
    Fact(
        "A string parameter is cut to its declared length",
        "Microsoft: sp_executesql (Transact-SQL)",
        [rpc("SELECT @a", {"@a": ("nvarchar(2)", "abc")}, rows=[["ab"]])],
    ),
    Fact(
        "A NULL parameter is NULL of its declared type",
        "Microsoft: sp_executesql (Transact-SQL)",
        [
            rpc(
                "SELECT @a + 1, @b",
                {"@a": ("int", None), "@b": ("date", None)},
                rows=[[None, None]],
            )
        ],
    ),
    Fact(
        "A parameter is a variable that the statement can set",
        "Microsoft: sp_executesql (Transact-SQL)",
        [rpc("SET @a = @a + 1; SELECT @a", {"@a": ("int", 1)}, rows=[[2]])],
    ),
    Fact(
        "A parameter cannot be declared again",
        PROCEDURES,
        [rpc("DECLARE @a int; SELECT @a", {"@a": ("int", 1)}, errors=[134])],
    ),
    Fact(
        "A statement with parameters sees no variables of the caller",
        PROCEDURES,
        [batch("DECLARE @a int = 5; EXEC sp_executesql N'SELECT @a'", errors=[(137, 2)])],
    ),
    Fact(
        "sp_executesql takes its values by name",
        PROCEDURES,
        [batch("EXEC sp_executesql N'SELECT @p', N'@p int', @p = 1", rows=[[1]])],
    ),
    Fact(
        "sp_executesql takes its values by position",
        PROCEDURES,
        [batch("EXEC sp_executesql N'SELECT @p, @q', N'@p int, @q int', 1, 2", rows=[[1, 2]])],
    ),
    Fact(
        "sp_executesql's own parameters can be named",
        PROCEDURES,
        [batch("EXEC sp_executesql @stmt = N'SELECT @p', @params = N'@p int', @p = 3", rows=[[3]])],
    ),
    Fact(
        "sp_executesql fills output parameters",
        PROCEDURES,
        [
            batch(
                "DECLARE @o int; EXEC sp_executesql N'SET @b = @a * 3', N'@a int, @b int OUTPUT',"
                " @a = 4, @b = @o OUTPUT; SELECT @o",
                rows=[[12]],
            )
        ],
    ),
    Fact(
        "An output parameter starts with the value that was passed",
        PROCEDURES,
        [
            batch(
                "DECLARE @o int = 1; EXEC sp_executesql N'SET @p = @p + 1', N'@p int OUTPUT',"
                " @o OUTPUT; SELECT @o",
                rows=[[2]],
            )
        ],
    ),
    Fact(
        "OUTPUT of a parameter that is not declared so is 8162",
        PROCEDURES,
        [
            batch(
                "DECLARE @o int = 1; EXEC sp_executesql N'SET @p = @p + 1', N'@p int', @o OUTPUT;"
                " SELECT @o",
                rows=[[1]],
                errors=[(8162, 2)],
            )
        ],
    ),
    Fact(
        "A parameter without a value is 8178",
        PROCEDURES,
        [batch("EXEC sp_executesql N'SELECT @p', N'@p int'", errors=[(8178, 1)])],
    ),
    Fact(
        "A statement that is not Unicode is 214",
        PROCEDURES,
        [batch("EXEC sp_executesql 'SELECT 1'", errors=[(214, 2)])],
    ),
    Fact(
        "The status of sp_executesql is the number of its last error",
        PROCEDURES,
        [
            batch(
                "DECLARE @r int; EXEC @r = sp_executesql N'RAISERROR(''x'', 16, 1)'; SELECT @r",
                rows=[[50000]],
                errors=[50000],
            )
        ],
    ),
    Fact(
        "A missing table inside sp_executesql leaves the caller running",
        PROCEDURES,
        [
            batch(
                "DECLARE @r int; EXEC @r = sp_executesql N'SELECT * FROM missing';"
                " SELECT @r, @@ERROR",
                rows=[[208, 208]],
                errors=[208],
            )
        ],
    ),
    Fact(
        "RETURN with a value is 178 outside of a procedure",
        PROCEDURES,
        [batch("EXEC ('SELECT 1 AS a; RETURN 4')", errors=[(178, 1)])],
    ),
    Fact(
        "A batch runs nothing if it returns a value",
        PROCEDURES,
        [batch("SELECT 1; RETURN 4", errors=[(178, 1)])],
    ),
    # --- EXEC of strings ---
    Fact(
        "EXEC runs a string that is put together",
        PROCEDURES,
        [batch("EXEC ('SELECT ' + '2')", rows=[[2]])],
    ),
    Fact(
        "A string that EXEC runs sees no variables of the batch",
        PROCEDURES,
        [batch("DECLARE @t int; EXEC ('SELECT @t')", errors=[(137, 2)])],
    ),
    Fact(
        "After a failed EXEC string the batch goes on",
        PROCEDURES,
        [batch("EXEC ('SELECT * FROM missing'); SELECT 'after'", rows=[["after"]], errors=[208])],
    ),
    Fact(
        "@@ERROR keeps the number of an EXEC string's last error",
        PROCEDURES,
        [
            batch(
                "EXEC ('RAISERROR(''r'', 16, 1)'); SELECT @@ERROR",
                rows=[[50000]],
                errors=[50000],
            )
        ],
    ),
    Fact(
        "@@NESTLEVEL is 1 in an EXEC string and 0 in the batch",
        PROCEDURES,
        [batch("EXEC ('SELECT @@NESTLEVEL'); SELECT @@NESTLEVEL", sets=[[[1]], [[0]]])],
    ),
    Fact(
        "@@NESTLEVEL is 2 in a statement with parameters",
        PROCEDURES,
        [rpc("SELECT @@NESTLEVEL, @a", {"@a": ("int", 1)}, rows=[[2, 1]])],
    ),
    # --- Procedures ---
    Fact(
        "A procedure is called by its bare name at the start of a batch",
        PROCEDURES,
        [procedure("foo AS SELECT 7"), batch("foo", rows=[[7]])],
    ),
    Fact(
        "A procedure's result sets come in their order, empty ones too",
        PROCEDURES,
        [
            procedure("p AS BEGIN SELECT 1; SELECT 2; SELECT 'x' WHERE 1 = 0 END"),
            batch("EXEC p", sets=[[[1]], [[2]], []]),
        ],
    ),
    Fact(
        "A procedure returns its status and fills its outputs",
        PROCEDURES,
        [
            procedure(
                "p @a int, @b int = 5, @c int OUTPUT AS BEGIN SET @c = @a + @b; RETURN 3 END"
            ),
            batch(
                "DECLARE @r int, @x int; EXEC @r = p 1, 2, @x OUTPUT; SELECT @r, @x", rows=[[3, 3]]
            ),
            batch(
                "DECLARE @r int, @x int; EXEC @r = p @a = 1, @c = @x OUTPUT; SELECT @r, @x",
                rows=[[3, 6]],
            ),
            batch(
                "DECLARE @r int, @x int; EXEC @r = p 1, DEFAULT, @x OUT; SELECT @r, @x",
                rows=[[3, 6]],
            ),
        ],
    ),
    Fact(
        "An output parameter that is passed without OUTPUT leaves the variable alone",
        PROCEDURES,
        [
            procedure("p @c int OUTPUT AS SET @c = 5"),
            batch("DECLARE @x int = 10; EXEC p @x; SELECT @x", rows=[[10]]),
        ],
    ),
    Fact(
        "Arguments are converted to the types of the parameters",
        PROCEDURES,
        [
            procedure("p @i int, @s nvarchar(10), @v varchar(3) = 'abcdef' AS SELECT @i, @s, @v"),
            batch("EXEC p '42', abc", rows=[[42, "abc", "abc"]]),
        ],
    ),
    Fact(
        "An argument that cannot be converted is 8114",
        PROCEDURES,
        [procedure("p @a int AS SELECT @a"), batch("EXEC p 'abc'", errors=[(8114, 5)])],
    ),
    Fact(
        "A bare RETURN is the status 0",
        PROCEDURES,
        [procedure("p AS RETURN"), batch("DECLARE @r int = 9; EXEC @r = p; SELECT @r", rows=[[0]])],
    ),
    Fact(
        "RETURN NULL is the status 0",
        PROCEDURES,
        [
            procedure("p AS RETURN NULL"),
            batch("DECLARE @r int; EXEC @r = p; SELECT @r", rows=[[0]]),
        ],
    ),
    Fact(
        "@@ROWCOUNT after a procedure is that of its last statement",
        PROCEDURES,
        [
            procedure("p AS SELECT 1 UNION ALL SELECT 2"),
            batch("EXEC p; SELECT @@ROWCOUNT", sets=[[[1], [2]], [[2]]]),
        ],
    ),
    Fact(
        "@@ROWCOUNT is 0 after a bare RETURN",
        PROCEDURES,
        [
            procedure("p AS RETURN"),
            batch("SELECT 1; EXEC p; SELECT @@ROWCOUNT", sets=[[[1]], [[0]]]),
        ],
    ),
    Fact(
        "A missing argument is 201",
        PROCEDURES,
        [
            procedure("p @a int AS SELECT @a"),
            batch("EXEC p; SELECT 1", rows=[[1]], errors=[(201, 4)]),
        ],
    ),
    Fact(
        "An argument too many is 8144 and ends the batch",
        PROCEDURES,
        [procedure("p @a int AS SELECT @a"), batch("EXEC p 1, 2; SELECT 1", errors=[(8144, 2)])],
    ),
    Fact(
        "An argument of an unknown name is 8145",
        PROCEDURES,
        [procedure("p @a int AS SELECT @a"), batch("EXEC p @a = 1, @z = 2", errors=[(8145, 1)])],
    ),
    Fact(
        "An argument that comes twice is 8143",
        PROCEDURES,
        [procedure("p @a int AS SELECT @a"), batch("EXEC p @a = 1, @a = 2", errors=[(8143, 1)])],
    ),
    Fact(
        "An argument by position after one by name is 119",
        PROCEDURES,
        [
            procedure("p @a int, @b int AS SELECT @a"),
            batch("EXEC p @a = 1, 2", errors=[(119, 1)]),
        ],
        bad_grammar=True,
    ),
    Fact(
        "OUTPUT of a constant is 179",
        PROCEDURES,
        [procedure("p @a int OUTPUT AS SELECT @a"), batch("EXEC p 5 OUTPUT", errors=[(179, 1)])],
        bad_grammar=True,
    ),
    Fact(
        "OUTPUT of an input parameter is 8162",
        PROCEDURES,
        [
            procedure("p @a int AS SELECT @a"),
            batch("DECLARE @x int = 1; EXEC p @x OUTPUT", errors=[(8162, 2)]),
        ],
    ),
    Fact(
        "A missing procedure leaves the batch running",
        PROCEDURES,
        [batch("SELECT 1; EXEC no_such_proc; SELECT 2", sets=[[[1]], [[2]]], errors=[(2812, 62)])],
    ),
    Fact(
        "A procedure goes on after RAISERROR, and returns 10 less the severity",
        PROCEDURES,
        [
            procedure("p AS BEGIN RAISERROR('boom', 16, 1); SELECT 'after' END"),
            batch(
                "DECLARE @r int; EXEC @r = p; SELECT @r, @@ERROR",
                sets=[[["after"]], [[-6, 0]]],
                errors=[50000],
            ),
        ],
    ),
    Fact(
        "A caller's TRY ends the procedure at its first error",
        PROCEDURES,
        [
            procedure("p AS BEGIN RAISERROR('boom', 16, 1); SELECT 'after' END"),
            batch(
                "BEGIN TRY EXEC p; SELECT 'not' END TRY BEGIN CATCH"
                " SELECT ERROR_NUMBER(), ERROR_MESSAGE(), ERROR_PROCEDURE() END CATCH",
                rows=[[50000, "boom", "p"]],
            ),
        ],
    ),
    Fact(
        "The status of a procedure with several errors is of the most severe",
        PROCEDURES,
        [
            procedure("p AS BEGIN RAISERROR('a', 16, 1); RAISERROR('b', 11, 1) END"),
            batch("DECLARE @r int; EXEC @r = p; SELECT @r", rows=[[-6]], errors=[50000, 50000]),
        ],
    ),
    Fact(
        "RETURN 0 is the status 0 after an error, too",
        PROCEDURES,
        [
            procedure("p AS BEGIN RAISERROR('a', 16, 1); RETURN 0 END"),
            batch("DECLARE @r int; EXEC @r = p; SELECT @r", rows=[[0]], errors=[50000]),
        ],
    ),
    Fact(
        "A procedure goes on after a duplicate key and returns -4",
        PROCEDURES,
        [
            TABLE,
            procedure("p AS BEGIN INSERT t VALUES (1); INSERT t VALUES (1); SELECT 'after' END"),
            batch(
                "DECLARE @r int; EXEC @r = p; SELECT @r, @@ERROR",
                sets=[[["after"]], [[-4, 0]]],
                errors=[2627],
            ),
        ],
    ),
    Fact(
        "A procedure goes on after a division by zero",
        PROCEDURES,
        [
            procedure("p AS BEGIN SELECT 1 / 0; SELECT 2 END"),
            batch("DECLARE @r int; EXEC @r = p; SELECT @r", sets=[[[2]], [[-6]]], errors=[8134]),
        ],
    ),
    Fact(
        "A THROW in a procedure ends the batch that called it",
        PROCEDURES,
        [
            procedure("p AS BEGIN SELECT 'before'; THROW 50001, 'thrown', 1 END"),
            batch(
                "DECLARE @r int; EXEC @r = p; SELECT 'never'",
                rows=[["before"]],
                errors=[(50001, 1)],
            ),
        ],
    ),
    Fact(
        "A missing table ends its procedure, not the batch, and leaves the status variable alone",
        PROCEDURES,
        [
            procedure("p AS BEGIN SELECT 'first'; SELECT * FROM missing; SELECT 'after' END"),
            batch(
                "DECLARE @r int = 99; EXEC @r = p; SELECT @r, @@ERROR",
                sets=[[["first"]], [[99, 208]]],
                errors=[208],
            ),
        ],
    ),
    Fact(
        "A caller's TRY catches a missing table of a procedure",
        PROCEDURES,
        [
            procedure("p AS BEGIN SELECT 'first'; SELECT * FROM missing END"),
            batch(
                "BEGIN TRY EXEC p END TRY BEGIN CATCH SELECT ERROR_NUMBER(), ERROR_PROCEDURE()"
                " END CATCH",
                sets=[[["first"]], [[208, "p"]]],
            ),
        ],
    ),
    Fact(
        "A missing table in an inner procedure leaves the outer one running",
        PROCEDURES,
        [
            procedure("p AS SELECT * FROM missing"),
            procedure("q AS BEGIN EXEC p; SELECT 'outer after' END"),
            batch(
                "DECLARE @r int; EXEC @r = q; SELECT @r, @@ERROR",
                sets=[[["outer after"]], [[0, 0]]],
                errors=[208],
            ),
        ],
    ),
    Fact(
        "A THROW in an inner procedure ends everything",
        PROCEDURES,
        [
            procedure("p AS THROW 50001, 'thrown', 1"),
            procedure("q AS BEGIN EXEC p; SELECT 'outer after' END"),
            batch("EXEC q; SELECT 'never'", errors=[50001]),
        ],
    ),
    Fact(
        "ERROR_PROCEDURE() is the inner procedure in which the error was",
        PROCEDURES,
        [
            procedure("p AS RAISERROR('boom', 16, 1)"),
            procedure("q AS BEGIN EXEC p; SELECT 'outer after' END"),
            batch(
                "BEGIN TRY EXEC q END TRY BEGIN CATCH SELECT ERROR_PROCEDURE() END CATCH",
                rows=[["p"]],
            ),
        ],
    ),
    Fact(
        "An error that a procedure catches counts for its status",
        PROCEDURES,
        [
            procedure(
                "p AS BEGIN BEGIN TRY RAISERROR('in', 16, 1) END TRY"
                " BEGIN CATCH SELECT ERROR_PROCEDURE() END CATCH END"
            ),
            batch("DECLARE @r int; EXEC @r = p; SELECT @r", sets=[[["p"]], [[-6]]]),
        ],
    ),
    Fact(
        "Procedures may be 32 levels deep",
        PROCEDURES,
        [
            procedure(
                "p @n int AS BEGIN IF @n > 0 BEGIN DECLARE @m int = @n - 1; EXEC p @m END"
                " ELSE SELECT @@NESTLEVEL END"
            ),
            batch("EXEC p 3", rows=[[4]]),
            batch("EXEC p 40; SELECT 'never'", errors=[(217, 1)]),
        ],
    ),
    Fact(
        "A procedure that leaves a transaction open is 266",
        PROCEDURES,
        [
            procedure("p AS BEGIN TRANSACTION"),
            batch("EXEC p; SELECT @@TRANCOUNT; ROLLBACK", rows=[[1]], errors=[(266, 2)]),
        ],
    ),
    Fact(
        "NOCOUNT that a procedure sets ends with it",
        PROCEDURES,
        [
            procedure("p AS SET NOCOUNT ON"),
            batch("EXEC p; SELECT @@OPTIONS & 512", rows=[[0]]),
        ],
    ),
    Fact(
        "SET options of a statement with parameters end with it",
        "Microsoft: SET Statements (Transact-SQL)",
        [
            rpc(
                "SET XACT_ABORT ON; SELECT @@OPTIONS & 16384, @a",
                {"@a": ("int", 1)},
                rows=[[16384, 1]],
            ),
            batch("SELECT @@OPTIONS & 16384", rows=[[0]]),
        ],
    ),
    Fact(
        "IDENTITY_INSERT of a statement with parameters ends with it",
        IDENTITY,
        [
            batch("CREATE TABLE i (id int IDENTITY, v int)"),
            rpc("SET IDENTITY_INSERT i ON; INSERT i (id, v) VALUES (@a, 1)", {"@a": ("int", 7)}),
            batch("INSERT i (id, v) VALUES (8, 1)", errors=[(544, 1)]),
        ],
    ),
    Fact(
        "SCOPE_IDENTITY() of the caller survives a statement with parameters",
        IDENTITY,
        [
            batch("CREATE TABLE i (id int IDENTITY(5, 1), v int)"),
            batch("INSERT i (v) VALUES (1)"),
            rpc("INSERT i (v) VALUES (@a)", {"@a": ("int", 7)}),
            batch("SELECT SCOPE_IDENTITY(), @@IDENTITY", rows=[[5, 6]]),
        ],
    ),
    Fact(
        "An INSERT into a table without identity sets SCOPE_IDENTITY() to NULL",
        "mirek/bitsql harness/corpus/stmts/rowversion-identity-rules",
        [
            batch("CREATE TABLE i (id int IDENTITY, v int); CREATE TABLE n (v int)"),
            batch(
                "INSERT i (v) VALUES (1); SELECT SCOPE_IDENTITY(); INSERT n VALUES (1);"
                " SELECT SCOPE_IDENTITY(), @@IDENTITY",
                sets=[[[1]], [[None, None]]],
            ),
        ],
    ),
    Fact(
        "An INSERT that is not in an sp_executesql's scope is not in its SCOPE_IDENTITY()",
        IDENTITY,
        [
            batch("CREATE TABLE i (id int IDENTITY, v int); INSERT i (v) VALUES (1)"),
            rpc("SELECT SCOPE_IDENTITY(), @a", {"@a": ("int", 1)}, rows=[[None, 1]]),
        ],
    ),
    # --- CREATE PROCEDURE ---
    Fact(
        "A procedure with an undeclared variable is not created",
        PROCEDURES,
        [
            batch("CREATE PROCEDURE p AS SELECT @outer AS o", errors=[(137, 2)]),
            batch("SELECT OBJECT_ID('p')", rows=[[None]]),
        ],
    ),
    Fact(
        "A parameter that comes twice is 134",
        PROCEDURES,
        [batch("CREATE PROCEDURE p @a int, @a int AS SELECT 1", errors=[134])],
    ),
    Fact(
        "A parameter cannot be declared again in the procedure",
        PROCEDURES,
        [batch("CREATE PROCEDURE p @a int AS DECLARE @a int", errors=[134])],
    ),
    Fact(
        "USE is not allowed in a procedure",
        PROCEDURES,
        [batch("CREATE PROCEDURE p AS USE master", errors=[(154, 1)])],
    ),
    Fact(
        "A procedure over a missing table is created",
        PROCEDURES,
        [
            batch("CREATE PROCEDURE p AS SELECT * FROM missing"),
            batch("SELECT CASE WHEN OBJECT_ID('p') IS NULL THEN 0 ELSE 1 END", rows=[[1]]),
        ],
    ),
    Fact(
        "A procedure over an unknown column is not created",
        "Microsoft: Deferred Name Resolution and Compilation",
        [TABLE, batch("CREATE PROCEDURE p AS SELECT nosuch FROM t", errors=[(207, 1)])],
    ),
    Fact(
        "A procedure that is there is 2714 with state 3, one that is not 208 with state 6",
        PROCEDURES,
        [
            procedure("p AS SELECT 1"),
            batch("CREATE PROCEDURE p AS SELECT 1", errors=[(2714, 3)]),
            batch("ALTER PROCEDURE q AS SELECT 1", errors=[(208, 6)]),
        ],
    ),
    Fact(
        "CREATE OR ALTER creates a procedure or changes it",
        PROCEDURES,
        [
            batch("CREATE OR ALTER PROCEDURE p AS SELECT 8"),
            batch("CREATE OR ALTER PROC p AS SELECT 9"),
            batch("EXEC p", rows=[[9]]),
        ],
    ),
    Fact(
        "CREATE PROCEDURE is the first statement of its batch",
        PROCEDURES,
        [batch("SELECT 1; CREATE PROCEDURE p AS SELECT 1", errors=[(111, 1)])],
        bad_grammar=True,
    ),
    Fact(
        "DROP PROCEDURE of a missing one is 3701, and drops the others of its list",
        PROCEDURES,
        [
            procedure("p AS SELECT 1"),
            batch("DROP PROC q, p; SELECT OBJECT_ID('p')", rows=[[None]], errors=[(3701, 5)]),
            batch("DROP PROCEDURE IF EXISTS p"),
        ],
    ),
    Fact(
        "DROP PROCEDURE of a table is 3705, ALTER PROCEDURE of one 2010",
        PROCEDURES,
        [
            TABLE,
            batch("DROP PROCEDURE t", errors=[(3705, 1)]),
            batch("ALTER PROCEDURE t AS SELECT 1", errors=[(2010, 1)]),
            batch("CREATE OR ALTER PROCEDURE t AS SELECT 1", errors=[(2010, 1)]),
        ],
    ),
    # --- sp_prepare ---
    Fact(
        "A prepared statement runs with the values that it is given",
        PREPARE,
        [
            TABLE,
            batch(
                "DECLARE @h int; EXEC sp_prepare @h OUTPUT, N'@x int', N'INSERT t VALUES (@x)', 1;"
                " EXEC sp_execute @h, 9; EXEC sp_unprepare @h; SELECT id FROM t",
                rows=[[9]],
            ),
        ],
    ),
    Fact(
        "Preparing a statement over a missing table is 208 and 8180, and gives no handle",
        DML,
        [
            batch(
                "DECLARE @h int; EXEC sp_prepare @h OUTPUT, N'', N'UPDATE missing SET a = 1', 1;"
                " SELECT @h",
                rows=[[None]],
                errors=[(208, 1), (8180, 1)],
            )
        ],
    ),
    Fact(
        "Preparing a statement with an unknown column is 207 and 8180",
        DML,
        [
            TABLE,
            batch(
                "DECLARE @h int; EXEC sp_prepare @h OUTPUT, N'', N'INSERT t (zz) VALUES (1)', 1;"
                " SELECT @h",
                rows=[[None]],
                errors=[(207, 1), (8180, 1)],
            ),
        ],
    ),
    Fact(
        "Several statements are prepared without being compiled",
        PREPARE,
        [
            batch(
                "DECLARE @h int; EXEC sp_prepare @h OUTPUT, N'', N'SELECT 1; SELECT x FROM"
                " missing',"
                " 1; SELECT CASE WHEN @h IS NULL THEN 0 ELSE 1 END",
                rows=[[1]],
            )
        ],
    ),
    Fact(
        "A handle that is not there is 8179",
        PREPARE,
        [batch("EXEC sp_execute 4711", errors=[8179])],
    ),
]
