"""Parameters are of the types of the columns that they are compared with."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import django
import pytest
from django.db import connection
from django.db.models import F, Prefetch, Q, Value
from django.db.models.functions import Coalesce, Concat, Replace
from django.test.utils import isolate_apps

from tds_embedded.server import Server
from tests.databases import alias, tables
from tests.integration.test_limits import MANY
from tests.models import Everything
from tests.tables import create, models

pytestmark = pytest.mark.django_db

ONE, TWO = uuid.UUID("12345678-1234-5678-1234-56781234abcd"), uuid.UUID(int=7)
# The number of a procedure's parameters before those of the statement.
OWN = {"sp_executesql": 2, "sp_prepexec": 3, "sp_execute": 1, "sp_unprepare": 1}
Sent = Callable[[Callable[[], Any]], set[str]]


class VarcharField(models.CharField):
    """A text of a column that is not Unicode, as older databases have them."""

    def db_type(self, connection: Any) -> str:
        return f"varchar({self.max_length})"


class GuidField(models.UUIDField):
    """A UUID of a database that another program created."""

    def db_type(self, connection: Any) -> str:
        return "uniqueidentifier"


class HexField(models.UUIDField):
    """A UUID as Django stores it by default."""

    def db_type(self, connection: Any) -> str:
        return "char(32)"


@pytest.fixture
def sent(server: Server) -> Sent:
    """The types of the parameters that a callable sends, without those of sp_prepexec itself."""

    def types(work: Callable[[], Any]) -> set[str]:
        with server.recorder.capture() as seen:
            work()
        return {
            parameter.type
            for request in seen.requests
            for parameter in request.parameters[OWN.get(request.procedure, 0) :]
        }

    return types


@pytest.fixture
def Parcel() -> Iterator[Any]:
    with isolate_apps("tests"):

        class Parcel(models.Model):
            id = models.UUIDField(primary_key=True, default=uuid.uuid4)
            other = models.UUIDField(null=True, unique=True)
            code = VarcharField(max_length=20, default="")

            class Meta:
                app_label = "tests"

        class Item(models.Model):
            parcel = models.ForeignKey(Parcel, models.CASCADE, related_name="items")

            class Meta:
                app_label = "tests"

        create(Parcel, Item)
        Parcel.Item = Item
        yield Parcel


def test_the_types_of_parameters_are_seen(Parcel: Any, sent: Sent) -> None:
    assert sent(lambda: list(Parcel.objects.extra(where=["code = %s"], params=["a"]))) == {
        "nvarchar(4000)"
    }


@pytest.mark.parametrize(
    "condition",
    [
        Q(id=ONE),
        Q(id=str(ONE)),
        Q(id__in=[ONE, TWO]),
        Q(id__gt=ONE),
        Q(id__range=(ONE, TWO)),
        Q(id__startswith="1234"),
        Q(id__iexact=str(ONE)),
        Q(id__icontains="abcd"),
        Q(id=Value(ONE, models.UUIDField())),
        Q(code="abc"),
        Q(code__in=["abc", "def"]),
        Q(code__lte="abc"),
        Q(code__contains="b"),
        Q(code__iexact="ABC"),
        Q(items__parcel=ONE),
        Q(items__parcel__in=[ONE, TWO]),
        Q(other=Coalesce("id", Value(ONE))),
    ],
    ids=str,
)
def test_conditions(Parcel: Any, sent: Sent, condition: Q) -> None:
    Parcel.objects.create(id=ONE, code="abc")
    assert sent(lambda: list(Parcel.objects.filter(condition))) == {"varchar(8000)"}


def test_a_pattern_out_of_an_expression(Parcel: Any) -> None:
    Parcel.objects.create(id=ONE)
    for lookup in ("startswith", "istartswith", "contains", "icontains"):
        pattern = Concat(Value("1234"), Value("5678"))
        assert Parcel.objects.filter(**{f"id__{lookup}": pattern}).count() == 1, lookup
        assert Parcel.objects.filter(**{f"id__{lookup}": "12345678-1234"}).count() == 1, lookup


def test_updates_and_deletes(Parcel: Any, sent: Sent) -> None:
    parcel = Parcel.objects.create(id=ONE, code="a")
    item = Parcel.Item.objects.create(parcel=parcel)
    for work in (
        lambda: Parcel.objects.filter(id=ONE).update(code="b", other=TWO),
        lambda: Parcel.objects.filter(id=ONE).update(other=None),
        parcel.save,
        parcel.refresh_from_db,
        lambda: Parcel.objects.get(pk=ONE),
        lambda: Parcel.Item.objects.select_related("parcel").get(parcel_id=ONE),
        lambda: Parcel.objects.bulk_update([parcel], ["code"]),
        lambda: list(Parcel.objects.prefetch_related("items")),
        lambda: list(
            Parcel.objects.prefetch_related(
                Prefetch("items", Parcel.Item.objects.filter(parcel_id__in=[ONE, TWO]))
            )
        ),
        lambda: list(Parcel.objects.in_bulk([ONE])),
        parcel.delete,
        lambda: Parcel.objects.create(id=TWO, code="c"),
    ):
        assert sent(work) == {"varchar(8000)"}
    assert not Parcel.Item.objects.filter(pk=item.pk).exists()


@pytest.mark.skipif(django.VERSION < (4, 1), reason="update_conflicts came with Django 4.1")
def test_upserts(Parcel: Any, sent: Sent) -> None:
    def ignoring() -> None:
        Parcel.objects.bulk_create(
            [Parcel(id=ONE, code="a"), Parcel(id=TWO, code="b")], ignore_conflicts=True
        )

    def updating() -> None:
        Parcel.objects.bulk_create(
            [Parcel(id=ONE, code="x"), Parcel(id=TWO, other=ONE)],
            update_conflicts=True, unique_fields=["id"], update_fields=["code"],
        )  # fmt: skip

    assert sent(ignoring) == sent(updating) == {"varchar(8000)"}
    assert set(Parcel.objects.values_list("id", "code")) == {(ONE, "x"), (TWO, "")}


def test_lists_beyond_the_limit(Parcel: Any, server: Server) -> None:
    Parcel.objects.create(id=ONE)
    values = [ONE, *(uuid.UUID(int=number) for number in range(MANY))]
    with server.recorder.capture() as seen:
        assert Parcel.objects.filter(id__in=values).get().pk == ONE
    assert any("WITH ([c0] varchar(8000) '$')" in request.text for request in seen.requests)


def test_text_beyond_ascii_stays_as_it_is(Parcel: Any, sent: Sent) -> None:
    """The column's code page may lack the characters: they would be question marks."""
    Parcel.objects.create(id=ONE, code="caf\u00e9")
    assert sent(lambda: Parcel.objects.get(code="caf\u00e9")) == {"nvarchar(4000)"}
    assert not Parcel.objects.filter(code="\u4e2d").exists()
    assert Parcel.objects.get(pk=ONE).code == "caf\u00e9"


