"""The error numbers of SQL Server's English messages, for a driver that drops the numbers.

Texts are those of sys.messages and of "Troubleshoot connectivity issues and other errors",
https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues
"""

from __future__ import annotations

import re

from mssql.errors.numbers import ErrorNumber

# Of a login: the whole message decides, because a user may choose the words that it quotes.
_LOGIN = {
    ErrorNumber.DATABASE_ID_NOT_FOUND: "Could not find database ID *, name '*'. The database may "
    "be offline. Wait a few minutes "
    "and try again.",
    ErrorNumber.DATABASE_SUSPECT: "Database '*' cannot be opened. It has been marked SUSPECT by "
    "recovery. See the SQL "
    "Server errorlog for more information.",
    ErrorNumber.SECONDARY_NOT_READY: "Login to read-secondary failed due to long wait on "
    "'HADR_DATABASE_WAIT_FOR_TRANSITION_TO_VERSIONING'. *",
    ErrorNumber.RESOURCE_LIMIT: "Resource ID*: *. The * limit for the database is * and has been "
    "reached.*",
    ErrorNumber.RESOURCE_BUSY: "Resource ID*: *. The * minimum guarantee is *, maximum limit is * "
    "and the current "
    "usage for the database is *. *",
    ErrorNumber.TOO_MANY_CONNECTIONS: "Could not connect because the maximum number of '*' user "
    "connections has already been "
    "reached. *",
    # Also the text of 40020, 40143, 40166 and 40540.
    ErrorNumber.SERVICE_ERROR: "The service has encountered an error processing your request. "
    "Please try again. *",
    ErrorNumber.SERVICE_BUSY: "The service is currently busy. Retry the request after 10 seconds. "
    "*",
    ErrorNumber.DATABASE_NOT_AVAILABLE: "Database '*' on server '*' is not currently available. "
    "Please retry the connection "
    "later. *",
    ErrorNumber.POOL_PAUSED: "Can not connect to the SQL pool since it is paused. Please resume "
    "the SQL pool and try "
    "again.",
    ErrorNumber.POOL_WARMING_UP: "The SQL pool is warming up. Please try again.",
    ErrorNumber.NOT_ENOUGH_RESOURCES: "Cannot process request. Not enough resources to process "
    "request. *",
    ErrorNumber.TOO_MANY_CREATIONS: "Cannot process create or update request. Too many create or "
    "update operations in "
    "progress for subscription *",
    ErrorNumber.TOO_MANY_OPERATIONS: "Cannot process request. Too many operations in progress for "
    "subscription *",
}
# Of a statement: enough of the beginning to select Django's exception and to redact a value.
_BEGINNINGS = {
    ErrorNumber.INVALID_OBJECT: "Invalid object name '",
    ErrorNumber.OVERFLOW_OF_TYPE: "Arithmetic overflow error for data type ",
    ErrorNumber.OVERFLOW_OF_VALUE: "Arithmetic overflow error for type ",
    ErrorNumber.INVALID_DATETIME: "Conversion failed when converting date",
    ErrorNumber.SMALL_INTEGER_OVERFLOW: "The conversion of the * value '*' overflowed an * column. "
    "Use a larger integer column.",
    ErrorNumber.CONVERSION_FAILED: "Conversion failed when converting the ",
    ErrorNumber.INTEGER_OVERFLOW: "The conversion of the * value '*' overflowed an int column.",
    ErrorNumber.DATABASE_PERMISSION_DENIED: "{PERMISSION} permission denied in database '",
    ErrorNumber.ACTION_PERMISSION_DENIED: "The user does not have permission to perform this "
    "action.",
    ErrorNumber.SERVER_PERMISSION_DENIED: "{PERMISSION} permission was denied on object 'server', "
    "database '",
    ErrorNumber.INVALID_ESCAPE_CHARACTER: 'The invalid escape character "',
    ErrorNumber.SPACE_FULL: "Could not allocate space for object ",
    ErrorNumber.DEADLOCK_VICTIM: "Transaction (Process ID *) was deadlocked",
    ErrorNumber.LOCK_TIMEOUT: "Lock request time out period exceeded",
    ErrorNumber.DUPLICATE_KEY_IN_NEW_INDEX: "The CREATE UNIQUE INDEX statement terminated because "
    "a duplicate key was found",
    ErrorNumber.DUPLICATE_INDEX_KEY: "Cannot insert duplicate key row in object ",
    ErrorNumber.DUPLICATE_KEY: "Violation of * constraint '*'. Cannot insert duplicate key in "
    "object ",
    ErrorNumber.TRUNCATED_VALUE: "String or binary data would be truncated in table ",
    ErrorNumber.COMMIT_WITHOUT_BEGIN: "The COMMIT TRANSACTION request has no corresponding BEGIN "
    "TRANSACTION.",
    ErrorNumber.SNAPSHOT_CONFLICT: "Snapshot isolation transaction aborted",
    ErrorNumber.CANNOT_OPEN_DATABASE: 'Cannot open database "',
    ErrorNumber.CLR_ERROR: "A .NET Framework error occurred during execution of user-defined "
    "routine or aggregate ",
    ErrorNumber.XML_INVALID_VALUE: "XML Validation: Invalid simple type value: ",
    ErrorNumber.FULL_TEXT_SYNTAX: "Syntax error near '*' in the full-text search condition ",
    ErrorNumber.TOO_MANY_PARAMETERS: "The incoming request has too many parameters",
    ErrorNumber.TYPE_CONVERSION_FAILED: "Error converting data type",
    ErrorNumber.ARITHMETIC_OVERFLOW: "Arithmetic overflow error converting ",
    ErrorNumber.TRUNCATED: "String or binary data would be truncated.",
    ErrorNumber.INVALID_JSON_PATH: "JSON path is not properly formatted. Unexpected character ",
    ErrorNumber.INVALID_JSON: "JSON text is not properly formatted. Unexpected character ",
    ErrorNumber.LOGIN_FAILED: "Login failed for user ",
    ErrorNumber.INVALID_REGULAR_EXPRESSION: "An invalid pattern '",
    ErrorNumber.TOKEN_EXPIRED: "Query cannot be executed, access token is expired",
    ErrorNumber.DUPLICATE_ROWS: f"{ErrorNumber.DUPLICATE_ROWS.meaning}.",  # the backend's own
}


def _pattern(text: str, end: str) -> re.Pattern[str]:
    literals = map(re.escape, text.split("*"))
    pattern = ".*".join(literals).replace(re.escape("{PERMISSION}"), "[A-Z ]+")
    return re.compile(pattern + end, re.DOTALL)


_PATTERNS = (
    *((number, _pattern(text, r"\Z")) for number, text in _LOGIN.items()),
    *((number, _pattern(text, "")) for number, text in _BEGINNINGS.items()),
)


def numbers(message: str) -> tuple[int, ...]:
    """Return the number of a SQL Server message without the driver's prefix.

    It is () if the text is not listed here, or is in another language.
    """
    return tuple(number.value for number, pattern in _PATTERNS if pattern.match(message))
