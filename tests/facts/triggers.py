"""DML triggers: their tables, the moments when they fire, the effects of their errors."""

from __future__ import annotations

from tests.facts.model import Fact, batch

DUCK = "mirek/msduck reference/gaps-triggers.json"
BITSQL = "mirek/bitsql harness/corpus/triggers"
TABLES = batch(
    "CREATE TABLE part (id int PRIMARY KEY, size int NULL, note varchar(20) NULL);"
    " CREATE TABLE diary (nr int IDENTITY PRIMARY KEY, line varchar(100), bits varbinary(8))"
)
LINES = "SELECT line FROM diary ORDER BY nr"

IMAGES = [
    Fact(
        "A trigger sees the rows before and after an UPDATE that changes the key",
        f"{DUCK}, key updates",
        [
            TABLES,
            batch("INSERT part VALUES (1, 10, 'a'), (2, 20, 'b')"),
            batch(
                "CREATE TRIGGER part_t ON part AFTER UPDATE AS SET NOCOUNT ON;"
                " INSERT diary (line) SELECT CONCAT('-', id, note) FROM deleted;"
                " INSERT diary (line) SELECT CONCAT('+', id, note) FROM inserted"
            ),
            batch("UPDATE part SET id = id + 50, note = note + 'x' WHERE id = 2"),
            batch(LINES, rows=[["-2b"], ["+52bx"]]),
        ],
    ),
    Fact(
        "An AFTER trigger that copies inserted gets the row last inserted first",
        f"{BITSQL}/after-insert-audit.sql",
        [
            TABLES,
            batch(
                "CREATE TRIGGER part_t ON part AFTER INSERT AS"
                " INSERT diary (line) SELECT note FROM inserted"
            ),
            batch("INSERT part VALUES (1, 1, 'first'), (2, 2, 'second')"),
            batch(LINES, rows=[["second"], ["first"]]),
        ],
    ),
    Fact(
        "A trigger's own inserts leave @@ROWCOUNT and SCOPE_IDENTITY() of the statement alone",
        f"{BITSQL}/after-insert-audit.sql",
        [
            batch(
                "CREATE TABLE bill (id int IDENTITY(1, 1) PRIMARY KEY, v int);"
                " CREATE TABLE copy (id int IDENTITY(500, 1) PRIMARY KEY, bill int)"
            ),
            batch(
                "CREATE TRIGGER bill_t ON bill AFTER INSERT AS"
                " INSERT copy (bill) SELECT id FROM inserted"
            ),
            batch(
                "INSERT bill (v) VALUES (7), (8), (9);"
                " SELECT @@ROWCOUNT, SCOPE_IDENTITY(), @@IDENTITY",
                rows=[[3, 3, 502]],
            ),
        ],
    ),
    Fact(
        "@@ROWCOUNT at the start of a trigger is the statement's count",
        f"{DUCK}, images",
        [
            TABLES,
            batch(
                "CREATE TRIGGER part_t ON part AFTER INSERT, UPDATE AS"
                " DECLARE @n int = @@ROWCOUNT; INSERT diary (line) VALUES (CONCAT('n=', @n))"
            ),
            batch("INSERT part VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c')"),
            batch("UPDATE part SET size = 0 WHERE id > 1; SELECT @@ROWCOUNT", rows=[[2]]),
            batch(LINES, rows=[["n=3"], ["n=2"]]),
        ],
    ),
    Fact(
        "A statement that changes no row fires its trigger",
        f"{DUCK}, images",
        [
            TABLES,
            batch(
                "CREATE TRIGGER part_t ON part AFTER UPDATE AS"
                " INSERT diary (line) SELECT CONCAT('rows ', COUNT(*)) FROM inserted"
            ),
            batch("UPDATE part SET size = 1 WHERE id = 99"),
            batch(LINES, rows=[["rows 0"]]),
        ],
    ),
    Fact(
        "UPDATE() tells the columns that SET names, whether their values change or not",
        f"{DUCK}, images",
        [
            TABLES,
            batch("INSERT part VALUES (1, 1, 'a')"),
            batch(
                "CREATE TRIGGER part_t ON part AFTER UPDATE AS INSERT diary (line) SELECT CONCAT("
                "CASE WHEN UPDATE(size) THEN 'size ' END, CASE WHEN UPDATE(note) THEN 'note' END)"
            ),
            batch("UPDATE part SET size = size"),
            batch("UPDATE part SET note = 'z', size = 2"),
            batch(LINES, rows=[["size "], ["size note"]]),
        ],
    ),
    Fact(
        "UPDATE() is true of every column in an INSERT and of none in a DELETE",
        f"{DUCK}, images",
        [
            TABLES,
            batch(
                "CREATE TRIGGER part_t ON part AFTER INSERT, DELETE AS INSERT diary (line)"
                " SELECT CASE WHEN UPDATE(note) THEN 'yes' ELSE 'no' END"
            ),
            batch("INSERT part (id) VALUES (1)"),
            batch("DELETE part"),
            batch(LINES, rows=[["yes"], ["no"]]),
        ],
    ),
    Fact(
        "COLUMNS_UPDATED() has a bit for each column that SET names, the first in the lowest",
        f"{DUCK}, images",
        [
            TABLES,
            batch("INSERT part VALUES (1, 1, 'a')"),
            batch(
                "CREATE TRIGGER part_t ON part AFTER INSERT, UPDATE, DELETE AS"
                " INSERT diary (bits) VALUES (COLUMNS_UPDATED())"
            ),
            batch("UPDATE part SET note = 'z'; UPDATE part SET size = 1, id = 3"),
            batch("INSERT part VALUES (9, 9, 'i'); DELETE part"),
            batch(
                "SELECT bits FROM diary ORDER BY nr", rows=[[b"\x04"], [b"\x03"], [b"\x07"], [b""]]
            ),
        ],
    ),
    Fact(
        "@@TRANCOUNT in a trigger's INSERT counts that statement, too",
        f"{DUCK}, images",
        [
            TABLES,
            batch(
                "CREATE TRIGGER part_t ON part AFTER INSERT AS"
                " INSERT diary (line) SELECT CONCAT('count ', @@TRANCOUNT)"
            ),
            batch("INSERT part (id) VALUES (1)"),
            batch("BEGIN TRANSACTION; INSERT part (id) VALUES (2); COMMIT"),
            batch(LINES, rows=[["count 2"], ["count 2"]]),
        ],
    ),
    Fact(
        "TRIGGER_NESTLEVEL() counts the triggers that have fired one another",
        f"{DUCK}, nested",
        [
            TABLES,
            batch("CREATE TABLE above (id int)"),
            batch(
                "CREATE TRIGGER above_t ON above AFTER INSERT AS"
                " INSERT diary (line) VALUES (CONCAT('above ', TRIGGER_NESTLEVEL()));"
                " INSERT part (id) SELECT id FROM inserted"
            ),
            batch(
                "CREATE TRIGGER part_t ON part AFTER INSERT AS"
                " INSERT diary (line) VALUES (CONCAT('part ', TRIGGER_NESTLEVEL()))"
            ),
            batch("INSERT above VALUES (1)"),
            batch(LINES, rows=[["above 1"], ["part 2"]]),
        ],
    ),
    Fact(
        "A trigger that changes its own table does not fire itself",
        f"{DUCK}, nested",
        [
            TABLES,
            batch(
                "CREATE TRIGGER part_t ON part AFTER INSERT, UPDATE AS"
                " UPDATE part SET size = size + 100 WHERE id IN (SELECT id FROM inserted)"
            ),
            batch("INSERT part VALUES (1, 1, 'a')"),
            batch("SELECT size FROM part", rows=[[101]]),
        ],
    ),
    Fact(
        "Two triggers of one event fire in the order of their creation",
        f"{DUCK}, nested",
        [
            TABLES,
            batch("CREATE TRIGGER z ON part AFTER INSERT AS INSERT diary (line) VALUES ('z')"),
            batch("CREATE TRIGGER a ON part AFTER INSERT AS INSERT diary (line) VALUES ('a')"),
            batch("INSERT part (id) VALUES (1)"),
            batch(LINES, rows=[["z"], ["a"]]),
        ],
    ),
    Fact(
        "deleted has the rows of a DELETE",
        f"{BITSQL}/after-delete-count.sql",
        [
            TABLES,
            batch("INSERT part (id) VALUES (1), (2), (3)"),
            batch(
                "CREATE TRIGGER part_t ON part AFTER DELETE AS"
                " INSERT diary (line) SELECT CONCAT('gone ', id) FROM deleted"
            ),
            batch("DELETE part WHERE id > 1; SELECT @@ROWCOUNT", rows=[[2]]),
            batch("SELECT line FROM diary ORDER BY line", rows=[["gone 2"], ["gone 3"]]),
        ],
    ),
]

