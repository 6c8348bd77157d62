"""Commits whose answer is lost: SQL Server may have committed, as the exception reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connections, transaction

from mssql.errors.mapping import OutcomeUnknown
from tds_embedded.server import Server
from tests.databases import through
from tests.models import Author
from tests.relay import Relay

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
SAYS_SO = "may have been committed"


@pytest.fixture(params=["pyodbc", "mssql_python"])
def db(request: pytest.FixtureRequest, network: Relay) -> Iterator[Any]:
    with through(network, request.param) as made:
        yield made


def names() -> list[str]:
    return list(Author.objects.values_list("name", flat=True))


def test_a_commit_whose_answer_is_lost_says_so(db: Any, network: Relay) -> None:
    with pytest.raises(OutcomeUnknown, match=SAYS_SO) as caught, transaction.atomic("db"):  # noqa: PT012
        Author.objects.using("db").create(name="Ann")
        network.lose_answers()
    assert isinstance(caught.value, OperationalError)
    assert names() == ["Ann"]
    assert Author.objects.using("db").count() == 1


def test_a_statement_in_autocommit_mode_says_so(db: Any, network: Relay) -> None:
    db.ensure_connection()
    network.lose_answers()
    with pytest.raises(OutcomeUnknown, match=SAYS_SO):
        Author.objects.using("db").create(name="Ann")
    assert names() == ["Ann"]


def test_what_is_lost_before_its_commit_is_certain(db: Any, network: Relay) -> None:
    with pytest.raises(OperationalError) as caught, transaction.atomic("db"):  # noqa: PT012
        Author.objects.using("db").create(name="Ann")
        network.lose_answers()
        Author.objects.using("db").create(name="Ben")
    assert not isinstance(caught.value, OutcomeUnknown)
    assert SAYS_SO not in str(caught.value)
    assert names() == []


def test_a_lost_query_changes_nothing(db: Any, network: Relay) -> None:
    db.ensure_connection()
    network.lose_answers()
    with pytest.raises(OperationalError) as caught, db.cursor() as cursor:
        cursor.execute("SELECT name FROM tests_author")
    assert not isinstance(caught.value, OutcomeUnknown)


def test_a_commit_that_the_server_refuses_is_certain(db: Any, server: Server) -> None:
    server.faults.error(3930, "COMMIT TRANSACTION")
    with pytest.raises(DatabaseError) as caught, transaction.atomic("db"):
        Author.objects.using("db").create(name="Ann")
    assert not isinstance(caught.value, OutcomeUnknown)
    assert names() == []
    assert connections["db"].is_usable()
