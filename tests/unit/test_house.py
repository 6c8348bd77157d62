"""A file is read in one sitting, a function on one screen, and imports go in one direction."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import any_share

ROOT = Path(__file__).parents[2]
ROOMS = ("mssql", "packages/tds-embedded/tds_embedded")
MODULE_LINES, FUNCTION_LINES = 500, 60
MODULES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_modules_and_functions_are_short(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MODULE_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno < FUNCTION_LINES, node.name


# --- Import circles ----------------------------------------------------------------------------

# Rooms whose circles are accepted: an entry without a circle fails the test.
CIRCLES: set[str] = set()


def module_name(path: Path) -> str:
    """Return the dotted name of a module's file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts[2:] if parts[0] == "packages" else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_names(tree: ast.AST) -> Iterator[str]:
    """Yield the names that a module imports: in functions and under TYPE_CHECKING, too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative imports are not followed"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def import_graph() -> dict[str, set[str]]:
    """Return each module with the modules of the house that it imports."""
    paths = {module_name(path): path for path in MODULES}
    graph: dict[str, set[str]] = {}
    for module, path in paths.items():
        names = list(imported_names(ast.parse(path.read_text())))
        targets = (name if name in paths else name.rpartition(".")[0] for name in names)
        graph[module] = {target for target in targets if target in paths} - {module}
    return graph


def reachable(graph: dict[str, set[str]], start: str) -> set[str]:
    """Return the modules that `start` imports, directly or not."""
    reached: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting.extend(graph[module])
    return reached


def circles(graph: dict[str, set[str]]) -> set[frozenset[str]]:
    """Return the largest sets of modules that all import each other, directly or not."""
    reached = {module: reachable(graph, module) for module in graph}
    return {
        frozenset(other for other in reached[module] if module in reached[other])
        for module in graph
        if module in reached[module]
    }


def common_package(modules: frozenset[str]) -> str:
    """Return the innermost package that contains all modules."""
    parts = [module.split(".") for module in modules]
    shared = []
    for level in zip(*parts, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(level[0])
    return ".".join(shared)


def test_no_import_circle_remains() -> None:
    found = circles(import_graph())
    rooms = {common_package(circle) for circle in found}
    assert rooms == CIRCLES, [sorted(circle) for circle in found]


def test_a_circle_is_noticed() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set()}
    assert circles(graph) == {frozenset("abc")}


# --- Types -------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", any_share.ROOMS)
def test_few_arguments_have_no_type(room: str) -> None:
    counted = any_share.share(sorted((ROOT / room).rglob("*.py")))
    assert counted.percent < 20, counted.names


def test_arguments_without_a_type_are_counted(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        "def f(a: Any, b: int, *c: Any, d: Any | None = None, e: list[Any], f=1): ...\n"
        "class C:\n    def g(self, h: str, **i: Any): ...\n"
    )
    counted = any_share.share([module])
    assert [name.split()[-1] for name in counted.names] == ["a", "d", "c", "i"]
    assert counted.arguments == 7
    assert counted.percent == pytest.approx(400 / 7)
    assert any_share.share([]).percent == 0
