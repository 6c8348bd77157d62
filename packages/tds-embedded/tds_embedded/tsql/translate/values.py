"""The common base of the translator: values, conversions, dispatch by node.

Each generic function below takes a node and its scope. The families register a handler for each
kind of node; a kind without a handler is refused, so no syntax passes unnoticed.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import singledispatch

from tds_embedded import null_characters
from tds_embedded.catalog.tables import Table, TableColumn
from tds_embedded.catalog.types import comparison, is_utf8, to_postgres
from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import types
from tds_embedded.tsql.translate.binder import Relation, Scope
from tds_embedded.tsql.translate.code_page import fitted
from tds_embedded.types import MAX, SqlType

FEATURE_MISSING = 40517  # "Keyword or statement option '%.*ls' is not supported in this version"


@dataclass(frozen=True, slots=True)
class Value:
    """An expression in PostgreSQL: `sql` is valid as an operand in any position."""

    sql: str
    type: SqlType
    nullable: bool = True
    literal: str | None = None  # the text of a string literal, which can still take any type
    constant: bool = False  # no column is in it
    identity: bool = False
    computed: bool = False
    document: bool = False  # JSON, which is nested unchanged, while a string is quoted


@dataclass(frozen=True, slots=True)
class Source:
    """A table source in PostgreSQL, and the relations that it exposes."""

    sql: str
    relations: tuple[Relation, ...]


@singledispatch
def value_of(node: ast.Node, scope: Scope) -> Value:
    """Return the value of an expression by its handler. Call `expression` instead."""
    raise unsupported(node)


def expression(node: ast.Expression, scope: Scope) -> Value:
    """Return the value of an expression.

    In a grouped query an expression of the GROUP BY covers the columns inside it.
    """
    mark = len(scope.references)
    value = value_of(node, scope)
    if value.sql in scope.groups:
        del scope.references[mark:]
    return value


@singledispatch
def predicate(node: ast.Node, scope: Scope) -> str:
    """Return a condition as an operand of boolean operators in PostgreSQL."""
    raise unsupported(node)


@singledispatch
def source(node: ast.Node, scope: Scope) -> Source:
    """Return a table source of a FROM clause."""
    raise unsupported(node)


def unsupported(what: ast.Node | str) -> SqlServerError:
    """Return the error for a construct that SQL Server has and the embedded server lacks."""
    name = what if isinstance(what, str) else type(what).__name__
    return error(FEATURE_MISSING, name)


def only(node: object, scope: Scope) -> Value:
    """Return the value of a node that must be an expression, not DEFAULT, `*` or a date part."""
    if isinstance(node, ast.Expression):
        return expression(node, scope)
    raise error(102, {ast.Star: "*", ast.DefaultValue: "DEFAULT"}.get(type(node), ","))


# --- PostgreSQL's types ---


def pg(sql_type: SqlType) -> str:
    """Return the PostgreSQL type of `sql_type`; that of NULL is int."""
    return to_postgres(types.INT if sql_type.name == "null" else sql_type)


@functools.cache
def base(sql_type: SqlType) -> str:
    """Return the PostgreSQL type of `sql_type` without its length, precision and scale."""
    return pg(sql_type).partition("(")[0]


def string_literal(text: str) -> str:
    """Return a string constant of PostgreSQL."""
    return "'" + text.replace("'", "''") + "'"


def null(sql_type: SqlType = types.UNTYPED) -> Value:
    """Return NULL of a type."""
    return Value(f"NULL::{base(sql_type)}", sql_type, constant=True)


# --- Conversions ---


def convert(value: Value, target: SqlType) -> Value:
    """Return `value` as a `target`, by SQL Server's implicit conversion. Raises 206 or 257."""
    if value.type == target:
        return value
    if value.type.name == "null":
        return null(target)
    types.check_implicit(value.type, target)
    if base(value.type) == base(target) and not _narrows(value.type, target):
        return replace(value, type=target)
    return cast(value, target)


