"""Private names of Django and CPython stand in one module each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3] / "mssql"
MODULES = sorted((ROOT / "expressions").glob("*.py"))
# The private names, each with the only module that uses it.
OWNERS = {
    "_output_field_or_none": "output_fields.py",
    "re._parser": "regex_tree.py",
    "sre_parse": "regex_tree.py",
}
# Django documents it although it is private.
DOCUMENTED = {"_meta"}


def private_names(tree: ast.Module) -> Iterator[str]:
    """Yield the private attributes of other objects, and private names in strings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            is_own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            if not is_own and not node.attr.startswith("__") and node.attr not in DOCUMENTED:
                yield node.attr
        elif isinstance(node, ast.Constant) and node.value in OWNERS:
            yield node.value


def test_a_private_name_is_used_only_by_its_module() -> None:
    uses = {
        (name, path.name) for path in MODULES for name in private_names(ast.parse(path.read_text()))
    }
    assert uses == set(OWNERS.items())


def test_a_private_name_is_noticed() -> None:
    tree = ast.parse("self._a, node._b, node.c, field._meta, getattr(node, 'sre_parse')")
    assert set(private_names(tree)) == {"_b", "sre_parse"}
