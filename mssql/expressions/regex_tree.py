"""Trees of regular expressions, read by the private parser of Python's `re`.

Python has no public parser. Its private names stand in this module only. A newer Python than the
newest on which the tests have run must parse a specimen as before; otherwise parse() raises
ParserUnavailable.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any, Iterable, Tuple, Union

# The versions of Python on which the tests have run.
OLDEST_PYTHON = (3, 8)
NEWEST_PYTHON = (3, 13)


class ParserUnavailable(Exception):
    """This version of Python lacks the private parser, or has a different one."""


@dataclass(frozen=True)
class Literal:
    """One character, by its code point."""

    code: int


@dataclass(frozen=True)
class AnyCharacter:
    """A dot."""


@dataclass(frozen=True)
class CharacterRange:
    """The characters from one code point to another, both included."""

    first: int
    last: int


@dataclass(frozen=True)
class Category:
    """A class with a letter: "digit", "space", "word" or the same with "not_"."""

    name: str


@dataclass(frozen=True)
class CharacterClass:
    """One of several characters or, if negated, any other character."""

    members: tuple[Literal | CharacterRange | Category, ...]
    is_negated: bool


@dataclass(frozen=True)
class Anchor:
    """The start or the end of the text."""

    is_start: bool


@dataclass(frozen=True)
class Alternation:
    """One of several sequences."""

    branches: tuple[Elements, ...]


@dataclass(frozen=True)
class Group:
    """A sequence in brackets."""

    elements: Elements


@dataclass(frozen=True)
class Repetition:
    """A sequence that is repeated; `most` is None without a limit."""

    elements: Elements
    least: int
    most: int | None


@dataclass(frozen=True)
class Unsupported:
    """An element of another kind, such as a back reference, by its name."""

    name: str


Element = Union[
    Literal, AnyCharacter, CharacterClass, Anchor, Alternation, Group, Repetition, Unsupported
]
Elements = Tuple[Element, ...]


def parse(regex: str) -> Elements:
    """Return the elements of a regular expression.

    Raises re.error if the expression is invalid and ParserUnavailable if there is no parser.
    """
    return _parse(load_parser(sys.version_info[:2]), regex)


def _parse(parser: ModuleType, regex: str) -> Elements:
    tree = parser.parse(regex)
    if tree.state.flags & ~re.UNICODE:
        return (Unsupported("a flag in the pattern"),)
    return _elements(tree)


@lru_cache(maxsize=1)
def load_parser(version: tuple[int, ...]) -> ModuleType:
    """Return the private parser of this version of Python, or raise ParserUnavailable."""
    try:
        parser = import_module("re._parser" if version >= (3, 11) else "sre_parse")
        if version <= NEWEST_PYTHON or _parse(parser, SPECIMEN) == SPECIMEN_ELEMENTS:
            return parser
    except (ImportError, AttributeError, TypeError, ValueError):
        pass
    raise ParserUnavailable(
        "Python {}.{} lacks the parser of Python {}.{} to {}.{}".format(
            *version, *OLDEST_PYTHON, *NEWEST_PYTHON
        )
    )


def _elements(nodes: Iterable[tuple[Any, Any]]) -> Elements:
    return tuple(_element(code.name, argument) for code, argument in nodes)


def _element(name: str, argument: Any) -> Element:
    """Return an element by the name of its code in the private parser."""
    if name == "LITERAL":
        return Literal(argument)
    if name == "NOT_LITERAL":
        return CharacterClass((Literal(argument),), is_negated=True)
    if name == "ANY":
        return AnyCharacter()
    if name == "IN":
        return _class(argument)
    if name == "AT" and argument.name in _ANCHORS:
        return _ANCHORS[argument.name]
    if name == "BRANCH":
        return Alternation(tuple(map(_elements, argument[1])))
    if name == "SUBPATTERN":
        _, added_flags, removed_flags, nodes = argument
        if not added_flags and not removed_flags:
            return Group(_elements(nodes))
    if name in ("MAX_REPEAT", "MIN_REPEAT"):
        least, most, nodes = argument
        is_limited = getattr(most, "name", "") != "MAXREPEAT"
        return Repetition(_elements(nodes), least, int(most) if is_limited else None)
    return Unsupported(name.lower().replace("_", " "))


_ANCHORS = {
    "AT_BEGINNING": Anchor(is_start=True),
    "AT_BEGINNING_STRING": Anchor(is_start=True),
    "AT_END": Anchor(is_start=False),
    "AT_END_STRING": Anchor(is_start=False),
}


def _class(nodes: Iterable[tuple[Any, Any]]) -> CharacterClass | Unsupported:
    members: list[Literal | CharacterRange | Category] = []
    is_negated = False
    for code, argument in nodes:
        if code.name == "NEGATE":
            is_negated = True
        elif code.name == "LITERAL":
            members.append(Literal(argument))
        elif code.name == "RANGE":
            members.append(CharacterRange(*argument))
        elif code.name == "CATEGORY":
            prefix = "CATEGORY_"
            members.append(Category(argument.name[len(prefix) :].lower()))
        else:
            return Unsupported("a class of characters")
    return CharacterClass(tuple(members), is_negated)


# An expression with every kind of element.
SPECIMEN = r"^[a-c]+?|(?:x|[^y])*\d{2,3}(.)\b\Z"
SPECIMEN_ELEMENTS: Elements = (
    Alternation(
        (
            (
                Anchor(is_start=True),
                Repetition((CharacterClass((CharacterRange(97, 99),), is_negated=False),), 1, None),
            ),
            (
                Repetition(
                    (
                        Alternation(
                            (
                                (Literal(120),),
                                (CharacterClass((Literal(121),), is_negated=True),),
                            )
                        ),
                    ),
                    0,
                    None,
                ),
                Repetition((CharacterClass((Category("digit"),), is_negated=False),), 2, 3),
                Group((AnyCharacter(),)),
                Unsupported("at"),
                Anchor(is_start=False),
            ),
        )
    ),
)
