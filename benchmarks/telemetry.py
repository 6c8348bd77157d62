"""Cost of telemetry per statement against opentelemetry-instrumentation-dbapi, in one run.

Both wrap the same sqlite3 cursor and run the same statement, so that only the instrumentation
differs; times are read as ratios. Both write the stable conventions. Ours with its default
settings (the caller's line, rows counted) and, to compare like with like, without the caller.

    python -m benchmarks.telemetry
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from random import shuffle
from resource import RUSAGE_SELF, getrusage
from timeit import timeit
from typing import Any

# Read once by the contrib package, when it is first used.
os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "database"

from opentelemetry import context, trace
from opentelemetry.instrumentation.dbapi import instrument_connection
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider, sampling
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from mssql.telemetry import ConnectionInfo, Telemetry
from mssql.telemetry.sanitize import sanitize
from mssql.telemetry.statements import Endpoint
from mssql.telemetry.summary import summarize

STATEMENT = "SELECT ? AS one"
ROUNDS, TIMES = 500, 20


class Nowhere(SpanExporter):
    """An exporter that discards its spans."""

    def export(self, spans: Any) -> SpanExportResult:
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        pass


Run = Callable[[], object]


def microseconds(runs: dict[str, Run], times: int = TIMES) -> dict[str, float]:
    """The best time of one call of each, in microseconds.

    They take short turns in changing order, so that other load on the machine affects all of them
    equally.
    """
    best = dict.fromkeys(runs, float("inf"))
    for run in runs.values():
        run()
    turns = list(runs.items())
    for _ in range(ROUNDS):
        shuffle(turns)
        for name, run in turns:
            best[name] = min(best[name], timeit(run, number=times) / times * 1e6)
    return best


def ours(connection: sqlite3.Connection, **options: Any) -> Run:
    """A statement through the traced cursor. Each has a separate cursor, as in Django."""
    telemetry = Telemetry(ConnectionInfo("default", "db.example", 1433, "shop", options))

    def run() -> None:
        cursor = telemetry.traced(connection.cursor())
        cursor.execute(STATEMENT, (1,))
        cursor.fetchall()
        cursor.close()

    return run


def contrib(connection: sqlite3.Connection, **providers: Any) -> Run:
    """The same through opentelemetry-instrumentation-dbapi."""
    peer = instrument_connection("bench", connection, "microsoft.sql_server", {}, **providers)

    def run() -> None:
        cursor = peer.cursor()
        cursor.execute(STATEMENT, (1,))
        cursor.fetchall()
        cursor.close()

    return run


def in_unsampled_request(run: Run) -> Run:
    """The same inside a request's span that was not sampled, as with a share of the traces."""
    parent = trace.SpanContext(1, 2, False, trace.TraceFlags(0))
    current = trace.set_span_in_context(trace.NonRecordingSpan(parent))

    def inside() -> None:
        token = context.attach(current)
        run()
        context.detach(token)

    return inside


