"""The span of a connection that is opened."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.instrumentation.utils import suppress_instrumentation

from mssql.telemetry import ConnectionInfo, Telemetry
from tests.sdk import Sdk

pytestmark = pytest.mark.usefixtures("names")


def connect(sdk: Sdk, **options: Any) -> None:
    info = ConnectionInfo("default", "", None, "shop", {**sdk.providers(), **options})
    with Telemetry(info).connecting("sql") as connecting:
        connecting.retrying(40613, 0.5)
        connecting.opened().close()


def test_a_connection_is_a_span(sdk: Sdk) -> None:
    connect(sdk)
    assert sdk.span.name == "connect shop"
    assert [event.name for event in sdk.span.events] == ["mssql.login.retry"]


def test_suppressed_it_is_not(sdk: Sdk) -> None:
    with suppress_instrumentation():
        connect(sdk)
    assert sdk.spans == []


def test_a_parent_can_be_required(sdk: Sdk) -> None:
    connect(sdk, require_parent=True)
    assert sdk.spans == []
    with sdk.tracer_provider.get_tracer("test").start_as_current_span("request"):
        connect(sdk, require_parent=True)
    assert [span.name for span in sdk.spans] == ["connect shop", "request"]


def test_a_login_that_takes_too_long_is_a_timeout(sdk: Sdk) -> None:
    info = ConnectionInfo(
        "default", "", None, "shop", sdk.providers(), is_timeout=lambda error: True
    )
    connecting = Telemetry(info).connecting("sql")
    with pytest.raises(OSError, match="late"), connecting:
        raise OSError("late")
    assert (sdk.span.attributes or {})["error.type"] == "timeout"
    (point,) = sdk.points("db.client.connection.timeouts")
    assert point.value == 1


def test_the_time_s_exemplar_names_the_span(sdk: Sdk) -> None:
    connect(sdk)
    (point,) = sdk.points("db.client.connection.create_time")
    (exemplar,) = point.exemplars
    assert exemplar.span_id == sdk.span.get_span_context().span_id  # type: ignore[union-attr]
