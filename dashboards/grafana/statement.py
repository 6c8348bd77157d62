"""Dashboard 2: one statement."""

from __future__ import annotations

from typing import Any

from dashboards.grafana import panels
from dashboards.grafana.panels import Query
from dashboards.metrics import (
    BATCH_SIZE,
    DURATION,
    ERROR,
    ROUTE,
    ROWS,
    STATEMENT,
    of_database,
    quantile,
    rate,
    ratio,
)

THIS = f'{STATEMENT}="$statement"'
CALLS = of_database(f"{DURATION}_count", THIS)
FAILED = of_database(f"{DURATION}_count", THIS, f'{ERROR}!=""')
SECONDS = of_database(f"{DURATION}_sum", THIS)
BUCKETS = of_database(f"{DURATION}_bucket", THIS)
ALL_SECONDS = of_database(f"{DURATION}_sum")


def build() -> Any:
    """Return the dashboard."""
    variable = panels.labels(
        "statement",
        "Statement",
        f'{DURATION}_count{{job=~"$job", instance=~"$instance"}}',
        STATEMENT,
        several=False,
    )
    traces = panels.source("traces", "Traces", "tempo")
    logs = panels.source("logs", "Logs", "loki")
    return panels.create(
        "mssql-statement",
        "SQL statement",
        "Rate, errors, duration, rows and callers of one statement, with its traces and plans.",
        [*_figures(), *_courses(), *_callers(), *_evidence()],
        variable,
        traces,
        logs,
    )


def _figures() -> list[Any]:
    return [
        panels.number("Calls", "Calls per second.", "ops", Query(rate(CALLS))),
        panels.number(
            "Error ratio",
            "Share of calls that fail.",
            "percentunit",
            Query(ratio(f"{rate(FAILED)} or vector(0)", rate(CALLS))),
        ),
        panels.number("p50", "Half of the calls are faster.", "s", Query(quantile(0.5, BUCKETS))),
        panels.number("p95", "5% of the calls are slower.", "s", Query(quantile(0.95, BUCKETS))),
        panels.number("p99", "1% of the calls are slower.", "s", Query(quantile(0.99, BUCKETS))),
        panels.number(
            "Share of load",
            "Share of the time of all statements.",
            "percentunit",
            Query(ratio(rate(SECONDS), rate(ALL_SECONDS))),
        ),
    ]


def _courses() -> list[Any]:
    shares = ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
    rows_read, calls_with_rows = (
        of_database(f"{ROWS}_sum", THIS),
        of_database(f"{ROWS}_count", THIS),
    )
    batch = of_database(f"{BATCH_SIZE}_bucket", THIS)
    return [
        panels.series(
            "Duration",
            "Quantiles of the duration.",
            "s",
            *[Query(quantile(share, BUCKETS), name) for share, name in shares],
        ),
        panels.heat(
            "Durations",
            "Number of calls by duration. Dots are exemplars: each opens the trace of its call.",
            "s",
            Query(rate(BUCKETS, "le"), "{{le}}", exemplars=True),
        ),
        panels.series(
            "Rows per call",
            "Average number of rows that a call reads.",
            "short",
            Query(ratio(rate(rows_read), rate(calls_with_rows)), "rows"),
        ),
        panels.series(
            "Batch size",
            "Median number of parameter sets per executemany; a batch of 1 in a loop is slow.",
            "short",
            Query(quantile(0.5, batch), "median"),
        ),
    ]


def _callers() -> list[Any]:
    return [
        panels.section("Callers"),
        panels.series(
            "Calls by route",
            'Calls per second by the request\'s route. Needs metric_attributes: ["http.route"].',
            "ops",
            Query(rate(CALLS, ROUTE), f"{{{{{ROUTE}}}}}"),
        ),
        panels.series(
            "Load by route",
            "Average number of calls in progress, by the request's route.",
            "short",
            Query(rate(SECONDS, ROUTE), f"{{{{{ROUTE}}}}}"),
            stacked=True,
        ),
        panels.series(
            "p95 by instance",
            "An instance that differs has a network or a connection problem.",
            "s",
            Query(quantile(0.95, BUCKETS, "instance"), "{{instance}}"),
        ),
        panels.series(
            "Errors by number",
            "Errors per second by SQL Server's number.",
            "ops",
            Query(rate(FAILED, ERROR), f"{{{{{ERROR}}}}}"),
        ),
    ]


def _evidence() -> list[Any]:
    return [
        panels.section("Traces and plans"),
        panels.traces(
            "Slow calls",
            "Traces with calls of this statement over 500 ms; open one for its line of code.",
            '{ span.db.query.summary = "$statement" && duration > 500ms }',
        ),
        panels.events(
            "Plans",
            "Captured query plans of this statement, with hash, cost and warnings; open one for "
            "the ShowPlan XML.",
            '{service_name=~"$job"} | event_name="mssql.query_plan" '
            '| db_query_summary="$statement"',
        ),
    ]
