"""Procedures: prepared statements, sp_executesql, the users' procedures, and those that drivers
call.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tds_embedded_tests.conftest import Database, connect


@pytest.mark.parametrize(
    "value",
    [
        1,
        2**40,
        "ü'x",
        "x" * 5000,
        True,
        1.5,
        decimal.Decimal("-12345.6789"),
        b"\x00\xff",
        datetime.date(2024, 2, 29),
        datetime.time(23, 59, 58),
        datetime.datetime(2024, 2, 29, 1, 2, 3, 456789),
    ],
)
def test_parameters_come_back(database: Database, value: Any) -> None:
    assert database.value("SELECT ?", value) == value


def test_a_guid_comes_back(database: Database) -> None:
    value = uuid.uuid4()
    assert uuid.UUID(database.value("SELECT ?", value)) == value


def test_statements_are_prepared_and_run_again(database: Database) -> None:
    cursor = database.connection.cursor()
    found = [cursor.execute("SELECT ? + 1", number).fetchone()[0] for number in range(5)]
    assert found == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("batch", "rows"),
    [
        ("EXEC sp_executesql N'SELECT 1'", [(1,)]),
        ("EXEC sp_executesql N'SELECT @a + @b', N'@a int, @b int = 3', 1", [(4,)]),
        ("EXEC sp_executesql N'SELECT @a, @b', N'@a int, @b int', @b = 1, @a = 2", [(2, 1)]),
        (
            "DECLARE @x int = 5; EXEC sp_executesql N'SET @a *= 2', N'@a int OUTPUT', @x OUTPUT; "
            "SELECT @x",
            [(10,)],
        ),
        ("DECLARE @p sysname = N'sp_executesql'; EXEC @p N'SELECT 2'", [(2,)]),
        (
            "DECLARE @h int; EXEC sp_prepare @h OUTPUT, N'@a int', N'SELECT @a'; "
            "EXEC sp_execute @h, 6; EXEC sp_unprepare @h",
            [(6,)],
        ),
    ],
)
def test_sp_executesql(database: Database, batch: str, rows: list[Any]) -> None:
    assert database.rows(batch) == rows


@pytest.mark.parametrize(
    ("batch", "number"),
    [
        ("EXEC sp_executesql N'SELECT @a', N'@a int'", 8178),
        ("EXEC sp_executesql N'SELECT 1', N'@a int', 1, 2", 8144),
        ("EXEC sp_executesql N'SELECT 1', N'@a int', @b = 2", 8178),
        ("DECLARE @x int; EXEC sp_executesql N'SELECT 1', N'@a int', @x OUTPUT", 8162),
        ("EXEC sp_executesql 1", 214),
        ("EXEC sp_execute 12345", 8179),
        ("EXEC nowhere.nothing", 2812),
    ],
)
def test_wrong_calls(database: Database, batch: str, number: int) -> None:
    assert database.error(batch)[0] == number


@pytest.fixture
def procedure(database: Database) -> Iterator[str]:
    database.run(
        "CREATE PROCEDURE dbo.twice @a int, @b int = 10 OUTPUT AS "
        "SET NOCOUNT ON; SELECT @a * 2 AS doubled; SET @b = @b + @a; RETURN @a"
    )
    yield "twice"
    database.run("DROP PROCEDURE dbo.twice")


def test_a_procedure_of_ones_own(database: Database, procedure: str) -> None:
    assert database.run(
        "DECLARE @r int, @b int = 1; EXEC @r = twice 4, @b OUTPUT; SELECT @r, @b; "
        "EXEC dbo.twice @a = 5"
    ) == [[(8,)], [(4, 5)], [(10,)]]


def test_a_procedure_called_by_the_driver(database: Database, procedure: str) -> None:
    assert database.rows("{CALL dbo.twice (?)}", 21) == [(42,)]
    assert database.rows("EXEC dbo.twice ?", 3) == [(6,)]


@pytest.mark.parametrize(
    ("batch", "number"),
    [
        ("EXEC twice", 201),
        ("EXEC twice 1, 2, 3", 8144),
        ("EXEC twice 1, @c = 2", 8145),
        ("CREATE PROCEDURE twice AS SELECT 1", 2714),
        ("ALTER PROCEDURE thrice AS SELECT 1", 208),
        ("DROP PROCEDURE thrice", 3701),
    ],
)
def test_errors_of_procedures(database: Database, procedure: str, batch: str, number: int) -> None:
    assert database.error(batch)[0] == number


def test_a_procedure_can_be_altered(database: Database, procedure: str) -> None:
    database.run("ALTER PROCEDURE twice AS SELECT N'new'")
    assert database.rows("EXEC twice") == [("new",)]
    database.run("CREATE OR ALTER PROCEDURE twice AS SELECT N'newer'")
    assert database.rows("EXEC twice") == [("newer",)]


def test_a_procedure_that_leaves_a_transaction_open(database: Database) -> None:
    database.run("CREATE PROCEDURE opens AS BEGIN TRAN")
    assert database.error("EXEC opens")[0] == 266
    database.run("ROLLBACK; DROP PROCEDURE opens")


def test_errors_name_their_procedure_and_line(database: Database) -> None:
    database.run("CREATE PROCEDURE fails AS\nBEGIN\n  SELECT 1/0\nEND")
    rows = database.rows(
        "BEGIN TRY EXEC fails END TRY BEGIN CATCH SELECT ERROR_PROCEDURE(), ERROR_LINE() END CATCH"
    )
    assert rows == [("fails", 3)]
    database.run("DROP PROCEDURE fails")


def test_procedures_nest_32_deep(database: Database) -> None:
    database.run("CREATE PROCEDURE deep @n int AS SET @n += 1; EXEC deep @n")
    assert database.error("EXEC deep 0")[0] == 217
    database.run("DROP PROCEDURE deep")


def test_undeclared_parameters_are_described(database: Database) -> None:
    database.run("CREATE TABLE described (id int IDENTITY, a nvarchar(50), b decimal(9, 3))")
    rows = database.rows(
        "EXEC sp_describe_undeclared_parameters "
        "N'INSERT INTO described (a, b) VALUES (@p1, @p2); SELECT TOP (@p3) * FROM described d "
        "WHERE d.id = @p4 AND b BETWEEN @p5 AND 1 AND a LIKE @p6 AND 1 = @p7', N'@p7 int'"
    )
    assert [(row[0], row[1], row[3]) for row in rows] == [
        (1, "@p1", "nvarchar(50)"),
        (2, "@p2", "decimal(9,3)"),
        (3, "@p3", "bigint"),
        (4, "@p4", "int"),
        (5, "@p5", "decimal(9,3)"),
        (6, "@p6", "nvarchar(50)"),
    ]
    assert database.error("EXEC sp_describe_undeclared_parameters N'SELECT @p1'")[0] == 11521


def test_the_first_result_set_is_described(database: Database) -> None:
    rows = database.rows(
        "EXEC sp_describe_first_result_set N'DECLARE @a int; SELECT @a AS a, @b AS b, 1.5 AS c', "
        "N'@b nvarchar(max)'"
    )
    assert [(row[1], row[2], row[5], row[6]) for row in rows] == [
        (1, "a", "int", 4),
        (2, "b", "nvarchar(max)", -1),
        (3, "c", "numeric(2,1)", 5),
    ]


def test_the_driver_lists_types(database: Database) -> None:
    rows = {row.type_name: row for row in database.connection.cursor().getTypeInfo()}
    assert rows["datetime2"].column_size == 27
    assert rows["decimal"].maximum_scale == 38
    assert rows["nvarchar"].literal_prefix == "N'"


def test_the_driver_lists_tables_columns_and_keys(database: Database) -> None:
    database.run(
        "CREATE TABLE parent (id bigint IDENTITY CONSTRAINT pk_parent PRIMARY KEY, "
        "name nvarchar(30) NOT NULL DEFAULT N'x')"
    )
    database.run(
        "CREATE TABLE child (a bigint CONSTRAINT fk_child REFERENCES parent (id) "
        "ON DELETE CASCADE, b bit)"
    )
    cursor = database.connection.cursor()
    assert [tuple(row)[1:4] for row in cursor.tables(table="par%")] == [("dbo", "parent", "TABLE")]
    columns = [
        (row.column_name, row.type_name, row.column_size, row.nullable)
        for row in (cursor.columns(table="parent"))
    ]
    assert columns == [("id", "bigint identity", 19, 0), ("name", "nvarchar", 30, 0)]
    assert [tuple(row)[3:] for row in cursor.primaryKeys("parent")] == [("id", 1, "pk_parent")]
    (key,) = cursor.foreignKeys("parent")
    assert (key.fktable_name, key.fkcolumn_name, key.delete_rule) == ("child", "a", 0)
    names = [row.index_name for row in cursor.statistics("parent") if row.index_name]
    assert names == ["pk_parent"]


def test_odbc_s_call_of_a_procedure_is_prepared_and_run_again(database: Database) -> None:
    database.run("CREATE PROCEDURE double_it @n int AS SELECT @n * 2")
    cursor = database.connection.cursor()
    for number in (2, 3):  # sp_prepexecrpc, then sp_execute
        assert cursor.execute("{CALL dbo.double_it (?)}", number).fetchval() == number * 2


def test_application_locks(database: Database) -> None:
    take = "DECLARE @r int; EXEC @r = sp_getapplock N'job', N'Exclusive', N'{}', {}; SELECT @r"
    free = "DECLARE @r int; EXEC @r = sp_releaseapplock N'job', N'Session'; SELECT @r"
    with closing(connect(database.endpoint, database.name)) as other:
        assert other.execute(take.format("Session", 0)).fetchone()[0] == 0
        assert database.value(take.format("Session", 0)) == -1
        assert database.value(take.format("Session", 50)) == -1
        assert database.value(take.format("Transaction", 0)) == -999
        other.execute(free)
    assert database.value(take.format("Session", 0)) == 0
    assert database.value(free) == 0
    assert database.error(free)[0] == 1223
    database.run("BEGIN TRAN")
    assert database.value(take.format("Transaction", 0)) == 0
    database.run("ROLLBACK")
