"""Access to the viewer: staff, and under DEBUG the project's INTERNAL_IPS or this machine."""

from __future__ import annotations

from functools import wraps
from typing import Any, Callable
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.templatetags.static import static
from django.views.decorators.csrf import csrf_protect

STYLE_SHEET = "mssql_viewer/viewer.css"
DENIED = (
    "The SQL viewer is for staff, and under DEBUG for the addresses in INTERNAL_IPS (without that "
    "setting, for browsers on this machine)."
)
LOOPBACK = ("127.0.0.1", "::1")
# A proxy on this machine passes on the requests of others.
FORWARDED = ("HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_HOST")
View = Callable[..., HttpResponseBase]


def guarded(view: View) -> View:
    """Return a view for staff and internal addresses, with CSRF protection, that no cache keeps.

    The view redirects others to the sign-in page, and raises PermissionDenied for signed-in users
    who are not active staff.
    """
    checked_view = csrf_protect(view)

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_internal(request) or is_staff(request):
            response = checked_view(request, *args, **kwargs)
        else:
            response = _sign_in(request)
        response["Content-Security-Policy"] = content_security_policy()
        response["Cache-Control"] = "no-store"
        return response

    return answer


def is_internal(request: HttpRequest) -> bool:
    """Return whether DEBUG is on and the client's address is one of INTERNAL_IPS.

    Without that setting, it is a browser on this machine.
    """
    address = request.META.get("REMOTE_ADDR")
    if not settings.DEBUG:
        return False
    if settings.INTERNAL_IPS:
        return address in settings.INTERNAL_IPS
    return address in LOOPBACK and not any(header in request.META for header in FORWARDED)


def is_staff(request: HttpRequest) -> bool:
    """Return whether an active member of staff has signed in, as for Django's admin."""
    if not apps.is_installed("django.contrib.auth"):
        return False  # the middleware's user would raise
    user = getattr(request, "user", None)
    return user is not None and user.is_active and user.is_staff


def content_security_policy() -> str:
    """Return the policy, which allows the viewer's style sheet and form only."""
    sheet = urlsplit(static(STYLE_SHEET))
    host = f"{sheet.scheme}://{sheet.netloc}" if sheet.scheme else sheet.netloc
    styles = host if sheet.netloc else "'self'"
    return (
        f"default-src 'none'; style-src {styles}; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def _sign_in(request: HttpRequest) -> HttpResponseBase:
    if not apps.is_installed("django.contrib.auth"):
        raise PermissionDenied(DENIED)
    user = getattr(request, "user", None)
    if user is None or user.is_authenticated:
        raise PermissionDenied(DENIED)
    from django.contrib.auth.views import redirect_to_login  # needs the app's models

    return redirect_to_login(request.get_full_path())
