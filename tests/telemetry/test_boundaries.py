"""What telemetry is reached by, and what it reaches into."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import mssql

PACKAGE = Path(mssql.__file__).parent
DOOR = "mssql.telemetry.api"
OUTSIDE = [
    path for path in sorted(PACKAGE.rglob("*.py")) if PACKAGE / "telemetry" not in path.parents
]


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules that a module imports, and the names of what it imports from them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_the_backend_imports_telemetry_by_one_door(path: Path) -> None:
    others = [
        name
        for name in imported(ast.parse(path.read_text()))
        if name.startswith("mssql.telemetry") and not name.startswith(f"{DOOR}.")
    ]
    assert others == []
