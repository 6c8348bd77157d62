"""Names of objects, in every session and after every rollback; the views of the catalog."""

from __future__ import annotations

from typing import Any

import pytest

from tds_embedded_tests.conftest import Database, connect


@pytest.fixture
def other(database: Database) -> Any:
    """A second session in the same database."""
    connection = connect(database.endpoint, database.name)
    yield Database(connection, database.endpoint, database.name)
    connection.close()


def test_names_are_found_without_case(database: Database) -> None:
    database.run("CREATE TABLE dbo.Cased ([Some Name] int)")
    assert database.rows("SELECT [SOME NAME] FROM DBO.cased") == []
    assert database.value("SELECT OBJECT_NAME(OBJECT_ID('[DBO].[CASED]'))") == "Cased"


def test_other_sessions_see_a_change_once_it_is_committed(database: Database, other: Any) -> None:
    database.run("CREATE TABLE shared (a int); INSERT INTO shared VALUES (1)")
    assert other.rows("SELECT * FROM shared") == [(1,)]
    database.run("ALTER TABLE shared ADD b int")
    assert other.rows("SELECT * FROM shared") == [(1, None)]
    database.run("BEGIN TRANSACTION; CREATE TABLE private (a int)")
    assert database.rows("SELECT * FROM private") == []
    assert other.error("SELECT * FROM private")[0] == 208
    database.run("COMMIT")
    assert other.rows("SELECT * FROM private") == []
    database.run("DROP TABLE shared")
    assert other.error("SELECT * FROM shared")[0] == 208


def test_a_rollback_takes_definitions_back(database: Database) -> None:
    database.run("CREATE TABLE kept (a int)")
    database.run("BEGIN TRANSACTION; ALTER TABLE kept ADD b int; CREATE TABLE undone (a int)")
    assert database.rows("SELECT b FROM kept") == []
    database.run("ROLLBACK")
    assert database.error("SELECT b FROM kept")[0] == 207
    assert database.error("SELECT * FROM undone")[0] == 208


def test_a_savepoint_takes_definitions_back(database: Database) -> None:
    database.run("BEGIN TRANSACTION; CREATE TABLE first (a int); SAVE TRANSACTION s")
    database.run("CREATE TABLE second (a int); SELECT * FROM second; ROLLBACK TRANSACTION s")
    assert database.rows("SELECT * FROM first") == []
    assert database.error("SELECT * FROM second")[0] == 208
    database.run("ROLLBACK")


def test_temporary_tables_belong_to_a_session(database: Database, other: Any) -> None:
    database.run("CREATE TABLE #t (a int IDENTITY, b int DEFAULT 3); INSERT INTO #t DEFAULT VALUES")
    other.run("CREATE TABLE #t (x nvarchar(5)); INSERT INTO #t VALUES ('x')")
    assert database.rows("SELECT * FROM #t") == [(1, 3)]
    assert other.rows("SELECT * FROM tempdb..#t") == [("x",)]
    database.run("DROP TABLE #t")
    assert database.error("SELECT * FROM #t")[0] == 208
    assert other.rows("SELECT * FROM #t") == [("x",)]


MODEL = """
CREATE TABLE parent (id int IDENTITY(10, 5) CONSTRAINT pk_parent PRIMARY KEY);
CREATE TABLE model (
    id bigint NOT NULL CONSTRAINT pk_model PRIMARY KEY NONCLUSTERED,
    name nvarchar(50) COLLATE Latin1_General_100_CS_AS NULL CONSTRAINT df_name DEFAULT N'x',
    price decimal(10, 3) NOT NULL, at datetime2(3) NOT NULL, raw varbinary(max) NULL,
    parent_id int NULL CONSTRAINT fk_parent REFERENCES parent (id) ON DELETE SET NULL,
    doubled AS price * 2 PERSISTED, CONSTRAINT ck_price CHECK (price > 0),
    CONSTRAINT uq_name UNIQUE CLUSTERED (name, price));
CREATE INDEX ix_at ON model (at DESC, id) INCLUDE (raw) WHERE name IS NOT NULL
"""


@pytest.fixture(scope="module")
def model(database: Database) -> Database:
    database.run(MODEL)
    return database


