"""Dashboard 8: the application's view of a statement against the server's.

The server's metrics and events are those of the OpenTelemetry Collector's sqlserverreceiver,
https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/receiver/sqlserverreceiver
"""

from __future__ import annotations

from typing import Any

from dashboards.grafana import panels
from dashboards.grafana.panels import Query
from dashboards.metrics import DURATION, of_database, quantile, rate

SERVER = 'server_address=~"$server"'


def build() -> Any:
    """Return the dashboard."""
    server = panels.labels(
        "server", "Server", 'db_client_operation_duration_seconds_count{job=~"$job"}',
        "server_address",
    )  # fmt: skip
    return panels.create(
        "mssql-server",
        "SQL client and server",
        "Durations that the application measures against the server's figures, and the waits and "
        "blocking of the same trace. Needs the Collector's sqlserverreceiver, and context_info.",
        [*_durations(), *_server(), *_samples()],
        server,
        panels.source("logs", "Logs", "loki"),
    )


def _durations() -> list[Any]:
    buckets = of_database(f"{DURATION}_bucket", SERVER)
    return [
        panels.series(
            "p95 of the client",
            "Duration of statements in the application: network, server and driver.",
            "s",
            Query(quantile(0.95, buckets, "server_address"), "{{server_address}}"),
        ),
        panels.series(
            "Load of the client",
            "Average number of statements that the application waits for.",
            "short",
            Query(
                rate(of_database(f"{DURATION}_sum", SERVER), "server_address"),
                "{{server_address}}",
            ),
        ),
    ]


def _server() -> list[Any]:
    return [
        panels.section("Server"),
        panels.series(
            "Batches",
            "Batch requests per second on the server, of all clients.",
            "ops",
            Query(_of_server("sqlserver_batch_request_rate"), "{{server_address}}"),
        ),
        panels.series(
            "Lock waits",
            "Lock waits per second on the server, of all clients.",
            "ops",
            Query(_of_server("sqlserver_lock_wait_rate"), "{{server_address}}"),
        ),
        panels.series(
            "Deadlocks",
            "Deadlocks per second on the server, of all clients.",
            "ops",
            Query(_of_server("sqlserver_deadlock_rate"), "{{server_address}}"),
        ),
        panels.series(
            "Blocked processes",
            "Sessions on the server that wait for another session's lock.",
            "short",
            Query(_of_server("sqlserver_processes_blocked"), "{{server_address}}"),
        ),
    ]


def _samples() -> list[Any]:
    return [
        panels.section("Statements on the server"),
        panels.events(
            "Top queries",
            "Statements by elapsed time on the server, with the query hash and plan hash of the "
            "application's spans.",
            '{service_name!=""} | event_name="db.server.top_query"',
        ),
        panels.events(
            "Running and waiting",
            "Samples of running statements with wait type and blocking session. With context_info "
            "their trace id is the application's trace.",
            '{service_name!=""} | event_name="db.server.query_sample"',
        ),
    ]


def _of_server(metric: str) -> str:
    return f"max by (server_address) ({metric}{{{SERVER}}})"
