from __future__ import annotations

from django.contrib import admin

from examples.flights.models import Airline, Airport, Flight, Plane, Weather


@admin.register(Airline)
class AirlineAdmin(admin.ModelAdmin):
    list_display = ["carrier", "name"]
    search_fields = ["name"]


@admin.register(Airport)
class AirportAdmin(admin.ModelAdmin):
    list_display = ["faa", "name", "time_zone"]
    search_fields = ["faa", "name"]


@admin.register(Plane)
class PlaneAdmin(admin.ModelAdmin):
    list_display = ["tail_number", "manufacturer", "model", "year"]
    list_filter = ["manufacturer"]
    search_fields = ["tail_number"]


@admin.register(Weather)
class WeatherAdmin(admin.ModelAdmin):
    list_display = ["airport", "hour", "temperature", "precipitation"]
    list_filter = ["airport_id"]
    list_select_related = ["airport"]


@admin.register(Flight)
class FlightAdmin(admin.ModelAdmin):
    list_display = ["__str__", "origin_id", "destination_id", "departure_delay", "arrival_delay"]
    list_filter = ["origin_id", "airline"]
    date_hierarchy = "scheduled_departure"
    raw_id_fields = ["plane", "origin", "destination"]
    show_full_result_count = False
