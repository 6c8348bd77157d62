"""Correlation names for tables that differ in their schemas only.

The tables of a FROM clause must differ in their exposed names, and a schema is not a part of these:
a join of dbo.orders and sales.orders without correlation names is error 1013. "FROM clause",
https://learn.microsoft.com/sql/t-sql/queries/from-transact-sql
"""

from __future__ import annotations

from itertools import count

from django.db.models.sql.query import Query

from mssql.tsql.identifiers import table_name


def clashing_aliases(query: Query) -> dict[str | None, str]:
    """Return new aliases, beginning with the first table whose name another table exposes already.

    The tables after it in FROM are renamed as well: Query.change_aliases() moves renamed tables to
    the end, and a join must follow the tables that it refers to.
    """
    names: set[str] = set()
    aliases: dict[str | None, str] = {}
    unused = filter(lambda alias: alias not in query.alias_map, map("T{}".format, count(1)))
    for alias, source in query.alias_map.items():
        bare = alias == source.table_name and query.alias_refcount[alias]
        name = table_name(alias).name.lower()
        if aliases or (bare and name in names):
            aliases[alias] = next(unused)
        elif bare:
            names.add(name)
    return aliases
