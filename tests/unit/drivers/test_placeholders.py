"""Django's parameter styles become ODBC's."""

from __future__ import annotations

import pytest

from mssql.drivers.placeholders import to_qmark


@pytest.mark.parametrize(
    ("sql", "parameters", "expected"),
    [
        ("SELECT %s, %s", [1, None], ("SELECT ?, ?", [1, None])),
        ("SELECT '100%%' WHERE 1 = %s", (2,), ("SELECT '100%' WHERE 1 = ?", [2])),
        ("SELECT '100%%'", [], ("SELECT '100%'", [])),
        ("SELECT %(b)s, %(a)s, %(b)s", {"a": 1, "b": 2, "c": 3}, ("SELECT ?, ?, ?", [2, 1, 2])),
        ("SELECT 50 %% %(a)s", {"a": 7}, ("SELECT 50 % ?", [7])),
    ],
)
def test_to_qmark(sql: str, parameters: object, expected: object) -> None:
    assert to_qmark(sql, parameters) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("parameters", [[], [1], [1, 2, 3]])
def test_a_wrong_number_of_values_is_an_error(parameters: list[int]) -> None:
    with pytest.raises(TypeError, match=r"string formatting|format string"):
        to_qmark("SELECT %s, %s", parameters)


def test_a_missing_name_is_an_error() -> None:
    with pytest.raises(KeyError, match="a"):
        to_qmark("SELECT %(a)s", {"b": 1})
