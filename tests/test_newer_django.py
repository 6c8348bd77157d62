"""What came with Django 5.2 to 6.1: aggregates, values that an update gives back, cascades."""

from __future__ import annotations

from typing import Any

import django
import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F, Q, Value, aggregates
from django.test.utils import CaptureQueriesContext, isolate_apps

from tests.tables import create, rows

from .models import Author, Book, Everything

pytestmark = pytest.mark.django_db
before_6_0 = pytest.mark.skipif(django.VERSION < (6, 0), reason="Django 6.0")
before_6_1 = pytest.mark.skipif(django.VERSION < (6, 1), reason="Django 6.1")
newer: Any = aggregates


@before_6_1
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([5, 3], (1, 7, 6)),
        ([-1, 6], (6, -1, -7)),
        ([-(2**63), 2**63 - 1], (0, -1, -1)),
        ([12, 10, 6], (0, 14, 0)),
        ([9], (9, 9, 9)),
        ([None, 6], (6, 6, 6)),
        ([], (None, None, None)),
    ],
)
def test_bit_aggregates(values: list[int | None], expected: tuple[int | None, ...]) -> None:
    Everything.objects.bulk_create(Everything(big=value) for value in values)
    found = Everything.objects.aggregate(
        a=newer.BitAnd("big"), o=newer.BitOr("big"), x=newer.BitXor("big")
    )
    assert (found["a"], found["o"], found["x"]) == expected


@before_6_0
def test_aggregates_of_text_and_of_any_value() -> None:
    ann = Author.objects.create(name="Ann")
    for title, pages in (("b", 1), ("a", 2), ("c", 3)):
        Book.objects.create(author=ann, title=title, pages=pages)
    found = Author.objects.values("name").annotate(
        titles=newer.StringAgg("books__title", Value(", "), order_by="-books__pages"),
        long=newer.StringAgg("books__title", Value("/"), filter=Q(books__pages__gt=1)),
        any=newer.AnyValue("books__author__name"),
    )
    assert found.get()["titles"] == "c, a, b"
    assert sorted(found.get()["long"].split("/")) == ["a", "c"]
    assert found.get()["any"] == "Ann"


@before_6_0
@isolate_apps("tests")
def test_an_update_gives_back_what_the_server_made_of_it() -> None:
    class Box(models.Model):
        width = models.IntegerField(default=1)
        area = models.GeneratedField(
            expression=F("width") * F("width"),
            output_field=models.IntegerField(),
            db_persist=True,
        )

        class Meta:
            app_label = "tests"

    create(Box)
    box: Any = Box.objects.create(width=3)
    assert box.area == 9
    box.width = F("width") + 1
    with CaptureQueriesContext(connection) as queries:
        box.save()
        assert (box.width, box.area) == (4, 16)
    assert sum("SELECT" in query["sql"] for query in queries) == len(queries) == 1
    assert "OUTPUT INSERTED" in queries[0]["sql"]


@before_6_1
@isolate_apps("tests")
def test_the_database_cascades_sets_null_and_sets_the_default() -> None:
    on_delete: Any = models

    class Owner(models.Model):
        class Meta:
            app_label = "tests"

    class Pet(models.Model):
        owner = models.ForeignKey(Owner, on_delete.DB_CASCADE)

        class Meta:
            app_label = "tests"

    class Toy(models.Model):
        pet = models.ForeignKey(Pet, on_delete.DB_SET_NULL, null=True)

        class Meta:
            app_label = "tests"

    create(Owner, Pet, Toy)
    toy: Any = Toy.objects.create(pet=Pet.objects.create(owner=Owner.objects.create()))
    with CaptureQueriesContext(connection) as queries:
        Owner.objects.all().delete()
    assert len(queries) == 1
    assert Pet.objects.count() == 0
    toy.refresh_from_db()
    assert toy.pet_id is None


@isolate_apps("tests")
def test_composite_keys_are_keys() -> None:
    class Spot(models.Model):
        pk = models.CompositePrimaryKey("row", "number")
        row = models.SmallIntegerField()
        number = models.IntegerField()

        class Meta:
            app_label = "tests"

    create(Spot)
    Spot.objects.create(pk=(1, 2))
    with pytest.raises(IntegrityError), transaction.atomic():
        Spot.objects.bulk_create([Spot(row=1, number=2)])
    assert rows("SELECT row, number FROM tests_spot") == [(1, 2)]
