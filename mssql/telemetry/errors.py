"""What may be told of a driver's exception: its number and a description without any value.

SQL Server's own messages quote values ("The duplicate key value is (...)", "Conversion failed
when converting the nvarchar value '...'"), and a value may itself contain quotes, so no part of a
message is passed on. Descriptions are those of mssql/errors/numbers.py, by the error's number.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Mapping

from opentelemetry.trace import Span, Status, StatusCode

from mssql.errors.numbers import BY_NUMBER
from mssql.telemetry import guard, semconv

# "... text. (2627) (SQLExecDirectW)", several records following each other after "; ".
_NATIVE_ERROR = re.compile(r"\((\d{1,9})\)(?= \(SQL|; \[|\Z)")

# SQLSTATEs: timeout expired, connection timeout expired.
_TIMEOUTS = ("HYT00", "HYT01")
# The conventions' own example of an error.type.
TIMEOUT = "timeout"


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
    listed = BY_NUMBER.get(number)
    description = listed.meaning if listed else f"SQL Server error {number}"
    return str(number), str(number), description


def _qualified_name(kind: type) -> str:
    if kind.__module__ == "builtins":
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def record_error(
    span: Span,
    exception: BaseException,
    number: Callable[[BaseException], int | None] = number,
    is_timeout: Callable[[BaseException], bool] = is_timeout,
    mirrored: bool = False,
) -> Mapping[str, Any]:
    """Set the type, code and status of an exception on a span, and return them for metrics.

    The driver's adapter reads its `number` and whether it `is_timeout`; `mirrored`, the code is
    repeated for Azure Monitor's exporter.
    """
    error_type, code, description = describe(exception, number(exception), is_timeout(exception))
    attributes = {semconv.ERROR_TYPE: error_type}
    if code is not None:
        attributes[semconv.DB_RESPONSE_STATUS_CODE] = code
    if span.is_recording():
        copied = {semconv.STATUS_CODE: code} if mirrored and code is not None else {}
        guard.call(span.set_attributes, {**attributes, **copied})
        guard.call(span.set_status, Status(StatusCode.ERROR, description))
    return attributes
