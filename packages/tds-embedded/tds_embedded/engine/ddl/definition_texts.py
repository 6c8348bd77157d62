"""Expressions as SQL Server shows them in sys.check_constraints and its like.

SQL Server does not keep the text of a DEFAULT, CHECK, filter or computed column: it keeps the tree
and formats it again, as in `([age]>=(18) AND [name] like N'A%')`.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import singledispatch

from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.types import MAX, SqlType

WRAPPED = frozenset(
    "+-&|^"
)  # operators whose terms stand in parentheses wherever they are operands
MULTIPLYING = frozenset("*/%")
NUMBERS = (ast.IntegerLiteral, ast.DecimalLiteral, ast.FloatLiteral)
MAXIMUM_INT = 2**31 - 1
DATE_PARTS = frozenset({"YEAR", "MONTH", "DAY"})  # functions that are kept as datepart()


def definition(node: ast.Expression | ast.Predicate) -> str:
    """Return the definition of a constraint, default or computed column, in parentheses.

    Raises SqlServerError 1046 for a subquery, which none of them may contain.
    """
    return f"({text(node)})"


def filter_definition(node: ast.Predicate) -> str:
    """Return the definition of an index's filter, in parentheses: IN stays a list."""
    conjuncts = node.operands if isinstance(node, ast.And) else (node,)
    return f"({' AND '.join(_conjunct(each) for each in conjuncts)})"


def _conjunct(node: ast.Predicate) -> str:
    if isinstance(node, ast.In):
        return f"{text(node.expression)} IN ({', '.join(text(each) for each in node.values)})"
    if isinstance(node, ast.And):
        return " AND ".join(_conjunct(each) for each in node.operands)
    return text(node)


def type_name(sql_type: ast.DataType) -> str:
    """Return a data type in brackets: `[nvarchar](max)`, `[decimal](10, 2)`."""
    if not isinstance(sql_type, SqlType):
        return ".".join(f"[{part}]" for part in sql_type.parts)
    if sql_type.length is not None:
        return f"[{sql_type.name}]({'max' if sql_type.length == MAX else sql_type.length})"
    if sql_type.name in ("decimal", "numeric"):
        return f"[{sql_type.name}]({sql_type.precision or 18},{sql_type.scale or 0})"
    if sql_type.name in ("time", "datetime2", "datetimeoffset") and sql_type.scale is not None:
        return f"[{sql_type.name}]({sql_type.scale})"
    return f"[{sql_type.name}]"


@singledispatch
def text(node: ast.Node) -> str:
    """Return one node without the parentheses that it may need as an operand."""
    raise error(1046)


