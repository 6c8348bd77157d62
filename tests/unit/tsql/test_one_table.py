"""Limits, types and literals of T-SQL stand in one module each."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from mssql.tsql import limits

ROOT = Path(__file__).parents[3]
LIMITS = ROOT / "mssql/tsql/limits.py"
MODULES = [path for path in sorted((ROOT / "mssql").rglob("*.py")) if path != LIMITS]

NUMBERS = {2100, 2099, 2098, 2097, 4000, 8000, 850, 1700, 2**31, 2**63}
IN_TEXT = re.compile(r"\b(?:2100|2,100|4000|4,000|8000|8,000|1700|850)\b")
# Numbers that are also other things: they count only in the rooms that write SQL.
COMMON = {1000, 128, 38, 900}
OTHER_ROOMS = ("auth", "drivers", "errors", "telemetry")
REASONS = {
    "drivers/mssql_python_driver.py": "what mssql-python sends inline is its own limit",
    "drivers/pyodbc_driver.py": "the longest value that ODBC sends inline",
    "errors/mapping.py": "a number of an error",
    "conformance.py": "a sentence",
    "expressions/hashing.py": "hexadecimal digits of a hash",
    "introspection.py": "a query of the catalog",
    "schema/catalog.py": "queries of the catalog",
    "tsql/types.py": "microseconds",
}
KINDS = {
    *("bytes", "Decimal", "decimal.Decimal", "uuid.UUID"),
    *("datetime.date", "datetime.time", "datetime.datetime", "datetime.timedelta"),
}
# Modules in which the class of a value decides, for three kinds or more; and the decision.
TABLES = {
    "compiler/data_errors.py": "whether a column takes the value",
    "drivers/pyodbc_driver.py": "how pyodbc takes a value",
    "expressions/folded_lists.py": "how JSON holds a value",
    "tsql/literals.py": "the literal",
    "telemetry/hooks.py": "how a span shows a value",
    "tsql/types.py": "the type",
}


def name(path: Path) -> str:
    return path.relative_to(ROOT / "mssql").as_posix()


def docstrings(tree: ast.AST) -> set[int]:
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def _is_constant(node: ast.AST) -> bool:
    return not any(isinstance(part, ast.Name) for part in ast.walk(node))


def numbers(tree: ast.AST, limited: set[int] = NUMBERS) -> Iterator[object]:
    """The limits among a module's constants; powers are constants, too."""
    texts = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            yield from limited & {eval(ast.unparse(node), {}) if _is_constant(node) else None}
        if not isinstance(node, ast.Constant) or id(node) in texts:
            continue
        if type(node.value) is int:
            yield from limited & {node.value}
        elif isinstance(node.value, str):
            yield from IN_TEXT.findall(node.value)


def kinds(tree: ast.AST) -> set[str]:
    """The kinds of values that isinstance() or the keys of a dict distinguish."""
    classes: list[ast.expr | None] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            classes += node.keys
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "isinstance",
            "dict.fromkeys",
        ):
            classes += node.args
    flat = [part for each in classes if each for part in getattr(each, "elts", [each])]
    return KINDS & {ast.unparse(part) for part in flat}


def test_a_limit_stands_in_limits_alone() -> None:
    others = set()
    for path in MODULES:
        has_sql = path.relative_to(ROOT / "mssql").parts[0] not in OTHER_ROOMS
        if list(numbers(ast.parse(path.read_text()), NUMBERS | COMMON if has_sql else NUMBERS)):
            others.add(name(path))
    assert others == set(REASONS)


def test_a_limit_has_a_reason_and_a_document() -> None:
    body = ast.parse(LIMITS.read_text()).body
    assigned = [node for node in body if isinstance(node, ast.Assign)]
    assert len(assigned) >= 14
    for node in assigned:
        reason = body[body.index(node) + 1]
        assert isinstance(reason, ast.Expr)
        assert re.fullmatch(
            r"[A-Z].+\.\nhttps://learn\.microsoft\.com/sql/\S+",
            ast.literal_eval(reason.value),
            re.S,
        ), ast.unparse(node)


def test_every_limit_is_used() -> None:
    used = {
        node.id
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Name)
    }
    assert {limit for limit in vars(limits) if limit.isupper()} <= used


def test_values_have_one_table_of_types_and_one_of_literals() -> None:
    tables = {name(path) for path in MODULES if len(kinds(ast.parse(path.read_text()))) > 2}
    assert tables == set(TABLES)


def test_the_search_finds_a_second_table() -> None:
    assert set(numbers(ast.parse("a = 4000\nb = 'nvarchar(4000)'\nc = -(2**63)"))) == {
        4000,
        "4000",
        2**63,
    }
    assert len(kinds(ast.parse("{bool: 1, uuid.UUID: 2}\nisinstance(v, (Decimal, bytes))"))) == 3


def test_tsql_is_independent_of_django_and_of_drivers() -> None:
    imported = set()
    for path in sorted((ROOT / "mssql/tsql").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").partition(".")[0])
            elif isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
    assert "mssql" in imported
    assert not imported & {"django", "pyodbc", "mssql_python", "opentelemetry", "azure"}
