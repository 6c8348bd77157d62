"""Whole migrations: what makemigrations would write, forwards and backwards."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, migrations
from django.db.migrations.state import ProjectState
from django.db.models import Q
from django.db.models.functions import Upper

from tests.tables import models, rows, run

pytestmark = pytest.mark.django_db

CREATE = [
    migrations.CreateModel(
        "Author",
        [
            ("id", models.AutoField(primary_key=True)),
            ("name", models.CharField(max_length=40, unique=True, null=True)),
            ("born", models.DateField(null=True)),
        ],
    ),
    migrations.CreateModel(
        "Book",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("title", models.CharField(max_length=40, db_index=True)),
            ("author", models.ForeignKey("tests.Author", models.CASCADE)),
            ("readers", models.ManyToManyField("tests.Author", related_name="+")),
            ("extra", models.JSONField(default=dict)),
        ],
        options={"unique_together": {("title", "author")}},
    ),
]
CHANGE = [
    migrations.AlterField("Author", "id", models.BigAutoField(primary_key=True)),
    migrations.RenameField("Book", "title", "name"),
    migrations.RenameField("Book", "extra", "details"),
    migrations.AlterField("Book", "name", models.CharField(max_length=90, null=True)),
    migrations.AddField("Book", "pages", models.PositiveIntegerField(default=1)),
    migrations.AddConstraint(
        "Book", models.CheckConstraint(condition=Q(pages__gt=0), name="has_pages")
    ),
    migrations.AddIndex("Book", models.Index(Upper("name"), name="upper_name")),
    migrations.AddConstraint(
        "Book",
        models.UniqueConstraint(
            fields=["name"], condition=Q(pages=1) | Q(pages=2), name="short_names"
        ),
    ),
    migrations.RenameModel("Author", "Writer"),
    migrations.AlterField("Book", "author", models.ForeignKey("tests.Writer", models.CASCADE)),
    migrations.RemoveField("Writer", "born"),
]


def migrate(operations: list[Any], state: ProjectState) -> Any:
    migration: Any = migrations.Migration("changed", "tests")
    migration.operations = operations
    with connection.schema_editor(atomic=True) as editor:
        return migration.apply(state, editor)


def unmigrate(operations: list[Any], before: ProjectState) -> None:
    migration: Any = migrations.Migration("changed", "tests")
    migration.operations = operations
    with connection.schema_editor(atomic=True) as editor:
        migration.unapply(before.clone(), editor)


def test_a_project_changes_and_changes_back() -> None:
    empty = ProjectState()
    created = migrate(CREATE, empty.clone())
    run("INSERT INTO tests_author (name) VALUES (N'A'), (NULL), (NULL)")
    run("INSERT INTO tests_book (title, author_id, extra) VALUES (N'T', 1, N'{}')")
    run("INSERT INTO tests_book_readers (book_id, author_id) VALUES (1, 1)")
    changed = migrate(CHANGE, created.clone())
    assert rows("SELECT name, author_id, pages, details FROM tests_book") == [("T", 1, 1, "{}")]
    assert rows("SELECT book_id, writer_id FROM tests_book_readers") == [(1, 1)]
    book = changed.apps.get_model("tests", "Book")
    book.objects.create(name="T2", author_id=2)
    unmigrate(CHANGE, created)
    assert rows("SELECT title, author_id FROM tests_book ORDER BY id") == [("T", 1), ("T2", 2)]
    assert rows("SELECT COUNT(*) FROM tests_author WHERE born IS NULL") == [(3,)]
    unmigrate(CREATE, empty)
    assert not {"tests_author", "tests_book", "tests_book_readers"} & set(
        connection.introspection.table_names()
    )


def test_scripts_run_batch_by_batch() -> None:
    script = """
        CREATE TABLE tests_script (a int)
        GO
        CREATE VIEW tests_script_view AS SELECT a * 2 AS b FROM tests_script
        GO
        DECLARE @a int = 1;
        INSERT INTO tests_script VALUES (@a);
        INSERT INTO tests_script VALUES (@a + 1), (@a + 2);
        SELECT a FROM tests_script;
        INSERT INTO tests_script VALUES (100 % 7)
        GO
    """
    migrate([migrations.RunSQL(script)], ProjectState())
    assert rows("SELECT b FROM tests_script_view ORDER BY b") == [(2,), (4,), (4,), (6,)]


def test_statements_without_go_run_one_by_one() -> None:
    script = "CREATE TABLE tests_s (a int); ALTER TABLE tests_s ADD b int; UPDATE tests_s SET b = 1"
    migrate([migrations.RunSQL(script)], ProjectState())
    migrate([migrations.RunSQL([("INSERT INTO tests_s VALUES (%s, 2)", [1])])], ProjectState())
    assert rows("SELECT a, b FROM tests_s") == [(1, 2)]


def test_there_is_nothing_left_to_migrate() -> None:
    call_command("migrate", check_unapplied=True, verbosity=0)


@pytest.mark.parametrize("app", ["admin", "auth", "contenttypes", "sessions"])
def test_sqlmigrate_writes_t_sql(app: str) -> None:
    out = StringIO()
    call_command("sqlmigrate", app, "0001", stdout=out, no_color=True)
    assert "CREATE TABLE [" in out.getvalue()
