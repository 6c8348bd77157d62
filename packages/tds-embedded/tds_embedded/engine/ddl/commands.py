"""PostgreSQL commands of DDL: their execution, and the comments of objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import sql
from psycopg.pq import TransactionStatus

from tds_embedded.engine.protocol import Engine


def run(
    engine: Engine, command: str, values: Sequence[Any] | Mapping[str, Any] = ()
) -> list[tuple[Any, ...]]:
    """Run a PostgreSQL statement and return its rows. `%` needs no escape without values."""
    cursor = engine.backend.connection.execute(command.encode(), values or None)
    return cursor.fetchall() if cursor.description is not None else []


@contextmanager
def atomic(engine: Engine) -> Iterator[None]:
    """PostgreSQL statements that stand or fall together, in the session's transaction or alone."""
    connection = engine.backend.connection
    if connection.pgconn.transaction_status != TransactionStatus.IDLE:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        if not engine.backend.broken:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def comment_sql(target: str, data: dict[str, Any]) -> str:
    """Return the statement that stores properties of `target` (`COLUMN dbo.t.a` ...) in its
    comment.
    """
    non_empty = {name: value for name, value in data.items() if value not in (None, False)}
    value = sql.Literal(json.dumps(non_empty) if non_empty else None).as_string()
    return f"COMMENT ON {target} IS {value}"


def comment(engine: Engine, target: str, data: dict[str, Any]) -> None:
    run(engine, comment_sql(target, data))
