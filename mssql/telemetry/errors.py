"""What may be told of a driver's exception: its number and a description without any value.

SQL Server's own messages quote values ("The duplicate key value is (...)", "Conversion failed
when converting the nvarchar value '...'"), and a value may itself contain quotes, so no part of a
message is passed on. Descriptions are this module's own, by the error's number.

Follows "Database Engine events and errors",
https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors
"""

from __future__ import annotations

import re
from typing import Any, Callable, Mapping, NamedTuple

from opentelemetry.trace import Span, Status, StatusCode

from mssql.telemetry import semconv

# "... text. (2627) (SQLExecDirectW)", several records following each other after "; ".
_NATIVE_ERROR = re.compile(r"\((\d{1,9})\)(?= \(SQL|; \[|\Z)")

# SQLSTATEs: timeout expired, connection timeout expired.
_TIMEOUTS = ("HYT00", "HYT01")
# The conventions' own example of an error.type.
TIMEOUT = "timeout"

_DESCRIPTIONS = {
    102: "Incorrect syntax",
    156: "Incorrect syntax near a keyword",
    206: "Operand type clash",
    207: "Invalid column name",
    208: "Invalid object name",
    229: "Permission denied on the object",
    241: "Conversion of a date or time from a character string failed",
    242: "Conversion to datetime is out of range",
    245: "Conversion failed",
    262: "Permission denied in the database",
    512: "Subquery returned more than one value",
    515: "Cannot insert NULL into the column",
    544: "Cannot insert an explicit value for the identity column",
    547: "The statement conflicted with a constraint",
    1205: "Chosen as the deadlock victim",
    1222: "Lock request time out",
    2601: "Cannot insert a duplicate key row in a unique index",
    2627: "Violation of a unique or primary key constraint",
    2628: "String or binary data would be truncated",
    2812: "Could not find the stored procedure",
    3621: "The statement has been terminated",
    3960: "Snapshot isolation transaction aborted by an update conflict",
    4060: "Cannot open the database",
    8114: "Error converting a data type",
    8115: "Arithmetic overflow",
    8134: "Divide by zero",
    8152: "String or binary data would be truncated",
    18456: "Login failed",
}


def number(exception: BaseException) -> int | None:
    """SQL Server's number of the error, None where the driver or the network raised it.

    A driver's exception may carry it as the attribute `number`; ODBC drivers write it behind the
    message text.
    """
    given = getattr(exception, "number", None)
    if isinstance(given, int) and not isinstance(given, bool):
        return given or None
    for argument in exception.args:
        found = _NATIVE_ERROR.search(argument) if isinstance(argument, str) else None
        if found:
            return int(found.group(1)) or None
    return None


def is_timeout(exception: BaseException) -> bool:
    """Whether a driver says that the time for a statement or a login was over, by its SQLSTATE."""
    return bool(exception.args) and exception.args[0] in _TIMEOUTS


def describe(
    exception: BaseException, number: int | None, is_timeout: bool = False
) -> tuple[str, str | None, str]:
    """(error.type, db.response.status_code or None, the description for the span's status) of an
    exception with SQL Server's `number`. Without a number it may be a timeout."""
    if number is None and is_timeout:
        return TIMEOUT, None, "The time for it was over"
    if number is None:
        name = _qualified_name(type(exception))
        return name, None, name
    return str(number), str(number), _DESCRIPTIONS.get(number, f"SQL Server error {number}")


def _qualified_name(kind: type) -> str:
    if kind.__module__ == "builtins":
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


class Failure(NamedTuple):
    """What spans and metrics say of a driver's exception; `description` is the span status's."""

    attributes: Mapping[str, Any]
    description: str

    def show(self, span: Span, mirrored: bool = False) -> None:
        """Set the attributes and the status; `mirrored`, for Azure Monitor's exporter too."""
        span.set_attributes(self.attributes)
        if mirrored and semconv.DB_RESPONSE_STATUS_CODE in self.attributes:
            code = self.attributes[semconv.DB_RESPONSE_STATUS_CODE]
            span.set_attribute(semconv.STATUS_CODE, code)
        span.set_status(Status(StatusCode.ERROR, self.description))


def failure(
    exception: BaseException,
    number: Callable[[BaseException], int | None] = number,
    is_timeout: Callable[[BaseException], bool] = is_timeout,
) -> Failure:
    """Return what may be told of an exception, whose number and kind the driver's adapter reads."""
    error_type, code, description = describe(exception, number(exception), is_timeout(exception))
    attributes = {semconv.ERROR_TYPE: error_type}
    if code is not None:
        attributes[semconv.DB_RESPONSE_STATUS_CODE] = code
    return Failure(attributes, description)
