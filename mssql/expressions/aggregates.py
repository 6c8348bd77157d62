"""Aggregates."""

from __future__ import annotations

from typing import Any

from django.db import NotSupportedError
from django.db.models import aggregates as django_aggregates
from django.db.models.aggregates import Aggregate, Avg, Max, Min, StdDev, Sum, Variance
from django.db.models.expressions import Case, Col, Func, OrderBy, Value, When

from mssql.compat import aggregate_condition
from mssql.expressions.conditional import is_constant, sorts_as_json
from mssql.expressions.dispatch import SqlWithParams, compile_all, tsql
from mssql.expressions.hoisting import HoistedColumn, must_hoist_from_aggregate
from mssql.expressions.predicates import with_operands_as_values

# Aggregates that came with Django 6.0 and 6.1.
AnyValue = getattr(django_aggregates, "AnyValue", None)
StringAgg = getattr(django_aggregates, "StringAgg", None)
BitAnd = getattr(django_aggregates, "BitAnd", None)
BitOr = getattr(django_aggregates, "BitOr", None)
BitXor = getattr(django_aggregates, "BitXor", None)

_NARROW_INTEGERS = frozenset(
    (
        *("AutoField", "SmallAutoField", "IntegerField", "SmallIntegerField"),
        *("PositiveIntegerField", "PositiveSmallIntegerField", "BooleanField"),
    )
)


