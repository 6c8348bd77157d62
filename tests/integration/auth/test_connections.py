"""Connections are retired before their tokens expire, and never serve another principal."""

from __future__ import annotations

import asyncio
import gc
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import mssql_python
import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction
from django.db.utils import DatabaseError, InterfaceError, OperationalError
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from mssql.base import DatabaseWrapper
from mssql.config.loading import load
from mssql.errors import retry
from tds_embedded.errors import SqlServerError
from tds_embedded.identity import SYSTEM_IDENTITY, TENANT, IdentityEndpoint, Signer, Trouble
from tds_embedded.server import Server
from tests.entra import CLIENT, who

AUDIENCE = "https://database.windows.net/"
MSI = {"authentication": "ActiveDirectoryMSI"}
OTHER = "dddddddd-0000-0000-0000-000000000004"
EXPIRED = SqlServerError(
    18456, "Login failed for user '<token-identified principal>'. Token is expired.", severity=14
)


@pytest.fixture
def sql_login(judging: Server) -> dict[str, Any]:
    """The settings of the server's administrator."""
    return {"USER": judging.endpoint.user, "PASSWORD": judging.endpoint.password}


@pytest.fixture
def without_pool() -> Iterator[None]:
    """Every connection is a login: mssql-python's pool is off."""
    mssql_python.pooling(enabled=False)
    yield
    mssql_python.pooling()


@pytest.fixture(autouse=True)
def no_faults(judging: Server) -> Iterator[None]:
    yield
    judging.faults.clear()


@contextmanager
def atomic(connection: Any) -> Iterator[None]:
    """transaction.atomic(), which finds connections by their alias."""
    connections[connection.alias] = connection
    try:
        with transaction.atomic(using=connection.alias):
            yield
    finally:
        del connections[connection.alias]


@contextmanager
def logins(server: Server, expected: int) -> Iterator[None]:
    with server.recorder.capture() as seen:
        yield
    assert seen.count("login") == expected


def request_ends(connection: Any) -> None:
    """Do the same as Django at the end of a request and at the start of the next one."""
    connection.close_if_unusable_or_obsolete()


# Connections that would outlive their tokens


@pytest.mark.parametrize("max_age", [None, 10**6, 60])
def test_a_connection_is_retired_before_its_tokens_end(
    app_service: IdentityEndpoint, connect: Any, max_age: int | None
) -> None:
    connection = connect(MSI, CONN_MAX_AGE=max_age)
    who(connection)
    left = connection.close_at - time.monotonic()
    if max_age == 60:
        assert left <= 60
    else:
        assert 3300 - 10 < left <= 3600


def test_retirements_of_one_process_are_spread(app_service: IdentityEndpoint, connect: Any) -> None:
    times = set()
    for _ in range(3):
        connection = connect(MSI, CONN_MAX_AGE=None)
        connection.ensure_connection()
        times.add(round(connection.close_at, 3))
    assert len(times) == 3


def test_a_connection_is_retired_between_requests_and_never_inside_a_transaction(
    app_service: IdentityEndpoint, connect: Any, judging: Server, without_pool: None
) -> None:
    connection = connect(MSI, CONN_MAX_AGE=None)
    who(connection)
    with logins(judging, 0):
        with atomic(connection):
            connection.close_at = time.monotonic() - 1
            who(connection)
            who(connection)
        who(connection)
    with logins(judging, 1):
        request_ends(connection)
        assert connection.connection is None
        who(connection)
    assert len(app_service.requests) == 1  # the token was good for a new connection


def test_a_request_boundary_inside_a_transaction_changes_nothing(
    app_service: IdentityEndpoint, connect: Any, judging: Server
) -> None:
    connection = connect(MSI, CONN_MAX_AGE=None)
    with logins(judging, 1), atomic(connection):
        who(connection)
        connection.settings_dict["OPTIONS"] = {**connection.settings_dict["OPTIONS"]}
        who(connection)


@pytest.mark.parametrize(("max_age", "expected"), [(None, 1), (600, 1), (0, 3)])
def test_persistent_connections_are_used_again(
    app_service: IdentityEndpoint,
    connect: Any,
    judging: Server,
    max_age: int | None,
    expected: int,
    without_pool: None,
) -> None:
    connection = connect(MSI, CONN_MAX_AGE=max_age)
    with logins(judging, expected):
        for _ in range(3):
            who(connection)
            request_ends(connection)


