"""The requests of one session, answered one after the other.

A connection has one conversation, or, with MARS, one for each of its SMP sessions.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import Protocol

from tds_embedded import null_characters
from tds_embedded.errors import SqlServerError
from tds_embedded.faults import Action, Faults, Stage
from tds_embedded.recorder import RecordedParameter, Recorder, Request
from tds_embedded.wire import request_records, rpc
from tds_embedded.wire.answer import Answer
from tds_embedded.wire.packets import (
    RESET_CONNECTION,
    RESET_CONNECTION_KEEPING_TRANSACTION,
    Disconnected,
    Message,
    PacketReader,
    PacketType,
    PacketWriter,
    ProtocolError,
    Transport,
)
from tds_embedded.wire.requests import EngineSession, RpcCall
from tds_embedded.wire.tokens import Environment

LOG = logging.getLogger("tds_embedded")
DEADLOCK = 1205
_KINDS = {
    PacketType.SQL_BATCH: "batch",
    PacketType.RPC: "rpc",
    PacketType.TRANSACTION_MANAGER: "transaction",
}


@dataclass(slots=True)
class Work:
    """One thing to do for a message: a batch, one of its calls, a transaction request."""

    kind: str
    text: str
    run: Callable[[Answer], None]
    procedure: str = ""
    parameters: tuple[RecordedParameter, ...] = ()

    @property
    def is_procedure(self) -> bool:
        """Whether its answer is that of a procedure."""
        return self.kind == "rpc"


class ClientConnection(Protocol):
    """The connection of a conversation (connection.Connection)."""

    id: int
    server_name: str
    session: EngineSession
    packet_size: int
    handles: request_records.Handles
    recorder: Recorder
    faults: Faults
    engine_lock: threading.Lock  # MARS: the sessions take turns in the engine
    running: Conversation | None  # the one that is in the engine

    def close(self) -> None:
        """End the connection, from any thread."""


class Conversation:
    """The requests of a transport, run by the connection's engine, and their answers."""

    def __init__(
        self, connection: ClientConnection, transport: Transport, session_id: int = 0
    ) -> None:
        self.id = session_id
        self.busy_since = 0.0  # when the running request began; 0 between requests
        self._connection = connection
        self._reader = PacketReader(transport)
        self._writer = PacketWriter(transport, connection.session.spid)
        self._writer.packet_size = connection.packet_size
        self._cancelled = threading.Event()
        self._state_lock = threading.Lock()

    def serve(self) -> None:
        """Answer until the client goes. Raises Disconnected, ProtocolError."""
        while True:
            self._respond(self._reader.message())

    def cancel(self, busy_since: float | None = None) -> None:
        """End the running request, for another thread; only the one that began at that time."""
        with self._state_lock:
            if not self.busy_since or busy_since not in (None, self.busy_since):
                return
            self._cancelled.set()
            if self._connection.running is self:
                self._connection.session.cancel()

    def _respond(self, message: Message) -> None:
        start = perf_counter()
        if message.type == PacketType.ATTENTION:
            # it came after the answer it was meant to stop
            self._answer().acknowledge_attention()
            self._end(Work("attention", "", lambda answer: None), None, message.size, 0, start)
            return
        with self._state_lock:
            if self._cancelled.is_set():
                self._cancelled.clear()
            self.busy_since = monotonic()
        with self._connection.engine_lock:
            self._connection.running = self
            self._reset(message.status)
            self._run_all(message, start)

    def _reset(self, status: int) -> None:
        if status & (RESET_CONNECTION | RESET_CONNECTION_KEEPING_TRANSACTION):
            keep = bool(status & RESET_CONNECTION_KEEPING_TRANSACTION)
            self._connection.session.reset(keep)
            self._connection.handles.clear()
            self._answer().environment(Environment.RESET_CONNECTION, "", "")

    def _run_all(self, message: Message, start: float) -> None:
        works = self._works(message)
        size = message.size
        for number, work in enumerate(works, 1):
            offset = self._writer.written
            answer = self._answer(work)
            try:
                self._run(work, answer)
            except Disconnected:
                self._record(work, answer, size, offset, start)
                self._connection.close()  # with MARS, this session was not all of it
                raise
            if number == len(works) or self._cancelled.is_set() or answer.ends_connection:
                self._finish(answer)
                self._end(work, answer, size, offset, start)
                break
            answer.finish(more=True)
            self._record(work, answer, size, offset, start)
            size, start = 0, perf_counter()
        if answer.ends_connection:
            self._connection.close()
            raise Disconnected

    def _works(self, message: Message) -> list[Work]:
        session, body = self._connection.session, message.body
        try:
            if message.type == PacketType.SQL_BATCH:
                batch = rpc.batch(body)
                return [Work("batch", batch, lambda answer: session.batch(batch, answer))]
            if message.type == PacketType.RPC:
                works = [self._call(call) for call in rpc.calls(body)]
                if not works:
                    raise ProtocolError("an RPC message without a call")
                return works
            if message.type == PacketType.TRANSACTION_MANAGER:
                request = rpc.transaction(body)
                text = f"{request.kind.name} TRANSACTION {request.name}".rstrip()
                return [
                    Work("transaction", text, lambda answer: session.transaction(request, answer))
                ]
        except SqlServerError as problem:
            refusal = problem
            kind = _KINDS[PacketType(message.type)]
            return [Work(kind, "", lambda answer: answer.error(refusal))]
        raise ProtocolError(f"unsupported message type {message.type}")

    def _call(self, call: RpcCall) -> Work:
        handles, session = self._connection.handles, self._connection.session
        text = handles.statement(call)

        def run(answer: Answer) -> None:
            session.rpc(call, answer)
            handles.note(call, text, answer.handle)

        return Work("rpc", text, run, call.name, request_records.parameters(call))

    def _run(self, work: Work, answer: Answer) -> None:
        if self._cancelled.is_set():  # while another MARS session was in the engine
            return
        fault = self._connection.faults.strike(Stage.STATEMENT, work.text or work.procedure)
        if fault is None:
            self._engine(work, answer)
            return
        if fault.action is Action.DELAY:
            self._cancelled.wait(fault.seconds)
        elif fault.action is Action.DROP_BEFORE:
            raise Disconnected
        elif fault.error is not None:
            self._inject(fault.error, answer)
            return
        if not self._cancelled.is_set():
            self._engine(work, answer)
        if fault.action is Action.DROP_MIDDLE:
            answer.finish()
            self._writer.break_off()
            raise Disconnected

    def _inject(self, error: SqlServerError, answer: Answer) -> None:
        if error.number == DEADLOCK:  # its victim has lost its transaction
            self._connection.session.batch("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION", answer)
        answer.error(error)

    def _engine(self, work: Work, answer: Answer) -> None:
        try:
            work.run(answer)
        except (Disconnected, ProtocolError):
            raise
        except SqlServerError as problem:
            answer.error(problem)
        except Exception as exception:  # noqa: BLE001  the connection outlives an engine's bug
            frame = traceback.extract_tb(exception.__traceback__)[-1]
            location = f"{type(exception).__name__} in {frame.name}, line {frame.lineno}"
            # the exception's text could contain values
            LOG.error("a statement failed inside the embedded server: %s", location)
            answer.error(
                SqlServerError(50000, f"The embedded server failed in this request: {location}")
            )
        if answer.disconnected:
            raise Disconnected

    def _finish(self, answer: Answer) -> None:
        """Finish a request: later cancels do not reach it, and the answer reports an earlier
        one.
        """
        with self._state_lock:
            self._connection.running = None
            self.busy_since = 0.0
        if not self._cancelled.is_set():
            answer.finish()
            return
        message = self._reader.message()
        if message.type != PacketType.ATTENTION:
            raise ProtocolError(f"a message of type {message.type} before the answer's end")
        answer.finish_cancelled()

    def _answer(self, work: Work | None = None) -> Answer:
        return Answer(
            self._writer,
            self._connection.server_name,
            self._cancelled.is_set,
            is_procedure=work is not None and work.is_procedure,
        )

    def _end(self, work: Work, answer: Answer | None, size: int, offset: int, start: float) -> None:
        """Send the rest of the answer; the record exists before the client sees the answer."""
        self._writer.end(lambda: self._record(work, answer, size, offset, start))

    def _record(
        self, work: Work, answer: Answer | None, size: int, offset: int, start: float
    ) -> None:
        error = answer.last_error if answer is not None else None
        self._connection.recorder.record(
            Request(
                kind=work.kind,
                connection=self._connection.id,
                session=self._connection.session.spid,
                text=null_characters.outward(work.text),
                procedure=work.procedure,
                parameters=work.parameters,
                rows=answer.row_count if answer is not None else 0,
                bytes_in=size,
                bytes_out=self._writer.written - offset,
                seconds=perf_counter() - start,
                error=error.number if error is not None else None,
                state=error.state if error is not None else None,
                database=self._connection.session.database,
                user=self._connection.session.login_name,
            )
        )
