"""A search for regular expressions that can backtrack without end.

They can if two of their repetitions can divide the same characters in several manners. The pattern
becomes an automaton whose states are its characters' positions. If a position can follow itself on
two paths by the same text, matching is exponential; if it can be left for another loop of the same
text, matching is quadratic. Lookarounds and anchors count as empty, so the search reports too many
patterns, not too few.

Follows Weideman and others, "Analyzing Matching Time Behavior of Backtracking Regular Expression
Matchers by Using Ambiguity of NFA", 2016.
"""

from __future__ import annotations

import importlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, NamedTuple

# Modules of re from Python 3.11, separate modules in earlier versions.
_is_package = hasattr(re, "_parser")
parser: Any = importlib.import_module("re._parser" if _is_package else "sre_parse")
constants: Any = importlib.import_module("re._constants" if _is_package else "sre_constants")
compiler: Any = importlib.import_module("re._compiler" if _is_package else "sre_compile")

# A repetition of at most so many times is not taken for a loop.
FEW = 16
# Characters that distinguish any two classes of the patterns.
ALPHABET = "".join(map(chr, range(1, 127))) + "\u00a0ßéıſ\u212aǅ٣漢\u2028\U0001f600"


class Fragment(NamedTuple):
    """A part of the pattern: whether it matches the empty text, and the positions that it can begin
    and end with, each counted by the number of paths to it."""

    is_nullable: bool
    first: Counter[int]
    last: Counter[int]


EMPTY = Fragment(True, Counter(), Counter())


class Automaton:
    """A pattern's positions, and how often each follows which."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.characters: list[frozenset[str]] = []
        self.follow: Counter[tuple[int, int]] = Counter()
        tree = parser.parse(pattern, flags)
        self._flags = tree.state.flags
        self._sequence(tree)
        for edge in list(self.follow):
            if not all(self.characters[position] for position in edge):
                del self.follow[edge]

    def _sequence(self, items: Iterable[Any]) -> Fragment:
        whole = EMPTY
        for operation, argument in items:
            whole = self._joined(whole, self._item(operation, argument))
        return whole

    def _joined(self, left: Fragment, right: Fragment) -> Fragment:
        for (a, m), (b, n) in product(left.last.items(), right.first.items()):
            self.follow[a, b] += m * n
        return Fragment(
            left.is_nullable and right.is_nullable,
            left.first + right.first if left.is_nullable else left.first,
            left.last + right.last if right.is_nullable else right.last,
        )

    def _item(self, operation: Any, argument: Any) -> Fragment:
        name = str(operation)
        if name.endswith("_REPEAT"):
            return self._repeated(*argument)
        if name == "BRANCH":
            return self._either([self._sequence(each) for each in argument[1]])
        if name in ("SUBPATTERN", "ATOMIC_GROUP"):
            return self._sequence(argument[-1] if name == "SUBPATTERN" else argument)
        if name == "AT" and str(argument) == "AT_END_STRING":
            return self._end()
        if name in ("AT", "ASSERT", "ASSERT_NOT", "GROUPREF"):
            return EMPTY
        if name == "GROUPREF_EXISTS":
            return self._either([self._sequence(each or ()) for each in argument[1:]])
        return self._position(operation, argument)

    @staticmethod
    def _either(parts: list[Fragment]) -> Fragment:
        return Fragment(
            any(part.is_nullable for part in parts),
            sum((part.first for part in parts), Counter()),
            sum((part.last for part in parts), Counter()),
        )

    def _repeated(self, least: int, most: int, items: Any) -> Fragment:
        body = self._sequence(items)
        if most == constants.MAXREPEAT or most > FEW:
            for (a, m), (b, n) in product(body.last.items(), body.first.items()):
                self.follow[a, b] += m * n
        return body._replace(is_nullable=body.is_nullable or least == 0)

    def _position(self, operation: Any, argument: Any) -> Fragment:
        one = parser.SubPattern(parser.State(), [(operation, argument)])
        one.state.str, one.state.flags = "", self._flags
        matches = compiler.compile(one, self._flags).match
        self.characters.append(frozenset(filter(matches, ALPHABET)))
        here = Counter({len(self.characters) - 1: 1})
        return Fragment(False, here, here)

    def _end(self) -> Fragment:
        """A position that no character reaches: nothing follows the end of the text."""
        self.characters.append(frozenset())
        here = Counter({len(self.characters) - 1: 1})
        return Fragment(False, here, here)

    # Loops

    def is_exponential(self) -> bool:
        """Whether some text leads from a position back to it on two paths."""
        edges: dict[int, list[int]] = {}
        for a, b in self.follow:
            edges.setdefault(a, []).append(b)
        for loop in _loops(edges):
            if any(n > 1 and a in loop and b in loop for (a, b), n in self.follow.items()):
                return True
            pairs = {
                (a, b): [
                    (c, d)
                    for c, d in product(edges[a], edges[b])
                    if c in loop and d in loop and self.characters[c] & self.characters[d]
                ]
                for a, b in product(loop, loop)
            }
            for shared in _loops(pairs):
                if len({a == b for a, b in shared}) == 2:
                    return True
        return False


def _loops(edges: dict[Any, list[Any]]) -> Iterator[set[Any]]:
    """The strongly connected components that have an edge inside, by Tarjan's algorithm."""
    index: dict[Any, int] = {}
    low: dict[Any, int] = {}
    path: list[Any] = []
    for root in list(edges):
        if root in index:
            continue
        index[root] = low[root] = len(index)
        path.append(root)
        work = [(root, iter(edges.get(root, ())))]
        while work:
            node, following = work[-1]
            target = next(following, None)
            if target is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    start = path.index(node)
                    component = set(path[start:])
                    del path[start:]
                    for each in component:
                        low[each] = len(edges) + len(index) + 1  # taken off
                    if len(component) > 1 or node in edges.get(node, ()):
                        yield component
            elif target not in index:
                index[target] = low[target] = len(index)
                path.append(target)
                work.append((target, iter(edges.get(target, ()))))
            elif target in path:
                low[node] = min(low[node], index[target])
