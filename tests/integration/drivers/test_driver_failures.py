"""Exceptions of a driver become Django's; exceptions of the application stay as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DataError, OperationalError

from tests.databases import through
from tests.programs import run, settings_for
from tests.relay import Relay

SQL_WVARCHAR = -9
LONG = "SELECT value, REPLICATE(N'x', 3000) FROM GENERATE_SERIES(1, 3000)"


@pytest.fixture(autouse=True)
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The tests' database, without the flush of all tables after each test."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(params=["pyodbc", "mssql_python"])
def db(request: pytest.FixtureRequest, network: Relay) -> Iterator[Any]:
    with through(network, request.param) as made:
        yield made


def ask(db: Any, sql: str = "SELECT 1") -> Any:
    with db.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


@pytest.mark.parametrize("how", ["fetchone", "fetchmany", "fetchall", "iteration"])
def test_a_connection_that_breaks_while_rows_are_read(db: Any, network: Relay, how: str) -> None:
    with db.cursor() as cursor:
        cursor.execute(LONG)
        assert cursor.fetchone()[0] == 1
        network.cut()
        with pytest.raises(OperationalError):  # noqa: PT012
            if how == "iteration":
                list(cursor)
            while how != "iteration" and getattr(cursor, how)():
                pass
    assert db.connection is None
    assert ask(db) == 1


def test_it_breaks_while_another_cursor_has_rows(db: Any, network: Relay) -> None:
    with db.cursor() as first, db.cursor() as second:
        first.execute(LONG)
        assert first.fetchone()[0] == 1
        network.cut()
        with pytest.raises(OperationalError):
            second.execute("SELECT 1")
        assert db.connection is None
        with pytest.raises(OperationalError):
            first.fetchall()
    assert ask(db) == 1


@pytest.mark.parametrize("kind", [RuntimeError, SystemError, OSError, KeyError])
def test_any_exception_of_a_binding(
    db: Any, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    assert ask(db) == 1
    raising = _raising_in_driver(db, kind("broken inside"))
    monkeypatch.setattr(type(db.driver), "cursor", raising)
    with pytest.raises(OperationalError, match=f"{kind.__name__}.*broken inside") as caught:
        ask(db)
    assert isinstance(caught.value.__cause__, kind)
    monkeypatch.undo()
    assert db.connection is None
    assert ask(db) == 1


@pytest.mark.parametrize("kind", [ValueError, TypeError, OverflowError])
def test_a_value_that_a_driver_cannot_convert(
    db: Any, monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    assert ask(db) == 1
    raw = db.connection
    monkeypatch.setattr(type(db.driver), "cursor", _raising_in_driver(db, kind("secret 4711")))
    with pytest.raises(DataError, match=kind.__name__) as caught:
        ask(db)
    assert "4711" not in str(caught.value)
    monkeypatch.undo()
    assert db.connection is raw
    assert ask(db) == 1


def test_an_interrupt_is_not_turned_into_anything(db: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(db) == 1
    monkeypatch.setattr(type(db.driver), "cursor", _raising_in_driver(db, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        ask(db)
    monkeypatch.undo()
    assert ask(db) == 1


def test_what_a_converter_raises_is_its_own(db: Any) -> None:
    class Mine(RuntimeError):
        pass

    def convert(value: Any) -> Any:
        raise Mine("mine")

    if db.driver.name == "mssql_python":
        pytest.skip("it gives the value unconverted if a converter raises")
    ask(db)
    raw = db.connection
    raw.add_output_converter(SQL_WVARCHAR, convert)
    with db.cursor() as cursor:
        cursor.execute("SELECT N'a'")
        with pytest.raises(Mine):
            cursor.fetchone()
    assert db.connection is raw
    assert ask(db) == 1


def _raising_in_driver(db: Any, error: BaseException) -> Any:
    """Return a cursor() whose cursor raises in execute(), in a frame of the driver's package."""
    space = {"__name__": db.driver.module.__name__, "error": error}
    exec("def execute(self, *args):\n    raise error", space)
    kind = type("RawCursor", (), {"execute": space["execute"], "close": lambda self: None})
    return lambda self, connection: kind()


_FULL_POOL = """
import mssql_python, threading

mssql_python.pooling(max_size=1)
ask("SELECT 1")

def connect():
    try:
        ask("SELECT 1")
    except DatabaseError as error:
        print(type(error).__name__, error)

thread = threading.Thread(target=connect)
thread.start()
thread.join()
"""


@pytest.mark.django_db
def test_a_full_pool_says_how_it_is_made_larger() -> None:
    (line,) = run(_FULL_POOL, {"default": settings_for({"python_driver": "mssql_python"})})
    assert line.startswith("OperationalError")
    assert "mssql_python.pooling(max_size=...)" in line
    assert "something listens" not in line
