"""Spans of statements that requests and asynchronous code run."""

from __future__ import annotations

import asyncio
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

from tests.integration.telemetry.conftest import Connect
from tests.sdk import Sdk


def song_view(request: Any, pk: int) -> HttpResponse:
    with connections["traced"].cursor() as cursor:
        cursor.execute("SELECT %s", [pk])
        cursor.fetchall()
    return HttpResponse("")


urlpatterns = [path("songs/<int:pk>/", song_view)]


@override_settings(
    ROOT_URLCONF=__name__, MIDDLEWARE=["mssql.telemetry.middleware.route_middleware"]
)
def test_a_request_s_route_and_view(connect: Connect, sdk: Sdk) -> None:
    connect()
    assert Client().get("/songs/7/").status_code == 200
    attributes = {
        name: value
        for name, value in (sdk.span.attributes or {}).items()
        if name.startswith(("mssql.django", "http."))
    }
    assert attributes == {
        "http.route": "songs/<int:pk>/",
        "mssql.django.alias": "traced",
        "mssql.django.view": f"{__name__}.song_view",
    }


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
