"""Costs of the embedded server: latency against psycopg, simultaneous connections, memory.

    python -m benchmarks.tds_embedded [--statements 100000]

Times are ratios of one run; the driver is Microsoft's ODBC Driver 18, the peer is psycopg on the
same PostgreSQL over its Unix socket.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pyodbc

from mssql.drivers.discovery import find
from tds_embedded.server import ENDPOINT_FILE, Endpoint, join_or_start

STATEMENTS = 10_000
FETCHES = 9
CONNECTIONS = 50
STATEMENTS_A_CONNECTION = 100
ROWS = 10_000
MEMORY_LIMIT_MB = 150
RATIO_LIMIT = 4


@contextmanager
def server(folder: Path) -> Iterator[tuple[int, Endpoint]]:
    """Run a server in a separate process, and yield the id of the process."""
    endpoint = join_or_start(folder)
    process = json.loads((folder / ENDPOINT_FILE).read_text())["process"]
    try:
        yield process, endpoint
    finally:
        os.kill(process, signal.SIGTERM)
        while (folder / ENDPOINT_FILE).exists() or (folder / "postgres/postmaster.pid").exists():
            time.sleep(0.05)


def connect(endpoint: Endpoint, encrypt: str) -> pyodbc.Connection:
    """Connect through the driver, with verification if the connection is encrypted."""
    pyodbc.pooling = False
    return pyodbc.connect(
        f"Driver={find(None, pyodbc.drivers).keyword};Server=tcp:{endpoint.host},{endpoint.port};"
        f"Database=master;UID={endpoint.user};PWD={{{endpoint.password}}};Encrypt={encrypt};"
        f"ServerCertificate={endpoint.certificate}",
        autocommit=True,
    )


def straight(folder: Path) -> psycopg.Connection[tuple[object, ...]]:
    """psycopg to the same database, over the socket that PostgreSQL's own status file names."""
    socket_folder = (folder / "postgres" / "postmaster.pid").read_text().splitlines()[4]
    return psycopg.connect(host=socket_folder, user="postgres", dbname="master", autocommit=True)


def seconds(run: Callable[[], object]) -> float:
    """How long `run` takes once."""
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def alternately(
    peer: psycopg.Cursor[tuple[object, ...]], odbc: pyodbc.Cursor, times: int
) -> tuple[list[float], list[float]]:
    """The seconds of SELECT 1 through psycopg, and through pyodbc."""
    pairs = [
        (
            seconds(lambda: peer.execute("SELECT 1").fetchone()),
            seconds(lambda: odbc.execute("SELECT 1").fetchone()),
        )
        for _ in range(times)
    ]
    return [theirs for theirs, _ in pairs], [ours for _, ours in pairs]


def latency(folder: Path, endpoint: Endpoint) -> None:
    """SELECT 1, one statement of each in turn: whatever else the machine does meets both."""
    with straight(folder) as peer:
        cursor = peer.cursor()
        for encrypt in ("no", "strict"):
            connection = connect(endpoint, encrypt)
            theirs, ours = alternately(cursor, connection.cursor(), STATEMENTS)
            connection.close()
            peer_median, median = statistics.median(theirs), statistics.median(ours)
            print(
                f"SELECT 1, Encrypt={encrypt}: pyodbc {median * 1e6:.0f} us, "
                f"psycopg {peer_median * 1e6:.0f} us, ratio {median / peer_median:.2f} "
                f"(limit {RATIO_LIMIT})"
            )


def fetching(folder: Path, endpoint: Endpoint) -> None:
    """Ten columns of many rows."""
    columns = ", ".join(f"n + {i} AS c{i}" for i in range(5))
    texts = ", ".join(f"CAST(n AS nvarchar(20)) AS t{i}" for i in range(5))
    numbers = "WITH d AS (SELECT v FROM (VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)) AS x(v)) "
    source = (
        "SELECT a.v + 10 * b.v + 100 * c.v + 1000 * e.v AS n "
        "FROM d AS a CROSS JOIN d AS b CROSS JOIN d AS c CROSS JOIN d AS e"
    )
    sql = f"{numbers}SELECT {columns}, {texts} FROM ({source}) AS s"
    connection = connect(endpoint, "no")
    with straight(folder) as peer:
        postgres_sql = f"{numbers}SELECT {columns}, {texts.replace('nvarchar', 'varchar')} "
        postgres_sql += f"FROM ({source}) AS s"
        theirs, ours = [], []
        for _ in range(FETCHES):
            theirs.append(seconds(lambda: peer.execute(postgres_sql).fetchall()))
            ours.append(seconds(lambda: connection.execute(sql).fetchall()))
    connection.close()
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(
        f"{ROWS} rows of 10 columns: {ROWS / statistics.median(ours):.0f} rows/s through pyodbc, "
        f"psycopg {ROWS / statistics.median(theirs):.0f} rows/s, ratio {ratio:.2f}"
    )


def at_once(endpoint: Endpoint) -> None:
    """Fifty connections, all busy."""
    failures: list[Exception] = []
    barrier = threading.Barrier(CONNECTIONS)

    def work() -> None:
        try:
            connection = connect(endpoint, "strict")
            barrier.wait(60)
            for number in range(STATEMENTS_A_CONNECTION):
                if connection.execute(f"SELECT {number}").fetchval() != number:
                    raise ValueError("a wrong answer")
            connection.close()
        except (pyodbc.Error, ValueError, threading.BrokenBarrierError) as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    duration = time.perf_counter() - begin
    print(
        f"{CONNECTIONS} connections of {STATEMENTS_A_CONNECTION} statements each: "
        f"{len(failures)} failed, {duration:.1f} s"
    )


def resident(process: int) -> float:
    """A process's resident memory in MB (Linux)."""
    status = Path(f"/proc/{process}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def memory(process: int, endpoint: Endpoint, statements: int) -> None:
    """The server process's memory before and after many statements, half of them all different."""
    before = resident(process)
    connection = connect(endpoint, "no")
    cursor = connection.cursor()
    for number in range(statements // 2):
        cursor.execute(f"SELECT {number} AS n").fetchall()
        cursor.execute("SELECT ? AS n", number).fetchall()
    after = resident(process)
    connection.close()
    print(
        f"memory of the server process: {before:.1f} MB, after {statements} statements "
        f"{after:.1f} MB (limit {MEMORY_LIMIT_MB})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statements", type=int, default=100_000)
    statements = parser.parse_args().statements
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as (process, endpoint):
        latency(Path(folder), endpoint)
        fetching(Path(folder), endpoint)
        at_once(endpoint)
        memory(process, endpoint, statements)


if __name__ == "__main__":
    main()
