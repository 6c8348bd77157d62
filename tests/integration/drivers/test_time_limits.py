"""Servers that have gone silent: no call of a driver waits for one longer than is documented."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, connections, transaction

from mssql.drivers import mssql_python_driver, pyodbc_driver, session
from mssql.drivers.silence import IS_SUPPORTED
from mssql.errors.mapping import OutcomeUnknown
from tests.databases import alias, through
from tests.relay import Relay

pytestmark = pytest.mark.skipif(not IS_SUPPORTED, reason="needs Linux")
LIMIT = 3
TO_CANCEL = 2  # five seconds outside of the tests
BOUND = LIMIT + TO_CANCEL
# A busy machine, not the limit. The driver alone takes over two minutes for rows, or forever.
SPARE = 20
LONG = "SELECT value, REPLICATE(N'x', 3000) FROM GENERATE_SERIES(1, 3000)"


@pytest.fixture(autouse=True)
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The tests' database, without the flush of all tables after each test."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(params=["pyodbc", "mssql_python"])
def db(
    request: pytest.FixtureRequest, network: Relay, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    for module in (pyodbc_driver, mssql_python_driver, session):
        monkeypatch.setattr(module, "CANCEL_SECONDS", TO_CANCEL)
    with through(network, request.param, query_timeout=LIMIT) as made:
        yield made


@pytest.fixture
def table(network: Relay) -> Iterator[None]:
    with connections["default"].cursor() as cursor:
        cursor.execute("CREATE TABLE limits (id int)")
    yield
    network.cut()  # the server has to learn that the client is gone, and end its transaction
    with connections["default"].cursor() as cursor:
        cursor.execute("DROP TABLE limits")


def execute(sql: str, params: Any = None) -> Callable[[Any], None]:
    def run(db: Any) -> None:
        with db.cursor() as cursor:
            cursor.execute(sql, params)

    return run


def rows() -> Any:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM limits")
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    "run", [execute("SELECT 1"), execute("SELECT %s", [1])], ids=["plain", "prepared"]
)
def test_a_statement_without_an_answer(db: Any, network: Relay, run: Any) -> None:
    run(db)
    network.freeze()
    began = time.monotonic()
    with pytest.raises(OperationalError, match=r"silent.*OPTIONS\['query_timeout'\]") as caught:
        run(db)
    assert time.monotonic() - began < BOUND + SPARE
    assert not isinstance(caught.value, OutcomeUnknown)
    assert db.connection is None
    network.thaw()
    run(db)


def test_rows_that_stop_to_come(db: Any, network: Relay) -> None:
    began = 0.0
    with db.cursor() as cursor:
        cursor.execute(LONG)
        cursor.fetchone()
        network.freeze()
        began = time.monotonic()
        with pytest.raises(OperationalError, match=r"silent.*OPTIONS\['query_timeout'\]"):
            cursor.fetchall()
    assert time.monotonic() - began < BOUND + SPARE
    assert db.connection is None


def test_a_change_is_of_unknown_outcome(db: Any, network: Relay, table: None) -> None:
    execute("SELECT 1")(db)
    network.freeze()
    with pytest.raises(OutcomeUnknown, match="silent"):
        execute("INSERT INTO limits VALUES (1)")(db)
    assert db.connection is None


def test_a_commit_is_of_unknown_outcome(db: Any, network: Relay, table: None) -> None:
    began = 0.0
    # The end of the block must not connect: that would fail, and hide the outcome.
    with pytest.raises(OutcomeUnknown, match="silent"), transaction.atomic("db"):  # noqa: PT012
        execute("INSERT INTO limits VALUES (1)")(db)
        network.freeze()
        began = time.monotonic()
    assert time.monotonic() - began < BOUND + SPARE
    assert db.connection is None


def test_a_block_waits_once(db: Any, network: Relay, table: None) -> None:
    began = 0.0
    with pytest.raises(OperationalError, match="silent"), transaction.atomic("db"):  # noqa: PT012
        execute("INSERT INTO limits VALUES (1)")(db)
        network.freeze()
        began = time.monotonic()
        execute("INSERT INTO limits VALUES (2)")(db)
    assert time.monotonic() - began < BOUND + SPARE
    network.cut()
    assert rows() == 0


def test_a_long_statement_that_is_cancelled_leaves_the_connection(db: Any) -> None:
    with pytest.raises(OperationalError) as caught:
        execute("WAITFOR DELAY '00:00:09'")(db)
    assert "silent" not in str(caught.value)
    assert db.connection is not None
    execute("SELECT 1")(db)


def test_a_long_result_may_take_longer(db: Any) -> None:
    with db.cursor() as cursor:
        cursor.execute(LONG)
        began, count = time.monotonic(), 0
        while time.monotonic() - began < BOUND + 1:
            count += len(cursor.fetchmany(10))
            time.sleep(0.5)
        count += len(cursor.fetchall())
    assert count == 3000


@pytest.mark.parametrize("python_driver", ["pyodbc", "mssql_python"])
def test_a_login_without_an_answer(network: Relay, python_driver: str) -> None:
    network.freeze()
    options = {"python_driver": python_driver, "connection_timeout": LIMIT}
    with alias("db", options, HOST="127.0.0.1", PORT=str(network.port)) as db:
        began = time.monotonic()
        with pytest.raises(OperationalError, match=r"(?i)time ?out"):
            db.ensure_connection()
        assert time.monotonic() - began < LIMIT + SPARE
        network.thaw()
        execute("SELECT 1")(db)
