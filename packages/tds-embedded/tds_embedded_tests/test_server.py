"""The whole server: start, join, stop, and the shared state of its connections."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyodbc
import pytest

from mssql.drivers.discovery import find
from tds_embedded.__main__ import main, parser
from tds_embedded.identity import Signer
from tds_embedded.server import Endpoint, Server, ServerError, join_or_start
from tds_embedded_tests.wire.test_login import token_attribute

Connect = Callable[..., Any]


def connect(endpoint: Endpoint, attrs_before: dict[int, bytes] | None = None, **given: str) -> Any:
    """A new connection, which the caller closes."""
    pyodbc.pooling = False
    keywords = {
        "Driver": find(None, pyodbc.drivers).keyword,
        "Server": f"tcp:{endpoint.host},{endpoint.port}",
        "Database": "master",
        "UID": endpoint.user,
        "PWD": endpoint.password,
        "Encrypt": "strict",
        "ServerCertificate": str(endpoint.certificate),
        **given,
    }
    text = ";".join(f"{key}={value}" for key, value in keywords.items() if value)
    return pyodbc.connect(text, autocommit=True, timeout=20, attrs_before=attrs_before or {})


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of this module alone, so that its faults and logins affect no other test."""
    folder = tmp_path_factory.mktemp("server")
    with Server(folder, identity=Signer(folder).verifier()) as server:
        yield server


@pytest.mark.parametrize("encrypt", ["strict", "no", "yes"])
@pytest.mark.parametrize("mars", ["yes", "no"])
def test_select_through_the_driver(own: Server, encrypt: str, mars: str) -> None:
    trust = "yes" if encrypt == "yes" else ""
    with closing(
        connect(own.endpoint, Encrypt=encrypt, MARS_Connection=mars, TrustServerCertificate=trust)
    ) as connection:
        row = connection.execute("SELECT ?, ?, @@SPID", 1, "é").fetchone()
        assert tuple(row[:2]) == (1, "é")


def test_unknown_database(own: Server) -> None:
    with pytest.raises(pyodbc.Error, match="4060"):
        connect(own.endpoint, Database="nowhere")


def test_access_tokens(own: Server) -> None:
    signer = Signer(own.data_dir)
    audience = "https://database.windows.net/"
    good = signer.sign("0a-client", audience, 3600)
    without = {"UID": "", "PWD": ""}
    with closing(connect(own.endpoint, token_attribute(good), **without)) as connection:
        name = connection.execute("SELECT SUSER_SNAME()").fetchval()
        assert name == f"0a-client@{signer.tenant}"
    for bad in (
        signer.sign("0a-client", audience, -10),
        signer.sign("0a-client", "https://elsewhere/", 3600),
        signer.sign("0a-client", audience, 3600, nbf=int(time.time()) + 600),
        signer.sign("0a-client", audience, 3600, iss="https://elsewhere/"),
        Signer().sign("0a-client", audience, 3600),
        good[:-4] + "AAAA",
    ):
        with pytest.raises(pyodbc.Error, match="18456") as caught:
            connect(own.endpoint, token_attribute(bad), **without)
        assert bad not in str(caught.value)


def test_fifty_connections_at_once(own: Server) -> None:
    failures: list[BaseException] = []
    barrier = threading.Barrier(50)

    def work(number: int) -> None:
        try:
            with closing(connect(own.endpoint)) as connection:
                barrier.wait(60)
                for _ in range(5):
                    assert connection.execute("SELECT ?", number).fetchval() == number
        except BaseException as failure:  # noqa: BLE001  reported by the assertion below
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_timeout_cancels_the_statement(own: Server) -> None:
    with closing(connect(own.endpoint)) as connection:
        connection.timeout = 1
        started = time.monotonic()
        with pytest.raises(pyodbc.OperationalError, match="HYT00"):
            connection.execute("WAITFOR DELAY '00:00:30'")
        assert time.monotonic() - started < 10
        connection.timeout = 0
        assert connection.execute("SELECT 1").fetchval() == 1


def test_injected_deadlock_rolls_its_transaction_back(own: Server) -> None:
    with closing(connect(own.endpoint, Database="tempdb")) as connection:
        connection.autocommit = False
        connection.execute("CREATE TABLE #t (n int)")
        connection.commit()
        connection.execute("INSERT INTO #t VALUES (1)")
        own.faults.error(1205, matching="INSERT INTO #t VALUES (2)")
        with pytest.raises(pyodbc.Error, match="1205"):
            connection.execute("INSERT INTO #t VALUES (2)")
        assert connection.execute("SELECT @@TRANCOUNT").fetchval() <= 1
        assert connection.execute("SELECT COUNT(*) FROM #t").fetchval() == 0
        connection.rollback()


def test_round_trips_are_counted_exactly(own: Server) -> None:
    with closing(connect(own.endpoint)) as connection:
        connection.execute("SELECT ?", 1).fetchall()
        with own.recorder.capture() as capture:
            connection.execute("SELECT 2").fetchall()
            connection.execute("SELECT 3").fetchall()
    assert [request.text for request in capture.requests if request.kind == "batch"] == [
        "SELECT 2",
        "SELECT 3",
    ]


