"""The application "mssql" for INSTALLED_APPS: manage.py check_entra, and checks of every alias."""

from __future__ import annotations

from django.apps import AppConfig


class MssqlConfig(AppConfig):
    """The application's configuration. ENGINE loads the backend without it."""

    name = "mssql"
    verbose_name = "SQL Server"

    def ready(self) -> None:
        """Register the checks of the settings, even if no alias has loaded this backend yet."""
        from mssql import checks  # noqa: F401