def _narrows(source: SqlType, target: SqlType) -> bool:
    """Return whether a conversion inside one PostgreSQL type can change a value."""
    if target.name in types.STRINGS or target.name in types.BINARIES:
        return target.length != MAX and (
            source.length in (None, MAX) or (target.length or 0) < (source.length or 0)
        )
    return (source.precision, source.scale) != (target.precision, target.scale)


def cast(value: Value, target: SqlType) -> Value:
    """Return `value` as a `target`, by CAST's rules (a string that is too long is cut)."""
    if value.type.name == "null":
        return null(target)
    if value.type.name in types.FIXED and target.name not in types.FIXED:
        value = padded(value)
    if value.literal is not None and target.name in types.STRINGS:
        literal = code_page(value.literal, target)
        if _fits(literal, target):
            sql = f"{string_literal(literal)}::{base(target)}"
            return Value(sql, target, False, literal, constant=True)
    sql = _cut(value, target)
    if target.name in types.STRINGS and (digits := second_digits(value.type)) is not None:
        sql = f"tsql.to_string({sql}, {digits})"
    if value.type.name == "json" and target.name in types.STRINGS:
        wide = "true" if target.name in types.NATIONAL or is_utf8(target.collation) else "false"
        length = target.length if target.length not in (None, MAX) else "NULL"
        sql = f"tsql.json_fitting({sql}::text, {length}, {wide})"
    sql = moment(value, target) or _number_of_days(sql, value.type, target)
    sql = fitted_number(sql, value.type, target)
    if value.type.name in types.NUMBERS and target.name in ("binary", "varbinary"):
        sql = _number_bytes(sql, value.type, target)
    return Value(f"{sql}::{pg(target)}", target, value.nullable, constant=value.constant)


def moment(value: Value, target: SqlType, style: str = "0") -> str | None:
    """Return a value as a time or date, rounded if the target has fewer than seven digits.

    A string is read with all its digits. A time is not rounded into the next day. A datetime that
    is shown with .003 or .007 seconds is a multiple of 1/300 second.
    """
    digits = second_digits(target)
    if digits is None:
        return None
    if value.type.name == "datetime":
        exact = f"tsql.exact({value.sql}, {digits})"
        return exact if target.name != "time" or digits == 7 else _fitted_time(exact, digits)
    if digits == 7:
        return None
    if value.type.name in types.STRINGS:
        source = string_literal(value.type.name)
        arguments = f"{value.sql}::text, {source}, {style}, {target.scale}, NULL::{base(target)}"
        return f"tsql.to_scaled({arguments})"
    if target.name == "time":
        return _fitted_time(value.sql, digits)
    return None


def _fitted_time(sql: str, digits: int) -> str:
    return f"tsql.fit_time({sql}::time, {digits})"


def _cut(value: Value, target: SqlType) -> str:
    """Return a string cut to the length of a type that counts UTF-16 units, or bytes of UTF-8."""
    if value.type.name not in types.STRINGS or target.length == MAX:
        return value.sql
    if target.name in types.NATIONAL:
        function = "cut_units"
    elif target.name in types.STRINGS and is_utf8(target.collation):
        function = "cut_bytes"
    else:
        return value.sql
    if function == "cut_units" and value.literal is None and not _narrows(value.type, target):
        return value.sql
    cut = f"tsql.{function}({value.sql}::text, {target.length or 30})"
    return f"{cut}::{base(replace(value.type, length=MAX))}"


def _number_of_days(sql: str, source: SqlType, target: SqlType) -> str:
    """Return a number in PostgreSQL's form for a datetime, of which it counts the days."""
    if target.name not in types.OLD_DATES or source.name not in types.NUMBERS:
        return sql
    through = {"tinyint": "int4", "bit": "int4", "smallmoney": "tsql.money"}.get(source.name)
    return f"{sql}::{through}" if through else sql


