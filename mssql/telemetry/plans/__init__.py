"""Query plans: captured for slow statements, scrubbed of values, read as trees.

`subscribe(callback)` calls a function with each CapturedPlan; `flush()` waits for the captures in
progress and closes their connections.
"""

from __future__ import annotations

from mssql.telemetry.plans.explain import PlanDenied, PlanUnavailable, showplan
from mssql.telemetry.plans.publisher import CapturedPlan, subscribe, unsubscribe
from mssql.telemetry.plans.worker import process_worker

__all__ = [
    "CapturedPlan",
    "PlanDenied",
    "PlanUnavailable",
    "flush",
    "showplan",
    "subscribe",
    "unsubscribe",
]

flush = process_worker.flush
