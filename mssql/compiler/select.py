"""SELECT, UPDATE and DELETE: what T-SQL asks for beyond Django's SQL."""

from __future__ import annotations

import time
from contextlib import suppress
from itertools import chain
from typing import Any, Iterator

from django.core.exceptions import EmptyResultSet
from django.db.models.expressions import Expression, OrderBy, Ref
from django.db.models.sql import compiler
from django.db.models.sql.constants import CURSOR, MULTI
from django.db.models.sql.where import WhereNode

from mssql import compat
from mssql.compat import FullResultSet
from mssql.compiler import row_numbers
from mssql.compiler.assignment import AssignedField
from mssql.compiler.exposed_names import clashing_aliases
from mssql.compiler.returning import Returning
from mssql.compiler.data_errors import FieldValue, fields_named
from mssql.expressions import as_tsql
from mssql.expressions.conditional import decided, is_constant
from mssql.expressions.dispatch import SqlWithParams
from mssql.expressions.folding import within_limit
from mssql.expressions.hoisting import (
    HoistedColumn,
    Hoists,
    must_hoist_from_group_by,
    outside_aggregates,
    reads_as_subquery,
)
from mssql.expressions.interfaces import Compiler
from mssql.expressions.predicates import Truth, as_value, unwrapped, with_operands_as_values


class AnyOrder(Expression):
    """The ORDER BY that OFFSET ... FETCH demands where Django wants none."""

    def __init__(self, distinct: bool) -> None:
        super().__init__()
        # DISTINCT takes nothing in ORDER BY but what is selected (error 145).
        self.sql = "1 ASC" if distinct else "(SELECT NULL) ASC"

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return self.sql, []


