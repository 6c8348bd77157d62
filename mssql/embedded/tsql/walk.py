"""Going through the syntax tree of a batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from mssql.embedded.tsql import ast


def children(node: ast.Node) -> Iterator[ast.Node]:
    """The nodes right below a node, in the order of its fields."""
    for each in fields(node):
        yield from _nodes(getattr(node, each.name))


def _nodes(value: object) -> Iterator[ast.Node]:
    if isinstance(value, ast.Node):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)


def descendants(node: ast.Node) -> Iterator[ast.Node]:
    """A node and everything below it."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(list(children(current))))


def declarations(statements: Sequence[ast.Statement]) -> Iterator[ast.Declaration]:
    """The variables of a batch, also those that a branch declares which may never run."""
    for statement in statements:
        if isinstance(statement, ast.Declare):
            yield from statement.declarations
        elif isinstance(statement, ast.Block):
            yield from declarations(statement.statements)
        elif isinstance(statement, ast.If):
            yield from declarations([statement.then])
            if statement.otherwise is not None:
                yield from declarations([statement.otherwise])
        elif isinstance(statement, ast.While):
            yield from declarations([statement.body])
        elif isinstance(statement, ast.TryCatch):
            yield from declarations(statement.body + statement.handler)
