"""Features of Django 5.2 to 6.1: aggregates, values that an update returns, cascades."""

from __future__ import annotations

from typing import Any

import django
import pytest
from django.db import IntegrityError, ProgrammingError, connection, models, transaction
from django.db.models import F, Q, Value, aggregates
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext, isolate_apps

from tests.models import Author, Book, Everything
from tests.tables import create, rows

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
    result = Everything.objects.aggregate(
        a=newer.BitAnd("big"), o=newer.BitOr("big"), x=newer.BitXor("big")
    )
    assert (result["a"], result["o"], result["x"]) == expected


@before_6_0
def test_aggregates_of_text_and_of_any_value() -> None:
    ann = Author.objects.create(name="Ann")
    for title, pages in (("b", 1), ("a", 2), ("c", 3)):
        Book.objects.create(author=ann, title=title, pages=pages)
    result = Author.objects.values("name").annotate(
        titles=newer.StringAgg("books__title", Value(", "), order_by="-books__pages"),
        long=newer.StringAgg("books__title", Value("/"), filter=Q(books__pages__gt=1)),
        any=newer.AnyValue("books__author__name"),
    )
    assert result.get()["titles"] == "c, a, b"
    assert sorted(result.get()["long"].split("/")) == ["a", "c"]
    assert result.get()["any"] == "Ann"
    last = newer.StringAgg("title", Value(" "), order_by=[Q(title="a"), "title"])
    assert Book.objects.aggregate(titles=last) == {"titles": "b c a"}
    first = newer.StringAgg("title", Value(" "), order_by="-title")
    with pytest.raises(ProgrammingError, match=r"error 8711.*the same order_by"):
        Book.objects.aggregate(last=last, first=first)


@before_6_0
@isolate_apps("tests")
def test_an_update_returns_computed_values() -> None:
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
def test_the_database_cascades_and_sets_null() -> None:
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


@before_6_1
@isolate_apps("tests")
def test_the_database_sets_the_default() -> None:
    on_delete: Any = models

    class Shelter(models.Model):
        name = models.CharField(max_length=9)

        class Meta:
            app_label = "tests"

    class Cat(models.Model):
        home = models.ForeignKey(Shelter, on_delete.DB_SET_DEFAULT, db_default=Value(1))

        class Meta:
            app_label = "tests"

    create(Shelter, Cat)
    first, second = (Shelter.objects.create(name=name) for name in "ab")
    cat: Any = Cat.objects.create(home=second)
    with CaptureQueriesContext(connection) as queries:
        Shelter.objects.filter(name="b").delete()
    assert len(queries) == 1
    cat.refresh_from_db()
    assert cat.home == first
    with pytest.raises(IntegrityError), transaction.atomic():
        first.delete()


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


@isolate_apps("tests")
def test_rows_are_stored_and_changed_by_a_composite_key() -> None:
    class Spot(models.Model):
        pk = models.CompositePrimaryKey("row", "number")
        row = models.SmallIntegerField()
        number = models.IntegerField()
        holder = models.CharField(max_length=9, default="")

        class Meta:
            app_label = "tests"

    create(Spot)
    spots = Spot.objects.bulk_create(Spot(row=r, number=n) for r in (1, 2) for n in (1, 2))
    assert Spot.objects.in_bulk([(1, 2), (2, 1), (3, 3)]) == {(1, 2): spots[1], (2, 1): spots[2]}
    spots[0].holder = "Ann"
    spots[0].save()
    spots[1].holder, spots[2].holder = "Bob", "Cid"
    assert Spot.objects.bulk_update(spots[1:3], ["holder"]) == 2
    Spot.objects.bulk_create(
        [Spot(row=2, number=2, holder="Dora"), Spot(row=9, number=9, holder="Eve")],
        update_conflicts=True,
        update_fields=["holder"],
        unique_fields=["row", "number"],
    )
    assert (
        Spot.objects.filter(pk__in=[(1, 1), (9, 9)]).update(holder=Concat("holder", Value("!")))
        == 2
    )
    assert list(Spot.objects.order_by("-pk").values_list("pk", "holder")) == [
        ((9, 9), "Eve!"), ((2, 2), "Dora"), ((2, 1), "Cid"), ((1, 2), "Bob"), ((1, 1), "Ann!"),
    ]  # fmt: skip
    spot, made = Spot.objects.update_or_create(pk=(1, 2), defaults={"holder": "Bo"})
    assert (spot.holder, made) == ("Bo", False)
    assert spot.delete()[0] == 1
    assert Spot.objects.filter(row=2).delete()[0] == 2
    assert Spot.objects.count() == 2
