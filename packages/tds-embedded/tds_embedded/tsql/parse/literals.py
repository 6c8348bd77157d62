"""Constants and variables, as expressions and as the arguments of statements.

Follows "Constants", https://learn.microsoft.com/sql/t-sql/data-types/constants-transact-sql
"""

from __future__ import annotations

from collections.abc import Callable

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.lexer import Token
from tds_embedded.tsql.parse.tokens import Tokens

NUMBERS = (ast.IntegerLiteral, ast.DecimalLiteral, ast.FloatLiteral, ast.MoneyLiteral)


def _binary(token: Token) -> ast.BinaryLiteral:
    digits = token.value[2:]
    digits = digits.rjust(len(digits) + len(digits) % 2, "0")
    return ast.BinaryLiteral(bytes.fromhex(digits), position=token.position)


_LITERALS: dict[str, Callable[[Token], ast.Expression]] = {
    lexer.BINARY: _binary,
    lexer.DECIMAL: lambda token: ast.DecimalLiteral(token.value, position=token.position),
    lexer.FLOAT: lambda token: ast.FloatLiteral(token.value, position=token.position),
    lexer.GLOBAL: lambda token: ast.GlobalVariable(token.value.upper(), position=token.position),
    lexer.INTEGER: lambda token: ast.IntegerLiteral(int(token.value), position=token.position),
    lexer.MONEY: lambda token: ast.MoneyLiteral(token.value, position=token.position),
    lexer.NATIONAL: lambda token: ast.StringLiteral(token.value, True, position=token.position),
    lexer.PSEUDO: lambda token: ast.PseudoColumn(token.word, position=token.position),
    lexer.STRING: lambda token: ast.StringLiteral(token.value, position=token.position),
    lexer.VARIABLE: lambda token: ast.Variable(token.value, position=token.position),
}


def literal(tokens: Tokens) -> ast.Expression:
    """Read a constant, a variable or a pseudo column. Raises 102 or 156 for another token."""
    token = tokens.current
    create = _LITERALS.get(token.kind)
    if create is not None:
        node = create(token)
    elif token.word == "NULL":
        node = ast.NullLiteral(position=token.position)
    else:
        raise tokens.error()
    tokens.take()
    return node


def constant_or_variable(tokens: Tokens, *kinds: str) -> ast.Expression:
    """Read a constant of one of these kinds, or a variable."""
    if tokens.current.kind not in (*kinds, lexer.VARIABLE):
        raise tokens.error()
    return literal(tokens)


def signed_literal(tokens: Tokens) -> ast.Expression:
    """Read a constant or variable with an optional minus sign."""
    position = tokens.position
    negative = tokens.accept("-")
    value = literal(tokens)
    return ast.Unary("-", value, position=position) if negative else value


def literal_or_name(tokens: Tokens) -> ast.Expression:
    """Read a constant or variable, or a bare word, which stands for the string of its letters."""
    position = tokens.position
    if tokens.at_name():
        return ast.StringLiteral(tokens.name(), position=position)
    if sign := tokens.accept_any("-", "+"):
        number = literal(tokens)
        if isinstance(number, NUMBERS):
            return ast.Unary(sign, number, position=position)
        raise tokens.error()
    return literal(tokens)
