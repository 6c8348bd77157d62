"""Many threads with a connection each, and forked children."""

from __future__ import annotations

import os
import threading

from django.db import connections

from tests.soak.model import Context, Row, Wrong, crowd

STATEMENTS = 10  # of a thread or child
BARRIER_SECONDS = 120


def threads(context: Context) -> Row:
    """Have all threads connected at once, each with its own values."""
    row = Row()
    size = context.task.amount
    barrier = threading.Barrier(size)

    def work(number: int) -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchall()
            barrier.wait(BARRIER_SECONDS)
            _ask(number)

    crowd(context, row, size, work)
    return row


def forks(context: Context) -> Row:
    """Fork children from a process that has used connections, pooled ones too, and closed them."""
    row = Row()
    children = []
    for number in context.turns():
        _ask(number)
        connections.close_all()
        process = os.fork()
        if not process:
            _child(number)
        children.append(process)
        row.done += 1
    for process in children:
        _, status = os.waitpid(process, 0)
        if status:
            row.fail(f"a child ended with status {status}")
    _ask(-1)
    connections.close_all()
    return row


def _child(number: int) -> None:
    status = 1
    try:
        for _ in range(STATEMENTS):
            _ask(number)
        status = 0
    finally:
        os._exit(status)


def _ask(number: int) -> None:
    for turn in range(STATEMENTS):
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT %s, %s", [number, turn])
            found = tuple(cursor.fetchone())
        if found != (number, turn):
            raise Wrong(f"{found} instead of {(number, turn)}")
