"""SELECT: the clauses that T-SQL requires or writes in another form than Django."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any, Iterable, Iterator, Sequence, Tuple

from django.core.exceptions import EmptyResultSet
from django.db import NotSupportedError
from django.db.models.expressions import BaseExpression
from django.db.models.sql import compiler
from django.db.models.sql.subqueries import AggregateQuery

from mssql import compat
from mssql.compat import FullResultSet
from mssql.compiler import ordering, row_numbers
from mssql.compiler.exposed_names import clashing_aliases
from mssql.compiler.state import SelectState, orders_locks
from mssql.compiler.unions import CombinedPart
from mssql.expressions.folding import within_limit
from mssql.expressions.hoisting import (
    HoistedColumn,
    Hoists,
    must_hoist_from_group_by,
    outside_aggregates,
    reads_as_subquery,
)
from mssql.expressions.interfaces import Compiler, Node, Params, SqlWithParams
from mssql.expressions.predicates import Truth, as_value, unwrapped, with_operands_as_values
from mssql.expressions.registry import as_tsql
from mssql.tsql.identifiers import derived_column

# A selected column as Django passes it on: the expression, its SQL and parameters, and its alias.
Column = Tuple[BaseExpression, SqlWithParams, "str | None"]

# How Django begins the query around the one that it filters by a window: the columns and FROM.
_QUALIFY_COLUMNS = {"SELECT * FROM (": "* FROM (", "SELECT": ""}


class SQLCompiler(Compiler):
    """Django's compiler, with every node rendered as T-SQL."""

    is_combined_part = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state = SelectState()

    # Nodes and names

    def compile(self, node: Node) -> SqlWithParams:  # type: ignore[override]
        own = getattr(node, "as_microsoft", None)
        if own is not None:
            sql, params = own(self, self.connection)
        else:
            sql, params = as_tsql(with_operands_as_values(node), self, self.connection)
        hoists = self.state.hoists
        column = hoists.find(sql, params) if hoists.columns else None
        return (sql, params) if column is None else column.as_sql(self, self.connection)

    def quote_name(self, name: str) -> str:
        """Quote a name for SQL in which the cursor replaces placeholders such as %s."""
        return _without_placeholders(self.connection.ops.quote_name(name))

    if not compat.QUOTES_ALIASES:

        def quote_name_unless_alias(self, name: str) -> str:
            """Quote the name of a table, but not an alias."""
            return _without_placeholders(super().quote_name_unless_alias(name))

    def hoist(self, expression: Node) -> HoistedColumn:
        return self.state.hoists.add(expression, self, everywhere=True)

    def hoist_operand(self, expression: Node) -> HoistedColumn:
        return self.state.hoists.add(expression, self, everywhere=False)

    # The statement

    def as_sql(self, with_limits: bool = True, with_col_aliases: bool = False) -> SqlWithParams:  # type: ignore[override]
        return within_limit(lambda: self._statement(with_limits, with_col_aliases))

    def _statement(self, with_limits: bool, with_col_aliases: bool) -> SqlWithParams:
        query = self.query
        self.state = SelectState.of(
            query, self.connection, with_limits, with_col_aliases, self.is_combined_part
        )
        if query.distinct_fields and not query.combinator and compat.FILTERS_WINDOWS:
            return row_numbers.first_rows(self, self.state)
        if row_numbers.has_nth_value(query) and not self._filters_windows:
            return row_numbers.nth_values(self, self.state)
        return self._select_sql(with_limits, with_col_aliases)

    def _select_sql(self, with_limits: bool, with_col_aliases: bool) -> SqlWithParams:
        state = self.state
        sql: str
        params: Params
        sql, params = super().as_sql(with_limits and not state.top, with_col_aliases)
        if state.is_ordered and orders_locks(self.query) and not state.is_limited:
            sql = f"{sql} OFFSET 0 ROWS"  # with which a subquery may be ordered (error 1033)
        if self.is_combined_part and state.is_limited:
            # Statements and derived tables may have an ORDER BY, the parts of a UNION may not.
            sql = f"SELECT * FROM ({sql}) AS {self._derived('part')}"
        return sql, params

    def _derived(self, alias: str) -> str:
        """Return the alias of the derived table of a union or of a part of one.

        It requires a distinct name for each column (error 8156). Before Django 4.2 the columns
        have no aliases.
        """
        name = self.connection.ops.quote_name(alias)
        if compat.FILTERS_WINDOWS:
            return name
        columns = map(derived_column, range(1, self.state.column_count + 1))
        return f"{name} ({', '.join(columns)})"

    @property
    def _filters_windows(self) -> bool:
        """Whether Django compiles the query to a derived table that it filters by a window."""
        return self.query.where.contains_over_clause

    # The set-up of the clauses

    def pre_sql_setup(self, *args: Any, **kwargs: Any) -> Any:
        clauses = self._collect_hoists(*args, **kwargs)
        if self.state.hoists:
            # Django sets up GROUP BY last: the expressions that had to be hoisted from it may be
            # in SELECT and ORDER BY, too.
            clauses = super().pre_sql_setup(*args, **kwargs)
        extra_select, order_by = clauses[:2] if clauses else ([], [])
        self.state.is_ordered = bool(order_by)
        self.state.column_count = len(self.select) + len(extra_select)
        if self.state.top and not self.query.combinator and not self.qualify:
            self.select[0] = _with_top(self.state.top, self.select[0])
        return clauses

    def _collect_hoists(self, *args: Any, **kwargs: Any) -> Any:
        """Set the clauses up once, which collects the expressions to hoist."""
        clauses = super().pre_sql_setup(*args, **kwargs)
        clashing = clashing_aliases(self.query)  # the set-up has created all joins
        if not clashing:
            return clauses
        self.query, self.state.hoists = self.query.clone(), Hoists()
        self.query.change_aliases(clashing)
        return super().pre_sql_setup(*args, **kwargs)

    def get_select(self, *args: Any, **kwargs: Any) -> Any:
        columns, *others = super().get_select(*args, **kwargs)
        return [list(map(self._as_value, columns)), *others]

    def _as_value(self, column: Column) -> Column:
        expression, sql_with_params, alias = column
        if unwrapped(expression) is not expression:
            sql_with_params = self.compile(as_value(expression))
        return expression, sql_with_params, alias

    def get_order_by(self) -> Any:
        if not self.state.may_be_ordered:
            return []
        keys = ordering.sort_keys(super().get_order_by(), self)
        if self.query.group_by is not None and self._meta_ordering:
            # Django leaves Meta.ordering out of grouped queries, but only after this method.
            self._meta_ordering = None
            keys = []
        if not keys and self.state.has_offset:
            return [ordering.any_order(self.query.distinct)]
        return keys

    def get_group_by(  # type: ignore[override]
        self, select: Sequence[Column], order_by: Sequence[ordering.Key]
    ) -> list[SqlWithParams]:
        django: Any = super()
        if not self.state.may_be_ordered and self.query.group_by is not None:
            # The keys that a subquery leaves out contribute to the groups nevertheless.
            order_by = django.get_order_by()
            if self._meta_ordering:
                order_by, self._meta_ordering = [], None
        groups: list[SqlWithParams] = django.get_group_by(select, order_by)
        if self.query.group_by is not None:
            expressions = [item[0] for item in select] + [key[0] for key in order_by]
            groups += self._hoisted_columns(expressions, groups)
        return groups

    def _hoisted_columns(
        self, expressions: Iterable[BaseExpression], groups: Sequence[SqlWithParams]
    ) -> list[SqlWithParams]:
        """Return the hoisted columns in the expressions that GROUP BY lacks (error 8120).

        Instead of a subquery Django may group by the columns of the outer query in it.
        """
        columns = dict.fromkeys(
            self.state.hoists.column_of(part, self)
            for expression in expressions
            for part in outside_aggregates(expression)
            if reads_as_subquery(part, self.connection)
        )
        values = (
            self.compile(Truth(column) if column.is_predicate else column)
            for column in columns
            if column is not None
        )
        return [value for value in values if value not in groups]

    def collapse_group_by(  # type: ignore[override]
        self, expressions: Sequence[BaseExpression], having: Sequence[BaseExpression]
    ) -> list[BaseExpression]:
        django: Any = super()
        expressions = django.collapse_group_by(expressions, having)
        # Django before 4.2 groups by names.
        expressions = [unwrapped(ordering.referred_to(expression)) for expression in expressions]
        for expression in expressions:
            if must_hoist_from_group_by(expression, self):
                self.hoist(expression)
        return expressions

    def get_from_clause(self) -> tuple[list[str], Any]:
        hoists = self.state.hoists
        with hoists.suspended():
            tables, params = super().get_from_clause()
        self._collect_hoists_of_having()
        if not hoists:
            return tables, [*params]
        sql, hoisted_params = hoists.table
        apply = f"CROSS APPLY {sql}" if tables else sql
        return [*tables, apply], [*params, *hoisted_params]

    def _collect_hoists_of_having(self) -> None:
        """Compile HAVING, so that FROM contains the expressions to hoist from it."""
        if self.having is not None:
            with suppress(EmptyResultSet, FullResultSet):
                self.compile(self.having)

    # Derived tables

    def get_qualify_sql(self) -> tuple[list[str], list[Any]]:
        parts, params = super().get_qualify_sql()
        if not self.state.top:
            return parts, params
        columns = _QUALIFY_COLUMNS.get(parts[0])
        if columns is None:
            raise NotSupportedError(
                f"This version of Django begins a query that filters by a window with {parts[0]!r}."
                " Use a version that the backend supports."
            )
        return [*filter(None, ("SELECT", self.state.top, columns)), *parts[1:]], params

    def get_combinator_sql(self, combinator: str, all: bool) -> tuple[list[str], list[Any]]:
        queries: Any = self.query.combined_queries
        parts = tuple(map(CombinedPart, queries))
        self.query.combined_queries = parts
        try:
            result, params = super().get_combinator_sql(combinator, all)
        finally:
            self.query.combined_queries = queries
        state = self.state
        # Of the parts, since for count() the query itself selects nothing but the key.
        state.column_count = next(filter(None, (part.column_count for part in parts)), 0)
        needs_aliases = state.with_col_aliases and not compat.FILTERS_WINDOWS
        if state.is_ordered or state.top or needs_aliases:
            # Error 104: ORDER BY after a UNION does not accept expressions.
            top = f"{state.top} " if state.top else ""
            result = [f"SELECT {top}* FROM (", *result, f") AS {self._derived('combined')}"]
        return result, [*params]

    # Plans

    def explain_query(self) -> Iterator[str]:
        format_, options = compat.take_explain_info(self.query)
        analyze = bool(options.pop("analyze", False))
        self.connection.ops.explain_query_prefix(format_, **options)
        try:
            sql, params = self.as_sql()
        except EmptyResultSet:
            return
        yield self._plan(sql, params, analyze, format_ or "TEXT")

    def _plan(self, sql: str, params: Params, analyze: bool, format_: str) -> str:
        """Return the plan; like any other statement, the request is in the log of queries."""
        start = time.monotonic()
        plan = self.connection.showplan(sql, params, analyze=analyze, format=format_)
        if self.connection.queries_logged:
            ops = self.connection.ops
            statement = f"{ops.explain_prefix} {ops.last_executed_query(None, sql, params)}"
            duration = f"{time.monotonic() - start:.3f}"
            self.connection.queries_log.append({"sql": statement, "time": duration})
        return plan


def _without_placeholders(name: str) -> str:
    return name.replace("%", "%%")


def _with_top(top: str, column: Column) -> Column:
    """Return the first column after TOP, which follows SELECT [DISTINCT]."""
    expression, (sql, params), alias = column
    return expression, (f"{top} {sql}", params), alias


class SQLAggregateCompiler(compiler.SQLAggregateCompiler, SQLCompiler):
    """SELECT of aggregates over a derived table."""

    query: AggregateQuery

    def as_sql(self) -> SqlWithParams:  # type: ignore[override]
        return within_limit(self._aggregate_sql)

    def _aggregate_sql(self) -> SqlWithParams:
        self.state = SelectState()
        sql, params = super().as_sql()
        if not self.state.hoists:
            return sql, params
        table, table_params = self.state.hoists.table
        return f"{sql} CROSS APPLY {table}", (*params, *table_params)
