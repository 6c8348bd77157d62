from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings


class ViewerConfig(AppConfig):
    name = "mssql.telemetry.viewer"
    label = "mssql_viewer"
    verbose_name = "SQL viewer"

    def ready(self) -> None:
        """Record under DEBUG; otherwise change nothing."""
        if settings.DEBUG:
            from mssql.telemetry.viewer import recording

            recording.add_middleware()
