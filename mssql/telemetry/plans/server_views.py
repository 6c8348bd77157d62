"""Plans that SQL Server keeps of statements that ran, read from its dynamic management views.

The connection has a lock timeout, which is set once.

They are the last actual plan, the plan in the plan cache and the plan in Query Store. To read them
compiles nothing and runs nothing again.

A statement is found by its text. If it has bound parameters, the server's text begins with their
declaration, `(@P1 int)SELECT ...`, which only the driver has, so texts are compared from their end.

Follows "sys.dm_exec_query_stats", "sys.dm_exec_query_plan_stats", "sys.dm_exec_text_query_plan"
and "sys.query_store_plan", https://learn.microsoft.com/sql/relational-databases/
system-dynamic-management-views/execution-related-dynamic-management-views-and-functions-transact-sql
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Sequence

from mssql.tsql import scanner

# By which a statement may have started earlier: rounding, and the time to the server.
MARGIN_SECONDS = 5

# Of several plans of one text (with other declarations of its parameters) the one of the slowest
# run; of several statements in the text the slowest one.
_FIND = """
SELECT TOP (1) qs.plan_handle, qs.statement_start_offset, qs.statement_end_offset, qs.query_hash
FROM sys.dm_exec_query_stats AS qs
CROSS APPLY sys.dm_exec_sql_text(qs.sql_handle) AS st
WHERE qs.last_execution_time >= DATEADD(second, ?, GETDATE())
    AND RIGHT(st.text, ?) = ? COLLATE Latin1_General_BIN2
    AND (qs.statement_start_offset >= DATALENGTH(st.text) - ?
        OR SUBSTRING(st.text, (DATALENGTH(st.text) - ?) / 2, 1) = N')')
ORDER BY qs.last_elapsed_time DESC
"""
_LAST_ACTUAL = """
SELECT CONVERT(nvarchar(max), query_plan) FROM sys.dm_exec_query_plan_stats(?)
"""
_CACHED = "SELECT query_plan FROM sys.dm_exec_text_query_plan(?, ?, ?)"
_STORED = """
SELECT TOP (1) p.query_plan
FROM sys.query_store_query_text AS t
INNER JOIN sys.query_store_query AS q ON q.query_text_id = t.query_text_id
INNER JOIN sys.query_store_plan AS p ON p.query_id = q.query_id
WHERE RIGHT(t.query_sql_text, ?) = ? COLLATE Latin1_General_BIN2
    AND (DATALENGTH(t.query_sql_text) = ?
        OR SUBSTRING(t.query_sql_text, (DATALENGTH(t.query_sql_text) - ?) / 2, 1) = N')')
ORDER BY p.last_execution_time DESC
"""


@dataclass(frozen=True)
class ExecutedStatement:
    """A statement that ran: its text with `?` markers, the T-SQL types of its parameters, and the
    seconds since it began."""

    sql: str
    types: Sequence[str]
    seconds_ago: float


@dataclass(frozen=True)
class CacheEntry:
    """An entry of the plan cache; `query_hash` is written as in plans."""

    handle: bytes
    start: int
    end: int
    query_hash: str


def find_in_cache(connection: Any, statement: ExecutedStatement) -> CacheEntry | None:
    """Return the statement's entry in the plan cache; None if it has none, or none any longer."""
    text, length = server_text(statement.sql)
    seconds = -int(statement.seconds_ago + MARGIN_SECONDS)
    row = _row(connection, _FIND, seconds, length, text, 2 * length, 2 * length)
    if row is None:
        return None
    return CacheEntry(bytes(row[0]), row[1], row[2], "0x" + bytes(row[3]).hex().upper())


def last_actual_plan(connection: Any, entry: CacheEntry) -> str | None:
    """Return the plan of the statement's last run with its figures.

    SQL Server has it from 2019 on if LAST_QUERY_PLAN_STATS is on, but not of the simplest
    statements.
    """
    row = _row(connection, _LAST_ACTUAL, entry.handle)
    return row[0] if row else None


def cached_plan(connection: Any, entry: CacheEntry) -> str | None:
    """Return the plan that the statement ran with, as it was compiled."""
    row = _row(connection, _CACHED, entry.handle, entry.start, entry.end)
    return row[0] if row else None


def query_store_plan(connection: Any, statement: ExecutedStatement) -> str | None:
    """Return the latest plan of the statement in Query Store, if that is on."""
    text, length = server_text(statement.sql)
    row = _row(connection, _STORED, length, text, 2 * length, 2 * length)
    return row[0] if row else None


def server_text(sql: str) -> tuple[str, int]:
    """Return a statement's text as the server has it, and its length in UTF-16 units."""
    text, _ = scanner.with_named_parameters(sql)
    return text, len(text.encode("utf-16-le", "surrogatepass")) // 2


def _row(connection: Any, sql: str, *parameters: Any) -> Any:
    cursor = connection.cursor()
    try:
        cursor.execute(sql, parameters)
        return cursor.fetchone()
    finally:
        cursor.close()
