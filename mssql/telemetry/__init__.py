"""OpenTelemetry for SQL Server: every statement a span, with its query plan if it was slow.

`Telemetry(ConnectionInfo(...)).traced(cursor)` wraps a DB-API cursor of the driver. See
docs/telemetry.md for the attributes, metrics, events and settings.
"""

from __future__ import annotations

from mssql.telemetry.api import ConnectionInfo, Telemetry
from mssql.telemetry.origin import task

__all__ = ["ConnectionInfo", "Telemetry", "task"]
