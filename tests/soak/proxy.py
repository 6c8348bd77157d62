"""A TCP proxy on 127.0.0.1 that cuts its connections after a number of bytes."""

from __future__ import annotations

import contextlib
import socket
import threading

PIECE = 65536
UP, DOWN = "up", "down"  # to the server, to the client


class Proxy:
    """A proxy to a port of this machine that can cut its connections."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._direction = ""
        self._left = 0
        self._has_cut = False
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, direction: str, after: int) -> None:
        """Pass on `after` more bytes in that direction, of all connections together, then cut."""
        with self._lock:
            self._direction, self._left, self._has_cut = direction, after, False

    def disarm(self) -> tuple[bool, int]:
        """Pass everything on again; whether something was cut, and how many bytes were left."""
        with self._lock:
            self._direction = ""
            return self._has_cut, self._left

    def drop(self) -> None:
        """Cut every connection."""
        with self._lock:
            ended = list(self._open)
        for sock in ended:
            _end(sock)

    def stop(self) -> None:
        """Accept no more, and cut."""
        _end(self._socket)
        self.drop()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                if self._socket.fileno() == -1:
                    return
                continue
            for sock in (client, server):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.update((client, server))
            for source, sink, direction in ((client, server, UP), (server, client, DOWN)):
                pump = threading.Thread(
                    target=self._pump, args=(source, sink, direction), daemon=True
                )
                pump.start()

    def _pump(self, source: socket.socket, sink: socket.socket, direction: str) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(PIECE):
                passed = self._allowed(direction, data)
                sink.sendall(passed)
                if len(passed) < len(data):
                    break
        _end(source)
        _end(sink)
        with self._lock:
            self._open -= {source, sink}

    def _allowed(self, direction: str, data: bytes) -> bytes:
        with self._lock:
            if direction != self._direction:
                return data
            passed = data[: self._left]
            self._left -= len(passed)
            if len(passed) < len(data):
                self._has_cut = True
            return passed


def _end(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
