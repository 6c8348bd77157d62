"""The contents of the viewer's pages, computed from the store."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timezone

from django.conf import settings

from mssql.telemetry import semconv
from mssql.telemetry.store import SpanRecord, StatementFigures, Store, Trace

# Repetitions of a statement in one request that one execution could probably replace.
REPEATED = 5

# The orders of statements: the store's names, and those on the page.
ORDERS = {
    "total": "total time",
    "count": "count",
    "p95": "p95",
    "maximum": "longest",
    "rows": "rows",
    "errors": "failures",
}


@dataclass(frozen=True)
class Repeat:
    """A statement that one request ran repeatedly. `total` is in seconds."""

    statement_id: str
    name: str
    count: int
    total: float
    caller: str


@dataclass(frozen=True)
class Bar:
    """A span in the waterfall: `offset` and `width` in per cent of the request's time."""

    name: str
    statement_id: str | None
    depth: int
    offset: float
    width: float
    duration: float
    failed: bool


@dataclass(frozen=True)
class Request:
    """A trace and its use of the database. `duration` and `database` are in seconds."""

    trace_id: str
    name: str
    start: datetime
    duration: float
    statements: int
    database: float
    dropped_spans: int
    repeats: tuple[Repeat, ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class StatementRow:
    """A statement in the ranking.

    `share` is its share of the longest total in per cent, `repetitions` the highest number of its
    executions in one request, 0 below REPEATED.
    """

    figures: StatementFigures
    share: float
    repetitions: int

    @property
    def caller(self) -> str:
        """The line of code that ran it most often."""
        return relative(self.figures.callers[0][0]) if self.figures.callers else ""

    @property
    def callers(self) -> list[tuple[str, int]]:
        """Lines of code with their executions, the most frequent first."""
        return [(relative(line), count) for line, count in self.figures.callers]


def relative(path: str) -> str:
    """Return a path without the project's folder, the setting BASE_DIR."""
    folder = getattr(settings, "BASE_DIR", None)
    prefix = os.path.join(str(folder), "") if folder else ""
    return path[len(prefix) :] if path.startswith(prefix) else path


def statement_rows(store: Store, order: str) -> list[StatementRow]:
    """Return every statement, ranked by `order`, one of ORDERS."""
    statements = store.statements(order)
    longest = max((figures.total for figures in statements), default=0.0) or 1.0
    repeats = _most_repeated(store)
    return [
        StatementRow(figures, 100 * figures.total / longest, repeats.get(figures.id, 0))
        for figures in statements
    ]


def statement_row(store: Store, figures: StatementFigures) -> StatementRow:
    """Return one statement for its page."""
    return StatementRow(figures, 100.0, _most_repeated(store).get(figures.id, 0))


def requests(store: Store, statement_id: str | None = None) -> list[Request]:
    """Return the requests in the store, the latest first; only those that ran `statement_id`."""
    return [
        request_of(trace)
        for trace in store.traces()
        if semconv.DB_SYSTEM_NAME not in trace.root.attributes
        and (
            statement_id is None
            or any(span.statement_id == statement_id for span in trace.statements)
        )
    ]


def request_of(trace: Trace) -> Request:
    """Return the request of a trace."""
    statements = trace.statements
    return Request(
        trace_id=trace.trace_id,
        name=trace.root.name,
        start=datetime.fromtimestamp(trace.start / 1e9, tz=timezone.utc),
        duration=trace.duration,
        statements=len(statements),
        database=sum(span.duration for span in statements),
        dropped_spans=trace.dropped_spans,
        repeats=_repeats(trace),
        bars=_bars(trace),
    )


def _most_repeated(store: Store) -> dict[str, int]:
    most: dict[str, int] = {}
    for trace in store.traces():
        for statement_id, count in trace.repetitions:
            if count >= REPEATED:
                most[statement_id] = max(count, most.get(statement_id, 0))
    return most


def _repeats(trace: Trace) -> tuple[Repeat, ...]:
    repeats = []
    for statement_id, count in trace.repetitions:
        if count < REPEATED:
            continue
        spans = [span for span in trace.statements if span.statement_id == statement_id]
        total = sum(span.duration for span in spans)
        repeats.append(Repeat(statement_id, spans[0].name, count, total, _caller(spans[0])))
    return tuple(repeats)


def _caller(span: SpanRecord) -> str:
    path = relative(str(span.attributes.get("code.file.path", "")))
    return f"{path}:{span.attributes.get('code.line.number')}" if path else ""


def _bars(trace: Trace) -> tuple[Bar, ...]:
    scale = 100 / max(trace.end - trace.start, 1)
    depths: dict[str, int] = {}
    bars = []
    for span in trace.spans:
        depth = depths[span.span_id] = depths.get(span.parent_id or "", -1) + 1
        bars.append(
            Bar(
                name=span.name,
                statement_id=span.statement_id,
                depth=depth,
                offset=(span.start - trace.start) * scale,
                width=(span.end - span.start) * scale,
                duration=span.duration,
                failed=span.error is not None,
            )
        )
    return tuple(bars)
