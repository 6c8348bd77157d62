"""CHECK and NOCHECK CONSTRAINT within a transaction, which PostgreSQL learns of as late as
possible.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest

from tds_embedded.server import Server
from tds_embedded_tests.conftest import Database, connect

OFF, ON = [(True, True)], [(False, False)]
TABLES = """
CREATE TABLE top_ (id int CONSTRAINT pk_top PRIMARY KEY);
CREATE TABLE parent (id int CONSTRAINT pk_parent PRIMARY KEY,
    top_ int NULL CONSTRAINT fk_top REFERENCES top_ (id) ON DELETE CASCADE);
CREATE TABLE child (id int CONSTRAINT pk_child PRIMARY KEY,
    parent int NULL CONSTRAINT fk REFERENCES parent (id), n int NULL CONSTRAINT ck CHECK (n > 0));
"""
ROWS = """
IF @@TRANCOUNT > 0 ROLLBACK;
ALTER TABLE child NOCHECK CONSTRAINT ALL;
DELETE child; DELETE parent; DELETE top_;
INSERT top_ VALUES (1); INSERT parent VALUES (1, 1); INSERT child VALUES (1, 1, 1);
ALTER TABLE child WITH CHECK CHECK CONSTRAINT ALL;
"""
STATE = "SELECT is_disabled, is_not_trusted FROM sys.foreign_keys WHERE name = 'fk'"
NOCHECK = "ALTER TABLE child NOCHECK CONSTRAINT fk;"
CHECK = "ALTER TABLE child WITH CHECK CHECK CONSTRAINT fk;"


@pytest.fixture(scope="module")
def tables(database: Database) -> Database:
    database.run(TABLES)
    return database


@pytest.fixture(autouse=True)
def rows(tables: Database) -> Iterator[None]:
    tables.run(ROWS)
    yield
    tables.run("IF @@TRANCOUNT > 0 ROLLBACK")


def test_a_transaction_that_switches_often_leaves_the_catalog_alone(
    database: Database, server: Server
) -> None:
    """Dead rows in PostgreSQL's catalog slowed down each switch of a long transaction."""
    sizes = "SELECT pg_relation_size('pg_trigger') + pg_relation_size('pg_constraint')"
    with psycopg.connect(server.postgres.conninfo(database.name), autocommit=True) as postgres:
        before = postgres.execute(sizes).fetchone()
        database.run("BEGIN TRANSACTION")
        for number in range(2, 62):
            database.run(f"{NOCHECK} INSERT top_ VALUES ({number}); {CHECK}")
        assert postgres.execute(sizes).fetchone() == before
    assert database.rows(STATE) == ON


def test_a_key_is_off_until_it_is_checked(database: Database) -> None:
    database.run(f"BEGIN TRANSACTION; {NOCHECK} INSERT child VALUES (2, 99, 1)")
    assert database.rows(STATE) == OFF
    database.run("SAVE TRANSACTION s")
    assert database.error(CHECK)[0] == 547
    assert database.rows(STATE) == OFF
    database.run(f"DELETE child WHERE id = 2; {CHECK} COMMIT")
    assert database.rows(STATE) == ON
    assert database.error("INSERT child VALUES (2, 99, 1)")[0] == 547


def test_a_key_that_has_seen_no_rows_is_off(database: Database) -> None:
    database.run(f"BEGIN TRANSACTION; {NOCHECK}")
    assert database.rows(STATE) == OFF
    database.run(CHECK)
    assert database.rows(STATE) == ON
    assert database.error("UPDATE child SET parent = 99")[0] == 547


def test_a_key_that_is_on_again_unchecked_is_not_trusted(database: Database) -> None:
    database.run(f"BEGIN TRANSACTION; {NOCHECK} ALTER TABLE child CHECK CONSTRAINT fk")
    assert database.rows(STATE) == [(False, True)]
    assert database.error("INSERT child VALUES (2, 99, 1)")[0] == 547
    database.run(f"{CHECK} COMMIT")
    assert database.rows(STATE) == ON


