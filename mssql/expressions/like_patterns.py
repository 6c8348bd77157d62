"""Regular expressions as patterns of LIKE, where they can be told by such.

SQL Server has no regular expressions before 2025. LIKE knows `%`, `_` and classes of characters:
https://learn.microsoft.com/sql/t-sql/language-elements/like-transact-sql
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, Iterator

try:
    from re import _constants as codes  # type: ignore[attr-defined]
    from re import _parser as parser  # type: ignore[attr-defined]
except ImportError:  # before Python 3.11
    import sre_constants as codes
    import sre_parse as parser

MAX_PATTERNS = 50
MAX_CLASS = 500  # characters of a class that are spelled out
ESCAPED = frozenset("\\%_[]^-")
_CLASSES = {
    codes.CATEGORY_DIGIT: "0-9",
    codes.CATEGORY_SPACE: " \t\n\r\f\v",
    codes.CATEGORY_WORD: "0-9A-Za-z\\_",
}


class Untellable(Exception):
    """LIKE cannot tell what the regular expression does; says which part."""


@dataclass(frozen=True)
class _Piece:
    """What matches `like`; with `more`, what it repeats may follow any number of times."""

    like: str
    more: bool = False


_START, _END, _ANYTHING = _Piece("^"), _Piece("$"), _Piece("%")
_NOTHING: tuple[_Piece, ...] = ()


def like_patterns(regex: str, ignore_case: bool) -> list[str]:
    r"""The patterns of which a text matches one, by `LIKE ... ESCAPE '\'` in a binary collation,
    where `regex` is found in it. A dot stands for any character, a line's end too.

    Raises Untellable, and re.error for what is no regular expression.
    """
    tree = parser.parse(regex)
    if tree.state.flags & ~codes.SRE_FLAG_UNICODE:
        raise Untellable("a flag in the pattern")
    ways = _Reader(ignore_case).ways(tree)
    return list(dict.fromkeys(_pattern(way) for way in ways))


class _Reader:
    """Reads the tree of Python's own parser as the sequences of pieces that match it."""

    def __init__(self, ignore_case: bool) -> None:
        self.ignore_case = ignore_case

    def ways(self, nodes: Any) -> list[tuple[_Piece, ...]]:
        """Every sequence that matches `nodes`, which follow one another."""
        found = [_NOTHING]
        for code, argument in nodes:
            found = [(*a, *b) for a, b in itertools.product(found, self._node(code, argument))]
            if len(found) > MAX_PATTERNS:
                raise Untellable(f"more than {MAX_PATTERNS} alternatives")
        return found

    def _node(self, code: Any, argument: Any) -> list[tuple[_Piece, ...]]:
        if code is codes.LITERAL:
            return [(_Piece(self._literal(argument)),)]
        if code is codes.NOT_LITERAL:
            return [(_Piece(self._class([(codes.NEGATE, None), (codes.LITERAL, argument)])),)]
        if code is codes.ANY:
            return [(_Piece("_"),)]
        if code is codes.IN:
            return [(_Piece(self._class(argument)),)]
        if code is codes.AT and argument in (codes.AT_BEGINNING, codes.AT_BEGINNING_STRING):
            return [(_START,)]
        if code is codes.AT and argument in (codes.AT_END, codes.AT_END_STRING):
            return [(_END,)]
        if code is codes.BRANCH:
            return [way for branch in argument[1] for way in self.ways(branch)]
        if code is codes.SUBPATTERN and not argument[1] and not argument[2]:
            return self.ways(argument[3])
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            return self._repeated(*argument)
        raise Untellable(str(code).lower().replace("_", " "))

    def _repeated(self, least: int, most: Any, nodes: Any) -> list[tuple[_Piece, ...]]:
        if most is not codes.MAXREPEAT:
            if most > MAX_PATTERNS:
                raise Untellable(f"more than {MAX_PATTERNS} repetitions")
            counts = range(least, most + 1)
            return [way for count in counts for way in self.ways(list(nodes) * count)]
        if [code for code, _ in nodes] == [codes.ANY]:
            return [(*[_Piece("_")] * least, _ANYTHING)]
        ways = self.ways(list(nodes) * least)
        return [(_Piece("".join(piece.like for piece in way), more=True),) for way in ways]

    def _literal(self, code: int) -> str:
        cases = sorted(self._cases(code))
        return _escape(cases[0]) if len(cases) == 1 else f"[{''.join(map(_escape, cases))}]"

    def _cases(self, code: int) -> set[str]:
        character = chr(code)
        if not self.ignore_case:
            return {character}
        cases = (character, character.lower(), character.upper())
        return {case for case in cases if len(case) == 1}

    def _class(self, members: Any) -> str:
        negated = members[0][0] is codes.NEGATE
        inside = "".join(self._members(members[1:] if negated else members))
        return f"[{'^' if negated else ''}{inside}]"

    def _members(self, members: Any) -> Iterator[str]:
        for code, argument in members:
            if code is codes.LITERAL:
                yield "".join(map(_escape, sorted(self._cases(argument))))
            elif code is codes.CATEGORY and argument in _CLASSES:
                yield _CLASSES[argument]
            elif code is codes.RANGE and not self.ignore_case:
                yield "-".join(_escape(chr(end)) for end in argument)
            elif code is codes.RANGE and argument[1] - argument[0] < MAX_CLASS:
                cases = map(self._cases, range(argument[0], argument[1] + 1))
                yield "".join(map(_escape, sorted(set().union(*cases))))
            else:
                raise Untellable("a class of characters")


def _escape(character: str) -> str:
    if ord(character) > 0xFFFF:
        # Two code units, of which each would be a member of a class.
        raise Untellable("a supplementary character")
    return f"\\{character}" if character in ESCAPED else character


def _pattern(way: tuple[_Piece, ...]) -> str:
    pieces = list(way)
    from_start = bool(pieces) and pieces[0] is _START
    to_end = bool(pieces) and pieces[-1] is _END
    pieces = pieces[from_start : len(pieces) - to_end if pieces else 0]
    if not from_start:
        pieces = _without_more_at_the_edge(pieces)
    if not to_end:
        pieces = _without_more_at_the_edge(pieces[::-1])[::-1]
    for piece in pieces:
        if piece in (_START, _END):
            raise Untellable("an anchor in the middle")
        if piece.more:
            raise Untellable("a repetition, but for a dot's, in the middle")
    text = "".join(piece.like for piece in pieces)
    return f"{'' if from_start else '%'}{text}{'' if to_end else '%'}"


def _without_more_at_the_edge(pieces: list[_Piece]) -> list[_Piece]:
    """Where anything may come before, no more than the least of a repetition is needed."""
    for index, piece in enumerate(pieces):
        if not piece.more:
            break
        pieces = [*pieces[:index], _Piece(piece.like), *pieces[index + 1 :]]
        if piece.like:
            break
    return pieces
