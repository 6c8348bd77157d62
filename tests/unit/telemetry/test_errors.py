from __future__ import annotations

import pytest

from mssql.telemetry import errors

DUPLICATE = (
    "[23000] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]Violation of UNIQUE KEY "
    "constraint 'u'. Cannot insert duplicate key in object 'dbo.t'. The duplicate key value is "
    "(42). (2627) (SQLExecDirectW); [23000] [Microsoft][ODBC Driver 18 for SQL Server]"
    "[SQL Server]The statement has been terminated. (3621)"
)


class WithNumber(Exception):
    number = 547


@pytest.mark.parametrize(
    ("error", "number"),
    [
        (Exception("23000", DUPLICATE), 2627),
        (Exception("[42S02] [Microsoft]Invalid object name 'x'. (208) (SQLExecDirectW)"), 208),
        (
            Exception("HYT00", "[HYT00] [Microsoft]Login timeout expired (0) (SQLDriverConnect)"),
            None,
        ),
        (Exception("The truncated value was (12)."), None),
        (WithNumber("x"), 547),
        (Exception(), None),
        (KeyError(3), None),
    ],
)
def test_number(error: Exception, number: int | None) -> None:
    assert errors.number(error) == number


def test_described_without_the_message() -> None:
    assert errors.describe(Exception("23000", DUPLICATE), 2627) == (
        "2627",
        "2627",
        "Violation of a unique or primary key constraint",
    )
    unknown = ("49999", "49999", "SQL Server error 49999")
    assert errors.describe(Exception("x 'secret'"), 49999) == unknown
    assert errors.describe(KeyError("secret"), None) == ("KeyError", None, "KeyError")
    name = f"{__name__}.Odd"
    assert errors.describe(Odd("secret"), None) == (name, None, name)


class Odd(Exception):
    pass
