"""Regular expressions as patterns of LIKE, if LIKE can express them.

SQL Server has no regular expressions before 2025. LIKE supports `%`, `_` and character classes:
https://learn.microsoft.com/sql/t-sql/language-elements/like-transact-sql
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Iterator, Tuple

from mssql.expressions.regex_tree import (
    Alternation,
    Anchor,
    AnyCharacter,
    Category,
    CharacterClass,
    CharacterRange,
    Element,
    Elements,
    Group,
    Literal,
    Repetition,
    Unsupported,
    parse,
)

MAX_PATTERNS = 50
# Characters of a case-insensitive range, which are listed.
MAX_RANGE = 500
_ESCAPED_CHARACTERS = frozenset("\\%_[]^-")
_CATEGORIES = {"digit": "0-9", "space": " \t\n\r\f\v", "word": "0-9A-Za-z\\_"}


class NoLikePattern(Exception):
    """LIKE cannot express a part of the regular expression; the message names the part."""


@dataclass(frozen=True)
class _Piece:
    """A part of a pattern; with `repeats`, further repetitions of its last element may follow."""

    like: str
    repeats: bool = False


_Sequence = Tuple[_Piece, ...]

_START, _END, _ANYTHING = _Piece("^"), _Piece("$"), _Piece("%")


def like_patterns(regex: str, ignore_case: bool) -> list[str]:
    r"""Return the patterns of which a text matches one if the regular expression is found in it.

    They are for `LIKE ... ESCAPE '\'` in a binary collation. A dot stands for any character, also
    for the end of a line. Raises NoLikePattern, ParserUnavailable, or re.error if the expression is
    invalid.
    """
    sequences = _Reader(ignore_case).sequences(parse(regex))
    return list(dict.fromkeys(map(_pattern, sequences)))


class _Reader:
    """A translator of elements to the sequences of pieces that match them."""

    def __init__(self, ignore_case: bool) -> None:
        self.ignore_case = ignore_case

    def sequences(self, elements: Elements) -> list[_Sequence]:
        """Return every sequence that matches the elements, one after the other."""
        sequences: list[_Sequence] = [()]
        for element in elements:
            pairs = itertools.product(sequences, self._alternatives(element))
            sequences = [(*head, *tail) for head, tail in pairs]
            if len(sequences) > MAX_PATTERNS:
                raise NoLikePattern(f"more than {MAX_PATTERNS} alternatives")
        return sequences

    def _alternatives(self, element: Element) -> list[_Sequence]:
        """Return every sequence that matches the element."""
        if isinstance(element, Literal):
            return [(_Piece(self._literal(element)),)]
        if isinstance(element, AnyCharacter):
            return [(_Piece("_"),)]
        if isinstance(element, CharacterClass):
            return [(_Piece(self._class(element)),)]
        if isinstance(element, Anchor):
            return [(_START if element.is_start else _END,)]
        if isinstance(element, Alternation):
            return [each for branch in element.branches for each in self.sequences(branch)]
        if isinstance(element, Group):
            return self.sequences(element.elements)
        if isinstance(element, Repetition):
            return self._repetitions(element)
        assert isinstance(element, Unsupported)
        raise NoLikePattern(element.name)

    def _repetitions(self, element: Repetition) -> list[_Sequence]:
        least, most = element.least, element.most
        if most is not None:
            if most > MAX_PATTERNS:
                raise NoLikePattern(f"more than {MAX_PATTERNS} repetitions")
            counts = range(least, most + 1)
            return [each for count in counts for each in self.sequences(element.elements * count)]
        if element.elements == (AnyCharacter(),):
            return [(*[_Piece("_")] * least, _ANYTHING)]
        sequences = self.sequences(element.elements * least)
        return [
            (_Piece("".join(piece.like for piece in sequence), repeats=True),)
            for sequence in sequences
        ]

    def _literal(self, literal: Literal) -> str:
        cases = sorted(self._cases(literal.code))
        return _escape(cases[0]) if len(cases) == 1 else f"[{''.join(map(_escape, cases))}]"

    def _cases(self, code: int) -> set[str]:
        character = chr(code)
        if not self.ignore_case:
            return {character}
        cases = (character, character.lower(), character.upper())
        return {case for case in cases if len(case) == 1}

    def _class(self, element: CharacterClass) -> str:
        members = "".join(self._members(element))
        return f"[{'^' if element.is_negated else ''}{members}]"

    def _members(self, element: CharacterClass) -> Iterator[str]:
        for member in element.members:
            if isinstance(member, Literal):
                yield "".join(map(_escape, sorted(self._cases(member.code))))
            elif isinstance(member, Category) and member.name in _CATEGORIES:
                yield _CATEGORIES[member.name]
            elif isinstance(member, CharacterRange) and not self.ignore_case:
                yield f"{_escape(chr(member.first))}-{_escape(chr(member.last))}"
            elif isinstance(member, CharacterRange) and member.last - member.first < MAX_RANGE:
                cases = map(self._cases, range(member.first, member.last + 1))
                yield "".join(map(_escape, sorted(set().union(*cases))))
            else:
                raise NoLikePattern("a class of characters")


def _escape(character: str) -> str:
    if ord(character) > 0xFFFF:
        # In a class its two code units would be two members.
        raise NoLikePattern("a supplementary character")
    return f"\\{character}" if character in _ESCAPED_CHARACTERS else character


def _pattern(sequence: _Sequence) -> str:
    pieces = list(sequence)
    from_start = bool(pieces) and pieces[0] is _START
    to_end = bool(pieces) and pieces[-1] is _END
    pieces = pieces[from_start : len(pieces) - to_end if pieces else 0]
    if not from_start:
        pieces = _without_repetition_at_edge(pieces)
    if not to_end:
        pieces = _without_repetition_at_edge(pieces[::-1])[::-1]
    for piece in pieces:
        if piece in (_START, _END):
            raise NoLikePattern("an anchor in the middle")
        if piece.repeats:
            raise NoLikePattern("a repetition in the middle, other than of a dot")
    text = "".join(piece.like for piece in pieces)
    return f"{'' if from_start else '%'}{text}{'' if to_end else '%'}"


def _without_repetition_at_edge(pieces: list[_Piece]) -> list[_Piece]:
    """Return the pieces with no more than the least repetition at an edge next to any text."""
    for index, piece in enumerate(pieces):
        if not piece.repeats:
            break
        pieces = [*pieces[:index], _Piece(piece.like), *pieces[index + 1 :]]
        if piece.like:
            break
    return pieces
