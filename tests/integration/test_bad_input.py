"""Bad input: each fault raises the right exception, with a remedy and without secrets.

After each of them the next use of the connection works.
"""

from __future__ import annotations

import copy
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections, transaction
from django.db.utils import (
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)

from tds_embedded.errors import SqlServerError
from tds_embedded.server import Server

SECRET = "a-secret-that-must-not-leak"
FAST = {"retry": {"initial": 0.01, "deadline": 5}, "connection_timeout": 3}


@pytest.fixture(autouse=True)
def may_connect(django_db_blocker: Any) -> Iterator[None]:
    """Let tests open separate connections; no test database is needed."""
    with django_db_blocker.unblock():
        yield


def database(**settings: Any) -> Any:
    """Return a separate connection to the tests' server, with other settings."""
    given = copy.deepcopy(connections["default"].settings_dict)
    options = {**given["OPTIONS"], **FAST, **settings.pop("OPTIONS", {})}
    given.update(settings, OPTIONS=options, NAME=settings.get("NAME", "master"))
    return type(connections["default"])(given, "other")


@pytest.fixture
def other() -> Iterator[Any]:
    """A connection that a test may ruin; connections["other"] for transaction.atomic()."""
    made = database()
    connections["other"] = made
    yield made
    made.close()
    del connections["other"]


def rows(database: Any, sql: str, params: Any = None) -> Any:
    with database.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def works(database: Any) -> bool:
    return bool(rows(database, "SELECT 1") == [(1,)])


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


# Settings


@pytest.mark.parametrize(
    ("settings", "error", "says"),
    [
        ({"HOST": "no-such-host.invalid", "PORT": ""}, OperationalError, "cannot be resolved"),
        ({"NAME": "no_such_database"}, OperationalError, r"error 4060\) Check NAME"),
        ({"PASSWORD": SECRET}, OperationalError, r"error 18456\) Check USER and PASSWORD"),
        ({"USER": "nobody"}, OperationalError, r"error 18456\) Check USER and PASSWORD"),
        ({"USER": "", "PASSWORD": "", "TOKEN": SECRET}, OperationalError, "error 18456"),
        ({"USER": "", "PASSWORD": ""}, OperationalError, "set USER and PASSWORD"),
        ({"OPTIONS": {"driver": "No such driver"}}, ImproperlyConfigured, "is not installed"),
        ({"OPTIONS": {"driver": "/no/such/driver.so"}}, ImproperlyConfigured, "there is no file"),
        ({"OPTIONS": {"no_such_option": SECRET}}, ImproperlyConfigured, "no setting 'no_such_opt"),
        ({"OPTIONS": {"connection_timeout": SECRET}}, ImproperlyConfigured, "is a str"),
        ({"OPTIONS": {"authentication": "Nobody"}}, ImproperlyConfigured, "Known modes: SqlPass"),
        ({"OPTIONS": {"extra_params": "Authentication=Nobody"}}, ImproperlyConfigured, "Known mod"),
        ({"OPTIONS": {"extra_params": f"PWD={{{SECRET}"}}, ImproperlyConfigured, "never closed"),
        ({"NAME": ""}, ImproperlyConfigured, "NAME is empty"),
        ({"PORT": "http"}, ImproperlyConfigured, "not a number from 1 to 65535"),
        ({"TOKEN": lambda: SECRET}, ImproperlyConfigured, "Remove USER"),
        ({"OPTIONS": {"extra_params": "Encrypt=yes"}}, OperationalError, "certificate is not trus"),
    ],
)
def test_a_wrong_setting(settings: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says) as caught:
        database(**settings).ensure_connection()
    assert SECRET not in str(caught.value)
    assert connection.settings_dict["PASSWORD"] not in str(caught.value)


def test_a_port_where_nothing_listens() -> None:
    port = free_port()
    with pytest.raises(OperationalError, match=f"at 127.0.0.1,{port}: nothing listens"):
        database(HOST="127.0.0.1", PORT=str(port)).ensure_connection()


def test_a_port_where_something_else_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            while True:
                try:
                    listener.accept()[0].close()
                except OSError:
                    return

        threading.Thread(target=hang_up, daemon=True).start()
        port = listener.getsockname()[1]
        with pytest.raises(OperationalError, match="something listens there"):
            database(HOST="127.0.0.1", PORT=str(port)).ensure_connection()


def test_a_wrong_password_fails_at_once_and_once(server: Server) -> None:
    started = time.monotonic()
    with server.recorder.capture() as seen, pytest.raises(OperationalError):
        database(PASSWORD=SECRET, OPTIONS={"retry": {}}).ensure_connection()
    assert seen.count("login") == 1
    assert time.monotonic() - started < 2


# Servers that fail


def test_a_login_is_repeated_while_the_database_wakes_up(server: Server) -> None:
    server.faults.login_error(40613, times=3)
    resumed = database()
    assert works(resumed)
    resumed.close()


def test_a_connection_that_is_refused_once_is_made(server: Server) -> None:
    server.faults.refuse()
    made = database()
    assert works(made)
    made.close()


