"""CASE, and functions whose arguments have a special grammar.

Follows "CASE", "CAST and CONVERT", "PARSE", "IIF", "TRIM" and "NEXT VALUE FOR",
https://learn.microsoft.com/sql/t-sql/functions/cast-and-convert-transact-sql
"""

from __future__ import annotations

from collections.abc import Callable

from tds_embedded.tsql import ast
from tds_embedded.tsql.parse.expressions import OPERANDS, condition, expression
from tds_embedded.tsql.parse.names import object_name
from tds_embedded.tsql.parse.rules import register
from tds_embedded.tsql.parse.tokens import T, Tokens
from tds_embedded.tsql.parse.types import LENGTH_IN_CAST, data_type
from tds_embedded.tsql.parse.windows import over

# The rules of calls by the function's name, which is not reserved.
CALLS: dict[str, Callable[[Tokens], ast.Expression]] = {}


@register(OPERANDS, "CASE")
def _case(tokens: Tokens) -> ast.Expression:
    position = tokens.take().position
    if tokens.at("WHEN"):
        whens = _whens(tokens, condition)
        return ast.SearchedCase(whens, _case_end(tokens), position=position)
    operand = expression(tokens)
    simple = _whens(tokens, expression)
    return ast.SimpleCase(operand, simple, _case_end(tokens), position=position)


def _whens(tokens: Tokens, test: Callable[[Tokens], T]) -> tuple[tuple[T, ast.Expression], ...]:
    whens = []
    tokens.expect("WHEN")
    while True:
        condition_or_value = test(tokens)
        tokens.expect("THEN")
        whens.append((condition_or_value, expression(tokens)))
        if not tokens.accept("WHEN"):
            return tuple(whens)


def _case_end(tokens: Tokens) -> ast.Expression | None:
    otherwise = expression(tokens) if tokens.accept("ELSE") else None
    tokens.expect("END")
    return otherwise


@register(OPERANDS, "CONVERT", "TRY_CONVERT")
def _convert(tokens: Tokens) -> ast.Convert:
    function = tokens.take()
    tokens.expect("(")
    target = data_type(tokens, LENGTH_IN_CAST)
    tokens.expect(",")
    value = expression(tokens)
    style = expression(tokens) if tokens.accept(",") else None
    tokens.expect(")")
    tolerant = function.word == "TRY_CONVERT"
    return ast.Convert(target, value, style, tolerant, position=function.position)


@register(CALLS, "CAST", "TRY_CAST")
def _cast(tokens: Tokens) -> ast.Cast:
    function = tokens.take()
    tokens.expect("(")
    value = expression(tokens)
    tokens.expect("AS")
    target = data_type(tokens, LENGTH_IN_CAST)
    tokens.expect(")")
    return ast.Cast(value, target, function.word == "TRY_CAST", position=function.position)


@register(CALLS, "PARSE", "TRY_PARSE")
def _parse(tokens: Tokens) -> ast.Parse:
    function = tokens.take()
    tokens.expect("(")
    value = expression(tokens)
    tokens.expect("AS")
    target = data_type(tokens, LENGTH_IN_CAST)
    culture = expression(tokens) if tokens.accept("USING") else None
    tokens.expect(")")
    tolerant = function.word == "TRY_PARSE"
    return ast.Parse(value, target, culture, tolerant, position=function.position)


@register(CALLS, "IIF")
def _iif(tokens: Tokens) -> ast.Iif:
    position = tokens.take().position
    tokens.expect("(")
    test = condition(tokens)
    tokens.expect(",")
    true = expression(tokens)
    tokens.expect(",")
    false = expression(tokens)
    tokens.expect(")")
    return ast.Iif(test, true, false, position=position)


@register(CALLS, "TRIM")
def _trim(tokens: Tokens) -> ast.Trim:
    position = tokens.take().position
    tokens.expect("(")
    side = None
    if tokens.at_any("LEADING", "TRAILING", "BOTH"):
        is_column = tokens.peek().word in (")", ".", "FROM")
        if not is_column:
            tokens.require_year(2022)
            side = tokens.take().word
    operand = expression(tokens)
    characters = None
    if tokens.at("FROM"):
        tokens.require_year(2017)
        tokens.take()
        characters, operand = operand, expression(tokens)
    tokens.expect(")")
    return ast.Trim(operand, characters, side, position=position)


def next_value_for(tokens: Tokens) -> ast.NextValueFor:
    """Read NEXT VALUE FOR with its OVER."""
    position = tokens.position
    tokens.expect("NEXT", "VALUE", "FOR")
    return ast.NextValueFor(object_name(tokens), over(tokens), position=position)