ERRORS = [
    Fact(
        "THROW in a trigger undoes the statement, the trigger's work and ends the batch",
        f"{DUCK}, throw",
        [
            TABLES,
            batch(
                "CREATE TRIGGER part_t ON part AFTER INSERT AS"
                " INSERT diary (line) VALUES ('early'); THROW 50001, 'no', 1"
            ),
            batch("INSERT part (id) VALUES (1); SELECT 1", errors=[50001]),
            batch("SELECT COUNT(*) FROM part; SELECT COUNT(*) FROM diary", sets=[[[0]], [[0]]]),
        ],
    ),
    Fact(
        "THROW in a trigger rolls back the transaction that was open before",
        f"{DUCK}, throw",
        [
            TABLES,
            batch("CREATE TRIGGER part_t ON part AFTER INSERT AS THROW 50001, 'no', 1"),
            batch(
                "BEGIN TRANSACTION; INSERT diary (line) VALUES ('before');"
                " INSERT part (id) VALUES (1)",
                errors=[50001],
            ),
            batch("SELECT @@TRANCOUNT, (SELECT COUNT(*) FROM diary)", rows=[[0, 0]]),
        ],
    ),
    Fact(
        "An error of a trigger that a TRY catches leaves the transaction doomed",
        f"{DUCK}, throw",
        [
            TABLES,
            batch("CREATE TRIGGER part_t ON part AFTER INSERT AS THROW 50001, 'no', 1"),
            batch(
                "BEGIN TRANSACTION; BEGIN TRY INSERT part (id) VALUES (1) END TRY"
                " BEGIN CATCH SELECT ERROR_NUMBER(), @@TRANCOUNT, XACT_STATE() END CATCH;"
                " ROLLBACK",
                rows=[[50001, 1, -1]],
            ),
        ],
    ),
    Fact(
        "RAISERROR in a trigger undoes nothing, and the batch goes on",
        f"{DUCK}, throw",
        [
            TABLES,
            batch(
                "CREATE TRIGGER part_t ON part AFTER INSERT AS RAISERROR('careful', 16, 1);"
                " INSERT diary (line) VALUES ('after')"
            ),
            batch("INSERT part (id) VALUES (1); SELECT @@ERROR", errors=[50000], sets=[[[0]]]),
            batch("SELECT id FROM part", rows=[[1]]),
            batch(LINES, rows=[["after"]]),
        ],
    ),
    Fact(
        "A division by zero in a trigger undoes all of it and ends the batch",
        f"{DUCK}, throw",
        [
            TABLES,
            batch("INSERT part VALUES (1, 1, 'a')"),
            batch(
                "CREATE TRIGGER part_t ON part AFTER UPDATE AS"
                " INSERT diary (line) VALUES ('before');"
                " DECLARE @x int = (SELECT 1 / MIN(size - size) FROM inserted)"
            ),
            batch("UPDATE part SET note = 'b'; SELECT 1", errors=[8134]),
            batch("SELECT note FROM part", rows=[["a"]]),
            batch(LINES, rows=[]),
        ],
    ),
    Fact(
        "A duplicate key in a trigger undoes the statement that fired it and ends the batch",
        f"{DUCK}, throw",
        [
            TABLES,
            batch("INSERT part (id) VALUES (1), (2)"),
            batch("CREATE TRIGGER part_t ON part AFTER DELETE AS INSERT part (id) VALUES (1)"),
            batch("DELETE part WHERE id = 2; SELECT 1", errors=[2627]),
            batch("SELECT id FROM part ORDER BY id", rows=[[1], [2]]),
        ],
    ),
    Fact(
        "ROLLBACK in a trigger ends the batch with 3609",
        f"{BITSQL}/rollback-in-trigger.sql",
        [
            TABLES,
            batch(
                "CREATE TRIGGER part_t ON part AFTER INSERT AS"
                " IF EXISTS (SELECT 1 FROM inserted WHERE size < 0) ROLLBACK TRANSACTION"
            ),
            batch("INSERT part VALUES (1, 1, 'ok')"),
            batch("INSERT part VALUES (2, -1, 'no'); SELECT 1", errors=[3609]),
            batch("SELECT id FROM part", rows=[[1]]),
        ],
    ),
    Fact(
        "What a trigger does after its ROLLBACK is stored, and inserted has no rows then",
        f"{DUCK}, transaction control",
        [
            TABLES,
            batch(
                "CREATE TRIGGER part_t ON part AFTER INSERT AS ROLLBACK;"
                " INSERT diary (line) SELECT CONCAT('rows ', COUNT(*)) FROM inserted"
            ),
            batch("INSERT part (id) VALUES (1)", errors=[3609]),
            batch("SELECT COUNT(*) FROM part", rows=[[0]]),
            batch(LINES, rows=[["rows 0"]]),
        ],
    ),
    Fact(
        "COMMIT in a trigger stores the statement and ends the batch with 3609",
        f"{DUCK}, transaction control",
        [
            TABLES,
            batch("CREATE TRIGGER part_t ON part AFTER INSERT AS COMMIT"),
            batch("INSERT part (id) VALUES (1); SELECT 1", errors=[3609]),
            batch("SELECT @@TRANCOUNT; SELECT id FROM part", sets=[[[0]], [[1]]]),
        ],
    ),
]

