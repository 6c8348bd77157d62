"""A local identity service that real azure-identity code talks to, and a server that judges its
tokens."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from mssql.auth import credentials, project_sources
from mssql.auth.transport import PatientTransport
from tds_embedded.identity import AUDIENCE, TENANT, IdentityEndpoint, Signer
from tds_embedded.server import Server

__all__ = ["TENANT"]

CLIENT = "cccccccc-0000-0000-0000-000000000002"
SECRET = "a-secret-that-must-not-leak"
USER = "ada@example.com"
PASSWORD = "a-password-that-must-not-leak"

# Variables through which azure-identity could find an identity outside the test.
VARIABLES = (
    *("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE"),
    *("AZURE_AUTHORITY_HOST", "AZURE_POD_IDENTITY_AUTHORITY_HOST", "AZURE_USERNAME"),
    *("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IMDS_ENDPOINT", "MSI_ENDPOINT", "MSI_SECRET"),
    *("IDENTITY_SERVER_THUMBPRINT", "SYSTEM_OIDCREQUESTURI", "SYSTEM_ACCESSTOKEN"),
)


@pytest.fixture
def new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has requested no token yet, on a machine outside every cloud."""
    monkeypatch.setattr(credentials, "_sources", {})
    monkeypatch.setattr(project_sources, "_sources", {})
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer()


@pytest.fixture(
    params=[
        ({"aud": "https://storage.azure.com/"}, "audience"),
        ({"nbf": 4_000_000_000}, "not valid yet"),
        ({"iss": "https://sts.windows.net/another/"}, "not one of this server's issuer"),
    ],
    ids=["audience", "time", "issuer"],
)
def refused_token(request: pytest.FixtureRequest, signer: Signer) -> tuple[str, str]:
    """A well-signed token that the server refuses, and a word of its reason."""
    claims, reason = request.param
    return signer.sign(CLIENT, AUDIENCE, 3600, **claims), reason


@pytest.fixture
def endpoint(signer: Signer) -> Iterator[IdentityEndpoint]:
    with IdentityEndpoint(
        clients={CLIENT: SECRET}, managed={CLIENT: CLIENT}, users={USER: PASSWORD}
    ) as running:
        running.signer = signer
        yield running


@pytest.fixture
def app_service(endpoint: IdentityEndpoint, monkeypatch: pytest.MonkeyPatch) -> IdentityEndpoint:
    """The identity service, found as a web app on App Service finds it."""
    for name, value in endpoint.environment.items():
        monkeypatch.setenv(name, value)
    return endpoint


class LoopbackTransport(PatientTransport):
    """A transport that redirects requests for login.microsoftonline.com to the local identity
    service."""

    def __init__(self, endpoint: IdentityEndpoint, **limits: Any) -> None:
        super().__init__(**limits)
        self._url = endpoint.url

    def send(self, request, **kwargs):  # type: ignore[no-untyped-def]
        address = urlsplit(request.url)
        request.url = self._url + address.path + (f"?{address.query}" if address.query else "")
        return super().send(request, **kwargs)


@pytest.fixture
def transport(endpoint: IdentityEndpoint) -> LoopbackTransport:
    return LoopbackTransport(endpoint)


@pytest.fixture
def to_authority(transport: LoopbackTransport) -> dict[str, Any]:
    """OPTIONS["credential_options"] that lead to the local authority."""
    return {"transport": transport, "disable_instance_discovery": True}


@pytest.fixture(scope="session")
def judging(signer: Signer) -> Iterator[Server]:
    """An embedded server that trusts the signer's tokens."""
    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with folder as path, Server(Path(path), identity=signer.verifier()) as server:
        yield server


def who(connection: Any) -> str:
    """Whom the server takes the connection's user for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT SUSER_SNAME()")
        return str(cursor.fetchone()[0])
