"""Names of attributes, metrics and events.

The stable ones follow OpenTelemetry semantic conventions v1.44, "Database client spans",
"Microsoft SQL Server" and "Database client metrics",
https://opentelemetry.io/docs/specs/semconv/database/. Other names begin with `mssql.`.
"""

from __future__ import annotations

SCHEMA_URL = "https://opentelemetry.io/schemas/1.44.0"
INSTRUMENTATION_NAME = "mssql.telemetry"

SYSTEM_NAME = "microsoft.sql_server"
DEFAULT_PORT = 1433

DB_SYSTEM_NAME = "db.system.name"
DB_NAMESPACE = "db.namespace"
DB_QUERY_SUMMARY = "db.query.summary"
DB_QUERY_TEXT = "db.query.text"
DB_STORED_PROCEDURE_NAME = "db.stored_procedure.name"
DB_OPERATION_BATCH_SIZE = "db.operation.batch.size"
DB_RESPONSE_RETURNED_ROWS = "db.response.returned_rows"
DB_RESPONSE_STATUS_CODE = "db.response.status_code"
SERVER_ADDRESS = "server.address"
SERVER_PORT = "server.port"
ERROR_TYPE = "error.type"
CODE_FUNCTION_NAME = "code.function.name"
CODE_FILE_PATH = "code.file.path"
CODE_LINE_NUMBER = "code.line.number"
HTTP_ROUTE = "http.route"
DB_QUERY_PARAMETER = "db.query.parameter."

DJANGO_ALIAS = "mssql.django.alias"
DJANGO_VIEW = "mssql.django.view"
DJANGO_COMMAND = "mssql.django.command"
DJANGO_TASK = "mssql.django.task"
PARAMETER_TYPES = "mssql.query.parameter_types"
# Azure Monitor's exporter drops attributes of spans that begin with db., code., http. or error.
STATUS_CODE = "mssql.status_code"
CALLER = "mssql.caller"
ROUTE = "mssql.route"
ROWS = "mssql.returned_rows"
SIZE_OF_BATCH = "mssql.batch_size"
TYPE_OF_ERROR = "mssql.error_type"
PROCEDURE = "mssql.procedure"
NAMESPACE = "mssql.namespace"
CUSTOM_EVENT_NAME = "microsoft.custom_event.name"

QUERY_HASH = "mssql.query_hash"
PLAN_HASH = "mssql.plan_hash"
PLAN_KIND = "mssql.plan.kind"
PLAN_SOURCE = "mssql.plan.source"
PLAN_COST = "mssql.plan.cost"
PLAN_WARNINGS = "mssql.plan.warnings"
QUERY_PLAN_EVENT = "mssql.query_plan"
PLAN_PART = "mssql.plan.part"
PLAN_PARTS = "mssql.plan.parts"

OPERATION_DURATION = "db.client.operation.duration"
OPERATION_DURATION_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)
RETURNED_ROWS = "db.client.response.returned_rows"
RETURNED_ROWS_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
BATCH_SIZE = "mssql.client.operation.batch.size"
BATCH_SIZE_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
TRANSACTION_DURATION = "mssql.client.transaction.duration"
TRANSACTION_OUTCOME = "mssql.transaction.outcome"
PLANS = "mssql.client.plans"
PLAN_OUTCOME = "mssql.plan.outcome"
PLAN_CHANGES = "mssql.client.plan.changes"
PLAN_WARNINGS_COUNT = "mssql.client.plan.warnings"
PLAN_WARNING_KIND = "mssql.plan.warning.kind"
ERRORS = "mssql.client.errors"
# Deadlock, lock time limit, update conflict, time limit, database not available, login failed:
# their series exist from the first connection, so that a rate includes the first error.
ERRORS_FROM_ZERO = ("1205", "1222", "3960", "timeout", "40613", "18456")
TRANSACTIONS_OPEN = "mssql.client.transaction.open"
TRANSACTION_AGE = "mssql.client.transaction.age"

# "Connection pools"; the conventions name no buckets for these times.
CONNECTION_POOL_NAME = "db.client.connection.pool.name"
CONNECTION_STATE = "db.client.connection.state"
CONNECTION_COUNT = "db.client.connection.count"
CONNECTION_PENDING_REQUESTS = "db.client.connection.pending_requests"
CONNECTION_TIMEOUTS = "db.client.connection.timeouts"
CONNECTION_CREATE_TIME = "db.client.connection.create_time"
CONNECTION_WAIT_TIME = "db.client.connection.wait_time"
CONNECTION_USE_TIME = "db.client.connection.use_time"
CONNECTION_TIME_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 120.0)

SIGN_IN = "mssql.sign_in"
LOGIN_RETRIES = "mssql.client.login.retries"
LOGIN_RETRY_WAIT = "mssql.client.login.retry_wait"
LOGIN_RETRY_EVENT = "mssql.login.retry"
LOGIN_RETRY_NUMBER = "mssql.login.retry.number"
LOGIN_RETRY_SECONDS = "mssql.login.retry.wait"
TOKEN_DURATION = "mssql.client.token.duration"  # noqa: S105  a metric's name
TOKEN_IN_BACKGROUND = "mssql.token.in_background"  # noqa: S105
TOKEN_REFUSED_EVENT = "mssql.token.refused"  # noqa: S105
