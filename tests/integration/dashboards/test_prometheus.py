"""Every query of the dashboards and rules, run by Prometheus on metrics of real statements."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from django.db import transaction
from django.db.utils import Error
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import ResolverMatch
from opentelemetry.sdk.trace import TracerProvider

from mssql.telemetry import plans
from mssql.telemetry.middleware import route_middleware
from tests.databases import alias

pytest.importorskip("grafana_foundation_sdk", reason="needs Python 3.11")
from dashboards.__main__ import files
from dashboards.prometheus import rules
from examples.flights import observation

# The metrics of these are not the application's, or tell of faults that no test provokes here.
WITHOUT_SERIES = {
    "sqlserver_": "of the Collector's sqlserverreceiver",
    "http_server_": "of the instrumentation of requests",
    "mssql_client_login_retries": "no login was repeated",
    "mssql_client_login_retry_wait": "no login was repeated",
    "mssql_client_token": "no access token is involved",
    "mssql_client_plan_changes": "no plan has changed",
    "mssql_client_plan_warnings": "no plan has a warning",
    "db_client_connection_timeouts": "no connection timed out",
    "1205|1222": "no statement met a lock or a time limit",
    "offset": "compares with earlier hours",
}


STATEMENTS = "SELECT sys.objects|SELECT nowhere|BATCH SELECT"


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[str]:
    """The address of a Prometheus that has scraped the metrics of this process."""
    if subprocess.run(["bash", str(observation.ROOT / ".ci" / "prometheus")], check=False,
                      capture_output=True).returncode:  # fmt: skip
        pytest.skip("needs Debian's prometheus")
    provider, target = observation.meter_provider()
    folder = tmp_path_factory.mktemp("prometheus")
    with observation.prometheus(folder, target, seconds=1) as address:
        deadline = time.monotonic() + 30
        while not query(address, "up == 1"):  # targets are discovered after some seconds
            assert time.monotonic() < deadline, "Prometheus does not scrape"
            time.sleep(0.2)
        with django_db_blocker.unblock(), statements(provider):
            yield address
    provider.shutdown()


@contextmanager
def statements(provider: Any) -> Iterator[None]:
    """Run statements for some scrapes, so that rates exist, and keep a transaction open."""
    options = {
        "telemetry": {
            "meter_provider": provider,
            "tracer_provider": TracerProvider(),
            "metric_attributes": ["http.route"],
            "plans": "every",
        }
    }
    with alias("scraped", options, NAME="master") as connection:
        request = RequestFactory().get("/")

        def view(request: Any) -> HttpResponse:
            with transaction.atomic(using="scraped"), connection.cursor() as cursor:
                cursor.execute("SELECT name FROM sys.objects WHERE object_id > %s", [0])
                cursor.fetchall()
            return HttpResponse("")

        request.resolver_match = ResolverMatch(view, (), {}, route="books/")
        for _ in range(8):
            route_middleware(view)(request)
            with connection.cursor() as cursor:
                with pytest.raises(Error):
                    cursor.execute("SELECT nothing FROM nowhere")
                cursor.executemany("SELECT %s", [(1,), (2,)])
            plans.flush()
            time.sleep(0.7)
        connection.close()
        with transaction.atomic(using="scraped"), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            time.sleep(2.5)
            yield


def panels() -> Iterator[Any]:
    for path, text in files().items():
        if path.suffix != ".json":
            continue
        for panel in json.loads(text)["panels"]:
            for target in panel.get("targets", []):
                if panel["datasource"]["type"] == "prometheus":
                    yield pytest.param(
                        as_grafana_sends(target["expr"]), id=f"{path.stem}-{panel['title']}"
                    )


def as_grafana_sends(expression: str) -> str:
    """Return an expression with the values of its variables."""
    for name, value in (
        ("$__rate_interval", "5m"),
        ("$__range", "5m"),
        ('="$statement"', f'=~"{STATEMENTS}"'),
    ):
        expression = expression.replace(name, value)
    return re.sub(r'=~"\$[a-z]+"', '=~".*"', expression)


def query(address: str, expression: str) -> list[Any]:
    with urlopen(f"{address}/api/v1/query?{urlencode({'query': expression})}") as answer:
        document = json.load(answer)
    assert document["status"] == "success"
    result: list[Any] = document["data"]["result"]
    return result


@pytest.mark.parametrize("expression", list(panels()))
def test_a_panel_returns_series(prometheus: str, expression: str) -> None:
    found = query(prometheus, expression)
    if not any(name in expression for name in WITHOUT_SERIES):
        assert found, expression


@pytest.mark.parametrize(
    "rule", [rule for group in rules.GROUPS.values() for rule in group], ids=lambda rule: rule.name
)
def test_prometheus_evaluates_each_rule(prometheus: str, rule: rules.Rule) -> None:
    query(prometheus, rule.expression)


def test_the_names_are_those_of_a_real_scrape(prometheus: str) -> None:
    with urlopen(f"{prometheus}/api/v1/label/__name__/values") as answer:
        names = set(json.load(answer)["data"])
    used = set()
    for text in files().values():
        used |= set(re.findall(r"\b(?:db|mssql)_client_[a-z_]+(?=\{)", text))
    missing = {
        name
        for name in used - names
        if not any(name.startswith(prefix) for prefix in WITHOUT_SERIES)
    }
    assert missing == set()


def test_rules_are_loaded(prometheus: str) -> None:
    with urlopen(f"{prometheus}/api/v1/rules") as answer:
        groups = json.load(answer)["data"]["groups"]
    assert sum(len(group["rules"]) for group in groups) == sum(map(len, rules.GROUPS.values()))
    assert Path(groups[0]["file"]).name == "rules.yml"
