"""Scripts of T-SQL: the separators by which the tools of SQL Server divide them into batches.

"SQL Server Utilities Statements - GO",
https://learn.microsoft.com/sql/t-sql/language-elements/sql-server-utilities-statements-go
"""

from __future__ import annotations

from typing import Iterator, NamedTuple, Tuple

from mssql.tsql import scanner
from mssql.tsql.scanner import Token


class Script(Tuple[str, ...]):
    """Statements that the schema editor sends one by one, each as a batch.

    The server binds the columns of filters, CHECKs and computed columns when it compiles a batch,
    before the first statement of it has run: a statement that names a column which an earlier one
    adds, alters or renames has to be in a later batch (error 207).
    """


class _Separator(NamedTuple):
    start: int
    end: int
    times: int


def batches(script: str) -> list[str]:
    """Return the script's batches; `GO 3` repeats the one before it three times.

    A GO inside a string, a quoted name or a comment ends nothing.
    """
    parts: list[str] = []
    start = 0
    for separator in _separators(script):
        parts += [script[start : separator.start].strip()] * separator.times
        start = separator.end
    parts.append(script[start:].strip())
    return [batch for batch in parts if batch]


def has_separator(script: str) -> bool:
    """Whether a GO of the script itself ends its batches."""
    return next(_separators(script), None) is not None


def _separators(script: str) -> Iterator[_Separator]:
    for line in _lines(script):
        words = [token.text for token in line if token.kind != scanner.SPACE]
        if words and words[-1].startswith("--"):
            del words[-1]
        if words[-1:] == [";"]:
            del words[-1]
        word, count = (*words, "1")[:2] if words else ("", "")
        if word.upper() == "GO" and len(words) <= 2 and count.isdecimal():
            yield _Separator(line[0].start, line[-1].end, int(count))


def _lines(script: str) -> Iterator[list[Token]]:
    """Yield the tokens of each line; those that span lines belong to their first line."""
    line: list[Token] = []
    for token in scanner.tokens(script):
        line.append(token)
        if token.kind == scanner.SPACE and "\n" in token.text:
            yield line
            line = []
    if line:
        yield line
