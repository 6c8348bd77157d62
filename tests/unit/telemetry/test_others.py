"""Beside other instrumentations, agents and exporters."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.instrumentation.dbapi import instrument_connection

from mssql.telemetry import ConnectionInfo, Telemetry, settings
from mssql.telemetry.cursor import TracedCursor
from tests.sdk import Sdk


def test_contrib_s_cursor_is_not_traced_twice(sdk: Sdk, connection: Any) -> None:
    wrapped = instrument_connection(
        "x", connection, "mssql", {}, tracer_provider=sdk.tracer_provider
    )
    info = ConnectionInfo("default", "", None, "shop", sdk.providers())
    cursor = Telemetry(info).traced(wrapped.cursor())
    assert type(cursor) is TracedCursor
    assert cursor.execute("SELECT id FROM song").fetchall()
    scope = sdk.span.instrumentation_scope
    assert scope is not None
    assert scope.name == "mssql.telemetry"


def test_turned_off_contrib_s_cursor_stays(sdk: Sdk, connection: Any) -> None:
    wrapped = instrument_connection(
        "x", connection, "mssql", {}, tracer_provider=sdk.tracer_provider
    )
    info = ConnectionInfo("default", "", None, "shop", False)
    Telemetry(info).traced(wrapped.cursor()).execute("SELECT id FROM song")
    assert len(sdk.spans) == 1


PROGRAM = """
import sqlite3
from opentelemetry import trace
from mssql.telemetry import ConnectionInfo, Telemetry
cursor = Telemetry(ConnectionInfo("default", "db.example", 1433, "shop")).traced(
    sqlite3.connect(":memory:").cursor()
)
print(type(cursor).__name__)
cursor.execute("SELECT 'secret'").fetchall()
"""


def run(tmp_path: Path, **environment: str) -> str:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    pytest.importorskip("opentelemetry.distro")
    agent = Path(sys.executable).with_name("opentelemetry-instrument")
    done = subprocess.run(
        [sys.executable, str(agent), sys.executable, str(program)],
        env={
            **os.environ,
            "OTEL_TRACES_EXPORTER": "console",
            "OTEL_METRICS_EXPORTER": "none",
            "OTEL_LOGS_EXPORTER": "none",
            "OTEL_SERVICE_NAME": "shop",
            "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "django,wsgi",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


def test_under_opentelemetry_instrument(tmp_path: Path) -> None:
    output = run(tmp_path)
    assert output.startswith("TracedCursor")
    assert '"db.query.summary": "SELECT"' in output
    assert '"service.name": "shop"' in output
    assert "secret" not in output


@pytest.mark.parametrize(
    "environment",
    [
        {"OTEL_SDK_DISABLED": "true"},
        {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "django, mssql"},
    ],
)
def test_the_environment_turns_it_off(tmp_path: Path, environment: dict[str, str]) -> None:
    assert run(tmp_path, **environment).strip() == "Cursor"


def test_the_environment_s_sampler_is_kept_to(tmp_path: Path) -> None:
    assert run(tmp_path, OTEL_TRACES_SAMPLER="always_off").strip() == "TracedCursor"


def test_a_disabled_instrumentation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", "redis, mssql")
    assert not settings.read({"caller": False}).enabled


def test_azure_monitor_keeps_the_repeated_attributes(sdk: Sdk, connection: Any) -> None:
    """Its exporter leaves out db.* and code.*."""
    exporter = pytest.importorskip("azure.monitor.opentelemetry.exporter.export.trace._exporter")
    info = ConnectionInfo(
        "default", "db.example", 1433, "shop", {**sdk.providers(), "azure_monitor": True}
    )
    cursor = Telemetry(info).traced(Failing())
    with sdk.tracer_provider.get_tracer("test").start_as_current_span("request"):
        _fail(cursor)
    envelope = exporter._convert_span_to_envelope(sdk.spans[0])
    data = envelope.data.base_data
    assert data.name == "INSERT song"
    assert not data.success
    kept = data.properties
    assert kept["mssql.caller"].startswith(f"{__name__}._fail ({__file__}:")
    assert kept["mssql.status_code"] == "2627"
    assert kept["mssql.django.alias"] == "default"
    assert not [name for name in kept if name.startswith(("db.", "code."))]


class Failing:
    """A cursor whose statements break a key."""

    def execute(self, sql: str) -> None:
        raise Duplicate("The duplicate key value is (secret)")


class Duplicate(Exception):
    number = 2627


def _fail(cursor: Any) -> None:
    with pytest.raises(Duplicate):
        cursor.execute("INSERT INTO song VALUES (1, 'x')")


def test_it_is_found_out_whether_azure_monitor_is_there(
    sdk: Sdk, connection: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "azure.monitor.opentelemetry.exporter"
    for loaded in (True, False):
        monkeypatch.delitem(sys.modules, name, raising=False)
        if loaded:
            monkeypatch.setitem(sys.modules, name, sys)
        info = ConnectionInfo("default", "", None, f"shop{loaded}", sdk.providers())
        Telemetry(info).traced(connection.cursor()).execute("SELECT 1").fetchall()
        assert ("mssql.caller" in (sdk.spans[-1].attributes or {})) is loaded
