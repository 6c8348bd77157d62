"""A client that reads every token of an answer, through python-tds.

DB-API cursors raise at the first error and drop the rest, but a fact includes the rest.
Private names of python-tds are used in this module only.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytds
from pytds import tds_base

from tests.facts.model import ErrorNumber, Row, Step

SP_EXECUTESQL = tds_base.InternalProc(10, "sp_executesql")  # MS-TDS 2.2.6.6, ProcID 10
SAVE_TRANSACTION, ROLLBACK_TRANSACTION = 9, 8  # MS-TDS 2.2.6.9
ROWS = (tds_base.TDS_ROW_TOKEN, tds_base.TDS_NBC_ROW_TOKEN)
DONE = (tds_base.TDS_DONE_TOKEN, tds_base.TDS_DONEPROC_TOKEN, tds_base.TDS_DONEINPROC_TOKEN)
LOGIN_SECONDS = 30
ANSWER_SECONDS = 60


@dataclass
class Answer:
    """The answer of a server to a step."""

    sets: list[list[Row]] = field(default_factory=list)
    errors: list[tuple[int, int, str]] = field(default_factory=list)  # number, state, text

    def differences(self, step: Step) -> list[str]:
        """Return a line for each difference of the answer from the one that `step` expects."""
        lines = []
        if not _same_errors(self.errors, step.errors):
            lines.append(f"errors {list(step.errors)} expected, {self.errors} received")
        texts = [text for _number, _state, text in self.errors]
        lines += [f"no error says {text!r}: {texts}" for text in step.messages if text not in texts]
        wanted = [list(rows) for rows in step.sets]
        received = self.sets
        if step.errors:
            wanted, received = [s for s in wanted if s], [s for s in received if s]
        if step.unordered:
            wanted, received = ([sorted(s, key=repr) for s in sets] for sets in (wanted, received))
        if not _same(received, wanted):
            lines.append(f"rows {wanted} expected, {received} received")
        return lines


def _same_errors(received: list[tuple[int, int, str]], wanted: Sequence[ErrorNumber]) -> bool:
    pairs = [(error,) if isinstance(error, int) else error for error in wanted]
    return len(received) == len(pairs) and all(
        error[: len(pair)] == pair for error, pair in zip(received, pairs, strict=True)
    )


def _same(received: Any, wanted: Any) -> bool:
    """Compare rows: texts exactly, numbers by value, floats to the fifteenth digit."""
    if isinstance(wanted, (list, tuple)):
        return len(received) == len(wanted) and all(map(_same, received, wanted))
    if isinstance(wanted, bool) or isinstance(received, str) != isinstance(wanted, str):
        return received is wanted
    if isinstance(wanted, float) and isinstance(received, float):
        return math.isclose(received, wanted, rel_tol=1e-14)
    if isinstance(wanted, (int, float)) and isinstance(received, Decimal):
        return received == Decimal(repr(wanted))
    return bool(received == wanted)


class Client:
    """A connection in autocommit mode that sends a step and reads the whole answer."""

    def __init__(self, host: str, port: int, user: str, password: str, database: str) -> None:
        self._connection = pytds.connect(
            host,
            database,
            user,
            password,
            port=port,
            autocommit=True,
            timeout=ANSWER_SECONDS,
            login_timeout=LOGIN_SECONDS,
            cafile=os.environ.get("MSSQL_TEST_CA_FILE"),
        )
        self._session = self._connection.cursor()._session
        self._session.raise_db_exception = lambda: None  # errors are read as tokens

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def batch(self, text: str) -> Answer:
        """Return the answer to a batch."""
        return self.send(Step("batch", text))

    def send(self, step: Step) -> Answer:
        """Return the answer to a step."""
        getattr(self, f"_send_{step.kind}")(step)
        return self._answer()

    def _send_batch(self, step: Step) -> None:
        self._session.submit_plain_query(step.text)

    def _send_rpc(self, step: Step) -> None:
        make = self._session.make_param
        parameters = [make("", step.text)]
        if step.parameters:
            declared = ", ".join(f"{name} {kind}" for name, (kind, _) in step.parameters.items())
            parameters.append(make("", declared))
            parameters += [make(name, value) for name, (_, value) in step.parameters.items()]
        self._session.submit_rpc(SP_EXECUTESQL, parameters, 0)

    def _send_begin(self, _step: Step) -> None:
        self._session.submit_begin_tran()

    def _send_commit(self, _step: Step) -> None:
        self._session.submit_commit(False)

    def _send_save(self, step: Step) -> None:
        self._send_transaction_request(SAVE_TRANSACTION, step.text, b"")

    def _send_rollback(self, step: Step) -> None:
        self._send_transaction_request(ROLLBACK_TRANSACTION, step.text, b"\0")

    def _send_transaction_request(self, kind: int, name: str, flags: bytes) -> None:
        encoded = name.encode("utf-16-le")
        self._session.messages = []
        with self._session.querying_context(tds_base.PacketType.TRANS):
            self._session._start_query()
            writer = self._session._writer
            writer.put_smallint(kind)
            writer.put_byte(len(encoded))
            writer.write(encoded + flags)

    def _answer(self) -> Answer:
        session, answer = self._session, Answer()
        session.begin_response()
        while True:
            token = session.get_token_id()
            if token in DONE:
                session.process_end(token)
                if not session.done_flags & tds_base.TDS_DONE_MORE_RESULTS:
                    break
                continue
            session.process_token(token)
            if token == tds_base.TDS7_RESULT_TOKEN:
                answer.sets.append([])
            elif token in ROWS:
                answer.sets[-1].append(list(session.row))
        answer.errors = [
            (message["msgno"], message["state"], message["message"])
            for message in session.messages
            if message["marker"] == tds_base.TDS_ERROR_TOKEN
        ]
        return answer
