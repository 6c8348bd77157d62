"""A session's PostgreSQL connection: statements in, rows out.

Works on libpq through psycopg's `pq` (https://www.psycopg.org/psycopg3/docs/api/pq.html): a
session knows which statements come again, and large results are passed on in pieces.
"""

from __future__ import annotations

import select
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from psycopg import Connection, errors, pq
from psycopg.adapt import PyFormat, Transformer

if TYPE_CHECKING:
    from psycopg.abc import Buffer

PREPARED = 200  # prepared statements kept in a connection
ROWS_A_PIECE = 500  # rows of a result that are in memory at once

Row = tuple[Any, ...]


class Result:
    """What a statement gave: its rows, still to be read, or how many it changed."""

    def __init__(self, rows: Iterator[list[Row]]) -> None:
        self._rows = rows
        self.count = 0  # rows returned or changed; of a result set, right when it has been read

    def pieces(self) -> Iterator[list[Row]]:
        for piece in self._rows:
            self.count += len(piece)
            yield piece

    def all(self) -> list[Row]:
        return [row for piece in self.pieces() for row in piece]


class Backend:
    """Runs PostgreSQL statements with `$n` parameters. Raises psycopg.Error."""

    def __init__(self, connection: Connection[Any]) -> None:
        self.connection = connection
        # psycopg's own would go with those that `forget` deallocates
        connection.prepare_threshold = None
        self._pgconn = connection.pgconn
        self._readable = select.poll()
        self._readable.register(self._pgconn.socket, select.POLLIN)
        self._either_way = select.poll()
        self._either_way.register(self._pgconn.socket, select.POLLIN | select.POLLOUT)
        self._transformer = Transformer(connection)
        self._seen: OrderedDict[tuple[bytes, tuple[int, ...]], bytes] = OrderedDict()
        self._names = 0

    def close(self) -> None:
        self.connection.close()

    @property
    def broken(self) -> bool:
        return self._pgconn.status != pq.ConnStatus.OK

    def command(self, sql: str) -> None:
        """Statements without parameters whose results do not matter."""
        self._check(self._pgconn.exec_(sql.encode()))

    def text(self, sql: str) -> str:
        """The first value that a statement gives, as text. Its `$n` stay without values."""
        result = self._pgconn.exec_(sql.encode())
        self._check(result)
        return (result.get_value(0, 0) or b"").decode()

    def run(self, sql: str, values: Sequence[Any] = ()) -> Result:
        """One statement. Its rows are read from the connection while they are taken."""
        transformer = self._transformer
        dumped: Sequence[Buffer | None] = ()
        types: tuple[int, ...] = ()
        formats: Sequence[pq.Format] = ()
        if values:
            dumped = transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
            types = transformer.types or ()
            formats = transformer.formats or ()
        name = self._prepared(sql.encode(), types)
        if name is None:
            self._pgconn.send_query_params(sql.encode(), dumped, types, formats, pq.Format.BINARY)
        else:
            self._pgconn.send_query_prepared(name, dumped, formats, pq.Format.BINARY)
        self._pgconn.set_chunked_rows_mode(ROWS_A_PIECE)
        self._send_all()
        return self._result()

    def _prepared(self, sql: bytes, types: tuple[int, ...]) -> bytes | None:
        """The name under which a statement is prepared, from its second use on."""
        key = (sql, types)
        name = self._seen.get(key)
        if name is None:
            self._seen[key] = b""
            if len(self._seen) > PREPARED:
                _, oldest = self._seen.popitem(last=False)
                if oldest:
                    self._check(self._pgconn.close_prepared(oldest))
            return None
        self._seen.move_to_end(key)
        if not name:
            self._names += 1
            name = b"s%d" % self._names
            self._check(self._pgconn.prepare(name, sql, types))
            self._seen[key] = name
        return name

    def forget(self) -> None:
        """Lets go of prepared statements, whose tables may have changed."""
        if any(self._seen.values()):
            self.command("DEALLOCATE ALL")
        self._seen.clear()

    def _send_all(self) -> None:
        """What a large statement has left in libpq's buffer, see PQflush."""
        while self._pgconn.flush():
            ((_, ready),) = self._either_way.poll()
            if ready & select.POLLIN:
                self._pgconn.consume_input()

    def _next_result(self) -> pq.abc.PGresult | None:
        """libpq's PQgetResult, which waits with Python's lock held: so wait before it."""
        pgconn = self._pgconn
        while pgconn.is_busy():
            self._readable.poll()
            pgconn.consume_input()
        return pgconn.get_result()

    def _result(self) -> Result:
        """The result whose first piece (or error) has arrived."""
        first = self._next_result()
        assert first is not None
        if first.status == pq.ExecStatus.TUPLES_CHUNK:
            return Result(self._pieces(first))
        try:
            self._check(first)
        finally:
            self._drain()
        result = Result(iter(()))
        result.count = first.command_tuples or 0
        return result

    def _pieces(self, first: pq.abc.PGresult) -> Iterator[list[Row]]:
        transformer = Transformer(self.connection)
        piece: pq.abc.PGresult | None = first
        try:
            while piece is not None and piece.status == pq.ExecStatus.TUPLES_CHUNK:
                transformer.set_pgresult(piece, set_loaders=piece is first)
                yield transformer.load_rows(0, piece.ntuples, tuple)
                piece = self._next_result()
            if piece is not None:
                self._check(piece)
        except GeneratorExit:  # the reader left before the end
            self.connection.cancel_safe()
            raise
        finally:
            self._drain()

    def _drain(self) -> None:
        while self._next_result() is not None:
            pass

    def _check(self, result: pq.abc.PGresult) -> None:
        if result.status in (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE):
            raise errors.error_from_result(result)
