"""Figures that must not grow: memory while statements run, descriptors while connections come and
go."""

from __future__ import annotations

import gc
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import Error, connections

from mssql.telemetry import ConnectionInfo, Telemetry
from tests.soak.model import POOL_SECONDS, Context, Row, Wrong, count, descriptors, resident

WARM_UP = 0.5  # of the turns, after which nothing may grow
GROWTH = 4096  # KB that are not a leak: the allocator keeps a varying share of free memory
MORE_DESCRIPTORS = 2
DISTINCT = 200  # texts that come again; each tenth comes once


def statements(context: Context) -> Row:
    """Run statements of several kinds with telemetry on."""
    connection = connections["default"]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE #soak (id int PRIMARY KEY, name nvarchar(40))")

    def turn(number: int) -> None:
        with connection.cursor() as cursor:
            kind = number % 5
            if kind == 0:
                cursor.execute(f"SELECT {number % DISTINCT} AS literal")
                _expect(cursor.fetchone()[0], number % DISTINCT)
            elif kind == 1:
                cursor.execute("INSERT INTO #soak VALUES (%s, %s)", [number, f"name {number}"])
            elif kind == 2:
                cursor.execute("SELECT name FROM #soak WHERE id = %s", [number - 1])
                _expect(cursor.fetchone()[0], f"name {number - 1}")
            elif kind == 3:
                with suppress(Error):
                    cursor.execute("SELECT 1 / %s", [0])
                    raise Wrong("a division by zero went well")
            else:
                cursor.execute("DELETE FROM #soak WHERE id = %s", [number - 3])

    row = _flat_memory(context, turn)
    connection.close()
    return row


def traced(context: Context) -> Row:
    """Run statements through the traced cursor on SQLite, which is fast enough for a million."""
    raw = sqlite3.connect(":memory:")
    telemetry = Telemetry(ConnectionInfo("default", "db.example", 1433, "shop", {}))

    def turn(number: int) -> None:
        cursor = telemetry.traced(raw.cursor())
        name = number if number % 10 == 0 else number % DISTINCT
        cursor.execute(f"SELECT ? AS c{name}", (number,))
        _expect(cursor.fetchall(), [(number,)])
        cursor.close()

    return _flat_memory(context, turn)


def reconnects(context: Context) -> Row:
    """Close a connection, or cut its socket between requests, and use it again."""
    connection = connections["proxied"]
    row = Row()
    warm = 0
    for number in context.turns():
        if not warm and context.progress(number) >= WARM_UP:
            warm = _settled(context, connection)
        if number % 2:
            context.servers.call("drop")
            connection.close_if_unusable_or_obsolete()
        else:
            connection.close()
        problem: Exception | None = None
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT %s", [number])
                _expect(cursor.fetchone()[0], number)
        except Exception as raised:  # noqa: BLE001  counted, whatever it is
            problem = raised
        count(row, problem)
    end = _settled(context, connection)
    row.facts = {"descriptors": f"{warm} to {end}"}
    if warm and end > warm + MORE_DESCRIPTORS:
        row.leak(f"descriptors grew from {warm} to {end}")
    return row


def _settled(context: Context, connection: Any) -> int:
    """Return the number of open descriptors after the pool has closed its expired connections."""
    connection.close()
    if context.task.pool == "on":
        time.sleep(POOL_SECONDS + 1)
        connection.ensure_connection()  # when unixODBC examines its idle connections
        connection.close()
    return descriptors()


def _flat_memory(context: Context, turn: Callable[[int], None]) -> Row:
    row = Row()
    warm = 0
    for number in context.turns():
        if not warm and context.progress(number) >= WARM_UP:
            gc.collect()
            warm = resident()
        problem: Exception | None = None
        try:
            turn(number)
        except Exception as raised:  # noqa: BLE001  counted, whatever it is
            problem = raised
        count(row, problem)
    gc.collect()
    end = resident()
    row.facts = {"RSS after warm-up, KB": warm, "growth, KB": end - warm if warm else None}
    if warm and end > warm + GROWTH:
        row.leak(f"memory grew by {end - warm} KB")
    return row


def _expect(found: object, expected: object) -> None:
    if found != expected:
        raise Wrong(f"{found!r} instead of {expected!r}")