def test_a_fixed_token_retires_its_connection(connect: Any, signer: Signer) -> None:
    connection = connect(TOKEN=signer.sign(CLIENT, AUDIENCE, 3600), CONN_MAX_AGE=None)
    connection.ensure_connection()
    assert math.isfinite(connection.close_at)


def test_a_sql_login_is_not_retired(connect: Any, sql_login: dict[str, Any]) -> None:
    connection = connect(CONN_MAX_AGE=None, **sql_login)
    connection.ensure_connection()
    assert connection.close_at is None


# Tokens that the server refuses in mid-session


@pytest.mark.parametrize("error", [37396, EXPIRED], ids=["37396", "token is expired"])
def test_a_token_refused_in_mid_session_closes_the_connection(
    app_service: IdentityEndpoint, connect: Any, judging: Server, error: Any
) -> None:
    connection = connect(MSI, CONN_MAX_AGE=None)
    who(connection)
    judging.faults.error(error, "SUSER_SNAME")
    with pytest.raises(OperationalError, match=r"signs in again|reconnects"):
        who(connection)
    assert connection.connection is None
    with logins(judging, 1):
        assert who(connection) == f"{SYSTEM_IDENTITY}@{TENANT}"
    assert len(app_service.requests) == 2


def test_inside_a_transaction_nothing_goes_on_silently(
    app_service: IdentityEndpoint, connect: Any, judging: Server, without_pool: None
) -> None:
    connection = connect(MSI, CONN_MAX_AGE=None)
    who(connection)

    def block() -> None:
        with atomic(connection):
            judging.faults.error(37396, "SUSER_SNAME")
            try:
                who(connection)
            except OperationalError:
                for _ in range(2):
                    with pytest.raises((InterfaceError, DatabaseError)):
                        who(connection)
                raise

    with logins(judging, 0), pytest.raises(OperationalError):
        block()
    with logins(judging, 1):
        who(connection)


def test_a_lost_connection_inside_a_transaction_never_reconnects(
    connect: Any, judging: Server, without_pool: None, sql_login: dict[str, Any]
) -> None:
    connection = connect(**sql_login)
    connection.ensure_connection()

    def block() -> None:
        with atomic(connection):
            judging.faults.drop("SUSER_SNAME")
            try:
                who(connection)
            except OperationalError:
                with pytest.raises((InterfaceError, DatabaseError)):
                    who(connection)
                raise

    with logins(judging, 0), pytest.raises(OperationalError):
        block()


# Whose connection it is


def test_a_persistent_connection_is_not_kept_for_another_principal(
    signer: Signer, connect: Any
) -> None:
    """With TOKEN as a callable that returns the token of the principal of the moment."""
    served = CLIENT
    connection = connect(TOKEN=lambda: signer.sign(served, AUDIENCE, 3600), CONN_MAX_AGE=None)
    assert who(connection) == f"{CLIENT}@{TENANT}"
    request_ends(connection)
    served = OTHER
    assert who(connection) == f"{OTHER}@{TENANT}"
    served = CLIENT
    assert who(connection) == f"{CLIENT}@{TENANT}"  # the next unit of work in the same request


def test_a_new_token_of_the_same_principal_keeps_the_connection(
    signer: Signer, connect: Any, judging: Server
) -> None:
    life = [3600, 3700, 3800, 3900]
    connection = connect(TOKEN=lambda: signer.sign(CLIENT, AUDIENCE, life.pop()), CONN_MAX_AGE=None)
    with logins(judging, 1):
        for _ in range(3):
            who(connection)
            request_ends(connection)


def test_a_persistent_connection_ends_with_its_settings(
    app_service: IdentityEndpoint, connect: Any, signer: Signer
) -> None:
    connection = connect(MSI, CONN_MAX_AGE=None)
    assert who(connection) == f"{SYSTEM_IDENTITY}@{TENANT}"
    request_ends(connection)
    connection.settings_dict["OPTIONS"]["client_id"] = CLIENT
    assert who(connection) == f"{CLIENT}@{TENANT}"
    request_ends(connection)
    del connection.settings_dict["OPTIONS"]["client_id"]
    del connection.settings_dict["OPTIONS"]["authentication"]
    connection.settings_dict["TOKEN"] = signer.sign(OTHER, AUDIENCE, 3600)
    assert who(connection) == f"{OTHER}@{TENANT}"