@pytest.mark.parametrize("ending", ["COMMIT", "ROLLBACK", "ROLLBACK TRANSACTION s; COMMIT"])
def test_the_end_of_the_transaction_decides(database: Database, ending: str) -> None:
    database.run(f"BEGIN TRANSACTION; SAVE TRANSACTION s; {NOCHECK} {ending}")
    assert database.rows(STATE) == (OFF if ending == "COMMIT" else ON)
    with closing(connect(database.endpoint, database.name)) as connection:
        other = Database(connection, database.endpoint, database.name)
        assert other.rows(STATE) == (OFF if ending == "COMMIT" else ON)
        if ending == "COMMIT":
            other.run("INSERT child VALUES (2, 99, 1)")
        else:
            assert other.error("INSERT child VALUES (2, 99, 1)")[0] == 547


@pytest.mark.parametrize(
    "change",
    [
        "INSERT child VALUES (2, 99, 1)",
        "INSERT child SELECT 2, 99, 1",
        "UPDATE child SET parent = 99",
        "DELETE parent",
        "UPDATE parent SET id = 7",
        "DELETE top_",
        "MERGE parent AS t USING (SELECT 1 AS id) AS s ON t.id = s.id WHEN MATCHED THEN DELETE;",
        "WITH p AS (SELECT id FROM parent) DELETE p",
        "DELETE seen",
        "SET STATISTICS XML ON; DELETE parent; SET STATISTICS XML OFF",
        "INSERT child EXEC (N'SELECT 2, 99, 1')",
    ],
)
def test_a_change_meets_no_key_that_is_off(database: Database, change: str) -> None:
    database.run("DROP VIEW IF EXISTS seen; EXEC (N'CREATE VIEW seen AS SELECT id FROM parent')")
    plain, off = f"BEGIN TRANSACTION; {change}", f"BEGIN TRANSACTION; {NOCHECK} {change}"
    assert database.error(plain)[0] == 547
    database.run("IF @@TRANCOUNT > 0 ROLLBACK")
    database.run(off)
    assert database.rows(STATE) == OFF
    assert database.error(CHECK)[0] == 547


def test_a_statement_that_fails_leaves_the_key_off(database: Database) -> None:
    database.run(f"BEGIN TRANSACTION; {NOCHECK}")
    assert database.error("INSERT child VALUES (1, 99, 1)")[0] == 2627
    assert database.rows(STATE) == OFF
    database.run("INSERT child VALUES (2, 99, 1)")


def test_checks_are_switched_with_the_keys(database: Database) -> None:
    database.run("BEGIN TRANSACTION; ALTER TABLE child NOCHECK CONSTRAINT ALL")
    database.run("INSERT child VALUES (2, 99, -1)")
    both = "SELECT is_disabled, is_not_trusted FROM sys.check_constraints WHERE name = 'ck'"
    assert database.rows(both) == database.rows(STATE) == OFF
    database.run("DELETE child WHERE id = 2; ALTER TABLE child WITH CHECK CHECK CONSTRAINT ALL")
    assert database.rows(both) == database.rows(STATE) == ON


def test_other_definitions_see_what_is_off(database: Database) -> None:
    database.run(f"BEGIN TRANSACTION; {NOCHECK} ALTER TABLE child ADD extra int NULL")
    database.run("INSERT child (id, parent) VALUES (2, 99)")
    database.run("ALTER TABLE child DROP CONSTRAINT fk; DELETE parent; DROP TABLE parent")
    assert database.rows(STATE) == []


@pytest.mark.parametrize(("name", "number"), [("nothing", 4917), ("pk_child", 11415)])
def test_what_cannot_be_switched(database: Database, name: str, number: int) -> None:
    database.run("BEGIN TRANSACTION")
    with pytest.raises(Exception, match=rf"\({number}\)"):
        database.run(f"ALTER TABLE child NOCHECK CONSTRAINT fk, {name}")
    assert database.rows(STATE) == ON
