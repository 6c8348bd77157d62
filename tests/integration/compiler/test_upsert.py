"""bulk_create(update_conflicts=True) of rows with equal keys, which MERGE cannot update twice."""

from __future__ import annotations

from collections.abc import Sequence

import django
import pytest
from django.db import IntegrityError, transaction
from django.test.utils import isolate_apps

from tds_embedded.server import Server
from tests.databases import alias
from tests.models import Account
from tests.tables import create, models

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(django.VERSION < (4, 1), reason="update_conflicts came with Django 4.1"),
]


def upsert(owners: Sequence[str | None], database: str = "default") -> list[Account]:
    return Account.objects.using(database).bulk_create(
        [Account(owner=owner, balance=number) for number, owner in enumerate(owners)],
        update_conflicts=True,
        update_fields=["balance"],
        unique_fields=["owner"],
    )


@pytest.mark.parametrize("driver", ["pyodbc", "mssql_python"])
@pytest.mark.parametrize("owner", ["Ann", "Bob"])
@pytest.mark.django_db(transaction=True, databases="__all__")
def test_rows_with_equal_keys_are_refused_and_named(owner: str, driver: str) -> None:
    with alias("db", {"python_driver": driver}), transaction.atomic("db"):
        upsert(["Ann"], "db")
        named = r"\(owner\).*: object 2 has that of object 0; object 4 has that of object 3\."
        with pytest.raises(IntegrityError, match=named), transaction.atomic("db"):
            upsert([owner, "Cid", owner.upper(), "Dora", "Dora  "], "db")
        upsert(["Eve"], "db")
    assert list(Account.objects.values_list("owner", "balance")) == [("Ann", 0), ("Eve", 0)]


def test_keys_that_are_null_equal_nothing(server: Server) -> None:
    with server.recorder.capture() as seen:
        rows = upsert([None, None, "Ann"])
    assert len({row.pk for row in rows}) == Account.objects.count() == 3
    assert seen.round_trips == 1


def test_many_rows_with_equal_keys_are_counted() -> None:
    many = pytest.raises(IntegrityError, match="has that of object 9; and 5 more")
    with many, transaction.atomic():
        upsert([f"n{number}" for number in range(15)] * 2)


@isolate_apps("tests")
def test_keys_are_equal_as_their_collation_compares_them() -> None:
    class Shelf(models.Model):
        name = models.CharField(max_length=9, unique=True, db_collation="Latin1_General_BIN2")
        size = models.IntegerField(default=0)

        class Meta:
            app_label = "tests"

    create(Shelf)
    Shelf.objects.bulk_create(
        [Shelf(name="a"), Shelf(name="A")],
        update_conflicts=True,
        update_fields=["size"],
        unique_fields=["name"],
    )
    assert Shelf.objects.count() == 2
