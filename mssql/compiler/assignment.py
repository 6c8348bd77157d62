"""Values that INSERT and UPDATE assign: prepared by their fields, sent as their columns' types."""

from __future__ import annotations

from typing import Any

from mssql.compat import placeholder
from mssql.expressions.binding import stored
from mssql.expressions.dispatch import SqlWithParams


def assigned(field: Any, value: Any, compiler: Any) -> SqlWithParams:
    """Return the SQL and parameters of a value that the field has prepared.

    Of no type a NULL goes as varchar, which does not become varbinary (error 257). Parameters that
    the field's own placeholder does something with keep the types of their values.
    """
    sql, params = placeholder(field, value, compiler)
    if sql != "%s":
        return sql, list(params)
    return sql, [stored(field, param, compiler.connection) for param in params]


class AssignedField:
    """A field of an UPDATE, of which Django's compiler gets the prepared values typed.

    Every hook of the field itself is called with what the application has set.
    """

    def __init__(self, field: Any) -> None:
        self._field = field

    def __getattr__(self, name: str) -> Any:
        return getattr(self._field, name)

    def __str__(self) -> str:
        return str(self._field)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:  # a message of Django's names it
        return self._field.__class__

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        prepared = self._field.get_db_prep_save(value, connection=connection)
        if hasattr(prepared, "as_sql") or self._has_placeholder:
            return prepared
        return stored(self._field, prepared, connection)

    def get_placeholder_sql(self, value: Any, compiler: Any, connection: Any) -> SqlWithParams:
        """The hook of Django 6.1, whose compiler no longer writes NULL itself."""
        return assigned(self._field, value, compiler)

    @property
    def _has_placeholder(self) -> bool:
        return any(hasattr(self._field, name) for name in PLACEHOLDER_HOOKS)


PLACEHOLDER_HOOKS = ("get_placeholder", "get_placeholder_sql")
