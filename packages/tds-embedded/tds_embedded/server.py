"""The embedded server: TDS for clients, PostgreSQL for data, one data folder.

with Server() as server:
    print(server.port, server.certificate)
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import select
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib import resources
from pathlib import Path
from typing import IO

import platformdirs

from tds_embedded import catalog, products
from tds_embedded.engine.instance import Instance
from tds_embedded.engine.session import Session
from tds_embedded.faults import Faults
from tds_embedded.postgres.server import Postgres
from tds_embedded.recorder import Recorder
from tds_embedded.wire import certificates, tls
from tds_embedded.wire.authentication import Logins
from tds_embedded.wire.connection import Host
from tds_embedded.wire.listener import Listener
from tds_embedded.wire.requests import TokenVerifier

ADMINISTRATOR = "sa"
PASSWORD_FILE = "sa-password"  # noqa: S105  a file's name
ENDPOINT_FILE = "server.json"
LOCK_FILE = "server.lock"
LOG_FILE = "server.log"
LOCK_SECONDS = 2.0
POLL_SECONDS = 0.02
JOIN_SECONDS = 90.0
IDLE_EXIT_SECONDS = 300.0
USER_CONNECTIONS = 250
OWN_CONNECTIONS = 40  # to PostgreSQL: those kept idle, and those of a moment (USE, CREATE DATABASE)


class ServerError(Exception):
    """A failure to start or join the server; the message has the reason and the remedy."""


@dataclass(frozen=True)
class Endpoint:
    """The address of a running server, and its administrator's credentials."""

    host: str
    port: int
    certificate: Path  # the server's own certificate, which is also its authority
    user: str
    password: str = field(repr=False)


class Server:
    """A server for one data folder: a context manager, or `start` and `stop`.

    `data_dir` is created if it is missing (default: a folder in the user's cache); one server at a
    time can have it. `port` 0 takes a free one. `product` is 2016, 2017, 2019, 2022, 2025 or azure.
    `logins` maps names to passwords; the default is `sa` with a generated password, which is stored
    in the folder. `user_connections` is how many clients it serves at a time (sp_configure's "user
    connections"). `identity` judges access tokens. `record` is a file that gets every request as a
    line of JSON. `durable` preserves committed changes through a power cut, and is slower.
    """

    def __init__(
        self,
        data_dir: Path | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        product: str = products.DEFAULT,
        logins: Mapping[str, str] | None = None,
        identity: TokenVerifier | None = None,
        record: Path | None = None,
        durable: bool = False,
        user_connections: int = USER_CONNECTIONS,
    ) -> None:
        self.data_dir = (data_dir or default_data_dir()).absolute()
        self.product = products.product(product)
        self.name = socket.gethostname()
        self.host = host
        self.port = port
        self.identity = identity
        self.faults = Faults()
        self.recorder = Recorder(record)
        self.user_connections = user_connections
        self.postgres = Postgres(
            self.data_dir, durable=durable, connections=user_connections + OWN_CONNECTIONS
        )
        self.logins = dict(logins) if logins is not None else {}
        self.instance = Instance(
            self.name, self.product, self.postgres, self.logins, user_connections
        )
        self._given_logins = logins is not None
        self._listener: Listener | None = None
        self._lock: IO[str] | None = None

    def start(self) -> None:
        """Start PostgreSQL, then listen.

        Raises ServerError if another server uses the folder, PostgresError, or OSError if the port
        is in use.
        """
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = _lock(self.data_dir)
        try:
            if not self._given_logins:
                self.logins.clear()
                self.logins[ADMINISTRATOR] = _kept_password(self.data_dir)
            self.postgres.start()
            self.postgres.create_databases(catalog.install, _catalog_fingerprint())
            self._listener = Listener(self._wire_host(), self.host, self.port)
            self.port = self._listener.port
            self._publish()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the connections, then PostgreSQL. Without effect on a server that does not run."""
        if self._lock is None:
            return
        (self.data_dir / ENDPOINT_FILE).unlink(missing_ok=True)
        if self._listener is not None:
            self._listener.stop()
            self._listener = None
        self.instance.close_connections()
        self.postgres.stop()
        self.recorder.close()
        self._lock.close()
        self._lock = None

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def certificate(self) -> Path:
        """The certificate to trust: it is its own authority (PEM)."""
        return certificates.certificate(self.data_dir)[0]

    @property
    def endpoint(self) -> Endpoint:
        """The server's address, with the first of its logins."""
        user, password = next(iter(self.logins.items()), ("", ""))
        return Endpoint(self.host, self.port, self.certificate, user, password)

    @property
    def idle_seconds(self) -> float:
        """For how long there has been no connection; 0 while there is one."""
        if self._listener is None or self._listener.connections:
            return 0.0
        return time.monotonic() - self._listener.idle_since

    def _wire_host(self) -> Host:
        certificate, key = certificates.certificate(self.data_dir)
        return Host(
            name=self.name,
            version=self.product.version,
            authenticate=Logins(self.logins, self.identity).authenticate,
            open_session=lambda login: Session(self.instance, login),
            recorder=self.recorder,
            faults=self.faults,
            tls=tls.context(certificate, key, strict=False),
            strict_tls=tls.context(certificate, key, strict=True),
        )

    def _publish(self) -> None:
        """Write the address for join_or_start. The password is in a separate file."""
        public = {**asdict(self.endpoint), "certificate": str(self.certificate)}
        del public["password"]
        public["password_is_kept"] = not self._given_logins
        new_file = self.data_dir / f"{ENDPOINT_FILE}.new"
        new_file.write_text(json.dumps({**public, "process": os.getpid()}))
        new_file.replace(self.data_dir / ENDPOINT_FILE)