VIEWS: list[tuple[str, list[tuple[Any, ...]]]] = [
    (
        "SELECT c.name, TYPE_NAME(c.user_type_id), c.max_length, c.precision, c.scale,"
        " c.is_nullable, c.is_computed FROM sys.columns c"
        " WHERE object_id = OBJECT_ID('model') ORDER BY c.column_id",
        [
            ("id", "bigint", 8, 19, 0, False, False),
            ("name", "nvarchar", 100, 0, 0, True, False),
            ("price", "decimal", 9, 10, 3, False, False),
            ("at", "datetime2", 7, 23, 3, False, False),
            ("raw", "varbinary", -1, 0, 0, True, False),
            ("parent_id", "int", 4, 10, 0, True, False),
            ("doubled", "decimal", 9, 12, 3, True, True),
        ],
    ),
    (
        "SELECT name, type_desc, is_unique, is_primary_key, is_unique_constraint, filter_definition"
        " FROM sys.indexes WHERE object_id = OBJECT_ID('model') ORDER BY index_id",
        [
            ("uq_name", "CLUSTERED", True, False, True, None),
            ("pk_model", "NONCLUSTERED", True, True, False, None),
            ("ix_at", "NONCLUSTERED", False, False, False, "([name] IS NOT NULL)"),
        ],
    ),
    (
        "SELECT COL_NAME(x.object_id, x.column_id), x.key_ordinal, x.is_descending_key,"
        " x.is_included_column FROM sys.index_columns x JOIN sys.indexes i"
        " ON i.object_id = x.object_id AND i.index_id = x.index_id WHERE i.name = 'ix_at'"
        " ORDER BY x.index_column_id",
        [("at", 1, True, False), ("id", 2, False, False), ("raw", 0, False, True)],
    ),
    (
        "SELECT f.name, OBJECT_NAME(f.referenced_object_id), f.delete_referential_action_desc,"
        " COL_NAME(k.parent_object_id, k.parent_column_id) FROM sys.foreign_keys f"
        " JOIN sys.foreign_key_columns k ON k.constraint_object_id = f.object_id",
        [("fk_parent", "parent", "SET_NULL", "parent_id")],
    ),
    (
        "SELECT name, definition FROM sys.check_constraints WHERE parent_object_id ="
        " OBJECT_ID('model')",
        [("ck_price", "([price]>(0))")],
    ),
    (
        "SELECT name, definition, is_system_named FROM sys.default_constraints"
        " WHERE parent_object_id = OBJECT_ID('model')",
        [("df_name", "(N'x')", False)],
    ),
    (
        "SELECT definition, is_persisted FROM sys.computed_columns"
        " WHERE object_id = OBJECT_ID('model')",
        [("([price]*(2))", True)],
    ),
    (
        "SELECT CAST(seed_value AS int), CAST(increment_value AS int) FROM sys.identity_columns"
        " WHERE object_id = OBJECT_ID('parent')",
        [(10, 5)],
    ),
    (
        "SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, IS_NULLABLE, COLUMN_DEFAULT"
        " FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'model' AND ORDINAL_POSITION < 4"
        " ORDER BY ORDINAL_POSITION",
        [
            ("id", "bigint", None, "NO", None),
            ("name", "nvarchar", 50, "YES", "(N'x')"),
            ("price", "decimal", None, "NO", None),
        ],
    ),
    (
        "SELECT CONSTRAINT_NAME, CONSTRAINT_TYPE FROM INFORMATION_SCHEMA.TABLE_CONSTRAINTS"
        " WHERE TABLE_NAME = 'model' ORDER BY CONSTRAINT_NAME",
        [
            ("ck_price", "CHECK"),
            ("fk_parent", "FOREIGN KEY"),
            ("pk_model", "PRIMARY KEY"),
            ("uq_name", "UNIQUE"),
        ],
    ),
    (
        "SELECT CONSTRAINT_NAME, COLUMN_NAME FROM INFORMATION_SCHEMA.KEY_COLUMN_USAGE"
        " WHERE TABLE_NAME = 'model' ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION",
        [
            ("fk_parent", "parent_id"),
            ("pk_model", "id"),
            ("uq_name", "name"),
            ("uq_name", "price"),
        ],
    ),
    (
        "SELECT COL_LENGTH('model', 'name'), COLUMNPROPERTY(OBJECT_ID('parent'), 'id',"
        " 'IsIdentity'), OBJECTPROPERTY(OBJECT_ID('model'), 'IsUserTable'),"
        " OBJECT_DEFINITION(OBJECT_ID('ck_price'))",
        [(100, 1, 1, "([price]>(0))")],
    ),
    (
        "SELECT name FROM sys.schemas WHERE name IN ('dbo', 'tsql', 'meta', 'pg_catalog')",
        [("dbo",)],
    ),
    ("SELECT COUNT(*) FROM sys.objects WHERE name LIKE 'pg[_]%'", [(0,)]),
]


