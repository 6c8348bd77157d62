"""No text causes a regular expression of the package to backtrack without end."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

import pytest

import mssql
import tds_embedded
from tests.unit.telemetry.ambiguity import Automaton

FUNCTIONS = (
    "compile",
    "match",
    "search",
    "fullmatch",
    "sub",
    "subn",
    "split",
    "findall",
    "finditer",
)
# Patterns that are created at run time from constants that are tested, or from escaped text.
COMPOSED = {
    "mssql.errors.server_messages": 1,
    "mssql.errors.redaction": 2,
    "mssql.telemetry.plans.scrub": 1,
}


def modules() -> Iterator[ModuleType]:
    for package in (mssql, tds_embedded):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(found.name)


def patterns(module: ModuleType) -> Iterator[tuple[str, int] | None]:
    """Yield patterns and flags of a module's calls of `re`; None if created at run time."""
    for node in ast.walk(ast.parse(inspect.getsource(module) or "")):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        called = node.func.value
        if (
            not (isinstance(called, ast.Name) and called.id == "re")
            or node.func.attr not in FUNCTIONS
        ):
            continue
        flags = [keyword.value for keyword in node.keywords if keyword.arg == "flags"]
        if node.func.attr == "compile":
            flags += node.args[1:2]
        try:
            pattern, *others = (
                eval(compile(ast.Expression(each), "pattern", "eval"), vars(module))
                for each in (node.args[0], *flags)
            )
        except NameError:
            yield None
            continue
        yield pattern, int(others[0] if others else 0)


def test_no_pattern_of_the_package_is_exponential() -> None:
    composed = {}
    checked = 0
    for module in modules():
        for found in patterns(module):
            if found is None:
                composed[module.__name__] = composed.get(module.__name__, 0) + 1
            else:
                checked += 1
                assert not Automaton(*found).is_exponential(), (module.__name__, found[0])
    assert checked >= 50
    assert composed == COMPOSED


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?:\w+\.*)+x",
        r"(?:a*)*",
        r"(?:a|ab|b)*c",
        r"(?:\s*\w?\s*)+=",
        r"(?:[a-m]+|[k-z])+!",
        r"(?i)(?:k+K?)+!",
        r'(?:(?:\[[^\]]*(?:\]\][^\]]*)*\]|"[^"]*"|[\w@#$]+)\.*)+',
        r"(?:\[[^\]]*(?:\]\][^\]]*)*\]?\.)*",
    ],
)
def test_the_search_finds_exponential_patterns(pattern: str) -> None:
    assert Automaton(pattern).is_exponential()


@pytest.mark.parametrize(
    "pattern",
    [
        r"\w+(?:\.\w+)*",
        r"(?:ab|ac)*",
        r"'[^']*(?:''[^']*)*'",
        r"(?:\[[^\]]*\]|\w)+",
        r"(?:\[[^\]]*(?:\]\][^\]]*)*(?:\]|\Z)\.)*",
        r"(?:\d{1,3},)*\d{1,3}",
        r"(?:a+b)+",
    ],
)
def test_and_nothing_else(pattern: str) -> None:
    assert not Automaton(pattern).is_exponential()


def test_the_check_minds_flags() -> None:
    assert Automaton("k").characters == [frozenset("k")]
    assert Automaton("k", re.IGNORECASE).characters == [frozenset("kK\u212a")]
