"""Keys that SQL Server does not return, and keys that are 0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import NotSupportedError, transaction
from django.test.utils import isolate_apps

from tds_embedded.server import Server
from tests.tables import models, rows, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def counted() -> Iterator[Any]:
    """A model whose identity begins with 0."""
    with isolate_apps("tests"):

        class Counted(models.Model):
            name = models.CharField(max_length=9)

            class Meta:
                app_label = "tests"
                db_table = "counted 100%"

        run("CREATE TABLE [counted 100%] (id bigint IDENTITY (0, 1) PRIMARY KEY, name nvarchar(9))")
        yield Counted


def test_an_identity_may_be_0(counted: Any, server: Server) -> None:
    assert counted.objects.create(name="a").pk == 0
    with server.recorder.capture() as seen:
        assert counted.objects.create(name="b").pk == 1
    assert seen.round_trips == 1
    run("DELETE FROM [counted 100%]; DBCC CHECKIDENT (N'[counted 100%]', RESEED, -2)")
    made = counted.objects.bulk_create([counted(name="c"), counted(name="d"), counted(name="e")])
    assert [each.pk for each in made] == [-1, 0, 1]


def test_a_0_without_a_row_is_refused(counted: Any) -> None:
    run("CREATE TRIGGER moving ON [counted 100%] AFTER INSERT AS DELETE FROM [counted 100%]")
    refused = pytest.raises(NotSupportedError, match="INSTEAD OF INSERT")
    with refused, transaction.atomic():
        counted.objects.create(name="a")
    run("DBCC CHECKIDENT (N'[counted 100%]', RESEED, -1)")
    with refused, transaction.atomic():
        counted.objects.bulk_create([counted(name="a"), counted(name="b")])


def test_a_table_with_an_instead_of_trigger_returns_no_key(counted: Any) -> None:
    run(
        "CREATE TRIGGER moving ON [counted 100%] INSTEAD OF INSERT AS "
        "INSERT INTO [counted 100%] (name) SELECT UPPER(name) FROM inserted"
    )
    run("INSERT INTO [counted 100%] (name) VALUES (N'a')")
    assert rows("SELECT id, name FROM [counted 100%]") == [(0, "A")]
    unknown = pytest.raises(NotSupportedError, match="the key of the new row is unknown")
    with unknown, transaction.atomic():
        counted.objects.create(name="b")
    assert rows("SELECT name FROM [counted 100%]") == [("A",)]
