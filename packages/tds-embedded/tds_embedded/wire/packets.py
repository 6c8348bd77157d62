"""TDS packets: messages in, messages out.

Follows MS-TDS 2.2.3 "Packets". A message is one or more packets of one type, the last with the
status bit END_OF_MESSAGE.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

HEADER = struct.Struct(">BBHHBB")  # type, status, length, spid, packet id, window
HEADER_SIZE = 8
END_OF_MESSAGE = 0x01
RESET_CONNECTION = 0x08
RESET_CONNECTION_KEEPING_TRANSACTION = 0x10
LOGIN_PACKET_SIZE = 4096
LARGEST_PACKET_SIZE = 32767
SEND_SIZE = 64 * 1024  # rows leave in pieces of about this many bytes
LARGEST_MESSAGE = 1 << 30


class PacketType(IntEnum):
    """MS-TDS 2.2.3.1.1."""

    SQL_BATCH = 1
    RPC = 3
    RESPONSE = 4
    ATTENTION = 6
    BULK_LOAD = 7
    FEDERATED_TOKEN = 8
    TRANSACTION_MANAGER = 14
    LOGIN7 = 16
    SSPI = 17
    PRELOGIN = 18


class Disconnected(Exception):
    """The end of a connection by the client, or by a fault on demand."""


class ProtocolError(Exception):
    """A message of the client that violates MS-TDS; the connection cannot go on."""


class Transport(Protocol):
    """A byte stream: a plain socket, one under TLS, or a session of a MARS connection."""

    def receive(self) -> bytes:
        """Return the available bytes, after waiting for at least one. b"" at the end of the
        stream.
        """

    def send(self, data: bytes | bytearray) -> None:
        """Send all of `data`."""


@dataclass(slots=True)
class Message:
    """A whole message of the client. `size` counts its bytes on the wire, headers included."""

    type: int
    status: int
    body: bytes
    size: int


class PacketReader:
    """The reader of a transport's messages."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self._buffer = b""

    def message(self) -> Message:
        """Return the next message. Raises Disconnected at the end of the stream, ProtocolError."""
        self._fill(HEADER_SIZE)
        data = self._buffer
        if data[1] & END_OF_MESSAGE and int.from_bytes(data[2:4], "big") == len(data):
            self._buffer = b""  # the usual case: one packet, received at once
            return Message(data[0], data[1], data[HEADER_SIZE:], len(data))
        return self._packets()

    def _packets(self) -> Message:
        kind, first_status, body = self._packet()
        size = len(body) + HEADER_SIZE
        status = first_status
        if not status & END_OF_MESSAGE:
            bodies = [body]
            while not status & END_OF_MESSAGE:
                next_kind, status, body = self._packet()
                if next_kind != kind:
                    raise ProtocolError(f"packet type {next_kind} inside a message of type {kind}")
                bodies.append(body)
                size += len(body) + HEADER_SIZE
                if size > LARGEST_MESSAGE:
                    raise ProtocolError("a message of more than 1 GB")
            body = b"".join(bodies)
        return Message(kind, first_status, body, size)

    def _packet(self) -> tuple[int, int, bytes]:
        self._fill(HEADER_SIZE)
        kind, status, length, _, _, _ = HEADER.unpack_from(self._buffer)
        if length < HEADER_SIZE:
            raise ProtocolError(f"invalid packet length {length}")
        self._fill(length)
        body = self._buffer[HEADER_SIZE:length]
        self._buffer = self._buffer[length:]
        return kind, status, body

    def _fill(self, count: int) -> None:
        while len(self._buffer) < count:
            data = self.transport.receive()
            if not data:
                raise Disconnected
            self._buffer += data


class PacketWriter:
    """The writer of answers: it sends packets as soon as enough are full."""

    def __init__(self, transport: Transport, spid: int = 0) -> None:
        self.transport = transport
        self.packet_size = LOGIN_PACKET_SIZE
        self.spid = spid
        self.kind: int = PacketType.RESPONSE
        self.sent = 0  # bytes since the connection began
        self._buffer = bytearray()
        self._number = 1

    def write(self, data: bytes) -> None:
        """Add to the message."""
        self._buffer += data
        if len(self._buffer) > SEND_SIZE:
            self._send_packets()

    @property
    def written(self) -> int:
        """The bytes sent and collected so far."""
        return self.sent + len(self._buffer)

    def end(self, before: Callable[[], object] | None = None) -> None:
        """Send the rest: the message is complete. Calls `before` just before that."""
        self._send_packets(END_OF_MESSAGE, before)
        self._number = 1

    def break_off(self) -> None:
        """Send the first half of the buffer, without the end of the message."""
        del self._buffer[len(self._buffer) // 2 :]
        self._send_packets(0)

    def _send_packets(
        self, last_status: int | None = None, before: Callable[[], object] | None = None
    ) -> None:
        """Send the full packets, and, with a status, the rest."""
        room = self.packet_size - HEADER_SIZE
        buffer, self._buffer = self._buffer, bytearray()
        packets = [
            self._packet(buffer[at : at + room], 0) for at in range(0, len(buffer) - room, room)
        ]
        rest = buffer[len(packets) * room :] if packets else buffer
        if last_status is not None:
            packets.append(self._packet(rest, last_status))
        else:
            self._buffer = rest
        out = packets[0] if len(packets) == 1 else b"".join(packets)
        self.sent += len(out)
        if before is not None:
            before()
        self.transport.send(out)

    def _packet(self, body: bytearray, status: int) -> bytes:
        size = len(body) + HEADER_SIZE
        header = HEADER.pack(self.kind, status, size, self.spid & 0xFFFF, self._number, 0)
        self._number = (self._number + 1) & 0xFF
        return header + body
