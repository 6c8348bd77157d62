"""Which executions get a plan: those slow enough, each statement's at most once an interval, and
so many in a minute.

A slow statement's span ends with the statement and waits for nothing: it carries its plan if that
is known by then. One that is asked for goes out as an event with the span's ids.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from mssql.telemetry import guard, semconv
from mssql.telemetry.plans import explain, publisher, read, server_views, worker
from mssql.telemetry.plans.publisher import CapturedPlan
from mssql.telemetry.plans.scrub import scrub
from mssql.telemetry.plans.sources import Found, Ways

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter
    from opentelemetry.trace import SpanContext

    from mssql.telemetry.interfaces import ObservedExecution
    from mssql.telemetry.settings import Settings
    from mssql.telemetry.statements import Endpoint, Statement

logger = logging.getLogger("mssql.telemetry")

# Plans are 10 to 200 KB each, and some are megabytes.
KNOWN_PLANS = 200
KNOWN_CHARACTERS = 4_000_000
DENIED_SECONDS = 600.0

CAPTURED, KNOWN, LIMITED = "captured", "known", "limited"
DROPPED, FAILED, DENIED = "dropped", "failed", "denied"


class SlowPlans:
    """The plans of one database's slow statements: those of `threshold` nanoseconds or more."""

    def __init__(self, endpoint: Endpoint, settings: Settings) -> None:
        self._endpoint = endpoint
        self._every = settings.plans == "every"
        self.threshold = 0 if self._every else int(settings.plan_threshold * 1e6)
        self._limit = None if self._every else settings.plans_per_minute
        self._logger_provider = settings.logger_provider
        self._ways = Ways()
        self._known = _KnownPlans(settings.plan_interval)
        self._asked: deque[float] = deque()
        self._denied_until = 0.0

    def wanted(self, execution: ObservedExecution) -> bool:
        """Whether the plan of `execution` is to be captured. Asked for every statement."""
        return (
            execution.elapsed >= self.threshold
            and execution.statement.explained
            and execution.span.is_recording()
        )

    def known(self, execution: ObservedExecution) -> CapturedPlan | None:
        """The plan that is known of the statement."""
        known = self._known.of_text(execution.statement.text)
        return known.plan if known is not None else None

    def ask(
        self,
        execution: ObservedExecution,
        connect: Callable[[], Any],
        error_number: explain.NumberOf,
        counter: Counter | None,
        is_shown: bool,
    ) -> None:
        """Have the plan of an execution captured and published in the background, on a connection
        that `connect` opens, whose errors have the numbers that `error_number` returns; `is_shown`
        says that the execution's span carries the plan."""
        job = _Capture(
            self,
            execution.span.get_span_context(),
            execution.start,
            execution.statement,
            explain.declared_types(execution.parameters),
            connect,
            error_number,
            counter,
            is_shown,
        )
        if time.monotonic() < self._denied_until:
            job.end(DENIED)
        elif not self.reuse(job) and not worker.shared.submit(job):
            job.drop()

    def reuse(self, job: _Capture) -> bool:
        """Whether the job is done with what is known of its statement."""
        known = self._known.of_text(job.statement.text)
        if known is None:
            return False
        if known.plan is None:
            job.end(FAILED)
        else:
            self._end_with_known(job, known.plan)
        return True

    def _end_with_known(self, job: _Capture, plan: CapturedPlan) -> None:
        # Each slow execution has its plan's hash on its trace, each of "every" the document too.
        if self._every or not job.is_shown:
            self._publish(plan, job)
        job.end(KNOWN)

    def capture(self, job: _Capture, connections: worker.Connections) -> None:
        """Ask the server for the job's plan and publish it."""
        if self.reuse(job):
            return
        if not self._within_limit():
            job.end(LIMITED)
            return
        ran = server_views.Ran(job.statement.sql, job.types, time.time() - job.start_time / 1e9)
        try:
            found = self._ways.find(
                lambda: connections.get(self, job.connect),
                ran,
                self._known.of_hash,
                job.error_number,
            )
            plan = self._plan(found, job) if isinstance(found, Found) else found
        except Exception as error:  # noqa: BLE001 (whatever it is, the application is not told)
            connections.close(self)
            self._failed(job, error)
            return
        # The document is needed again only where each execution has an event.
        self._known.remember(
            job.statement.text, plan if self._every else replace(plan, xml="", text="")
        )
        if plan is found:
            self._end_with_known(job, plan)
            return
        self._publish(plan, job)
        job.end(CAPTURED)

    def _within_limit(self) -> bool:
        """Whether one more plan may be asked for in this minute. Called by the worker alone."""
        if self._limit is None:
            return True
        now = time.monotonic()
        while self._asked and now - self._asked[0] >= 60:
            self._asked.popleft()
        if len(self._asked) >= self._limit:
            return False
        self._asked.append(now)
        return True

    def _plan(self, found: Found, job: _Capture) -> CapturedPlan:
        scrubbed = scrub(found.xml)
        # Of several statements the one that was found; else the one that costs most.
        statement = max(
            read.statements(scrubbed),
            key=lambda each: (each.query_hash == found.query_hash, each.cost),
        )
        return CapturedPlan(
            namespace=self._endpoint.namespace,
            summary=job.statement.name,
            text=job.statement.text if self._endpoint.query_text else "",
            xml=scrubbed,
            kind="actual" if statement.is_actual else "estimated",
            source=found.source,
            query_hash=statement.query_hash,
            plan_hash=statement.plan_hash,
            cost=statement.cost,
            warnings=statement.all_warnings(),
            span_context=job.span_context,
        )

    def _failed(self, job: _Capture, error: Exception) -> None:
        self._known.remember(job.statement.text, None)
        if isinstance(error, explain.PlanDenied):
            self._denied_until = time.monotonic() + DENIED_SECONDS
            logger.warning("No query plans of %s: %s", self._endpoint.fallback_name, error)
            job.end(DENIED)
            return
        # Not the error's own text, which may quote values.
        logger.info(
            "No query plan of %s: %s %s",
            job.statement.name,
            type(error).__name__,
            job.error_number(error) or "",
        )
        job.end(FAILED)

    def _publish(self, plan: CapturedPlan, job: _Capture) -> None:
        own = plan.of_span(job.span_context)
        publisher.publish(own, job.statement.measured, self._logger_provider)


