"""A statement's text without the values in it."""

from __future__ import annotations

from typing import Iterator, Sequence

from mssql.telemetry.summary import STATEMENT_WORDS
from mssql.tsql import scanner

_SAVEPOINT_STATEMENTS = frozenset(("SAVE", "ROLLBACK"))
_TRANSACTION = frozenset(("TRAN", "TRANSACTION"))


def sanitize(sql: str, pieces: Sequence[str] | None = None) -> str:
    """`sql` with every literal and savepoint's name replaced by `?`, comments left out, a run of
    spaces made one, a list of markers after IN made one marker, and of rows of markers only the
    first kept.

    A string, or a quoted name, that does not end is replaced too: what it holds is not known.
    `pieces` are scanner.pieces(sql), where they are at hand.
    """
    sanitized = _sanitized(scanner.pieces(sql) if pieces is None else pieces)
    if "TRAN" in sql.upper():
        _leave_out_savepoints(sanitized)
    return "".join(_collapsed(sanitized)).strip()


def _sanitized(pieces: Sequence[str]) -> list[str]:
    sanitized: list[str] = []
    append = sanitized.append
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
    if sanitized and not scanner.is_whole(last):
        sanitized[-1] = "?"
    return sanitized


def _leave_out_savepoints(sanitized: list[str]) -> None:
    """Replace the names of savepoints. Django makes them of the thread and a count, so each would
    be a text of its own."""
    words = [(index, piece) for index, piece in enumerate(sanitized) if piece != " "]
    for (_, before), (_, word), (index, name) in zip(words, words[1:], words[2:]):
        if (
            word.upper() in _TRANSACTION
            and before.upper() in _SAVEPOINT_STATEMENTS
            and scanner.is_name(name)
            and name[0] != "@"
            and name.upper() not in STATEMENT_WORDS
        ):
            sanitized[index] = "?"


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
    """Where the parentheses end that open at `position` and hold markers only; else None."""
    if position >= len(pieces) or pieces[position] != "(":
        return None
    seen = False
    for index in range(position + 1, len(pieces)):
        piece = pieces[index]
        if piece == ")":
            return index + 1 if seen else None
        if piece not in ("?", ",", " "):
            return None
        seen = seen or piece == "?"
    return None


def _rows_end(pieces: list[str], position: int) -> int:
    """Where the further rows of markers end that follow a row which ends at `position`."""
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
