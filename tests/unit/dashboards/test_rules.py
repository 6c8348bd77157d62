"""Each alert rule, by promtool: it fires for its fault, and not without it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from dashboards.__main__ import FOLDER
from dashboards.prometheus import rules
from tests.unit.dashboards.conftest import promtool

NAMES = [rule.name for group in rules.GROUPS.values() for rule in group]
SERVICE = 'job="shop", instance="a:1", db_namespace="orders"'
STATEMENT = f'{SERVICE}, db_query_summary="SELECT [book]"'
POOL = 'job="shop", instance="a:1", db_client_connection_pool_name="default"'
HOUR, DAY = 60, 24 * 60


@dataclass(frozen=True)
class Case:
    """Series that fire a rule at `minute`, and series that do not.

    Values are promtool's notation, one per minute.
    """

    fires: dict[str, str]
    quiet: dict[str, str]
    minute: int = 30


def histogram(metric: str, labels: str, slow: str, count: str) -> dict[str, str]:
    """Return a histogram with a bound of 1: `slow` calls above it, of `count` calls in all."""
    return {
        f'{metric}_bucket{{{labels}, le="0.1"}}': "0x2000",
        f'{metric}_bucket{{{labels}, le="1"}}': "0x2000" if slow == count else count,
        f'{metric}_bucket{{{labels}, le="10"}}': count,
        f'{metric}_bucket{{{labels}, le="+Inf"}}': count,
        f"{metric}_count{{{labels}}}": count,
    }


DURATION = "db_client_operation_duration_seconds"
TRANSACTION = "mssql_client_transaction_duration_seconds"
ALL_SLOW = histogram(DURATION, SERVICE, "0+60x200", "0+60x200")
NONE_SLOW = histogram(DURATION, SERVICE, "0", "0+60x200")


def became_slow(before: int, after: int) -> dict[str, str]:
    """Return a statement's histogram: fast for `before` minutes, then slow."""
    steady, total = f"0+60x{before} {60 * before}x{after}", f"0+60x{before + after}"
    return {
        f'{DURATION}_bucket{{{STATEMENT}, le="0.2"}}': steady,
        f'{DURATION}_bucket{{{STATEMENT}, le="10"}}': total,
        f'{DURATION}_bucket{{{STATEMENT}, le="+Inf"}}': total,
        f"{DURATION}_count{{{STATEMENT}}}": total,
    }


def errors(number: str, values: str) -> dict[str, str]:
    """Return the counter of an error."""
    return {f'mssql_client_errors_total{{{SERVICE}, error_type="{number}"}}': values}


def first_error(number: str) -> Case:
    """Return a case in which a series begins with its first error, and one that exists at 0."""
    return Case(errors(number, "_x20 1x10"), errors(number, "0x60"), 25)


def plans(outcome: str, captured: str, other: str) -> dict[str, str]:
    """Return the counters of captured plans and of another outcome."""
    return {
        f'mssql_client_plans_total{{{SERVICE}, mssql_plan_outcome="captured"}}': captured,
        f'mssql_client_plans_total{{{SERVICE}, mssql_plan_outcome="{outcome}"}}': other,
    }


