"""PostgreSQL's errors in SQL Server's words."""

from __future__ import annotations

import pytest

from tds_embedded.error_texts import (
    MESSAGES,
    changes,
    definitions,
    documents,
    queries,
    rows,
    sequences,
    sessions,
    syntax,
    values,
)
from tds_embedded_tests import library
from tds_embedded_tests.conftest import Database


@pytest.fixture(scope="module", autouse=True)
def tables(database: Database) -> None:
    library.build(database)


def test_a_duplicate_key_names_constraint_table_and_value(database: Database) -> None:
    assert database.error("INSERT INTO book (title, author_id) VALUES (N'ANTS', 1)") == (
        2627,
        "Violation of UNIQUE KEY constraint 'uq_book'. Cannot insert duplicate key in object "
        "'dbo.book'. The duplicate key value is (1, ANTS).",
    )
    number, text = database.error(
        "SET IDENTITY_INSERT author ON; INSERT INTO author (id, name) VALUES (1, N'x')"
    )
    database.run("SET IDENTITY_INSERT author OFF")
    assert (number, text.partition(".")[0]) == (
        2627,
        "Violation of PRIMARY KEY constraint 'pk_author'",
    )


def test_a_duplicate_row_of_a_unique_index(database: Database) -> None:
    assert database.error("UPDATE author SET code = 'A1' WHERE id = 2") == (
        2601,
        "Cannot insert duplicate key row in object 'dbo.author' with unique index "
        "'ux_author_code'. The duplicate key value is (A1).",
    )


def test_foreign_keys_of_both_sides(database: Database) -> None:
    name = database.value("SELECT DB_NAME()")
    assert database.error("INSERT INTO book (title, author_id) VALUES (N'x', 99)") == (
        547,
        'The INSERT statement conflicted with the FOREIGN KEY constraint "fk_book_author". The '
        f'conflict occurred in database "{name}", table "dbo.author", column \'id\'.',
    )
    assert database.error("DELETE FROM author WHERE id = 1") == (
        547,
        'The DELETE statement conflicted with the REFERENCE constraint "fk_book_author". The '
        f'conflict occurred in database "{name}", table "dbo.book", column \'author_id\'.',
    )


def test_rows_that_a_new_constraint_does_not_allow(database: Database) -> None:
    name = database.value("SELECT DB_NAME()")
    number, text = database.error("ALTER TABLE author ADD CONSTRAINT ck_age CHECK (age > 35)")
    assert number == 547
    assert text.startswith(
        'The ALTER TABLE statement conflicted with the CHECK constraint "ck_age". The conflict '
        f'occurred in database "{name}", table "dbo.author"'
    )


def test_a_check_constraint(database: Database) -> None:
    name = database.value("SELECT DB_NAME()")
    assert database.error("UPDATE book SET pages = 0") == (
        547,
        'The UPDATE statement conflicted with the CHECK constraint "ck_book_pages". The conflict '
        f'occurred in database "{name}", table "dbo.book", column \'pages\'.',
    )


def test_null_in_a_column_that_takes_none(database: Database) -> None:
    name = database.value("SELECT DB_NAME()")
    assert database.error("UPDATE author SET name = NULL") == (
        515,
        f"Cannot insert the value NULL into column 'name', table '{name}.dbo.author'; column does "
        "not allow nulls. UPDATE fails.",
    )
    assert database.error("INSERT INTO author (age) VALUES (1)")[0] == 515


def test_a_string_that_is_too_long(database: Database) -> None:
    name = database.value("SELECT DB_NAME()")
    assert database.error("UPDATE author SET code = ? WHERE id = 1", "x" * 11) == (
        2628,
        f"String or binary data would be truncated in table '{name}.dbo.author', column 'code'. "
        "Truncated value: 'xxxxxxxxxx'.",
    )
    assert database.error("INSERT INTO author (name) SELECT REPLICATE(N'y', 51)")[0] == 2628
    assert database.error("UPDATE author SET photo = 0x010203040506070809")[0] == 2628


def test_blanks_at_the_end_are_cut_without_an_error(database: Database) -> None:
    database.run("UPDATE author SET code = ? WHERE id = 3", "y" + " " * 20)
    assert database.value("SELECT DATALENGTH(code) FROM author WHERE id = 3") == 10
    database.run("UPDATE author SET code = NULL WHERE id = 3")


@pytest.mark.parametrize(
    ("sql", "number", "text"),
    [
        ("SELECT 1 / 0", 8134, "Divide by zero error encountered."),
        (
            "SELECT 2147483647 + 1",
            8115,
            "Arithmetic overflow error converting expression to data type int.",
        ),
        (
            "SELECT CAST('x1' AS int)",
            245,
            "Conversion failed when converting the varchar value 'x1' to data type int.",
        ),
        (
            "SELECT CAST(N'x' AS decimal(5, 2))",
            8114,
            "Error converting data type nvarchar to numeric.",
        ),
        (
            "SELECT CAST('soon' AS datetime2)",
            241,
            "Conversion failed when converting date and/or time from character string.",
        ),
        (
            "SELECT CAST(300 AS tinyint)",
            220,
            "Arithmetic overflow error for data type tinyint, value = 300.",
        ),
        (
            "SELECT CAST(12345 AS decimal(4, 1))",
            8115,
            "Arithmetic overflow error converting numeric to data type numeric.",
        ),
        (
            "SELECT (SELECT id FROM author)",
            512,
            "Subquery returned more than 1 value. This is not permitted when the subquery follows "
            "=, !=, <, <= , >, >= or when the subquery is used as an expression.",
        ),
        (
            "SELECT CAST('x' AS uniqueidentifier)",
            8169,
            "Conversion failed when converting from a character string to uniqueidentifier.",
        ),
        (
            "SELECT TOP (-1) id FROM author",
            127,
            "A TOP N or FETCH rowcount value may not be negative.",
        ),
        (
            "SELECT SUM(CAST(2147483647 AS int)) FROM author",
            8115,
            "Arithmetic overflow error converting expression to data type int.",
        ),
    ],
)
def test_values(database: Database, sql: str, number: int, text: str) -> None:
    assert database.error(sql) == (number, text)


def test_what_nothing_maps_names_postgresql(database: Database) -> None:
    """An error of the embedded server is never taken for one of SQL Server's."""
    import psycopg

    from tds_embedded.postgres import errors as pgerrors

    class Unmapped(psycopg.Error):
        sqlstate = "XX000"

    found = pgerrors.to_sql_server(Unmapped("what PostgreSQL said"))
    assert found.number == pgerrors.INTERNAL
    assert "XX000" in found.message
    assert "what PostgreSQL said" in found.message


def test_a_number_has_one_text() -> None:
    subjects = (changes, definitions, documents, queries, rows, sequences, sessions, syntax, values)
    assert sum(len(each.MESSAGES) for each in subjects) == len(MESSAGES)
