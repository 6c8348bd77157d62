"""A server's names for the time zones of IANA.

SQL Server uses the names of Windows, from the Windows it runs on or, on Linux, from its own copy,
and CLDR maps them to the zones of IANA. Each of the three has its own age: an old server refuses a
new name (error 9820), and an old name may have other rules. So a name is used only if the server
has it and its time is the zone's.
https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-time-zone-info-transact-sql
"""

from __future__ import annotations

import datetime
from typing import Any, Iterable, Iterator, Mapping, Sequence

from tzlocal.windows_tz import tz_win, win_tz

from mssql.compat import iana_zone

TIME_ZONES_SQL = "SELECT name, current_utc_offset, SYSUTCDATETIME() FROM sys.time_zone_info"

_UTC = frozenset(
    (
        *("UTC", "UCT", "Universal", "Zulu", "GMT", "Greenwich"),
        *("Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "Etc/GMT", "Etc/Greenwich"),
    )
)

_YEAR = datetime.timedelta(days=365)
_WEEK = datetime.timedelta(days=7)

# Windows has most of its past rules since the turn of the century.
_PAST = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)


class TimeZones:
    """The time zones of one server, with their offsets from UTC at the time of reading."""

    def __init__(self, offsets: Mapping[str, datetime.timedelta], moment: datetime.datetime):
        self._offsets = {name.lower(): (name, offset) for name, offset in offsets.items()}
        self._moment = moment
        self._names: dict[str, str] = {}

    @classmethod
    def from_rows(cls, rows: Iterable[Sequence[Any]]) -> TimeZones:
        """Return the time zones in the rows of TIME_ZONES_SQL."""
        offsets = {}
        moment = datetime.datetime.now(datetime.timezone.utc)
        for name, offset, now in rows:
            offsets[name] = _offset(offset)
            moment = now.replace(tzinfo=datetime.timezone.utc)
        return cls(offsets, moment)

    def windows_name(self, name: str) -> str:
        """Return the server's name of an IANA time zone.

        Raises LookupError, with the reason and a remedy, if no zone of the server has its time.
        """
        if name not in self._names:
            self._names[name] = self._find(name)
        return self._names[name]

    def _find(self, name: str) -> str:
        zone = _zone(name)
        if zone is None:
            raise LookupError(
                "Python has no rules for it: install the package tzdata, or check its spelling."
            )
        windows = tz_win.get(name, "")
        fault = self._fault(windows, zone, self._moment - _YEAR)
        if not fault:
            return self._offsets[windows.lower()][0]
        others = self._others(zone)
        if not others:
            raise LookupError(fault)
        return others[0]

    def _others(self, zone: datetime.tzinfo) -> list[str]:
        """Return the names whose zones have long had the same time, the most similar first."""
        similar = [
            (-_similarity(zone, _zone(win_tz[name])), self._offsets[name.lower()][0])
            for name in win_tz
            if not self._fault(name, zone, _PAST)
        ]
        return [name for _, name in sorted(similar)]

    def _fault(self, name: str, zone: datetime.tzinfo, since: datetime.datetime) -> str:
        """Return why a Windows name is not a name of the zone, or "" if it is."""
        if not name:
            return "Windows has no name for it."
        if name.lower() not in self._offsets:
            return (
                f"the server lacks {name!r}, which CLDR maps to it: install the newest time zone "
                "update on the server."
            )
        offset, expected = self._offsets[name.lower()][1], _offset_at(zone, self._moment)
        if offset != expected:
            return (
                f"{name!r}, which CLDR maps to it, is at {_text(offset)} on the server, while "
                f"Python has it at {_text(expected)}: install the newest time zone update on the "
                "server, or the newest tzdata for Python."
            )
        representative = _zone(win_tz.get(name, ""))
        if representative is None:
            return f"Python has no rules for {name!r}, which CLDR maps to it: install tzdata."
        if not all(
            _offset_at(zone, moment) == _offset_at(representative, moment)
            for moment in _weeks(since, self._moment + 2 * _YEAR)
        ):
            return f"{name!r}, which CLDR maps to it, has another time."
        return ""


def is_utc(name: str) -> bool:
    """Return whether an IANA name is a name of UTC, which every server calls UTC."""
    return name in _UTC


def _zone(name: str | None) -> datetime.tzinfo | None:
    try:
        return iana_zone(name) if name else None
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return None


def _similarity(zone: datetime.tzinfo, other: datetime.tzinfo | None) -> int:
    """Return in how many weeks of the last decades of the past century both had the same time."""
    since = _PAST - 30 * _YEAR
    return sum(_offset_at(zone, week) == _offset_at(other, week) for week in _weeks(since, _PAST))


def _weeks(start: datetime.datetime, end: datetime.datetime) -> Iterator[datetime.datetime]:
    while start < end:
        yield start
        start += _WEEK


def _offset_at(zone: datetime.tzinfo | None, moment: datetime.datetime) -> datetime.timedelta:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None  # every zone of IANA has one
    return offset


def _offset(text: str) -> datetime.timedelta:
    """Return the offset that sys.time_zone_info writes as +05:30."""
    hours, _, minutes = text[1:].partition(":")
    size = datetime.timedelta(hours=int(hours), minutes=int(minutes))
    return -size if text.startswith("-") else size


def _text(offset: datetime.timedelta) -> str:
    sign = "-" if offset < datetime.timedelta(0) else "+"
    hours, minutes = divmod(abs(offset) // datetime.timedelta(minutes=1), 60)
    return f"{sign}{hours:02}:{minutes:02}"
