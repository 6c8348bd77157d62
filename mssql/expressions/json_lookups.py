"""JSONField: key transforms, its lookups, and the functions that build JSON."""

from __future__ import annotations

import json
from typing import Any, Callable, Sequence

from django.db import NotSupportedError
from django.db.models import functions
from django.db.models.expressions import Col, Expression, ExpressionList, Func, Value
from django.db.models.fields import BooleanField, CharField
from django.db.models.fields.json import (
    ContainedBy,
    DataContains,
    HasKeyLookup,
    JSONExact,
    JSONField,
    KeyTextTransform,
    KeyTransform,
    KeyTransformGt,
    KeyTransformGte,
    KeyTransformIn,
    KeyTransformIsNull,
    KeyTransformLt,
    KeyTransformLte,
)

from mssql.compat import json_value
from mssql.expressions.dispatch import SqlWithParams, compile_all, field_of, tsql
from mssql.expressions.folding import lists_are_folded
from mssql.expressions.hoisting import SELECTS
from mssql.expressions.json_rows import (
    NUMBER,
    Row,
    among,
    contained_by,
    contains,
    contains_row,
    equals,
    exists,
    holds,
    is_object_key,
    select,
)
from mssql.expressions.json_type import as_text, canonical, is_of_type_json
from mssql.tsql.literals import literal

_BINARY = "COLLATE Latin1_General_100_BIN2"


def _document_and_keys(expression: Any, compiler: Any) -> tuple[SqlWithParams, list[str]]:
    """Take a chain of key transforms apart: the compiled document, and the keys from its root."""
    keys: list[str] = []
    while isinstance(expression, KeyTransform):
        keys.insert(0, expression.key_name)
        expression = expression.lhs
    sql, params = compiler.compile(expression)
    if not isinstance(expression, Col):
        # Brackets around a text of exactly 4,000 characters must not cut it.
        sql = as_text(sql)
    elif _is_definition(compiler) and is_of_type_json(expression.target, compiler.connection):
        sql = as_text(sql)
    return (sql, params), keys


def _is_definition(compiler: Any) -> bool:
    """Tell whether the SQL is for a computed column, a check or an index: no subqueries there."""
    return not compiler.query.alias_cols


