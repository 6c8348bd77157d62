"""Window functions."""

from __future__ import annotations

from typing import Any

from django.db import NotSupportedError
from django.db.models.aggregates import Aggregate
from django.db.models.expressions import Expression, Window
from django.db.models.functions import (
    CumeDist,
    DenseRank,
    Lag,
    Lead,
    Ntile,
    PercentRank,
    Rank,
    RowNumber,
)

from mssql.expressions.aggregates import NO_WINDOW_AGGREGATES
from mssql.expressions.dispatch import SqlWithParams, tsql
from mssql.expressions.predicates import with_operands_as_values


class AnyOrder(Expression):
    """What a window is ordered by whose rows may come in any order."""

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "(SELECT NULL)", []


_WITHOUT_FRAME = (CumeDist, DenseRank, Lag, Lead, Ntile, PercentRank, Rank, RowNumber)


@tsql(Window)
def window(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """A window; ranking and offset functions and frames demand an ORDER BY in it (error 4112)."""
    if isinstance(node.source_expression, NO_WINDOW_AGGREGATES):
        raise NotSupportedError(
            f"SQL Server has no {type(node.source_expression).__name__}() over a window (error "
            "4113). Aggregate in a Subquery() instead."
        )
    if node.frame is not None and isinstance(node.source_expression, _WITHOUT_FRAME):
        # A frame changes nothing for them, and is refused: error 10752.
        node = node.copy()
        node.frame = None
    demands_order = node.frame is not None or not isinstance(node.source_expression, Aggregate)
    if demands_order and node.order_by is None:
        node = node.copy()
        node.order_by = Window(node.source_expression, order_by=AnyOrder()).order_by
    if node.partition_by is not None:
        node = node.copy()
        node.partition_by = with_operands_as_values(node.partition_by)
    sql: SqlWithParams = node.as_sql(compiler, connection)
    return sql
