"""A process with one slow statement whose plan never comes, ended in one of several manners:

    python -m tests.unit.telemetry.plans.lost_spans MANNER FILE

The names of the spans that were exported are appended to the file.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from mssql.telemetry import ConnectionInfo, Telemetry
from mssql.telemetry.plans import worker
from tests.unit.telemetry.plans.side import SideConnection

MANNERS = ("exit", "force_flush", "shutdown", "full_queue")


class FileExporter(SpanExporter):
    def __init__(self, path: str) -> None:
        self._path = path

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        with open(self._path, "a") as file:
            file.writelines(f"{span.name}\n" for span in spans)
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        pass


def hang() -> SideConnection:
    threading.Event().wait()
    raise AssertionError


def main(manner: str, path: str) -> None:
    # No timer exports spans or metrics.
    provider = TracerProvider()
    provider.add_span_processor(
        BatchSpanProcessor(FileExporter(path), schedule_delay_millis=600_000)
    )
    options = {"tracer_provider": provider, "plan_threshold": 0}
    info = ConnectionInfo("default", "", None, "shop", options, hang)
    connection = sqlite3.connect(":memory:")
    cursor = Telemetry(info).traced(connection.cursor())
    statements = worker.CAPACITY + 10 if manner == "full_queue" else 1
    for number in range(statements):
        cursor.execute(f"SELECT 1 AS a{number} FROM sqlite_master").fetchall()
    if manner == "force_flush":
        assert provider.force_flush(5_000)
        os._exit(0)
    if manner == "shutdown":
        provider.shutdown()
        os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
