"""Queries of the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet, Window
from django.db.models.functions import Lag, Rank, TruncWeek
from django.utils.timezone import get_current_timezone

from examples.flights.models import Flight

YEAR = 2013
LATE = 15  # minutes; a flight is late from here on (the United States' own definition)


def weekly_delays(month: int) -> QuerySet[Flight, dict[str, Any]]:
    """Each airline's flights, cancellations and delays in a month, ranked within each week."""
    zone = get_current_timezone()
    first = datetime(YEAR, month, 1, tzinfo=zone)
    after = datetime(YEAR + month // 12, month % 12 + 1, 1, tzinfo=zone)
    return (
        Flight.objects.filter(
            scheduled_departure__gte=first,
            scheduled_departure__lt=after,
        )
        .annotate(week=TruncWeek("scheduled_departure"))
        .values("week", "airline_id", "airline__name")
        .annotate(
            flights=Count("id"),
            cancellations=Count("id", filter=Q(cancelled=1)),
            late=Count("id", filter=Q(arrival_delay__gte=LATE)),
            mean_delay=Avg("arrival_delay"),
        )
        .annotate(rank=Window(Rank(), partition_by="week", order_by=F("late").desc()))
        .order_by("week", "rank", "airline_id")
    )


def legs_of_plane(flight: Flight) -> QuerySet[Flight]:
    """Return the plane's flights of the same month, each with its previous airport."""
    month = flight.scheduled_departure.replace(day=1, hour=0, minute=0)
    return Flight.objects.filter(
        plane_id=flight.plane_id,
        scheduled_departure__gte=month,
        scheduled_departure__lte=flight.scheduled_departure,
    ).annotate(
        came_from=Window(
            Lag("destination_id"),
            partition_by="plane_id",
            order_by=["scheduled_departure", "id"],
        )
    )


def latest_departures(count: int = 40) -> QuerySet[Flight]:
    """Return the last departures of the year; each needs further queries for airline and plane."""
    return Flight.objects.order_by("-scheduled_departure", "-id")[:count]


def latest_departures_at_once(count: int = 40) -> QuerySet[Flight]:
    """The same with everything the page shows in one statement."""
    return Flight.objects.select_related("airline", "plane", "destination").order_by(
        "-scheduled_departure", "-id"
    )[:count]


def flights_by_distance(miles: int) -> QuerySet[Flight]:
    """Return every flight of that distance; without an index on it, all rows are read."""
    return Flight.objects.filter(distance=miles).order_by("scheduled_departure")


def flights_by_route(origin: str, destination: str) -> QuerySet[Flight]:
    """The same by the airports, which the foreign key's index answers by a seek."""
    return Flight.objects.filter(origin_id=origin, destination_id=destination).order_by(
        "scheduled_departure"
    )