def test_replacements_in_columns_that_are_not_unicode(Parcel: Any) -> None:
    Parcel.objects.create(id=ONE, code="abc")
    one = VarcharField(max_length=1)
    replaced = Replace("code", Value("b", one), Value("x", one))
    assert Parcel.objects.annotate(changed=replaced).get().changed == "axc"
    assert Parcel.objects.annotate(changed=replaced).filter(changed="axc").count() == 1


def test_a_long_text(Parcel: Any, sent: Sent) -> None:
    assert sent(lambda: list(Parcel.objects.filter(code="a" * 8001))) == {"varchar(max)"}


def test_constants_of_a_filter(Parcel: Any, server: Server) -> None:
    """N'...' would be of a higher type than the column (error 10611)."""
    conditions = [Q(id=ONE), Q(id__in=[ONE, TWO]), Q(code__gt="it's")]
    with server.recorder.capture() as seen, connection.schema_editor() as editor:
        for number, condition in enumerate(conditions):
            index = models.Index(fields=["other"], condition=condition, name=f"filtered{number}")
            editor.add_index(Parcel, index)
    sent = [request.text for request in seen.requests if "CREATE INDEX" in request.text]
    assert len(sent) == 3
    assert not any("N'" in text for text in sent)
    assert f"= '{ONE.hex}'" in sent[0]


def test_unicode_columns_keep_nvarchar(sent: Sent) -> None:
    Everything.objects.create(char="a", address="10.0.0.1")
    for condition in (Q(char="a"), Q(address="10.0.0.1"), Q(address__in=["10.0.0.1"])):
        found = Everything.objects.filter(condition)
        assert sent(lambda: list(found)) == {"nvarchar(4000)"}  # noqa: B023 - called at once


@pytest.mark.parametrize("driver", ["pyodbc", "mssql_python"])
@pytest.mark.parametrize("native", [False, True])
def test_both_kinds_of_uuid_columns(native: bool, driver: str, sent: Sent) -> None:
    """The column's type decides how its values are bound, not OPTIONS["native_uuid"]."""
    with isolate_apps("tests"):

        class Mixed(models.Model):
            id = GuidField(primary_key=True)
            text = HexField(null=True)

            class Meta:
                app_label = "tests"

        class Part(models.Model):
            whole = models.ForeignKey(Mixed, models.CASCADE, related_name="parts")

            class Meta:
                app_label = "tests"

    options = {"native_uuid": native, "python_driver": driver}
    with alias("mixed", options) as made, tables("mixed", Mixed, Part):
        objects = Mixed.objects.using("mixed")
        one = objects.create(id=ONE, text=ONE)
        objects.bulk_create([Mixed(id=TWO, text=TWO), Mixed(id=uuid.UUID(int=8))])
        Part.objects.using("mixed").create(whole=one)
        for condition in (
            Q(id=ONE), Q(text=ONE), Q(id__in=[ONE]), Q(text__in=[ONE]), Q(parts__whole=ONE),
            Q(id=str(ONE)), Q(text=str(ONE)), Q(id__iexact=str(ONE)),
            Q(text__iexact=str(ONE)), Q(id__startswith="12345678-12"),
            Q(text__startswith="12345678-12"), Q(id__icontains="1234ABCD"),
            Q(id__in=[ONE, *(uuid.UUID(int=number) for number in range(9, MANY + 9))]),
            Q(text__in=[ONE, *(uuid.UUID(int=number) for number in range(9, MANY + 9))]),
        ):  # fmt: skip
            assert objects.get(condition) == one, condition
        types = sent(lambda: objects.get(id=ONE))
        assert types == {"uniqueidentifier"}
        (text_type,) = sent(lambda: objects.get(text=ONE))
        assert text_type == ("varchar(8000)" if driver == "pyodbc" else "varchar(4000)")
        assert objects.filter(id=ONE).update(text=TWO) == 1
        assert objects.get(pk=ONE).text == TWO
        assert objects.exclude(text=None).filter(id=F("id")).count() == 2
        assert made.features.has_native_uuid_field is native
        one.delete()
        assert objects.count() == 2
