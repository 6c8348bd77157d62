"""The limit on parameters, counted over the whole statement.

A statement whose lists of values exceed the limit is compiled a second time. Then each list is one
parameter: a JSON array that OPENJSON reads. This is done only if necessary, since the optimizer
estimates 50 rows for any OPENJSON, but looks at scalar parameters.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Callable, Sequence

from django.db import NotSupportedError

from mssql.expressions.interfaces import SqlWithParams
from mssql.tsql.limits import MAX_PARAMETERS

# Whether lists of values are folded in the current statement; None outside a statement.
_folding: ContextVar[bool | None]
_folding = ContextVar("mssql_lists_are_folded", default=None)


def lists_are_folded() -> bool:
    """Return whether each list of values must be one JSON parameter."""
    return bool(_folding.get())


def within_limit(compile_statement: Callable[[], SqlWithParams]) -> SqlWithParams:
    """Compile a statement with its subqueries so that it does not exceed SQL Server's limit.

    Raises NotSupportedError if it has too many parameters even with every list folded.
    """
    if _folding.get() is not None:
        return compile_statement()  # a subquery: the outer statement counts
    token = _folding.set(False)
    try:
        sql, params = compile_statement()
        if len(params) > MAX_PARAMETERS:
            _folding.set(True)
            sql, params = compile_statement()
    finally:
        _folding.reset(token)
    check(params)
    return sql, params


def check(params: Sequence[object]) -> None:
    """Raise NotSupportedError if there are more parameters than SQL Server accepts."""
    if len(params) > MAX_PARAMETERS:
        raise NotSupportedError(
            f"The statement has {len(params)} parameters; SQL Server accepts at most "
            f"{MAX_PARAMETERS}. Split the query, or filter by a subquery."
        )


def padded_length(length: int) -> int:
    """Return the number of parameters for a list, which its last value fills up.

    Longer lists of nearly the same length then share one statement and one cached plan. The steps
    are those of EF Core 10,
    https://learn.microsoft.com/ef/core/what-is-new/ef-core-10.0/whatsnew
    """
    for limit, step in ((10, 1), (150, 10), (750, 50), (2000, 100)):
        if length <= limit:
            return -(-length // step) * step
    return length
