"""CASE, GREATEST and LEAST, and ORDER BY."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models.expressions import Case, Expression, OrderBy, RawSQL, Ref, Value
from django.db.models.fields import BinaryField, CharField, TextField
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Coalesce, Greatest, Least

from mssql.compat import ColPairs, FullResultSet
from mssql.expressions.dispatch import SqlWithParams, field_of, fill_compiled, has_length, tsql
from mssql.expressions.hoisting import walk


@tsql(Case)
def case(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """CASE, which wants a type where every result is NULL (8133), as COUNT(NULL) does (8117)."""
    results = [when.result for when in node.cases] + [node.default]
    if node.cases and all(_is_null(result, compiler) for result in results):
        node = node.copy()
        node.default = TypedNull(node._output_field_or_none)
    sql, params = node.as_sql(compiler, connection)
    if sql == "NULL":  # no condition can be met
        return compiler.compile(TypedNull(node._output_field_or_none))  # type: ignore[no-any-return]
    return sql, params


@tsql(Coalesce)
def coalesce(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """COALESCE, which is refused where every argument is NULL (error 4127)."""
    if all(_is_null(source, compiler) for source in node.get_source_expressions()):
        node = TypedNull(node._output_field_or_none)
    sql: SqlWithParams = node.as_sql(compiler, connection)
    return sql


def _is_null(expression: Any, compiler: Any) -> bool:
    """Tell whether the expression is a value that its field prepares as NULL."""
    return isinstance(expression, Value) and compiler.compile(expression)[0] == "NULL"


class TypedNull(Expression):
    """NULL of a field's type (of int where no field is known)."""

    _output_field_or_none: Any

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        field = self._output_field_or_none
        sql_type = field.cast_db_type(connection) if field else "int"
        return (f"CAST(NULL AS {sql_type})" if sql_type else "NULL"), []


_EXTREMES = {Greatest: ("GREATEST", ">="), Least: ("LEAST", "<=")}


@tsql(Greatest, Least)
def extreme(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """
    GREATEST and LEAST, which skip NULLs; otherwise each value is compared with the others.

    They came with 2022 and take no large values above 8,000 bytes.
    https://learn.microsoft.com/sql/t-sql/functions/logical-functions-greatest-transact-sql
    """
    function, operator = next(_EXTREMES[cls] for cls in type(node).__mro__ if cls in _EXTREMES)
    sources = node.get_source_expressions()
    compiled = [compiler.compile(source) for source in sources]
    places = [f"{{{number}}}" for number, _ in enumerate(compiled)]
    if connection.server.has_greatest_least and not any(map(_may_be_large, sources)):
        return fill_compiled(f"{function}({', '.join(places)})", *compiled)
    whens = []
    for one in places:
        beats = [f"({other} IS NULL OR {one} {operator} {other})" for other in places]
        beats = [condition for condition, other in zip(beats, places) if other != one]
        whens.append(f"WHEN {' AND '.join([f'{one} IS NOT NULL', *beats])} THEN {one}")
    return fill_compiled(f"CASE {' '.join(whens)} END", *compiled)


def _may_be_large(source: Any) -> bool:
    if isinstance(source, Value) and isinstance(source.value, str):
        return len(source.value) > 2000  # 8,000 bytes even if each character has four
    return isinstance(field_of(source), (BinaryField, CharField, TextField)) and not has_length(
        source
    )


@tsql(OrderBy)
def order_by(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """An item of ORDER BY; NULLs come first in SQL Server, last when descending."""
    if isinstance(node.expression, ColPairs):
        sql: SqlWithParams = node.as_sql(compiler, connection)
        return sql
    node = node.copy()
    is_reference = isinstance(node.expression, Ref)
    source: Any = node.expression.source if is_reference else node.expression
    by_json = sorts_as_json(source) and not (is_reference and compiler.query.distinct)
    if by_json and is_reference:
        # A position: what it stands for decides how it sorts. Of a union only names are known.
        node.expression = Ref(node.expression.refs, source) if compiler.query.combinator else source
    template = node.template
    if node.nulls_last and not node.descending:
        template = f"CASE WHEN %(expression)s IS NULL THEN 1 ELSE 0 END, {template}"
    elif node.nulls_first and node.descending:
        template = f"CASE WHEN %(expression)s IS NULL THEN 0 ELSE 1 END, {template}"
    if by_json:
        # JSON is text: 10 would come before 9.
        template = f"TRY_CAST(%(expression)s AS float) %(ordering)s, {template}"
    if isinstance(node.expression, RawSQL) and node.expression.sql.isdigit():
        # A position, which Django before 4.2 puts in brackets: to T-SQL that is a constant.
        template = template.replace("%(expression)s", _position(node.expression.sql, compiler))
    if is_constant(node.expression) and not is_reference:
        # ORDER BY takes neither constants (error 408) nor variables (1008), but a subquery. What is
        # one value in one part of a union may be another in the next.
        template = template.replace("%(expression)s", "(SELECT %(expression)s)")
    node.nulls_first = node.nulls_last = None
    ordered: SqlWithParams = node.as_sql(compiler, connection, template=template)
    return ordered


def _position(position: str, compiler: Any) -> str:
    """Return what sorts by a column by its position: its name, in the derived table of a union."""
    if not compiler.query.combinator:
        return position
    return str(compiler.connection.ops.quote_name(f"c{position}"))


def sorts_as_json(expression: Any) -> bool:
    """Tell whether the expression is a value out of a JSONField, whose numbers sort as numbers."""
    return isinstance(expression, KeyTransform) and not isinstance(expression, KeyTextTransform)


def decided(expression: Any, compiler: Any) -> Any:
    """Return the result of a CASE where that is known without looking at a row."""
    if not isinstance(expression, Case):
        return expression
    for when in expression.cases:
        try:
            compiler.compile(when)
        except EmptyResultSet:
            continue
        except FullResultSet:
            return when.result
        return expression
    return expression.default


def is_constant(expression: Any) -> bool:
    """Tell whether the expression is made of values alone."""
    leaves = [part for part in walk(expression) if not _sources(part)]
    return bool(leaves) and all(isinstance(leaf, Value) for leaf in leaves)


def _sources(part: Any) -> Any:
    return part.get_source_expressions() if hasattr(part, "get_source_expressions") else ()
