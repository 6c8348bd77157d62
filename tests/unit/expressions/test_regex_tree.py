"""Trees of regular expressions, and their absence."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.db import NotSupportedError, connections

from mssql.base import DatabaseWrapper
from mssql.expressions import regex_tree
from mssql.expressions.regex_tree import (
    Alternation,
    Anchor,
    AnyCharacter,
    Category,
    CharacterClass,
    CharacterRange,
    Group,
    Literal,
    ParserUnavailable,
    Repetition,
    Unsupported,
    parse,
)
from mssql.tsql.capabilities import ServerInfo
from tests.models import Author

A, B = Literal(ord("a")), Literal(ord("b"))


@pytest.mark.parametrize(
    ("pattern", "elements"),
    [
        ("", ()),
        ("ab", (A, B)),
        (r"^.\Z", (Anchor(True), AnyCharacter(), Anchor(False))),
        ("[^a]", (CharacterClass((A,), is_negated=True),)),
        (r"[a-b\d]", (CharacterClass((CharacterRange(97, 98), Category("digit")), False),)),
        ("ab|.", (Alternation(((A, B), (AnyCharacter(),))),)),
        ("(a)", (Group((A,)),)),
        ("(?:a)", (A,)),
        ("a*", (Repetition((A,), 0, None),)),
        ("b{2,3}?", (Repetition((B,), 2, 3),)),
        (r"\b", (Unsupported("at"),)),
        ("(?=a)", (Unsupported("assert"),)),
        (r"(a)\1", (Group((A,)), Unsupported("groupref"))),
        ("(?i:a)", (Unsupported("subpattern"),)),
        ("(?i)a", (Unsupported("a flag in the pattern"),)),
    ],
)
def test_a_tree_has_these_elements(pattern: str, elements: tuple[object, ...]) -> None:
    assert parse(pattern) == elements


def test_an_invalid_expression_is_an_error_of_re() -> None:
    with pytest.raises(re.error, match="unterminated"):
        parse("a(")


def test_the_specimen_has_these_elements() -> None:
    """If it fails with a new Python, its parser differs: change the translation."""
    assert sys.version_info[:2] >= regex_tree.OLDEST_PYTHON
    assert parse(regex_tree.SPECIMEN) == regex_tree.SPECIMEN_ELEMENTS


@pytest.fixture
def newer_python(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Python that is newer than the newest on which the tests have run."""
    monkeypatch.setattr(regex_tree, "NEWEST_PYTHON", (3, 7))
    regex_tree.load_parser.cache_clear()
    yield
    regex_tree.load_parser.cache_clear()


@pytest.mark.usefixtures("newer_python")
def test_a_newer_python_with_the_same_parser_is_used() -> None:
    assert parse("a") == (A,)


@pytest.mark.usefixtures("newer_python")
@pytest.mark.parametrize("tree", [SimpleNamespace(), [], None])
def test_a_newer_python_with_another_parser_is_refused(
    monkeypatch: pytest.MonkeyPatch, tree: object
) -> None:
    parser: Any = ModuleType("another")
    parser.parse = lambda regex: tree
    for name in ("re._parser", "sre_parse"):
        monkeypatch.setitem(sys.modules, name, parser)
    with pytest.raises(ParserUnavailable, match=r"lacks the parser of Python 3\.8 to 3\.7"):
        parse("a")


@pytest.fixture
def without_parser(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Python whose `re` has no private parser."""
    for name in ("re._parser", "sre_parse"):
        monkeypatch.setitem(sys.modules, name, None)
    regex_tree.load_parser.cache_clear()
    yield
    regex_tree.load_parser.cache_clear()


class Server2019(DatabaseWrapper):
    """A connection that reads nothing from its server."""

    server = ServerInfo("15.0.1", 3, 150, "Latin1_General_CI_AS")


@pytest.mark.usefixtures("without_parser")
def test_without_the_parser_a_lookup_is_not_supported() -> None:
    query = Author.objects.filter(name__regex="a+").query
    compiler = query.get_compiler(connection=Server2019(connections.settings["default"]))
    with pytest.raises(NotSupportedError, match=r"lacks the parser.*Use contains, startswith"):
        compiler.as_sql()
