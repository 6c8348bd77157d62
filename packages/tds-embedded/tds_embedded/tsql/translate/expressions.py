"""Expressions: literals, variables, columns, operators, CASE, CAST, COLLATE."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import collations, types
from tds_embedded.tsql.translate.binder import Scope
from tds_embedded.tsql.translate.collations import carried
from tds_embedded.tsql.translate.session_values import OTHER_VARIABLES, SESSION_VALUES
from tds_embedded.tsql.translate.values import (
    Value,
    base,
    cast,
    code_page,
    common,
    convert,
    expression,
    fitted_number,
    moment,
    null,
    padded,
    pg,
    predicate,
    second_digits,
    string_literal,
    unsupported,
    value_of,
)
from tds_embedded.types import MAX, SqlType

# --- Literals ---


@value_of.register
def _null_literal(node: ast.NullLiteral, scope: Scope) -> Value:
    return null()


@value_of.register
def _string_literal(node: ast.StringLiteral, scope: Scope) -> Value:
    name, limit = ("nvarchar", 4000) if node.national else ("varchar", 8000)
    length = len(node.value.encode("utf-16-le")) // 2
    sql_type = SqlType(name, MAX if length > limit else max(length, 1))
    text = code_page(node.value, sql_type)
    return Value(f"{string_literal(text)}::{pg(SqlType(name, MAX))}", sql_type, False, text, True)


@value_of.register
def _binary_literal(node: ast.BinaryLiteral, scope: Scope) -> Value:
    length = MAX if len(node.value) > 8000 else max(len(node.value), 1)
    sql = f"'\\x{node.value.hex()}'::{pg(types.VARBINARY_MAX)}"
    return Value(sql, SqlType("varbinary", length), False, constant=True)


@value_of.register
def _integer_literal(node: ast.IntegerLiteral, scope: Scope) -> Value:
    return integer(node.value)


def integer(number: int) -> Value:
    """Return an integer literal: an int, or numeric outside the range of int."""
    digits = str(number) if number >= 0 else f"({number})"
    if -(2**31) <= number < 2**31:
        return Value(digits, types.INT, False, constant=True)
    sql_type = SqlType("numeric", precision=len(str(abs(number))), scale=0)
    return Value(f"{digits}::{pg(sql_type)}", sql_type, False, constant=True)


@value_of.register
def _decimal_literal(node: ast.DecimalLiteral, scope: Scope) -> Value:
    whole, _, fraction = node.text.partition(".")
    precision = len(whole.lstrip("0")) + len(fraction)
    if precision > 38:
        raise error(1007, node.text)
    sql_type = SqlType("numeric", precision=max(precision, 1), scale=len(fraction))
    return Value(f"{Decimal(node.text):f}::{pg(sql_type)}", sql_type, False, constant=True)


@value_of.register
def _float_literal(node: ast.FloatLiteral, scope: Scope) -> Value:
    if math.isinf(node.number):
        raise error(168, node.text)
    return Value(f"{node.number!r}::float8", types.FLOAT, False, constant=True)


@value_of.register
def _money_literal(node: ast.MoneyLiteral, scope: Scope) -> Value:
    return Value(f"{node.text}::{pg(types.MONEY)}", types.MONEY, False, constant=True)


# --- Names ---


@value_of.register
def _variable(node: ast.Variable, scope: Scope) -> Value:
    translation = scope.translation
    sql_type = translation.variable_type(node.name)
    return Value(f"{translation.parameter(node.name)}::{pg(sql_type)}", sql_type, constant=True)


@value_of.register
def _global_variable(node: ast.GlobalVariable, scope: Scope) -> Value:
    if node.name in OTHER_VARIABLES:
        raise unsupported(node.name)
    if node.name not in SESSION_VALUES:
        raise error(137, node.name)
    return session_value(node.name, scope)


def session_value(name: str, scope: Scope) -> Value:
    """Return a value of the session, which is sent as a parameter."""
    if not scope.translation.allow_variables:
        raise unsupported(name)
    sql_type = SESSION_VALUES[name]
    return Value(f"{scope.translation.parameter(name)}::{pg(sql_type)}", sql_type, constant=True)


@value_of.register
def _column_reference(node: ast.ColumnReference, scope: Scope) -> Value:
    field = scope.column(node.parts)
    return Value(
        field.sql,
        field.type,
        field.nullable,
        identity=field.identity,
        computed=field.computed,
        document=field.document,
    )


@value_of.register
def _pseudo_column(node: ast.PseudoColumn, scope: Scope) -> Value:
    if node.name == "$ACTION":  # only the OUTPUT of MERGE exposes it
        action = scope.column(("$action",))
        return Value(action.sql, action.type)
    if node.name not in ("$IDENTITY", "IDENTITYCOL"):
        raise error(207, node.name)
    relations = [scope.relation(node.qualifier)] if node.qualifier else scope.relations
    for relation in relations:
        for each in relation.fields:
            if each.identity:
                scope.used(each)
                return Value(each.sql, each.type, each.nullable, identity=True)
    raise error(207, node.name)


# --- Operators ---


@value_of.register
def _unary(node: ast.Unary, scope: Scope) -> Value:
    if node.operator == "-" and isinstance(node.operand, ast.IntegerLiteral):
        return integer(-node.operand.value)
    operand = expression(node.operand, scope)
    if node.operator == "-" and isinstance(node.operand, ast.StringLiteral | ast.BinaryLiteral):
        raise error(403, "minus", operand.type.name)
    if operand.type.name == "null":
        return operand
    if node.operator == "+":
        return operand
    if node.operator == "~":
        if operand.type.name not in types.INTEGERS:
            raise error(8117, operand.type.name, "'~'")
        return replace(operand, sql=f"(~{operand.sql})::{pg(operand.type)}")
    if operand.type.name in types.STRINGS:
        raise error(8117, operand.type.name, "minus")
    if operand.type.name not in types.NUMBERS or operand.type.name == "bit":
        raise error(8117, operand.type.name, "minus")
    return replace(operand, sql=f"(-{operand.sql})", identity=False)


@value_of.register
def _binary(node: ast.Binary, scope: Scope) -> Value:
    left, right = expression(node.left, scope), expression(node.right, scope)
    return binary(node.operator, left, right)


def binary(operator: str, left: Value, right: Value) -> Value:
    """Return `left operator right`. Raises 402, 8117 or 206 if the types are incompatible."""
    if operator == "||":
        left, right = _concatenable(left, right)
    if operator in ("<<", ">>"):
        raise unsupported(operator)
    result = types.arithmetic_type(operator, _decimal_operand(left), _decimal_operand(right))
    constant = left.constant and right.constant
    if left.type.name == "null" and right.type.name == "null":
        return null(result)
    if result.name in types.STRINGS or result.name in types.BINARIES:
        max_type = replace(result, length=MAX)
        a, b = (_concatenated(operand, max_type) for operand in (left, right))
        nullable = left.nullable or right.nullable
        sql = f"({a} + {b})"
        if _may_be_cut(left.type, right.type, result):
            sql = f"{sql}::{pg(result)}"
        return Value(sql, result, nullable, constant=constant)
    return Value(_number_arithmetic(operator, left, right, result), result, constant=constant)


_PRINTED = (types.NUMBERS - {"bit"}) | types.DATES | {"uniqueidentifier"}


def _concatenable(left: Value, right: Value) -> list[Value]:
    """Return the operands of ||: with a string, other types are printed. Raises 402."""
    names = {left.type.name, right.type.name}
    strings = types.STRINGS - types.LARGE_OBJECTS
    if names & strings and names <= strings | _PRINTED | {"null"}:
        return [
            convert(value, types.varchar(40)) if value.type.name in _PRINTED else value
            for value in (left, right)
        ]
    if not (names <= types.BINARIES - {"image"} | {"null"} or names == {"null"}):
        raise error(402, left.type.name, right.type.name, "concat")
    return [left, right]


def _may_be_cut(left: SqlType, right: SqlType, result: SqlType) -> bool:
    """Return whether a sum of strings can exceed its type's limit, or is stored without blanks."""
    if result.name in types.FIXED:
        return True
    if result.length == MAX:
        return False
    return (left.length or 0) + (right.length or 0) > (result.length or 0)


