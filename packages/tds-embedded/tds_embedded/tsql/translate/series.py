"""GENERATE_SERIES, a series of integers or decimals as a table.

Follows https://learn.microsoft.com/sql/t-sql/functions/generate-series-transact-sql
"""

from __future__ import annotations

from dataclasses import replace

from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql.translate import types
from tds_embedded.tsql.translate.binder import Scope
from tds_embedded.tsql.translate.rows import Item
from tds_embedded.tsql.translate.values import Value, convert, pg
from tds_embedded.types import SqlType


def generate_series(arguments: list[Value], scope: Scope) -> tuple[str, list[Item]]:
    """Return the rows of GENERATE_SERIES(start, stop [, step]), and their only column."""
    if scope.translation.context.product < 2022:
        raise error(208, "GENERATE_SERIES")
    if not 2 <= len(arguments) <= 3:
        raise error(313 if len(arguments) < 2 else 8144, "GENERATE_SERIES")
    sql_type = _series_type(arguments)
    start, stop, *step = [convert(value, sql_type).sql for value in arguments]
    number_type = "numeric" if sql_type.name in types.DECIMALS else "int8"
    by = f"CASE WHEN {start} > {stop} THEN -1 ELSE 1 END"
    if step:
        by = f"tsql.series_step({step[0]}::{number_type})"
    sql = (
        f"(SELECT value::{pg(sql_type)} FROM pg_catalog.generate_series("
        f"{start}::{number_type}, {stop}::{number_type}, ({by})::{number_type}) AS series (value))"
    )
    return sql, [Item("value", Value("", sql_type, any(value.nullable for value in arguments)))]


def _series_type(arguments: list[Value]) -> SqlType:
    """Return the type of a series: that of its integers, or the widest of its decimals.

    Raises 8116 for another type, 5373 for integers of several types.
    """
    argument_types = [value.type for value in arguments if value.type.name != "null"]
    for position, value in enumerate(arguments, start=1):
        if value.type.name not in types.INTEGERS - {"bit"} | types.DECIMALS | {"null"}:
            cause = error(8116, value.type.name, position, "generate_series", state=position)
            raise _clash(cause, arguments)
    if not argument_types:
        return types.INT
    if len({sql_type.name for sql_type in argument_types}) > 1:
        raise _clash(
            error(5373, state=1 if argument_types[0].name != argument_types[1].name else 2),
            arguments,
        )
    if argument_types[0].name in types.INTEGERS:
        return SqlType(argument_types[0].name)
    scale = max(sql_type.scale or 0 for sql_type in argument_types)
    whole = max((sql_type.precision or 18) - (sql_type.scale or 0) for sql_type in argument_types)
    return replace(argument_types[0], precision=min(whole + scale, 38), scale=scale)


def _clash(cause: SqlServerError, arguments: list[Value]) -> SqlServerError:
    """Return an error of the arguments' types, which an error for each argument follows."""
    *others, last = [error(206, value.type.name, "void type") for value in arguments]
    return last.after(cause, *others)
