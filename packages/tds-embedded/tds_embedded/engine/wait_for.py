"""WAITFOR DELAY: how long a session waits.

Follows "WAITFOR (Transact-SQL)",
https://learn.microsoft.com/sql/t-sql/language-elements/waitfor-transact-sql
"""

from __future__ import annotations

import datetime
import re

from tds_embedded.engine.failures import BatchEnded, CompileError
from tds_embedded.engine.frames import Frame
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.types import MAX
from tds_embedded.wire.responses import Sink

_TIME = re.compile(
    r"(?P<hours>\d{1,2}):(?P<minutes>\d{1,2})"
    r"(?::(?P<seconds>\d{1,2})(?:[.:](?P<fraction>\d{1,3}))?)?(?P<half> AM| PM)?"
)
_STRINGS = ("char", "nchar", "varchar", "nvarchar")


def seconds_of(text: str) -> float | None:
    """Return the seconds of a time, or None for an invalid one."""
    text = text.strip(" ")
    if not text:
        return 0.0
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds = (int(match[each] or 0) for each in ("hours", "minutes", "seconds"))
    if match["half"]:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if match["half"] == " PM" else 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    fraction = match["fraction"] or ""
    return (hours * 60 + minutes) * 60 + seconds + float(f"0.{fraction or 0}")


def check(node: ast.WaitFor, frame: Frame) -> None:
    """Raise error 148 for an invalid time, 137 for an unknown variable."""
    if isinstance(node.value, ast.StringLiteral) and seconds_of(node.value.value) is None:
        raise error(148, node.value.value)
    if isinstance(node.value, ast.Variable) and node.value.name.lower() not in frame.types:
        raise error(137, node.value.name)


def run(node: ast.WaitFor, frame: Frame, engine: Engine, sink: Sink) -> None:
    """Wait until the time is over or the client's attention ends it."""
    if isinstance(node.value, ast.StringLiteral):
        seconds = seconds_of(node.value.value)
        if seconds is None:
            raise CompileError(error(148, node.value.value))
    else:
        seconds = _of_variable(node.value, frame, engine)
    if node.kind != "DELAY":
        raise error(40517, "WAITFOR TIME")
    if engine.cancellation.wait(seconds):
        raise BatchEnded


def _of_variable(node: ast.Expression, frame: Frame, engine: Engine) -> float:
    """Return the seconds that a variable stands for. Raises 241 or 9815."""
    value = engine.evaluate(node, frame)
    if value is None:
        return 0.0
    sql_type = frame.types[node.name.lower()] if isinstance(node, ast.Variable) else None
    if sql_type is None or sql_type.name == "int":
        return float(value)
    if sql_type.name == "datetime" and isinstance(value, datetime.datetime):
        midnight = value.replace(hour=0, minute=0, second=0, microsecond=0)
        return (value - midnight).total_seconds()
    if sql_type.name not in _STRINGS:
        raise error(9815, sql_type.name)
    seconds = None if sql_type.length == MAX else seconds_of(str(value))
    if seconds is None:
        raise error(241)
    return seconds
