"""Aggregates."""

from __future__ import annotations

from typing import Any

from django.db import NotSupportedError
from django.db.models.aggregates import Aggregate, Avg, Max, Min, StdDev, Sum, Variance
from django.db.models.expressions import Case, Col, Expression, Func, OrderBy, Value, When

from mssql.compat import AnyValue, BitAnd, BitOr, BitXor, StringAgg, aggregate_condition
from mssql.expressions.dispatch import Implementation
from mssql.expressions.hoisting import HoistedColumn, must_hoist_from_aggregate
from mssql.expressions.interfaces import Compiler, Connection, SqlWithParams
from mssql.expressions.ordering import NUMBER_IN_JSON, is_constant, sorts_as_json
from mssql.expressions.output_fields import internal_type
from mssql.expressions.predicates import with_operands_as_values
from mssql.expressions.templates import compile_all

_NARROW_INTEGERS = frozenset(
    (
        *("AutoField", "SmallAutoField", "IntegerField", "SmallIntegerField"),
        *("PositiveIntegerField", "PositiveSmallIntegerField", "BooleanField"),
    )
)


def aggregate(node: Aggregate, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render an aggregate that has the same name in T-SQL as in Django."""
    return _call(node, compiler, connection)


def avg(node: Avg, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render AVG. Its result has the argument's type: the average of 1 and 2 would be 1."""
    if internal_type(node) == "FloatField":
        return _call(node, compiler, connection, cast_as="float")
    return _call(node, compiler, connection)


def sum_(node: Sum, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render SUM, which overflows with its argument's type (8115) and refuses bit (8117)."""
    if internal_type(node) in _NARROW_INTEGERS:
        return _call(node, compiler, connection, cast_as="bigint")
    return _call(node, compiler, connection)


def max_min(node: Max | Min, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render MAX or MIN, which refuse bit (8117)."""
    if internal_type(node) == "BooleanField":
        return _call(node, compiler, connection, cast_as="int")
    return _call(node, compiler, connection)


_STATISTICS = {
    "STDDEV_POP": "STDEVP",
    "STDDEV_SAMP": "STDEV",
    "VAR_POP": "VARP",
    "VAR_SAMP": "VAR",
}


def statistic(node: StdDev | Variance, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render a standard deviation or a variance under its name in T-SQL."""
    return _call(node, compiler, connection, function=_STATISTICS[node.function or ""])


def any_value(node: AnyValue, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render ANY_VALUE as MIN: T-SQL has no such aggregate, and the least value is one of them."""
    cast_as = "int" if internal_type(node) == "BooleanField" else ""
    return _call(node, compiler, connection, function="MIN", cast_as=cast_as)


def string_agg(node: Any, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render STRING_AGG over nvarchar(max), since other results end at 8,000 bytes (error 9829)."""
    if not connection.server.has_string_agg:
        raise NotSupportedError(
            f"StringAgg() requires SQL Server 2017 or later; this is {connection.server.product}."
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
            "StringAgg() requires a Value() as its delimiter: STRING_AGG accepts only a literal or "
            "a variable, the same for all rows (error 8733)."
        )
    (text_sql, delimiter_sql), params = compile_all(compiler, [text, delimiter])
    sql = f"STRING_AGG(CAST({text_sql} AS nvarchar(max)), {delimiter_sql})"
    items, order_params = compile_all(compiler, _order(node, order_by, compiler))
    if items:
        sql = f"{sql} WITHIN GROUP (ORDER BY {', '.join(items)})"
        params.extend(order_params)
    return sql, params


def _sources(node: Expression) -> list[Expression]:
    """Return the expressions in a wrapper, such as the one in which Django puts a delimiter."""
    return list(node.get_source_expressions()) if isinstance(node, Func) else []


def _order(node: Aggregate, order_by: Func | None, compiler: Compiler) -> list[OrderBy]:
    """Return the sort keys of an aggregate without constants, hoisted if necessary."""
    if order_by is None:
        return []
    keys: list[OrderBy] = []
    for source in with_operands_as_values(order_by).get_source_expressions():
        key = source.copy() if isinstance(source, OrderBy) else OrderBy(source)
        if is_constant(key.expression):
            continue  # has no effect on the order
        if must_hoist_from_aggregate(node, key.expression, compiler):
            by_json = sorts_as_json(key.expression)
            key.expression = compiler.hoist_operand(key.expression)
            if by_json:
                number = key.copy()
                number.expression = Func(key.expression, template=_NUMBER)
                keys.append(number)
        keys.append(key)
    return keys


_NUMBER = NUMBER_IN_JSON.format("%(expressions)s")

_WIDTHS = {"SmallIntegerField": 16, "PositiveSmallIntegerField": 16, "BigIntegerField": 64}


def bit_aggregate(
    node: BitAnd | BitOr | BitXor, compiler: Compiler, connection: Connection
) -> SqlWithParams:
    """Render BIT_AND, BIT_OR or BIT_XOR, which T-SQL lacks, as the sum of the result's bits.

    A bit is set in the conjunction if it is set in the least value, in the disjunction if in the
    greatest, in the exclusive one if in an odd number of values. The sign bit counts negatively.
    """
    function, operation = node.function, _prepared(node, compiler)
    argument = operation.get_source_expressions()[0]
    if not isinstance(argument, (Col, HoistedColumn)):
        argument = compiler.hoist_operand(argument)  # the argument is repeated for each bit
    value, params = compiler.compile(argument)
    width = _WIDTHS.get(internal_type(operation), 32)
    terms = [_bit(function, value, bit, width) for bit in range(width)]
    return f"({' + '.join(terms)})", [*params] * width


def _bit(function: str | None, value: str, bit: int, width: int) -> str:
    mask = -(2**bit) if bit == width - 1 else 2**bit
    bits = f"CAST({value} AS bigint) & CAST({mask} AS bigint)"
    if function == "BIT_XOR":
        odd = f"SUM(CASE WHEN {bits} = 0 THEN 0 WHEN {value} IS NOT NULL THEN 1 END) %% 2"
        return f"({odd}) * CAST({mask} AS bigint)"
    is_least = (function == "BIT_AND") == (mask > 0)
    return f"{'MIN' if is_least else 'MAX'}({bits})"


# STRING_AGG does not support OVER, and a sum of several aggregates is not a function.
NO_WINDOW_AGGREGATES = (StringAgg, BitAnd, BitOr, BitXor)


def _call(
    node: Aggregate,
    compiler: Compiler,
    connection: Connection,
    function: str = "",
    cast_as: str = "",
) -> SqlWithParams:
    """Render a call of the aggregate, optionally by another name or over a CAST of its argument."""
    node = _prepared(node, compiler)
    context: dict[str, Any] = {"function": function} if function else {}
    if cast_as:
        context["template"] = f"%(function)s(%(distinct)sCAST(%(expressions)s AS {cast_as}))"
    return node.as_sql(compiler, connection, **context)


def _prepared(node: Aggregate, compiler: Compiler) -> Aggregate:
    """Return the aggregate with its filter as a CASE and, if necessary, its argument hoisted."""
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


TSQL: dict[type, Implementation] = {
    Aggregate: aggregate,
    Avg: avg,
    Sum: sum_,
    Max: max_min,
    Min: max_min,
    StdDev: statistic,
    Variance: statistic,
    AnyValue: any_value,
    StringAgg: string_agg,
    BitAnd: bit_aggregate,
    BitOr: bit_aggregate,
    BitXor: bit_aggregate,
}
