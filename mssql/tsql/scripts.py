"""Scripts of T-SQL: where the tools of SQL Server end a batch.

"SQL Server Utilities Statements - GO",
https://learn.microsoft.com/sql/t-sql/language-elements/sql-server-utilities-statements-go
"""

from __future__ import annotations

import re
from typing import Iterator, Tuple

_TOKEN = re.compile(
    r"""
      (?P<go> ^[ \t]* GO (?:[ \t]+ (?P<count>\d+))? [ \t]*;?[ \t]* (?:--[^\n]*)? \r?$ )
    | '(?:[^']|'')*' | "(?:[^"]|"")*" | \[(?:[^\]]|\]\])*\]
    | --[^\n]*
    | (?P<comment> /\* )
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_COMMENT = re.compile(r"/\*|\*/")


class Script(Tuple[str, ...]):
    """Statements that the schema editor sends one by one, each as a batch.

    The server binds the columns of filters, CHECKs and computed columns when it compiles a batch,
    before the first statement of it has run: what names a column that a statement before it adds,
    alters or renames has to come in a batch of its own (error 207).
    """


def batches(script: str) -> list[str]:
    """The script's batches; `GO 3` repeats the one before it three times.

    A GO inside a string, a quoted name or a comment ends nothing.
    """
    found: list[str] = []
    start = 0
    for go in _separators(script):
        found += [script[start : go.start()].strip()] * int(go["count"] or 1)
        start = go.end()
    found.append(script[start:].strip())
    return [batch for batch in found if batch]


def has_separator(script: str) -> bool:
    """Whether the script says itself, by a GO, where its batches end."""
    return next(_separators(script), None) is not None


def _separators(script: str) -> Iterator[re.Match[str]]:
    position = 0
    while (token := _TOKEN.search(script, position)) is not None:
        position = token.end()
        if token["go"] is not None:
            yield token
        elif token["comment"] is not None:
            position = _comment_end(script, position)


def _comment_end(script: str, position: int) -> int:
    """Where the block comment that has just begun ends; T-SQL nests them."""
    depth = 1
    while depth:
        mark = _COMMENT.search(script, position)
        if mark is None:
            return len(script)
        depth += 1 if mark.group() == "/*" else -1
        position = mark.end()
    return position
