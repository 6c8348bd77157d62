"""A connection's telemetry: what its spans have in common, and whether there is anyone to see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, Mapping

from mssql.telemetry import errors, metrics, settings, statements
from mssql.telemetry.connecting import Connecting
from mssql.telemetry.cursor import TracedCursor
from mssql.telemetry.plans.slow import SlowPlans, slow_plans
from mssql.telemetry.semconv import DEFAULT_PORT

if TYPE_CHECKING:
    from mssql.telemetry.cursor import Execution
    from mssql.telemetry.metrics import Instruments


@dataclass(frozen=True)
class ConnectionInfo:
    """What telemetry knows of a connection.

    `options` is the value of OPTIONS["telemetry"]; `server_address` may carry a named instance
    ("host\\\\instance"); `open_side_connection` opens one more driver connection to the same
    database, in autocommit mode, from whatever thread it is called in; `error_number` gives SQL
    Server's number of a driver's exception, None where it has none.
    """

    alias: str
    server_address: str
    server_port: int | None
    database: str
    options: Mapping[str, Any] | bool | None = field(default=None, repr=False)
    open_side_connection: Callable[[], Any] | None = field(default=None, repr=False)
    error_number: Callable[[BaseException], int | None] = field(default=errors.number, repr=False)


class Telemetry:
    """The telemetry of one connection. Raises ImproperlyConfigured for settings that are wrong."""

    def __init__(self, info: ConnectionInfo) -> None:
        self.info = info
        self.settings = settings.read(info.options)
        address, _, instance = info.server_address.partition("\\")
        self.endpoint = statements.endpoint(
            address,
            info.server_port or DEFAULT_PORT,
            "|".join(filter(None, (instance, info.database))),
            self.settings.query_text,
        )
        self.recorded = False
        self._plans: SlowPlans | None = None
        if self.settings.plans != "off":
            self._plans = slow_plans(self.endpoint, self.settings)
        metrics.load_providers_of_environment()

    def connecting(self, sign_in: str, is_timeout: Callable[[BaseException], bool]) -> Connecting:
        """Observes the opening of the connection: see Connecting."""
        return Connecting(self, sign_in, is_timeout)

    def traced(self, cursor: Any) -> Any:
        """`cursor` traced; itself where it is already, where telemetry is off, and where no
        OpenTelemetry SDK is set up."""
        chosen = self.settings
        if not chosen.enabled or type(cursor) is TracedCursor:
            return cursor
        instruments = metrics.find(chosen.tracer_provider, chosen.meter_provider)
        return cursor if instruments is None else TracedCursor(cursor, self, instruments)

    def set_recorded(self, recorded: bool) -> None:
        """Remember whether the last span was sampled, where the caller is asked for at all."""
        self.recorded = recorded and self.settings.caller

    def end(self, execution: Execution, instruments: Instruments) -> None:
        """End an execution's span, with its plan where it was slow."""
        connect = self.info.open_side_connection
        if self._plans is None or connect is None or not self._plans.wanted(execution):
            execution.span.end(execution.start + execution.elapsed)
        else:
            self._plans.end(execution, connect, instruments.plans)
