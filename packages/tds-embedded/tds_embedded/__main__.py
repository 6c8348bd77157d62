"""`python -m tds_embedded`: the embedded server alone."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from tds_embedded import products
from tds_embedded.identity import FolderVerifier
from tds_embedded.postgres.server import PostgresError
from tds_embedded.server import (
    PASSWORD_FILE,
    USER_CONNECTIONS,
    Server,
    ServerError,
    default_data_dir,
)

IDENTITY_FOLDER = "identity"
IDLE_CHECK_SECONDS = 1.0


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    argument_parser = argparse.ArgumentParser(
        prog="python -m tds_embedded",
        description="A local stand-in for SQL Server, for tests and demonstrations: real TDS, "
        "T-SQL on PostgreSQL. It is not SQL Server.",
    )
    option = argument_parser.add_argument
    option("--data", type=Path, default=default_data_dir(), metavar="DIR", help="data folder")
    option("--host", default="127.0.0.1", help="address to listen on")
    option("--port", type=int, default=0, help="port to listen on; 0, the default, takes any")
    option(
        "--product",
        choices=products.PRODUCTS,
        default=products.DEFAULT,
        help="product and version to present",
    )
    option("--password-file", type=Path, metavar="FILE", help="file with sa's password; by default "
           "one is generated and stored in the data folder")  # fmt: skip
    option("--identity", type=Path, metavar="DIR", help="folder with the key of a local identity "
           "endpoint, whose access tokens are accepted")  # fmt: skip
    option("--record", type=Path, metavar="FILE", help="write every request as a line of JSON")
    option("--durable", action="store_true", help="preserve data through a power cut (slower)")
    option("--background", action="store_true", help="run in a separate background process")
    option("--user-connections", type=int, default=USER_CONNECTIONS, metavar="N",
           help="maximum number of clients")  # fmt: skip
    option("--idle-exit", type=float, metavar="SECONDS", help="time after the last connection "
           "at which the server ends")  # fmt: skip
    return argument_parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a server until a signal or the idle time ends it; the process's exit code."""
    options = parser().parse_args(arguments)
    if options.background:
        if os.fork():
            return 0
        os.setsid()  # the terminal's Ctrl-C is not meant for it
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    is_over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: is_over.set())
    try:
        with server(options) as running:
            if not options.background:
                print(
                    how_to_connect(running, is_generated=options.password_file is None), flush=True
                )
            while not is_over.wait(IDLE_CHECK_SECONDS):
                if options.idle_exit is not None and running.idle_seconds > options.idle_exit:
                    break
    except (ServerError, PostgresError, OSError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


def server(options: argparse.Namespace) -> Server:
    """Return the server that the command line describes."""
    logins = None
    if options.password_file is not None:
        logins = {"sa": options.password_file.read_text().rstrip("\r\n")}
    return Server(
        options.data,
        host=options.host,
        port=options.port,
        product=options.product,
        logins=logins,
        identity=FolderVerifier(options.identity or options.data / IDENTITY_FOLDER),
        record=options.record,
        durable=options.durable,
        user_connections=options.user_connections,
    )


def how_to_connect(server: Server, *, is_generated: bool) -> str:
    """Return the first text of a foreground server. It shows only a generated password."""
    endpoint = server.endpoint
    password = endpoint.password if is_generated else "<the password in your file>"
    hint = f"The password is stored in {server.data_dir / PASSWORD_FILE}. " if is_generated else ""
    return f"""\
Address: {endpoint.host}:{endpoint.port}, a stand-in for SQL Server {server.product.name}
Data folder: {server.data_dir}
Certificate: {endpoint.certificate}

pyodbc:
  Driver={{ODBC Driver 18 for SQL Server}};Server=tcp:{endpoint.host},{endpoint.port};\
Database=master;UID={endpoint.user};PWD={password};Encrypt=strict;\
ServerCertificate={endpoint.certificate}

Django, which joins this server or starts one:
  DATABASES = {{"default": {{
      "ENGINE": "mssql", "HOST": "(embedded)", "NAME": "master",
      "OPTIONS": {{"embedded": {{"data_dir": {str(server.data_dir)!r}}}}},
  }}}}

{hint}Ctrl-C ends it.
"""


if __name__ == "__main__":
    sys.exit(main())
