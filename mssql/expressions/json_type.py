"""
Columns of the type json: read as text, and given what the type keeps unchanged.

The type cannot be compared, grouped, sorted or given to a function of texts, and becomes text only
by a CAST. Its numbers with an exponent go through a float to decimal(38, 10).
https://learn.microsoft.com/sql/t-sql/data-types/json-data-type
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from django.db import DataError
from django.db.models import JSONField
from django.db.models.expressions import Col
from django.db.models.lookups import IsNull

from mssql.expressions.dispatch import SqlWithParams, tsql
from mssql.tsql.limits import MAX_PRECISION

_STRING = r'"(?:[^"\\]|\\.)*"'
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_TOKEN = re.compile(f"{_STRING}|({_NUMBER})")


def is_of_type_json(field: Any, connection: Any) -> bool:
    """Tell whether the field's column is of the type json."""
    return isinstance(field, JSONField) and field.db_type(connection) == "json"


def as_text(sql: str) -> str:
    """Return what reads a column of the type json as text."""
    return f"CAST({sql} AS nvarchar(max))"


@tsql(Col)
def column(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """A column; one of the type json as its text, but for the definition of a table."""
    sql, params = node.as_sql(compiler, connection)
    if compiler.query.alias_cols and is_of_type_json(node.target, connection):
        sql = as_text(sql)
    return sql, params


@tsql(IsNull)
def is_null(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """Whether something is NULL, which a column of the type json says without being read."""
    if isinstance(node.lhs, Col) and is_of_type_json(node.lhs.target, connection):
        sql, params = node.lhs.as_sql(compiler, connection)
        return f"{sql} IS {'' if node.rhs else 'NOT '}NULL", params
    compiled: SqlWithParams = node.as_sql(compiler, connection)
    return compiled


def document(text: str, field: Any) -> str:
    """Return a document so that a column of the type json keeps it.

    Raises DataError if it is no object or array, or has a number that the type would change.
    """
    if text.lstrip()[:1] not in ("{", "["):
        raise _unfit(
            field,
            "the type json holds objects and arrays only, no text, number, boolean or null "
            "(error 13609). Put the value into one of them, use None for NULL, or leave "
            "OPTIONS['native_json'] out",
        )
    return _TOKEN.sub(lambda token: _kept(token, field), text)


def canonical(value: Any) -> str:
    """Return the text that the type json makes of a value."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return _TOKEN.sub(lambda token: _kept(token, None), text)


def _kept(token: Any, field: Any) -> str:
    number = token[1]
    if number is None:
        return str(token[0])
    if "e" in number.lower():
        number = format(Decimal(number), "f")
        if "." not in number:
            number += ".0"  # a float stays one
    digits = number.lstrip("-").replace(".", "", 1)
    if len(digits[1:] if digits[0] == "0" else digits) > MAX_PRECISION:
        raise _unfit(field, f"the type json holds numbers of up to {MAX_PRECISION} digits")
    return str(number)


def _unfit(field: Any, reason: str) -> DataError:
    name = f"{field.model._meta.label}.{field.name}: " if hasattr(field, "model") else ""
    return DataError(f"{name}{reason}.")