def _decimal_operand(value: Value) -> SqlType:
    """Return an operand of decimal arithmetic: a literal integer has the digits as written."""
    if value.type.name == "int" and value.constant and value.sql.strip("(-)").isdigit():
        return SqlType("int", precision=len(value.sql.strip("(-)")))
    return value.type


def _concatenated(value: Value, result: SqlType) -> str:
    if value.type.name == "null":
        return null(result).sql
    if value.type.name in types.FIXED:
        value = padded(value)
    if result.name in types.FIXED:
        result = replace(result, name="nvarchar" if result.name == "nchar" else "varchar")
    return convert(value, result).sql


def _number_arithmetic(operator: str, left: Value, right: Value, result: SqlType) -> str:
    """Return arithmetic in a type at least as wide, with a cast that raises the overflow."""
    if result.name in types.DECIMALS:
        a, b = (_as_number(value, result) for value in (left, right))
        quotient = f"{a} {operator} {b}"
        if operator == "/":
            return f"trunc({quotient}, {result.scale})::{pg(result)}"
        return f"({quotient})::{pg(result)}"
    a, b = (convert(value, result).sql for value in (left, right))
    sql = f"({a} {operator} {b})"
    if operator == "%" and result.name in ("int", "bigint", "smallint"):
        return f"tsql.remainder({a}, {b})"
    return sql if result.name in ("int", "bigint", "smallint", "float") else f"{sql}::{pg(result)}"


