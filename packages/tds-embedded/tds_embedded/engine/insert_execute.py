"""INSERT ... EXEC: the rows of a procedure's result sets go into a table.

Follows "INSERT (Transact-SQL)", execute_statement,
https://learn.microsoft.com/sql/t-sql/statements/insert-transact-sql
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from tds_embedded.engine.frames import Frame
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql import ast
from tds_embedded.types import Column, Command, SqlType
from tds_embedded.wire.responses import Sink


class Collector:
    """A sink that stores the rows, and passes messages and errors on to the client."""

    def __init__(self, client: Sink) -> None:
        self._client = client
        self.results: list[tuple[tuple[Column, ...], list[Sequence[Any]]]] = []

    def columns(self, columns: Sequence[Column]) -> None:
        self.results.append((tuple(columns), []))

    def rows(self, rows: Iterable[Sequence[Any]]) -> None:
        self.results[-1][1].extend(rows)

    def done(self, rowcount: int | None, command: int = 0) -> None:
        pass

    def error(self, error: SqlServerError) -> None:
        self._client.error(error)

    def environment(self, kind: int, new: str | bytes, old: str | bytes) -> None:
        self._client.environment(kind, new, old)

    def return_status(self, status: int) -> None:
        pass

    def return_value(self, name: str, sql_type: SqlType, value: Any) -> None:
        pass


class _Quiet(Collector):
    """A sink for the single inserts, whose counts the client sees as one."""

    row_count = 0

    def done(self, rowcount: int | None, command: int = 0) -> None:
        self.row_count += rowcount or 0


def insert_execute(node: ast.Insert, frame: Frame, engine: Engine, sink: Sink) -> None:
    """Insert the rows of a procedure. Raises 483 with an OUTPUT clause, and the errors of the
    INSERT.
    """
    if node.outputs:
        raise error(483)
    source = node.source
    assert isinstance(source, (ast.Execute, ast.ExecuteString))
    collector = Collector(sink)
    engine.run_statement(source, frame, collector)
    engine.transactions.before_statement(writes=True)
    quiet = _Quiet(sink)
    engine.executor.refuse_triggers(node, frame)

    def insert_all() -> None:
        for columns, rows in collector.results:
            inner, insert = _insert(node, columns, frame)
            for row in rows:
                inner.values.update(zip(inner.types, row, strict=True))
                engine.executor.run_query(insert, inner, quiet)
                frame.identity = inner.identity

    engine.executor.atomically(insert_all)
    engine.row_count = quiet.row_count
    sink.done(None if engine.settings.nocount else quiet.row_count, Command.INSERT)


def _insert(node: ast.Insert, columns: Sequence[Column], frame: Frame) -> tuple[Frame, ast.Insert]:
    """Return an INSERT of one row of variables, and the frame that has them."""
    types = {f"@{position}": column.type for position, column in enumerate(columns, start=1)}
    variables = tuple(ast.Variable(name, position=node.position) for name in types)
    values = ast.InsertValues((variables,), position=node.position)
    inner = Frame(frame.sql, types=types, values={}, tables=frame.tables)
    return inner, replace(node, source=values)
