"""Unique keys are looked at when an UPDATE or MERGE ends, whatever rows come first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tds_embedded_tests.conftest import Database

TABLES = """
CREATE TABLE t (id int IDENTITY CONSTRAINT pk PRIMARY KEY, n int NOT NULL CONSTRAINT uq UNIQUE,
    s nvarchar(9) NULL, a int NULL, b int NULL, version rowversion, twice AS (n * 2));
CREATE UNIQUE INDEX ux_s ON t (s) WHERE s IS NOT NULL;
CREATE UNIQUE INDEX ux_ab ON t (a, b);
CREATE TABLE c (id int PRIMARY KEY, n int NULL CONSTRAINT fk REFERENCES t (n));
CREATE TABLE p (id int CONSTRAINT pk_p PRIMARY KEY, up int NULL REFERENCES p (id));
CREATE TABLE q (id int CONSTRAINT pk_q PRIMARY KEY, n int NOT NULL CONSTRAINT uq_q UNIQUE);
CREATE TABLE q_cascade (id int PRIMARY KEY, q int REFERENCES q (id) ON UPDATE CASCADE);
CREATE TABLE q_null (id int PRIMARY KEY, q int NULL REFERENCES q (n) ON UPDATE SET NULL);
"""
ROWS = """
IF @@TRANCOUNT > 0 ROLLBACK;
DELETE q_cascade; DELETE q_null; DELETE q; DELETE c; DELETE t; DELETE p;
SET IDENTITY_INSERT t ON;
INSERT t (id, n, s, a, b) VALUES (1, 1, N'x', 1, 1), (2, 2, N'y', 1, 2), (3, 3, NULL, NULL, NULL);
SET IDENTITY_INSERT t OFF;
INSERT c VALUES (1, 1), (2, 2);
INSERT p VALUES (1, NULL), (2, 1);
INSERT q VALUES (1, 1), (2, 2), (3, 3);
INSERT q_cascade VALUES (10, 1), (20, 2);
INSERT q_null VALUES (10, 1), (20, 2), (30, 3);
"""
SWAP = "CASE n WHEN 1 THEN 2 WHEN 2 THEN 1 ELSE n END"
SAVEPOINTS = ["", "BEGIN TRANSACTION; "]


@pytest.fixture(scope="module")
def tables(database: Database) -> Database:
    database.run(TABLES)
    return database


@pytest.fixture(autouse=True)
def rows(tables: Database) -> Iterator[None]:
    tables.run(ROWS)
    yield
    tables.run("IF @@TRANCOUNT > 0 ROLLBACK")


@pytest.mark.parametrize("begin", SAVEPOINTS)
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("DELETE c; UPDATE t SET n = n + 1", [(1, 2), (2, 3), (3, 4)]),
        ("DELETE c; UPDATE t SET n = n - 1", [(1, 0), (2, 1), (3, 2)]),
        (f"UPDATE t SET n = {SWAP}", [(1, 2), (2, 1), (3, 3)]),
        (
            f"UPDATE x SET n = {SWAP} FROM t AS x JOIN (SELECT id AS i FROM c) AS y ON y.i = x.id",
            [(1, 2), (2, 1), (3, 3)],
        ),
        (f"WITH x AS (SELECT n FROM t) UPDATE x SET n = {SWAP}", [(1, 2), (2, 1), (3, 3)]),
        (
            "MERGE t AS x USING (VALUES (1, 2), (2, 1)) AS y (id, n) ON x.id = y.id"
            " WHEN MATCHED THEN UPDATE SET n = y.n;",
            [(1, 2), (2, 1), (3, 3)],
        ),
        (
            "DELETE c; DECLARE @a table (n int); UPDATE t SET n = n + 1 OUTPUT inserted.n INTO @a",
            [(1, 2), (2, 3), (3, 4)],
        ),
    ],
)
def test_keys_move(
    database: Database, begin: str, change: str, expected: list[tuple[int, int]]
) -> None:
    database.run(begin + change)
    assert database.rows("SELECT id, n FROM t ORDER BY id") == expected
    taken = max(n for _, n in expected)
    assert database.error(f"UPDATE t SET n = {taken}")[0] == 2627
    assert database.error(f"INSERT t (n, a) VALUES ({taken}, 9)")[0] == 2627


def test_the_old_and_new_values_are_put_out(database: Database) -> None:
    change = f"UPDATE t SET n = {SWAP} OUTPUT deleted.n, inserted.n, inserted.twice, inserted.id"
    rows = database.rows(f"{change} WHERE id < 3")
    assert sorted(rows) == [(1, 2, 4, 1), (2, 1, 2, 2)]
    assert database.value("UPDATE t SET s = N'z' WHERE id < 0; SELECT @@ROWCOUNT") == 0
    assert database.value(f"UPDATE t SET n = {SWAP}; SELECT @@ROWCOUNT") == 3


def test_filtered_and_composite_keys_move(database: Database) -> None:
    database.run("UPDATE t SET s = CASE s WHEN N'x' THEN N'y' WHEN N'y' THEN N'x' END")
    assert database.rows("SELECT s FROM t ORDER BY id") == [("y",), ("x",), (None,)]
    database.run("UPDATE t SET b = b + 1")
    assert database.rows("SELECT a, b FROM t ORDER BY id") == [(1, 2), (1, 3), (None, None)]


def test_primary_keys_move_in_a_table_that_refers_to_itself(database: Database) -> None:
    database.run("UPDATE p SET id = 3 - id, up = CASE WHEN up IS NOT NULL THEN 2 END")
    assert database.rows("SELECT id, up FROM p ORDER BY id") == [(1, 2), (2, None)]
    assert database.error("UPDATE p SET id = id + 5")[0] == 547


def test_a_foreign_key_is_checked_at_the_end(database: Database) -> None:
    assert database.error("UPDATE t SET n = n + 1")[0] == 547
    database.run(f"UPDATE t SET n = {SWAP}")
    assert database.rows("SELECT n FROM c ORDER BY id") == [(1,), (2,)]


@pytest.mark.parametrize("begin", SAVEPOINTS)
@pytest.mark.parametrize(
    ("change", "number", "words"),
    [
        ("UPDATE t SET n = n % 2 + 5", 2627, "(6)"),
        ("UPDATE t SET n = 7, s = NULL", 2627, "'uq'"),
        ("UPDATE t SET s = N'Y'", 2601, "(Y)"),
        ("UPDATE t SET a = NULL, b = NULL", 2601, "(<NULL>, <NULL>)"),
        ("UPDATE t SET a = 1, b = id / 2 + 1", 2601, "(1, 2)"),
    ],
)
def test_duplicates_at_the_end_are_refused(
    database: Database, begin: str, change: str, number: int, words: str
) -> None:
    before = database.rows("SELECT id, n, s, a, b FROM t ORDER BY id")
    raised, message = database.error(begin + change)
    assert raised == number
    assert words in message
    assert database.rows("SELECT id, n, s, a, b FROM t ORDER BY id") == before
    database.run(f"UPDATE t SET n = {SWAP}")


def test_triggers_see_the_change_once(database: Database) -> None:
    database.run("CREATE TABLE seen (old int, new int)")
    database.run(
        "CREATE TRIGGER tr ON t AFTER UPDATE AS INSERT seen SELECT d.n, i.n FROM deleted AS d"
        " JOIN inserted AS i ON i.id = d.id"
    )
    try:
        database.run(f"UPDATE t SET n = {SWAP} WHERE id < 3")
        assert database.rows("SELECT old, new FROM seen ORDER BY old") == [(1, 2), (2, 1)]
        assert database.error("UPDATE t SET n = 9")[0] == 2627
        assert database.value("SELECT COUNT(*) FROM seen") == 2
    finally:
        database.run("DROP TRIGGER tr; DROP TABLE seen")


def test_rows_that_follow_by_a_cascade(database: Database) -> None:
    swap = "CASE {0} WHEN 1 THEN 2 WHEN 2 THEN 1 ELSE {0} END"
    number, message = database.error(f"UPDATE q SET id = {swap.format('id')}")
    assert (number, "CASCADE" in message) == (40517, True)
    assert database.error("UPDATE q SET id = 7")[0] == 2627
    database.run(f"UPDATE q SET n = {swap.format('n')} WHERE n < 3")
    assert database.rows("SELECT id, n FROM q ORDER BY id") == [(1, 2), (2, 1), (3, 3)]
    assert database.rows("SELECT q FROM q_null ORDER BY id") == [(None,), (None,), (3,)]
    assert database.rows("SELECT q FROM q_cascade ORDER BY id") == [(1,), (2,)]


def test_what_is_not_run_again(database: Database) -> None:
    database.run("CREATE SEQUENCE numbers START WITH 1")
    assert database.error(f"UPDATE t SET n = {SWAP}, a = NEXT VALUE FOR numbers")[0] == 2627
    database.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; BEGIN TRANSACTION")
    try:
        assert database.error(f"UPDATE t SET n = {SWAP}")[0] == 2627
    finally:
        database.run("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")


def test_the_rest_of_a_transaction_goes_on(database: Database) -> None:
    database.run("BEGIN TRANSACTION; UPDATE t SET s = N'first' WHERE id = 1; SAVE TRANSACTION s")
    database.run(f"UPDATE t SET n = {SWAP}; INSERT t (n, a) VALUES (4, 9); DELETE c")
    database.run("UPDATE t SET n = 5 - n; UPDATE t SET n = n + 1")
    database.run("ROLLBACK TRANSACTION s; COMMIT")
    assert database.rows("SELECT n, s FROM t ORDER BY id") == [(1, "first"), (2, "y"), (3, None)]
