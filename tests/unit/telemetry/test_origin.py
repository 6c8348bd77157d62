"""The origin of a statement in its span: request, command or task."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import AsyncRequestFactory, RequestFactory
from django.urls import ResolverMatch

from mssql import telemetry
from mssql.telemetry import origin, work
from mssql.telemetry.middleware import route_middleware
from tests.sdk import Sdk


def song_view(request: Any, pk: int) -> HttpResponse:
    return HttpResponse("")


def test_after_the_request_there_is_none() -> None:
    inside = []
    request = RequestFactory().get("/")
    request.resolver_match = ResolverMatch(song_view, (), {}, route="a/")

    def view(request: Any) -> HttpResponse:
        inside.append(origin.attributes())
        return HttpResponse("")

    route_middleware(view)(request)
    assert inside[0]["http.route"] == "a/"
    assert origin.attributes() == {}


def test_an_asynchronous_request() -> None:
    inside = []
    request = AsyncRequestFactory().get("/")
    request.resolver_match = ResolverMatch(song_view, (), {}, route="a/")

    async def view(request: Any) -> HttpResponse:
        inside.append(origin.attributes())
        return HttpResponse("")

    asyncio.run(route_middleware(view)(request))
    assert inside[0]["http.route"] == "a/"


def test_a_request_without_a_route_yet() -> None:
    assert origin.Request(RequestFactory().get("/")).attributes() == {}


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        (["./manage.py", "migrate", "shop"], "migrate"),
        (["/venv/bin/django-admin", "loaddata"], "loaddata"),
        (["/venv/lib/django/__main__.py", "check"], "check"),
        (["manage.py"], None),
        (["manage.py", "--version"], None),
        (["/venv/bin/gunicorn", "shop.wsgi"], None),
    ],
)
def test_a_management_command(
    monkeypatch: pytest.MonkeyPatch, argv: list[str], command: str | None
) -> None:
    monkeypatch.setattr(sys, "argv", argv)
    assert origin.attributes().get("mssql.django.command") == command


@pytest.mark.parametrize("task", [telemetry.task, work.task], ids=["now", "formerly"])
def test_a_task(task: Any, sdk: Sdk, cursor: Any) -> None:
    with task("shop.tasks.close_month"):
        cursor.execute("SELECT 1").fetchall()
    assert (sdk.span.attributes or {})["mssql.django.task"] == "shop.tasks.close_month"
    assert origin.attributes() == {}


def test_celery_s_task(sdk: Sdk, cursor: Any) -> None:
    celery = pytest.importorskip("celery")
    app = celery.Celery("shop", broker="memory://", backend="cache+memory://")
    app.conf.task_always_eager = True

    @app.task(name="shop.pay")  # type: ignore[untyped-decorator]
    def pay() -> None:
        cursor.execute("SELECT 1").fetchall()

    pay.delay()
    assert (sdk.span.attributes or {})["mssql.django.task"] == "shop.pay"
