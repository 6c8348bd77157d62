"""String functions."""

from __future__ import annotations

from typing import Any, Sequence

from django.db.models.expressions import Combinable, Expression, Func, Value
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
from mssql.expressions.dispatch import Implementation, entry_for
from mssql.expressions.interfaces import (
    AnyField,
    Compiler,
    Connection,
    SqlWithParams,
)
from mssql.expressions.nulls import TypedNull
from mssql.expressions.output_fields import field_of, has_length
from mssql.expressions.templates import fill
from mssql.tsql.identifiers import collation_name
from mssql.tsql.limits import MAX_NVARCHAR
from mssql.tsql.types import NVARCHAR, NVARCHAR_MAX

# LEN ignores trailing blanks; with the blanks replaced it counts all characters.
_LENGTH = "LEN(REPLACE({0}, N' ', N'_'))"

# REPLICATE cuts at 8,000 bytes unless its argument is of a large type.
# https://learn.microsoft.com/sql/t-sql/functions/replicate-transact-sql
_FILLING = "REPLICATE(CAST({2} AS nvarchar(max)), {1})"

_BINARY = "Latin1_General_100_BIN2"

_TEMPLATES = {
    Length: _LENGTH,
    Repeat: "REPLICATE(CAST({0} AS nvarchar(max)), {1})",
    StrIndex: "CHARINDEX({1}, {0})",
    # TRIM was added in SQL Server 2017.
    Trim: "LTRIM(RTRIM({0}))",
}


