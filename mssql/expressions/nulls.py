"""NULL with and without a type."""

from __future__ import annotations

from django.db.models.expressions import Expression, Value

from mssql.expressions.interfaces import Compiler, Connection, SqlWithParams
from mssql.expressions.output_fields import field_of


class TypedNull(Expression):
    """NULL of the type of its output field, or of int if it has none."""

    def as_sql(  # type: ignore[override]
        self, compiler: Compiler, connection: Connection
    ) -> SqlWithParams:
        field = field_of(self)
        sql_type = field.cast_db_type(connection) if field else "int"
        return (f"CAST(NULL AS {sql_type})" if sql_type else "NULL"), []


def is_untyped_null(expression: object, compiler: Compiler) -> bool:
    """Return whether the expression is a value that is sent as a bare NULL.

    None with an output field is sent as a TypedNull. Other values of a field may be prepared as
    None, such as the empty string of a GenericIPAddressField; those have no parameter.
    """
    if not isinstance(expression, Value):
        return False
    if expression.value is None:
        return field_of(expression) is None
    _, params = expression.as_sql(compiler, compiler.connection)
    return not params
