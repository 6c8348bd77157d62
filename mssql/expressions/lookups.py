"""Lookups: lists of values, comparisons without case, text patterns over other types."""

from __future__ import annotations

import copy
import json
from typing import Any

from django.db.models import CharField, TextField
from django.db.models.expressions import Subquery
from django.db.models.functions import Collate
from django.db.models.lookups import IContains, IEndsWith, IExact, In, IStartsWith
from django.db.models.sql.query import Query

from ..compat import ColPairs, TupleExact, TupleIn
from ..compiler.parameters import MAX_PARAMETERS, lists_are_folded, padded_length
from .dispatch import SqlWithParams, tsql

# Any collation without case; this one is in every SQL Server and knows supplementary characters.
_WITHOUT_CASE = "Latin1_General_100_CI_AS_SC"

_UNFOLDABLE = ("varbinary", "image", "xml", "geo", "json", "vector")


@tsql(In)
def in_list(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """A list of values as parameters or, where they are too many, as one JSON array."""
    if not node.rhs_is_direct_value() or isinstance(node.lhs, (ColPairs, tuple, list)):
        return _as_django_writes_it(node, compiler, connection)
    field = getattr(node.lhs, "output_field", None)
    if field is None:
        return _as_django_writes_it(node, compiler, connection)
    marks, values = node.process_rhs(compiler, connection)
    count = len(values)
    if marks != f"({', '.join(['%s'] * count)})":
        return _as_django_writes_it(node, compiler, connection)
    lhs, params = node.process_lhs(compiler, connection)
    if lists_are_folded() or count > MAX_PARAMETERS:
        db_type = _json_type(field.cast_db_type(connection), values)
        if db_type:
            rows = f"(SELECT [value] FROM OPENJSON(%s) WITH ([value] {db_type} '$'))"
            return f"{lhs} IN {rows}", [*params, json.dumps(values, default=str)]
    padding = padded_length(count) - count
    marks = ", ".join(["%s"] * (count + padding))
    return f"{lhs} IN ({marks})", [*params, *values, *[values[-1]] * padding]


def _as_django_writes_it(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    sql: SqlWithParams = node.as_sql(compiler, connection)
    return sql


def tuple_in_subquery(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """A composite key among, or equal to, the rows of a subquery: T-SQL compares no tuples."""
    rhs = node.rhs.query if isinstance(node.rhs, Subquery) else node.rhs
    if not isinstance(rhs, Query):
        return _as_django_writes_it(node, compiler, connection)
    rhs = rhs.clone()
    rhs.subquery = True
    subquery, params = compiler.compile(rhs)
    columns, conditions = [], []
    for number, column in enumerate(node.lhs):
        sql, column_params = compiler.compile(column)
        columns.append(f"[c{number}]")
        conditions.append(f"[other].[c{number}] = {sql}")
        params = [*params, *column_params]
    table = f"{subquery} AS [other] ({', '.join(columns)})"
    return f"EXISTS (SELECT 1 FROM {table} WHERE {' AND '.join(conditions)})", params


if TupleIn is not None:
    tsql(TupleExact, TupleIn)(tuple_in_subquery)


def _json_type(db_type: str | None, values: Any) -> str | None:
    """Return the type in which OPENJSON gives the values back; None where it cannot."""
    if db_type is None or db_type.startswith(_UNFOLDABLE):
        return None
    if db_type.startswith("nvarchar"):
        # A longer value than the column's matches nothing, but must not be cut to match.
        longest = max(len(str(value)) for value in values)
        return "nvarchar(4000)" if longest <= 2000 else "nvarchar(max)"
    return db_type


@tsql(IExact, IContains, IStartsWith, IEndsWith)
def without_case(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """A comparison without case; the usual collations do it of themselves, and use the index."""
    field = getattr(node.lhs, "_output_field_or_none", None)
    if isinstance(field, (CharField, TextField)) and _tells_case(node.lhs, field, connection):
        node = copy.copy(node)
        node.lhs = Collate(node.lhs, _WITHOUT_CASE)
    return _as_django_writes_it(node, compiler, connection)


def _tells_case(lhs: Any, field: Any, connection: Any) -> bool:
    own = getattr(lhs, "collation", None)
    collation = own or getattr(field, "db_collation", None)
    if not collation:
        return bool(connection.server.is_case_sensitive)
    return "_CS_" in collation or "_BIN" in collation


def text_cast(lookup_type: str, internal_type: str | None) -> str:
    """Return the template with which a column of another type becomes a text for LIKE."""
    if lookup_type not in _PATTERN_LOOKUPS:
        return "%s"
    if internal_type in ("DateField", "DateTimeField", "TimeField"):
        # 121: yyyy-mm-dd hh:mi:ss.nnnnnnn, as Django writes them.
        return "CONVERT(nvarchar(35), %s, 121)"
    return "%s"


_PATTERN_LOOKUPS = frozenset(
    ("contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "iexact")
)
