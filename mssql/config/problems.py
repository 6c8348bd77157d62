"""Problems of settings, with a hint for each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """A setting that cannot work or, if `is_error` is false, that is probably a mistake.

    `check_id` is the id of the system check without "mssql."; the message contains no value that
    might be secret.
    """

    setting: str
    message: str
    hint: str
    check_id: str
    is_error: bool = True

    def __str__(self) -> str:
        return f"{self.message} {self.hint}"


def error(check_id: str, setting: str, message: str, hint: str = "") -> Problem:
    """Return a problem that no connection can be opened with."""
    return Problem(setting, message, hint, check_id)


def warning(check_id: str, setting: str, message: str, hint: str = "") -> Problem:
    """Return a problem that a connection can be opened in spite of."""
    return Problem(setting, message, hint, check_id, is_error=False)
