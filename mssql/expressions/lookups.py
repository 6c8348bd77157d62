"""Lookups: lists of values, comparisons without case, text patterns over other types."""

from __future__ import annotations

import copy
from typing import Any, Sequence

from django.core.exceptions import EmptyResultSet
from django.db import NotSupportedError
from django.db.models import CharField, JSONField, TextField
from django.db.models.expressions import Func, Subquery, Value
from django.db.models.fields.json import KeyTransform, KeyTransformExact, KeyTransformIExact
from django.db.models.functions import Collate, Replace
from django.db.models.lookups import (
    Contains,
    EndsWith,
    IContains,
    IEndsWith,
    IExact,
    In,
    IStartsWith,
    Lookup,
    PatternLookup,
    StartsWith,
    UUIDTextMixin,
)
from django.db.models.sql.query import Query

from mssql.compat import ColPairs, TupleExact, TupleIn
from mssql.expressions import folded_lists as lists
from mssql.expressions.binding import bound
from mssql.expressions.dispatch import SqlWithParams, field_of, tsql
from mssql.expressions.folding import lists_are_folded, padded_length
from mssql.expressions.json_lookups import value_in
from mssql.expressions.text import as_text
from mssql.tsql.limits import MAX_PARAMETERS, MAX_PATTERN

# Any collation without case; this one is in every SQL Server and knows supplementary characters.
_WITHOUT_CASE = "Latin1_General_100_CI_AS_SC"


