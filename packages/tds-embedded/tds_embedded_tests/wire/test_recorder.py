"""Recorded properties of requests, and those that never are."""

from __future__ import annotations

import json
from pathlib import Path

import pyodbc
import pytest

from tds_embedded.recorder import Recorder, Request
from tds_embedded.types import SqlType
from tds_embedded_tests.wire.conftest import Connect, Wire
from tds_embedded_tests.wire.engine import one


def test_a_batch(wire: Wire, connect: Connect) -> None:
    wire.script.answers["SELECT 1"] = one(SqlType("int"), 1)
    connection = connect(Database="sales")
    with wire.recorder.capture() as capture:
        connection.execute("SELECT 1").fetchall()
    (request,) = capture.requests
    assert (request.kind, request.text, request.rows) == ("batch", "SELECT 1", 1)
    assert (request.database, request.user, request.error) == ("sales", "sa", None)
    assert request.bytes_in == 8 + 22 + 2 * len("SELECT 1")  # header, ALL_HEADERS, text
    assert request.bytes_out > 8
    assert request.seconds > 0
    assert capture.round_trips == 1


def test_parameters_without_their_values(wire: Wire, connect: Connect) -> None:
    wire.script.answers["SELECT @P1,@P2"] = one(SqlType("int"), 1)
    connection = connect()
    with wire.recorder.capture() as capture:
        connection.execute("SELECT ?,?", "a secret", 5).fetchall()
    request = next(request for request in capture.requests if request.procedure == "sp_prepexec")
    assert request.text == "SELECT @P1,@P2"
    text, number = request.parameters[3:]
    assert text.type.startswith("nvarchar(")
    assert text.size == len("a secret")
    assert (number.type, number.size) == ("int", None)
    assert "a secret" not in repr(capture)


def test_errors(wire: Wire, connect: Connect) -> None:
    connection = connect()
    with wire.recorder.capture() as capture, pytest.raises(pyodbc.ProgrammingError):
        connection.execute("NONSENSE")
    assert [request.error for request in capture.requests] == [102]


def test_json_lines(tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    recorder = Recorder(file)
    recorder.record(Request("batch", connection=1, session=51, text="SELECT 'é'", rows=1))
    (line,) = file.read_text().splitlines()
    assert json.loads(line)["text"] == "SELECT 'é'"
    recorder.close()


def test_only_the_last_are_kept() -> None:
    recorder = Recorder(limit=3)
    for number in range(5):
        recorder.record(Request("batch", connection=number, session=51))
    assert [request.connection for request in recorder.requests] == [2, 3, 4]
