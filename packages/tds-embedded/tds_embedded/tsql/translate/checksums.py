"""CHECKSUM and BINARY_CHECKSUM.

Follows https://learn.microsoft.com/sql/t-sql/functions/checksum-transact-sql
"""

from __future__ import annotations

from tds_embedded.catalog.types import is_utf8
from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import types
from tds_embedded.tsql.translate.binder import Scope
from tds_embedded.tsql.translate.values import Value, base, only, padded, unsupported
from tds_embedded.types import SqlType


def checksum(node: ast.FunctionCall, scope: Scope) -> Value:
    """Return CHECKSUM or BINARY_CHECKSUM: the sums of the values, each rotated.

    BINARY_CHECKSUM ignores values that it does not compare and a NULL without a type, which
    CHECKSUM refuses. The weights of letters in CHECKSUM are not emulated.
    """
    name = node.name.name.lower()
    if not node.arguments:
        raise error(189, name, 1, 254)
    values = [only(argument, scope) for argument in node.arguments]
    if name == "checksum":
        values = comparable_arguments(node, values)
        for position, value in enumerate(values, start=1):
            if value.type.name == "null":
                raise error(8116, "NULL", position, name, state=4)
    else:
        values = [value for value in values if value.type.name not in types.INCOMPARABLE]
    operands = [padded(value) for value in values if value.type.name != "null"]
    if not operands:
        raise error(8184)
    if not all(_is_summed(name, value.type) for value in operands):
        raise unsupported(f"{name.upper()} of {', '.join(each.type.name for each in values)}")
    sums = ", ".join(f"tsql.{name}({_as_summed(value)})" for value in operands)
    return Value(f"tsql.checksum_of(ARRAY[{sums}])", types.INT, False)


def _as_summed(value: Value) -> str:
    """Return a value as the overload of CHECKSUM for its type accepts it."""
    if value.type.name == "bit":
        return f"{value.sql}::int4"
    return f"{value.sql}::{base(value.type)}"


_SUMMED = (types.INTEGERS | types.MONIES | types.FLOATS | types.BINARIES) - types.LARGE_OBJECTS


def _is_summed(name: str, sql_type: SqlType) -> bool:
    if sql_type.name in _SUMMED | {"uniqueidentifier", "date", "datetime", "smalldatetime"}:
        return True
    return (
        name == "binary_checksum"
        and sql_type.name in types.STRINGS
        and not is_utf8(sql_type.collation)
    )


def comparable_arguments(node: ast.FunctionCall, values: list[Value]) -> list[Value]:
    """Return the arguments of a function that compares them. Raises 8116 for other types."""
    for position, value in enumerate(values, start=1):
        if value.type.name in types.INCOMPARABLE:
            raise error(8116, value.type.name, position, node.name.name.lower(), state=4)
    return values
