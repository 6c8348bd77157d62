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
from typing import TYPE_CHECKING, Mapping

from mssql.telemetry import guard, semconv
from mssql.telemetry.plans import explain, publisher, read, worker
from mssql.telemetry.plans.publisher import CapturedPlan
from mssql.telemetry.plans.recent import PlanHashes, RecentPlans
from mssql.telemetry.plans.scrub import scrub
from mssql.telemetry.plans.server_views import ExecutedStatement
from mssql.telemetry.plans.sources import PlanDocument, PlanSources

if TYPE_CHECKING:
    from opentelemetry.trace import SpanContext

    from mssql.telemetry.connection_info import ConnectionInfo
    from mssql.telemetry.interfaces import ObservedExecution
    from mssql.telemetry.metrics import PlanCounters
    from mssql.telemetry.settings import Settings
    from mssql.telemetry.statements import Endpoint, Statement

logger = logging.getLogger("mssql.telemetry")

DENIED_SECONDS = 600.0

CAPTURED, KNOWN, LIMITED = "captured", "known", "limited"
DROPPED, FAILED, DENIED = "dropped", "failed", "denied"
# Of spans only: the statement has no plan that another session can request; the plan, or its
# absence, becomes known after the span's end.
UNSUPPORTED, REQUESTED = "unsupported", "requested"


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
        self._hashes = PlanHashes()
        self._requested_at: deque[float] = deque()
        self._denied_until = 0.0
        self._has_warned = False

    @property
    def hashes(self) -> Mapping[str, Mapping[str, str]]:
        """The hashes, as attributes, of the latest plan of each statement's text."""
        return self._recent.hashes

    def request(
        self, execution: ObservedExecution, info: ConnectionInfo, counters: PlanCounters | None
    ) -> None:
        """Capture and publish the plan of an execution in the background.

        Its span gets the outcome, as far as it is clear by now, and the plan if that is recent.
        """
        span = execution.span
        if not execution.statement.explained:
            span.set_attribute(semconv.PLAN_OUTCOME, UNSUPPORTED)
            return
        recent = self._recent.of_text(execution.statement.text)
        is_on_span = recent is not None and recent.plan is not None
        if recent is not None and recent.plan is not None:
            span.set_attributes(recent.plan.attributes())
        outcome = self._request(execution, info, counters, is_on_span)
        span.set_attribute(semconv.PLAN_OUTCOME, outcome)

    def _request(
        self,
        execution: ObservedExecution,
        info: ConnectionInfo,
        counters: PlanCounters | None,
        is_on_span: bool,
    ) -> str:
        """Request a plan and return the outcome; `is_on_span` is whether the span has the plan."""
        job = _Capture(
            self,
            execution.span.get_span_context(),
            execution.start,
            execution.statement,
            explain.declared_types(execution.parameters),
            info,
            counters,
            is_on_span,
        )
        outcome = self._outcome_without_request(job)
        if outcome is None and self._is_at_limit():
            outcome = job.end(LIMITED)
        if outcome is None and not worker.process_worker.submit(job):
            outcome = job.end(DROPPED)
        return outcome or REQUESTED

    def _outcome_without_request(self, job: _Capture) -> str | None:
        """End the job if plans are denied or its statement has a recent one; return the outcome."""
        recent = self._recent.of_text(job.statement.text)
        if recent is not None and recent.plan is not None:
            self._end_with_recent(job, recent.plan)
            return KNOWN
        if time.monotonic() < self._denied_until:
            return job.end(DENIED)
        return None if recent is None else job.end(FAILED)

    def _end_with_recent(self, job: _Capture, plan: CapturedPlan) -> None:
        # Each slow execution has its plan's hash on its trace, each of "every" the document too.
        if self._every or not job.is_on_span:
            self._publish(plan, job)
        job.end(KNOWN)

    def capture(self, job: _Capture, connections: worker.Connections) -> None:
        """Request the job's plan from the server and publish it."""
        if self._outcome_without_request(job):
            return
        if self._is_at_limit():
            job.end(LIMITED)
            return
        self._count_request()
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
        job.count(plan, self._hashes.replace(plan))
        job.end(CAPTURED)

    def _is_at_limit(self) -> bool:
        """Return whether no more plans may be requested in this minute."""
        if self._limit is None:
            return False
        since = time.monotonic() - 60
        # A copy, since the worker may append.
        return sum(at > since for at in self._requested_at.copy()) >= self._limit

    def _count_request(self) -> None:
        """Count a request of this minute. Only the worker calls this."""
        now = time.monotonic()
        while self._requested_at and self._requested_at[0] <= now - 60:
            self._requested_at.popleft()
        self._requested_at.append(now)

    def _find(self, job: _Capture, connections: worker.Connections) -> tuple[CapturedPlan, bool]:
        """Return the job's plan, and whether it is the recent plan of another text."""
        connect = job.info.open_side_connection
        assert connect is not None
        seconds_ago = time.time() - job.start_time / 1e9
        plan = self._sources.find(
            lambda: connections.get(self, lambda: explain.impatient(connect())),
            ExecutedStatement(job.statement.sql, job.types, seconds_ago),
            self._recent.of_hash,
            job.info.error_number,
        )
        if isinstance(plan, PlanDocument):
            return self._scrubbed(plan, job), False
        return plan, True

    def _scrubbed(self, document: PlanDocument, job: _Capture) -> CapturedPlan:
        xml = scrub(document.xml)
        statement = read.of_query(read.statements(xml), document.query_hash)
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
        if isinstance(error, explain.PlanDenied):
            self._denied_until = time.monotonic() + DENIED_SECONDS
            level = logging.INFO if self._has_warned else logging.WARNING
            self._has_warned = True
            logger.log(level, "No query plans of %s: %s", self._endpoint.fallback_name, error)
            job.end(DENIED)
            return
        if isinstance(error, explain.PlanUnavailable):
            self._recent.add(job.statement.text, None)
        else:
            self._recent.add_failure(job.statement.text)
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
        publish = (
            publisher.publish_to_azure_monitor
            if self._endpoint.for_azure_monitor
            else publisher.publish
        )
        publish(of_span, job.statement.measured, self._logger_provider)


