"""SELECT, UPDATE and DELETE: what T-SQL asks for beyond Django's SQL."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Iterator

from django.core.exceptions import EmptyResultSet
from django.db.models import F, Window
from django.db.models.expressions import Expression, OrderBy
from django.db.models.functions import RowNumber
from django.db.models.lookups import Exact
from django.db.models.query_utils import Q
from django.db.models.sql import compiler
from django.db.models.sql.where import WhereNode

from .. import compat
from ..compat import FullResultSet
from ..expressions import as_tsql
from ..expressions.conditional import is_constant
from ..expressions.dispatch import SqlWithParams
from ..expressions.hoisting import HoistedColumn, Hoists, must_hoist_from_group_by
from ..expressions.predicates import with_operands_as_values
from .parameters import within_limit
from .returning import Returning


class AnyOrder(Expression):
    """The ORDER BY that OFFSET ... FETCH demands where Django wants none."""

    def __init__(self, distinct: bool) -> None:
        super().__init__()
        # DISTINCT takes nothing in ORDER BY but what is selected (error 145).
        self.sql = "1 ASC" if distinct else "(SELECT NULL) ASC"

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return self.sql, []


class SQLCompiler(compiler.SQLCompiler):
    """Django's compiler, with every node read as T-SQL."""

    query: Any
    connection: Any
    _meta_ordering: Any
    _order_by_pairs: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hoists = Hoists()
        self._with_limits = True
        self._is_ordered = False

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
        return self.hoists.add(expression, self)

    def as_sql(self, with_limits: bool = True, with_col_aliases: bool = False) -> Any:
        self._with_limits = with_limits
        if self.query.distinct_fields and not self.query.combinator:
            self.query = self._query_with_first_row_of_each()
        sql, params = within_limit(lambda: self._select_sql(with_limits, with_col_aliases))
        return sql, params

    def _select_sql(self, with_limits: bool, with_col_aliases: bool) -> SqlWithParams:
        sql, params = super().as_sql(with_limits, with_col_aliases)
        if self._is_combined_part and self._is_limited:
            # ORDER BY ... OFFSET is for whole statements and derived tables, not for the parts of
            # a UNION.
            sql = f"SELECT * FROM ({sql}) AS {self.connection.ops.quote_name('part')}"
        return sql, params

    @property
    def _is_combined_part(self) -> bool:
        return getattr(self.query, "is_combined_part", False)

    @property
    def _is_limited(self) -> bool:
        return self._with_limits and bool(self.query.is_sliced)

    def pre_sql_setup(self, *args: Any, **kwargs: Any) -> Any:
        setup = super().pre_sql_setup(*args, **kwargs)
        if self.hoists:
            # GROUP BY is the last that Django looks at: what it had to hoist may stand in SELECT
            # and ORDER BY too.
            setup = super().pre_sql_setup(*args, **kwargs)
        self._is_ordered = bool(setup and setup[1])
        return setup

    def collapse_group_by(self, expressions: Any, having: Any) -> Any:
        expressions = super().collapse_group_by(expressions, having)
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
        unlimited_part = self.query.subquery or self._is_combined_part
        if unlimited_part and not self._is_limited:
            return []  # error 1033: a subquery without OFFSET takes no ORDER BY
        order_by = [self._sortable(item) for item in _worth_sorting_by(super().get_order_by())]
        if self.query.group_by is not None and self._meta_ordering:
            # Django leaves Meta.ordering out of grouped queries, but only after this method.
            self._meta_ordering = None
            order_by = []
        if not order_by and self._is_limited:
            any_order = AnyOrder(distinct=self.query.distinct)
            return [(any_order, (any_order.sql, [], True))]
        return order_by

    def _sortable(self, item: Any) -> Any:
        """Return an item of ORDER BY that T-SQL takes together with DISTINCT."""
        order_by, (_, params, is_ref) = item
        if not params or is_ref or not self.query.distinct:
            return item
        order_by = order_by.copy()
        order_by.set_source_expressions([self.hoist(order_by.expression)])
        return order_by, (*self.compile(order_by), is_ref)

    def get_combinator_sql(self, combinator: Any, all: Any) -> Any:
        queries = self.query.combined_queries
        self.query.combined_queries = tuple(_as_combined_part(query) for query in queries)
        try:
            result, params = super().get_combinator_sql(combinator, all)
        finally:
            self.query.combined_queries = queries
        if self._is_ordered:
            # Error 104: after a UNION itself, ORDER BY takes no expressions.
            alias = self.connection.ops.quote_name("combined")
            result = ["SELECT * FROM (", *result, f") AS {alias}"]
        return result, params

    def _query_with_first_row_of_each(self) -> Any:
        """Return the query with DISTINCT ON as ROW_NUMBER() OVER (PARTITION BY ...) = 1."""
        self.get_distinct()  # refuses what Django does not let DISTINCT ON name
        query = self.query.clone()
        names, query.distinct_fields, query.distinct = query.distinct_fields, (), False
        self.query = query
        query.get_initial_alias()
        ordering = [pair[0] for pair in self._order_by_pairs()] or None
        number = Window(RowNumber(), partition_by=[F(name) for name in names], order_by=ordering)
        query.where.add(Exact(number.resolve_expression(query), 1), Q.AND)
        return query

    def table_hints(self, table_alias: str) -> str:
        """Return the hints with which select_for_update() locks this table's rows, or ""."""
        query = self.query
        if not getattr(query, "select_for_update", False) or self.klass_info is None:
            return ""
        of = self.get_select_for_update_of_arguments() if query.select_for_update_of else ()
        if of and self.connection.ops.quote_name(table_alias) not in map(
            self.connection.ops.quote_name, of
        ):
            return ""
        return str(
            self.connection.ops.lock_hints(
                nowait=query.select_for_update_nowait,
                skip_locked=query.select_for_update_skip_locked,
            )
        )

    def explain_query(self) -> Iterator[str]:
        info, self.query.explain_info = self.query.explain_info, None
        options = dict(info.options)
        analyze = bool(options.pop("analyze", False))
        self.connection.ops.explain_query_prefix(info.format, **options)
        try:
            sql, params = self.as_sql()
        except EmptyResultSet:
            return
        plan = self.connection.showplan(sql, params, analyze=analyze)
        if (info.format or "TEXT").upper() == "XML":
            yield plan
        else:
            from ..telemetry.plans import read

            yield read.as_text(plan)