@pytest.mark.parametrize(
    ("product", "version"),
    [("2016", "13.00.6300"), ("2025", "17.00.1000"), ("azure", "12.00.2000")],
)
def test_products(tmp_path: Path, product: str, version: str) -> None:
    with Server(tmp_path, product=product) as server, closing(connect(server.endpoint)) as client:
        assert client.getinfo(pyodbc.SQL_DBMS_VER) == version
        assert "stand-in" in client.execute("SELECT @@VERSION").fetchval()


def test_an_unknown_product_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="2016, 2017, 2019, 2022, 2025, azure"):
        Server(tmp_path, product="2008")


def test_a_folder_has_one_server(own: Server) -> None:
    with pytest.raises(ServerError, match="uses the data folder"):
        Server(own.data_dir).start()


def test_stop_ends_connections_and_postgres(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.start()
    postmaster = int((tmp_path / "postgres/postmaster.pid").read_text().splitlines()[0])
    with closing(connect(server.endpoint)) as connection:
        server.stop()
        with pytest.raises(pyodbc.Error, match="08S01"):
            connection.execute("SELECT 1")
    assert not Path(f"/proc/{postmaster}").exists()
    server.stop()


def test_the_password_is_private_and_stays(tmp_path: Path) -> None:
    with Server(tmp_path) as first:
        password = first.endpoint.password
        assert password not in repr(first.endpoint)
    mode = (tmp_path / "sa-password").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert stat.S_IMODE((tmp_path / "server.key").stat().st_mode) == 0o600
    with Server(tmp_path) as second:
        assert second.endpoint.password == password


def test_join_or_start(tmp_path: Path) -> None:
    """Two calls at once get one server, which a third joins; it keeps its data."""
    found: list[Endpoint] = []
    threads = [
        threading.Thread(target=lambda: found.append(join_or_start(tmp_path))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found.append(join_or_start(tmp_path))
    try:
        assert len({(endpoint.port, endpoint.password) for endpoint in found}) == 1
        with closing(connect(found[0])) as connection:
            assert connection.execute("SELECT 1").fetchval() == 1
    finally:
        end(tmp_path)


def end(folder: Path) -> None:
    """Ends the background server of a folder, as its own idle time would."""
    process = json.loads((folder / "server.json").read_text())["process"]
    os.kill(process, signal.SIGTERM)
    deadline = time.monotonic() + 20
    while (folder / "postgres/postmaster.pid").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_joining_a_server_of_this_process(own: Server) -> None:
    assert join_or_start(own.data_dir) == own.endpoint


def test_the_command_line_tells_how_to_connect_and_ends_by_a_signal(tmp_path: Path) -> None:
    record = tmp_path / "requests.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", "tds_embedded", "--data", str(tmp_path / "data"),
         "--product", "2019", "--record", str(record)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    lines = []
    while "Ctrl-C" not in (line := process.stdout.readline()):
        lines.append(line)
        assert process.poll() is None
    text = "".join(lines)
    (connection_string,) = re.findall(r"^  Driver=\{.*?\};(.*)$", text, re.MULTILINE)
    driver = find(None, pyodbc.drivers).keyword
    with closing(pyodbc.connect(f"Driver={driver};{connection_string}", timeout=20)) as connection:
        assert connection.execute("SELECT 1").fetchval() == 1
    process.send_signal(signal.SIGINT)
    _, problems = process.communicate(timeout=30)
    assert process.returncode == 0, problems
    assert not (tmp_path / "data/postgres/postmaster.pid").exists()
    assert '"text": "SELECT 1"' in record.read_text()


def test_idle_exit(tmp_path: Path) -> None:
    started = time.monotonic()
    assert main_in_a_process("--data", str(tmp_path), "--idle-exit", "0.5") == 0
    assert time.monotonic() - started < 60


def test_a_given_password_is_not_printed(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("my own secret\n")
    command = [sys.executable, "-m", "tds_embedded", "--data", str(tmp_path / "data")]
    command += ["--idle-exit", "0.1", "--password-file", str(tmp_path / "password")]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "my own secret" not in run.stdout + run.stderr
    assert not (tmp_path / "data/sa-password").exists()


def main_in_a_process(*arguments: str) -> int:
    command = [sys.executable, "-m", "tds_embedded", *arguments]
    return subprocess.run(command, stdout=subprocess.DEVNULL, check=False, timeout=60).returncode


def test_a_taken_port_is_one_clear_line(
    own: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-m", "tds_embedded", "--data", str(tmp_path)]
    run = subprocess.run(
        [*command, "--port", str(own.port)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "Address already in use" in run.stderr
    assert "Traceback" not in run.stderr


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "It is not SQL Server" in " ".join(capsys.readouterr().out.split())
    assert parser().parse_args([]).product == "2022"
