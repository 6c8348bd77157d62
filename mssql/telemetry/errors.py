"""Descriptions of drivers' exceptions without any value.

SQL Server's messages quote values ("The duplicate key value is (...)", "Conversion failed when
converting the nvarchar value '...'"), and a value may itself contain quotes, so no part of a
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
    """Return SQL Server's error number; None if the driver or the network failed.

    A driver's exception may have it as the attribute `number`; ODBC drivers append it to the
    message.
    """
    attribute = getattr(exception, "number", None)
    if isinstance(attribute, int) and not isinstance(attribute, bool):
        return attribute or None
    for argument in exception.args:
        match = _NATIVE_ERROR.search(argument) if isinstance(argument, str) else None
        if match:
            return int(match.group(1)) or None
    return None


def is_timeout(exception: BaseException) -> bool:
    """Return whether a driver reports by its SQLSTATE that a statement or login timed out."""
    return bool(exception.args) and exception.args[0] in _TIMEOUTS


def describe(
    exception: BaseException, number: int | None, is_timeout: bool = False
) -> tuple[str, str | None, str]:
    """Return error.type, db.response.status_code or None, and the span status's description.

    `number` is SQL Server's; an exception without a number may be a timeout.
    """
    if number is None and is_timeout:
        return TIMEOUT, None, "The time for it was over"
    if number is None:
        name = _qualified_name(type(exception))
        return name, None, name
    entry = BY_NUMBER.get(number)
    description = entry.meaning if entry else f"SQL Server error {number}"
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
    for_azure_monitor: bool = False,
) -> Mapping[str, Any]:
    """Set the type, code and status of an exception on a span, and return them for metrics.

    `number` and `is_timeout` read the exception. With `for_azure_monitor` the type and code
    have second names, which Azure Monitor's exporter does not drop.
    """
    error_type, code, description = describe(exception, number(exception), is_timeout(exception))
    attributes = {semconv.ERROR_TYPE: error_type}
    if code is not None:
        attributes[semconv.DB_RESPONSE_STATUS_CODE] = code
    if span.is_recording():
        mirrors = {}
        if for_azure_monitor:
            mirrors[semconv.TYPE_OF_ERROR] = error_type
            if code is not None:
                mirrors[semconv.STATUS_CODE] = code
        guard.call(span.set_attributes, {**attributes, **mirrors})
        guard.call(span.set_status, Status(StatusCode.ERROR, description))
    return attributes
