"""The connections between rules of the grammar that refer to each other.

An expression may contain a query and a query contains expressions; a block contains statements and
is a statement. The lower module declares a table or a forward reference, and the upper module fills
it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from tds_embedded.tsql import ast
from tds_embedded.tsql.parse.tokens import T, Tokens

Rule = TypeVar("Rule", bound=Callable[..., ast.Node])


def register(table: dict[str, Callable[[Tokens], Any]], *words: str) -> Callable[[Rule], Rule]:
    """Return a decorator that enters a rule into a table under its first words."""

    def enter(rule: Rule) -> Rule:
        for word in words:
            table[word] = rule
        return rule

    return enter


class Forward(Generic[T]):
    """A rule that lower modules use and an upper module defines."""

    _rule: Callable[[Tokens], T]

    def define(self, rule: Callable[[Tokens], T]) -> Callable[[Tokens], T]:
        """Set the rule; a decorator."""
        self._rule = rule
        return rule

    def __call__(self, tokens: Tokens) -> T:
        """Read by the rule."""
        return self._rule(tokens)


query: Forward[ast.Query] = Forward()
