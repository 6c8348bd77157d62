"""Dashboard 1: the statements of an application at a glance."""

from __future__ import annotations

from typing import Any

from dashboards.grafana import panels
from dashboards.grafana.panels import Query
from dashboards.metrics import (
    DURATION,
    ERROR,
    ERRORS,
    ROWS,
    STATEMENT,
    of_database,
    quantile,
    rate,
    ratio,
    top,
)

CALLS = of_database(f"{DURATION}_count")
FAILED = of_database(f"{DURATION}_count", f'{ERROR}!=""')
SECONDS = of_database(f"{DURATION}_sum")
BUCKETS = of_database(f"{DURATION}_bucket")


def build() -> Any:
    """Return the dashboard."""
    return panels.create(
        "mssql-overview",
        "SQL overview",
        "Rate, errors, duration and load of all statements that Django sends to SQL Server.",
        [*_figures(), *_courses(), *_rankings(), *_errors()],
    )


def _figures() -> list[Any]:
    return [
        panels.number("Statements", "Statements per second.", "ops", Query(rate(CALLS))),
        panels.number(
            "Error ratio",
            "Share of statements that fail.",
            "percentunit",
            Query(ratio(f"{rate(FAILED)} or vector(0)", rate(CALLS))),
        ),
        panels.number(
            "p50", "Half of the statements are faster.", "s", Query(quantile(0.5, BUCKETS))
        ),
        panels.number(
            "p95", "5% of the statements are slower.", "s", Query(quantile(0.95, BUCKETS))
        ),
        panels.number(
            "p99", "1% of the statements are slower.", "s", Query(quantile(0.99, BUCKETS))
        ),
        panels.number(
            "Database load",
            "Average number of statements in progress: seconds of statements per second.",
            "short",
            Query(rate(SECONDS)),
        ),
    ]


def _courses() -> list[Any]:
    durations = [Query(quantile(share, BUCKETS), name) for share, name in _SHARES]
    return [
        panels.section("Over time"),
        panels.series("Duration", "Quantiles of the duration of statements.", "s", *durations),
        panels.heat(
            "Durations",
            "Number of statements by duration. Dots are exemplars: each opens a trace.",
            "s",
            Query(rate(BUCKETS, "le"), "{{le}}", exemplars=True),
        ),
        panels.series(
            "Load by statement",
            "Average number of statements in progress, by statement: what the database works on.",
            "short",
            Query(top(10, rate(SECONDS, STATEMENT)), f"{{{{{STATEMENT}}}}}"),
            stacked=True,
        ),
        panels.series(
            "Statements per second",
            "The most frequent statements.",
            "ops",
            Query(top(10, rate(CALLS, STATEMENT)), f"{{{{{STATEMENT}}}}}"),
        ),
    ]


def _rankings() -> list[Any]:
    seconds = f"sum by ({STATEMENT}) (increase({SECONDS}[$__range]))"
    calls = f"sum by ({STATEMENT}) (increase({CALLS}[$__range]))"
    buckets = f"sum by (le, {STATEMENT}) (increase({BUCKETS}[$__range]))"
    read = f"sum by ({STATEMENT}) (increase({of_database(f'{ROWS}_sum')}[$__range]))"
    return [
        panels.section("By statement"),
        panels.rows(
            "Statements by time",
            "Total time, calls, p95 and rows of the statements of this time range. A row links to "
            "the dashboard of its statement.",
            {
                "Total time": ("s", Query(top(50, seconds))),
                "Calls": ("short", Query(calls)),
                "p95": ("s", Query(f"histogram_quantile(0.95, {buckets})")),
                "Rows": ("short", Query(read)),
                "Share of load": (
                    "percentunit",
                    Query(f"{seconds} / scalar(sum(increase({SECONDS}[$__range])))"),
                ),
            },
            STATEMENT,
            [panels.to_statement()],
        ),
        panels.ranking(
            "Slowest by p95",
            "Statements by the duration that 5% of their calls exceed.",
            "s",
            Query(top(10, f"histogram_quantile(0.95, {buckets})")),
            [panels.to_statement()],
        ),
        panels.ranking(
            "Most rows",
            "Statements by the number of rows that the application reads.",
            "short",
            Query(top(10, read)),
            [panels.to_statement()],
        ),
    ]


def _errors() -> list[Any]:
    errors = of_database(ERRORS)
    return [
        panels.section("Errors"),
        panels.series(
            "Errors by number",
            "Errors per second, by SQL Server's number: 1205 is a deadlock, `timeout` a limit.",
            "ops",
            Query(rate(errors, ERROR), f"{{{{{ERROR}}}}}"),
        ),
        panels.series(
            "Failing statements",
            "Errors per second, by statement and number.",
            "ops",
            Query(top(10, rate(FAILED, STATEMENT, ERROR)), f"{{{{{STATEMENT}}}}} {{{{{ERROR}}}}}"),
        ),
    ]


_SHARES = ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
