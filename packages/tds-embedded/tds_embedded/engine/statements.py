"""The registry of statements: every statement but those that control the flow of a batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tds_embedded.engine import definitions, messages, session_statements
from tds_embedded.engine.failures import CompileError
from tds_embedded.engine.frames import Frame
from tds_embedded.engine.insert_execute import insert_execute
from tds_embedded.engine.procedures import calls, registry
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.wire.responses import Sink

Handler = Callable[[Any, Frame, Engine, Sink], None]
QUERIES = (ast.Select, ast.Insert, ast.Update, ast.Delete, ast.Merge)


def run_statement(node: ast.Statement, frame: Frame, engine: Engine, sink: Sink) -> None:
    """Run one statement. Raises its errors."""
    handler = _HANDLERS.get(type(node), definitions.run)
    handler(node, frame, engine, sink)


# --- Queries -----------------------------------------------------------------------------------


def _query(node: ast.Statement, frame: Frame, engine: Engine, sink: Sink) -> None:
    engine.executor.query(node, frame, sink)


def _insert(node: ast.Insert, frame: Frame, engine: Engine, sink: Sink) -> None:
    if isinstance(node.source, (ast.Execute, ast.ExecuteString)):
        insert_execute(node, frame, engine, sink)
    else:
        engine.executor.query(node, frame, sink)


# --- Variables ---------------------------------------------------------------------------------


def _declare(node: ast.Declare, frame: Frame, engine: Engine, sink: Sink) -> None:
    for declaration in node.declarations:
        if declaration.value is not None:
            _assign(declaration.name, declaration.value, frame, engine)


def _set_variable(node: ast.SetVariable, frame: Frame, engine: Engine, sink: Sink) -> None:
    _assign(node.variable, node.value, frame, engine)


def _assign(name: str, value: ast.Expression, frame: Frame, engine: Engine) -> None:
    key = name.lower()
    if key not in frame.types:
        raise CompileError(error(137, name))
    frame.values[key] = engine.evaluate(value, frame, frame.types[key])
    engine.row_count = 1


# --- EXEC --------------------------------------------------------------------------------------


def _execute(node: ast.Execute, frame: Frame, engine: Engine, sink: Sink) -> None:
    calls.execute(node, frame, engine, sink, registry.invoke)


def _execute_string(node: ast.ExecuteString, frame: Frame, engine: Engine, sink: Sink) -> None:
    text = engine.evaluate(node.text, frame, messages.TEXT)
    engine.run_text(Frame(text or "", level=frame.level + 1, is_module=True), sink)


_HANDLERS: Mapping[type, Handler] = {
    **dict.fromkeys(QUERIES, _query),
    ast.Insert: _insert,
    ast.Declare: _declare,
    ast.SetVariable: _set_variable,
    ast.Print: messages.print_message,
    ast.RaisError: messages.raise_error,
    ast.Throw: messages.throw,
    ast.Execute: _execute,
    ast.ExecuteString: _execute_string,
    **session_statements.HANDLERS,
}
