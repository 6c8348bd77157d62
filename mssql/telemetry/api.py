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

from mssql.telemetry import (
    caller,
    errors,
    guard,
    metrics,
    origin,
    semconv,
    settings,
    statements,
)
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

_PROXIES = (TracedCursor, AnnotatedCursor)
AZURE_MONITOR = "azure.monitor.opentelemetry.exporter"


class Telemetry:
    """The telemetry of one connection. Raises ImproperlyConfigured for invalid settings.

    `recorded` is whether the last span was sampled: a good guess at the next one. A statement that
    takes `slow_from` nanoseconds or longer may get a plan; `plan_hashes` are the hashes, as
    attributes, of the latest plans by the statement's text. `is_selective` is whether the settings
    leave some statements out.
    """

    def __init__(self, info: ConnectionInfo) -> None:
        self.info = info
        self.settings = settings.read(info.options)
        address, _, instance = info.server_address.partition("\\")
        for_azure_monitor = self.settings.azure_monitor
        if for_azure_monitor is None:
            for_azure_monitor = AZURE_MONITOR in sys.modules
        self.endpoint = statements.endpoint(
            address,
            info.server_port or semconv.DEFAULT_PORT,
            "|".join(filter(None, (instance, info.database))),
            self.settings.query_text,
            info.alias,
            for_azure_monitor,
        )
        self.instruments = metrics.Instruments()
        self.recorded = True
        self.hooks = Hooks(self.settings) or None
        self.propagation = Propagation() if self.settings.context_info else None
        self.transactions = Transactions(self)
        self._annotates = self.settings.context_info or bool(self.settings.comment_tags)
        self.is_selective = self.settings.filter is not None or self.settings.require_parent
        self.slow_from = sys.maxsize
        self.plan_hashes: Mapping[str, Mapping[str, str]] = {}
        self._plans: SlowStatementPlans | None = None
        if self.settings.plans != "off" and info.open_side_connection is not None:
            self._plans = slow_statement_plans(self.endpoint, self.settings)
            self.slow_from = self._plans.threshold
            self.plan_hashes = self._plans.hashes
        guard.call(load_providers_of_environment)

    def find_instruments(self) -> metrics.Instruments | None:
        """Return the instruments of the providers; None if telemetry is off or there is no SDK."""
        settings = self.settings
        if not settings.enabled:
            return None
        try:
            return metrics.find(settings.tracer_provider, settings.meter_provider)
        except Exception as error:  # noqa: BLE001 (a provider's)
            guard.report(metrics.find, error)
            return None

    def connecting(self, sign_in: str) -> Connecting:
        """Return the observer of the connection's opening; `sign_in` is the name of its sign-in."""
        return Connecting(self, sign_in)

    def record_error(self, span: Span, error: BaseException) -> Mapping[str, Any]:
        """Set a driver's exception on a span, and return its attributes for metrics."""
        info = self.info
        return errors.record_error(
            span, error, info.error_number, info.is_timeout, self.endpoint.for_azure_monitor
        )

    def metric_attributes(self) -> Mapping[str, Any]:
        """Return the attributes that the settings add to the metrics of statements."""
        attributes = {**self.endpoint.unmeasured, **(guard.call(origin.attributes) or {})}
        names = self.settings.metric_attributes
        return {name: attributes[name] for name in names if name in attributes}

    def count_error(self, error_type: str, count: int = 1) -> None:
        """Count an error of the connection; a count of 0 makes its series exist."""
        instruments = self.find_instruments()
        if instruments is None or instruments.errors is None:
            return
        pool = {semconv.CONNECTION_POOL_NAME: self.info.alias, semconv.ERROR_TYPE: error_type}
        instruments.errors.add(count, {**self.endpoint.measured, **pool})

    def traced(self, cursor: Any) -> Any:
        """Return the traced cursor of a driver's cursor.

        It is `cursor` if that is traced, telemetry is off or no OpenTelemetry SDK is set up. The
        proxies of other instrumentations are removed, so that no statement has two spans.
        """
        settings = self.settings
        if not settings.enabled or type(cursor) in _PROXIES:
            return cursor
        instruments = self.find_instruments()
        if instruments is None:
            return annotated(cursor, None, settings) if self._annotates else cursor
        self.instruments = instruments
        if hasattr(cursor, WRAPPED):
            cursor = unwrapped(cursor)
        if self._annotates:
            cursor = annotated(cursor, self.propagation, settings)
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
        `bind`(cursor, parameters) adapts to the driver. Raises PlanUnavailable.
        """
        connect = self.info.open_side_connection
        assert connect is not None

        def request_plan() -> str:
            return showplan(
                *(connect, sql, parameters),
                analyze=analyze,
                bind=bind,
                error_number=self.info.error_number,
            )

        plan = self._observe(request_plan, sql, parameters)
        return as_text(plan) if format.upper() == "TEXT" else plan

    def _observe(self, request_plan: Callable[[], str], sql: str, parameters: Sequence[Any]) -> str:
        """Return the result of `request_plan`, which is a span."""
        instruments = self.find_instruments()
        if instruments is None:
            return request_plan()
        self.instruments = instruments
        execution = begin(self, sql, parameters, find=Endpoint.explanation)
        if execution is None:
            return request_plan()
        plan: str = execution.call(request_plan)
        execution.finish()
        return plan

    def session_settings(self) -> list[str]:
        """Return the SET statements of a connection, which a pool may return with an old trace."""
        return [CLEAR] if self.propagation is not None else []

    def is_left_out(self, sql: str) -> bool:
        """Return whether the application's filter leaves a statement out, or fails."""
        is_observed = self.settings.filter
        return is_observed is not None and not guard.call(is_observed, sql, default=False)

    def lacks_parent(self, current: Context) -> bool:
        """Return whether the settings require a parent span and the context has none."""
        if not self.settings.require_parent:
            return False
        return not trace.get_current_span(current).get_span_context().is_valid

    def described(self, statement: Statement, frame: FrameType | None) -> Mapping[str, Any]:
        """Return the attributes of a recorded span.

        They are those of the statement, of its caller, whose frame is `frame` or outside of it, and
        of the request, command or task.
        """
        attributes = statement.attributes
        if self.settings.caller:
            frame = caller.find(frame)
            if frame is not None:
                attributes = statement.called_from(frame)
        of_origin = guard.call(origin.attributes)
        if not of_origin:
            return attributes
        if self.endpoint.for_azure_monitor and semconv.HTTP_ROUTE in of_origin:
            return {**attributes, **of_origin, semconv.ROUTE: of_origin[semconv.HTTP_ROUTE]}
        return {**attributes, **of_origin}

    def request_plan(self, execution: ObservedExecution) -> None:
        """Request the plan of an execution, whose span has not ended."""
        plans, span = self._plans, execution.span
        if plans is not None and span.is_recording() and not execution.statement.is_request:
            plans.request(execution, self.info, self.instruments.plans)
