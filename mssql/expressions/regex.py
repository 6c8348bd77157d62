"""Regular expressions: REGEXP_LIKE if the server has it, otherwise LIKE if it can express them."""

from __future__ import annotations

import copy
import re

from django.db import NotSupportedError
from django.db.models import CharField, JSONField, TextField
from django.db.models.lookups import IRegex, Regex

from mssql.expressions.dispatch import Implementation
from mssql.expressions.interfaces import Compiler, Connection, Params, SqlWithParams
from mssql.expressions.like_patterns import NoLikePattern, like_patterns
from mssql.expressions.output_fields import field_of
from mssql.expressions.regex_tree import ParserUnavailable
from mssql.expressions.text import as_text

# It compares code points: classes are independent of case and of the order in a language.
_BINARY = "Latin1_General_100_BIN2"


def regex(node: Regex, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Render REGEXP_LIKE, a predicate of SQL Server 2025 and of Azure SQL at level 170.

    It is independent of the collation: a flag decides on case. Its engine, RE2, does not support
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
    if not isinstance(field_of(node.lhs), (CharField, JSONField, TextField)):
        lhs = f"CAST({lhs} AS nvarchar(max))"
    like = rf"{lhs} COLLATE {_BINARY} LIKE %s ESCAPE '\'"
    params = [param for pattern in patterns for param in (*lhs_params, pattern)]
    return f"({' OR '.join([like] * len(patterns))})", params


def _patterns(node: Regex, params: Params, ignore_case: bool, connection: Connection) -> list[str]:
    try:
        if not node.rhs_is_direct_value():
            raise NoLikePattern("an expression instead of a pattern")
        (pattern,) = params
        return like_patterns(str(pattern), ignore_case)
    except (NoLikePattern, ParserUnavailable, re.error) as error:
        server = connection.server
        raise NotSupportedError(
            f"{server.product} at compatibility level {server.compatibility_level} has no regular "
            f"expressions, and LIKE cannot express this one: {error}. They were added in SQL "
            "Server 2025 and in Azure SQL at level 170. Use contains, startswith or endswith, or "
            "filter in Python."
        ) from error


TSQL: dict[type, Implementation] = {Regex: regex}
