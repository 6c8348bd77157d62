"""Statements about the session itself: SET, USE, KILL, WAITFOR, transactions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tds_embedded.engine import permissions, wait_for
from tds_embedded.engine.failures import CompileError
from tds_embedded.engine.frames import Frame
from tds_embedded.engine.protocol import Engine
from tds_embedded.engine.transactions import LONGEST_NAME, check_name
from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql import ast
from tds_embedded.types import SqlType
from tds_embedded.wire.responses import Sink

Handler = Callable[[Any, Frame, Engine, Sink], None]
LANGUAGE_CHANGED = 2  # the ENVCHANGE type
CONTEXT_INFO = SqlType("varbinary", length=128)
INT = SqlType("int")
TEXT = SqlType("nvarchar", length=4000)


# --- SET ---


def _set_option(node: ast.SetOption, frame: Frame, engine: Engine, sink: Sink) -> None:
    settings = engine.settings
    for name in node.names:
        if node.value in ("ON", "OFF"):
            settings.switch(name, node.value == "ON")
            continue
        value = _option_value(name, node.value, frame, engine)
        if name == "CONTEXT_INFO":
            engine.context_info = bytes(value or b"")
            continue
        old = settings.language
        settings.assign(name, value)
        if name == "DATEFIRST":
            engine.backend.forget()  # plans for another first day
        if name in ("DATEFIRST", "LOCK_TIMEOUT"):
            engine.apply_settings()
        if name == "LANGUAGE":
            sink.environment(LANGUAGE_CHANGED, settings.language, old)
            sink.error(error(5703, settings.language))


def _option_value(name: str, value: str | ast.Expression, frame: Frame, engine: Engine) -> Any:
    if isinstance(value, str):
        return value
    evaluate = engine.evaluate
    if name == "CONTEXT_INFO":
        return evaluate(value, frame, CONTEXT_INFO)
    if isinstance(value, ast.StringLiteral):
        return value.value
    if isinstance(value, ast.Variable):
        return evaluate(value, frame)
    return evaluate(value, frame, INT)


def _set_isolation(node: ast.SetIsolationLevel, frame: Frame, engine: Engine, sink: Sink) -> None:
    engine.transactions.isolation = node.level


def _set_identity_insert(
    node: ast.SetIdentityInsert, frame: Frame, engine: Engine, sink: Sink
) -> None:
    """Raise error 208, 8106 for a table without identity, 8107 if it is ON for another table."""
    table = engine.catalog.table(node.table.schema, node.table.name)
    if table is None:
        raise error(1088, node.table, state=11)
    name = f"{table.schema}.{table.name}".lower()
    if not any(column.identity for column in table.columns):
        raise error(8106, node.table)
    current = engine.identity_insert
    if node.on:
        if current is not None and current != name:
            raise error(8107, current, node.table)
        engine.identity_insert = name
    elif current == name:
        engine.identity_insert = None


# --- Databases, other sessions, time ---


def _use(node: ast.Use, frame: Frame, engine: Engine, sink: Sink) -> None:
    # in a module the change ends with it, and the client does not hear of it
    engine.use(node.database, None if frame.is_module else sink)


def _kill(node: ast.Kill, frame: Frame, engine: Engine, sink: Sink) -> None:
    """End another session's request and its connection. Raises 6102, 6104 and 6106."""
    permissions.check_kill(engine)
    if node.session_id == engine.spid:
        raise error(6104)
    other = engine.instance.sessions.get(node.session_id)
    if other is None:
        raise error(6106, node.session_id)
    other.killed = True
    if other.request_end is None:
        other.cancel()
    else:  # it uses its database until its connection to PostgreSQL has ended
        pid = other.backend.connection.info.backend_pid
        engine.backend.run("SELECT pg_terminate_backend($1, 5000)", [pid]).all()


# --- Transactions ---


def _name(name: ast.Variable | str | None, frame: Frame, engine: Engine) -> str | None:
    """Return the name of a transaction or savepoint, cut if it is a variable's. Raises 103."""
    if isinstance(name, ast.Variable):
        value = engine.evaluate(name, frame)
        return None if value is None else str(value)[:LONGEST_NAME]
    try:
        check_name(name)
    except SqlServerError as raised:
        raise CompileError(raised) from None
    return name


def _begin(node: ast.BeginTransaction, frame: Frame, engine: Engine, sink: Sink) -> None:
    engine.transactions.begin(_name(node.name, frame, engine) or "", sink)


def _commit(node: ast.CommitTransaction, frame: Frame, engine: Engine, sink: Sink) -> None:
    engine.transactions.commit(sink)


def _rollback(node: ast.RollbackTransaction, frame: Frame, engine: Engine, sink: Sink) -> None:
    engine.transactions.rollback(_name(node.name, frame, engine), sink)


def _save(node: ast.SaveTransaction, frame: Frame, engine: Engine, sink: Sink) -> None:
    engine.transactions.save(_name(node.name, frame, engine) or "")


def _nothing(node: ast.Node, frame: Frame, engine: Engine, sink: Sink) -> None:
    """CHECKPOINT: PostgreSQL schedules its own."""


_STATEMENTS: Mapping[type, Handler] = {
    ast.SetOption: _set_option,
    ast.SetIsolationLevel: _set_isolation,
    ast.SetIdentityInsert: _set_identity_insert,
    ast.Use: _use,
    ast.Kill: _kill,
    ast.WaitFor: wait_for.run,
    ast.BeginTransaction: _begin,
    ast.CommitTransaction: _commit,
    ast.RollbackTransaction: _rollback,
    ast.SaveTransaction: _save,
    ast.Checkpoint: _nothing,
}


def _with_no_rows(run: Handler) -> Handler:
    """Return a handler that sets @@ROWCOUNT to 0 after the statement."""

    def handler(node: ast.Statement, frame: Frame, engine: Engine, sink: Sink) -> None:
        run(node, frame, engine, sink)
        engine.row_count = 0

    return handler


HANDLERS = {kind: _with_no_rows(run) for kind, run in _STATEMENTS.items()}
