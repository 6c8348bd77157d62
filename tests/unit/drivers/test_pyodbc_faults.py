"""Faults of pyodbc's exceptions: SQLSTATE, number and message, with any text of a user."""

from __future__ import annotations

from typing import Any

import pyodbc
import pytest
from django.db import utils

from mssql.drivers.pyodbc_driver import PyodbcDriver
from mssql.errors.mapping import connect_advice, django_class

SERVER = "[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]"
CLIENT = "[Microsoft][ODBC Driver 18 for SQL Server]"


@pytest.fixture(scope="module")
def driver() -> PyodbcDriver:
    return PyodbcDriver()


@pytest.mark.parametrize(
    ("arguments", "state", "numbers", "message", "error"),
    [
        (
            (
                "23000",
                f"[23000] {SERVER}Violation of UNIQUE KEY constraint 'u'. (2627) (SQLExecDirectW); "
                f"[23000] {SERVER}The statement has been terminated. (3621)",
            ),
            "23000",
            (2627, 3621),
            "Violation of UNIQUE KEY constraint 'u'.",
            utils.IntegrityError,
        ),
        (
            (
                "23000",
                f"[23000] {SERVER}The duplicate key value is (x (4060) (SQLDriverConnect)). (2627) "
                f"(SQLExecDirectW); [01000] {SERVER}The statement has been terminated. (3621)",
            ),
            "23000",
            (2627, 3621),
            "The duplicate key value is (x (4060) (SQLDriverConnect)).",
            utils.IntegrityError,
        ),
        (
            (
                "28000",
                f"[28000] {SERVER}Login failed for user 'app40613'. (18456) (SQLDriverConnect)",
            ),
            "28000",
            (18456,),
            "Login failed for user 'app40613'.",
            utils.OperationalError,
        ),
        (
            (
                "42000",
                f"[42000] {SERVER}String or binary data would be truncated. (2628) (SQLExecute)",
            ),
            "42000",
            (2628,),
            "String or binary data would be truncated.",
            utils.DataError,
        ),
        (
            ("40001", f"[40001] {SERVER}deadlocked; [23000] on lock. (1205) (SQLExecDirectW)"),
            "40001",
            (1205,),
            "deadlocked; [23000] on lock.",
            utils.OperationalError,
        ),
        (
            ("HYT00", f"[HYT00] {CLIENT}Login timeout expired (0) (SQLDriverConnect)"),
            "HYT00",
            (),
            "Login timeout expired",
            utils.OperationalError,
        ),
        (
            ("08S01", f"[08S01] {CLIENT}TCP Provider: Error code 0x2746 (10054) (SQLExecDirectW)"),
            "08S01",
            (10054,),
            "TCP Provider: Error code 0x2746",
            utils.OperationalError,
        ),
        (
            ("The SQL contains 1 parameter markers, but 2 parameters were supplied", "HY000"),
            "HY000",
            (),
            "The SQL contains 1 parameter markers, but 2 parameters were supplied",
            utils.ProgrammingError,
        ),
        (
            ("Cursor is closed.",),
            "",
            (),
            "Cursor is closed.",
            utils.ProgrammingError,
        ),
    ],
)
def test_faults(
    driver: PyodbcDriver,
    arguments: tuple[str, ...],
    state: str,
    numbers: tuple[int, ...],
    message: str,
    error: type[Exception],
) -> None:
    fault = driver.fault(pyodbc.ProgrammingError(*arguments))
    assert (fault.sqlstate, fault.numbers, fault.message) == (state, numbers, message)
    assert django_class(fault, "ProgrammingError") is error


def test_a_network_number_is_none_of_sql_servers(driver: PyodbcDriver) -> None:
    text = f"[08001] {CLIENT}TCP Provider: Error code 0x2746 (10054) (SQLDriverConnect)"
    fault = driver.fault(pyodbc.OperationalError("08001", text))
    assert (fault.number, fault.from_server) == (0, False)
    assert fault.connection_is_lost


@pytest.mark.parametrize("number", [104, 110, 111, 113])
def test_a_number_of_the_system_is_no_error_of_the_statement(
    driver: PyodbcDriver, number: int
) -> None:
    text = f"[08S01] {CLIENT}TCP Provider: Error code 0x{number:x} ({number}) (SQLExecDirectW)"
    fault = driver.fault(pyodbc.OperationalError("08S01", text))
    assert django_class(fault, "OperationalError") is utils.OperationalError
    assert fault.connection_is_lost


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("SSL Provider: certificate verify failed", "is not trusted"),
        ("SSPI Provider: No credentials were supplied", "Kerberos"),
        ("Login timeout expired", ""),
    ],
)
def test_a_failed_connect_says_what_to_do(
    driver: PyodbcDriver, message: str, expected: str
) -> None:
    text = f"[08001] {CLIENT}{message} (0) (SQLDriverConnect)"
    fault = driver.fault(pyodbc.OperationalError("08001", text))
    said = connect_advice(fault)
    assert (expected in said) if expected else not said


@pytest.mark.parametrize("name", ["Error", "DatabaseError", "NotSupportedError", "InterfaceError"])
def test_without_a_state_the_drivers_class_decides(driver: PyodbcDriver, name: str) -> None:
    raised: Any = getattr(pyodbc, name)("anything")
    expected = utils.DatabaseError if name == "Error" else getattr(utils, name)
    assert django_class(driver.fault(raised), name) is expected
