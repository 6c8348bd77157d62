"""Literals: each is one token that T-SQL reads as the value."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssql.tsql import scanner, types
from mssql.tsql.literals import displayed_literal, literal, value_literal, varchar_literal

UTC = datetime.timezone.utc


@given(st.text())
def test_a_text_is_one_string(text: str) -> None:
    for sql in (literal(text), varchar_literal(text), value_literal(text)):
        (token,) = scanner.tokens(sql)
        assert token.kind == scanner.STRING
        assert sql[sql.index("'") + 1 : -1].replace("''", "'") == text


@given(st.binary())
def test_bytes_are_one_binary_constant(value: bytes) -> None:
    (token,) = scanner.tokens(value_literal(value))
    assert token.kind == scanner.NUMBER
    assert bytes.fromhex(token.text[2:]) == value


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        (None, "NULL"),
        (True, "1"),
        (-7, "-7"),
        (2**31 - 1, "2147483647"),
        (2**31, "CAST(2147483648 AS bigint)"),
        (-(2**63), "CAST(-9223372036854775808 AS bigint)"),
        (2**63, "9223372036854775808"),
        (Decimal("1E+3"), "1000"),
        (1.5, "1.5E0"),
        (1e300, "1e+300"),
        (datetime.timedelta(seconds=1), "1000000"),
        (datetime.date(2024, 1, 2), "CONVERT(date, '2024-01-02', 120)"),
        (datetime.time(3, 4), "CONVERT(time, '03:04:00', 114)"),
        (datetime.datetime(2024, 1, 2), "CONVERT(datetime2, '2024-01-02T00:00:00', 126)"),
        (
            datetime.datetime(2024, 1, 2, tzinfo=UTC),
            "CONVERT(datetimeoffset, '2024-01-02T00:00:00+00:00', 126)",
        ),
        (uuid.UUID(int=1), "N'00000000-0000-0000-0000-000000000001'"),
        (memoryview(b"\x01"), "0x01"),
        (types.Typed("it's", types.VARCHAR.size), "'it''s'"),
        (types.Typed("it's", types.NVARCHAR.size), "N'it''s'"),
        (types.Typed(None, types.BIGINT.size), "NULL"),
    ],
)
def test_a_value_in_ddl(value: Any, sql: str) -> None:
    assert value_literal(value) == sql


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_float_that_is_not_a_number_has_no_literal(value: float) -> None:
    with pytest.raises(ValueError, match="cannot store"):
        value_literal(value)
    assert displayed_literal(value) == str(value)


def test_any_value_is_displayed() -> None:
    with pytest.raises(TypeError, match="of type list"):
        value_literal(["it's"])
    assert displayed_literal(["it's"]) == literal(str(["it's"]))
