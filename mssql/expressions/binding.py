"""Values bound as the columns that they are compared with or assigned to."""

from __future__ import annotations

from typing import Any, Iterable

from django.db.models.expressions import Value

from mssql.expressions.dispatch import Implementation
from mssql.expressions.interfaces import AnyField, Compiler, Connection, SqlWithParams
from mssql.expressions.json_type import document
from mssql.expressions.nulls import TypedNull
from mssql.expressions.output_fields import field_of
from mssql.tsql.types import Typed, compared, typed


def bound(values: Iterable[object], field: AnyField, connection: Connection) -> list[Any]:
    """Return the values as parameters that are compared with a column of the field."""
    column_type = field.db_type(connection) or ""
    return [compared(value, column_type) for value in values]


def stored(field: AnyField, value: object, connection: Connection) -> Any:
    """Return a value, prepared by the field, as a parameter that its column stores."""
    column_type = field.db_type(connection) or ""
    if column_type == "json" and isinstance(value, str):
        value = document(value, field)
    return typed(value, column_type)


def plain(values: Iterable[object]) -> list[Any]:
    """Return the values of parameters without their types."""
    return [value.value if isinstance(value, Typed) else value for value in values]


def value(node: Value, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render a value, bound as a column of its field.

    A NULL without a type is refused for varbinary (error 257) and by functions such as DATEPART
    (error 8116).
    """
    sql, params = node.as_sql(compiler, connection)
    field = field_of(node)
    if field is not None and node.value is None and not params:
        return TypedNull(field).as_sql(compiler, connection)
    if field is None or not params:
        return sql, params
    column_type = field.db_type(connection) or ""
    bound_params = (_value(param, field, column_type, node.for_save) for param in params)
    return sql, type(params)(bound_params)  # a list or, since Django 6.0, a tuple


def _value(value: object, field: AnyField, column_type: str, is_stored: bool) -> Any:
    if value is None:
        return typed(None, column_type)
    if is_stored and column_type == "json" and isinstance(value, str):
        return document(value, field)
    return compared(value, column_type)


TSQL: dict[type, Implementation] = {Value: value}