@tsql(KeyTransform)
def key_transform(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """The value under a key: as JSON or, of a KeyTextTransform, as text."""
    document, keys = _document_and_keys(node, compiler)
    if _is_definition(compiler):
        sql, params = document
        path = _path_literal(keys)
        return f"COALESCE(JSON_QUERY({sql}, {path}), JSON_VALUE({sql}, {path}))", [
            *params,
            *params,
        ]
    as_text = isinstance(node, KeyTextTransform)
    sql, params = select(lambda row: row.value if as_text else row.json, document, keys)
    return f"({sql})", params


class IndexedKey(Expression):
    """The scalar under a key, for an index, to which the number 1 and the text "1" are the same.

    "Index JSON data", https://learn.microsoft.com/sql/relational-databases/json/index-json-data
    """

    output_field = CharField()

    def __init__(self, transform: KeyTransform) -> None:
        super().__init__()
        self.transform = transform

    def get_source_expressions(self) -> list[Any]:
        return [self.transform]

    def set_source_expressions(self, exprs: Any) -> None:
        (self.transform,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        (document, params), keys = _document_and_keys(self.transform, compiler)
        return f"JSON_VALUE({document}, {_path_literal(keys)})", params


def with_indexed_keys(expression: Any) -> Any:
    """Return an index's expression with scalars for the values under JSON's keys."""
    if isinstance(expression, KeyTransform):
        return IndexedKey(expression)
    sources = expression.get_source_expressions()
    if not sources:
        return expression
    expression = expression.copy()
    expression.set_source_expressions([source and with_indexed_keys(source) for source in sources])
    return expression


def _path_literal(keys: list[str]) -> str:
    """The path as a literal: a definition takes no parameters."""
    return literal(_path(keys)).replace("%", "%%")


def _path(keys: list[str]) -> str:
    steps = (f"[{key}]" if key.isdigit() else f".{json.dumps(key)}" for key in keys)
    return "$" + "".join(steps)


SELECTS[KeyTransform] = lambda connection: True


@tsql(JSONExact)
def json_exact(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """Equality of JSON values, in whatever order and spacing they were stored."""
    if _is_definition(compiler) and node.rhs_is_direct_value():
        return _exact_in_definition(node, compiler, connection)
    if _is_definition(compiler) or (not node.rhs_is_direct_value() and not _is_json(node.rhs)):
        sql: SqlWithParams = node.as_sql(compiler, connection)
        return sql
    document, keys = _document_and_keys(node.lhs, compiler)
    _, params = node.process_rhs(compiler, connection)
    if node.rhs_is_direct_value():
        (value,) = params
        return holds(document, keys, lambda row: equals(row, json.loads(value)))
    rhs, rhs_params = compiler.compile(node.rhs)
    if isinstance(node.rhs, Value):
        (value,) = rhs_params
        return holds(document, keys, lambda row: equals(row, json.loads(value)))
    return holds(document, keys, lambda row: (f"{row.json} = {rhs} {_BINARY}", rhs_params))


def _exact_in_definition(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """Equality by the stored text: of a string under a key JSON_VALUE gives what it stands for."""
    if isinstance(node.lhs, KeyTransform):
        lhs, params = compiler.compile(node.lhs)
    else:
        (lhs, params), _ = _document_and_keys(node.lhs, compiler)
    rhs, (text,) = node.process_rhs(compiler, connection)
    value = json.loads(text)
    if isinstance(value, str) and isinstance(node.lhs, KeyTransform):
        text = value
    elif is_of_type_json(_root(node.lhs), connection):
        text = canonical(value)
    return f"{lhs} = {rhs} {_BINARY}", [*params, text]


def _root(expression: Any) -> Any:
    """Return the field of the document that the expression looks into."""
    while isinstance(expression, KeyTransform):
        expression = expression.lhs
    return getattr(expression, "target", None)


def _is_json(expression: Any) -> bool:
    return isinstance(getattr(expression, "_output_field_or_none", None), JSONField)


@tsql(KeyTransformIsNull)
def key_is_null(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """Whether the key is missing; a key that holds null is there."""
    sql, params = exists(*_document_and_keys(node.lhs, compiler))
    return (f"NOT {sql}" if node.rhs else sql), params


@tsql(KeyTransformIn)
def key_in(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """Whether the value under a key equals one of several."""
    if isinstance(node.rhs, ExpressionList):  # since Django 6.1, where one is an expression
        return value_in(node.lhs, node.rhs.get_source_expressions(), compiler)
    if not node.rhs_is_direct_value():
        sql: SqlWithParams = node.as_sql(compiler, connection)
        return sql
    return value_in(node.lhs, list(node.rhs), compiler)


def value_in(lhs: Any, items: Sequence[Any], compiler: Any) -> SqlWithParams:
    """Whether a document, or the value under a key in it, equals one of several JSON values."""
    document, keys = _document_and_keys(lhs, compiler)
    items = list(map(json_value, items))

    def one_of(row: Row) -> SqlWithParams:
        folded, rest = among(row, items) if lists_are_folded() else ([], items)
        alternatives = [*folded, *(_equals_item(row, item, compiler) for item in rest)]
        sqls = [sql for sql, _ in alternatives] or ["1 = 0"]
        return f"({' OR '.join(sqls)})", [param for _, params in alternatives for param in params]

    return holds(document, keys, one_of)


def _equals_item(row: Row, item: Any, compiler: Any) -> SqlWithParams:
    if not hasattr(item, "resolve_expression"):
        return equals(row, item)
    if isinstance(item, Value) and not _is_json(item):
        return ("1 = 0", []) if item.value is None else equals(row, item.value)
    sql, params = compiler.compile(item.resolve_expression(compiler.query))
    if isinstance(item, Value) and len(params) == 1:
        return equals(row, json.loads(params[0]))
    return f"{row.json} = {sql} {_BINARY}", params


_COMPARISONS = {
    KeyTransformGt: ">",
    KeyTransformGte: ">=",
    KeyTransformLt: "<",
    KeyTransformLte: "<=",
}


@tsql(*_COMPARISONS)
def key_comparison(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """Order: numbers among numbers, texts among texts."""
    operator = next(_COMPARISONS[cls] for cls in type(node).__mro__ if cls in _COMPARISONS)
    document, keys = _document_and_keys(node.lhs, compiler)
    rhs, params = node.process_rhs(compiler, connection)
    if params and all(isinstance(value, str) for value in params) and rhs == "%s":
        return holds(document, keys, lambda row: (f"{row.value} {operator} {rhs}", params))

    def number(row: Row) -> SqlWithParams:
        value = f"TRY_CAST({row.value} AS float)"
        return f"({row.type} = {NUMBER} AND {value} {operator} {rhs})", params

    return holds(document, keys, number)


@tsql(HasKeyLookup)
def has_key(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """Whether an object has a key, one of several keys, or all of them."""
    document, keys = _document_and_keys(node.lhs, compiler)
    wanted = node.rhs if isinstance(node.rhs, (list, tuple)) else [node.rhs]
    parts: list[str] = []
    params: list[Any] = []
    for item in wanted:
        path = [*keys, *(_keys_of(item) if isinstance(item, KeyTransform) else [str(item)])]
        sql, item_params = exists(document, path[:-1], _object_with(path[-1]))
        parts.append(sql)
        params.extend(item_params)
    return f"({(node.logical_operator or ' AND ').join(parts)})", params


def _object_with(key: str) -> Callable[[Row], SqlWithParams]:
    return lambda row: is_object_key(row, key)


def _keys_of(transform: Any) -> list[str]:
    keys: list[str] = []
    while isinstance(transform, KeyTransform):
        keys.insert(0, transform.key_name)
        transform = transform.lhs
    return keys


@tsql(DataContains)
def data_contains(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """Whether the document contains a value."""
    document, keys = _document_and_keys(node.lhs, compiler)
    if not node.rhs_is_direct_value():
        return _contains_expression(node.lhs, node.rhs, compiler)
    value = _constant(node, connection)
    return holds(document, keys, lambda row: contains(row, value))


@tsql(ContainedBy)
def data_contained_by(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """Whether a value contains the document."""
    document, keys = _document_and_keys(node.lhs, compiler)
    if not node.rhs_is_direct_value():
        return _contains_expression(node.rhs, node.lhs, compiler)
    value = _constant(node, connection)
    return holds(document, keys, lambda row: contained_by(row, value))


def _contains_expression(whole: Any, part: Any, compiler: Any) -> SqlWithParams:
    """Containment of what only the server knows the structure of."""
    other = Row(0, "k")

    def contains_part(row: Row) -> SqlWithParams:
        document, keys = _document_and_keys(part, compiler)
        return holds(document, keys, lambda inner: (contains_row(row, inner), []), other)

    return holds(*_document_and_keys(whole, compiler), contains_part)


def _constant(node: Any, connection: Any) -> Any:
    """Return the right-hand side as a Python value made of JSON's types."""
    _, (text,) = node.get_db_prep_lookup(node.rhs, connection)
    return json.loads(text)


# Functions that build JSON


@tsql(functions.JSONObject)
def json_object(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """JSON_OBJECT, which came with SQL Server 2022; before it FOR JSON."""
    sources = node.get_source_expressions()
    if connection.server.has_json_object:
        sqls, params = compile_all(compiler, list(map(_as_json_value, sources)))
        pairs = ", ".join(f"{key}:{value}" for key, value in zip(sqls[::2], sqls[1::2]))
        return f"JSON_OBJECT({pairs})", params
    if not sources:
        return "N'{}'", []
    names = [source.value for source in sources[::2]]
    if any("." in name for name in names):
        raise NotSupportedError(
            f"{connection.server.product} makes nested objects of keys with a dot; JSONObject() "
            "takes them from SQL Server 2022 on."
        )
    sqls, params = compile_all(compiler, list(map(_as_json_value, sources[1::2])))
    quote = connection.ops.quote_name
    columns = ", ".join(f"{sql} AS {quote(name)}" for sql, name in zip(sqls, names))
    return f"(SELECT {columns} FOR JSON PATH, WITHOUT_ARRAY_WRAPPER, INCLUDE_NULL_VALUES)", params


SELECTS[functions.JSONObject] = lambda connection: not connection.server.has_json_object


def json_array(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """JSON_ARRAY, which came with SQL Server 2022; before it an array that grows by JSON_MODIFY."""
    sources = list(map(_as_json_value, node.get_source_expressions()))
    if connection.server.has_json_object:
        sqls, params = compile_all(compiler, sources)
        return f"JSON_ARRAY({', '.join(sqls)}{' NULL ON NULL' if sqls else ''})", params
    sqls, params = compile_all(compiler, [_as_json_text(source, connection) for source in sources])
    array = "N'[]'"
    for sql in sqls:
        array = f"JSON_MODIFY({array}, 'append $', {sql})"
    return array, params


if hasattr(functions, "JSONArray"):  # since Django 5.2
    tsql(functions.JSONArray)(json_array)


_TEXTS = {
    # ISO 8601, as JSON_ARRAY has it.
    "DateField": "CONVERT(nvarchar(10), {}, 23)",
    "DateTimeField": "CONVERT(nvarchar(35), {}, 126)",
    "TimeField": "CONVERT(nvarchar(16), {})",
    "UUIDField": "CONVERT(nvarchar(36), {})",
}


def _as_json_text(expression: Any, connection: Any) -> Any:
    """Return the expression so that JSON_MODIFY takes it: no date, time, UUID or binary (8116)."""
    field = field_of(expression)
    kind = field.get_internal_type() if field is not None else ""
    if kind == "BinaryField":
        raise NotSupportedError(
            f"JSONArray() takes no binary values before SQL Server 2022; this is "
            f"{connection.server.product}. Encode them as text in Python."
        )
    if kind not in _TEXTS:
        return expression
    return Func(expression, template=_TEXTS[kind].format("%(expressions)s"))


def _as_json_value(expression: Any) -> Any:
    """Return the expression so that JSON functions take it for JSON, or for a boolean."""
    field = getattr(expression, "_output_field_or_none", None)
    if isinstance(field, JSONField) and not isinstance(expression, KeyTextTransform):
        return Func(expression, function="JSON_QUERY")
    if isinstance(field, BooleanField):
        return Func(expression, template="CAST(%(expressions)s AS bit)")
    return expression
