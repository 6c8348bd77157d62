"""Expressions as SQL Server shows them in sys.check_constraints and its like.

SQL Server does not keep the text of a DEFAULT, CHECK, filter or computed column: it keeps the tree
and writes it anew, as in `([age]>=(18) AND [name] like N'A%')`.
"""

from __future__ import annotations

from functools import singledispatch

from mssql.embedded.errors import SqlServerError
from mssql.embedded.tsql import ast
from mssql.embedded.types import MAX, SqlType


def definition(node: ast.Expression | ast.Predicate) -> str:
    """The definition of a constraint, default, filter or computed column, in parentheses.

    Raises SqlServerError 1046 for a subquery, which none of them may hold.
    """
    written = text(node)
    return written if _is_wrapped(node) else f"({written})"


def _is_wrapped(node: ast.Node) -> bool:
    """Arithmetic and CASE come with parentheses of their own."""
    return isinstance(node, ast.Binary | ast.SearchedCase | ast.SimpleCase | ast.Iif)


def type_name(type: ast.DataType) -> str:
    """A data type in brackets: `[nvarchar](max)`, `[decimal](10, 2)`."""
    if not isinstance(type, SqlType):
        return ".".join(f"[{part}]" for part in type.parts)
    if type.length is not None:
        return f"[{type.name}]({'max' if type.length == MAX else type.length})"
    if type.name in ("decimal", "numeric"):
        return f"[{type.name}]({type.precision or 18},{type.scale or 0})"
    if type.name in ("time", "datetime2", "datetimeoffset") and type.scale is not None:
        return f"[{type.name}]({type.scale})"
    return f"[{type.name}]"


@singledispatch
def text(node: ast.Node) -> str:
    """One node, with the parentheses it needs anywhere."""
    raise SqlServerError(
        1046, "Subqueries are not allowed in this context. Only scalar expressions are allowed.", 15
    )


