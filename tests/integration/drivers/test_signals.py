"""Signals that fire while a statement runs: a handler waits for its end, Ctrl-C interrupts."""

from __future__ import annotations

import signal
import threading
from typing import Any

import pytest

from mssql.drivers.guard import Guard
from tests.programs import run, settings_for

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="needs POSIX"),
]
HELPERS = """
import os, signal, threading, time

SLOW = "WAITFOR DELAY '00:00:01'; SELECT 7"

def later(number, seconds=0.4):
    os.system(f"(sleep {seconds}; kill -{int(number)} {os.getpid()}) &")

def usable():
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@TRANCOUNT")
        return cursor.fetchone() == (0,)

connection.ensure_connection()
"""


@pytest.fixture(params=["pyodbc", "mssql_python"])
def databases(request: pytest.FixtureRequest) -> dict[str, Any]:
    pytest.importorskip(request.param)
    return {"default": settings_for({"python_driver": request.param})}


def test_a_handler_runs_after_the_statement(databases: dict[str, Any]) -> None:
    program = """
names = ("SIGUSR1", "SIGUSR2", "SIGALRM", "SIGTERM", "SIGHUP", "SIGCHLD", "SIGRTMIN")
came = []
for name in names:
    number = getattr(signal, name)
    old = signal.signal(number, lambda number, frame: came.append(number))
    later(number)
    raw = connection.connection
    print(name, ask(SLOW), number in came, connection.connection is raw, usable())
    signal.signal(number, old)
"""
    lines = run(HELPERS + program, databases)
    assert [line.split()[1:] for line in lines] == [["7", "True", "True", "True"]] * 7


def test_a_handler_that_raises_leaves_the_connection(databases: dict[str, Any]) -> None:
    program = """
class TooLate(Exception):
    pass

def handle(number, frame):
    raise TooLate

signal.signal(signal.SIGALRM, handle)
raw = connection.connection
for block in (transaction.atomic, lambda: open(os.devnull)):
    signal.setitimer(signal.ITIMER_REAL, 0.4)
    try:
        with block():
            ask("SELECT 1")
            ask(SLOW)
    except TooLate:
        print("raised", connection.connection is raw, usable())
"""
    assert run(HELPERS + program, databases) == ["raised True True"] * 2


def test_ctrl_c_interrupts(databases: dict[str, Any]) -> None:
    program = """
began = time.monotonic()
later(signal.SIGINT)
try:
    ask("WAITFOR DELAY '00:01:00'; SELECT 7")
except KeyboardInterrupt:
    print("interrupted", time.monotonic() - began < 40, connection.connection, usable())
later(signal.SIGINT)
try:
    with transaction.atomic():
        ask("CREATE TABLE interrupted (id int); SELECT 1")
        ask("WAITFOR DELAY '00:01:00'; SELECT 7")
except KeyboardInterrupt:
    print("interrupted", usable(), ask("SELECT OBJECT_ID('interrupted')"))
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
"""
    lines = run(HELPERS + program, databases)
    assert lines == ["interrupted True None True", "interrupted True None", "True"]


def test_ctrl_c_leaves_no_half_read_rows(databases: dict[str, Any]) -> None:
    program = """
for _ in range(3):
    later(signal.SIGINT, 0.3)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT value, REPLICATE(N'x', 3000) FROM GENERATE_SERIES(1, 10000000)"
            )
            while cursor.fetchmany(100):
                pass
    except KeyboardInterrupt:
        print("interrupted", usable(), usable())
"""
    assert run(HELPERS + program, databases) == ["interrupted True True"] * 3


def test_ctrl_c_waits_for_a_commit(databases: dict[str, Any]) -> None:
    program = """
class SlowCommit:
    def __init__(self, cursor):
        self._cursor = cursor

    def execute(self, sql, *parameters):
        if sql.startswith("COMMIT"):
            self._cursor.execute("WAITFOR DELAY '00:00:01'")
        self._cursor.execute(sql, *parameters)

    def __getattr__(self, name):
        return getattr(self._cursor, name)

cursor_of = connection.driver.cursor
connection.driver.cursor = lambda raw: SlowCommit(cursor_of(raw))
ask("SELECT 1")
raw = connection.connection
later(signal.SIGINT, 0.6)
try:
    with transaction.atomic():
        ask("CREATE TABLE committed (id int); SELECT 1")
except KeyboardInterrupt:
    print("interrupted", connection.connection is raw, usable())
    print(ask("SELECT 1 WHERE OBJECT_ID('committed') IS NOT NULL"))
    ask("DROP TABLE committed; SELECT 1")
"""
    assert run(HELPERS + program, databases) == ["interrupted True True", "1"]


def test_a_handler_of_ctrl_c_waits_too(databases: dict[str, Any]) -> None:
    program = """
came = []
signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
later(signal.SIGINT)
print(ask(SLOW), came, usable())
"""
    assert run(HELPERS + program, databases) == ["7 [2] True"]


def test_other_threads_are_not_interrupted_either(databases: dict[str, Any]) -> None:
    program = """
signal.signal(signal.SIGUSR1, lambda number, frame: came.append(number))
came, answers = [], []

def serve():
    answers.append(ask(SLOW))
    connection.close()

threads = [threading.Thread(target=serve) for _ in range(3)]
for thread in threads:
    thread.start()
for seconds in (0.2, 0.4, 0.6):
    later(signal.SIGUSR1, seconds)
print(ask(SLOW))
for thread in threads:
    thread.join()
print(answers, bool(came))
"""
    assert run(HELPERS + program, databases) == ["7", "[7, 7, 7] True"]


def test_a_signal_without_a_handler_does_what_it_does() -> None:
    program = """
later(signal.SIGTERM)
if os.fork() == 0:
    signal.signal(signal.SIGALRM, lambda number, frame: None)
    later(signal.SIGTERM)
    connection.connection = None
    ask("WAITFOR DELAY '00:01:00'; SELECT 7")
    os._exit(3)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    assert run(HELPERS + program, {"default": settings_for({})}) == ["-15"]


def test_the_mask_is_as_before() -> None:
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    old = signal.signal(signal.SIGUSR1, lambda number, frame: None)
    try:
        guard = Guard()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        with guard:
            assert signal.SIGUSR1 in signal.pthread_sigmask(signal.SIG_BLOCK, ())
            with guard:
                pass
            assert signal.SIGUSR1 in signal.pthread_sigmask(signal.SIG_BLOCK, ())
        assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
    finally:
        signal.signal(signal.SIGUSR1, old)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def test_a_handler_that_was_kept_still_works() -> None:
    old = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with Guard():
            kept = signal.getsignal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        assert callable(kept)
        with pytest.raises(KeyboardInterrupt):
            kept(signal.SIGINT, None)
    finally:
        signal.signal(signal.SIGINT, old)


def test_it_works_outside_of_the_main_thread() -> None:
    seen: list[Any] = []

    def use() -> None:
        with Guard():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]
