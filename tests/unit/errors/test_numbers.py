"""The table of error numbers, which telemetry, the drivers and the mapping read."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.db import utils
from django.db.transaction import TransactionManagementError

import mssql
from mssql.errors.fault import CONNECTION_LOST, Fault
from mssql.errors.mapping import django_class
from mssql.errors.numbers import BY_NUMBER, Effect, ErrorNumber, with_effect

PACKAGE = Path(mssql.__file__).parent


def test_numbers_and_names_are_unique() -> None:
    assert len(BY_NUMBER) == len(ErrorNumber.__members__)


@pytest.mark.parametrize("number", list(ErrorNumber))
def test_a_meaning_quotes_no_value(number: ErrorNumber) -> None:
    assert number.meaning
    assert not set(number.meaning) & set('"%{}*.')
    assert number.meaning.count("'") < 2


@pytest.mark.parametrize(
    ("number", "error"),
    [
        (ErrorNumber.DUPLICATE_KEY, utils.IntegrityError),
        (ErrorNumber.DIVIDE_BY_ZERO, utils.DataError),
        (ErrorNumber.DEADLOCK_VICTIM, utils.OperationalError),
        (ErrorNumber.SYNTAX, utils.ProgrammingError),
        (ErrorNumber.USE_NOT_SUPPORTED, utils.NotSupportedError),
        (ErrorNumber.COMMIT_WITHOUT_BEGIN, TransactionManagementError),
    ],
)
def test_django_s_exception(number: ErrorNumber, error: type[Exception]) -> None:
    assert django_class(Fault("42000", "", (number,))) is error


def test_a_number_of_the_network_is_not_the_server_s() -> None:
    """104 is ECONNRESET, and SQL Server's error in ORDER BY."""
    assert BY_NUMBER[104] is ErrorNumber.ORDER_BY_OF_UNION
    fault = Fault("08S01", "", (104,), from_server=False)
    assert django_class(fault) is utils.OperationalError


def test_the_effects() -> None:
    assert with_effect(Effect.ENDS_TRANSACTION) == {1205, 3960, 3998}
    assert ErrorNumber.TOKEN_EXPIRED in CONNECTION_LOST
    assert not with_effect(Effect.TRANSIENT) & with_effect(Effect.DOUBTFUL)
    for effect in Effect:
        assert with_effect(effect), effect


def test_no_other_module_of_the_rooms_writes_numbers_of_errors() -> None:
    """A number that the table has is written by its name: in errors, drivers and telemetry."""
    numbers = {number for number in BY_NUMBER if number > 1000}
    others = {
        "drivers/pyodbc_driver.py",  # FreeTDS's own range begins at 20000
        "errors/numbers.py",
    }
    for room in ("errors", "drivers", "telemetry"):
        for path in sorted((PACKAGE / room).rglob("*.py")):
            name = path.relative_to(PACKAGE).as_posix()
            if name in others:
                continue
            constants = {
                node.value
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Constant) and type(node.value) is int
            }
            assert not constants & numbers, name