def _string(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _bracket(name: str) -> str:
    return "[" + name.replace("]", "]]") + "]"


@text.register
def _(node: ast.NullLiteral) -> str:
    return "NULL"


@text.register
def _(node: ast.StringLiteral) -> str:
    return ("N" if node.national else "") + _string(node.value)


@text.register
def _(node: ast.BinaryLiteral) -> str:
    return f"0x{node.value.hex().upper()}"


@text.register
def _(node: ast.IntegerLiteral) -> str:
    return f"({node.value})"


@text.register(ast.DecimalLiteral)
@text.register(ast.FloatLiteral)
def _(node: ast.DecimalLiteral | ast.FloatLiteral) -> str:
    return f"({node.text})"


@text.register
def _(node: ast.MoneyLiteral) -> str:
    return f"(${node.text})"


@text.register
def _(node: ast.ColumnReference) -> str:
    return ".".join(_bracket(part) for part in node.parts)


@text.register
def _(node: ast.Unary) -> str:
    operand = text(node.operand)
    if isinstance(node.operand, ast.IntegerLiteral | ast.DecimalLiteral | ast.FloatLiteral):
        return f"({node.operator}{operand[1:-1]})"
    return f"{node.operator}{operand}"


@text.register
def _(node: ast.Binary) -> str:
    return f"({_operand(node.left)}{node.operator}{_operand(node.right)})"


def _operand(node: ast.Expression) -> str:
    """A chain of operators shares one pair of parentheses."""
    written = text(node)
    return written[1:-1] if isinstance(node, ast.Binary) and node.operator in "+*" else written


@text.register
def _(node: ast.FunctionCall) -> str:
    arguments = ",".join(
        argument.name if isinstance(argument, ast.DatePart) else text(argument)
        for argument in node.arguments
    )
    if node.name.name.upper() == "ISJSON" and len(node.arguments) > 1:
        kind = node.arguments[1]  # a word, which the parser takes for a column
        arguments = f"{text(node.arguments[0])},{getattr(kind, 'name', '')}"
    if len(node.name.parts) > 1:
        return f"{'.'.join(_bracket(part) for part in node.name.parts)}({arguments})"
    return f"{node.name.name.lower()}({arguments})"


@text.register
def _(node: ast.Star) -> str:
    return "*"


@text.register
def _(node: ast.NiladicFunction) -> str:
    name = node.name.lower()
    return "getdate()" if name == "current_timestamp" else f"{name}()"


@text.register
def _(node: ast.Trim) -> str:
    characters = "" if node.characters is None else f"{text(node.characters)} FROM "
    side = f"{node.side} " if node.side else ""
    return f"Trim({side}{characters}{text(node.operand)})"


@text.register
def _(node: ast.Cast) -> str:
    name = "TRY_CAST" if node.tolerant else "CONVERT"
    if node.tolerant:
        return f"{name}({text(node.expression)} AS {type_name(node.type)})"
    return f"{name}({type_name(node.type)},{text(node.expression)})"


@text.register
def _(node: ast.Convert) -> str:
    name = "TRY_CONVERT" if node.tolerant else "CONVERT"
    style = "" if node.style is None else f",{text(node.style)}"
    return f"{name}({type_name(node.type)},{text(node.expression)}{style})"


@text.register
def _(node: ast.Collate) -> str:
    return f"{text(node.expression)} collate {node.collation}"


@text.register
def _(node: ast.AtTimeZone) -> str:
    return f"{text(node.expression)} AT TIME ZONE {text(node.zone)}"


@text.register
def _(node: ast.NextValueFor) -> str:
    name = ".".join(_bracket(part) for part in node.sequence.parts)
    return f"NEXT VALUE FOR {name}"


@text.register
def _(node: ast.SearchedCase) -> str:
    whens = "".join(f" when {text(c)} then {text(value)}" for c, value in node.whens)
    return _case("", whens, node.otherwise)


@text.register
def _(node: ast.SimpleCase) -> str:
    whens = "".join(f" when {text(c)} then {text(value)}" for c, value in node.whens)
    return _case(f" {text(node.operand)}", whens, node.otherwise)


@text.register
def _(node: ast.Iif) -> str:
    return _case("", f" when {text(node.condition)} then {text(node.true)}", node.false)


def _case(operand: str, whens: str, otherwise: ast.Expression | None) -> str:
    last = "" if otherwise is None else f" else {text(otherwise)}"
    return f"(case{operand}{whens}{last} end)"


# --- Predicates --------------------------------------------------------------------------------


@text.register
def _(node: ast.And) -> str:
    return " AND ".join(
        f"({text(each)})" if isinstance(each, ast.Or) or _is_list(each) else text(each)
        for each in node.operands
    )


def _is_list(node: ast.Predicate) -> bool:
    return isinstance(node, ast.In) and len(node.values) > 1 and not node.negated


@text.register
def _(node: ast.Or) -> str:
    return " OR ".join(text(each) for each in node.operands)


@text.register
def _(node: ast.Not) -> str:
    return f"NOT {_grouped(node.operand)}"


def _grouped(node: ast.Predicate) -> str:
    compound = isinstance(node, ast.And | ast.Or | ast.Between | ast.In)
    return f"({text(node)})" if compound else text(node)


@text.register
def _(node: ast.Comparison) -> str:
    return f"{text(node.left)}{node.operator}{text(node.right)}"


@text.register
def _(node: ast.IsNull) -> str:
    return f"{text(node.expression)} IS {'NOT ' if node.negated else ''}NULL"


@text.register
def _(node: ast.IsDistinctFrom) -> str:
    middle = "IS NOT DISTINCT FROM" if node.negated else "IS DISTINCT FROM"
    return f"{text(node.left)} {middle} {text(node.right)}"


@text.register
def _(node: ast.Between) -> str:
    value, low, high = text(node.expression), text(node.low), text(node.high)
    if node.negated:
        return f"({value}<{low} OR {value}>{high})"
    return f"{value}>={low} AND {value}<={high}"


@text.register
def _(node: ast.In) -> str:
    """SQL Server writes the values from the last to the first."""
    value = text(node.expression)
    operator, join = ("<>", " AND ") if node.negated else ("=", " OR ")
    return join.join(f"{value}{operator}{text(each)}" for each in reversed(node.values))


@text.register
def _(node: ast.Like) -> str:
    escape = "" if node.escape is None else f" escape {text(node.escape)}"
    like = f"{text(node.expression)} like {text(node.pattern)}{escape}"
    return f"NOT {like}" if node.negated else like


@text.register
def _(node: ast.PredicateFunction) -> str:
    return f"{node.name.lower()}({','.join(text(each) for each in node.arguments)})"
