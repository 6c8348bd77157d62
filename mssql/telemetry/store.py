"""A bounded store of recent telemetry in this process, which the viewer reads.

It keeps statements with their figures, traces with their spans, and plans. `install()` feeds the
process's one store from the OpenTelemetry SDK's TracerProvider:

    store = install()
    for statement in store.statements(order="total", limit=20): ...
    store.trace(trace_id).repetitions        # statements run again and again: N+1
    store.plan(statement.id).xml            # ShowPlan XML without values

All results are frozen copies; every method may be called from any thread.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Mapping

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import StatusCode, format_span_id, format_trace_id

from mssql.telemetry import semconv
from mssql.telemetry.plans import publisher
from mssql.telemetry.plans.publisher import CapturedPlan
from mssql.telemetry.sanitize import sanitize

ORDERS = ("total", "count", "mean", "p50", "p95", "maximum", "rows", "errors", "last_seen")


@dataclass(frozen=True)
class StatementFigures:
    """One statement and its figures since the store was created.

    Times are in seconds; `p50` and `p95` are of the latest executions; `rows` is the number of rows
    returned in all; `last_seen` is in nanoseconds since 1970; `callers` are (line of code,
    executions), the most frequent first.
    """

    id: str
    name: str
    text: str
    namespace: str
    count: int
    errors: int
    total: float
    mean: float
    p50: float
    p95: float
    maximum: float
    rows: int
    last_seen: int
    callers: tuple[tuple[str, int], ...]
    trace_ids: tuple[str, ...]
    has_plan: bool
    plan_hash: str


@dataclass(frozen=True)
class SpanRecord:
    """One span that has ended.

    `start` and `end` are in nanoseconds since 1970; `statement_id` is None unless the span is a
    statement's; `error` is the description of an error status.
    """

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    kind: str
    start: int
    end: int
    error: str | None
    attributes: Mapping[str, Any]
    statement_id: str | None

    @property
    def duration(self) -> float:
        """The duration in seconds."""
        return (self.end - self.start) / 1e9


@dataclass(frozen=True)
class Trace:
    """A trace with the spans that have ended, in the order of their starts.

    `repetitions` are (statement's id, executions) of the statements that ran more than once, the
    most frequent first; `dropped_spans` is the number of spans that exceeded the limit.
    """

    trace_id: str
    spans: tuple[SpanRecord, ...]
    repetitions: tuple[tuple[str, int], ...]
    dropped_spans: int

    @property
    def root(self) -> SpanRecord:
        """The span without a parent in the store; the earliest if there are several."""
        ids = {span.span_id for span in self.spans}
        return next((span for span in self.spans if span.parent_id not in ids), self.spans[0])

    @property
    def start(self) -> int:
        return min(span.start for span in self.spans)

    @property
    def end(self) -> int:
        return max(span.end for span in self.spans)

    @property
    def duration(self) -> float:
        """The seconds from the first start to the last end."""
        return (self.end - self.start) / 1e9

    @property
    def statements(self) -> tuple[SpanRecord, ...]:
        return tuple(span for span in self.spans if span.statement_id is not None)


@dataclass
class _Figures:
    id: str
    name: str
    text: str
    namespace: str
    latest: deque[float]
    trace_ids: deque[str]
    count: int = 0
    errors: int = 0
    total: float = 0.0
    maximum: float = 0.0
    rows: int = 0
    last_seen: int = 0
    callers: Counter[str] = field(default_factory=Counter)
    plan: CapturedPlan | None = None
    plan_hash: str = ""

    def add(self, span: SpanRecord) -> None:
        duration = span.duration
        self.count += 1
        self.errors += span.error is not None
        self.total += duration
        self.maximum = max(self.maximum, duration)
        self.latest.append(duration)
        self.rows += span.attributes.get(semconv.DB_RESPONSE_RETURNED_ROWS, 0)
        self.last_seen = max(self.last_seen, span.end)
        self.plan_hash = span.attributes.get(semconv.PLAN_HASH, self.plan_hash)
        if not self.trace_ids or self.trace_ids[-1] != span.trace_id:
            self.trace_ids.append(span.trace_id)
        line = _line(span.attributes)
        if line and (line in self.callers or len(self.callers) < 20):
            self.callers[line] += 1

    def frozen(self) -> StatementFigures:
        durations = sorted(self.latest)
        return StatementFigures(
            id=self.id,
            name=self.name,
            text=self.text,
            namespace=self.namespace,
            count=self.count,
            errors=self.errors,
            total=self.total,
            mean=self.total / self.count if self.count else 0.0,
            p50=_quantile(durations, 0.5),
            p95=_quantile(durations, 0.95),
            maximum=self.maximum,
            rows=self.rows,
            last_seen=self.last_seen,
            callers=tuple(self.callers.most_common()),
            trace_ids=tuple(reversed(self.trace_ids)),
            has_plan=self.plan is not None,
            plan_hash=self.plan.plan_hash if self.plan else self.plan_hash,
        )


class Store(SpanProcessor):
    """A SpanProcessor that keeps the latest statements and traces.

    It keeps at most `max_statements` statements, `max_plans` plans and `max_traces` traces of
    `max_spans` spans each.
    """

    def __init__(
        self,
        max_statements: int = 1000,
        max_traces: int = 100,
        max_spans: int = 300,
        max_plans: int = 200,
    ) -> None:
        self._lock = threading.Lock()
        self._statements: OrderedDict[str, _Figures] = OrderedDict()
        self._traces: OrderedDict[str, tuple[list[SpanRecord], list[int]]] = OrderedDict()
        self._planned: OrderedDict[str, None] = OrderedDict()
        self._max_statements = max_statements
        self._max_traces = max_traces
        self._max_spans = max_spans
        self._max_plans = max_plans

    # Feeding

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Ignore a span that has not ended."""

    def on_end(self, span: ReadableSpan) -> None:
        if span.context is None or not span.context.trace_flags.sampled:
            return
        record, text = _record(span)
        with self._lock:
            self._keep_span(record)
            if record.statement_id is not None:
                namespace = str(record.attributes.get(semconv.DB_NAMESPACE, ""))
                self._figures(record.statement_id, record.name, text, namespace).add(record)

    def on_plan(self, plan: CapturedPlan) -> None:
        """Keep a plan with its statement, instead of an earlier one."""
        key = statement_id(plan.namespace, plan.summary, plan.text)
        with self._lock:
            self._figures(key, plan.summary, plan.text, plan.namespace).plan = plan
            self._planned[key] = None
            self._planned.move_to_end(key)
            while len(self._planned) > self._max_plans:
                oldest, _ = self._planned.popitem(last=False)
                if oldest in self._statements:
                    self._statements[oldest].plan = None

    def clear(self) -> None:
        """Delete everything."""
        with self._lock:
            self._statements.clear()
            self._traces.clear()
            self._planned.clear()

    def shutdown(self) -> None:
        """Do nothing, since nothing is exported."""

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return True

    def _figures(self, key: str, name: str, text: str, namespace: str) -> _Figures:
        figures = self._statements.get(key)
        if figures is None:
            figures = _Figures(key, name, text, namespace, deque(maxlen=200), deque(maxlen=20))
            self._statements[key] = figures
            while len(self._statements) > self._max_statements:
                oldest, _ = self._statements.popitem(last=False)
                self._planned.pop(oldest, None)
        self._statements.move_to_end(key)
        return figures

    def _keep_span(self, record: SpanRecord) -> None:
        if record.trace_id not in self._traces:
            self._traces[record.trace_id] = ([], [0])
            while len(self._traces) > self._max_traces:
                self._traces.popitem(last=False)
        spans, count = self._traces[record.trace_id]
        self._traces.move_to_end(record.trace_id)
        # The root names the trace and ends last, so it is always kept.
        if len(spans) < self._max_spans or record.parent_id is None:
            spans.append(record)
        else:
            count[0] += 1

    # Reading

    def statements(self, order: str = "total", limit: int | None = None) -> list[StatementFigures]:
        """Return the statements, the greatest first by `order`.

        Raises ValueError if `order` is not one of ORDERS.
        """
        if order not in ORDERS:
            raise ValueError(f"order must be one of {', '.join(ORDERS)}, not {order!r}")
        with self._lock:
            statements = [figures.frozen() for figures in self._statements.values()]
        statements.sort(key=lambda figures: getattr(figures, order), reverse=True)
        return statements[:limit]

    def statement(self, statement_id: str) -> StatementFigures | None:
        with self._lock:
            figures = self._statements.get(statement_id)
            return figures.frozen() if figures else None

    def plan(self, statement_id: str) -> CapturedPlan | None:
        """Return the statement's latest plan."""
        with self._lock:
            figures = self._statements.get(statement_id)
            return figures.plan if figures else None

    def traces(self, limit: int | None = None) -> list[Trace]:
        """Return the traces, the one that ended last first."""
        with self._lock:
            latest = [(key, *value) for key, value in reversed(self._traces.items())][:limit]
            copies = [(key, tuple(spans), count[0]) for key, spans, count in latest]
        return [_trace(*copy) for copy in copies]

    def trace(self, trace_id: str) -> Trace | None:
        """Return the trace of `trace_id`, 32 hexadecimal digits."""
        with self._lock:
            if trace_id not in self._traces:
                return None
            spans, count = self._traces[trace_id]
            copy = (trace_id, tuple(spans), count[0])
        return _trace(*copy)


def _trace(trace_id: str, spans: tuple[SpanRecord, ...], dropped_spans: int) -> Trace:
    counts = Counter(span.statement_id for span in spans if span.statement_id is not None)
    repetitions = tuple((key, count) for key, count in counts.most_common() if count > 1)
    in_order = tuple(sorted(spans, key=lambda span: span.start))
    return Trace(trace_id, in_order, repetitions, dropped_spans)


def _record(span: ReadableSpan) -> tuple[SpanRecord, str]:
    """Return the record of a span and the text of its statement."""
    assert span.context is not None
    attributes = dict(span.attributes or {})
    text = str(attributes.pop(semconv.DB_QUERY_TEXT, ""))
    key = None
    # The span of a connection's opening has the sign-in; it is not a statement.
    is_connect = semconv.SIGN_IN in attributes
    if attributes.get(semconv.DB_SYSTEM_NAME) == semconv.SYSTEM_NAME and not is_connect:
        key = statement_id(str(attributes.get(semconv.DB_NAMESPACE, "")), span.name, text)
    is_error = span.status.status_code is StatusCode.ERROR
    record = SpanRecord(
        trace_id=format_trace_id(span.context.trace_id),
        span_id=format_span_id(span.context.span_id),
        parent_id=format_span_id(span.parent.span_id) if span.parent else None,
        name=span.name,
        kind=span.kind.name,
        start=span.start_time or 0,
        end=span.end_time or 0,
        error=(span.status.description or "") if is_error else None,
        attributes=attributes,
        statement_id=key,
    )
    return record, text


@lru_cache(maxsize=1024)
def statement_id(namespace: str, summary: str, text: str) -> str:
    """Return a statement's id, 16 hexadecimal digits.

    It is the same for texts that differ only in values, spaces, comments and the length of lists.
    """
    identity = "\0".join((namespace, summary, sanitize(text)))
    return hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:16]