@tsql(Aggregate)
def aggregate(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """An aggregate that is called in T-SQL as Django calls it."""
    return _call(node, compiler, connection)


@tsql(Avg)
def avg(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """AVG, which answers in its argument's type: the average of 1 and 2 would be 1."""
    if _internal_type(node) == "FloatField":
        return _call(node, compiler, connection, cast_as="float")
    return _call(node, compiler, connection)


@tsql(Sum)
def sum_(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """SUM, which overflows where its argument's type does (8115) and takes no bit (8117)."""
    if _internal_type(node) in _NARROW_INTEGERS:
        return _call(node, compiler, connection, cast_as="bigint")
    return _call(node, compiler, connection)


@tsql(Max, Min)
def max_min(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """MAX and MIN, which take no bit (8117)."""
    if _internal_type(node) == "BooleanField":
        return _call(node, compiler, connection, cast_as="int")
    return _call(node, compiler, connection)


_STATISTICS = {
    "STDDEV_POP": "STDEVP",
    "STDDEV_SAMP": "STDEV",
    "VAR_POP": "VARP",
    "VAR_SAMP": "VAR",
}


@tsql(StdDev, Variance)
def statistic(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """Standard deviation and variance under T-SQL's names."""
    return _call(node, compiler, connection, function=_STATISTICS[node.function])


def any_value(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """ANY_VALUE: the least is as good as any."""
    cast_as = "int" if _internal_type(node) == "BooleanField" else ""
    return _call(node, compiler, connection, function="MIN", cast_as=cast_as)


def string_agg(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """STRING_AGG, over nvarchar(max) lest it end at 8,000 bytes (error 9829)."""
    if not connection.server.has_string_agg:
        raise NotSupportedError(
            f"StringAgg() needs SQL Server 2017 or later; this is {connection.server.product}."
        )
    if node.distinct:
        raise NotSupportedError(
            f"{node.name} does not support distinct with multiple expressions on this database "
            "backend. Aggregate over a subquery of distinct values instead."
        )
    order_by, node = node.order_by, _prepared(node, compiler)
    text, delimiter = node.get_source_expressions()[:2]
    if not isinstance((_sources(delimiter) or [delimiter])[0], Value):
        raise NotSupportedError(
            "StringAgg() takes a Value() for its delimiter: to STRING_AGG it is a literal or "
            "variable, the same for all rows (error 8733)."
        )
    (text_sql, delimiter_sql), params = compile_all(compiler, [text, delimiter])
    sql = f"STRING_AGG(CAST({text_sql} AS nvarchar(max)), {delimiter_sql})"
    items, order_params = compile_all(compiler, _order(node, order_by, compiler))
    if items:
        sql = f"{sql} WITHIN GROUP (ORDER BY {', '.join(items)})"
        params.extend(order_params)
    return sql, params


def _sources(node: Any) -> list[Any]:
    """Return what an expression wraps, such as Django's of a delimiter."""
    return list(node.get_source_expressions()) if isinstance(node, Func) else []


def _order(node: Any, order_by: Any, compiler: Any) -> list[Any]:
    """Return what an aggregate is ordered by, without constants and what must be hoisted."""
    if order_by is None:
        return []
    items = []
    for item in with_operands_as_values(order_by).get_source_expressions():
        item = item.copy() if isinstance(item, OrderBy) else OrderBy(item)
        if is_constant(item.expression):
            continue  # orders nothing
        if must_hoist_from_aggregate(node, item.expression, compiler):
            by_json = sorts_as_json(item.expression)
            item.expression = compiler.hoist_operand(item.expression)
            if by_json:
                items.append(item.copy())
                items[-1].expression = Func(item.expression, template=_NUMBER)
        items.append(item)
    return items


_NUMBER = "TRY_CAST(%(expressions)s AS float)"  # JSON is text: 10 would come before 9


_WIDTHS = {"SmallIntegerField": 16, "PositiveSmallIntegerField": 16, "BigIntegerField": 64}


def bit_aggregate(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """
    BIT_AND, BIT_OR or BIT_XOR, which T-SQL has not: bit by bit, and the bits added up again.

    A bit is set in the conjunction if it is in the least, in the disjunction if in the greatest,
    in the exclusive one if it is in an odd number of the values. The sign bit counts negatively.
    """
    function, node = node.function, _prepared(node, compiler)
    argument = node.get_source_expressions()[0]
    if not isinstance(argument, (Col, HoistedColumn)):
        argument = compiler.hoist_operand(argument)  # the argument is wanted once for each bit
    value, params = compiler.compile(argument)
    width = _WIDTHS.get(_internal_type(node), 32)
    terms = [_bit(function, value, bit, width) for bit in range(width)]
    return f"({' + '.join(terms)})", [*params] * width


def _bit(function: str, value: str, bit: int, width: int) -> str:
    mask = -(2**bit) if bit == width - 1 else 2**bit
    masked = f"CAST({value} AS bigint) & CAST({mask} AS bigint)"
    if function == "BIT_XOR":
        odd = f"SUM(CASE WHEN {masked} = 0 THEN 0 WHEN {value} IS NOT NULL THEN 1 END) %% 2"
        return f"({odd}) * CAST({mask} AS bigint)"
    takes_least = (function == "BIT_AND") == (mask > 0)
    return f"{'MIN' if takes_least else 'MAX'}({masked})"


for _class, _implementation in (
    (AnyValue, any_value),
    (StringAgg, string_agg),
    (BitAnd, bit_aggregate),
    (BitOr, bit_aggregate),
    (BitXor, bit_aggregate),
):
    if _class is not None:
        tsql(_class)(_implementation)


# STRING_AGG takes no OVER, and several aggregates are no function that one could follow.
NO_WINDOW_AGGREGATES = tuple(filter(None, (StringAgg, BitAnd, BitOr, BitXor)))


def _call(
    node: Any, compiler: Any, connection: Any, function: str = "", cast_as: str = ""
) -> SqlWithParams:
    """Call the aggregate, under another name or over a CAST of its argument if so wanted."""
    node = _prepared(node, compiler)
    context: dict[str, Any] = {"function": function} if function else {}
    if cast_as:
        context["template"] = f"%(function)s(%(distinct)sCAST(%(expressions)s AS {cast_as}))"
    sql: SqlWithParams = node.as_sql(compiler, connection, **context)
    return sql


def _prepared(node: Any, compiler: Any) -> Any:
    """Return the aggregate with its filter as a CASE, and its argument hoisted if it must be."""
    sources = node.get_source_expressions()
    condition = aggregate_condition(node)
    argument = sources[0] if condition is None else Case(When(condition, then=sources[0]))
    if must_hoist_from_aggregate(node, argument, compiler):
        argument = compiler.hoist_operand(argument)
    if argument is sources[0]:
        return node
    node = node.copy()
    node.set_source_expressions([argument, *sources[1:]])
    node.filter = None
    return node


def _internal_type(node: Any) -> str:
    field = node._output_field_or_none
    return field.get_internal_type() if field is not None else ""
