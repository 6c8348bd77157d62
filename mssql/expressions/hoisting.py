"""
Expressions computed once per row, in a CROSS APPLY, and used by name everywhere else.

SQL Server takes the same expression in SELECT and in GROUP BY for one only where both texts agree,
and two parameters never agree (error 8120); it takes no subquery in GROUP BY (144), and nothing
there that reads no column of the query itself (164); no subquery inside an aggregate (130), and no
column of an outer query among others (8124); and with DISTINCT no ORDER BY but over the selected
(145). All these go away once the expression is a column:

    SELECT [hoisted].[c1], COUNT(*) FROM t
    CROSS APPLY (VALUES (CASE WHEN t.name = ? THEN 1 ELSE 2 END)) AS [hoisted] ([c1])
    GROUP BY [hoisted].[c1]

Computing a scalar this way costs nothing: the optimizer folds it into a Compute Scalar. A derived
table around the whole query would do as well, but would need every column renamed.
https://learn.microsoft.com/sql/t-sql/queries/from-transact-sql (APPLY)
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Callable, Iterator

from django.core.exceptions import EmptyResultSet
from django.db.models.aggregates import Aggregate
from django.db.models.expressions import Col, Expression, Subquery
from django.db.models.sql.query import Query
from django.db.models.sql.subqueries import AggregateQuery
from django.utils.hashable import make_hashable

from mssql.compat import FullResultSet, is_named_by_outer_ref
from mssql.expressions.dispatch import SqlWithParams
from mssql.expressions.predicates import Truth, is_predicate

ALIAS = "hoisted"


class HoistedColumn(Expression):
    """The column of the CROSS APPLY that stands for an expression (as a predicate: ... = 1)."""

    def __init__(self, name: str, source: Any) -> None:
        super().__init__(output_field=getattr(source, "_output_field_or_none", None))
        self.name = name
        self.is_predicate = is_predicate(source)

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        quote = connection.ops.quote_name
        column = f"{quote(ALIAS)}.{quote(self.name)}"
        return (f"{column} = 1" if self.is_predicate else column), []

    def get_group_by_cols(self, alias: Any = None) -> list[Any]:
        return [self]


class Hoists:
    """The expressions that one SELECT has moved into its CROSS APPLY."""

    def __init__(self) -> None:
        self._sources: dict[Any, tuple[HoistedColumn, SqlWithParams]] = {}
        self._columns: dict[Any, HoistedColumn] = {}  # that stand for them everywhere
        self._suspended = False

    def __bool__(self) -> bool:
        return bool(self._sources)

    def add(self, expression: Any, compiler: Any, everywhere: bool) -> HoistedColumn:
        """Move the expression into the CROSS APPLY; return the column that stands for it.

        `everywhere` has the same expression replaced outside aggregates, too.
        """
        as_written, value = self._compile(expression, compiler)
        key = _key(*as_written)
        if key not in self._sources:
            self._sources[key] = HoistedColumn(f"c{len(self._sources) + 1}", expression), value
        column, _ = self._sources[key]
        if everywhere:
            self._columns[key] = column
        return column

    def find(self, sql: str, params: Any) -> HoistedColumn | None:
        """Return the column that stands for what has compiled to this SQL, if any does."""
        if self._suspended or not self._columns:
            return None
        return self._columns.get(_key(sql, params))

    def column_of(self, expression: Any, compiler: Any) -> HoistedColumn | None:
        """Return the column that stands for the expression, if any does."""
        with self.suspended():
            key = _key(*compiler.compile(expression))
        return self._columns.get(key)

    def apply_sql(self, quote_name: Any, after_tables: bool) -> SqlWithParams:
        """Return the item of the FROM clause that computes the columns."""
        sources = self._sources.values()
        values = ", ".join(sql for _, (sql, _) in sources)
        columns = ", ".join(quote_name(column.name) for column, _ in sources)
        params = [param for _, (_, several) in sources for param in several]
        operator = "CROSS APPLY " if after_tables else ""
        return f"{operator}(VALUES ({values})) AS {quote_name(ALIAS)} ({columns})", params

    def _compile(self, expression: Any, compiler: Any) -> tuple[SqlWithParams, SqlWithParams]:
        """Compile the expression with no column of this CROSS APPLY in it: as it is, as a value."""
        with self.suspended():
            as_written = compiler.compile(expression)
            if not is_predicate(expression):
                return as_written, as_written
            return as_written, Truth(expression).as_sql(compiler, compiler.connection)

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Within it, expressions are written out where the columns are not in scope."""
        before, self._suspended = self._suspended, True
        try:
            yield
        finally:
            self._suspended = before


def _key(sql: str, params: Any) -> Any:
    return sql, make_hashable(tuple(params))


def walk(node: Any) -> Iterator[Any]:
    """Yield the node and all below it; of a subquery only the Query itself."""
    yield node
    if isinstance(node, Query):
        return
    sources = getattr(node, "get_source_expressions", None)
    for child in sources() if sources else ():
        if child is not None:
            yield from walk(child)


def outside_aggregates(node: Any) -> Iterator[Any]:
    """Yield the expression and all in it that no aggregate computes, each subquery as one."""
    if isinstance(node, Aggregate):
        return
    yield node
    if isinstance(node, Subquery):
        return
    sources = getattr(node, "get_source_expressions", None)
    for child in sources() if sources else ():
        if child is not None:
            yield from outside_aggregates(child)


def reads_as_subquery(node: Any, connection: Any) -> bool:
    """Tell whether the T-SQL of the expression holds a SELECT of its own."""
    return any(
        isinstance(part, (Query, Subquery))
        or any(isinstance(part, cls) and when(connection) for cls, when in SELECTS.items())
        for part in walk(node)
    )


# The expressions that T-SQL alone writes as a SELECT, each with when it does; their modules add
# them on import.
SELECTS: dict[type, Callable[[Any], bool]] = {}


def must_hoist_from_aggregate(aggregate: Any, part: Any, compiler: Any) -> bool:
    """Tell whether SQL Server would refuse or mistake a part of the aggregate inside it.

    It takes no subquery there (error 130), and a column of an outer query only alone (8124): the
    aggregate is then that query's.
    """
    if reads_as_subquery(part, compiler.connection):
        return True
    query = compiler.query
    own = {_is_column_of(query, each) for each in walk(part) if isinstance(each, Col)}
    return False in own and (True in own or not _is_of_outer_query(aggregate, query))


def _is_column_of(query: Query, column: Col) -> bool:
    """Tell whether the query reads the column itself, not a query around it."""
    return column.alias in query.alias_map or isinstance(query, AggregateQuery)


def _is_of_outer_query(aggregate: Any, query: Query) -> bool:
    """Tell whether the query names an aggregate that an outer query computes."""
    return any(
        aggregate in walk(named)
        for expression in (*query.annotations.values(), query.where)
        for named in walk(expression)
        if is_named_by_outer_ref(named)
    )


def must_hoist_from_group_by(expression: Any, compiler: Any) -> bool:
    """Tell whether SQL Server would refuse or mistake the expression in GROUP BY."""
    if isinstance(expression, Col):
        return not _is_column_of(compiler.query, expression)
    try:
        _, params = compiler.compile(expression)
    except (EmptyResultSet, FullResultSet):
        return False
    return (
        bool(params)
        or reads_as_subquery(expression, compiler.connection)
        or not any(
            isinstance(part, HoistedColumn)
            or (isinstance(part, Col) and _is_column_of(compiler.query, part))
            for part in walk(expression)
        )
    )
