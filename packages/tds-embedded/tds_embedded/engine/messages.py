"""PRINT, RAISERROR and THROW: messages and errors that T-SQL sends.

Follows "RAISERROR" and "THROW",
https://learn.microsoft.com/sql/t-sql/language-elements/raiserror-transact-sql
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tds_embedded.engine.failures import LOWEST_ERROR, CompileError
from tds_embedded.engine.frames import Frame
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql import ast
from tds_embedded.types import MAX, SqlType
from tds_embedded.wire.responses import Sink

PRINTED = SqlType("nvarchar", length=4000)
TEXT = SqlType("nvarchar", length=MAX)
INT = SqlType("int")
MAXIMUM_MESSAGE = 2047
USER_MESSAGE = 50000
HIGHEST_USER_SEVERITY = 18  # above it takes sysadmin and WITH LOG
FORMAT_TEXTS = frozenset(["char", "varchar", "nchar", "nvarchar"])
FORMAT_NUMBERS = frozenset(["tinyint", "smallint", "int", "bigint"])
_FORMAT = re.compile(r"%(?P<flags>[-+0# ]*)(?P<width>\d+|\*)?(?:\.(?P<precision>\d+|\*))?"
                     r"(?P<size>h|l|I64)?(?P<type>[diosuxX%])")  # fmt: skip


def print_message(node: ast.Print, frame: Frame, engine: Engine, sink: Sink) -> None:
    """Send the message of a PRINT."""
    text = engine.evaluate(node.message, frame, PRINTED)
    sink.error(SqlServerError(0, text if text is not None else "", 0, line=frame.line(node)))
    engine.row_count = 0


def raise_error(node: ast.RaisError, frame: Frame, engine: Engine, sink: Sink) -> None:
    """Send the message of a RAISERROR, or raise its error if it is severe enough."""
    problem = raised(node, frame, engine)
    if problem.severity >= LOWEST_ERROR:
        raise problem
    problem.line = frame.line(node)
    sink.error(problem)
    engine.row_count = 0


def throw(node: ast.Throw, frame: Frame, engine: Engine, sink: Sink) -> None:
    """Raise the error of a THROW."""
    if node.number is None and not engine.caught_errors:
        raise CompileError(error(10704))
    raise thrown(node, frame, engine)


def raised(node: ast.RaisError, frame: Frame, engine: Engine) -> SqlServerError:
    """Return the error of a RAISERROR. Raises 2732, 2748, 2754 or 2786."""
    message = engine.evaluate(node.message, frame)
    severity = engine.evaluate(node.severity, frame, INT)
    state = engine.evaluate(node.state, frame, INT)
    if isinstance(message, int):
        if message < 13000 or message == USER_MESSAGE:
            raise error(2732, message)
        raise error(18054, message, severity, state)
    if severity > HIGHEST_USER_SEVERITY and "LOG" not in node.options:
        raise error(2754)
    check_arguments(node, frame)
    arguments = [engine.evaluate(argument, frame) for argument in node.arguments]
    text = formatted(message or "", arguments)
    state = 1 if state < 0 else min(state, 255)
    return SqlServerError(USER_MESSAGE, text, max(severity, 0), state, procedure=frame.procedure)


def check_arguments(node: ast.RaisError, frame: Frame) -> None:
    """Raise error 2748 for a variable whose type no format takes."""
    for position, argument in enumerate(node.arguments, start=4):
        if isinstance(argument, ast.Variable):
            sql_type = frame.types.get(argument.name.lower())
            if sql_type is not None and sql_type.name not in (*FORMAT_NUMBERS, *FORMAT_TEXTS):
                raise CompileError(error(2748, sql_type.name, position))


def formatted(message: str, arguments: list[Any]) -> str:
    """Return a formatted message. Raises 2786 for an argument's type, 2787 for the format."""
    values = iter(arguments)
    position = 0

    def fill(match: re.Match[str]) -> str:
        nonlocal position
        if match["type"] == "%":
            return "%"
        position += 1
        width = _size(match["width"], values)
        precision = _size(match["precision"], values)
        value = next(values, None)
        if value is None:
            return "(null)"
        if (match["type"] == "s") != isinstance(value, str):
            raise error(2786, position)
        kind = {"i": "d", "u": "d"}.get(match["type"], match["type"])
        dot = "" if precision is None else f".{precision}"
        return str(f"%{match['flags']}{'' if width is None else width}{dot}{kind}" % value)

    wrong = _FORMAT.sub("", message).find("%")
    if wrong >= 0:
        raise error(2787, _FORMAT.sub("", message)[wrong : wrong + 2])
    text = _FORMAT.sub(fill, message)
    return text if len(text) <= MAXIMUM_MESSAGE else text[: MAXIMUM_MESSAGE - 3] + "..."


def _size(text: str | None, values: Iterator[Any]) -> int | None:
    """Return a width or precision: `*` takes the next argument."""
    if text is None:
        return None
    return int(next(values, 0)) if text == "*" else int(text)


def thrown(node: ast.Throw, frame: Frame, engine: Engine) -> SqlServerError:
    """Return the error of a THROW, or the caught one again. Raises 35100 for a reserved number."""
    if node.number is None or node.message is None or node.state is None:
        return engine.caught_errors[-1]
    number = engine.evaluate(node.number, frame, INT)
    if number is None or number < USER_MESSAGE:
        raise error(35100, number)
    message = engine.evaluate(node.message, frame, SqlType("nvarchar", length=2048))
    state = engine.evaluate(node.state, frame, INT)
    return SqlServerError(number, message or "", 16, state or 0)
