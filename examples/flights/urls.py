from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from examples.flights import views

urlpatterns = [
    path("", views.flight_list, name="flights"),
    path("flights/<int:pk>/", views.flight_detail, name="flight"),
    path("delays/", views.delays, name="delays"),
    path("delays/<int:month>/", views.delays, name="delays-of"),
    path("departures/", views.departures, {"at_once": False}, name="departures"),
    path("departures/at-once/", views.departures, {"at_once": True}, name="departures-at-once"),
    path("distances/<int:miles>/", views.by_distance, name="distance"),
    path("routes/<str:origin>/<str:destination>/", views.by_route, name="route"),
    path("admin/", admin.site.urls),
    path("sql/", include("mssql.telemetry.viewer.urls")),
]
