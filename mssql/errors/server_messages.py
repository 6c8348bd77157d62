"""SQL Server's English messages, told apart where a driver gives them without their numbers.

Texts are those of sys.messages and of "Troubleshoot connectivity issues and other errors",
https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues
"""

from __future__ import annotations

import re

# The backend's own, which its statements throw: a number and its text.
DUPLICATE_ROWS = (508672, "Rows of one upsert have the same key.")

# Of a login: the whole message decides, since what it quotes may be anybody's words.
_LOGIN = {
    615: "Could not find database ID *, name '*'. The database may be offline. Wait a few minutes "
    "and try again.",
    926: "Database '*' cannot be opened. It has been marked SUSPECT by recovery. See the SQL "
    "Server errorlog for more information.",
    4221: "Login to read-secondary failed due to long wait on "
    "'HADR_DATABASE_WAIT_FOR_TRANSITION_TO_VERSIONING'. *",
    10928: "Resource ID*: *. The * limit for the database is * and has been reached.*",
    10929: "Resource ID*: *. The * minimum guarantee is *, maximum limit is * and the current "
    "usage for the database is *. *",
    17809: "Could not connect because the maximum number of '*' user connections has already been "
    "reached. *",
    # Also the text of 40020, 40143, 40166 and 40540.
    40197: "The service has encountered an error processing your request. Please try again. *",
    40501: "The service is currently busy. Retry the request after 10 seconds. *",
    40613: "Database '*' on server '*' is not currently available. Please retry the connection "
    "later. *",
    42108: "Can not connect to the SQL pool since it is paused. Please resume the SQL pool and try "
    "again.",
    42109: "The SQL pool is warming up. Please try again.",
    49918: "Cannot process request. Not enough resources to process request. *",
    49919: "Cannot process create or update request. Too many create or update operations in "
    "progress for subscription *",
    49920: "Cannot process request. Too many operations in progress for subscription *",
}
# Of a statement: enough of the beginning to choose Django's exception and to find a value quoted.
_BEGINNINGS = {
    208: "Invalid object name '",
    220: "Arithmetic overflow error for data type ",
    232: "Arithmetic overflow error for type ",
    241: "Conversion failed when converting date",
    244: "The conversion of the * value '*' overflowed an * column. Use a larger integer column.",
    245: "Conversion failed when converting the ",
    248: "The conversion of the * value '*' overflowed an int column.",
    262: "{PERMISSION} permission denied in database '",
    297: "The user does not have permission to perform this action.",
    300: "{PERMISSION} permission was denied on object 'server', database '",
    506: 'The invalid escape character "',
    1105: "Could not allocate space for object ",
    1205: "Transaction (Process ID *) was deadlocked",
    1222: "Lock request time out period exceeded",
    1505: "The CREATE UNIQUE INDEX statement terminated because a duplicate key was found",
    2601: "Cannot insert duplicate key row in object ",
    2627: "Violation of * constraint '*'. Cannot insert duplicate key in object ",
    2628: "String or binary data would be truncated in table ",
    3902: "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.",
    3960: "Snapshot isolation transaction aborted",
    4060: 'Cannot open database "',
    6522: "A .NET Framework error occurred during execution of user-defined routine or aggregate ",
    6926: "XML Validation: Invalid simple type value: ",
    7630: "Syntax error near '*' in the full-text search condition ",
    8003: "The incoming request has too many parameters",
    8114: "Error converting data type",
    8115: "Arithmetic overflow error converting ",
    8152: "String or binary data would be truncated.",
    13607: "JSON path is not properly formatted. Unexpected character ",
    13609: "JSON text is not properly formatted. Unexpected character ",
    18456: "Login failed for user ",
    19300: "An invalid pattern '",
    37396: "Query cannot be executed, access token is expired",
    DUPLICATE_ROWS[0]: DUPLICATE_ROWS[1],
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
    """The number of a message of SQL Server's, without the driver's prefix; () where the text is
    not known here, or in another language."""
    return tuple(number for number, pattern in _PATTERNS if pattern.match(message))
