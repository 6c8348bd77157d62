"""Unique and check constraints with Django's meaning."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.test.utils import isolate_apps

from tests.tables import alter, constraints, create, models, named, on, rows

pytestmark = pytest.mark.django_db


def refused(model: Any, **values: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(**values)


@isolate_apps("tests")
def test_a_nullable_unique_column_takes_many_nulls_and_each_value_once() -> None:
    class Ticket(models.Model):
        seat = models.CharField(max_length=10, unique=True, null=True)

        class Meta:
            app_label = "tests"

    create(Ticket)
    Ticket.objects.create(seat=None)
    Ticket.objects.create(seat=None)
    Ticket.objects.create(seat="1A")
    refused(Ticket, seat="1A")


@isolate_apps("tests")
def test_unique_together_ignores_rows_with_a_null() -> None:
    class Booking(models.Model):
        day = models.IntegerField()
        seat = models.CharField(max_length=10, null=True)

        class Meta:
            app_label = "tests"
            unique_together = [("day", "seat")]

    create(Booking)
    for seat in (None, None, "1A", "1B"):
        Booking.objects.create(day=1, seat=seat)
    refused(Booking, day=1, seat="1A")
    with connection.schema_editor() as editor:
        editor.alter_unique_together(Booking, [("day", "seat")], [])
    assert on(Booking, "day", "seat") == []
    Booking.objects.create(day=1, seat="1A")


@isolate_apps("tests")
def test_nulls_distinct_false_takes_one_null() -> None:
    class Slot(models.Model):
        place = models.IntegerField(null=True)

        class Meta:
            app_label = "tests"
            constraints = [
                models.UniqueConstraint(fields=["place"], name="one_null", nulls_distinct=False)
            ]

    create(Slot)
    Slot.objects.create(place=None)
    refused(Slot, place=None)


@isolate_apps("tests")
def test_a_key_in_json_is_unique_where_it_is() -> None:
    class Passport(models.Model):
        data = models.JSONField()

        class Meta:
            app_label = "tests"
            constraints = [models.UniqueConstraint(F("data__it's %"), name="one_of_each")]
            indexes = [models.Index("data__size", name="by_size")]

    create(Passport)
    for key in ("a", "b"):
        Passport.objects.create(data={"it's %": key})
    for _ in range(2):
        Passport.objects.create(data={"other": 1})
    refused(Passport, data={"it's %": "b"})
    assert "by_size" in constraints(Passport)


@isolate_apps("tests")
def test_a_check_over_null_holds_in_validation_as_in_the_database() -> None:
    class Fare(models.Model):
        price = models.IntegerField(null=True, blank=True)

        class Meta:
            app_label = "tests"
            constraints = [models.CheckConstraint(condition=Q(price__gt=0), name="positive")]

    create(Fare)
    Fare.objects.create(price=None)
    Fare(price=None).full_clean()
    refused(Fare, price=0)
    with pytest.raises(ValidationError, match="positive"):
        Fare(price=0).full_clean()


@isolate_apps("tests")
@pytest.mark.parametrize(
    ("condition", "bound", "free"),
    [
        (Q(active=True), {"active": True}, {"active": False}),
        (Q(kind__in=["a", "b"]), {"kind": "b"}, {"kind": "c"}),
        (Q(active=True) | Q(kind="a"), {"active": True, "kind": "x"}, {"active": False}),
        (~Q(kind="a"), {"kind": "b"}, {"kind": "a"}),
        (Q(kind__startswith="a"), {"kind": "abc"}, {"kind": "ba"}),
    ],
)
def test_a_condition_binds_only_the_rows_that_meet_it(
    condition: Q, bound: dict[str, Any], free: dict[str, Any]
) -> None:
    class Coupon(models.Model):
        code = models.CharField(max_length=10, null=True)
        active = models.BooleanField(default=False)
        kind = models.CharField(max_length=10, default="z")

        class Meta:
            app_label = "tests"

    constraint = models.UniqueConstraint(fields=["code"], condition=condition, name="bound")
    create(Coupon)
    with connection.schema_editor() as editor:
        editor.add_constraint(Coupon, constraint)
    assert constraints(Coupon)["bound"]["unique"]
    for _ in range(2):
        Coupon.objects.create(code="x", **free)
        Coupon.objects.create(code=None, **bound)
    Coupon.objects.create(code="x", **bound)
    refused(Coupon, code="x", **bound)
    with connection.schema_editor() as editor:
        editor.remove_constraint(Coupon, constraint)
    Coupon.objects.create(code="x", **bound)
    assert {name for name in constraints(Coupon) if name == "bound"} == set()


@isolate_apps("tests")
def test_a_unique_expression_takes_many_nulls() -> None:
    class Word(models.Model):
        text = models.CharField(max_length=20, null=True, db_collation="Latin1_General_100_CS_AS")
        place = models.IntegerField(default=0)

        class Meta:
            app_label = "tests"
            constraints = [models.UniqueConstraint(Lower("text"), F("place").desc(), name="low")]

    create(Word)
    for text, place in ((None, 0), (None, 0), ("A", 0), ("A", 1)):
        Word.objects.create(text=text, place=place)
    refused(Word, text="a", place=1)
    assert set(rows_of(Word)) == {"id", "text", "place"}


def rows_of(model: Any) -> list[str]:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, model._meta.db_table)
    return [column.name for column in described]


@isolate_apps("tests")
def test_indexes_and_unique_constraints_cover_more_columns() -> None:
    class Parcel(models.Model):
        code = models.CharField(max_length=10)
        town = models.CharField(max_length=10, null=True)
        weight = models.IntegerField(default=0)
        notes = models.TextField(default="")

        class Meta:
            app_label = "tests"

    create(Parcel)
    index = models.Index(fields=["town"], name="by_town", include=["weight", "notes"])
    unique = models.UniqueConstraint(fields=["code"], name="one_code", include=["town"])
    some = models.UniqueConstraint(
        fields=["town"], name="one_heavy", include=["code"], condition=Q(weight__gt=9)
    )
    with connection.schema_editor() as editor:
        editor.add_index(Parcel, index)
        editor.add_constraint(Parcel, unique)
        editor.add_constraint(Parcel, some)
    covered = {
        name: [row[0] for row in rows(INCLUDED, [name])]
        for name in ("by_town", "one_code", "one_heavy")
    }
    assert covered == {
        "by_town": ["notes", "weight"],
        "one_code": ["town"],
        "one_heavy": ["code"],
    }
    Parcel.objects.create(code="a", town="x", weight=10)
    Parcel.objects.create(code="b", town="x")
    refused(Parcel, code="a", town="y")
    refused(Parcel, code="c", town="x", weight=11)
    alter(Parcel, "notes", named(Parcel, "remarks", models.CharField(max_length=50, null=True)))
    assert [row[0] for row in rows(INCLUDED, ["by_town"])] == ["remarks", "weight"]
    with connection.schema_editor() as editor:
        editor.remove_index(Parcel, index)
        editor.remove_constraint(Parcel, unique)
        editor.remove_constraint(Parcel, some)
    assert set(constraints(Parcel)) & set(covered) == set()


INCLUDED = """
SELECT c.name FROM sys.indexes AS i
JOIN sys.index_columns AS x ON x.object_id = i.object_id AND x.index_id = i.index_id
JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
WHERE i.name = %s AND x.is_included_column = 1 ORDER BY c.name"""


@isolate_apps("tests")
def test_check_constraints_are_enforced_and_removed() -> None:
    class Order(models.Model):
        price = models.DecimalField(max_digits=8, decimal_places=2, null=True)
        state = models.CharField(max_length=10, default="new")
        paid = models.BooleanField(default=False)

        class Meta:
            app_label = "tests"
            constraints = [
                models.CheckConstraint(condition=Q(price__gt=0) | Q(paid=True), name="priced"),
                models.CheckConstraint(condition=~Q(state__in=["100%", "it's"]), name="state"),
            ]

    create(Order)
    Order.objects.create(price="1.50")
    Order.objects.create(price=None)  # unknown is not false
    Order.objects.create(price="-1", paid=True)
    refused(Order, price="-1")
    refused(Order, price="1", state="100%")
    refused(Order, price="1", state="it's")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Order, Order._meta.constraints[0])
    Order.objects.create(price="-1")


@isolate_apps("tests")
def test_json_and_positive_fields_check_their_values() -> None:
    class Note(models.Model):
        data = models.JSONField(null=True)
        size = models.PositiveIntegerField(default=0)

        class Meta:
            app_label = "tests"

    create(Note)
    for value in ({"a": [1, None, "ü"]}, "text", 1, True, None, [1]):
        note = Note.objects.create(data=value)
        note.refresh_from_db()
        assert note.data == value
    refused(Note, size=-1)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO tests_note (data, size) VALUES (N'{', 0)")


@isolate_apps("tests")
def test_a_unique_column_keeps_its_meaning_as_it_becomes_nullable_and_back() -> None:
    class Plate(models.Model):
        number = models.CharField(max_length=10, unique=True)
        year = models.IntegerField(default=1)

        class Meta:
            app_label = "tests"
            unique_together = [("number", "year")]

    create(Plate)
    Plate.objects.create(number="A")
    nullable = alter(Plate, "number", models.CharField(max_length=10, unique=True, null=True))
    Plate.objects.create(number=None)
    Plate.objects.create(number=None)
    refused(Plate, number="A")
    Plate.objects.filter(number=None).delete()
    with connection.schema_editor() as editor:
        editor.alter_field(Plate, nullable, Plate._meta.get_field("number"), strict=True)
    refused(Plate, number="A", year=2)
    assert len(on(Plate, "number", unique=True)) == 1
    assert len(on(Plate, "number", "year", unique=True)) == 1
