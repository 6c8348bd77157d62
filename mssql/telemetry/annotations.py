"""What a statement tells the server of its trace and its work: CONTEXT_INFO and comment tags.

Follows "Context propagation" in the conventions for SQL Server,
https://opentelemetry.io/docs/specs/semconv/database/sql-server/, and "SET CONTEXT_INFO",
https://learn.microsoft.com/sql/t-sql/statements/set-context-info-transact-sql. The trace never
goes into a statement's text: each trace would have plans of its own in the server's cache.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Sequence
from urllib.parse import quote

import django
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, TraceFlags

from mssql.telemetry import origin, semconv
from mssql.telemetry.cursor_proxy import CursorProxy
from mssql.tsql.limits import MAX_CONTEXT_INFO, MAX_PARAMETERS
from mssql.tsql.types import SQL_VARBINARY

if TYPE_CHECKING:
    from mssql.telemetry.settings import Settings

# An empty value: what the views show of a session that has set none.
CLEAR = "SET CONTEXT_INFO 0x"
_SET = "SET CONTEXT_INFO ?"
_MARK = "CONTEXT_INFO"
# varbinary(128): always one type, so always one plan.
_SIZE = (SQL_VARBINARY, MAX_CONTEXT_INFO, 0)
# How a statement begins that may follow another in its batch.
_CARRIERS = frozenset(
    ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "EXEC", "EXECUTE", "DECLARE", "SET")
)
# Comments, each of which has plans of its own in the server's cache.
MOST_COMMENTS = 500
_UNKNOWN = b"?"


class Propagation:
    """The trace that a connection's CONTEXT_INFO names, and the one that it should name."""

    def __init__(self) -> None:
        self._wanted: bytes | None = None
        self._announced: bytes | None = None
        self._cursor: Any = None

    def forget(self) -> None:
        """The next statement belongs to no trace."""
        self._wanted = None

    def follow(self, span: Span, current: Context) -> None:
        """The next statement is that of `span`. The server is told of the span around it, which all
        the trace's statements share; of its own where there is none around it."""
        own = span.get_span_context()
        if not own.trace_flags & TraceFlags.SAMPLED:
            self._wanted = None
            return
        around = trace.get_current_span(current).get_span_context()
        shown = around if around.trace_id == own.trace_id else own
        trace_id = f"00-{own.trace_id:032x}-".encode()
        if self._announced is not None and self._announced.startswith(trace_id):
            self._wanted = self._announced
        else:
            self._wanted = trace_id + f"{shown.span_id:016x}-{own.trace_flags & 1:02x}".encode()

    def execute(self, cursor: Any, sizes: Any, sql: str, parameters: tuple[Any, ...]) -> Any:
        """Run a statement of the application, and tell the server its trace first where it knows of
        another: in the same batch where that has parameters."""
        if _MARK in sql:
            # The application's own use of it, or the clearing of a new connection.
            self._announced = None if CLEAR in sql else _UNKNOWN
            return cursor.execute(sql, *parameters)
        if self._wanted == self._announced:
            return cursor.execute(sql, *parameters)
        values = parameters[0] if parameters and isinstance(parameters[0], (list, tuple)) else ()
        if not _can_carry(sql, values):
            self.announce(cursor)
            return cursor.execute(sql, *parameters)
        wanted, self._announced = self._wanted, _UNKNOWN
        if sizes:
            cursor.setinputsizes([_SIZE, *sizes])
        result = cursor.execute(f"{_SET};\n{sql}", (wanted or b"", *values))
        self._announced = wanted
        return result

    def announce(self, cursor: Any) -> None:
        """Tell the server in a round trip of its own, where it knows of another trace.

        Through one cursor for the connection's life: its statement is prepared once.
        """
        if self._wanted == self._announced:
            return
        if self._cursor is None:
            self._cursor = cursor.connection.cursor()
        wanted, self._announced = self._wanted, _UNKNOWN
        self._cursor.setinputsizes([_SIZE])
        self._cursor.execute(_SET, (wanted or b"",))
        self._announced = wanted


def _can_carry(sql: str, values: Sequence[Any]) -> bool:
    word = sql[:64].split(None, 1)[:1]
    return (
        bool(values)
        and len(values) < MAX_PARAMETERS
        and bool(word)
        and word[0].upper() in _CARRIERS
    )


class AnnotatedCursor(CursorProxy):
    """A DB-API cursor whose statements name their trace to the server and have tags."""

    __slots__ = ("_self_propagation", "_self_sizes", "_self_tags")

    def __init__(self, cursor: Any, propagation: Propagation | None, tags: Sequence[str]) -> None:
        self._self_cursor = cursor
        self._self_propagation = propagation
        self._self_tags = tags
        self._self_sizes: Any = None

    def setinputsizes(self, sizes: Any) -> None:
        self._self_sizes = sizes
        self._self_cursor.setinputsizes(sizes)

    def execute(self, sql: str, *parameters: Any) -> Any:
        cursor, propagation = self._self_cursor, self._self_propagation
        if self._self_tags:
            sql += comment(self._self_tags)
        if propagation is None:
            return self._self_or(cursor.execute(sql, *parameters))
        return self._self_or(propagation.execute(cursor, self._self_sizes, sql, parameters))

    def executemany(self, sql: str, parameters: Any, *more: Any) -> Any:
        if self._self_tags:
            sql += comment(self._self_tags)
        if self._self_propagation is not None and len(parameters) > 0:
            self._self_propagation.announce(self._self_cursor)
        return self._self_or(self._self_cursor.executemany(sql, parameters, *more))


def annotated(cursor: Any, propagation: Propagation | None, settings: Settings) -> Any:
    """`cursor` as the settings ask for it; itself where they ask for neither."""
    if propagation is None and not settings.comment_tags:
        return cursor
    return AnnotatedCursor(cursor, propagation, settings.comment_tags)


_comments: dict[tuple[str, ...], str] = {}


def comment(tags: Sequence[str]) -> str:
    """The tags as a comment to end a statement with; without those of the request where there are
    MOST_COMMENTS already.

    Follows "sqlcommenter", https://google.github.io/sqlcommenter/spec/
    """
    found = origin.attributes()
    known = {
        "application": _application(),
        "framework": f"django:{django.get_version()}",
        "route": found.get(semconv.HTTP_ROUTE, ""),
        "controller": found.get(semconv.DJANGO_VIEW, ""),
    }
    key = tuple(known[tag] for tag in tags)
    text = _comments.get(key)
    if text is None:
        if len(_comments) >= MOST_COMMENTS:
            known["route"] = known["controller"] = ""
        text = _as_comment({tag: known[tag] for tag in sorted(tags) if known[tag]})
        if len(_comments) < MOST_COMMENTS:
            _comments[key] = text
    return text


def _as_comment(tags: dict[str, str]) -> str:
    pairs = ",".join(f"{tag}='{quote(value, safe='')}'" for tag, value in tags.items())
    return f" /*{pairs}*/" if pairs else ""


@lru_cache(maxsize=1)
def _application() -> str:
    """The service's name, else that of the project's package."""
    project = os.environ.get("DJANGO_SETTINGS_MODULE", "").partition(".")[0]
    return os.environ.get("OTEL_SERVICE_NAME") or project