def test_a_connection_is_kept_while_no_token_is_to_be_had(
    app_service: IdentityEndpoint, connect: Any, judging: Server
) -> None:
    connection = connect(MSI, CONN_MAX_AGE=None)
    with logins(judging, 1):
        for _ in range(2):
            assert who(connection) == f"{SYSTEM_IDENTITY}@{TENANT}"
            request_ends(connection)
            connection._tenancy.source._token = None
            app_service.trouble(Trouble(status=400), times=9)


# Many at once


def test_200_threads_on_a_cold_start_make_one_request(
    app_service: IdentityEndpoint, connect: Any
) -> None:
    app_service.trouble(Trouble(delay=0.3))
    connections = [connect(MSI) for _ in range(200)]
    gate = threading.Barrier(200)
    tokens = []

    def ask(connection: Any) -> None:
        gate.wait()
        config = load(connection.settings_dict, connection.alias).require()
        source = config.sign_in.token_source()
        tokens.append(source.token() if source else None)

    threads = [threading.Thread(target=ask, args=(each,)) for each in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tokens) == 200
    assert len(set(map(id, tokens))) == 1
    assert len(app_service.requests) == 1


def test_the_event_loop_runs_on_while_a_view_waits_for_a_token(
    app_service: IdentityEndpoint, connect: Any
) -> None:
    app_service.trouble(Trouble(delay=1.5))
    connection = connect(MSI)
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.02)
            ticks += 1

    def ask() -> str:
        connection.inc_thread_sharing()
        return who(connection)

    async def view() -> str:
        ticking = asyncio.create_task(tick())
        answer = await sync_to_async(ask)()
        ticking.cancel()
        return answer

    assert asyncio.run(view()) == f"{SYSTEM_IDENTITY}@{TENANT}"
    assert ticks > 10  # 75 on an idle machine; 0 if the loop had waited for the token


# Telemetry


@pytest.fixture
def observed() -> Iterator[tuple[dict[str, Any], InMemorySpanExporter, InMemoryMetricReader]]:
    """OPTIONS["telemetry"] of providers that keep everything."""
    spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
    tracers = TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    meters = MeterProvider(metric_readers=[reader])
    yield {"tracer_provider": tracers, "meter_provider": meters, "plans": "off"}, spans, reader
    tracers.shutdown()
    meters.shutdown()


