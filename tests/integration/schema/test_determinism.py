"""Computed columns and filters that SQL Server accepts: deterministic, precise, of the type.

The computed column of an index is stored (PERSISTED) if it is imprecise, as floats are (error
2799); literals of dates and times are deterministic (2729, 4936); a filter's constants are of the
column's type or a lower one (10611).
"""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import (
    Cast,
    ExtractIsoWeekDay,
    ExtractIsoYear,
    ExtractWeekDay,
    Greatest,
    Least,
    Sqrt,
    TruncWeek,
)
from django.test.utils import isolate_apps

from tests.tables import constraints, create, models, rows, run

pytestmark = pytest.mark.django_db

A_FLOAT = models.FloatField()
UUID = uuid.UUID(int=5)


def add(model: Any, constraint: Any) -> None:
    with connection.schema_editor() as editor:
        if isinstance(constraint, models.Index):
            editor.add_index(model, constraint)
        else:
            editor.add_constraint(model, constraint)


def made() -> Any:
    """A model with its table."""

    class Thing(models.Model):
        day = models.DateField(null=True)
        f = models.FloatField(null=True)
        n = models.IntegerField(null=True)
        big = models.BigIntegerField(null=True)
        span = models.DurationField(null=True)
        time = models.TimeField(null=True)
        number = models.UUIDField(null=True)

        class Meta:
            app_label = "tests"

    create(Thing)
    return Thing


@isolate_apps("tests")
@pytest.mark.parametrize(
    "expression",
    [
        F("f") * 2,
        Sqrt("n"),
        Cast("n", models.FloatField()),
        Greatest("n", Value(3)),
        Least("n", Value(7)),
        F("n") ** 2,
        ExtractWeekDay("day"),
        ExtractIsoWeekDay("day"),
        ExtractIsoYear("day"),
        TruncWeek("day"),
    ],
)
@pytest.mark.parametrize("unique", [False, True])
def test_an_expression_is_indexed(expression: Any, unique: bool) -> None:
    model = made()
    constraint = models.UniqueConstraint if unique else models.Index
    add(model, constraint(expression, name="by_expression"))
    assert "by_expression" in constraints(model)


@isolate_apps("tests")
@pytest.mark.parametrize(
    "constraint",
    [
        models.UniqueConstraint(fields=["n"], condition=~Q(f__range=(1, 2)), name="one"),
        models.UniqueConstraint(fields=["f"], condition=Q(n=1) | Q(n=2), name="one"),
        models.UniqueConstraint(F("f"), "n", name="one"),
        models.UniqueConstraint(Sqrt("f"), name="one"),
        models.UniqueConstraint(
            fields=["n"], condition=Q(time=datetime.time(1, 2, 3)) | Q(n=2), name="one"
        ),
        models.UniqueConstraint(
            fields=["n"], condition=Q(day__gt=datetime.date(2020, 1, 2)) | Q(n=2), name="one"
        ),
        models.UniqueConstraint(fields=["n"], condition=Q(number=UUID) | Q(n=2), name="one"),
    ],
)
def test_rows_are_exempt_from_a_unique_constraint(constraint: Any) -> None:
    model = made()
    add(model, constraint)
    assert "one" in constraints(model)


@isolate_apps("tests")
@pytest.mark.parametrize(
    "condition",
    [
        Q(number=UUID),
        Q(number__in=[UUID, uuid.UUID(int=6)]),
        Q(big__gt=10**12),
        Q(span__gt=datetime.timedelta(days=1)),
        Q(day__gt=datetime.date(2020, 1, 2)),
        Q(time__gt=datetime.time(1, 2, 3, 456789)),
        Q(f__gt=1.5),
    ],
)
def test_a_filter_takes_its_constant(condition: Q) -> None:
    model = made()
    add(model, models.Index(fields=["n"], condition=condition, name="some"))
    add(model, models.UniqueConstraint(fields=["big"], condition=condition, name="other"))
    assert {"some", "other"} <= set(constraints(model))


@isolate_apps("tests")
@pytest.mark.parametrize("unique", [False, True])
def test_a_table_from_before_use_tz_takes_a_filter(unique: bool) -> None:
    class Thing(models.Model):
        at = models.DateTimeField()
        n = models.IntegerField()

        class Meta:
            app_label = "tests"

    run("CREATE TABLE tests_thing (id bigint IDENTITY PRIMARY KEY, at datetime2, n int)")
    day = datetime.datetime(2015, 1, 1, tzinfo=datetime.timezone.utc)
    constraint = models.UniqueConstraint if unique else models.Index
    add(Thing, constraint(fields=["n"], condition=Q(at__gt=day), name="recent"))
    ((filter_,),) = rows("SELECT filter_definition FROM sys.indexes WHERE name = N'recent'")
    assert "datetime2" in filter_
    with connection.schema_editor() as editor:
        assert editor.quote_value(day) == (
            "CONVERT(datetimeoffset, '2015-01-01T00:00:00+00:00', 126)"
        )


@isolate_apps("tests")
def test_a_filter_of_uuids_is_kept() -> None:
    model = made()
    add(model, models.UniqueConstraint(fields=["n"], condition=Q(number=UUID), name="some"))
    model.objects.create(number=UUID, n=1)
    model.objects.create(number=uuid.UUID(int=6), n=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(number=UUID, n=1)


@isolate_apps("tests")
def test_a_week_day_is_stored() -> None:
    class Day(models.Model):
        day = models.DateField()
        number = models.GeneratedField(
            expression=ExtractIsoWeekDay("day"),
            output_field=models.IntegerField(),
            db_persist=True,
        )
        is_early = models.GeneratedField(
            expression=Q(at__lt=datetime.time(9, 30)),
            output_field=models.BooleanField(),
            db_persist=True,
        )
        at = models.TimeField()

        class Meta:
            app_label = "tests"

    create(Day)
    Day.objects.create(day=datetime.date(2024, 2, 29), at=datetime.time(9, 29, 59, 999999))
    assert Day.objects.values_list("number", "is_early").get() == (4, True)


def test_a_time_keeps_its_microseconds_in_a_literal() -> None:
    run("CREATE TABLE tests_times (t time)")
    sql = connection.schema_editor().quote_value(datetime.time(1, 2, 3, 456789))
    assert sql == "CONVERT(time, '01:02:03.456789', 114)"
    run(f"INSERT INTO tests_times VALUES ({sql})")
    assert rows("SELECT t FROM tests_times") == [(datetime.time(1, 2, 3, 456789),)]
