"""The functions and @@ variables whose value depends on the session, with their types.

A statement that uses one has it among its parameters, under the name in this module.
Follows "System functions" and "Configuration functions",
https://learn.microsoft.com/sql/t-sql/functions/system-functions-transact-sql
"""

from __future__ import annotations

from tds_embedded.types import SqlType

_SYSNAME = SqlType("nvarchar", 128)
_INT = SqlType("int")
_IDENTITY = SqlType("numeric", precision=38, scale=0)
UPDATED = "update("  # begins the name under which UPDATE(column) is among the parameters

# The @@ variables that SQL Server has besides.
_OTHER_VARIABLES = """
    @@CONNECTIONS @@CPU_BUSY @@CURSOR_ROWS @@DBTS @@DEF_SORTORDER_ID @@DEFAULT_LANGID @@IDLE
    @@IO_BUSY @@MAX_CONNECTIONS @@PACKET_ERRORS @@PACK_RECEIVED @@PACK_SENT @@REMSERVER
    @@TIMETICKS @@TOTAL_ERRORS @@TOTAL_READ @@TOTAL_WRITE
"""
OTHER_VARIABLES = frozenset(_OTHER_VARIABLES.split())

# The values of @@TRANCOUNT and XACT_STATE() in a statement that changes or reads something, which
# outside a transaction runs in a separate one.
TRANSACTION_COUNT_OF_CHANGE = "@@trancount of a change"
TRANSACTION_STATE_OF_READ = "xact_state() of a read"

SESSION_VALUES: dict[str, SqlType] = {
    "@@DATEFIRST": SqlType("tinyint"),
    "@@ERROR": _INT,
    "@@FETCH_STATUS": _INT,
    "@@IDENTITY": _IDENTITY,
    "@@LANGID": SqlType("smallint"),
    "@@LANGUAGE": _SYSNAME,
    "@@LOCK_TIMEOUT": _INT,
    "@@MAX_PRECISION": SqlType("tinyint"),
    "@@MICROSOFTVERSION": _INT,
    "@@NESTLEVEL": _INT,
    "@@OPTIONS": _INT,
    "@@PROCID": _INT,
    "@@ROWCOUNT": _INT,
    "@@SERVERNAME": _SYSNAME,
    "@@SERVICENAME": _SYSNAME,
    "@@SPID": SqlType("smallint"),
    "@@TEXTSIZE": _INT,
    "@@TRANCOUNT": _INT,
    "@@VERSION": SqlType("nvarchar", 300),
    "APP_NAME()": _SYSNAME,
    "COLUMNS_UPDATED()": SqlType("varbinary", 128),
    "CONTEXT_INFO()": SqlType("varbinary", 128),
    "CURRENT_TRANSACTION_ID()": SqlType("bigint"),
    "CURRENT_USER": _SYSNAME,
    "DB_ID()": SqlType("smallint"),
    "DB_NAME()": _SYSNAME,
    "ERROR_LINE()": _INT,
    "ERROR_MESSAGE()": SqlType("nvarchar", 4000),
    "ERROR_NUMBER()": _INT,
    "ERROR_PROCEDURE()": _SYSNAME,
    "ERROR_SEVERITY()": _INT,
    "ERROR_STATE()": _INT,
    "HOST_ID()": SqlType("char", 10),
    "HOST_NAME()": _SYSNAME,
    "ORIGINAL_DB_NAME()": _SYSNAME,
    "ORIGINAL_LOGIN()": _SYSNAME,
    "ROWCOUNT_BIG()": SqlType("bigint"),
    "SCHEMA_NAME()": _SYSNAME,
    "SCOPE_IDENTITY()": _IDENTITY,
    "SESSION_USER": _SYSNAME,
    "SUSER_NAME()": _SYSNAME,
    "SUSER_SNAME()": _SYSNAME,
    "SYSTEM_USER": _SYSNAME,
    "TRIGGER_NESTLEVEL()": _INT,
    "USER": _SYSNAME,
    "USER_NAME()": _SYSNAME,
    "XACT_STATE()": SqlType("smallint"),
}
