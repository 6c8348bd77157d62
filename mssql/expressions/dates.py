"""Dates, times, time zones and durations (a bigint of microseconds)."""

from __future__ import annotations

import re

from django.conf import settings
from django.db import DatabaseError, DataError, NotSupportedError
from django.db.models.expressions import BaseExpression, Combinable, DurationExpression
from django.db.models.fields import DateTimeField
from django.db.models.functions import Now, TruncDate, TruncTime

from mssql.expressions.dispatch import Implementation
from mssql.expressions.interfaces import Compiler, Connection, Node, SqlWithParams
from mssql.expressions.output_fields import field_of, internal_type
from mssql.expressions.templates import fill, fill_compiled
from mssql.expressions.time_zones import is_utc

_SECOND = 1_000_000  # microseconds

# The first day of T-SQL's calendar was a Monday. Unlike DATEPART(weekday), the distance from it
# does not depend on a setting (SET DATEFIRST).
# CONVERT with a style is deterministic, as an index on the distance requires.
_DAYS_SINCE_A_MONDAY = "DATEDIFF(day, CONVERT(date, '0001-01-01', 120), {0})"

_PARTS = {
    "week_day": f"(({_DAYS_SINCE_A_MONDAY} + 1) %% 7 + 1)",
    "iso_week_day": f"({_DAYS_SINCE_A_MONDAY} %% 7 + 1)",
    "week": "DATEPART(iso_week, {0})",
    # The year of the week's Thursday.
    "iso_year": f"DATEPART(year, DATEADD(day, 3 - {_DAYS_SINCE_A_MONDAY} %% 7, {{0}}))",
    **{
        part: f"DATEPART({part}, {{0}})"
        for part in ("year", "quarter", "month", "day", "hour", "minute", "second")
    },
}

_DATE = "CAST({0} AS date)"
_DATE_TRUNCATIONS = {
    "year": "DATEFROMPARTS(DATEPART(year, {0}), 1, 1)",
    "quarter": "DATEFROMPARTS(DATEPART(year, {0}), DATEPART(quarter, {0}) * 3 - 2, 1)",
    "month": "DATEFROMPARTS(DATEPART(year, {0}), DATEPART(month, {0}), 1)",
    "week": f"DATEADD(day, -({_DAYS_SINCE_A_MONDAY} %% 7), {_DATE})",
    "day": _DATE,
}
_MIDNIGHT = f"CAST({_DATE} AS datetime2)"
_TIME_TRUNCATIONS = {
    "hour": f"DATEADD(hour, DATEPART(hour, {{0}}), {_MIDNIGHT})",
    "minute": f"DATEADD(minute, DATEDIFF(minute, {_MIDNIGHT}, {{0}}), {_MIDNIGHT})",
    "second": f"DATEADD(second, DATEDIFF(second, {_MIDNIGHT}, {{0}}), {_MIDNIGHT})",
}


def extract(part: str, value: SqlWithParams) -> SqlWithParams:
    """Return a part of a date, time or datetime. Raises ValueError for an unknown part."""
    try:
        return fill_compiled(_PARTS[part], value)
    except KeyError:
        raise ValueError(f"Invalid lookup type: {part!r}") from None


def truncate_to_date(unit: str, value: SqlWithParams) -> SqlWithParams:
    """Return the date at which the year, quarter, month, week or day begins."""
    try:
        return fill_compiled(_DATE_TRUNCATIONS[unit], value)
    except KeyError:
        raise DataError(f"Invalid lookup type: {unit!r}") from None


def truncate_to_datetime(unit: str, value: SqlWithParams, has_datetrunc: bool) -> SqlWithParams:
    """Return the datetime2 at which the unit begins."""
    if has_datetrunc and (unit in _DATE_TRUNCATIONS or unit in _TIME_TRUNCATIONS):
        unit = "iso_week" if unit == "week" else unit
        return fill_compiled(f"DATETRUNC({unit}, {{0}})", value)
    if unit in _TIME_TRUNCATIONS:
        return fill_compiled(_TIME_TRUNCATIONS[unit], value)
    sql, params = truncate_to_date(unit, value)
    return f"CAST({sql} AS datetime2)", params


def truncate_to_time(unit: str, value: SqlWithParams) -> SqlWithParams:
    """Return the time at which the hour, minute or second begins."""
    try:
        sql, params = fill_compiled(
            _TIME_TRUNCATIONS[unit], (f"CAST({value[0]} AS datetime2)", value[1])
        )
    except KeyError:
        raise DataError(f"Invalid lookup type: {unit!r}") from None
    return f"CAST({sql} AS time)", params


# Time zones

# A zone that is a distance from UTC, such as Python's "UTC+05:30".
_DISTANCE = re.compile(r"(?:UTC)?([+-])(\d\d)(?::?(\d\d))?")


