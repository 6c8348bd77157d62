"""Keys that a table does not return if its INSTEAD OF INSERT trigger inserts the rows.

OUTPUT returns the rows that were to be inserted, with 0 in the identity column.
https://learn.microsoft.com/sql/t-sql/queries/output-clause-transact-sql (Triggers)
"""

from __future__ import annotations

from typing import Any, Sequence

from django.db import NotSupportedError
from django.db.models import Model
from django.db.models.fields import AutoFieldMixin
from django.db.models.options import Options

from mssql.expressions.interfaces import AnyField, Connection
from mssql.tsql.literals import literal


def is_identity(field: AnyField) -> bool:
    """Return whether the server generates the field's values as an identity."""
    return isinstance(field, AutoFieldMixin)


def require_keys(
    rows: Sequence[Sequence[Any]],
    fields: Sequence[AnyField],
    meta: Options[Model],
    connection: Connection,
) -> None:
    """Raise NotSupportedError if a returned identity is 0 and no row has it.

    An identity may begin with 0. So the server must be queried, but only if there is a 0.
    """
    for position, field in enumerate(fields):
        zeros = is_identity(field) and any(row[position] == 0 for row in rows)
        if zeros and not _is_stored(field, meta, connection):
            raise NotSupportedError(
                f"{meta.label}: the key of the new row is unknown, since an INSTEAD OF INSERT "
                "trigger has inserted it: SQL Server returns 0 then. The changes of the trigger "
                "remain, unless the transaction is rolled back. Set the key before you save, "
                "insert with your own SQL, or use an AFTER trigger."
            )


def _is_stored(field: AnyField, meta: Options[Model], connection: Connection) -> bool:
    quote = connection.ops.quote_name
    table, column = quote(meta.db_table), quote(str(field.column))
    trigger = (
        f"SELECT 1 FROM sys.triggers WHERE parent_id = OBJECT_ID({literal(table)})"
        " AND is_instead_of_trigger = 1 AND is_disabled = 0"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 WHERE EXISTS (SELECT 1 FROM {table} WHERE {column} = 0)"
            f" AND NOT EXISTS ({trigger})"
        )
        return cursor.fetchone() is not None
