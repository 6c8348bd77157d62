"""Expressions computed once per row, in a CROSS APPLY, and used by name everywhere else.

For SQL Server an expression in SELECT and one in GROUP BY are the same only if their texts agree,
and two parameters never agree (error 8120). GROUP BY accepts no subquery (144) and no expression
without a column of the query itself (164). An aggregate accepts no subquery (130) and, among other
columns, none of an outer query (8124). With DISTINCT, ORDER BY accepts selected expressions only
(145). A column avoids all of these errors:

    SELECT [hoisted].[c1], COUNT(*) FROM t
    CROSS APPLY (VALUES (CASE WHEN t.name = ? THEN 1 ELSE 2 END)) AS [hoisted] ([c1])
    GROUP BY [hoisted].[c1]

A scalar computed like this costs nothing: the optimizer folds it into a Compute Scalar. A derived
table around the whole query would serve as well, but would require every column to be renamed.
https://learn.microsoft.com/sql/t-sql/queries/from-transact-sql (APPLY)
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Hashable, Iterator

from django.core.exceptions import EmptyResultSet
from django.db.models.aggregates import Aggregate
from django.db.models.expressions import BaseExpression, Col, Expression, Subquery
from django.db.models.fields.json import KeyTransform
from django.db.models.sql.query import Query
from django.db.models.sql.subqueries import AggregateQuery
from django.utils.hashable import make_hashable

from mssql.compat import FullResultSet, is_named_by_outer_ref
from mssql.expressions.interfaces import Compiler, Connection, Node, Params, SqlWithParams
from mssql.expressions.json_functions import is_for_json
from mssql.expressions.output_fields import field_of
from mssql.expressions.predicates import Truth, is_predicate
from mssql.tsql.identifiers import bracket, derived_column

ALIAS = bracket("hoisted")


class HoistedColumn(Expression):
    """The column of the CROSS APPLY that represents an expression (a predicate as "... = 1")."""

    def __init__(self, name: str, source: Node) -> None:
        super().__init__(output_field=field_of(source))
        self.name = name
        self.is_predicate = is_predicate(source)

    def as_sql(  # type: ignore[override]
        self, compiler: Compiler, connection: Connection
    ) -> SqlWithParams:
        column = f"{ALIAS}.{self.name}"
        return (f"{column} = 1" if self.is_predicate else column), []

    def get_group_by_cols(self, alias: str | None = None) -> list[BaseExpression]:
        return [self]


class Hoists:
    """The expressions that one SELECT has moved into its CROSS APPLY."""

    def __init__(self) -> None:
        self._sources: dict[Hashable, tuple[HoistedColumn, SqlWithParams]] = {}
        self.columns: dict[Hashable, HoistedColumn] = {}  # used everywhere, by their SQL
        self._suspended = False

    def __bool__(self) -> bool:
        return bool(self._sources)

    def add(self, expression: Node, compiler: Compiler, everywhere: bool) -> HoistedColumn:
        """Move the expression into the CROSS APPLY; return the column that represents it.

        `everywhere` replaces the same expression outside aggregates as well.
        """
        as_written, value = self._compile(expression, compiler)
        key = _key(*as_written)
        if key not in self._sources:
            name = derived_column(len(self._sources) + 1)
            self._sources[key] = HoistedColumn(name, expression), value
        column, _ = self._sources[key]
        if everywhere:
            self.columns[key] = column
        return column

    def find(self, sql: str, params: Params) -> HoistedColumn | None:
        """Return the column that represents an expression by its SQL, if there is one."""
        return None if self._suspended else self.columns.get(_key(sql, params))

    def column_of(self, expression: Node, compiler: Compiler) -> HoistedColumn | None:
        """Return the column that represents the expression, if there is one."""
        with self.suspended():
            key = _key(*compiler.compile(expression))
        return self.columns.get(key)

    @property
    def table(self) -> SqlWithParams:
        """The derived table of one row that computes the columns."""
        sources = self._sources.values()
        values = ", ".join(sql for _, (sql, _) in sources)
        columns = ", ".join(column.name for column, _ in sources)
        params = [param for _, (_, source_params) in sources for param in source_params]
        return f"(VALUES ({values})) AS {ALIAS} ({columns})", params

    def _compile(self, expression: Node, compiler: Compiler) -> tuple[SqlWithParams, SqlWithParams]:
        """Compile the expression without the CROSS APPLY: as it is, and as a value."""
        with self.suspended():
            as_written = compiler.compile(expression)
            if not is_predicate(expression):
                return as_written, as_written
            return as_written, compiler.compile(Truth(expression))

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Write expressions out, for clauses that the columns are not visible in."""
        before, self._suspended = self._suspended, True
        try:
            yield
        finally:
            self._suspended = before


def _key(sql: str, params: Params) -> Hashable:
    hashable: Hashable = sql, make_hashable(tuple(params))
    return hashable


def _children(node: object) -> Iterator[object]:
    sources = getattr(node, "get_source_expressions", None)
    return (child for child in (sources() if sources else ()) if child is not None)


def walk(node: object) -> Iterator[Any]:
    """Yield the node and its descendants; of a subquery only the Query itself."""
    yield node
    if not isinstance(node, Query):
        for child in _children(node):
            yield from walk(child)


def outside_aggregates(node: object) -> Iterator[Any]:
    """Yield the parts of an expression that no aggregate computes, each subquery as one."""
    if isinstance(node, Aggregate):
        return
    yield node
    if not isinstance(node, Subquery):
        for child in _children(node):
            yield from outside_aggregates(child)


def reads_as_subquery(node: object, connection: Connection) -> bool:
    """Return whether the T-SQL of the expression contains a SELECT."""
    return any(
        isinstance(part, (Query, Subquery, KeyTransform)) or is_for_json(part, connection)
        for part in walk(node)
    )


def must_hoist_from_aggregate(aggregate: Aggregate, part: Node, compiler: Compiler) -> bool:
    """Return whether SQL Server would refuse or misread a part of the aggregate inside it.

    An aggregate accepts no subquery (error 130), and a column of an outer query only alone (8124):
    it is then an aggregate of the outer query.
    """
    if reads_as_subquery(part, compiler.connection):
        return True
    query = compiler.query
    own = {_is_column_of(query, leaf) for leaf in walk(part) if isinstance(leaf, Col)}
    return False in own and (True in own or not _is_of_outer_query(aggregate, query))


def _is_column_of(query: Query, column: Col) -> bool:
    """Return whether the query itself reads the column, not an outer query."""
    return column.alias in query.alias_map or isinstance(query, AggregateQuery)


def _is_of_outer_query(aggregate: Aggregate, query: Query) -> bool:
    """Return whether the query refers to an aggregate that an outer query computes."""
    return any(
        aggregate in walk(referrer)
        for expression in (*query.annotations.values(), query.where)
        for referrer in walk(expression)
        if is_named_by_outer_ref(referrer)
    )


def must_hoist_from_group_by(expression: Node, compiler: Compiler) -> bool:
    """Return whether SQL Server would refuse or misread the expression in GROUP BY."""
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
