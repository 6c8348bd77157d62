"""Columns of the type json become text, and text becomes json."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, NotSupportedError, transaction
from django.db.models import Q
from django.test.utils import isolate_apps

from tds_embedded.server import Server
from tests.databases import alias, settings_of
from tests.tables import models, named

pytestmark = pytest.mark.django_db


@pytest.fixture
def native(server_as: Callable[[str], Server]) -> Iterator[Any]:
    """An alias of SQL Server 2025 with the type json, in a transaction that is rolled back."""
    settings = settings_of(server_as("2025").endpoint)
    options = {**settings.pop("OPTIONS"), "native_json": True}
    with (
        alias("native", options, NAME="master", **settings) as made,
        transaction.atomic(using="native"),
    ):
        yield made
        transaction.set_rollback(True, using="native")


def alter(native: Any, model: Any, name: str, field: Any) -> None:
    with native.schema_editor() as editor:
        editor.alter_field(model, model._meta.get_field(name), named(model, name, field))


def value(native: Any, sql: str) -> Any:
    with native.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


def description(native: Any, name: str) -> Any:
    with native.cursor() as cursor:
        columns = native.introspection.get_table_description(cursor, "tests_note")
    return next(column for column in columns if column.name == name)


def note(native: Any, data: Any, **meta: Any) -> Any:
    """A model with its table: `data` is its field, `meta` its options."""

    class Note(models.Model):
        body = data

        class Meta:
            app_label = "tests"

    for name, options in meta.items():
        setattr(Note._meta, name, options)
    with native.schema_editor() as editor:
        editor.create_model(Note)
    return Note


@isolate_apps("tests")
@pytest.mark.parametrize("null", [True, False])
def test_json_becomes_text_with_its_documents(native: Any, null: bool) -> None:
    check = models.CheckConstraint(condition=~Q(body__a=7) | Q(id=0), name="not_7")
    model = note(native, models.JSONField(null=null, db_comment="What it is"), constraints=[check])
    model.objects.using("native").create(body={"a": 1})
    if null:
        model.objects.using("native").create(body=None)
    alter(native, model, "body", models.TextField(null=null, db_comment="What it is"))
    body = description(native, "body")
    assert (body.type_code, body.internal_size, body.null_ok) == ("nvarchar", None, null)
    assert body.comment == "What it is"
    (text,) = value(native, "SELECT body FROM tests_note WHERE id = 1")
    assert text.replace(" ", "") == '{"a":1}'
    if null:
        assert value(native, "SELECT body FROM tests_note WHERE id = 2") == (None,)
    with pytest.raises(IntegrityError), native.cursor() as cursor:
        cursor.execute("INSERT INTO tests_note (body) VALUES (N'{\"a\": 7}')")


@isolate_apps("tests")
def test_json_becomes_a_shorter_text(native: Any) -> None:
    model = note(native, models.JSONField(db_default=models.Value({}, models.JSONField())))
    model.objects.using("native").create(body={"a": 1})
    alter(native, model, "body", models.CharField(max_length=20, null=True))
    assert description(native, "body").internal_size == 20


@isolate_apps("tests")
def test_text_becomes_json(native: Any) -> None:
    model = note(native, models.TextField())
    model.objects.using("native").create(body='{"a": 1}')
    alter(native, model, "body", models.JSONField())
    assert description(native, "body").type_code == "json"


@isolate_apps("tests")
def test_fabric_refuses_to_alter_text_to_json(native: Any) -> None:
    model = note(native, models.TextField())
    before = native.server
    native._server = replace(before, edition=12)
    try:
        with pytest.raises(NotSupportedError, match="requires altering a column to json"):
            alter(native, model, "body", models.JSONField())
    finally:
        native._server = before
    assert description(native, "body").type_code == "nvarchar"