def _as_combined_part(query: Any) -> Any:
    part = query.clone()
    part.is_combined_part = True
    return part


def _worth_sorting_by(order_by: Any) -> Iterator[Any]:
    """Leave out constants (error 408), and what stands in ORDER BY already (error 169)."""
    seen: list[Any] = []
    for item in order_by:
        expression = item[0].expression if isinstance(item[0], OrderBy) else item[0]
        source: Any = getattr(expression, "source", expression)
        if source not in seen and not is_constant(source):
            seen.append(source)
            yield item


class SQLUpdateCompiler(compiler.SQLUpdateCompiler, SQLCompiler):
    """UPDATE."""

    returning_fields: Any = None

    def as_sql(self) -> Any:  # type: ignore[override]
        return within_limit(self._returning_sql if self.returning_fields else super().as_sql)

    def _returning_sql(self) -> SqlWithParams:
        """Return the UPDATE with OUTPUT, which stands before WHERE."""
        self.pre_sql_setup()
        fields, self.returning_fields = self.returning_fields, None
        where, self.query.where = self.query.where, WhereNode()
        try:
            sql, params = super().as_sql()
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


class SQLDeleteCompiler(compiler.SQLDeleteCompiler, SQLCompiler):
    """DELETE."""

    def as_sql(self) -> Any:  # type: ignore[override]
        return within_limit(super().as_sql)


class SQLAggregateCompiler(compiler.SQLAggregateCompiler, SQLCompiler):
    """SELECT of aggregates over a derived table."""

    def as_sql(self) -> Any:  # type: ignore[override]
        return within_limit(self._aggregate_sql)

    def _aggregate_sql(self) -> SqlWithParams:
        sql, params = super().as_sql()
        if self.hoists:
            apply_sql, apply_params = self.hoists.apply_sql(self.connection.ops.quote_name, True)
            sql, params = f"{sql} {apply_sql}", (*params, *apply_params)
        return sql, params
