"""GROUP BY, with ROLLUP, CUBE and GROUPING SETS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import binder, collations, types
from tds_embedded.tsql.translate.binder import Scope
from tds_embedded.tsql.translate.values import expression


@dataclass(frozen=True, slots=True)
class Grouping:
    sql: str
    sets: bool  # with grouping sets every grouped column is nullable


def group_by(nodes: Sequence[ast.Expression | ast.GroupingSets], scope: Scope) -> Grouping:
    """Return GROUP BY, and note its columns in the scope. Raises 144, 164 or 4108."""
    if not nodes:
        return Grouping("", False)
    scope.clause = binder.GROUP_BY
    groups: set[str] = set()
    parts = [_element(node, groups, scope) for node in nodes]
    scope.references.clear()
    scope.groups = groups
    sets = any(isinstance(node, ast.GroupingSets) for node in nodes)
    scope.grouping_sets = sets
    return Grouping(f" GROUP BY {', '.join(parts)}", sets)


def _element(node: ast.Expression | ast.GroupingSets, groups: set[str], scope: Scope) -> str:
    if isinstance(node, ast.GroupingSets):
        inside = ", ".join(_set(each, groups, scope) for each in node.sets)
        return f"{node.kind} ({inside})"
    mark = len(scope.references)
    value = expression(node, scope)
    if len(scope.references) == mark:
        raise error(164)
    types.check_sortable(value.type)
    collations.check_column(value.type, "GROUP BY", len(groups) + 1)
    groups.add(value.sql)
    return value.sql


def _set(
    node: tuple[ast.Expression, ...] | ast.GroupingSets, groups: set[str], scope: Scope
) -> str:
    if isinstance(node, ast.GroupingSets):
        return _element(node, groups, scope)
    return "(" + ", ".join(_element(each, groups, scope) for each in node) + ")"
