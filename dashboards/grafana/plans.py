"""Dashboard 3: query plans, their changes and their warnings."""

from __future__ import annotations

from typing import Any

from dashboards.grafana import panels
from dashboards.grafana.panels import Query
from dashboards.metrics import (
    DURATION,
    PLAN_CHANGES,
    PLAN_WARNINGS,
    PLANS,
    STATEMENT,
    of_database,
    quantile,
    rate,
    ratio,
    top,
)

CHANGED = f"sum by ({STATEMENT}) (increase({of_database(PLAN_CHANGES)}[$__range])) > 0"


def _p95(offset: str = "") -> str:
    buckets = f"rate({of_database(f'{DURATION}_bucket')}[5m]{offset})"
    return f"histogram_quantile(0.95, sum by (le, {STATEMENT}) ({buckets}))"


def build() -> Any:
    """Return the dashboard."""
    return panels.create(
        "mssql-plans",
        "SQL plans and regressions",
        "Captured query plans, statements whose plan has changed, and the optimizer's warnings.",
        [*_figures(), *_changes(), *_warnings(), *_captures()],
        panels.source("logs", "Logs", "loki"),
    )


def _figures() -> list[Any]:
    return [
        panels.number(
            "Plan changes",
            "Statements that got another plan in this time range.",
            "short",
            Query(f"sum(increase({of_database(PLAN_CHANGES)}[$__range])) or vector(0)"),
        ),
        panels.number(
            "Missing indexes",
            "Plans with a missing index in this time range.",
            "short",
            Query(f"sum({_increase('missing_index')}) or vector(0)"),
        ),
        panels.number(
            "Denied",
            "Captures that the login has no permission for: GRANT SHOWPLAN.",
            "short",
            Query(
                f"sum(increase({of_database(PLANS, _outcome('denied'))}[$__range])) or vector(0)"
            ),
        ),
        panels.number(
            "Dropped",
            "Share of captures that the queue dropped.",
            "percentunit",
            Query(
                ratio(
                    f"{rate(of_database(PLANS, _outcome('dropped')))} or vector(0)",
                    rate(of_database(PLANS)),
                )
            ),
        ),
    ]


def _changes() -> list[Any]:
    return [
        panels.rows(
            "Statements with a new plan",
            "p95 of the last minutes, and of an hour ago. A change after which a statement is "
            "slower is a regression.",
            {
                "Changes": ("short", Query(CHANGED)),
                "p95 now": ("s", Query(f"{_p95()} and on ({STATEMENT}) ({CHANGED})")),
                "p95 an hour ago": (
                    "s",
                    Query(f"{_p95(' offset 1h')} and on ({STATEMENT}) ({CHANGED})"),
                ),
            },
            STATEMENT,
            [panels.to_statement()],
        ),
        panels.series(
            "Plan changes over time",
            "New plan hashes per second, by statement.",
            "ops",
            Query(top(10, rate(of_database(PLAN_CHANGES), STATEMENT)), f"{{{{{STATEMENT}}}}}"),
        ),
        panels.series(
            "p95 of changed statements",
            "Compare the duration before and after a change.",
            "s",
            Query(
                f"{quantile(0.95, of_database(f'{DURATION}_bucket'), STATEMENT)} "
                f"and on ({STATEMENT}) ({CHANGED})",
                f"{{{{{STATEMENT}}}}}",
            ),
        ),
    ]


def _warnings() -> list[Any]:
    kinds = "mssql_plan_warning_kind"
    return [
        panels.section("Warnings"),
        panels.series(
            "Warnings by kind",
            "Warnings in captured plans per second: missing index, implicit conversion, spill, no "
            "join predicate, memory grant.",
            "ops",
            Query(rate(of_database(PLAN_WARNINGS), kinds), f"{{{{{kinds}}}}}"),
            stacked=True,
        ),
        panels.ranking(
            "Statements with warnings",
            "Warnings in this time range, by statement and kind.",
            "short",
            Query(
                top(
                    10,
                    f"sum by ({STATEMENT}, {kinds}) "
                    f"(increase({of_database(PLAN_WARNINGS)}[$__range]))",
                )
            ),
            [panels.to_statement()],
        ),
        panels.events(
            "Missing indexes",
            "Plans with a missing index, with its impact in percent and its columns.",
            '{service_name=~"$job"} | event_name="mssql.query_plan" '
            '| mssql_plan_warnings=~".*missing index.*"',
        ),
    ]


def _captures() -> list[Any]:
    outcome = "mssql_plan_outcome"
    return [
        panels.section("Captures"),
        panels.series(
            "Captures by outcome",
            "Captured, known (reused), limited, denied, failed, dropped or unsupported.",
            "ops",
            Query(rate(of_database(PLANS), outcome), f"{{{{{outcome}}}}}"),
            stacked=True,
        ),
        panels.series(
            "Captures by statement",
            "Plans captured per second, by statement.",
            "ops",
            Query(
                top(10, rate(of_database(PLANS, _outcome("captured")), STATEMENT)),
                f"{{{{{STATEMENT}}}}}",
            ),
        ),
    ]


def _increase(kind: str) -> str:
    selector = of_database(PLAN_WARNINGS, f'mssql_plan_warning_kind="{kind}"')
    return f"increase({selector}[$__range])"


def _outcome(name: str) -> str:
    return f'mssql_plan_outcome="{name}"'
