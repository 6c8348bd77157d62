"""IANA's time zones under the names that a server has for them."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import NotSupportedError, connection
from django.db.models.functions import TruncHour
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from tzlocal.windows_tz import tz_win, win_tz

from mssql.expressions.dates import windows_time_zone
from mssql.expressions.time_zones import TimeZones
from tests.models import Event

UTC = datetime.timezone.utc
MOMENT = datetime.datetime(2026, 11, 30, 12, tzinfo=UTC)


def offsets(moment: datetime.datetime = MOMENT) -> dict[str, datetime.timedelta]:
    """The time zones of a server whose Windows is as new as the installed tzlocal."""
    zones = {name: moment.astimezone(ZoneInfo(iana)).utcoffset() for name, iana in win_tz.items()}
    return {name: offset for name, offset in zones.items() if offset is not None}


NEW = TimeZones(offsets(), MOMENT)


@pytest.mark.parametrize(
    ("iana", "windows"),
    [
        ("America/Chicago", "Central Standard Time"),
        ("Asia/Calcutta", "India Standard Time"),
        ("EST5EDT", "Eastern Standard Time"),
        ("CST6CDT", "Central Standard Time"),
        ("MST7MDT", "Mountain Standard Time"),
        ("PST8PDT", "Pacific Standard Time"),
        ("US/East-Indiana", "US Eastern Standard Time"),
        ("Europe/Uzhgorod", "FLE Standard Time"),
        ("Europe/Zaporozhye", "FLE Standard Time"),
    ],
)
def test_a_zone_has_the_name_of_the_one_with_its_time(iana: str, windows: str) -> None:
    assert NEW.windows_name(iana) == windows


@pytest.mark.parametrize(
    "iana",
    [
        "America/Scoresbysund",
        "Antarctica/Casey",
        "Antarctica/Vostok",
        "Antarctica/Troll",
        "No/Such",
    ],
)
def test_a_zone_without_a_name_is_refused(iana: str) -> None:
    with pytest.raises(LookupError):
        NEW.windows_name(iana)


@given(iana=st.sampled_from(sorted(filter(None, tz_win))), days=st.integers(-365, 730))
def test_a_name_is_that_of_a_zone_only_if_both_have_the_same_time(iana: str, days: int) -> None:
    try:
        name = NEW.windows_name(iana)
    except LookupError:
        return
    # Noon in Greenwich: neither changes its clock then.
    moment = MOMENT + datetime.timedelta(days=days)
    stands_for = moment.astimezone(ZoneInfo(win_tz[name])).utcoffset()
    assert moment.astimezone(ZoneInfo(iana)).utcoffset() == stands_for


def test_names_are_case_insensitive_and_written_as_on_the_server() -> None:
    shouting = {name.upper(): offset for name, offset in offsets().items()}
    assert TimeZones(shouting, MOMENT).windows_name("Asia/Tokyo") == "TOKYO STANDARD TIME"


def test_a_zone_whose_name_the_server_lacks_has_the_name_of_a_similar_one() -> None:
    old = offsets()
    del old["Singapore Standard Time"]
    found = TimeZones(old, MOMENT).windows_name("Asia/Singapore")
    assert old[found] == datetime.timedelta(hours=8)
    del old["Nepal Standard Time"]  # no other zone is at +05:45
    with pytest.raises(LookupError, match=r"lacks 'Nepal Standard Time'.*update on the server"):
        TimeZones(old, MOMENT).windows_name("Asia/Katmandu")


def test_a_zone_with_another_offset_on_the_server_is_refused() -> None:
    # As on a server without Kazakhstan's change of 2024.
    old = {**offsets(), "Qyzylorda Standard Time": datetime.timedelta(hours=6)}
    with pytest.raises(LookupError, match=r"at \+06:00 on the server.*has it at \+05:00"):
        TimeZones(old, MOMENT).windows_name("Asia/Qyzylorda")


@pytest.mark.parametrize(
    ("text", "minutes"), [("+05:30", 330), ("-09:30", -570), ("+00:00", 0), ("-00:30", -30)]
)
def test_rows_of_time_zone_info(text: str, minutes: int) -> None:
    moment = datetime.datetime(2026, 1, 1)
    zones = TimeZones.from_rows([["Some Standard Time", text, moment]])
    assert zones._offsets == {
        "some standard time": ("Some Standard Time", datetime.timedelta(minutes=minutes))
    }
    assert zones._moment == moment.replace(tzinfo=UTC)


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[TimeZones]:
    """The time zones that are read from a server for the first time."""
    monkeypatch.setattr("mssql.base._time_zones", {})
    read: list[TimeZones] = []
    from_rows = TimeZones.from_rows

    def watched(rows: Any) -> TimeZones:
        read.append(from_rows(rows))
        return read[-1]

    monkeypatch.setattr(TimeZones, "from_rows", watched)
    return read


@pytest.mark.django_db
def test_time_zones_are_read_once_and_only_for_a_zone(readings: list[TimeZones]) -> None:
    Event.objects.create(at=MOMENT)
    assert Event.objects.annotate(x=TruncHour("at", tzinfo=UTC)).get().x == MOMENT
    assert not readings
    for zone in ("Europe/Berlin", "Asia/Kolkata", "EST5EDT"):
        Event.objects.annotate(x=TruncHour("at", tzinfo=ZoneInfo(zone))).get()
    assert len(readings) == 1


@pytest.mark.django_db
def test_reading_time_zones_is_not_a_query_of_the_application(readings: list[TimeZones]) -> None:
    with CaptureQueriesContext(connection) as queries:
        windows_time_zone("Europe/Berlin", connection)  # type: ignore[arg-type]
    assert (len(queries), len(readings)) == (0, 1)


@pytest.mark.django_db
def test_an_alias_of_a_zone_has_the_same_time() -> None:
    event = Event.objects.create(at=datetime.datetime(2024, 7, 1, 12, 30, tzinfo=UTC))
    for alias, name in (("EST5EDT", "America/New_York"), ("Europe/Uzhgorod", "Europe/Kyiv")):
        found = Event.objects.annotate(x=TruncHour("at", tzinfo=ZoneInfo(alias))).get(pk=event.pk)
        assert found.x == event.at.astimezone(ZoneInfo(name)).replace(minute=0)


@pytest.mark.django_db
def test_a_time_zone_that_windows_lacks_is_named() -> None:
    with pytest.raises(NotSupportedError, match=r"'Antarctica/Troll'.*convert in Python"):
        windows_time_zone("Antarctica/Troll", connection)  # type: ignore[arg-type]
