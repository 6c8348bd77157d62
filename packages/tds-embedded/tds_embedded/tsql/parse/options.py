"""WITH (...): the options of tables, indexes and databases, and their filegroups.

Follows "CREATE TABLE" and "CREATE INDEX",
https://learn.microsoft.com/sql/t-sql/statements/create-index-transact-sql
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse.tokens import Tokens


def options(tokens: Tokens) -> tuple[ast.Option, ...]:
    """Read options in parentheses."""
    return tokens.list_in_parentheses(_option)


def _option(tokens: Tokens) -> ast.Option:
    token = tokens.expect_kind(lexer.NAME, lexer.KEYWORD)
    value = None
    if tokens.accept("="):
        kinds = (lexer.NAME, lexer.KEYWORD, lexer.INTEGER, lexer.STRING, lexer.NATIONAL)
        value = tokens.expect_kind(*kinds).value
        tokens.accept_any("MINUTES", "PERCENT")
    return ast.Option(token.word, value and value.upper(), position=token.position)


def with_options(tokens: Tokens) -> tuple[ast.Option, ...]:
    """Read WITH and options in parentheses if WITH comes next."""
    return options(tokens) if tokens.accept("WITH") else ()


def with_parenthesized_options(tokens: Tokens) -> tuple[ast.Option, ...]:
    """Read WITH and options in parentheses if WITH and a parenthesis come next."""
    return with_options(tokens) if tokens.at("WITH", "(") else ()


def optional_filegroup(tokens: Tokens) -> str | None:
    """Read ON filegroup if it comes next."""
    if not tokens.accept("ON"):
        return None
    return tokens.expect_kind(lexer.NAME, lexer.QUOTED).value
