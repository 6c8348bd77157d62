"""Processes that are killed while they write."""

from __future__ import annotations

import os
import random
import signal
import time

from django.db import connections, transaction

from tests.soak.model import Context, Row

TABLE = "dbo.soak_writers"
BATCH = 10  # rows of a transaction
LONGEST_LIFE = 0.25  # seconds from the first commit on


def killed(context: Context) -> Row:
    """Kill children at random times: no part of a transaction stays, and none that was answered
    is lost."""
    row = Row()
    chance = random.Random(context.task.driver + context.task.pool)
    with connections["default"].cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(f"CREATE TABLE {TABLE} (child int, batch int, n int)")
    answered_in_all = 0
    for child in context.turns():
        connections.close_all()
        answered = _kill(child, chance.uniform(0, LONGEST_LIFE))
        answered_in_all += answered
        _judge(row, child, answered)
        row.done += 1
    row.facts = {"transactions answered": answered_in_all}
    return row


def _kill(child: int, life: float) -> int:
    """Return the number of transactions that the child reported as committed before it was
    killed."""
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        os.close(reading)
        try:
            _write(child, writing)
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        first = pipe.read(1)
        time.sleep(life)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        return len(first + pipe.read())


def _write(child: int, pipe: int) -> None:
    batch = 0
    while True:
        with transaction.atomic(), connections["default"].cursor() as cursor:
            for n in range(BATCH):
                cursor.execute(f"INSERT INTO {TABLE} VALUES (%s, %s, %s)", [child, batch, n])
        os.write(pipe, b".")
        batch += 1


def _judge(row: Row, child: int, answered: int) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"SELECT batch, COUNT(*) FROM {TABLE} WHERE child = %s GROUP BY batch", [child]
        )
        found = dict(cursor.fetchall())
    if not answered:
        row.fail("the child did not write")
    if any(count != BATCH for count in found.values()):
        row.err(f"parts of transactions: {sorted(found.items())[-3:]}")
    missing = set(range(answered)) - found.keys()
    if missing:
        row.err(f"{len(missing)} transactions were lost")
    row.uncertain += 1
    row.applied += len(found) - answered + len(missing)
