"""T-SQL's type rules: precedence, implicit conversion, and the types of operators' results.

Follows "Data type precedence", "Data type conversion" and "Precision, scale, and length",
https://learn.microsoft.com/sql/t-sql/data-types/data-type-precedence-transact-sql
https://learn.microsoft.com/sql/t-sql/data-types/data-type-conversion-database-engine
https://learn.microsoft.com/sql/t-sql/data-types/precision-scale-and-length-transact-sql
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql.translate import collations
from tds_embedded.types import MAX, SqlType

BIT = SqlType("bit")
TINYINT = SqlType("tinyint")
SMALLINT = SqlType("smallint")
INT = SqlType("int")
BIGINT = SqlType("bigint")
FLOAT = SqlType("float", precision=53)
REAL = SqlType("real")
MONEY = SqlType("money")
SMALLMONEY = SqlType("smallmoney")
DATE = SqlType("date")
TIME = SqlType("time", scale=7)
DATETIME = SqlType("datetime")
DATETIME2 = SqlType("datetime2", scale=7)
DATETIMEOFFSET = SqlType("datetimeoffset", scale=7)
UNIQUEIDENTIFIER = SqlType("uniqueidentifier")
SQL_VARIANT = SqlType("sql_variant")
NVARCHAR_MAX = SqlType("nvarchar", MAX)
VARCHAR_MAX = SqlType("varchar", MAX)
VARBINARY_MAX = SqlType("varbinary", MAX)
UNTYPED = SqlType("null")  # NULL itself, which takes any type, by default int


def nvarchar(length: int) -> SqlType:
    """Return nvarchar of a length."""
    return SqlType("nvarchar", length)


def varchar(length: int) -> SqlType:
    """Return varchar of a length."""
    return SqlType("varchar", length)


# highest first
_ORDER = [
    "json",
    "sql_variant",
    "xml",
    "datetimeoffset",
    "datetime2",
    "datetime",
    "smalldatetime",
    "date",
    "time",
    "float",
    "real",
    "decimal",
    "numeric",
    "money",
    "smallmoney",
    "bigint",
    "int",
    "smallint",
    "tinyint",
    "bit",
    "ntext",
    "text",
    "image",
    "timestamp",
    "rowversion",
    "uniqueidentifier",
    "nvarchar",
    "sysname",
    "nchar",
    "varchar",
    "char",
    "varbinary",
    "binary",
    "null",
]
PRECEDENCE = {name: len(_ORDER) - rank for rank, name in enumerate(_ORDER)}

INTEGERS = frozenset({"bigint", "int", "smallint", "tinyint", "bit"})
DECIMALS = frozenset({"decimal", "numeric"})
MONIES = frozenset({"money", "smallmoney"})
FLOATS = frozenset({"float", "real"})
NUMBERS = INTEGERS | DECIMALS | MONIES | FLOATS
NATIONAL = frozenset({"nvarchar", "nchar", "ntext", "sysname"})
FIXED = frozenset({"char", "nchar"})
STRINGS = NATIONAL | {"varchar", "char", "text"}
BINARIES = frozenset({"varbinary", "binary", "image", "timestamp", "rowversion"})
OLD_DATES = frozenset({"datetime", "smalldatetime"})
DATES = OLD_DATES | {"date", "time", "datetime2", "datetimeoffset"}
LARGE_OBJECTS = frozenset({"text", "ntext", "image"})
INCOMPARABLE = LARGE_OBJECTS | {"xml", "json"}

DIGITS = {"bigint": 19, "int": 10, "smallint": 5, "tinyint": 3, "bit": 1}
_LONGEST_TEXT = {
    "bit": 1,
    "tinyint": 3,
    "smallint": 6,
    "int": 11,
    "bigint": 20,
    "money": 21,
    "smallmoney": 12,
    "float": 12,
    "real": 12,
}
MONEY_DIGITS = {"money": (19, 4), "smallmoney": (10, 4)}


def family(sql_type: SqlType) -> str:
    """Return the family that decides which conversions exist."""
    name = sql_type.name
    if name in NUMBERS:
        return "number"
    if name in STRINGS:
        return "string"
    if name in BINARIES:
        return "binary"
    return name


def longest_text(sql_type: SqlType) -> int:
    """Return the most characters that a number takes as a string without a style."""
    return _LONGEST_TEXT.get(sql_type.name) or (sql_type.precision or 18) + 3


def decimal_facets(sql_type: SqlType) -> tuple[int, int]:
    """Return the precision and scale of a number in decimal arithmetic.

    An integer with a precision is a literal, which counts with the digits it is written with.
    """
    if sql_type.name in DECIMALS:
        return sql_type.precision or 18, sql_type.scale or 0
    return MONEY_DIGITS.get(sql_type.name) or (sql_type.precision or DIGITS[sql_type.name], 0)


# --- Implicit conversion ---

_NEVER = {
    ("number", "date"),
    ("number", "time"),
    ("number", "datetime2"),
    ("number", "datetimeoffset"),
    ("number", "uniqueidentifier"),
    ("number", "xml"),
    ("date", "time"),
    ("date", "uniqueidentifier"),
    ("datetime", "uniqueidentifier"),
    ("smalldatetime", "uniqueidentifier"),
    ("datetime2", "uniqueidentifier"),
    ("datetimeoffset", "uniqueidentifier"),
    ("time", "uniqueidentifier"),
    ("date", "binary"),
    ("time", "binary"),
    ("datetime2", "binary"),
    ("datetimeoffset", "binary"),
}
# (from, to) that need CAST or CONVERT
_EXPLICIT_ONLY = {
    ("string", "binary"),
    ("datetime", "number"),
    ("smalldatetime", "number"),
    ("sql_variant", "number"),
    ("sql_variant", "string"),
    ("sql_variant", "binary"),
    ("datetime", "binary"),
    ("smalldatetime", "binary"),
}
_DATETIME_LIKE = {"datetime", "smalldatetime"}


def check_castable(source: SqlType, target: SqlType) -> None:
    """Raise 529 if not even CAST converts `source` to `target`."""
    pair = (family(source), family(target))
    if "json" in pair and not _meets_json(source, target):
        raise error(529, source.name, target.name)
    if not _meets_large_object(source, target):
        raise error(529, source.name, target.name)
    if pair == ("binary", "number") and target.name in FLOATS:
        raise error(529, source.name, target.name)
    if pair in _NEVER or pair[::-1] in _NEVER:
        if "binary" in pair:  # CAST converts the new date types to and from binary
            return
        raise error(529, source.name, target.name)


def check_implicit(source: SqlType, target: SqlType) -> None:
    """Raise 206 or 257 if SQL Server does not convert `source` to `target` implicitly."""
    pair = (family(source), family(target))
    if "json" in pair and not _meets_json(source, target):
        raise error(206, source.name, target.name, state=2)
    if pair == ("json", "string"):
        raise error(257, source.name, target.name, state=3)
    if not _meets_large_object(source, target):
        raise error(206, source.name, target.name, state=2)
    if pair == ("binary", "number") and target.name in FLOATS:
        raise error(206, source.name, target.name, state=2)
    if pair in _NEVER or pair[::-1] in _NEVER:
        raise error(206, source.name, target.name)
    if pair in _EXPLICIT_ONLY and source != target and target.name != "image":
        raise error(257, source.name, target.name)


def _meets_large_object(source: SqlType, target: SqlType) -> bool:
    """Return whether text and ntext meet strings, and image binaries; image accepts varchar."""
    if source.name in ("text", "ntext") or target.name in ("text", "ntext"):
        return {source.name, target.name} <= STRINGS | {"null", "xml", "json"}
    if target.name == "image":
        return source.name in BINARIES | {"char", "varchar", "null"}
    return source.name != "image" or target.name in BINARIES


def _meets_json(source: SqlType, target: SqlType) -> bool:
    """Return whether one is json and the other is json, too, or a text type for it."""
    others = {source.name, target.name} - {"json"}
    return others <= STRINGS - LARGE_OBJECTS


# --- Common types ---


def common_type(types: Iterable[SqlType], operation: str = "equal to") -> SqlType:
    """Return the type of CASE, COALESCE, UNION, VALUES and IN over operands of these types."""
    result = UNTYPED
    for sql_type in sorted(types, key=lambda sql_type: not sql_type.explicit):
        result = _common_pair(result, sql_type, operation)
    return result


def _common_pair(left: SqlType, right: SqlType, operation: str) -> SqlType:
    if right.name == "null":
        return left
    if left == right and not (left.explicit or left.conflict or right.explicit or right.conflict):
        return left
    if left.name == "null":
        return right
    high, low = (left, right) if PRECEDENCE[left.name] >= PRECEDENCE[right.name] else (right, left)
    check_comparable(high, low)
    if high.name in DECIMALS and low.name in NUMBERS - FLOATS:
        return _common_decimal(high, low)
    if high.name in STRINGS and low.name in STRINGS:
        return collations.met(_common_string(high, low), left, right, operation)
    if high.name in ("varbinary", "binary") and low.name in ("varbinary", "binary"):
        return SqlType("varbinary", longer(high.length, low.length))
    if high.name == low.name and high.scale is not None and low.scale is not None:
        return replace(high, scale=max(high.scale, low.scale))
    if high.name == "datetime2" and low.name == "datetimeoffset":
        return low
    return high


def check_comparable(high: SqlType, low: SqlType) -> None:
    """Raise 206 if values of the two types cannot meet in one operator."""
    pair = (family(low), family(high))
    if high.name == "json" and not _meets_json(low, high):
        raise error(206, low.name, high.name, state=2)
    if pair in _NEVER or pair[::-1] in _NEVER:
        raise error(206, high.name, low.name)


def _common_decimal(high: SqlType, low: SqlType) -> SqlType:
    (p1, s1), (p2, s2) = decimal_facets(high), decimal_facets(low)
    scale = max(s1, s2)
    precision = max(p1 - s1, p2 - s2) + scale
    if precision > 38:
        scale = max(0, scale - (precision - 38))
        precision = 38
    return SqlType(high.name, precision=precision, scale=scale)


def _common_string(high: SqlType, low: SqlType) -> SqlType:
    name = high.name
    if name in ("nchar", "char") and low.name != name:
        name = "nvarchar" if name == "nchar" and low.name == "varchar" else name
    length = longer(high.length, low.length)
    if name in NATIONAL and length is not None and length > 4000:
        length = 4000
    return SqlType(name, length)


def longer(left: int | None, right: int | None) -> int | None:
    """Return the greater of two lengths; MAX is the greatest."""
    if left is None or right is None:
        return None
    return MAX if MAX in (left, right) else max(left, right)


def check_sortable(sql_type: SqlType) -> None:
    """Raise 306 or 13636 for values that are not sortable and so cannot be grouped."""
    if sql_type.name == "json":
        raise error(13636, state=2)
    if sql_type.name in INCOMPARABLE:
        raise error(306)


# --- Operators ---

OPERATOR_NAMES = {
    "+": "add",
    "||": "concat",
    "-": "subtract",
    "*": "multiply",
    "/": "divide",
    "%": "modulo",
    "&": "'&'",
    "|": "'|'",
    "^": "'^'",
    "=": "equal to",
    "<>": "not equal to",
    "<": "less than",
    "<=": "less than or equal to",
    ">": "greater than",
    ">=": "greater than or equal to",
}


def arithmetic_type(operator: str, left: SqlType, right: SqlType) -> SqlType:
    """Return the type of `left operator right`. Raises 402, 8117 or 206 as SQL Server does."""
    if left.name == "null" and right.name == "null":
        return INT
    names = {left.name, right.name}
    if "uniqueidentifier" in names and names & OLD_DATES:
        raise error(402, left.name, right.name, OPERATOR_NAMES[operator])
    high = common_or_other(left, right)
    if high.name in INTEGERS:
        high = SqlType(high.name)
    if operator in "&|^":
        return _bitwise_type(operator, left, right, high)
    if high.name in STRINGS or high.name in BINARIES:
        return _concatenation_type(operator, left, right)
    if high.name in OLD_DATES:
        return _date_type(operator, left, right, high)
    if high.name == "json":
        raise _no_json_operator(operator, left, right)
    if high.name not in NUMBERS:
        raise _no_operator(operator, left, right)
    if high.name == "bit":
        raise _no_operator(operator, left, right)
    if high.name in FLOATS:
        if operator == "%":
            raise error(402, left.name, right.name, OPERATOR_NAMES[operator])
        return high
    if high.name in DECIMALS:
        return decimal_result(operator, _number(left, right), _number(right, left))
    return high


def _no_json_operator(operator: str, left: SqlType, right: SqlType) -> SqlServerError:
    if left.name == right.name:
        return error(8117, "json", OPERATOR_NAMES[operator])
    return error(402, left.name, right.name, OPERATOR_NAMES[operator])


def _no_operator(operator: str, left: SqlType, right: SqlType) -> SqlServerError:
    """Return error 402 of two types without an operator, or 8117 if they are one.

    A product or quotient of one type is 8117, a sum or remainder 402, and so is the difference of
    two bits, binaries or (max) texts.
    """
    name = OPERATOR_NAMES[operator]
    lacks_minus = left.name == "bit" or left.name in BINARIES or left.length == MAX
    if left.name == right.name and (operator in "*/" or (operator == "-" and not lacks_minus)):
        return error(8117, left.name, name)
    return error(402, left.name, right.name, name)


def _number(sql_type: SqlType, other: SqlType) -> SqlType:
    """Return an operand of decimal arithmetic: a string or NULL takes the other's type."""
    return sql_type if sql_type.name in NUMBERS else other