@pytest.mark.parametrize(("query", "expected"), VIEWS)
def test_views(model: Database, query: str, expected: list[tuple[Any, ...]]) -> None:
    assert model.rows(query) == expected


def test_databases_are_listed(database: Database) -> None:
    found = {
        row[0].lower(): row[1]
        for row in database.rows("SELECT name, database_id FROM sys.databases")
    }
    assert {found[name] for name in ("master", "tempdb", "model", "msdb")} == {1, 2, 3, 4}
    assert found[database.name] == database.value("SELECT DB_ID()")
    assert database.rows("SELECT name FROM sys.databases WHERE name LIKE '%template%'") == []


def test_schemas_are_found_by_name(database: Database) -> None:
    assert database.rows(
        "SELECT SCHEMA_ID(SCHEMA_NAME()), SCHEMA_ID('SYS'), SCHEMA_ID('none')"
    ) == [(1, 4, None)]


def test_constraints_are_listed_with_their_tables(database: Database) -> None:
    database.run("CREATE TABLE used (a int CONSTRAINT pk_used PRIMARY KEY, b int)")
    database.run("ALTER TABLE used ADD CONSTRAINT fk_used FOREIGN KEY (b) REFERENCES used (a)")
    assert database.rows(
        "SELECT TABLE_SCHEMA, CONSTRAINT_NAME FROM INFORMATION_SCHEMA.CONSTRAINT_TABLE_USAGE"
        " WHERE TABLE_NAME = 'used' ORDER BY CONSTRAINT_NAME"
    ) == [("dbo", "fk_used"), ("dbo", "pk_used")]


def test_time_zones_are_listed_with_their_offsets(database: Database) -> None:
    found = database.rows(
        "SELECT name, current_utc_offset, is_currently_dst FROM sys.time_zone_info"
        " WHERE name IN ('UTC', 'India Standard Time', 'Newfoundland Standard Time') ORDER BY name"
    )
    assert found[0] == ("India Standard Time", "+05:30", False)
    assert found[1][1:] in [("-03:30", False), ("-02:30", True)]
    assert found[2] == ("UTC", "+00:00", False)


def test_what_a_rollback_brings_back_is_found_again(database: Database) -> None:
    database.run("CREATE TABLE revived (a int); INSERT INTO revived VALUES (1)")
    look = "SELECT a FROM revived"
    for _ in range(2):
        assert database.value(look) == 1
        database.run("BEGIN TRANSACTION; DROP TABLE revived")
        database.run("CREATE TABLE revived (b int, a nvarchar(5)); SAVE TRANSACTION s")
        database.run("INSERT INTO revived VALUES (1, N'x'); DROP TABLE revived")
        assert database.error(look)[0] == 208
        database.run("ROLLBACK TRANSACTION s; INSERT INTO revived VALUES (1, N'y')")
        assert database.value(look) == "y"
        database.run("ROLLBACK TRANSACTION")


def test_a_catalog_view_goes_on_after_ddl(database: Database) -> None:
    look = "SELECT name FROM sys.columns WHERE object_id = OBJECT_ID('growing') ORDER BY column_id"
    assert database.rows(look) == []
    database.run("CREATE TABLE growing (c0 int)")
    for number in range(1, 9):
        database.run(f"ALTER TABLE growing ADD c{number} int")
        assert database.rows(look) == [(f"c{each}",) for each in range(number + 1)]


def test_constraints_switched_between_two_runs_of_a_statement(database: Database) -> None:
    database.run("CREATE TABLE switched (a int CONSTRAINT switched_check CHECK (a > 0))")
    insert = "INSERT INTO switched VALUES (?)"
    for _ in range(3):
        assert database.error(insert, 0)[0] == 547
        database.run("ALTER TABLE switched NOCHECK CONSTRAINT switched_check")
        database.run(insert, 0)
        database.run("DELETE FROM switched; ALTER TABLE switched CHECK CONSTRAINT ALL")


def test_openjson_needs_compatibility_level_130(database: Database) -> None:
    """ "OPENJSON", https://learn.microsoft.com/sql/t-sql/functions/openjson-transact-sql"""
    query = "SELECT value FROM OPENJSON(N'[1]')"
    assert database.value(query) == "1"
    database.run("ALTER DATABASE CURRENT SET COMPATIBILITY_LEVEL = 120")
    try:
        assert database.error(query) == (208, "Invalid object name 'OPENJSON'.")
    finally:
        database.run("ALTER DATABASE CURRENT SET COMPATIBILITY_LEVEL = 130")
    assert database.value(query) == "1"
