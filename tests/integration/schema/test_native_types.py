"""UUIDField as uniqueidentifier and JSONField as json, by option."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connections, migrations
from django.db.models import F, Value
from django.db.models.functions import Coalesce, JSONObject
from django.test.utils import isolate_apps

from mssql.introspection import DatabaseIntrospection
from tds_embedded.server import Server
from tests.databases import alias, settings_of, tables
from tests.integration.test_limits import MANY
from tests.models import Everything
from tests.tables import models

pytestmark = pytest.mark.django_db

ONE, TWO = uuid.UUID("12345678-1234-5678-1234-56781234abcd"), uuid.UUID(int=7)


@pytest.fixture
def native(server_as: Callable[[str], Server]) -> Iterator[Any]:
    """An alias of SQL Server 2025 with both options."""
    yield from on_2025(server_as, "native", native_uuid=True, native_json=True)


@pytest.fixture
def textual(server_as: Callable[[str], Server]) -> Iterator[Any]:
    """An alias of the same database without them."""
    yield from on_2025(server_as, "textual")


def on_2025(server_as: Callable[[str], Server], name: str, **options: Any) -> Iterator[Any]:
    settings = settings_of(server_as("2025").endpoint)
    options = {**settings.pop("OPTIONS"), **options}
    with alias(name, options, NAME="master", **settings) as made:
        yield made


def column_types(native: Any, table: str) -> dict[str, str]:
    with native.cursor() as cursor:
        cursor.execute(
            "SELECT name, TYPE_NAME(user_type_id) FROM sys.columns WHERE object_id = OBJECT_ID(%s)",
            [table],
        )
        return dict(cursor.fetchall())


def test_columns_are_of_the_native_types_and_known_again(native: Any) -> None:
    with tables("native", Everything):
        types = column_types(native, "tests_everything")
        assert (types["uuid"], types["data"]) == ("uniqueidentifier", "json")
        introspection: DatabaseIntrospection = native.introspection
        with native.cursor() as cursor:
            described = introspection.get_table_description(cursor, "tests_everything")
        kinds = {column.name: introspection.get_field_type(column.type_code, column)
                 for column in described}  # fmt: skip
        assert (kinds["uuid"], kinds["data"]) == ("UUIDField", "JSONField")


def test_uuids_are_found_by_value_and_by_text(native: Any) -> None:
    with tables("native", Everything):
        everything = Everything.objects.using("native")
        others = [uuid.UUID(int=number) for number in range(8, MANY + 8)]
        one = everything.create(uuid=ONE)
        everything.bulk_create([Everything(uuid=TWO), Everything()])
        assert everything.get(pk=one.pk).uuid == ONE
        for lookup, value in (
            ("uuid", ONE), ("uuid", str(ONE)), ("uuid__in", [ONE]), ("uuid__iexact", ONE),
            ("uuid__icontains", "1234-5678"), ("uuid__startswith", "12345678-1234"),
            ("uuid__endswith", "ABCD"), ("uuid__in", [ONE, *others]),
        ):  # fmt: skip
            assert everything.filter(**{lookup: value}).get() == one, lookup
        assert everything.filter(uuid__isnull=True).count() == 1
        everything.filter(uuid=TWO).update(uuid=F("uuid"))
        assert set(everything.values_list(Coalesce("uuid", Value(TWO)), flat=True)) == {ONE, TWO}


def test_a_uuid_key_with_a_reference(native: Any) -> None:
    with isolate_apps("tests"):

        class Parcel(models.Model):
            id = models.UUIDField(primary_key=True, default=uuid.uuid4)

            class Meta:
                app_label = "tests"

        class Item(models.Model):
            parcel = models.ForeignKey(Parcel, models.CASCADE)

            class Meta:
                app_label = "tests"

    with tables("native", Parcel, Item):
        parcel = Parcel.objects.using("native").create()
        Item.objects.using("native").create(parcel=parcel)
        found = Item.objects.using("native").select_related("parcel").get(parcel__id=parcel.id)
        assert found.parcel_id == found.parcel.pk == parcel.pk
        assert column_types(native, "tests_item")["parcel_id"] == "uniqueidentifier"


def test_documents_are_stored_read_and_searched(native: Any) -> None:
    with tables("native", Everything):
        everything = Everything.objects.using("native")
        documents: list[Any] = [{"a": [1, {"b": "it's"}]}, [1, "x"], ["text"], [7], [], {"a": None}]
        made = [everything.create(data=document) for document in documents]
        everything.create()
        for row, document in zip(made, documents, strict=True):
            assert everything.get(pk=row.pk).data == document
            assert everything.filter(data=document).get() == row
            assert everything.filter(data__in=[document, "nowhere"]).get() == row
        assert everything.filter(data__a__1__b="it's").get() == made[0]
        assert everything.filter(data__contains={"a": [1]}).get() == made[0]
        assert everything.filter(data__has_key="a").count() == 2
        assert everything.filter(data__a=None).get() == made[5]
        assert everything.filter(data__isnull=True).count() == 1
        assert everything.filter(data__icontains="TEXT").get() == made[2]
        everything.filter(pk=made[3].pk).update(data={"new": 1})
        assert everything.get(pk=made[3].pk).data == {"new": 1}
        wrapped = everything.annotate(o=JSONObject(d="data")).get(pk=made[1].pk)
        assert wrapped.o == {"d": [1, "x"]}


def documented_migrations() -> list[Any]:
    """The operations of docs/schema.md that move columns to the native types."""
    text = (Path(__file__).parents[3] / "docs" / "schema.md").read_text()
    blocks = re.findall(r"^```python\n(migrations\.RunSQL.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [eval(block, {"migrations": migrations}) for block in blocks]


def test_columns_that_exist_move_as_documented(textual: Any, native: Any) -> None:
    with isolate_apps("tests"):

        class Thing(models.Model):
            token = models.UUIDField(null=True)
            data = models.JSONField(null=True)
            other = models.JSONField(default=list)

            class Meta:
                app_label = "tests"
                db_table = "app_thing"

    with textual.schema_editor() as editor:
        editor.create_model(Thing)
    try:
        documents = [{"a": [1, "x"]}, ["text"], None]
        for token, document in zip((ONE, TWO, None), documents, strict=True):
            Thing.objects.using("textual").create(token=token, data=document)
        assert set(column_types(textual, "app_thing").values()) == {"bigint", "char", "nvarchar"}
        (of_uuid, of_json) = documented_migrations()
        for operation in (of_uuid, of_json):
            with textual.schema_editor(atomic=True) as editor:
                operation.database_forwards("tests", editor, None, None)
        types = column_types(native, "app_thing")
        assert (types["token"], types["data"]) == ("uniqueidentifier", "json")
        assert types["other"] == "nvarchar"  # its check stayed: only named columns are moved
        things = Thing.objects.using("native").order_by("pk")
        assert list(things.values_list("token", "data")) == list(
            zip((ONE, TWO, None), documents, strict=True)
        )
        assert things.get(token=ONE) == things.get(data__a__1="x")
        with pytest.raises(IntegrityError), textual.cursor() as cursor:
            cursor.execute("UPDATE app_thing SET other = N'no JSON'")
    finally:
        with textual.schema_editor() as editor:
            editor.delete_model(Thing)


def test_an_older_server_has_no_type_json(django_db_blocker: Any) -> None:
    with (
        alias("native", {"native_json": True}) as made,
        pytest.raises(ImproperlyConfigured, match=r"2025 and Azure SQL; this is SQL Server 2022"),
    ):
        made.ensure_connection()


def test_without_the_options_the_types_stay_what_they_were() -> None:
    default = connections["default"]
    assert models.UUIDField().db_type(default) == "char(32)"
    assert models.JSONField().db_type(default) == "nvarchar(max)"
    assert not default.features.has_native_uuid_field