@tsql(In)
def in_list(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """A list of values as parameters or, where they are too many, as one JSON array."""
    if not node.rhs_is_direct_value() or isinstance(node.lhs, (ColPairs, tuple, list)):
        return _as_django_writes_it(node, compiler, connection)
    field = getattr(node.lhs, "output_field", None)
    if field is None:
        return _as_django_writes_it(node, compiler, connection)
    if isinstance(field, JSONField) and compiler.query.alias_cols:
        items = [item for item in node.rhs if item is not None]
        if not items:
            raise EmptyResultSet
        return value_in(node.lhs, items, compiler)
    marks, values = node.process_rhs(compiler, connection)
    if marks != f"({', '.join(['%s'] * len(values))})":
        return _as_django_writes_it(node, compiler, connection)
    values = list(filter(lists.may_match, values))
    if not values:
        raise EmptyResultSet
    lhs, params = node.process_lhs(compiler, connection)
    if lists_are_folded() or len(values) > MAX_PARAMETERS:
        column = lists.column(field, values, connection)
        if column is not None:
            table, json_params = lists.table([column])
            return f"{lhs} IN (SELECT {column.read('[c0]')} FROM {table})", [*params, *json_params]
    values = bound(values, field, connection)
    padding = padded_length(len(values)) - len(values)
    marks = ", ".join(["%s"] * (len(values) + padding))
    return f"{lhs} IN ({marks})", [*params, *values, *[values[-1]] * padding]


@tsql(Lookup)
def _as_django_writes_it(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """The lookup as Django writes it, its values bound as the column that it looks at."""
    sql, params = node.as_sql(compiler, connection)
    field = getattr(node.lhs, "_output_field_or_none", None)
    if field is None or not params or hasattr(node.rhs, "as_sql"):
        return sql, params
    if all(new is old for new, old in zip(bound(params, field, connection), params)):
        return sql, params
    first = len(node.process_lhs(compiler, connection)[1])
    return sql, [*params[:first], *bound(params[first:], field, connection)]


def tuple_in(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """A composite key among, or equal to, several: T-SQL compares no tuples."""
    rhs = node.rhs.query if isinstance(node.rhs, Subquery) else node.rhs
    if isinstance(rhs, Query):
        rhs = rhs.clone()
        rhs.subquery = True
        subquery, params = compiler.compile(rhs)
        names = ", ".join(f"[c{number}]" for number, _ in enumerate(node.lhs))
        return _matches_row(node.lhs, f"{subquery} AS [other] ({names})", params, compiler)
    columns = _folded(node, connection) if lists_are_folded() else []
    if not columns:
        return _as_django_writes_it(node, compiler, connection)
    table, params = lists.table(columns)
    return _matches_row(node.lhs, f"{table} AS [other]", params, compiler, columns)


def _matches_row(
    lhs: Any, table: str, params: Any, compiler: Any, columns: Sequence[lists.Column] = ()
) -> SqlWithParams:
    conditions = []
    for number, expression in enumerate(lhs):
        sql, column_params = compiler.compile(expression)
        name = f"[other].[c{number}]"
        conditions.append(f"{columns[number].read(name) if columns else name} = {sql}")
        params = [*params, *column_params]
    return f"EXISTS (SELECT 1 FROM {table} WHERE {' AND '.join(conditions)})", params


def _folded(node: Any, connection: Any) -> list[lists.Column]:
    """Return the columns of a list of tuples; none where JSON cannot carry all of them."""
    if not isinstance(node, TupleIn) or any(hasattr(v, "as_sql") for row in node.rhs for v in row):
        return []
    fields = [expression.output_field for expression in node.lhs]
    rows = [
        [field.get_db_prep_value(value, connection) for field, value in zip(fields, row)]
        for row in node.rhs
        if None not in row
    ]
    rows = [row for row in rows if all(map(lists.may_match, row))]
    columns = [lists.column(*pair, connection) for pair in zip(fields, zip(*rows))]
    return [column for column in columns if column] if None not in columns else []


if TupleIn is not None:
    tsql(TupleExact, TupleIn)(tuple_in)


@tsql(KeyTransformIExact)
def key_iexact(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """Equality without case of the value under a key; None is JSON's null."""
    if node.rhs is not None:
        return without_case(node, compiler, connection)
    transform = KeyTransform(node.lhs.key_name, *node.lhs.get_source_expressions())
    sql: SqlWithParams = compiler.compile(KeyTransformExact(transform, None))
    return sql


_WITHOUT_CASE_LOOKUPS = (IExact, IContains, IStartsWith, IEndsWith)


def without_case(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """A comparison without case; the usual collations ignore it anyway, and use the index."""
    field = field_of(node.lhs)
    if isinstance(field, (CharField, TextField)) and _tells_case(node.lhs, field, connection):
        node = copy.copy(node)
        node.lhs = Collate(node.lhs, _WITHOUT_CASE)
        if isinstance(field_of(node.rhs), (CharField, TextField)):
            node.rhs = Collate(node.rhs, _WITHOUT_CASE)  # it may have a COLLATE, too: error 468
    return _as_django_writes_it(node, compiler, connection)


@tsql(UUIDTextMixin)
def uuid_text(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """A pattern over the text of a UUID, which has no dashes in a column of char(32).

    Django takes them out of the pattern, or not, for all columns of a database alike.
    """
    is_native = node.lhs.output_field.db_type(connection) == "uniqueidentifier"
    if node.rhs_is_direct_value():
        sql: SqlWithParams = compiler.compile(_over_text(node, is_native, connection))
        return sql
    if is_native != connection.features.has_native_uuid_field:
        node = copy.copy(node)
        if is_native:
            node.lhs = _without_dashes(_uuid_as_text(node.lhs))
        else:
            node.rhs = _without_dashes(node.rhs)
    return pattern(node, compiler, connection)


def _over_text(node: Any, is_native: bool, connection: Any) -> Any:
    """Return the lookup of text that is meant, with the pattern as the column has its text."""
    lookup: Any = next(cls for cls in type(node).__mro__ if not issubclass(cls, UUIDTextMixin))
    text = str(node.rhs)
    if not is_native:
        return lookup(node.lhs, text.replace("-", ""))
    casts = connection.has_native_uuid  # as lookup_cast() does for every UUID then
    return lookup(node.lhs if casts else _uuid_as_text(node.lhs), text)


def _uuid_as_text(expression: Any) -> Any:
    template = "CONVERT(nvarchar(36), %(expressions)s)"
    return Func(expression, template=template, output_field=CharField())


@tsql(Contains, StartsWith, EndsWith, *_WITHOUT_CASE_LOOKUPS)
def pattern(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """A comparison of texts, with floats as texts that have all their digits."""
    node = copy.copy(node)
    node.lhs = as_text(node.lhs)
    if hasattr(node.rhs, "resolve_expression"):
        node.rhs = as_text(node.rhs)
    elif _is_too_long(node, connection):
        return _without_pattern(node, compiler, connection)
    if isinstance(node, _WITHOUT_CASE_LOOKUPS):
        return without_case(node, compiler, connection)
    return _as_django_writes_it(node, compiler, connection)


def _is_too_long(node: Any, connection: Any) -> bool:
    """Tell whether the pattern for LIKE, with its wildcards and escapes, is too long for it."""
    if not isinstance(node, PatternLookup) or node.bilateral_transforms:
        return False
    pattern = connection.ops.prep_for_like_query(node.rhs)
    return _bytes(f"%{pattern}%") > MAX_PATTERN


def _bytes(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass"))


def _without_pattern(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """Return a text lookup that does without LIKE, whose pattern would be too long."""
    if _tells_case(node.lhs, node.lhs.output_field, connection) and isinstance(
        node, _WITHOUT_CASE_LOOKUPS
    ):
        node.lhs = Collate(node.lhs, _WITHOUT_CASE)
    lhs, params = node.process_lhs(compiler, connection)
    collation = connection.settings_dict["OPTIONS"].get("collation")
    lhs = f"{lhs} COLLATE {collation}" if collation else lhs
    if isinstance(node, (Contains, IContains)):
        if _bytes(str(node.rhs)) > MAX_PATTERN:
            raise NotSupportedError(
                f"SQL Server looks for texts of at most {MAX_PATTERN} bytes ({MAX_PATTERN // 2} "
                f"characters) within others; {node.lookup_name} was given "
                f"{_bytes(str(node.rhs))}. Use startswith or endswith, or filter in Python."
            )
        return f"CHARINDEX(%s, {lhs}) > 0", [str(node.rhs), *params]
    side = "LEFT" if isinstance(node, (StartsWith, IStartsWith)) else "RIGHT"
    # The collation decides what is one character; LEN and = leave trailing blanks out.
    length = f"LEN(LEFT({lhs}, 0) + %s + N'|') - 1"
    text = str(node.rhs)
    sql = f"{side}({lhs}, {length}) + N'|' = %s"
    return sql, [*params, *params, text, f"{text}|"]


def _without_dashes(text: Any) -> Any:
    return Replace(text, Value("-"), Value(""), output_field=CharField())


def _tells_case(lhs: Any, field: Any, connection: Any) -> bool:
    own = getattr(lhs, "collation", None)
    collation = own or getattr(field, "db_collation", None)
    if not collation:
        return bool(connection.server.is_case_sensitive)
    return "_CS_" in collation or "_BIN" in collation


def text_cast(lookup_type: str, internal_type: str | None, connection: Any) -> str:
    """Return the template with which a column of another type becomes a text for LIKE."""
    if lookup_type not in _PATTERN_LOOKUPS:
        return "%s"
    if internal_type in ("DateField", "DateTimeField", "TimeField"):
        # 121: yyyy-mm-dd hh:mi:ss.nnnnnnn, as Django writes them.
        return "CONVERT(nvarchar(35), %s, 121)"
    if internal_type == "UUIDField" and connection.has_native_uuid:
        return "CONVERT(nvarchar(36), %s)"
    if lookup_type == "iexact" and internal_type in _NUMBERS:
        # Else the text would become a number, or not (error 245).
        return "CAST(%s AS nvarchar(40))"
    return "%s"


_NUMBERS = frozenset(
    (
        *("AutoField", "BigAutoField", "SmallAutoField", "BooleanField", "NullBooleanField"),
        *("IntegerField", "BigIntegerField", "SmallIntegerField", "DurationField"),
        *("PositiveIntegerField", "PositiveBigIntegerField", "PositiveSmallIntegerField"),
        *("DecimalField", "FloatField"),
    )
)


_PATTERN_LOOKUPS = frozenset(
    ("contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "iexact")
)