DEFINITIONS = [
    Fact(
        "A trigger of a table that does not exist is refused",
        f"{DUCK}, definitions",
        [batch("CREATE TRIGGER t ON nothing AFTER INSERT AS SELECT 1", errors=[(8197, 4)])],
    ),
    Fact(
        "CREATE TRIGGER is refused if an object has its name",
        f"{DUCK}, definitions",
        [
            TABLES,
            batch("CREATE TRIGGER part ON part AFTER INSERT AS SELECT 1", errors=[(2714, 2)]),
            batch("CREATE TRIGGER t ON part AFTER INSERT AS PRINT 'a'"),
            batch("CREATE TRIGGER t ON part AFTER INSERT AS PRINT 'b'", errors=[(2714, 2)]),
        ],
    ),
    Fact(
        "ALTER TRIGGER cannot move a trigger to another table",
        f"{DUCK}, definitions",
        [
            TABLES,
            batch("CREATE TRIGGER t ON part AFTER INSERT AS PRINT 'a'"),
            batch("ALTER TRIGGER t ON diary AFTER INSERT AS PRINT 'b'", errors=[2110]),
        ],
    ),
    Fact(
        "A trigger names each event once",
        f"{DUCK}, definitions",
        [
            TABLES,
            batch("CREATE TRIGGER t ON part AFTER INSERT, INSERT AS PRINT 'a'", errors=[1034]),
        ],
        bad_grammar=True,
    ),
    Fact(
        "A view has no AFTER trigger",
        f"{DUCK}, definitions",
        [
            TABLES,
            batch("CREATE VIEW parts AS SELECT id FROM part"),
            batch("CREATE TRIGGER t ON parts AFTER INSERT AS PRINT 'a'", errors=[(8197, 6)]),
        ],
    ),
    Fact(
        "DROP TRIGGER drops those that exist, and says which does not",
        f"{DUCK}, nested",
        [
            TABLES,
            batch("CREATE TRIGGER a ON part AFTER INSERT AS PRINT 'a'"),
            batch("CREATE TRIGGER b ON part AFTER INSERT AS PRINT 'b'"),
            batch("DROP TRIGGER a, nothing, b", errors=[(3701, 5)]),
            batch("SELECT name FROM sys.triggers", rows=[]),
        ],
    ),
    Fact(
        "A trigger goes with its table",
        f"{DUCK}, nested",
        [
            TABLES,
            batch("CREATE TRIGGER a ON part AFTER INSERT AS PRINT 'a'"),
            batch("DROP TABLE part"),
            batch("SELECT name FROM sys.objects WHERE type = 'TR'", rows=[]),
        ],
    ),
    Fact(
        "A disabled trigger does not fire until it is enabled again",
        f"{DUCK}, nested",
        [
            TABLES,
            batch("CREATE TRIGGER a ON part AFTER INSERT AS INSERT diary (line) VALUES ('a')"),
            batch("DISABLE TRIGGER a ON part"),
            batch("INSERT part (id) VALUES (1)"),
            batch("ENABLE TRIGGER ALL ON part"),
            batch("INSERT part (id) VALUES (2)"),
            batch("ALTER TABLE part DISABLE TRIGGER ALL"),
            batch("INSERT part (id) VALUES (3)"),
            batch("ALTER TABLE part ENABLE TRIGGER a"),
            batch("INSERT part (id) VALUES (4); SELECT COUNT(*) FROM diary", rows=[[2]]),
        ],
    ),
    Fact(
        "DISABLE TRIGGER of a trigger that the table lacks is refused",
        f"{DUCK}, nested",
        [
            TABLES,
            batch("CREATE TRIGGER a ON part AFTER INSERT AS PRINT 'a'"),
            batch("DISABLE TRIGGER nothing ON part", errors=[(1088, 119)]),
            batch("DISABLE TRIGGER a ON diary", errors=[(1088, 119)]),
            batch("DISABLE TRIGGER ALL ON nothing", errors=[(1088, 21)]),
            batch("ALTER TABLE part DISABLE TRIGGER nothing", errors=[(4920, 0)]),
        ],
    ),
    Fact(
        "OUTPUT without INTO is refused for a table with an enabled trigger",
        f"{BITSQL}/output-with-trigger.sql",
        [
            TABLES,
            batch("CREATE TRIGGER t ON part AFTER INSERT AS SET NOCOUNT ON"),
            batch("INSERT part (id) OUTPUT inserted.id VALUES (1)", errors=[334]),
            batch(
                "DECLARE @k TABLE (id int); INSERT part (id) OUTPUT inserted.id INTO @k"
                " VALUES (2); SELECT id FROM @k",
                rows=[[2]],
            ),
        ],
    ),
]

