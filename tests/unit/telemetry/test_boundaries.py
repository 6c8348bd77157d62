"""The door to telemetry, and the private names of OpenTelemetry."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import mssql

PACKAGE = Path(mssql.__file__).parent
DOOR = "mssql.telemetry.api"
SDK = PACKAGE / "telemetry" / "sdk"
OUTSIDE = [
    path for path in sorted(PACKAGE.rglob("*.py")) if PACKAGE / "telemetry" not in path.parents
]


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield the modules and names that a module imports."""
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


def private(tree: ast.AST) -> Iterator[str]:
    """Yield the private names that a module imports from OpenTelemetry or reads of other objects.

    Its own attributes are those of `self` and `cls`, and those that it assigns.
    """
    own = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and (isinstance(node.ctx, ast.Store) or is_name(node.value, "self", "cls"))
    }
    for name in imported(tree):
        if name.startswith("opentelemetry.") and "._" in name:
            yield name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not is_name(node.value, "sys"):
            if node.attr not in own:
                yield from filter(is_private, [node.attr])
        elif isinstance(node, ast.Call) and is_name(node.func, "getattr", "hasattr", "setattr"):
            yield from (
                str(argument.value)
                for argument in node.args
                if isinstance(argument, ast.Constant) and is_private(str(argument.value))
            )
        elif isinstance(node, ast.Call) and is_name(node.func, "ReadableSpan"):
            yield "ReadableSpan()"


def is_name(node: ast.AST, *names: str) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def is_private(name: str) -> bool:
    is_special = name.startswith("__") and name.endswith("__")
    return name == "__wrapped__" or (name.startswith("_") and not is_special)


MODULES = [
    path
    for path in sorted(PACKAGE.rglob("*.py"))
    if SDK not in path.parents
    and (PACKAGE / "telemetry" in path.parents or "opentelemetry" in path.read_text())
]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_private_names_of_opentelemetry_stand_in_one_package(path: Path) -> None:
    assert list(private(ast.parse(path.read_text()))) == []


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("from opentelemetry import _logs", ["opentelemetry._logs"]),
        ("from opentelemetry.sdk.trace import _Span", ["opentelemetry.sdk.trace._Span"]),
        ("import opentelemetry.metrics._internal as m", ["opentelemetry.metrics._internal"]),
        ("trace._TRACER_PROVIDER", ["_TRACER_PROVIDER"]),
        ("getattr(tracer, '_span_limits', None)", ["_span_limits"]),
        ("cursor.__wrapped__", ["__wrapped__"]),
        ("ReadableSpan('a')", ["ReadableSpan()"]),
        ("self._own = other._own; type(other).__module__", []),
    ],
)
def test_a_private_name_is_noticed(source: str, names: list[str]) -> None:
    assert list(private(ast.parse(source))) == names
