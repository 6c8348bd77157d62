"""TLS as TDS does it: inside PRELOGIN packets (TDS 7.4), or before everything (TDS 8.0).

Follows MS-TDS 2.2.6.5 "PRELOGIN", 3.2.5.2 and 3.3.5.2 "TLS negotiation"; TDS 8.0 by its ALPN name.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

from tds_embedded.wire.packets import (
    Disconnected,
    PacketReader,
    PacketType,
    PacketWriter,
    ProtocolError,
)

RECEIVE_SIZE = 64 * 1024
TLS_HANDSHAKE = 0x16  # the first byte of a client that starts with TLS


class SocketTransport:
    """A plain socket."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock

    def receive(self) -> bytes:
        try:
            return self.socket.recv(RECEIVE_SIZE)
        except OSError as error:
            raise Disconnected from error

    def send(self, data: bytes | bytearray) -> None:
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Disconnected from error


class TlsTransport:
    """TLS over a plain transport. One thread may receive while another sends."""

    def __init__(self, plain: SocketTransport, context: ssl.SSLContext) -> None:
        self.plain = plain
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._lock = threading.Lock()  # OpenSSL's connection is not for two threads at once

    def handshake(self, receive: Callable[[], bytes], send: Callable[[bytes], None]) -> None:
        """Agrees on keys. Raises ProtocolError if the client ends it (a wrong CA)."""
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                send(self._outgoing.read())
                data = receive()
                if not data:
                    raise Disconnected from None
                self._incoming.write(data)
            except ssl.SSLError as error:
                raise ProtocolError(f"TLS handshake failed: {error.reason}") from None
        send(self._outgoing.read())

    def receive(self) -> bytes:
        while True:
            try:
                with self._lock:
                    return self._tls.read(RECEIVE_SIZE)
            except ssl.SSLWantReadError:
                data = self.plain.receive()
                if not data:
                    return b""
                self._incoming.write(data)
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLError as error:
                raise Disconnected from error

    def send(self, data: bytes | bytearray) -> None:
        with self._lock:
            view = memoryview(data)
            while view:
                view = view[self._tls.write(view) :]
            ciphertext = self._outgoing.read()
        self.plain.send(ciphertext)


def handshake_in_prelogin(tls: TlsTransport, reader: PacketReader, writer: PacketWriter) -> None:
    """Perform TDS 7.4's handshake, its records inside PRELOGIN packets. Raises ProtocolError."""

    def receive() -> bytes:
        message = reader.message()
        if message.type != PacketType.PRELOGIN:
            raise ProtocolError("no TLS handshake after PRELOGIN")
        return message.body

    def send(data: bytes) -> None:
        if data:
            writer.write(data)
            writer.end()

    writer.kind = PacketType.PRELOGIN
    tls.handshake(receive, send)
    writer.kind = PacketType.RESPONSE


def context(certificate: Path, key: Path, *, strict: bool) -> ssl.SSLContext:
    """Return the server's TLS settings; `strict` for TDS 8.0, which begins with TLS.

    Inside PRELOGIN TLS stops at 1.2: with 1.3 the client's last handshake message would come
    together with LOGIN7, outside the packets.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if strict:
        context.set_alpn_protocols(["tds/8.0"])
    else:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def starts_with_tls(sock: socket.socket) -> bool:
    """Return whether the client begins with TLS (TDS 8.0); waits for its first byte."""
    try:
        first = sock.recv(1, socket.MSG_PEEK)
    except OSError as error:
        raise Disconnected from error
    if not first:
        raise Disconnected
    return first[0] == TLS_HANDSHAKE
