"""A network between the drivers and the server that can fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tds_embedded.server import Server
from tests.relay import Relay, relay


@pytest.fixture
def network(server: Server) -> Iterator[Relay]:
    with relay(server.endpoint.host, server.endpoint.port) as network:
        yield network