CHANGE = f"mssql_client_plan_changes_total{{{STATEMENT}}}"
ROUTED = 'job="shop", http_route="books/"'
FAILED_TOKEN = 'mssql_client_token_duration_seconds_count{job="shop", error_type="Timeout"}'
CASES = {
    "SqlStatementsSlow": Case(ALL_SLOW, NONE_SLOW),
    "SqlStatementSlowerThanYesterday": Case(
        became_slow(DAY, 2 * HOUR), became_slow(DAY + 2 * HOUR, 0), DAY + HOUR
    ),
    "SqlErrorRatioHigh": Case(
        {
            f'{DURATION}_count{{{SERVICE}, error_type="547"}}': "0+3x60",
            f"{DURATION}_count{{{SERVICE}}}": "0+60x60",
        },
        {
            f'{DURATION}_count{{{SERVICE}, error_type="547"}}': "0+1x60",
            f"{DURATION}_count{{{SERVICE}}}": "0+60x60",
        },
    ),
    "SqlManyRows": Case(
        {
            f'db_client_response_returned_rows_bucket{{{STATEMENT}, le="5000"}}': "0x120",
            f'db_client_response_returned_rows_bucket{{{STATEMENT}, le="10000"}}': "0+9x120",
            f'db_client_response_returned_rows_bucket{{{STATEMENT}, le="+Inf"}}': "0+9x120",
        },
        {
            f'db_client_response_returned_rows_bucket{{{STATEMENT}, le="5000"}}': "0+9x120",
            f'db_client_response_returned_rows_bucket{{{STATEMENT}, le="10000"}}': "0+9x120",
            f'db_client_response_returned_rows_bucket{{{STATEMENT}, le="+Inf"}}': "0+9x120",
        },
        90,
    ),
    "SqlRepeatedStatements": Case(
        {
            f"{DURATION}_count{{{ROUTED}}}": "0+600x60",
            f"http_server_duration_seconds_count{{{ROUTED}}}": "0+10x60",
        },
        {
            f"{DURATION}_count{{{ROUTED}}}": "0+100x60",
            f"http_server_duration_seconds_count{{{ROUTED}}}": "0+10x60",
        },
        45,
    ),
    "SqlDeadlock": first_error("1205"),
    "SqlTimeout": first_error("timeout"),
    "SqlTransactionOpenLong": Case(
        {f"mssql_client_transaction_age_seconds{{{POOL}}}": "0+60x60"},
        {f"mssql_client_transaction_age_seconds{{{POOL}}}": "1x60"},
    ),
    "SqlRollbacks": Case(
        {
            f'{TRANSACTION}_count{{{SERVICE}, mssql_transaction_outcome="rollback"}}': "0+30x60",
            f'{TRANSACTION}_count{{{SERVICE}, mssql_transaction_outcome="commit"}}': "0+60x60",
        },
        {
            f'{TRANSACTION}_count{{{SERVICE}, mssql_transaction_outcome="rollback"}}': "0+3x60",
            f'{TRANSACTION}_count{{{SERVICE}, mssql_transaction_outcome="commit"}}': "0+60x60",
        },
    ),
    "SqlLoginsRepeated": Case(
        {'mssql_client_login_retries_total{job="shop", error_type="40197"}': "0+6x60"},
        {'mssql_client_login_retries_total{job="shop", error_type="4060"}': "0+6x60"},
    ),
    "SqlNotAvailable": first_error("40613"),
    "SqlLoginFailed": first_error("18456"),
    "SqlTokenFailed": Case({FAILED_TOKEN: "_x20 1x10"}, {FAILED_TOKEN: "1x60"}, 25),
    "SqlConnectionsPending": Case(
        {f"db_client_connection_pending_requests{{{POOL}}}": "2x60"},
        {f"db_client_connection_pending_requests{{{POOL}}}": "2 0x60"},
    ),
    "SqlConnectSlow": Case(
        histogram("db_client_connection_create_time_seconds", POOL, "0+6x60", "0+6x60"),
        histogram("db_client_connection_create_time_seconds", POOL, "0", "0+6x60"),
    ),
    "SqlPlanChangedAndSlower": Case(
        {**became_slow(2 * HOUR, HOUR), CHANGE: f"_x{2 * HOUR} 1x60"},
        {**became_slow(2 * HOUR, HOUR), CHANGE: f"1x{3 * HOUR}"},
        2 * HOUR + 30,
    ),
    "SqlPlansDenied": Case(
        plans("denied", "0+1x240", "0+1x240"), plans("denied", "0+1x240", "7x240"), 150
    ),
    "SqlPlansDropped": Case(
        plans("dropped", "0+1x60", "0+1x60"), plans("dropped", "0+30x60", "0+1x60"), 45
    ),
}


def test_each_rule_has_a_case() -> None:
    assert sorted(CASES) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("firing", [True, False], ids=["fires", "quiet"])
def test_rules(name: str, firing: bool, tmp_path: Path) -> None:
    case = CASES[name]
    series = case.fires if firing else case.quiet
    test = {
        "rule_files": [str(FOLDER / "prometheus" / "rules.yml")],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": key, "values": text} for key, text in series.items()],
                "promql_expr_test": [
                    {
                        "expr": f'count(ALERTS{{alertname="{name}", alertstate="firing"}})',
                        "eval_time": f"{case.minute}m",
                        "exp_samples": [{"labels": "{}", "value": 1}] if firing else [],
                    }
                ],
            }
        ],
    }
    path = tmp_path / "test.yml"
    path.write_text(yaml.safe_dump(test))
    result = subprocess.run(
        [promtool(), "test", "rules", path], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr + result.stdout
