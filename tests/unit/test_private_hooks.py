"""Django's private methods that the backend overrides or calls, by the versions that have them.

A new version of Django may rename or drop one: then this test fails, not a migration.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import NamedTuple

import django
import pytest
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import mssql
from mssql.schema import DatabaseSchemaEditor

VERSION = django.VERSION[:2]


class Versions(NamedTuple):
    since: tuple[int, int] = (3, 2)
    until: tuple[int, int] = (99, 0)


ALWAYS = Versions()
EDITOR = {
    "_alter_column_collation_sql": Versions(until=(4, 1)),
    "_alter_column_comment_sql": Versions(since=(4, 2)),
    "_alter_column_database_default_sql": Versions(since=(5, 0)),
    "_alter_column_default_sql": ALWAYS,
    "_alter_column_null_sql": ALWAYS,
    "_alter_column_type_sql": ALWAYS,
    "_alter_field": ALWAYS,
    "_collate_sql": ALWAYS,
    "_column_generated_sql": Versions(since=(5, 0)),
    "_create_check_sql": ALWAYS,
    "_create_fk_sql": ALWAYS,
    "_create_index_name": ALWAYS,
    "_create_index_sql": ALWAYS,
    "_create_unique_sql": ALWAYS,
    "_delete_index_sql": ALWAYS,
    "_delete_unique_sql": ALWAYS,
    "_field_indexes_sql": ALWAYS,
    "_field_should_be_indexed": ALWAYS,
    "_fk_constraint_name": ALWAYS,
    "_rename_field_sql": ALWAYS,
    "_rename_index_sql": Versions(since=(4, 1)),
    "_unique_sql": ALWAYS,
}
WRAPPER = dict.fromkeys(
    ("_close", "_commit", "_rollback", "_savepoint_commit", "_set_autocommit"), ALWAYS
)
CREATION = dict.fromkeys(
    ("_clone_test_db", "_create_test_db", "_destroy_test_db", "_get_test_db_name"), ALWAYS
)
OVERRIDDEN = {**EDITOR, **WRAPPER, **CREATION}
# Of the editor, without an override.
CALLED = dict.fromkeys(
    (
        *("_delete_constraint_sql", "_get_index_tablespace_sql", "_index_condition_sql"),
        "_index_include_sql",
    ),
    ALWAYS,
)


def classes() -> Iterator[type]:
    """The classes of the backend that have one of Django's as a base."""
    for found in pkgutil.walk_packages(mssql.__path__, "mssql."):
        if ".viewer" in found.name:
            continue
        for each in vars(importlib.import_module(found.name)).values():
            if inspect.isclass(each) and each.__module__ == found.name:
                yield each


def overridden() -> set[str]:
    names = set()
    for each in classes():
        bases = [base for base in each.__mro__ if base.__module__.startswith("django.")]
        ours = [base for base in each.__mro__ if base.__module__.startswith("mssql.")]
        for name in {name for base in ours for name in vars(base)}:
            is_private = name.startswith("_") and not name.startswith("__")
            if is_private and any(name in vars(base) for base in bases):
                names.add(name)
    return names


def expected(hooks: dict[str, Versions]) -> set[str]:
    return {name for name, each in hooks.items() if each.since <= VERSION <= each.until}


def test_every_override_is_listed_and_every_hook_is_there() -> None:
    assert overridden() == expected(OVERRIDDEN)


@pytest.mark.parametrize("name", sorted(EDITOR))
def test_the_editor_has_every_hook_of_the_list(name: str) -> None:
    """Those of other versions are there as well, and are not called."""
    assert callable(getattr(DatabaseSchemaEditor, name))
    assert hasattr(BaseDatabaseSchemaEditor, name) == (name in expected(EDITOR))


def test_every_private_method_that_the_editor_calls_is_listed() -> None:
    called = set()
    for found in pkgutil.walk_packages(importlib.import_module("mssql.schema").__path__):
        module = importlib.import_module(f"mssql.schema.{found.name}")
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
                called.add(node.attr)
    private = {name for name in called if hasattr(BaseDatabaseSchemaEditor, name)}
    assert {name for name in private if not name.startswith("__")} - set(EDITOR) == set(CALLED)
