"""T-SQL's tokens."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tds_embedded.errors import SqlServerError
from tds_embedded.tsql import lexer
from tds_embedded.tsql.lexer import tokenize


def kinds_and_values(sql: str) -> list[tuple[str, str]]:
    return [(token.kind, token.value) for token in tokenize(sql)[:-1]]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT a", [(lexer.KEYWORD, "SELECT"), (lexer.NAME, "a")]),
        ("#t ##g _x a@b$c#", [(lexer.NAME, name) for name in ("#t", "##g", "_x", "a@b$c#")]),
        ("@a @@ERROR", [(lexer.VARIABLE, "@a"), (lexer.GLOBAL, "@@ERROR")]),
        ("[a b] \"c\" [d]]e]", [(lexer.QUOTED, name) for name in ("a b", "c", "d]e")]),
        ("'a''b' N'ü'", [(lexer.STRING, "a'b"), (lexer.NATIONAL, "ü")]),
        ("1 1.5 .5 1e3 1.e-2", list(zip(
            [lexer.INTEGER, lexer.DECIMAL, lexer.DECIMAL, lexer.FLOAT, lexer.FLOAT],
            ["1", "1.5", ".5", "1e3", "1.e-2"], strict=True))),
        ("$5 £1.5 €-2", [(lexer.MONEY, "5"), (lexer.MONEY, "1.5"), (lexer.MONEY, "-2")]),
        ("0x 0xAb", [(lexer.BINARY, "0x"), (lexer.BINARY, "0xAb")]),
        ("$action", [(lexer.PSEUDO, "$action")]),
        ("a--b\n+/*c/*d*/*/e", [(lexer.NAME, "a"), (lexer.SYMBOL, "+"), (lexer.NAME, "e")]),
    ],
)  # fmt: skip
def test_tokens(sql: str, expected: list[tuple[str, str]]) -> None:
    assert kinds_and_values(sql) == expected


def test_blanks_may_stand_inside_an_operator() -> None:
    assert [token.word for token in tokenize("< = > = < > ! =")[:-1]] == ["<=", ">=", "<>", "!="]


@pytest.mark.parametrize(
    ("sql", "number"),
    [("'a", 105), ("[a", 105), ('"a', 105), ("/* a", 113), ("[]", 1038), ("?", 102), ("`a`", 102)],
)
def test_invalid_tokens_raise_their_error(sql: str, number: int) -> None:
    with pytest.raises(SqlServerError) as caught:
        tokenize("\n" + sql)
    assert (caught.value.number, caught.value.line) == (number, 2)


def test_names_have_at_most_128_characters() -> None:
    tokenize("a" * 128)
    with pytest.raises(SqlServerError, match="103"):
        tokenize("a" * 129)


@given(st.text(max_size=50))
def test_a_quoted_string_comes_back(text: str) -> None:
    doubled = text.replace("'", "''")
    assert kinds_and_values(f"N'{doubled}'") == [(lexer.NATIONAL, text)]


@given(st.text(max_size=80))
def test_tokens_cover_the_text_in_order(sql: str) -> None:
    try:
        tokens = tokenize(sql)
    except SqlServerError:
        return
    assert all(left.end <= right.position for left, right in pairwise(tokens))
    assert tokens[-1].kind is lexer.END
