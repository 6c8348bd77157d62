"""The parser's cursor, and the tables in which its rules find each other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tds_embedded.errors import SqlServerError
from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.lexer import RESERVED
from tds_embedded.tsql.parse import Tokens, batch
from tds_embedded.tsql.parse.expressions import OPERANDS
from tds_embedded.tsql.parse.literals import literal, signed_literal
from tds_embedded.tsql.parse.rules import Forward, register
from tds_embedded.tsql.parse.statements import STATEMENTS
from tds_embedded.tsql.parse.unsupported import STATEMENTS as UNSUPPORTED


def tokens(sql: str, year: int = 2022) -> Tokens:
    return Tokens(sql, year=year)


def test_a_step_returns_the_token_before_it() -> None:
    cursor = tokens("a b")
    assert [cursor.take().value, cursor.take().value] == ["a", "b"]
    assert cursor.take().kind is cursor.take().kind is lexer.END


def test_a_look_ahead_does_not_step_and_ends_at_the_end() -> None:
    cursor = tokens("a b")
    assert (cursor.peek().value, cursor.peek(9).kind) == ("b", lexer.END)
    assert cursor.current.value == "a"


def test_words_are_accepted_together_or_not_at_all() -> None:
    cursor = tokens("ORDER BY a")
    assert not cursor.accept("ORDER", "a")
    assert cursor.at("ORDER", "BY")
    assert cursor.accept("ORDER", "BY")
    assert cursor.at_name()


def test_a_delimited_name_is_no_word() -> None:
    cursor = tokens("[SELECT]")
    assert not cursor.at("SELECT")
    assert cursor.name() == "SELECT"


def test_an_integer_may_have_a_sign() -> None:
    assert [tokens(sql).integer() for sql in ("5", "+5", "-5")] == [5, 5, -5]


def test_a_list_has_items_between_commas() -> None:
    assert tokens("a, b , c").names() == ("a", "b", "c")
    assert tokens("(a, b)").optional_names() == ("a", "b")
    assert tokens("a").optional_names() == ()


@pytest.mark.parametrize(
    ("sql", "number", "word"),
    [
        ("a\nb", 102, "a"),
        ("SELECT", 156, "SELECT"),
        ("PIVOT", 40517, "PIVOT"),
        ("", 102, ""),
    ],
)
def test_an_unexpected_token_is_the_error(sql: str, number: int, word: str) -> None:
    with pytest.raises(SqlServerError) as raised:
        tokens(sql).expect("UPDATE")
    assert (raised.value.number, raised.value.line) == (number, 1)
    assert f"'{word}'" in raised.value.message


def test_at_the_end_the_last_token_is_the_error() -> None:
    cursor = tokens("a\nb")
    cursor.take()
    cursor.take()
    error = cursor.error()
    assert (error.number, error.line) == (102, 2)
    assert "'b'" in error.message


def test_an_older_grammar_refuses_newer_words() -> None:
    tokens("WINDOW").require_year(2022)
    with pytest.raises(SqlServerError, match="102"):
        tokens("WINDOW", year=2019).require_year(2022)


def test_quoted_identifiers_apply_from_the_current_token_on() -> None:
    cursor = tokens('"a" "b" (c) d')
    assert cursor.take().kind is lexer.QUOTED
    cursor.use_quoted_identifiers(False)
    assert cursor.take().kind is lexer.STRING
    assert cursor.after_parentheses().value == "d"


@pytest.mark.parametrize(
    ("sql", "holds_query"),
    [
        ("(SELECT 1)", True),
        ("((SELECT 1) UNION (SELECT 2))", True),
        ("((SELECT 1))", True),
        ("((SELECT 1) + 2)", False),
        ("(1)", False),
        ("SELECT 1", False),
        ("((SELECT 1)", False),
    ],
)
def test_parentheses_that_hold_a_query(sql: str, holds_query: bool) -> None:
    assert tokens(sql).parentheses_hold_query() is holds_query


def test_the_state_of_a_batch_belongs_to_its_cursor() -> None:
    cursor = tokens("CREATE PROCEDURE p AS WHILE 1 = 1 BREAK")
    batch(cursor)
    assert cursor.in_module
    assert not cursor.loops
    assert not tokens("BREAK").in_module


def test_first_words_are_reserved_but_for_three() -> None:
    assert not set(STATEMENTS) & set(UNSUPPORTED)
    assert set(STATEMENTS) - RESERVED == {"DISABLE", "ENABLE", "THROW"}


def test_operands_begin_with_reserved_words_kinds_or_a_brace() -> None:
    assert set(OPERANDS) - RESERVED == {lexer.NAME, lexer.QUOTED, "{"}


def test_a_rule_may_have_several_first_words() -> None:
    table: dict[str, Callable[[Tokens], ast.Expression]] = {"C": literal}
    assert register(table, "A", "B")(signed_literal) is signed_literal
    assert table == {"A": signed_literal, "B": signed_literal, "C": literal}


def test_a_forward_reference_reads_by_its_later_definition() -> None:
    name: Forward[str] = Forward()
    assert name.define(Tokens.name) is Tokens.name
    assert name(tokens("a")) == "a"
