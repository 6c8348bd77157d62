"""Regular expressions: REGEXP_LIKE where the server has it, else LIKE where that can tell."""

from __future__ import annotations

import copy
import re
from typing import Any

from django.db import NotSupportedError
from django.db.models import CharField, JSONField, TextField
from django.db.models.lookups import IRegex, Regex

from mssql.expressions.dispatch import SqlWithParams, tsql
from mssql.expressions.like_patterns import Untellable, like_patterns
from mssql.expressions.text import as_text

# Compares code points, so that neither case nor a language's order plays a part in a class.
_BINARY = "Latin1_General_100_BIN2"


@tsql(Regex)
def regex(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """
    REGEXP_LIKE, a predicate: SQL Server 2025 and Azure SQL at compatibility level 170.

    The collation plays no part in it: the flag says whether case counts. Its engine, RE2, knows no
    back references. https://learn.microsoft.com/sql/t-sql/functions/regexp-like-transact-sql
    """
    node = copy.copy(node)
    node.lhs = as_text(node.lhs)
    lhs, lhs_params = node.process_lhs(compiler, connection)
    rhs, rhs_params = node.process_rhs(compiler, connection)
    ignore_case = isinstance(node, IRegex)
    if connection.server.has_regexp_like:
        flag = "i" if ignore_case else "c"
        return f"REGEXP_LIKE({lhs}, {rhs}, '{flag}')", [*lhs_params, *rhs_params]
    patterns = _patterns(node, rhs_params, ignore_case, connection)
    field = getattr(node.lhs, "_output_field_or_none", None)
    if not isinstance(field, (CharField, JSONField, TextField)):
        lhs = f"CAST({lhs} AS nvarchar(max))"
    like = rf"{lhs} COLLATE {_BINARY} LIKE %s ESCAPE '\'"
    params = [param for pattern in patterns for param in (*lhs_params, pattern)]
    return f"({' OR '.join([like] * len(patterns))})", params


def _patterns(node: Any, params: Any, ignore_case: bool, connection: Any) -> list[str]:
    try:
        if not node.rhs_is_direct_value():
            raise Untellable("an expression instead of a pattern")
        (pattern,) = params
        return like_patterns(str(pattern), ignore_case)
    except (Untellable, re.error) as error:
        server = connection.server
        raise NotSupportedError(
            f"{server.product} at compatibility level {server.compatibility_level} has no regular "
            f"expressions, and LIKE cannot tell this one: {error}. They came with SQL Server 2025 "
            "and Azure SQL at level 170. Use contains, startswith or endswith, or filter in Python."
        ) from error
