"""Batches, procedure calls, transactions, cancels and resets through real drivers."""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import mssql_python
import pyodbc
import pytds
import pytest

from tds_embedded.errors import SqlServerError, error
from tds_embedded.types import Column, SqlType
from tds_embedded.wire import rpc
from tds_embedded.wire.packets import PacketType
from tds_embedded.wire.requests import Isolation, TransactionKind
from tds_embedded.wire.responses import Sink
from tds_embedded_tests.wire.conftest import PASSWORD, Connect, Wire, rows
from tds_embedded_tests.wire.engine import one, result

INT = SqlType("int")


def test_many_rows_stream(wire: Wire, connect: Connect) -> None:
    columns = [Column("n", INT), Column("t", SqlType("nvarchar", 50))]
    expected = [(n, None if n % 7 == 0 else f"row {n}") for n in range(50_000)]
    wire.script.answers["SELECT"] = result(columns, expected)
    assert [tuple(row) for row in connect().execute("SELECT").fetchall()] == expected


def test_several_results_with_counts_and_messages(wire: Wire, connect: Connect) -> None:
    def answer(sink: Sink) -> None:
        sink.done(3, 0xC3)
        sink.error(SqlServerError(0, "a message", severity=0))
        one(INT, 1)(sink)
        sink.done(None)  # SET NOCOUNT ON: no count, no result
        one(INT, 2)(sink)

    wire.script.answers["BATCH"] = answer
    cursor = connect().execute("BATCH")
    assert cursor.rowcount == 3
    assert cursor.nextset()
    assert rows(cursor) == [(1,)]
    assert cursor.nextset()
    assert rows(cursor) == [(2,)]
    assert not cursor.nextset()


def test_nocount_hides_the_count_of_an_insert_before_a_select(wire: Wire, connect: Connect) -> None:
    def answer(sink: Sink) -> None:
        sink.done(None, 0xC3)
        one(INT, 5)(sink)

    wire.script.answers["SET NOCOUNT ON; INSERT; SELECT"] = answer
    assert connect().execute("SET NOCOUNT ON; INSERT; SELECT").fetchval() == 5


def test_error_with_number_state_severity_and_line(wire: Wire, connect: Connect) -> None:
    problem = SqlServerError(2627, "Violation of UNIQUE KEY", 14, state=3, line=7, procedure="p")
    wire.script.answers["INSERT"] = lambda sink: sink.error(problem)
    with pytest.raises(pyodbc.IntegrityError) as caught:
        connect().execute("INSERT")
    assert caught.value.args[0] == "23000"
    assert "Violation of UNIQUE KEY (2627)" in caught.value.args[1]

    with (
        pytds.connect(
            "127.0.0.1", "master", "sa", PASSWORD, port=wire.port, autocommit=True
        ) as tds,
        pytest.raises(pytds.Error) as by_tds,
    ):
        tds.cursor().execute("INSERT")
    message = by_tds.value
    assert (message.number, message.severity, message.state, message.line) == (2627, 14, 3, 7)
    assert message.procname == "p"


def test_error_after_a_result(wire: Wire, connect: Connect) -> None:
    def answer(sink: Sink) -> None:
        one(INT, 1)(sink)
        sink.error(error(208, "missing"))

    wire.script.answers["BATCH"] = answer
    wire.script.answers["SELECT 1"] = one(INT, 1)
    connection = connect()
    cursor = connection.execute("BATCH")
    assert rows(cursor) == [(1,)]
    with pytest.raises(pyodbc.ProgrammingError, match="208"):
        cursor.nextset()
    assert connection.execute("SELECT 1").fetchval() == 1


