"""CASE, COALESCE, GREATEST and LEAST."""

from __future__ import annotations

from django.core.exceptions import EmptyResultSet
from django.db.models.expressions import Case, Expression, Value
from django.db.models.fields import BinaryField, CharField, TextField
from django.db.models.functions import Coalesce, Greatest, Least

from mssql.compat import FullResultSet
from mssql.expressions.dispatch import Implementation, entry_for
from mssql.expressions.interfaces import Compiler, Connection, Node, Params, SqlWithParams
from mssql.expressions.nulls import TypedNull, is_untyped_null
from mssql.expressions.output_fields import field_of, has_length
from mssql.expressions.templates import fill_compiled


def case(node: Case, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render CASE, which requires a type if every result is NULL (8133), as COUNT does (8117)."""
    is_default_null = is_untyped_null(node.default, compiler)
    nulls = (is_untyped_null(when.result, compiler) for when in node.cases)
    if not is_default_null and not any(nulls):
        return node.as_sql(compiler, connection)
    node = node.copy()
    null = TypedNull(field_of(node))
    if is_default_null and all(nulls):
        node.default = null
    node.cases, node.default = _branches(node, compiler)
    if node.cases:
        return node.as_sql(compiler, connection)
    return compiler.compile(null if is_untyped_null(node.default, compiler) else node.default)


def _branches(node: Case, compiler: Compiler) -> tuple[list[Compiled], Expression]:
    """Return the branches of a CASE whose conditions depend on the row, compiled, and the rest."""
    cases: list[Compiled] = []
    for when in node.cases:
        try:
            cases.append(Compiled(*compiler.compile(when)))
        except EmptyResultSet:
            continue
        except FullResultSet:
            return cases, when.result
    return cases, node.default


class Compiled(Expression):
    """An expression that has been compiled before."""

    def __init__(self, sql: str, params: Params) -> None:
        super().__init__()
        self.sql, self.params = sql, params

    def as_sql(  # type: ignore[override]
        self, compiler: Compiler, connection: Connection
    ) -> SqlWithParams:
        return self.sql, self.params


def decided(expression: Node, compiler: Compiler) -> Node:
    """Return the result of a CASE if it is the same for every row, otherwise the expression."""
    if not isinstance(expression, Case):
        return expression
    for when in expression.cases:
        try:
            compiler.compile(when)
        except EmptyResultSet:
            continue
        except FullResultSet:
            return when.result  # type: ignore[no-any-return]
        return expression
    return expression.default  # type: ignore[no-any-return]


def coalesce(node: Coalesce, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render COALESCE, which is refused if every argument is NULL (error 4127)."""
    if all(is_untyped_null(source, compiler) for source in node.get_source_expressions()):
        return TypedNull(field_of(node)).as_sql(compiler, connection)
    return node.as_sql(compiler, connection)


_EXTREMES = {Greatest: ("GREATEST", ">="), Least: ("LEAST", "<=")}


def extreme(node: Greatest | Least, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render GREATEST or LEAST, which skip NULLs; before 2022 by comparing each with the others.

    They do not support large values of more than 8,000 bytes.
    https://learn.microsoft.com/sql/t-sql/functions/logical-functions-greatest-transact-sql
    """
    function, operator = entry_for(node, _EXTREMES)
    sources = node.get_source_expressions()
    operands = [compiler.compile(source) for source in sources]
    slots = [f"{{{number}}}" for number, _ in enumerate(operands)]
    if connection.server.has_greatest_least and not any(map(_may_be_large, sources)):
        return fill_compiled(f"{function}({', '.join(slots)})", *operands)
    whens = []
    for one in slots:
        wins = [f"({other} IS NULL OR {one} {operator} {other})" for other in slots if other != one]
        whens.append(f"WHEN {' AND '.join([f'{one} IS NOT NULL', *wins])} THEN {one}")
    return fill_compiled(f"CASE {' '.join(whens)} END", *operands)


def _may_be_large(source: Node) -> bool:
    if isinstance(source, Value) and isinstance(source.value, str):
        return len(source.value) > 2000  # 8,000 bytes even if each character has four
    is_sized = isinstance(field_of(source), (BinaryField, CharField, TextField))
    return is_sized and not has_length(source)


TSQL: dict[type, Implementation] = {
    Case: case,
    Coalesce: coalesce,
    Greatest: extreme,
    Least: extreme,
}