def cursors() -> None:
    connection = sqlite3.connect(":memory:")
    never = {"tracer_provider": TracerProvider(sampler=sampling.ALWAYS_OFF)}
    # As with a sampler of a share of the traces: it decides for each statement.
    by_ratio = {"tracer_provider": TracerProvider(sampler=sampling.TraceIdRatioBased(0))}
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(Nowhere(), max_queue_size=200_000))
    always = {"tracer_provider": provider}
    meters = {"meter_provider": MeterProvider(metric_readers=[InMemoryMetricReader()])}
    tracers = {"always off": never, "sampler declines": by_ratio, "sampled": always}
    in_request = {"tracer_provider": TracerProvider(sampler=sampling.ParentBasedTraceIdRatio(0.1))}
    runs = {"off": ours(connection, enabled=False), "no SDK": ours(connection)}
    for name, traces in tracers.items():
        runs[name] = ours(connection, **traces)
        runs[f"{name}, no caller"] = ours(connection, caller=False, **traces)
        runs[f"contrib {name}"] = contrib(connection, **traces)
        runs[f"{name}, metrics"] = ours(connection, **traces, **meters)
        runs[f"contrib {name}, metrics"] = contrib(connection, **traces, **meters)
    runs["request off"] = in_unsampled_request(ours(connection, enabled=False))
    for name, signals in (
        ("unsampled request", in_request),
        ("unsampled request, metrics", {**in_request, **meters}),
    ):
        runs[name] = in_unsampled_request(ours(connection, **signals))
        runs[f"contrib {name}"] = in_unsampled_request(contrib(connection, **signals))
    runs["plans off"] = ours(connection, plans="off", **always)
    runs["plans on"] = ours(connection, plan_threshold=60_000, **always)
    best = microseconds(runs)
    provider.shutdown()

    over = {
        name: time - best["request off" if "request" in name else "off"]
        for name, time in best.items()
    }
    print(f"{'':<36}{'mssql':>11}{'contrib dbapi':>15}{'ratio':>8}")
    print(f"{'bare cursor, telemetry off':<36}{best['off']:8.2f} us (taken off below)")
    print(f"{'no SDK':<36}{over['no SDK']:8.2f} us")
    pairs = [("unsampled request",) * 2, ("unsampled request, metrics",) * 2]
    for name in tracers:
        pairs += [(name, name), (f"{name}, no caller", name), (f"{name}, metrics",) * 2]
    for variant, peer in pairs:
        mine, theirs = over[variant], over[f"contrib {peer}"]
        print(f"{variant:<36}{mine:8.2f} us{theirs:12.2f} us{mine / theirs:8.2f}")
    ratio = best["plans on"] / best["plans off"]
    print(f"{'plans on, nothing slow / plans off':<36}{ratio:8.3f}")


def texts() -> None:
    columns = ", ".join(f"[flights_flight].[some_column_{number}]" for number in range(46))
    text = (
        f"SELECT {columns} FROM [flights_flight] INNER JOIN [flights_airport] ON "
        "([flights_flight].[origin_id] = [flights_airport].[id]) WHERE ([flights_flight].[x] = ? "
        "AND [flights_airport].[name] LIKE ?) ORDER BY [flights_flight].[id] ASC OFFSET 0 ROWS"
    )
    literals = text.replace("= ?", "= 4242").replace("LIKE ?", "LIKE N'%secret%'")
    endpoint = Endpoint("db.example", 1433, "shop", True)
    print(f"\nA text of {len(text)} characters")
    runs: dict[str, Run] = {
        "summary, new": lambda: summarize(text),
        "sanitized, new": lambda: sanitize(literals),
        "summary and attributes, new": lambda: endpoint.new_statement(literals, False),
        "summary and attributes, cached": lambda: endpoint.statement(text, True),
    }
    for name, time in microseconds(runs, 20).items():
        print(f"{name:<36}{time:8.2f} us")


def memory(statements: int = 1_000_000, warm: int = 20_000) -> None:
    """How far the process's peak grows while distinct statements are traced and measured."""
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(Nowhere()))
    meters = MeterProvider(metric_readers=[InMemoryMetricReader()])
    options = {"tracer_provider": provider, "meter_provider": meters}
    connection = sqlite3.connect(":memory:")
    telemetry = Telemetry(ConnectionInfo("default", "db.example", 1433, "shop", options))

    def run(numbers: range) -> None:
        for number in numbers:
            cursor = telemetry.traced(connection.cursor())
            cursor.execute(f"SELECT ? AS a{number}, 'a column whose name is {number}'", (1,))
            cursor.fetchall()
            cursor.close()

    run(range(warm))
    before = getrusage(RUSAGE_SELF).ru_maxrss
    run(range(warm, warm + statements))
    grown = (getrusage(RUSAGE_SELF).ru_maxrss - before) / 1024
    provider.shutdown()
    meters.shutdown()
    print(f"\n{statements:,} distinct statements grow the process by {grown:.1f} MB")


if __name__ == "__main__":
    cursors()
    texts()
    memory()
