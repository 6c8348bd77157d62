"""What may be told of a driver's exception: its number and a description without any value.

SQL Server's own messages quote values ("The duplicate key value is (...)", "Conversion failed
when converting the nvarchar value '...'"), and a value may itself contain quotes, so no part of a
message is passed on. Descriptions are those of mssql/errors/numbers.py, by the error's number.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Mapping, NamedTuple

from opentelemetry.trace import Span, Status, StatusCode

from mssql.errors.numbers import BY_NUMBER
from mssql.telemetry import semconv

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
