from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Airline",
            fields=[
                ("carrier", models.CharField(max_length=2, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=60)),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Airport",
            fields=[
                ("faa", models.CharField(max_length=3, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80)),
                ("latitude", models.FloatField(null=True)),
                ("longitude", models.FloatField(null=True)),
                ("altitude", models.IntegerField(db_comment="feet above sea level", null=True)),
                ("time_zone", models.CharField(blank=True, max_length=40)),
            ],
            options={
                "ordering": ["faa"],
            },
        ),
        migrations.CreateModel(
            name="Plane",
            fields=[
                ("tail_number", models.CharField(max_length=6, primary_key=True, serialize=False)),
                ("year", models.SmallIntegerField(null=True)),
                ("kind", models.CharField(blank=True, max_length=40)),
                ("manufacturer", models.CharField(blank=True, max_length=40)),
                ("model", models.CharField(blank=True, max_length=20)),
                ("engines", models.SmallIntegerField(null=True)),
                ("seats", models.SmallIntegerField(null=True)),
            ],
            options={
                "ordering": ["tail_number"],
            },
        ),
        migrations.CreateModel(
            name="Flight",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.IntegerField()),
                ("scheduled_departure", models.DateTimeField()),
                ("departure_delay", models.SmallIntegerField(db_comment="minutes", null=True)),
                ("arrival_delay", models.SmallIntegerField(db_comment="minutes", null=True)),
                ("air_time", models.DurationField(null=True)),
                ("distance", models.IntegerField(db_comment="miles")),
                (
                    "cancelled",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(departure_delay=None, then=models.Value(1)),
                            default=models.Value(0),
                        ),
                        output_field=models.IntegerField(),
                    ),
                ),
                (
                    "airline",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flights",
                        to="flights.airline",
                    ),
                ),
                (
                    "destination",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="arrivals",
                        to="flights.airport",
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="departures",
                        to="flights.airport",
                    ),
                ),
                (
                    "plane",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="flights",
                        to="flights.plane",
                    ),
                ),
            ],
            options={
                "ordering": ["scheduled_departure", "id"],
                "indexes": [
                    models.Index(fields=["scheduled_departure", "id"], name="flight_departure"),
                    models.Index(
                        fields=["airline", "number"],
                        include=("scheduled_departure",),
                        name="flight_number",
                    ),
                    models.Index(
                        condition=models.Q(("arrival_delay__gt", 120)),
                        fields=["-arrival_delay"],
                        name="flight_very_late",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("distance__gt", 0)), name="flight_distance_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("origin", models.F("destination")), _negated=True),
                        name="flight_goes_somewhere",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Weather",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hour", models.DateTimeField()),
                (
                    "temperature",
                    models.DecimalField(
                        db_comment="degrees Fahrenheit", decimal_places=2, max_digits=5, null=True
                    ),
                ),
                ("wind_speed", models.FloatField(db_comment="miles an hour", null=True)),
                (
                    "precipitation",
                    models.DecimalField(
                        db_comment="inches", decimal_places=2, max_digits=4, null=True
                    ),
                ),
                (
                    "visibility",
                    models.DecimalField(
                        db_comment="miles", decimal_places=2, max_digits=4, null=True
                    ),
                ),
                (
                    "airport",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="weather",
                        to="flights.airport",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "weather",
                "constraints": [
                    models.UniqueConstraint(fields=("airport", "hour"), name="weather_airport_hour")
                ],
            },
        ),
    ]
