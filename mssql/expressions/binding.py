"""Values bound as the columns that they are compared with or assigned to."""

from __future__ import annotations

from typing import Any, Iterable

from django.db.models.expressions import Value

from ..drivers.parameters import Typed, compared, typed
from .conditional import TypedNull
from .dispatch import SqlWithParams, tsql


def bound(values: Iterable[Any], field: Any, connection: Any) -> list[Any]:
    """Return the values as parameters that are compared with a column of the field."""
    column_type = field.db_type(connection) or ""
    return [compared(value, column_type) for value in values]


def plain(values: Iterable[Any]) -> list[Any]:
    """Return the values of parameters without their types."""
    return [value.value if isinstance(value, Typed) else value for value in values]


@tsql(Value)
def value(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """A value, bound as a column of its field: a NULL of no type is no varbinary (error 257).

    Nor do functions such as DATEPART take one (error 8116).
    """
    sql, params = node.as_sql(compiler, connection)
    field = node._output_field_or_none
    if field is not None and node.value is None and not params:
        return TypedNull(field).as_sql(compiler, connection)  # type: ignore[no-any-return]
    if field is None or not params:
        return sql, params
    column_type = field.db_type(connection) or ""
    return sql, [
        typed(None, column_type) if param is None else compared(param, column_type)
        for param in params
    ]
