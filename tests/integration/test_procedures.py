"""Stored procedures: parameters by position and name, output parameters, result sets, errors."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, ProgrammingError, connections

from mssql.procedures import Output
from tests.databases import alias

PROCEDURE = """
CREATE PROCEDURE tests_visit @name nvarchar(50), @times int = 1, @greeting nvarchar(80) OUTPUT,
    @total decimal(8, 2) = NULL OUTPUT, @at date = NULL OUTPUT AS
BEGIN
    SET @greeting = N'Hello, ' + @name;
    SELECT @name AS name, @times AS times;
    SELECT number FROM (VALUES (1), (2)) AS t (number);
    SET @total = COALESCE(@total, 0) + @times * 1.5;
    SET @at = DATEADD(day, @times, @at);
END
"""
FAILING = """
CREATE PROCEDURE tests_fails @n int, @out int OUTPUT AS
BEGIN
    SELECT @n AS n;
    THROW 50001, N'Not today.', 1;
END
"""


@pytest.fixture(params=["pyodbc", "mssql_python"])
def cursor(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[Any]:
    """A cursor of either driver, in a database with the procedures."""
    with (
        django_db_blocker.unblock(),
        alias("procedures", {"python_driver": request.param}, NAME="master"),
        connections["procedures"].cursor() as made,
    ):
        made.execute(PROCEDURE)
        made.execute(FAILING)
        yield made
        made.execute("DROP PROCEDURE tests_visit, tests_fails")


def test_output_parameters_and_result_sets(cursor: Any) -> None:
    given = ["Ann 😀", 3, Output("nvarchar(80)"), Output("decimal(8, 2)", Decimal("0.25")),
             Output("date", datetime.date(2024, 2, 28))]  # fmt: skip
    assert cursor.callproc("tests_visit", given) == [
        "Ann 😀", 3, "Hello, Ann 😀", Decimal("4.75"), datetime.date(2024, 3, 2),
    ]  # fmt: skip
    assert [column[0] for column in cursor.description] == ["name", "times"]
    assert cursor.fetchall() == [("Ann 😀", 3)]
    assert cursor.nextset()
    assert cursor.fetchall() == [(1,), (2,)]
    assert not cursor.nextset()


def test_parameters_by_name(cursor: Any) -> None:
    result = cursor.callproc("dbo.tests_visit", ["Bob"], {"times": 2, "@greeting": None})
    assert result == ["Bob"]
    assert cursor.fetchall() == [("Bob", 2)]


def test_an_output_without_a_result_set(cursor: Any) -> None:
    sql = "SET @n = @n + 1"
    result = cursor.callproc("sp_executesql", [sql, "@n int OUTPUT", Output("int", 41)])
    assert result == [sql, "@n int OUTPUT", 42]


def test_an_error_of_the_procedure_is_raised(cursor: Any) -> None:
    with pytest.raises(DatabaseError, match="Not today"):
        cursor.callproc("tests_fails", [1, Output("int")])
    assert cursor.callproc("tests_visit", ["Cid", 1, Output("nvarchar(80)")])[2] == "Hello, Cid"


def test_what_is_no_procedure_name_or_type_is_refused(cursor: Any) -> None:
    with pytest.raises(ProgrammingError, match="Could not find stored procedure"):
        cursor.callproc("tests_nothing", [1])
    with pytest.raises(ValueError, match="is not a T-SQL type"):
        Output("int; DROP TABLE x")
    with pytest.raises(ValueError, match="is not the name of a parameter"):
        cursor.callproc("tests_visit", [], {"a = 1; --": 1})
    with pytest.raises(TypeError, match="by its position"):
        cursor.callproc("tests_visit", ["Ann", 1], {"greeting": Output("nvarchar(80)")})


@pytest.mark.parametrize(
    "sql_type",
    ["int", "nvarchar(max)", "decimal(8,2)", "double precision", "dbo.mine", "varbinary (10)"],
)
def test_types_as_create_procedure_takes_them(sql_type: str) -> None:
    assert repr(Output(sql_type, "a secret")) == f"Output({sql_type!r})"
