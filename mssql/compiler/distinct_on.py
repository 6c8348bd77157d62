"""distinct("field"): the first row of each group, numbered by ROW_NUMBER."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Window
from django.db.models.expressions import OrderBy
from django.db.models.functions import RowNumber

from ..expressions.dispatch import SqlWithParams

OCCURRENCE = "_occurrence"
ORDER = "_order"


def as_sql(compiler: Any) -> SqlWithParams:
    """
    Compile the compiler's query, whose DISTINCT ON no T-SQL knows, over a derived table.

    The table numbers the rows of each group and, for the ORDER BY around it, all rows.
    """
    query = compiler.query
    if query.group_by is not None:
        raise NotImplementedError("annotate() + distinct(fields) is not implemented.")
    refcounts = query.alias_refcount.copy()
    try:
        query.get_initial_alias()
        ordering = [pair[0] for pair in compiler._order_by_pairs()]
        # Without an order, the groups come in their own, as from a database with DISTINCT ON.
        ordering = ordering or [OrderBy(F(name)) for name in query.distinct_fields]
        compiler.setup_query(with_col_aliases=True)
        compiler.has_extra_select = False
        compiler.get_distinct()  # refuses what Django does not let DISTINCT ON name
        numbered = _numbered(query, ordering)
    finally:
        query.reset_refcounts(refcounts)
    inner = numbered.get_compiler(compiler.using, compiler.connection, compiler.elide_empty)
    sql, params = inner.as_sql(with_limits=False, with_col_aliases=True)
    quote = compiler.connection.ops.quote_name
    columns = ", ".join(quote(alias) for _, _, alias in compiler.select)
    parts = [
        f"SELECT {compiler.top}{columns} FROM ({sql}) AS {quote('numbered')}",
        f"WHERE {quote(OCCURRENCE)} = 1",
    ]
    if compiler.may_be_ordered:
        parts.append(f"ORDER BY {quote(ORDER)}")
    if compiler.is_limited and not compiler.top:
        parts.append(compiler.connection.ops.limit_offset_sql(query.low_mark, query.high_mark))
    return " ".join(parts), params


def _numbered(query: Any, ordering: list[Any]) -> Any:
    numbered = query.clone()
    names, numbered.distinct_fields, numbered.distinct = query.distinct_fields, (), False
    numbered.clear_limits()
    groups = [F(name) for name in names]
    occurrence = Window(RowNumber(), partition_by=groups, order_by=ordering)
    numbered.add_annotation(occurrence, OCCURRENCE)
    numbered.add_annotation(Window(RowNumber(), order_by=ordering), ORDER)
    numbered.clear_ordering(force=True)
    return numbered
