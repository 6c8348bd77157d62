"""Traversal of a syntax tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from tds_embedded.tsql import ast


def children(node: ast.Node) -> Iterator[ast.Node]:
    """Yield the nodes right below a node, in the order of its fields."""
    for each in fields(node):
        yield from _nodes(getattr(node, each.name))


def _nodes(value: object) -> Iterator[ast.Node]:
    if isinstance(value, ast.Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)


def descendants(node: ast.Node) -> Iterator[ast.Node]:
    """Yield a node and all nodes below it."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(list(children(current))))


def columns_read(node: ast.Node) -> Iterator[ast.ColumnReference]:
    """Yield the columns that an expression or condition names, each as often as it does."""
    below = list(descendants(node))
    words = {id(word) for each in below for word in _words(each)}
    for each in below:
        if isinstance(each, ast.ColumnReference) and id(each) not in words:
            yield each


def _words(node: ast.Node) -> Sequence[ast.Node]:
    """Return the keyword of ISJSON(x, OBJECT), which is parsed as a column."""
    if isinstance(node, ast.FunctionCall) and node.name.name.upper() == "ISJSON":
        return node.arguments[1:]
    return ()


def nested_statements(statements: Sequence[ast.Statement]) -> Iterator[ast.Statement]:
    """Yield the statements of a batch with those inside its blocks, even unreachable ones."""
    for statement in statements:
        yield statement
        if isinstance(statement, ast.Block):
            yield from nested_statements(statement.statements)
        elif isinstance(statement, ast.If):
            yield from nested_statements([statement.then])
            if statement.otherwise is not None:
                yield from nested_statements([statement.otherwise])
        elif isinstance(statement, ast.While):
            yield from nested_statements([statement.body])
        elif isinstance(statement, ast.TryCatch):
            yield from nested_statements(statement.body + statement.handler)


def declarations(statements: Sequence[ast.Statement]) -> Iterator[ast.Declaration]:
    """Yield the variables that a batch declares."""
    for statement in nested_statements(statements):
        if isinstance(statement, ast.Declare):
            yield from statement.declarations