def common_or_other(left: SqlType, right: SqlType) -> SqlType:
    """Return the operand type of higher precedence."""
    if left.name == "null":
        return right
    if right.name == "null":
        return left
    check_comparable(left, right)
    return left if PRECEDENCE[left.name] >= PRECEDENCE[right.name] else right


def _bitwise_type(operator: str, left: SqlType, right: SqlType, high: SqlType) -> SqlType:
    if high.name in INTEGERS:
        return high
    raise error(402, left.name, right.name, OPERATOR_NAMES[operator])


def _concatenation_type(operator: str, left: SqlType, right: SqlType) -> SqlType:
    for operand in (left, right):
        if operand.name in LARGE_OBJECTS:
            raise error(402, left.name, right.name, OPERATOR_NAMES[operator])
    if operator not in ("+", "||"):
        if left.name != right.name and not {left.name, right.name} <= STRINGS | {"null"}:
            raise error(8117, left.name, OPERATOR_NAMES[operator])
        raise _no_operator(operator, left, right)
    if left.name in BINARIES and right.name in BINARIES:
        length = _sum_of_lengths(left.length, right.length, 8000)
        return SqlType("varbinary", length)
    if "null" in (left.name, right.name):
        return right if left.name == "null" else left
    if left.name in BINARIES or right.name in BINARIES:
        raise error(402, left.name, right.name, OPERATOR_NAMES[operator])
    high = common_type((left, right), OPERATOR_NAMES[operator])
    limit = 4000 if high.name in NATIONAL else 8000
    has_fixed_length = left.name in ("char", "nchar") and right.name in ("char", "nchar")
    name = (
        high.name
        if has_fixed_length
        else {"char": "varchar", "nchar": "nvarchar"}.get(high.name, high.name)
    )
    return replace(high, name=name, length=_sum_of_lengths(left.length, right.length, limit))


