"""
Keys that cannot come back from a table whose INSTEAD OF INSERT trigger inserts the rows.

OUTPUT shows the rows as they were to be inserted, in which an identity column is still 0.
https://learn.microsoft.com/sql/t-sql/queries/output-clause-transact-sql (Triggers)
"""

from __future__ import annotations

from typing import Any, Sequence

from django.db import NotSupportedError
from django.db.models.fields import AutoFieldMixin

from mssql.tsql.literals import literal


def require_keys(rows: Sequence[Any], fields: Sequence[Any], meta: Any, connection: Any) -> None:
    """Raise NotSupportedError if an identity came back as 0 that no row has.

    An identity may begin with 0. So the server is asked, but only if there is a 0.
    """
    for position, field in enumerate(fields):
        zeros = isinstance(field, AutoFieldMixin) and any(row[position] == 0 for row in rows)
        if zeros and not _is_stored(field, meta, connection):
            raise NotSupportedError(
                f"{meta.label}: the key of the new row is not known, since an INSTEAD OF INSERT "
                "trigger has put it in: SQL Server returns 0 then. What the trigger did stays, "
                "unless the transaction is rolled back. Set the key before you save, insert by SQL "
                "of your own, or have an AFTER trigger."
            )


def _is_stored(field: Any, meta: Any, connection: Any) -> bool:
    quote = connection.ops.quote_name
    table, column = quote(meta.db_table), quote(field.column)
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
