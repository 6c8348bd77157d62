"""The server's errors without free connections, or without disk space."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import psycopg
import pyodbc
import pytest
from django.db import OperationalError

from tds_embedded.postgres import errors as pgerrors
from tds_embedded.server import Server
from tds_embedded_tests.conftest import connect
from tests.databases import alias, settings_of

pytestmark = pytest.mark.django_db
LIMIT = 4
FULL = "CREATE TRIGGER full_disk BEFORE INSERT ON dbo.t EXECUTE FUNCTION {schema}.full_disk()"
FULL_DISK = """CREATE FUNCTION {schema}.full_disk() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device'
USING ERRCODE = 'disk_full', TABLE = 't'; END$$"""


@pytest.fixture(scope="module", params=["2022", "azure"])
def small(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp(f"small-{request.param}")
    with Server(folder, product=request.param, user_connections=LIMIT) as server:
        yield server


@pytest.fixture
def crowd(small: Server) -> Iterator[ExitStack]:
    """As many connections as the server allows."""
    await_empty(small)
    with ExitStack() as stack:
        for _ in range(LIMIT):
            stack.enter_context(closing(connect(small.endpoint, "master")))
        yield stack


def await_empty(server: Server) -> None:
    """Wait until the server has noticed that its clients have gone."""
    deadline = time.monotonic() + 20
    while not server.idle_seconds:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def refusal_of(server: Server) -> tuple[str, str]:
    if server.product.name == "azure":
        return "10928", f"Resource ID: 2. The session limit for the database is {LIMIT}"
    return "17809", f"maximum number of '{LIMIT}' user connections has already been reached"


def test_one_connection_too_many(small: Server, crowd: ExitStack) -> None:
    number, text = refusal_of(small)
    with pytest.raises(pyodbc.Error, match=number) as raised:
        connect(small.endpoint, "master")
    assert text in str(raised.value)
    crowd.close()
    await_empty(small)
    with closing(connect(small.endpoint, "master")) as connection:
        assert connection.execute("SELECT 1").fetchval() == 1


@pytest.mark.parametrize("driver", ["pyodbc", "mssql_python"])
def test_django_sees_an_operational_error(small: Server, crowd: ExitStack, driver: str) -> None:
    settings = {**settings_of(small.endpoint), "NAME": "master"}
    options = {**settings.pop("OPTIONS"), "retry": {"deadline": 0}, "python_driver": driver}
    raises = pytest.raises(OperationalError, match=refusal_of(small)[0])
    with alias("crowded", options, **settings) as connection, raises:
        connection.ensure_connection()


def test_a_refused_connection_leaves_no_trace(small: Server) -> None:
    """Refused connections do not count, and those to a missing database."""
    for _ in range(3 * LIMIT):
        with pytest.raises(pyodbc.Error, match="4060"):
            connect(small.endpoint, "nowhere")
    await_empty(small)
    with ExitStack() as stack:
        for _ in range(LIMIT):
            stack.enter_context(closing(connect(small.endpoint, "master")))


def test_postgresql_without_connections_is_not_a_missing_database(tmp_path: Path) -> None:
    with Server(tmp_path / "data", user_connections=LIMIT) as server:
        taken = []
        with suppress(psycopg.OperationalError):
            while True:
                taken.append(server.postgres.connect("master"))
        with pytest.raises(pyodbc.Error, match="17300"):
            connect(server.endpoint, "model")
        for connection in taken:
            connection.close()


@pytest.mark.parametrize("driver", ["pyodbc", "mssql_python"])
def test_a_full_disk_is_an_operational_error(server: Server, driver: str) -> None:
    with alias("full", {"python_driver": driver}) as connection:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE t (id int)")
            cursor.execute("SELECT DB_NAME()")
            database = cursor.fetchone()[0]
        with closing(server.postgres.connect(database.lower())) as postgres:
            schema = "dbo"
            postgres.execute(FULL_DISK.format(schema=schema))
            postgres.execute(FULL.format(schema=schema))
        try:
            with pytest.raises(OperationalError, match="1105") as raised:
                connection.cursor().execute("INSERT INTO t VALUES (1)")
            assert f"object 't' in database '{database}'" in str(raised.value)
        finally:
            with closing(server.postgres.connect(database.lower())) as postgres:
                postgres.execute("DROP FUNCTION dbo.full_disk() CASCADE")
            connection.cursor().execute("DROP TABLE t")


def test_what_spills_is_in_tempdb() -> None:
    class Spill(psycopg.errors.DiskFull):
        class diag:
            message_primary = 'could not write to file "base/pgsql_tmp/pgsql_tmp1.0"'
            table_name = None

    found = pgerrors.to_sql_server(Spill(), pgerrors.Statement("SELECT", "shop"))
    assert (found.number, found.severity, found.state) == (1105, 17, 2)
    assert "in database 'tempdb'" in found.message
