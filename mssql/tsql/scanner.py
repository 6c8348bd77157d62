"""T-SQL split into tokens: just enough of the language to know where a value, a name or a
comment begins and ends.

Every alternative of the pattern succeeds once its first character has matched (an unterminated
string, name or comment runs to the end of the text), and no text can be shared out among its
repetitions in two ways, so time grows linearly with the text, whatever the text is.
tests/telemetry/test_patterns.py proves the second of every pattern of the package.

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
_BRACKETED = r"\[[^\]]*(?:\]\][^\]]*)*(?:\]|\Z)"
_QUOTED = r'"[^"]*(?:""[^"]*)*(?:"|\Z)'
_PART = rf"(?:{_BRACKETED}|{_QUOTED}|{_WORD})"
_FURTHER_PARTS = rf"(?:\.(?:{_PART})?)*"
NAME_PATTERN = rf"{_PART}{_FURTHER_PARTS}"
STRING_PATTERN = r"[Nn]?'[^']*(?:''[^']*)*(?:'|\Z)"
LINE_COMMENT_PATTERN = r"--[^\n]*"
# A backslash before a line's end continues a binary constant on the next line.
NUMBER_PATTERN = r"0[xX](?:[0-9a-fA-F]|\\\r?\n)*|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE](?:[+-]?\d+)?)?"

_TOKEN = re.compile(
    rf"(?P<string>{STRING_PATTERN})|(?P<comment>{LINE_COMMENT_PATTERN})|(?P<block>/\*)"
    rf"|(?P<name>{NAME_PATTERN})|(?P<number>{NUMBER_PATTERN})"
    r"|(?P<marker>\?)|(?P<space>\s+)|(?P<other>.)",
    re.DOTALL,
)
# What Django writes most comes first, for speed: names in brackets, with all that follow after
# commas, and words.
_PIECE = re.compile(
    r" |\[[^\]]*\](?:(?:, |\.)\[[^\]]*\])*(?![\].])|[^\W\d]\w+(?![\w.@#$'])|[(),=?]|\s+"
    rf"|(?![Nn]'){NAME_PATTERN}|{STRING_PATTERN}|{LINE_COMMENT_PATTERN}|{NUMBER_PATTERN}|.",
    re.DOTALL,
)
_BRACKETED_NAME = re.compile(rf"{_BRACKETED}{_FURTHER_PARTS}")
_OPENING = re.compile(r'[\["]')
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


def pieces(sql: str) -> list[str]:
    """The texts of the tokens of `sql`, found several times as fast as by `tokens`. Names in
    brackets that follow each other after ", " are one piece: see `listed_names`."""
    if "/*" in sql:
        return [text for _, text in tokens(sql)]
    return _PIECE.findall(sql)


def listed_names(piece: str) -> list[str]:
    """The names in a piece that is a name or several."""
    return _BRACKETED_NAME.findall(piece) if ", [" in piece and piece[0] == "[" else [piece]


def is_name(piece: str) -> bool:
    """Whether a piece is a name, a keyword or names."""
    first = piece[0]
    if first.isalpha():
        return first not in "Nn" or piece[1:2] != "'"
    return first in '[@#_"' or (first == "$" and len(piece) > 1)


def is_whole(piece: str) -> bool:
    """Whether every bracket and quote that a name, or names, open is closed again."""
    opening = _OPENING.search(piece)
    while opening is not None:
        closing = "]" if opening.group() == "[" else '"'
        position = piece.find(closing, opening.end())
        while piece.startswith(closing, position + 1) and position >= 0:
            position = piece.find(closing, position + 2)
        if position < 0:
            return False
        opening = _OPENING.search(piece, position + 1)
    return True


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
