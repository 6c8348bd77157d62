"""What spans say of the work that their statements belong to."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections
from django.http import HttpResponse
from django.test import AsyncRequestFactory, Client, RequestFactory, override_settings
from django.urls import ResolverMatch, path

from mssql import telemetry
from mssql.telemetry import origin, work
from mssql.telemetry.middleware import route_middleware
from tests.telemetry.conftest import Connect, Sdk


def song_view(request: Any, pk: int) -> HttpResponse:
    with connections["traced"].cursor() as cursor:
        cursor.execute("SELECT %s", [pk])
        cursor.fetchall()
    return HttpResponse("")


urlpatterns = [path("songs/<int:pk>/", song_view)]


def found(sdk: Sdk) -> dict[str, Any]:
    return {
        name: value
        for name, value in (sdk.span.attributes or {}).items()
        if name.startswith(("mssql.django", "http."))
    }


@override_settings(
    ROOT_URLCONF=__name__, MIDDLEWARE=["mssql.telemetry.middleware.route_middleware"]
)
def test_a_request_s_route_and_view(connect: Connect, sdk: Sdk) -> None:
    connect()
    assert Client().get("/songs/7/").status_code == 200
    assert found(sdk) == {
        "http.route": "songs/<int:pk>/",
        "mssql.django.alias": "traced",
        "mssql.django.view": f"{__name__}.song_view",
    }


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
    assert found(sdk)["mssql.django.task"] == "shop.tasks.close_month"
    assert origin.attributes() == {}


def test_celery_s_task(sdk: Sdk, cursor: Any) -> None:
    celery = pytest.importorskip("celery")
    app = celery.Celery("shop", broker="memory://", backend="cache+memory://")
    app.conf.task_always_eager = True

    @app.task(name="shop.pay")  # type: ignore[untyped-decorator]
    def pay() -> None:
        cursor.execute("SELECT 1").fetchall()

    pay.delay()
    assert found(sdk)["mssql.django.task"] == "shop.pay"


def test_the_async_orm_keeps_the_trace(connect: Connect, sdk: Sdk) -> None:
    connections.settings["traced"] = connect().settings_dict  # for the thread of the ORM's
    call_command("migrate", "contenttypes", database="traced", verbosity=0)
    tracer = sdk.tracer_provider.get_tracer("test")

    async def main() -> None:
        with tracer.start_as_current_span("request"):
            created = await ContentType.objects.using("traced").acreate(app_label="a", model="b")
            await ContentType.objects.using("traced").aget(pk=created.pk)
        await sync_to_async(lambda: connections["traced"].close())()

    sdk.clear()
    try:
        asyncio.run(main())
    finally:
        spans = sdk.spans
        del connections.settings["traced"]
        call_command("migrate", "contenttypes", "zero", database="traced", verbosity=0)
        with connections["traced"].cursor() as cursor:
            cursor.execute("DROP TABLE [django_migrations]")
    request = next(span for span in spans if span.name == "request")
    statements = [span for span in spans if "django_content_type" in span.name]
    assert len(statements) == 2
    for span in statements:
        assert span.parent is not None
        assert request.context is not None
        assert span.parent.span_id == request.context.span_id
