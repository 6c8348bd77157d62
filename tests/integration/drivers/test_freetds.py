"""FreeTDS (Debian's tdsodbc) through pyodbc: a SQL login, the ORM, transactions; no tokens."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, OperationalError, transaction

from tds_embedded.server import Server
from tests.databases import alias
from tests.models import Author, Book, Everything

pyodbc = pytest.importorskip("pyodbc")
pytestmark = [
    pytest.mark.django_db(transaction=True, databases="__all__"),
    pytest.mark.skipif(
        not any(name.lower() == "freetds" for name in pyodbc.drivers()),
        reason="FreeTDS is not registered in odbcinst.ini: bash .ci/system-packages tdsodbc",
    ),
]
OPTIONS = {
    "driver": "FreeTDS",
    "host_is_server": True,
    "extra_params": "",
    "retry": {"deadline": 0},
}
VALUES = {
    "uuid": uuid.UUID(int=2**127 + 5),
    "blob": b"\0\1" * 6000,
    "small": -3,
    "big": 2**62,
    "price": Decimal("12345678901234.654321"),
    "ratio": 1.5,
    "flag": True,
    "text": "x" * 5000 + "ß\U0001f40d",
    "char": "Ädä",
    "address": "2001:db8::1",
    "at": datetime.datetime(2024, 5, 6, 7, 8, 9, 123456, tzinfo=datetime.timezone.utc),
    "day": datetime.date(2024, 2, 29),
    "clock": datetime.time(1, 2, 3, 456789),
    "length": datetime.timedelta(days=3, microseconds=7),
    "data": {"a": [1, None, "ü"]},
}


@pytest.fixture
def freetds(server: Server) -> Iterator[Any]:
    with alias("freetds", OPTIONS, HOST="127.0.0.1") as connection:
        yield connection


@pytest.mark.usefixtures("freetds")
def test_every_type_is_stored_whole() -> None:
    full = Everything.objects.using("freetds").create(**VALUES)
    empty = Everything.objects.using("freetds").create()
    for database in ("freetds", "default"):
        objects = Everything.objects.using(database)
        assert objects.filter(pk=full.pk).values(*VALUES).get() == VALUES
        assert set(objects.filter(pk=empty.pk).values_list(*VALUES).get()) == {None}


@pytest.mark.usefixtures("freetds")
def test_queries() -> None:
    authors = Author.objects.using("freetds")
    made = authors.bulk_create([Author(name=f"n{number}", age=number) for number in range(20)])
    assert [author.pk for author in made] == sorted(author.pk for author in made)
    Book.objects.using("freetds").create(title="100%", author=made[3])
    assert list(authors.filter(books__title__contains="0%").values_list("age", flat=True)) == [3]
    assert list(authors.order_by("-age")[1:3].values_list("age", flat=True)) == [18, 17]
    assert (
        sum(other.age for one in authors.iterator() for other in authors.filter(pk=one.pk)) == 190
    )
    assert authors.filter(age__gte=10).update(age=None) == 10
    with pytest.raises(IntegrityError, match="547"):
        Book.objects.using("freetds").create(title="t", author_id=0)


@pytest.mark.usefixtures("freetds")
def test_a_transaction_is_kept_or_undone() -> None:
    """FreeTDS rolls back when autocommit is switched on, Microsoft's driver commits."""
    authors = Author.objects.using("freetds")
    with transaction.atomic("freetds"):
        authors.create(name="kept")
        with transaction.atomic("freetds"):
            authors.create(name="undone with the savepoint")
            transaction.set_rollback(True, "freetds")
    with transaction.atomic("freetds"):
        authors.create(name="undone")
        transaction.set_rollback(True, "freetds")
    authors.create(name="kept, too")
    seen_by_another = Author.objects.order_by("pk").values_list("name", flat=True)
    assert list(seen_by_another) == ["kept", "kept, too"]


@pytest.mark.parametrize(
    "option", [{"credential": lambda: "token"}, {"authentication": "SqlPassword"}]
)
def test_tokens_and_modes_are_refused_at_connecting(option: dict[str, Any]) -> None:
    login = dict.fromkeys(("USER", "PASSWORD"), "x" if "authentication" in option else "")
    with (
        alias("freetds", {**OPTIONS, **option}, **login) as connection,
        pytest.raises(ImproperlyConfigured, match="needs Microsoft's ODBC driver"),
    ):
        connection.ensure_connection()


@pytest.mark.parametrize(
    ("settings", "told"),
    [({"PASSWORD": "wrong"}, "18456"), ({"PORT": "1"}, "No SQL Server answered at 127.0.0.1,1:")],
)
def test_a_failed_login(settings: dict[str, Any], told: str) -> None:
    with (
        alias("freetds", OPTIONS, **{"HOST": "127.0.0.1", **settings}) as connection,
        pytest.raises(OperationalError, match=told),
    ):
        connection.ensure_connection()
