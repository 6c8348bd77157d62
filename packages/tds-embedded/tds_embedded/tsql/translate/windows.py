"""Aggregates and window functions.

Follows "Aggregate functions" and "SELECT - OVER clause",
https://learn.microsoft.com/sql/t-sql/functions/aggregate-functions-transact-sql
https://learn.microsoft.com/sql/t-sql/queries/select-over-clause-transact-sql
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import binder, collations, types
from tds_embedded.tsql.translate.binder import Field, Scope
from tds_embedded.tsql.translate.json import json_aggregate
from tds_embedded.tsql.translate.named_windows import over_window
from tds_embedded.tsql.translate.values import (
    Value,
    base,
    convert,
    direction,
    expression,
    null,
    only,
    pg,
    unsupported,
)
from tds_embedded.types import MAX, SqlType

_COUNTS = {"COUNT": types.INT, "COUNT_BIG": types.BIGINT}
_RANKS = frozenset({"ROW_NUMBER", "RANK", "DENSE_RANK", "NTILE", "PERCENT_RANK", "CUME_DIST"})
_OFFSETS = frozenset({"LAG", "LEAD"})
_FRAMED = frozenset({"FIRST_VALUE", "LAST_VALUE"})
_DEVIATIONS = {"STDEV": "stddev_samp", "STDEVP": "stddev_pop", "VAR": "var_samp", "VARP": "var_pop"}
_PERCENTILES = frozenset({"PERCENTILE_CONT", "PERCENTILE_DISC"})
_ORDERED = _RANKS | _OFFSETS | _FRAMED


def windowed(name: str, node: ast.FunctionCall, scope: Scope) -> Value:
    """Return an aggregate, or a function of a window."""
    if name in _ORDERED:
        return _window_function(name, node, scope)
    if name in _PERCENTILES:
        return _percentile(name, node, scope)
    if node.nulls:
        raise error(102, node.nulls)
    if node.over is not None and node.distinct:
        raise error(10759)
    if node.within_group and name not in ("STRING_AGG", "JSON_ARRAYAGG"):
        raise error(10757, name)
    call, result = _aggregate_call(name, node, scope)
    if node.over is not None:
        over = _over(node.over, scope)
        sql = f"{call} OVER {over}"
    else:
        sql = call
    if name in _COUNTS:
        sql = f"{sql}::{pg(result)}"
        return Value(sql, result, nullable=name == "COUNT_BIG")
    if result.name in types.DECIMALS | {"nvarchar"}:
        sql = f"{sql}::{pg(result)}"
    if result.name == "json":
        sql = f"tsql.parse_json({sql})"
    return Value(sql, result, document=name in ("JSON_ARRAYAGG", "JSON_OBJECTAGG"))


# --- Aggregates ---


def _aggregate_call(name: str, node: ast.FunctionCall, scope: Scope) -> tuple[str, SqlType]:
    """Return the call without its OVER, and its type."""
    if node.over is not None:
        # the arguments of a windowed aggregate may be aggregates of the grouped query
        return _call_in(name, node, scope)
    refusal = scope.clause.aggregates
    if refusal is not None and scope.clause not in (binder.WHERE, binder.ON):
        raise error(refusal)
    clause, scope.clause = scope.clause, binder.AGGREGATE
    marks = [(level, len(level.references)) for level in scope.levels()]
    around, scope.translation.operand = scope.translation.operand, []
    call = _call_in(name, node, scope)
    home = _query_of_aggregate(scope.translation.operand, scope)
    scope.translation.operand = around
    for level, mark in marks:
        del level.references[mark:]
    scope.clause = clause
    if home.clause.aggregates is not None:
        raise error(home.clause.aggregates)
    home.aggregated = True
    return call


def _query_of_aggregate(operand: Sequence[tuple[Scope, Field]], scope: Scope) -> Scope:
    """Return the query that an aggregate of these columns belongs to: that of its column.

    Raises 8124 for an outer column that is not the only one.
    """
    levels = {id(level): level for level, _ in operand}
    if len(levels) == 1 and id(scope) in levels:
        return scope
    if len({(id(level), column.sql) for level, column in operand}) > 1:
        raise error(8124)
    return next(iter(levels.values()), scope)


@contextmanager
def _outside_aggregate(scope: Scope) -> Iterator[None]:
    """Keep the columns of an order from deciding which query an aggregate belongs to."""
    marks = [(level, len(level.references)) for level in scope.levels()]
    operand, scope.translation.operand = scope.translation.operand, None
    yield
    scope.translation.operand = operand
    for level, mark in marks:
        del level.references[mark:]


def _call_in(name: str, node: ast.FunctionCall, scope: Scope) -> tuple[str, SqlType]:
    distinct = "DISTINCT " if node.distinct else ""
    if name in _COUNTS:
        return _count(name, node, distinct, scope)
    if name == "STRING_AGG":
        return _string_agg(node, scope)
    if name in ("JSON_ARRAYAGG", "JSON_OBJECTAGG"):
        return _json_aggregate(name, node, scope)
    if len(node.arguments) != 1:
        raise error(174, name, 1)
    value = only(node.arguments[0], scope)
    result = _AGGREGATES[name](name, value.type)
    if value.type.name == "null":
        raise error(8117, "NULL", name.lower())
    collations.check_resolved(value.type, name.lower())
    if name in ("MIN", "MAX"):
        collations.check_order(value.type)
    operand = _operand(name, value, result)
    function = _DEVIATIONS.get(name, name.lower())
    return f"tsql.{function}({distinct}{operand})" if name in ("SUM", "AVG") else (
        f"{function}({distinct}{operand})"
    ), result


def _count(name: str, node: ast.FunctionCall, distinct: str, scope: Scope) -> tuple[str, SqlType]:
    if len(node.arguments) != 1:
        raise error(174, name, 1)
    (argument,) = node.arguments
    if isinstance(argument, ast.Star):
        return "count(*)", _COUNTS[name]
    value = only(argument, scope)
    if value.type.name == "null":
        raise error(8117, "NULL", name.lower())
    if value.type.name in types.LARGE_OBJECTS or (distinct and value.type.name in ("json", "xml")):
        raise error(8117, value.type.name, name.lower(), state=2 if distinct else 1)
    return f"count({distinct}{value.sql})", _COUNTS[name]


def _sum_type(name: str, sql_type: SqlType) -> SqlType:
    """Return the type of SUM and AVG. Raises 8117 for types without addition."""
    if sql_type.name in ("tinyint", "smallint", "int"):
        return types.INT
    if sql_type.name in types.MONIES:
        return types.MONEY
    if sql_type.name in types.FLOATS:
        return types.FLOAT
    if sql_type.name == "bigint":
        return sql_type
    if sql_type.name in types.DECIMALS:
        scale = sql_type.scale or 0
        return replace(sql_type, precision=38, scale=max(scale, 6) if name == "AVG" else scale)
    raise error(8117, sql_type.name, name.lower())


def _extreme_type(name: str, sql_type: SqlType) -> SqlType:
    """Return the type of MIN and MAX."""
    if sql_type.name == "bit" or sql_type.name in types.INCOMPARABLE:
        raise error(8117, sql_type.name, name.lower())
    return sql_type


def _float_type(name: str, sql_type: SqlType) -> SqlType:
    if sql_type.name not in types.NUMBERS - {"bit"}:
        raise error(8117, sql_type.name, name.lower())
    return types.FLOAT


def _operand(name: str, value: Value, result: SqlType) -> str:
    if name in ("SUM", "AVG"):
        if result.name in types.DECIMALS:
            return f"{value.sql}::numeric"
        return value.sql if base(value.type) == base(result) else f"{value.sql}::{base(result)}"
    if name in _DEVIATIONS:
        return value.sql if value.type.name == "float" else f"{value.sql}::float8"
    return value.sql


_AGGREGATES: dict[str, Callable[[str, SqlType], SqlType]] = {
    "SUM": _sum_type,
    "AVG": _sum_type,
    "MIN": _extreme_type,
    "MAX": _extreme_type,
    **dict.fromkeys(_DEVIATIONS, _float_type),
}


def _string_agg(node: ast.FunctionCall, scope: Scope) -> tuple[str, SqlType]:
    """Return STRING_AGG (2017).

    Raises 4113, 8116, 8710, 8733 or 8734, and 9829 when it runs if 8,000 bytes are not enough.
    """
    if scope.translation.context.product < 2017:
        raise error(195, "STRING_AGG", "built-in function name")
    if len(node.arguments) != 2:
        raise error(174, "STRING_AGG", 2)
    if node.distinct:
        raise error(102, ",")
    if node.over is not None:
        raise error(4113, "STRING_AGG", state=4)
    if scope.grouping_sets:
        raise error(8710)
    value, separator = (only(argument, scope) for argument in node.arguments)
    _check_strings(value, separator, node.arguments[1])
    if value.type.name not in types.STRINGS:
        value = convert(value, types.nvarchar(4000))
    name = "nvarchar" if value.type.name in types.NATIONAL else "varchar"
    length = MAX if value.type.length == MAX else (4000 if name == "nvarchar" else 8000)
    result = replace(value.type, name=name, length=length)
    order = ""
    if node.within_group:
        with _outside_aggregate(scope):
            items = order_items(node.within_group, scope, constants=True)
        _require_one_order(items, scope)
        order = f" ORDER BY {', '.join(items)}"
    if length == MAX:
        call = f"pg_catalog.string_agg({value.sql}::text, {separator.sql}::text{order})"
    else:
        wide = "true" if name == "nvarchar" else "false"
        call = f"tsql.string_agg({value.sql}::text, {separator.sql}::text, {wide}{order})"
    return f"{call}::{base(result)}", result


def _check_strings(value: Value, separator: Value, node: ast.Node) -> None:
    """Raise 8116, 8733 or 8734 for arguments of STRING_AGG.

    The separator must be the same for all rows, and short enough.
    """
    if value.type.name in types.BINARIES | types.LARGE_OBJECTS | {"json", "xml", "sql_variant"}:
        raise error(8116, value.type.name, 1, "string_agg")
    if separator.type.name == "null" or separator.sql.startswith("NULL::"):
        return
    if separator.type.name in types.NATIONAL and value.type.name in ("varchar", "char"):
        raise error(8116, separator.type.name, 2, "string_agg")
    if not _is_same_for_all(node):
        raise error(8733)
    if separator.type.name not in types.STRINGS:
        raise error(8116, separator.type.name, 2, "string_agg")
    if separator.type.length == MAX:
        raise error(8734)


def _is_same_for_all(node: object) -> bool:
    """Return whether a separator is a literal, also in parts or by its code, or a variable."""
    if isinstance(node, ast.Binary):
        return _is_same_for_all(node.left) and _is_same_for_all(node.right)
    if isinstance(node, ast.FunctionCall) and node.name.name.upper() == "CHAR":
        return all(map(_is_same_for_all, node.arguments))
    return isinstance(node, ast.Literal | ast.Variable)


def _json_aggregate(name: str, node: ast.FunctionCall, scope: Scope) -> tuple[str, SqlType]:
    order = ""
    if node.within_group:
        if node.over is not None:
            raise unsupported("ORDER BY inside a windowed JSON_ARRAYAGG")
        with _outside_aggregate(scope):
            items = order_items(node.within_group, scope)
        _require_one_order(items, scope)
        order = f" ORDER BY {', '.join(items)}"
    value = json_aggregate(name, node, order, scope)
    return value.sql, value.type


def _require_one_order(items: list[str], scope: Scope) -> None:
    """Raise 8711 unless one sort of the rows serves all STRING_AGGs of this query."""
    shorter, longer = sorted((items, scope.aggregate_order), key=len)
    if longer[: len(shorter)] != shorter:
        raise error(8711)
    scope.aggregate_order = longer


def _percentile(name: str, node: ast.FunctionCall, scope: Scope) -> Value:
    raise unsupported(name)


def grouping(node: ast.FunctionCall, scope: Scope) -> Value:
    """Return GROUPING or GROUPING_ID: the columns that a grouping set aggregates."""
    parts = []
    for argument in node.arguments:
        value = only(argument, scope)
        if value.sql not in scope.groups:
            raise error(8161, 1)
        parts.append(value.sql)
    if node.name.name.upper() == "GROUPING" and len(parts) == 1:
        return Value(f"GROUPING({parts[0]})::tsql.tinyint", types.TINYINT, False)
    return Value(f"GROUPING({', '.join(parts)})", types.INT, False)


# --- Window functions ---


def _window_function(name: str, node: ast.FunctionCall, scope: Scope) -> Value:
    if node.over is None:
        raise error(10753, name, state=3 if name in _RANKS else 1)
    if node.distinct or node.within_group:
        raise error(102, "DISTINCT" if node.distinct else "WITHIN")
    window = over_window(node.over, scope.windows)
    if not window.order_by:
        if node.over.name is not None:
            raise error(5366, name.lower(), state=3 if name in _RANKS else 2)
        raise error(4112, name)
    if window.frame is not None and name not in _FRAMED:
        raise error(10752, name, state=3 if name in _RANKS else 1)
    if node.nulls and name not in _OFFSETS | _FRAMED:
        raise error(102, node.nulls)
    if node.nulls == "IGNORE":
        raise unsupported("IGNORE NULLS")
    sql, result = _ranked(name, node, scope)
    over = _over(node.over, scope)
    if result.name in ("bigint", "float"):
        return Value(f"{sql} OVER {over}", result, name in _OFFSETS | _FRAMED)
    return Value(f"({sql} OVER {over})::{pg(result)}", result)


def _ranked(name: str, node: ast.FunctionCall, scope: Scope) -> tuple[str, SqlType]:
    """Return the call without its OVER."""
    values = [only(argument, scope) for argument in node.arguments]
    low, high = {
        "NTILE": (1, 1),
        "LAG": (1, 3),
        "LEAD": (1, 3),
        "FIRST_VALUE": (1, 1),
        "LAST_VALUE": (1, 1),
    }.get(name, (0, 0))
    if not low <= len(values) <= high:
        raise error(4114, name, high) if low == high else error(10755, name, low, high)
    if name == "NTILE":
        return f"ntile(tsql.tiles({convert(values[0], types.BIGINT).sql})::int4)", types.BIGINT
    if name in ("PERCENT_RANK", "CUME_DIST"):
        return f"{name.lower()}()", types.FLOAT
    if not values:
        return f"{name.lower()}()", types.BIGINT
    sql_type = types.INT if values[0].type.name == "null" else values[0].type
    arguments = [convert(values[0], sql_type).sql]
    if len(values) > 1:
        arguments.append(f"tsql.rows_away({convert(values[1], types.INT).sql})")
    if len(values) > 2:
        default = convert(values[2], sql_type) if values[2].type.name != "null" else null(sql_type)
        arguments.append(default.sql)
    return f"{name.lower()}({', '.join(arguments)})", sql_type


# --- OVER ---


def _over(window: ast.Window, scope: Scope) -> str:
    if scope.clause.windows is not None:
        raise error(scope.clause.windows)
    scope.windowed = True
    window = over_window(window, scope.windows)
    if window.frame is not None and not window.order_by:
        raise error(10756)
    clause, scope.clause = scope.clause, replace_aggregates(scope.clause)
    parts = []
    if window.partition_by:
        keys = [expression(each, scope) for each in window.partition_by]
        for key in keys:
            types.check_sortable(key.type)
        parts.append(f"PARTITION BY {', '.join(key.sql for key in keys)}")
    if window.order_by:
        parts.append(f"ORDER BY {', '.join(order_items(window.order_by, scope))}")
    if window.frame is not None:
        parts.append(_frame(window.frame, scope))
    scope.clause = clause
    return f"({' '.join(parts)})"


def replace_aggregates(clause: binder.Clause) -> binder.Clause:
    """Refuse windows inside OVER; aggregates of the grouped query are allowed."""
    return replace(binder.WINDOW, aggregates=clause.aggregates)


def order_items(
    order: Sequence[ast.OrderItem], scope: Scope, *, constants: bool = False
) -> list[str]:
    """Return the items of the ORDER BY of a window or WITHIN GROUP.

    Raises 5308 or 5309 for a constant; `constants` allows those that are not literals.
    """
    parts = []
    for item in order:
        value = expression(item.expression, scope)
        if isinstance(item.expression, ast.IntegerLiteral):
            raise error(5308)
        if value.constant and not constants and not isinstance(item.expression, ast.ScalarSubquery):
            raise error(5309)
        types.check_sortable(value.type)
        parts.append(value.sql + direction(item.descending, value.nullable))
    return parts


def _frame(frame: ast.Frame, scope: Scope) -> str:
    start = _bound(frame.start, scope)
    end = "CURRENT ROW" if frame.end is None else _bound(frame.end, scope)
    backwards = _BACKWARDS.get((start.rpartition(" ")[2], end.rpartition(" ")[2]))
    if backwards is not None:
        raise error(4193, start, end, state=backwards)
    if frame.unit == "RANGE" and not {start, end} <= _RANGE_BOUNDS:
        raise error(4194)
    return f"{frame.unit} BETWEEN {start} AND {end}"


# a frame that begins after its end, by the last words of both: the state of error 4193
_BACKWARDS = {("FOLLOWING", "PRECEDING"): 1, ("FOLLOWING", "ROW"): 4, ("ROW", "PRECEDING"): 5}
_RANGE_BOUNDS = {"UNBOUNDED PRECEDING", "CURRENT ROW", "UNBOUNDED FOLLOWING"}


def _bound(frame_bound: ast.FrameBound, scope: Scope) -> str:
    if frame_bound.value is None:
        return frame_bound.kind
    return f"{convert(expression(frame_bound.value, scope), types.BIGINT).sql} {frame_bound.kind}"


WINDOWED = (
    frozenset(_AGGREGATES)
    | _ORDERED
    | _PERCENTILES
    | set(_COUNTS)
    | {"STRING_AGG", "JSON_ARRAYAGG", "JSON_OBJECTAGG"}
)
