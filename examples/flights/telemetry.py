"""OpenTelemetry of the demo: spans for the viewer, and over OTLP if it is configured."""

from __future__ import annotations

import os

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from mssql.telemetry import store


def configure() -> store.Store:
    """Record every request and statement of this process, and return the viewer's store.

    If OTEL_EXPORTER_OTLP_ENDPOINT is set, the spans are exported there as well.
    """
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "flights"}))
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument(excluded_urls="sql/,static/,favicon")
    return store.install(provider)
