"""Queries: names, joins, grouping, order, limits, windows, set operations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tds_embedded_tests import library
from tds_embedded_tests.conftest import Database


@pytest.fixture(scope="module", autouse=True)
def tables(database: Database) -> None:
    library.build(database)


ANSWERS: list[tuple[str, list[tuple[Any, ...]]]] = [
    # NULLs come first in ascending order, last in descending order
    ("SELECT name FROM author ORDER BY age", [("Bob",), ("Ann",), ("Cyd",)]),
    ("SELECT name FROM author ORDER BY age DESC", [("Cyd",), ("Ann",), ("Bob",)]),
    ("SELECT TOP (2) name FROM author ORDER BY name DESC", [("Cyd",), ("Bob",)]),
    ("SELECT TOP 50 PERCENT id FROM author ORDER BY id", [(1,), (2,)]),
    ("SELECT TOP (1) WITH TIES active FROM author ORDER BY active DESC", [(True,), (True,)]),
    ("SELECT id FROM author ORDER BY id OFFSET 1 ROWS FETCH NEXT 1 ROWS ONLY", [(2,)]),
    ("SELECT id FROM author ORDER BY id OFFSET 2 ROWS", [(3,)]),
    ("SELECT name AS n FROM author ORDER BY n DESC", [("Cyd",), ("Bob",), ("Ann",)]),
    ("SELECT DISTINCT active FROM author ORDER BY active", [(False,), (True,)]),
    # strings compare without case, unless their collation distinguishes it
    ("SELECT id FROM author WHERE name = 'ANN' OR code = N'B2' ORDER BY id", [(1,), (2,)]),
    ("SELECT id FROM author WHERE exact = N'xy'", []),
    ("SELECT id FROM author WHERE exact = N'Xy'", [(1,)]),
    ("SELECT id FROM author WHERE name = N'ann' COLLATE Latin1_General_BIN2", []),
    ("SELECT id FROM author WHERE name LIKE N'[a-b]%' ORDER BY id", [(1,), (2,)]),
    ("SELECT id FROM author WHERE name NOT LIKE N'%n%'", [(2,), (3,)]),
    # numbers of different types
    ("SELECT id FROM author WHERE active = 1 AND tiny = 3 AND small > 1 AND rating = 1.5", [(1,)]),
    # after a set operation: an alias of the first select list, or the column's own name
    (
        "SELECT id AS a, name AS b FROM author WHERE id < 3 UNION SELECT id, name FROM author"
        " ORDER BY [name] DESC",
        [(3, "Cyd"), (2, "Bob"), (1, "Ann")],
    ),
    # an aggregate of outer columns is the outer query's
    (
        "SELECT (SELECT MAX(v) FROM (VALUES (MIN(id)), (MAX(tiny))) AS t (v)) FROM author"
        " HAVING (SELECT MIN(v) FROM (VALUES (MIN(id)), (MAX(id))) AS t (v)) = 1",
        [(200,)],
    ),
    # three-valued logic
    ("SELECT id FROM author WHERE NOT (age > 30)", [(1,)]),
    ("SELECT id FROM author WHERE age NOT IN (30, NULL)", []),
    ("SELECT id FROM author WHERE age IS NOT DISTINCT FROM NULL", [(2,)]),
    # subqueries
    (
        "SELECT name FROM author WHERE id IN (SELECT author_id FROM book WHERE pages >= 50)",
        [("Ann",)],
    ),
    (
        "SELECT name FROM author a WHERE NOT EXISTS "
        "(SELECT 1 FROM book b WHERE b.author_id = a.id)",
        [("Cyd",)],
    ),
    (
        "SELECT a.id, (SELECT COUNT(*) FROM book b WHERE b.author_id = a.id) AS n,"
        " (SELECT TOP (1) title FROM book b WHERE b.author_id = a.id ORDER BY price DESC) AS t"
        " FROM author a ORDER BY n DESC, a.id",
        [(1, 2, "Bees"), (2, 1, "Cats"), (3, 0, None)],
    ),
    (
        "SELECT id FROM author WHERE age > ALL (SELECT pages FROM book WHERE 1 = 0)",
        [(1,), (2,), (3,)],
    ),
    ("SELECT id FROM book WHERE pages > ANY (SELECT age FROM author)", [(10,), (20,)]),
    # joins and APPLY
    (
        "SELECT a.name, b.title FROM author a LEFT JOIN book b ON b.author_id = a.id"
        " AND b.price > 4 ORDER BY a.id, b.id",
        [("Ann", "Bees"), ("Bob", "Cats"), ("Cyd", None)],
    ),
    (
        "SELECT a.name, b.title FROM author a RIGHT JOIN book b ON b.author_id = a.id"
        " WHERE a.id IS NULL",
        [(None, "Dogs")],
    ),
    ("SELECT COUNT(*) FROM author a FULL JOIN book b ON b.author_id = a.id", [(5,)]),
    ("SELECT COUNT(*) FROM author CROSS JOIN book", [(12,)]),
    (
        "SELECT a.id, t.title FROM author a OUTER APPLY (SELECT TOP (1) title FROM book b"
        " WHERE b.author_id = a.id ORDER BY b.id DESC) t ORDER BY a.id",
        [(1, "Bees"), (2, "Cats"), (3, None)],
    ),
    # one alias inside and outside of a subquery
    (
        "SELECT x.name FROM author x WHERE EXISTS"
        " (SELECT 1 FROM book x WHERE x.author_id = 1 AND salary > 10 AND age = 30)",
        [("Ann",)],
    ),
    # common table expressions
    (
        "WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 4) SELECT SUM(i) FROM n",
        [(10,)],
    ),
    (
        "WITH a (x) AS (SELECT 1), b AS (SELECT x + 1 AS y FROM a) SELECT x, y FROM a, b",
        [(1, 2)],
    ),
    # set operations bring their columns to one type
    ("SELECT 1 UNION ALL SELECT 2.5 ORDER BY 1", [(Decimal("1.0"),), (Decimal("2.5"),)]),
    ("SELECT id FROM author EXCEPT SELECT author_id FROM book", [(3,)]),
    ("SELECT id FROM author INTERSECT SELECT author_id FROM book ORDER BY id", [(1,), (2,)]),
    (
        "SELECT name AS n FROM author UNION SELECT title FROM book WHERE id = 10 ORDER BY n DESC",
        [("Cyd",), ("Bob",), ("Ants",), ("Ann",)],
    ),
    ("SELECT 'a' UNION SELECT N'A'", [("a",)]),
    # grouping
    (
        "SELECT a.name, COUNT(b.id) AS c, SUM(b.price) FROM author a LEFT JOIN book b"
        " ON b.author_id = a.id GROUP BY a.name HAVING COUNT(b.id) > 0 ORDER BY c DESC",
        [("Ann", 2, Decimal("8.50")), ("Bob", 1, Decimal("9.99"))],
    ),
    ("SELECT COUNT(*), COUNT(age), COUNT(DISTINCT active) FROM author", [(3, 2, 2)]),
    (
        "SELECT AVG(age), AVG(salary), SUM(tiny), MIN(name), MAX(code) FROM author",
        [(35, Decimal("12.583333"), 203, "Ann", "b2")],
    ),
    ("SELECT SUM(age) FROM author WHERE 1 = 0", [(None,)]),
    (
        "SELECT YEAR(born) AS y, COUNT(*) FROM author GROUP BY YEAR(born) ORDER BY y",
        [(None, 1), (2020, 1), (2021, 1)],
    ),
    (
        "SELECT g.c, COUNT_BIG(*) FROM author CROSS APPLY"
        " (VALUES (CASE WHEN name = N'ann' THEN 1 ELSE 2 END)) g (c) GROUP BY g.c ORDER BY g.c",
        [(1, 1), (2, 2)],
    ),
    (
        "SELECT active, COUNT(*), GROUPING(active) FROM author GROUP BY ROLLUP (active)"
        " ORDER BY GROUPING(active), active",
        [(False, 1, 0), (True, 2, 0), (None, 3, 1)],
    ),
    (
        "SELECT STRING_AGG(name, ',') WITHIN GROUP (ORDER BY name DESC) FROM author",
        [("Cyd,Bob,Ann",)],
    ),
    (
        "SELECT STRING_AGG(name, ',') WITHIN GROUP (ORDER BY name DESC, id),"
        " STRING_AGG(name, '') WITHIN GROUP (ORDER BY name DESC), (SELECT STRING_AGG(name, '-')"
        " WITHIN GROUP (ORDER BY name) FROM author) FROM author",
        [("Cyd,Bob,Ann", "CydBobAnn", "Ann-Bob-Cyd")],
    ),
    # windows
    (
        "SELECT ROW_NUMBER() OVER (PARTITION BY active ORDER BY age DESC),"
        " LAG(age, 1, 0) OVER (ORDER BY id), SUM(COUNT(*)) OVER ()"
        " FROM author GROUP BY id, active, age ORDER BY id",
        [(2, 0, 3), (1, 30, 3), (1, None, 3)],
    ),
    (
        "SELECT SUM(salary) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)"
        " FROM author ORDER BY id",
        [(Decimal("10.50"),), (Decimal("30.50"),), (Decimal("27.25"),)],
    ),
    (
        "SELECT RANK() OVER w FROM author WINDOW w AS (ORDER BY active DESC) ORDER BY 1",
        [(1,), (1,), (3,)],
    ),
    ("SELECT v.a FROM (VALUES (1, N'x'), (2, NULL)) v (a, b) WHERE v.b IS NULL", [(2,)]),
    ("SELECT value FROM GENERATE_SERIES(1, 3)", [(1,), (2,), (3,)]),
    ("SELECT value FROM STRING_SPLIT('a,b', ',')", [("a",), ("b",)]),
    ("SELECT id FROM author WHERE id = 1 OPTION (RECOMPILE, MAXDOP 1)", [(1,)]),
    ("SELECT id FROM author WITH (NOLOCK) WHERE id = 1", [(1,)]),
]


@pytest.mark.parametrize(("sql", "expected"), ANSWERS)
def test_answers_worked_out_by_hand(
    database: Database, sql: str, expected: list[tuple[Any, ...]]
) -> None:
    assert database.rows(sql) == expected


ERRORS = [
    (102, "SELECT id FROM author ORDER BY id OFFSET"),
    (104, "SELECT id FROM author UNION SELECT id FROM book ORDER BY author.id"),
    (107, "SELECT x.* FROM author a"),
    (108, "SELECT id FROM author ORDER BY 2"),
    (116, "SELECT id FROM author WHERE id IN (SELECT id, name FROM author)"),
    (130, "SELECT SUM(COUNT(*)) FROM author"),
    (130, "SELECT COUNT((SELECT 1)) FROM author"),
    (137, "SELECT @nope"),
    (144, "SELECT 1 FROM author GROUP BY (SELECT 1)"),
    (145, "SELECT DISTINCT name FROM author ORDER BY id"),
    (147, "SELECT id FROM author WHERE COUNT(*) > 1"),
    (164, "SELECT COUNT(*) FROM author GROUP BY 'x'"),
    (169, "SELECT id FROM author ORDER BY id, id"),
    (195, "SELECT LENGTH(name) FROM author"),
    (205, "SELECT id FROM author UNION SELECT id, name FROM author"),
    (206, "SELECT id FROM author WHERE born = 5"),
    (207, "SELECT nope FROM author"),
    (208, "SELECT id FROM nosuch"),
    (209, "SELECT id FROM author, book"),
    (240, "WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 0.5 FROM n) SELECT i FROM n"),
    (245, "SELECT id FROM author WHERE name = 5"),
    (252, "WITH n AS (SELECT 1 AS i UNION SELECT i FROM n) SELECT i FROM n"),
    (263, "SELECT *"),
    (402, "SELECT active + active FROM author"),
    (408, "SELECT id FROM author ORDER BY 1 + 1"),
    (468, "SELECT id FROM author WHERE name = exact"),
    (512, "SELECT (SELECT id FROM author)"),
    (1008, "DECLARE @n int = 1; SELECT id FROM author ORDER BY @n"),
    (1011, "SELECT 1 FROM author a, book a"),
    (1013, "SELECT 1 FROM author, author"),
    (1015, "SELECT 1 FROM author a JOIN book b ON COUNT(*) = 1"),
    (1033, "SELECT id FROM (SELECT id FROM author ORDER BY id) x"),
    (1062, "SELECT TOP (1) WITH TIES id FROM author"),
    (4104, "SELECT x.id FROM author a"),
    (4104, "SELECT author.id FROM author a"),
    (4108, "SELECT id FROM author WHERE ROW_NUMBER() OVER (ORDER BY id) = 1"),
    (4109, "SELECT SUM(ROW_NUMBER() OVER (ORDER BY id)) FROM author"),
    (4112, "SELECT ROW_NUMBER() OVER (PARTITION BY active) FROM author"),
    (4121, "SELECT dbo.nope(1)"),
    (5308, "SELECT ROW_NUMBER() OVER (ORDER BY 1) FROM author"),
    (8117, "SELECT SUM(active) FROM author"),
    (8117, "SELECT MAX(active) FROM author"),
    (8120, "SELECT name, age FROM author GROUP BY name"),
    (8120, "SELECT name, COUNT(*) FROM author"),
    (8121, "SELECT name FROM author GROUP BY name HAVING age > 1"),
    (8127, "SELECT name FROM author GROUP BY name ORDER BY age"),
    (8133, "SELECT CASE WHEN 1 = 1 THEN NULL END"),
    (8155, "SELECT 1 FROM (SELECT id + 1 FROM author) x"),
    (8156, "SELECT 1 FROM (SELECT id, id FROM author) x"),
    (8158, "WITH a (x) AS (SELECT 1, 2) SELECT x FROM a"),
    (8159, "WITH a (x, y) AS (SELECT 1) SELECT x FROM a"),
    (
        8711,
        "SELECT STRING_AGG(name, ',') WITHIN GROUP (ORDER BY name), STRING_AGG(name, ',')"
        " WITHIN GROUP (ORDER BY name DESC) FROM author",
    ),
    (10744, "SELECT id FROM author ORDER BY id OFFSET 0 ROWS FETCH NEXT 0 ROWS ONLY"),
    (10753, "SELECT ROW_NUMBER() FROM author"),
    (10759, "SELECT COUNT(DISTINCT id) OVER () FROM author"),
    (40517, "SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY id) OVER () FROM author"),
]


@pytest.mark.bad_grammar
@pytest.mark.parametrize(("number", "sql"), ERRORS)
def test_refusals(database: Database, number: int, sql: str) -> None:
    assert database.error(sql)[0] == number


def test_grouping_by_a_parameter_needs_the_same_parameter(database: Database) -> None:
    grouped = "SELECT CASE WHEN age > ? THEN 1 ELSE 0 END, COUNT(*) FROM author GROUP BY {}"
    number, _ = database.error(grouped.format("CASE WHEN age > ? THEN 1 ELSE 0 END"), 1, 1)
    assert number == 8120
    same = (
        "DECLARE @n int = 35; SELECT CASE WHEN age > @n THEN 1 ELSE 0 END AS c, COUNT(*)"
        " FROM author GROUP BY CASE WHEN age > @n THEN 1 ELSE 0 END ORDER BY c"
    )
    assert database.rows(same) == [(0, 2), (1, 1)]


def test_an_error_names_the_column_as_it_was_written(database: Database) -> None:
    _, text = database.error("SELECT a.name, a.age FROM dbo.author a GROUP BY a.name")
    assert text == (
        "Column 'a.age' is invalid in the select list because it is not contained in either an "
        "aggregate function or the GROUP BY clause."
    )


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "SELECT id, name, salary FROM author",
            [("id", 10, 0, False), ("name", 50, 0, False), ("salary", 10, 2, True)],
        ),
        (
            "SELECT name + N'xy' AS a, code + 'x' AS b FROM author",
            [("a", 52, 0, False), ("b", 11, 0, True)],
        ),
        (
            "SELECT salary * 2.5 AS a, salary / 3 AS b, 1.0 / 3 AS c FROM author",
            [("a", 13, 3, True), ("b", 14, 6, True), ("c", 7, 6, True)],
        ),
        (
            "SELECT COUNT_BIG(*) AS a, SUM(salary) AS b, AVG(salary) AS c FROM author",
            [("a", 19, 0, True), ("b", 38, 2, True), ("c", 38, 6, True)],
        ),
        (
            "SELECT b.title FROM author a LEFT JOIN book b ON b.author_id = a.id",
            [("title", 100, 0, True)],
        ),
        (
            "SELECT CASE WHEN id = 1 THEN 1 ELSE 2.5 END AS a, COALESCE(code, N'abcdefghijkl') AS b"
            " FROM author",
            [("a", 11, 1, False), ("b", 12, 0, False)],
        ),
    ],
)
def test_columns_of_results(
    database: Database, sql: str, expected: list[tuple[str, int, int, bool]]
) -> None:
    cursor = database.connection.execute(sql)
    found = [(name, size, scale, null) for name, _, _, size, _, scale, null in cursor.description]
    cursor.close()
    assert found == expected


def test_tables_of_one_name_in_two_schemas_need_correlation_names(database: Database) -> None:
    database.run("CREATE SCHEMA apart")
    database.run(
        "CREATE TABLE twin (id int); INSERT INTO twin VALUES (1);"
        "CREATE TABLE apart.twin (id int, other int); INSERT INTO apart.twin VALUES (2, 1)"
    )
    bare = "FROM dbo.twin JOIN apart.twin ON dbo.twin.id = apart.twin.other"
    assert database.error(f"SELECT 1 {bare}")[0] == 1013
    both = "FROM dbo.twin JOIN apart.twin AS far ON dbo.twin.id = far.other"
    assert database.rows(f"SELECT dbo.twin.id, twin.id, far.id, other {both}") == [(1, 1, 2, 1)]
    assert database.error(f"SELECT id {both}")[0] == 209


def test_an_aggregate_of_a_grouped_column_is_one_of_its_own_query(database: Database) -> None:
    database.run(
        "CREATE TABLE shelf (id int, size int); CREATE TABLE tome (name nvarchar(9));"
        "INSERT INTO shelf VALUES (1, 1), (2, 2); INSERT INTO tome VALUES (N'a')"
    )
    assert database.rows(
        "SELECT (SELECT STRING_AGG(name, N';') WITHIN GROUP (ORDER BY shelf.size) FROM tome"
        " GROUP BY name) FROM shelf ORDER BY id"
    ) == [("a",), ("a",)]
    database.run("DROP TABLE shelf, tome")