class _Known(NamedTuple):
    """When a plan was captured; None where none could be."""

    at: float
    plan: CapturedPlan | None


class _KnownPlans:
    """The plans captured last, by the statement's text and by its query hash: texts that differ in
    literals have one hash. For as long as the interval lasts, in seconds."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._lock = threading.Lock()
        self._texts: OrderedDict[str, _Known] = OrderedDict()
        self._hashes: dict[str, str] = {}  # to the text that the plan was captured for
        self._characters = 0  # of the documents

    def of_text(self, text: str) -> _Known | None:
        with self._lock:
            known = self._texts.get(text)
        return known if known and time.monotonic() - known.at <= self._interval else None

    def of_hash(self, query_hash: str) -> CapturedPlan | None:
        known = self.of_text(self._hashes.get(query_hash, ""))
        return known.plan if known else None

    def remember(self, text: str, plan: CapturedPlan | None) -> None:
        is_first = plan is not None and self.of_hash(plan.query_hash) is None
        with self._lock:
            self._forget(text)
            self._texts[text] = _Known(time.monotonic(), plan)
            if plan is not None:
                self._characters += len(plan.xml)
                if is_first:
                    self._hashes[plan.query_hash] = text
            while len(self._texts) > KNOWN_PLANS or self._characters > KNOWN_CHARACTERS:
                self._forget(next(iter(self._texts)))

    def _forget(self, text: str) -> None:
        known = self._texts.pop(text, None)
        if known is not None and known.plan is not None:
            self._characters -= len(known.plan.xml)
            if self._hashes.get(known.plan.query_hash) == text:
                del self._hashes[known.plan.query_hash]


@dataclass(frozen=True)
class _Capture:
    """A plan to capture for an execution, which began at `start_time` in nanoseconds since 1970."""

    plans: SlowPlans
    span_context: SpanContext
    start_time: int
    statement: Statement
    types: list[str]
    connect: Callable[[], Any]
    error_number: explain.NumberOf
    counter: Counter | None
    is_shown: bool

    def run(self, connections: worker.Connections) -> None:
        self.plans.capture(self, connections)

    def drop(self) -> None:
        self.end(DROPPED)

    def end(self, outcome: str) -> None:
        """Count what became of it."""
        if self.counter is not None:
            guard.call(self.counter.add, 1, {semconv.PLAN_OUTCOME: outcome})


@lru_cache(maxsize=64)
def slow_plans(endpoint: Endpoint, settings: Settings) -> SlowPlans:
    """The one SlowPlans of these."""
    return SlowPlans(endpoint, settings)