def _line(attributes: Mapping[str, Any]) -> str:
    path = attributes.get(semconv.CODE_FILE_PATH)
    if not path:
        return ""
    line = attributes.get(semconv.CODE_LINE_NUMBER)
    return f"{path}:{line} in {attributes.get(semconv.CODE_FUNCTION_NAME)}"


def _quantile(values: list[float], share: float) -> float:
    """Return the nearest-rank quantile of values in ascending order; 0 if there are none."""
    return values[max(0, math.ceil(len(values) * share) - 1)] if values else 0.0


_process_store: Store | None = None
_lock = threading.Lock()


def install(provider: Any = None, **limits: int) -> Store:
    """Return the process's one store, fed from `provider` or the global TracerProvider.

    `limits` are those of Store, such as `max_traces`; the first call decides. Raises RuntimeError
    if no OpenTelemetry SDK is set up.
    """
    global _process_store
    with _lock:
        if _process_store is None:
            tracer_provider = provider or trace.get_tracer_provider()
            if not hasattr(tracer_provider, "add_span_processor"):
                raise RuntimeError(
                    "No OpenTelemetry SDK is set up: call opentelemetry.trace.set_tracer_provider("
                    "TracerProvider()) before mssql.telemetry.store.install()."
                )
            _process_store = Store(**limits)
            tracer_provider.add_span_processor(_process_store)
            publisher.subscribe(_process_store.on_plan)
        return _process_store


def process_store() -> Store | None:
    """Return the process's one store; None before install()."""
    return _process_store
