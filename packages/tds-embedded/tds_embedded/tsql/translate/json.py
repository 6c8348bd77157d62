"""JSON from T-SQL: FOR JSON, JSON_OBJECT, JSON_ARRAY.

The text is assembled here, value by value, since SQL Server writes no blanks in it.
Follows "Format query results as JSON with FOR JSON",
https://learn.microsoft.com/sql/relational-databases/json/format-query-results-as-json-with-for-json-sql-server
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tds_embedded import null_characters
from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import types
from tds_embedded.tsql.translate.binder import Scope
from tds_embedded.tsql.translate.expressions import system_type
from tds_embedded.tsql.translate.rows import Item, Rows, select_list
from tds_embedded.tsql.translate.values import (
    Value,
    base,
    convert,
    expression,
    only,
    pg,
    second_digits,
    string_literal,
    unsupported,
)
from tds_embedded.types import SqlType

JSON = SqlType("json")


def quoted(text: str) -> str:
    r"""Return a text expression as a JSON string, with `\\/` as SQL Server writes it."""
    return f"tsql.json_string({text})"


def json_text(value: Value) -> str:
    """Return a value as JSON text, NULL for NULL."""
    name = value.type.name
    if name == "null":
        return "NULL::text"
    if value.document or name == "json":
        return f"{value.sql}::text"
    if name in types.FLOATS:
        return f"tsql.format_float({value.sql}::float8, {1 if name == 'real' else 2})"
    if name == "bit":
        return f"{value.sql}::bool::text"
    if name in types.MONIES:
        return f"{value.sql}::numeric::text"
    if name in types.NUMBERS:
        return f"{value.sql}::text"
    if name in types.STRINGS | {"xml", "sql_variant"}:
        return quoted(f"{value.sql}::text")
    if name in types.BINARIES:
        return quoted(_base64(value))
    if name in ("date", "uniqueidentifier"):
        return quoted(f"upper({value.sql}::text)")
    # style 126 omits a fraction of zeros
    digits = second_digits(value.type)
    scale = "" if digits is None else f", {digits}"
    return quoted(f"tsql.convert({value.sql}, 126, NULL::tsql.nvarchar{scale})::text")


def _base64(value: Value) -> str:
    return f"replace(encode({value.sql}::bytea, 'base64'), E'\\n', '')"


# --- JSON_OBJECT and JSON_ARRAY ---


@dataclass(frozen=True, slots=True)
class _Member:
    """A value inside JSON: its text, NULL if it is omitted, and whether it is of type json."""

    text: str
    is_json: bool


def json_object(node: ast.FunctionCall, scope: Scope) -> Value:
    """Return JSON_OBJECT (2022); the default is NULL ON NULL."""
    members = [_pair(argument, node, scope) for argument in node.arguments]
    return _constructed("{}", members, node, scope)


def json_array(node: ast.FunctionCall, scope: Scope) -> Value:
    """Return JSON_ARRAY (2022); the default is ABSENT ON NULL."""
    members = [_element(argument, node, scope) for argument in node.arguments]
    return _constructed("[]", members, node, scope)


def _pair(argument: ast.Node, call: ast.FunctionCall, scope: Scope) -> _Member:
    """Return a key and its value. A NULL key is error 13638 when the statement runs."""
    if not isinstance(argument, ast.JsonKeyValue):
        raise error(102, ",", state=10)
    key = _key(expression(argument.key, scope))
    member = _member(argument.value, call, "NULL", scope)
    text = f"{quoted(f'tsql.json_key({key})')} || ':' || {member.text}"
    return replace(member, text=text)


def _key(value: Value) -> str:
    """Return a key as text, a binary one as base64."""
    if value.type.name in types.BINARIES:
        return _base64(value)
    return f"{convert(value, types.nvarchar(4000)).sql}::text"


def _element(argument: ast.Node, call: ast.FunctionCall, scope: Scope) -> _Member:
    if not isinstance(argument, ast.Expression):
        raise error(102, call.name.name, state=10)
    return _member(argument, call, "ABSENT", scope)


def _member(node: ast.Expression, call: ast.FunctionCall, default: str, scope: Scope) -> _Member:
    value = expression(node, scope)
    text = json_text(value)
    if (call.json_nulls or default) == "NULL":
        text = f"coalesce({text}, 'null')"
    return _Member(text, value.type.name == "json")


def _constructed(
    brackets: str, members: Sequence[_Member], node: ast.FunctionCall, scope: Scope
) -> Value:
    if scope.translation.context.product < 2022:
        raise error(195, node.name.name, "built-in function name")
    sql = f"('{brackets[0]}' || {_json_list([m.text for m in members])} || '{brackets[1]}')"
    if node.json_type or any(member.is_json for member in members):
        return Value(f"tsql.parse_json({sql})", JSON, False)
    return Value(f"{sql}::tsql.nvarchar", types.NVARCHAR_MAX, False, document=True)


def _json_list(members: Sequence[str]) -> str:
    """Return the members that are not NULL with commas between them."""
    return f"concat_ws(',', {', '.join(members)})" if members else "''"


def json_aggregate(name: str, node: ast.FunctionCall, order: str, scope: Scope) -> Value:
    """Return JSON_OBJECTAGG or JSON_ARRAYAGG (2025) without OVER.

    Raises 102, 174, 195 or 313.
    """
    if scope.translation.context.product < 2025:
        raise error(195, name, "built-in function name")
    if node.distinct:
        raise error(313, name, state=2)
    if len(node.arguments) != 1 or (
        name == "JSON_OBJECTAGG" and not isinstance(node.arguments[0], ast.JsonKeyValue)
    ):
        raise error(174, name, 1)
    one = _pair if name == "JSON_OBJECTAGG" else _element
    member = one(node.arguments[0], node, scope)
    is_json = node.json_type or member.is_json
    sql_type = JSON if is_json and node.over is None else types.NVARCHAR_MAX
    return Value(f"tsql.{name.lower()}({member.text}{order})", sql_type)


# --- JSON_VALUE, JSON_QUERY, JSON_PATH_EXISTS and JSON_MODIFY ---

_CHARACTERS = types.STRINGS - types.LARGE_OBJECTS


def _document_and_path(node: ast.FunctionCall, scope: Scope) -> tuple[Value, str]:
    """Return the first two arguments, the path as text. Raises 8116 for other types."""
    document = only(node.arguments[0], scope)
    path = only(node.arguments[1], scope) if len(node.arguments) > 1 else None
    name = node.name.name.lower()
    if document.type.name not in _CHARACTERS | {"json", "null"}:
        raise error(8116, document.type.name, 1, name)
    if path is not None and path.type.name not in _CHARACTERS:
        raise error(8116, "NULL" if path.type.name == "null" else path.type.name, 2, name)
    sql = "'$'::text" if path is None else f"{path.sql}::text"
    return replace(document, sql=f"{document.sql}::text"), sql


def _check_count(node: ast.FunctionCall, least: int, most: int) -> None:
    if least <= len(node.arguments) <= most:
        return
    if least == most:
        raise error(174, node.name.name.lower(), most)
    raise error(189, node.name.name.lower(), least, most)


def json_value(node: ast.FunctionCall, scope: Scope) -> Value:
    """Return JSON_VALUE; RETURNING (2025) accepts only documents of type json."""
    _check_count(node, 2, 2)
    document, path = _document_and_path(node, scope)
    value = Value(f"tsql.json_value({document.sql}, {path})", types.nvarchar(4000))
    if node.returning is None:
        return value
    if document.type.name != "json":
        raise unsupported("RETURNING of a document that is not of type json")
    target = system_type(node.returning, scope)
    named = f"{string_literal(pg(target))}, NULL::{base(target)}"
    return Value(f"tsql.json_returned({value.sql}, {named})::{pg(target)}", target)


def json_query(node: ast.FunctionCall, scope: Scope) -> Value:
    """Return JSON_QUERY, whose result is of type json if the document is."""
    _check_count(node, 1, 2)
    document, path = _document_and_path(node, scope)
    sql = f"tsql.json_query({document.sql}, {path})"
    if document.type.name == "json":
        return Value(f"{sql}::text::tsql.json", JSON)
    return Value(sql, types.NVARCHAR_MAX, document=True)


def json_path_exists(node: ast.FunctionCall, scope: Scope) -> Value:
    """Return JSON_PATH_EXISTS (2022)."""
    if scope.translation.context.product < 2022:
        raise error(195, node.name.name, "built-in function name")
    _check_count(node, 2, 2)
    document, path = _document_and_path(node, scope)
    return Value(f"tsql.json_path_exists({document.sql}, {path})", types.INT)


# the types of JSON_MODIFY's third argument
_NEW_VALUES = _CHARACTERS | types.INTEGERS | types.DECIMALS | types.FLOATS | {"json", "null"}


def json_modify(node: ast.FunctionCall, scope: Scope) -> Value:
    """Return JSON_MODIFY: PostgreSQL gets the new value as JSON text. Raises 174 or 8116."""
    _check_count(node, 3, 3)
    document, path = _document_and_path(node, scope)
    value = only(node.arguments[2], scope)
    in_json = document.type.name == "json"
    if value.type.name not in _NEW_VALUES or (value.type.name == "json" and not in_json):
        raise error(8116, value.type.name, 3, "json_modify")
    if value.type.name == "real":
        value = convert(value, types.FLOAT)
    new = json_text(value)
    sql = f"tsql.json_modify({document.sql}, {path}, {new})"
    if in_json:
        return Value(f"tsql.parse_json({sql}::text)", JSON)
    return Value(sql, types.NVARCHAR_MAX, document=True)


# --- FOR JSON ---


@dataclass
class _Object:
    """The members of one object of FOR JSON PATH: a.b and a.c nest in a."""

    members: dict[str, str | _Object] = field(default_factory=dict)

    def put(self, path: Sequence[str], text: str, whole: str) -> None:
        first, *rest = path
        inside = self.members.get(first)
        if not rest:
            if inside is not None:
                raise error(13601, whole)
            self.members[first] = text
            return
        if inside is None:
            inside = self.members[first] = _Object()
        if isinstance(inside, str):
            raise error(13601, whole)
        inside.put(rest, text, whole)

    def sql(self, include_nulls: bool) -> str:
        members = []
        for key, inside in self.members.items():
            name = string_literal(f"{_json_key(key)}:")
            if isinstance(inside, _Object):
                text = f"nullif({inside.sql(include_nulls)}, '{{}}')"
            else:
                text = f"coalesce({inside}, 'null')" if include_nulls else inside
            members.append(f"{name} || {text}")
        return f"('{{' || {_json_list(members)} || '}}')"


def _json_key(name: str) -> str:
    return json.dumps(null_characters.outward(name), ensure_ascii=False).replace("/", "\\/")


def for_json(node: ast.ForJson, query: ast.Query, rows: Rows, scope: Scope) -> Rows:
    """Return the rows as one JSON document in one column. Raises 13600, 13601 or 13605."""
    if node.mode == "AUTO":
        _check_auto(query)
    if node.root is not None and node.without_array_wrapper:
        raise error(13620)
    whole = _Object()
    name = scope.translation.fresh("json")
    for number, item in enumerate(rows.items, start=1):
        if not item.name:
            raise error(13605)
        column = Value(f"{name}.c{number}", item.value.type, document=item.value.document)
        path = [item.name] if node.mode == "AUTO" else item.name.split(".")
        whole.put(path, json_text(column), item.name)
    columns = ", ".join(f"c{number}" for number in range(1, len(rows.items) + 1))
    text = f"string_agg({whole.sql(node.include_null_values)}, ',')"
    if not node.without_array_wrapper:
        text = f"'[' || {text} || ']'"
    if node.root is not None:
        text = f"{string_literal('{' + _json_key(node.root) + ':')} || {text} || '}}'"
    whole_document = not node.without_array_wrapper
    value = Value(f"({text})::tsql.nvarchar", types.NVARCHAR_MAX, document=whole_document)

    def write(items: Sequence[Item]) -> str:
        return f"SELECT {select_list(items)} FROM ({rows.sql}) AS {name} ({columns})"

    return Rows([Item(_COLUMN, value)], write)


def _check_auto(query: ast.Query) -> None:
    """Check AUTO, which nests the tables of a join; for one table it is a flat list.

    Raises 13600 without a table.
    """
    body = query.body
    sources = body.from_ if isinstance(body, ast.QuerySpecification) else ()
    tables = [each for each in sources if not isinstance(each, ast.TableFunction | ast.OpenJson)]
    if isinstance(body, ast.QuerySpecification) and not tables:
        raise error(13600)
    if len(sources) != 1 or isinstance(sources[0], ast.Join | ast.Apply):
        raise unsupported("FOR JSON AUTO of several tables")


# the name of the column of every FOR JSON in SQL Server
_COLUMN = "JSON_F52E2B61-18A1-11d1-B105-00805F49916B"
