"""Trees of regular expressions, read by the private parser of Python's `re`.

Python has no public parser. Its private names stand in this module only, and are used only with the
versions of Python that the tests have run on; otherwise parse() raises ParserUnavailable.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Iterable, Tuple, Union

OLDEST_PYTHON = (3, 8)
NEWEST_PYTHON = (3, 14)


class ParserUnavailable(Exception):
    """This version of Python lacks the private parser, or is newer than the tests."""


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
    tree = _parser().parse(regex)
    if tree.state.flags & ~re.UNICODE:
        return (Unsupported("a flag in the pattern"),)
    return _elements(tree)


def _parser() -> Any:
    version = sys.version_info[:2]
    if OLDEST_PYTHON <= version <= NEWEST_PYTHON:
        try:
            return import_module("re._parser" if version >= (3, 11) else "sre_parse")
        except ImportError:
            pass
    raise ParserUnavailable(
        "Python {}.{} is not among the versions whose parser was tested ({}.{} to {}.{})".format(
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
