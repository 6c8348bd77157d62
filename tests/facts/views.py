"""Changes through views, derived tables and common table expressions."""

from __future__ import annotations

from tests.facts.model import Fact, batch

JOINS = "mirek/bitsql harness/corpus/views/dml-join-and-rules"
SINGLE = "mirek/bitsql harness/corpus/views/dml-single-table"
CHECKED = "mirek/bitsql harness/corpus/views/dml-nested-check-option"
MORE = "mirek/bitsql harness/corpus/views/dml-more"
QUERIES = "mirek/bitsql harness/corpus/output/updatable-cte"

BOOKS = batch(
    "CREATE TABLE book (id int NOT NULL PRIMARY KEY, price int NULL,"
    " title nvarchar(20) NOT NULL CONSTRAINT df_title DEFAULT N'untitled');"
    " INSERT book VALUES (1, 10, N'a'), (2, 20, N'b'), (3, 30, N'c')"
)
SHOPS = batch(
    "CREATE TABLE shop (id int NOT NULL PRIMARY KEY, stock int NOT NULL DEFAULT 5);"
    " INSERT shop VALUES (1, 100), (2, 200)"
)
CHEAP = batch(
    "CREATE VIEW cheap AS SELECT id AS number, price AS cost, price * 2 AS twice"
    " FROM book WHERE id < 3"
)
SOLD = batch(
    "CREATE VIEW sold AS SELECT book.id, book.price, shop.stock, shop.id AS shop_id"
    " FROM book JOIN shop ON book.id = shop.id"
)
LIMITED = batch(
    "CREATE VIEW limited AS SELECT id, price FROM book WHERE price < 100 WITH CHECK OPTION"
)
PRICES = "SELECT id, price FROM book ORDER BY id"