def _sum_of_lengths(left: int | None, right: int | None, limit: int) -> int:
    if left is None or right is None or MAX in (left, right):
        return MAX
    return min(left + right, limit)


def _date_type(operator: str, left: SqlType, right: SqlType, high: SqlType) -> SqlType:
    others = {left.name, right.name} - OLD_DATES
    if operator in "*/" and others and others <= NUMBERS:
        raise error(257, high.name, *others)
    if operator not in "+-" or not others <= NUMBERS | STRINGS | {"null"}:
        raise error(402, left.name, right.name, OPERATOR_NAMES[operator])
    return high


def decimal_result(operator: str, left: SqlType, right: SqlType) -> SqlType:
    """Return precision and scale of decimal arithmetic, cut to 38 digits as documented."""
    (p1, s1), (p2, s2) = decimal_facets(left), decimal_facets(right)
    if operator in "+-":
        scale = max(s1, s2)
        whole = max(p1 - s1, p2 - s2)
        precision = whole + scale + 1
        if precision > 38:
            scale = max(0, min(scale, 38 - whole))
    elif operator == "*":
        precision, scale = _cut(p1 + p2 + 1, s1 + s2)
    elif operator == "/":
        scale = max(6, s1 + p2 + 1)
        precision, scale = _cut(p1 - s1 + s2 + scale, scale)
    else:
        scale = max(s1, s2)
        precision = min(p1 - s1, p2 - s2) + scale
    name = left.name if left.name in DECIMALS else "numeric"
    return SqlType(name, precision=min(precision, 38), scale=scale)


def _cut(precision: int, scale: int) -> tuple[int, int]:
    if precision <= 38:
        return precision, scale
    whole = precision - scale
    if whole < 32:
        return 38, min(scale, 38 - whole)
    return 38, min(scale, 6)
