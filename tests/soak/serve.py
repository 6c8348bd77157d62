"""A process with the servers of a scenario: the stand-in, an identity endpoint, and a TCP proxy.

Reads a command as a line of JSON, writes its result as another, and ends with its standard input,
which also ends if the process at the other end was killed.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tds_embedded.identity import IdentityEndpoint, Trouble
from tds_embedded.server import Server
from tests.soak import model
from tests.soak.proxy import Proxy

CONNECTIONS = 400
TROUBLES: Mapping[str, Trouble] = {
    "slow": Trouble(delay=2),
    "429": Trouble(429, headers={"Retry-After": "1"}),
    "500": Trouble(500),
    "garbage": Trouble(body="<html>not a token</html>"),
}


class Host:
    """The servers, and the commands that they take."""

    def __init__(self, folder: Path, server: Server, clients: Mapping[str, str]) -> None:
        self.folder = folder
        self.server = server
        self.clients = clients
        self.endpoint = self._endpoint(0).start()
        self.proxy = Proxy(server.port)
        self.lifetime = 3600.0

    def _endpoint(self, port: int) -> IdentityEndpoint:
        return IdentityEndpoint(self.folder, port=port, managed=self.clients)

    def facts(self) -> dict[str, Any]:
        """Return the addresses of all servers."""
        public = self.server.endpoint
        return {
            "port": public.port,
            "user": public.user,
            "password": public.password,
            "certificate": str(public.certificate),
            "proxy": self.proxy.port,
            "environment": self.endpoint.environment,
        }

    def set_lifetime(self, seconds: float) -> None:
        """Let tokens live so long from now on."""
        self.lifetime = self.endpoint.lifetime = seconds

    def trouble(self, name: str, times: int = 1) -> None:
        """Let the next answers of the identity endpoint go wrong."""
        self.endpoint.trouble(TROUBLES[name], times)

    def is_troubled(self) -> bool:
        """Whether a trouble has not struck yet."""
        return bool(self.endpoint._trouble)

    def down(self) -> None:
        """End the identity endpoint."""
        self.endpoint.stop()

    def up(self) -> None:
        """Start the identity endpoint again, at its old address."""
        old = self.endpoint
        self.endpoint = self._endpoint(int(old.url.rpartition(":")[2]))
        self.endpoint.header, self.endpoint.lifetime = old.header, self.lifetime
        self.endpoint.requests = old.requests
        self.endpoint.start()

    def arm(self, direction: str, after: int) -> None:
        """Cut the proxy's connections after so many more bytes."""
        self.proxy.arm(direction, after)

    def disarm(self) -> tuple[bool, int]:
        """Cut no more; whether there was a cut since arm(), and the bytes left to it."""
        return self.proxy.disarm()

    def drop(self) -> None:
        """Cut the connections through the proxy."""
        self.proxy.drop()

    def state(self) -> dict[str, Any]:
        """Return the resources of this process, and its number of clients."""
        listener = self.server._listener
        return {
            "resident": model.resident(),
            "descriptors": model.descriptors(),
            "connections": len(listener.connections) if listener else 0,
            "token_requests": len(self.endpoint.requests),
        }


def main(clients: Mapping[str, str]) -> None:
    """Serve until standard input ends."""
    logging.disable()  # a broken session is a warning each
    with tempfile.TemporaryDirectory(prefix="mssql-soak-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        verifier = IdentityEndpoint(folder).signer.verifier()
        with Server(folder / "data", identity=verifier, user_connections=CONNECTIONS) as server:
            host = Host(folder, server, clients)
            print(json.dumps(host.facts()), flush=True)
            for line in sys.stdin:
                command, *arguments = json.loads(line)
                print(json.dumps(getattr(host, command)(*arguments)), flush=True)
            host.proxy.stop()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
