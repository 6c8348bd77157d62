"""The one door to telemetry: all that the rest of the backend imports of it.

`Telemetry(ConnectionInfo(...))` observes one connection: `connecting()` its opening, `traced()`
its cursors, `transactions` its transactions, `explain()` the requests for plans. A `Lease` counts
the open connection, and `record_token` the tokens of the process.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import TYPE_CHECKING, Any, Callable, Mapping, Sequence

from opentelemetry import trace
from opentelemetry.context import Context

from mssql.telemetry import caller, errors, guard, metrics, origin, settings, statements
from mssql.telemetry.annotations import CLEAR, AnnotatedCursor, Propagation, annotated
from mssql.telemetry.connection_info import ConnectionInfo
from mssql.telemetry.connections import Connecting, Lease, record_token
from mssql.telemetry.cursor import TracedCursor
from mssql.telemetry.execution import begin
from mssql.telemetry.hooks import Hooks
from mssql.telemetry.plans.explain import Bind, showplan
from mssql.telemetry.plans.read import as_text
from mssql.telemetry.plans.slow_statements import SlowStatementPlans, slow_statement_plans
from mssql.telemetry.sdk.instrumentations import WRAPPED, unwrapped
from mssql.telemetry.sdk.providers import load_providers_of_environment
from mssql.telemetry.semconv import DEFAULT_PORT
from mssql.telemetry.settings import problems as settings_problems
from mssql.telemetry.statements import Endpoint
from mssql.telemetry.transactions import Transactions

if TYPE_CHECKING:
    from opentelemetry.trace import Span

    from mssql.telemetry.interfaces import ObservedExecution
    from mssql.telemetry.statements import Statement

__all__ = [
    "Connecting",
    "ConnectionInfo",
    "Lease",
    "Telemetry",
    "record_token",
    "settings_problems",
]

_WRAPPED = (TracedCursor, AnnotatedCursor)
AZURE_MONITOR = "azure.monitor.opentelemetry.exporter"


class Telemetry:
    """The telemetry of one connection. Raises ImproperlyConfigured for settings that are wrong.

    `recorded` is whether the last span was sampled: a good guess at the next. From `slow_from`
    nanoseconds on a statement may get a plan.
    """

    def __init__(self, info: ConnectionInfo) -> None:
        self.info = info
        self.settings = settings.read(info.options)
        address, _, instance = info.server_address.partition("\\")
        mirrored = self.settings.azure_monitor
        if mirrored is None:
            mirrored = AZURE_MONITOR in sys.modules
        self.endpoint = statements.endpoint(
            address,
            info.server_port or DEFAULT_PORT,
            "|".join(filter(None, (instance, info.database))),
            self.settings.query_text,
            info.alias,
            mirrored,
        )
        self.instruments = metrics.Instruments()
        self.recorded = True
        self.hooks = Hooks(self.settings) or None
        self.propagation = Propagation() if self.settings.context_info else None
        self.transactions = Transactions(self)
        self._annotates = self.settings.context_info or bool(self.settings.comment_tags)
        self.is_choosy = self.settings.filter is not None or self.settings.require_parent
        self.slow_from = sys.maxsize
        self._plans: SlowStatementPlans | None = None
        if self.settings.plans != "off" and info.open_side_connection is not None:
            self._plans = slow_statement_plans(self.endpoint, self.settings)
            self.slow_from = self._plans.threshold
        guard.call(load_providers_of_environment)

    def find_instruments(self) -> metrics.Instruments | None:
        """The instruments of the providers; None if telemetry is off or there is no SDK."""
        chosen = self.settings
        if not chosen.enabled:
            return None
        try:
            return metrics.find(chosen.tracer_provider, chosen.meter_provider)
        except Exception as error:  # noqa: BLE001 (a provider's)
            guard.report(metrics.find, error)
            return None

    def connecting(self, sign_in: str) -> Connecting:
        """Observe the opening of the connection; `sign_in` is how it signs in."""
        return Connecting(self, sign_in)

    def record_error(self, span: Span, error: BaseException) -> Mapping[str, Any]:
        """Set a driver's exception on a span, and return its attributes for metrics."""
        info = self.info
        return errors.record_error(
            span, error, info.error_number, info.is_timeout, self.endpoint.mirrored
        )

    def traced(self, cursor: Any) -> Any:
        """`cursor` traced; itself where it is already, where telemetry is off, and where no
        OpenTelemetry SDK is set up.

        Other instrumentations of the driver wrap its cursors, wrapt's way: theirs are taken off, so
        that no statement has two spans.
        """
        chosen = self.settings
        if not chosen.enabled or type(cursor) in _WRAPPED:
            return cursor
        instruments = self.find_instruments()
        if instruments is None:
            return annotated(cursor, None, chosen) if self._annotates else cursor
        self.instruments = instruments
        if hasattr(cursor, WRAPPED):
            cursor = unwrapped(cursor)
        if self._annotates:
            cursor = annotated(cursor, self.propagation, chosen)
        return TracedCursor(cursor, self)

    def explain(
        self,
        sql: str,
        parameters: Sequence[Any],
        bind: Bind | None = None,
        *,
        analyze: bool = False,
        format: str = "XML",
    ) -> str:
        """Return the plan of a statement in a `format`, "XML" or "TEXT", and observe the request.

        The plan is the estimated one, or with `analyze` that of a run with the parameters, which
        `bind`(cursor, parameters) turns into the driver's own. Raises PlanUnavailable.
        """
        connect = self.info.open_side_connection
        assert connect is not None

        def ask() -> str:
            return showplan(
                *(connect, sql, parameters),
                analyze=analyze,
                bind=bind,
                error_number=self.info.error_number,
            )

        plan = self._observed(ask, sql, parameters)
        return as_text(plan) if format.upper() == "TEXT" else plan

    def _observed(self, ask: Callable[[], str], sql: str, parameters: Sequence[Any]) -> str:
        """Return the plan that `ask` returns; the request is a span."""
        instruments = self.find_instruments()
        if instruments is None:
            return ask()
        self.instruments = instruments
        execution = begin(self, sql, parameters, find=Endpoint.explanation)
        if execution is None:
            return ask()
        plan: str = execution.call(ask)
        execution.finish()
        return plan

    def session_settings(self) -> list[str]:
        """What a new connection's first batch is to set: a pool's may still name a trace."""
        return [CLEAR] if self.propagation is not None else []

    def is_left_out(self, sql: str) -> bool:
        """Whether the application's filter keeps a statement from being observed, or fails."""
        chosen = self.settings.filter
        return chosen is not None and not guard.call(chosen, sql, default=False)

    def lacks_parent(self, current: Context) -> bool:
        """Whether the settings want no span here for want of a parent."""
        if not self.settings.require_parent:
            return False
        return not trace.get_current_span(current).get_span_context().is_valid

    def described(self, statement: Statement, frame: FrameType | None) -> Mapping[str, Any]:
        """The attributes of a recorded span: the statement's, the caller's, whose frame is `frame`
        or outside of it, and those of the work that the process is at."""
        attributes = statement.attributes
        if self.settings.caller:
            frame = caller.find(frame)
            if frame is not None:
                attributes = statement.called_from(frame)
        of_work = guard.call(origin.attributes)
        return {**attributes, **of_work} if of_work else attributes

    def end_slow(self, execution: ObservedExecution) -> None:
        """End the span of an execution that took `slow_from` or longer, and see to its plan."""
        plans, span, end = self._plans, execution.span, execution.start + execution.elapsed
        if plans is None or not plans.includes(execution):
            span.end(end)
            return
        plan = plans.recent_plan(execution)
        if plan is not None:
            span.set_attributes(plan.attributes())
        span.end(end)
        plans.request(execution, self.info, self.instruments.plans, plan is not None)
