from __future__ import annotations

from django.apps import AppConfig


class ViewerConfig(AppConfig):
    name = "mssql.telemetry.viewer"
    label = "mssql_viewer"
    verbose_name = "SQL viewer"