def text_function(node: Func, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render a function whose name or order of arguments differs in T-SQL."""
    return fill(entry_for(node, _TEMPLATES), compiler, *as_texts(node))


# If the text is long enough, LEFT(..., 0) is the empty string.
_PADDINGS = {
    LPad: f"(LEFT({_FILLING}, CASE WHEN {{1}} > {_LENGTH} THEN {{1}} - {_LENGTH} ELSE 0 END)"
    " + LEFT({0}, {1}))",
    RPad: f"LEFT({{0}} + {_FILLING}, {{1}})",
}


def padding(node: LPad | RPad, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render LPad or RPad; of a constant length, since indexes refuse nvarchar(max) (1919)."""
    template = entry_for(node, _PADDINGS)
    sources = as_texts(node)
    length = sources[1].value if isinstance(sources[1], Value) else None
    if isinstance(length, int) and 0 < length <= MAX_NVARCHAR:
        template = f"CAST({template} AS nvarchar({length}))"
    return fill(template, compiler, *sources)


# Over U+FFFF NCHAR is NULL, unless the database's collation has supplementary characters, and
# UNICODE the first half of the character, unless the text's collation has them.
# https://learn.microsoft.com/sql/t-sql/functions/nchar-transact-sql
_CHARACTER = (
    "CASE WHEN {0} > 65535 THEN NCHAR(55296 + ({0} - 65536) / 1024)"
    " + NCHAR(56320 + ({0} - 65536) %% 1024) ELSE CAST(NCHAR({0}) AS nvarchar(2)) END"
)
_SUPPLEMENTARY = "Latin1_General_100_CI_AS_SC"


def character(node: Chr, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render NCHAR, or the halves of a supplementary character."""
    (code,) = node.get_source_expressions()
    if isinstance(code, Value) and isinstance(code.value, int) and 0xFFFF < code.value <= 0x10FFFF:
        return "%s", [chr(code.value)]
    return fill(_CHARACTER, compiler, code)


def code_point(node: Ord, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render UNICODE, which reads a whole supplementary character in some collations only."""
    (text,) = as_texts(node)
    is_text = isinstance(field_of(text), (CharField, TextField))
    template = f"UNICODE({{0}} COLLATE {_SUPPLEMENTARY})" if is_text else "UNICODE({0})"
    return fill(template, compiler, text)


def replace(node: Replace, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render REPLACE so that it is case-sensitive in every collation."""
    texts = as_texts(node)
    template = f"REPLACE({{0}} COLLATE {_BINARY}, {{1}}, {{2}})"
    sql_type = str(NVARCHAR if has_length(texts[0]) else NVARCHAR_MAX)
    return fill(without_collation(template, sql_type), compiler, *texts)


def end_of_text(node: Left, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render LEFT or RIGHT."""
    side = "RIGHT" if isinstance(node, Right) else "LEFT"
    return fill(f"{side}({{0}}, {{1}})", compiler, *as_texts(node))


def substr(node: Substr, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render SUBSTRING, which requires a length; it may be longer than the text."""
    sources = as_texts(node)
    length = "{2}" if len(sources) > 2 else "2147483647"
    return fill(f"SUBSTRING({{0}}, {{1}}, {length})", compiler, *sources)


def collate(node: Any, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render COLLATE with the bare name: T-SQL does not accept delimiters around it.

    The brackets are there because one COLLATE cannot follow another.
    """
    collation = collation_name(node.collation, "Collate()")
    (source,) = node.get_source_expressions()
    return fill(f"({{0}} COLLATE {collation})", compiler, source)


def function(node: Func, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render a function that T-SQL spells as Django does; some refuse a bare NULL (error 8116)."""
    sources = node.get_source_expressions()
    operands = [_typed(source, field_of(source)) for source in sources]
    if any(new is not old for new, old in zip(operands, sources)):
        node = node.copy()
        node.set_source_expressions(operands)
    return node.as_sql(compiler, connection)


def concatenation(node: ConcatPair, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render CONCAT, with floats as texts that have all their digits."""
    node = node.copy()
    node.set_source_expressions([as_text(source) for source in node.get_source_expressions()])
    return node.as_sql(compiler, connection)


def cast(node: Cast, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render CAST, with floats as texts that have all their digits."""
    if isinstance(node.output_field, (CharField, TextField)):
        node = node.copy()
        node.set_source_expressions([as_text(*node.get_source_expressions())])
    return node.as_sql(compiler, connection)


def as_texts(node: Func) -> list[Combinable]:
    """Return the arguments of a string function, the first one and NULLs as texts."""
    first, *others = node.get_source_expressions()
    return [as_text(first), *(_typed(other, field_of(other) or _TEXT) for other in others)]


def as_text(expression: Combinable) -> Combinable:
    """Return the expression so that no digits are lost in a conversion to text."""
    if isinstance(field_of(expression), FloatField):
        return FloatText(expression)
    return _typed(expression, field_of(expression) or _TEXT)


_TEXT: AnyField = CharField(max_length=1)


def _typed(expression: Combinable, field: AnyField | None) -> Combinable:
    """Return a NULL with the type of the field, if any, and other expressions unchanged."""
    if field is not None and isinstance(expression, Value) and expression.value is None:
        return TypedNull(field)
    return expression


class FloatText(Expression):
    """A float as text: plain if few digits are exact, otherwise all 17: 1.2345678901234560e-010.

    A conversion without a style has six digits.
    https://learn.microsoft.com/sql/t-sql/functions/cast-and-convert-transact-sql (float styles)
    """

    output_field = CharField()

    _whole = "{0} = FLOOR({0}) AND ABS({0}) < 1E15"
    _short = "CONVERT(nvarchar(32), {0})"
    _six_decimals = "CAST({0} AS numeric(15, 6))"
    _template = (
        f"CASE WHEN {_whole} THEN CONVERT(nvarchar(32), CAST({{0}} AS bigint))"
        f" WHEN CAST({_short} AS float) = {{0}} THEN {_short}"
        f" WHEN ABS({{0}}) < 1E8 AND CAST({_six_decimals} AS float) = {{0}} THEN"
        # Blanks replace the zeros that are removed.
        f" REPLACE(RTRIM(REPLACE(CONVERT(nvarchar(32), {_six_decimals}), N'0', N' ')), N' ', N'0')"
        " ELSE CONVERT(nvarchar(32), {0}, 3) END"
    )

    def __init__(self, number: Combinable) -> None:
        super().__init__()
        self.number = number

    def get_source_expressions(self) -> list[Combinable]:
        return [self.number]

    def set_source_expressions(self, exprs: Sequence[Combinable]) -> None:
        (self.number,) = exprs

    def as_sql(  # type: ignore[override]
        self, compiler: Compiler, connection: Connection
    ) -> SqlWithParams:
        return fill(self._template, compiler, self.number)


TSQL: dict[type, Implementation] = {
    **dict.fromkeys(_TEMPLATES, text_function),
    **dict.fromkeys(_PADDINGS, padding),
    Chr: character,
    Ord: code_point,
    Replace: replace,
    Left: end_of_text,
    Right: end_of_text,
    Substr: substr,
    Collate: collate,
    Func: function,
    ConcatPair: concatenation,
    Cast: cast,
}