FACTS = [
    Fact(
        "An UPDATE of a view changes the rows that the view shows",
        SINGLE,
        [
            BOOKS,
            CHEAP,
            batch("UPDATE cheap SET cost = cost + 1"),
            batch(PRICES, rows=[[1, 11], [2, 21], [3, 30]]),
        ],
    ),
    Fact(
        "OUTPUT of a change of a view has the view's columns, computed ones from the new row",
        SINGLE,
        [
            BOOKS,
            CHEAP,
            batch(
                "UPDATE cheap SET cost = 4 OUTPUT inserted.*, deleted.cost WHERE number = 2",
                rows=[[2, 4, 8, 20]],
            ),
            batch(
                "UPDATE cheap SET cost = 5 OUTPUT deleted.twice, inserted.twice WHERE number = 2",
                rows=[[8, 10]],
            ),
            batch("DELETE cheap OUTPUT deleted.* WHERE number = 2", rows=[[2, 5, 10]]),
        ],
    ),
    Fact(
        "A computed column of a view cannot be set",
        SINGLE,
        [BOOKS, CHEAP, batch("UPDATE cheap SET twice = 5", errors=[(4406, 1)])],
    ),
    Fact(
        "A computed column of a view cannot be inserted, named or not",
        SINGLE,
        [
            BOOKS,
            CHEAP,
            batch("INSERT cheap (number, twice) VALUES (4, 8)", errors=[(4406, 1)]),
            batch("INSERT cheap VALUES (4, 4, 8)", errors=[(4406, 1)]),
        ],
    ),
    Fact(
        "A row inserted through a view takes the table's defaults",
        SINGLE,
        [
            BOOKS,
            CHEAP,
            batch(
                "INSERT cheap (number, cost) OUTPUT inserted.* VALUES (7, 70)", rows=[[7, 70, 140]]
            ),
            batch("SELECT title FROM book WHERE id = 7", rows=[["untitled"]]),
        ],
    ),
    Fact(
        "A row that a view does not show cannot be deleted through it",
        SINGLE,
        [
            BOOKS,
            CHEAP,
            batch("DELETE FROM cheap OUTPUT deleted.number WHERE number = 3", rows=[]),
            batch("SELECT COUNT(*) FROM book", rows=[[3]]),
        ],
    ),
    Fact(
        "A view can be the target of an UPDATE with a join",
        SINGLE,
        [
            BOOKS,
            CHEAP,
            batch(
                "UPDATE c SET cost = n.cost OUTPUT inserted.number, n.cost"
                " FROM cheap c JOIN (VALUES (2, 99), (3, 98)) n (id, cost) ON c.number = n.id",
                rows=[[2, 99]],
            ),
            batch(PRICES, rows=[[1, 10], [2, 99], [3, 30]]),
        ],
    ),
    Fact(
        "A view that a FROM names without an alias is the target by its name",
        SINGLE,
        [
            BOOKS,
            CHEAP,
            batch(
                "UPDATE cheap SET cost = n.cost OUTPUT inserted.number"
                " FROM cheap JOIN (VALUES (1, 9)) n (id, cost) ON cheap.number = n.id",
                rows=[[1]],
            ),
        ],
    ),
    Fact(
        "A view of all columns of a table is changed as the table is",
        SINGLE,
        [
            BOOKS,
            batch("CREATE VIEW every AS SELECT * FROM book"),
            batch(
                "INSERT every (id, price) OUTPUT inserted.* VALUES (9, 90)",
                rows=[[9, 90, "untitled"]],
            ),
            batch(
                "UPDATE every SET price = id OUTPUT inserted.id, inserted.price WHERE id = 9",
                rows=[[9, 9]],
            ),
            batch("DELETE every WHERE id > 1"),
            batch(PRICES, rows=[[1, 10]]),
        ],
    ),
    Fact(
        "A view of a view is changed down to the table, by both conditions",
        CHECKED,
        [
            BOOKS,
            batch("CREATE VIEW inner_view AS SELECT id, price FROM book WHERE id > 1"),
            batch(
                "CREATE VIEW outer_view AS"
                " SELECT id AS k, price AS p FROM inner_view WHERE price < 30"
            ),
            batch("UPDATE outer_view SET p = p + 1 OUTPUT deleted.k, inserted.p", rows=[[2, 21]]),
            batch("DELETE outer_view OUTPUT deleted.*", rows=[[2, 21]]),
            batch("INSERT outer_view (k, p) OUTPUT inserted.* VALUES (5, 50)", rows=[[5, 50]]),
            batch(PRICES, rows=[[1, 10], [3, 30], [5, 50]]),
        ],
    ),
    Fact(
        "An UPDATE of a view over a join changes the one table whose columns it sets",
        JOINS,
        [
            BOOKS,
            SHOPS,
            SOLD,
            batch("UPDATE sold SET price = 11 WHERE id = 1"),
            batch("UPDATE sold SET stock = 201 WHERE shop_id = 2"),
            batch(
                "SELECT id, price, stock FROM sold ORDER BY id", rows=[[1, 11, 100], [2, 20, 201]]
            ),
        ],
    ),
    Fact(
        "An UPDATE of a view over a join cannot set columns of two tables",
        JOINS,
        [BOOKS, SHOPS, SOLD, batch("UPDATE sold SET price = 1, stock = 1", errors=[(4405, 1)])],
    ),
    Fact(
        "A view over a join cannot be deleted from",
        JOINS,
        [BOOKS, SHOPS, SOLD, batch("DELETE sold WHERE id = 1", errors=[(4405, 1)])],
    ),
    Fact(
        "An INSERT into a view over a join fills the one table whose columns it names",
        JOINS,
        [
            BOOKS,
            SHOPS,
            SOLD,
            batch("INSERT sold (shop_id, stock) VALUES (3, 300)"),
            batch("SELECT id, stock FROM shop WHERE id > 2", rows=[[3, 300]]),
        ],
    ),
    Fact(
        "An INSERT into a view over a join cannot fill two tables",
        JOINS,
        [
            BOOKS,
            SHOPS,
            SOLD,
            batch("INSERT sold (id, price, stock) VALUES (4, 40, 400)", errors=[(4405, 1)]),
            batch("INSERT sold VALUES (4, 40, 400, 4)", errors=[(4405, 1)]),
        ],
    ),
    Fact(
        "OUTPUT of a change of a joined view cannot have columns of the other table",
        JOINS,
        [
            BOOKS,
            SHOPS,
            SOLD,
            batch(
                "UPDATE sold SET price = 1 OUTPUT inserted.stock WHERE id = 1", errors=[(404, 1)]
            ),
        ],
    ),
    Fact(
        "OUTPUT inserted.* of a joined view names columns of the other table, too",
        MORE,
        [
            BOOKS,
            SHOPS,
            SOLD,
            batch("CREATE TABLE log (a int, b int, c int, d int)"),
            batch("UPDATE sold SET price = 1 OUTPUT inserted.* INTO log", errors=[(404, 1)]),
        ],
    ),
    Fact(
        "A column that is an aggregate is a derived field",
        JOINS,
        [
            BOOKS,
            batch("CREATE VIEW totals AS SELECT COUNT(*) AS n, SUM(price) AS s FROM book"),
            batch("UPDATE totals SET s = 0", errors=[(4406, 1)]),
            batch("DELETE totals", errors=[(4403, 1)]),
        ],
    ),
    Fact(
        "A grouped view cannot be updated, not even by a column that it groups by",
        JOINS,
        [
            BOOKS,
            batch("CREATE VIEW grouped AS SELECT price, COUNT(*) AS n FROM book GROUP BY price"),
            batch("UPDATE grouped SET price = 0", errors=[(4403, 1)]),
            batch("UPDATE grouped SET n = 0", errors=[(4406, 1)]),
        ],
    ),
    Fact(
        "A DISTINCT view cannot be changed",
        JOINS,
        [
            BOOKS,
            batch("CREATE VIEW single AS SELECT DISTINCT price FROM book"),
            batch("UPDATE single SET price = 0", errors=[(4403, 1)]),
            batch("DELETE single", errors=[(4403, 1)]),
            batch("INSERT single VALUES (5)", errors=[(4403, 1)]),
        ],
    ),
    Fact(
        "WITH CHECK OPTION refuses an UPDATE that hides a row",
        CHECKED,
        [
            BOOKS,
            LIMITED,
            batch("UPDATE limited SET price = 150 WHERE id = 1", errors=[(550, 1)]),
            batch("UPDATE limited SET price = 15 OUTPUT inserted.price WHERE id = 1", rows=[[15]]),
        ],
    ),
    Fact(
        "WITH CHECK OPTION refuses an INSERT of a row that the view does not show",
        CHECKED,
        [
            BOOKS,
            LIMITED,
            batch("INSERT limited (id, price) VALUES (6, 600)", errors=[(550, 1)]),
            batch("SELECT COUNT(*) FROM book", rows=[[3]]),
        ],
    ),
    Fact(
        "WITH CHECK OPTION holds for a view over the view, too",
        CHECKED,
        [
            BOOKS,
            LIMITED,
            batch("CREATE VIEW few AS SELECT id, price FROM limited WHERE id < 10"),
            batch("UPDATE few SET price = 500 WHERE id = 3", errors=[(550, 1)]),
            batch("INSERT few (id, price) VALUES (9, 900)", errors=[(550, 1)]),
        ],
    ),
    Fact(
        "The error of WITH CHECK OPTION can be caught",
        CHECKED,
        [
            BOOKS,
            LIMITED,
            batch(
                "BEGIN TRY UPDATE limited SET price = 150 WHERE id = 1; END TRY"
                " BEGIN CATCH SELECT ERROR_NUMBER(), ERROR_STATE(); END CATCH",
                rows=[[550, 1]],
            ),
        ],
    ),
    Fact(
        "The catalog says which views have a CHECK OPTION",
        "https://learn.microsoft.com/sql/relational-databases/system-catalog-views/"
        "sys-views-transact-sql",
        [
            BOOKS,
            CHEAP,
            LIMITED,
            batch(
                "SELECT name, with_check_option FROM sys.views ORDER BY name",
                rows=[["cheap", False], ["limited", True]],
            ),
        ],
    ),
    Fact(
        "A trigger of a table fires for a change through a view",
        MORE,
        [
            BOOKS,
            CHEAP,
            batch("CREATE TABLE log (message nvarchar(40) NOT NULL)"),
            batch(
                "CREATE TRIGGER book_changed ON book AFTER UPDATE AS"
                " INSERT log SELECT CONCAT(N'changed ', id) FROM inserted"
            ),
            batch("UPDATE cheap SET cost = 1 WHERE number = 2"),
            batch("SELECT message FROM log", rows=[["changed 2"]]),
        ],
    ),
    Fact(
        "The key of a table holds for a change through a view",
        MORE,
        [
            BOOKS,
            CHEAP,
            batch("UPDATE cheap SET number = 2 WHERE number = 1", errors=[(2627, 1)]),
            batch("INSERT cheap (number, cost) VALUES (2, 1)", errors=[(2627, 1)]),
        ],
    ),
    Fact(
        "An INSERT into a common table expression fills its table",
        MORE,
        [
            BOOKS,
            batch(
                "WITH c AS (SELECT id, price FROM book) INSERT INTO c (id, price) VALUES (4, 40)"
            ),
            batch("SELECT title FROM book WHERE id = 4", rows=[["untitled"]]),
        ],
    ),
    Fact(
        "A computed column of a common table expression cannot be inserted",
        MORE,
        [
            BOOKS,
            batch(
                "WITH c AS (SELECT id, price * 2 AS twice FROM book)"
                " INSERT INTO c (id, twice) VALUES (4, 40)",
                errors=[(4406, 1)],
            ),
        ],
    ),
    Fact(
        "A derived table over a join can be updated, but not deleted from",
        MORE,
        [
            BOOKS,
            SHOPS,
            batch(
                "UPDATE d SET stock = 7 FROM (SELECT book.id, shop.stock FROM book"
                " JOIN shop ON book.id = shop.id) d WHERE d.id = 2"
            ),
            batch("SELECT id, stock FROM shop ORDER BY id", rows=[[1, 100], [2, 7]]),
            batch(
                "DELETE d FROM (SELECT book.id, shop.stock FROM book"
                " JOIN shop ON book.id = shop.id) d WHERE d.id = 2",
                errors=[(4405, 1)],
            ),
        ],
    ),
    Fact(
        "An UPDATE of a common table expression changes the rows that it has",
        QUERIES,
        [
            BOOKS,
            batch(
                "WITH c AS (SELECT id, price FROM book WHERE id < 3)"
                " UPDATE c SET price = price + 100 OUTPUT inserted.*, deleted.price",
                sets=[[[1, 110, 10], [2, 120, 20]]],
                unordered=True,
            ),
            batch(PRICES, rows=[[1, 110], [2, 120], [3, 30]]),
        ],
    ),
    Fact(
        "A common table expression's own column names are those of OUTPUT",
        QUERIES,
        [
            BOOKS,
            batch(
                "WITH c (k, p) AS (SELECT id, price FROM book) UPDATE c SET c.p = p + 1"
                " OUTPUT inserted.*, deleted.* WHERE c.k = 2",
                rows=[[2, 21, 2, 20]],
            ),
            batch(
                "WITH c AS (SELECT id AS k, price AS p FROM book) UPDATE c SET p = 7"
                " OUTPUT inserted.price WHERE k = 1",
                errors=[(207, 1)],
            ),
        ],
    ),
    Fact(
        "A column that a common table expression leaves out is not in OUTPUT",
        QUERIES,
        [
            BOOKS,
            batch(
                "WITH c AS (SELECT id, price FROM book)"
                " UPDATE c SET price = 2 OUTPUT deleted.title",
                errors=[(207, 1)],
            ),
        ],
    ),
    Fact(
        "Computed columns of a common table expression follow the row in OUTPUT",
        QUERIES,
        [
            BOOKS,
            batch(
                "WITH c AS (SELECT id, price + 1 AS more, 5 AS five FROM book)"
                " UPDATE c SET id = id + 1000 OUTPUT inserted.*, deleted.more WHERE id = 3",
                rows=[[1003, 31, 5, 31]],
            ),
        ],
    ),
    Fact(
        "A computed column of a common table expression cannot be set",
        QUERIES,
        [
            BOOKS,
            batch(
                "WITH c AS (SELECT id, price + 1 AS more FROM book) UPDATE c SET more = 5",
                errors=[(4406, 1)],
            ),
        ],
    ),
    Fact(
        "A grouped or distinct common table expression cannot be updated",
        QUERIES,
        [
            BOOKS,
            batch(
                "WITH c AS (SELECT DISTINCT price FROM book) UPDATE c SET price = 0",
                errors=[(4403, 1)],
            ),
            batch(
                "WITH c AS (SELECT price, COUNT(*) AS n FROM book GROUP BY price)"
                " UPDATE c SET price = 0",
                errors=[(4403, 1)],
            ),
        ],
    ),
    Fact(
        "OUTPUT cannot name a common table expression that is changed",
        QUERIES,
        [
            BOOKS,
            batch(
                "WITH c AS (SELECT id, price FROM book) UPDATE c SET price = c.price + 1"
                " OUTPUT inserted.price, c.id FROM c WHERE c.id = 1",
                errors=[(4104, 1)],
            ),
            batch(
                "WITH c AS (SELECT id, price FROM book) UPDATE c SET price = c.price + 1"
                " OUTPUT inserted.price, deleted.id FROM c WHERE c.id = 1",
                rows=[[11, 1]],
            ),
        ],
    ),
    Fact(
        "A common table expression can be updated from another one",
        QUERIES,
        [
            BOOKS,
            batch(
                "WITH c AS (SELECT id, price FROM book), s AS (SELECT 2 AS id, 9 AS v)"
                " UPDATE c SET price = s.v OUTPUT deleted.id, inserted.price, s.v"
                " FROM c JOIN s ON c.id = s.id",
                rows=[[2, 9, 9]],
            ),
        ],
    ),
    Fact(
        "A derived table can be updated by its alias",
        QUERIES,
        [
            BOOKS,
            batch(
                "UPDATE d SET price = price + 1 OUTPUT inserted.*"
                " FROM (SELECT id, price FROM book) d WHERE d.id = 1",
                rows=[[1, 11]],
            ),
            batch(
                "UPDATE d SET price = d.price + n.more OUTPUT inserted.*, n.more"
                " FROM (SELECT id, price FROM book WHERE id > 1) d"
                " JOIN (VALUES (1, 1), (2, 2)) n (id, more) ON d.id = n.id",
                rows=[[2, 22, 2]],
            ),
        ],
    ),
    Fact(
        "A computed column of a derived table has an error of its own",
        QUERIES,
        [
            BOOKS,
            batch(
                "UPDATE d SET twice = 1 FROM (SELECT id, price * 2 AS twice FROM book) d",
                errors=[(4421, 1)],
            ),
        ],
    ),
    Fact(
        "A common table expression and a derived table can be deleted from",
        QUERIES,
        [
            BOOKS,
            batch(
                "WITH c AS (SELECT id, price FROM book WHERE id = 2) DELETE c OUTPUT deleted.*",
                rows=[[2, 20]],
            ),
            batch(
                "WITH c AS (SELECT * FROM book) DELETE FROM c OUTPUT deleted.id WHERE id = 1",
                rows=[[1]],
            ),
            batch(
                "DELETE d OUTPUT deleted.* FROM (SELECT id AS k FROM book) d WHERE d.k = 3",
                rows=[[3]],
            ),
            batch("SELECT COUNT(*) FROM book", rows=[[0]]),
        ],
    ),
    Fact(
        "Duplicates are deleted by their number in a common table expression",
        "https://learn.microsoft.com/sql/t-sql/queries/with-common-table-expression-transact-sql",
        [
            batch(
                "CREATE TABLE tag (id int NOT NULL PRIMARY KEY, name varchar(10) NOT NULL);"
                " INSERT tag VALUES (1, 'x'), (2, 'y'), (3, 'x'), (4, 'x')"
            ),
            batch(
                "WITH d AS (SELECT ROW_NUMBER() OVER (PARTITION BY name ORDER BY id) AS rn"
                " FROM tag) DELETE FROM d WHERE rn > 1; SELECT @@ROWCOUNT",
                rows=[[2]],
            ),
            batch("SELECT id, name FROM tag ORDER BY id", rows=[[1, "x"], [2, "y"]]),
        ],
    ),
]
