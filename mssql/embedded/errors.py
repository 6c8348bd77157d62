"""SQL Server's errors: number, state, severity and text."""

from __future__ import annotations

from dataclasses import dataclass

from mssql.embedded.error_texts import MESSAGES


@dataclass
class SqlServerError(Exception):
    """An error that goes to the client as an ERROR token (an INFO token where severity <= 10)."""

    number: int
    message: str
    severity: int = 16
    state: int = 1
    line: int = 1
    procedure: str = ""

    def __str__(self) -> str:
        return f"Msg {self.number}, Level {self.severity}, State {self.state}: {self.message}"


def error(number: int, *arguments: object, state: int = 1, line: int = 1) -> SqlServerError:
    """Error `number` with SQL Server's own severity and wording, its arguments filled in."""
    severity, text = MESSAGES[number]
    return SqlServerError(number, text.format(*arguments), severity, state, line)
