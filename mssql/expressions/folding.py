"""
The limit on parameters, counted over the whole statement.

A statement whose lists of values take it over the limit is compiled once more, and then each list
goes as one parameter: a JSON array that OPENJSON reads. That happens only where it must, since the
optimizer estimates an OPENJSON at 50 rows whatever is in it, but looks at scalar parameters.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, Callable

from django.db import NotSupportedError

from mssql.expressions.dispatch import SqlWithParams
from mssql.tsql.limits import MAX_PARAMETERS

# Whether lists of values are folded in the statement being compiled; None outside of any.
_folding: ContextVar[bool | None]
_folding = ContextVar("mssql_lists_are_folded", default=None)


def lists_are_folded() -> bool:
    """Tell whether lists of values must go as one JSON parameter each."""
    return bool(_folding.get())


def within_limit(compile_statement: Callable[[], SqlWithParams]) -> SqlWithParams:
    """
    Compile a statement with its subqueries so that its parameters are within SQL Server's limit.

    Raises NotSupportedError where they are not even with every list folded.
    """
    if _folding.get() is not None:
        return compile_statement()  # a subquery: the statement around it counts
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


def check(params: Any) -> None:
    """Raise NotSupportedError for more parameters than SQL Server takes."""
    if len(params) > MAX_PARAMETERS:
        raise NotSupportedError(
            f"The statement has {len(params)} parameters; SQL Server takes at most "
            f"{MAX_PARAMETERS}. Split the query, or filter by a subquery."
        )


def padded_length(length: int) -> int:
    """
    Return to how many parameters a list is filled up (by repeating its last value).

    Longer lists of nearly the same length then share one statement and one cached plan. The steps
    are those of EF Core 10,
    https://learn.microsoft.com/ef/core/what-is-new/ef-core-10.0/whatsnew
    """
    for limit, step in ((10, 1), (150, 10), (750, 50), (2000, 100)):
        if length <= limit:
            return -(-length // step) * step
    return length
