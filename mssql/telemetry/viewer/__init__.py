"""A Django app that shows statements, requests and query plans.

Add "mssql.telemetry.viewer" to INSTALLED_APPS and include "mssql.telemetry.viewer.urls".
"""

from __future__ import annotations
