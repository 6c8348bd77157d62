"""Which executions get a plan: those slow enough, each statement's at most once an interval.

A slow statement's span is not ended where the statement ran but here, in the background, once its
plan is known: only then can the span carry the plan's hash. Its end time is the true one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Callable

from mssql.telemetry import semconv
from mssql.telemetry.errors import number
from mssql.telemetry.plans import capture, captured, read, worker
from mssql.telemetry.plans.captured import CapturedPlan
from mssql.telemetry.plans.scrub import scrub

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter
    from opentelemetry.trace import Span

    from mssql.telemetry.cursor import Execution
    from mssql.telemetry.settings import Settings
    from mssql.telemetry.statements import Endpoint, Statement

logger = logging.getLogger("mssql.telemetry")

# Plans are 10 to 200 KB each.
KNOWN_PLANS = 200
DENIED_SECONDS = 600.0

CAPTURED, KNOWN, DROPPED, FAILED, DENIED = "captured", "known", "dropped", "failed", "denied"


class SlowPlans:
    """The plans of one database's slow statements: those of `threshold` nanoseconds or more."""

    def __init__(self, endpoint: Endpoint, settings: Settings) -> None:
        self._endpoint = endpoint
        self._every = settings.plans == "every"
        self.threshold = 0 if self._every else int(settings.plan_threshold * 1e6)
        self._interval = settings.plan_interval
        self._logger_provider = settings.logger_provider
        self._lock = threading.Lock()
        # By the statement's text: when it was asked for, and what came of it.
        self._known: OrderedDict[str, tuple[float, CapturedPlan | None]] = OrderedDict()
        self._denied_until = 0.0

    def wanted(self, execution: Execution) -> bool:
        """Whether the plan of `execution` is to be captured. Asked for every statement."""
        return (
            execution.elapsed >= self.threshold
            and execution.statement.explained
            and execution.span.is_recording()
        )

    def end(
        self, execution: Execution, connect: Callable[[], Any], counter: Counter | None
    ) -> None:
        """End the span of a slow execution, now or as soon as its plan is there."""
        job = _Capture(
            self,
            execution.span,
            execution.start + execution.elapsed,
            execution.statement,
            capture.declared_types(execution.parameters),
            connect,
            counter,
        )
        if time.monotonic() < self._denied_until:
            job.end(DENIED)
        elif not self.reuse(job) and not worker.shared.submit(job):
            job.drop()

    def reuse(self, job: _Capture) -> bool:
        """End the job's span with what is known of its statement already; whether anything is."""
        with self._lock:
            known = self._known.get(job.statement.text)
        if known is None or time.monotonic() - known[0] > self._interval:
            return False
        plan = known[1]
        if plan is None:
            job.end(FAILED)
            return True
        job.span.set_attributes(plan.attributes())
        if self._every:
            # Every statement was asked for, so each execution has its plan on its trace.
            self._publish(plan, job)
        job.end(KNOWN)
        return True

    def capture(self, job: _Capture, connections: worker.Connections) -> None:
        """Ask the server for the job's plan and end its span."""
        if self.reuse(job):
            return
        try:
            xml = capture.estimated(
                connections.get(self, job.connect), job.statement.sql, job.types
            )
            plan = self._plan(xml, job)
        except Exception as error:  # noqa: BLE001 (whatever it is, the application is not told)
            connections.close(self)
            self._failed(job, error)
            return
        self._remember(job, plan)
        job.span.set_attributes(plan.attributes())
        self._publish(plan, job)
        job.end(CAPTURED)

    def _plan(self, xml: str, job: _Capture) -> CapturedPlan:
        scrubbed = scrub(xml)
        statement = read.statements(scrubbed)[0]
        return CapturedPlan(
            namespace=self._endpoint.namespace,
            summary=job.statement.name,
            text=job.statement.text if self._endpoint.query_text else "",
            xml=scrubbed,
            kind="actual" if statement.is_actual else "estimated",
            query_hash=statement.query_hash,
            plan_hash=statement.plan_hash,
            cost=statement.cost,
            warnings=statement.all_warnings(),
            span_context=job.span.get_span_context(),
        )

    def _failed(self, job: _Capture, error: Exception) -> None:
        self._remember(job, None)
        if isinstance(error, capture.PlanDenied):
            self._denied_until = time.monotonic() + DENIED_SECONDS
            logger.warning("No query plans of %s: %s", self._endpoint.fallback_name, error)
            job.end(DENIED)
            return
        # Not the error's own text, which may quote values.
        logger.info(
            "No query plan of %s: %s %s",
            job.statement.name,
            type(error).__name__,
            number(error) or "",
        )
        job.end(FAILED)

    def _remember(self, job: _Capture, plan: CapturedPlan | None) -> None:
        with self._lock:
            self._known[job.statement.text] = (time.monotonic(), plan)
            self._known.move_to_end(job.statement.text)
            while len(self._known) > KNOWN_PLANS:
                self._known.popitem(last=False)

    def _publish(self, plan: CapturedPlan, job: _Capture) -> None:
        own = plan.of_span(job.span.get_span_context())
        captured.publish(own, job.statement.measured, self._logger_provider)


@dataclass(frozen=True)
class _Capture:
    """A plan to capture for an execution whose span waits for it."""

    plans: SlowPlans
    span: Span
    end_time: int
    statement: Statement
    types: list[str]
    connect: Callable[[], Any]
    counter: Counter | None

    def run(self, connections: worker.Connections) -> None:
        self.plans.capture(self, connections)

    def drop(self) -> None:
        self.end(DROPPED)

    def end(self, outcome: str) -> None:
        self.span.end(self.end_time)
        if self.counter is not None:
            self.counter.add(1, {semconv.PLAN_OUTCOME: outcome})


@lru_cache(maxsize=64)
def slow_plans(endpoint: Endpoint, settings: Settings) -> SlowPlans:
    """The one SlowPlans of these."""
    return SlowPlans(endpoint, settings)
