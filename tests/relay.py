"""A network between a client and the server with faults at a test's command."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator

_PIECE = 65536
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER for no time: closing sends RST


class Relay:
    """A relay of the bytes of each connection, in both directions."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._sockets: set[socket.socket] = set()
        self._forgotten: set[socket.socket] = set()
        self._is_frozen = False
        self._unanswered: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End all connections, as a failover does."""
        for each in list(self._sockets):
            self._end(each)

    def forget(self) -> None:
        """Forget all connections, as a load balancer does: further bytes are refused."""
        self._forgotten |= self._sockets

    def freeze(self) -> None:
        """Relay no more bytes, without a notice: packets go into a black hole."""
        self._is_frozen = True

    def thaw(self) -> None:
        """Relay all further bytes, of new connections as well."""
        self._is_frozen = False

    def lose_answers(self) -> None:
        """Let requests of today's connections through; each ends when its next answer comes."""
        self._unanswered |= self._sockets

    def close(self) -> None:
        """End everything."""
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client = self._listener.accept()[0]
                server = socket.create_connection(self._server)
            except OSError:
                return
            self._sockets |= {client, server}
            for source, sink in ((client, server), (server, client)):
                arguments = (source, sink, sink is client)
                threading.Thread(target=self._pass, args=arguments, daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_PIECE):
                if is_answer and source in self._unanswered:
                    break
                if source in self._forgotten:
                    source.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    break
                if not self._is_frozen:
                    sink.sendall(data)
        if not self._is_frozen:
            self._end(source)
            self._end(sink)

    def _end(self, end: socket.socket) -> None:
        self._sockets.discard(end)
        if end not in self._forgotten:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        end.close()


@contextlib.contextmanager
def relay(host: str, port: int) -> Iterator[Relay]:
    """Run a relay to a server."""
    made = Relay(host, port)
    try:
        yield made
    finally:
        made.close()
