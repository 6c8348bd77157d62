"""The fields of mssql.fields, and inspectdb that writes them for tables of others."""

from __future__ import annotations

import uuid
from io import StringIO
from typing import Any

import django
import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import isolate_apps

from mssql.fields import FixedCharField, RowVersionField, UniqueIdentifierField, VarcharField
from tds_embedded.server import Server
from tests.tables import columns, create, models, rows, run

pytestmark = pytest.mark.django_db

A, B = uuid.UUID(int=10), uuid.UUID(int=11)


def inspected(*tables: str) -> str:
    out = StringIO()
    call_command("inspectdb", *tables, stdout=out)
    return out.getvalue()


def models_of(text: str) -> dict[str, Any]:
    """The models that inspectdb wrote, as a project would use them."""
    namespace: dict[str, Any] = {"__name__": "tests.inspected"}
    in_app = text.replace("        managed = False\n", "        app_label = 'tests'\n")
    exec(in_app, namespace)
    return namespace


@isolate_apps("tests")
def test_a_table_of_another_with_uniqueidentifiers_is_served() -> None:
    run("CREATE TABLE tests_owner (id uniqueidentifier PRIMARY KEY, other char(32) NULL)")
    run(
        "CREATE TABLE tests_owned (id int IDENTITY PRIMARY KEY, "
        "owner_id uniqueidentifier NULL REFERENCES tests_owner (id))"
    )
    text = inspected("tests_owner", "tests_owned")
    assert "import mssql.fields" in text
    assert "id = mssql.fields.UniqueIdentifierField(primary_key=True)" in text
    found = models_of(text)
    owner, owned = found["TestsOwner"], found["TestsOwned"]
    owner.objects.create(id=A, other=B.hex)
    owner.objects.bulk_create([owner(id=B)])
    child = owned.objects.create(owner_id=A)
    assert owned.objects.get(owner=A) == child
    assert [row.pk for row in owner.objects.filter(pk__in=[A, B, uuid.UUID(int=1)])] == [A, B]
    owned.objects.filter(owner__id=A).update(owner=B)
    assert owned.objects.get(pk=child.pk).owner_id == B
    assert owner.objects.filter(pk=str(A)).delete()[0] == 1
    assert rows("SELECT id FROM tests_owner") == [(str(B).upper(),)]


@isolate_apps("tests")
def test_both_kinds_of_uuids_side_by_side() -> None:
    class Both(models.Model):
        text = models.UUIDField(unique=True)
        native = UniqueIdentifierField(unique=True, null=True)

        class Meta:
            app_label = "tests"
            constraints = [
                models.UniqueConstraint(fields=["text"], condition=models.Q(native=B), name="of_b")
            ]

    create(Both)
    Both.objects.create(text=A, native=A)
    Both.objects.create(text=B)
    assert Both.objects.filter(text=A, native=A).count() == 1
    assert Both.objects.filter(native__isnull=True).get().text == B
    assert Both.objects.filter(native__in=[A, B]).get().native == A
    Both.objects.filter(text=B).update(native=B)
    Both.objects.bulk_update(Both.objects.all(), ["native"])
    assert list(Both.objects.order_by("id").values_list("native", flat=True)) == [A, B]
    assert UniqueIdentifierField().db_type(connection) == "uniqueidentifier"


@isolate_apps("tests")
@pytest.mark.skipif(django.VERSION < (5, 0), reason="Django leaves out no field before 5.0")
def test_a_row_version_is_read_and_never_written() -> None:
    run("CREATE TABLE tests_row (id int IDENTITY PRIMARY KEY, n int NOT NULL, rv rowversion)")
    text = inspected("tests_row")
    assert "rv = mssql.fields.RowVersionField()" in text
    model = models_of(text)["TestsRow"]
    row = model.objects.create(n=1)
    assert len(row.rv) == 8
    before = row.rv
    row.n = 2
    row.save()
    row.refresh_from_db()
    assert (row.n, row.rv > before) == (2, True)
    first, second = model.objects.bulk_create([model(n=3), model(n=4)])
    assert first.rv < second.rv
    assert model.objects.get(rv=second.rv) == second


@isolate_apps("tests")
@pytest.mark.skipif(django.VERSION < (5, 0), reason="GeneratedField came with Django 5.0")
def test_a_computed_column_is_read_and_never_written() -> None:
    run(
        "CREATE TABLE tests_sum (id int IDENTITY PRIMARY KEY, n int NOT NULL, "
        "twice AS (n * 2) PERSISTED, name AS (CONCAT(N'#', n)))"
    )
    text = inspected("tests_sum")
    model = models_of(text)["TestsSum"]
    row = model.objects.create(n=4)
    assert (row.twice, row.name) == (8, "#4")
    assert model._meta.get_field("twice").db_persist


@isolate_apps("tests")
@pytest.mark.skipif(django.VERSION < (5, 0), reason="Django leaves out no field before 5.0")
def test_a_model_of_ones_own_has_a_row_version() -> None:
    class Versioned(models.Model):
        n = models.IntegerField()
        version = RowVersionField()

        class Meta:
            app_label = "tests"

    create(Versioned)
    row = Versioned.objects.create(n=1)
    assert len(row.version) == 8
    assert rows("SELECT COUNT(*) FROM tests_versioned WHERE version IS NOT NULL") == [(1,)]
    _, path, args, kwargs = Versioned._meta.get_field("version").deconstruct()
    assert (path, args, kwargs) == ("mssql.fields.RowVersionField", [], {})
    row.full_clean()


@isolate_apps("tests")
def test_texts_that_are_not_unicode(server: Server) -> None:
    run(
        "CREATE TABLE tests_code (code varchar(9) PRIMARY KEY, sign char(3) NULL, "
        "name nvarchar(9) NULL, old varchar(max) NULL)"
    )
    text = inspected("tests_code")
    for line in (
        "code = mssql.fields.VarcharField(primary_key=True, max_length=9)",
        "sign = mssql.fields.FixedCharField(max_length=3, blank=True, null=True)",
        "name = models.CharField(max_length=9, blank=True, null=True)",
        "old = models.TextField(blank=True, null=True)",
    ):
        assert line in text
    model = models_of(text)["TestsCode"]
    model.objects.create(code="a", sign="b", name="c")
    with server.recorder.capture() as seen:
        row = model.objects.get(code="a", sign="b", name="c")
    assert row.sign == "b  "
    types = [parameter.type for parameter in seen.requests[-1].parameters[-3:]]
    assert types == ["varchar(8000)", "nvarchar(4000)", "varchar(8000)"]
    create(mine := _with_varchar())
    assert {name: (c.type_code, c.display_size) for name, c in columns(mine).items()} == {
        "id": ("bigint", None),
        "code": ("varchar", 20),
        "long": ("varchar", None),
        "sign": ("char", 2),
    }


def _with_varchar() -> Any:
    class Coded(models.Model):
        code = VarcharField(max_length=20)
        long = VarcharField(max_length=None)
        sign = FixedCharField(max_length=2)

        class Meta:
            app_label = "tests"

    return Coded
