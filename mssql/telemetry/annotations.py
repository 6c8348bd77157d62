"""The trace and the tags of a statement for the server: CONTEXT_INFO and comments.

Follows "Context propagation" in the conventions for SQL Server,
https://opentelemetry.io/docs/specs/semconv/database/sql-server/, and "SET CONTEXT_INFO",
https://learn.microsoft.com/sql/t-sql/statements/set-context-info-transact-sql. The trace is never
part of a statement's text: the server would cache separate plans for each trace.
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

# An empty value, as in the views for a session that has set no value.
CLEAR = "SET CONTEXT_INFO 0x"
_SET = "SET CONTEXT_INFO ?"
_MARK = "CONTEXT_INFO"
# varbinary(128): always one type, so always one plan.
_SIZE = (SQL_VARBINARY, MAX_CONTEXT_INFO, 0)
# The first words of statements that can follow SET in the same batch.
_CARRIERS = frozenset(
    ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "EXEC", "EXECUTE", "DECLARE", "SET")
)
# The server caches separate plans for each comment.
MOST_COMMENTS = 500
_UNKNOWN = b"?"


class Propagation:
    """The trace in a connection's CONTEXT_INFO, and the trace that should be there."""

    def __init__(self) -> None:
        self._target: bytes | None = None
        self._current: bytes | None = None
        self._cursor: Any = None

    def forget(self) -> None:
        """Note that the next statement belongs to no trace."""
        self._target = None

    def follow(self, span: Span, current: Context) -> None:
        """Note that the next statement is that of `span`.

        The server gets the id of the span around it, which all statements of the trace share, or
        the id of `span` if there is no span around it.
        """
        own = span.get_span_context()
        if not own.trace_flags & TraceFlags.SAMPLED:
            self._target = None
            return
        parent = trace.get_current_span(current).get_span_context()
        span_id = parent.span_id if parent.trace_id == own.trace_id else own.span_id
        trace_id = f"00-{own.trace_id:032x}-".encode()
        if self._current is not None and self._current.startswith(trace_id):
            self._target = self._current
        else:
            self._target = trace_id + f"{span_id:016x}-{own.trace_flags & 1:02x}".encode()

    def execute(self, cursor: Any, sizes: Any, sql: str, parameters: tuple[Any, ...]) -> Any:
        """Run a statement of the application, after its trace is set if the server has another one.

        A statement with parameters carries the trace in the same batch.
        """
        if _MARK in sql:
            # The application itself uses it, or a new connection clears it.
            self._current = None if CLEAR in sql else _UNKNOWN
            return cursor.execute(sql, *parameters)
        if self._target == self._current:
            return cursor.execute(sql, *parameters)
        values = parameters[0] if parameters and isinstance(parameters[0], (list, tuple)) else ()
        if not _can_carry(sql, values):
            self.announce(cursor)
            return cursor.execute(sql, *parameters)
        target, self._current = self._target, _UNKNOWN
        if sizes:
            cursor.setinputsizes([_SIZE, *sizes])
        result = cursor.execute(f"{_SET};\n{sql}", (target or b"", *values))
        self._current = target
        return result

    def announce(self, cursor: Any) -> None:
        """Set the trace in a separate round trip if the server has another one.

        One cursor does it for the connection's life, so the statement is prepared once.
        """
        if self._target == self._current:
            return
        if self._cursor is None:
            self._cursor = cursor.connection.cursor()
        target, self._current = self._target, _UNKNOWN
        self._cursor.setinputsizes([_SIZE])
        self._cursor.execute(_SET, (target or b"",))
        self._current = target


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
    """Return a cursor that sets the trace and the tags; `cursor` if the settings enable neither."""
    if propagation is None and not settings.comment_tags:
        return cursor
    return AnnotatedCursor(cursor, propagation, settings.comment_tags)


comments: dict[tuple[str, ...], str] = {}


def comment(tags: Sequence[str]) -> str:
    """Return the tags as a comment for the end of a statement.

    After MOST_COMMENTS comments the tags of the request are left out. Follows "sqlcommenter", https://google.github.io/sqlcommenter/spec/
    """
    work = origin.attributes()
    values = {
        "application": application(),
        "framework": f"django:{django.get_version()}",
        "route": work.get(semconv.HTTP_ROUTE, ""),
        "controller": work.get(semconv.DJANGO_VIEW, ""),
    }
    key = tuple(values[tag] for tag in tags)
    text = comments.get(key)
    if text is None:
        if len(comments) >= MOST_COMMENTS:
            values["route"] = values["controller"] = ""
        text = _as_comment({tag: values[tag] for tag in sorted(tags) if values[tag]})
        if len(comments) < MOST_COMMENTS:
            comments[key] = text
    return text


def _as_comment(tags: dict[str, str]) -> str:
    pairs = ",".join(f"{tag}='{quote(value, safe='')}'" for tag, value in tags.items())
    return f" /*{pairs}*/" if pairs else ""


@lru_cache(maxsize=1)
def application() -> str:
    """Return the service's name, or that of the project's package."""
    project = os.environ.get("DJANGO_SETTINGS_MODULE", "").partition(".")[0]
    return os.environ.get("OTEL_SERVICE_NAME") or project
