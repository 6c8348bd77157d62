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
    made: Call,
    declarations: str | None,
    text: str | None,
    arguments: Sequence[Argument],
    *,
    prepares: bool = False,
) -> int:
    """Runs a text in a frame of its own, its parameters filled with the arguments."""
    engine = made.engine
    # the procedure that runs it is a level, too
    frame = Frame(
        text or "",
        level=max(made.level, 1) + 1,
        is_module=True,
        declarations=declarations or "",
        prepares=prepares,
    )
    declared = engine.parse_parameters(declarations or "")

    def missing(name: str) -> SqlServerError:
        return error(8178, f"({declarations}){text}", name)

    if len(arguments) > len(declared):
        raise error(8144, "")
    outputs = bind_parameters(declared, arguments, frame, made, missing)
    engine.run_text(frame, made.sink)
    made.outputs += [(argument, frame.types[key], frame.values[key]) for argument, key in outputs]
    return engine.last_error


def _text(value: Any, procedure: str, parameter: str) -> str:
    """Raises 214 for a statement that is no string."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise error(214, parameter, "ntext/nchar/nvarchar")
    return value


def _sp_executesql(made: Call) -> int:
    if not made.arguments:
        raise error(201, made.name, "@statement")
    statement, *rest = made.arguments
    declarations = rest.pop(0).value if rest else None
    text = _text(statement.value, made.name, "@statement")
    if statement.type is not None and statement.type.name in ("char", "varchar"):
        raise error(214, "@statement", "ntext/nchar/nvarchar")
    return _run_statement(made, _text(declarations, made.name, "@params"), text, rest)


def _leading(made: Call, *names: str) -> list[Argument]:
    """The first arguments. Raises 201 if one is missing."""
    if len(made.arguments) < len(names):
        raise error(201, made.name, names[len(made.arguments)])
    return made.arguments[: len(names)]


def _sp_prepare(made: Call) -> int:
    handle, declarations, text = _leading(made, "@handle", "@params", "@stmt")
    _compile(made, declarations.value or "", text.value or "")
    made.outputs.append((handle, INT, _prepared(made, declarations.value, text.value)))
    return 0


def _compile(made: Call, declarations: str, text: str) -> None:
    """Raises 8180 after what is wrong with the statement; wrong grammar is left until it runs."""
    engine = made.engine
    frame = Frame(text, level=made.level, is_module=True)
    for parameter in engine.parse_parameters(declarations):
        frame.declare(parameter.name, engine.system_type(parameter.type))
    quoted = engine.settings.quoted_identifier
    try:
        statements = engine.parse(text, quoted)
    except SqlServerError:
        return
    engine.prepare(statements, frame)


def _prepared(made: Call, declarations: str | None, text: str | None) -> int:
    """A new handle."""
    return made.engine.handles.add(declarations or "", text or "")


def _sp_prepexec(made: Call) -> int:
    handle, declarations, text = _leading(made, "@handle", "@params", "@stmt")
    rest = made.arguments[3:]
    number = _prepared(made, declarations.value, text.value)
    made.outputs.append((handle, INT, number))
    return _run_statement(made, declarations.value, text.value, rest, prepares=True)


def _sp_prepexecrpc(made: Call) -> int:
    handle, name = _leading(made, "@handle", "@rpccall")
    rest = made.arguments[2:]
    text = _text(name.value, made.name, "@rpccall")
    made.outputs.append((handle, INT, made.engine.handles.add(None, text)))
    return _run_procedure(made, text, rest)


def _run_procedure(made: Call, name: str, arguments: list[Argument]) -> int:
    inner = replace(made, name=name, arguments=arguments)
    return made.invoke(inner, object_name(name))


def _sp_execute(made: Call) -> int:
    (handle,) = _leading(made, "@handle")
    rest = made.arguments[1:]
    declarations, text = made.engine.handles.get(handle.value)
    if declarations is None:
        return _run_procedure(made, text, rest)
    return _run_statement(made, declarations, text, rest)


def _sp_unprepare(made: Call) -> int:
    (handle,) = made.bind("@handle", required=1)
    made.engine.handles.remove(handle)
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
