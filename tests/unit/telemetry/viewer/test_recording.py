"""The set-up in two lines: under DEBUG the viewer records by its own means."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[4]
SETTINGS = """
DEBUG = {debug}
SECRET_KEY = "x"
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "site_urls"
STATIC_URL = "/static/"
INSTALLED_APPS = ["mssql.telemetry.viewer"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
TEMPLATES = [{{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}}]
"""
URLS = """
from django.http import HttpResponse
from django.urls import include, path
from opentelemetry import trace

def book(request, pk):
    attributes = {"db.system.name": "microsoft.sql_server", "db.query.text": "SELECT 1"}
    trace.get_tracer("test").start_span("SELECT", attributes=attributes).end()
    return HttpResponse(status=503 if pk == 5 else 200)

async def page(request):
    return book(request, 1)

urlpatterns = [
    path("books/<int:pk>/", book),
    path("page/", page),
    path("sql/", include("mssql.telemetry.viewer.urls")),
]
"""
VISIT = """
import asyncio, json, django
{before}
django.setup()
from django.test import AsyncClient, Client
from opentelemetry import trace
from mssql.telemetry import store
{after}
client = Client()
for path in ("/books/3/", "/books/5/", "/nothing/", "/sql/", "/sql/requests/"):
    client.get(path)
asyncio.run(AsyncClient().get("/page/"))
kept = store.process_store()
print(json.dumps({{
    "provider": type(trace.get_tracer_provider()).__name__,
    "page": client.get("/sql/").status_code,
    "traces": kept and [
        [[span.name, span.error is not None, span.attributes.get("http.response.status_code"),
          span.attributes.get("url.path")] for span in found.spans]
        for found in reversed(kept.traces())],
    "same": globals().get("own") is trace.get_tracer_provider(),
}}))
"""


def visit(folder: Path, debug: bool = True, before: str = "", after: str = "", **env: str) -> Any:
    """Return the recordings of a new project with the viewer's two lines."""
    (folder / "site_settings.py").write_text(SETTINGS.format(debug=debug))
    (folder / "site_urls.py").write_text(URLS)
    environment = {
        **os.environ,
        **env,
        "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT))),
        "DJANGO_SETTINGS_MODULE": "site_settings",
    }
    code = VISIT.format(before=before, after=after)
    command = [sys.executable, "-W", "error::RuntimeWarning", "-c", code]
    run = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True, cwd=folder
    )
    return json.loads(run.stdout.splitlines()[-1])


OWN = "from opentelemetry.sdk.trace import TracerProvider as Own; own = Own()\n"


def test_two_lines_record_requests_and_their_statements(tmp_path: Path) -> None:
    seen = visit(tmp_path)
    assert (seen["provider"], seen["page"]) == ("TracerProvider", 200)
    assert seen["traces"] == [
        [["GET books/<int:pk>/", False, 200, "/books/3/"], ["SELECT", False, None, None]],
        [["GET books/<int:pk>/", True, 503, "/books/5/"], ["SELECT", False, None, None]],
        [["GET", False, 404, "/nothing/"]],
        [["GET page/", False, 200, "/page/"], ["SELECT", False, None, None]],
    ]


def test_without_debug_nothing_is_recorded(tmp_path: Path) -> None:
    seen = visit(tmp_path, debug=False)
    assert (seen["provider"], seen["traces"], seen["page"]) == ("ProxyTracerProvider", None, 403)


@pytest.mark.parametrize("position", ["before", "after"])
def test_the_projects_provider_stays_also_if_it_is_set_later(tmp_path: Path, position: str) -> None:
    code = f"from opentelemetry import trace\n{OWN}trace.set_tracer_provider(own)"
    seen = visit(tmp_path, before=code) if position == "before" else visit(tmp_path, after=code)
    assert seen["same"]
    assert len(seen["traces"]) == 4


def test_a_request_with_a_span_of_another_instrumentation_has_no_second_one(tmp_path: Path) -> None:
    instrument = "from opentelemetry.instrumentation.django import DjangoInstrumentor as D"
    seen = visit(tmp_path, before=f"{instrument}\nD().instrument(excluded_urls='sql/')")
    assert [len(spans) for spans in seen["traces"][:2]] == [2, 2]


def test_a_disabled_sdk_changes_no_page(tmp_path: Path) -> None:
    seen = visit(tmp_path, OTEL_SDK_DISABLED="true")
    assert (seen["page"], seen["traces"]) == (200, [])
