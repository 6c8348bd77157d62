"""Regular expressions."""

from __future__ import annotations

from typing import Any

from django.db import NotSupportedError
from django.db.models.lookups import IRegex, Regex

from .dispatch import SqlWithParams, tsql


@tsql(Regex)
def regex(node: Any, compiler: Any, connection: Any) -> SqlWithParams:
    """
    REGEXP_LIKE, a predicate: SQL Server 2025 and Azure SQL at compatibility level 170.

    The collation plays no part in it: the flag says whether case counts. Its engine, RE2, knows no
    back references. https://learn.microsoft.com/sql/t-sql/functions/regexp-like-transact-sql
    """
    if not connection.server.has_regexp_like:
        raise NotSupportedError(
            f"{connection.server.product} at compatibility level "
            f"{connection.server.compatibility_level} has no regular expressions: they came with "
            "SQL Server 2025 and Azure SQL at level 170. Use contains, startswith or endswith, or "
            "filter in Python."
        )
    lhs, lhs_params = node.process_lhs(compiler, connection)
    rhs, rhs_params = node.process_rhs(compiler, connection)
    flag = "i" if isinstance(node, IRegex) else "c"
    return f"REGEXP_LIKE({lhs}, {rhs}, '{flag}')", [*lhs_params, *rhs_params]
