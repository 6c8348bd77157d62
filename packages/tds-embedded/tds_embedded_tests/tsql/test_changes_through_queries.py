"""Changes through views, common table expressions and derived tables: the bounds.

The answers of a real server are in tests/facts/views.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from tds_embedded_tests.conftest import Database


@pytest.fixture(autouse=True)
def tables(database: Database) -> None:
    database.run(
        "DROP VIEW IF EXISTS few; DROP VIEW IF EXISTS first_two; DROP VIEW IF EXISTS either;"
        " DROP VIEW IF EXISTS counted; DROP TABLE IF EXISTS thing; DROP TABLE IF EXISTS other;"
        " CREATE TABLE thing (id int IDENTITY(1, 1) PRIMARY KEY, n int NULL, twice AS n * 2);"
        " CREATE TABLE other (id int NOT NULL, m int NULL);"
        " INSERT thing (n) VALUES (1), (2), (3); INSERT other VALUES (1, 10), (3, 30)"
    )


def values(database: Database) -> list[Any]:
    return [n for (n,) in database.rows("SELECT n FROM thing ORDER BY id")]


def test_top_of_a_view_changes_as_many_rows(database: Database) -> None:
    database.run("CREATE VIEW few AS SELECT id, n FROM thing WHERE n > 1")
    database.run("UPDATE TOP (1) few SET n = n + 10")
    assert sum(values(database)) == 16


def test_a_view_with_top_is_changed_within_its_rows(database: Database) -> None:
    database.run("CREATE VIEW first_two AS SELECT TOP (2) id, n FROM thing ORDER BY id")
    database.run("UPDATE first_two SET n = 0")
    assert values(database) == [0, 0, 3]


def test_identity_and_computed_columns_of_the_table_are_left_out(database: Database) -> None:
    database.run("CREATE VIEW few AS SELECT * FROM thing")
    assert database.rows("INSERT few OUTPUT inserted.* VALUES (4)") == [(4, 4, 8)]
    assert database.value("SELECT SCOPE_IDENTITY()") == 4
    assert database.error("INSERT few (id, n) VALUES (9, 9)")[0] == 544
    assert database.error("UPDATE few SET id = 9")[0] == 8102
    assert database.error("UPDATE few SET twice = 9")[0] == 271


def test_a_variable_takes_the_value_of_the_querys_column(database: Database) -> None:
    sql = (
        "DECLARE @old int, @new int; WITH c AS (SELECT id, n AS v FROM thing)"
        " UPDATE c SET @old = v, @new = v = v + 5 WHERE id = 2; SELECT @old, @new"
    )
    assert database.rows(sql) == [(2, 7)]


def test_a_row_that_an_outer_join_lacks_is_not_changed(database: Database) -> None:
    database.run(
        "UPDATE d SET m = 0 FROM (SELECT thing.id, other.m FROM thing"
        " LEFT JOIN other ON other.id = thing.id) d"
    )
    assert database.rows("SELECT id, m FROM other ORDER BY id") == [(1, 0), (3, 0)]


def test_output_of_the_other_sources_and_into_a_table(database: Database) -> None:
    database.run(
        "DECLARE @kept table (id int, m int); WITH c AS (SELECT id, n FROM thing)"
        " DELETE c OUTPUT deleted.id, o.m INTO @kept FROM c JOIN other o ON o.id = c.id;"
        " UPDATE other SET m = -1 FROM other JOIN @kept k ON k.id = other.id AND k.m = other.m"
    )
    assert values(database) == [2]
    assert database.rows("SELECT m FROM other") == [(-1,), (-1,)]


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("WITH c AS (SELECT n FROM thing UNION ALL SELECT m FROM other) UPDATE c SET n = 1", 4426),
        ("WITH c AS (SELECT n FROM thing UNION ALL SELECT m FROM other) DELETE c", 4426),
        ("WITH c AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM c WHERE a < 3) DELETE c", 40517),
        ("WITH c AS (SELECT n FROM thing) DELETE c FROM c AS x", 40517),
        ("WITH c AS (SELECT n FROM thing) UPDATE c WITH (TABLOCK) SET n = 1", 40517),
        ("DELETE d FROM (SELECT value FROM STRING_SPLIT('a', ',')) d", 40517),
        ("DELETE d FROM (VALUES (1)) d (a)", 40517),
        (
            "WITH c AS (SELECT id, ROW_NUMBER() OVER (ORDER BY n) AS rn FROM thing)"
            " DELETE c OUTPUT deleted.rn WHERE rn = 1",
            40517,
        ),
    ],
)
def test_what_is_refused(sql: str, number: int, database: Database) -> None:
    assert database.error(sql)[0] == number
    assert values(database) == [1, 2, 3]


def test_check_option_that_postgresql_cannot_enforce(database: Database) -> None:
    create = "CREATE VIEW counted AS SELECT TOP (1) id, n FROM thing WITH CHECK OPTION"
    assert database.error(create)[0] == 40517


def test_from_and_top_of_a_view_with_check_option(database: Database) -> None:
    database.run("CREATE VIEW few AS SELECT id, n FROM thing WHERE n < 9 WITH CHECK OPTION")
    assert database.error("UPDATE TOP (1) few SET n = 90")[0] == 40517
    assert database.error("UPDATE f SET n = 90 FROM few f")[0] == 40517
    database.run("DELETE f FROM few f WHERE f.n = 1")
    assert values(database) == [2, 3]


def test_from_of_a_view_with_an_instead_of_trigger(database: Database) -> None:
    database.run("CREATE VIEW few AS SELECT id, n FROM thing")
    database.run("CREATE TRIGGER few_changed ON few INSTEAD OF UPDATE, DELETE AS RETURN")
    assert database.error("UPDATE f SET n = 90 FROM few f")[0] == 4422
    assert database.error("DELETE f FROM few f")[0] == 4423
    database.run("UPDATE few SET n = 90; DELETE few")
    assert values(database) == [1, 2, 3]
    database.run("INSERT few (n) VALUES (4)")
    assert values(database) == [1, 2, 3, 4]


def test_update_function_of_a_trigger_below_a_view_is_refused(database: Database) -> None:
    database.run("CREATE VIEW few AS SELECT id, n AS other_name FROM thing")
    database.run(
        "CREATE TRIGGER thing_changed ON thing AFTER UPDATE AS"
        " IF UPDATE(n) INSERT other VALUES (9, 9)"
    )
    assert database.error("UPDATE few SET other_name = 5")[0] == 40517
    assert values(database) == [1, 2, 3]
