"""Locks: waits, their limits, and the effects of hints."""

from __future__ import annotations

from tests.facts.model import Fact, batch, tm

CORPUS = "mirek/bitsql harness/corpus/locking/"
HINTS = "https://learn.microsoft.com/sql/t-sql/queries/hints-transact-sql-table"
LOCK_TIMEOUT = "https://learn.microsoft.com/sql/t-sql/statements/set-lock-timeout-transact-sql"

SEATS = batch(
    "CREATE TABLE seat (id int NOT NULL CONSTRAINT pk_seat PRIMARY KEY, v int NULL);"
    " INSERT seat VALUES (1, 1), (2, 2)"
)
READ = "SELECT id, v FROM seat ORDER BY id"

FACTS = [
    Fact(
        "An UPDATE of another row does not wait",
        CORPUS + "other-row-not-blocked",
        [
            SEATS,
            batch("BEGIN TRANSACTION; UPDATE seat SET v = 10 WHERE id = 1"),
            batch("UPDATE seat SET v = 20 WHERE id = 2; SELECT @@ROWCOUNT", rows=[[1]], conn=2),
            batch("COMMIT"),
            batch(READ, rows=[[1, 10], [2, 20]]),
        ],
    ),
    Fact(
        "An UPDATE waits for the transaction that changed its row, and sees what that committed",
        CORPUS + "blocked-update-resumes",
        [
            SEATS,
            batch("BEGIN TRANSACTION; UPDATE seat SET v = 10 WHERE id = 1"),
            batch(
                "UPDATE seat SET v = v + 1 WHERE id = 1; SELECT v FROM seat WHERE id = 1",
                rows=[[11]],
                conn=2,
                background=True,
            ),
            batch("COMMIT"),
            batch("SELECT v FROM seat WHERE id = 1", rows=[[11]], conn=2),
        ],
    ),
    Fact(
        "An INSERT of a key waits for the one that inserted it, and fails once that is committed",
        CORPUS + "same-key-insert-waits",
        [
            SEATS,
            batch("BEGIN TRANSACTION; INSERT seat VALUES (5, 1)"),
            batch("INSERT seat VALUES (5, 2)", errors=[(2627, 1)], conn=2, background=True),
            batch("COMMIT"),
            batch("SELECT v FROM seat WHERE id = 5", rows=[[1]], conn=2),
        ],
    ),
    Fact(
        "An INSERT of a key waits for the one that inserted it, and succeeds once that is undone",
        CORPUS + "same-key-insert-after-rollback",
        [
            SEATS,
            batch("BEGIN TRANSACTION; INSERT seat VALUES (5, 1)"),
            batch("INSERT seat VALUES (5, 2)", conn=2, background=True),
            batch("ROLLBACK"),
            batch("SELECT v FROM seat WHERE id = 5", rows=[[2]], conn=2),
        ],
    ),
    Fact(
        "Of two transactions that wait for each other one is rolled back, its batch with it",
        CORPUS + "deadlock-two-tables",
        [
            SEATS,
            batch("BEGIN TRANSACTION; UPDATE seat SET v = 10 WHERE id = 1"),
            batch("BEGIN TRANSACTION; UPDATE seat SET v = 20 WHERE id = 2", conn=2),
            batch(
                "UPDATE seat SET v = 11 WHERE id = 2; SELECT 1",
                errors=[(1205, 51)],
                background=True,
            ),
            batch("UPDATE seat SET v = 21 WHERE id = 1; SELECT 2", rows=[[2]], conn=2),
            batch("SELECT @@TRANCOUNT", rows=[[0]]),
            batch("SELECT @@TRANCOUNT; COMMIT", rows=[[1]], conn=2),
            batch(READ, rows=[[1, 21], [2, 20]]),
        ],
    ),
    Fact(
        "LOCK_TIMEOUT 0 fails at once, and the batch goes on",
        CORPUS + "lock-timeout",
        [
            SEATS,
            batch("BEGIN TRANSACTION; UPDATE seat SET v = 10 WHERE id = 1"),
            batch(
                "SET LOCK_TIMEOUT 0; UPDATE seat SET v = 99 WHERE id = 1;"
                " SELECT @@ERROR, @@TRANCOUNT",
                errors=[(1222, 51)],
                rows=[[1222, 0]],
                conn=2,
            ),
            batch("COMMIT"),
            batch(READ, rows=[[1, 10], [2, 2]]),
        ],
    ),
    Fact(
        "The error of LOCK_TIMEOUT leaves the transaction",
        LOCK_TIMEOUT,
        [
            SEATS,
            batch("BEGIN TRANSACTION; UPDATE seat SET v = 10 WHERE id = 1"),
            batch(
                "SET LOCK_TIMEOUT 50; BEGIN TRANSACTION; UPDATE seat SET v = 20 WHERE id = 2",
                conn=2,
            ),
            batch("DELETE seat WHERE id = 1", errors=[(1222, 51)], conn=2),
            batch("SELECT @@TRANCOUNT, XACT_STATE()", rows=[[1, 1]], conn=2),
            batch("COMMIT", conn=2),
            batch("COMMIT"),
            batch(READ, rows=[[1, 10], [2, 20]]),
        ],
    ),
    Fact(
        "LOCK_TIMEOUT is -1 until it is set",
        LOCK_TIMEOUT,
        [
            batch("SELECT @@LOCK_TIMEOUT", rows=[[-1]]),
            batch("SET LOCK_TIMEOUT 1800; SELECT @@LOCK_TIMEOUT", rows=[[1800]]),
            batch("SELECT @@LOCK_TIMEOUT", rows=[[1800]]),
        ],
    ),
    Fact(
        "Rows read with UPDLOCK cannot be read so by another, but without it they can",
        HINTS,
        [
            SEATS,
            batch("BEGIN TRANSACTION; SELECT v FROM seat WITH (UPDLOCK) WHERE id = 1", rows=[[1]]),
            batch("SELECT v FROM seat WHERE id = 1", rows=[[1]], conn=2),
            batch(
                "SET LOCK_TIMEOUT 0; SELECT v FROM seat WITH (UPDLOCK) WHERE id = 1",
                errors=[(1222, 51)],
                conn=2,
            ),
            batch("ROLLBACK"),
            batch("SELECT v FROM seat WITH (UPDLOCK) WHERE id = 1", rows=[[1]], conn=2),
        ],
    ),
    Fact(
        "NOWAIT fails at once for a row that is locked",
        HINTS,
        [
            SEATS,
            tm("begin"),
            batch("SELECT v FROM seat WITH (UPDLOCK, ROWLOCK) WHERE id = 1", rows=[[1]]),
            batch(
                "SELECT v FROM seat WITH (UPDLOCK, ROWLOCK, NOWAIT) WHERE id = 1",
                errors=[1222],
                conn=2,
            ),
            tm("rollback"),
        ],
    ),
    Fact(
        "READPAST leaves out the rows that are locked",
        HINTS,
        [
            SEATS,
            tm("begin"),
            batch("SELECT v FROM seat WITH (UPDLOCK, ROWLOCK) WHERE id = 1", rows=[[1]]),
            batch(
                "SELECT id FROM seat WITH (UPDLOCK, ROWLOCK, READPAST) ORDER BY id",
                rows=[[2]],
                conn=2,
            ),
            tm("rollback"),
        ],
    ),
    Fact(
        "A range that UPDLOCK and HOLDLOCK hold takes no new row from another",
        CORPUS + "updlock-upsert",
        [
            SEATS,
            batch(
                "BEGIN TRANSACTION; IF NOT EXISTS (SELECT 1 FROM seat WITH (UPDLOCK, HOLDLOCK)"
                " WHERE id = 7) INSERT seat VALUES (7, 1)"
            ),
            batch(
                "BEGIN TRANSACTION; IF NOT EXISTS (SELECT 1 FROM seat WITH (UPDLOCK, HOLDLOCK)"
                " WHERE id = 7) INSERT seat VALUES (7, 1)"
                " ELSE UPDATE seat SET v = v + 1 WHERE id = 7; COMMIT",
                conn=2,
                background=True,
            ),
            batch("COMMIT"),
            batch("SELECT v FROM seat WHERE id = 7", rows=[[2]], conn=2),
        ],
    ),
    Fact(
        "An index that a hint names must be there",
        HINTS,
        [SEATS, batch("SELECT id FROM seat WITH (INDEX (ix_none))", errors=[308])],
    ),
    Fact(
        "Two hints cannot ask for different isolation levels",
        HINTS,
        [SEATS, batch("SELECT id FROM seat WITH (NOLOCK, HOLDLOCK)", errors=[1047])],
    ),
    Fact(
        "A reader waits for the transaction that has changed its row, and reads what it committed",
        CORPUS + "read-committed-blocks",
        [
            SEATS,
            batch("BEGIN TRANSACTION; UPDATE seat SET v = 10 WHERE id = 1"),
            batch("SELECT v FROM seat WHERE id = 1", rows=[[11]], conn=2, background=True),
            batch("UPDATE seat SET v = 11 WHERE id = 1; COMMIT"),
            batch("SELECT v FROM seat WHERE id = 1", rows=[[11]], conn=2),
        ],
    ),
    Fact(
        "A reader of another row does not wait, nor one that reads uncommitted rows",
        HINTS,
        [
            SEATS,
            batch("BEGIN TRANSACTION; UPDATE seat SET v = 10 WHERE id = 1"),
            batch("SELECT v FROM seat WHERE id = 2", rows=[[2]], conn=2),
            batch("SELECT id FROM seat WITH (NOLOCK) WHERE id = 1", rows=[[1]], conn=2),
            batch("SELECT id FROM seat WITH (READPAST) ORDER BY id", rows=[[2]], conn=2),
            batch(
                "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED;"
                " SELECT id FROM seat WHERE id = 1",
                rows=[[1]],
                conn=2,
            ),
            batch("ROLLBACK"),
        ],
    ),
    Fact(
        "A reader that waits is subject to LOCK_TIMEOUT, also for a total",
        LOCK_TIMEOUT,
        [
            SEATS,
            batch("BEGIN TRANSACTION; UPDATE seat SET v = 10 WHERE id = 1"),
            batch(
                "SET LOCK_TIMEOUT 50; SELECT v FROM seat WHERE id = 1; SELECT @@ERROR",
                errors=[(1222, 51)],
                rows=[[1222]],
                conn=2,
            ),
            batch("SELECT SUM(v) FROM seat", errors=[(1222, 51)], conn=2),
            batch("COMMIT"),
            batch("SELECT SUM(v) FROM seat", rows=[[12]], conn=2),
        ],
    ),
    Fact(
        "With READ_COMMITTED_SNAPSHOT a reader reads what was committed, and does not wait",
        "https://learn.microsoft.com/sql/t-sql/statements/"
        "set-transaction-isolation-level-transact-sql",
        [
            SEATS,
            batch("ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE"),
            batch("BEGIN TRANSACTION; UPDATE seat SET v = 10 WHERE id = 1"),
            batch("SELECT v FROM seat WHERE id = 1", rows=[[1]], conn=2),
            batch("ROLLBACK"),
        ],
    ),
    Fact(
        "Two readers that wait for each other's rows are a deadlock",
        CORPUS + "deadlock-two-tables",
        [
            SEATS,
            batch("BEGIN TRANSACTION; UPDATE seat SET v = 10 WHERE id = 1"),
            batch("BEGIN TRANSACTION; UPDATE seat SET v = 20 WHERE id = 2", conn=2),
            batch("SELECT v FROM seat WHERE id = 2", errors=[(1205, 51)], background=True),
            batch("SELECT v FROM seat WHERE id = 1", rows=[[1]], conn=2),
            batch("SELECT @@TRANCOUNT", rows=[[0]]),
            batch("COMMIT", conn=2),
        ],
    ),
]
