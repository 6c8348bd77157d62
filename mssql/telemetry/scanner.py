"""T-SQL split into tokens: just enough of the language to know where a value, a name or a
comment begins and ends.

Every alternative of the pattern succeeds once its first character has matched (an unterminated
string, name or comment runs to the end of the text), so there is nothing to backtrack into and
time grows linearly with the text, whatever the text is.

Follows "Transact-SQL syntax conventions", "Database identifiers" and "Constants",
https://learn.microsoft.com/sql/t-sql/data-types/constants-transact-sql
"""

from __future__ import annotations

import re
from typing import Iterator

STRING = "string"
COMMENT = "comment"
NAME = "name"
NUMBER = "number"
MARKER = "marker"
SPACE = "space"
OTHER = "other"

_WORD = r"(?:[^\W\d]|[@#]|\$(?=[^\W\d]))[\w@#$]*"
_BRACKETED = r"\[[^\]]*(?:\]\][^\]]*)*\]?"
_PART = rf'(?:{_BRACKETED}|"[^"]*(?:""[^"]*)*"?|{_WORD})'
_FURTHER_PARTS = rf"(?:\.(?:{_PART})?)*"
NAME_PATTERN = rf"{_PART}{_FURTHER_PARTS}"
BRACKETED_NAME_PATTERN = rf"{_BRACKETED}{_FURTHER_PARTS}"
STRING_PATTERN = r"[Nn]?'[^']*(?:''[^']*)*'?"
LINE_COMMENT_PATTERN = r"--[^\n]*"
# A backslash before a line's end continues a binary constant on the next line.
NUMBER_PATTERN = r"0[xX](?:[0-9a-fA-F]|\\\r?\n)*|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d*)?"

_TOKEN = re.compile(
    rf"(?P<string>{STRING_PATTERN})|(?P<comment>{LINE_COMMENT_PATTERN})|(?P<block>/\*)"
    rf"|(?P<name>{NAME_PATTERN})|(?P<number>{NUMBER_PATTERN})"
    r"|(?P<marker>\?)|(?P<space>\s+)|(?P<other>.)",
    re.DOTALL,
)
_WHOLE_NAME = re.compile(r'(?:(?:\[[^\]]*(?:\]\][^\]]*)*\]|"[^"]*(?:""[^"]*)*"|[\w@#$]+)\.*)+')
_COMMENT_EDGE = re.compile(r"/\*|\*/")


def tokens(sql: str) -> Iterator[tuple[str, str]]:
    """The tokens of `sql` in order, as (kind, text). Their texts joined are `sql` again."""
    position, end = 0, len(sql)
    while position < end:
        match = _TOKEN.match(sql, position)
        assert match is not None
        assert match.lastgroup is not None
        kind, start, position = match.lastgroup, position, match.end()
        if kind == "block":
            kind, position = COMMENT, _block_comment_end(sql, position)
        yield kind, sql[start:position]


def _block_comment_end(sql: str, position: int) -> int:
    """Where the block comment ends whose opening is just before `position`; they nest."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(sql, position):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(sql)


def without_block_comments(sql: str) -> str:
    """`sql` with a space in the place of every block comment."""
    if "/*" not in sql:
        return sql
    return "".join(
        " " if kind == COMMENT and text.startswith("/*") else text for kind, text in tokens(sql)
    )


def is_whole(text: str) -> bool:
    """Whether every bracket and quote that a name token opens is closed again."""
    return ("[" not in text and '"' not in text) or _WHOLE_NAME.fullmatch(text) is not None


def with_named_parameters(sql: str) -> tuple[str, list[str]]:
    """`sql` with its parameter markers `?` named @P1, @P2, ...; and those names.

    Markers inside strings, quoted names and comments are text and stay.
    """
    names: list[str] = []
    parts: list[str] = []
    for kind, text in tokens(sql):
        if kind == MARKER:
            names.append(f"@P{len(names) + 1}")
            text = names[-1]
        parts.append(text)
    return "".join(parts), names
