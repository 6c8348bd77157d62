"""Plans that SQL Server has kept of a statement that ran: the last actual one, the one in the plan
cache, the one in Query Store. Asking for them compiles nothing and runs nothing again.

A statement is found by its text. Behind bound parameters the server's text has their declaration
in front, `(@P1 int)SELECT ...`, which the driver made and nobody else knows, so texts are compared
from their end.

Follows "sys.dm_exec_query_stats", "sys.dm_exec_query_plan_stats", "sys.dm_exec_text_query_plan"
and "sys.query_store_plan", https://learn.microsoft.com/sql/relational-databases/
system-dynamic-management-views/execution-related-dynamic-management-views-and-functions-transact-sql
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Sequence

from mssql.telemetry.plans.explain import LOCK_TIMEOUT_MS
from mssql.tsql import scanner

# That a statement may have started earlier than it seems: rounding, and the way to the server.
MARGIN_SECONDS = 5

# Of several plans of the same text (its parameters were declared otherwise) the one of the
# slowest run; of several statements in the text the slowest one.
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
class Ran:
    """A statement that ran: its text with `?` markers, the T-SQL types of its parameters, and how
    many seconds ago it began."""

    sql: str
    types: Sequence[str]
    seconds_ago: float


@dataclass(frozen=True)
class Cached:
    """A statement's place in the plan cache; `query_hash` as plans write it."""

    handle: bytes
    start: int
    end: int
    query_hash: str


def cached(connection: Any, ran: Ran) -> Cached | None:
    """Where the plan cache has the statement; None where it has not, or not any longer."""
    text, length = _text(ran.sql)
    seconds = -int(ran.seconds_ago + MARGIN_SECONDS)
    row = _row(connection, _FIND, seconds, length, text, 2 * length, 2 * length)
    if row is None:
        return None
    return Cached(bytes(row[0]), row[1], row[2], "0x" + bytes(row[3]).hex().upper())


def last_actual(connection: Any, place: Cached) -> str | None:
    """The plan of the statement's last run with its figures, from SQL Server 2019 on, where
    LAST_QUERY_PLAN_STATS is on; of the simplest statements there is none."""
    row = _row(connection, _LAST_ACTUAL, place.handle)
    return row[0] if row else None


def compiled(connection: Any, place: Cached) -> str | None:
    """The plan that the statement ran with, as it was compiled."""
    row = _row(connection, _CACHED, place.handle, place.start, place.end)
    return row[0] if row else None


def stored(connection: Any, ran: Ran) -> str | None:
    """The latest plan that Query Store has of the statement, where Query Store is on."""
    text, length = _text(ran.sql)
    row = _row(connection, _STORED, length, text, 2 * length, 2 * length)
    return row[0] if row else None


def _text(sql: str) -> tuple[str, int]:
    """The statement as the server knows it, and its length in UTF-16 units."""
    text, _ = scanner.with_named_parameters(sql)
    return text, len(text.encode("utf-16-le", "surrogatepass")) // 2


def _row(connection: Any, sql: str, *parameters: Any) -> Any:
    cursor = connection.cursor()
    try:
        cursor.execute(f"SET LOCK_TIMEOUT {LOCK_TIMEOUT_MS}")
        cursor.execute(sql, parameters)
        return cursor.fetchone()
    finally:
        cursor.close()