def test_several_calls_in_one_message_are_one_round_trip(wire: Wire) -> None:
    """The requests of mssql-python's executemany, by hand: the answers of all but the last have
    MORE.
    """
    wire.script.answers["INSERT"] = lambda sink: sink.done(1, 0xC3)
    call = b"\xff\xff\x0a\0\0\0" + nvarchar_parameter("INSERT")
    with pytds.connect(
        "127.0.0.1", "master", "sa", PASSWORD, port=wire.port, autocommit=True
    ) as connection:
        sock = connection._tds_socket.sock
        with wire.recorder.capture() as capture:
            send_message(sock, PacketType.RPC, b"\x04\0\0\0" + b"\xff".join([call] * 3))
            answer = sock.recv(4096)
    done_in_proc = struct.pack("<BHHQ", 0xFF, 0x11, 0xC3, 1)
    status = struct.pack("<Bi", 0x79, 0)
    more, last = (struct.pack("<BHHQ", 0xFE, flags, 0, 0) for flags in (1, 0))
    assert answer[8:] == (done_in_proc + status + more) * 2 + done_in_proc + status + last
    assert [bool(request.bytes_in) for request in capture.requests] == [True, False, False]
    assert capture.round_trips == 1
    assert sum(request.bytes_out for request in capture.requests) == len(answer)


def nvarchar_parameter(text: str) -> bytes:
    data = text.encode("utf-16-le")
    return b"\0\0\xe7" + struct.pack("<H", 8000) + bytes(5) + struct.pack("<H", len(data)) + data


def send_message(sock: socket.socket, kind: PacketType, body: bytes) -> None:
    sock.sendall(struct.pack(">BBHHBB", kind, 1, len(body) + 8, 0, 1, 0) + body)


def test_parameters_of_mssql_python(wire: Wire) -> None:
    wire.script.answers["SELECT @P1"] = one(INT, 1)
    mssql_python.pooling(enabled=False)
    with mssql_python.connect(
        f"Server=tcp:127.0.0.1,{wire.port};UID=sa;PWD={{{PASSWORD.replace('}', '}}')}}};Encrypt=no"
    ) as connection:
        connection.cursor().execute("SELECT ?", "é")
    (parameter,) = wire.script.last_parameters()
    assert (parameter.type.name, parameter.value) == ("nvarchar", "é")


def test_parameters_of_python_tds(wire: Wire) -> None:
    wire.script.answers["SELECT @P1"] = one(INT, 1)
    with pytds.connect(
        "127.0.0.1", "master", "sa", PASSWORD, port=wire.port, autocommit=True
    ) as connection:
        assert connection.cursor().execute_scalar("SELECT %s", ("é",)) == 1
    (parameter,) = wire.script.last_parameters()
    assert (parameter.name, parameter.value) == ("@P1", "é")


def test_transaction_requests(wire: Wire, connect: Connect) -> None:
    wire.script.answers["SELECT 1"] = one(INT, 1)
    connection = connect()
    connection.autocommit = False
    connection.execute("SELECT 1").fetchall()
    connection.commit()
    connection.execute("SELECT 1").fetchall()
    connection.rollback()
    kinds = [request.kind for request in wire.script.transactions]
    assert kinds[0] is TransactionKind.BEGIN
    assert TransactionKind.COMMIT in kinds
    assert TransactionKind.ROLLBACK in kinds
    assert [r.text for r in wire.recorder.requests if r.kind == "transaction"] == [
        f"{kind.name} TRANSACTION" for kind in kinds
    ]


def test_transaction_request_with_names_and_the_next_begin() -> None:
    headers = b"\x04\0\0\0"
    name = "point".encode("utf-16-le")
    saved = rpc.transaction(headers + b"\x09\0" + bytes([len(name)]) + name)
    assert (saved.kind, saved.name) == (TransactionKind.SAVE, "point")
    committed = rpc.transaction(headers + b"\x07\0\x00\x01\x04" + bytes([len(name)]) + name)
    assert committed.kind is TransactionKind.COMMIT
    assert committed.begin_after
    assert committed.isolation is Isolation.SERIALIZABLE
    assert committed.begin_name == "point"


def test_timeout_cancels_and_the_connection_goes_on(wire: Wire, connect: Connect) -> None:
    wire.script.answers["SELECT 1"] = one(INT, 1)
    connection = connect()
    connection.timeout = 1
    with pytest.raises(pyodbc.OperationalError, match="HYT00"):
        connection.execute("WAIT")
    connection.timeout = 0
    assert connection.execute("SELECT 1").fetchval() == 1


