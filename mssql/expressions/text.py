"""String functions."""

from __future__ import annotations

from typing import Any

from django.db.models.expressions import Expression, Func, Value
from django.db.models.fields import CharField, FloatField, TextField
from django.db.models.functions import (
    Cast,
    Chr,
    Collate,
    ConcatPair,
    Left,
    Length,
    LPad,
    Ord,
    Repeat,
    Replace,
    Right,
    RPad,
    StrIndex,
    Substr,
    Trim,
)

from mssql.expressions.collations import without_collation
from mssql.expressions.conditional import TypedNull
from mssql.expressions.dispatch import SqlWithParams, field_of, fill, has_length, tsql
from mssql.tsql.identifiers import collation_name
from mssql.tsql.limits import MAX_NVARCHAR
from mssql.tsql.types import NVARCHAR, NVARCHAR_MAX

# LEN leaves trailing blanks out; with the blanks made visible it counts all characters.
_LENGTH = "LEN(REPLACE({0}, N' ', N'_'))"

# REPLICATE cuts at 8,000 bytes unless its argument is of a large type.
# https://learn.microsoft.com/sql/t-sql/functions/replicate-transact-sql
_FILLING = "REPLICATE(CAST({2} AS nvarchar(max)), {1})"

_BINARY = "Latin1_General_100_BIN2"

_TEMPLATES = {
    Length: _LENGTH,
    Repeat: "REPLICATE(CAST({0} AS nvarchar(max)), {1})",
    StrIndex: "CHARINDEX({1}, {0})",
    # TRIM came with SQL Server 2017.
    Trim: "LTRIM(RTRIM({0}))",
}


