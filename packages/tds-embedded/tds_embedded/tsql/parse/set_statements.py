"""SET: variables and the session's options, each with the kind of value that it takes.

Follows "SET statements", https://learn.microsoft.com/sql/t-sql/statements/set-statements-transact-sql
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse.expressions import expression
from tds_embedded.tsql.parse.literals import signed_literal
from tds_embedded.tsql.parse.names import object_name
from tds_embedded.tsql.parse.queries import ASSIGNMENTS
from tds_embedded.tsql.parse.rules import register
from tds_embedded.tsql.parse.statements import STATEMENTS
from tds_embedded.tsql.parse.tokens import Tokens

UNKNOWN_OPTION = 195
_SWITCHES = """
    ANSI_DEFAULTS ANSI_NULL_DFLT_OFF ANSI_NULL_DFLT_ON ANSI_NULLS ANSI_PADDING ANSI_WARNINGS
    ARITHABORT ARITHIGNORE CONCAT_NULL_YIELDS_NULL CURSOR_CLOSE_ON_COMMIT FMTONLY FORCEPLAN
    IMPLICIT_TRANSACTIONS NOCOUNT NOEXEC NUMERIC_ROUNDABORT PARSEONLY QUOTED_IDENTIFIER
    REMOTE_PROC_TRANSACTIONS SHOWPLAN_ALL SHOWPLAN_TEXT SHOWPLAN_XML XACT_ABORT
"""
SWITCHES = frozenset(_SWITCHES.split())
WITH_VALUE = frozenset(
    [
        "CONTEXT_INFO",
        "DATEFIRST",
        "LOCK_TIMEOUT",
        "QUERY_GOVERNOR_COST_LIMIT",
        "ROWCOUNT",
        "TEXTSIZE",
    ]
)
WITH_WORD = frozenset(["DATEFORMAT", "DEADLOCK_PRIORITY", "LANGUAGE"])
STATISTICS = ("IO", "PROFILE", "TIME", "XML")


@register(STATEMENTS, "SET")
def set_statement(tokens: Tokens) -> ast.Statement:
    """Read SET."""
    position = tokens.take().position
    if tokens.current.kind is lexer.VARIABLE:
        return _variable(tokens, position)
    if tokens.accept("TRANSACTION"):
        return _isolation_level(tokens, position)
    if tokens.accept("IDENTITY_INSERT"):
        table = object_name(tokens)
        return ast.SetIdentityInsert(table, _on_or_off(tokens) == "ON", position=position)
    if tokens.accept("STATISTICS"):
        names = tuple("STATISTICS " + word for word in tokens.words(*STATISTICS))
        return ast.SetOption(names, _on_or_off(tokens), position=position)
    word = tokens.current.word
    if word in WITH_VALUE or word in WITH_WORD:
        tokens.take()
        value = _word(tokens) if word in WITH_WORD else signed_literal(tokens)
        return ast.SetOption((word,), value, position=position)
    names = tokens.list_of(_switch)
    return ast.SetOption(names, _on_or_off(tokens), position=position)


def _variable(tokens: Tokens, position: int) -> ast.SetVariable:
    name = tokens.variable()
    if tokens.at("=", "CURSOR"):
        raise tokens.unsupported("SET @cursor")
    operator = tokens.expect_any(*ASSIGNMENTS)
    value = expression(tokens)
    if operator != "=":
        variable = ast.Variable(name, position=position)
        value = ast.Binary(operator[:-1], variable, value, position=position)
    return ast.SetVariable(name, value, position=position)


def _switch(tokens: Tokens) -> str:
    if tokens.current.word not in SWITCHES:
        if tokens.current.kind is lexer.NAME:
            raise tokens.error(UNKNOWN_OPTION, tokens.current.value, "SET option")
        raise tokens.error()
    return tokens.take().word


def _on_or_off(tokens: Tokens) -> str:
    return tokens.expect_any("ON", "OFF")


def _word(tokens: Tokens) -> str | ast.Expression:
    if tokens.at_name():
        return tokens.name()
    return signed_literal(tokens)


def _isolation_level(tokens: Tokens, position: int) -> ast.SetIsolationLevel:
    tokens.expect("ISOLATION", "LEVEL")
    word = tokens.expect_any("READ", "REPEATABLE", "SERIALIZABLE", "SNAPSHOT")
    if word == "READ":
        word += " " + tokens.expect_any("COMMITTED", "UNCOMMITTED")
    elif word == "REPEATABLE":
        tokens.expect("READ")
        word = "REPEATABLE READ"
    return ast.SetIsolationLevel(word, position=position)
