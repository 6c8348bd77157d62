"""AFTER triggers: the rows that they see, the events that fire them, and the effects of their
errors.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tds_embedded_tests.conftest import Database

TABLES = """
CREATE TABLE item (id int IDENTITY PRIMARY KEY, name nvarchar(20) NOT NULL,
    n int NOT NULL DEFAULT 1, twice AS (n * 2) PERSISTED);
CREATE TABLE log (id int IDENTITY(100, 1), what nvarchar(100))
"""
TRIGGER = """
CREATE TRIGGER item_log ON item AFTER INSERT, UPDATE, DELETE AS
BEGIN
    SET NOCOUNT ON;
    INSERT INTO log (what)
    SELECT CONCAT(d.name, N'/', d.twice, N' -> ', i.name, N'/', i.twice)
    FROM inserted AS i FULL JOIN deleted AS d ON d.id = i.id ORDER BY COALESCE(i.id, d.id);
END
"""


@pytest.fixture(autouse=True)
def schema(database: Database) -> Iterator[None]:
    database.run(TABLES)
    yield
    database.run("DROP TABLE item, log")


def logged(database: Database) -> list[str]:
    found = [what for (what,) in database.rows("SELECT what FROM log ORDER BY id")]
    database.run("DELETE FROM log")
    return found


def test_it_sees_the_rows_before_and_after(database: Database) -> None:
    database.run(TRIGGER)
    database.run("INSERT INTO item (name, n) VALUES (N'a', 1), (N'b', 2)")
    assert logged(database) == ["/ -> a/2", "/ -> b/4"]
    database.run("UPDATE item SET n = n + 10 WHERE name = N'b'")
    assert logged(database) == ["b/4 -> b/24"]
    database.run("DELETE FROM item")
    assert logged(database) == ["a/2 -> /", "b/24 -> /"]
    database.run("UPDATE item SET n = 1")
    assert logged(database) == []


def test_merge_fires_once_for_each_kind_of_change(database: Database) -> None:
    database.run("INSERT INTO item (name) VALUES (N'a')")
    database.run(
        "CREATE TRIGGER item_kind ON item AFTER INSERT, UPDATE AS INSERT INTO log (what)"
        " SELECT CONCAT(COUNT(*), N' in, ', (SELECT COUNT(*) FROM deleted), N' out') FROM inserted"
    )
    database.run(
        "MERGE item AS t USING (VALUES (N'a', 5), (N'b', 6), (N'c', 7)) AS s (name, n)"
        " ON t.name = s.name WHEN MATCHED THEN UPDATE SET n = s.n"
        " WHEN NOT MATCHED THEN INSERT (name, n) VALUES (s.name, s.n);"
    )
    assert logged(database) == ["2 in, 0 out", "1 in, 1 out"]


def test_it_keeps_the_statements_count_and_identity(database: Database) -> None:
    database.run(TRIGGER)
    insert = "INSERT INTO item (name) VALUES (N'a'), (N'b')"
    known = "SELECT @@ROWCOUNT, SCOPE_IDENTITY(), @@IDENTITY"
    assert database.rows(f"{insert}; {known}") == [(2, 2, 101)]  # the log's identity began at 100


def test_output_goes_into_a_table_or_nowhere(database: Database) -> None:
    database.run(TRIGGER)
    number, text = database.error("INSERT INTO item (name) OUTPUT inserted.id VALUES (N'a')")
    assert number == 334
    assert "The target table 'item' of the DML statement cannot have any enabled triggers" in text
    assert database.rows(
        "DECLARE @ids TABLE (id int); INSERT INTO item (name) OUTPUT inserted.id INTO @ids"
        " VALUES (N'a'), (N'b'); SELECT COUNT(*) FROM @ids"
    ) == [(2,)]
    database.run("DISABLE TRIGGER item_log ON item")
    database.run("INSERT INTO item (name) OUTPUT inserted.id VALUES (N'c')")


def test_it_is_disabled_enabled_replaced_and_dropped(database: Database) -> None:
    database.run(TRIGGER)
    insert = "INSERT INTO item (name) VALUES (N'a')"
    listed = "SELECT name, is_disabled FROM sys.triggers WHERE parent_id = OBJECT_ID(N'item')"
    database.run("DISABLE TRIGGER ALL ON item")
    database.run(insert)
    assert logged(database) == []
    assert database.rows(listed) == [("item_log", True)]
    database.run("ENABLE TRIGGER item_log ON item")
    database.run(insert)
    assert len(logged(database)) == 1
    assert database.error(TRIGGER)[0] == 2714
    database.run(
        "CREATE OR ALTER TRIGGER item_log ON item FOR DELETE AS INSERT INTO log VALUES (N'gone')"
    )
    database.run(insert)
    database.run("DELETE FROM item")
    assert logged(database) == ["gone"]
    database.run("DROP TRIGGER item_log")
    assert database.rows(listed) == []
    assert database.error("DROP TRIGGER item_log")[0] == 3701


def test_its_error_undoes_the_statement_and_the_transaction(database: Database) -> None:
    database.run(
        "CREATE TRIGGER item_check ON item AFTER INSERT AS IF EXISTS (SELECT 1 FROM inserted"
        " WHERE n < 0) THROW 50007, N'Negative.', 1"
    )
    assert database.error("INSERT INTO item (name, n) VALUES (N'a', -1)") == (50007, "Negative.")
    assert database.value("SELECT COUNT(*) FROM item") == 0
    sql = "BEGIN TRAN; INSERT INTO item (name) VALUES (N'a'); INSERT INTO item VALUES (N'b', -1)"
    assert database.error(sql)[0] == 50007
    assert database.value("SELECT @@TRANCOUNT") == 0
    assert database.value("SELECT COUNT(*) FROM item") == 0


def test_a_rollback_in_it_ends_the_batch(database: Database) -> None:
    database.run("CREATE TRIGGER item_no ON item AFTER INSERT AS ROLLBACK TRANSACTION")
    assert database.error("INSERT INTO item (name) VALUES (N'a')")[0] == 3609
    assert database.value("SELECT COUNT(*) FROM item") == 0
    database.run("INSERT INTO log VALUES (N'fine')")
    assert logged(database) == ["fine"]


def test_it_runs_in_a_transaction_and_fires_others_but_not_itself(database: Database) -> None:
    database.run(
        "CREATE TRIGGER item_again ON item AFTER INSERT AS BEGIN INSERT INTO log (what)"
        " VALUES (CONCAT(N'level ', @@TRANCOUNT)); INSERT INTO item (name) SELECT N'more' END"
    )
    database.run(
        "CREATE TRIGGER log_again ON log AFTER INSERT AS IF (SELECT COUNT(*) FROM log) < 3"
        " INSERT INTO log (what) SELECT what + N'!' FROM inserted"
    )
    database.run("INSERT INTO item (name) VALUES (N'a')")
    assert logged(database) == ["level 2", "level 2!"]
    assert database.value("SELECT COUNT(*) FROM item") == 2


def test_it_may_stand_for_the_change_of_a_view(database: Database) -> None:
    database.run("INSERT INTO item (name, n) VALUES (N'a', 1), (N'b', 2)")
    database.run("CREATE VIEW sum_of_items AS SELECT SUM(n) AS total FROM item")
    database.run(
        "CREATE TRIGGER share ON sum_of_items INSTEAD OF UPDATE AS"
        " UPDATE item SET n = n * i.total / d.total FROM inserted AS i CROSS JOIN deleted AS d"
    )
    database.run("UPDATE sum_of_items SET total = 30")
    assert database.rows("SELECT n FROM item ORDER BY n") == [(10,), (20,)]
    database.run("DROP VIEW sum_of_items")


def test_columns_of_tables_that_have_lost_some_keep_their_bits(database: Database) -> None:
    database.run("CREATE TABLE wide (a int, b int, c int); ALTER TABLE wide DROP COLUMN b")
    database.run("INSERT INTO wide VALUES (1, 1)")
    database.run(
        "CREATE TRIGGER wide_bits ON wide AFTER UPDATE AS"
        " INSERT INTO log (what) VALUES (CONVERT(varchar(10), COLUMNS_UPDATED(), 1))"
    )
    database.run("UPDATE wide SET c = 2")
    assert logged(database) == ["0x04"]
    database.run("DROP TABLE wide")


def test_what_is_not_emulated_is_refused(database: Database) -> None:
    assert database.error("SELECT TRIGGER_NESTLEVEL(1)")[0] == 40517
    assert database.error("SELECT 1 WHERE UPDATE(n)")[0] == 40517
    assert database.error("SELECT COLUMNS_UPDATED()")[0] == 40517
    database.run(
        "CREATE TABLE part (id int PRIMARY KEY, item int REFERENCES item (id) ON DELETE CASCADE)"
    )
    database.run("CREATE TRIGGER part_log ON part AFTER DELETE AS INSERT INTO log VALUES (N'x')")
    assert database.error("DELETE FROM item")[0] == 40517
    database.run("DROP TABLE part")
    database.run("DELETE FROM item")
