"""OUTPUT: its columns, its rows, and its errors."""

from __future__ import annotations

from tests.facts.model import Fact, batch

SCOPING = "mirek/bitsql harness/corpus/output/scoping"
TARGETS = "mirek/bitsql harness/corpus/output/join-targets"
ERRORS = "mirek/bitsql harness/corpus/output/dml-error-completion"
STREAM = "mirek/bitsql harness/corpus/output/stream-errors"

ITEMS = batch(
    "CREATE TABLE item (id int NOT NULL CONSTRAINT pk_item PRIMARY KEY, n int NULL);"
    " INSERT item VALUES (10, 1), (20, 2), (30, 3)"
)
OTHERS = batch(
    "CREATE TABLE other (id int NOT NULL, n int NOT NULL); INSERT other VALUES (10, 50), (20, 60)"
)
READ = "SELECT id, n FROM item ORDER BY id"

FACTS = [
    Fact(
        "OUTPUT cannot name the table that is changed, only inserted and deleted",
        SCOPING,
        [
            ITEMS,
            batch("UPDATE item SET n = 5 OUTPUT item.id WHERE id = 10", errors=[(4104, 1)]),
            batch("DELETE t OUTPUT t.id FROM item t WHERE t.id = 10", errors=[(4104, 1)]),
            batch(
                "UPDATE item SET n = s.n OUTPUT item.id FROM (VALUES (10, 7)) s (id, n)"
                " WHERE item.id = s.id",
                errors=[(4104, 1)],
            ),
        ],
    ),
    Fact(
        "A star of the table that is changed has an unknown prefix",
        SCOPING,
        [
            ITEMS,
            batch("UPDATE item SET n = 7 OUTPUT item.* WHERE id = 10", errors=[(107, 1)]),
            batch("UPDATE t SET n = 7 OUTPUT t.* FROM item t WHERE id = 10", errors=[(107, 1)]),
            batch("UPDATE item SET n = 7 OUTPUT x.* WHERE id = 10", errors=[(107, 1)]),
        ],
    ),
    Fact(
        "OUTPUT names the columns of other sources with their source only",
        SCOPING,
        [
            ITEMS,
            batch(
                "DELETE t OUTPUT s.more, more, deleted.id FROM item t"
                " JOIN (VALUES (20, 9)) s (id, more) ON t.id = s.id",
                errors=[(207, 1)],
            ),
            batch(
                "UPDATE t SET n = 7 OUTPUT n FROM item t"
                " JOIN (VALUES (10, 9)) s (id, more) ON t.id = s.id",
                errors=[(207, 1)],
            ),
            batch(
                "DELETE t OUTPUT s.more, deleted.id FROM item t"
                " JOIN (VALUES (20, 9)) s (id, more) ON t.id = s.id",
                rows=[[9, 20]],
            ),
        ],
    ),
    Fact(
        "A column that a source lacks is an unknown column",
        SCOPING,
        [
            ITEMS,
            batch(
                "UPDATE t SET n = 7 OUTPUT s.missing FROM item t"
                " JOIN (VALUES (10, 9)) s (id, more) ON t.id = s.id",
                errors=[(207, 1)],
            ),
        ],
    ),
    Fact(
        "OUTPUT expands the star of another source",
        SCOPING,
        [
            ITEMS,
            OTHERS,
            batch(
                "UPDATE t SET n = 7 OUTPUT s.*, deleted.* FROM item t JOIN other s ON t.id = s.id",
                sets=[[[10, 50, 10, 1], [20, 60, 20, 2]]],
                unordered=True,
            ),
        ],
    ),
    Fact(
        "inserted is the new row, even if a source has that name",
        SCOPING,
        [
            ITEMS,
            batch(
                "UPDATE t SET n = 8 OUTPUT inserted.n, deleted.n, inserted.id FROM item t"
                " JOIN (VALUES (10, 70)) inserted (id, n) ON t.id = inserted.id",
                rows=[[8, 1, 10]],
            ),
        ],
    ),
    Fact(
        "deleted is the old row, even if a source has that name",
        SCOPING,
        [
            ITEMS,
            batch(
                "DELETE t OUTPUT deleted.n, s.* FROM item t"
                " JOIN (VALUES (10, 70)) deleted (id, n) ON t.id = deleted.id"
                " CROSS JOIN (VALUES (1)) s (k)",
                rows=[[1, 1]],
            ),
        ],
    ),
    Fact(
        "An INSERT has no deleted rows",
        SCOPING,
        [ITEMS, batch("INSERT item OUTPUT deleted.id VALUES (40, 4)", errors=[(4104, 1)])],
    ),
    Fact(
        "A subquery's own alias hides the one outside",
        SCOPING,
        [
            OTHERS,
            batch(
                "SELECT (SELECT s.more FROM other s WHERE s.id = 10)"
                " FROM (VALUES (1, 2)) s (a, more)",
                errors=[(207, 1)],
            ),
            batch(
                "SELECT (SELECT s.a FROM other WHERE other.id = 10) FROM (VALUES (1, 2)) s (a, b)",
                rows=[[1]],
            ),
        ],
    ),
    Fact(
        "A target without an alias is the only occurrence of its table in FROM",
        TARGETS,
        [
            ITEMS,
            batch(
                "UPDATE item SET n = t.n + 10 OUTPUT deleted.id, inserted.n FROM item t"
                " JOIN (VALUES (10)) s (id) ON t.id = s.id",
                rows=[[10, 11]],
            ),
            batch("DELETE item OUTPUT deleted.id FROM item t WHERE t.id = 20", rows=[[20]]),
            batch(
                "UPDATE dbo.item SET n = 0 OUTPUT deleted.id FROM dbo.item AS t WHERE t.id = 30",
                rows=[[30]],
            ),
        ],
    ),
    Fact(
        "A target without an alias is ambiguous if its table comes twice with aliases",
        TARGETS,
        [
            ITEMS,
            batch(
                "UPDATE item SET n = 0 FROM item t JOIN item u ON t.id = u.id WHERE t.id = 10",
                errors=[(8154, 1)],
            ),
            batch(
                "DELETE item FROM item t JOIN item u ON t.id = u.id WHERE t.id = 10",
                errors=[(8154, 1)],
            ),
        ],
    ),
    Fact(
        "An occurrence without an alias is the target, wherever it is",
        TARGETS,
        [
            ITEMS,
            batch(
                "UPDATE item SET n = u.n + 100 OUTPUT deleted.id, inserted.n FROM item"
                " JOIN item u ON item.id = u.id WHERE u.id = 10",
                rows=[[10, 101]],
            ),
            batch(
                "UPDATE item SET n = t.n + 100 OUTPUT deleted.id, inserted.n FROM item t"
                " JOIN item ON item.id = t.id WHERE t.id = 20",
                rows=[[20, 102]],
            ),
        ],
    ),
    Fact(
        "A row that matches several rows is changed and returned once",
        TARGETS,
        [
            ITEMS,
            batch(
                "UPDATE t SET n = s.v OUTPUT deleted.id, inserted.n FROM item t"
                " JOIN (VALUES (10, 5), (10, 5), (20, 7)) s (id, v) ON t.id = s.id",
                sets=[[[10, 5], [20, 7]]],
                unordered=True,
            ),
            batch(
                "DELETE t OUTPUT deleted.id FROM item t"
                " JOIN (VALUES (10), (10), (30)) s (id) ON t.id = s.id",
                sets=[[[10], [30]]],
                unordered=True,
            ),
            batch(READ, rows=[[20, 7]]),
        ],
    ),
    Fact(
        "A failing value ends the statement, with OUTPUT or without, and nothing is changed",
        ERRORS,
        [
            ITEMS,
            batch(
                "UPDATE item SET n = n / 0 WHERE id = 10; SELECT 1", errors=[(8134, 1)], rows=[[1]]
            ),
            batch("DELETE item WHERE n / 0 = 1", errors=[(8134, 1)]),
            batch("INSERT item SELECT id + 100, n / 0 FROM item", errors=[(8134, 1)]),
            batch("UPDATE item SET n = n + 2147483647", errors=[(8115, 2)]),
            batch(READ, rows=[[10, 1], [20, 2], [30, 3]]),
        ],
    ),
    Fact(
        "A failed conversion in a change with OUTPUT ends the batch",
        ERRORS,
        [
            ITEMS,
            batch("UPDATE item SET n = CAST('x' AS int); SELECT 1", errors=[(245, 1)]),
            batch("INSERT item VALUES (40, CAST('x' AS int)); SELECT 1", errors=[(245, 1)]),
            batch("UPDATE item SET n = CAST('x' AS int) OUTPUT inserted.n", errors=[(245, 1)]),
        ],
    ),
    Fact(
        "With XACT_ABORT an error in an UPDATE ends the batch",
        ERRORS,
        [
            ITEMS,
            batch(
                "SET XACT_ABORT ON; UPDATE item SET n = n / 0 OUTPUT inserted.id; SELECT 1",
                errors=[(8134, 1)],
            ),
        ],
    ),
    Fact(
        "A subquery with several rows cannot be assigned",
        ERRORS,
        [ITEMS, batch("UPDATE item SET n = (SELECT id FROM item)", errors=[(512, 1)])],
    ),
    Fact(
        "The error of a statement with OUTPUT can be caught",
        STREAM,
        [
            ITEMS,
            batch(
                "BEGIN TRY INSERT item OUTPUT inserted.id VALUES (10, 1); END TRY"
                " BEGIN CATCH SELECT ERROR_NUMBER(), @@ROWCOUNT; END CATCH",
                sets=[[], [[2627, 0]]],
            ),
        ],
    ),
    Fact(
        "The table before a column of an INSERT means nothing",
        "mirek/bitsql harness/corpus/orm/insert-qualified-columns",
        [
            ITEMS,
            batch("INSERT INTO [dbo].[item] ([dbo].[item].[id], [item].[n]) VALUES (1, 2)"),
            batch("INSERT item (x.id) VALUES (2); INSERT item (zz.item.id, item.n) SELECT 3, 4"),
            batch("INSERT item (other.dbo.item.id) VALUES (4)"),
            batch(
                "SELECT id, n FROM item WHERE id < 10 ORDER BY id",
                rows=[[1, 2], [2, None], [3, 4], [4, None]],
            ),
        ],
    ),
    Fact(
        "NULL without a type is assigned to a column of any type, an int only to some",
        "mirek/bitsql harness/corpus/orm/null-assignment",
        [
            batch(
                "CREATE TABLE moment (id int NOT NULL, d datetime2 NULL, t time NULL,"
                " o datetimeoffset NULL, g uniqueidentifier NULL);"
                " INSERT moment VALUES (1, '2020-01-01', '10:00', '2020-01-01', NEWID())"
            ),
            batch("UPDATE moment SET d = NULL, t = NULL, o = NULL, g = NULL"),
            batch("INSERT moment (id, d) SELECT 2, NULL"),
            batch(
                "UPDATE moment SET d = NULL OUTPUT inserted.id, inserted.d WHERE id = 2",
                rows=[[2, None]],
            ),
            batch(
                "MERGE moment AS m USING (SELECT 2 AS id) AS s ON m.id = s.id"
                " WHEN MATCHED THEN UPDATE SET o = NULL, g = NULL;"
            ),
            batch("DECLARE @i int; UPDATE moment SET d = @i", errors=[(206, 2)]),
            batch("UPDATE moment SET d = 1", errors=[(206, 2)]),
        ],
    ),
    Fact(
        "OUTPUT INTO fills no table with triggers, CHECK constraints or foreign keys, and no view",
        "https://learn.microsoft.com/sql/t-sql/queries/output-clause-transact-sql",
        [
            ITEMS,
            batch(
                "CREATE TABLE noticed (id int NOT NULL);"
                " CREATE TABLE checked (id int NOT NULL CONSTRAINT ck_id CHECK (id > 0));"
                " CREATE TABLE child (id int NOT NULL REFERENCES item (id));"
                " CREATE TABLE free (id int NOT NULL)"
            ),
            batch("CREATE TRIGGER noticing ON noticed AFTER INSERT AS RETURN"),
            batch("CREATE VIEW seen AS SELECT id FROM free"),
            batch("DELETE item OUTPUT deleted.id INTO noticed", errors=[331]),
            batch("DELETE item OUTPUT deleted.id INTO checked", errors=[333]),
            batch("DELETE item OUTPUT deleted.id INTO child", errors=[332]),
            batch("DELETE free OUTPUT deleted.id INTO item (id)", errors=[332]),
            batch("DELETE item OUTPUT deleted.id INTO seen", errors=[330]),
            batch("UPDATE item SET n = 1 OUTPUT deleted.id INTO free"),
            batch("SELECT COUNT(*) FROM free", rows=[[3]]),
        ],
    ),
    Fact(
        "Subqueries are not allowed in OUTPUT",
        "https://learn.microsoft.com/sql/t-sql/queries/output-clause-transact-sql",
        [
            ITEMS,
            batch("UPDATE item SET n = 1 OUTPUT (SELECT MAX(id) FROM item)", errors=[10705]),
            batch(READ, rows=[[10, 1], [20, 2], [30, 3]]),
        ],
    ),
]