@tsql(*_TEMPLATES)
def text_function(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """The functions that T-SQL spells, or orders the arguments of, in its own way."""
    template = next(_TEMPLATES[cls] for cls in type(node).__mro__ if cls in _TEMPLATES)
    return fill(template, compiler, *as_texts(node))


# If the text is long enough, LEFT(..., 0) is the empty string.
_PADDINGS = {
    LPad: f"(LEFT({_FILLING}, CASE WHEN {{1}} > {_LENGTH} THEN {{1}} - {_LENGTH} ELSE 0 END)"
    " + LEFT({0}, {1}))",
    RPad: f"LEFT({{0}} + {_FILLING}, {{1}})",
}


@tsql(*_PADDINGS)
def padding(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """LPad and RPad; as long as they are known to be, for indexes take no nvarchar(max) (1919)."""
    template = next(_PADDINGS[cls] for cls in type(node).__mro__ if cls in _PADDINGS)
    sources = as_texts(node)
    length = sources[1].value if isinstance(sources[1], Value) else None
    if isinstance(length, int) and 0 < length <= MAX_NVARCHAR:
        template = f"CAST({template} AS nvarchar({length}))"
    return fill(template, compiler, *sources)


# Beyond U+FFFF NCHAR is NULL, unless the database's collation has supplementary characters, and
# UNICODE the first half of the character, unless the text's collation has.
# https://learn.microsoft.com/sql/t-sql/functions/nchar-transact-sql
_CHARACTER = (
    "CASE WHEN {0} > 65535 THEN NCHAR(55296 + ({0} - 65536) / 1024)"
    " + NCHAR(56320 + ({0} - 65536) %% 1024) ELSE CAST(NCHAR({0}) AS nvarchar(2)) END"
)
_SUPPLEMENTARY = "Latin1_General_100_CI_AS_SC"


@tsql(Chr)
def character(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """NCHAR, or the halves of a supplementary character."""
    (code,) = node.get_source_expressions()
    if isinstance(code, Value) and isinstance(code.value, int) and 0xFFFF < code.value <= 0x10FFFF:
        return "%s", [chr(code.value)]
    return fill(_CHARACTER, compiler, code)


@tsql(Ord)
def code_point(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """UNICODE, which counts a supplementary character as one in some collations only."""
    (text,) = as_texts(node)
    is_text = isinstance(field_of(text), (CharField, TextField))
    template = f"UNICODE({{0}} COLLATE {_SUPPLEMENTARY})" if is_text else "UNICODE({0})"
    return fill(template, compiler, text)


@tsql(Replace)
def replace(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """REPLACE, which distinguishes upper case from lower whatever the column's collation."""
    texts = as_texts(node)
    replaced = f"REPLACE({{0}} COLLATE {_BINARY}, {{1}}, {{2}})"
    sql_type = str(NVARCHAR if has_length(texts[0]) else NVARCHAR_MAX)
    return fill(without_collation(replaced, sql_type), compiler, *texts)


@tsql(Left, Right)
def end_of_text(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """LEFT and RIGHT."""
    side = "RIGHT" if isinstance(node, Right) else "LEFT"
    return fill(f"{side}({{0}}, {{1}})", compiler, *as_texts(node))


@tsql(Substr)
def substr(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """SUBSTRING, which always wants a length; beyond the end it gives what there is."""
    sources = as_texts(node)
    length = "{2}" if len(sources) > 2 else "2147483647"
    return fill(f"SUBSTRING({{0}}, {{1}}, {length})", compiler, *sources)


@tsql(Collate)
def collate(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """
    COLLATE with the bare name: T-SQL takes no delimiters around it.

    Nor does it take one COLLATE behind another, hence the brackets.
    """
    collation = collation_name(node.collation, "Collate()")
    (source,) = node.get_source_expressions()
    return fill(f"({{0}} COLLATE {collation})", compiler, source)


@tsql(Func)
def function(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """A function that T-SQL spells as Django does; some take no bare NULL (error 8116)."""
    sources = node.get_source_expressions()
    typed = [_typed(source, field_of(source)) for source in sources]
    if any(new is not old for new, old in zip(typed, sources)):
        node = node.copy()
        node.set_source_expressions(typed)
    sql: SqlWithParams = node.as_sql(compiler, connection)
    return sql


@tsql(ConcatPair)
def concatenation(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """CONCAT, with floats as texts that have all their digits."""
    node = node.copy()
    node.set_source_expressions([as_text(source) for source in node.get_source_expressions()])
    sql: SqlWithParams = node.as_sql(compiler, connection)
    return sql


@tsql(Cast)
def cast(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """CAST, with floats as texts that have all their digits."""
    if isinstance(node.output_field, (CharField, TextField)):
        node = node.copy()
        node.set_source_expressions([as_text(*node.get_source_expressions())])
    sql: SqlWithParams = node.as_sql(compiler, connection)
    return sql


def as_texts(node: Any) -> list[Any]:
    """Return the arguments of a string function, the first one and NULLs as texts."""
    first, *others = node.get_source_expressions()
    return [as_text(first), *(_typed(other, field_of(other) or _TEXT) for other in others)]


def as_text(expression: Any) -> Any:
    """Return the expression so that no digits are lost if it becomes a text."""
    if isinstance(field_of(expression), FloatField):
        return FloatText(expression)
    return _typed(expression, field_of(expression) or _TEXT)


_TEXT: Any = CharField(max_length=1)


def _typed(expression: Any, field: Any) -> Any:
    """Return a NULL with the type of the field, if any, and any other expression as it is."""
    if field is not None and isinstance(expression, Value) and expression.value is None:
        return TypedNull(field)
    return expression


class FloatText(Expression):
    """A float as text: plain if a few digits say it, else with all 17, as 1.2345678901234560e-010.

    A conversion without a style keeps six digits.
    https://learn.microsoft.com/sql/t-sql/functions/cast-and-convert-transact-sql (float styles)
    """

    output_field = CharField()

    _whole = "{0} = FLOOR({0}) AND ABS({0}) < 1E15"
    _short = "CONVERT(nvarchar(32), {0})"
    _fixed = "CAST({0} AS numeric(15, 6))"
    _template = (
        f"CASE WHEN {_whole} THEN CONVERT(nvarchar(32), CAST({{0}} AS bigint))"
        f" WHEN CAST({_short} AS float) = {{0}} THEN {_short}"
        f" WHEN ABS({{0}}) < 1E8 AND CAST({_fixed} AS float) = {{0}} THEN"
        # Blanks stand for the zeros that go.
        f" REPLACE(RTRIM(REPLACE(CONVERT(nvarchar(32), {_fixed}), N'0', N' ')), N' ', N'0')"
        " ELSE CONVERT(nvarchar(32), {0}, 3) END"
    )

    def __init__(self, number: Any) -> None:
        super().__init__()
        self.number = number

    def get_source_expressions(self) -> list[Any]:
        return [self.number]

    def set_source_expressions(self, exprs: Any) -> None:
        (self.number,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return fill(self._template, compiler, self.number)
