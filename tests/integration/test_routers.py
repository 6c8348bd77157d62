"""Reads on replicas: an alias with ApplicationIntent=ReadOnly, and the router that chooses it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections, router, transaction
from django.test import override_settings

from mssql.routers import ReadReplicaRouter
from tds_embedded.server import Server
from tests.databases import alias
from tests.models import Author, Book

ROUTER = "mssql.routers.ReadReplicaRouter"


def extra_params() -> str:
    return f"{connection.settings_dict['OPTIONS']['extra_params']};ApplicationIntent=ReadOnly"


@pytest.fixture
def replica(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[Any]:
    """The tests' own database once more, as a readable secondary would be reached."""
    with alias("replica", {"extra_params": extra_params()}, TEST={"MIRROR": "default"}) as made:
        made.ensure_connection()  # before Django's test case guards the alias
        monkeypatch.setitem(connections.settings, "replica", made.settings_dict)
        with override_settings(DATABASE_ROUTERS=[ROUTER]):
            yield made


def test_the_driver_asks_for_a_readable_secondary(server: Server, django_db_blocker: Any) -> None:
    with (
        django_db_blocker.unblock(),
        alias("replica", {"extra_params": extra_params()}, NAME="master") as replica,
        server.recorder.capture() as seen,
    ):
        replica.ensure_connection()
    assert [each.read_only_intent for each in seen.requests if each.kind == "login"] == [True]


def test_reads_go_to_the_replica_and_writes_to_the_primary(replica: Any) -> None:
    author = Author.objects.create(name="Ann")
    assert author._state.db == "default"
    found = Author.objects.get()
    assert found._state.db == "replica"
    found.name = "Bob"
    found.save()
    assert found._state.db == "default"
    assert Author.objects.select_for_update().db == "default"
    book = Book.objects.create(author=Author.objects.get(), title="x")
    assert book.author._state.db == "replica"
    assert router.db_for_write(Book, instance=Book.objects.get()) == "default"


def test_a_transaction_of_the_primary_reads_what_it_has_written(replica: Any) -> None:
    with transaction.atomic():
        Author.objects.create(name="Ann")
        assert Author.objects.get()._state.db == "default"


def test_the_replica_gets_no_tables_of_its_own(replica: Any) -> None:
    assert router.allow_migrate("replica", "tests") is False
    assert router.allow_migrate("default", "tests") is True


def test_without_replicas_the_router_says_nothing() -> None:
    with override_settings(DATABASE_ROUTERS=[ROUTER]):
        assert router.db_for_read(Author) == "default"
        assert ReadReplicaRouter().db_for_read(Author) is None


def test_a_replica_names_its_primary(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"ENGINE": "mssql", "OPTIONS": {"extra_params": "ApplicationIntent=ReadOnly"}}
    monkeypatch.setitem(connections.settings, "replica", settings)
    with pytest.raises(ImproperlyConfigured, match=r"TEST\['MIRROR'\] to the alias of its primary"):
        ReadReplicaRouter()
