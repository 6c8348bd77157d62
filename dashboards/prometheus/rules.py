"""Alert rules: each with the number that fires it, its reason, and the dashboard that explains it.

`increase()` misses the first error of a series that begins at 1. So rules about first errors
compare with the series of ten minutes ago (`unless ... offset`).

Format: "Alerting rules",
https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboards.metrics import (
    CONNECTION_CREATE,
    CONNECTIONS_PENDING,
    DURATION,
    ERROR,
    ERRORS,
    LOGIN_RETRIES,
    PLAN_CHANGES,
    PLANS,
    POOL,
    ROUTE,
    ROWS,
    STATEMENT,
    TOKEN_DURATION,
    TRANSACTION_AGE,
    TRANSACTION_DURATION,
)

# Azure SQL: not available, moving, or at a limit of its resources.
TRANSIENT = "40613|40197|40501|49918|49919|49920|10928|10929|4221|615|926"
SERVICE = "job, db_namespace"
BY_STATEMENT = f"{SERVICE}, {STATEMENT}"
FAILED, IN_REQUEST = f'{ERROR}!=""', f'{ROUTE}!=""'
ROLLED_BACK = 'mssql_transaction_outcome!="commit"'


@dataclass(frozen=True)
class Rule:
    """An alert.

    `wait` is the time for which the expression must be true; `board` the uid of the dashboard.
    """

    name: str
    severity: str
    expression: str
    wait: str
    summary: str
    description: str
    board: str

    def as_yaml(self) -> dict[str, Any]:
        """Return the rule as Prometheus reads it."""
        return {
            "alert": self.name,
            "expr": self.expression,
            "for": self.wait,
            "labels": {"severity": self.severity},
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                "dashboard": f"/d/{self.board}",
            },
        }


def _p95(metric: str, by: str, window: str = "5m", offset: str = "") -> str:
    rate = f"rate({metric}_bucket[{window}]{offset})"
    return f"histogram_quantile(0.95, sum by (le, {by}) ({rate}))"


def _rate(metric: str, by: str, matchers: str = "", window: str = "5m") -> str:
    return f"sum by ({by}) (rate({metric}{{{matchers}}}[{window}]))"


def _new_errors(numbers: str, by: str) -> str:
    """Return the errors of the last ten minutes, the first one of a series included."""
    series = f'{ERRORS}{{{ERROR}=~"{numbers}"}}'
    first = f"({series} unless {series} offset 10m)"
    return f"sum by ({by}, {ERROR}) ({first} or increase({series}[10m])) > 0"


STATEMENTS = [
    Rule(
        "SqlStatementsSlow",
        "warning",
        f"{_p95(DURATION, SERVICE)} > 1 and {_rate(f'{DURATION}_count', SERVICE)} > 0.1",
        "10m",
        "5% of the statements take over a second",
        "p95 is {{ $value | humanizeDuration }} in {{ $labels.db_namespace }}.",
        "mssql-overview",
    ),
    Rule(
        "SqlStatementSlowerThanYesterday",
        "warning",
        f"{_p95(DURATION, BY_STATEMENT, '30m')} "
        f"> 2 * {_p95(DURATION, BY_STATEMENT, '30m', ' offset 1d')} "
        f"and {_p95(DURATION, BY_STATEMENT, '30m')} > 0.1 "
        f"and {_rate(f'{DURATION}_count', BY_STATEMENT, '', '30m')} > 0.01",
        "15m",
        "A statement takes twice as long as at this hour yesterday",
        "p95 of {{ $labels.db_query_summary }} is {{ $value | humanizeDuration }}.",
        "mssql-statement",
    ),
    Rule(
        "SqlErrorRatioHigh",
        "critical",
        f"{_rate(f'{DURATION}_count', SERVICE, FAILED)} "
        f"/ {_rate(f'{DURATION}_count', SERVICE)} > 0.02",
        "5m",
        "More than 2% of the statements fail",
        "{{ $value | humanizePercentage }} of the statements in {{ $labels.db_namespace }} fail.",
        "mssql-overview",
    ),
    Rule(
        "SqlManyRows",
        "info",
        f"{_p95(ROWS, BY_STATEMENT, '30m')} > 5000",
        "30m",
        "A statement reads thousands of rows",
        "{{ $labels.db_query_summary }} reads {{ $value }} rows; does the application use them?",
        "mssql-statement",
    ),
    Rule(
        "SqlRepeatedStatements",
        "info",
        f"{_rate(f'{DURATION}_count', f'job, {ROUTE}', IN_REQUEST, '15m')} "
        "/ "
        f'sum by (job, {ROUTE}) (rate(http_server_duration_seconds_count{{{ROUTE}!=""}}[15m]) '
        f'or rate(http_server_request_duration_seconds_count{{{ROUTE}!=""}}[15m])) > 50',
        "15m",
        "A route sends over 50 statements per request (N+1)",
        "{{ $labels.http_route }} sends {{ $value }} statements per request.",
        "mssql-requests",
    ),
]

CONTENTION = [
    Rule(
        "SqlDeadlock",
        "warning",
        _new_errors("1205", f"{SERVICE}, instance"),
        "0m",
        "SQL Server has ended a statement as a deadlock's victim",
        "Deadlock in {{ $labels.db_namespace }}: the application must repeat the transaction.",
        "mssql-transactions",
    ),
    Rule(
        "SqlTimeout",
        "warning",
        _new_errors("timeout|1222", f"{SERVICE}, instance"),
        "0m",
        "A statement has exceeded a time limit",
        "Error {{ $labels.error_type }} in {{ $labels.db_namespace }}.",
        "mssql-transactions",
    ),
    Rule(
        "SqlTransactionOpenLong",
        "warning",
        f"max by ({SERVICE}, instance, {POOL}) ({TRANSACTION_AGE}) > 60",
        "0m",
        "A transaction has been open for over a minute",
        "It is open for {{ $value | humanizeDuration }} on {{ $labels.instance }}, with its locks.",
        "mssql-transactions",
    ),
    Rule(
        "SqlRollbacks",
        "info",
        f"{_rate(f'{TRANSACTION_DURATION}_count', SERVICE, ROLLED_BACK)} "
        f"/ {_rate(f'{TRANSACTION_DURATION}_count', SERVICE)} > 0.2",
        "10m",
        "Over a fifth of the transactions are rolled back",
        "{{ $value | humanizePercentage }} of the transactions in {{ $labels.db_namespace }}.",
        "mssql-transactions",
    ),
]

CONNECTIONS = [
    Rule(
        "SqlLoginsRepeated",
        "warning",
        f'sum by (job, {ERROR}) (rate({LOGIN_RETRIES}{{{ERROR}=~"{TRANSIENT}"}}[5m])) > 0.05',
        "5m",
        "Azure SQL refuses logins for the moment",
        "Logins are repeated after error {{ $labels.error_type }}.",
        "mssql-connections",
    ),
    Rule(
        "SqlNotAvailable",
        "critical",
        _new_errors("40613", SERVICE),
        "0m",
        "The database was not available",
        "Error 40613 in {{ $labels.db_namespace }}.",
        "mssql-connections",
    ),
    Rule(
        "SqlLoginFailed",
        "critical",
        _new_errors("18456", SERVICE),
        "0m",
        "The server has refused a login",
        "Error 18456 in {{ $labels.db_namespace }}: see manage.py check_entra.",
        "mssql-connections",
    ),
    Rule(
        "SqlTokenFailed",
        "critical",
        f'sum by (job) (increase({TOKEN_DURATION}_count{{{ERROR}!=""}}[10m])) > 0 '
        f'or sum by (job) ({TOKEN_DURATION}_count{{{ERROR}!=""}} '
        f'unless {TOKEN_DURATION}_count{{{ERROR}!=""}} offset 10m) > 0',
        "0m",
        "The identity service returns no token",
        "Connections fail when the current token expires.",
        "mssql-connections",
    ),
    Rule(
        "SqlConnectionsPending",
        "critical",
        f"sum by (job, instance, {POOL}) ({CONNECTIONS_PENDING}) > 0",
        "2m",
        "Threads have waited for a connection for two minutes",
        "{{ $value }} on {{ $labels.instance }}.",
        "mssql-connections",
    ),
    Rule(
        "SqlConnectSlow",
        "warning",
        f"{_p95(CONNECTION_CREATE, 'job')} > 2",
        "10m",
        "Connecting takes over two seconds",
        "p95 is {{ $value | humanizeDuration }}.",
        "mssql-connections",
    ),
]

PLAN_RULES = [
    Rule(
        "SqlPlanChangedAndSlower",
        "warning",
        f"{_p95(DURATION, BY_STATEMENT, '15m')} "
        f"> 2 * {_p95(DURATION, BY_STATEMENT, '15m', ' offset 1h')} "
        f"and on ({BY_STATEMENT}) sum by ({BY_STATEMENT}) (increase({PLAN_CHANGES}[1h]) > 0 "
        f"or ({PLAN_CHANGES} unless {PLAN_CHANGES} offset 1h)) > 0",
        "5m",
        "A statement has a new plan and takes twice as long",
        "p95 of {{ $labels.db_query_summary }} is {{ $value | humanizeDuration }}.",
        "mssql-plans",
    ),
    Rule(
        "SqlPlansDenied",
        "info",
        f"""sum by ({SERVICE}) (increase({PLANS}{{mssql_plan_outcome="denied"}}[1h])) > 0""",
        "1h",
        "The login may not read query plans",
        "GRANT SHOWPLAN in {{ $labels.db_namespace }}.",
        "mssql-plans",
    ),
    Rule(
        "SqlPlansDropped",
        "info",
        f"""sum by ({SERVICE}) (rate({PLANS}{{mssql_plan_outcome="dropped"}}[15m])) """
        f"/ sum by ({SERVICE}) (rate({PLANS}[15m])) > 0.1",
        "15m",
        "Over a tenth of the plans are not captured",
        "{{ $value | humanizePercentage }} in {{ $labels.db_namespace }}.",
        "mssql-plans",
    ),
]

GROUPS = {
    "sql-statements": STATEMENTS,
    "sql-contention": CONTENTION,
    "sql-connections": CONNECTIONS,
    "sql-plans": PLAN_RULES,
}


def build() -> dict[str, Any]:
    """Return the rule file."""
    return {
        "groups": [
            {"name": name, "interval": "1m", "rules": [rule.as_yaml() for rule in rules]}
            for name, rules in GROUPS.items()
        ]
    }
