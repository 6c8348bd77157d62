"""Tables for the time of one test: DDL rolls back with the test's transaction."""

from __future__ import annotations

from typing import Any

import django.db.models
from django.db import connection

# Without the mypy plugin, which would run the settings, each field would need an annotation.
models: Any = django.db.models


def create(*of_models: Any) -> None:
    """Create the tables of the models."""
    with connection.schema_editor() as editor:
        for model in of_models:
            editor.create_model(model)


def alter(model: Any, name: str, field: Any) -> Any:
    """Alter the model's field `name` to `field`, and return the new field."""
    old = model._meta.get_field(name)
    field = field if field.name else named(model, name, field)
    with connection.schema_editor() as editor:
        editor.alter_field(model, old, field, strict=True)
    return field


def named(model: Any, name: str, field: Any) -> Any:
    """The field as if it were the model's own, of that name."""
    field.set_attributes_from_name(name)
    field.model = model
    return field


def columns(model: Any) -> dict[str, Any]:
    """Return the table's columns by name, from introspection."""
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, model._meta.db_table)
    return {column.name: column for column in described}


def constraints(model: Any) -> dict[str, Any]:
    """Return the table's constraints and indexes by name, from introspection."""
    with connection.cursor() as cursor:
        return connection.introspection.get_constraints(cursor, model._meta.db_table)


def on(model: Any, *names: str, **kind: Any) -> list[str]:
    """The names of the constraints on just these columns, of this kind, such as unique=True."""
    return sorted(
        name
        for name, info in constraints(model).items()
        if info["columns"] == list(names) and all(info[key] == kind[key] for key in kind)
    )


def rows(sql: str, params: Any = None) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [tuple(row) for row in cursor.fetchall()]


def run(sql: str, params: Any = None) -> None:
    """Run a statement without a result."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