@dataclass(frozen=True)
class _Capture:
    """The capture of a plan for an execution that began at `start_time`, in ns since 1970."""

    plans: SlowStatementPlans
    span_context: SpanContext
    start_time: int
    statement: Statement
    types: list[str]
    info: ConnectionInfo
    counters: PlanCounters | None
    is_on_span: bool

    def run(self, connections: worker.Connections) -> None:
        """Capture the plan."""
        self.plans.capture(self, connections)

    def drop(self) -> None:
        """Count a capture that will not be run."""
        self.end(DROPPED)

    def end(self, outcome: str) -> str:
        """Count the capture by its outcome, and return that."""
        if self.counters is not None:
            attributes = {**self.statement.measured, semconv.PLAN_OUTCOME: outcome}
            guard.call(self.counters.outcomes.add, 1, attributes)
        return outcome

    def count(self, plan: CapturedPlan, is_change: bool) -> None:
        """Count the warnings of a captured plan, and whether the statement had another before."""
        if self.counters is None:
            return
        of_statement = self.statement.measured
        if is_change:
            guard.call(self.counters.changes.add, 1, of_statement)
        for kind in {read.warning_kind(warning) for warning in plan.warnings}:
            attributes = {**of_statement, semconv.PLAN_WARNING_KIND: kind}
            guard.call(self.counters.warnings.add, 1, attributes)


@lru_cache(maxsize=64)
def slow_statement_plans(endpoint: Endpoint, settings: Settings) -> SlowStatementPlans:
    """Return the one object for an endpoint and settings."""
    return SlowStatementPlans(endpoint, settings)
