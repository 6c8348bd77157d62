"""Date functions: the parts of a date that each type has, and the reading of strings.

Follows "Date and time data types and functions",
https://learn.microsoft.com/sql/t-sql/functions/date-and-time-data-types-and-functions-transact-sql
"""

from __future__ import annotations

from tds_embedded.errors import error
from tds_embedded.tsql.translate import types
from tds_embedded.tsql.translate.values import Value, pg, string_literal
from tds_embedded.types import SqlType

_DAYS = frozenset(
    {"year", "quarter", "month", "dayofyear", "day", "week", "weekday", "iso_week", "tzoffset"}
)
_TIMES = frozenset({"hour", "minute", "second", "millisecond", "microsecond", "nanosecond"})
_FINE = frozenset({"microsecond", "nanosecond"})

# function -> types -> the parts that it lacks for them, and the state of error 9810
_MISSING_PARTS: dict[str, tuple[tuple[frozenset[str], frozenset[str], int], ...]] = {
    "DATEADD": (
        (types.DATES, frozenset({"iso_week", "tzoffset"}), 2),
        (frozenset({"date"}), _TIMES, 1),
        (frozenset({"time"}), _DAYS, 1),
        (frozenset({"datetime"}), _FINE, 0),
        (frozenset({"smalldatetime"}), _FINE, 3),
    ),
    "DATEPART": (
        (frozenset({"date"}), _TIMES | {"tzoffset"}, 2),
        (frozenset({"time"}), _DAYS, 3),
        (types.OLD_DATES, frozenset({"tzoffset"}), 6),
    ),
    "DATENAME": (
        (frozenset({"date"}), _TIMES | {"tzoffset"}, 4),
        (frozenset({"time"}), _DAYS, 5),
        (types.OLD_DATES, frozenset({"tzoffset"}), 7),
    ),
    "DATETRUNC": (
        (types.DATES, frozenset({"weekday", "tzoffset", "nanosecond"}), 11),
        (frozenset({"date"}), _TIMES, 10),
        (frozenset({"time"}), _DAYS, 10),
        (frozenset({"datetime"}), frozenset({"microsecond"}), 9),
        (frozenset({"smalldatetime"}), frozenset({"millisecond", "microsecond"}), 8),
    ),
    "DATE_BUCKET": (
        (types.DATES, _FINE | {"dayofyear", "weekday", "iso_week", "tzoffset"}, 1),
        (frozenset({"date"}), _TIMES, 1),
        (frozenset({"time"}), _DAYS, 1),
    ),
}
# The type of a string; in other functions it is datetime2.
STRINGS_AS = {
    "DATEADD": types.DATETIME,
    "DATEPART": types.DATETIMEOFFSET,
    "DATENAME": types.DATETIMEOFFSET,
    "DATEDIFF": types.DATETIMEOFFSET,
    "DATEDIFF_BIG": types.DATETIMEOFFSET,
}


def check_boundaries(name: str, part: str) -> None:
    """Raise 9806 for parts that DATEDIFF does not count."""
    if name in ("DATEDIFF", "DATEDIFF_BIG") and part in ("iso_week", "tzoffset"):
        raise error(9806, part, name.lower())


def without_part(name: str, part: str, value: Value, result: SqlType) -> str | None:
    """Return the call that raises 9810 when it runs, if the value's type lacks the part."""
    for names, parts, state in _MISSING_PARTS.get(name, ()):
        if value.type.name in names and part in parts:
            words = ", ".join(map(string_literal, (part, name.lower(), value.type.name)))
            return f"tsql.no_part({value.sql}::text, {state}, {words})::{pg(result)}"
    return None
