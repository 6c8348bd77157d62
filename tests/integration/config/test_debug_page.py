"""Secrets in OPTIONS stay out of debug pages and e-mails, and the settings stay as they are."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path
from django.views.debug import SafeExceptionReporterFilter, get_default_exception_reporter_filter

from mssql.base import DatabaseWrapper
from mssql.config.debug_page import OptionsFilter

SECRET = "a-secret-that-must-not-leak"
OPTIONS = {
    "extra_params": f"UID=sa;PWD={SECRET}",
    "user_assertion": SECRET,
    "client_id": "an-application",
}
HIDDEN = SafeExceptionReporterFilter.cleansed_substitute


class ProjectFilter(SafeExceptionReporterFilter):
    """A project's filter, which hides client_id."""

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        return HIDDEN if key == "client_id" else super().cleanse_setting(key, value)


def failing(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a view fails")


def filtered(request: HttpRequest) -> HttpResponse:
    request.exception_reporter_filter = ProjectFilter()
    raise RuntimeError("a view with a filter of its own fails")


urlpatterns = [path("failing", failing), path("filtered", filtered)]


@pytest.fixture
def alias(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The settings of an alias with secrets, whose wrapper has been created."""
    settings = {**copy.deepcopy(connections["default"].settings_dict), "OPTIONS": {**OPTIONS}}
    monkeypatch.setitem(django_settings.DATABASES, "other", settings)
    DatabaseWrapper(settings, "other")
    get_default_exception_reporter_filter.cache_clear()
    with override_settings(ROOT_URLCONF=__name__, DEBUG=True):
        yield settings
    get_default_exception_reporter_filter.cache_clear()


def page(url: str = "/failing") -> str:
    response = Client(raise_request_exception=False).get(url)
    assert response.status_code == 500
    return response.content.decode()


def test_a_wrapper_leaves_the_settings_as_they_are(alias: dict[str, Any]) -> None:
    assert django_settings.DATABASES["other"] is alias
    assert alias["OPTIONS"] == OPTIONS
    for name, value in alias["OPTIONS"].items():
        assert value is OPTIONS[name]


def test_connecting_leaves_the_settings_as_they_are(django_db_blocker: Any) -> None:
    settings = copy.deepcopy(connections["default"].settings_dict)
    settings["NAME"] = "master"
    before = copy.deepcopy(settings)
    connection = DatabaseWrapper(settings, "own")
    with django_db_blocker.unblock():
        connection.ensure_connection()
        connection.close()
    assert settings == before
    assert connection.settings_dict is settings  # as Django's test runner relies on


def test_the_debug_page_hides_options(alias: dict[str, Any]) -> None:
    text = page()
    assert "extra_params" in text
    assert "an-application" in text
    assert SECRET not in text


def test_a_mail_to_the_admins_hides_options(alias: dict[str, Any]) -> None:
    """Of Django's default logging."""
    with override_settings(DEBUG=False, ADMINS=[("Ada", "ada@example.com")]):
        Client(raise_request_exception=False).get("/failing")
    (message,) = mail.outbox
    assert "extra_params" in message.body
    assert SECRET not in message.body


@override_settings(DEFAULT_EXCEPTION_REPORTER_FILTER=f"{__name__}.ProjectFilter")
def test_a_projects_filter_still_hides(alias: dict[str, Any]) -> None:
    get_default_exception_reporter_filter.cache_clear()
    text = page()
    assert "an-application" not in text
    assert SECRET not in text


def test_a_requests_filter_stays(alias: dict[str, Any]) -> None:
    assert "an-application" not in page("/filtered")


def test_other_settings_are_shown() -> None:
    hidden = OptionsFilter()
    assert hidden.cleanse_setting("extra_params", "Encrypt=strict") == "Encrypt=strict"
    assert hidden.cleanse_setting("user_assertion", len) is not HIDDEN
    assert hidden.cleanse_setting("PASSWORD", SECRET) == HIDDEN
