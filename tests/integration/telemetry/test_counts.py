"""Counts of errors, and of open transactions."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import transaction
from django.db.utils import Error
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import ResolverMatch

from mssql.telemetry import semconv
from mssql.telemetry.middleware import route_middleware
from tests.integration.telemetry.conftest import Connect
from tests.sdk import Sdk


def counts(sdk: Sdk) -> dict[str, int]:
    """Return the number of errors by their type."""
    return {
        point.attributes[semconv.ERROR_TYPE]: point.value for point in sdk.points(semconv.ERRORS)
    }


def test_errors_exist_from_zero(connect: Connect, sdk: Sdk) -> None:
    connect()
    assert counts(sdk) == dict.fromkeys(semconv.ERRORS_FROM_ZERO, 0)


def test_a_failed_statement_is_counted_once(connect: Connect, sdk: Sdk) -> None:
    connection = connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchall()
        with pytest.raises(Error):
            cursor.execute("SELECT nothing FROM nowhere")
    found = counts(sdk)
    assert found["208"] == 1
    assert found["timeout"] == 0
    (point,) = [p for p in sdk.points(semconv.ERRORS) if p.attributes["error.type"] == "208"]
    assert point.attributes["db.client.connection.pool.name"] == "traced"
    assert point.attributes["db.namespace"] == "master"


@pytest.mark.parametrize("driver", ["pyodbc", "mssql_python"])
def test_a_failed_login_is_counted(connect: Connect, sdk: Sdk, driver: str) -> None:
    with pytest.raises(Error):
        connect(user=("nobody", "a-wrong-password"), driver=driver)
    assert counts(sdk)["18456"] == 1


def test_open_transactions(connect: Connect, sdk: Sdk) -> None:
    connection = connect()
    assert sdk.points(semconv.TRANSACTIONS_OPEN) == []
    with transaction.atomic(using="traced"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        time.sleep(0.01)
        (number,) = sdk.points(semconv.TRANSACTIONS_OPEN)
        (age,) = sdk.points(semconv.TRANSACTION_AGE)
        assert number.value == 1
        assert age.value >= 0.01
        assert number.attributes["db.client.connection.pool.name"] == "traced"
    assert sdk.points(semconv.TRANSACTION_AGE) == []


def test_a_closed_connection_has_no_open_transaction(connect: Connect, sdk: Sdk) -> None:
    connection = connect()
    connection.set_autocommit(False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert len(sdk.points(semconv.TRANSACTION_AGE)) == 1
    connection.close()
    assert sdk.points(semconv.TRANSACTION_AGE) == []


def test_metrics_may_have_route_and_alias(connect: Connect, sdk: Sdk) -> None:
    connection = connect(metric_attributes=["mssql.django.alias", "http.route"])
    request = RequestFactory().get("/")
    request.resolver_match = ResolverMatch(
        test_metrics_may_have_route_and_alias, (), {}, route="books/"
    )

    def view(request: Any) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchall()
        return HttpResponse("")

    request.resolver_match = ResolverMatch(view, (), {}, route="books/")
    route_middleware(view)(request)
    (point,) = [
        point
        for point in sdk.points("db.client.operation.duration")
        if point.attributes.get("http.route")
    ]
    assert point.attributes["mssql.django.alias"] == "traced"
    assert point.attributes["http.route"] == "books/"
