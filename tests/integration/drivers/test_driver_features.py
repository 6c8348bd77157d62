"""Keywords of the connection string that the driver implements: TLS, MARS, Always Encrypted."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections

from tds_embedded.server import Server
from tests.databases import alias

COLUMN_ENCRYPTION = 4  # MS-TDS 2.2.6.4


@pytest.fixture(autouse=True)
def may_connect(django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock():
        yield


def opened(extra: str, **settings: Any) -> Any:
    given = connections["default"].settings_dict["OPTIONS"]["extra_params"]
    return alias("other", {"extra_params": f"{given};{extra}"}, NAME="master", **settings)


def rows(database: Any, sql: str, params: Any = None) -> Any:
    with database.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def test_several_statements_at_once_with_mars_and_without() -> None:
    for extra in ("MARS_Connection=yes", "MARS_Connection=no"):
        with opened(extra) as database, database.cursor() as outer:
            outer.execute("SELECT value FROM GENERATE_SERIES(1, %s)", [300])
            assert outer.fetchone() == (1,)
            assert rows(database, "SELECT %s", ["x"]) == [("x",)]
            assert len(outer.fetchall()) == 299


def test_always_encrypted_is_asked_for(server: Server) -> None:
    with server.recorder.capture() as seen:
        for extra in ("ColumnEncryption=Enabled", "ColumnEncryption=Disabled"):
            with opened(extra) as database:
                assert rows(database, "SELECT %s", [1]) == [(1,)]
    asked = [COLUMN_ENCRYPTION in each.features for each in seen.requests if each.kind == "login"]
    assert asked == [True, False]


@pytest.mark.parametrize(
    "encryption", ["Encrypt=strict", "Encrypt=yes;TrustServerCertificate=yes", "Encrypt=no"]
)
def test_connections_with_tls_and_without(server: Server, encryption: str) -> None:
    extra = encryption
    if encryption == "Encrypt=strict":
        extra += f";ServerCertificate={server.endpoint.certificate}"
    with alias("other", {"extra_params": extra}, NAME="master") as database:
        assert rows(database, "SELECT %s", ["😀"]) == [("😀",)]
