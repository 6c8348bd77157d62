"""Removal of values from a statement's text."""

from __future__ import annotations

from typing import Iterator, Sequence

from mssql.telemetry.summary import STATEMENT_WORDS
from mssql.tsql import scanner

_SAVEPOINT_STATEMENTS = frozenset(("SAVE", "ROLLBACK"))
_TRANSACTION = frozenset(("TRAN", "TRANSACTION"))


def sanitize(sql: str, pieces: Sequence[str] | None = None) -> str:
    """Return `sql` with each literal and name of a savepoint replaced by `?`.

    Comments are left out, a run of spaces becomes one space, a list of markers after IN one marker,
    and of several rows of markers only the first is kept. A string or quoted name that does not end
    is replaced, too. `pieces` are scanner.pieces(sql), if the caller has them.
    """
    clean = _without_literals(scanner.pieces(sql) if pieces is None else pieces)
    if "TRAN" in sql.upper():
        _replace_savepoints(clean)
    return "".join(_collapsed(clean)).strip()


def _without_literals(pieces: Sequence[str]) -> list[str]:
    clean: list[str] = []
    append = clean.append
    last = " "
    for piece in pieces:
        if piece == " " or piece.isspace() or piece.startswith(("--", "/*")):
            if last == " ":
                continue
            last = " "
        elif scanner.is_name(piece) or (len(piece) == 1 and not piece.isdigit() and piece != "'"):
            last = piece
        else:
            last = "?"
        append(last)
    if clean and not scanner.is_whole(last):
        clean[-1] = "?"
    return clean


def _replace_savepoints(pieces: list[str]) -> None:
    """Replace the names of savepoints, which in Django are different for each savepoint."""
    words = [(index, piece) for index, piece in enumerate(pieces) if piece != " "]
    for (_, before), (_, word), (index, name) in zip(words, words[1:], words[2:]):
        if (
            word.upper() in _TRANSACTION
            and before.upper() in _SAVEPOINT_STATEMENTS
            and scanner.is_name(name)
            and name[0] != "@"
            and name.upper() not in STATEMENT_WORDS
        ):
            pieces[index] = "?"


def _collapsed(pieces: list[str]) -> Iterator[str]:
    position = 0
    for opening in [index for index, piece in enumerate(pieces) if piece == "("]:
        if opening < position:
            continue
        yield from pieces[position:opening]
        position = _markers_end(pieces, opening) or opening
        if position == opening:
            yield "("
            position += 1
        else:
            yield "(?)" if _follows_in(pieces, opening) else "".join(pieces[opening:position])
            position = _rows_end(pieces, position)
    yield from pieces[position:]


def _follows_in(pieces: list[str], opening: int) -> bool:
    before = pieces[max(0, opening - 2) : opening]
    return bool(before) and (before[-1] if before[-1] != " " else before[0]).upper() == "IN"


def _markers_end(pieces: list[str], position: int) -> int | None:
    """Return the end of parentheses at `position` that contain only markers; None if others."""
    if position >= len(pieces) or pieces[position] != "(":
        return None
    has_marker = False
    for index in range(position + 1, len(pieces)):
        piece = pieces[index]
        if piece == ")":
            return index + 1 if has_marker else None
        if piece not in ("?", ",", " "):
            return None
        has_marker = has_marker or piece == "?"
    return None


def _rows_end(pieces: list[str], position: int) -> int:
    """Return the end of the rows of markers that follow a row which ends at `position`."""
    while True:
        index, comma = position, False
        while index < len(pieces) and (
            pieces[index] == " " or (pieces[index] == "," and not comma)
        ):
            comma = comma or pieces[index] == ","
            index += 1
        end = _markers_end(pieces, index) if comma else None
        if end is None:
            return position
        position = end
