"""sentry_sdk.init(): its Django integration reads the parameters of the connection."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connections

from mssql import base
from mssql.config import loading
from tests.databases import alias
from tests.programs import run, settings_for

pytest.importorskip("sentry_sdk")

# In a separate process: the SDK replaces methods of Django for as long as the process lives.
_PROGRAM = """
import sentry_sdk

sent = []

class Transport(sentry_sdk.transport.Transport):
    def capture_envelope(self, envelope):
        sent.extend(item.payload.json for item in envelope.items)

sentry_sdk.init("https://key@example.invalid/1", transport=Transport, traces_sample_rate=1.0)
with sentry_sdk.start_transaction(name="work"):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT %s", ["once"])
        print(cursor.fetchone()[0])
        cursor.execute("CREATE TABLE #t (id int)")
        cursor.executemany("INSERT INTO #t VALUES (%s)", [(1,), (2,)])
    try:
        ask("SELECT 1 FROM missing_table")
    except DatabaseError as error:
        sentry_sdk.capture_exception(error)
sentry_sdk.flush()
print(json.dumps(sent, default=str))
"""


@pytest.mark.parametrize("python_driver", ["pyodbc", "mssql_python"])
@pytest.mark.django_db(databases="__all__")
def test_errors_and_traces_reach_sentry(python_driver: str) -> None:
    settings = settings_for({"python_driver": python_driver})
    answer, sent = run(_PROGRAM, {"default": settings})
    assert answer == "once"
    error, transaction = json.loads(sent)
    assert error["exception"]["values"][-1]["type"] == "ProgrammingError"
    spans = {span["description"]: span["data"] for span in transaction["spans"]}
    assert {"connect", "SELECT %s", "INSERT INTO #t VALUES (%s)"} <= set(spans)
    for data in spans.values():
        assert data["db.name"] == settings["NAME"]
        assert data["server.address"] == settings["HOST"]
    assert settings["PASSWORD"] not in sent


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Records when settings are loaded or an embedded server is joined."""
    calls: list[str] = []
    monkeypatch.setattr(loading, "load", lambda *_: calls.append("loaded"))
    monkeypatch.setattr(base, "join_or_start", lambda *_: calls.append("joined"))
    return calls


@pytest.mark.parametrize(
    ("host", "port", "expected"),
    [
        ("db.example", "", ("db.example", None)),
        ("db.example", "1500", ("db.example", 1500)),
        ("tcp:db.example,1500", "", ("tcp:db.example", 1500)),
        ("db.example\\\\second", "", ("db.example\\\\second", None)),
        ("", "", ("localhost", None)),
        ("(embedded)", "", ("(embedded)", None)),
    ],
)
def test_the_connections_parameters_are_a_cheap_mapping(
    parsed: list[str], host: str, port: str, expected: tuple[str, int | None]
) -> None:
    with alias("other", HOST=host, PORT=port, NAME="shop", USER="ann", PASSWORD="s3cret") as made:
        parameters = made.get_connection_params()
    assert dict(parameters) == {
        "database": "shop",
        "host": expected[0],
        "port": expected[1],
        "user": "ann",
    }
    assert parameters.get("dbname") is None
    assert "s3cret" not in repr(parameters)
    assert parsed == []


@pytest.mark.django_db(databases="__all__")
def test_parameters_that_a_subclass_changes_are_used() -> None:
    with alias("other", USER="nobody") as made:
        right: Any = connections["default"].settings_dict["USER"]
        parameters = {**made.get_connection_params(), "user": right}
        made.get_connection_params = lambda: parameters
        with made.cursor() as cursor:
            cursor.execute("SELECT SUSER_SNAME()")
            assert cursor.fetchone() == (right,)


@pytest.mark.django_db(databases="__all__")
def test_a_cursor_without_a_statement_has_no_attributes_of_the_drivers() -> None:
    with alias("other") as made, made.cursor() as cursor:
        assert not hasattr(cursor, "connection")
        cursor.execute("SELECT 1")
        assert hasattr(cursor, "connection")
