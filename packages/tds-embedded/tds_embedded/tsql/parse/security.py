"""Logins, users, roles and permissions.

Follows "CREATE LOGIN", "CREATE USER", "CREATE ROLE" and "GRANT",
https://learn.microsoft.com/sql/t-sql/statements/grant-transact-sql
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse.names import object_name
from tds_embedded.tsql.parse.rules import register
from tds_embedded.tsql.parse.statements import STATEMENTS
from tds_embedded.tsql.parse.tokens import Tokens

PRINCIPALS = ("LOGIN", "USER", "ROLE")


def create_principal(tokens: Tokens, position: int) -> ast.Principal:
    """Read CREATE LOGIN, USER or ROLE from the word after CREATE on."""
    return _principal(tokens, "CREATE", position)


def alter_principal(tokens: Tokens, position: int) -> ast.Principal:
    """Read ALTER LOGIN, USER or ROLE from the word after ALTER on."""
    return _principal(tokens, "ALTER", position)


def drop_principal(tokens: Tokens, position: int) -> ast.Principal:
    """Read DROP LOGIN, USER or ROLE from the word after DROP on."""
    kind = tokens.expect_any(*PRINCIPALS)
    if_exists = tokens.accept("IF", "EXISTS")
    return ast.Principal("DROP", kind, tokens.name(), if_exists=if_exists, position=position)


def _principal(tokens: Tokens, verb: str, position: int) -> ast.Principal:
    kind = tokens.expect_any(*PRINCIPALS)
    name = tokens.name()
    member = None
    if kind == "ROLE" and verb == "ALTER":
        action = tokens.expect_any("ADD", "DROP")
        tokens.expect("MEMBER")
        member = (action, tokens.name())
    for_login = source = None
    if tokens.accept_any("FOR", "FROM"):
        if tokens.accept("LOGIN"):
            for_login = tokens.name()
        elif tokens.accept("WINDOWS"):
            source = "WINDOWS"
        else:
            tokens.expect("EXTERNAL", "PROVIDER")
            source = "EXTERNAL PROVIDER"
    elif tokens.accept("WITHOUT", "LOGIN"):
        source = "WITHOUT LOGIN"
    options, password = _principal_options(tokens)
    return ast.Principal(
        verb, kind, name, options, password, member, for_login, source, position=position
    )


def _principal_options(tokens: Tokens) -> tuple[tuple[ast.Option, ...], str | None]:
    if not tokens.accept("WITH"):
        return (), None
    options: list[ast.Option] = []
    password = None
    while True:
        token = tokens.expect_kind(lexer.NAME)
        tokens.expect("=")
        if token.word == "PASSWORD":
            password = tokens.string()
        else:
            kinds = (lexer.NAME, lexer.QUOTED, lexer.KEYWORD, lexer.BINARY)
            value = tokens.expect_kind(*kinds).value
            options.append(ast.Option(token.word, value, position=token.position))
        if not tokens.accept(","):
            return tuple(options), password


@register(STATEMENTS, "DENY", "GRANT", "REVOKE")
def permission(tokens: Tokens) -> ast.Permission:
    """Read GRANT, DENY or REVOKE."""
    position = tokens.position
    verb = tokens.take().word
    permissions = tokens.list_of(_permission_words)
    on = on_class = None
    if tokens.accept("ON"):
        if tokens.peek().word == "::":
            on_class = tokens.take().word
            tokens.expect("::")
        on = object_name(tokens)
    tokens.expect_any("TO", "FROM")
    principals = tokens.list_of(_grantee)
    tokens.accept("WITH", "GRANT", "OPTION")
    return ast.Permission(verb, permissions, principals, on, on_class, position=position)


def _grantee(tokens: Tokens) -> str:
    return tokens.expect_kind(lexer.NAME, lexer.QUOTED, lexer.KEYWORD).value


def _permission_words(tokens: Tokens) -> str:
    words = [tokens.expect_kind(lexer.NAME, lexer.KEYWORD).word]
    while not tokens.at_any(",", "ON", "TO", "FROM"):
        words.append(tokens.expect_kind(lexer.NAME, lexer.KEYWORD).word)
    return " ".join(words)
