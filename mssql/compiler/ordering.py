"""ORDER BY as a list of keys."""

from __future__ import annotations

from itertools import chain
from typing import Any, Iterable, Iterator, Tuple

from django.db.models.expressions import BaseExpression, Ref

from mssql.compat import ColPairs
from mssql.expressions.conditional import decided
from mssql.expressions.hoisting import reads_as_subquery
from mssql.expressions.interfaces import Compiler, Params
from mssql.expressions.ordering import AnyOrder, is_constant
from mssql.expressions.predicates import as_value

# As Django passes a key on: the expression, with its SQL, its parameters and whether it refers to a
# selected column.
Key = Tuple[BaseExpression, Tuple[str, Params, bool]]


def any_order(is_distinct: bool) -> Key:
    """Return the key for rows in any order, with the direction that every key has."""
    order = AnyOrder(is_distinct, direction=" ASC")
    return order, (order.sql, [], True)


def sort_keys(keys: Iterable[Key], compiler: Compiler) -> list[Key]:
    """Return the keys that T-SQL accepts, of those that Django requires."""
    if not compiler.query.combinator:
        keys = _without_repetitions(keys, compiler)
    if compiler.query.distinct:
        keys = (_selected(key, compiler) for key in keys)
    return list(keys)


def _without_repetitions(keys: Iterable[Key], compiler: Compiler) -> Iterator[Key]:
    """Leave out constants (error 408) and repeated expressions (error 169)."""
    sources: list[tuple[str, list[Any]]] = []
    for key in chain.from_iterable(_by_column(key, compiler) for key in keys):
        (expression,) = key[0].get_source_expressions()
        source = referred_to(expression)
        if is_constant(decided(source, compiler)):
            continue
        sql, params = compiler.compile(source)
        if (sql, list(params)) not in sources:
            sources.append((sql, list(params)))
            yield key


def referred_to(expression: BaseExpression) -> BaseExpression:
    """Return the expression that a name refers to, or the expression itself."""
    return expression.get_source_expressions()[0] if isinstance(expression, Ref) else expression


def _by_column(key: Key, compiler: Compiler) -> Iterator[Key]:
    """Split the order by a composite primary key into its columns."""
    order_by, (_, _, is_ref) = key
    pairs = getattr(order_by, "expression", None)
    if not isinstance(pairs, ColPairs):
        yield key
        return
    for column in pairs.get_cols():
        one = order_by.copy()
        one.set_source_expressions([column])
        yield one, (*compiler.compile(one), is_ref)


def _selected(key: Key, compiler: Compiler) -> Key:
    """Return a key that DISTINCT finds among the selected columns (error 145)."""
    order_by, (sql, params, _) = key
    (expression,) = order_by.get_source_expressions()
    if isinstance(expression, Ref):
        return key
    if params or reads_as_subquery(order_by, compiler.connection):
        order_by = order_by.copy()
        order_by.set_source_expressions([compiler.hoist(as_value(expression))])
        sql, params = compiler.compile(order_by)
    return order_by, (sql, params, False)
