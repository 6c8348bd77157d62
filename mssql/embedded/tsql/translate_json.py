"""JSON made in T-SQL: FOR JSON, JSON_OBJECT, JSON_ARRAY.

The text is put together here, value by value, since SQL Server writes no blanks in it.
Follows "Format query results as JSON with FOR JSON",
https://learn.microsoft.com/sql/relational-databases/json/format-query-results-as-json-with-for-json-sql-server
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from mssql.embedded import nul
from mssql.embedded.errors import error
from mssql.embedded.tsql import ast
from mssql.embedded.tsql import translate_types as types
from mssql.embedded.tsql.binder import Scope
from mssql.embedded.tsql.translate_core import (
    Value,
    convert,
    expression,
    string_literal,
    unsupported,
)
from mssql.embedded.tsql.translate_queries import Item, Rows, select_list

# functions whose result is nested as a document, where a string would be quoted
_DOCUMENTS = frozenset({"JSON_OBJECT", "JSON_ARRAY", "JSON_QUERY", "JSON_MODIFY"})


def quoted(text: str) -> str:
    """A PostgreSQL expression of type text as a JSON string, which is SQL Server's with `\\/`."""
    return f"tsql.json_string({text})"


def json_text(value: Value, document: bool) -> str:
    """A value as JSON text, NULL where it is NULL."""
    name = value.type.name
    if name == "null":
        return "NULL::text"
    if document or name == "json":
        return f"{value.sql}::text"
    if name == "bit":
        return f"{value.sql}::bool::text"
    if name in types.MONIES:
        return f"{value.sql}::numeric::text"
    if name in types.NUMBERS:
        return f"{value.sql}::text"
    if name in types.STRINGS | {"xml", "sql_variant"}:
        return quoted(f"{value.sql}::text")
    if name in types.BINARIES:
        return quoted(f"replace(encode({value.sql}::bytea, 'base64'), E'\\n', '')")
    if name in ("date", "time", "uniqueidentifier"):
        return quoted(f"upper({value.sql}::text)")
    if name == "datetimeoffset":
        return quoted(f"tsql.convert({value.sql}, 126, NULL::tsql.nvarchar)::text")
    return f"to_json({value.sql}::timestamp)::text"


def is_document(node: ast.Expression) -> bool:
    """Whether an expression gives JSON, which is nested as it is."""
    if isinstance(node, ast.FunctionCall):
        return node.name.name.upper() in _DOCUMENTS
    return isinstance(node, ast.ScalarSubquery) and isinstance(node.query.for_, ast.ForJson)


# --- JSON_OBJECT and JSON_ARRAY ----------------------------------------------------------------


def json_object(node: ast.FunctionCall, scope: Scope) -> Value:
    """JSON_OBJECT (2022): NULL ON NULL unless it says ABSENT."""
    members = []
    for argument in node.arguments:
        if not isinstance(argument, ast.JsonKeyValue):
            raise error(102, ",")
        key = quoted(f"{convert(expression(argument.key, scope), types.nvarchar(4000)).sql}::text")
        members.append(f"{key} || ':' || {_member(argument.value, node, 'NULL', scope)}")
    return _constructed("{", members, "}", node, scope)


def json_array(node: ast.FunctionCall, scope: Scope) -> Value:
    """JSON_ARRAY (2022): ABSENT ON NULL unless it says NULL."""
    members = []
    for argument in node.arguments:
        if not isinstance(argument, ast.Expression):
            raise error(102, ":")
        members.append(_member(argument, node, "ABSENT", scope))
    return _constructed("[", members, "]", node, scope)


def _member(node: ast.Expression, call: ast.FunctionCall, default: str, scope: Scope) -> str:
    text = json_text(expression(node, scope), is_document(node))
    return f"coalesce({text}, 'null')" if (call.json_nulls or default) == "NULL" else text


def _constructed(
    start: str, members: Sequence[str], end: str, node: ast.FunctionCall, scope: Scope
) -> Value:
    if scope.translation.context.product < 2022:
        raise error(195, node.name.name, "built-in function name")
    if node.json_type:
        raise unsupported("RETURNING JSON")
    sql = f"('{start}' || {_joined(members)} || '{end}')::tsql.nvarchar"
    return Value(sql, types.NVARCHAR_MAX, False)


def _joined(members: Sequence[str]) -> str:
    """The members with commas between, without those that are NULL."""
    return f"concat_ws(',', {', '.join(members)})" if members else "''"


def json_modify(node: ast.FunctionCall, scope: Scope) -> Value:
    """JSON_MODIFY: PostgreSQL gets the new value as JSON text."""
    if len(node.arguments) != 3:
        raise error(174, "json_modify", 3)
    document, path, value = (argument for argument in node.arguments)
    texts = [
        f"{convert(expression(each, scope), types.NVARCHAR_MAX).sql}::text"
        for each in (document, path)
        if isinstance(each, ast.Expression)
    ]
    if not isinstance(value, ast.Expression) or len(texts) != 2:
        raise error(102, ",")
    new = json_text(expression(value, scope), is_document(value))
    return Value(f"tsql.json_modify({', '.join(texts)}, {new})", types.NVARCHAR_MAX)


# --- FOR JSON ----------------------------------------------------------------------------------


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
        return f"('{{' || {_joined(members)} || '}}')"


def _json_key(name: str) -> str:
    return json.dumps(nul.outward(name), ensure_ascii=False).replace("/", "\\/")


def for_json(node: ast.ForJson, query: ast.Query, rows: Rows, scope: Scope) -> Rows:
    """The rows as one JSON document in one column. Raises 13601 or 13605."""
    if node.mode != "PATH":
        raise unsupported(f"FOR JSON {node.mode}")
    if node.root is not None and node.without_array_wrapper:
        raise error(13620)
    documents = _documents(query, len(rows.items))
    whole = _Object()
    name = scope.translation.fresh("json")
    for number, (item, document) in enumerate(zip(rows.items, documents, strict=True), start=1):
        if not item.name:
            raise error(13605)
        column = Value(f"{name}.c{number}", item.value.type)
        whole.put(item.name.split("."), json_text(column, document), item.name)
    columns = ", ".join(f"c{number}" for number in range(1, len(rows.items) + 1))
    text = f"string_agg({whole.sql(node.include_null_values)}, ',')"
    if not node.without_array_wrapper:
        text = f"'[' || {text} || ']'"
    if node.root is not None:
        text = f"{string_literal('{' + _json_key(node.root) + ':')} || {text} || '}}'"
    value = Value(f"({text})::tsql.nvarchar", types.NVARCHAR_MAX)

    def write(items: Sequence[Item]) -> str:
        return f"SELECT {select_list(items)} FROM ({rows.sql}) AS {name} ({columns})"

    return Rows([Item(_COLUMN, value)], write)


# the name that SQL Server gives the column of every FOR JSON
_COLUMN = "JSON_F52E2B61-18A1-11d1-B105-00805F49916B"


def _documents(query: ast.Query, count: int) -> list[bool]:
    """Which columns hold JSON already, as far as the select list tells."""
    body = query.body
    if isinstance(body, ast.QuerySpecification) and len(body.select) == count:
        return [isinstance(e, ast.SelectItem) and is_document(e.expression) for e in body.select]
    return [False] * count