def _as_number(value: Value, result: SqlType) -> str:
    if value.type.name == "null":
        return null(result).sql
    if value.type.name in types.STRINGS:
        return convert(value, result).sql
    return value.sql if value.type.name in types.DECIMALS else f"{value.sql}::numeric"


# --- CASE ---


MAXIMUM_CASE_DEPTH = 10


@contextmanager
def _inside_case(scope: Scope) -> Iterator[None]:
    """Count the CASE expressions around an expression. Raises 125 for more than ten."""
    scope.case_depth += 1
    if scope.case_depth > MAXIMUM_CASE_DEPTH:
        raise error(125, MAXIMUM_CASE_DEPTH)
    yield
    scope.case_depth -= 1


@value_of.register
def _searched_case(node: ast.SearchedCase, scope: Scope) -> Value:
    with _inside_case(scope):
        conditions = [predicate(condition, scope) for condition, _ in node.whens]
        results = [result for _, result in node.whens]
        return _case(conditions, results, node.otherwise, scope)


@value_of.register
def _simple_case(node: ast.SimpleCase, scope: Scope) -> Value:
    with _inside_case(scope):
        conditions = [
            predicate(ast.Comparison("=", node.operand, candidate, position=node.position), scope)
            for candidate, _ in node.whens
        ]
        results = [result for _, result in node.whens]
        return _case(conditions, results, node.otherwise, scope)


@value_of.register
def _iif(node: ast.Iif, scope: Scope) -> Value:
    with _inside_case(scope):
        return _case([predicate(node.condition, scope)], [node.true], node.false, scope)


def _case(
    conditions: Sequence[str],
    results: Sequence[ast.Expression],
    otherwise: ast.Expression | None,
    scope: Scope,
) -> Value:
    values = [expression(result, scope) for result in results]
    values.append(null() if otherwise is None else expression(otherwise, scope))
    target = common(values)
    if target.name == "null":
        raise error(8133)
    *branches, rest = (convert(value, target) for value in values)
    whens = "".join(
        f" WHEN {condition} THEN {value.sql}"
        for condition, value in zip(conditions, branches, strict=True)
    )
    return Value(
        f"(CASE{whens} ELSE {rest.sql} END)",
        target,
        nullable=any(value.nullable for value in values),
    )


# --- CAST, CONVERT, COLLATE ---


def system_type(sql_type: ast.DataType, scope: Scope) -> SqlType:
    """Return the system type that a data type's name refers to. Raises 243 for an unknown one."""
    if isinstance(sql_type, SqlType):
        return sql_type
    system = scope.translation.context.catalog.type(sql_type.schema, sql_type.name)
    if system is None:
        raise error(243, str(sql_type))
    return system


@value_of.register
def _cast(node: ast.Cast, scope: Scope) -> Value:
    value = expression(node.expression, scope)
    target = system_type(node.type, scope)
    return explicit_cast(value, target, None, node.tolerant)


@value_of.register
def _convert(node: ast.Convert, scope: Scope) -> Value:
    value = expression(node.expression, scope)
    target = system_type(node.type, scope)
    style = None if node.style is None else _style(expression(node.style, scope))
    return explicit_cast(value, target, style, node.tolerant)


