"""A statement's text without the values in it."""

from __future__ import annotations

from typing import Iterator

from mssql.telemetry import scanner


def sanitize(sql: str) -> str:
    """`sql` with every literal replaced by `?`, comments left out, a run of spaces made one, a list
    of markers after IN made one marker, and of rows of markers only the first kept.

    A string, or a quoted name, that does not end is replaced too: what it holds is not known.
    """
    return "".join(_collapsed(_sanitized(sql))).strip()


def _sanitized(sql: str) -> list[str]:
    sanitized: list[str] = []
    last = ""
    for piece in scanner.pieces(sql):
        first = piece[0]
        if first.isspace() or piece.startswith(("--", "/*")):
            if last == " " or not last:
                continue
            last = " "
        elif _is_kept(piece, first):
            last = piece
        else:
            last = "?"
        sanitized.append(last)
    if sanitized and not scanner.is_whole(last):
        sanitized[-1] = "?"
    return sanitized


def _is_kept(piece: str, first: str) -> bool:
    """Whether `piece` is no literal: a name, or one character that begins none."""
    return scanner.is_name(piece) or (len(piece) == 1 and not first.isdigit() and first != "'")


def _collapsed(pieces: list[str]) -> Iterator[str]:
    position, previous = 0, ""
    while position < len(pieces):
        piece = pieces[position]
        end = _markers_end(pieces, position) if piece == "(" else None
        if end is None:
            yield piece
            position += 1
        else:
            yield "(?)" if previous.upper() == "IN" else "".join(pieces[position:end])
            position = _rows_end(pieces, end)
        if piece != " ":
            previous = piece


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