def in_time_zone(value: SqlWithParams, tzname: str | None, connection: Connection) -> SqlWithParams:
    """Return a datetime as the local time of a zone (datetime2).

    A datetime2 column stores local time of the database's zone, a datetimeoffset has an offset.
    https://learn.microsoft.com/sql/t-sql/queries/at-time-zone-transact-sql
    """
    if not (settings.USE_TZ and tzname):
        return value
    sql, params = value
    source = windows_time_zone(connection.timezone_name, connection)
    instant = f"{sql} AT TIME ZONE '{source}'"
    distance = _DISTANCE.fullmatch(tzname)
    if distance:
        sign, hours, minutes = distance.groups(default="00")
        return f"CAST(SWITCHOFFSET({instant}, '{sign}{hours}:{minutes}') AS datetime2)", params
    windows = windows_time_zone(tzname, connection)
    if windows != source:
        instant = f"{instant} AT TIME ZONE '{windows}'"
    return f"CAST({instant} AS datetime2)", params


def windows_time_zone(name: str, connection: Connection) -> str:
    """Return the server's name of an IANA time zone. Raises NotSupportedError if it has none."""
    if is_utc(name):
        return "UTC"
    try:
        return connection.read_time_zones().windows_name(name)
    except LookupError as error:
        raise NotSupportedError(
            f"SQL Server has no time zone for {name!r}: {error.args[0]} Otherwise activate "
            "another zone, such as 'Europe/Berlin', or convert in Python."
        ) from None


def truncate_to_part(
    node: TruncDate | TruncTime, compiler: Compiler, connection: Connection
) -> SqlWithParams:
    """Render the date or time of a datetime; AT TIME ZONE supports no other type (error 8116)."""
    if not isinstance(node.lhs.output_field, DateTimeField):
        return fill(f"CAST({{0}} AS {node.lookup_name})", compiler, node.lhs)
    return node.as_sql(compiler, connection)


def now(node: Now, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render the current time: with its offset under USE_TZ, otherwise as local time."""
    if settings.USE_TZ:
        return "SYSDATETIMEOFFSET()", []
    zone = windows_time_zone(connection.timezone_name, connection)
    return f"CAST(SYSDATETIMEOFFSET() AT TIME ZONE '{zone}' AS datetime2)", []


# Durations


def microseconds_between(end: SqlWithParams, start: SqlWithParams) -> SqlWithParams:
    """Return the duration from start to end."""
    return fill_compiled("DATEDIFF_BIG(microsecond, {1}, {0})", end, start)


def _add(value: SqlWithParams, duration: SqlWithParams, sign: str, is_time: bool) -> SqlWithParams:
    """Return value plus (or minus) a duration.

    DATEADD counts in int, so days, seconds and microseconds are added separately; a time of day
    has no days.
    """
    steps = [("microsecond", f"{{1}} %% {_SECOND}"), ("second", f"{{1}} / {_SECOND} %% 86400")]
    if not is_time:
        # In two divisions: a literal larger than int is a numeric, whose quotient has decimals.
        steps.append(("day", f"{{1}} / {_SECOND} / 86400"))
    template = "{0}"
    for unit, amount in steps:
        template = f"DATEADD({unit}, {sign}({amount}), {template})"
    return fill_compiled(template, value, duration)


def duration_arithmetic(
    node: DurationExpression, compiler: Compiler, connection: Connection
) -> SqlWithParams:
    """Render a point in time plus or minus a duration, or a duration times or by a number."""
    lhs, rhs = compiler.compile(node.lhs), compiler.compile(node.rhs)
    connector = node.connector
    types = [_temporal_or_internal_type(node.lhs), _temporal_or_internal_type(node.rhs)]
    is_point = [name in _POINTS for name in types]
    if connector in (Combinable.ADD, Combinable.SUB) and any(is_point):
        point = node.lhs
        if is_point[1]:
            point, lhs, rhs, types = node.rhs, rhs, lhs, types[::-1]
        sign = "-" if connector == Combinable.SUB else ""
        is_coarse = types[0] == "DateField" or _is_legacy(point, connection)
        value = fill_compiled("CAST({0} AS datetime2)", lhs) if is_coarse else lhs
        return _add(value, rhs, sign, is_time=types[0] == "TimeField")
    if connector in (Combinable.MUL, Combinable.DIV) and set(types) <= _NUMBERS:
        operator = "*" if connector == Combinable.MUL else "/"
        return fill_compiled(f"CAST({{0}} {operator} {{1}} AS bigint)", lhs, rhs)
    raise DatabaseError(f"Invalid arguments for operator {connector}.")


def _is_legacy(point: Node, connection: Connection) -> bool:
    """Return whether the column has a type older than datetime2, without microseconds (9810)."""
    field = field_of(point)
    return field is not None and field.db_type(connection) in ("datetime", "smalldatetime")


_POINTS = frozenset(("DateField", "DateTimeField", "TimeField"))
_NUMBERS = frozenset(
    (
        *("DurationField", "DecimalField", "FloatField", "IntegerField", "SmallIntegerField"),
        *("BigIntegerField", "PositiveIntegerField", "PositiveSmallIntegerField"),
    )
)


def _temporal_or_internal_type(expression: Node) -> str:
    """Return the type of an operand; of mixed types that of the point in time among them."""
    name = internal_type(expression)
    if name or not isinstance(expression, BaseExpression):
        return name
    types = map(_temporal_or_internal_type, expression.get_source_expressions())
    return next((name for name in types if name in _POINTS), "")


TSQL: dict[type, Implementation] = {
    TruncDate: truncate_to_part,
    TruncTime: truncate_to_part,
    Now: now,
    DurationExpression: duration_arithmetic,
}
