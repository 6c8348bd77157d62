"""Secrets in OPTIONS, hidden from Django's debug page and from its error reports by e-mail.

Django hides settings by their names, such as PASSWORD; two entries of OPTIONS have other names.
https://docs.djangoproject.com/en/stable/howto/error-reporting/#custom-error-reports
"""

from __future__ import annotations

from typing import Any

from django.views.debug import (
    SafeExceptionReporterFilter,
    get_default_exception_reporter_filter,
)


class OptionsFilter(SafeExceptionReporterFilter):
    """Django's filter, which also hides a password in extra_params, and user_assertion.

    It is used for every report of a request. For reports without a request set
    DEFAULT_EXCEPTION_REPORTER_FILTER to "mssql.config.debug_page.OptionsFilter".
    """

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        """Return the value of a setting, or asterisks for a secret."""
        has_password = key == "extra_params" and isinstance(value, str) and "pwd" in value.lower()
        if has_password or (key == "user_assertion" and isinstance(value, str)):
            return self.cleansed_substitute
        return super().cleanse_setting(key, value)


def _with_options_filter(project_filter: type[Any]) -> type[Any]:
    """Return a filter that also hides everything that the project's filter hides."""
    if issubclass(OptionsFilter, project_filter):
        return OptionsFilter
    return type("OptionsFilter", (OptionsFilter, project_filter), {})


def hide_options(request: Any) -> None:
    """Have OPTIONS hidden in the report of a request's exception.

    A request's own filter stays, and so does a project's filter that is not derived from Django's.
    """
    if hasattr(request, "exception_reporter_filter"):
        return
    project_filter = get_default_exception_reporter_filter()
    if isinstance(project_filter, SafeExceptionReporterFilter):
        request.exception_reporter_filter = _with_options_filter(type(project_filter))()
