"""Columns of datetime and smalldatetime, whose fields declare them by db_type()."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import isolate_apps
from hypothesis import given
from hypothesis import strategies as st

from mssql.tsql.types import Typed, compared
from tests.tables import create, models, rows, run

pytestmark = pytest.mark.django_db

UTC = datetime.timezone.utc
MOMENT = datetime.datetime(2024, 2, 29, 23, 59, 59, 997000, tzinfo=UTC)


class LegacyField(models.DateTimeField):
    """A column of datetime."""

    def db_type(self, connection: Any) -> str:
        return "datetime"


class MinuteField(models.DateTimeField):
    """A column of smalldatetime."""

    def db_type(self, connection: Any) -> str:
        return "smalldatetime"


@pytest.fixture
def visits() -> Iterator[Any]:
    with isolate_apps("tests"):

        class Visit(models.Model):
            at = LegacyField()
            minute = MinuteField()
            length = models.DurationField(default=datetime.timedelta(seconds=1))

            class Meta:
                app_label = "tests"

        create(Visit)
        table = connection.ops.quote_name(Visit._meta.db_table)
        run(
            f"INSERT INTO {table} ([at], [minute], [length])"
            " VALUES ('2024-02-29T23:59:59.997', '2024-02-29T23:59:00', 1000000)"
        )
        yield Visit.objects


def test_a_moment_is_found_by_what_was_read(visits: Any) -> None:
    visit = visits.get()
    assert visit.at == MOMENT
    assert visits.filter(at=visit.at, minute=visit.minute).count() == 1
    assert visits.filter(at__in=[visit.at]).count() == 1
    assert visits.filter(at__gte=visit.at, at__lte=visit.at).count() == 1
    assert visits.filter(at__gt=visit.at).count() == 0
    assert visits.filter(at__lt=MOMENT + datetime.timedelta(milliseconds=2)).count() == 1
    assert visits.filter(at__year=2024, at__date=MOMENT.date()).count() == 1
    visit.save()
    assert visits.filter(at=visit.at).count() == 1


def test_a_moment_is_compared_as_datetime(visits: Any) -> None:
    found = visits.filter(at=MOMENT).query.get_compiler("default").as_sql()
    assert found[1] == (Typed("2024-02-29T23:59:59.997", (12, 23, 0)),)
    # As datetime2 it is another moment since compatibility level 130.
    as_text = "SELECT 1 WHERE CAST('2024-02-29T23:59:59.997' AS datetime) = %s"
    assert rows(as_text, list(found[1])) == [(1,)]


def test_durations_are_added_and_taken_away(visits: Any) -> None:
    second = datetime.timedelta(seconds=1)
    found = visits.annotate(
        later=F("at") + datetime.timedelta(microseconds=5),
        earlier=F("at") - F("length"),
        sooner=F("minute") - datetime.timedelta(seconds=30, microseconds=1),
    ).get()
    tick = datetime.timedelta(microseconds=500)
    assert abs(found.later - MOMENT) < tick
    assert abs(found.earlier - (MOMENT - second)) < tick
    assert found.sooner == datetime.datetime(2024, 2, 29, 23, 58, 29, 999999, tzinfo=UTC)
    sql = str(visits.annotate(x=F("at") + second).query)
    assert "CAST([tests_visit].[at] AS datetime2)" in sql  # DATEADD of microseconds: error 9810


@given(microsecond=st.integers(0, 999_999))
def test_only_what_a_datetime_shows_is_bound_as_text(microsecond: int) -> None:
    value = datetime.datetime(2024, 1, 1, microsecond=microsecond)
    bound = compared(value, "datetime")
    ticks = {round(tick / 0.3) * 1000 for tick in range(300)}
    assert (bound is not value) == (microsecond in ticks)
    assert bound is value or datetime.datetime.fromisoformat(bound.value) == value
