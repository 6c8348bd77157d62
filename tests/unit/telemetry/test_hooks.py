"""Filter, parent, parameters and hooks."""

from __future__ import annotations

import datetime
import sqlite3
import uuid
from decimal import Decimal
from typing import Any

import pytest

from mssql.telemetry import ConnectionInfo, Telemetry, guard
from mssql.telemetry.hooks import LONGEST_PARAMETER, MOST_PARAMETERS, as_text
from tests.sdk import Sdk, attributes

pytestmark = pytest.mark.usefixtures("names")


@pytest.fixture
def traced(sdk: Sdk, connection: sqlite3.Connection) -> Any:
    def traced(**options: Any) -> Any:
        info = ConnectionInfo("default", "", None, "shop", {**sdk.providers(), **options})
        return Telemetry(info).traced(connection.cursor())

    return traced


def parameters(sdk: Sdk) -> dict[str, Any]:
    return {k: v for k, v in attributes(sdk.span).items() if "parameter" in k}


def test_their_values_and_types(sdk: Sdk, traced: Any) -> None:
    cursor = traced(parameters=True)
    cursor.execute("SELECT id FROM song WHERE id = ? OR title = ?", (1, "t2")).fetchall()
    found = parameters(sdk)
    assert found["db.query.parameter.0"] == "1"
    assert found["db.query.parameter.1"] == "t2"
    assert found["mssql.query.parameter_types"][1].startswith("nvarchar")
    assert len(found) == 3


def test_by_default_there_are_none(sdk: Sdk, traced: Any) -> None:
    traced().execute("SELECT id FROM song WHERE id = ?", (1,)).fetchall()
    assert parameters(sdk) == {}


def test_batches_have_none(sdk: Sdk, traced: Any) -> None:
    traced(parameters=True).executemany("DELETE FROM song WHERE id = ?", [(1,), (2,)])
    assert parameters(sdk) == {}


def test_a_hook_redacts(sdk: Sdk, traced: Any) -> None:
    def hook(index: int, value: Any) -> Any:
        return None if index == 0 else "***"

    cursor = traced(parameters=True, parameter_hook=hook)
    cursor.execute("SELECT id FROM song WHERE title = ? OR title = ?", ("secret", "secret"))
    cursor.close()
    found = parameters(sdk)
    assert found["db.query.parameter.1"] == "***"
    assert "db.query.parameter.0" not in found
    assert "secret" not in sdk.span.to_json()


def test_a_hook_that_fails_records_nothing(
    sdk: Sdk, traced: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hook(index: int, value: Any) -> Any:
        raise ValueError(value)

    monkeypatch.setattr(guard, "QUIET_SECONDS", 0.0)
    cursor = traced(parameters=True, parameter_hook=hook)
    assert cursor.execute("SELECT id FROM song WHERE title = ?", ("secret",)).fetchall() == []
    assert "secret" not in sdk.span.to_json()
    assert "secret" not in caplog.text
    assert "ValueError" in caplog.text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"),
        (True, "True"),
        (Decimal("1.50"), "1.50"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (datetime.time(3, 4), "03:04:00"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (b"\x01\x02", "0x0102"),
        ("x" * 1000, "x" * (LONGEST_PARAMETER - 3) + "..."),
        (b"x" * 1000, "0x" + "78" * 125),
    ],
)
def test_values_as_text(value: Any, text: str) -> None:
    assert as_text(value).startswith(text)
    assert len(as_text(value)) <= LONGEST_PARAMETER


def test_many_parameters_are_cut(sdk: Sdk, traced: Any) -> None:
    marks = ", ".join("?" * 100)
    traced(parameters=True).execute(f"SELECT {marks}", tuple(range(100))).fetchall()
    assert len(parameters(sdk)) == MOST_PARAMETERS + 1


def test_hooks_see_the_statement_and_its_result(sdk: Sdk, traced: Any) -> None:
    seen: list[Any] = []

    def request_hook(span: Any, sql: str, parameters: Any) -> None:
        seen.append((sql, parameters))
        span.set_attribute("tenant", "a")

    def response_hook(span: Any, rows: Any, error: Any) -> None:
        seen.append((rows, type(error)))
        span.set_attribute("late", True)

    cursor = traced(request_hook=request_hook, response_hook=response_hook)
    cursor.execute("SELECT id FROM song WHERE id > ?", (3,)).fetchall()
    cursor.execute("DELETE FROM song")
    with pytest.raises(sqlite3.OperationalError):
        cursor.execute("SELECT x FROM nowhere")
    assert seen == [
        ("SELECT id FROM song WHERE id > ?", (3,)),
        (2, type(None)),
        ("DELETE FROM song", ()),
        (None, type(None)),
        ("SELECT x FROM nowhere", ()),
        (None, sqlite3.OperationalError),
    ]
    assert all(attributes(span)["tenant"] == "a" for span in sdk.spans)
    assert all(attributes(span)["late"] for span in sdk.spans)


@pytest.mark.parametrize("name", ["request_hook", "response_hook"])
def test_a_failing_hook_does_not_fail_the_statement(
    sdk: Sdk, traced: Any, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    def hook(*arguments: Any) -> None:
        raise ValueError(repr(arguments))

    cursor = traced(**{name: hook})
    assert cursor.execute("SELECT ?", ("secret",)).fetchall() == [("secret",)]
    assert sdk.span.name == "SELECT"
    assert "secret" not in caplog.text


def test_a_filter_leaves_statements_out(sdk: Sdk, traced: Any) -> None:
    cursor = traced(filter=lambda sql: "song" in sql)
    cursor.execute("SELECT 1").fetchall()
    cursor.execute("SELECT id FROM song").fetchall()
    assert sdk.span.name == "SELECT song"
    (point,) = sdk.points("db.client.operation.duration")
    assert point.count == 1


def test_a_parent_can_be_required(sdk: Sdk, traced: Any) -> None:
    cursor = traced(require_parent=True)
    cursor.execute("SELECT 1").fetchall()
    assert sdk.spans == []
    assert sdk.points("db.client.operation.duration")[0].count == 1
    with sdk.tracer_provider.get_tracer("test").start_as_current_span("request"):
        cursor.execute("SELECT 1").fetchall()
    assert [span.name for span in sdk.spans] == ["SELECT", "request"]


def test_batch_sizes_are_measured(sdk: Sdk, traced: Any) -> None:
    cursor = traced()
    cursor.executemany("DELETE FROM song WHERE id = ?", [(1,), (2,), (3,)])
    cursor.executemany("DELETE FROM song WHERE id = ?", [(1,)])
    (point,) = sdk.points("mssql.client.operation.batch.size")
    assert (point.count, point.sum) == (1, 3)
