"""Fixtures: a local identity service that real azure-identity code talks to."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from azure.core.pipeline.transport import RequestsTransport

from mssql.auth import credentials
from mssql.embedded.identity import IdentityEndpoint

CLIENT = "cccccccc-0000-0000-0000-000000000002"
TENANT = "99999999-0000-0000-0000-000000000003"
SECRET = "a-secret-that-must-not-leak"


@pytest.fixture(autouse=True)
def no_sources_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test starts like a new process, which has asked for no token yet."""
    monkeypatch.setattr(credentials, "_sources", {})


@pytest.fixture
def endpoint() -> Iterator[IdentityEndpoint]:
    with IdentityEndpoint(clients={CLIENT: SECRET}, managed={CLIENT: CLIENT}) as running:
        yield running


@pytest.fixture
def app_service(endpoint: IdentityEndpoint, monkeypatch: pytest.MonkeyPatch) -> IdentityEndpoint:
    """The identity service, found as a web app on App Service finds it."""
    for name, value in endpoint.environment.items():
        monkeypatch.setenv(name, value)
    return endpoint


class LoopbackTransport(RequestsTransport):
    """Sends what is meant for login.microsoftonline.com to the local identity service."""

    def __init__(self, endpoint: IdentityEndpoint) -> None:
        super().__init__()
        self._url = endpoint.url

    def send(self, request, **kwargs):  # type: ignore[no-untyped-def]
        request.url = self._url + urlsplit(request.url).path
        return super().send(request, **kwargs)


@pytest.fixture
def transport(endpoint: IdentityEndpoint) -> LoopbackTransport:
    return LoopbackTransport(endpoint)
