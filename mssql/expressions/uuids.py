"""UUIDs that the server generates (Django 6.1's UUID4 and UUID7)."""

from __future__ import annotations

from django.db.models.expressions import Func

from mssql.compat import UUID4, UUID7
from mssql.expressions.dispatch import Implementation
from mssql.expressions.interfaces import Compiler, Connection, SqlWithParams
from mssql.expressions.templates import fill

# "8-4-4-4-12" digits. NEWID() is random except for its version (4) and its variant (RFC 9562).
_VERSION_4 = "CONVERT(char(36), NEWID())"
# A version 7 begins with 48 bits of Unix time; the bits after them may stay random.
_MILLISECONDS = "DATEDIFF_BIG(millisecond, '1970-01-01', SYSUTCDATETIME())"
_VERSION_7 = (
    "STUFF({version_4}, 1, 15, STUFF(CONVERT(char(12), CAST({milliseconds} AS binary(6)), 2),"
    " 9, 0, '-') + '-7')"
)


def uuid4(node: UUID4, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render NEWID(). https://learn.microsoft.com/sql/t-sql/functions/newid-transact-sql"""
    return fill(_as_stored(_VERSION_4, node, connection), compiler)


def uuid7(node: UUID7, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render the time, shifted by a duration if there is one, followed by random bits."""
    shifts = node.get_source_expressions()
    milliseconds = f"{_MILLISECONDS} + {{0}} / 1000" if shifts else _MILLISECONDS
    text = _VERSION_7.format(version_4=_VERSION_4, milliseconds=milliseconds)
    return fill(_as_stored(text, node, connection), compiler, *shifts)


def _as_stored(text: str, node: Func, connection: Connection) -> str:
    if node.output_field.db_type(connection) == "uniqueidentifier":
        return f"CAST({text} AS uniqueidentifier)"
    return f"LOWER(REPLACE({text}, '-', ''))"


TSQL: dict[type, Implementation] = {UUID4: uuid4, UUID7: uuid7}
