"""The models that the tests of queries run on."""

from __future__ import annotations

from typing import Any

import django
from django.db import models
from django.db.models.functions import Now

# Models for the Django versions that have their parts.
Defaults: Any = None
Seat: Any = None


class Author(models.Model):
    name = models.CharField(max_length=50)
    alias = models.CharField(max_length=50, null=True, blank=True)
    age = models.IntegerField(null=True)
    is_active = models.BooleanField(default=True)
    score = models.FloatField(null=True)
    biography = models.TextField(default="")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    name = models.CharField(max_length=30, unique=True)


class Book(models.Model):
    title = models.CharField(max_length=100)
    author = models.ForeignKey(Author, models.CASCADE, related_name="books")
    editor = models.ForeignKey(Author, models.SET_NULL, null=True, related_name="edited")
    tags = models.ManyToManyField(Tag, related_name="books")
    pages = models.IntegerField(default=0)
    price = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    rating = models.FloatField(null=True)
    published = models.DateField(null=True)


class Event(models.Model):
    name = models.CharField(max_length=50, default="")
    at = models.DateTimeField(null=True)
    day = models.DateField(null=True)
    clock = models.TimeField(null=True)
    length = models.DurationField(null=True)


class Document(models.Model):
    name = models.CharField(max_length=50, default="")
    data = models.JSONField(null=True)


class Everything(models.Model):
    """A column of every type that Django has."""

    uuid = models.UUIDField(null=True)
    blob = models.BinaryField(null=True)
    small = models.SmallIntegerField(null=True)
    big = models.BigIntegerField(null=True)
    price = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    ratio = models.FloatField(null=True)
    flag = models.BooleanField(null=True)
    text = models.TextField(null=True)
    char = models.CharField(max_length=40, null=True)
    address = models.GenericIPAddressField(null=True)
    at = models.DateTimeField(null=True)
    day = models.DateField(null=True)
    clock = models.TimeField(null=True)
    length = models.DurationField(null=True)
    data = models.JSONField(null=True)


class Stock(models.Model):
    """Two unique keys, one of them of two columns, for conflicts."""

    code = models.CharField(max_length=20, unique=True)
    shelf = models.IntegerField(default=0)
    place = models.IntegerField(default=0)
    amount = models.IntegerField(default=0)

    class Meta:
        unique_together = [("shelf", "place")]


class Account(models.Model):
    """One unique key, for conflicts."""

    owner = models.CharField(max_length=30, unique=True, null=True)
    balance = models.IntegerField(default=0)


if django.VERSION >= (5, 0):

    class Defaults(models.Model):  # type: ignore[no-redef]
        """Values that the server computes."""

        created = models.DateTimeField(db_default=Now())
        count = models.IntegerField(db_default=7)
        name = models.CharField(max_length=20, db_default="it's N")
        double = models.GeneratedField(
            expression=models.F("count") * 2, output_field=models.IntegerField(), db_persist=True
        )


class Odd(models.Model):
    """Names that require quotes."""

    order = models.IntegerField(db_column="order ] by", default=0)
    percent = models.IntegerField(db_column="100%", default=0)

    class Meta:
        db_table = "tests odd [table]"


class Place(models.Model):
    name = models.CharField(max_length=50)


class Restaurant(Place):
    serves_pizza = models.BooleanField(default=False)


if django.VERSION >= (5, 2):

    class Seat(models.Model):  # type: ignore[no-redef]
        pk = models.CompositePrimaryKey("row", "number")
        row = models.IntegerField()
        number = models.IntegerField()
        holder = models.CharField(max_length=30, default="")
