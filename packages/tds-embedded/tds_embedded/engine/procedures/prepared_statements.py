"""Statements with parameters: sp_executesql and the sp_prepare family.

Follows "System stored procedures" and MS-TDS 2.2.6.6 (the sp_prepare family),
https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/system-stored-procedures-transact-sql
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tds_embedded.engine.frames import Frame
from tds_embedded.engine.procedures.calls import (
    INT,
    Argument,
    Call,
    SystemProcedure,
    bind_parameters,
    object_name,
)
from tds_embedded.errors import SqlServerError, error

# --- Statements with parameters ---


def _run_statement(
    call: Call,
    declarations: str | None,
    text: str | None,
    arguments: Sequence[Argument],
    *,
    prepares: bool = False,
) -> int:
    """Run a text in a new frame, with the arguments as its parameters."""
    engine = call.engine
    # the procedure that runs it is a level, too
    frame = Frame(
        text or "",
        level=max(call.level, 1) + 1,
        is_module=True,
        declarations=declarations or "",
        prepares=prepares,
    )
    parameters = engine.parse_parameters(declarations or "")

    def missing(name: str) -> SqlServerError:
        return error(8178, f"({declarations}){text}", name)

    if len(arguments) > len(parameters):
        raise error(8144, "")
    outputs = bind_parameters(parameters, arguments, frame, call, missing)
    engine.run_text(frame, call.sink)
    call.outputs += [(argument, frame.types[key], frame.values[key]) for argument, key in outputs]
    return engine.last_error


def _text(value: Any, procedure: str, parameter: str) -> str:
    """Return a statement's text. Raises 214 for any other type."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise error(214, parameter, "ntext/nchar/nvarchar")
    return value


def _sp_executesql(call: Call) -> int:
    if not call.arguments:
        raise error(201, call.name, "@statement")
    statement, *rest = call.arguments
    declarations = rest.pop(0).value if rest else None
    text = _text(statement.value, call.name, "@statement")
    if statement.type is not None and statement.type.name in ("char", "varchar"):
        raise error(214, "@statement", "ntext/nchar/nvarchar")
    return _run_statement(call, _text(declarations, call.name, "@params"), text, rest)


def _leading(call: Call, *names: str) -> list[Argument]:
    """Return the first arguments. Raises 201 if one is missing."""
    if len(call.arguments) < len(names):
        raise error(201, call.name, names[len(call.arguments)])
    return call.arguments[: len(names)]


def _sp_prepare(call: Call) -> int:
    handle, declarations, text = _leading(call, "@handle", "@params", "@stmt")
    _compile(call, declarations.value or "", text.value or "")
    call.outputs.append((handle, INT, _prepared(call, declarations.value, text.value)))
    return 0


def _compile(call: Call, declarations: str, text: str) -> None:
    """Raise error 8180 after that of the statement. Errors of syntax are raised when it runs."""
    engine = call.engine
    frame = Frame(text, level=call.level, is_module=True)
    for parameter in engine.parse_parameters(declarations):
        frame.declare(parameter.name, engine.system_type(parameter.type))
    quoted_identifiers = engine.settings.quoted_identifier
    try:
        statements = engine.parse(text, quoted_identifiers)
    except SqlServerError:
        return
    engine.prepare(statements, frame)


def _prepared(call: Call, declarations: str | None, text: str | None) -> int:
    """Return a new handle."""
    return call.engine.handles.add(declarations or "", text or "")


def _sp_prepexec(call: Call) -> int:
    handle, declarations, text = _leading(call, "@handle", "@params", "@stmt")
    rest = call.arguments[3:]
    number = _prepared(call, declarations.value, text.value)
    call.outputs.append((handle, INT, number))
    return _run_statement(call, declarations.value, text.value, rest, prepares=True)


def _sp_prepexecrpc(call: Call) -> int:
    handle, name = _leading(call, "@handle", "@rpccall")
    rest = call.arguments[2:]
    text = _text(name.value, call.name, "@rpccall")
    call.outputs.append((handle, INT, call.engine.handles.add(None, text)))
    return _run_procedure(call, text, rest)


def _run_procedure(call: Call, name: str, arguments: list[Argument]) -> int:
    inner = replace(call, name=name, arguments=arguments)
    return call.invoke(inner, object_name(name))


def _sp_execute(call: Call) -> int:
    (handle,) = _leading(call, "@handle")
    rest = call.arguments[1:]
    declarations, text = call.engine.handles.get(handle.value)
    if declarations is None:
        return _run_procedure(call, text, rest)
    return _run_statement(call, declarations, text, rest)


def _sp_unprepare(call: Call) -> int:
    (handle,) = call.bind("@handle", minimum=1)
    call.engine.handles.remove(handle)
    return 0


# whose statements set @@ERROR themselves
STATEMENT_RUNNERS = frozenset(
    {"sp_executesql", "sp_execute", "sp_prepexec", "sp_prepexecrpc", "sp_prepare"}
)
PROCEDURES: dict[str, SystemProcedure] = {
    "sp_executesql": _sp_executesql,
    "sp_execute": _sp_execute,
    "sp_prepare": _sp_prepare,
    "sp_prepexec": _sp_prepexec,
    "sp_prepexecrpc": _sp_prepexecrpc,
    "sp_unprepare": _sp_unprepare,
}
