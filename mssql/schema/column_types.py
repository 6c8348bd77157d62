"""Column types and operators: T-SQL for Django's fields and lookups."""

from __future__ import annotations

from typing import Any

from mssql.tsql.limits import MAX_NVARCHAR, MAX_VARBINARY


class SizedType(str):
    """A column type with `%(max_length)s` that is (max) without a length or above the limit.

    The longest nvarchar(n) and varbinary(n) are in tsql/limits.
    """

    limit: int

    def __new__(cls, template: str, limit: int) -> SizedType:
        sql_type = super().__new__(cls, template)
        sql_type.limit = limit
        return sql_type

    def __mod__(self, data: Any) -> str:
        length = data["max_length"]
        fits = length is not None and int(length) <= self.limit
        return super().__mod__(data if fits else {"max_length": "max"})


_NVARCHAR = SizedType("nvarchar(%(max_length)s)", MAX_NVARCHAR)

DATA_TYPES = {
    "AutoField": "int",
    "BigAutoField": "bigint",
    "BigIntegerField": "bigint",
    "BinaryField": SizedType("varbinary(%(max_length)s)", MAX_VARBINARY),
    "BooleanField": "bit",
    "CharField": _NVARCHAR,
    "DateField": "date",
    "DateTimeField": "datetime2",
    "DecimalField": "numeric(%(max_digits)s, %(decimal_places)s)",
    "DurationField": "bigint",
    "FileField": _NVARCHAR,
    "FilePathField": _NVARCHAR,
    "FloatField": "double precision",
    "GenericIPAddressField": "nvarchar(39)",
    "IPAddressField": "nvarchar(15)",
    "IntegerField": "int",
    "JSONField": "nvarchar(max)",
    "NullBooleanField": "bit",  # before Django 4.0
    "OneToOneField": "int",
    "PositiveBigIntegerField": "bigint",
    "PositiveIntegerField": "int",
    "PositiveSmallIntegerField": "smallint",
    "SlugField": _NVARCHAR,
    "SmallAutoField": "smallint",
    "SmallIntegerField": "smallint",
    "TextField": "nvarchar(max)",
    "TimeField": "time",
    "UUIDField": "char(32)",
}
DATA_TYPES_SUFFIX = dict.fromkeys(
    ("AutoField", "BigAutoField", "SmallAutoField"), "IDENTITY (1, 1)"
)


def data_types(use_tz: bool, native_uuid: bool, native_json: bool) -> dict[str, str]:
    """Return the type of each field's column, for USE_TZ and the OPTIONS of an alias."""
    types = dict(DATA_TYPES)
    if use_tz:
        types["DateTimeField"] = "datetimeoffset"
    if native_uuid:
        types["UUIDField"] = "uniqueidentifier"
    if native_json:
        types["JSONField"] = "json"
    return types


def operators(collation: str | None = None) -> dict[str, str]:
    """Return the operator of each lookup; patterns are compared in `collation`, if any.

    Otherwise the column's collation decides about case; for lookups that ignore case
    expressions/lookups.py adds a collation to columns that do not.
    """
    collate = f" COLLATE {collation}" if collation else ""
    return {
        "exact": "= %s",
        "iexact": "= %s",
        "gt": "> %s",
        "gte": ">= %s",
        "lt": "< %s",
        "lte": "<= %s",
        **dict.fromkeys(
            ("contains", "icontains", "startswith", "istartswith", "endswith", "iendswith"),
            rf"LIKE %s{collate} ESCAPE '\'",
        ),
    }


OPERATORS = operators()
# If the right-hand side is an expression, the server builds and escapes the pattern.
PATTERN_OPS = {
    "contains": r"LIKE N'%%' + {} + N'%%' ESCAPE '\'",
    "icontains": r"LIKE N'%%' + {} + N'%%' ESCAPE '\'",
    "startswith": r"LIKE {} + N'%%' ESCAPE '\'",
    "istartswith": r"LIKE {} + N'%%' ESCAPE '\'",
    "endswith": r"LIKE N'%%' + {} ESCAPE '\'",
    "iendswith": r"LIKE N'%%' + {} ESCAPE '\'",
}
PATTERN_ESC = (
    r"REPLACE(REPLACE(REPLACE(REPLACE({}, N'\', N'\\'), N'%%', N'\%%'), N'_', N'\_'), "
    r"N'[', N'\[')"
)


def check_constraints(has_isjson_value: bool, has_native_json: bool) -> dict[str, str]:
    """Return the checks of the types of columns, for a server that has ISJSON(value, VALUE)."""
    column = "%(qn_column)s"
    json = f"{column}, VALUE" if has_isjson_value else f"N'[' + {column} + N']'"
    not_negative = f"{column} >= 0"
    json_check = {} if has_native_json else {"JSONField": f"ISJSON({json}) = 1"}
    return {
        **json_check,
        "PositiveBigIntegerField": not_negative,
        "PositiveIntegerField": not_negative,
        "PositiveSmallIntegerField": not_negative,
    }
