"""The states of a transaction, without a server: `run` stands for it."""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.db.transaction import TransactionManagementError

from mssql.drivers.transaction import Transaction
from mssql.errors import Fault

TIMEOUT = Fault("HYT00", "Timeout expired", from_server=False)
LOST = Fault("08S01", "Communication link failure", from_server=False)
SYNTAX = Fault("42000", "Incorrect syntax", (102,))
DEADLOCK = Fault("40001", "Chosen as the deadlock victim", (1205,))


class Unobserved:
    def begin(self) -> AbstractContextManager[None]:
        return contextlib.nullcontext()

    def end(self, outcome: str) -> AbstractContextManager[None]:
        return contextlib.nullcontext()


class Server:
    """Runs statements, fails with the commit if it is to, and has no transaction after that."""

    def __init__(self, fails: bool = False, state: int = 0) -> None:
        self.fails, self.state = fails, state
        self.ran: list[str] = []

    def run(self, sql: str) -> Any:
        self.ran.append(sql)
        if self.fails and sql == "COMMIT TRANSACTION":
            raise RuntimeError
        return (self.state,)


def committing(server: Server) -> Transaction:
    """Return a transaction whose commit has failed, the fault not yet reported."""
    transaction = Transaction(server.run, Unobserved())
    transaction.begin()
    with pytest.raises(RuntimeError):
        transaction.commit()
    return transaction


def test_a_commit_that_was_not_answered_in_time_is_uncertain() -> None:
    transaction = committing(Server(fails=True))
    assert transaction.failed(TIMEOUT)
    assert transaction.is_none


def test_an_uncertain_commit_leaves_later_failures_certain() -> None:
    transaction = committing(Server(fails=True))
    assert transaction.failed(TIMEOUT)
    assert not transaction.failed(SYNTAX)


def test_a_commit_that_was_cancelled_in_time_is_certain() -> None:
    transaction = committing(Server(fails=True, state=1))
    assert not transaction.failed(TIMEOUT)
    assert transaction.is_open


def test_a_commit_is_uncertain_if_the_connection_is_lost() -> None:
    server = Server(fails=True, state=1)
    assert committing(server).failed(LOST)
    assert server.ran[-1] == "COMMIT TRANSACTION"  # the connection is lost


def test_a_deadlock_ends_the_transaction_and_the_server_is_not_asked() -> None:
    server = Server()
    transaction = Transaction(server.run, Unobserved())
    transaction.begin()
    assert not transaction.failed(DEADLOCK)
    assert transaction.is_lost
    assert server.ran == ["BEGIN TRANSACTION"]
    with pytest.raises(TransactionManagementError, match="1205"):
        transaction.require_not_lost()
    transaction.rollback()
    assert transaction.is_none


@pytest.mark.parametrize("state", [0, 1])
def test_after_another_error_the_server_is_asked(state: int) -> None:
    transaction = Transaction(Server(state=state).run, Unobserved())
    transaction.begin()
    assert not transaction.failed(SYNTAX)
    assert transaction.is_lost == (state == 0)
