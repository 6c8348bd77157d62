"""The sinks of a statement that fires triggers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tds_embedded.errors import SqlServerError
from tds_embedded.types import Column, SqlType
from tds_embedded.wire.responses import Sink


class DeferredCounts:
    """A sink that delays the count of a statement until its triggers have run."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._done: list[tuple[int | None, int]] = []

    def columns(self, columns: Sequence[Column]) -> None:
        self._sink.columns(columns)

    def rows(self, rows: Iterable[Sequence[Any]]) -> None:
        self._sink.rows(rows)

    def done(self, rowcount: int | None, command: int = 0) -> None:
        self._done.append((rowcount, command))

    def release(self) -> None:
        for rowcount, command in self._done:
            self._sink.done(rowcount, command)

    def error(self, error: SqlServerError) -> None:
        self._sink.error(error)

    def environment(self, kind: int, new: str | bytes, old: str | bytes) -> None:
        self._sink.environment(kind, new, old)

    def return_status(self, status: int) -> None:
        self._sink.return_status(status)

    def return_value(self, name: str, sql_type: SqlType, value: Any) -> None:
        self._sink.return_value(name, sql_type, value)


class HiddenTransaction(DeferredCounts):
    """A sink for a transaction that the engine has begun, which stays hidden from the client."""

    def done(self, rowcount: int | None, command: int = 0) -> None:
        self._sink.done(rowcount, command)

    def environment(self, kind: int, new: str | bytes, old: str | bytes) -> None:
        pass
