"""How the schema editor cuts its statements into batches.

SQL Server binds the columns of filters, CHECKs and computed columns when it compiles a batch
(error 207): none of them may name a column that the same batch renames, adds or alters.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.test.utils import isolate_apps

from tds_embedded.server import Server
from tests.tables import alter, columns, constraints, create, models, named, on, rows

pytestmark = pytest.mark.django_db

_CHANGES_COLUMNS = re.compile(r"sp_rename|ALTER COLUMN|DROP TABLE|\bADD (?!CONSTRAINT)")
_BINDS_COLUMNS = re.compile(r"\bWHERE\b|\bCHECK \(|\] AS \(")


@contextmanager
def each_batch_binds_what_is_there(server: Server) -> Iterator[None]:
    """Fail if a batch of the block binds columns after a statement that changes columns."""
    with server.recorder.capture() as capture:
        yield
    changed = [text for text in capture.texts if _CHANGES_COLUMNS.search(text)]
    assert changed
    for text in changed:
        later = re.split(r";\s", text)[1:]
        assert not any(map(_BINDS_COLUMNS.search, later)), text


@isolate_apps("tests")
@pytest.mark.parametrize("name", ["size", "data", "code", "other", "some", "part", "word"])
def test_a_column_renames_before_what_reads_it_is_compiled(server: Server, name: str) -> None:
    class Sheet(models.Model):
        size = models.PositiveIntegerField(default=1)
        data = models.JSONField(null=True)
        code = models.CharField(max_length=9, null=True, unique=True)
        other = models.OneToOneField("self", models.CASCADE, null=True)
        some = models.IntegerField(default=1)
        part = models.IntegerField(default=3)
        word = models.CharField(max_length=9, default="W")
        twice = models.GeneratedField(
            expression=F("part") * 2, output_field=models.PositiveIntegerField(), db_persist=True
        )

        class Meta:
            app_label = "tests"
            indexes = [
                models.Index(fields=["size"], condition=Q(some__gt=0), name="filtered"),
                models.Index(fields=["twice"], name="doubled"),
            ]
            constraints = [
                models.UniqueConstraint(fields=["part"], condition=Q(some=5), name="conditional"),
                models.UniqueConstraint(Lower("word"), name="lower"),
                models.CheckConstraint(condition=Q(some__gt=0) | Q(part=0), name="either"),
            ]

    create(Sheet)
    Sheet.objects.create()
    field: Any = Sheet._meta.get_field(name)
    before = len(constraints(Sheet))
    renamed = copy.copy(field)
    renamed.db_column = "another"
    with each_batch_binds_what_is_there(server):
        alter(Sheet, name, named(Sheet, name, renamed))
    assert "another" in columns(Sheet)
    assert field.column not in columns(Sheet)
    assert len(constraints(Sheet)) == before
    assert rows("SELECT twice, another FROM tests_sheet")[0][0] == 6


@isolate_apps("tests")
def test_a_column_becomes_an_identity_statement_by_statement(server: Server) -> None:
    class Row(models.Model):
        id = models.IntegerField(primary_key=True)
        size = models.PositiveIntegerField(null=True, unique=True)

        class Meta:
            app_label = "tests"

    create(Row)
    Row.objects.create(id=7, size=3)
    with each_batch_binds_what_is_there(server):
        new = alter(Row, "id", models.AutoField(primary_key=True))
    assert new.db_type(connection) == "int"
    assert rows("SELECT id, size FROM tests_row") == [(7, 3)]
    assert (len(on(Row, "size", unique=True)), len(on(Row, "size", check=True))) == (1, 1)


@isolate_apps("tests")
def test_a_column_with_dependents_is_altered_statement_by_statement(server: Server) -> None:
    class Row(models.Model):
        size = models.PositiveIntegerField(null=True, unique=True)

        class Meta:
            app_label = "tests"
            indexes = [models.Index(F("size") + 1, name="next")]

    create(Row)
    Row.objects.create(size=3)
    with each_batch_binds_what_is_there(server):
        alter(Row, "size", models.PositiveBigIntegerField(null=True, unique=True))
    assert columns(Row)["size"].type_code == "bigint"
    assert "next" in constraints(Row)


@isolate_apps("tests")
def test_statements_are_collected_one_by_one() -> None:
    class Row(models.Model):
        size = models.PositiveIntegerField(default=1)

        class Meta:
            app_label = "tests"

    create(Row)
    old, new = Row._meta.get_field("size"), models.PositiveIntegerField(db_column="b", default=1)
    new = named(Row, "size", new)
    with connection.schema_editor(collect_sql=True) as editor:
        editor.alter_field(Row, old, new)
    firsts: list[Any] = [sql.partition("[")[0] for sql in editor.collected_sql]
    assert firsts == ["ALTER TABLE ", "EXEC sp_rename N'", "ALTER TABLE "]