class SQLCompiler(Compiler):
    """Django's compiler, with every node read as T-SQL."""

    query: Any
    connection: Any
    _meta_ordering: Any
    _order_by_pairs: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hoists = Hoists()
        self._with_limits = True
        self._top = ""
        self._is_ordered = False
        self._with_col_aliases = False
        self._column_count = 0

    def compile(self, node: Any) -> Any:
        own = getattr(node, "as_microsoft", None)
        if own is not None:
            sql, params = own(self, self.connection)
        else:
            sql, params = as_tsql(with_operands_as_values(node), self, self.connection)
        column = self.hoists.find(sql, params)
        return (sql, params) if column is None else column.as_sql(self, self.connection)

    def quote_name(self, name: str) -> str:
        """Quote a name for SQL that the cursor takes for a format string (since Django 6.1)."""
        quoted: str = super().quote_name(name)
        return quoted.replace("%", "%%")

    if not compat.QUOTES_ALIASES:

        def quote_name_unless_alias(self, name: str) -> str:
            """Quote a name for SQL that the cursor takes for a format string (to Django 6.0)."""
            quoted: str = super().quote_name_unless_alias(name)
            return quoted.replace("%", "%%")

    def hoist(self, expression: Any) -> HoistedColumn:
        """Have the expression computed in a CROSS APPLY; return the column that stands for it."""
        return self.hoists.add(expression, self, everywhere=True)

    def hoist_operand(self, expression: Any) -> HoistedColumn:
        """Do the same for what only an aggregate needs as a column."""
        return self.hoists.add(expression, self, everywhere=False)

    def as_sql(self, with_limits: bool = True, with_col_aliases: bool = False) -> Any:
        self._with_limits = with_limits
        self._with_col_aliases = with_col_aliases
        query = self.query
        if query.distinct_fields and not query.combinator and compat.FILTERS_WINDOWS:
            return within_limit(lambda: row_numbers.first_rows(self))
        if row_numbers.has_nth_value(query) and not self._filters_windows:
            return within_limit(lambda: row_numbers.nth_values(self))
        return within_limit(lambda: self._select_sql(with_limits, with_col_aliases))

    def _select_sql(self, with_limits: bool, with_col_aliases: bool) -> SqlWithParams:
        self._top = self.top
        sql, params = super().as_sql(with_limits and not self._top, with_col_aliases)
        if self._is_ordered and self._orders_locks and not self.is_limited:
            sql = f"{sql} OFFSET 0 ROWS"  # with which a subquery may be ordered (error 1033)
        if self._is_combined_part:
            self.query.union_widths.append(self._column_count)
        if self._is_combined_part and self.is_limited:
            # ORDER BY is for whole statements and derived tables, not for the parts of a UNION.
            sql = f"SELECT * FROM ({sql}) AS {self._derived('part')}"
        return sql, params

    def _derived(self, alias: str) -> str:
        """Return the alias of the derived table of a union or of a part of one.

        Two columns of one name are refused there (error 8156), and before Django 4.2 columns have
        no aliases of their own.
        """
        quote = self.connection.ops.quote_name
        if compat.FILTERS_WINDOWS:
            return str(quote(alias))
        columns = ", ".join(quote(f"c{number}") for number in range(1, self._column_count + 1))
        return f"{quote(alias)} ({columns})"

    @property
    def _filters_windows(self) -> bool:
        """Whether Django compiles the query to a derived table that it filters by a window."""
        return bool(getattr(self.query.where, "contains_over_clause", False))

    @property
    def top(self) -> str:
        """The TOP that does what LIMIT does where there is no OFFSET, or ""."""
        low, high = self.query.low_mark, self.query.high_mark
        if not self.is_limited or low or high is None:
            return ""
        return f"{self.connection.ops.limit_offset_sql(low, high)} "

    @property
    def _is_combined_part(self) -> bool:
        return getattr(self.query, "is_combined_part", False)

    @property
    def is_limited(self) -> bool:
        """Whether this SELECT gives only a slice of its rows."""
        return self._with_limits and bool(self.query.is_sliced)

    @property
    def may_be_ordered(self) -> bool:
        """Whether T-SQL takes an ORDER BY: not in a subquery, unless for a slice (error 1033)."""
        if self.is_limited or self._orders_locks:
            return True
        return not (self.query.subquery or self._is_combined_part)

    @property
    def _orders_locks(self) -> bool:
        """Whether this is a subquery that is asked to lock rows in an order. SQL Server promises
        no order of locks; the ORDER BY is what can be said."""
        return bool(self.query.subquery and self.query.select_for_update)

    def pre_sql_setup(self, *args: Any, **kwargs: Any) -> Any:
        setup = super().pre_sql_setup(*args, **kwargs)
        clashing = clashing_aliases(self.query)  # all joins are made by now
        if clashing:
            self.query, self.hoists = self.query.clone(), Hoists()
            self.query.change_aliases(clashing)
            setup = super().pre_sql_setup(*args, **kwargs)
        if self.hoists:
            # GROUP BY is the last that Django looks at: what it had to hoist may stand in SELECT
            # and ORDER BY too.
            setup = super().pre_sql_setup(*args, **kwargs)
        self._is_ordered = bool(setup and setup[1])
        self._column_count = len(self.select) + len(setup[0] if setup else ())
        if self._top and not self.query.combinator and not getattr(self, "qualify", None):
            # TOP stands between SELECT [DISTINCT] and the first column.
            expression, (sql, params), alias = self.select[0]
            self.select[0] = expression, (self._top + sql, params), alias
        return setup

    def get_select(self, *args: Any, **kwargs: Any) -> Any:
        select, *rest = super().get_select(*args, **kwargs)
        return [list(map(self._selected, select)), *rest]

    def _selected(self, item: Any) -> Any:
        expression, compiled, alias = item
        if unwrapped(expression) is not expression:
            compiled = self.compile(as_value(expression))
        return expression, compiled, alias

    def get_group_by(self, select: Any, order_by: Any) -> Any:
        if not self.may_be_ordered and self.query.group_by is not None:
            # What cannot be ordered by still takes part in forming the groups.
            order_by = super().get_order_by()
            if self._meta_ordering:
                order_by, self._meta_ordering = [], None
        group_by = super().get_group_by(select, order_by)
        if self.query.group_by is not None:
            group_by += self._hoisted_columns([item[0] for item in [*select, *order_by]], group_by)
        return group_by

    def _hoisted_columns(self, expressions: Any, group_by: Any) -> list[Any]:
        """Return the hoisted columns in the expressions that GROUP BY lacks (error 8120).

        Django may group by what a subquery reads of the query around it, not by the subquery.
        """
        columns = {
            self.hoists.column_of(part, self)
            for expression in expressions
            for part in outside_aggregates(expression)
            if reads_as_subquery(part, self.connection)
        }
        compiled = [
            self.compile(Truth(column) if column.is_predicate else column)
            for column in columns
            if column is not None
        ]
        return [column for column in compiled if column not in group_by]

    def collapse_group_by(self, expressions: Any, having: Any) -> Any:
        expressions = super().collapse_group_by(expressions, having)
        expressions = [unwrapped(_referred_to(expression)) for expression in expressions]
        for expression in expressions:
            if must_hoist_from_group_by(expression, self):
                self.hoist(expression)
        return expressions

    def get_from_clause(self) -> Any:
        from_: Any
        params: Any
        with self.hoists.suspended():
            from_, params = super().get_from_clause()
        having = getattr(self, "having", None)
        if having is not None:
            # What HAVING has to hoist must be known before the FROM clause is complete.
            with suppress(EmptyResultSet, FullResultSet):
                self.compile(having)
        if self.hoists:
            sql, hoisted_params = self.hoists.apply_sql(self.connection.ops.quote_name, bool(from_))
            from_, params = [*from_, sql], [*params, *hoisted_params]
        return from_, params

    def get_order_by(self) -> Any:
        if not self.may_be_ordered:
            return []
        order_by: Any = super().get_order_by()
        if not self.query.combinator:
            order_by = list(self._worth_sorting_by(order_by))
        if self.query.distinct:
            order_by = [self._sortable_with_distinct(item) for item in order_by]
        if self.query.group_by is not None and self._meta_ordering:
            # Django leaves Meta.ordering out of grouped queries, but only after this method.
            self._meta_ordering = None
            order_by = []
        if not order_by and self.is_limited and not self._top:
            any_order = AnyOrder(distinct=self.query.distinct)
            return [(any_order, (any_order.sql, [], True))]
        return order_by

    def _worth_sorting_by(self, order_by: Any) -> Iterator[Any]:
        """Leave out constants (error 408), and what stands in ORDER BY already (error 169)."""
        seen: list[Any] = []
        for item in chain.from_iterable(map(self._column_by_column, order_by)):
            expression = item[0].expression if isinstance(item[0], OrderBy) else item[0]
            source: Any = getattr(expression, "source", expression)
            if is_constant(decided(source, self)):
                continue
            sql, params = self.compile(source)
            if (sql, list(params)) not in seen:
                seen.append((sql, list(params)))
                yield item

    def _column_by_column(self, item: Any) -> Iterator[Any]:
        """Take the order by a composite primary key apart."""
        order_by, (_, _, is_ref) = item
        if not isinstance(getattr(order_by, "expression", None), compat.ColPairs):
            yield item
            return
        for column in order_by.expression.get_cols():
            one = order_by.copy()
            one.set_source_expressions([column])
            yield one, (*self.compile(one), is_ref)

    def _sortable_with_distinct(self, item: Any) -> Any:
        """Return an item of ORDER BY that DISTINCT finds among the selected (error 145)."""
        order_by, (sql, params, _) = item
        if isinstance(order_by.expression, Ref):
            return item
        if params or reads_as_subquery(order_by, self.connection):
            order_by = order_by.copy()
            order_by.set_source_expressions([self.hoist(order_by.expression)])
            sql, params = self.compile(order_by)
        return order_by, (sql, params, False)

    def get_qualify_sql(self) -> Any:
        result, params = super().get_qualify_sql()
        select, rest = result[0][: len("SELECT")], result[0][len("SELECT") :]
        return [f"{select} {self._top}{rest}".rstrip(), *result[1:]], params

    def get_combinator_sql(self, combinator: Any, all: Any) -> Any:
        queries = self.query.combined_queries
        widths: list[int] = []
        self.query.combined_queries = tuple(_as_combined_part(query, widths) for query in queries)
        try:
            result, params = super().get_combinator_sql(combinator, all)
        finally:
            self.query.combined_queries = queries
        self._column_count = widths[0]  # not this query's: count() selects nothing but the key
        needs_aliases = self._with_col_aliases and not compat.FILTERS_WINDOWS
        if self._is_ordered or self._top or needs_aliases:
            # Error 104: after a UNION itself, ORDER BY takes no expressions.
            result = [f"SELECT {self._top}* FROM (", *result, f") AS {self._derived('combined')}"]
        return result, params

    def table_hints(self, table_alias: str) -> str:
        """Return the hints with which select_for_update() locks this table's rows, or ""."""
        query = self.query
        if not getattr(query, "select_for_update", False) or self.klass_info is None:
            return ""
        of = self.get_select_for_update_of_arguments() if query.select_for_update_of else ()
        quote = self.connection.ops.quote_name
        if of and quote(table_alias) not in map(quote, of):
            return ""
        hints = self.connection.ops.for_update_sql(
            nowait=query.select_for_update_nowait,
            skip_locked=query.select_for_update_skip_locked,
        )
        return f" {hints}"

    def explain_query(self) -> Iterator[str]:
        format_, options = compat.take_explain_info(self.query)
        analyze = bool(options.pop("analyze", False))
        self.connection.ops.explain_query_prefix(format_, **options)
        try:
            sql, params = self.as_sql()
        except EmptyResultSet:
            return
        yield self._plan(sql, params, analyze, format_ or "TEXT")

    def _plan(self, sql: str, params: Any, analyze: bool, format_: str) -> str:
        """Return the plan; like any other statement, the request is in the log of queries."""
        start = time.monotonic()
        plan: str = self.connection.showplan(sql, params, analyze=analyze, format=format_)
        if self.connection.queries_logged:
            ops = self.connection.ops
            statement = f"{ops.explain_prefix} {ops.last_executed_query(None, sql, params)}"
            duration = f"{time.monotonic() - start:.3f}"
            self.connection.queries_log.append({"sql": statement, "time": duration})
        return plan


