"""The members of a connection's telemetry, and of an execution, that other modules use."""

from __future__ import annotations

from types import FrameType
from typing import Any, Mapping, Protocol, Sequence

from opentelemetry.context import Context
from opentelemetry.trace import Span

from mssql.telemetry.annotations import Propagation
from mssql.telemetry.connection_info import ConnectionInfo
from mssql.telemetry.hooks import Hooks
from mssql.telemetry.metrics import Instruments
from mssql.telemetry.settings import Settings
from mssql.telemetry.statements import Endpoint, Statement


class ObservedExecution(Protocol):
    """An execution whose result has been read.

    `start` is in nanoseconds since 1970, `elapsed` in nanoseconds.
    """

    elapsed: int
    parameters: Sequence[Any]
    span: Span
    start: int
    statement: Statement


class ConnectionTelemetry(Protocol):
    """The telemetry of one connection.

    `recorded` is whether the last span was sampled: a good guess at the next one. A statement that
    takes `slow_from` nanoseconds or longer may get a plan; `plan_hashes` are the hashes, as
    attributes, of the latest plans by the statement's text. `is_selective` is whether the settings
    leave some statements out.
    """

    endpoint: Endpoint
    hooks: Hooks | None
    info: ConnectionInfo
    instruments: Instruments
    is_selective: bool
    plan_hashes: Mapping[str, Mapping[str, str]]
    propagation: Propagation | None
    recorded: bool
    settings: Settings
    slow_from: int

    def find_instruments(self) -> Instruments | None:
        """Return the instruments of the providers; None if telemetry is off or there is no SDK."""

    def is_left_out(self, sql: str) -> bool:
        """Return whether the application's filter leaves a statement out, or fails."""

    def lacks_parent(self, current: Context) -> bool:
        """Return whether the settings require a parent span and the context has none."""

    def described(self, statement: Statement, frame: FrameType | None) -> Mapping[str, Any]:
        """Return the attributes of a recorded span."""

    def record_error(self, span: Span, error: BaseException) -> Mapping[str, Any]:
        """Set a driver's exception on a span, and return its attributes for metrics."""

    def metric_attributes(self) -> Mapping[str, Any]:
        """Return the attributes that the settings add to the metrics of statements."""

    def count_error(self, error_type: str, count: int = 1) -> None:
        """Count an error of the connection."""

    def request_plan(self, execution: ObservedExecution) -> None:
        """Request the plan of an execution, whose span has not ended."""
