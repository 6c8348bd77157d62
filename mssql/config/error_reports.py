"""Connection of Django's error reports with the filter that hides secrets in OPTIONS."""

from __future__ import annotations

from typing import Any

from django.core.signals import got_request_exception


def _hide_options(request: Any = None, **kwargs: Any) -> None:
    # Imported with the first exception: django.views.debug loads the template engine.
    from mssql.config.debug_page import hide_options

    if request is not None:
        hide_options(request)


def install() -> None:
    """Have secrets in OPTIONS hidden in the report of every request's exception."""
    got_request_exception.connect(_hide_options, dispatch_uid="mssql.config.error_reports")
