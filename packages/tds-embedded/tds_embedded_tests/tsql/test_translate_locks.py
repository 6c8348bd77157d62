"""Table hints between two connections."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tds_embedded_tests import library
from tds_embedded_tests.conftest import Database, connect


@pytest.fixture(scope="module", autouse=True)
def tables(database: Database) -> None:
    library.build(database)


@pytest.fixture
def other(database: Database) -> Iterator[Database]:
    """A second connection, inside a transaction that locks Ann."""
    connection = connect(database.endpoint, database.name)
    connection.autocommit = False
    other = Database(connection, database.endpoint, database.name)
    other.run("SELECT id FROM author WITH (UPDLOCK, ROWLOCK) WHERE id = 1")
    try:
        yield other
    finally:
        connection.rollback()
        connection.close()


def test_nowait_gives_up_on_a_locked_row(database: Database, other: Database) -> None:
    query = "SELECT id FROM author WITH (UPDLOCK, NOWAIT) WHERE id = {}"
    assert database.error(query.format(1))[0] == 1222
    assert database.rows(query.format(2)) == [(2,)]


def test_readpast_skips_locked_rows(database: Database, other: Database) -> None:
    found = database.rows("SELECT id FROM author WITH (UPDLOCK, READPAST) ORDER BY id")
    assert found == [(2,), (3,)]


def test_reading_does_not_wait(database: Database, other: Database) -> None:
    other.run("UPDATE author SET name = N'x' WHERE id = 1")
    assert database.value("SELECT name FROM author WHERE id = 1") == "Ann"
    assert database.value("SELECT name FROM author WITH (NOLOCK) WHERE id = 1") == "Ann"


@pytest.mark.parametrize(
    "query",
    [
        "SELECT DISTINCT name FROM author WITH (UPDLOCK, NOWAIT) WHERE id = 1",
        "SELECT COUNT(*) FROM author WITH (UPDLOCK, NOWAIT) WHERE id = 1",
        "SELECT b.id FROM book b LEFT JOIN author a WITH (UPDLOCK, NOWAIT) ON a.id = b.author_id",
        "SELECT * FROM (SELECT TOP (1) id FROM author WITH (UPDLOCK, NOWAIT) ORDER BY id) x",
        "SELECT ROW_NUMBER() OVER (ORDER BY id) FROM author WITH (XLOCK, NOWAIT)",
        "SELECT id FROM author WITH (UPDLOCK, NOWAIT) UNION SELECT 1",
    ],
)
def test_rows_are_locked_in_queries_that_postgresql_locks_none_in(
    database: Database, other: Database, query: str
) -> None:
    assert database.error(query)[0] == 1222


def test_locks_on_other_tables_are_not_taken(database: Database, other: Database) -> None:
    other.run("SELECT a.id FROM author a WITH (UPDLOCK) JOIN book b ON b.author_id = a.id")
    assert database.rows("SELECT id FROM book WITH (UPDLOCK, NOWAIT) WHERE id = 10") == [(10,)]


def test_lock_timeout(database: Database, other: Database) -> None:
    assert database.error("SET LOCK_TIMEOUT 50; UPDATE author SET age = 1 WHERE id = 1")[0] == 1222
    database.run("SET LOCK_TIMEOUT -1")


def test_holdlock_keeps_new_rows_out(database: Database, other: Database) -> None:
    """SQL Server locks a range of keys; here the whole table is locked."""
    other.run("SELECT id FROM author WITH (UPDLOCK, HOLDLOCK) WHERE name = N'Zed'")
    insert = "SET LOCK_TIMEOUT 50; INSERT INTO author (name) VALUES (N'Zed')"
    assert database.error(insert)[0] == 1222
    database.run("SET LOCK_TIMEOUT -1")


@pytest.mark.bad_grammar
@pytest.mark.parametrize(
    ("number", "hints"), [(321, "FOO"), (1047, "NOLOCK, UPDLOCK"), (650, "READPAST, HOLDLOCK")]
)
def test_refusals(database: Database, number: int, hints: str) -> None:
    assert database.error(f"SELECT id FROM author WITH ({hints})")[0] == number


@pytest.mark.parametrize(
    ("condition", "refused"),
    [
        ("1 = 0", False),
        ("id > 0 AND (2 <= 1 OR NOT 1 = 1)", False),
        ("1 = 0 OR id > 99", True),
        ("1 = 1", True),
        ("NOT id > 0", True),
    ],
)
def test_readpast_of_a_change_that_reads_nothing(
    database: Database, condition: str, refused: bool
) -> None:
    statements = (
        f"UPDATE author WITH (READPAST, SERIALIZABLE) SET age = 1 WHERE {condition}",
        f"DELETE b FROM book b WITH (READPAST, SERIALIZABLE) WHERE {condition}",
        "UPDATE author SET age = 1 WHERE id = (SELECT MAX(id) FROM book WITH (READPAST, HOLDLOCK)"
        f" WHERE {condition})",
    )
    for statement in statements:
        if refused:
            assert database.error(statement)[0] == 650
        else:
            database.run(statement)
