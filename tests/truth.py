"""The T-SQL constructs of the statements that the tests send, and the proof of each.

docs/truth.md names, for every construct, Microsoft's page of it. A construct is a function, a
type, a hint, an operator, or a statement or clause with the parts that it has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import singledispatch
from pathlib import Path

from tds_embedded.errors import SqlServerError
from tds_embedded.tsql import ast
from tds_embedded.tsql.parse import parse
from tds_embedded.tsql.walk import descendants
from tds_embedded.types import SqlType

DOCUMENT = Path(__file__).parent.parent / "docs" / "truth.md"
PAGE = "https://learn.microsoft.com/"
NAMES = re.compile(r"`([^`]+)`")
WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Parts whose contents are separate nodes, or that every node of the kind has.
PLAIN_PARTS = {
    "action", "alias", "arguments", "assignments", "body", "column", "columns", "condition",
    "constraints", "declarations", "document", "elements", "end", "events", "expression", "file",
    "filegroup", "for_login", "high", "indexes", "items", "key", "left", "low", "message", "mode",
    "name", "names", "number", "object", "on", "operand", "operands", "order_by", "parameters",
    "parts", "password", "path", "pattern", "position", "procedure", "query",
    "referenced_columns", "right",
    "rows", "schema", "select", "source", "start", "state", "statements", "table", "target", "text",
    "then", "type", "value", "values", "variable", "whens", "zone",
}  # fmt: skip


def constructs(text: str, product: str) -> set[str]:
    """Return the constructs of a batch, as a server of `product` reads it.

    A statement that the stand-in's parser refuses has none: the test that sent it expects that.
    """
    try:
        statements = parse(text, product=product)
    except SqlServerError:
        return set()
    return {
        name for statement in statements for node in descendants(statement) for name in names(node)
    }


def documented() -> set[str]:
    """Return the constructs that docs/truth.md proves."""
    rows = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if PAGE in line]
    return {name for row in rows for name in NAMES.findall(row)}


def unproven(statements: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Return the constructs without a proof, each with the first test that sends it.

    Parameters:
        statements: text, product and test of each.
    """
    known = documented()
    missing: dict[str, str] = {}
    for text, product, test in statements:
        for name in constructs(text, product) - known:
            missing.setdefault(name, test)
    return missing


@singledispatch
def names(node: ast.Node) -> Iterator[str]:
    """Yield the words of a node, alone and with each of its parts."""
    kind = WORDS.sub(" ", type(node).__name__)
    yield kind
    for field in fields(node):
        value = getattr(node, field.name)
        if isinstance(value, SqlType):
            yield f"type {value.name}"
        elif part := _part(field.name, value):
            yield f"{kind}: {part}"


def _part(name: str, value: object) -> str:
    if name in PLAIN_PARTS or value in (None, False, ()):
        return ""
    if isinstance(value, str) and name != "collation":
        return value
    return name.strip("_").replace("_", " ")


@names.register(ast.Literal)
@names.register(ast.ObjectName)
@names.register(ast.ColumnReference)
@names.register(ast.Variable)
@names.register(ast.SelectItem)
@names.register(ast.OrderItem)
@names.register(ast.Star)
def _nothing(_node: ast.Node) -> Iterator[str]:
    """Names of objects and values are not constructs of T-SQL."""
    return iter(())


@names.register
def _function(node: ast.FunctionCall) -> Iterator[str]:
    yield f"{node.name}()"
    if node.distinct:
        yield f"{node.name}(DISTINCT)"
    if node.within_group:
        yield f"{node.name}() WITHIN GROUP"
    if node.over is not None:
        yield f"{node.name}() OVER"
    if node.nulls or node.json_nulls:
        yield f"{node.name}() {node.nulls or node.json_nulls} NULLS"


@names.register
def _cast(node: ast.Cast) -> Iterator[str]:
    yield f"{'TRY_' * node.tolerant}CAST AS {getattr(node.type, 'name', node.type)}"


@names.register
def _convert(node: ast.Convert) -> Iterator[str]:
    style = getattr(node.style, "value", "of a value") if node.style else "0"
    yield f"{'TRY_' * node.tolerant}CONVERT({getattr(node.type, 'name', node.type)}), style {style}"


@names.register(ast.TableHint)
@names.register(ast.QueryHint)
def _hint(node: ast.TableHint | ast.QueryHint) -> Iterator[str]:
    yield f"hint {node.name}"


@names.register
def _operator(node: ast.Binary) -> Iterator[str]:
    yield f"operator {node.operator}"


@names.register
def _collate(node: ast.Collate) -> Iterator[str]:
    yield "COLLATE"


@names.register
def _date_part(node: ast.DatePart) -> Iterator[str]:
    yield f"date part {node.name}"


@names.register
def _global(node: ast.GlobalVariable) -> Iterator[str]:
    yield node.name


@names.register
def _set_option(node: ast.SetOption) -> Iterator[str]:
    yield from (f"SET {name}" for name in node.names)


@names.register
def _execute(node: ast.Execute) -> Iterator[str]:
    yield f"EXECUTE {node.procedure}" if str(node.procedure).startswith("sp_") else "EXECUTE"


@names.register
def _option(node: ast.Option) -> Iterator[str]:
    yield f"option {node.name}"


@names.register
def _table_function(node: ast.TableFunction) -> Iterator[str]:
    yield f"{node.name} as a table"


@names.register
def _open_json(node: ast.OpenJson) -> Iterator[str]:
    yield "OPENJSON WITH" if node.schema else "OPENJSON"


@names.register
def _named_table(node: ast.NamedTable) -> Iterator[str]:
    yield str(node.name).lower() if node.name.schema == "sys" else "Named Table"
