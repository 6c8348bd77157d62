"""Connections of two identities over several token lives, while the identity endpoint fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle

from django.db import connections

from mssql.auth import tokens
from tests.soak.model import Context, Row, Wrong, crowd
from tests.soak.serve import TROUBLES
from tests.soak.servers import CLIENTS, Servers

THREADS = 8
LIVES = 4  # of tokens, in the time of the scenario
SHORTEST_LIFE = 12.0
BUSY = 0.8  # of the time, over which the connections are spread
DOWN_SECONDS = 1.0
HOUR = 3600.0  # which a token lives outside this scenario
SHORTEST_PAUSE = 2.0  # seconds from a fault to the next


def run(context: Context) -> Row:
    """Open connections of both identities in turn, and read the user of each."""
    row = Row()
    servers = context.servers
    life = max(context.task.seconds / LIVES, SHORTEST_LIFE)
    servers.call("set_lifetime", life)
    _compress(life / HOUR)
    started = time.monotonic()
    every = BUSY * context.task.seconds / context.task.amount

    def in_time(turn: int) -> None:
        time.sleep(max(0.0, started + turn * every - time.monotonic()))
        _sign_in(turn)

    _sign_in(0)
    _sign_in(1)
    pause = min(life / 2, max(SHORTEST_PAUSE, context.task.seconds / LIVES))
    with _faults(servers, pause) as faults:
        crowd(context, row, THREADS, in_time)
    row.facts = {
        "token lives": round((time.monotonic() - started) / life, 1),
        "token requests": servers.call("state")["token_requests"],
        "endpoint faults": len(faults),
    }
    servers.call("set_lifetime", 3600)
    return row


def _compress(factor: float) -> None:
    """Shorten the backend's waits and margins, as the tokens' lives are shortened."""
    tokens.LOGIN_SECONDS = max(1, round(tokens.LOGIN_SECONDS * factor))
    tokens._FIRST_PAUSE = max(1, round(tokens._FIRST_PAUSE * factor))


def _sign_in(turn: int) -> None:
    alias, client = list(zip(("one", "two"), CLIENTS, strict=True))[turn % 2]
    connection = connections[alias]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT SUSER_SNAME()")
            name = cursor.fetchone()[0]
        if not name.startswith(client):
            raise Wrong(f"{alias} is {name}")
    finally:
        connection.close()


@contextmanager
def _faults(servers: Servers, pause: float) -> Iterator[list[str]]:
    """Let the endpoint fail in every manner in turn, one after each pause."""
    over = threading.Event()
    faults: list[str] = []

    def fail() -> None:
        for trouble in cycle((*TROUBLES, "down")):
            if over.wait(pause):
                return
            faults.append(trouble)
            if trouble == "down":
                servers.call("down")
                over.wait(DOWN_SECONDS)
                servers.call("up")
            else:
                servers.call("trouble", trouble)
                while servers.call("is_troubled") and not over.wait(SHORTEST_PAUSE):
                    pass

    thread = threading.Thread(target=fail)
    thread.start()
    yield faults
    over.set()
    thread.join()
