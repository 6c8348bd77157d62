"""Accepts connections, a thread for each, and watches for clients that cancel."""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import threading
import time

from tds_embedded.wire.connection import Connection, Host

LOG = logging.getLogger("tds_embedded")
BACKLOG = 128
WATCH_SECONDS = 0.05
STOP_SECONDS = 10.0


class Listener:
    """A TCP port on which a Host serves. `port` 0 means any free one."""

    def __init__(self, host: Host, address: str, port: int) -> None:
        self.connections: dict[Connection, threading.Thread] = {}
        self.idle_since = time.monotonic()  # when the last connection closed
        self._host = host
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._socket = socket.create_server((address, port), backlog=BACKLOG)
        self.port: int = self._socket.getsockname()[1]
        self._threads = [
            threading.Thread(target=target, name=f"mssql-{name}-{self.port}", daemon=True)
            for name, target in (("accept", self._accept), ("watch", self._watch))
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End all the connections and waits for their threads."""
        self._stopping.set()
        with contextlib.suppress(OSError):  # macOS refuses; closing wakes accept() there
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        deadline = time.monotonic() + STOP_SECONDS
        with self._lock:
            open_now = list(self.connections.items())
        for connection, _ in open_now:
            for conversation in list(connection.conversations.values()):
                conversation.cancel()
            connection.close()
        for thread in [*(thread for _, thread in open_now), *self._threads]:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                sock, address = self._socket.accept()
            except OSError:
                if self._stopping.is_set():
                    return
                LOG.exception("accepting a connection failed")
                time.sleep(WATCH_SECONDS)
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(self._host, sock, str(address[0]))
            thread = threading.Thread(
                target=self._serve,
                args=(connection,),
                name=f"mssql-connection-{connection.id}",
                daemon=True,
            )
            with self._lock:
                self.connections[connection] = thread
            thread.start()

    def _serve(self, connection: Connection) -> None:
        try:
            connection.run()
        except Exception as exception:  # noqa: BLE001  one connection's bug ends no other
            LOG.error("connection %d failed: %s", connection.id, type(exception).__name__)
        finally:
            with self._lock:
                del self.connections[connection]
                self.idle_since = time.monotonic()

    def _watch(self) -> None:
        """Watch for clients that cancel a running request.

        While a request runs, its client may send nothing but an attention, or go: any input of its
        socket ends the request. With MARS the multiplexer reads all the time itself. A request that
        is over sooner than the watch comes round needs no watching.
        """
        while not self._stopping.wait(WATCH_SECONDS):
            with self._lock:
                candidates = [one for one in self.connections if not one.mars]
            for connection in candidates:
                conversation = connection.conversations.get(0)
                busy_since = conversation.busy_since if conversation is not None else 0.0
                if conversation is not None and busy_since and _readable(connection.socket):
                    conversation.cancel(busy_since)


def _readable(sock: socket.socket) -> bool:
    poll = select.poll()
    try:
        poll.register(sock, select.POLLIN)
    except (OSError, ValueError):  # closed meanwhile
        return False
    return bool(poll.poll(0))
