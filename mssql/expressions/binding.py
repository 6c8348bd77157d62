"""Values bound as the columns that they are compared with or assigned to."""

from __future__ import annotations

from typing import Any, Iterable

from django.db.models.expressions import Value

from mssql.expressions.conditional import TypedNull
from mssql.expressions.dispatch import SqlWithParams, tsql
from mssql.expressions.json_type import document
from mssql.tsql.types import Typed, compared, typed


def bound(values: Iterable[Any], field: Any, connection: Any) -> list[Any]:
    """Return the values as parameters that are compared with a column of the field."""
    column_type = field.db_type(connection) or ""
    return [compared(value, column_type) for value in values]


def stored(field: Any, value: Any, connection: Any) -> Any:
    """Return a value, prepared by the field, as a parameter that its column stores."""
    column_type = field.db_type(connection) or ""
    if column_type == "json" and isinstance(value, str):
        value = document(value, field)
    return typed(value, column_type)


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
    bound_params = (_value(param, field, column_type, node.for_save) for param in params)
    return sql, type(params)(bound_params)  # a list, since Django 6.0 a tuple


def _value(value: Any, field: Any, column_type: str, is_stored: bool) -> Any:
    if value is None:
        return typed(None, column_type)
    if is_stored and column_type == "json" and isinstance(value, str):
        return document(value, field)
    return compared(value, column_type)
