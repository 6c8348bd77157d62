"""A session's PostgreSQL connection: statements in, rows out.

Works on libpq through psycopg's `pq` (https://www.psycopg.org/psycopg3/docs/api/pq.html): repeated
statements are prepared, and large results are passed on in pieces.
"""

from __future__ import annotations

import json
import select
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import Connection, errors, pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import Diagnostic

if TYPE_CHECKING:
    from psycopg.abc import Buffer

PREPARED = 200  # prepared statements kept in a connection
_EXPLAIN_RUNS = (
    "LOAD 'auto_explain'; SET auto_explain.log_level = notice; SET auto_explain.log_format = json;"
    "SET auto_explain.log_analyze = on; SET auto_explain.log_verbose = on;"
    "SET auto_explain.log_parameter_max_length = 0; SET auto_explain.log_min_duration = 0"
)
_AS_CONNECTED = "RESET ALL; DISCARD TEMP; DISCARD SEQUENCES; SELECT pg_advisory_unlock_all()"
ROWS_A_PIECE = 500  # rows of a result that are in memory at once

Row = tuple[Any, ...]


class _Key(NamedTuple):
    """The key of a prepared statement."""

    sql: bytes
    types: tuple[int, ...]
    lasts: bool


class Result:
    """The result of a statement: its rows, still to be read, or how many it changed."""

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
    """A connection that runs statements with `$n` parameters. Raises psycopg.Error."""

    def __init__(self, connection: Connection[Any]) -> None:
        self.connection = connection
        # `forget` would deallocate psycopg's, too
        connection.prepare_threshold = None
        self._pgconn = connection.pgconn
        self._readable = select.poll()
        self._readable.register(self._pgconn.socket, select.POLLIN)
        self._either_way = select.poll()
        self._either_way.register(self._pgconn.socket, select.POLLIN | select.POLLOUT)
        self._transformer = Transformer(connection)
        self._seen: OrderedDict[_Key, bytes] = OrderedDict()
        self._names = 0
        self._explains = False
        self._explained: Any = None
        connection.add_notice_handler(self._note)

    def close(self) -> None:
        self.connection.close()

    @property
    def broken(self) -> bool:
        return self._pgconn.status != pq.ConnStatus.OK

    @property
    def status(self) -> pq.TransactionStatus:
        return pq.TransactionStatus(self._pgconn.transaction_status)

    def reset(self) -> None:
        """As if just connected, but for the prepared statements that fit all the same."""
        if self.status != pq.TransactionStatus.IDLE:
            self.command("ROLLBACK")
        self.tables_changed()
        self.command(_AS_CONNECTED)
        self._explains = False
        self._explained = None

    def command(self, sql: str) -> None:
        """Statements without parameters whose results do not matter."""
        self._check(self._pgconn.exec_(sql.encode()))

    def text(self, sql: str) -> str:
        """Return the first value of a statement's result, as text. Its `$n` stay without values."""
        result = self._pgconn.exec_(sql.encode())
        self._check(result)
        return (result.get_value(0, 0) or b"").decode()

    def explain_next(self) -> None:
        """Have PostgreSQL report the plan of the next statement, with its figures: see
        `explained`.
        """
        self._explained = None
        if not self._explains:
            self._explains = True
            self.command(_EXPLAIN_RUNS)

    def explained(self) -> Any:
        """Return the plan of the last statement, as from EXPLAIN ANALYZE, or None."""
        plan, self._explained = self._explained, None
        # A rollback takes the settings back.
        self._explains = plan is not None
        return plan

    def _note(self, notice: Diagnostic) -> None:
        text = notice.message_primary or ""
        if text.startswith("duration: ") and " plan:\n" in text:
            self._explained = json.loads(text.partition(" plan:\n")[2])

    def run(self, sql: str, values: Sequence[Any] = (), *, lasts: bool = False) -> Result:
        """One statement. Its rows are read from the connection while they are taken.

        `lasts`: its meaning does not depend on users' tables.
        """
        transformer = self._transformer
        parameters: Sequence[Buffer | None] = ()
        types: tuple[int, ...] = ()
        formats: Sequence[pq.Format] = ()
        if values:
            parameters = transformer.dump_sequence(values, [PyFormat.AUTO] * len(values))
            types = transformer.types or ()
            formats = transformer.formats or ()
        name = self._prepared(_Key(sql.encode(), types, lasts))
        if name is None:
            self._pgconn.send_query_params(
                sql.encode(), parameters, types, formats, pq.Format.BINARY
            )
        else:
            self._pgconn.send_query_prepared(name, parameters, formats, pq.Format.BINARY)
        self._pgconn.set_chunked_rows_mode(ROWS_A_PIECE)
        self._send_all()
        return self._result()

    def _prepared(self, key: _Key) -> bytes | None:
        """Return the name under which a statement is prepared, from its second use on."""
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
            self._check(self._pgconn.prepare(name, key.sql, key.types))
            self._seen[key] = name
        return name

    def forget(self) -> None:
        """Deallocate all prepared statements."""
        if any(self._seen.values()):
            self.command("DEALLOCATE ALL")
        self._seen.clear()

    def tables_changed(self) -> None:
        """Deallocate the prepared statements that depend on users' tables."""
        names = [self._seen.pop(key).decode() for key in list(self._seen) if not key.lasts]
        self.command("; ".join(f"DEALLOCATE {name}" for name in names if name))

    def _send_all(self) -> None:
        """Send the rest of a large statement in libpq's buffer, see PQflush."""
        while self._pgconn.flush():
            ((_, ready),) = self._either_way.poll()
            if ready & select.POLLIN:
                self._pgconn.consume_input()

    def _next_result(self) -> pq.abc.PGresult | None:
        """Return libpq's next result, after waiting for it without Python's global lock."""
        pgconn = self._pgconn
        while pgconn.is_busy():
            self._readable.poll()
            pgconn.consume_input()
        return pgconn.get_result()

    def _result(self) -> Result:
        """Return the result whose first piece (or error) has arrived."""
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