def _style(value: Value) -> Value:
    """Return the third argument of CONVERT. Raises 8116 for types other than integers."""
    if value.type.name not in types.INTEGERS - {"bit"} | {"null"}:
        raise error(8116, value.type.name, 3, "convert")
    return convert(value, types.INT)


def explicit_cast(value: Value, target: SqlType, style: Value | None, tolerant: bool) -> Value:
    """Return CAST, CONVERT or a TRY_ form. Raises 529 if no conversion exists."""
    if value.type.name == "null":
        return null(target)
    types.check_castable(value.type, target)
    target = _cast_collation(value, target)
    if value.type.name == "datetime" and second_digits(target) is not None:
        tolerant = False  # always succeeds
    if not tolerant and (style is None or _style_is_moot(value.type, target)):
        return cast(value, target)
    if not tolerant and style is not None and value.type.name in types.STRINGS:
        read = moment(value, target, style.sql)
        if read is not None:
            return Value(f"{read}::{pg(target)}", target, constant=value.constant)
    name = "try_convert" if tolerant else "convert"
    # TRY_ receives the whole type: a value that exceeds its precision is NULL, too
    named = f"{string_literal(pg(target))}, " if tolerant else ""
    style_sql = "0" if style is None else style.sql
    arguments = f"{value.sql}, {style_sql}, {named}NULL::{base(target)}"
    digits = second_digits(value.type) if target.name in types.STRINGS else None
    if digits is not None and not tolerant:
        arguments += f", {digits}"
    sql = f"tsql.{name}({arguments})"
    if value.type.name in types.BINARIES and target.name in types.STRINGS and target.length != MAX:
        sql = f"tsql.whole_bytes({sql}::text, {style_sql}, {target.length or 30})::{base(target)}"
    if tolerant and style is None:
        text = fitted_number(value.sql, value.type, target, tolerant=True)
        sql = sql if text == value.sql else text
    return Value(f"{sql}::{pg(target)}", target, constant=value.constant)


def _cast_collation(value: Value, target: SqlType) -> SqlType:
    if target.name in types.STRINGS and value.type.name in types.STRINGS:
        return carried(target, value.type)
    return target


def _style_is_moot(source: SqlType, target: SqlType) -> bool:
    """Return whether a style has no effect: strings of dates, fractions, binaries have styles."""
    types_with_styles = types.DATES | types.FLOATS | types.MONIES | types.BINARIES | {"xml"}
    pair = {source.name, target.name}
    return not (pair & types_with_styles and pair & types.STRINGS)


@value_of.register
def _parse(node: ast.Parse, scope: Scope) -> Value:
    raise unsupported("TRY_PARSE" if node.tolerant else "PARSE")


@value_of.register
def _collate(node: ast.Collate, scope: Scope) -> Value:
    value = expression(node.expression, scope)
    if value.type.name not in types.STRINGS | {"null"}:
        raise error(447, value.type.name, state=0)
    if value.type.name == "null":
        value = null(types.nvarchar(1))
    collation = collations.supported(node.collation)
    target = replace(value.type, collation=collation, explicit=True, conflict=None)
    sql = f"{value.sql}::{pg(replace(target, length=MAX))}"
    return replace(value, sql=sql, type=target, literal=None)


@value_of.register
def _at_time_zone(node: ast.AtTimeZone, scope: Scope) -> Value:
    value, zone = expression(node.expression, scope), expression(node.zone, scope)
    if value.type.name == "null":
        value = null(types.DATETIME2)
    if value.type.name not in ("datetime", "smalldatetime", "datetime2", "datetimeoffset"):
        raise error(8116, value.type.name, 1, "AT TIME ZONE")
    if zone.type.name not in types.STRINGS | {"null"}:
        raise error(8116, zone.type.name, 2, "AT TIME ZONE")
    zone = convert(zone, types.nvarchar(128))
    scale = {"datetime": 3, "smalldatetime": 0}.get(value.type.name, value.type.scale)
    result = SqlType("datetimeoffset", scale=7 if scale is None else scale)
    zone_sql = f"tsql.time_zone({zone.sql})"
    if zone.constant and scope.translation.allow_variables:
        # Evaluated once, not per row; the expressions of a table allow no subquery.
        zone_sql = f"(SELECT {zone_sql})"
    return Value(f"tsql.at_time_zone({value.sql}, {zone_sql}, {result.scale})", result)
