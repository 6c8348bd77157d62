"""The T-SQL of every Django class: the tables of all families, merged here and nowhere else."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from mssql.expressions import (
    aggregates,
    binding,
    conditional,
    dates,
    hashing,
    json_functions,
    json_keys,
    json_lookups,
    json_type,
    locking,
    lookups,
    math,
    ordering,
    regex,
    text,
    uuids,
    windows,
)
from mssql.expressions.dispatch import Implementation
from mssql.expressions.interfaces import Compilable, Compiler, Connection, SqlWithParams

TABLES = (
    aggregates.TSQL,
    binding.TSQL,
    conditional.TSQL,
    dates.TSQL,
    hashing.TSQL,
    json_functions.TSQL,
    json_keys.TSQL,
    json_lookups.TSQL,
    json_type.TSQL,
    locking.TSQL,
    lookups.TSQL,
    math.TSQL,
    ordering.TSQL,
    regex.TSQL,
    text.TSQL,
    uuids.TSQL,
    windows.TSQL,
)
_IMPLEMENTATIONS = {cls: function for table in TABLES for cls, function in table.items()}
# More classes of expressions than a project has.
_CACHE_SIZE = 2048


def as_tsql(node: Any, compiler: Compiler, connection: Connection) -> SqlWithParams:
    """Return the SQL and the parameters of an expression, a lookup or a table reference.

    The compiler calls this function for every node, so no Django class has to be patched.
    """
    cls: Any = type(node)  # Protocols are not hashable to mypy.
    return _implementation(cls)(node, compiler, connection)


@lru_cache(maxsize=_CACHE_SIZE)
def _implementation(cls: type) -> Implementation:
    """Return the implementation nearest to the class: ours, or the as_sql() of a project."""
    for base in cls.__mro__:
        if base in _IMPLEMENTATIONS:
            return _IMPLEMENTATIONS[base]
        if "as_sql" in base.__dict__ and not base.__module__.startswith("django."):
            break
    return _as_django_writes_it


def _as_django_writes_it(
    node: Compilable, compiler: Compiler, connection: Connection
) -> SqlWithParams:
    return node.as_sql(compiler, connection)