@pytest.mark.parametrize("mars", ["yes", "no"])
def test_closing_a_cursor_ends_an_endless_result(wire: Wire, connect: Connect, mars: str) -> None:
    wire.script.answers["SELECT 1"] = one(INT, 1)
    connection = connect(MARS_Connection=mars)
    cursor = connection.execute("ENDLESS")
    assert cursor.fetchone()[0] == 1
    cursor.close()
    assert connection.execute("SELECT 1").fetchval() == 1


def test_cancel_from_another_thread(wire: Wire, connect: Connect) -> None:
    cursor = connect().cursor()
    timer = threading.Timer(0.3, cursor.cancel)
    timer.start()
    started = time.monotonic()
    with pytest.raises(pyodbc.Error, match=r"HY008|HYT00"):
        cursor.execute("WAIT")
    assert time.monotonic() - started < 10
    timer.join()


def test_a_client_that_goes_ends_its_statement(wire: Wire) -> None:
    program = (
        "import pytds, sys\n"
        "port, password = int(sys.argv[1]), sys.argv[2]\n"
        "connection = pytds.connect('127.0.0.1', 'master', 'sa', password, port=port)\n"
        "connection.cursor().execute('WAIT')\n"
    )
    client = subprocess.Popen([sys.executable, "-c", program, str(wire.port), PASSWORD])
    try:
        _wait_until(lambda: any(c.conversations for c in wire.listener.connections))
        time.sleep(0.2)
        assert wire.listener.connections
    finally:
        client.kill()
        client.wait()
    _wait_until(lambda: not wire.listener.connections)


def _wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_mars_reads_two_results_at_once(wire: Wire, connect: Connect) -> None:
    expected_rows = [(n, "x" * 100) for n in range(20_000)]
    columns = [Column("n", INT), Column("t", SqlType("varchar", 100))]
    wire.script.answers["SELECT"] = result(columns, expected_rows)
    connection = connect(MARS_Connection="yes")
    first, second = connection.execute("SELECT"), connection.execute("SELECT")
    for expected in expected_rows:
        assert tuple(first.fetchone()) == expected
        assert tuple(second.fetchone()) == expected


def test_pooled_connection_is_reset(wire: Wire) -> None:
    wire.script.answers["SELECT 1"] = one(INT, 1)
    text = (
        f"Server=tcp:127.0.0.1,{wire.port};UID=sa;PWD={{{PASSWORD.replace('}', '}}')}}};Encrypt=no"
    )
    mssql_python.pooling(max_size=1, idle_timeout=60)
    try:
        for _ in range(2):
            connection = mssql_python.connect(text)
            connection.cursor().execute("SELECT 1").fetchall()
            connection.close()
    finally:
        mssql_python.pooling(enabled=False)
    assert wire.script.resets == [False]


def test_server_cursor_is_refused_clearly(wire: Wire) -> None:
    body = b"\x04\0\0\0\xff\xff\x02\0\0\0"
    with pytest.raises(SqlServerError, match="sp_cursoropen") as caught:
        list(rpc.calls(body))
    assert caught.value.number == 40514


def test_an_engine_bug_is_told_without_values_and_the_connection_goes_on(
    wire: Wire, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    def bug(sink: Sink) -> None:
        raise KeyError("secret value")

    wire.script.answers["BUG"] = bug
    wire.script.answers["SELECT 1"] = one(INT, 1)
    connection = connect()
    with pytest.raises(
        pyodbc.Error, match=r"The embedded server failed in this request: KeyError in bug"
    ):
        connection.execute("BUG")
    assert "secret value" not in caplog.text
    assert connection.execute("SELECT 1").fetchval() == 1


def test_fifty_connections_at_once(wire: Wire, connect: Connect) -> None:
    wire.script.answers["SELECT 1"] = one(INT, 1)
    connections = [connect() for _ in range(50)]
    threads = [
        threading.Thread(target=lambda c=c: c.execute("SELECT 1").fetchall()) for c in connections
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(1 for request in wire.recorder.requests if request.text == "SELECT 1") == 50
