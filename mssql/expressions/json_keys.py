"""Values under the keys of a JSONField: key transforms, in queries and in indexes."""

from __future__ import annotations

import json
from typing import Any, Sequence

from django.db.models.expressions import Col, Expression
from django.db.models.fields import CharField
from django.db.models.fields.json import JSONField, KeyTextTransform, KeyTransform

from mssql.expressions.dispatch import Implementation
from mssql.expressions.interfaces import (
    AnyField,
    Compiler,
    Connection,
    Node,
    SqlWithParams,
)
from mssql.expressions.json_rows import select
from mssql.expressions.json_type import as_text, is_of_type_json
from mssql.expressions.output_fields import field_of
from mssql.tsql.literals import literal


def document_and_keys(expression: Node, compiler: Compiler) -> tuple[SqlWithParams, list[str]]:
    """Return the compiled document of a chain of key transforms, and the keys from its root."""
    source, keys = root_and_keys(expression)
    sql, params = compiler.compile(source)
    if not isinstance(source, Col):
        # Brackets around a text of exactly 4,000 characters must not truncate it.
        sql = as_text(sql)
    elif compiler.is_definition and is_of_type_json(source.target, compiler.connection):
        sql = as_text(sql)
    return (sql, params), keys


def root_and_keys(expression: Node) -> tuple[Node, list[str]]:
    """Return the document of a chain of key transforms, and the keys from its root."""
    keys: list[str] = []
    while isinstance(expression, KeyTransform):
        keys.insert(0, expression.key_name)
        expression = expression.lhs
    return expression, keys


def root_field(expression: Node) -> AnyField | None:
    """Return the field of the column that contains the document of a chain of key transforms."""
    root, _ = root_and_keys(expression)
    return root.target if isinstance(root, Col) else None


def is_json(expression: object) -> bool:
    """Return whether the expression is a JSON document or a value in one."""
    return isinstance(field_of(expression), JSONField)


def key_transform(node: KeyTransform, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render the value under a key: as JSON or, for a KeyTextTransform, as text."""
    document, keys = document_and_keys(node, compiler)
    if compiler.is_definition:
        sql, params = document
        path = _path_literal(keys)
        values = f"COALESCE(JSON_QUERY({sql}, {path}), JSON_VALUE({sql}, {path}))"
        return values, [*params, *params]
    is_text = isinstance(node, KeyTextTransform)
    sql, params = select(lambda row: row.value if is_text else row.json, document, keys)
    return f"({sql})", params


class IndexedKey(Expression):
    """The scalar under a key, for an index, in which the number 1 and the text "1" are equal.

    "Index JSON data", https://learn.microsoft.com/sql/relational-databases/json/index-json-data
    """

    output_field = CharField()

    def __init__(self, transform: KeyTransform) -> None:
        super().__init__()
        self.transform = transform

    def get_source_expressions(self) -> list[KeyTransform]:
        return [self.transform]

    def set_source_expressions(self, exprs: Sequence[KeyTransform]) -> None:  # type: ignore[override]
        (self.transform,) = exprs

    def as_sql(  # type: ignore[override]
        self, compiler: Compiler, connection: Connection
    ) -> SqlWithParams:
        (document, params), keys = document_and_keys(self.transform, compiler)
        return f"JSON_VALUE({document}, {_path_literal(keys)})", params


def with_indexed_keys(expression: Any) -> Any:
    """Return the expression of an index with scalars in place of the values under JSON keys."""
    if isinstance(expression, KeyTransform):
        return IndexedKey(expression)
    sources = expression.get_source_expressions()
    if not sources:
        return expression
    expression = expression.copy()
    expression.set_source_expressions([source and with_indexed_keys(source) for source in sources])
    return expression


def _path_literal(keys: Sequence[str]) -> str:
    """Return the path as a literal: a definition cannot have parameters."""
    steps = (f"[{key}]" if key.isdigit() else f".{json.dumps(key)}" for key in keys)
    return literal("$" + "".join(steps)).replace("%", "%%")


TSQL: dict[type, Implementation] = {KeyTransform: key_transform}