def fitted_number(sql: str, source: SqlType, target: SqlType, *, tolerant: bool = False) -> str:
    """Return a number as a string; one too long is an asterisk, 8115 or (TRY_) NULL."""
    length = target.length
    if source.name == "uniqueidentifier" and target.name in types.STRINGS and length != MAX:
        return sql if (length or 30) >= _GUID_LENGTH else f"tsql.fit_guid({sql})"
    if source.name not in types.NUMBERS or target.name not in types.STRINGS or length == MAX:
        return sql
    if types.longest_text(source) <= (length or 30):
        return sql
    is_asterisk = source.name in ("int", "smallint", "tinyint") and target.name in _ASTERISKS
    otherwise = "*" if is_asterisk else "null" if tolerant else "error"
    named = "expression" if source.name in types.INTEGERS else source.name
    arguments = ", ".join(string_literal(text) for text in (otherwise, named, target.name))
    text = sql if sql.startswith("tsql.to_string(") else f"tsql.to_string({sql})"
    return f"tsql.fit_number({text}::text, {length or 30}, {arguments})"


def _number_bytes(sql: str, source: SqlType, target: SqlType) -> str:
    """Return a number's bytes, cut or padded on the left; those of a decimal on the right."""
    pad = "true" if target.name == "binary" else "false"
    width = 30 if target.length is None else target.length
    if source.name in types.DECIMALS:
        digits, scale = types.decimal_facets(source)
        limit = "NULL" if width == MAX else width
        sql = f"tsql.decimal_bytes({sql}, {digits}, {scale}, {limit})"
    elif source.name in types.FLOATS:
        sql = f"float{'4' if base(source) == 'float4' else '8'}send({sql})"
    elif source.name in types.MONIES:
        send = "int8" if source.name == "money" else "int4"
        sql = f"{send}send(({sql}::numeric * 10000)::{send})"
    return f"tsql.fit_number({sql}::tsql.binary, {8000 if width == MAX else width}, {pad})"


def within_limit(value: Value) -> Value:
    """Return a string for a function of 8,000 bytes at most: 8152 if a (max) string has more."""
    if value.type.name not in types.STRINGS or value.type.length != MAX:
        return value
    limit = 4000 if value.type.name in types.NATIONAL else 8000
    return replace(value, sql=f"tsql.within({value.sql}::text, {limit})::{base(value.type)}")


_GUID_LENGTH = 36
_ASTERISKS = frozenset({"varchar", "char"})


def padded(value: Value) -> Value:
    """Return a char or nchar with the blanks up to its length, which are not stored."""
    sql_type = value.type
    if sql_type.name not in types.FIXED or sql_type.length in (None, MAX):
        return value
    varying = replace(sql_type, name="nvarchar" if sql_type.name == "nchar" else "varchar")
    sql = f"tsql.padded({value.sql}::text, {sql_type.length})::{base(varying)}"
    return replace(value, sql=sql, type=varying, literal=None)


def second_digits(sql_type: SqlType) -> int | None:
    """Return the digits of a second that a value shows as a string, if its type decides them."""
    if sql_type.name in ("time", "datetime2", "datetimeoffset"):
        return 7 if sql_type.scale is None else sql_type.scale
    return None


def _fits(literal: str, target: SqlType) -> bool:
    return target.length == MAX or _stored_length(literal, target) <= (target.length or 1)


def code_page(text: str, sql_type: SqlType) -> str:
    """Return `text` as a type of code page 1252 stores it."""
    if sql_type.name in types.NATIONAL or is_utf8(sql_type.collation):
        return text
    if text.isascii():
        return text
    return null_characters.inward(fitted(null_characters.outward(text)))


def assign(value: Value, target: SqlType) -> Value:
    """Return `value` for a column; PostgreSQL's own assignment then checks length and range."""
    if value.type.name == "null":
        return null(target)
    types.check_implicit(value.type, target)
    if value.type.name in types.FIXED and target.name not in types.FIXED:
        value = padded(value)
    same = base(value.type) == base(target)
    if value.literal is not None and target.name in types.STRINGS and not same:
        literal = code_page(value.literal, target)
        return replace(value, sql=f"{string_literal(literal)}::{base(target)}", literal=literal)
    if same:
        return value
    if (read := moment(value, target)) is not None:
        return replace(value, sql=read, literal=None)
    sql = fitted_number(value.sql, value.type, target)
    return replace(value, sql=f"{sql}::{base(target)}", literal=None)


