"""The viewer's URLs: ``path("sql/", include("mssql.telemetry.viewer.urls"))``."""

from __future__ import annotations

from django.urls import path

from mssql.telemetry.viewer import views

app_name = "mssql_viewer"
urlpatterns = [
    path("", views.statements, name="statements"),
    path("statements/<str:statement_id>/", views.statement, name="statement"),
    path("statements/<str:statement_id>/plan/", views.plan, name="plan"),
    path("requests/", views.requests, name="requests"),
    path("requests/<str:trace_id>/", views.request_detail, name="request"),
    path("clear/", views.clear, name="clear"),
]
