"""Dates, times, time zones and durations, with and without USE_TZ."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DataError
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Value
from django.db.models.functions import (
    ExtractIsoWeekDay,
    ExtractIsoYear,
    ExtractQuarter,
    ExtractWeek,
    ExtractWeekDay,
    ExtractYear,
    Now,
    TruncDate,
    TruncDay,
    TruncHour,
    TruncMonth,
    TruncQuarter,
    TruncSecond,
    TruncTime,
    TruncWeek,
    TruncYear,
)
from django.test import override_settings
from django.test.utils import isolate_apps, register_lookup
from django.utils import timezone

from tests.models import Event
from tests.tables import create, models, rows

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")
UTC = datetime.timezone.utc


def at(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


def value_of(event: Event, expression: Any) -> Any:
    return Event.objects.annotate(value=expression).values_list("value", flat=True).get(pk=event.pk)


def test_truncation_follows_daylight_saving_time() -> None:
    # 2024-03-31 is the day on which Berlin goes from UTC+1 to UTC+2.
    event = Event.objects.create(at=at(2024, 3, 31, 21, 30, 15))  # 23:30:15 in Berlin
    winter = datetime.datetime(2024, 3, 31, tzinfo=BERLIN)
    assert value_of(event, TruncDay("at", tzinfo=BERLIN)) == winter
    assert winter.utcoffset() == datetime.timedelta(hours=1)
    assert value_of(event, TruncHour("at", tzinfo=BERLIN)) == datetime.datetime(
        2024, 3, 31, 23, tzinfo=BERLIN
    )
    assert value_of(event, TruncDate("at", tzinfo=BERLIN)) == datetime.date(2024, 3, 31)
    assert value_of(event, TruncTime("at", tzinfo=BERLIN)) == datetime.time(23, 30, 15)
    assert value_of(event, TruncMonth("at", tzinfo=BERLIN)).utcoffset() == datetime.timedelta(
        hours=1
    )


def test_truncation_of_each_unit() -> None:
    event = Event.objects.create(
        at=at(2024, 8, 15, 13, 45, 59, 999999), day=datetime.date(2024, 8, 15)
    )
    with timezone.override(UTC):
        assert value_of(event, TruncYear("at")) == at(2024, 1, 1)
        assert value_of(event, TruncQuarter("at")) == at(2024, 7, 1)
        assert value_of(event, TruncWeek("at")) == at(2024, 8, 12)
        assert value_of(event, TruncSecond("at")) == at(2024, 8, 15, 13, 45, 59)
    assert value_of(event, TruncQuarter("day")) == datetime.date(2024, 7, 1)
    assert value_of(event, TruncWeek("day")) == datetime.date(2024, 8, 12)


@pytest.mark.parametrize(
    ("day", "week_day", "iso_week_day", "week", "iso_year"),
    [
        (datetime.date(2023, 1, 1), 1, 7, 52, 2022),  # a Sunday
        (datetime.date(2024, 12, 30), 2, 1, 1, 2025),  # a Monday
        (datetime.date(2021, 1, 1), 6, 5, 53, 2020),  # a Friday
        (datetime.date(1850, 7, 4), 5, 4, 27, 1850),  # a Thursday, before 1900
    ],
)
def test_parts_of_weeks(
    day: datetime.date, week_day: int, iso_week_day: int, week: int, iso_year: int
) -> None:
    event = Event.objects.create(day=day)
    assert value_of(event, ExtractWeekDay("day")) == week_day
    assert value_of(event, ExtractIsoWeekDay("day")) == iso_week_day
    assert value_of(event, ExtractWeek("day")) == week
    assert value_of(event, ExtractIsoYear("day")) == iso_year
    assert value_of(event, ExtractQuarter("day")) == (day.month + 2) // 3


def test_lookups_use_the_current_time_zone() -> None:
    Event.objects.create(at=at(2023, 12, 31, 23, 30))  # the next year in Berlin
    with timezone.override(BERLIN):
        assert Event.objects.filter(at__year=2024).count() == 1
        assert Event.objects.filter(at__hour=0).count() == 1
        assert Event.objects.filter(at__date=datetime.date(2024, 1, 1)).count() == 1
        assert list(Event.objects.datetimes("at", "day")) == [
            datetime.datetime(2024, 1, 1, tzinfo=BERLIN)
        ]
    with timezone.override(datetime.timezone(datetime.timedelta(hours=-5, minutes=-30))):
        assert Event.objects.filter(at__hour=18, at__minute=0).count() == 1


def test_datetimes_compare_across_offsets() -> None:
    Event.objects.create(at=datetime.datetime(2024, 1, 1, 12, tzinfo=BERLIN))
    assert Event.objects.filter(at=at(2024, 1, 1, 11)).count() == 1
    assert Event.objects.filter(at__lt=at(2024, 1, 1, 11)).count() == 0
    assert Event.objects.get().at == at(2024, 1, 1, 11)


def test_durations_are_added_and_subtracted() -> None:
    length = datetime.timedelta(days=40_000, hours=1, microseconds=5)
    event = Event.objects.create(
        at=at(2024, 1, 31, 12),
        day=datetime.date(2024, 1, 31),
        clock=datetime.time(23),
        length=length,
    )
    assert value_of(event, F("at") + F("length")) == event.at + length
    assert value_of(event, F("at") - F("length")) == event.at - length
    assert value_of(event, F("day") + datetime.timedelta(hours=30)) == datetime.datetime(
        2024, 2, 1, 6
    ).replace(tzinfo=UTC)
    assert value_of(event, F("clock") + datetime.timedelta(hours=2)) == datetime.time(1)
    assert value_of(event, F("at") - at(2024, 1, 30)) == datetime.timedelta(days=1, hours=12)
    twice = ExpressionWrapper(F("length") * 2, DurationField())
    assert value_of(event, twice) == length * 2
    assert value_of(event, F("length") - datetime.timedelta(days=40_000)) == datetime.timedelta(
        hours=1, microseconds=5
    )
    assert Event.objects.filter(at__gt=F("at") - F("length")).count() == 1


def test_now_is_the_current_time() -> None:
    event = Event.objects.create()
    now = value_of(event, Now())
    assert abs(now - timezone.now()) < datetime.timedelta(minutes=1)
    Event.objects.update(at=Now())
    assert Event.objects.filter(at__lte=Now()).count() == 1


def test_a_local_time_after_the_end_of_the_calendar_is_a_data_error() -> None:
    # As a datetime2 column in a connection whose TIME_ZONE is not UTC.
    with pytest.raises(DataError, match="9813"):
        rows("SELECT CAST('0001-01-01' AS datetime2) AT TIME ZONE 'Tokyo Standard Time'")


@isolate_apps("tests")
def test_the_year_of_a_key_that_is_a_datetime() -> None:
    class Day(models.Model):
        date = models.DateTimeField(primary_key=True)

        class Meta:
            app_label = "tests"

    class Visit(models.Model):
        day = models.ForeignKey(Day, models.CASCADE)

        class Meta:
            app_label = "tests"

    create(Day, Visit)
    visit = Visit.objects.create(day=Day.objects.create(date=at(2020, 12, 10)))
    with register_lookup(Visit._meta.get_field("day"), ExtractYear):
        assert Visit.objects.filter(day__year=2020).get() == visit
        assert Visit.objects.filter(day__year=2021).count() == 0


def test_text_lookups_on_dates() -> None:
    Event.objects.create(day=datetime.date(2024, 2, 29))
    assert Event.objects.filter(day__startswith="2024-02").count() == 1
    assert Event.objects.filter(day__contains="-29").count() == 1


def test_dates_and_times_of_fields_without_a_zone_are_not_converted() -> None:
    event = Event.objects.create(day=datetime.date(2024, 2, 29), clock=datetime.time(23, 30, 15))
    with timezone.override(BERLIN):
        assert value_of(event, TruncDate("day")) == event.day
        assert value_of(event, TruncTime("clock")) == event.clock


def test_parts_of_null_are_null() -> None:
    event = Event.objects.create(at=at(2024, 2, 29))
    null = Value(None, output_field=DateTimeField())
    with timezone.override(UTC):
        for expression in (ExtractWeek(null), TruncDay(null), TruncDate(null), F("at") - null):
            assert value_of(event, expression) is None
            # A bare NULL is refused by DATEPART and its like: error 8116.
            sql = str(Event.objects.annotate(x=expression).query)
            assert "CAST(NULL AS datetimeoffset)" in sql


@pytest.mark.parametrize("moment", [at(1, 1, 1), at(9999, 12, 31, 23, 59, 59)])
def test_a_moment_at_the_end_of_the_calendar_has_its_parts_in_utc(
    moment: datetime.datetime,
) -> None:
    event = Event.objects.create(at=moment)
    with timezone.override(UTC):
        assert value_of(event, TruncDate("at")) == moment.date()
        assert value_of(event, TruncHour("at")) == moment.replace(minute=0, second=0)


def test_without_use_tz_a_naive_datetime_is_utc_in_a_column_with_offsets() -> None:
    noon = datetime.datetime(2024, 6, 2, 12, 30)  # a Sunday, in summer time
    early = datetime.datetime(999, 6, 15, 14, 30, 50, 321)  # when offsets had seconds
    with override_settings(USE_TZ=False):
        event, old = (Event.objects.create(name="naive", at=moment) for moment in (noon, early))
        event.refresh_from_db()
        old.refresh_from_db()
        assert (event.at, old.at) == (noon, early)
        found = Event.objects.filter(at=noon, at__hour=12, at__week_day=1)
        assert found.get() == event
        assert found.annotate(x=TruncYear("at")).get().x == datetime.datetime(2024, 1, 1)
        assert not found.filter(at=TruncHour("at")).exists()
        hours = Event.objects.annotate(x=TruncHour("at")).order_by("x").values_list("x", flat=True)
        assert list(hours) == [at_hour(early), at_hour(noon)]
    event.refresh_from_db()
    assert event.at == at(2024, 6, 2, 12, 30)


def at_hour(moment: datetime.datetime) -> datetime.datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