def store(value: Value, column: TableColumn, table: Table, scope: Scope) -> Value:
    """Return `value` for a column of a table; one too long is 2628 (8152 before 2019)."""
    target = column.type
    result = assign(value, target)
    context = scope.translation.context
    if context.product < 2019 or not _may_be_longer(value, target):
        return result
    database = "tempdb" if table.name.startswith("#") else context.database
    owner = string_literal(f"{database}.{table.schema}.{table.name}")
    name = string_literal(column.name)
    kind = "" if target.name in ("nvarchar", "varchar", "varbinary") else f"::{_varying(target)}"
    sql = f"tsql.fit({result.sql}{kind}, {target.length}, {owner}, {name})"
    return replace(result, sql=f"{sql}::{base(target)}" if kind else sql)


def _varying(sql_type: SqlType) -> str:
    name = {"nchar": "nvarchar", "char": "varchar", "binary": "varbinary"}[sql_type.name]
    return base(replace(sql_type, name=name))


def _may_be_longer(value: Value, target: SqlType) -> bool:
    """Return whether a string or binary value could be longer than the column accepts."""
    if target.length in (None, MAX) or value.type.name == "null":
        return False
    if target.name not in ("nvarchar", "varchar", "nchar", "char", "varbinary", "binary"):
        return False
    if value.literal is not None:
        return _stored_length(value.literal, target) > (target.length or 0)
    if value.type.name not in types.STRINGS | types.BINARIES:
        return False  # numbers and dates raise other errors
    if is_utf8(target.collation) and not is_utf8(value.type.collation):
        return True
    return value.type.length in (None, MAX) or (value.type.length or 0) > (target.length or 0)


def _stored_length(text: str, sql_type: SqlType) -> int:
    """Return a string's length by its type: nvarchar(n) counts byte pairs, varchar(n) bytes."""
    if sql_type.name in types.NATIONAL:
        return len(text.encode("utf-16-le")) // 2
    return len(text.encode()) if is_utf8(sql_type.collation) else len(text)


def common(values: Sequence[Value], operation: str = "CASE") -> SqlType:
    """Return the type of CASE, COALESCE, UNION and their like over these values."""
    return types.common_type((value.type for value in values), operation)


def unify(values: Sequence[Value], operation: str = "CASE") -> list[Value]:
    """Return the values converted to their common type."""
    target = common(values, operation)
    return [value if value.type == target else convert(value, target) for value in values]


def comparable(values: Sequence[Value], operation: str = "equal to") -> list[Value]:
    """Return the values as operands of one comparison.

    Lengths do not matter in it, and PostgreSQL compares numbers and strings of different types
    directly: so columns stay bare, and their indexes remain usable.
    """
    kinds = {value.type.name for value in values}
    if kinds <= {"json", "null"} and "json" in kinds:
        raise error(13636)
    target = SqlType("json") if "json" in kinds else common(values, operation)
    if target.name in types.INCOMPARABLE:
        raise error(402, values[0].type.name, values[-1].type.name, "equal to")
    return [_comparable(value, target) for value in values]


_PLAIN_NUMBERS = frozenset({"bigint", "int", "smallint", "decimal", "numeric", "float"})


def _comparable(value: Value, target: SqlType) -> Value:
    name = value.type.name
    if name == "null":
        return null(target)
    if name in _PLAIN_NUMBERS and target.name in _PLAIN_NUMBERS:
        return value
    if name in types.STRINGS and target.name in types.STRINGS:
        if comparison(value.type.collation) == comparison(target.collation):
            return value
        max_type = SqlType("nvarchar", MAX, collation=target.collation)
        return Value(f"{value.sql}::{base(max_type)}", max_type, value.nullable)
    if base(value.type) == base(target):
        return value
    if name == "datetime" and second_digits(target) is not None:
        target = replace(target, scale=7)  # compared with all of its digits
    return convert(value, replace(target, length=None if target.length is None else MAX))


# --- Order ---


def direction(descending: bool, nullable: bool) -> str:
    """Return the direction of a sort: SQL Server puts NULLs first, or last if descending."""
    if descending:
        return " DESC NULLS LAST" if nullable else " DESC"
    return " NULLS FIRST" if nullable else ""
