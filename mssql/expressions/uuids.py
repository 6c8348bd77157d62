"""UUIDs that the server makes (Django 6.1's UUID4 and UUID7)."""

from __future__ import annotations

from typing import Any

from django.db.models import functions

from mssql.expressions.dispatch import SqlWithParams, fill, tsql

# "8-4-4-4-12" digits. NEWID() is random, its version 4 and variant in their places (RFC 9562).
_VERSION_4 = "CONVERT(char(36), NEWID())"
# A version 7 begins with 48 bits of Unix time; what comes after them may stay random.
_MILLISECONDS = "DATEDIFF_BIG(millisecond, '1970-01-01', SYSUTCDATETIME())"
_VERSION_7 = (
    "STUFF({version_4}, 1, 15, STUFF(CONVERT(char(12), CAST({milliseconds} AS binary(6)), 2),"
    " 9, 0, '-') + '-7')"
)


def uuid4(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """NEWID(). https://learn.microsoft.com/sql/t-sql/functions/newid-transact-sql"""
    return fill(_as_stored(_VERSION_4, node, connection), compiler)


def uuid7(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """The time, shifted by a duration where one is given, and random bits."""
    shifts = node.get_source_expressions()
    milliseconds = f"{_MILLISECONDS} + {{0}} / 1000" if shifts else _MILLISECONDS
    text = _VERSION_7.format(version_4=_VERSION_4, milliseconds=milliseconds)
    return fill(_as_stored(text, node, connection), compiler, *shifts)


def _as_stored(text: str, node: Any, connection: Any) -> str:
    if node.output_field.db_type(connection) == "uniqueidentifier":
        return f"CAST({text} AS uniqueidentifier)"
    return f"LOWER(REPLACE({text}, '-', ''))"


if hasattr(functions, "UUID4"):  # since Django 6.1
    tsql(functions.UUID4)(uuid4)
    tsql(functions.UUID7)(uuid7)
