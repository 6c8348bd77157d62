"""Queries over a derived table whose rows are numbered.

T-SQL lacks the first row of each group, distinct("field"), and the nth value of a window,
NthValue(). Both are simple once the rows have numbers. A window function cannot be nested in
another, and a query can filter by one only through a derived table.
"""

from __future__ import annotations

from typing import Callable, Sequence

from django.db import NotSupportedError
from django.db.models import F, Window
from django.db.models.expressions import BaseExpression, OrderBy, RowRange
from django.db.models.functions import DenseRank, NthValue, Rank, RowNumber
from django.db.models.sql.query import Query

from mssql.compat import FILTERS_WINDOWS
from mssql.compiler.state import SelectState
from mssql.expressions.interfaces import Compiler, SqlWithParams
from mssql.expressions.ordering import AnyOrder

OCCURRENCE = "_occurrence"
ORDER = "_order"


def first_rows(compiler: Compiler, state: SelectState) -> SqlWithParams:
    """Compile distinct("field"): the first row of each group."""
    query = compiler.query
    if query.group_by is not None:
        raise NotImplementedError("annotate() + distinct(fields) is not implemented.")
    # Django refuses here the fields that DISTINCT ON must not name.
    inner, ordering = _copy_and_ordering(compiler, compiler.get_distinct)
    # Without an order, the groups are in their own order, as in a database with DISTINCT ON.
    ordering = ordering or [OrderBy(F(name)) for name in query.distinct_fields]
    inner.distinct_fields, inner.distinct = (), False
    groups = [F(name) for name in query.distinct_fields]
    inner.add_annotation(Window(RowNumber(), groups, ordering), OCCURRENCE)
    quote = compiler.connection.ops.quote_name
    columns: list[SqlWithParams] = [(quote(alias), ()) for alias in _select_aliases(compiler)]
    where = f"WHERE {quote(OCCURRENCE)} = 1"
    return _select_from(inner, ordering, compiler, state, columns, where)


def _copy_and_ordering(
    compiler: Compiler, check: Callable[[], object] = lambda: None
) -> tuple[Query, list[BaseExpression]]:
    """Return a copy of the query with the joins of its ordering, and the ordering."""
    query = compiler.query
    refcounts = query.alias_refcount.copy()
    try:
        query.get_initial_alias()
        check()
        ordering = [pair[0] for pair in compiler._order_by_pairs()]
        return query.clone(), ordering
    finally:
        query.reset_refcounts(refcounts)


def has_nth_value(query: Query) -> bool:
    """Return whether the query selects a window over NthValue()."""
    return any(map(_is_nth_value, query.annotation_select.values()))


def _is_nth_value(expression: object) -> bool:
    return isinstance(expression, Window) and isinstance(
        expression.get_source_expressions()[0], NthValue
    )


def nth_values(compiler: Compiler, state: SelectState) -> SqlWithParams:
    """Compile a query with NthValue(): the value of the row with the number, if the frame has it.

    The groups and peers of the window become numbers as well: the outer window needs nothing else.
    """
    query = compiler.query
    if not FILTERS_WINDOWS:
        raise NotSupportedError("NthValue() requires Django 4.2 or later with SQL Server.")
    inner, ordering = _copy_and_ordering(compiler)
    if query.distinct and ordering:
        raise NotSupportedError("NthValue() with both order_by() and distinct() is not supported.")
    inner.distinct = False
    windows = {
        alias: window for alias, window in query.annotation_select.items() if _is_nth_value(window)
    }
    for alias, window in windows.items():
        _add_numbers(inner, alias, window)
    quote = compiler.connection.ops.quote_name
    columns: list[SqlWithParams] = [
        _nth_value(compiler, alias, windows[alias]) if alias in windows else (quote(alias), ())
        for alias in _select_aliases(compiler)
    ]
    return _select_from(inner, ordering, compiler, state, columns, "")


def _add_numbers(query: Query, alias: str, window: BaseExpression) -> None:
    """Select the value of NthValue(), and the numbers of its row, of its peers and of its group."""
    nth_value, partition_by, order_by, _ = window.get_source_expressions()
    groups = partition_by and partition_by.get_source_expressions()
    order = order_by and order_by.get_source_expressions()
    query.annotations[alias] = nth_value.get_source_expressions()[0]
    query.add_annotation(Window(RowNumber(), groups, order), f"{alias}_row")
    query.add_annotation(Window(Rank(), groups, order), f"{alias}_rank")
    if groups:
        query.add_annotation(Window(DenseRank(), order_by=groups), f"{alias}_group")


def _nth_value(compiler: Compiler, alias: str, window: BaseExpression) -> SqlWithParams:
    quote = compiler.connection.ops.quote_name
    nth_value, partition_by, _, frame = window.get_source_expressions()
    nth, params = compiler.compile(nth_value.get_source_expressions()[1])
    row = quote(f"{alias}_row")
    over = f"ORDER BY {row if isinstance(frame, RowRange) else quote(f'{alias}_rank')}"
    if partition_by:
        over = f"PARTITION BY {quote(f'{alias}_group')} {over}"
    if frame:
        frame_sql, frame_params = compiler.compile(frame)
        over, params = f"{over} {frame_sql}", [*params, *frame_params]
    value = f"CASE WHEN {row} = {nth} THEN {quote(alias)} END"
    return f"MAX({value}) OVER ({over}) AS {quote(alias)}", params


def _select_aliases(compiler: Compiler) -> list[str]:
    """Set up the selected columns; return their names in the derived table."""
    compiler.setup_query(with_col_aliases=True)
    compiler.has_extra_select = False
    return [alias for _, _, alias in compiler.select]


def _select_from(
    inner: Query,
    ordering: Sequence[BaseExpression],
    compiler: Compiler,
    state: SelectState,
    columns: Sequence[SqlWithParams],
    where: str,
) -> SqlWithParams:
    """Compile the inner query as a derived table, with a SELECT of the columns from it."""
    query, connection = compiler.query, compiler.connection
    quote = connection.ops.quote_name
    if ordering:
        inner.add_annotation(Window(RowNumber(), order_by=ordering), ORDER)
    inner.clear_ordering(force=True)
    inner.clear_limits()
    inner_compiler = inner.get_compiler(compiler.using, connection, compiler.elide_empty)
    table, table_params = inner_compiler.as_sql(with_limits=False, with_col_aliases=True)
    is_distinct = query.distinct and not query.distinct_fields
    parts = [
        "SELECT",
        "DISTINCT" if is_distinct else "",
        state.top,
        ", ".join(sql for sql, _ in columns),
        f"FROM ({table}) AS {quote('numbered')}",
        where,
    ]
    if state.may_be_ordered and (ordering or state.has_offset):
        parts.append(f"ORDER BY {quote(ORDER) if ordering else AnyOrder(is_distinct).sql}")
    if state.has_offset:
        parts.append(connection.ops.limit_offset_sql(query.low_mark, query.high_mark))
    params = [param for _, column_params in columns for param in column_params]
    return " ".join(filter(None, parts)), (*params, *table_params)
