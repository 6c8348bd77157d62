"""Identity columns, SCOPE_IDENTITY() and its like, and rowversion."""

from __future__ import annotations

from tests.facts.model import Fact, batch, rpc

SCOPE = "mirek/msduck reference/gaps-rowversion_identity.json, scope-identity"
ROW_VERSION = "mirek/msduck reference/gaps-rowversion_identity.json, rowversion-explicit"
STATE = "mirek/bitsql harness/corpus/constraints/identity-insert-state"
ROLLED_BACK = "mirek/bitsql harness/corpus (identity values are not rolled back)"
BOOK = "Microsoft, CREATE TABLE (Transact-SQL) IDENTITY (Property)"
CHECKIDENT = "Microsoft, DBCC CHECKIDENT (Transact-SQL)"

BOTH = "SELECT SCOPE_IDENTITY(), @@IDENTITY"
TABLE = batch("CREATE TABLE t (id int IDENTITY(10, 10), v int)")
PLAIN = batch("CREATE TABLE plain (v int)")

FACTS = [
    Fact(
        "SCOPE_IDENTITY() and @@IDENTITY are NULL before the first row",
        SCOPE,
        [TABLE, batch(BOTH, rows=[[None, None]])],
    ),
    Fact(
        "An INSERT sets SCOPE_IDENTITY() and @@IDENTITY",
        SCOPE,
        [TABLE, batch("INSERT t (v) VALUES (1), (2)"), batch(BOTH, rows=[[20, 20]])],
    ),
    Fact(
        "An INSERT into a table without identity makes them NULL",
        SCOPE,
        [
            TABLE,
            PLAIN,
            batch("INSERT t (v) VALUES (1)"),
            batch("INSERT plain VALUES (1)"),
            batch(BOTH, rows=[[None, None]]),
        ],
    ),
    Fact(
        "An INSERT of no rows leaves them alone",
        SCOPE,
        [
            TABLE,
            PLAIN,
            batch("INSERT t (v) VALUES (1); INSERT t (v) SELECT v FROM plain"),
            batch(BOTH, rows=[[10, 10]]),
        ],
    ),
    Fact(
        "UPDATE and DELETE leave them alone",
        SCOPE,
        [
            TABLE,
            batch("INSERT t (v) VALUES (1); UPDATE t SET v = 2; DELETE t"),
            batch(BOTH, rows=[[10, 10]]),
        ],
    ),
    Fact(
        "A rollback takes back neither the identity nor SCOPE_IDENTITY()",
        SCOPE,
        [
            TABLE,
            batch("BEGIN TRANSACTION; INSERT t (v) VALUES (1); ROLLBACK"),
            batch("SELECT SCOPE_IDENTITY(), @@IDENTITY, IDENT_CURRENT('t')", rows=[[10, 10, 10]]),
            batch("INSERT t (v) VALUES (2); SELECT id FROM t", rows=[[20]]),
        ],
    ),
    Fact(
        "A row that is refused has taken its identity",
        ROLLED_BACK,
        [
            batch("CREATE TABLE t (id int IDENTITY, v varchar(3) CHECK (v <> 'x'))"),
            batch("INSERT t (v) VALUES ('too long')", errors=[2628]),
            batch("INSERT t (v) VALUES ('x')", errors=[547]),
            batch("INSERT t (v) VALUES ('ok'); SELECT id FROM t", rows=[[3]]),
        ],
    ),
    Fact(
        "IDENT_CURRENT is NULL of what has no identity",
        SCOPE,
        [
            TABLE,
            PLAIN,
            batch("INSERT t (v) VALUES (1)"),
            batch(
                "SELECT IDENT_CURRENT('t'), IDENT_CURRENT('plain'), IDENT_CURRENT('nothing')",
                rows=[[10, None, None]],
            ),
        ],
    ),
    Fact(
        "IDENT_SEED and IDENT_INCR are the declared values",
        BOOK,
        [TABLE, batch("SELECT IDENT_SEED('t'), IDENT_INCR('t')", rows=[[10, 10]])],
    ),
    Fact(
        "OUTPUT has the identity of the new row",
        SCOPE,
        [
            TABLE,
            batch("INSERT t (v) OUTPUT inserted.id VALUES (1)", rows=[[10]]),
            batch("SELECT SCOPE_IDENTITY()", rows=[[10]]),
        ],
    ),
    Fact(
        "A value for the identity column is 544 with a list of columns, 8101 without",
        "mirek/bitsql .claude/skills/t-sql/SKILL.md; identity-insert-state",
        [
            TABLE,
            batch("INSERT t (id, v) VALUES (1, 1)", errors=[(544, 1)]),
            batch("INSERT t VALUES (1, 1)", errors=[(8101, 1)]),
        ],
    ),
    Fact(
        "IDENTITY_INSERT needs a list of columns, and the identity in it",
        STATE,
        [
            TABLE,
            batch("SET IDENTITY_INSERT t ON"),
            batch("INSERT t VALUES (60, 1)", errors=[(8101, 1)]),
            batch("INSERT t (v) SELECT 3", errors=[(545, 1)]),
            batch("INSERT t (id, v) VALUES (80, 4)"),
            batch("SET IDENTITY_INSERT t OFF; INSERT t (v) VALUES (5)"),
            batch("SELECT id FROM t ORDER BY id", rows=[[80], [90]]),
        ],
    ),
    Fact(
        "DEFAULT and NULL are no values for an identity column: 339",
        STATE,
        [
            TABLE,
            batch("INSERT t (id, v) VALUES (NULL, 2)", errors=[(339, 1)]),
            batch("SET IDENTITY_INSERT t ON; INSERT t (v, id) VALUES (2, NULL)", errors=[(339, 1)]),
            batch("INSERT t (v, id) VALUES (2, DEFAULT)", errors=[(339, 1)]),
        ],
    ),
    Fact(
        "A column that is listed twice is 264",
        STATE,
        [
            TABLE,
            batch("SET IDENTITY_INSERT t ON; INSERT t (id, v, id) VALUES (1, 1, 1)", errors=[264]),
        ],
    ),
    Fact(
        "One table at a time has IDENTITY_INSERT ON: 8107",
        "mirek/bitsql .claude/skills/t-sql/SKILL.md; Microsoft, SET IDENTITY_INSERT",
        [
            TABLE,
            batch("CREATE TABLE u (id int IDENTITY)"),
            batch("SET IDENTITY_INSERT t ON; SET IDENTITY_INSERT u ON", errors=[(8107, 1)]),
            batch("SET IDENTITY_INSERT t OFF; SET IDENTITY_INSERT u ON"),
        ],
    ),
    Fact(
        "IDENTITY_INSERT of a table without identity is 8106, of no table 1088",
        "mirek/bitsql .claude/skills/t-sql/SKILL.md; Microsoft, SET IDENTITY_INSERT",
        [
            PLAIN,
            batch("SET IDENTITY_INSERT plain ON", errors=[(8106, 1)]),
            batch("SET IDENTITY_INSERT nothing ON", errors=[(1088, 11)]),
        ],
    ),
    Fact(
        "IDENTITY_INSERT that a parameterised statement sets ends with it",
        "mirek/bitsql .claude/skills/t-sql/SKILL.md (SET in sp_executesql)",
        [
            TABLE,
            rpc("SET IDENTITY_INSERT t ON; INSERT t (id, v) VALUES (@id, 1)", {"@id": ("int", 70)}),
            batch("INSERT t (id, v) VALUES (90, 1)", errors=[(544, 1)]),
            batch("INSERT t (v) VALUES (2); SELECT id FROM t ORDER BY id", rows=[[70], [80]]),
        ],
    ),
    Fact(
        "A value given by hand that is higher moves the identity, a lower one does not",
        BOOK,
        [
            TABLE,
            batch("INSERT t (v) VALUES (1); SET IDENTITY_INSERT t ON"),
            batch("INSERT t (id, v) VALUES (5, 1); SELECT IDENT_CURRENT('t')", rows=[[10]]),
            batch("INSERT t (id, v) VALUES (55, 1); SELECT IDENT_CURRENT('t')", rows=[[55]]),
            batch(
                "SET IDENTITY_INSERT t OFF; INSERT t (v) OUTPUT inserted.id VALUES (1)", rows=[[65]]
            ),
        ],
    ),
    Fact(
        "A value given by hand moves the identity even if its row is refused",
        STATE,
        [
            batch("CREATE TABLE t (id int IDENTITY, v int CHECK (v > 0)); INSERT t VALUES (1)"),
            batch("SET IDENTITY_INSERT t ON"),
            batch("INSERT t (id, v) VALUES (50, -1)", errors=[(547, 0)]),
            batch("SELECT IDENT_CURRENT('t')", rows=[[50]]),
            batch("INSERT t (id, v) OUTPUT inserted.id VALUES (80, 4)", rows=[[80]]),
            batch("SET IDENTITY_INSERT t OFF"),
            batch("INSERT t (v) OUTPUT inserted.id VALUES (5)", rows=[[81]]),
        ],
    ),
    Fact(
        "An identity column is not updated: 8102",
        "mirek/bitsql .claude/skills/t-sql/SKILL.md; error 8102",
        [TABLE, batch("INSERT t (v) VALUES (1)"), batch("UPDATE t SET id = 5", errors=[(8102, 1)])],
    ),
    Fact(
        "Two identity columns are 2744, one that is text is 2749",
        "mirek/bitsql .claude/skills/t-sql/SKILL.md; errors 2744, 2749",
        [
            batch("CREATE TABLE u (a int IDENTITY, b int IDENTITY)", errors=[2744]),
            batch("CREATE TABLE u (a varchar(5) IDENTITY)", errors=[(2749, 2)]),
        ],
    ),
    Fact(
        "An identity column is NOT NULL: 8147",
        "Microsoft, error 8147",
        [batch("CREATE TABLE u (a int IDENTITY NULL)", errors=[8147])],
    ),
    Fact(
        "Identity can have the type tinyint",
        BOOK,
        [
            batch("CREATE TABLE u (id tinyint IDENTITY(254, 1), v int)"),
            batch("INSERT u (v) VALUES (1), (2)"),
            batch("INSERT u (v) VALUES (3)", errors=[8115]),
        ],
        unsupported=40517,
    ),
    Fact(
        "An exhausted identity is 8115 and names the type",
        "mirek/bitsql .claude/skills/t-sql/SKILL.md; error 8115",
        [
            batch("CREATE TABLE u (id smallint IDENTITY(32767, 1), v int)"),
            batch("INSERT u (v) VALUES (1)"),
            batch(
                "INSERT u (v) VALUES (2)",
                errors=[8115],
                messages=["Arithmetic overflow error converting IDENTITY to data type smallint."],
            ),
        ],
    ),
    Fact(
        "TRUNCATE TABLE begins the identity again, DELETE does not",
        "Microsoft, TRUNCATE TABLE (Transact-SQL)",
        [
            TABLE,
            batch("INSERT t (v) VALUES (1), (2); DELETE t"),
            batch("INSERT t (v) OUTPUT inserted.id VALUES (3)", rows=[[30]]),
            batch("TRUNCATE TABLE t"),
            batch("INSERT t (v) OUTPUT inserted.id VALUES (4)", rows=[[10]]),
        ],
    ),
    Fact(
        "RESEED sets the current value; the first row of a new table gets it itself",
        CHECKIDENT,
        [
            batch("CREATE TABLE t (id int IDENTITY, v int)"),
            batch("DBCC CHECKIDENT ('t', RESEED, 100)"),
            batch("INSERT t (v) OUTPUT inserted.id VALUES (1)", rows=[[100]]),
            batch("DBCC CHECKIDENT ('t', RESEED, 200)"),
            batch("INSERT t (v) OUTPUT inserted.id VALUES (1)", rows=[[201]]),
        ],
    ),
    Fact(
        "RESEED without a value moves the identity up to the highest one",
        CHECKIDENT,
        [
            batch("CREATE TABLE t (id int IDENTITY, v int); INSERT t (v) VALUES (1), (2)"),
            batch("DBCC CHECKIDENT ('t', RESEED, 0) WITH NO_INFOMSGS"),
            batch("DBCC CHECKIDENT ('t', RESEED) WITH NO_INFOMSGS"),
            batch("INSERT t (v) OUTPUT inserted.id VALUES (3)", rows=[[3]]),
        ],
    ),
    Fact(
        "CHECKIDENT of no table is 2501, of one without identity 7997",
        CHECKIDENT,
        [
            PLAIN,
            batch("DBCC CHECKIDENT ('nothing')", errors=[2501]),
            batch("DBCC CHECKIDENT ('plain')", errors=[7997]),
        ],
    ),
    Fact(
        "A rowversion takes NULL and DEFAULT, and no other value: 273",
        ROW_VERSION,
        [
            batch("CREATE TABLE t (id int, rv rowversion NOT NULL)"),
            batch("INSERT t (id, rv) VALUES (1, 0x01)", errors=[(273, 1)]),
            batch("INSERT t (id, rv) SELECT 1, 0x01", errors=[(273, 1)]),
            batch("INSERT t (id, rv) VALUES (2, NULL), (3, DEFAULT)"),
            batch("INSERT t VALUES (4, DEFAULT)"),
            batch("INSERT t VALUES (5, NULL)"),
            batch("INSERT t (id) VALUES (6)"),
            batch("SELECT id FROM t ORDER BY rv", rows=[[2], [3], [4], [5], [6]]),
        ],
    ),
    Fact(
        "Without a list of columns an INSERT has a value for the rowversion, too: 213",
        ROW_VERSION,
        [
            batch("CREATE TABLE t (id int, v int, rv rowversion NOT NULL)"),
            batch("INSERT t VALUES (7, 70)", errors=[(213, 1)]),
        ],
    ),
    Fact(
        "A rowversion is not updated: 272",
        ROW_VERSION,
        [
            batch("CREATE TABLE t (id int, rv rowversion NOT NULL); INSERT t (id) VALUES (1)"),
            batch("UPDATE t SET rv = 0x01", errors=[(272, 1)]),
            batch("UPDATE t SET rv = DEFAULT", errors=[(272, 1)]),
        ],
    ),
    Fact(
        "A rowversion changes with every UPDATE of its row",
        "Microsoft, rowversion (Transact-SQL)",
        [
            batch("CREATE TABLE t (id int, rv rowversion); INSERT t (id) VALUES (1), (2)"),
            batch(
                "DECLARE @old binary(8) = (SELECT rv FROM t WHERE id = 1);"
                " UPDATE t SET id = 1 WHERE id = 1;"
                " SELECT CASE WHEN rv > @old THEN 1 ELSE 0 END FROM t WHERE id = 1",
                rows=[[1]],
            ),
        ],
    ),
]
