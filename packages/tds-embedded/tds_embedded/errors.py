"""SQL Server's errors: number, state, severity and text."""

from __future__ import annotations

from dataclasses import dataclass

from tds_embedded.error_texts import MESSAGES
from tds_embedded.error_texts.states import STATES


@dataclass
class SqlServerError(Exception):
    """An error, sent as an ERROR token (an INFO token if its severity is at most 10).

    `before` are the errors of the same statement that are sent before it; CATCH sees the last.
    One found while compiling (`compiling`) no TRY of the same batch or module catches.
    """

    number: int
    message: str
    severity: int = 16
    state: int = 1
    line: int = 1
    procedure: str = ""
    before: tuple[SqlServerError, ...] = ()
    compiling: bool = False
    arguments: tuple[object, ...] = ()  # of the text
    of_call: bool = False  # of an argument of EXEC, which alone ends with it; it has no line

    @property
    def all(self) -> tuple[SqlServerError, ...]:
        """The errors in the order in which they are sent."""
        return (*self.before, self)

    def after(self, *causes: SqlServerError) -> SqlServerError:
        """Return this error with its causes before it."""
        self.before = tuple(each for cause in causes for each in cause.all)
        return self

    def __str__(self) -> str:
        return f"Msg {self.number}, Level {self.severity}, State {self.state}: {self.message}"


def error(
    number: int, *arguments: object, state: int | None = None, line: int = 1
) -> SqlServerError:
    """Return error `number` with SQL Server's own severity and wording, its arguments filled in.

    `state` is by default the most frequent one in SQL Server.
    """
    severity, text = MESSAGES[number]
    if state is None:
        state = STATES.get(number, 1)
    message = text.format(*arguments)
    return SqlServerError(number, message, severity, state, line, arguments=arguments)