def _string(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _bracket(name: str) -> str:
    return "[" + name.replace("]", "]]") + "]"


@text.register
def _null_literal(node: ast.NullLiteral) -> str:
    return "NULL"


@text.register
def _string_literal(node: ast.StringLiteral) -> str:
    return ("N" if node.national else "") + _string(node.value)


@text.register
def _binary_literal(node: ast.BinaryLiteral) -> str:
    return f"0x{node.value.hex().upper()}"


@text.register
def _integer_literal(node: ast.IntegerLiteral) -> str:
    return f"({node.value}{'.' if node.value > MAXIMUM_INT else ''})"


@text.register
def _decimal_literal(node: ast.DecimalLiteral) -> str:
    return f"({node.text})"


@text.register
def _float_literal(node: ast.FloatLiteral) -> str:
    digits, exponent = f"{node.number:.16e}".split("e")
    return f"({digits}e{int(exponent):+04d})"


@text.register
def _money_literal(node: ast.MoneyLiteral) -> str:
    return f"(${Decimal(node.text or 0):.4f})"


@text.register
def _column_reference(node: ast.ColumnReference) -> str:
    return ".".join(_bracket(part) for part in node.parts)


@text.register
def _unary(node: ast.Unary) -> str:
    operand = text(node.operand)
    if node.operator == "-" and isinstance(node.operand, NUMBERS):
        return operand if operand == "(0)" else f"(-{operand[1:-1]})"
    if isinstance(node.operand, ast.Binary):
        operand = f"({operand})"
    return f" -{operand}" if node.operator == "-" else f"{node.operator}{operand}"


@text.register
def _binary(node: ast.Binary) -> str:
    right = text(node.right) if _multiplies(node.right) else _operand(node.right)
    if _multiplies(node) and _multiplies(node.right):
        right = f"({right})"
    return f"{_signed(node.left)}{node.operator}{_signed(node.right, right)}"


def _multiplies(node: ast.Node) -> bool:
    return isinstance(node, ast.Binary) and node.operator in MULTIPLYING


def _signed(node: ast.Expression, operand: str | None = None) -> str:
    """Return an operand of an operator: a negative one is put in parentheses."""
    operand = _operand(node) if operand is None else operand
    return f"({operand})" if operand.startswith(" -") else operand


def _operand(node: ast.Expression) -> str:
    """Return an operand of a comparison: sums are put in parentheses, products are not."""
    operand = text(node)
    return f"({operand})" if isinstance(node, ast.Binary) and node.operator in WRAPPED else operand


@text.register
def _function_call(node: ast.FunctionCall) -> str:
    arguments = ",".join(
        argument.name if isinstance(argument, ast.DatePart) else text(argument)
        for argument in node.arguments
    )
    if node.name.name.upper() in DATE_PARTS and len(node.name.parts) == 1:
        return f"datepart({node.name.name.lower()},{arguments})"
    if node.name.name.upper() == "ISJSON" and len(node.arguments) > 1:
        kind = node.arguments[1]  # a word, which the parser takes for a column
        arguments = f"{text(node.arguments[0])},{getattr(kind, 'name', '')}"
    if len(node.name.parts) > 1:
        return f"{'.'.join(_bracket(part) for part in node.name.parts)}({arguments})"
    return f"{node.name.name.lower()}({arguments})"


@text.register
def _star(node: ast.Star) -> str:
    return "*"


@text.register
def _niladic_function(node: ast.NiladicFunction) -> str:
    name = node.name.lower()
    return "getdate()" if name == "current_timestamp" else f"{name}()"


@text.register
def _trim(node: ast.Trim) -> str:
    characters = "" if node.characters is None else f"{text(node.characters)} FROM "
    side = f"{node.side} " if node.side else ""
    return f"Trim({side}{characters}{text(node.operand)})"


@text.register
def _cast(node: ast.Cast) -> str:
    name = "TRY_CAST" if node.tolerant else "CONVERT"
    if node.tolerant:
        return f"{name}({text(node.expression)} AS {type_name(node.type)})"
    return f"{name}({type_name(node.type)},{text(node.expression)})"


@text.register
def _convert(node: ast.Convert) -> str:
    name = "TRY_CONVERT" if node.tolerant else "CONVERT"
    style = "" if node.style is None else f",{text(node.style)}"
    return f"{name}({type_name(node.type)},{text(node.expression)}{style})"


@text.register
def _collate(node: ast.Collate) -> str:
    return f"{text(node.expression)} collate {node.collation}"


@text.register
def _at_time_zone(node: ast.AtTimeZone) -> str:
    return f"{text(node.expression)} AT TIME ZONE {text(node.zone)}"


@text.register
def _next_value_for(node: ast.NextValueFor) -> str:
    name = ".".join(_bracket(part) for part in node.sequence.parts)
    return f"NEXT VALUE FOR {name}"


@text.register
def _searched_case(node: ast.SearchedCase) -> str:
    whens = "".join(f" when {text(c)} then {text(value)}" for c, value in node.whens)
    return _case("", whens, node.otherwise)


@text.register
def _simple_case(node: ast.SimpleCase) -> str:
    whens = "".join(f" when {text(c)} then {text(value)}" for c, value in node.whens)
    return _case(f" {text(node.operand)}", whens, node.otherwise)


@text.register
def _iif(node: ast.Iif) -> str:
    return _case("", f" when {text(node.condition)} then {text(node.true)}", node.false)


def _case(operand: str, whens: str, otherwise: ast.Expression | None) -> str:
    last = "" if otherwise is None else f" else {text(otherwise)}"
    return f"case{operand}{whens}{last} end"


# --- Predicates --------------------------------------------------------------------------------


@text.register
def _and(node: ast.And) -> str:
    first, *others = node.operands
    conditions = [f"({text(first)})" if _is_disjunction(first) else text(first)]
    conditions += [f"({text(each)})" if _is_compound(each) else text(each) for each in others]
    return " AND ".join(conditions)


@text.register
def _or(node: ast.Or) -> str:
    first, *others = node.operands
    conditions = [f"({text(each)})" if _is_disjunction(each) else text(each) for each in others]
    return " OR ".join([text(first), *conditions])


def _is_disjunction(node: ast.Predicate) -> bool:
    many = isinstance(node, ast.In) and len(node.values) > 1 and not node.negated
    return many or isinstance(node, ast.Or)


def _is_compound(node: ast.Predicate) -> bool:
    between = isinstance(node, ast.Between) and not node.negated
    return between or isinstance(node, ast.And) or _is_disjunction(node)


@text.register
def _not(node: ast.Not) -> str:
    return _negated(node.operand)


def _negated(node: ast.Predicate) -> str:
    return f"NOT ({text(node)})" if _is_compound(node) else f"NOT {text(node)}"


@text.register
def _comparison(node: ast.Comparison) -> str:
    return f"{_operand(node.left)}{node.operator}{_operand(node.right)}"


@text.register
def _is_null(node: ast.IsNull) -> str:
    return f"{_operand(node.expression)} IS {'NOT ' if node.negated else ''}NULL"


@text.register
def _is_distinct_from(node: ast.IsDistinctFrom) -> str:
    middle = "IS NOT DISTINCT FROM" if node.negated else "IS DISTINCT FROM"
    return f"{_operand(node.left)} {middle} {_operand(node.right)}"


@text.register
def _between(node: ast.Between) -> str:
    if node.negated:
        return _negated(replace(node, negated=False))
    value, low, high = (_operand(each) for each in (node.expression, node.low, node.high))
    return f"{value}>={low} AND {value}<={high}"


@text.register
def _in(node: ast.In) -> str:
    """SQL Server writes the values from the last to the first."""
    if node.negated:
        return _negated(replace(node, negated=False))
    value = _operand(node.expression)
    return " OR ".join(f"{value}={_operand(each)}" for each in reversed(node.values))


@text.register
def _like(node: ast.Like) -> str:
    escape = "" if node.escape is None else f" escape {text(node.escape)}"
    like = f"{_operand(node.expression)} like {_operand(node.pattern)}{escape}"
    return f"NOT {like}" if node.negated else like


@text.register
def _predicate_function(node: ast.PredicateFunction) -> str:
    return f"{node.name.lower()}({','.join(text(each) for each in node.arguments)})"
