"""The one door to telemetry: all that the rest of the backend imports of it.

`Telemetry(ConnectionInfo(...))` observes one connection: `connecting()` its opening, `traced()`
its cursors, `transactions` its transactions, `explain()` the requests for plans. A `Lease` counts
the open connection, and `record_token` the tokens of the process.
"""

from __future__ import annotations

from mssql.telemetry.connecting import Connecting, Lease, record_token
from mssql.telemetry.connection import ConnectionInfo, Telemetry
from mssql.telemetry.settings import problems as settings_problems

__all__ = [
    "Connecting",
    "ConnectionInfo",
    "Lease",
    "Telemetry",
    "record_token",
    "settings_problems",
]
