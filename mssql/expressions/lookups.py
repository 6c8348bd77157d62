"""Lookups: lists of values, case-insensitive comparisons, text patterns over other types."""

from __future__ import annotations

import copy
from typing import Any, Iterable, Sequence

from django.core.exceptions import EmptyResultSet
from django.db import NotSupportedError
from django.db.models import CharField, JSONField, TextField
from django.db.models.expressions import Combinable, Expression, Func, Subquery, Value
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
from mssql.expressions import folded_lists
from mssql.expressions.binding import bound
from mssql.expressions.dispatch import Implementation
from mssql.expressions.folding import lists_are_folded, padded_length
from mssql.expressions.interfaces import AnyField, Compiler, Connection, Node, Params, SqlWithParams
from mssql.expressions.json_lookups import value_in
from mssql.expressions.output_fields import field_of
from mssql.expressions.text import as_text
from mssql.tsql.limits import MAX_PARAMETERS, MAX_PATTERN

# Every SQL Server has this collation; it supports supplementary characters.
_CASE_INSENSITIVE = "Latin1_General_100_CI_AS_SC"


def in_list(node: In, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render a list of values as parameters or, if they are too many, as one JSON array."""
    if not node.rhs_is_direct_value() or isinstance(node.lhs, (ColPairs, tuple, list)):
        return lookup(node, compiler, connection)
    field: AnyField | None = getattr(node.lhs, "output_field", None)
    if field is None:
        return lookup(node, compiler, connection)
    if isinstance(field, JSONField) and not compiler.is_definition:
        items = [item for item in node.rhs if item is not None]
        if not items:
            raise EmptyResultSet
        return value_in(node.lhs, items, compiler)
    if not _has_only_parameters(node):
        return lookup(node, compiler, connection)
    _, rhs_params = node.process_rhs(compiler, connection)
    values = list(filter(folded_lists.may_match, rhs_params))
    if not values:
        raise EmptyResultSet
    lhs, params = node.process_lhs(compiler, connection)
    if lists_are_folded() or len(values) > MAX_PARAMETERS:
        column = folded_lists.column(field, values, connection)
        if column is not None:
            table, json_params = folded_lists.table([column])
            return f"{lhs} IN (SELECT {column.read('[c0]')} FROM {table})", [*params, *json_params]
    values = bound(values, field, connection)
    padding = padded_length(len(values)) - len(values)
    marks = ", ".join(["%s"] * (len(values) + padding))
    return f"{lhs} IN ({marks})", [*params, *values, *[values[-1]] * padding]


def _has_only_parameters(node: In) -> bool:
    """Return whether Django renders each item of the list as one parameter."""
    if node.bilateral_transforms:
        return False
    return _are_parameters(node.rhs) and all(
        getattr(type(node), method) is getattr(In, method) for method in _RENDERING
    )


# Methods with which a subclass, such as an encrypted field's, adds SQL to the items.
_RENDERING = ("process_rhs", "batch_process_rhs", "resolve_expression_parameter")


def _are_parameters(items: Iterable[object]) -> bool:
    if not any(hasattr(cls, "resolve_expression") for cls in set(map(type, items))):
        return True
    return all(
        item.value is not None
        if isinstance(item, Value)
        else not hasattr(item, "resolve_expression")
        for item in items
    )


def lookup(node: Lookup[Any], compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render a lookup as Django does, with its values bound as the column on its left side."""
    sql, params = node.as_sql(compiler, connection)
    field = field_of(node.lhs)
    if field is None or not params or hasattr(node.rhs, "as_sql"):
        return sql, params
    if all(new is old for new, old in zip(bound(params, field, connection), params)):
        return sql, params
    first = len(node.process_lhs(compiler, connection)[1])
    return sql, [*params[:first], *bound(params[first:], field, connection)]


def tuple_in(
    node: TupleExact | TupleIn, compiler: Compiler, connection: Connection
) -> SqlWithParams:
    """Render a composite key equal to one or several: T-SQL does not compare tuples."""
    rhs = node.rhs.query if isinstance(node.rhs, Subquery) else node.rhs
    if isinstance(rhs, Query):
        rhs = rhs.clone()
        rhs.subquery = True
        subquery, params = compiler.compile(rhs)
        names = ", ".join(f"[c{number}]" for number, _ in enumerate(node.lhs))
        return _matches_row(node.lhs, f"{subquery} AS [other] ({names})", params, compiler)
    columns = _folded(node, connection) if lists_are_folded() else []
    if not columns:
        return lookup(node, compiler, connection)
    table, params = folded_lists.table(columns)
    return _matches_row(node.lhs, f"{table} AS [other]", params, compiler, columns)


def _matches_row(
    lhs: Iterable[Node],
    table: str,
    params: Params,
    compiler: Compiler,
    columns: Sequence[folded_lists.Column] = (),
) -> SqlWithParams:
    """Return the predicate that a row of the table equals the expressions."""
    conditions = []
    for number, expression in enumerate(lhs):
        sql, column_params = compiler.compile(expression)
        name = f"[other].[c{number}]"
        conditions.append(f"{columns[number].read(name) if columns else name} = {sql}")
        params = [*params, *column_params]
    return f"EXISTS (SELECT 1 FROM {table} WHERE {' AND '.join(conditions)})", params


def _folded(node: TupleExact | TupleIn, connection: Connection) -> list[folded_lists.Column]:
    """Return the columns of a list of tuples, or [] if JSON cannot represent all of them."""
    if not isinstance(node, TupleIn) or any(hasattr(v, "as_sql") for row in node.rhs for v in row):
        return []
    fields = [expression.output_field for expression in node.lhs]
    rows = [
        [field.get_db_prep_value(value, connection) for field, value in zip(fields, row)]
        for row in node.rhs
        if None not in row
    ]
    rows = [row for row in rows if all(map(folded_lists.may_match, row))]
    columns = [folded_lists.column(*pair, connection) for pair in zip(fields, zip(*rows))]
    return [column for column in columns if column] if None not in columns else []


def key_iexact(
    node: KeyTransformIExact, compiler: Compiler, connection: Connection
) -> SqlWithParams:
    """Render the case-insensitive equality of the value under a key; None is JSON's null."""
    if node.rhs is not None:
        return case_insensitive(node, compiler, connection)
    transform = KeyTransform(node.lhs.key_name, *node.lhs.get_source_expressions())
    return compiler.compile(KeyTransformExact(transform, None))


_CASE_INSENSITIVE_LOOKUPS = (IExact, IContains, IStartsWith, IEndsWith)


def case_insensitive(
    node: Lookup[Any], compiler: Compiler, connection: Connection
) -> SqlWithParams:
    """Render a case-insensitive comparison; under most collations every comparison is one.

    Without COLLATE it uses the index.
    """
    field = field_of(node.lhs)
    is_text = isinstance(field, (CharField, TextField))
    if is_text and _is_case_sensitive(node.lhs, field, connection):
        node = copy.copy(node)
        node.lhs = Collate(node.lhs, _CASE_INSENSITIVE)
        if isinstance(field_of(node.rhs), (CharField, TextField)):
            # It may have a COLLATE, too: error 468.
            node.rhs = Collate(node.rhs, _CASE_INSENSITIVE)
    return lookup(node, compiler, connection)


def uuid_text(
    node: PatternLookup | IExact[Any], compiler: Compiler, connection: Connection
) -> SqlWithParams:
    """Render a pattern over the text of a UUID, which has no dashes in a column of char(32).

    Django removes them from the pattern for either all columns of a database or none.
    """
    is_native = node.lhs.output_field.db_type(connection) == "uniqueidentifier"
    if node.rhs_is_direct_value():
        return compiler.compile(_over_text(node, is_native, connection))
    if is_native != connection.features.has_native_uuid_field:
        node = copy.copy(node)
        if is_native:
            node.lhs = _without_dashes(_uuid_as_text(node.lhs))
        else:
            node.rhs = _without_dashes(node.rhs)
    return pattern(node, compiler, connection)


def _over_text(node: Lookup[Any], is_native: bool, connection: Connection) -> Any:
    """Return the same lookup of texts, with the pattern in the form of the column's text."""
    text_lookup: Any = next(cls for cls in type(node).__mro__ if not issubclass(cls, UUIDTextMixin))
    text = str(node.rhs)
    if not is_native:
        return text_lookup(node.lhs, text.replace("-", ""))
    # With native UUIDs lookup_cast() converts every UUID.
    return text_lookup(node.lhs if connection.has_native_uuid else _uuid_as_text(node.lhs), text)


def _uuid_as_text(expression: Node) -> Expression:
    template = "CONVERT(nvarchar(36), %(expressions)s)"
    return Func(expression, template=template, output_field=CharField())


def pattern(
    node: PatternLookup | IExact[Any], compiler: Compiler, connection: Connection
) -> SqlWithParams:
    """Render a comparison of texts, with floats as texts that have all their digits."""
    node = copy.copy(node)
    node.lhs = as_text(node.lhs)
    if hasattr(node.rhs, "resolve_expression"):
        node.rhs = as_text(node.rhs)
    elif _is_too_long(node, connection):
        return _without_pattern(node, compiler, connection)
    if isinstance(node, _CASE_INSENSITIVE_LOOKUPS):
        return case_insensitive(node, compiler, connection)
    return lookup(node, compiler, connection)


def _is_too_long(node: Lookup[Any], connection: Connection) -> bool:
    """Return whether the pattern, with its wildcards and escapes, is too long for LIKE."""
    if not isinstance(node, PatternLookup) or node.bilateral_transforms:
        return False
    pattern = connection.ops.prep_for_like_query(node.rhs)
    return _bytes(f"%{pattern}%") > MAX_PATTERN


def _bytes(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass"))


def _without_pattern(
    node: Lookup[Any], compiler: Compiler, connection: Connection
) -> SqlWithParams:
    """Render a text lookup without LIKE, whose pattern would be too long."""
    is_sensitive = _is_case_sensitive(node.lhs, node.lhs.output_field, connection)
    if is_sensitive and isinstance(node, _CASE_INSENSITIVE_LOOKUPS):
        node.lhs = Collate(node.lhs, _CASE_INSENSITIVE)
    lhs, params = node.process_lhs(compiler, connection)
    collation = connection.settings_dict["OPTIONS"].get("collation")
    lhs = f"{lhs} COLLATE {collation}" if collation else lhs
    if isinstance(node, (Contains, IContains)):
        if _bytes(str(node.rhs)) > MAX_PATTERN:
            raise NotSupportedError(
                f"SQL Server searches for texts of at most {MAX_PATTERN} bytes "
                f"({MAX_PATTERN // 2} characters) in others; the text of {node.lookup_name} has "
                f"{_bytes(str(node.rhs))}. Use startswith or endswith, or filter in Python."
            )
        return f"CHARINDEX(%s, {lhs}) > 0", [str(node.rhs), *params]
    side = "LEFT" if isinstance(node, (StartsWith, IStartsWith)) else "RIGHT"
    # The collation decides which bytes are one character; LEN and = ignore trailing blanks.
    length = f"LEN(LEFT({lhs}, 0) + %s + N'|') - 1"
    text = str(node.rhs)
    sql = f"{side}({lhs}, {length}) + N'|' = %s"
    return sql, [*params, *params, text, f"{text}|"]


def _without_dashes(text: Combinable) -> Expression:
    return Replace(text, Value("-"), Value(""), output_field=CharField())


def _is_case_sensitive(lhs: Node, field: AnyField | None, connection: Connection) -> bool:
    collation = getattr(lhs, "collation", None) or getattr(field, "db_collation", None)
    if not collation:
        return connection.server.is_case_sensitive
    return "_CS_" in collation or "_BIN" in collation


def text_cast(lookup_type: str, internal_type: str | None, connection: Connection) -> str:
    """Return the template that converts a column of another type to text for LIKE."""
    if lookup_type not in _PATTERN_LOOKUPS:
        return "%s"
    if internal_type in ("DateField", "DateTimeField", "TimeField"):
        # 121: yyyy-mm-dd hh:mi:ss.nnnnnnn, as Django writes them.
        return "CONVERT(nvarchar(35), %s, 121)"
    if internal_type == "UUIDField" and connection.has_native_uuid:
        return "CONVERT(nvarchar(36), %s)"
    if lookup_type == "iexact" and internal_type in _NUMBERS:
        # Otherwise the text is converted to a number, or refused (error 245).
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


TSQL: dict[type, Implementation] = {
    In: in_list,
    Lookup: lookup,
    TupleExact: tuple_in,
    TupleIn: tuple_in,
    KeyTransformIExact: key_iexact,
    UUIDTextMixin: uuid_text,
    **dict.fromkeys((Contains, StartsWith, EndsWith, *_CASE_INSENSITIVE_LOOKUPS), pattern),
}