@pytest.mark.parametrize("middle", [False, True])
def test_a_server_that_ends_in_the_middle_of_a_statement(
    server: Server, other: Any, middle: bool
) -> None:
    assert works(other)
    server.faults.drop("SELECT 1 AS lost", middle=middle)
    with pytest.raises(OperationalError, match="its next use reconnects"):
        rows(other, "SELECT 1 AS lost")
    assert works(other)


def test_a_server_that_ends_within_atomic(server: Server, other: Any) -> None:
    server.faults.drop("SELECT 1 AS lost")
    with transaction.atomic("other"):
        with pytest.raises(OperationalError):
            rows(other, "SELECT 1 AS lost")
        with pytest.raises(InterfaceError, match="Leave the block"):
            works(other)
    assert works(other)
    assert other.get_autocommit()


def test_a_statement_is_never_repeated(server: Server, other: Any) -> None:
    assert works(other)
    server.faults.error(SqlServerError(10928, "Busy."), "SELECT 1 AS busy")
    with pytest.raises(OperationalError, match="10928"):
        rows(other, "SELECT 1 AS busy")
    assert works(other)


def test_an_access_token_at_its_end_within_the_session(server: Server, other: Any) -> None:
    assert works(other)
    server.faults.error(37396, "SELECT 1 AS ended")
    with pytest.raises(OperationalError, match="signs in again"), other.cursor() as cursor:
        cursor.execute("SELECT 1 AS ended")
    assert other.connection is None
    assert works(other)


def test_a_deadlock(server: Server, other: Any) -> None:
    server.faults.error(1205, "SELECT 1 AS victim")
    with (
        pytest.raises(OperationalError, match="Run the transaction again"),
        transaction.atomic("other"),
    ):
        rows(other, "SELECT 1 AS victim")
    assert works(other)


def test_a_slow_statement_ends_at_query_timeout(server: Server) -> None:
    slow = database(OPTIONS={"query_timeout": 1})
    assert works(slow)
    server.faults.delay(20, "SELECT 1 AS slow")
    with pytest.raises(OperationalError, match="timeout"), slow.cursor() as cursor:
        cursor.execute("SELECT 1 AS slow")
    assert works(slow)
    slow.close()


# Statements


@pytest.mark.parametrize(
    ("sql", "params", "error", "says"),
    [
        ("SELECT * FROM no_such_table", None, ProgrammingError, r"no_such_table.*error 208\)"),
        ("SELECT no_such_column", None, ProgrammingError, r"error 207\)"),
        ("SELECT 1 / %s", [0], DataError, r"error 8134\)"),
        ("SELECT CAST(%s AS int)", ["x"], DataError, r"error 245\)"),
        ("SELECT %s", [object()], ProgrammingError, "Use a str, bytes, int"),
        ("SELECT %s", [10**40], DataError, "at most 38 digits"),
    ],
)
def test_a_wrong_statement(
    other: Any, sql: str, params: Any, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        rows(other, sql, params)
    assert works(other)


@pytest.mark.bad_grammar
def test_a_syntax_error(other: Any) -> None:
    with pytest.raises(ProgrammingError, match=r"near 'LIMIT'.*error 102\)"), other.cursor() as c:
        c.execute("SELECT name FROM sys.tables ORDER BY name LIMIT 1")
    assert works(other)


def test_more_parameters_than_a_statement_takes(other: Any) -> None:
    marks = ", ".join(["%s"] * 2200)
    with pytest.raises(ProgrammingError, match=r"at most 2,100 parameters"), other.cursor() as c:
        c.execute(f"SELECT 1 WHERE 1 IN ({marks})", list(range(2200)))
    assert works(other)


def test_the_wrong_number_of_parameters(other: Any) -> None:
    with pytest.raises(TypeError), other.cursor() as cursor:
        cursor.execute("SELECT %s, %s", [1])
    assert works(other)


def test_constraints(other: Any) -> None:
    with transaction.atomic("other"), other.cursor() as cursor:
        cursor.execute("CREATE TABLE bad_input (id int NOT NULL PRIMARY KEY, n int CHECK (n > 0))")
        for values in ("(1, 1), (1, 1)", "(NULL, 1)", "(2, -1)"):
            with pytest.raises(IntegrityError), transaction.atomic("other"):
                cursor.execute(f"INSERT INTO bad_input VALUES {values}")
        cursor.execute("SELECT COUNT(*) FROM bad_input")
        assert cursor.fetchone() == (0,)
        transaction.set_rollback(True, "other")
    assert works(other)


def test_more_rows_than_one_values_takes(other: Any) -> None:
    with transaction.atomic("other"), other.cursor() as cursor:
        cursor.execute("CREATE TABLE bad_rows (n int)")
        values = ", ".join(f"({n})" for n in range(1001))
        with (
            pytest.raises(ProgrammingError, match="at most 1,000 rows"),
            transaction.atomic("other"),
        ):
            cursor.execute(f"INSERT INTO bad_rows VALUES {values}")
        transaction.set_rollback(True, "other")
    assert works(other)
