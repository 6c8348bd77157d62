"""One connection of a client: encryption, login, then its requests.

Follows MS-TDS 3.3 "Server Details".
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from tds_embedded.errors import SqlServerError, error
from tds_embedded.faults import Action, Faults, Stage
from tds_embedded.recorder import Recorder, Request
from tds_embedded.types import DEFAULT_COLLATION
from tds_embedded.wire import tls, tokens
from tds_embedded.wire.conversation import Conversation
from tds_embedded.wire.login import (
    TDS_73B,
    TDS_74,
    TDS_80,
    Encryption,
    Feature,
    LoginRequest,
    Prelogin,
)
from tds_embedded.wire.packets import (
    LARGEST_PACKET_SIZE,
    LOGIN_PACKET_SIZE,
    Disconnected,
    Message,
    PacketReader,
    PacketType,
    PacketWriter,
    ProtocolError,
    Transport,
)
from tds_embedded.wire.request_records import Handles
from tds_embedded.wire.requests import EngineSession, Login
from tds_embedded.wire.smp import Multiplexer, SmpSession
from tds_embedded.wire.tokens import Done, DoneStatus, Environment

LOG = logging.getLogger("tds_embedded")
SMALLEST_PACKET_SIZE = 512
LARGEST_PACKET_SIZE_UNDER_TLS = 16383  # "network packet size" under encryption
LOGIN_SECONDS = 30.0
CANNOT_OPEN_DATABASE = 4060
LOGIN_FAILED = 18456
LANGUAGE = "us_english"
_ids = itertools.count(1)


@dataclass(frozen=True)
class Host:
    """The environment that all connections of a server share.

    `authenticate(request, client address)` returns the Login or raises SqlServerError, as does
    `open_session(login)`.
    """

    name: str
    version: tuple[int, int, int]
    authenticate: Callable[[LoginRequest, str], Login]
    open_session: Callable[[Login], EngineSession]
    recorder: Recorder
    faults: Faults
    tls: ssl.SSLContext
    strict_tls: ssl.SSLContext


class Connection:
    """A client's connection, served in the thread that calls `run`."""

    session: EngineSession

    def __init__(self, host: Host, sock: socket.socket, address: str) -> None:
        self.id = next(_ids)
        self.socket = sock
        self.recorder = host.recorder
        self.faults = host.faults
        self.server_name = host.name
        self.engine_lock = threading.Lock()  # MARS: the sessions take turns in the engine
        self.handles = Handles()
        self.packet_size = LOGIN_PACKET_SIZE
        self.conversations: dict[int, Conversation] = {}
        self.running: Conversation | None = None  # the one that is in the engine
        self.mars = False
        self._host = host
        self._address = address
        self._strict = False
        self._plain = tls.SocketTransport(sock)
        self._reader = PacketReader(self._plain)
        self._writer = PacketWriter(self._plain)

    def run(self) -> None:
        """Serve the client until it goes."""
        try:
            self.socket.settimeout(LOGIN_SECONDS)
            transport = self._log_in(self._negotiate())
            if transport is None:
                return
            self.socket.settimeout(None)
            try:
                self._converse(transport)
            finally:
                self.session.close()
        except Disconnected:
            pass
        except ProtocolError as problem:
            LOG.warning("connection %d ended: %s", self.id, problem)
        finally:
            self.close()

    def close(self) -> None:
        """End the connection, from any thread."""
        with contextlib.suppress(OSError):  # it has gone already
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def _converse(self, transport: Transport) -> None:
        if not self.mars:
            conversation = self.conversations[0] = Conversation(self, transport)
            conversation.serve()
            return

        def serve(smp_session: SmpSession) -> None:
            conversation = Conversation(self, smp_session, smp_session.id)
            self.conversations[smp_session.id] = conversation
            try:
                conversation.serve()
            except Disconnected:
                pass
            except ProtocolError as problem:
                LOG.warning("connection %d ended: %s", self.id, problem)
                self.close()
            finally:
                del self.conversations[smp_session.id]

        def attention(session_id: int) -> None:
            conversation = self.conversations.get(session_id)
            if conversation is not None:
                conversation.cancel()

        Multiplexer(transport, serve, attention).run()

    def _negotiate(self) -> Encryption:
        """PRELOGIN, and TLS as the client wishes it."""
        if self._host.faults.strike(Stage.CONNECT):
            raise Disconnected
        if tls.starts_with_tls(self.socket):
            self._strict = True
            secure = tls.TlsTransport(self._plain, self._host.strict_tls)
            secure.handshake(self._plain.receive, self._plain.send)
            self._reader.transport = self._writer.transport = secure
        request = Prelogin.parse(self._expect(PacketType.PRELOGIN).body)
        self.mars = request.mars
        encryption = request.encryption
        if encryption is Encryption.REQUIRED:
            encryption = Encryption.ON
        self._writer.write(request.answer(self._host.version, encryption))
        self._writer.end()
        if encryption is not Encryption.NOT_SUPPORTED and not self._strict:
            secure = tls.TlsTransport(self._plain, self._host.tls)
            tls.handshake_in_prelogin(secure, self._reader, self._writer)
            self._reader.transport = self._writer.transport = secure
        return encryption

    def _expect(self, kind: PacketType) -> Message:
        message = self._reader.message()
        if message.type != kind:
            raise ProtocolError(f"{kind.name} was expected, not a message of type {message.type}")
        return message

    def _log_in(self, encryption: Encryption) -> Transport | None:
        """LOGIN7. Return the transport of the requests, or None if the client is refused."""
        start = perf_counter()
        message = self._expect(PacketType.LOGIN7)
        if encryption is Encryption.OFF and not self._strict:  # only LOGIN7 goes encrypted
            self._reader.transport = self._writer.transport = self._plain
        request = LoginRequest.parse(message.body)
        if request.tds_version < TDS_73B and request.tds_version != TDS_80:
            raise ProtocolError(f"TDS version 0x{request.tds_version:08X} is too old")
        problem: SqlServerError | None = None
        user = request.user
        try:
            self._strike()
            login = self._host.authenticate(request, self._address)
            user = login.user
            self.session = self._host.open_session(login)
        except SqlServerError as refusal:
            problem = refusal
            self._refuse(refusal, user)
        else:
            self._welcome(request)

        def record() -> None:
            self._host.recorder.record(
                Request(
                    kind="login",
                    connection=self.id,
                    session=0 if problem else self.session.spid,
                    bytes_in=message.size,
                    bytes_out=self._writer.sent,
                    seconds=perf_counter() - start,
                    error=problem.number if problem else None,
                    state=problem.state if problem else None,
                    database=request.database,
                    user=user,
                    read_only_intent=request.read_only_intent,
                    features=tuple(request.features),
                )
            )

        self._writer.end(record)
        return None if problem else self._writer.transport

    def _strike(self) -> None:
        fault = self._host.faults.strike(Stage.LOGIN)
        if fault is None:
            return
        if fault.action is Action.DELAY:
            threading.Event().wait(fault.seconds)
        elif fault.error is not None:
            raise fault.error

    def _refuse(self, problem: SqlServerError, user: str) -> None:
        self._writer.write(tokens.message(problem, self.server_name))
        if problem.number == CANNOT_OPEN_DATABASE:
            self._writer.write(tokens.message(error(LOGIN_FAILED, user), self.server_name))
        self._writer.write(tokens.done(Done.DONE, DoneStatus.ERROR))

    def _welcome(self, request: LoginRequest) -> None:
        is_encrypted = self._writer.transport is not self._plain
        largest = LARGEST_PACKET_SIZE_UNDER_TLS if is_encrypted else LARGEST_PACKET_SIZE
        size = request.packet_size or LOGIN_PACKET_SIZE
        self.packet_size = min(max(size, SMALLEST_PACKET_SIZE), largest)
        database = self.session.database
        name = self.server_name
        version = TDS_80 if self._strict else min(request.tds_version, TDS_74)
        parts = [
            tokens.environment(Environment.DATABASE, database, "master"),
            tokens.message(error(5701, database, state=2), name),
            tokens.collation_change(DEFAULT_COLLATION),
            tokens.environment(Environment.LANGUAGE, LANGUAGE, ""),
            tokens.message(error(5703, LANGUAGE), name),
            tokens.login_acknowledgement(version, self._host.version),
            tokens.environment(
                Environment.PACKET_SIZE, str(self.packet_size), str(LOGIN_PACKET_SIZE)
            ),
        ]
        features = _acknowledged(request)
        if features:
            parts.append(tokens.feature_acknowledgement(features))
        parts.append(tokens.done(Done.DONE, DoneStatus.FINAL))
        self._writer.write(b"".join(parts))


def _acknowledged(request: LoginRequest) -> dict[int, bytes]:
    """Return the requested features that the server supports."""
    features: dict[int, bytes] = {}
    if Feature.FEDERATED_LOGIN in request.features:
        features[Feature.FEDERATED_LOGIN] = b""
    if Feature.UTF8_SUPPORT in request.features:
        features[Feature.UTF8_SUPPORT] = b"\x01"
    return features
