"""Correlation names for tables that only their schemas tell apart.

The tables of a FROM clause must differ in their exposed names, which schemas are no part of: a join
of dbo.orders and sales.orders without correlation names is error 1013. "FROM clause",
https://learn.microsoft.com/sql/t-sql/queries/from-transact-sql
"""

from __future__ import annotations

from itertools import count
from typing import Any

from mssql.tsql.identifiers import table_name


def clashing_aliases(query: Any) -> dict[str, str]:
    """Return new aliases, from the first table on whose name another one exposes already.

    What follows it in FROM is renamed too: Query.change_aliases() moves what it renames to the end,
    and a join must come after those that it refers to.
    """
    exposed: set[str] = set()
    renamed: dict[str, str] = {}
    unused = filter(lambda alias: alias not in query.alias_map, map("T{}".format, count(1)))
    for alias, source in query.alias_map.items():
        bare = alias == source.table_name and query.alias_refcount[alias]
        name = table_name(alias).name.lower()
        if renamed or (bare and name in exposed):
            renamed[alias] = next(unused)
        elif bare:
            exposed.add(name)
    return renamed
