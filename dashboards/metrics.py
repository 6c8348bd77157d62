"""PromQL for this package's metrics, as the Prometheus exporter and the Collector name them.

Translation of names: "Prometheus and OpenMetrics compatibility",
https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
"""

from __future__ import annotations

DURATION = "db_client_operation_duration_seconds"
ROWS = "db_client_response_returned_rows"
BATCH_SIZE = "mssql_client_operation_batch_size"
PLANS = "mssql_client_plans_total"
PLAN_CHANGES = "mssql_client_plan_changes_total"
PLAN_WARNINGS = "mssql_client_plan_warnings_total"
ERRORS = "mssql_client_errors_total"
TRANSACTION_DURATION = "mssql_client_transaction_duration_seconds"
TRANSACTIONS_OPEN = "mssql_client_transaction_open"
TRANSACTION_AGE = "mssql_client_transaction_age_seconds"
TOKEN_DURATION = "mssql_client_token_duration_seconds"  # noqa: S105  a metric's name
LOGIN_RETRIES = "mssql_client_login_retries_total"
LOGIN_RETRY_WAIT = "mssql_client_login_retry_wait_seconds"
CONNECTIONS = "db_client_connection_count"
CONNECTIONS_PENDING = "db_client_connection_pending_requests"
CONNECTION_TIMEOUTS = "db_client_connection_timeouts_total"
CONNECTION_CREATE = "db_client_connection_create_time_seconds"
CONNECTION_USE = "db_client_connection_use_time_seconds"

STATEMENT = "db_query_summary"
ERROR = "error_type"
POOL = "db_client_connection_pool_name"
ROUTE = "http_route"
WINDOW = "$__rate_interval"


def selected(metric: str, *matchers: str) -> str:
    """Return a selector of the series that the dashboard's variables choose."""
    common = ('job=~"$job"', 'instance=~"$instance"')
    return f"{metric}{{{', '.join((*common, *matchers))}}}"


def of_database(metric: str, *matchers: str) -> str:
    """Return a selector that the variable `database` limits as well."""
    return selected(metric, 'db_namespace=~"$database"', *matchers)


def rate(selector: str, *by: str) -> str:
    """Return the sum of the rates per second, by some labels."""
    return f"sum{_by(by)} (rate({selector}[{WINDOW}]))"


def quantile(share: float, selector: str, *by: str) -> str:
    """Return a quantile of a histogram; `selector` selects its `_bucket` series."""
    return f"histogram_quantile({share}, {rate(selector, 'le', *by)})"


def top(count: int, expression: str) -> str:
    """Return the largest series of an expression."""
    return f"topk({count}, {expression})"


def ratio(part: str, whole: str) -> str:
    """Return a share from 0 to 1; nothing if the whole is 0."""
    return f"({part}) / ({whole} > 0)"


def _by(labels: tuple[str, ...]) -> str:
    return f" by ({', '.join(labels)})" if labels else ""
