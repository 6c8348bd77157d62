"""Requests of a morning's visitors."""

from __future__ import annotations

import random
from collections.abc import Iterator

from django.test import Client

from examples.flights.models import Flight

VISITS = 30


def visit() -> int:
    """Fetch every kind of page, some of them often; the number of requests. All must answer 200."""
    client = Client()
    count = 0
    for path in paths():
        response = client.get(path)
        if response.status_code != 200:
            raise RuntimeError(f"{path} answered {response.status_code}")
        count += 1
    return count


def paths() -> Iterator[str]:
    chance = random.Random(2013)
    first, last = Flight.objects.order_by("pk").first(), Flight.objects.order_by("pk").last()
    if first is None or last is None:
        return
    for number in range(VISITS):
        yield f"/?origin={chance.choice(['EWR', 'JFK', 'LGA'])}&page={chance.randint(1, 40)}"
        yield f"/flights/{chance.randint(first.pk, last.pk)}/"
        yield "/departures/at-once/"
        yield f"/routes/{chance.choice(['JFK/HNL', 'EWR/HNL', 'EWR/ANC'])}/"
        if number % 3 == 0:
            yield "/departures/"
            yield f"/distances/{chance.choice([4983, 4963, 3370])}/"
        if number % 10 == 0:
            yield f"/delays/{chance.randint(1, 12)}/"
            yield "/?to=san"
