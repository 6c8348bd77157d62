"""SQL Server's errors: number, state, severity and text.

Follows "Database Engine events and errors",
https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors
"""

from __future__ import annotations

from dataclasses import dataclass

# number: (severity, text with {} where SQL Server puts its arguments)
MESSAGES: dict[int, tuple[int, str]] = {
    102: (15, "Incorrect syntax near '{}'."),
    156: (15, "Incorrect syntax near the keyword '{}'."),
    207: (16, "Invalid column name '{}'."),
    208: (16, "Invalid object name '{}'."),
}


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
