"""Dashboard 6: requests, their statements, and N+1 queries."""

from __future__ import annotations

from typing import Any

from dashboards.grafana import panels
from dashboards.grafana.panels import Query
from dashboards.metrics import DURATION, ROUTE, of_database, rate, top

SECONDS = of_database(f"{DURATION}_sum", f'{ROUTE}!=""')
CALLS = of_database(f"{DURATION}_count", f'{ROUTE}!=""')


def build() -> Any:
    """Return the dashboard."""
    return panels.create(
        "mssql-requests",
        "SQL of requests and traces",
        "Routes by their SQL, requests with repeated statements (N+1), and the slowest traces. "
        'Charts by route need metric_attributes: ["http.route"].',
        [*_routes(), *_traces()],
        panels.source("traces", "Traces", "tempo"),
    )


def _routes() -> list[Any]:
    seconds = f"sum by ({ROUTE}) (increase({SECONDS}[$__range]))"
    calls = f"sum by ({ROUTE}) (increase({CALLS}[$__range]))"
    return [
        panels.series(
            "Load by route",
            "Average number of statements in progress, by the request's route.",
            "short",
            Query(top(10, rate(SECONDS, ROUTE)), f"{{{{{ROUTE}}}}}"),
            stacked=True,
        ),
        panels.series(
            "Statements by route",
            "Statements per second, by the request's route.",
            "ops",
            Query(top(10, rate(CALLS, ROUTE)), f"{{{{{ROUTE}}}}}"),
        ),
        panels.rows(
            "Routes by SQL",
            "Time and number of statements in this time range, by the request's route.",
            {
                "SQL time": ("s", Query(top(50, seconds))),
                "Statements": ("short", Query(calls)),
                "Time per statement": ("s", Query(f"{seconds} / ({calls} > 0)")),
            },
            ROUTE,
        ),
    ]


def _traces() -> list[Any]:
    return [
        panels.section("Traces"),
        panels.traces(
            "Repeated statements",
            "Requests that run the same statement more than 10 times: N+1. The "
            "trace shows the line (code.file.path, code.line.number); the cure is select_related() "
            "or prefetch_related().",
            '{ span.db.system.name = "microsoft.sql_server" } '
            "| by(span.db.query.summary) | count() > 10",
        ),
        panels.traces(
            "Most SQL time",
            "Requests that spend over 500 ms in the database.",
            '{ span.db.system.name = "microsoft.sql_server" } | sum(duration) > 500ms',
        ),
        panels.traces(
            "Failed statements",
            "Traces with a statement that SQL Server refused.",
            '{ span.db.system.name = "microsoft.sql_server" && status = error } | select('
            "span.db.query.summary, span.error.type)",
        ),
        panels.traces(
            "Rows that were read",
            "Statements that read more than 1,000 rows.",
            "{ span.db.response.returned_rows > 1000 } | select(span.db.query.summary, "
            "span.db.response.returned_rows)",
        ),
    ]
