"""Bytes that violate TDS: refused, and never more than the one connection is lost."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tds_embedded.errors import SqlServerError
from tds_embedded.types import SqlType
from tds_embedded.wire import rpc
from tds_embedded.wire.login import LoginRequest, Prelogin
from tds_embedded.wire.packets import (
    Disconnected,
    PacketReader,
    PacketType,
    PacketWriter,
    ProtocolError,
)
from tds_embedded_tests.wire.conftest import Connect, Wire
from tds_embedded_tests.wire.engine import one

HEADERS = b"\x04\0\0\0"
READERS: list[Callable[[bytes], Any]] = [
    Prelogin.parse,
    LoginRequest.parse,
    rpc.batch,
    lambda body: list(rpc.calls(body)),
    rpc.transaction,
]


class Pipe:
    """A transport whose two ends are in the same hands."""

    def __init__(self, data: bytes = b"", piece: int = 1 << 20) -> None:
        self.data = data
        self.piece = piece

    def receive(self) -> bytes:
        taken, self.data = self.data[: self.piece], self.data[self.piece :]
        return taken

    def send(self, data: bytes | bytearray) -> None:
        self.data += data


@pytest.mark.parametrize("read", READERS)
def test_any_bytes_are_read_or_refused(read: Callable[[bytes], Any]) -> None:
    @given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda data: HEADERS + data))
    def check(body: bytes) -> None:
        try:
            read(body)
        except (ProtocolError, SqlServerError):
            return

    check()


@given(
    body=st.binary(max_size=5000),
    packet_size=st.integers(512, 4096),
    piece=st.integers(1, 700),
)
def test_messages_survive_packets_and_pieces(body: bytes, packet_size: int, piece: int) -> None:
    pipe = Pipe(piece=piece)
    writer = PacketWriter(pipe)
    writer.packet_size = packet_size
    for at in range(0, len(body), 300):
        writer.write(body[at : at + 300])
    writer.end()
    sent = len(pipe.data)
    message = PacketReader(pipe).message()
    assert (message.type, message.body) == (PacketType.RESPONSE, body)
    assert message.size == sent == writer.sent


def test_end_of_the_stream_inside_a_packet() -> None:
    with pytest.raises(Disconnected):
        PacketReader(Pipe(struct.pack(">BBHHBB", 1, 1, 20, 0, 1, 0) + b"1234")).message()


def test_packet_shorter_than_its_header() -> None:
    with pytest.raises(ProtocolError, match="length 3"):
        PacketReader(Pipe(struct.pack(">BBHHBB", 1, 1, 3, 0, 1, 0))).message()


@pytest.mark.parametrize(
    "sent",
    [b"GET / HTTP/1.1\r\n\r\n", b"\x12\x01\x00\x09\0\0\0\0\x00", b"\x16\x03\x01\x00\x05hello"],
    ids=["http", "broken prelogin", "broken tls"],
)
def test_a_stranger_is_hung_up_on(wire: Wire, connect: Connect, sent: bytes) -> None:
    wire.script.answers["SELECT 1"] = one(SqlType("int"), 1)
    with socket.create_connection(("127.0.0.1", wire.port), timeout=10) as stranger:
        stranger.sendall(sent)
        stranger.shutdown(socket.SHUT_WR)
        while stranger.recv(4096):
            pass
    assert connect().execute("SELECT 1").fetchval() == 1


def test_a_value_that_is_none_of_its_type_is_8023() -> None:
    not_a_number = struct.pack("<BBBBBd", 0, 0, 0x6D, 8, 8, float("nan"))
    with pytest.raises(SqlServerError, match="Parameter 1") as caught:
        list(rpc.calls(HEADERS + b"\xff\xff\x0a\0\0\0" + not_a_number))
    assert caught.value.number == 8023
