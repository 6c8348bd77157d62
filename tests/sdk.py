"""An OpenTelemetry SDK in memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs import export as log_export
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from mssql.telemetry import ConnectionInfo, Telemetry
from mssql.telemetry.sdk import versions

# Its name before OpenTelemetry 1.38.
LogExporter: Any = getattr(log_export, "InMemoryLogRecordExporter", None) or getattr(
    log_export, "InMemoryLogExporter", None
)


class Sdk:
    """The three signals of an SDK, kept in memory."""

    def __init__(self, **options: Any) -> None:
        """`options` are the tracer provider's."""
        self._spans = InMemorySpanExporter()
        self.tracer_provider = TracerProvider(**options)
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self._spans))
        self._reader = InMemoryMetricReader()
        self.meter_provider = MeterProvider(metric_readers=[self._reader])
        self._logs = LogExporter()
        self.logger_provider = LoggerProvider()
        self.logger_provider.add_log_record_processor(
            log_export.SimpleLogRecordProcessor(self._logs)
        )

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self._spans.get_finished_spans())

    @property
    def span(self) -> ReadableSpan:
        """The one span there is."""
        (span,) = self.spans
        return span

    @property
    def events(self) -> list[Any]:
        return [data.log_record for data in self._logs.get_finished_logs()]

    def points(self, metric: str) -> list[Any]:
        """The metric's data points, as far as measured."""
        return self.collected().get(metric, [])

    def metrics_json(self) -> str:
        """All metrics with their resources, scopes, attributes and exemplars."""
        data = self._reader.get_metrics_data()
        return str(data.to_json()) if data else ""

    def collected(self) -> dict[str, list[Any]]:
        """The data points by metric; their exemplars are those since the last look at any."""
        data = self._reader.get_metrics_data()
        return {
            metric.name: list(metric.data.data_points)
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def providers(self) -> dict[str, Any]:
        """The settings that send telemetry here."""
        return {
            "tracer_provider": self.tracer_provider,
            "meter_provider": self.meter_provider,
            "logger_provider": self.logger_provider,
        }

    def clear(self) -> None:
        self._spans.clear()


def attributes(span: ReadableSpan) -> dict[str, Any]:
    """A span's attributes without those of the caller and the alias."""
    return {
        name: value
        for name, value in (span.attributes or {}).items()
        if not name.startswith(("code.", "mssql.django."))
    }


def forbid_private_names(patch: pytest.MonkeyPatch) -> None:
    """As with a version of OpenTelemetry that telemetry was not tested with."""
    patch.setattr(versions, "ARE_TESTED", False)
    patch.setitem(sys.modules, "mssql.telemetry.sdk.statement_spans", None)


@pytest.fixture(params=["private names", "public names"])
def names(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test with OpenTelemetry's private names, and without them."""
    if request.param == "public names":
        forbid_private_names(monkeypatch)


@pytest.fixture
def sdk() -> Iterator[Sdk]:
    sdk = Sdk()
    yield sdk
    sdk.tracer_provider.shutdown()
    sdk.meter_provider.shutdown()
    sdk.logger_provider.shutdown()


@pytest.fixture
def telemetry(sdk: Sdk) -> Telemetry:
    return Telemetry(ConnectionInfo("default", "db.example", 1433, "shop", sdk.providers()))
