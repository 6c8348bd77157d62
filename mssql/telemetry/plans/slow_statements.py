"""The choice of executions whose plans are captured.

These are slow ones: a statement at most once per interval, and a limited number per minute. The
span of a slow statement ends with the statement and waits for nothing: it has the plan if there is
a recent one. A plan that has to be requested becomes an event with the span's ids.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from mssql.telemetry import guard, semconv
from mssql.telemetry.plans import explain, publisher, read, worker
from mssql.telemetry.plans.publisher import CapturedPlan
from mssql.telemetry.plans.recent import RecentPlans
from mssql.telemetry.plans.scrub import scrub
from mssql.telemetry.plans.server_views import ExecutedStatement
from mssql.telemetry.plans.sources import PlanDocument, PlanSources

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter
    from opentelemetry.trace import SpanContext

    from mssql.telemetry.connection_info import ConnectionInfo
    from mssql.telemetry.interfaces import ObservedExecution
    from mssql.telemetry.settings import Settings
    from mssql.telemetry.statements import Endpoint, Statement

logger = logging.getLogger("mssql.telemetry")

DENIED_SECONDS = 600.0

CAPTURED, KNOWN, LIMITED = "captured", "known", "limited"
DROPPED, FAILED, DENIED = "dropped", "failed", "denied"


class SlowStatementPlans:
    """The plans of one database's statements that take `threshold` nanoseconds or longer."""

    def __init__(self, endpoint: Endpoint, settings: Settings) -> None:
        self._endpoint = endpoint
        self._every = settings.plans == "every"
        self.threshold = 0 if self._every else int(settings.plan_threshold * 1e6)
        self._limit = None if self._every else settings.plans_per_minute
        self._logger_provider = settings.logger_provider
        self._sources = PlanSources()
        self._recent = RecentPlans(settings.plan_interval)
        self._requested_at: deque[float] = deque()
        self._denied_until = 0.0

    def includes(self, execution: ObservedExecution) -> bool:
        """Return whether the plan of an execution is to be captured. Called for every statement."""
        return (
            execution.elapsed >= self.threshold
            and execution.statement.explained
            and execution.span.is_recording()
        )

    def recent_plan(self, execution: ObservedExecution) -> CapturedPlan | None:
        """Return the recent plan of an execution's statement."""
        recent = self._recent.of_text(execution.statement.text)
        return recent.plan if recent is not None else None

    def request(
        self,
        execution: ObservedExecution,
        info: ConnectionInfo,
        counter: Counter | None,
        is_on_span: bool,
    ) -> None:
        """Capture and publish the plan of an execution in the background.

        `is_on_span` is whether the execution's span carries the plan.
        """
        job = _Capture(
            self,
            execution.span.get_span_context(),
            execution.start,
            execution.statement,
            explain.declared_types(execution.parameters),
            info,
            counter,
            is_on_span,
        )
        if time.monotonic() < self._denied_until:
            job.end(DENIED)
        elif not self._reuse(job) and not worker.process_worker.submit(job):
            job.drop()

    def _reuse(self, job: _Capture) -> bool:
        """Return whether the recent plan of the job's statement ends the job."""
        recent = self._recent.of_text(job.statement.text)
        if recent is None:
            return False
        if recent.plan is None:
            job.end(FAILED)
        else:
            self._end_with_recent(job, recent.plan)
        return True

    def _end_with_recent(self, job: _Capture, plan: CapturedPlan) -> None:
        # Each slow execution has its plan's hash on its trace, each of "every" the document too.
        if self._every or not job.is_on_span:
            self._publish(plan, job)
        job.end(KNOWN)

    def capture(self, job: _Capture, connections: worker.Connections) -> None:
        """Request the job's plan from the server and publish it."""
        if self._reuse(job):
            return
        if not self._is_within_limit():
            job.end(LIMITED)
            return
        try:
            plan, is_recent = self._find(job, connections)
        except Exception as error:  # noqa: BLE001 (the application must not see it)
            connections.close(self)
            self._fail(job, error)
            return
        # The document is needed again only if each execution has an event.
        self._recent.add(
            job.statement.text, plan if self._every else replace(plan, xml="", text="")
        )
        if is_recent:
            self._end_with_recent(job, plan)
            return
        self._publish(plan, job)
        job.end(CAPTURED)

    def _is_within_limit(self) -> bool:
        """Return whether one more plan may be requested in this minute, and count it.

        Only the worker calls this.
        """
        if self._limit is None:
            return True
        now = time.monotonic()
        while self._requested_at and now - self._requested_at[0] >= 60:
            self._requested_at.popleft()
        if len(self._requested_at) >= self._limit:
            return False
        self._requested_at.append(now)
        return True

    def _find(self, job: _Capture, connections: worker.Connections) -> tuple[CapturedPlan, bool]:
        """Return the job's plan, and whether it is the recent plan of another text."""
        connect = job.info.open_side_connection
        assert connect is not None
        seconds_ago = time.time() - job.start_time / 1e9
        plan = self._sources.find(
            lambda: connections.get(self, connect),
            ExecutedStatement(job.statement.sql, job.types, seconds_ago),
            self._recent.of_hash,
            job.info.error_number,
        )
        if isinstance(plan, PlanDocument):
            return self._scrubbed(plan, job), False
        return plan, True

    def _scrubbed(self, document: PlanDocument, job: _Capture) -> CapturedPlan:
        xml = scrub(document.xml)
        # Of several statements the one with the document's hash, otherwise the most expensive one.
        statement = max(
            read.statements(xml),
            key=lambda each: (each.query_hash == document.query_hash, each.cost),
        )
        return CapturedPlan(
            namespace=self._endpoint.namespace,
            summary=job.statement.name,
            text=job.statement.text if self._endpoint.query_text else "",
            xml=xml,
            kind="actual" if statement.is_actual else "estimated",
            source=document.source,
            query_hash=statement.query_hash,
            plan_hash=statement.plan_hash,
            cost=statement.cost,
            warnings=statement.all_warnings(),
            span_context=job.span_context,
        )

    def _fail(self, job: _Capture, error: Exception) -> None:
        self._recent.add(job.statement.text, None)
        if isinstance(error, explain.PlanDenied):
            self._denied_until = time.monotonic() + DENIED_SECONDS
            logger.warning("No query plans of %s: %s", self._endpoint.fallback_name, error)
            job.end(DENIED)
            return
        # Without the error's text, which may quote values.
        logger.info(
            "No query plan of %s: %s %s",
            job.statement.name,
            type(error).__name__,
            job.info.error_number(error) or "",
        )
        job.end(FAILED)

    def _publish(self, plan: CapturedPlan, job: _Capture) -> None:
        of_span = plan.of_span(job.span_context)
        publisher.publish(of_span, job.statement.measured, self._logger_provider)


@dataclass(frozen=True)
class _Capture:
    """The capture of a plan for an execution that began at `start_time`, in ns since 1970."""

    plans: SlowStatementPlans
    span_context: SpanContext
    start_time: int
    statement: Statement
    types: list[str]
    info: ConnectionInfo
    counter: Counter | None
    is_on_span: bool

    def run(self, connections: worker.Connections) -> None:
        """Capture the plan."""
        self.plans.capture(self, connections)

    def drop(self) -> None:
        """Count a capture that will not be run."""
        self.end(DROPPED)

    def end(self, outcome: str) -> None:
        """Count the capture by its outcome."""
        if self.counter is not None:
            guard.call(self.counter.add, 1, {semconv.PLAN_OUTCOME: outcome})


@lru_cache(maxsize=64)
def slow_statement_plans(endpoint: Endpoint, settings: Settings) -> SlowStatementPlans:
    """Return the one object for an endpoint and settings."""
    return SlowStatementPlans(endpoint, settings)