def default_data_dir() -> Path:
    """Return the default folder of a server, in the user's cache."""
    return platformdirs.user_cache_path("django-mssql-otel") / "embedded"


def join_or_start(data_dir: Path | None = None) -> Endpoint:
    """Return the server that runs in the folder, or a new one in the background.

    A server started here ends itself some minutes after its last connection has closed. The
    endpoint's password is "" if the running server was started with logins. Raises ServerError if
    it does not start.
    """
    folder = (data_dir or default_data_dir()).absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    endpoint = _running(folder)
    if endpoint is not None:
        return endpoint
    pipe = _start_in_background(folder)
    with os.fdopen(pipe, "rb"):
        deadline = time.monotonic() + JOIN_SECONDS
        while time.monotonic() < deadline:
            is_ended = bool(select.select([pipe], [], [], POLL_SECONDS)[0])
            endpoint = _running(folder)
            if endpoint is not None:
                return endpoint
            if is_ended:
                if not _locked(folder):
                    break
                time.sleep(POLL_SECONDS)  # another process was faster and is starting one
    raise ServerError(f"The embedded server did not start: see {folder / LOG_FILE}")


def _start_in_background(folder: Path) -> int:
    """Start a server that outlives this process. Return a pipe that closes when it ends."""
    pipe, open_while_running = os.pipe()
    command = [sys.executable, "-m", "tds_embedded", "--data", str(folder), "--background"]
    command += ["--idle-exit", str(int(IDLE_EXIT_SECONDS))]
    with (folder / LOG_FILE).open("ab") as log:
        subprocess.run(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[open_while_running],
            check=False,
        )
    os.close(open_while_running)
    return pipe


def _running(folder: Path) -> Endpoint | None:
    """Return the endpoint of the server that uses the folder and listens, or None."""
    if not _locked(folder):
        return None
    try:
        public = json.loads((folder / ENDPOINT_FILE).read_text())
        password = _kept_password(folder) if public["password_is_kept"] else ""
    except FileNotFoundError:  # it is starting, or ending
        return None
    return Endpoint(
        public["host"], public["port"], Path(public["certificate"]), public["user"], password
    )


def _locked(folder: Path) -> bool:
    with (folder / LOCK_FILE).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _lock(folder: Path) -> IO[str]:
    """Take the folder. Waits a moment: another process may just be checking the lock."""
    file = (folder / LOCK_FILE).open("a+")
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            if time.monotonic() > deadline:
                file.close()
                raise ServerError(
                    f"Another embedded server uses the data folder {folder}: join it "
                    "(HOST '(embedded)'), end it, or choose another folder."
                ) from None
            time.sleep(POLL_SECONDS)


def _kept_password(folder: Path) -> str:
    file = folder / PASSWORD_FILE
    if not file.exists():
        certificates.write_private(file, secrets.token_urlsafe(24).encode())
    return file.read_text()


def _catalog_fingerprint() -> str:
    """Return the fingerprint of the installed prelude, which databases are created from."""
    digest = hashlib.sha256()
    prelude = resources.files("tds_embedded.catalog") / "prelude"
    for script in sorted(prelude.iterdir(), key=lambda each: each.name):
        digest.update(script.name.encode() + b"\0" + script.read_bytes() + b"\0")
    return digest.hexdigest()
