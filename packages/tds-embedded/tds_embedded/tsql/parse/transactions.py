"""Transactions: BEGIN, COMMIT, ROLLBACK and SAVE.

Follows "Transaction statements",
https://learn.microsoft.com/sql/t-sql/language-elements/transactions-transact-sql
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse.options import options
from tds_embedded.tsql.parse.rules import register
from tds_embedded.tsql.parse.statements import STATEMENTS
from tds_embedded.tsql.parse.tokens import Tokens


def begin_transaction(tokens: Tokens, position: int) -> ast.BeginTransaction:
    """Read BEGIN TRANSACTION from TRANSACTION on."""
    tokens.expect_any("TRAN", "TRANSACTION")
    return ast.BeginTransaction(_name(tokens), position=position)


@register(STATEMENTS, "COMMIT")
def commit(tokens: Tokens) -> ast.CommitTransaction:
    """Read COMMIT."""
    position = tokens.take().position
    name = _optional_transaction(tokens)
    if tokens.at("WITH", "("):
        tokens.take()
        options(tokens)
    return ast.CommitTransaction(name, position=position)


@register(STATEMENTS, "ROLLBACK")
def rollback(tokens: Tokens) -> ast.RollbackTransaction:
    """Read ROLLBACK."""
    position = tokens.take().position
    return ast.RollbackTransaction(_optional_transaction(tokens), position=position)


@register(STATEMENTS, "SAVE")
def save(tokens: Tokens) -> ast.SaveTransaction:
    """Read SAVE TRANSACTION."""
    position = tokens.take().position
    tokens.expect_any("TRAN", "TRANSACTION")
    name = _name(tokens)
    if name is None:
        raise tokens.error()
    return ast.SaveTransaction(name, position=position)


def _optional_transaction(tokens: Tokens) -> ast.Variable | str | None:
    """Read TRANSACTION with its optional name, or WORK, if one comes next."""
    if tokens.accept_any("TRAN", "TRANSACTION"):
        return _name(tokens)
    tokens.accept("WORK")
    return None


def _name(tokens: Tokens) -> ast.Variable | str | None:
    position = tokens.position
    if tokens.current.kind is lexer.VARIABLE:
        return ast.Variable(tokens.variable(), position=position)
    if tokens.at_name() and tokens.current.word not in STATEMENTS:
        return tokens.name()
    return None