def _referred_to(expression: Any) -> Any:
    """What Django before 4.2 groups by under a name, which T-SQL's GROUP BY does not know."""
    return expression.get_source_expressions()[0] if isinstance(expression, Ref) else expression


def _as_combined_part(query: Any, widths: list[int]) -> Any:
    """Return the query as a part of a union, whose compiler notes how many columns it selects."""
    part = query.clone()
    part.is_combined_part = True
    part.union_widths = widths
    return part


class ChangeCompiler(SQLCompiler):
    """A statement that changes rows, whose count is the last: a trigger's results come before."""

    def execute_sql(self, result_type: Any = MULTI, *args: Any, **kwargs: Any) -> Any:
        wants_count = result_type == compat.ROW_COUNT
        if not wants_count and result_type != CURSOR:
            return super().execute_sql(result_type, *args, **kwargs)
        cursor = super().execute_sql(CURSOR, *args, **kwargs)
        if cursor is None:
            return None
        try:
            with self.connection.wrap_database_errors:
                count = cursor.pass_rows()
        except Exception:
            cursor.close()
            raise
        if not wants_count:
            return cursor
        cursor.close()
        return count


class SQLUpdateCompiler(compiler.SQLUpdateCompiler, ChangeCompiler):
    """UPDATE."""

    query: Any
    returning_fields: Any = None

    def as_sql(self) -> Any:  # type: ignore[override]
        return within_limit(self._returning_sql if self.returning_fields else self._update_sql)

    def execute_sql(self, *args: Any, **kwargs: Any) -> Any:
        with fields_named(self._values, self.connection):
            return super().execute_sql(*args, **kwargs)

    def _values(self) -> Iterator[FieldValue]:
        return ((field, value) for field, _, value in self.query.values)

    def _update_sql(self) -> SqlWithParams:
        values = self.query.values
        self.query.values = [
            (AssignedField(field), model, as_value(value, or_null=True))
            for field, model, value in values
        ]
        try:
            return super().as_sql()
        finally:
            self.query.values = values

    def _returning_sql(self) -> SqlWithParams:
        """Return the UPDATE with OUTPUT, which stands before WHERE."""
        self.pre_sql_setup()
        fields, self.returning_fields = self.returning_fields, None
        where, self.query.where = self.query.where, WhereNode()
        try:
            sql, params = self._update_sql()
        finally:
            self.returning_fields, self.query.where = fields, where
        if not sql:
            return "", ()
        returning = Returning(fields, self.connection)
        sql = f"{sql} {returning.output}"
        with suppress(FullResultSet):
            where_sql, where_params = self.compile(where)
            sql, params = f"{sql} WHERE {where_sql}", (*params, *where_params)
        return "; ".join((returning.declaration, sql, returning.selection)), params


class SQLDeleteCompiler(compiler.SQLDeleteCompiler, ChangeCompiler):
    """DELETE."""

    query: Any

    def as_sql(self) -> Any:  # type: ignore[override]
        return within_limit(super().as_sql)


class SQLAggregateCompiler(compiler.SQLAggregateCompiler, SQLCompiler):
    """SELECT of aggregates over a derived table."""

    query: Any

    def as_sql(self) -> Any:  # type: ignore[override]
        return within_limit(self._aggregate_sql)

    def _aggregate_sql(self) -> SqlWithParams:
        sql, params = super().as_sql()
        if self.hoists:
            apply_sql, apply_params = self.hoists.apply_sql(self.connection.ops.quote_name, True)
            sql, params = f"{sql} {apply_sql}", (*params, *apply_params)
        return sql, params
