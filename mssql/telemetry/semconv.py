"""Names of attributes, metrics and events.

The stable ones follow OpenTelemetry semantic conventions v1.44, "Database client spans",
"Microsoft SQL Server" and "Database client metrics",
https://opentelemetry.io/docs/specs/semconv/database/. What the conventions have no name for
begins with `mssql.`.
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

QUERY_HASH = "mssql.query_hash"
PLAN_HASH = "mssql.plan_hash"
PLAN_KIND = "mssql.plan.kind"
PLAN_COST = "mssql.plan.cost"
PLAN_WARNINGS = "mssql.plan.warnings"
QUERY_PLAN_EVENT = "mssql.query_plan"

OPERATION_DURATION = "db.client.operation.duration"
OPERATION_DURATION_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0)
RETURNED_ROWS = "db.client.response.returned_rows"
RETURNED_ROWS_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
PLANS = "mssql.client.plans"
PLAN_OUTCOME = "mssql.plan.outcome"
