"""Transactions: their levels, names and savepoints, and the functions that report them."""

from __future__ import annotations

from tests.facts.model import Fact, batch, rpc, tm

GAPS = "mirek/msduck reference/gaps-transactions.json"
SAVEPOINT = "mirek/msduck reference/savepoint.json"
SKILL = "mirek/bitsql .claude/skills/t-sql/SKILL.md"
TRIGGERS = "mirek/bitsql harness/corpus/triggers/rollback; .claude/skills/t-sql/SKILL.md"
STATE = "Microsoft: XACT_STATE (Transact-SQL)"
CREATE = batch("CREATE TABLE t (id int NOT NULL)")
LEVEL = "SELECT transaction_isolation_level FROM sys.dm_exec_sessions WHERE session_id = @@SPID"


def level_in_tm(name: str, level: int) -> Fact:
    """Return the fact that SET TRANSACTION ISOLATION LEVEL is seen in the session."""
    return Fact(
        f"A session that asks for {name} is at that level",
        GAPS,
        [
            batch(f"SET TRANSACTION ISOLATION LEVEL {name}"),
            batch(LEVEL, rows=[[level]]),
            batch("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"),
        ],
    )


FACTS = [
    Fact("A session begins at READ COMMITTED", GAPS, [batch(LEVEL, rows=[[2]])]),
    level_in_tm("READ UNCOMMITTED", 1),
    level_in_tm("REPEATABLE READ", 3),
    level_in_tm("SERIALIZABLE", 4),
    level_in_tm("SNAPSHOT", 5),
    Fact(
        "An isolation level set inside a transaction lasts after it",
        GAPS,
        [
            batch(
                "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; BEGIN TRAN;"
                f" SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; {LEVEL}; COMMIT; {LEVEL}",
                sets=[[[3]], [[3]]],
            )
        ],
    ),
    Fact(
        "An isolation level set by sp_executesql ends with it",
        GAPS,
        [
            batch(
                "EXEC sp_executesql N'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;"
                f" {LEVEL}'; {LEVEL}",
                sets=[[[4]], [[2]]],
            )
        ],
    ),
    Fact(
        "An isolation level set by a statement with parameters ends with it",
        GAPS,
        [
            rpc(
                "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; SELECT @a",
                {"@a": ("int", 1)},
                rows=[[1]],
            ),
            batch(LEVEL, rows=[[2]]),
        ],
    ),
    # --- Levels of BEGIN and COMMIT ---
    Fact(
        "Each BEGIN TRANSACTION counts one level more, each COMMIT one less",
        "Microsoft: @@TRANCOUNT (Transact-SQL)",
        [
            batch(
                "BEGIN TRAN; BEGIN TRAN; SELECT @@TRANCOUNT; COMMIT; SELECT @@TRANCOUNT; COMMIT;"
                " SELECT @@TRANCOUNT",
                sets=[[[2]], [[1]], [[0]]],
            )
        ],
    ),
    Fact(
        "ROLLBACK ends all levels at once",
        "Microsoft: ROLLBACK TRANSACTION (Transact-SQL)",
        [
            CREATE,
            batch(
                "BEGIN TRAN; INSERT t VALUES (1); BEGIN TRAN; INSERT t VALUES (2); ROLLBACK;"
                " SELECT @@TRANCOUNT; SELECT id FROM t",
                sets=[[[0]], []],
            ),
        ],
    ),
    Fact(
        "The COMMIT of an inner level commits nothing",
        "Microsoft: COMMIT TRANSACTION (Transact-SQL)",
        [
            CREATE,
            batch(
                "BEGIN TRAN; BEGIN TRAN; INSERT t VALUES (1); COMMIT; ROLLBACK; SELECT id FROM t",
                rows=[],
            ),
        ],
    ),
    Fact(
        "COMMIT without a transaction is an error that the batch survives",
        SKILL,
        [batch("COMMIT; SELECT 1", rows=[[1]], errors=[(3902, 1)])],
    ),
    Fact(
        "ROLLBACK without a transaction is an error that the batch survives",
        SKILL,
        [batch("ROLLBACK; SELECT 1", rows=[[1]], errors=[(3903, 1)])],
    ),
    Fact(
        "A transaction manager's commit without a transaction is 3902 with state 3",
        "mirek/bitsql harness/corpus/tm/nested-and-errors",
        [tm("commit", errors=[(3902, 3)])],
    ),
    Fact(
        "A transaction manager's rollback without a transaction is 3903 with state 2",
        "mirek/bitsql harness/corpus/tm/nested-and-errors",
        [tm("rollback", errors=[(3903, 2)])],
    ),
    Fact(
        "Transaction manager requests count their levels as T-SQL does",
        "mirek/bitsql harness/corpus/tm/nested-and-errors",
        [
            tm("begin"),
            tm("begin"),
            batch("SELECT @@TRANCOUNT", rows=[[2]]),
            tm("commit"),
            batch("SELECT @@TRANCOUNT", rows=[[1]]),
            tm("rollback"),
        ],
    ),
    Fact(
        "A transaction that a client began can be ended by T-SQL",
        "mirek/bitsql harness/corpus/tm/nested-and-errors",
        [CREATE, tm("begin"), batch("INSERT t VALUES (1); COMMIT; SELECT @@TRANCOUNT", rows=[[0]])],
    ),
    Fact(
        "A transaction that T-SQL began can be ended by the client",
        "mirek/bitsql harness/corpus/tm/nested-and-errors",
        [
            CREATE,
            batch("BEGIN TRAN; INSERT t VALUES (1)"),
            tm("rollback"),
            batch("SELECT id FROM t", rows=[]),
        ],
    ),
    Fact(
        "A transaction outlives its batch",
        "Microsoft: BEGIN TRANSACTION (Transact-SQL)",
        [CREATE, batch("BEGIN TRAN; INSERT t VALUES (1)"), batch("SELECT id FROM t", rows=[[1]])],
        after=(1, 1),
    ),
    Fact(
        "The outermost transaction's name rolls it back",
        SAVEPOINT,
        [
            CREATE,
            batch(
                "BEGIN TRAN outer1; INSERT t VALUES (1); ROLLBACK TRAN outer1;"
                " SELECT @@TRANCOUNT; SELECT id FROM t",
                sets=[[[0]], []],
            ),
        ],
    ),
    Fact(
        "An inner transaction's name rolls nothing back",
        "Microsoft: ROLLBACK TRANSACTION (Transact-SQL)",
        [
            batch(
                "BEGIN TRAN a; BEGIN TRAN b; ROLLBACK TRAN b; SELECT @@TRANCOUNT; ROLLBACK",
                rows=[[2]],
                errors=[(6401, 1)],
            )
        ],
    ),
    Fact(
        "A transaction's name is compared with its case",
        SAVEPOINT,
        [
            batch(
                "BEGIN TRAN a; ROLLBACK TRAN A; SELECT @@TRANCOUNT; ROLLBACK",
                rows=[[1]],
                errors=[(6401, 1)],
            )
        ],
    ),
    Fact(
        "ROLLBACK of a name in a NULL variable ends the whole transaction",
        SAVEPOINT,
        [
            batch(
                "DECLARE @n varchar(9); BEGIN TRAN; SAVE TRAN s; ROLLBACK TRAN @n;"
                " SELECT @@TRANCOUNT",
                rows=[[0]],
            )
        ],
    ),
    Fact(
        "ROLLBACK of an empty name in a variable is 6401 with state 2",
        SAVEPOINT,
        [
            batch(
                "DECLARE @n varchar(9) = ''; BEGIN TRAN; ROLLBACK TRAN @n; SELECT @@TRANCOUNT;"
                " ROLLBACK",
                rows=[[1]],
                errors=[(6401, 2)],
            )
        ],
    ),
    # --- XACT_STATE ---
    Fact(
        "XACT_STATE() is 1 inside a transaction and 0 outside",
        STATE,
        [
            batch(
                "SELECT XACT_STATE(); BEGIN TRAN; SELECT XACT_STATE(); COMMIT; SELECT XACT_STATE()",
                sets=[[[0]], [[1]], [[0]]],
            )
        ],
    ),
    Fact(
        "XACT_STATE() is 1 in a statement that reads a table, outside of a transaction, too",
        SKILL,
        [
            batch(
                "SELECT XACT_STATE(), @@TRANCOUNT FROM sys.databases WHERE name = 'master'",
                rows=[[1, 0]],
            )
        ],
    ),
    Fact(
        "XACT_STATE() is 1 in a statement that asks for an object's id",
        SKILL,
        [batch("SELECT XACT_STATE(), OBJECT_ID('missing')", rows=[[1, None]])],
    ),
    Fact(
        "@@TRANCOUNT is 2 inside an INSERT outside of a transaction",
        "mirek/bitsql harness/corpus/stmts/trigger-trancount",
        [
            batch("CREATE TABLE n (v int)"),
            batch("INSERT n VALUES (@@TRANCOUNT); SELECT v, @@TRANCOUNT FROM n", rows=[[2, 0]]),
        ],
    ),
    Fact(
        "@@TRANCOUNT is one more inside an UPDATE of a transaction",
        "mirek/bitsql harness/corpus/stmts/trigger-trancount",
        [
            batch("CREATE TABLE n (v int); INSERT n VALUES (0)"),
            batch("BEGIN TRAN; UPDATE n SET v = @@TRANCOUNT; COMMIT; SELECT v FROM n", rows=[[2]]),
        ],
    ),
    # --- Savepoints ---
    Fact(
        "A savepoint can be rolled back to once",
        SAVEPOINT,
        [
            CREATE,
            batch(
                "BEGIN TRAN; SAVE TRAN s; INSERT t VALUES (1); ROLLBACK TRAN s;"
                " INSERT t VALUES (2); ROLLBACK TRAN s; SELECT id FROM t; COMMIT",
                rows=[[2]],
                errors=[(6401, 1)],
            ),
        ],
    ),
    Fact(
        "A savepoint that is saved again after a rollback can be rolled back to again",
        SAVEPOINT,
        [
            CREATE,
            batch(
                "BEGIN TRAN; SAVE TRAN s; INSERT t VALUES (1); ROLLBACK TRAN s; SAVE TRAN s;"
                " INSERT t VALUES (2); ROLLBACK TRAN s; SELECT id FROM t; COMMIT",
                rows=[],
            ),
        ],
    ),
    Fact(
        "A rollback to a savepoint ends the later ones",
        SAVEPOINT,
        [
            CREATE,
            batch(
                "BEGIN TRAN; SAVE TRAN a; SAVE TRAN b; INSERT t VALUES (1); ROLLBACK TRAN a;"
                " ROLLBACK TRAN b; SELECT id FROM t; COMMIT",
                rows=[],
                errors=[(6401, 1)],
            ),
        ],
    ),
    Fact(
        "Savepoints of one name are a stack",
        SAVEPOINT,
        [
            CREATE,
            batch(
                "BEGIN TRAN; SAVE TRAN s; INSERT t VALUES (1); SAVE TRAN s; INSERT t VALUES (2);"
                " ROLLBACK TRAN s; SELECT id FROM t; ROLLBACK TRAN s; SELECT id FROM t; COMMIT",
                sets=[[[1]], []],
            ),
        ],
    ),
    Fact(
        "A savepoint is found without regard to case",
        SAVEPOINT,
        [
            batch(
                "BEGIN TRAN; SAVE TRAN CaseName; ROLLBACK TRAN casename; SELECT @@TRANCOUNT;"
                " COMMIT",
                rows=[[1]],
            )
        ],
    ),
    Fact(
        "A savepoint survives the COMMIT of an inner level",
        SAVEPOINT,
        [
            CREATE,
            batch(
                "BEGIN TRAN; BEGIN TRAN; SAVE TRAN s; INSERT t VALUES (1); COMMIT; ROLLBACK TRAN s;"
                " SELECT id FROM t; SELECT @@TRANCOUNT; COMMIT",
                sets=[[], [[1]]],
            ),
        ],
    ),
    Fact(
        "A savepoint's name can be in a variable",
        SAVEPOINT,
        [
            CREATE,
            batch(
                "DECLARE @s varchar(9) = 'sp'; BEGIN TRAN; SAVE TRAN @s; INSERT t VALUES (1);"
                " ROLLBACK TRAN @s; SELECT id FROM t; COMMIT",
                rows=[],
            ),
        ],
    ),
    Fact(
        "A savepoint's name in a variable is cut to 32 characters",
        SAVEPOINT,
        [
            batch(
                "DECLARE @s varchar(50) = REPLICATE('s', 40), @t varchar(50) = REPLICATE('s', 32);"
                " BEGIN TRAN; SAVE TRAN @s; ROLLBACK TRAN @t; SELECT @@TRANCOUNT; COMMIT",
                rows=[[1]],
            )
        ],
    ),
    Fact(
        "A savepoint's name of more than 32 characters is 103",
        SAVEPOINT,
        [batch(f"BEGIN TRAN; SAVE TRAN {'s' * 33}; SELECT 1", errors=[103])],
        bad_grammar=True,
    ),
    Fact(
        "SAVE TRANSACTION without a transaction is 628 with state 0",
        SAVEPOINT,
        [batch("SAVE TRAN s", errors=[(628, 0)])],
    ),
    Fact(
        "A rollback to a savepoint does not give identities back",
        SAVEPOINT,
        [
            batch("CREATE TABLE i (id int IDENTITY, v int)"),
            batch(
                "BEGIN TRAN; INSERT i (v) VALUES (1); SAVE TRAN s; INSERT i (v) VALUES (2);"
                " ROLLBACK TRAN s; INSERT i (v) VALUES (3); COMMIT; SELECT id, v FROM i ORDER"
                " BY id",
                rows=[[1, 1], [3, 3]],
            ),
        ],
    ),
    Fact(
        "A transaction manager's savepoint can be rolled back to by T-SQL",
        SAVEPOINT,
        [
            CREATE,
            tm("begin"),
            tm("save", "s"),
            batch("INSERT t VALUES (1); ROLLBACK TRAN s; SELECT id FROM t", rows=[]),
            tm("commit"),
        ],
    ),
    Fact(
        "A transaction manager's rollback to a savepoint keeps the transaction",
        SAVEPOINT,
        [
            CREATE,
            tm("begin"),
            batch("INSERT t VALUES (1)"),
            tm("save", "s"),
            batch("INSERT t VALUES (2)"),
            tm("rollback", "s"),
            batch("SELECT id, @@TRANCOUNT FROM t", rows=[[1, 1]]),
            tm("commit"),
        ],
    ),
    # --- Statements in a transaction ---
    Fact(
        "DDL is part of its transaction",
        "mirek/bitsql harness/corpus/catalog/ddl-continuation",
        [
            CREATE,
            batch(
                "BEGIN TRAN; ALTER TABLE t ADD b int NULL; CREATE TABLE u (i int); ROLLBACK;"
                " SELECT COL_LENGTH('t', 'b'), OBJECT_ID('u')",
                rows=[[None, None]],
            ),
        ],
    ),
    Fact(
        "TRUNCATE TABLE is part of its transaction",
        "Microsoft: TRUNCATE TABLE (Transact-SQL)",
        [
            CREATE,
            batch(
                "INSERT t VALUES (1); BEGIN TRAN; TRUNCATE TABLE t; ROLLBACK; SELECT id FROM t",
                rows=[[1]],
            ),
        ],
    ),
    Fact(
        "An identity is used up by a transaction that is rolled back",
        "Microsoft: CREATE TABLE (Transact-SQL) IDENTITY (Property)",
        [
            batch("CREATE TABLE i (id int IDENTITY, v int)"),
            batch(
                "BEGIN TRAN; INSERT i (v) VALUES (1); ROLLBACK; INSERT i (v) VALUES (2);"
                " SELECT id FROM i",
                rows=[[2]],
            ),
        ],
    ),
    Fact(
        "Variables keep their values through a rollback",
        "Microsoft: Variables (Transact-SQL)",
        [batch("DECLARE @a int = 1; BEGIN TRAN; SET @a = 2; ROLLBACK; SELECT @a", rows=[[2]])],
    ),
    Fact(
        "SET options keep their values through a rollback",
        "Microsoft: SET Statements (Transact-SQL)",
        [
            batch(
                "BEGIN TRAN; SET LOCK_TIMEOUT 7; ROLLBACK; SELECT @@LOCK_TIMEOUT;"
                " SET LOCK_TIMEOUT -1",
                rows=[[7]],
            )
        ],
    ),
    Fact(
        "Another session does not see what is not committed",
        "Microsoft: READ_COMMITTED_SNAPSHOT",
        [
            CREATE,
            batch("BEGIN TRAN; INSERT t VALUES (1)"),
            batch("SELECT id FROM t WITH (READPAST)", rows=[], conn=2),
            batch("COMMIT"),
            batch("SELECT id FROM t", rows=[[1]], conn=2),
        ],
    ),
    Fact(
        "A lock that another session holds is 1222 once LOCK_TIMEOUT has passed",
        "mirek/bitsql harness/corpus/locking/lock-timeout",
        [
            batch("CREATE TABLE l (id int NOT NULL PRIMARY KEY, v int); INSERT l VALUES (1, 1)"),
            batch("BEGIN TRAN; UPDATE l SET v = 2"),
            batch("SET LOCK_TIMEOUT 50; UPDATE l SET v = 3", errors=[(1222, 51)], conn=2),
            batch("ROLLBACK"),
        ],
    ),
    Fact(
        "A statement that a lock timeout ends leaves its transaction open",
        "mirek/bitsql harness/corpus/locking/lock-timeout",
        [
            batch("CREATE TABLE l (id int NOT NULL PRIMARY KEY, v int); INSERT l VALUES (1, 1)"),
            batch("BEGIN TRAN; UPDATE l SET v = 2"),
            batch(
                "SET LOCK_TIMEOUT 50; BEGIN TRAN; UPDATE l SET v = 3; SELECT @@TRANCOUNT",
                rows=[[1]],
                errors=[1222],
                conn=2,
            ),
            batch("ROLLBACK"),
        ],
    ),
    Fact(
        "IMPLICIT_TRANSACTIONS begins one with the first statement that reads or changes a table",
        "Microsoft: SET IMPLICIT_TRANSACTIONS (Transact-SQL)",
        [
            CREATE,
            batch("SET IMPLICIT_TRANSACTIONS ON"),
            batch("INSERT t VALUES (1); SELECT @@TRANCOUNT", rows=[[1]]),
            batch("ROLLBACK; SET IMPLICIT_TRANSACTIONS OFF; SELECT id FROM t", rows=[]),
        ],
    ),
    # --- Triggers ---
    Fact(
        "A ROLLBACK in a trigger undoes the statement, and ends the batch after the trigger",
        TRIGGERS,
        [
            CREATE,
            batch("CREATE TABLE log (what varchar(20))"),
            batch(
                "CREATE TRIGGER tr ON t AFTER INSERT AS BEGIN ROLLBACK;"
                " INSERT log SELECT 'rows ' + CAST(COUNT(*) AS varchar(9)) FROM inserted END"
            ),
            batch("INSERT t VALUES (1); SELECT 'not reached'", errors=[(3609, 1)]),
            batch("SELECT id FROM t; SELECT what FROM log", sets=[[], [["rows 0"]]]),
        ],
    ),
    Fact(
        "A ROLLBACK in a trigger ends the client's transaction",
        TRIGGERS,
        [
            CREATE,
            batch("CREATE TABLE u (id int)"),
            batch("CREATE TRIGGER tr ON t AFTER INSERT AS ROLLBACK"),
            batch("BEGIN TRAN; INSERT u VALUES (1); INSERT t VALUES (1)", errors=[3609]),
            batch("SELECT @@TRANCOUNT; SELECT id FROM u", sets=[[[0]], []]),
        ],
    ),
    Fact(
        "An error in a trigger ends the batch and rolls the transaction back",
        TRIGGERS,
        [
            CREATE,
            batch("CREATE TRIGGER tr ON t AFTER INSERT AS SELECT 1 / 0"),
            batch("BEGIN TRAN; INSERT t VALUES (1); SELECT 'no'", errors=[8134]),
            batch("SELECT @@TRANCOUNT; SELECT id FROM t", sets=[[[0]], []]),
        ],
    ),
    Fact(
        "RAISERROR in a trigger leaves the statement as it is",
        TRIGGERS,
        [
            CREATE,
            batch("CREATE TRIGGER tr ON t AFTER INSERT AS RAISERROR('no', 16, 1)"),
            batch("INSERT t VALUES (1); SELECT id FROM t", rows=[[1]], errors=[50000]),
        ],
    ),
    Fact(
        "XACT_STATE() and @@TRANCOUNT are 1 in a trigger outside of a transaction",
        TRIGGERS,
        [
            CREATE,
            batch("CREATE TRIGGER tr ON t AFTER INSERT AS SELECT @@TRANCOUNT, XACT_STATE()"),
            batch("INSERT t VALUES (1)", rows=[[1, 1]]),
        ],
    ),
    # --- READPAST, hints and levels ---
    Fact(
        "READPAST is allowed at REPEATABLE READ",
        "mirek/bitsql docs/reference/tail5-b2.md",
        [CREATE, batch("SELECT id FROM t WITH (READPAST, REPEATABLEREAD)", rows=[])],
    ),
    Fact(
        "READPAST of a SERIALIZABLE session is 650",
        "mirek/bitsql docs/reference/tail5-b2.md",
        [
            CREATE,
            batch("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"),
            batch("SELECT id FROM t WITH (READPAST)", errors=[650]),
            batch("SELECT id FROM t WITH (READPAST, READCOMMITTED)", rows=[]),
        ],
    ),
    Fact(
        "READPAST of an UPDATE is 650 in a SERIALIZABLE session",
        "mirek/bitsql docs/reference/tail5-b2.md",
        [
            CREATE,
            batch("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"),
            batch("UPDATE t WITH (READPAST) SET id = 2", errors=[650]),
        ],
    ),
    Fact(
        "READPAST of an UPDATE by the primary key is allowed in a SERIALIZABLE session",
        "mirek/bitsql docs/reference/tail5-b2.md",
        [
            batch("CREATE TABLE p (id int NOT NULL PRIMARY KEY, v int)"),
            batch("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"),
            batch("UPDATE p WITH (READPAST) SET v = 2 WHERE id = 1"),
        ],
    ),
    Fact(
        "READPAST of a query that reads nothing is no error",
        "mirek/bitsql docs/reference/tail5-b2.md",
        [
            CREATE,
            batch("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"),
            batch("SELECT id FROM t WITH (READPAST) WHERE 1 = 0", rows=[]),
            batch("SELECT COUNT(*) FROM t WITH (READPAST) WHERE id > 0 AND 1 > 2", rows=[[0]]),
            batch("SELECT id FROM t WITH (READPAST) WHERE 1 = 0 OR id > 0", errors=[650]),
        ],
    ),
    Fact(
        "TRY catches 650",
        "mirek/bitsql docs/reference/tail5-b2.md",
        [
            CREATE,
            batch(
                "BEGIN TRY SELECT id FROM t WITH (NOLOCK, READPAST) END TRY"
                " BEGIN CATCH SELECT ERROR_NUMBER() END CATCH",
                sets=[[], [[650]]],
            ),
        ],
    ),
]
