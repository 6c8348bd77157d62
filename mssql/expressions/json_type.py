"""Columns of the type json: read as text, and written in the form that the type stores unchanged.

The type does not support comparisons, grouping, sorting or text functions; only CAST converts it to
text. Numbers with an exponent are converted to decimal(38, 10) over a float.
https://learn.microsoft.com/sql/t-sql/data-types/json-data-type
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Match

from django.db import DataError
from django.db.models import JSONField
from django.db.models.expressions import Col
from django.db.models.lookups import IsNull

from mssql.expressions.dispatch import Implementation
from mssql.expressions.interfaces import AnyField, Compiler, Connection, SqlWithParams
from mssql.tsql.limits import MAX_PRECISION

_STRING = r'"(?:[^"\\]|\\.)*"'
_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_TOKEN = re.compile(f"{_STRING}|({_NUMBER})")


def is_of_type_json(field: AnyField | None, connection: Connection) -> bool:
    """Return whether the field's column has the type json."""
    return isinstance(field, JSONField) and field.db_type(connection) == "json"


def as_text(sql: str) -> str:
    """Return the SQL that reads a column of the type json as text."""
    return f"CAST({sql} AS nvarchar(max))"


def column(node: Col, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render a column; one of the type json as its text, except in the definition of a table."""
    sql, params = node.as_sql(compiler, connection)
    if is_of_type_json(node.target, connection) and not compiler.is_definition:
        sql = as_text(sql)
    return sql, params


def is_null(node: IsNull, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render IS NULL, which does not require a column of the type json as text."""
    if isinstance(node.lhs, Col) and is_of_type_json(node.lhs.target, connection):
        sql, params = node.lhs.as_sql(compiler, connection)
        return f"{sql} IS {'' if node.rhs else 'NOT '}NULL", params
    return node.as_sql(compiler, connection)


def document(text: str, field: AnyField) -> str:
    """Return a document in the form that a column of the type json stores unchanged.

    Raises DataError unless it is an object or an array, or if the type would change a number in it.
    """
    if text.lstrip()[:1] not in ("{", "["):
        raise _data_error(
            field,
            "the type json stores only objects and arrays, no text, number, boolean or null "
            "(error 13609). Wrap the value in one of them, use None for NULL, or remove "
            "OPTIONS['native_json']",
        )
    return _TOKEN.sub(lambda token: _plain_number(token, field), text)


def canonical(value: object) -> str:
    """Return the text to which the type json converts a value."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return _TOKEN.sub(lambda token: _plain_number(token, None), text)


def _plain_number(token: Match[str], field: AnyField | None) -> str:
    """Return a number without an exponent, and other tokens unchanged."""
    number: str | None = token[1]
    if number is None:
        return str(token[0])
    if "e" in number.lower():
        number = format(Decimal(number), "f")
        if "." not in number:
            number += ".0"  # a float stays a float
    digits = number.lstrip("-").replace(".", "", 1)
    if len(digits[1:] if digits[0] == "0" else digits) > MAX_PRECISION:
        raise _data_error(field, f"the type json stores numbers of up to {MAX_PRECISION} digits")
    return number


def _data_error(field: AnyField | None, reason: str) -> DataError:
    is_of_model = field is not None and hasattr(field, "model")
    name = f"{field.model._meta.label}.{field.name}: " if field and is_of_model else ""
    return DataError(f"{name}{reason}.")


TSQL: dict[type, Implementation] = {Col: column, IsNull: is_null}
