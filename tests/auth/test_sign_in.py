"""Signing in end to end: identity service, azure-identity, the driver, the server that judges."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyodbc
import pytest
from django.db import connections
from django.db.utils import OperationalError

from mssql.drivers.sign_in import sign_in, target
from mssql.embedded.identity import SYSTEM_IDENTITY, TENANT, IdentityEndpoint, Signer, Trouble
from mssql.embedded.server import Server
from mssql.settings import read
from tests.auth.conftest import CLIENT, SECRET, LoopbackTransport
from tests.auth.conftest import TENANT as OTHER_TENANT

AUDIENCE = "https://database.windows.net/"


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer()


@pytest.fixture(scope="module")
def judging(signer: Signer) -> Iterator[Server]:
    """An embedded server that trusts the signer's tokens."""
    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with folder as path, Server(Path(path), identity=signer.verifier()) as server:
        yield server


@pytest.fixture(autouse=True)
def one_key(endpoint: IdentityEndpoint, signer: Signer) -> None:
    endpoint.signer = signer


@pytest.fixture(params=["pyodbc", "mssql_python"])
def python_driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def connect(judging: Server, python_driver: str, django_db_blocker: Any) -> Iterator[Any]:
    """Opens a connection with given options and settings, and tells who it is on the server."""
    opened = []

    def open(options: dict[str, Any] | None = None, **settings: Any) -> Any:
        default = connections["default"]
        trust = f"Encrypt=strict;ServerCertificate={judging.certificate}"
        given = {
            **default.settings_dict,
            "HOST": "127.0.0.1",
            "PORT": str(judging.port),
            "NAME": "master",
            "USER": "",
            "PASSWORD": "",
            "OPTIONS": {"python_driver": python_driver, "extra_params": trust, **(options or {})},
            **settings,
        }
        made = type(default)(given, "entra")
        opened.append(made)
        return made

    with django_db_blocker.unblock():
        yield open
        for connection in opened:
            connection.close()


def who(connection: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT SUSER_SNAME()")
        return str(cursor.fetchone()[0])


def test_managed_identity(app_service: IdentityEndpoint, connect: Any) -> None:
    assert who(connect({"authentication": "ActiveDirectoryMSI"})) == f"{SYSTEM_IDENTITY}@{TENANT}"
    named = connect({"authentication": "ActiveDirectoryMSI", "client_id": CLIENT})
    assert who(named) == f"{CLIENT}@{TENANT}"


def test_managed_identity_as_mssql_django_has_it(
    app_service: IdentityEndpoint, connect: Any, judging: Server
) -> None:
    trust = f"Encrypt=strict;ServerCertificate={judging.certificate}"
    extra = {"extra_params": f"{trust};Authentication=ActiveDirectoryMsi"}
    assert who(connect(extra, USER=CLIENT)) == f"{CLIENT}@{TENANT}"


def test_service_principal(
    endpoint: IdentityEndpoint, transport: LoopbackTransport, connect: Any
) -> None:
    options = {
        "authentication": "ActiveDirectoryServicePrincipal",
        "tenant_id": OTHER_TENANT,
        "credential_options": {"transport": transport, "disable_instance_discovery": True},
    }
    assert who(connect(options, USER=CLIENT, PASSWORD=SECRET)) == f"{CLIENT}@{TENANT}"


def test_token_as_str_and_callable(signer: Signer, connect: Any) -> None:
    token = signer.sign(CLIENT, AUDIENCE, 3600)
    assert who(connect(TOKEN=token)) == f"{CLIENT}@{TENANT}"
    assert who(connect(TOKEN=lambda: token)) == f"{CLIENT}@{TENANT}"


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"aud": "https://storage.azure.com/"}, "audience"),
        ({"nbf": 4_000_000_000}, "not valid yet"),
        ({"iss": "https://sts.windows.net/another/"}, "not one of this server's issuer"),
    ],
)
def test_a_token_that_the_server_refuses(
    signer: Signer, connect: Any, claims: dict[str, Any], reason: str
) -> None:
    token = signer.sign(CLIENT, AUDIENCE, 3600, **claims)
    with pytest.raises(OperationalError, match=reason) as caught:
        who(connect(TOKEN=token))
    assert token not in str(caught.value)


def test_a_token_of_another_key_is_refused(connect: Any) -> None:
    with pytest.raises(OperationalError, match="not one of this server's issuer"):
        who(connect(TOKEN=Signer().sign(CLIENT, AUDIENCE, 3600)))


def test_an_expired_token_never_reaches_the_server(
    signer: Signer, connect: Any, judging: Server
) -> None:
    expired = signer.sign(CLIENT, AUDIENCE, -10)
    with judging.recorder.capture() as seen, pytest.raises(OperationalError, match="has expired"):
        who(connect(TOKEN=expired))
    assert seen.requests == []


def test_one_request_serves_many_connections(app_service: IdentityEndpoint, connect: Any) -> None:
    for _ in range(5):
        who(connect({"authentication": "ActiveDirectoryMSI"}))
    assert len(app_service.requests) == 1


def test_a_token_that_the_server_calls_expired_is_minted_anew_once(
    app_service: IdentityEndpoint, connect: Any
) -> None:
    # The endpoint and this machine believe in a life that the server does not.
    app_service.trouble(Trouble(claims={"exp": 1_700_000_000}, keeps_expiry=True))
    connection = connect({"authentication": "ActiveDirectoryMSI"})
    assert who(connection) == f"{SYSTEM_IDENTITY}@{TENANT}"
    assert len(app_service.requests) == 2


def test_no_loop_on_a_token_that_stays_expired(
    app_service: IdentityEndpoint, connect: Any, judging: Server
) -> None:
    app_service.trouble(Trouble(claims={"exp": 1_700_000_000}, keeps_expiry=True), times=9)
    with judging.recorder.capture() as seen, pytest.raises(OperationalError, match="expired"):
        who(connect({"authentication": "ActiveDirectoryMSI"}))
    assert seen.count("login") == 2


def test_no_pool_mixes_identities(signer: Signer, connect: Any) -> None:
    """Open, close and open again as somebody else, with the pools on."""
    pyodbc.pooling = True
    identities = [f"{number}" * 8 + CLIENT[8:] for number in range(4)]
    for client in [*identities, *identities]:
        connection = connect(TOKEN=signer.sign(client, AUDIENCE, 3600))
        assert who(connection) == f"{client}@{TENANT}"
        connection.close()


def test_each_identity_has_a_connection_string_of_its_own(signer: Signer) -> None:
    names = set()
    for client in ("a", "b"):
        token = signer.sign(client, AUDIENCE, 3600)
        options = {"extra_params": "APP=shop;UID=me;Authentication=ActiveDirectoryMsi"}
        settings = read({"NAME": "x", "TOKEN": token, "OPTIONS": options}, "default")
        way = sign_in(settings)
        assert way.source is not None
        keywords = target(settings, way, way.source.token()).keywords
        names.add(keywords["APP"])
        assert token not in repr(target(settings, way, way.source.token()))
        # The driver refuses these beside a token (FA005).
        for refused in ("UID", "PWD", "Trusted_Connection", "Authentication"):
            assert refused not in keywords
    assert len(names) == 2
    assert all(name.startswith("shop ") for name in names)
