"""Control of flow: blocks, IF, WHILE, TRY, RETURN, THROW, RAISERROR, PRINT and WAITFOR.

Follows "Control-of-Flow", https://learn.microsoft.com/sql/t-sql/language-elements/control-of-flow
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse import unsupported
from tds_embedded.tsql.parse.expressions import condition, expression
from tds_embedded.tsql.parse.literals import constant_or_variable, literal_or_name
from tds_embedded.tsql.parse.rules import register
from tds_embedded.tsql.parse.statements import STATEMENTS, statement, statements_until
from tds_embedded.tsql.parse.tokens import Tokens
from tds_embedded.tsql.parse.transactions import begin_transaction

BREAK_OUTSIDE_LOOP = 135
CONTINUE_OUTSIDE_LOOP = 136


@register(STATEMENTS, "BEGIN")
def begin(tokens: Tokens) -> ast.Statement:
    """Read BEGIN ... END, BEGIN TRY or BEGIN TRANSACTION."""
    position = tokens.take().position
    if tokens.at_any("TRAN", "TRANSACTION"):
        return begin_transaction(tokens, position)
    if tokens.accept("TRY"):
        return _try_catch(tokens, position)
    tokens.refuse(*unsupported.AFTER_BEGIN)
    statements = statements_until(tokens, "END")
    if not statements:
        raise tokens.error()
    tokens.expect("END")
    return ast.Block(statements, position=position)


def _try_catch(tokens: Tokens, position: int) -> ast.TryCatch:
    body = statements_until(tokens, "END")
    if not body:
        raise tokens.error()
    tokens.expect("END", "TRY")
    tokens.expect("BEGIN", "CATCH")
    handler = statements_until(tokens, "END")
    tokens.expect("END", "CATCH")
    return ast.TryCatch(body, handler, position=position)


@register(STATEMENTS, "IF")
def if_statement(tokens: Tokens) -> ast.If:
    """Read IF with its ELSE."""
    position = tokens.take().position
    test = condition(tokens)
    then = statement(tokens)
    otherwise = None
    if tokens.at("ELSE") or tokens.at(";", "ELSE"):
        tokens.accept(";")
        tokens.expect("ELSE")
        otherwise = statement(tokens)
    return ast.If(test, then, otherwise, position=position)


@register(STATEMENTS, "WHILE")
def while_statement(tokens: Tokens) -> ast.While:
    """Read WHILE with its body."""
    position = tokens.take().position
    test = condition(tokens)
    tokens.loops += 1
    body = statement(tokens)
    tokens.loops -= 1
    return ast.While(test, body, position=position)


@register(STATEMENTS, "BREAK")
def break_statement(tokens: Tokens) -> ast.Break:
    """Read BREAK. Raises 135 outside WHILE."""
    if not tokens.loops:
        raise tokens.error(BREAK_OUTSIDE_LOOP)
    return ast.Break(position=tokens.take().position)


@register(STATEMENTS, "CONTINUE")
def continue_statement(tokens: Tokens) -> ast.Continue:
    """Read CONTINUE. Raises 136 outside WHILE."""
    if not tokens.loops:
        raise tokens.error(CONTINUE_OUTSIDE_LOOP)
    return ast.Continue(position=tokens.take().position)


@register(STATEMENTS, "RETURN")
def return_statement(tokens: Tokens) -> ast.Return:
    """Read RETURN with its optional value."""
    position = tokens.take().position
    token = tokens.current
    ends = token.kind is lexer.END or token.word in (";", "END", "ELSE")
    if ends or token.word in STATEMENTS:
        return ast.Return(position=position)
    return ast.Return(expression(tokens), position=position)


@register(STATEMENTS, "THROW")
def throw(tokens: Tokens) -> ast.Throw:
    """Read THROW with its optional number, message and state."""
    position = tokens.take().position
    if tokens.current.kind not in (lexer.INTEGER, lexer.VARIABLE):
        return ast.Throw(position=position)
    number = constant_or_variable(tokens, lexer.INTEGER)
    tokens.expect(",")
    message = constant_or_variable(tokens, lexer.STRING, lexer.NATIONAL)
    tokens.expect(",")
    state = constant_or_variable(tokens, lexer.INTEGER)
    return ast.Throw(number, message, state, position=position)


@register(STATEMENTS, "RAISERROR")
def raiserror(tokens: Tokens) -> ast.RaisError:
    """Read RAISERROR (message, severity, state, ...) WITH options."""
    position = tokens.take().position
    tokens.expect("(")
    message = literal_or_name(tokens)
    tokens.expect(",")
    severity = literal_or_name(tokens)
    tokens.expect(",")
    state = literal_or_name(tokens)
    arguments = tokens.list_of(literal_or_name) if tokens.accept(",") else ()
    tokens.expect(")")
    options = tokens.words("NOWAIT", "LOG", "SETERROR") if tokens.accept("WITH") else ()
    return ast.RaisError(message, severity, state, arguments, options, position=position)


@register(STATEMENTS, "PRINT")
def print_statement(tokens: Tokens) -> ast.Print:
    """Read PRINT."""
    position = tokens.take().position
    return ast.Print(expression(tokens), position=position)


@register(STATEMENTS, "WAITFOR")
def waitfor(tokens: Tokens) -> ast.WaitFor:
    """Read WAITFOR DELAY or WAITFOR TIME."""
    position = tokens.take().position
    kind = tokens.expect_any("DELAY", "TIME")
    value = constant_or_variable(tokens, lexer.STRING, lexer.NATIONAL)
    return ast.WaitFor(kind, value, position=position)
