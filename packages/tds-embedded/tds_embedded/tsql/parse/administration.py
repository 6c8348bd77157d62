"""The server: BACKUP, RESTORE, DBCC, USE, KILL and CHECKPOINT.

Follows "BACKUP", "RESTORE Statements" and "DBCC",
https://learn.microsoft.com/sql/t-sql/statements/backup-transact-sql
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse.expressions import expression
from tds_embedded.tsql.parse.names import object_name
from tds_embedded.tsql.parse.rules import register
from tds_embedded.tsql.parse.statements import STATEMENTS
from tds_embedded.tsql.parse.tokens import Tokens


@register(STATEMENTS, "BACKUP")
def backup(tokens: Tokens) -> ast.BackupDatabase:
    """Read BACKUP DATABASE."""
    position = tokens.position
    tokens.expect("BACKUP", "DATABASE")
    name, file = tokens.name(), _disk(tokens, "TO")
    options = tokens.list_of(_backup_option) if tokens.accept("WITH") else ()
    return ast.BackupDatabase(name, file, options, position=position)


@register(STATEMENTS, "RESTORE")
def restore(tokens: Tokens) -> ast.RestoreDatabase:
    """Read RESTORE DATABASE."""
    position = tokens.position
    tokens.expect("RESTORE", "DATABASE")
    name, file = tokens.name(), _disk(tokens, "FROM")
    options: list[ast.Option] = []
    files: list[str] = []
    while tokens.accept(",") if options or files else tokens.accept("WITH"):
        if tokens.accept("MOVE"):
            files.append(tokens.string())
            tokens.expect("TO")
            tokens.string()
        else:
            options.append(_backup_option(tokens))
    return ast.RestoreDatabase(name, file, tuple(options), tuple(files), position=position)


def _disk(tokens: Tokens, direction: str) -> str:
    tokens.expect(direction, "DISK", "=")
    return tokens.string()


def _backup_option(tokens: Tokens) -> ast.Option:
    token = tokens.expect_kind(lexer.NAME)
    value = tokens.expect_kind(lexer.INTEGER).value if tokens.accept("=") else None
    return ast.Option(token.word, value, position=token.position)


@register(STATEMENTS, "DBCC")
def dbcc(tokens: Tokens) -> ast.Dbcc:
    """Read DBCC."""
    position = tokens.position
    tokens.expect("DBCC")
    command = tokens.expect_kind(lexer.NAME).word
    arguments: tuple[ast.Expression | ast.ObjectName, ...] = ()
    if tokens.accept("("):
        if not tokens.at(")"):
            arguments = tokens.list_of(_dbcc_argument)
        tokens.expect(")")
    options: tuple[str, ...] = ()
    if tokens.accept("WITH"):
        options = tokens.list_of(_dbcc_option)
    return ast.Dbcc(command, arguments, options, position=position)


def _dbcc_argument(tokens: Tokens) -> ast.Expression | ast.ObjectName:
    return object_name(tokens) if tokens.at_name() else expression(tokens)


def _dbcc_option(tokens: Tokens) -> str:
    return tokens.expect_kind(lexer.NAME).word


@register(STATEMENTS, "USE")
def use(tokens: Tokens) -> ast.Use:
    """Read USE."""
    position = tokens.take().position
    return ast.Use(tokens.name(), position=position)


@register(STATEMENTS, "KILL")
def kill(tokens: Tokens) -> ast.Kill:
    """Read KILL."""
    position = tokens.take().position
    return ast.Kill(tokens.integer(), position=position)


@register(STATEMENTS, "CHECKPOINT")
def checkpoint(tokens: Tokens) -> ast.Checkpoint:
    """Read CHECKPOINT."""
    return ast.Checkpoint(position=tokens.take().position)
