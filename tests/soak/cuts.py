"""Sockets that are cut at every byte of a login, a result, a commit and an insert."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from django.db import Error, connections, transaction

from mssql.errors.mapping import OutcomeUnknown
from tests.soak.model import Context, Row
from tests.soak.proxy import DOWN, UP

ALIAS = "proxied"
ROWS = 40
LONGEST = 20_000  # bytes; every login, result and commit here is shorter
MEASURING = -1  # the number of an attempt that is not cut
TABLE = "dbo.soak_cuts"
INSERT = f"INSERT INTO {TABLE} VALUES (%s)"

Arm = Callable[[], None]


def logins(context: Context) -> Row:
    """Cut logins: each connects or raises Django's error, and the next one connects."""
    row = Row()
    if context.task.pool == "on":
        row.facts = {"left out": "a pool's connections do not log in"}
        return row
    connection = connections[ALIAS]

    def attempt(number: int, arm: Arm) -> None:
        connection.close()
        arm()
        _one(connection)

    _cut_everywhere(context, row, attempt)
    return row


def results(context: Context) -> Row:
    """Cut results: without an error, no row is lost or doubled."""
    row = Row()
    connection = connections[ALIAS]
    with connections["default"].cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}_rows")
        cursor.execute(f"CREATE TABLE {TABLE}_rows (id int, name nvarchar(20))")
        rows = [(number, f"name {number}") for number in range(ROWS)]
        cursor.executemany(f"INSERT INTO {TABLE}_rows VALUES (%s, %s)", rows)

    def attempt(number: int, arm: Arm) -> None:
        _one(connection)
        arm()
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT id, name FROM {TABLE}_rows")
            found = cursor.fetchall()
        if [tuple(each) for each in found] != rows:
            row.err(f"{len(found)} rows of {ROWS}")

    _cut_everywhere(context, row, attempt)
    return row


def commits(context: Context) -> Row:
    """Cut commits: one that was answered is there once, another once or not at all."""

    def write(number: int, arm: Arm) -> None:
        with transaction.atomic(using=ALIAS):
            with connections[ALIAS].cursor() as cursor:
                cursor.execute(INSERT, [number])
            arm()

    return _writes(context, write)


def inserts(context: Context) -> Row:
    """Cut inserts in autocommit mode, judged as commits() are."""

    def write(number: int, arm: Arm) -> None:
        _one(connections[ALIAS])
        arm()
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(INSERT, [number])

    return _writes(context, write)


def _writes(context: Context, write: Callable[[int, Arm], None]) -> Row:
    row = Row()
    with connections["default"].cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
        cursor.execute(f"CREATE TABLE {TABLE} (id int)")  # a key would hide a doubled row

    def judge(number: int, raised: Exception | None) -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM {TABLE} WHERE id = %s", [number])
            found = cursor.fetchone()[0]
        if found > 1 or (raised is None and not found):
            row.err(f"{found} rows of an insert that {raised or 'was answered'}")
        if isinstance(raised, OutcomeUnknown):
            row.uncertain += 1
            row.applied += found
        elif raised is not None and found:
            row.err(f"an insert is there although it ended with {raised!r}")

    _cut_everywhere(context, row, write, judge)
    return row


def _cut_everywhere(
    context: Context,
    row: Row,
    attempt: Callable[[int, Arm], None],
    judge: Callable[[int, Exception | None], None] = lambda number, raised: None,
) -> None:
    """Cut after each byte in both directions, in an order that is the same in every run.

    `attempt` gets its number, and what to call from when on bytes count; `judge` the exception.
    """
    lengths = {way: _length(context, attempt, way) for way in (DOWN, UP)}
    points = [(way, after) for way in lengths for after in range(lengths[way])]
    random.Random(0).shuffle(points)
    errors: dict[str, int] = {}
    for number, (way, after) in zip(context.turns(), points, strict=False):
        raised = _attempt(context, attempt, number, way, after)
        is_cut, _ = context.servers.call("disarm")
        if raised is not None:
            errors[type(raised).__name__] = errors.get(type(raised).__name__, 0) + 1
        if raised is not None and not (isinstance(raised, Error) and is_cut):
            row.fail(raised)
        judge(number, raised)
        _check_usable(row)
        row.done += 1
    row.facts = {"bytes": f"{lengths[DOWN]} down, {lengths[UP]} up", **errors}


def _length(context: Context, attempt: Callable[[int, Arm], None], direction: str) -> int:
    """Return how many bytes an attempt without a cut passes in a direction."""
    raised = _attempt(context, attempt, MEASURING, direction, LONGEST)
    if raised is not None:
        raise raised
    _, left = context.servers.call("disarm")
    return LONGEST - int(left)


def _attempt(
    context: Context, attempt: Callable[[int, Arm], None], number: int, direction: str, after: int
) -> Exception | None:
    try:
        attempt(number, lambda: context.servers.call("arm", direction, after))
    except Exception as raised:  # noqa: BLE001  judged by the caller
        return raised
    return None


def _check_usable(row: Row) -> None:
    """Judge the next request, which begins as Django lets it begin: it must work."""
    connection = connections[ALIAS]
    connection.close_if_unusable_or_obsolete()
    try:
        _one(connection)
    except Exception as raised:  # noqa: BLE001  counted, whatever it is
        row.fail(raised)
        connection.close()


def _one(connection: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchall()
