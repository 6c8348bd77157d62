"""INSERT, UPDATE, DELETE and MERGE, with their results."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tds_embedded_tests import library
from tds_embedded_tests.conftest import Database


@pytest.fixture(scope="module", autouse=True)
def tables(database: Database) -> None:
    library.build(database)


@pytest.fixture(autouse=True)
def rows(tables: None, database: Database) -> None:
    library.refill(database)


def titles(database: Database) -> list[Any]:
    return [title for (title,) in database.rows("SELECT title FROM book ORDER BY id")]


# --- INSERT ------------------------------------------------------------------------------------


def test_insert_gives_the_rows_it_made(database: Database) -> None:
    made = database.rows(
        "INSERT INTO [author] ([name], [age]) OUTPUT INSERTED.[id], INSERTED.[active], "
        "INSERTED.twice VALUES (?, ?), (N'Eve', DEFAULT)",
        "Dan",
        20,
    )
    assert [row[1:] for row in made] == [(True, 40), (True, None)]
    assert database.value("SELECT name FROM author WHERE id = ?", made[0][0]) == "Dan"


def test_scope_identity_is_that_of_the_last_insert(database: Database) -> None:
    found = database.value(
        "INSERT INTO author (name) VALUES (N'Dan'), (N'Eve'); SELECT SCOPE_IDENTITY()"
    )
    assert found == database.value("SELECT id FROM author WHERE name = N'Eve'")


def test_insert_of_a_query_takes_its_order(database: Database) -> None:
    database.run(
        "INSERT INTO book (title, author_id) SELECT name, id FROM author ORDER BY name DESC"
    )
    assert titles(database)[-3:] == ["Cyd", "Bob", "Ann"]


def test_insert_default_values(database: Database) -> None:
    database.run("CREATE TABLE #d (id int IDENTITY, a int DEFAULT 7)")
    assert database.rows("INSERT INTO #d OUTPUT INSERTED.a DEFAULT VALUES") == [(7,)]
    database.run("DROP TABLE #d")


def test_values_of_a_column_take_one_type_before_they_are_stored(database: Database) -> None:
    """As in UNION ALL: the string becomes a number, and fails."""
    number, _ = database.error("INSERT INTO author (name) VALUES (1), (N'x')")
    assert number == 245


def test_identity_insert(database: Database) -> None:
    number, text = database.error("INSERT INTO author (id, name) VALUES (77, N'x')")
    assert (number, "'author'" in text) == (544, True)
    database.run(
        "SET IDENTITY_INSERT author ON; INSERT INTO author (id, name) VALUES (77, N'x');"
        "SET IDENTITY_INSERT author OFF"
    )
    assert database.value("SELECT name FROM author WHERE id = 77") == "x"
    assert (
        database.error("SET IDENTITY_INSERT author ON; INSERT INTO author (name) VALUES (N'x')")[0]
        == 545
    )
    database.run("SET IDENTITY_INSERT author OFF")


def test_a_merge_given_keys_by_hand_counts_on_from_the_largest(database: Database) -> None:
    database.run("CREATE TABLE counted (id int IDENTITY PRIMARY KEY, name varchar(9))")
    database.run(
        "SET IDENTITY_INSERT counted ON;"
        " MERGE INTO counted AS t USING (VALUES (9, 'a'), (40, 'b')) AS s (id, name)"
        " ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name);"
        " SET IDENTITY_INSERT counted OFF"
    )
    database.run("INSERT INTO counted (name) VALUES ('c')")
    assert database.value("SELECT id FROM counted WHERE name = 'c'") == 41


def test_output_into_a_table_variable_and_to_the_client(database: Database) -> None:
    found = database.run(
        "DECLARE @made TABLE (id int, name nvarchar(50));"
        "INSERT INTO author (name) OUTPUT INSERTED.name INTO @made (name)"
        " OUTPUT INSERTED.name VALUES (N'Dan');"
        "SELECT name FROM @made"
    )
    assert found == [[("Dan",)], [("Dan",)]]


# --- UPDATE ------------------------------------------------------------------------------------


def test_update_counts_and_gives_old_and_new(database: Database) -> None:
    found = database.rows(
        "UPDATE author SET age += 1, salary = salary * 2, code = DEFAULT"
        " OUTPUT DELETED.age, INSERTED.age, INSERTED.salary, INSERTED.code WHERE id = 1"
    )
    assert found == [(30, 31, Decimal("21.00"), None)]
    assert database.connection.execute("UPDATE author SET age = 1 WHERE id > 1").rowcount == 2


def test_update_sees_the_row_as_it_was(database: Database) -> None:
    database.run("UPDATE book SET price = pages, pages = price WHERE id = 20")
    assert database.rows("SELECT price, pages FROM book WHERE id = 20") == [(Decimal("50.00"), 5)]


def test_update_from_a_join(database: Database) -> None:
    found = database.rows(
        "UPDATE a SET a.age = x.n OUTPUT INSERTED.id, x.n FROM author a"
        " LEFT JOIN (SELECT author_id, COUNT(*) AS n FROM book GROUP BY author_id) x"
        " ON x.author_id = a.id"
    )
    assert sorted(found) == [(1, 2), (2, 1), (3, None)]
    assert database.rows("SELECT age FROM author ORDER BY id") == [(2,), (1,), (None,)]


def test_update_names_its_target_by_its_table(database: Database) -> None:
    database.run("UPDATE author SET age = 7 FROM book WHERE book.author_id = author.id")
    assert database.rows("SELECT age FROM author ORDER BY id") == [(7,), (7,), (41,)]


def test_update_top(database: Database) -> None:
    database.run("UPDATE TOP (1) author SET rating = 9")
    assert database.value("SELECT COUNT(*) FROM author WHERE rating = 9") == 1


def test_update_sets_variables(database: Database) -> None:
    found = database.rows(
        "DECLARE @new int, @old int;"
        "UPDATE author SET @new = age = age + 1 WHERE id = 1;"
        "UPDATE author SET @old = age, age = 0 WHERE id = 1;"
        "SELECT @new, @old"
    )
    assert found == [(31, 31)]


# --- DELETE ------------------------------------------------------------------------------------


def test_delete_gives_what_it_took(database: Database) -> None:
    assert database.rows("DELETE FROM book OUTPUT DELETED.title WHERE id = 40") == [("Dogs",)]
    assert titles(database) == ["Ants", "Bees", "Cats"]


def test_delete_from_a_join(database: Database) -> None:
    database.run("DELETE b FROM book b JOIN author a ON a.id = b.author_id WHERE a.name = 'ann'")
    assert titles(database) == ["Cats", "Dogs"]


def test_delete_top_into_a_table(database: Database) -> None:
    database.run("CREATE TABLE #gone (id int)")
    database.run("DELETE TOP (3) FROM book OUTPUT DELETED.id INTO #gone")
    assert database.value("SELECT COUNT(*) FROM #gone") == 3
    assert len(titles(database)) == 1
    database.run("DROP TABLE #gone")


# --- MERGE -------------------------------------------------------------------------------------


def test_bulk_insert_by_merge_keeps_the_order_of_its_rows(database: Database) -> None:
    found = database.rows(
        "SET NOCOUNT ON; DECLARE @made TABLE (id int, pos int);"
        "MERGE INTO author USING (VALUES (?, 1), (?, 0)) AS s (name, pos) ON 1 = 0"
        " WHEN NOT MATCHED THEN INSERT (name) VALUES (s.name)"
        " OUTPUT INSERTED.id, s.pos INTO @made (id, pos);"
        "SELECT a.name FROM @made m JOIN author a ON a.id = m.id ORDER BY m.pos",
        "Dan",
        "Eve",
    )
    assert found == [("Eve",), ("Dan",)]


def test_merge_from_a_common_table_expression(database: Database) -> None:
    found = database.rows(
        "WITH seed AS (SELECT 1 AS x UNION ALL SELECT 1)"
        " MERGE INTO author USING (SELECT TOP 2 a.x FROM seed a, seed b) AS s ON 1 = 0"
        " WHEN NOT MATCHED THEN INSERT (name) VALUES (N'Eve') OUTPUT INSERTED.name;"
    )
    assert found == [("Eve",), ("Eve",)]


def test_merge_updates_inserts_and_deletes(database: Database) -> None:
    found = database.rows(
        "MERGE INTO book WITH (HOLDLOCK) AS t"
        " USING (VALUES (10, N'Ape'), (77, N'Yak')) AS s (id, title) ON t.id = s.id"
        " WHEN MATCHED AND t.title <> s.title THEN UPDATE SET title = s.title"
        " WHEN NOT MATCHED BY TARGET THEN INSERT (title) VALUES (s.title)"
        " WHEN NOT MATCHED BY SOURCE AND t.price IS NULL THEN DELETE"
        " OUTPUT $action, DELETED.title, INSERTED.title, s.id;"
    )
    assert sorted(found) == [
        ("DELETE", "Dogs", None, None),
        ("INSERT", None, "Yak", 77),
        ("UPDATE", "Ants", "Ape", 10),
    ]
    assert titles(database) == ["Ape", "Bees", "Cats", "Yak"]


def test_select_into_keeps_types_and_identity(database: Database) -> None:
    database.run("SELECT id, name, salary * 2 AS twice INTO #copy FROM author")
    database.run("INSERT INTO #copy (name) VALUES (N'Dan')")
    assert database.rows("SELECT name, twice FROM #copy WHERE id IN (1, 4) ORDER BY id") == [
        ("Ann", Decimal("21.00")),
        ("Dan", None),
    ]
    database.run("DROP TABLE #copy")


def test_select_assigns_variables_of_the_last_row(database: Database) -> None:
    found = database.rows(
        "DECLARE @id int = 5, @name nvarchar(10) = N'none';"
        "SELECT @id = id, @name = name FROM author WHERE id < 3 ORDER BY id;"
        "SELECT @name = name FROM author WHERE id > 100;"
        "SELECT @id, @name"
    )
    assert found == [(2, "Bob")]


ERRORS = [
    (109, "INSERT INTO author (name, age) VALUES (N'x')"),
    (110, "INSERT INTO author (name) VALUES (N'x', 1)"),
    (120, "INSERT INTO author (name, age) SELECT N'x'"),
    (121, "INSERT INTO author (name) SELECT N'x', 1"),
    (128, "INSERT INTO author (name) VALUES (age)"),
    (141, "DECLARE @a int; SELECT @a = id, name FROM author"),
    (157, "UPDATE author SET age = COUNT(*)"),
    (206, "UPDATE author SET born = 5"),
    (207, "INSERT INTO author (nope) VALUES (1)"),
    (207, "UPDATE author SET nope = 1"),
    (208, "DELETE FROM nope"),
    (213, "INSERT INTO book VALUES (N'x')"),
    (220, "UPDATE author SET tiny = 256"),
    (241, "UPDATE author SET born = 'soon'"),
    (245, "UPDATE author SET age = 'x'"),
    (257, "UPDATE author SET photo = N'x'"),
    (264, "UPDATE author SET age = 1, age = 2"),
    (264, "INSERT INTO author (name, name) VALUES (N'x', N'y')"),
    (271, "UPDATE author SET twice = 1"),
    (271, "INSERT INTO author (name, twice) VALUES (N'x', 1)"),
    (1038, "SELECT id + 1 INTO #x FROM author"),
    (1087, "SELECT * FROM @t"),
    (2705, "SELECT id, id INTO #x FROM author"),
    (8101, "INSERT INTO book VALUES (1, N'x', 1, 1, 1)"),
    (8102, "UPDATE author SET id = 1"),
    (8154, "UPDATE author SET age = 1 FROM author a, author b"),
    (
        8672,
        "MERGE author t USING (VALUES (1), (1)) s (id) ON t.id = s.id"
        " WHEN MATCHED THEN UPDATE SET age = 1;",
    ),
    (10709, "INSERT INTO author (name) VALUES (N'x'), (N'y', 1)"),
]


@pytest.mark.parametrize(("number", "sql"), ERRORS)
def test_refusals(database: Database, number: int, sql: str) -> None:
    assert database.error(sql)[0] == number


def test_more_than_a_thousand_rows_of_values(database: Database) -> None:
    rows = ", ".join(["(N'x')"] * 1001)
    assert database.error(f"INSERT INTO author (name) VALUES {rows}")[0] == 10738
