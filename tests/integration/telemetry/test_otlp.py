"""All three signals through OTLP to a receiver, set up as an application does it."""

from __future__ import annotations

import gzip
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import IntegrityError
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from mssql.telemetry import ConnectionInfo, Telemetry, origin, plans
from tests.integration.telemetry.conftest import Connect
from tests.unit.telemetry.plans.side import SideConnection

REQUESTS: dict[str, Any] = {
    "/v1/traces": ExportTraceServiceRequest,
    "/v1/metrics": ExportMetricsServiceRequest,
    "/v1/logs": ExportLogsServiceRequest,
}


class Receiver(ThreadingHTTPServer):
    """An OTLP/HTTP receiver that keeps all requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: dict[str, list[Any]] = {path: [] for path in REQUESTS}


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        request = REQUESTS[self.path]()
        request.ParseFromString(body)
        self.server.got[self.path].append(request)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv(
            "OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{receiver.server_port}"
        )
        monkeypatch.setenv("OTEL_SERVICE_NAME", "shop")
        yield receiver
        receiver.shutdown()
        thread.join()


def values(attributes: Any) -> dict[str, Any]:
    found = {}
    for attribute in attributes:
        kind = attribute.value.WhichOneof("value")
        value = getattr(attribute.value, kind)
        found[attribute.key] = (
            [item.string_value for item in value.values] if kind == "array_value" else value
        )
    return found


def test_spans_metrics_and_plans_arrive(receiver: Receiver) -> None:
    tracers = TracerProvider()
    tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    meters = MeterProvider(metric_readers=[PeriodicExportingMetricReader(OTLPMetricExporter())])
    loggers = LoggerProvider()
    loggers.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    options = {
        "tracer_provider": tracers,
        "meter_provider": meters,
        "logger_provider": loggers,
        "plans": "every",
    }
    connection = sqlite3.connect(":memory:")
    info = ConnectionInfo("default", "db.example", 1433, "shop", options, SideConnection)
    cursor = Telemetry(info).traced(connection.cursor())
    cursor.execute("SELECT name FROM sqlite_master WHERE name <> ?", ("top secret",)).fetchall()
    assert plans.flush()
    for provider in (tracers, meters, loggers):
        provider.shutdown()
    connection.close()

    (traces,) = receiver.got["/v1/traces"]
    (resource,) = traces.resource_spans
    assert values(resource.resource.attributes)["service.name"] == "shop"
    (scope,) = resource.scope_spans
    assert scope.scope.name == "mssql.telemetry"
    assert scope.schema_url == "https://opentelemetry.io/schemas/1.44.0"
    (span,) = scope.spans
    assert span.name == "SELECT sqlite_master"
    assert span.kind == span.SPAN_KIND_CLIENT
    attributes = values(span.attributes)
    assert attributes["db.system.name"] == "microsoft.sql_server"
    assert attributes["db.query.text"] == "SELECT name FROM sqlite_master WHERE name <> ?"
    assert attributes["db.response.returned_rows"] == 0
    assert attributes["code.file.path"] == __file__

    (logs,) = receiver.got["/v1/logs"]
    (event,) = logs.resource_logs[0].scope_logs[0].log_records
    assert event.event_name == "mssql.query_plan"
    told = values(event.attributes)
    assert told["mssql.plan_hash"] == "0x9D2A7C01AA55EE10"
    assert told["mssql.plan.warnings"][1] == "no join predicate"
    assert (event.trace_id, event.span_id) == (span.trace_id, span.span_id)
    assert event.body.string_value.startswith("<ShowPlanXML")

    measured = {
        metric.name: metric
        for request in receiver.got["/v1/metrics"]
        for metric in request.resource_metrics[0].scope_metrics[0].metrics
    }
    duration = measured["db.client.operation.duration"]
    assert duration.unit == "s"
    assert duration.histogram.data_points[0].count == 1
    assert set(measured) == {
        "db.client.operation.duration",
        "db.client.response.returned_rows",
        "mssql.client.plan.warnings",
        "mssql.client.plans",
    }
    everything = b"".join(
        request.SerializeToString() for requests in receiver.got.values() for request in requests
    )
    assert b"top secret" not in everything
    assert b"AA11" not in everything


def test_a_request_of_django_arrives(receiver: Receiver, connect: Connect, song: Any) -> None:
    """Statements on a server, a batch, a transaction and an error, in a task's trace."""
    tracers = TracerProvider()
    tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    meters = MeterProvider(metric_readers=[PeriodicExportingMetricReader(OTLPMetricExporter())])
    connection = connect(
        tracer_provider=tracers,
        meter_provider=meters,
        plans="off",
        parameters=True,
        parameter_hook=lambda index, value: "***" if value == "top secret" else value,
        transactions=True,
        context_info=True,
    )
    with tracers.get_tracer("test").start_as_current_span("request"), origin.task("close_month"):
        with transaction.atomic("traced"), connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM telemetry_song WHERE id < %s AND title <> %s", [3, "top secret"]
            )
            assert len(cursor.fetchall()) == 2
            cursor.executemany("DELETE FROM telemetry_song WHERE id = %s", [[4], [5]])
        with pytest.raises(IntegrityError), connection.cursor() as cursor:
            cursor.execute("INSERT INTO telemetry_song VALUES (1, N'top secret')")
    for provider in (tracers, meters):
        provider.shutdown()

    scopes = [
        scope
        for request in receiver.got["/v1/traces"]
        for resource in request.resource_spans
        for scope in resource.scope_spans
    ]
    (request,) = (span for scope in scopes for span in scope.spans if span.name == "request")
    spans = [
        span
        for scope in scopes
        if scope.scope.name == "mssql.telemetry"
        for span in scope.spans
        if span.trace_id == request.trace_id
    ]
    assert [span.name for span in spans] == [
        *("BEGIN TRANSACTION", "SELECT telemetry_song", "BATCH DELETE telemetry_song"),
        *("COMMIT TRANSACTION", "INSERT telemetry_song"),
    ]
    assert {span.parent_span_id for span in spans} == {request.span_id}
    assert all(span.start_time_unix_nano <= span.end_time_unix_nano for span in spans)
    _, select, batch, _, insert = map(values, (span.attributes for span in spans))
    assert select["db.query.parameter.0"] == "3"
    assert select["db.query.parameter.1"] == "***"
    assert select["mssql.query.parameter_types"][0] in ("int", "bigint")
    assert select["db.response.returned_rows"] == 2
    assert select["mssql.django.alias"] == "traced"
    assert select["mssql.django.task"] == "close_month"
    assert batch["db.operation.batch.size"] == 2
    assert "db.query.parameter.0" not in batch
    assert insert["db.response.status_code"] == insert["error.type"] == "2627"
    assert spans[-1].status.code == spans[-1].status.STATUS_CODE_ERROR

    measured = {
        metric.name: metric
        for request in receiver.got["/v1/metrics"]
        for metric in request.resource_metrics[0].scope_metrics[0].metrics
    }
    (committed,) = measured["mssql.client.transaction.duration"].histogram.data_points
    assert values(committed.attributes)["mssql.transaction.outcome"] == "commit"
    assert committed.count == 1
    assert measured["mssql.client.transaction.duration"].unit == "s"
    (size,) = measured["mssql.client.operation.batch.size"].histogram.data_points
    assert (size.count, size.sum) == (1, 2)
    assert list(size.explicit_bounds)[:3] == [1, 2, 5]
    everything = b"".join(
        request.SerializeToString() for requests in receiver.got.values() for request in requests
    )
    assert b"top secret" not in everything
