"""Definitions: their effects, and the errors of refused ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tds_embedded_tests.conftest import Database


@pytest.fixture(autouse=True)
def _clean(database: Database) -> Iterator[None]:
    """Every test starts without tables."""
    yield
    for drop in (
        "SELECT N'ALTER TABLE ' + QUOTENAME(OBJECT_NAME(parent_object_id)) + N' DROP CONSTRAINT '"
        " + QUOTENAME(name) FROM sys.foreign_keys",
        "SELECT N'DROP VIEW ' + QUOTENAME(name) FROM sys.views",
        "SELECT N'DROP TABLE ' + QUOTENAME(name) FROM sys.tables",
    ):
        for (statement,) in database.rows(drop):
            database.run(statement)


PARENT = "CREATE TABLE parent (id int PRIMARY KEY, name nvarchar(20) NOT NULL)"

REFUSED: list[tuple[str, str, int]] = [
    ("", "CREATE TABLE t (a int, A int)", 2705),
    ("", "CREATE TABLE parent (a int)", 2714),
    ("", "CREATE TABLE nowhere.t (a int)", 2760),
    ("", "CREATE TABLE t (a nosuchtype)", 2715),
    ("", "CREATE TABLE t (a int IDENTITY, b int IDENTITY)", 2744),
    ("", "CREATE TABLE t (a nvarchar(10) IDENTITY)", 2749),
    ("", "CREATE TABLE t (a int IDENTITY NULL)", 8147),
    ("", "CREATE TABLE t (a int NULL, PRIMARY KEY (a))", 8111),
    ("", "CREATE TABLE t (a nvarchar(max) UNIQUE)", 1919),
    ("", "CREATE TABLE t (a int, UNIQUE (b))", 1911),
    ("", "CREATE TABLE t (a int, UNIQUE (a, a))", 1909),
    ("", "CREATE TABLE t (a int DEFAULT 1 IDENTITY)", 1754),
    ("", "CREATE TABLE t (a int CHECK (b > 1))", 207),
    ("", "CREATE TABLE t (a int REFERENCES nothere (id))", 1767),
    ("", "CREATE TABLE t (a int REFERENCES parent (nothere))", 1770),
    ("", "CREATE TABLE t (a int, FOREIGN KEY (b) REFERENCES parent (id))", 1769),
    ("", "CREATE TABLE t (a nvarchar(20) REFERENCES parent (name))", 1776),
    ("", "CREATE TABLE t (a bigint REFERENCES parent (id))", 1778),
    ("", "CREATE TABLE t (a int PRIMARY KEY, b int REFERENCES t (a) ON DELETE CASCADE)", 1785),
    ("", "ALTER TABLE nothere ADD a int", 4902),
    ("", "ALTER TABLE parent ADD name int", 2705),
    ("INSERT INTO parent VALUES (1, 'a')", "ALTER TABLE parent ADD a int NOT NULL", 4901),
    ("", "ALTER TABLE parent ADD PRIMARY KEY (name)", 1779),
    ("", "ALTER TABLE parent ALTER COLUMN nothere int", 4924),
    ("", "ALTER TABLE parent DROP COLUMN nothere", 4924),
    ("", "ALTER TABLE parent DROP COLUMN id", 5074),
    ("", "ALTER TABLE parent ALTER COLUMN id bigint NOT NULL", 5074),
    ("CREATE INDEX i ON parent (name)", "ALTER TABLE parent ALTER COLUMN name int NOT NULL", 5074),
    ("CREATE INDEX i ON parent (name)", "ALTER TABLE parent DROP COLUMN name", 5074),
    ("ALTER TABLE parent ADD c AS UPPER(name)", "ALTER TABLE parent DROP COLUMN name", 5074),
    ("ALTER TABLE parent ADD c AS UPPER(name)", "ALTER TABLE parent ALTER COLUMN c int", 4928),
    ("ALTER TABLE parent ADD a int NULL", "ALTER TABLE parent ALTER COLUMN a date", 206),
    (
        "ALTER TABLE parent ADD a int NULL; EXEC('INSERT INTO parent VALUES (1, ''a'', NULL)')",
        "ALTER TABLE parent ALTER COLUMN a int NOT NULL",
        515,
    ),
    ("", "ALTER TABLE parent DROP CONSTRAINT nothere", 3728),
    (
        "CREATE TABLE t (a int REFERENCES parent (id)); "
        "ALTER TABLE parent ADD CONSTRAINT named UNIQUE (name)",
        "DROP TABLE parent",
        3726,
    ),
    ("CREATE TABLE t (a int REFERENCES parent (id))", "TRUNCATE TABLE parent", 4712),
    ("CREATE INDEX i ON parent (name)", "CREATE INDEX i ON parent (id)", 1913),
    (
        "INSERT INTO parent VALUES (1, 'a'), (2, 'A')",
        "CREATE UNIQUE INDEX i ON parent (name)",
        1505,
    ),
    ("", "CREATE CLUSTERED INDEX i ON parent (name)", 1902),
    ("", "DROP INDEX nothere ON parent", 3701),
    ("", "DROP TABLE nothere", 3701),
    ("", "DROP VIEW parent", 3705),
    ("", "DROP SCHEMA nothere", 15151),
    ("", "EXEC sp_rename 'nothere', 'x'", 15225),
    ("", "EXEC sp_rename 'parent.nothere', 'x', 'COLUMN'", 15248),
    ("", "EXEC sp_rename 'parent.name', 'ID', 'COLUMN'", 15335),
    (
        "ALTER TABLE parent ADD CHECK (LEN(name) > 1)",
        "EXEC sp_rename 'parent.name', 'x', 'COLUMN'",
        15336,
    ),
    ("", "DBCC CHECKIDENT ('parent', RESEED, 1)", 7997),
    ("", "CREATE SEQUENCE s INCREMENT BY 0", 11700),
    ("", "CREATE DATABASE master", 1801),
    ("", "DROP DATABASE master", 3708),
]


@pytest.mark.parametrize(("before", "statement", "number"), REFUSED)
def test_refused(database: Database, before: str, statement: str, number: int) -> None:
    database.run(PARENT)
    if before:
        database.run(before)
    assert database.error(statement)[0] == number


@pytest.mark.bad_grammar
@pytest.mark.parametrize("condition", ["name LIKE 'a%'", "name = 'a' OR id = 1", "LEN(name) > 1"])
def test_a_filter_that_is_no_conjunction_of_comparisons(database: Database, condition: str) -> None:
    database.run(PARENT)
    assert database.error(f"CREATE INDEX i ON parent (name) WHERE {condition}")[0] == 10735


def test_two_ways_to_delete_a_row_are_refused(database: Database) -> None:
    database.run(PARENT)
    database.run("CREATE TABLE mid (id int PRIMARY KEY REFERENCES parent (id) ON DELETE CASCADE)")
    child = "CREATE TABLE low (a int REFERENCES mid (id) ON DELETE CASCADE, b int {})"
    assert database.error(child.format("REFERENCES parent (id) ON DELETE SET NULL"))[0] == 1785
    database.run(child.format("REFERENCES parent (id)"))


def test_invented_names_and_definitions(database: Database) -> None:
    database.run(
        """
        CREATE TABLE definitions (
            id int IDENTITY PRIMARY KEY, a int NOT NULL DEFAULT -1 CHECK (a IN (1, 2) OR a < 0),
            b nvarchar(10) DEFAULT N'x''y', c datetime2 DEFAULT SYSDATETIME(), d AS a + 1,
            e bit NOT NULL CONSTRAINT named DEFAULT 0,
            CONSTRAINT checked CHECK (a BETWEEN 1 AND 9 AND NOT (b LIKE N'z%' OR b IS NULL)))
        """
    )
    names = database.rows(
        "SELECT name FROM sys.objects WHERE parent_object_id = OBJECT_ID('definitions')"
    )
    starts = sorted(name.rsplit("__", 1)[0] for (name,) in names)
    assert starts == [
        "CK__definitions__a", "DF__definitions__a", "DF__definitions__b", "DF__definitions__c",
        "PK__definiti", "checked", "named",
    ]  # fmt: skip
    defaults = "SELECT definition FROM sys.default_constraints ORDER BY parent_column_id"
    assert [row[0] for row in database.rows(defaults)] == [
        "((-1))", "(N'x''y')", "(sysdatetime())", "((0))",
    ]  # fmt: skip
    checks = "SELECT definition FROM sys.check_constraints ORDER BY is_system_named"
    assert [row[0] for row in database.rows(checks)] == [
        "([a]>=(1) AND [a]<=(9) AND NOT ([b] like N'z%' OR [b] IS NULL))",
        "([a]=(2) OR [a]=(1) OR [a]<(0))",
    ]
    assert database.value("SELECT definition FROM sys.computed_columns") == "([a]+(1))"


def test_a_default_reaches_existing_rows_only_where_it_must(database: Database) -> None:
    database.run(PARENT + "; INSERT INTO parent VALUES (1, 'a')")
    database.run("ALTER TABLE parent ADD a int NULL DEFAULT 5, b int NOT NULL DEFAULT 6")
    database.run("ALTER TABLE parent ADD c int NULL DEFAULT 7 WITH VALUES")
    database.run("INSERT INTO parent (id, name) VALUES (2, 'b')")
    assert database.rows("SELECT a, b, c FROM parent ORDER BY id") == [(None, 6, 7), (5, 6, 7)]


def test_unique_takes_one_null_and_a_filter_takes_more(database: Database) -> None:
    database.run("CREATE TABLE t (a int NULL, b int NULL UNIQUE)")
    database.run("INSERT INTO t VALUES (1, NULL)")
    assert database.error("INSERT INTO t VALUES (1, NULL)")[0] == 2627
    database.run("CREATE UNIQUE INDEX i ON t (a) WHERE a IS NOT NULL")
    database.run("INSERT INTO t VALUES (NULL, 1), (NULL, 2)")
    number, message = database.error("INSERT INTO t VALUES (1, 3)")
    assert number == 2601
    assert "'i'" in message
    assert "dbo.t" in message


def test_the_same_index_name_on_two_tables(database: Database) -> None:
    database.run("CREATE TABLE t (a int); CREATE TABLE u (a int)")
    database.run("CREATE INDEX i1 ON t (a); CREATE INDEX i1 ON u (a)")
    database.run("DROP INDEX i1 ON t")
    found = database.rows("SELECT OBJECT_NAME(object_id) FROM sys.indexes WHERE name = 'i1'")
    assert found == [("u",)]


def test_identity_is_reseeded(database: Database) -> None:
    database.run("CREATE TABLE t (id int IDENTITY(5, 2) PRIMARY KEY, a int)")
    insert = "INSERT INTO t (a) OUTPUT INSERTED.id VALUES (1)"
    assert [database.value(insert) for _ in range(2)] == [5, 7]
    assert database.value("SELECT IDENT_CURRENT('t')") == 7
    database.run("DBCC CHECKIDENT ('t', RESEED, 20)")
    assert database.value(insert) == 22
    database.run("TRUNCATE TABLE t")
    assert database.value(insert) == 5
    database.run("SET IDENTITY_INSERT t ON; INSERT INTO t (id, a) VALUES (100, 1); "
                 "SET IDENTITY_INSERT t OFF")  # fmt: skip
    assert database.value(insert) == 102
    database.run("DELETE FROM t; DBCC CHECKIDENT ('t', RESEED, 0)")
    assert database.value(insert) == 2


def test_constraints_are_turned_off_and_on(database: Database) -> None:
    database.run(PARENT)
    database.run("CREATE TABLE t (a int CONSTRAINT c CHECK (a > 0), b int REFERENCES parent (id))")
    database.run("ALTER TABLE t NOCHECK CONSTRAINT ALL; INSERT INTO t VALUES (-1, 77)")
    database.run("ALTER TABLE t CHECK CONSTRAINT c")
    assert database.error("INSERT INTO t VALUES (-1, NULL)")[0] == 547
    assert database.error("ALTER TABLE t WITH CHECK CHECK CONSTRAINT ALL")[0] == 547
    states = "SELECT is_disabled, is_not_trusted FROM sys.foreign_keys"
    assert database.rows(states) == [(True, True)]
    database.run("DELETE FROM t; ALTER TABLE t WITH CHECK CHECK CONSTRAINT ALL")
    assert database.rows(states) == [(False, False)]


def test_columns_change_their_type(database: Database) -> None:
    database.run("CREATE TABLE t (id int IDENTITY, a int CONSTRAINT d DEFAULT 1, n nvarchar(5))")
    database.run("INSERT INTO t (n) VALUES (N'12')")
    database.run("ALTER TABLE t ALTER COLUMN id bigint NOT NULL")
    database.run("ALTER TABLE t ALTER COLUMN n int NULL")
    assert database.error("ALTER TABLE t ALTER COLUMN a nvarchar(9) NULL")[0] == 5074
    database.run("ALTER TABLE t DROP CONSTRAINT d; ALTER TABLE t ALTER COLUMN a nvarchar(9) NULL")
    assert database.rows("SELECT id, a, n FROM t") == [(1, "1", 12)]
    types = "SELECT TYPE_NAME(user_type_id) FROM sys.columns WHERE object_id = OBJECT_ID('t')"
    assert database.rows(types + " ORDER BY column_id") == [("bigint",), ("nvarchar",), ("int",)]
    database.run("CREATE INDEX i ON t (a); ALTER TABLE t ALTER COLUMN a nvarchar(50) NULL")
    assert database.error("ALTER TABLE t ALTER COLUMN a nvarchar(20) NULL")[0] == 5074


def test_rows_switch_to_another_table(database: Database) -> None:
    database.run("CREATE TABLE t (id int NOT NULL, a int); INSERT INTO t VALUES (7, 1)")
    database.run("CREATE TABLE u (id int IDENTITY NOT NULL, a int); ALTER TABLE t SWITCH TO u")
    assert database.rows("SELECT id, a FROM u") == [(7, 1)]
    assert database.value("SELECT COUNT(*) FROM t") == 0
    assert database.error("ALTER TABLE u SWITCH TO u")[0] == 4905


def test_everything_is_renamed(database: Database) -> None:
    database.run("CREATE TABLE t (a int CONSTRAINT p PRIMARY KEY, b int CONSTRAINT d DEFAULT 1)")
    database.run("CREATE INDEX i ON t (b)")
    database.run("CREATE VIEW v AS SELECT a FROM t")
    for old, new, kind in [
        ("t.b", "b c]", "COLUMN"),
        ("dbo.t.i", "j", "INDEX"),
        ("p", "q", "OBJECT"),
        ("dbo.d", "e", "OBJECT"),
        ("v", "w", "OBJECT"),
        ("t", "u.x", "OBJECT"),
    ]:
        database.run("EXEC sp_rename ?, ?, ?", old, new, kind)
    assert database.rows("SELECT a, [b c]]] FROM [u.x]") == []
    found = {name for (name,) in database.rows("SELECT name FROM sys.objects")}
    assert found == {"u.x", "q", "e", "w"}
    indexes = "SELECT name FROM sys.indexes WHERE object_id = OBJECT_ID('[u.x]') ORDER BY index_id"
    assert database.rows(indexes) == [("q",), ("j",)]
    database.run("EXEC sp_rename '[u.x]', 't'")


def test_names_longer_than_postgres_takes(database: Database) -> None:
    name = "n" * 100
    database.run(f"CREATE TABLE {name} ({name}1 int CONSTRAINT {name}2 PRIMARY KEY, {name}3 int)")
    database.run(f"CREATE INDEX {name}4 ON {name} ({name}3)")
    database.run(f"INSERT INTO {name} ({name}1) VALUES (1)")
    assert database.value(f"SELECT {name}1 FROM {name}") == 1
    columns = "SELECT name FROM sys.columns WHERE object_id = OBJECT_ID(?) ORDER BY column_id"
    assert database.rows(columns, name) == [(f"{name}1",), (f"{name}3",)]
    assert f"'{name}2'" in database.error(f"INSERT INTO {name} ({name}1) VALUES (1)")[1]
    database.run(f"DROP TABLE {name}")


def test_views_sequences_types_synonyms(database: Database) -> None:
    database.run(PARENT + "; INSERT INTO parent VALUES (1, 'a')")
    database.run("CREATE VIEW v (x) AS SELECT name + N'!' FROM parent")
    assert database.rows("SELECT x FROM v") == [("a!",)]
    database.run("CREATE OR ALTER VIEW v AS SELECT id, name FROM parent")
    assert database.rows("SELECT * FROM v") == [(1, "a")]
    text = "SELECT OBJECT_DEFINITION(OBJECT_ID('v'))"
    assert database.value(text) == "CREATE OR ALTER VIEW v AS SELECT id, name FROM parent"
    database.run("CREATE SEQUENCE s AS int START WITH 5 INCREMENT BY 5 MAXVALUE 10")
    assert [database.value("SELECT NEXT VALUE FOR s") for _ in range(2)] == [5, 10]
    assert database.error("SELECT NEXT VALUE FOR s")[0] == 11728
    database.run("ALTER SEQUENCE s RESTART WITH 5")
    assert database.value("SELECT NEXT VALUE FOR dbo.s") == 5
    database.run("DROP SEQUENCE s")
    database.run("CREATE TYPE phone FROM nvarchar(20) NOT NULL; CREATE TABLE t (p phone)")
    assert database.error("DROP TYPE phone")[0] == 3732
    database.run("DROP TABLE t; DROP TYPE phone")
    database.run("CREATE SYNONYM y FOR dbo.parent")
    assert database.rows("SELECT name FROM y") == [("a",)]
    database.run("DROP SYNONYM y")


def test_schemas_hold_what_is_in_them(database: Database) -> None:
    database.run("CREATE SCHEMA Other")
    assert database.error("CREATE SCHEMA other")[0] == 2714
    database.run("CREATE TABLE other.t (a int)")
    assert database.error("DROP SCHEMA other")[0] == 3729
    database.run("ALTER SCHEMA dbo TRANSFER other.t; DROP SCHEMA other")
    assert database.value("SELECT OBJECT_SCHEMA_NAME(OBJECT_ID('t'))") == "dbo"


def test_extended_properties(database: Database) -> None:
    database.run(PARENT)
    place = "N'SCHEMA', N'dbo', N'TABLE', N'parent'"
    column = f"{place}, N'COLUMN', N'name'"
    database.run(f"EXEC sp_addextendedproperty N'MS_Description', N'A table', {place}")
    database.run(f"EXEC sp_addextendedproperty N'MS_Description', N'A name', {column}")
    assert (
        database.error(f"EXEC sp_addextendedproperty N'MS_Description', N'x', {place}")[0] == 15233
    )
    assert database.error(f"EXEC sp_dropextendedproperty N'other', {place}")[0] == 15217
    database.run(f"EXEC sp_updateextendedproperty N'MS_Description', N'Its name', {column}")
    database.run(f"EXEC sp_dropextendedproperty N'MS_Description', {place}")
    found = database.rows(
        "SELECT minor_id, CAST(value AS nvarchar(50)) FROM sys.extended_properties"
    )
    assert found == [(2, "Its name")]


def test_a_collation_per_database_and_column(database: Database) -> None:
    database.run(
        "CREATE TABLE t (a nvarchar(9) COLLATE Latin1_General_100_CS_AS UNIQUE,"
        " b nvarchar(9) UNIQUE)"
    )
    database.run("INSERT INTO t VALUES ('x', 'x'), ('X', 'y')")
    assert database.error("INSERT INTO t VALUES ('z', 'X')")[0] == 2627
    assert database.value("SELECT COUNT(*) FROM t WHERE a = 'x'") == 1
    collations = "SELECT collation_name FROM sys.columns WHERE object_id = OBJECT_ID('t')"
    assert {name for (name,) in database.rows(collations)} == {
        "Latin1_General_100_CS_AS",
        "SQL_Latin1_General_CP1_CI_AS",
    }