def points(reader: InMemoryMetricReader) -> dict[str, list[Any]]:
    data = reader.get_metrics_data()
    return {
        metric.name: list(metric.data.data_points)
        for resource in (data.resource_metrics if data else ())
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def test_retries_are_span_events_and_metrics(
    connect: Any, judging: Server, observed: Any, sql_login: dict[str, Any], without_pool: None
) -> None:
    telemetry, spans, reader = observed
    judging.faults.login_error(40613, times=2)
    options = {"retry": {"initial": 0.02, "max": 0.02}, "telemetry": telemetry}
    connection = connect(options, **sql_login)
    connection.ensure_connection()
    (span,) = [span for span in spans.get_finished_spans() if span.name == "connect master"]
    assert span.attributes["mssql.sign_in"] == "SqlPassword"
    assert span.attributes["db.system.name"] == "microsoft.sql_server"
    assert [event.name for event in span.events] == ["mssql.login.retry"] * 2
    assert [event.attributes["error.type"] for event in span.events] == ["40613"] * 2
    assert [event.attributes["mssql.login.retry.number"] for event in span.events] == [1, 2]
    seen = points(reader)
    (retries,) = seen["mssql.client.login.retries"]
    assert retries.value == 2
    assert dict(retries.attributes) == {
        "db.client.connection.pool.name": "entra",
        "error.type": "40613",
    }
    (waits,) = seen["mssql.client.login.retry_wait"]
    assert waits.count == 2
    assert 0.02 <= waits.sum <= 0.04


def test_a_serverless_database_resumes_within_one_call(
    connect: Any, judging: Server, monkeypatch: pytest.MonkeyPatch, sql_login: dict[str, Any],
    without_pool: None,
) -> None:  # fmt: skip
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds
        if now[0] >= 60:
            judging.faults.clear()

    clock = SimpleNamespace(sleep=sleep, monotonic=lambda: now[0])
    monkeypatch.setattr(retry, "time", clock)
    judging.faults.login_error(40613, times=1000)
    assert who(connect(**sql_login)) == "sa"
    assert 60 <= now[0] <= 90


def test_the_life_of_a_connection_is_measured(
    app_service: IdentityEndpoint, connect: Any, observed: Any
) -> None:
    telemetry, _, reader = observed
    connection = connect({**MSI, "telemetry": telemetry}, CONN_MAX_AGE=None)

    def states() -> dict[str, int]:
        return {
            point.attributes["db.client.connection.state"]: point.value
            for point in points(reader)["db.client.connection.count"]
        }

    who(connection)
    assert states() == {"used": 1, "idle": 0}
    request_ends(connection)
    assert states() == {"used": 0, "idle": 1}
    who(connection)
    assert states() == {"used": 1, "idle": 0}
    connection.close()
    connection.close()
    assert states() == {"used": 0, "idle": 0}
    seen = points(reader)
    assert seen["db.client.connection.create_time"][0].count == 1
    assert seen["db.client.connection.wait_time"][0].count == 2
    assert seen["db.client.connection.use_time"][0].count == 2
    assert seen["db.client.connection.pending_requests"][0].value == 0
    assert seen["mssql.client.token.duration"][0].count == 1
    for name in ("create_time", "wait_time", "use_time"):
        (point,) = seen[f"db.client.connection.{name}"]
        assert dict(point.attributes) == {"db.client.connection.pool.name": "entra"}


def test_a_connection_that_is_forgotten_is_not_counted(
    connect: Any, observed: Any, sql_login: dict[str, Any]
) -> None:
    """As when its thread ends."""
    telemetry, _, reader = observed
    settings = connect({"telemetry": telemetry}, **sql_login).settings_dict
    connection = DatabaseWrapper(settings, "entra")
    connection.ensure_connection()
    assert sum(point.value for point in points(reader)["db.client.connection.count"]) == 1
    del connection
    gc.collect()
    assert sum(point.value for point in points(reader)["db.client.connection.count"]) == 0


def test_a_login_that_takes_too_long_is_a_timeout(
    connect: Any, judging: Server, observed: Any, sql_login: dict[str, Any], without_pool: None
) -> None:
    telemetry, spans, reader = observed
    judging.faults.login_delay(3)
    with judging.recorder.capture() as seen:
        with pytest.raises(OperationalError):
            connect(
                {"telemetry": telemetry, "connection_timeout": 1}, **sql_login
            ).ensure_connection()
        while not seen.count("login"):  # the server goes on with it all the same
            time.sleep(0.05)
    assert points(reader)["db.client.connection.timeouts"][0].value == 1
    (span,) = spans.get_finished_spans()
    assert not span.status.is_ok


def test_telemetry_of_connecting_holds_no_secret(
    app_service: IdentityEndpoint, connect: Any, observed: Any, caplog: Any
) -> None:
    telemetry, spans, reader = observed
    caplog.set_level("DEBUG")
    app_service.trouble(Trouble(claims={"exp": 1_700_000_000}, keeps_expiry=True))
    connection = connect({**MSI, "telemetry": telemetry})
    who(connection)
    token = connection._tenancy.token.text
    told = " ".join(
        [
            *(span.to_json() for span in spans.get_finished_spans()),
            str(reader.get_metrics_data()),
            caplog.text,
            repr(vars(connection)),
            repr(connection._tenancy),
        ]
    )
    assert "mssql.token.refused" in told
    for secret in (token, token.split(".")[1], app_service.header):
        assert secret not in told


def test_telemetry_switched_off_measures_nothing(
    connect: Any, observed: Any, sql_login: dict[str, Any]
) -> None:
    telemetry, spans, reader = observed
    who(connect({"telemetry": {**telemetry, "enabled": False}}, **sql_login))
    assert spans.get_finished_spans() == ()
    assert "db.client.connection.count" not in points(reader)


def test_a_refused_login_is_not_repeated(
    connect: Any, judging: Server, sql_login: dict[str, Any], without_pool: None
) -> None:
    judging.faults.login_error(18456, times=5)
    with logins(judging, 1), pytest.raises(OperationalError):
        who(connect(**sql_login))


def test_a_wrong_password_fails_at_once(
    connect: Any, judging: Server, sql_login: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(sleep=lambda seconds: pytest.fail("waited"), monotonic=lambda: 0.0)
    monkeypatch.setattr(retry, "time", clock)
    with logins(judging, 1), pytest.raises(OperationalError):
        who(connect(**{**sql_login, "PASSWORD": "40613 4060 40501"}))
