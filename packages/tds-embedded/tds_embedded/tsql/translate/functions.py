"""Scalar functions: their arguments and the types of their results.

A built-in function f is `tsql.f` in PostgreSQL with the same arguments; those that depend on a date
part take it first, as text. Follows "What are the SQL database functions?",
https://learn.microsoft.com/sql/t-sql/functions/functions
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from tds_embedded.catalog.types import comparison
from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate import collations, types
from tds_embedded.tsql.translate.arguments import accept, overloaded
from tds_embedded.tsql.translate.binder import Scope
from tds_embedded.tsql.translate.builtin_functions import (
    FUNCTIONS,
    METADATA,
    MISSING,
    Function,
)
from tds_embedded.tsql.translate.checksums import checksum, comparable_arguments
from tds_embedded.tsql.translate.dates import check_boundaries, without_part
from tds_embedded.tsql.translate.expressions import session_value
from tds_embedded.tsql.translate.json import (
    json_array,
    json_modify,
    json_object,
    json_path_exists,
    json_query,
    json_value,
)
from tds_embedded.tsql.translate.property_names import check_property
from tds_embedded.tsql.translate.session_values import SESSION_VALUES
from tds_embedded.tsql.translate.values import (
    Value,
    base,
    cast,
    common,
    comparable,
    convert,
    expression,
    null,
    only,
    padded,
    pg,
    string_literal,
    unify,
    unsupported,
    value_of,
    within_limit,
)
from tds_embedded.tsql.translate.windows import WINDOWED, grouping, windowed
from tds_embedded.types import MAX, SqlType


@value_of.register
def _function_call(node: ast.FunctionCall, scope: Scope) -> Value:
    if len(node.name.parts) > 1 and node.name.name.lower() in _METHODS_OF_XML:
        raise unsupported(f"methods of xml: {node.name.name}")
    if len(node.name.parts) > 1:
        if (node.name.schema or "").lower() == "sys" or _is_column(node.name.parts[:-1], scope):
            raise unsupported(str(node.name))
        raise error(4121, node.name.schema, str(node.name))
    name = node.name.name.upper()
    if name in WINDOWED:
        return windowed(name, node, scope)
    if node.over is not None:
        raise error(4113, node.name.name)
    if node.distinct or node.within_group or node.nulls:
        raise error(102, "DISTINCT" if node.distinct else node.name.name)
    if name in _SPECIAL:
        return _SPECIAL[name](node, scope)
    if node.json_nulls or node.json_type:
        raise error(102, "ON")
    if not node.arguments and f"{name}()" in SESSION_VALUES:
        return session_value(f"{name}()", scope)
    if name in MISSING:
        raise unsupported(name)
    function = FUNCTIONS.get(name)
    if function is None or function.since > scope.translation.context.product:
        raise error(195, node.name.name, "built-in function name")
    return call(name, function, node.arguments, scope)


def _is_column(parts: Sequence[str], scope: Scope) -> bool:
    """Return whether a column has the name, so that a method of its type follows."""
    try:
        scope.column(parts)
    except SqlServerError:
        return False
    return True


def call(name: str, function: Function, nodes: Sequence[ast.Node], scope: Scope) -> Value:
    """Return a call of `tsql.name`. Raises 174 or 189 for a wrong count of arguments, or 8116."""
    _check_count(name, function, len(nodes))
    values: list[Value] = []
    for position, node in enumerate(nodes):
        kind = function.kinds[min(position, len(function.kinds) - 1)]
        values.append(_argument(name, kind, position + 1, node, scope))
    _check_literals(name, nodes, values)
    check_property(name, nodes)
    values = _in_one_collation(name, function, values)
    if name in ("CHARINDEX", "PATINDEX"):
        values[0] = within_limit(values[0])
    plain = [value for value in values if value.type.name != "date part"]
    result = function.result(plain) if callable(function.result) else function.result
    arguments = [overloaded(name, value).sql for value in values]
    if name == "REPLICATE" and result.length != MAX:
        arguments[1] = f"least({arguments[1]}, 8000)"
    if isinstance(part := nodes[0] if nodes else None, ast.DatePart):
        check_boundaries(name, part.name)
        missing = without_part(name, part.name, plain[-1], result)
        if missing is not None:
            return Value(missing, result)
    counts_characters = name in _COUNTING and _counts_characters(plain)
    variant = "_sc" if counts_characters else ""
    if name == "PATINDEX" and not any(value.type.name in types.NATIONAL for value in values):
        variant = "_narrow"
    sql = f"tsql.{name.lower()}{variant}({', '.join(arguments)})"
    if callable(function.result) and result.name in types.STRINGS | types.DECIMALS:
        sql = f"{sql}::{pg(result) if name in _CUT else _bare(result)}"
    constant = all(value.constant for value in plain) and bool(plain)
    if constant and name in METADATA:
        sql = f"(SELECT {sql})"  # a subquery runs once, a function in a filter once for each row
    return Value(sql, result, not function.total, constant=constant)


_METHODS_OF_XML = frozenset({"exist", "modify", "nodes", "query", "value"})
_CUT = frozenset({"REPLACE", "REPLICATE", "STUFF"})  # their results are cut at 8,000 bytes
_COUNTING = frozenset({"CHARINDEX", "LEFT", "LEN", "RIGHT", "SUBSTRING", "UNICODE"})
_WITH_ACCENTS = frozenset({"REPLACE", "TRANSLATE"})


def _counts_characters(values: Sequence[Value]) -> bool:
    """Return whether a collation counts characters rather than UTF-16 units."""
    words = {word for value in values for word in (value.type.collation or "").upper().split("_")}
    return bool(words & {"SC", "140", "160", "UTF8"})


_TYPED = {  # these arguments must not be a bare NULL
    "DATENAME": (2,),
    "DATEPART": (2,),
    "DATE_BUCKET": (2, 3),
    "HASHBYTES": (1, 2),
    "PATINDEX": (2,),
    "STRING_ESCAPE": (2,),
    "SUBSTRING": (1,),
}


def _check_literals(name: str, nodes: Sequence[ast.Node], values: Sequence[Value]) -> None:
    """Raise 8116 for a NULL without a type, 536 for a negative length that is written out."""
    for position in _TYPED.get(name, ()):
        if isinstance(nodes[position - 1], ast.NullLiteral):
            raise error(8116, "NULL", position, name.lower())
    if name in ("LEFT", "RIGHT", "SUBSTRING") and re.fullmatch(r"\(-\d+\)", values[-1].sql):
        raise error(536, name, state={"LEFT": 6, "RIGHT": 4, "SUBSTRING": 8}[name])


def _in_one_collation(name: str, function: Function, values: list[Value]) -> list[Value]:
    """Return the arguments with the strings among them in one collation, by precedence."""
    places = [
        position
        for position, (kind, value) in enumerate(zip(function.kinds, values, strict=False))
        if kind in ("text", "string") and value.type.name in types.STRINGS
    ]
    if len(places) < 2:
        for value in values:
            collations.check_resolved(value.type, name.lower())
        return values
    strings = [values[position].type for position in places]
    meeting, *others = sorted(strings, key=lambda sql_type: not sql_type.explicit)
    for other in others:
        meeting = collations.met(meeting, meeting, other, name.lower())
    if comparison(meeting.collation) == "_ai" and name in _WITH_ACCENTS:
        raise unsupported(f"{name} without accents")
    return [
        convert(value, collations.carried(value.type, meeting)) if position in places else value
        for position, value in enumerate(values)
    ]


def _bare(sql_type: SqlType) -> str:
    return pg(sql_type) if sql_type.name in types.DECIMALS else base(sql_type)


def _check_count(name: str, function: Function, count: int) -> None:
    most = len(function.kinds) if not function.variadic else None
    if function.least <= count and (most is None or count <= most):
        return
    if most == function.least:
        raise error(174, name.lower(), most)
    raise error(189, name.lower(), function.least, 254 if most is None else most)


def _argument(name: str, kind: str, position: int, node: ast.Node, scope: Scope) -> Value:
    if kind == "part":
        if not isinstance(node, ast.DatePart):
            raise error(1023, position, name.lower())
        return Value(string_literal(node.name), SqlType("date part"), False, constant=True)
    value = only(node, scope)
    return accept(name, kind, position, value)


# --- Functions that are syntax in PostgreSQL ---


def _values(node: ast.FunctionCall, scope: Scope, least: int, most: int | None) -> list[Value]:
    name, count = node.name.name.lower(), len(node.arguments)
    if node.json_nulls or node.json_type:
        raise error(102, "ON")
    if count < least or (most is not None and count > most):
        raise error(174, name, most) if least == most else error(189, name, least, most or 254)
    return [only(argument, scope) for argument in node.arguments]


def _isnull(node: ast.FunctionCall, scope: Scope) -> Value:
    first, second = _values(node, scope, 2, 2)
    sql_type = second.type if first.type.name == "null" else first.type
    if sql_type.name == "null":
        return null(types.INT)
    a, b = convert(first, sql_type), convert(second, sql_type)
    return Value(
        f"COALESCE({a.sql}, {b.sql})",
        sql_type,
        second.nullable,
        constant=a.constant and b.constant,
    )


def _coalesce(node: ast.FunctionCall, scope: Scope) -> Value:
    if len(node.arguments) < 2:
        raise error(102, ")")
    values = _values(node, scope, 2, None)
    if all(value.type.name == "null" for value in values):
        raise error(4127)
    operands = unify(values)
    return Value(
        f"COALESCE({', '.join(value.sql for value in operands)})",
        common(values),
        all(value.nullable for value in values),
        constant=all(value.constant for value in values),
    )


def _nullif(node: ast.FunctionCall, scope: Scope) -> Value:
    first, second = _values(node, scope, 2, 2)
    if first.type.name == "null":
        raise error(4151)
    a, b = comparable([first, second])
    return Value(f"(CASE WHEN {a.sql} = {b.sql} THEN NULL ELSE {first.sql} END)", first.type)


def _choose(node: ast.FunctionCall, scope: Scope) -> Value:
    if len(node.arguments) < 2:
        raise error(1076, "choose", 2)
    index, *choices = _values(node, scope, 2, None)
    operands = unify(choices)
    whens = "".join(f" WHEN {n} THEN {value.sql}" for n, value in enumerate(operands, start=1))
    return Value(f"(CASE {convert(index, types.INT).sql}{whens} END)", common(choices))


def _greatest(node: ast.FunctionCall, scope: Scope) -> Value:
    if scope.translation.context.product < 2022:
        raise error(195, node.name.name, "built-in function name")
    values = comparable_arguments(node, _values(node, scope, 1, 254))
    sql_type = common(values, node.name.name.lower())
    collations.check_order(sql_type)
    operands = [convert(value, sql_type) for value in values]
    if sql_type.name in types.STRINGS and sql_type.length == MAX:
        operands = [within_limit(value) for value in operands]
        sql_type = replace(sql_type, length=4000 if sql_type.name in types.NATIONAL else 8000)
    nullable = all(value.nullable for value in operands)
    operand_list = ", ".join(value.sql for value in operands)
    return Value(f"{node.name.name.upper()}({operand_list})", sql_type, nullable)


def _concat(node: ast.FunctionCall, scope: Scope) -> Value:
    values = _printed(_values(node, scope, 2, 254))
    sql_type = _joined_type(values, "concat")
    parts = " + ".join(
        f"COALESCE({convert(value, replace(sql_type, length=MAX)).sql}, {_empty(sql_type)})"
        for value in values
    )
    return Value(
        f"({parts})::{pg(sql_type)}",
        sql_type,
        False,
        constant=all(value.constant for value in values),
    )


def _concat_ws(node: ast.FunctionCall, scope: Scope) -> Value:
    if scope.translation.context.product < 2017:
        raise error(195, node.name.name, "built-in function name")
    separator, *values = [padded(value) for value in _printed(_values(node, scope, 3, 254))]
    sql_type = _joined_type([separator, *values], "concat_ws")
    sql_type = replace(sql_type, length=4000 if sql_type.name == "nvarchar" else 8000)
    if MAX in (value.type.length for value in values):
        sql_type = replace(sql_type, length=MAX)
    operand_list = ", ".join(f"{value.sql}::text" for value in values)
    sql = (
        f"pg_catalog.concat_ws(COALESCE({separator.sql}::text, ''), {operand_list})::{pg(sql_type)}"
    )
    return Value(sql, sql_type, False)


def _printed(values: Sequence[Value]) -> list[Value]:
    """Return the operands of CONCAT, converted to strings."""
    is_wide = any(value.type.name in types.NATIONAL for value in values)
    name = "nvarchar" if is_wide else "varchar"
    return [_printed_as(value, name) for value in values]


def _printed_as(value: Value, name: str) -> Value:
    if value.type.name in types.STRINGS:
        return value
    if value.type.name in ("json", "xml", "sql_variant"):
        raise error(257, value.type.name, name, state=3)
    if value.type.name == "image":
        raise error(206, "image", name)
    if value.type.name in types.BINARIES:
        return cast(value, replace(value.type, name=name))
    return convert(value, types.varchar(40))


def _joined_type(values: Sequence[Value], operation: str) -> SqlType:
    sql_type = common(values, operation)
    name = "nvarchar" if sql_type.name in types.NATIONAL else "varchar"
    lengths = [value.type.length for value in values]
    if MAX in lengths or None in lengths:
        return replace(sql_type, name=name, length=MAX)
    limit = 4000 if name == "nvarchar" else 8000
    return replace(sql_type, name=name, length=min(sum(n or 0 for n in lengths) or 1, limit))


def _empty(sql_type: SqlType) -> str:
    return f"''::{_bare(sql_type)}"


def _substring(node: ast.FunctionCall, scope: Scope) -> Value:
    """Return SUBSTRING(value, start [, length]); the length is optional since SQL Server 2025."""
    arguments = list(node.arguments)
    if scope.translation.context.product >= 2025:
        if not 2 <= len(arguments) <= 3:
            raise error(189, "substring", 2, 3)
        if len(arguments) == 2:
            arguments.append(ast.IntegerLiteral(_TO_THE_END, position=node.position))
    return call("SUBSTRING", FUNCTIONS["SUBSTRING"], arguments, scope)


_TO_THE_END = 2**31 - 1


def _date_bucket(node: ast.FunctionCall, scope: Scope) -> Value:
    """Return DATE_BUCKET(part, width, date [, origin]); NULL is the default origin."""
    arguments = node.arguments
    if len(arguments) == 4 and isinstance(arguments[3], ast.NullLiteral):
        arguments = arguments[:3]
    return call("DATE_BUCKET", FUNCTIONS["DATE_BUCKET"], arguments, scope)


def _newsequentialid(node: ast.FunctionCall, scope: Scope) -> Value:
    if scope.translation.allow_variables:
        raise error(302)
    raise unsupported("NEWSEQUENTIALID")


_JSON_KINDS = frozenset({"VALUE", "ARRAY", "OBJECT", "SCALAR"})


def _isjson(node: ast.FunctionCall, scope: Scope) -> Value:
    """Return ISJSON(text [, VALUE | ARRAY | OBJECT | SCALAR]); 2022 added the second argument."""
    arguments = list(node.arguments)
    if len(arguments) == 2:
        kind = arguments[1]
        if scope.translation.context.product < 2022:
            raise error(174, "isjson", 1)
        if not isinstance(kind, ast.ColumnReference):
            raise error(1023, 2, "isjson")
        word = kind.name.upper()
        if word not in _JSON_KINDS:
            raise error(155, kind.name, "isjson")
        arguments[1] = ast.StringLiteral(word, position=kind.position)
    return call("ISJSON", FUNCTIONS["ISJSON"], arguments, scope)


_BYTES = {"time": 3, "datetime2": 6, "datetimeoffset": 8}  # with up to two digits of a second


def _datalength(node: ast.FunctionCall, scope: Scope) -> Value:
    """Return DATALENGTH; the size of a time depends on its digits, which its type decides."""
    if len(node.arguments) == 1:
        value = only(node.arguments[0], scope)
        if value.type.name in _BYTES:
            digits = 7 if value.type.scale is None else value.type.scale
            size = _BYTES[value.type.name] + (digits > 2) + (digits > 4)
            return Value(f"(CASE WHEN {value.sql} IS NOT NULL THEN {size} END)", types.INT)
    return call("DATALENGTH", FUNCTIONS["DATALENGTH"], node.arguments, scope)


_SPECIAL: dict[str, Callable[[ast.FunctionCall, Scope], Value]] = {
    "ISJSON": _isjson,
    "ISNULL": _isnull,
    "COALESCE": _coalesce,
    "DATALENGTH": _datalength,
    "NULLIF": _nullif,
    "CHOOSE": _choose,
    "GREATEST": _greatest,
    "SUBSTRING": _substring,
    "DATE_BUCKET": _date_bucket,
    "NEWSEQUENTIALID": _newsequentialid,
    "LEAST": _greatest,
    "CONCAT": _concat,
    "CONCAT_WS": _concat_ws,
    "JSON_OBJECT": json_object,
    "JSON_ARRAY": json_array,
    "JSON_MODIFY": json_modify,
    "JSON_PATH_EXISTS": json_path_exists,
    "JSON_QUERY": json_query,
    "JSON_VALUE": json_value,
    "CHECKSUM": checksum,
    "BINARY_CHECKSUM": checksum,
    "GROUPING": grouping,
    "GROUPING_ID": grouping,
}


# --- Functions without parentheses, and TRIM ---


@value_of.register
def _niladic_function(node: ast.NiladicFunction, scope: Scope) -> Value:
    name = node.name.upper()
    if name == "CURRENT_TIMESTAMP":
        return Value("tsql.getdate()", types.DATETIME, False)
    if name == "CURRENT_DATE":
        if scope.translation.context.product < 2025:
            raise error(207, node.name)
        return Value("tsql.getdate()::date", types.DATE, False)
    return session_value(name, scope)


@value_of.register
def _trim(node: ast.Trim, scope: Scope) -> Value:
    if node.side is not None and scope.translation.context.product < 2022:
        raise error(156, node.side)
    operand = accept("trim", "string", 1, expression(node.operand, scope))
    collations.check_resolved(operand.type, "trim")
    result = replace(operand.type, name=_varying(operand.type.name))
    name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(node.side or "BOTH", "trim")
    arguments = [overloaded("TRIM", operand).sql]
    if node.characters is not None:
        characters = accept("trim", "string", 1, expression(node.characters, scope))
        arguments.append(overloaded("TRIM", characters).sql)
    return Value(f"tsql.{name}({', '.join(arguments)})::{_bare(result)}", result)


def _varying(name: str) -> str:
    return "nvarchar" if name in types.NATIONAL else "varchar"


@value_of.register
def _next_value_for(node: ast.NextValueFor, scope: Scope) -> Value:
    if node.over is not None:
        raise unsupported("NEXT VALUE FOR ... OVER")
    scope.translation.takes_numbers = True
    sequence = scope.translation.context.catalog.sequence(node.sequence.schema, node.sequence.name)
    if sequence is None:
        raise error(208, str(node.sequence))
    # all references in a row yield one value, and PostgreSQL evaluates from left to right
    has_number = scope.sequences is not None and sequence.sql in scope.sequences
    if scope.sequences is not None:
        scope.sequences.add(sequence.sql)
    function = "currval" if has_number else "nextval"
    return Value(f"pg_catalog.{function}({string_literal(sequence.sql)})", sequence.type, False)
