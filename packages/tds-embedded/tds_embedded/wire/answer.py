"""The answer to one request: the engine's sink, written as tokens.

Follows MS-TDS 2.2.7.6-8 (DONE, DONEINPROC, DONEPROC) and 2.2.7.19 (ROW).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from tds_embedded.errors import SqlServerError, error
from tds_embedded.types import Column, SqlType
from tds_embedded.wire import encode, tokens
from tds_embedded.wire.encode import Encoding
from tds_embedded.wire.packets import Disconnected, PacketWriter
from tds_embedded.wire.tokens import Done, DoneStatus

_ROWS_A_WRITE = 200
ENDS_THE_CONNECTION = 20  # the lowest severity that does


@lru_cache(maxsize=512)
def _prepared(columns: tuple[Column, ...]) -> tuple[bytes, tuple[Encoding, ...]]:
    """Return a result set's COLMETADATA and its columns' encodings."""
    encodings = tuple(encode.encoding(column.type) for column in columns)
    return tokens.column_metadata(columns), encodings


class Answer:
    """The engine's sink (responses.Sink), written as tokens, with counts for the recorder.

    `is_procedure` for a remote procedure call. `is_cancelled` returns whether the client has
    cancelled: rows then end, and errors, which are the effect, are dropped.
    """

    def __init__(
        self,
        writer: PacketWriter,
        server_name: str,
        is_cancelled: Callable[[], bool],
        *,
        is_procedure: bool = False,
    ) -> None:
        self.row_count = 0
        self.last_error: SqlServerError | None = None
        self.disconnected = False
        self.handle: int | None = None  # the first integer output: a prepared statement's
        self._writer = writer
        self._server_name = server_name
        self._cancelled = is_cancelled
        self._is_procedure = is_procedure
        self._encodings: tuple[Encoding, ...] = ()
        self._columns: Sequence[Column] = ()
        self._failed = False
        self._outputs = 0
        self._held: tuple[int, int, int, int] | None = None

    @property
    def ends_connection(self) -> bool:
        """Whether an error of the answer is so severe that the connection does not outlive it."""
        return self.last_error is not None and self.last_error.severity >= ENDS_THE_CONNECTION

    def columns(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        metadata, self._encodings = _prepared(tuple(columns))
        self._write(metadata)

    def rows(self, rows: Iterable[Sequence[Any]]) -> None:
        source = iter(rows)
        while piece := list(islice(source, _ROWS_A_WRITE)):
            try:
                data = encode.rows(self._encodings, piece)
            except (OverflowError, struct.error):
                raise self._overflow(piece) from None
            self.row_count += len(piece)
            self._write(data)
            if self.disconnected or self._cancelled():
                return

    def done(self, rowcount: int | None, command: int = 0) -> None:
        status = DoneStatus.MORE | (DoneStatus.ERROR if self._failed else 0)
        if rowcount is not None:
            status |= DoneStatus.COUNT
        self._failed = False
        token = Done.DONEINPROC if self._is_procedure else Done.DONE
        self._hold((token, status, command, rowcount or 0))

    def error(self, error: SqlServerError) -> None:
        is_error = error.severity > tokens.HIGHEST_INFO_SEVERITY
        if is_error and self._cancelled():
            return
        if is_error:
            self._failed = True
            self.last_error = error
        self._write(tokens.message(error, self._server_name))

    def environment(self, kind: int, new: str | bytes, old: str | bytes) -> None:
        self._write(tokens.environment(kind, new, old))

    def return_status(self, status: int) -> None:
        self._write(tokens.return_status(status))
        if not self._is_procedure:  # EXECUTE inside a batch
            self._hold((Done.DONEPROC, DoneStatus.MORE, 0, 0))

    def return_value(self, name: str, sql_type: SqlType, value: Any) -> None:
        if self.handle is None and isinstance(value, int):
            self.handle = value
        self._write(tokens.return_value(self._outputs, name, sql_type, value))
        self._outputs += 1

    def finish(self, *, more: bool = False) -> None:
        """Close the answer; `more` if that of another call in the same message follows."""
        status = DoneStatus.MORE if more else DoneStatus.FINAL
        if self._failed:
            status |= DoneStatus.ERROR
        if self._is_procedure:
            self._write(tokens.done(Done.DONEPROC, status))
        elif self._held is not None and not self._failed:
            token, held_status, command, count = self._held
            self._held = None
            self._write(tokens.done(token, held_status & ~DoneStatus.MORE, command, count))
        else:
            self._write(tokens.done(Done.DONE, status))

    def finish_cancelled(self) -> None:
        """Close the answer to a request that the client's attention ended."""
        # the driver reports "Operation canceled" only if a statement ends before the attention
        self._write(tokens.done(Done.DONE, DoneStatus.MORE | DoneStatus.ERROR))
        self.acknowledge_attention()

    def acknowledge_attention(self) -> None:
        """Answer an attention: the last that its client waits for."""
        self._write(tokens.done(Done.DONE, DoneStatus.ATTENTION))

    def _hold(self, token: tuple[int, int, int, int]) -> None:
        """Keep a DONE until it is known whether another token follows it."""
        if self._held is not None:
            self._write(b"")
        self._held = token

    def _write(self, data: bytes) -> None:
        if self._held is not None:
            data = tokens.done(*self._held) + data
            self._held = None
        if self.disconnected:
            return
        try:
            self._writer.write(data)
        except Disconnected:  # the engine ends its statement in order; nobody listens any more
            self.disconnected = True

    def _overflow(self, rows: Sequence[Sequence[Any]]) -> SqlServerError:
        for row in rows:
            for how, column, value in zip(self._encodings, self._columns, row, strict=True):
                try:
                    how.value(value)
                except (OverflowError, struct.error):
                    return error(8115, "expression", column.type.name)
        raise AssertionError("no row overflows")
