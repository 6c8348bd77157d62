"""String functions."""

from __future__ import annotations

from typing import Any

from django.db.models.fields import CharField
from django.db.models.functions import (
    Chr,
    Collate,
    Length,
    LPad,
    Ord,
    Repeat,
    Replace,
    RPad,
    StrIndex,
    Substr,
    Trim,
)

from .collations import without_collation
from .dispatch import SqlWithParams, field_of, fill, tsql

# LEN leaves trailing blanks out; with the blanks made visible it counts all characters.
_LENGTH = "LEN(REPLACE({0}, N' ', N'_'))"

# REPLICATE cuts at 8,000 bytes unless its argument is of a large type.
# https://learn.microsoft.com/sql/t-sql/functions/replicate-transact-sql
_FILLING = "REPLICATE(CAST({2} AS nvarchar(max)), {1})"

_BINARY = "Latin1_General_100_BIN2"

_TEMPLATES = {
    Chr: "NCHAR({0})",
    Length: _LENGTH,
    # Where the text is long enough, LEFT(..., 0) is the empty string.
    LPad: f"(LEFT({_FILLING}, CASE WHEN {{1}} > {_LENGTH} THEN {{1}} - {_LENGTH} ELSE 0 END)"
    " + LEFT({0}, {1}))",
    Ord: "UNICODE({0})",
    Repeat: "REPLICATE(CAST({0} AS nvarchar(max)), {1})",
    RPad: f"LEFT({{0}} + {_FILLING}, {{1}})",
    StrIndex: "CHARINDEX({1}, {0})",
    # TRIM came with SQL Server 2017.
    Trim: "LTRIM(RTRIM({0}))",
}


@tsql(*_TEMPLATES)
def text_function(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """The functions that T-SQL spells, or orders the arguments of, in its own way."""
    template = next(_TEMPLATES[cls] for cls in type(node).__mro__ if cls in _TEMPLATES)
    return fill(template, compiler, *node.get_source_expressions())


@tsql(Replace)
def replace(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """REPLACE, which distinguishes upper case from lower whatever the column's collation."""
    text = node.get_source_expressions()[0]
    replaced = f"REPLACE({{0}} COLLATE {_BINARY}, {{1}}, {{2}})"
    sql_type = "nvarchar(4000)" if has_length(text) else "nvarchar(max)"
    return fill(without_collation(replaced, sql_type), compiler, *node.get_source_expressions())


@tsql(Substr)
def substr(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """SUBSTRING, which always wants a length; beyond the end it gives what there is."""
    sources = node.get_source_expressions()
    length = "{2}" if len(sources) > 2 else "2147483647"
    return fill(f"SUBSTRING({{0}}, {{1}}, {length})", compiler, *sources)


@tsql(Collate)
def collate(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """
    COLLATE with the bare name, which Django has checked: T-SQL takes no delimiters around it.

    Nor does it take one COLLATE behind another, hence the brackets.
    """
    (source,) = node.get_source_expressions()
    return fill(f"({{0}} COLLATE {node.collation})", compiler, source)


def has_length(expression: Any) -> bool:
    """Return whether the text is nvarchar(n), which an index can hold, and not nvarchar(max)."""
    field = field_of(expression)
    return isinstance(field, CharField) and 0 < (field.max_length or 0) <= 4000