INSTEAD_OF = [
    Fact(
        "An INSTEAD OF INSERT trigger does what it likes with the rows, and the count is theirs",
        f"{BITSQL}/instead-of-insert.sql",
        [
            TABLES,
            batch(
                "CREATE TRIGGER t ON part INSTEAD OF INSERT AS SET NOCOUNT ON;"
                " INSERT part (id, note) SELECT id * 10, UPPER(note) FROM inserted WHERE id < 3"
            ),
            batch(
                "INSERT part VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c'); SELECT @@ROWCOUNT",
                rows=[[3]],
            ),
            batch("SELECT id, note FROM part ORDER BY id", rows=[[10, "A"], [20, "B"]]),
        ],
    ),
    Fact(
        "In inserted of an INSTEAD OF INSERT trigger an identity is 0 and defaults are filled in",
        f"{DUCK}, instead of",
        [
            batch(
                "CREATE TABLE lot (id int IDENTITY(10, 1), name varchar(9), n int DEFAULT 7);"
                " CREATE TABLE diary (line varchar(50))"
            ),
            batch(
                "CREATE TRIGGER t ON lot INSTEAD OF INSERT AS"
                " INSERT diary SELECT CONCAT(id, '/', n, '/', name) FROM inserted"
            ),
            batch("INSERT lot (name) VALUES ('x')"),
            batch("SELECT line FROM diary; SELECT COUNT(*) FROM lot", sets=[[["0/7/x"]], [[0]]]),
        ],
    ),
    Fact(
        "An INSTEAD OF UPDATE or DELETE trigger sees the change, and the table stays as it is",
        f"{DUCK}, instead of",
        [
            TABLES,
            batch("INSERT part VALUES (1, 1, 'a'), (2, 2, 'b')"),
            batch(
                "CREATE TRIGGER t ON part INSTEAD OF UPDATE, DELETE AS INSERT diary (line)"
                " SELECT CONCAT((SELECT SUM(size) FROM inserted), '/',"
                " (SELECT COUNT(*) FROM deleted))"
            ),
            batch("UPDATE part SET size = 50; SELECT @@ROWCOUNT", rows=[[2]]),
            batch("DELETE part WHERE id = 1; SELECT @@ROWCOUNT", rows=[[1]]),
            batch(LINES, rows=[["100/2"], ["/1"]]),
            batch("SELECT id, size FROM part ORDER BY id", rows=[[1, 1], [2, 2]]),
        ],
    ),
    Fact(
        "A table has one INSTEAD OF trigger per event",
        f"{DUCK}, instead of",
        [
            TABLES,
            batch("CREATE TRIGGER a ON part INSTEAD OF INSERT AS SELECT 1"),
            batch("CREATE TRIGGER b ON part INSTEAD OF INSERT AS SELECT 1", errors=[2111]),
        ],
    ),
    Fact(
        "OUTPUT without INTO is refused for a table with an INSTEAD OF trigger",
        f"{DUCK}, instead of",
        [
            TABLES,
            batch("CREATE TRIGGER a ON part INSTEAD OF INSERT AS SET NOCOUNT ON"),
            batch("INSERT part (id) OUTPUT inserted.id VALUES (1)", errors=[334]),
        ],
    ),
]

VIEWS = [
    Fact(
        "A change through a view fires the triggers of the table below",
        "mirek/bitsql harness/corpus/views/dml-more.sql",
        [
            TABLES,
            batch("INSERT part VALUES (1, 10, 'a'), (2, 20, 'b')"),
            batch("CREATE VIEW sizes AS SELECT id AS k, size FROM part"),
            batch(
                "CREATE TRIGGER t ON part AFTER UPDATE AS"
                " INSERT diary (line) SELECT CONCAT('changed ', id) FROM inserted"
            ),
            batch("UPDATE sizes SET size = size + 1 WHERE k = 2"),
            batch(LINES, rows=[["changed 2"]]),
        ],
    ),
]

FACTS = [*IMAGES, *ERRORS, *DEFINITIONS, *INSTEAD_OF, *VIEWS]
