"""Values that INSERT and UPDATE assign: prepared by their fields, sent as their columns' types."""

from __future__ import annotations

from typing import Any

from mssql.compat import has_placeholder, placeholder
from mssql.expressions.binding import stored
from mssql.expressions.interfaces import AnyField, Compiler, Connection, SqlWithParams

# The answer of a field's own placeholder that leaves the value as it is.
_PARAMETER = "%s"


def assigned(field: AnyField, value: object, compiler: Compiler) -> SqlWithParams:
    """Return the SQL and parameters of a value that the field has prepared.

    A NULL without a type is sent as varchar, which SQL Server does not convert to varbinary (error
    257). If the field's own placeholder converts parameters, they keep the types of their values.
    """
    sql, params = placeholder(field, value, compiler)
    if sql != _PARAMETER:
        return sql, list(params)
    return sql, [stored(field, param, compiler.connection) for param in params]


class AssignedField:
    """A field of an UPDATE whose prepared values have the type of its column.

    The hooks of the field itself receive the values that the application has set.
    """

    def __init__(self, field: AnyField) -> None:
        self._field = field

    def __getattr__(self, name: str) -> Any:
        return getattr(self._field, name)

    def __str__(self) -> str:
        return str(self._field)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:  # an error message of Django contains it
        return self._field.__class__

    def get_db_prep_save(self, value: object, connection: Connection) -> Any:
        """Return the prepared value, with its type if nothing else converts it."""
        db_value = self._field.get_db_prep_save(value, connection=connection)
        if hasattr(db_value, "as_sql") or has_placeholder(self._field):
            return db_value
        return stored(self._field, db_value, connection)

    def get_placeholder_sql(
        self, value: object, compiler: Compiler, connection: Connection
    ) -> SqlWithParams:
        """Return the value for the hook of Django 6.1, which does not write NULL itself."""
        return assigned(self._field, value, compiler)
