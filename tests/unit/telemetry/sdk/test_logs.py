"""Events reach the exporter with every version of the logs API."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs import export as log_export
from opentelemetry.sdk.resources import Resource

from mssql.telemetry.sdk.logs import emit_event
from tests.sdk import LogExporter

SPAN = trace.SpanContext(2**127 + 5, 77, False, trace.TraceFlags(1))


def test_an_event_has_its_name_body_span_and_resource() -> None:
    exporter = LogExporter()
    provider = LoggerProvider(resource=Resource({"service.name": "shop"}), shutdown_on_exit=False)
    provider.add_log_record_processor(log_export.SimpleLogRecordProcessor(exporter))
    emit_event(provider, ("test", "1", ""), "happened", 1500, SPAN, "<xml/>", {"a": 1})
    (data,) = exporter.get_finished_logs()
    record = data.log_record
    assert (record.timestamp, record.body) == (1500, "<xml/>")
    assert (record.trace_id, record.span_id, record.trace_flags) == (
        *(SPAN.trace_id, SPAN.span_id, SPAN.trace_flags),
    )
    attributes = dict(record.attributes)
    assert "happened" in (getattr(record, "event_name", None), attributes.pop("event.name", None))
    assert attributes == {"a": 1}
    resource = data.resource if hasattr(data, "resource") else record.resource
    assert resource.attributes["service.name"] == "shop"


class Record:
    """A record of an SDK between 1.35 and the parameters of emit()."""

    def __init__(
        self,
        timestamp: int,
        context: Any,
        severity_number: Any,
        body: Any,
        resource: Any,
        attributes: Any,
        event_name: str,
    ) -> None:
        self.span_context = trace.get_current_span(context).get_span_context()
        self.event_name, self.resource = event_name, resource


class EarlyRecord:
    """A record of an SDK before 1.35."""

    def __init__(
        self,
        timestamp: int,
        trace_id: int,
        span_id: int,
        trace_flags: int,
        severity_number: Any,
        body: Any,
        resource: Any,
        attributes: Any,
    ) -> None:
        self.trace_id, self.attributes, self.resource = trace_id, attributes, resource


class Logger:
    """A logger whose emit() has a parameter for a record."""

    resource = Resource({"service.name": "shop"})

    def __init__(self) -> None:
        self.records: list[Any] = []

    def get_logger(self, *scope: str) -> Logger:
        return self

    def emit(self, record: Any) -> None:
        self.records.append(record)


@pytest.mark.parametrize("record_class", [Record, EarlyRecord])
def test_an_older_sdk_gets_a_record(record_class: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opentelemetry.sdk._logs.LogRecord", record_class, raising=False)
    logger = Logger()
    emit_event(logger, ("test", "1", ""), "happened", 1500, SPAN, None, {"a": 1})
    (record,) = logger.records
    assert record.resource is Logger.resource
    if record_class is Record:
        assert (record.event_name, record.span_context) == ("happened", SPAN)
    else:
        assert (record.attributes["event.name"], record.trace_id) == ("happened", SPAN.trace_id)
