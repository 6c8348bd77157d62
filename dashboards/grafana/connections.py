"""Dashboard 4: connections, logins and access tokens."""

from __future__ import annotations

from typing import Any

from dashboards.grafana import panels
from dashboards.grafana.panels import Query
from dashboards.metrics import (
    CONNECTION_CREATE,
    CONNECTION_TIMEOUTS,
    CONNECTION_USE,
    CONNECTIONS,
    CONNECTIONS_PENDING,
    ERROR,
    LOGIN_RETRIES,
    LOGIN_RETRY_WAIT,
    POOL,
    TOKEN_DURATION,
    quantile,
    rate,
    ratio,
    selected,
)

STATE = "db_client_connection_state"
SHARES = ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))


def build() -> Any:
    """Return the dashboard."""
    return panels.create(
        "mssql-connections",
        "SQL connections and sign-in",
        "Connections in use and waiting, the time to connect, repeated logins, and access tokens.",
        [*_connections(), *_logins(), *_tokens()],
    )


def _connections() -> list[Any]:
    count = f"sum by ({STATE}, {POOL}) ({selected(CONNECTIONS)})"
    return [
        panels.series(
            "Connections",
            "Connections by alias and state: used in a request or transaction, or idle.",
            "short",
            Query(count, f"{{{{{POOL}}}}} {{{{{STATE}}}}}"),
            stacked=True,
        ),
        panels.series(
            "Waiting to connect",
            "Threads that wait for a connection; more than 0 for minutes is an outage.",
            "short",
            Query(f"sum by ({POOL}) ({selected(CONNECTIONS_PENDING)})", f"{{{{{POOL}}}}}"),
        ),
        panels.series(
            "Time to connect",
            "Quantiles of the time for a new connection, token and repetitions included.",
            "s",
            *_quantiles(CONNECTION_CREATE),
        ),
        panels.series(
            "Time in use",
            "Quantiles of the time for which a connection is used.",
            "s",
            *_quantiles(CONNECTION_USE),
        ),
        panels.series(
            "Timeouts",
            "Connections that were not opened in time, per second.",
            "ops",
            Query(f"{rate(selected(CONNECTION_TIMEOUTS), POOL)}", f"{{{{{POOL}}}}}"),
        ),
        panels.series(
            "Load of connecting",
            "Average number of threads that are connecting. Near the load of the statements, keep "
            "connections: CONN_MAX_AGE.",
            "short",
            Query(rate(selected(f"{CONNECTION_CREATE}_sum"), POOL), f"{{{{{POOL}}}}}"),
        ),
    ]


def _logins() -> list[Any]:
    return [
        panels.section("Logins"),
        panels.series(
            "Repeated logins",
            "Logins per second that were repeated after a transient fault, by error number.",
            "ops",
            Query(rate(selected(LOGIN_RETRIES), ERROR), f"{{{{{ERROR}}}}}"),
        ),
        panels.series(
            "Wait before a repetition",
            "Quantiles of the waits between logins.",
            "s",
            *_quantiles(LOGIN_RETRY_WAIT),
        ),
    ]


def _tokens() -> list[Any]:
    failures = rate(selected(f"{TOKEN_DURATION}_count", f'{ERROR}!=""'))
    return [
        panels.section("Access tokens"),
        panels.series(
            "Time for a token",
            "Quantiles of the time for which the identity service needs.",
            "s",
            *_quantiles(TOKEN_DURATION),
        ),
        panels.series(
            "Failed token requests",
            "Share of requests for a token that fail.",
            "percentunit",
            Query(
                ratio(f"{failures} or vector(0)", rate(selected(f"{TOKEN_DURATION}_count"))),
                "failed",
            ),
        ),
    ]


def _quantiles(metric: str) -> list[Query]:
    return [Query(quantile(share, selected(f"{metric}_bucket")), name) for share, name in SHARES]
