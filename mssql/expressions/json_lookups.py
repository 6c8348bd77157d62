"""Lookups of JSONField."""

from __future__ import annotations

import json
from typing import Any, Callable, Sequence

from django.db.models.expressions import ExpressionList, Value
from django.db.models.fields.json import (
    ContainedBy,
    DataContains,
    HasKeyLookup,
    JSONExact,
    KeyTransform,
    KeyTransformGt,
    KeyTransformGte,
    KeyTransformIn,
    KeyTransformIsNull,
    KeyTransformLt,
    KeyTransformLte,
)
from django.db.models.lookups import Lookup

from mssql.compat import json_value
from mssql.expressions.dispatch import Implementation, entry_for
from mssql.expressions.folding import lists_are_folded
from mssql.expressions.interfaces import Compiler, Connection, Node, SqlWithParams
from mssql.expressions.json_keys import document_and_keys, is_json, root_and_keys, root_field
from mssql.expressions.json_rows import (
    NUMBER,
    Row,
    among,
    contained_by,
    contains,
    contains_row,
    equals,
    exists,
    is_object_key,
    meets,
)
from mssql.expressions.json_type import canonical, is_of_type_json

_BINARY = "COLLATE Latin1_General_100_BIN2"


def json_exact(node: JSONExact, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render the equality of JSON values, independent of the order of keys and of spaces."""
    if compiler.is_definition and node.rhs_is_direct_value():
        return _exact_in_definition(node, compiler, connection)
    if compiler.is_definition or (not node.rhs_is_direct_value() and not is_json(node.rhs)):
        return node.as_sql(compiler, connection)
    document, keys = document_and_keys(node.lhs, compiler)
    _, json_params = node.process_rhs(compiler, connection)
    if node.rhs_is_direct_value():
        return meets(document, keys, _equals_text(json_params))
    rhs, params = compiler.compile(node.rhs)
    if isinstance(node.rhs, Value):
        return meets(document, keys, _equals_text(params))
    return meets(document, keys, lambda row: (f"{row.json} = {rhs} {_BINARY}", params))


def _equals_text(params: Sequence[Any]) -> Callable[[Row], SqlWithParams]:
    """Return the predicate that a row equals the JSON in the only parameter."""
    (text,) = params
    value = json.loads(text)
    return lambda row: equals(row, value)


def _exact_in_definition(
    node: JSONExact, compiler: Compiler, connection: Connection
) -> SqlWithParams:
    """Render the equality of stored texts; JSON_VALUE returns the content of a string."""
    if isinstance(node.lhs, KeyTransform):
        lhs, params = compiler.compile(node.lhs)
    else:
        (lhs, params), _ = document_and_keys(node.lhs, compiler)
    rhs, rhs_params = node.process_rhs(compiler, connection)
    (text,) = rhs_params
    value = json.loads(str(text))
    if isinstance(value, str) and isinstance(node.lhs, KeyTransform):
        text = value
    elif is_of_type_json(root_field(node.lhs), connection):
        text = canonical(value)
    return f"{lhs} = {rhs} {_BINARY}", [*params, text]


def key_is_null(
    node: KeyTransformIsNull, compiler: Compiler, connection: Connection
) -> SqlWithParams:
    """Render the test that a key is missing; a key with the value null exists."""
    sql, params = exists(*document_and_keys(node.lhs, compiler))
    return (f"NOT {sql}" if node.rhs else sql), params


def key_in(node: KeyTransformIn, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render the test that the value under a key equals one of several."""
    if isinstance(node.rhs, ExpressionList):  # since Django 6.1, if one item is an expression
        return value_in(node.lhs, node.rhs.get_source_expressions(), compiler)
    if not node.rhs_is_direct_value():
        return node.as_sql(compiler, connection)
    return value_in(node.lhs, list(node.rhs), compiler)


def value_in(lhs: Node, items: Sequence[Any], compiler: Compiler) -> SqlWithParams:
    """Render the test that a document or a value in it equals one of several JSON values."""
    document, keys = document_and_keys(lhs, compiler)
    values = list(map(json_value, items))

    def one_of(row: Row) -> SqlWithParams:
        lists, rest = among(row, values) if lists_are_folded() else ([], values)
        alternatives = [*lists, *(_equals_item(row, item, compiler) for item in rest)]
        sqls = [sql for sql, _ in alternatives] or ["1 = 0"]
        return f"({' OR '.join(sqls)})", [param for _, params in alternatives for param in params]

    return meets(document, keys, one_of)


def _equals_item(row: Row, item: Any, compiler: Compiler) -> SqlWithParams:
    if not hasattr(item, "resolve_expression"):
        return equals(row, item)
    if isinstance(item, Value) and not is_json(item):
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


def key_comparison(node: Lookup[Any], compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render a comparison: of numbers with numbers, or of texts with texts."""
    operator = entry_for(node, _COMPARISONS)
    document, keys = document_and_keys(node.lhs, compiler)
    rhs, params = node.process_rhs(compiler, connection)
    is_parameter = node.rhs_is_direct_value() or isinstance(node.rhs, Value)
    if is_parameter and params and all(isinstance(value, str) for value in params):
        return meets(document, keys, lambda row: (f"{row.value} {operator} {rhs}", params))

    def number(row: Row) -> SqlWithParams:
        value = f"TRY_CAST({row.value} AS float)"
        return f"({row.type} = {NUMBER} AND {value} {operator} {rhs})", params

    return meets(document, keys, number)


def has_key(node: HasKeyLookup, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render the test that an object has a key, one of several keys, or all of them."""
    document, keys = document_and_keys(node.lhs, compiler)
    items = node.rhs if isinstance(node.rhs, (list, tuple)) else [node.rhs]
    parts: list[str] = []
    params: list[Any] = []
    for item in items:
        path = [*keys, *(root_and_keys(item)[1] if isinstance(item, KeyTransform) else [str(item)])]
        sql, item_params = exists(document, path[:-1], _object_with(path[-1]))
        parts.append(sql)
        params.extend(item_params)
    return f"({(node.logical_operator or ' AND ').join(parts)})", params


def _object_with(key: str) -> Callable[[Row], SqlWithParams]:
    return lambda row: is_object_key(row, key)


def data_contains(node: DataContains, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render the test that the document contains a value."""
    if not node.rhs_is_direct_value():
        return _contains_expression(node.lhs, node.rhs, compiler)
    document, keys = document_and_keys(node.lhs, compiler)
    value = _constant(node, connection)
    return meets(document, keys, lambda row: contains(row, value))


def data_contained_by(
    node: ContainedBy, compiler: Compiler, connection: Connection
) -> SqlWithParams:
    """Render the test that a value contains the document."""
    if not node.rhs_is_direct_value():
        return _contains_expression(node.rhs, node.lhs, compiler)
    document, keys = document_and_keys(node.lhs, compiler)
    value = _constant(node, connection)
    return meets(document, keys, lambda row: contained_by(row, value))


def _contains_expression(whole: Node, part: Node, compiler: Compiler) -> SqlWithParams:
    """Return the containment of an expression whose structure only the server can read."""
    other = Row(0, "k")

    def contains_part(row: Row) -> SqlWithParams:
        document, keys = document_and_keys(part, compiler)
        return meets(document, keys, lambda inner: (contains_row(row, inner), []), other)

    return meets(*document_and_keys(whole, compiler), contains_part)


def _constant(node: Lookup[Any], connection: Connection) -> Any:
    """Return the right-hand side as a Python value of a type that JSON has."""
    _, params = node.get_db_prep_lookup(node.rhs, connection)
    (text,) = params
    return json.loads(str(text))


TSQL: dict[type, Implementation] = {
    JSONExact: json_exact,
    KeyTransformIsNull: key_is_null,
    KeyTransformIn: key_in,
    **dict.fromkeys(_COMPARISONS, key_comparison),
    HasKeyLookup: has_key,
    DataContains: data_contains,
    ContainedBy: data_contained_by,
}
