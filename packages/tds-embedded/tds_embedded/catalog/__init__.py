"""T-SQL's types, functions and objects inside PostgreSQL.

`install` adds the types and functions of T-SQL to a database. The translator and the session rely
on this:

Names. `search_path` is `tsql, pg_catalog`; user objects are always qualified by their schema
(`dbo."Person"`). A T-SQL name is its PostgreSQL name as long as it fits PostgreSQL's 63 bytes;
`tables.Table.sql` and `tables.TableColumn.sql` are the quoted PostgreSQL names to emit.

Types. `types.to_postgres` names the PostgreSQL type of a SqlType. Strings of a case-sensitive or
binary collation are `*_cs`, varchar under a _UTF8 collation is `varchar_utf8`. char and nchar are
kept without padding: whoever sends a char(n) to a client pads it. datetime2(7), time(7) and
datetimeoffset(7) have microseconds. `types.adapt_values` teaches a psycopg connection the values:
aware datetimes go in and come out as datetimeoffset with their offset; bit is bool, tinyint int,
money Decimal, varbinary bytes, sql_variant str or int.

Conversions. PostgreSQL's cast syntax is T-SQL's CAST: `x::tsql.nvarchar(10)` cuts, `x::int4`
truncates a decimal or float and raises 245 for bad strings. Casts between families work on
assignment, none is implicit: operands of an operator must come in one family. CONVERT with a style
is `tsql.convert(value, style, NULL::target)::target`; TRY_CAST and TRY_CONVERT are
`tsql.try_convert(value, style, 'numeric(5,2)', NULL::numeric)`, style 0 for TRY_CAST.
PostgreSQL's own casts of decimals and floats to integers truncate in these databases, and so do
assignments.

Functions. Built-in F is `tsql."f"` with T-SQL's arguments; a date part is the first one, as text in
lower case and in full (`tsql.dateadd('day', 1, x)`). The products that have each function are in
tsql/translate/builtin_functions.py. Aggregates have T-SQL's types (`tsql.sum(int4)` is int4).

Errors. The prelude raises SQLSTATE `MSSQL` with the error's number as message and its arguments,
divided by `|`, as detail.

Differences from SQL Server: equality of strings sees trailing blanks, except in char and nchar;
strings sort by their lower-case code points; uniqueidentifiers sort by their bytes from the left;
functions that count characters count code points, apart from LEN and DATALENGTH.
"""

from __future__ import annotations

from importlib import resources
from typing import Any

import psycopg


def install(connection: psycopg.Connection[Any]) -> None:
    """Make the types, functions and views of T-SQL in a fresh database, in one transaction."""
    scripts = resources.files(__package__) / "prelude"
    with connection.transaction():
        connection.execute("SET LOCAL search_path = pg_catalog")
        for script in sorted(scripts.iterdir(), key=lambda each: each.name):
            if script.name.endswith(".sql"):
                connection.execute(script.read_text(encoding="utf-8").encode())
