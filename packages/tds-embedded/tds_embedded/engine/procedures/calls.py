"""Calling procedures: by RPC and by EXEC, the system's and the users' own.

Follows "EXECUTE" and "Stored procedures (Database Engine)",
https://learn.microsoft.com/sql/t-sql/language-elements/execute-transact-sql
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg

from tds_embedded.engine.frames import Frame
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql import ast
from tds_embedded.types import MAX, SqlType
from tds_embedded.wire.requests import RpcCall
from tds_embedded.wire.responses import Sink

INT = SqlType("int")
TEXT = SqlType("nvarchar", length=MAX)
OWN_ERRORS = range(15000, 16000)  # that system procedures raise by RAISERROR before RETURN 1
FAILED = 1


@dataclass(frozen=True)
class Argument:
    """An argument of a call; `name` is in lower case with its @, or "" for one passed by
    position.
    """

    value: Any
    type: SqlType | None = None
    name: str = ""
    output: bool = False
    default: bool = False


@dataclass
class Call:
    """A procedure call. `outputs` are filled by the procedure, in the order of its arguments."""

    name: str
    arguments: list[Argument]
    engine: Engine
    sink: Sink
    invoke: Callable[[Call, ast.ObjectName], int]  # registry.invoke
    level: int = 0
    ended: bool = False  # by an error of compilation: it has no status
    outputs: list[tuple[Argument, SqlType, Any]] = field(default_factory=list)

    def bind(self, *names: str, minimum: int = 0) -> list[Any]:
        """Return the values of the parameters `names`, passed by name or position, or None.

        Raises 201 if one of the first `minimum` is missing, 8144 or 8145 for one too many.
        """
        return [argument.value for argument in self.bind_arguments(*names, minimum=minimum)]

    def bind_arguments(self, *names: str, minimum: int = 0) -> list[Argument]:
        """Return the arguments of the parameters `names`, with their types."""
        by_name: dict[str, Argument] = {}
        for position, argument in enumerate(self.arguments):
            if argument.name and argument.name not in names:
                raise error(8145, argument.name, self.name)
            if not argument.name and position >= len(names):
                raise error(8144, self.name)
            if not argument.default:
                by_name[argument.name or names[position]] = argument
        for name in names[:minimum]:
            if name not in by_name:
                raise error(201, self.name, name)
        return [by_name.get(name, Argument(None)) for name in names]


SystemProcedure = Callable[[Call], int]
Invoke = Callable[[Call, ast.ObjectName], int]


def remote_call(engine: Engine, request: RpcCall, sink: Sink, invoke: Invoke) -> None:
    """Run a remote procedure call."""
    arguments = [
        Argument(each.value, each.type, each.name.lower(), each.output, each.default)
        for each in request.parameters
    ]
    call = Call(request.name, arguments, engine, sink, invoke)
    status = invoke(call, object_name(request.name))
    sink.return_status(status)
    for argument, sql_type, value in call.outputs:
        sink.return_value(argument.name, sql_type, value)


def object_name(text: str) -> ast.ObjectName:
    """Return a procedure's name from its text: `[db].[dbo].[p]`."""
    parts = (part.removeprefix("[").removesuffix("]") for part in text.split("."))
    return ast.ObjectName(tuple(parts))


def execute(node: ast.Execute, frame: Frame, engine: Engine, sink: Sink, invoke: Invoke) -> None:
    """Run EXEC of a procedure, and assign its outputs and status to the caller's variables."""
    evaluate = engine.evaluate
    name = node.procedure
    if isinstance(name, str):
        text = evaluate(ast.Variable(name, position=node.position), frame, TEXT)
        name = replace(object_name(text or ""), position=node.position)
    arguments = []
    for argument in node.arguments:
        key = argument.name.lower() if argument.name else ""
        if isinstance(argument.value, ast.DefaultValue):
            arguments.append(Argument(None, None, key, default=True))
            continue
        sql_type = _type_of(argument.value, frame)
        arguments.append(Argument(evaluate(argument.value, frame), sql_type, key, argument.output))
    call = Call(str(name), arguments, engine, sink, invoke, frame.level + 1)
    try:
        status = invoke(call, name)
    except SqlServerError as raised:
        if node.status is not None and raised.number in OWN_ERRORS:
            frame.values[node.status.lower()] = FAILED
        raise
    if call.ended:
        return
    _take_outputs(node, call, frame)
    if node.status is not None:
        frame.values[node.status.lower()] = status


def _type_of(node: ast.Expression, frame: Frame) -> SqlType | None:
    """Return the type of an argument: a variable, or a literal whose type is known."""
    if isinstance(node, ast.Variable):
        return frame.types.get(node.name.lower())
    if isinstance(node, ast.StringLiteral):
        return SqlType("nvarchar" if node.national else "varchar", length=max(len(node.value), 1))
    if isinstance(node, ast.IntegerLiteral) and abs(node.value) < 2**31:
        return INT
    return None


def _take_outputs(node: ast.Execute, call: Call, frame: Frame) -> None:
    for argument, _, value in call.outputs:
        position = next(i for i, each in enumerate(call.arguments) if each is argument)
        target = node.arguments[position].value
        assert isinstance(target, ast.Variable)
        frame.values[target.name.lower()] = value


# --- Parameters of statements ---


def bind_parameters(
    parameters: Sequence[ast.RoutineParameter],
    arguments: Sequence[Argument],
    frame: Frame,
    call: Call,
    missing: Callable[[str], Exception],
) -> list[tuple[Argument, str]]:
    """Declare a procedure's parameters with the arguments. Return the output arguments.

    `missing` returns the error for a parameter without value. Raises 8144, 8145 or 8162.
    """
    engine = call.engine
    by_name = _by_name(parameters, arguments, call)
    outputs = []
    for parameter in parameters:
        key = parameter.name.lower()
        argument = by_name.pop(key, Argument(None, default=True))
        value = argument.value
        if argument.default:
            if parameter.default is None:
                raise missing(parameter.name)
            value = engine.evaluate(parameter.default, frame)
        sql_type = engine.system_type(parameter.type)
        if call.level and argument.type not in (None, sql_type):
            value = _converted(value, argument.type, sql_type, call)
        frame.declare(parameter.name, sql_type, value)
        if argument.output:
            if not parameter.output:
                raise error(8162, parameter.name)
            outputs.append((argument, key))
    for name in by_name:
        raise error(8145, name, call.name)
    return outputs


def _by_name(
    parameters: Sequence[ast.RoutineParameter], arguments: Sequence[Argument], call: Call
) -> dict[str, Argument]:
    """Return the arguments by the parameters' names. Raises 8143 or 8144."""
    by_name: dict[str, Argument] = {}
    for position, argument in enumerate(arguments):
        if not argument.name and position >= len(parameters):
            raise error(8144, call.name)
        name = argument.name or parameters[position].name.lower()
        if name in by_name:
            raise error(8143, name)
        by_name[name] = argument
    return by_name


def _converted(value: Any, source_type: SqlType | None, target_type: SqlType, call: Call) -> Any:
    """Return an argument of EXEC as its parameter's type. Raises 8114."""
    if value is None or source_type is None or source_type.name == target_type.name:
        return value
    engine = call.engine
    frame = Frame("", types={"@value": source_type}, values={"@value": value})
    try:
        return engine.evaluate(ast.Variable("@value"), frame, target_type)
    except psycopg.OperationalError:  # cancelled, or disconnected
        raise
    except psycopg.Error:
        engine.transactions.undo_statement()
        raise error(8114, source_type.name, target_type.name) from None
