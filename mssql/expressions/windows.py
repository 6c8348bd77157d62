"""Window functions."""

from __future__ import annotations

from django.db import NotSupportedError
from django.db.models.aggregates import Aggregate
from django.db.models.expressions import Window
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
from mssql.expressions.dispatch import Implementation
from mssql.expressions.interfaces import Compiler, Connection, SqlWithParams
from mssql.expressions.ordering import AnyOrder
from mssql.expressions.predicates import with_operands_as_values

_WITHOUT_FRAME = (CumeDist, DenseRank, Lag, Lead, Ntile, PercentRank, Rank, RowNumber)


def window(node: Window, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Return a window; ranking and offset functions and frames require an ORDER BY (error 4112)."""
    source, partition_by, order_by, frame = node.get_source_expressions()
    if isinstance(source, NO_WINDOW_AGGREGATES):
        raise NotSupportedError(
            f"SQL Server does not support {type(source).__name__}() over a window (error 4113). "
            "Aggregate in a Subquery() instead."
        )
    if isinstance(source, _WITHOUT_FRAME):
        frame = None  # They ignore frames, which SQL Server refuses (error 10752).
    requires_order = frame is not None or not isinstance(source, Aggregate)
    if requires_order and (order_by is None or not order_by.get_source_expressions()):
        order_by = Window(source, order_by=AnyOrder()).order_by
    if partition_by is not None:
        partition_by = with_operands_as_values(partition_by)
    node = node.copy()
    node.set_source_expressions([source, partition_by, order_by, frame])
    return node.as_sql(compiler, connection)


TSQL: dict[type, Implementation] = {Window: window}
