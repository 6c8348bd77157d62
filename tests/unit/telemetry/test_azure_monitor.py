"""The envelopes of Azure Monitor's exporter, caught by an ingestion endpoint on this machine."""

from __future__ import annotations

import gzip
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs import export as log_export
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from mssql.telemetry import ConnectionInfo, Telemetry, origin, plans
from mssql.telemetry.api import AZURE_MONITOR
from mssql.telemetry.plans import publisher
from mssql.telemetry.plans.publisher import CapturedPlan
from tests.unit.telemetry.plans.side import SideConnection


@pytest.fixture
def exporters(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Azure Monitor's exporters, which send nothing but what a test exports.

    They are unloaded afterwards, since the setting `azure_monitor` depends on them by default.
    """
    for part in ("STATSBEAT_DISABLED_ALL", "SDKSTATS_DISABLED", "CONTROLPLANE_DISABLED"):
        monkeypatch.setenv(f"APPLICATIONINSIGHTS_{part}", "true")
    monkeypatch.setenv("APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED", "true")
    yield pytest.importorskip(AZURE_MONITOR)
    sys.modules.pop(AZURE_MONITOR, None)


class Ingestion(ThreadingHTTPServer):
    """An ingestion endpoint that accepts and stores all envelopes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.envelopes: list[dict[str, Any]] = []

    def data(self, kind: str) -> list[dict[str, Any]]:
        """Return the envelopes whose data is of a type."""
        return [each for each in self.envelopes if each["data"]["baseType"] == kind]


class Handler(BaseHTTPRequestHandler):
    server: Ingestion

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        envelopes = json.loads(body)
        self.server.envelopes += envelopes
        count = len(envelopes)
        answer = {"itemsReceived": count, "itemsAccepted": count, "errors": []}
        text = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def ingestion() -> Iterator[Ingestion]:
    with Ingestion() as ingestion:
        thread = threading.Thread(target=ingestion.serve_forever, args=(0.01,))
        thread.start()
        yield ingestion
        ingestion.shutdown()
        thread.join()


def options(ingestion: Ingestion) -> dict[str, Any]:
    return {
        "connection_string": "InstrumentationKey=00000000-0000-0000-0000-000000000001;"
        f"IngestionEndpoint=http://127.0.0.1:{ingestion.server_port}/",
        "disable_offline_storage": True,
    }


class Cursor:
    """A cursor with two rows, which refuses to insert."""

    description = (("id",),)
    rowcount = -1

    def execute(self, sql: str, *parameters: Any) -> Cursor:
        self.rows = [(1,), (2,)]
        if sql.startswith("INSERT"):
            raise Duplicate("The duplicate key value is (secret)")
        return self

    def executemany(self, sql: str, sets: Any) -> None:
        self.rows = []

    def fetchall(self) -> list[Any]:
        rows, self.rows = self.rows, []
        return rows

    def close(self) -> None:
        pass


class Duplicate(Exception):
    number = 2627


def test_dependencies_have_the_repeated_attributes(exporters: Any, ingestion: Ingestion) -> None:
    tracers = TracerProvider()
    exporter = exporters.AzureMonitorTraceExporter(**options(ingestion))
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    settings = {"tracer_provider": tracers, "azure_monitor": True, "plans": "off"}
    info = ConnectionInfo("default", "db.example", 1433, "shop", settings)
    telemetry = Telemetry(info)
    view = SimpleNamespace(__module__="shop.views", __qualname__="detail")
    match = SimpleNamespace(func=view, route="albums/<int:pk>/")
    token = origin.begin(origin.Request(SimpleNamespace(resolver_match=match)))
    try:
        cursor = telemetry.traced(Cursor())
        cursor.execute("SELECT id FROM album").fetchall()
        cursor.executemany("UPDATE album SET id = ?", [(1,), (2,), (3,)])
        cursor.execute("EXECUTE dbo.close_month")
        cursor.close()
        with pytest.raises(Duplicate):
            telemetry.traced(Cursor()).execute("INSERT INTO album VALUES (1)")
    finally:
        origin.end(token)
    tracers.shutdown()

    rows = {
        each["data"]["baseData"]["name"]: each["data"]["baseData"]["properties"]
        for each in ingestion.data("RemoteDependencyData")
    }
    assert set(rows) == {
        *("SELECT album", "BATCH UPDATE album", "EXECUTE dbo.close_month", "INSERT album"),
    }
    for properties in rows.values():
        assert properties["mssql.route"] == "albums/<int:pk>/"
        assert properties["mssql.namespace"] == "shop"
        assert not [name for name in properties if name.startswith(("db.", "code.", "error."))]
    assert rows["SELECT album"]["mssql.returned_rows"] == "2"
    assert rows["BATCH UPDATE album"]["mssql.batch_size"] == "3"
    assert rows["EXECUTE dbo.close_month"]["mssql.procedure"] == "dbo.close_month"
    assert rows["INSERT album"]["mssql.error_type"] == "2627"
    assert "secret" not in json.dumps(ingestion.envelopes)


SPAN = trace.SpanContext(2**127 + 5, 77, False, trace.TraceFlags(1))
# A cut after 32,000 characters is before white space, which the exporter strips.
DOCUMENT = "<ShowPlan>" + "<RelOp NodeId='1' />  \n" * 4000 + "</ShowPlan>"


def plan(xml: str) -> CapturedPlan:
    return CapturedPlan(
        *("shop", "SELECT album", "SELECT id FROM album", xml, "estimated", "cache"),
        *("0x1BB66B3F2D6C7C5E", "0x9D2A7C01AA55EE10", 2.5, ("no join predicate",), SPAN),
    )


def test_a_plan_is_a_custom_event_and_all_of_its_document(
    exporters: Any, ingestion: Ingestion
) -> None:
    loggers = LoggerProvider(shutdown_on_exit=False)
    exporter = exporters.AzureMonitorLogExporter(**options(ingestion))
    loggers.add_log_record_processor(log_export.SimpleLogRecordProcessor(exporter))
    publisher.publish_to_azure_monitor(plan(DOCUMENT), {"db.namespace": "shop"}, loggers)
    loggers.shutdown()

    (event,) = ingestion.data("EventData")
    assert event["data"]["baseData"]["name"] == "mssql.query_plan"
    assert event["data"]["baseData"]["properties"]["mssql.plan_hash"] == "0x9D2A7C01AA55EE10"
    traces = ingestion.data("MessageData")
    parts = [each["data"]["baseData"] for each in traces]
    numbers = [part["properties"]["mssql.plan.part"] for part in parts]
    assert numbers == ["1", "2", "3"]
    assert {part["properties"]["mssql.plan.parts"] for part in parts} == {"3"}
    assert all(len(part["message"]) <= 32_000 for part in parts)
    assert "".join(part["message"] for part in parts) == DOCUMENT
    assert {each["tags"]["ai.operation.id"] for each in [event, *traces]} == {
        f"{SPAN.trace_id:032x}"
    }


def test_a_plan_without_its_document_is_a_custom_event_only(
    exporters: Any, ingestion: Ingestion
) -> None:
    loggers = LoggerProvider(shutdown_on_exit=False)
    exporter = exporters.AzureMonitorLogExporter(**options(ingestion))
    loggers.add_log_record_processor(log_export.SimpleLogRecordProcessor(exporter))
    publisher.publish_to_azure_monitor(plan(""), {}, loggers)
    loggers.shutdown()
    assert [each["data"]["baseType"] for each in ingestion.envelopes] == ["EventData"]


def test_a_captured_plan_takes_this_path(exporters: Any, ingestion: Ingestion) -> None:
    loggers = LoggerProvider(shutdown_on_exit=False)
    exporter = exporters.AzureMonitorLogExporter(**options(ingestion))
    loggers.add_log_record_processor(log_export.SimpleLogRecordProcessor(exporter))
    tracers = TracerProvider()
    settings = {
        "tracer_provider": tracers,
        "logger_provider": loggers,
        "azure_monitor": True,
        "plans": "every",
    }
    info = ConnectionInfo("default", "azure.example", 1433, "shop", settings, SideConnection)
    Telemetry(info).traced(Cursor()).execute("SELECT id FROM album").fetchall()
    assert plans.flush()
    loggers.shutdown()
    assert len(ingestion.data("EventData")) == 1
    (document,) = ingestion.data("MessageData")
    assert document["data"]["baseData"]["message"].startswith("<ShowPlanXML")
    assert "AA11" not in json.dumps(ingestion.envelopes)
