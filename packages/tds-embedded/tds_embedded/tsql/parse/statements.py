"""Statements: the rule for each by its first word, and the boundaries between them.

Follows "Transact-SQL statements", https://learn.microsoft.com/sql/t-sql/statements/statements
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tds_embedded.errors import SqlServerError
from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse import unsupported
from tds_embedded.tsql.parse.tokens import INCORRECT_SYNTAX_NEAR_KEYWORD, Tokens

NOT_FIRST_IN_BATCH = 111
NOT_TERMINATED_BEFORE_WITH = 319

# The rules of statements by their first word; the modules above fill the table.
STATEMENTS: dict[str, Callable[[Tokens], ast.Statement]] = {}


def statement(tokens: Tokens) -> ast.Statement:
    """Read one statement without its semicolon."""
    position = tokens.position
    word = tokens.current.word
    rule = STATEMENTS.get("SELECT" if word == "(" else word)
    if rule is None:
        raise _unknown_statement(tokens)
    return replace(rule(tokens), position=position, end=tokens.end)


def _unknown_statement(tokens: Tokens) -> SqlServerError:
    word, following = tokens.current.word, tokens.peek().word
    if tokens.at_name() and following == ":":
        return tokens.unsupported("a label")
    second_words = unsupported.STATEMENTS.get(word)
    if second_words is not None and (not second_words or following in second_words):
        return tokens.unsupported(word)
    return tokens.error()


def statements_until(tokens: Tokens, *words: str) -> tuple[ast.Statement, ...]:
    """Read the statements up to one of these words, or up to the end of the batch."""
    statements: list[ast.Statement] = []
    while True:
        skip_semicolons(tokens)
        if tokens.current.kind is lexer.END or tokens.current.word in words:
            return tuple(statements)
        if statements:
            _require_semicolon(tokens)
        statements.append(statement(tokens))
        _apply_quoted_identifiers(tokens, statements[-1])


def skip_semicolons(tokens: Tokens) -> None:
    """Step over all semicolons that come next."""
    while tokens.accept(";"):
        pass


def _require_semicolon(tokens: Tokens) -> None:
    """Raise 319 or 102 if WITH or THROW follows a statement without a semicolon."""
    if tokens.peek(-1).word == ";":
        return
    if tokens.at("WITH"):
        raise tokens.error(NOT_TERMINATED_BEFORE_WITH)
    if tokens.at("THROW"):
        raise tokens.error()


def _apply_quoted_identifiers(tokens: Tokens, node: ast.Statement) -> None:
    """Read the text after SET QUOTED_IDENTIFIER by it, outside procedures and triggers."""
    if not isinstance(node, ast.SetOption) or tokens.in_module:
        return
    if "QUOTED_IDENTIFIER" in node.names:
        tokens.use_quoted_identifiers(node.value == "ON")


def require_first_in_batch(tokens: Tokens, position: int, words: str) -> None:
    """Raise 111 unless the statement at `position` begins the batch."""
    if tokens.in_module:
        last = tokens.peek(-1)
        raise tokens.error_at(last.position, INCORRECT_SYNTAX_NEAR_KEYWORD, last.value)
    if tokens.start < position:
        raise tokens.error_at(position, NOT_FIRST_IN_BATCH, words)
