"""The scanner of T-SQL: the tokens of a text, whatever the text is.

It reads just enough of the language to separate values, names and comments. All of the backend
that reads T-SQL reads it through these tokens.

Every alternative of the pattern succeeds once its first character has matched (an unterminated
string, name or comment extends to the end of the text), and its repetitions divide any text in
only one manner, so time grows linearly with the text. A test proves the second of every pattern
of the package.

Follows "Transact-SQL syntax conventions", "Database identifiers" and "Constants",
https://learn.microsoft.com/sql/t-sql/data-types/constants-transact-sql
"""

from __future__ import annotations

import re
from typing import Iterator, NamedTuple

STRING = "string"  # 'text' or N'text'
COMMENT = "comment"  # to the line's end, or a block with the blocks nested in it
NAME = "name"  # a keyword, or an identifier of one or more parts, temporary ones (#t) among them
VARIABLE = "variable"  # @local, @@FUNCTION
NUMBER = "number"  # or a binary constant
MARKER = "marker"  # the parameter marker of ODBC
SPACE = "space"
OPERATOR = "operator"  # one character: T-SQL allows blanks inside of <= and !=

# A delimited identifier or string between its delimiters, each of which is doubled inside.
IN_BRACKETS = r"[^\]]*(?:\]\][^\]]*)*"
IN_QUOTES = r'[^"]*(?:""[^"]*)*'
_STRING = r"[Nn]?'[^']*(?:''[^']*)*(?:'|\Z)"
_WORD = r"(?:[^\W\d]|[@#]|\$(?=[^\W\d]))[\w@#$]*"
_BRACKETED = rf"\[{IN_BRACKETS}(?:\]|\Z)"
_PART = rf'(?:{_BRACKETED}|"{IN_QUOTES}(?:"|\Z)|{_WORD})'
_FURTHER_PARTS = rf"(?:\.(?:{_PART})?)*"
_NAME = rf"(?![Nn]'){_PART}{_FURTHER_PARTS}"
# A backslash before a line's end continues a binary constant on the next line.
_NUMBER = r"0[xX](?:[0-9a-fA-F]|\\\r?\n)*|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE](?:[+-]?\d+)?)?"
# Words and single characters come first, for speed.
_ANY_TOKEN = rf" |[^\W\d]\w+(?![\w.@#$'])|[(),=?]|\s+|{_NAME}|{_STRING}|--[^\n]*|/\*|{_NUMBER}|."

_TOKEN = re.compile(_ANY_TOKEN, re.DOTALL)
# Django writes mostly names in brackets; those after commas are of the same piece.
_PIECE = re.compile(rf"\[[^\]]*\](?:(?:, |\.)\[[^\]]*\])*(?![\].])|{_ANY_TOKEN}", re.DOTALL)
_NAME_IN_PIECE = re.compile(rf"{_BRACKETED}{_FURTHER_PARTS}")
_PART_OR_NOTHING = re.compile(rf"(?:{_PART})?")
_OPENING = re.compile(r'[\["]')
_COMMENT_EDGE = re.compile(r"/\*|\*/")
# The characters that decide alone.
_KIND_BY_CHARACTER = {
    **dict.fromkeys('[_#"', NAME),
    **dict.fromkeys(" \t\r\n", SPACE),
    **dict.fromkeys("(),=<>+*%;", OPERATOR),
    "'": STRING,
    "@": VARIABLE,
    "?": MARKER,
}


class Token(NamedTuple):
    """A token: its kind, its text, and its start and end in the whole text."""

    kind: str
    text: str
    start: int
    end: int


def tokens(sql: str) -> Iterator[Token]:
    """Yield the tokens of `sql` in order. Their texts joined are `sql` again."""
    position, end = 0, len(sql)
    while position < end:
        match = _TOKEN.match(sql, position)
        assert match is not None  # any character is a token
        text, start, position = match.group(), position, match.end()
        if text == "/*":
            position = _block_comment_end(sql, position)
            text = sql[start:position]
        yield Token(_kind(text), text, start, position)


def _kind(text: str) -> str:
    """Return the kind of a token, by which its first characters decide."""
    first = text[0]
    kind = _KIND_BY_CHARACTER.get(first)
    if kind is not None:
        return kind
    if text[:2] in ("N'", "n'"):
        return STRING
    if first.isdecimal() or (first == "." and len(text) > 1):
        return NUMBER
    if first.isalnum() or (first == "$" and len(text) > 1):
        return NAME
    if first.isspace():
        return SPACE
    return COMMENT if text[:2] in ("--", "/*") else OPERATOR


def _block_comment_end(sql: str, position: int) -> int:
    """Return the end of the block comment that opens just before `position`; they nest."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(sql, position):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(sql)


def pieces(sql: str) -> list[str]:
    """Return the texts of the tokens of `sql`, several times as fast as `tokens`.

    Names in brackets that follow each other after ", " are one piece: see `listed_names`.
    """
    if "/*" in sql:
        return [token.text for token in tokens(sql)]
    return _PIECE.findall(sql)


def listed_names(piece: str) -> list[str]:
    """Return the names in a piece that is a name or several."""
    return _NAME_IN_PIECE.findall(piece) if ", [" in piece and piece[0] == "[" else [piece]


def name_parts(name: str) -> list[str]:
    """Return the parts of a NAME as they are written: those of `[a].b..c` are [a], b, "" and c."""
    parts, position = [], -1
    while position < len(name):
        match = _PART_OR_NOTHING.match(name, position + 1)
        assert match is not None  # it also matches nothing
        parts.append(match.group())
        position = match.end()
    return parts


def is_name(piece: str) -> bool:
    """Whether a piece is a name, a keyword, a variable or several names."""
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
    """Return `sql` with its parameter markers `?` named @P1, @P2, ...; and those names.

    Markers inside strings, quoted names and comments are text and stay.
    """
    names: list[str] = []
    parts: list[str] = []
    for token in tokens(sql):
        text = token.text
        if token.kind == MARKER:
            names.append(f"@P{len(names) + 1}")
            text = names[-1]
        parts.append(text)
    return "".join(parts), names
