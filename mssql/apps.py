"""What "mssql" in INSTALLED_APPS adds: manage.py check_entra, and checks of every alias."""

from __future__ import annotations

from django.apps import AppConfig


class MssqlConfig(AppConfig):
    """Not needed to connect: ENGINE loads the backend."""

    name = "mssql"
    verbose_name = "SQL Server"

    def ready(self) -> None:
        """Register the checks of the settings, also where the default alias is another backend's,
        so that nothing has loaded this one."""
        from mssql import checks  # noqa: F401
