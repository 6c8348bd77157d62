"""A Django app that shows what the database did: statements, requests, plans.

Put "mssql.telemetry.viewer" in INSTALLED_APPS and include "mssql.telemetry.viewer.urls".
"""

from __future__ import annotations
