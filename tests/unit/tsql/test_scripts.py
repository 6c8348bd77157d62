"""Scripts are divided into batches at GO."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssql.tsql.scripts import batches, has_separator


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1\nGO\nSELECT 2\ngo", ["SELECT 1", "SELECT 2"]),
        ("SELECT 1\r\n  GO  \r\nSELECT 2", ["SELECT 1", "SELECT 2"]),
        ("GO\nGO 2\nSELECT 1\nGO 2 -- twice\n", ["SELECT 1", "SELECT 1"]),
        ("SELECT 'a\nGO\nb'", ["SELECT 'a\nGO\nb'"]),
        ("SELECT [a\nGO\n]", ["SELECT [a\nGO\n]"]),
        ("/* a\nGO /* b */\nGO\n*/ SELECT 1", ["/* a\nGO /* b */\nGO\n*/ SELECT 1"]),
        ("-- it's\nGO\nSELECT 2", ["-- it's", "SELECT 2"]),
        ("SELECT GO FROM t", ["SELECT GO FROM t"]),
        ("SELECT 1\nGOTO x", ["SELECT 1\nGOTO x"]),
        ("/* open\nGO", ["/* open\nGO"]),
    ],
)
def test_batches(script: str, expected: list[str]) -> None:
    assert batches(script) == expected


@given(st.lists(st.sampled_from(["SELECT 1;", "PRINT N'GO'", "-- x", "[a\nGO\nb]"]), max_size=6))
def test_what_is_joined_by_go_splits_again(parts: list[str]) -> None:
    script = "\nGO\n".join(parts)
    assert batches(script) == parts
    assert has_separator(script) == (len(parts) > 1)
