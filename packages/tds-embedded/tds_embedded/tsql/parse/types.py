"""Data types in T-SQL's notation, with defaults for omitted facets.

Follows "Data types (Transact-SQL)",
https://learn.microsoft.com/sql/t-sql/data-types/data-types-transact-sql
"""

from __future__ import annotations

from tds_embedded.tsql import ast, lexer
from tds_embedded.tsql.parse.names import object_name
from tds_embedded.tsql.parse.tokens import Tokens
from tds_embedded.types import MAX, SqlType

LENGTH_ABOVE_ANY_MAXIMUM = 131
LENGTH_ZERO = 1001
SCALE_INVALID = 1002
LENGTH_NOT_ALLOWED = 2716
LENGTH_ABOVE_MAXIMUM = 2717
PRECISION_ABOVE_MAXIMUM = 2750
SCALE_ABOVE_PRECISION = 2751
# In declarations a string without a length has 1 character, in CAST and CONVERT 30.
LENGTH_IN_DECLARATION = 1
LENGTH_IN_CAST = 30

SYNONYMS = {
    "INTEGER": "int",
    "DEC": "decimal",
    "CHARACTER": "char",
    "ROWVERSION": "timestamp",
    "BINARY VARYING": "varbinary",
    "CHAR VARYING": "varchar",
    "CHARACTER VARYING": "varchar",
    "NATIONAL CHAR": "nchar",
    "NATIONAL CHARACTER": "nchar",
    "NATIONAL CHAR VARYING": "nvarchar",
    "NATIONAL CHARACTER VARYING": "nvarchar",
    "NATIONAL TEXT": "ntext",
    "DOUBLE PRECISION": "float",
}
_PLAIN = """
    bigint int smallint tinyint bit money smallmoney real date datetime smalldatetime
    uniqueidentifier text ntext image xml sql_variant hierarchyid geography geometry timestamp
"""
PLAIN = frozenset(_PLAIN.split())
MAXIMUM_LENGTH = {
    "char": 8000,
    "varchar": 8000,
    "binary": 8000,
    "varbinary": 8000,
    "nchar": 4000,
    "nvarchar": 4000,
}
WITH_SCALE = ("time", "datetime2", "datetimeoffset")
MAXIMUM_PRECISION = 38
MAXIMUM_FLOAT_BITS = 53
REAL_BITS = 24  # float(24) and less is real
MAXIMUM_TIME_SCALE = 7
SYSNAME = SqlType("nvarchar", length=128)


def data_type(tokens: Tokens, default_length: int = LENGTH_IN_DECLARATION) -> ast.DataType:
    """Read a system type, or the name of a user-defined type.

    Raises 131, 1001, 1002, 2716, 2717, 2750 or 2751 for facets that the type cannot have.
    """
    position = tokens.position
    if tokens.at_any("NATIONAL", "DOUBLE"):
        name = ast.ObjectName((_words_of_type(tokens),), position=position)
    else:
        name = object_name(tokens)
        if tokens.at("VARYING"):
            tokens.take()
            name = ast.ObjectName((name.name + " VARYING",), position=position)
    if len(name.parts) > 1 and name.parts[0].lower() != "sys":
        return name
    word = SYNONYMS.get(name.name.upper(), name.name.lower())
    if word in ("decimal", "numeric"):
        return _decimal(tokens, word)
    if word in MAXIMUM_LENGTH:
        return _with_length(tokens, word, default_length)
    if word in WITH_SCALE:
        return _with_scale(tokens, word)
    if word == "float":
        return _float(tokens)
    if word == "sysname":
        return SYSNAME
    if word in PLAIN or (word == "json" and tokens.year >= 2025):
        if tokens.at("(") and tokens.peek().kind is lexer.INTEGER:
            raise tokens.error(LENGTH_NOT_ALLOWED, 1, word)
        return SqlType(word)
    if word == "vector" and tokens.year >= 2025:
        return SqlType(word, length=tokens.in_parentheses(Tokens.unsigned))
    return name


def _words_of_type(tokens: Tokens) -> str:
    words = [tokens.take().word]
    if words[0] == "DOUBLE":
        tokens.expect("PRECISION")
        return "DOUBLE PRECISION"
    words.append(tokens.expect_any("CHAR", "CHARACTER", "TEXT"))
    if words[1] != "TEXT" and tokens.accept("VARYING"):
        words.append("VARYING")
    return " ".join(words)


def _with_length(tokens: Tokens, name: str, default: int) -> SqlType:
    if not tokens.accept("("):
        return SqlType(name, length=default)
    if name.startswith(("var", "nvar")) and tokens.accept("MAX"):
        length = MAX
    else:
        length = tokens.unsigned()
        if length == 0:
            raise tokens.error(LENGTH_ZERO, tokens.line_of(tokens.position), length)
        maximum = MAXIMUM_LENGTH[name]
        if length > 8000:
            raise tokens.error(LENGTH_ABOVE_ANY_MAXIMUM, length, "type", name, 8000)
        if length > maximum:
            raise tokens.error(LENGTH_ABOVE_MAXIMUM, length, "type", name, maximum)
    tokens.expect(")")
    return SqlType(name, length=length)


def _decimal(tokens: Tokens, name: str) -> SqlType:
    precision, scale = 18, 0
    if tokens.accept("("):
        precision = tokens.unsigned()
        if tokens.accept(","):
            scale = tokens.unsigned()
        tokens.expect(")")
    if not 1 <= precision <= MAXIMUM_PRECISION:
        raise tokens.error(PRECISION_ABOVE_MAXIMUM, 1, precision, MAXIMUM_PRECISION)
    if scale > precision:
        raise tokens.error(SCALE_ABOVE_PRECISION, 1, scale, precision)
    return SqlType(name, precision=precision, scale=scale)


def _with_scale(tokens: Tokens, name: str) -> SqlType:
    scale = MAXIMUM_TIME_SCALE
    if tokens.at("("):
        scale = tokens.in_parentheses(Tokens.unsigned)
        if scale > MAXIMUM_TIME_SCALE:
            line = tokens.line_of(tokens.position)
            raise tokens.error(SCALE_INVALID, line, scale)
    return SqlType(name, scale=scale)


def _float(tokens: Tokens) -> SqlType:
    bits = MAXIMUM_FLOAT_BITS
    if tokens.at("("):
        bits = tokens.in_parentheses(Tokens.unsigned)
        if not 1 <= bits <= MAXIMUM_FLOAT_BITS:
            raise tokens.error(PRECISION_ABOVE_MAXIMUM, 1, bits, MAXIMUM_FLOAT_BITS)
    return SqlType("real") if bits <= REAL_BITS else SqlType("float", precision=53)


def optional_nullability(tokens: Tokens) -> bool | None:
    """Read NULL or NOT NULL if one comes next; return whether it is NULL."""
    if tokens.accept("NULL"):
        return True
    if tokens.accept("NOT"):
        tokens.expect("NULL")
        return False
    return None
