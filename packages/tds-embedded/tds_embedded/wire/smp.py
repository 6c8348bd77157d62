"""MARS: several sessions on one connection, by the Session Multiplex Protocol.

Follows MC-SMP, https://learn.microsoft.com/openspecs/windows_protocols/mc-smp/
"""

from __future__ import annotations

import queue
import struct
import threading
from collections import deque
from collections.abc import Callable
from enum import IntFlag

from tds_embedded.wire.packets import HEADER_SIZE as TDS_HEADER_SIZE
from tds_embedded.wire.packets import (
    Disconnected,
    PacketType,
    ProtocolError,
    Transport,
)

SMP_ID = 0x53
WINDOW = 4  # packets to a session before it has to acknowledge some
_HEADER = struct.Struct("<BBHIII")  # id, flags, session, length, sequence number, window
_END = b""


class Flag(IntFlag):
    """The kinds of SMP packets."""

    SYN = 0x01
    ACK = 0x02
    FIN = 0x04
    DATA = 0x08


class SmpSession:
    """One session of the connection: a Transport whose packets wait for the client's window.

    Packets outside the client's window are kept here, so that a half-read result in one session
    never delays another.
    """

    def __init__(self, session_id: int, send: Callable[[bytes], None]) -> None:
        self.id = session_id
        self._send = send
        self._received: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._waiting: deque[bytes] = deque()
        self._sent = 0  # sequence number of the last packet sent
        self._may_send = WINDOW  # the highest sequence number that the client takes
        self._read = 0
        self._announced = WINDOW
        self._lock = threading.Lock()
        self._finished = False

    def receive(self) -> bytes:
        """Return the next TDS packet; b"" when the session or the connection ends."""
        data = self._received.get()
        if data is not _END:
            with self._lock:
                self._read += 1
                if self._announced - self._read < WINDOW // 2:
                    self._emit(Flag.ACK)
        return data

    def send(self, data: bytes | bytearray) -> None:
        """Queues whole TDS packets and sends as many as the window allows."""
        with self._lock:
            at = 0
            while at < len(data):
                size = int.from_bytes(data[at + 2 : at + 4], "big")
                self._waiting.append(bytes(data[at : at + size]))
                at += size
            self._flush()

    def deliver(self, data: bytes) -> None:
        """Add a packet from the client."""
        self._received.put(data)

    def acknowledged(self, window: int) -> None:
        """Extend the client's window to the sequence number `window`."""
        with self._lock:
            if window > self._may_send:
                self._may_send = window
                self._flush()

    def end(self) -> None:
        """No packet will come any more."""
        self._received.put(_END)

    def finish(self) -> None:
        """Answer the client's FIN, after all that waits."""
        with self._lock:
            if not self._finished:
                self._finished = True
                self._emit(Flag.FIN)

    def _flush(self) -> None:
        while self._waiting and self._sent < self._may_send:
            self._sent += 1
            self._emit(Flag.DATA, self._waiting.popleft())

    def _emit(self, flag: Flag, data: bytes = b"") -> None:
        self._announced = self._read + WINDOW
        length = _HEADER.size + len(data)
        head = _HEADER.pack(SMP_ID, flag, self.id, length, self._sent, self._announced)
        self._send(head + data)


class Multiplexer:
    """The reader of a connection's SMP packets, which passes them to sessions in threads.

    `serve(session)` answers the requests of one session until it ends; `attention(id)` is called at
    once, by the reading thread, when a session's client cancels.
    """

    def __init__(
        self,
        transport: Transport,
        serve: Callable[[SmpSession], None],
        attention: Callable[[int], None],
    ) -> None:
        self._transport = transport
        self._serve = serve
        self._attention = attention
        self._sessions: dict[int, SmpSession] = {}
        self._threads: dict[int, threading.Thread] = {}
        self._send_lock = threading.Lock()
        self._buffer = b""

    def run(self) -> None:
        """Serve until the connection ends. Raises ProtocolError."""
        try:
            while True:
                self._dispatch()
        except Disconnected:
            pass
        finally:
            for session in list(self._sessions.values()):
                session.end()
            for thread in list(self._threads.values()):
                thread.join()

    def _dispatch(self) -> None:
        identity, flags, session_id, length, _, window = _HEADER.unpack(self._take(_HEADER.size))
        if identity != SMP_ID or length < _HEADER.size:
            raise ProtocolError("an SMP packet was expected")
        data = self._take(length - _HEADER.size)
        if flags == Flag.SYN:
            self._open(session_id)
            return
        session = self._sessions.get(session_id)
        if session is None:
            raise ProtocolError(f"SMP session {session_id} is not open")
        session.acknowledged(window)
        if flags == Flag.DATA:
            if len(data) >= TDS_HEADER_SIZE and data[0] == PacketType.ATTENTION:
                self._attention(session_id)
            session.deliver(data)
        elif flags == Flag.FIN:
            session.finish()
            session.end()
            del self._sessions[session_id]

    def _open(self, session_id: int) -> None:
        if session_id in self._sessions:
            raise ProtocolError(f"SMP session {session_id} is open already")
        session = self._sessions[session_id] = SmpSession(session_id, self._send)

        def serve() -> None:
            self._serve(session)
            self._threads.pop(session_id, None)

        thread = threading.Thread(target=serve, name=f"mssql-smp-{session_id}", daemon=True)
        self._threads[session_id] = thread
        thread.start()

    def _send(self, data: bytes) -> None:
        with self._send_lock:
            self._transport.send(data)

    def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            data = self._transport.receive()
            if not data:
                raise Disconnected
            self._buffer += data
        head, self._buffer = self._buffer[:count], self._buffer[count:]
        return head
