"""Faults of failed logins with both drivers: the numbers by which it is repeated or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import mssql_python
import pytest

from mssql import drivers
from mssql.config.connection_string import Keywords
from mssql.drivers import Driver, Fault, Target
from mssql.errors import retry, server_messages
from tds_embedded.server import Server


@pytest.fixture(params=["pyodbc", "mssql_python"])
def driver(request: pytest.FixtureRequest) -> Driver:
    return drivers.load(request.param)


Failing = Callable[..., Fault]


@pytest.fixture
def failed(server: Server, driver: Driver) -> Iterator[Failing]:
    """The fault of a login that fails, or of one whose settings are changed for it."""
    mssql_python.pooling(enabled=False)
    endpoint = server.endpoint

    def fail(login_timeout: int = 0, **changed: str) -> Fault:
        keywords = {
            "Server": f"{endpoint.host},{endpoint.port}",
            "Database": "master",
            "UID": endpoint.user,
            "PWD": endpoint.password,
            "Encrypt": "strict",
            "ServerCertificate": str(endpoint.certificate),
        }
        target = Target(Keywords(keywords, changed), login_timeout=login_timeout)
        with pytest.raises(driver.module.Error) as caught:
            driver.connect(target)
        return driver.fault(caught.value)

    yield fail
    server.faults.clear()


@pytest.mark.parametrize("number", sorted(retry.TRANSIENT))
def test_what_passes_by_itself(
    server: Server, driver: Driver, failed: Failing, number: int
) -> None:
    server.faults.login_error(number)
    fault = failed()
    assert fault.from_server
    assert fault.sqlstate
    # By their text alone 40020, 40143, 40166 and 40540 cannot be distinguished from 40197.
    same_text = number in (40020, 40143, 40166, 40540) and driver.name == "mssql_python"
    assert fault.numbers == ((40197 if same_text else number),)
    assert retry.is_transient(fault.numbers, tries=5)


def test_a_wrong_password(failed: Failing) -> None:
    fault = failed(PWD="wrong")
    assert (fault.numbers, fault.sqlstate) == ((18456,), "28000")
    assert not retry.is_transient(fault.numbers, tries=1)


def test_a_login_named_like_a_message_of_the_servers(server: Server, failed: Failing) -> None:
    fault = failed(UID="The service is currently busy. Retry the request after 10 seconds. x")
    assert fault.numbers == (18456,)


@pytest.mark.parametrize("name", ["nowhere", 'a"b', "login failed for user 'x'", "größe"])
def test_a_database_that_cannot_be_opened(server: Server, failed: Failing, name: str) -> None:
    fault = failed(Database=name)
    assert fault.number == 4060
    assert fault.from_server
    assert fault.sqlstate == "42000"
    assert f'"{name}"' in fault.message


@pytest.mark.parametrize("changed", [{"PWD": "wrong"}, {"UID": "nobody"}])
def test_a_wrong_login_with_a_wrong_database(
    server: Server, driver: Driver, failed: Failing, changed: dict[str, str]
) -> None:
    """Through mssql-python master is tried as well, once: the server may count wrong passwords."""
    expected = [2, 1] if driver.name == "mssql_python" else [1, 1]
    for logins in expected:
        with server.recorder.capture() as seen:
            fault = failed(Database="nowhere", **changed)
        assert fault.number == 18456
        assert seen.count("login") == logins


def test_a_connection_that_is_reset(server: Server, failed: Failing) -> None:
    server.faults.refuse(times=5)
    fault = failed()
    assert (fault.numbers, fault.from_server, fault.number) == ((10054,), False, 0)
    assert fault.sqlstate == "08001"


def test_a_login_that_takes_too_long(server: Server, failed: Failing) -> None:
    server.faults.login_delay(3)
    fault = failed(login_timeout=1)
    assert fault.is_timeout
    assert not fault.from_server


@pytest.mark.parametrize(
    "message",
    [
        "Login failed for user 'x'. The service is currently busy.",
        "x Database 'a' on server 'b' is not currently available. Please retry the connection "
        "later. ",
        "The SQL pool is warming up. Please try again. Not.",
        "",
    ],
)
def test_the_whole_text_decides(message: str) -> None:
    assert not retry.is_transient(server_messages.numbers(message), tries=1)


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("Invalid object name 'sys.dm_exec_query_plan_stats'.", 208),
        ("SHOWPLAN permission denied in database 'shop'.", 262),
        ("VIEW DATABASE STATE permission denied in database 'shop'.", 262),
        ("The user does not have permission to perform this action.", 297),
        (
            "VIEW SERVER PERFORMANCE STATE permission was denied on object 'server', database "
            "'master'.",
            300,
        ),
    ],
)
def test_what_a_login_may_not_see(message: str, number: int) -> None:
    assert server_messages.numbers(message) == (number,)
    assert server_messages.numbers(f"a user's words, and {message}") == ()
