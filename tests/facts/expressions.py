"""Facts about one expression: the value that it has, or the error that it raises."""

from __future__ import annotations

from typing import Any

from tests.facts.model import Fact, batch


def value(sentence: str, source: str, expression: str, *expected: Any, **rest: Any) -> Fact:
    """Return the fact that a list of expressions has these values."""
    return Fact(sentence, source, [batch(f"SELECT {expression}", rows=[list(expected)])], **rest)


def holds(sentence: str, source: str, *conditions: str, **rest: Any) -> Fact:
    """Return the fact that conditions are true."""
    return _truths(sentence, source, conditions, 1, rest)


def fails(sentence: str, source: str, *conditions: str, **rest: Any) -> Fact:
    """Return the fact that conditions are not true."""
    return _truths(sentence, source, conditions, 0, rest)


def _truths(
    sentence: str, source: str, conditions: tuple[str, ...], truth: int, rest: dict[str, Any]
) -> Fact:
    listed = ", ".join(f"CASE WHEN {each} THEN 1 ELSE 0 END" for each in conditions)
    return value(sentence, source, listed, *[truth] * len(conditions), **rest)


def refused(sentence: str, source: str, expression: str, *errors: int, **rest: Any) -> Fact:
    """Return the fact that an expression raises these errors."""
    return Fact(sentence, source, [batch(f"SELECT {expression}", errors=errors)], **rest)
