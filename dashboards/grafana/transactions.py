"""Dashboard 5: transactions, locks and deadlocks."""

from __future__ import annotations

from typing import Any

from dashboards.grafana import panels
from dashboards.grafana.panels import Query
from dashboards.metrics import (
    DURATION,
    ERROR,
    ERRORS,
    POOL,
    STATEMENT,
    TRANSACTION_AGE,
    TRANSACTION_DURATION,
    TRANSACTIONS_OPEN,
    of_database,
    quantile,
    rate,
    ratio,
    top,
)

OUTCOME = "mssql_transaction_outcome"
ENDED = of_database(f"{TRANSACTION_DURATION}_count")
ROLLED_BACK = of_database(f"{TRANSACTION_DURATION}_count", f'{OUTCOME}!="commit"')
# A deadlock's victim, a lock's time limit, an update conflict under SNAPSHOT, a time limit.
CONTENTION = "1205|1222|3960|timeout"


def build() -> Any:
    """Return the dashboard."""
    return panels.create(
        "mssql-transactions",
        "SQL transactions, locks, deadlocks",
        "Duration and outcome of transactions, the longest open one, deadlocks and time limits.",
        [*_transactions(), *_contention()],
    )


def _transactions() -> list[Any]:
    buckets = of_database(f"{TRANSACTION_DURATION}_bucket")
    return [
        panels.number(
            "Transactions", "Transactions per second.", "ops", Query(rate(ENDED)), span=6
        ),
        panels.number(
            "Rollback ratio",
            "Share of transactions that are rolled back.",
            "percentunit",
            Query(ratio(f"{rate(ROLLED_BACK)} or vector(0)", rate(ENDED))),
            span=6,
        ),
        panels.number(
            "Open now",
            "Transactions that are open.",
            "short",
            Query(f"sum({of_database(TRANSACTIONS_OPEN)})"),
            span=6,
        ),
        panels.number(
            "Longest open",
            "Age of the oldest open transaction: it keeps its locks for so long.",
            "s",
            Query(f"max({of_database(TRANSACTION_AGE)}) or vector(0)"),
            span=6,
        ),
        panels.series(
            "Duration by outcome",
            "p95 of transactions by their outcome.",
            "s",
            Query(quantile(0.95, buckets, OUTCOME), f"{{{{{OUTCOME}}}}}"),
        ),
        panels.series(
            "Duration",
            "Quantiles of the duration of transactions.",
            "s",
            *[
                Query(quantile(share, buckets), f"p{share * 100:.0f}")
                for share in (0.5, 0.95, 0.99)
            ],
        ),
        panels.series(
            "Oldest open transaction",
            "Age by alias and instance. A line that climbs is a transaction that does not end.",
            "s",
            Query(
                f"max by ({POOL}, instance) ({of_database(TRANSACTION_AGE)})",
                f"{{{{{POOL}}}}} {{{{instance}}}}",
            ),
        ),
        panels.series(
            "Outcomes",
            "Transactions per second by outcome.",
            "ops",
            Query(rate(ENDED, OUTCOME), f"{{{{{OUTCOME}}}}}"),
            stacked=True,
        ),
    ]


def _contention() -> list[Any]:
    failures = of_database(f"{DURATION}_count", f'{ERROR}=~"{CONTENTION}"')
    return [
        panels.section("Locks and deadlocks"),
        panels.series(
            "Deadlocks, lock and time limits",
            "1205: deadlock; 1222: lock time limit; 3960: update conflict under SNAPSHOT.",
            "ops",
            Query(rate(of_database(ERRORS, f'{ERROR}=~"{CONTENTION}"'), ERROR), f"{{{{{ERROR}}}}}"),
        ),
        panels.series(
            "By statement",
            "The statements that meet them. Victims of deadlocks are retried by the application.",
            "ops",
            Query(
                top(10, rate(failures, STATEMENT, ERROR)), f"{{{{{STATEMENT}}}}} {{{{{ERROR}}}}}"
            ),
        ),
    ]
