"""EXECUTE of a procedure or a string.

Follows "EXECUTE (Transact-SQL)",
https://learn.microsoft.com/sql/t-sql/language-elements/execute-transact-sql
"""

from __future__ import annotations

from collections.abc import Sequence

from tds_embedded.errors import error
from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse.literals import constant_or_variable, literal_or_name
from tds_embedded.tsql.parse.names import object_name
from tds_embedded.tsql.parse.rules import register
from tds_embedded.tsql.parse.statements import STATEMENTS
from tds_embedded.tsql.parse.tokens import Tokens

POSITION_AFTER_NAME = 119
OUTPUT_OF_CONSTANT = 179


@register(STATEMENTS, "EXEC", "EXECUTE")
def execute(tokens: Tokens) -> ast.Execute | ast.ExecuteString:
    """Read EXECUTE."""
    position = tokens.take().position
    if tokens.at("("):
        text = tokens.in_parentheses(_string_sum)
        return ast.ExecuteString(text, position=position)
    if tokens.at("AS"):
        raise tokens.unsupported("EXECUTE AS")
    return execute_procedure(tokens, position)


def _string_sum(tokens: Tokens) -> ast.Expression:
    kinds = (lexer.STRING, lexer.NATIONAL)
    text = constant_or_variable(tokens, *kinds)
    while tokens.accept("+"):
        right = constant_or_variable(tokens, *kinds)
        text = ast.Binary("+", text, right, position=text.position)
    return text


def execute_procedure(tokens: Tokens, position: int) -> ast.Execute:
    """Read a procedure's name with its arguments, after EXECUTE or at the start of a batch."""
    status = _optional_assignment(tokens)
    procedure: ast.ObjectName | str
    if tokens.current.kind is lexer.VARIABLE:
        procedure = tokens.variable()
    else:
        procedure = object_name(tokens)
    arguments: tuple[ast.Argument, ...] = ()
    if _at_argument(tokens):
        arguments = tokens.list_of(_argument)
        _check_order(arguments)
    options = ("RECOMPILE",) if tokens.accept("WITH", "RECOMPILE") else ()
    return ast.Execute(procedure, arguments, status, options, position=position)


def _optional_assignment(tokens: Tokens) -> str | None:
    """Read `@name =` if it comes next, and return the name."""
    if tokens.current.kind is not lexer.VARIABLE or tokens.peek().word != "=":
        return None
    name = tokens.variable()
    tokens.expect("=")
    return name


def _at_argument(tokens: Tokens) -> bool:
    token = tokens.current
    if token.kind in (lexer.END, lexer.KEYWORD):
        return token.word in ("NULL", "DEFAULT")
    if token.kind is lexer.SYMBOL:
        return token.word in ("-", "+")
    return token.word not in STATEMENTS


def _argument(tokens: Tokens) -> ast.Argument:
    position = tokens.position
    name = _optional_assignment(tokens)
    value: ast.Expression | ast.DefaultValue
    if tokens.at("DEFAULT"):
        value = ast.DefaultValue(position=tokens.take().position)
    else:
        value = literal_or_name(tokens)
    output = False
    if isinstance(value, ast.Variable):
        output = tokens.accept_any("OUTPUT", "OUT") is not None
    elif tokens.at("OUTPUT") and isinstance(value, ast.Literal):
        raise error(OUTPUT_OF_CONSTANT)
    return ast.Argument(value, name, output, position=position)


def _check_order(arguments: Sequence[ast.Argument]) -> None:
    """Raise 119 for an argument by position after one by name."""
    named = False
    for number, argument in enumerate(arguments, start=1):
        if named and argument.name is None:
            raise error(POSITION_AFTER_NAME, number)
        named = named or argument.name is not None
