"""Window functions."""

from __future__ import annotations

from typing import Any

from django.db.models.aggregates import Aggregate
from django.db.models.expressions import Expression, Window

from .dispatch import SqlWithParams, tsql
from .predicates import with_operands_as_values


class AnyOrder(Expression):
    """What a window is ordered by whose rows may come in any order."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "(SELECT NULL)", []


@tsql(Window)
def window(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """A window; ranking and offset functions and frames demand an ORDER BY in it (error 4112)."""
    demands_order = node.frame is not None or not isinstance(node.source_expression, Aggregate)
    if demands_order and node.order_by is None:
        node = node.copy()
        node.order_by = Window(node.source_expression, order_by=AnyOrder()).order_by
    if node.partition_by is not None:
        node = node.copy()
        node.partition_by = with_operands_as_values(node.partition_by)
    sql: SqlWithParams = node.as_sql(compiler, connection)
    return sql
