"""If a server is not reached, the message contains reason and remedy, within a bounded wait."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections
from django.db.utils import OperationalError

from mssql.config.loading import load
from mssql.drivers import reachability
from mssql.drivers.reachability import Reach

NO_HOST = "no-such-host.invalid"


@pytest.fixture(params=["pyodbc", "mssql_python"])
def failure(request: pytest.FixtureRequest, django_db_blocker: Any) -> Iterator[Callable[..., str]]:
    """Return a function that connects within two seconds, and returns the error's text."""

    def fail(options: dict[str, Any] | None = None, **settings: Any) -> str:
        default = connections["default"]
        given = {
            **default.settings_dict,
            "OPTIONS": {
                "python_driver": request.param,
                "connection_timeout": 2,
                **(options or {}),
            },
            **settings,
        }
        connection = type(default)(given, "unreached")
        began = time.monotonic()
        with pytest.raises(OperationalError) as caught:
            connection.ensure_connection()
        took = time.monotonic() - began
        assert took < 60, f"it took {took:.0f} s"  # of a busy machine; 2 and 3 are the limits
        return str(caught.value)

    with django_db_blocker.unblock():
        yield fail


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
def deaf() -> Iterator[int]:
    """Return a port whose listener never answers."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(50)
        yield int(sock.getsockname()[1])


def test_a_host_that_does_not_exist(failure: Callable[..., str]) -> None:
    text = failure(HOST=NO_HOST, PORT="")
    assert f"No SQL Server answered at {NO_HOST}: the name {NO_HOST} cannot be resolved." in text
    assert "Check HOST" in text


def test_a_port_where_nothing_listens(failure: Callable[..., str], unused_port: int) -> None:
    text = failure(HOST="127.0.0.1", PORT=str(unused_port))
    assert f"at 127.0.0.1,{unused_port}: nothing listens at the port. Check PORT" in text


def test_an_instance_that_nobody_knows(failure: Callable[..., str]) -> None:
    text = failure(HOST=r"127.0.0.1\NOWHERE", PORT="")
    assert "the port of the instance NOWHERE is unknown" in text
    assert "SQL Server Browser" in text


def test_a_host_of_an_instance_that_does_not_exist(failure: Callable[..., str]) -> None:
    assert f"the name {NO_HOST} cannot be resolved" in failure(HOST=rf"{NO_HOST}\SHOP", PORT="")


def test_somebody_else_at_the_port(failure: Callable[..., str], deaf: int) -> None:
    assert "something listens there" in failure(HOST="127.0.0.1", PORT=str(deaf))


def test_a_wrong_name_at_azure_is_not_tried_again(
    failure: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its gateway's timeouts are repeated, but a name that does not exist stays so."""

    def resolve(*arguments: Any, **options: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr("mssql.errors.retry.time.sleep", lambda seconds: pytest.fail("tried again"))
    text = failure(HOST="no-such-server.database.windows.net", PORT="")
    assert "cannot be resolved" in text


@pytest.mark.parametrize(
    ("host", "options"),
    [
        ("(embedded)", {}),
        (r"np:\\server\pipe\sql", {}),
        ("section", {"driver": "FreeTDS"}),
        ("", {"dsn": "data source"}),
    ],
)
def test_what_is_no_address_is_not_looked_at(
    host: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *x, **y: pytest.fail("looked"))
    config = load({"NAME": "x", "HOST": host, "OPTIONS": options}, "x").require()
    assert reachability.probe(config) is Reach.UNKNOWN


def test_a_resolver_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    end = threading.Event()

    def resolve(*arguments: Any, **options: Any) -> list[Any]:
        end.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(reachability, "LONGEST_PROBE", 0.1)
    assert reachability.probe(load({"NAME": "x", "HOST": "db"}, "x").require()) is Reach.SILENT
    end.set()
