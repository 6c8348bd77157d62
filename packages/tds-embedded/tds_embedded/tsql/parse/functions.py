"""Columns and the calls of functions.

Follows "Functions (Transact-SQL)", https://learn.microsoft.com/sql/t-sql/functions/functions
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse.expressions import OPERANDS, Operand, expression, value_or_default
from tds_embedded.tsql.parse.names import object_name_or_pseudo_column
from tds_embedded.tsql.parse.rules import register
from tds_embedded.tsql.parse.special_calls import CALLS, next_value_for
from tds_embedded.tsql.parse.tokens import Tokens
from tds_embedded.tsql.parse.types import LENGTH_IN_CAST, data_type
from tds_embedded.tsql.parse.windows import optional_order_by, over, within_group

Argument = ast.Expression | ast.DatePart | ast.Star | ast.JsonKeyValue | ast.DefaultValue

UNKNOWN_DATE_PART = 155
NOT_A_DATE_PART = 1023  # a string or a variable
DATE_PARTS = {
    "year": ("YEAR", "YY", "YYYY"),
    "quarter": ("QUARTER", "QQ", "Q"),
    "month": ("MONTH", "MM", "M"),
    "dayofyear": ("DAYOFYEAR", "DY", "Y"),
    "day": ("DAY", "DD", "D"),
    "week": ("WEEK", "WK", "WW"),
    "weekday": ("WEEKDAY", "DW", "W"),
    "iso_week": ("ISO_WEEK", "ISOWK", "ISOWW"),
    "hour": ("HOUR", "HH"),
    "minute": ("MINUTE", "MI", "N"),
    "second": ("SECOND", "SS", "S"),
    "millisecond": ("MILLISECOND", "MS"),
    "microsecond": ("MICROSECOND", "MCS"),
    "nanosecond": ("NANOSECOND", "NS"),
    "tzoffset": ("TZOFFSET", "TZ"),
}
DATE_PART_OF = {word: part for part, words in DATE_PARTS.items() for word in words}
DATE_PART_FUNCTIONS = frozenset(
    ["DATEADD", "DATEDIFF", "DATEDIFF_BIG", "DATEPART", "DATENAME", "DATETRUNC", "DATE_BUCKET"]
)
STAR_FUNCTIONS = frozenset(["COUNT", "COUNT_BIG", "CHECKSUM", "BINARY_CHECKSUM"])
JSON_CONSTRUCTORS = frozenset(["JSON_OBJECT", "JSON_ARRAY", "JSON_OBJECTAGG", "JSON_ARRAYAGG"])
NILADIC = frozenset(["CURRENT_TIMESTAMP", "CURRENT_USER", "SESSION_USER", "SYSTEM_USER", "USER"])
KEYWORD_FUNCTIONS = frozenset(["LEFT", "RIGHT", "COALESCE", "NULLIF"])
PREDICATE_FUNCTIONS = {"REGEXP_LIKE": 2025}


@register(OPERANDS, lexer.NAME, lexer.QUOTED)
def _named(tokens: Tokens) -> Operand:
    """Read a column, or a call of a function that is not a keyword."""
    token = tokens.current
    if token.kind is lexer.NAME and tokens.peek().word == "(":
        special = CALLS.get(token.word)
        if special is not None:
            return special(tokens)
    if tokens.at("NEXT", "VALUE", "FOR"):
        return next_value_for(tokens)
    name = object_name_or_pseudo_column(tokens)
    if isinstance(name, ast.PseudoColumn):
        return name
    if tokens.at("("):
        return call(tokens, name)
    return ast.ColumnReference(name.parts, position=name.position)


@register(OPERANDS, *NILADIC)
def _niladic(tokens: Tokens) -> ast.NiladicFunction:
    function = tokens.take()
    return ast.NiladicFunction(function.word, position=function.position)


@register(OPERANDS, "CURRENT_DATE")
def _current_date(tokens: Tokens) -> ast.NiladicFunction:
    tokens.require_year(2025)
    return _niladic(tokens)


@register(OPERANDS, *KEYWORD_FUNCTIONS)
def _keyword_function(tokens: Tokens) -> Operand:
    if tokens.peek().word != "(":
        raise tokens.error()
    function = tokens.take()
    return call(tokens, ast.ObjectName((function.word,), position=function.position))


@register(OPERANDS, "IDENTITYCOL")
def _identity_column(tokens: Tokens) -> ast.PseudoColumn:
    column = tokens.take()
    return ast.PseudoColumn(column.word, position=column.position)


@register(OPERANDS, "UPDATE")
def _updated(tokens: Tokens) -> ast.PredicateFunction:
    """Read UPDATE(column), a condition in triggers."""
    if tokens.peek().word != "(":
        raise tokens.error()
    function = tokens.take()
    column = tokens.in_parentheses(_column)
    return ast.PredicateFunction(function.word, (column,), position=function.position)


def _column(tokens: Tokens) -> ast.ColumnReference:
    position = tokens.position
    return ast.ColumnReference((tokens.name(),), position=position)


def call(tokens: Tokens, name: ast.ObjectName) -> Operand:
    """Read the arguments of a call after its name, with WITHIN GROUP and OVER."""
    position = name.position
    word = name.parts[0].upper() if len(name.parts) == 1 else ""
    if word:
        name = ast.ObjectName((word,), position=position)
    tokens.expect("(")
    distinct = tokens.accept("DISTINCT")
    if not distinct:
        tokens.accept("ALL")
    arguments: tuple[Argument, ...] = ()
    if not tokens.at(")") or word in KEYWORD_FUNCTIONS:
        arguments = _arguments(tokens, word)
    json_nulls, json_type, order = _json_clauses(tokens, word)
    returning = _returning_type(tokens) if word == "JSON_VALUE" else None
    nulls = _null_treatment(tokens)
    tokens.expect(")")
    if word in PREDICATE_FUNCTIONS and tokens.year >= PREDICATE_FUNCTIONS[word]:
        values = tuple(a for a in arguments if isinstance(a, ast.Expression))
        return ast.PredicateFunction(word, values, position=position)
    return ast.FunctionCall(
        name,
        arguments,
        distinct,
        order or within_group(tokens),
        nulls=nulls or _null_treatment(tokens),
        over=over(tokens),
        json_nulls=json_nulls,
        json_type=json_type,
        returning=returning,
        position=position,
    )


def _arguments(tokens: Tokens, word: str) -> tuple[Argument, ...]:
    position = tokens.position
    if tokens.at("*"):
        if word not in STAR_FUNCTIONS:
            raise tokens.error()
        tokens.take()
        return (ast.Star(position=position),)
    if word in DATE_PART_FUNCTIONS:
        part = _date_part(tokens, word)
        tokens.expect(",")
        return (part, *tokens.list_of(expression))
    if word in JSON_CONSTRUCTORS:
        if tokens.at_any("NULL", "ABSENT") and tokens.peek().word == "ON":
            return ()
        return tokens.list_of(_json_argument)
    if word == "NULLIF":
        first = expression(tokens)
        tokens.expect(",")
        return (first, expression(tokens))
    return tokens.list_of(value_or_default)


def _date_part(tokens: Tokens, function: str) -> ast.DatePart:
    token = tokens.expect_kind(lexer.NAME, lexer.QUOTED, lexer.STRING, lexer.VARIABLE)
    if token.kind in (lexer.STRING, lexer.VARIABLE):
        raise tokens.error_at(token.position, NOT_A_DATE_PART, 1, function.lower())
    part = DATE_PART_OF.get(token.value.upper())
    if part is None:
        raise tokens.error_at(token.position, UNKNOWN_DATE_PART, token.value, function.lower())
    return ast.DatePart(part, position=token.position)


def _json_argument(tokens: Tokens) -> ast.Expression | ast.JsonKeyValue:
    key = expression(tokens)
    if tokens.at(":"):
        tokens.require_year(2022)
        tokens.take()
        return ast.JsonKeyValue(key, expression(tokens), position=key.position)
    return key


def _json_clauses(tokens: Tokens, word: str) -> tuple[str | None, bool, tuple[ast.OrderItem, ...]]:
    """Read ORDER BY, {NULL | ABSENT} ON NULL and RETURNING JSON in a JSON constructor."""
    if word not in JSON_CONSTRUCTORS:
        return None, False, ()
    order = optional_order_by(tokens) if word == "JSON_ARRAYAGG" else ()
    nulls = tokens.accept_any("NULL", "ABSENT")
    if nulls:
        tokens.expect("ON", "NULL")
    returning = tokens.accept("RETURNING")
    if returning:
        tokens.require_year(2025)
        tokens.expect("JSON")
        if tokens.accept("("):
            tokens.expect_kind(lexer.INTEGER)
            tokens.expect(")")
    return nulls, returning, order


def _returning_type(tokens: Tokens) -> ast.DataType | None:
    if not tokens.at("RETURNING"):
        return None
    tokens.require_year(2025)
    tokens.take()
    return data_type(tokens, LENGTH_IN_CAST)


def _null_treatment(tokens: Tokens) -> str | None:
    if tokens.at_any("IGNORE", "RESPECT") and tokens.peek().word == "NULLS":
        tokens.require_year(2022)
        word = tokens.take().word
        tokens.take()
        return word
    return None
