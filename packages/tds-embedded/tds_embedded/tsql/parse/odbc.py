"""ODBC escape sequences.

Follows "ODBC scalar functions" and "Date, Time, and Timestamp Escape Sequences",
https://learn.microsoft.com/sql/t-sql/functions/odbc-scalar-functions-transact-sql
"""

from __future__ import annotations

from dataclasses import replace

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse.expressions import OPERANDS, expression
from tds_embedded.tsql.parse.rules import register
from tds_embedded.tsql.parse.tokens import Tokens
from tds_embedded.types import SqlType

# Functions of T-SQL by their names in ODBC, and functions that only ODBC has.
NAMES = {
    "DATABASE": "DB_NAME",
    "DAYOFMONTH": "DAY",
    "IFNULL": "ISNULL",
    "LCASE": "LOWER",
    "NOW": "GETDATE",
    "UCASE": "UPPER",
}
_FUNCTIONS = """
    BIT_LENGTH CURDATE CURTIME CURRENT_DATE CURRENT_TIME DAYNAME DAYOFWEEK DAYOFYEAR EXTRACT HOUR
    INSERT LENGTH LOCATE MINUTE MOD MONTHNAME OCTET_LENGTH POSITION QUARTER REPEAT SECOND
    TIMESTAMPADD TIMESTAMPDIFF TRUNCATE WEEK
"""
FUNCTIONS = frozenset(_FUNCTIONS.split())


@register(OPERANDS, "{")
def _escape_sequence(tokens: Tokens) -> ast.Expression:
    """Read {fn f(...)}, {d '...'}, {ts '...'} or {guid '...'}."""
    position = tokens.position
    tokens.expect("{")
    kind = tokens.expect_any("FN", "D", "TS", "GUID")
    node = _function(tokens, position) if kind == "FN" else _constant(tokens, kind, position)
    tokens.expect("}")
    return node


def _function(tokens: Tokens, position: int) -> ast.Expression:
    tokens.refuse(*FUNCTIONS)
    name = NAMES.get(tokens.current.word)
    node = expression(tokens)
    if not isinstance(node, ast.FunctionCall | ast.Convert | ast.NiladicFunction):
        raise tokens.error()
    if name is not None and isinstance(node, ast.FunctionCall):
        return replace(node, name=ast.ObjectName((name,), position=position))
    return node


def _constant(tokens: Tokens, kind: str, position: int) -> ast.Cast:
    text = tokens.expect_kind(lexer.STRING)
    literal = ast.StringLiteral(text.value, position=text.position)
    target = SqlType("uniqueidentifier" if kind == "GUID" else "datetime")
    return ast.Cast(literal, target, position=position)
