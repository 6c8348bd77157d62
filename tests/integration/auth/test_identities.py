"""Whoever is served at the moment signs in, also without requests: in threads and commands.

Units of work of three users, each by a callable that serves the user of its moment.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar, copy_context
from types import SimpleNamespace
from typing import Any

import mssql_python
import pytest
from django.db.utils import OperationalError

from mssql import drivers
from tds_embedded.identity import AUDIENCE, TENANT, IdentityEndpoint, Signer
from tds_embedded.server import Server
from tests.entra import CLIENT, SECRET, who
from tests.integration.auth.test_connections import atomic, logins

USERS = ("ada@example.com", "bob@example.com", "cyd@example.com")
served: ContextVar[str] = ContextVar("served")


class UsersCredential:
    """A TokenCredential of one user."""

    def __init__(self, user: str, signer: Signer) -> None:
        self.user, self.signer, self.asked = user, signer, 0

    def get_token(self, *scopes: str, **options: Any) -> Any:
        self.asked += 1
        token = self.signer.sign_for_user(self.user, "browser", AUDIENCE, 3600)
        return SimpleNamespace(token=token, expires_on=None)


@pytest.fixture(params=["pyodbc", "mssql_python", "mssql_python without its pool"])
def python_driver(request: pytest.FixtureRequest) -> Iterator[str]:
    """The drivers; the driver manager's pool is in test_pools.py."""
    mssql_python.pooling(enabled=" " not in request.param)
    yield request.param.partition(" ")[0]
    drivers.load("mssql_python").clear_pool()  # a session for each token would stay open
    mssql_python.pooling()


@pytest.fixture(
    params=["token", "token of a credential", "credential", "new credential", "assertion"]
)
def settings(
    request: pytest.FixtureRequest, signer: Signer, endpoint: IdentityEndpoint, to_authority: Any
) -> Any:
    """The arguments of `connect` for a callable that serves the user of the moment."""
    kept = {user: UsersCredential(user, signer) for user in USERS}

    def token() -> str:
        return str(kept[served.get()].get_token().token)

    if request.param == "token":
        return {}, {"TOKEN": token}
    if request.param == "token of a credential":
        return {}, {"TOKEN": lambda: kept[served.get()].get_token()}
    if request.param == "credential":
        return {"credential": lambda: kept[served.get()]}, {}
    if request.param == "new credential":
        return {"credential": lambda: UsersCredential(kept[served.get()].user, signer)}, {}
    endpoint.users.update(dict.fromkeys(USERS, "x"))
    assertions = {
        user: signer.sign_for_user(user, "browser", f"api://{CLIENT}", 3600) for user in USERS
    }
    options = {
        "authentication": "ActiveDirectoryOnBehalfOf",
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "user_assertion": lambda: assertions[served.get()],
        "credential_options": to_authority,
    }
    return options, {}


def run_as(user: str, work: Callable[[], Any]) -> Any:
    context = copy_context()
    context.run(served.set, user)
    return context.run(work)


def test_one_connection_without_requests(settings: Any, connect: Any) -> None:
    options, others = settings
    connection = connect(options, CONN_MAX_AGE=None, **others)
    for user in USERS * 3:
        assert run_as(user, lambda: who(connection)).startswith(user)


def test_threads_without_requests(settings: Any, connect: Any) -> None:
    """Each thread has a connection that lives on, as in a thread pool or a worker."""
    options, others = settings
    wrong: list[str] = []
    gate = threading.Barrier(3)

    def work(first: int) -> None:
        connection = connect(options, CONN_MAX_AGE=None, **others)
        connection.inc_thread_sharing()
        for number in range(4):
            user = USERS[(first + number) % 3]
            gate.wait(60)
            try:
                name = run_as(user, lambda: who(connection))
            except Exception as error:  # noqa: BLE001 - it is the test's to report
                name = repr(error)
            if not name.startswith(user):
                wrong.append(f"{name} for {user}")

    threads = [threading.Thread(target=work, args=(first,)) for first in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_transaction_is_one_unit_of_work(settings: Any, connect: Any) -> None:
    options, others = settings
    connection = connect(options, CONN_MAX_AGE=None, **others)
    ada, bob, _ = USERS
    assert run_as(ada, lambda: who(connection)).startswith(ada)
    context = copy_context()
    context.run(served.set, bob)
    block = atomic(connection)
    context.run(block.__enter__)
    assert context.run(who, connection).startswith(bob)
    assert run_as(ada, lambda: who(connection)).startswith(bob)  # until the transaction's end
    context.run(block.__exit__, None, None, None)
    assert run_as(ada, lambda: who(connection)).startswith(ada)


def test_without_autocommit_nobody_is_replaced_silently(settings: Any, connect: Any) -> None:
    options, others = settings
    connection = connect(options, **others)
    ada, bob, _ = USERS

    def begin() -> None:
        connection.set_autocommit(False)
        who(connection)
        connection.commit()

    run_as(ada, begin)
    with pytest.raises(OperationalError, match="opened for another principal"):
        run_as(bob, lambda: who(connection))
    assert run_as(ada, lambda: who(connection)).startswith(ada)


def test_nobody_is_taken_for_the_previous_user(settings: Any, connect: Any) -> None:
    """A callable that does not find its user."""
    options, others = settings
    connection = connect(options, CONN_MAX_AGE=None, **others)
    run_as(USERS[0], lambda: who(connection))
    with pytest.raises(OperationalError, match="KeyError"):
        run_as("nobody@example.com", lambda: who(connection))


class TestCosts:
    """The cost of a callable whose identity stays the same."""

    def test_the_same_credential_is_asked_once(
        self, signer: Signer, connect: Any, judging: Server
    ) -> None:
        kept = UsersCredential(USERS[0], signer)
        connection = connect({"credential": lambda: kept}, CONN_MAX_AGE=None)
        who(connection)
        with logins(judging, 0):
            for _ in range(5):
                who(connection)
        assert kept.asked == 1

    @pytest.mark.parametrize("is_partial", [True, False])
    def test_a_class_is_one_identity(self, signer: Signer, connect: Any, is_partial: bool) -> None:
        made = []

        class Own(UsersCredential):
            def __init__(self) -> None:
                super().__init__(USERS[0], signer)
                made.append(self)

        factory = functools.partial(Own) if is_partial else Own
        connection = connect({"credential": factory}, CONN_MAX_AGE=None)
        for _ in range(3):
            who(connection)
        assert [credential.asked for credential in made] == [1]

    def test_a_new_credential_each_time_is_warned_of(
        self, signer: Signer, connect: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        def make() -> UsersCredential:
            return UsersCredential(USERS[0], signer)

        connection = connect({"credential": make}, CONN_MAX_AGE=None)
        with caplog.at_level(logging.WARNING, "mssql.auth"):
            for _ in range(3):
                who(connection)
        (record,) = [each for each in caplog.records if each.name == "mssql.auth"]
        assert "make returns a new object" in record.getMessage()

    def test_opening_looks_once(self, signer: Signer, connect: Any) -> None:
        asked = []

        def token() -> str:
            asked.append(1)
            return signer.sign(CLIENT, AUDIENCE, 3600)

        connection = connect(TOKEN=token)
        connection.ensure_connection()
        assert len(asked) == 1
        who(connection)
        assert len(asked) == 2
