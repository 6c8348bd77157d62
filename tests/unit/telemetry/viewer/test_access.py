"""Access to the viewer's pages, and their security policy."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.test import Client, RequestFactory, modify_settings, override_settings
from django.utils.functional import SimpleLazyObject

from mssql.telemetry.viewer import views
from mssql.telemetry.viewer.access import content_security_policy
from tests.unit.telemetry.viewer.conftest import Site

USERS = ["django.contrib.admin", "django.contrib.auth"]
INTERNAL = {"DEBUG": True, "INTERNAL_IPS": ["127.0.0.1", "::1"]}


def visit(user: Any = None, address: str = "127.0.0.1") -> HttpRequest:
    request = RequestFactory().get("/sql/", REMOTE_ADDR=address)
    if user is not None:
        request.user = user
    return request


def test_a_visitor_is_sent_to_the_sign_in_page(site: Site) -> None:
    response = views.statements(visit(AnonymousUser()))
    assert response["Location"].startswith("/accounts/login/?next=/sql/")
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "user",
    [
        User(username="reader"),
        User(username="former", is_staff=True, is_active=False),
        User(username="owner", is_superuser=True),
    ],
    ids=lambda user: str(user.username),
)
@pytest.mark.parametrize("debug", [False, True])
def test_who_is_not_active_staff_is_refused(site: Site, user: User, debug: bool) -> None:
    with override_settings(DEBUG=debug), pytest.raises(PermissionDenied):
        views.statements(visit(user, "203.0.113.9"))


def test_active_staff_may_look_from_anywhere(site: Site) -> None:
    staff = User(username="keeper", is_staff=True)
    assert views.statements(visit(staff, "203.0.113.9")).status_code == 200


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_under_debug_internal_addresses_need_no_account(site: Site, address: str) -> None:
    with override_settings(**INTERNAL):
        assert views.statements(visit(AnonymousUser(), address)).status_code == 200
        assert views.statements(visit(address=address)).status_code == 200  # no auth middleware
    with override_settings(**{**INTERNAL, "DEBUG": False}):
        assert views.statements(visit(AnonymousUser(), address)).status_code == 302


def test_without_the_setting_this_machine_has_access_under_debug(site: Site) -> None:
    proxied = visit()
    proxied.META["HTTP_X_FORWARDED_FOR"] = "203.0.113.9"
    with override_settings(DEBUG=True, INTERNAL_IPS=[]):
        assert views.statements(visit()).status_code == 200
        for request in (visit(address="203.0.113.9"), proxied):
            with pytest.raises(PermissionDenied):
                views.statements(request)
    with override_settings(DEBUG=False, INTERNAL_IPS=[]), pytest.raises(PermissionDenied):
        views.statements(visit())


def test_without_djangos_users_others_are_refused(site: Site) -> None:
    def user() -> Any:
        raise RuntimeError("Model class User doesn't declare an explicit app_label")

    others = visit(SimpleLazyObject(user), "203.0.113.9")
    with modify_settings(INSTALLED_APPS={"remove": USERS}), override_settings(DEBUG=True):
        assert views.statements(visit(SimpleLazyObject(user))).status_code == 200
        with pytest.raises(PermissionDenied):
            views.statements(others)


def test_under_debug_other_addresses_need_one(site: Site) -> None:
    with override_settings(**INTERNAL):
        assert views.statements(visit(AnonymousUser(), "203.0.113.9")).status_code == 302
        with pytest.raises(PermissionDenied, match="INTERNAL_IPS"):
            views.statements(visit(address="203.0.113.9"))


def test_every_page_has_a_policy_and_is_not_stored(site: Site, visitor: Client) -> None:
    pages = (
        *("", "requests/", f"requests/{site.trace_id}/"),
        *(f"statements/{site.listing}/", f"statements/{site.listing}/plan/", "clear/"),
    )
    for path in pages:
        response = visitor.get(f"/sql/{path}")
        assert response["Cache-Control"] == "no-store", path
        policy = response["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self';"), path
        assert "unsafe" not in policy
        assert b"style=" not in response.content, path


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("/static/", "'self'"),
        ("static/", "'self'"),
        ("https://cdn.example:8443/s/", "https://cdn.example:8443"),
        ("//cdn.example/s/", "cdn.example"),
    ],
)
def test_the_policy_allows_the_address_of_the_style_sheet(url: str, source: str) -> None:
    with override_settings(STATIC_URL=url):
        assert f"style-src {source};" in content_security_policy()


def test_clearing_needs_the_token_also_without_djangos_middleware(site: Site) -> None:
    browser = Client(enforce_csrf_checks=True)
    with override_settings(**INTERNAL, MIDDLEWARE=[]):
        assert browser.post("/sql/clear/").status_code == 403
        assert site.store.statements()
        browser.get("/sql/")
        token = browser.cookies["csrftoken"].value
        assert browser.post("/sql/clear/", {"csrfmiddlewaretoken": token}).status_code == 302
    assert site.store.statements() == []
