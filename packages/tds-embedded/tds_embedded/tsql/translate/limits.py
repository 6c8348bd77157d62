"""The number of rows of a query: TOP, OFFSET and FETCH.

Follows "TOP" and "ORDER BY clause", https://learn.microsoft.com/sql/t-sql/queries/top-transact-sql
and https://learn.microsoft.com/sql/t-sql/queries/select-order-by-clause-transact-sql
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tds_embedded.errors import error
from tds_embedded.postgres.identifiers import quote
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import types
from tds_embedded.tsql.translate.binder import Scope
from tds_embedded.tsql.translate.rows import Item
from tds_embedded.tsql.translate.values import convert, expression, unsupported

_Wrap = Callable[[str, Sequence[Item], str], str]


def limited(
    node: ast.QuerySpecification, query: ast.Query, scope: Scope
) -> tuple[str, _Wrap | None]:
    """Return LIMIT and OFFSET, or for TOP ... PERCENT, which PostgreSQL lacks, a wrapper."""
    top = node.top
    if top is None:
        return offset(query, scope), None
    if query.offset is not None:
        raise error(10741)
    if top.with_ties and not query.order_by:
        raise error(1062)
    if top.percent:
        if top.with_ties:
            raise unsupported("TOP ... PERCENT WITH TIES")
        value = expression(top.count, scope)
        if value.type.name == "null":
            raise error(1014)
        if not 0 <= (_literal_number(top.count) or 0) <= 100:
            raise error(1031)
        share = f"tsql.percentage({convert(value, types.FLOAT).sql})"
        return "", _percent(share, scope)
    count = row_count(top.count, scope, _TOP)
    if top.with_ties:
        return f" FETCH FIRST {count} ROWS WITH TIES", None
    return f" LIMIT {count}", None


def _percent(share: str, scope: Scope) -> _Wrap:
    inner, rank, total = (scope.translation.fresh(stem) for stem in ("top", "rank", "total"))

    def wrap(sql: str, items: Sequence[Item], order: str) -> str:
        names = [f"c{n}" for n in range(1, len(items) + 1)]
        outer = ", ".join(
            f"{inner}.{name}" + (f" AS {quote(item.name)}" if item.name else "")
            for name, item in zip(names, items, strict=True)
        )
        return (
            f"SELECT {outer} FROM (SELECT *, row_number() OVER () AS {rank}, "
            f"count(*) OVER () AS {total} FROM ({sql}) AS numbered ({', '.join(names)})) "
            f"AS {inner} WHERE {inner}.{rank} <= ceil({inner}.{total} * {share} / 100) "
            f"ORDER BY {inner}.{rank}"
        )

    return wrap


def offset(query: ast.Query, scope: Scope) -> str:
    """Return OFFSET and FETCH of a query."""
    sql = ""
    if query.offset is not None:
        sql += f" OFFSET {row_count(query.offset, scope, _OFFSET)}"
    if query.fetch is not None:
        sql += f" LIMIT {row_count(query.fetch, scope, _FETCH)}"
    return sql


@dataclass(frozen=True, slots=True)
class _Count:
    """A number of rows: its lowest value, and the errors for a lower or fractional number."""

    name: str
    lowest: int
    low: int
    no_integer: int


_TOP = _Count("top", 0, 127, 1060)
_OFFSET = _Count("offset", 0, 10742, 10743)
_FETCH = _Count("fetch", 1, 10744, 1060)


def row_count(node: ast.Expression, scope: Scope, kind: _Count = _TOP) -> str:
    """Return a number of rows. Raises 127, 10742 or 10744 for a low one, 1060 or 10743."""
    value = expression(node, scope)
    number = _literal_number(node)
    if number is None and value.type.name not in types.INTEGERS:
        raise error(kind.no_integer)
    if number is not None and number < kind.lowest:
        raise error(kind.low)
    if number is not None and number < 2**63:
        return f"({number})"
    if number is not None:
        return f"(tsql.error_for('{number}', 8115, 'expression', 'bigint')::int8)"
    return f"tsql.{kind.name}_rows({convert(value, types.BIGINT).sql})"


def _literal_number(node: ast.Expression) -> int | None:
    """Return the number of a literal integer, also a negative one."""
    if isinstance(node, ast.IntegerLiteral):
        return node.value
    if isinstance(node, ast.Unary) and isinstance(node.operand, ast.IntegerLiteral):
        return {"-": -node.operand.value, "+": node.operand.value}.get(node.operator)
    return None
