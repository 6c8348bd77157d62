"""Run by test_pools.py, in a process whose ODBC driver manager pools connections.

Opens, closes and reopens as one identity and another, and prints who the server saw and how many
logins there were: by the bare driver with one connection string, and by the backend.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings

from mssql.drivers.access_token import SQL_COPT_SS_ACCESS_TOKEN, packed
from tds_embedded.identity import Signer
from tds_embedded.server import Server

AUDIENCE = "https://database.windows.net/"


def main(python_driver: str) -> None:
    settings.configure(USE_TZ=True)
    signer = Signer()
    lives = {"one": 3600, "one renewed": 5000, "two": 3600}
    tokens = {name: signer.sign(name.split()[0], AUDIENCE, life) for name, life in lives.items()}
    order = ["one", "two", "one", "one renewed", "one renewed", "two"]
    found = {}
    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with (
        folder as path,
        Server(Path(path), identity=signer.verifier()) as server,
        ExitStack() as closing,
    ):
        ways = (
            bare(python_driver, server),
            backend(python_driver, server),
            varying(python_driver, server, closing),
        )
        for way in ways:
            with server.recorder.capture() as seen:
                names = [way(tokens[name]).partition("@")[0] for name in order]
            found[way.__name__] = {"names": names, "logins": seen.count("login")}
    print(json.dumps(found))


def bare(python_driver: str, server: Server) -> Callable[[str], str]:
    module: Any = __import__(python_driver)
    text = (
        f"Server=127.0.0.1,{server.port};Database=master;Encrypt=strict;"
        f"ServerCertificate={server.certificate}"
    )
    if python_driver == "pyodbc":
        text += ";Driver=ODBC Driver 18 for SQL Server"

    def bare(token: str) -> str:
        connection = module.connect(text, attrs_before={SQL_COPT_SS_ACCESS_TOKEN: packed(token)})
        cursor = connection.cursor()
        cursor.execute("SELECT SUSER_SNAME()")
        name = str(cursor.fetchone()[0])
        cursor.close()
        connection.close()
        return name

    return bare


def backend(python_driver: str, server: Server) -> Callable[[str], str]:
    from django.db.utils import ConnectionHandler

    def backend(token: str) -> str:
        # The last keyword keeps these connections from those of the bare driver.
        trust = f"Encrypt=strict;ServerCertificate={server.certificate};MultiSubnetFailover=No"
        handler = ConnectionHandler(
            {
                "default": {
                    "ENGINE": "mssql",
                    "NAME": "master",
                    "HOST": f"127.0.0.1,{server.port}",
                    "TOKEN": token,
                    "OPTIONS": {"python_driver": python_driver, "extra_params": trust},
                }
            }
        )
        with handler["default"].cursor() as cursor:
            cursor.execute("SELECT SUSER_SNAME()")
            name = str(cursor.fetchone()[0])
        handler["default"].close()
        return name

    return backend


def varying(python_driver: str, server: Server, closing: ExitStack) -> Callable[[str], str]:
    """Keep one connection open, whose callable returns the token of the moment."""
    from django.db.utils import ConnectionHandler

    current = ""
    trust = f"Encrypt=strict;ServerCertificate={server.certificate};KeepAlive=29"
    handler = ConnectionHandler(
        {
            "default": {
                "ENGINE": "mssql",
                "NAME": "master",
                "HOST": f"127.0.0.1,{server.port}",
                "CONN_MAX_AGE": None,
                "TOKEN": lambda: current,
                "OPTIONS": {"python_driver": python_driver, "extra_params": trust},
            }
        }
    )

    def varying(token: str) -> str:
        nonlocal current
        current = token
        with handler["default"].cursor() as cursor:
            cursor.execute("SELECT SUSER_SNAME()")
            return str(cursor.fetchone()[0])

    closing.callback(lambda: handler["default"].close())
    return varying


if __name__ == "__main__":
    main(sys.argv[1])
