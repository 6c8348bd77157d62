"""Functions that build JSON: JSON_OBJECT and JSON_ARRAY."""

from __future__ import annotations

from django.db import NotSupportedError
from django.db.models.expressions import Func
from django.db.models.fields import BooleanField
from django.db.models.fields.json import JSONField, KeyTextTransform
from django.db.models.functions import JSONObject

from mssql.compat import JSONArray
from mssql.expressions.dispatch import Implementation
from mssql.expressions.interfaces import Compiler, Connection, Node, SqlWithParams
from mssql.expressions.output_fields import field_of, internal_type
from mssql.expressions.templates import compile_all


def json_object(node: JSONObject, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render JSON_OBJECT, which was added in SQL Server 2022, or FOR JSON before it."""
    sources = node.get_source_expressions()
    if connection.server.has_json_object:
        sqls, params = compile_all(compiler, map(_as_json_value, sources))
        pairs = ", ".join(f"{key}:{value}" for key, value in zip(sqls[::2], sqls[1::2]))
        return f"JSON_OBJECT({pairs})", params
    if not sources:
        return "N'{}'", []
    names = [source.value for source in sources[::2]]
    if any("." in name for name in names):
        raise NotSupportedError(
            f"{connection.server.product} builds nested objects from keys with a dot; JSONObject() "
            "supports such keys on SQL Server 2022 and later."
        )
    sqls, params = compile_all(compiler, map(_as_json_value, sources[1::2]))
    quote = connection.ops.quote_name
    columns = ", ".join(f"{sql} AS {quote(name)}" for sql, name in zip(sqls, names))
    return f"(SELECT {columns} FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES)", params


def is_for_json(node: object, connection: Connection) -> bool:
    """Return whether the expression is rendered as SELECT ... FOR JSON."""
    return isinstance(node, JSONObject) and not connection.server.has_json_object


def json_array(node: JSONArray, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render JSON_ARRAY, which was added in SQL Server 2022, or JSON_MODIFY for each item."""
    sources = list(map(_as_json_value, node.get_source_expressions()))
    if connection.server.has_json_object:
        sqls, params = compile_all(compiler, sources)
        return f"JSON_ARRAY({', '.join(sqls)}{' NULL ON NULL' if sqls else ''})", params
    sqls, params = compile_all(compiler, [_as_json_text(source, connection) for source in sources])
    array = "N'[]'"
    for sql in sqls:
        array = f"JSON_MODIFY({array}, 'append $', {sql})"
    return array, params


_TEXTS = {
    # ISO 8601, as in JSON_ARRAY.
    "DateField": "CONVERT(nvarchar(10), {}, 23)",
    "DateTimeField": "CONVERT(nvarchar(35), {}, 126)",
    "TimeField": "CONVERT(nvarchar(16), {})",
    "UUIDField": "CONVERT(nvarchar(36), {})",
}


def _as_json_text(expression: Node, connection: Connection) -> Node:
    """Return the expression for JSON_MODIFY, which refuses dates, times, UUIDs, binary (8116)."""
    name = internal_type(expression)
    if name == "BinaryField":
        raise NotSupportedError(
            f"JSONArray() does not support binary values before SQL Server 2022; this is "
            f"{connection.server.product}. Encode them as text in Python."
        )
    if name not in _TEXTS:
        return expression
    return Func(expression, template=_TEXTS[name].format("%(expressions)s"))


def _as_json_value(expression: Node) -> Node:
    """Return the expression so that JSON functions accept it as JSON or as a boolean."""
    field = field_of(expression)
    if isinstance(field, JSONField) and not isinstance(expression, KeyTextTransform):
        return Func(expression, function="JSON_QUERY")
    if isinstance(field, BooleanField):
        return Func(expression, template="CAST(%(expressions)s AS bit)")
    return expression


TSQL: dict[type, Implementation] = {JSONObject: json_object, JSONArray: json_array}
