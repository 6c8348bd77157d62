"""
Queries over a derived table whose rows are numbered.

Two things that T-SQL has not: the first row of each group, distinct("field"), and the nth value of
a window, NthValue(). Both are plain once the rows have numbers, and a window function cannot be
nested in another, nor filtered by, but through a derived table.
"""

from __future__ import annotations

from typing import Any

from django.db import NotSupportedError
from django.db.models import F, Window
from django.db.models.expressions import OrderBy, RowRange
from django.db.models.functions import DenseRank, NthValue, Rank, RowNumber

from mssql.compat import FILTERS_WINDOWS
from mssql.expressions.dispatch import SqlWithParams

OCCURRENCE = "_occurrence"
ORDER = "_order"


def first_rows(compiler: Any) -> SqlWithParams:
    """Compile distinct("field"): the first row of each group."""
    query = compiler.query
    if query.group_by is not None:
        raise NotImplementedError("annotate() + distinct(fields) is not implemented.")
    refcounts = query.alias_refcount.copy()
    try:
        query.get_initial_alias()
        compiler.get_distinct()  # refuses what Django does not let DISTINCT ON name
        ordering = [pair[0] for pair in compiler._order_by_pairs()]
        # Without an order, the groups come in their own, as from a database with DISTINCT ON.
        ordering = ordering or [OrderBy(F(name)) for name in query.distinct_fields]
        numbered = query.clone()
    finally:
        query.reset_refcounts(refcounts)
    numbered.distinct_fields, numbered.distinct = (), False
    groups = [F(name) for name in query.distinct_fields]
    numbered.add_annotation(Window(RowNumber(), groups, ordering), OCCURRENCE)
    quote = compiler.connection.ops.quote_name
    columns = [(quote(alias), ()) for alias in _select_aliases(compiler)]
    return _select_from(numbered, ordering, compiler, columns, f"WHERE {quote(OCCURRENCE)} = 1")


def has_nth_value(query: Any) -> bool:
    """Tell whether the query selects a window over NthValue()."""
    return any(map(_is_nth_value, query.annotation_select.values()))


def _is_nth_value(expression: Any) -> bool:
    source = getattr(expression, "source_expression", None)
    return isinstance(expression, Window) and isinstance(source, NthValue)


def nth_values(compiler: Any) -> SqlWithParams:
    """
    Compile a query with NthValue(): the value of the row with the number, if the frame has it.

    The window's groups and peers become numbers, too: all that the window around needs.
    """
    query = compiler.query
    if not FILTERS_WINDOWS:
        raise NotSupportedError("NthValue() needs Django 4.2 or later on this database backend.")
    refcounts = query.alias_refcount.copy()
    try:
        query.get_initial_alias()
        ordering = [pair[0] for pair in compiler._order_by_pairs()]
        numbered = query.clone()
    finally:
        query.reset_refcounts(refcounts)
    if query.distinct and ordering:
        raise NotSupportedError("NthValue() with both order_by() and distinct() is not supported.")
    numbered.distinct = False
    windows = {
        alias: window for alias, window in query.annotation_select.items() if _is_nth_value(window)
    }
    for alias, window in windows.items():
        value = window.source_expression.get_source_expressions()[0]
        groups = window.partition_by and window.partition_by.get_source_expressions()
        order = window.order_by and window.order_by.get_source_expressions()
        numbered.annotations[alias] = value
        numbered.add_annotation(Window(RowNumber(), groups, order), f"{alias}_row")
        numbered.add_annotation(Window(Rank(), groups, order), f"{alias}_rank")
        if groups:
            numbered.add_annotation(Window(DenseRank(), order_by=groups), f"{alias}_group")
    quote = compiler.connection.ops.quote_name
    columns = [
        _nth_value(compiler, alias, windows[alias]) if alias in windows else (quote(alias), ())
        for alias in _select_aliases(compiler)
    ]
    return _select_from(numbered, ordering, compiler, columns, "")


def _nth_value(compiler: Any, alias: str, window: Any) -> SqlWithParams:
    quote = compiler.connection.ops.quote_name
    nth, params = compiler.compile(window.source_expression.get_source_expressions()[1])
    by_rows = isinstance(window.frame, RowRange)
    over = f"ORDER BY {quote(alias + ('_row' if by_rows else '_rank'))}"
    if window.partition_by:
        over = f"PARTITION BY {quote(alias + '_group')} {over}"
    if window.frame:
        frame, frame_params = compiler.compile(window.frame)
        over, params = f"{over} {frame}", [*params, *frame_params]
    value = f"CASE WHEN {quote(alias + '_row')} = {nth} THEN {quote(alias)} END"
    return f"MAX({value}) OVER ({over}) AS {quote(alias)}", params


def _select_aliases(compiler: Any) -> list[str]:
    """Set up what the compiler selects; return the names that the derived table gives it."""
    compiler.setup_query(with_col_aliases=True)
    compiler.has_extra_select = False
    return [alias for _, _, alias in compiler.select]


def _select_from(
    numbered: Any, ordering: list[Any], compiler: Any, columns: list[Any], where: str
) -> SqlWithParams:
    """Compile the numbered query as a derived table, with the SELECT around it."""
    query, connection = compiler.query, compiler.connection
    quote = connection.ops.quote_name
    if ordering:
        numbered.add_annotation(Window(RowNumber(), order_by=ordering), ORDER)
    numbered.clear_ordering(force=True)
    numbered.clear_limits()
    inner = numbered.get_compiler(compiler.using, connection, compiler.elide_empty)
    table, table_params = inner.as_sql(with_limits=False, with_col_aliases=True)
    selected = ", ".join(sql for sql, _ in columns)
    distinct = "DISTINCT " if query.distinct and not query.distinct_fields else ""
    parts = [
        f"SELECT {distinct}{compiler.top}{selected} FROM ({table}) AS {quote('numbered')}",
        where,
    ]
    if compiler.may_be_ordered and (ordering or (compiler.is_limited and not compiler.top)):
        any_order = "1" if distinct else "(SELECT NULL)"
        parts.append(f"ORDER BY {quote(ORDER) if ordering else any_order}")
    if compiler.is_limited and not compiler.top:
        parts.append(connection.ops.limit_offset_sql(query.low_mark, query.high_mark))
    params = [param for _, several in columns for param in several]
    return " ".join(filter(None, parts)), (*params, *table_params)
