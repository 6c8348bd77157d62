"""CREATE DATABASE and ALTER DATABASE.

Follows "CREATE DATABASE" and "ALTER DATABASE SET options",
https://learn.microsoft.com/sql/t-sql/statements/alter-database-transact-sql-set-options
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse.options import options
from tds_embedded.tsql.parse.tokens import Tokens


def create_database(tokens: Tokens, position: int) -> ast.CreateDatabase:
    """Read CREATE DATABASE from DATABASE on."""
    tokens.expect("DATABASE")
    name = tokens.name()
    if tokens.accept("AS", "COPY", "OF"):
        return ast.CreateDatabase(name, copy_of=tokens.name(), position=position)
    collation = tokens.name() if tokens.accept("COLLATE") else None
    # In Azure SQL Database: EDITION, SERVICE_OBJECTIVE and MAXSIZE.
    edition = options(tokens) if tokens.at("(") else ()
    return ast.CreateDatabase(name, collation, edition, position=position)


def alter_database(tokens: Tokens, position: int) -> ast.AlterDatabase:
    """Read ALTER DATABASE from DATABASE on."""
    tokens.expect("DATABASE")
    if tokens.at("SCOPED", "CONFIGURATION"):
        tokens.expect("SCOPED", "CONFIGURATION", "SET")
        option = _database_option(tokens)
        return ast.AlterDatabase(None, (option,), scoped=True, position=position)
    name = None if tokens.accept("CURRENT") else tokens.name()
    if tokens.accept("COLLATE"):
        return ast.AlterDatabase(name, collation=tokens.name(), position=position)
    if tokens.accept("MODIFY"):
        tokens.expect("NAME", "=")
        return ast.AlterDatabase(name, new_name=tokens.name(), position=position)
    tokens.expect("SET")
    assignments = tokens.list_of(_database_option)
    return ast.AlterDatabase(name, assignments, termination=_termination(tokens), position=position)


def _database_option(tokens: Tokens) -> ast.Option:
    token = tokens.expect_kind(lexer.NAME)
    kinds = (lexer.NAME, lexer.KEYWORD, lexer.INTEGER)
    equals = tokens.accept("=")
    value = None
    if equals or (tokens.current.kind in kinds and not tokens.at("WITH")):
        value = tokens.expect_kind(*kinds).value.upper()
    return ast.Option(token.word, value, position=token.position)


def _termination(tokens: Tokens) -> str | None:
    if not tokens.accept("WITH"):
        return None
    if tokens.accept("NO_WAIT"):
        return "NO_WAIT"
    tokens.expect("ROLLBACK")
    if tokens.accept("IMMEDIATE"):
        return "ROLLBACK IMMEDIATE"
    tokens.expect("AFTER")
    seconds = tokens.expect_kind(lexer.INTEGER).value
    tokens.accept("SECONDS")
    return f"ROLLBACK AFTER {seconds}"
