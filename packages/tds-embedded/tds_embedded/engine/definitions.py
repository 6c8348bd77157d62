"""Definitions: the statements that define, alter or drop something, and permissions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tds_embedded.engine import permissions
from tds_embedded.engine.ddl import statements as ddl
from tds_embedded.engine.failures import verb_of
from tds_embedded.engine.frames import Frame
from tds_embedded.engine.procedures import user as procedures
from tds_embedded.engine.protocol import Engine
from tds_embedded.engine.triggers import definitions as triggers
from tds_embedded.errors import SqlServerError
from tds_embedded.tsql import ast
from tds_embedded.wire.responses import Sink

Definer = Callable[[Any, Engine], None]


def run(node: ast.Statement, frame: Frame, engine: Engine, sink: Sink) -> None:
    """Run a definition in the transaction that it needs. Raises error 262 without permission."""
    if not ddl.only_temporary(node):
        permissions.check_definition(verb_of(node), engine)
    if not permissions.execute(node, engine):
        engine.executor.begin_implicitly(node, sink)
        engine.transactions.before_statement(writes=True)
        _definer(node)(node, engine)
        if isinstance(node, ast.CreateTable):
            frame.creates(node.name.name)
    sink.done(None)
    engine.row_count = 0


def _definer(node: ast.Statement) -> Definer:
    """Return the function that runs a definition."""
    if isinstance(node, ast.DropObjects):
        return _DROPS.get(node.kind, _define_object)
    if isinstance(node, ast.AlterTable) and isinstance(node.action, ast.EnableTriggers):
        return triggers.alter_table
    return _DEFINERS.get(type(node), _define_object)


def _define_object(node: ast.Statement, engine: Engine) -> None:
    """Run DDL. The changes of a statement that fails are undone."""
    try:
        ddl.execute(node, engine)
    except SqlServerError:
        engine.transactions.undo_statement()
        raise
    if ddl.changes_columns(node):
        engine.backend.tables_changed()


_DEFINERS: Mapping[type, Definer] = {
    ast.CreateProcedure: procedures.create,
    ast.CreateTrigger: triggers.create,
    ast.EnableTrigger: triggers.switch,
}
_DROPS: Mapping[str, Definer] = {"PROCEDURE": procedures.drop, "TRIGGER": triggers.drop}
