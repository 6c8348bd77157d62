from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import INVALID_SPAN_CONTEXT, NonRecordingSpan, StatusCode

from mssql.telemetry import errors

DUPLICATE = (
    "[23000] [Microsoft][ODBC Driver 18 for SQL Server][SQL Server]Violation of UNIQUE KEY "
    "constraint 'u'. Cannot insert duplicate key in object 'dbo.t'. The duplicate key value is "
    "(42). (2627) (SQLExecDirectW); [23000] [Microsoft][ODBC Driver 18 for SQL Server]"
    "[SQL Server]The statement has been terminated. (3621)"
)


class WithNumber(Exception):
    number = 547


@pytest.mark.parametrize(
    ("error", "number"),
    [
        (Exception("23000", DUPLICATE), 2627),
        (Exception("[42S02] [Microsoft]Invalid object name 'x'. (208) (SQLExecDirectW)"), 208),
        (
            Exception("HYT00", "[HYT00] [Microsoft]Login timeout expired (0) (SQLDriverConnect)"),
            None,
        ),
        (Exception("The truncated value was (12)."), None),
        (WithNumber("x"), 547),
        (Exception(), None),
        (KeyError(3), None),
    ],
)
def test_number(error: Exception, number: int | None) -> None:
    assert errors.number(error) == number


def test_described_without_the_message() -> None:
    assert errors.describe(Exception("23000", DUPLICATE), 2627) == (
        "2627",
        "2627",
        "Violation of a unique or primary key constraint",
    )
    unknown = ("49999", "49999", "SQL Server error 49999")
    assert errors.describe(Exception("x 'secret'"), 49999) == unknown
    assert errors.describe(KeyError("secret"), None) == ("KeyError", None, "KeyError")
    name = f"{__name__}.Odd"
    assert errors.describe(Odd("secret"), None) == (name, None, name)


class Odd(Exception):
    pass


@pytest.mark.parametrize("for_azure_monitor", [False, True])
def test_recorded_on_a_span_and_returned_for_metrics(for_azure_monitor: bool) -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    span = provider.get_tracer("test").start_span("SELECT")
    error = Exception("23000", DUPLICATE)
    attributes = errors.record_error(span, error, for_azure_monitor=for_azure_monitor)
    span.end()
    assert attributes == {"error.type": "2627", "db.response.status_code": "2627"}
    (ended,) = exporter.get_finished_spans()
    mirror = {"mssql.status_code": "2627", "mssql.error_type": "2627"} if for_azure_monitor else {}
    assert dict(ended.attributes or {}) == {**attributes, **mirror}
    assert ended.status.status_code is StatusCode.ERROR
    assert ended.status.description == "Violation of a unique or primary key constraint"


def test_a_span_that_fails_does_not_keep_the_attributes_from_metrics() -> None:
    class Failing(NonRecordingSpan):
        def is_recording(self) -> bool:
            return True

        def set_attributes(self, attributes: Any) -> None:
            raise RuntimeError

    span = Failing(INVALID_SPAN_CONTEXT)
    assert errors.record_error(span, WithNumber("x"))["error.type"] == "547"
