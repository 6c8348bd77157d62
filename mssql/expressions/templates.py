"""SQL templates filled with compiled expressions."""

from __future__ import annotations

from string import Formatter
from typing import Any, Iterable

from mssql.expressions.interfaces import Compiler, Node, SqlWithParams


def compile_all(compiler: Compiler, nodes: Iterable[Node]) -> tuple[list[str], list[Any]]:
    """Compile several expressions; return a list of their SQL and one list of all parameters."""
    sqls: list[str] = []
    params: list[Any] = []
    for node in nodes:
        sql, node_params = compiler.compile(node)
        sqls.append(sql)
        params.extend(node_params)
    return sqls, params


def fill(template: str, compiler: Compiler, *nodes: Node) -> SqlWithParams:
    """Fill `{0}`, `{1}`, ... of a template with the compiled nodes.

    A node may occur more than once; its parameters are repeated in the order of the template.
    A literal per cent sign is written `%%`, as everywhere in Django's SQL.
    """
    return fill_compiled(template, *map(compiler.compile, nodes))


def fill_compiled(template: str, *operands: SqlWithParams) -> SqlWithParams:
    """Fill a template like fill(), from operands that are already compiled."""
    sql: list[str] = []
    params: list[Any] = []
    for literal, position, _, _ in Formatter().parse(template):
        sql.append(literal)
        if position is not None:
            operand_sql, operand_params = operands[int(position)]
            sql.append(operand_sql)
            params.extend(operand_params)
    return "".join(sql), params
