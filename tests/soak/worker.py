"""A process that runs the tasks of one driver and one pool, and prints a row of each.

Reads its tasks from its first argument. Ends with its standard input, and its servers with it.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from typing import Any

import django
from django.conf import settings

from tests.soak.servers import CLIENTS, Servers

RETRY_NEVER = {"deadline": 0}
MOST_CONNECTIONS = 250  # of threads, at once; mssql-python has room for 100 by default


def main(tasks: list[dict[str, Any]]) -> None:
    """Run the tasks in their order."""
    logging.disable()  # the endpoint's faults, which are counted by their effects
    threading.Thread(target=_end_with_parent, daemon=True).start()
    driver, pool = tasks[0]["driver"], tasks[0]["pool"]
    with Servers() as servers:
        os.environ.update(servers.environment)
        settings.configure(
            USE_TZ=True,
            DATABASES=_databases(servers, driver) if driver else {},
            DATABASE_CONNECTION_POOLING=pool == "on",
        )
        django.setup()
        if driver == "mssql_python" and pool == "on":
            import mssql_python

            mssql_python.pooling(max_size=MOST_CONNECTIONS)
        _run(tasks, servers)


def _run(tasks: list[dict[str, Any]], servers: Servers) -> None:
    from tests.soak.model import Context, Row, Task
    from tests.soak.scenarios import SCENARIOS
    from tests.soak.telemetry import set_up

    set_up()
    for values in tasks:
        task = Task(**values)
        started = time.monotonic()
        try:
            row = SCENARIOS[task.scenario].run(Context(task, servers))
        except Exception as raised:  # noqa: BLE001  a scenario that breaks is a failure
            row = Row()
            row.fail(raised)
        row.seconds = time.monotonic() - started
        print(row.to_json(), flush=True)


def _databases(servers: Servers, driver: str) -> dict[str, Any]:
    proxied = {
        "PORT": str(servers.facts["proxy"]),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # only the login is encrypted, so that a cut can hit every later byte
        "OPTIONS": {"retry": RETRY_NEVER, "extra_params": "Encrypt=no"},
    }
    found = {
        "default": servers.settings(driver, CONN_MAX_AGE=None),
        "proxied": servers.settings(driver, **proxied),
    }
    for alias, client in zip(("one", "two"), CLIENTS, strict=True):
        options = {"authentication": "ActiveDirectoryMSI", "client_id": client}
        found[alias] = servers.settings(
            driver, USER="", PASSWORD="", OPTIONS={**options, "token_refresh_margin": 1}
        )
    return found


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
