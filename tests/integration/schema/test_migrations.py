"""Whole migrations: those of makemigrations, forwards and backwards."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, migrations, transaction
from django.db.migrations.state import ProjectState
from django.db.models import Q
from django.db.models.functions import Upper

from tests.tables import models, rows, run

pytestmark = pytest.mark.django_db

CREATE = [
    migrations.CreateModel(
        "Poet",
        [
            ("id", models.AutoField(primary_key=True)),
            ("name", models.CharField(max_length=40, unique=True, null=True)),
            ("born", models.DateField(null=True)),
        ],
    ),
    migrations.CreateModel(
        "Poem",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("title", models.CharField(max_length=40, db_index=True)),
            ("poet", models.ForeignKey("tests.Poet", models.CASCADE)),
            ("readers", models.ManyToManyField("tests.Poet", related_name="+")),
            ("extra", models.JSONField(default=dict)),
        ],
        options={"unique_together": {("title", "poet")}},
    ),
]
CHANGE = [
    migrations.AlterField("Poet", "id", models.BigAutoField(primary_key=True)),
    migrations.RenameField("Poem", "title", "name"),
    migrations.RenameField("Poem", "extra", "details"),
    migrations.AlterField("Poem", "name", models.CharField(max_length=90, null=True)),
    migrations.AddField("Poem", "pages", models.PositiveIntegerField(default=1)),
    migrations.AddConstraint(
        "Poem", models.CheckConstraint(condition=Q(pages__gt=0), name="has_pages")
    ),
    migrations.AddIndex("Poem", models.Index(Upper("name"), name="upper_name")),
    migrations.AddConstraint(
        "Poem",
        models.UniqueConstraint(
            fields=["name"], condition=Q(pages=1) | Q(pages=2), name="short_names"
        ),
    ),
    migrations.RenameModel("Poet", "Writer"),
    migrations.AlterField("Poem", "poet", models.ForeignKey("tests.Writer", models.CASCADE)),
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
    run("INSERT INTO tests_poet (name) VALUES (N'A'), (NULL), (NULL)")
    run("INSERT INTO tests_poem (title, poet_id, extra) VALUES (N'T', 1, N'{}')")
    run("INSERT INTO tests_poem_readers (poem_id, poet_id) VALUES (1, 1)")
    changed = migrate(CHANGE, created.clone())
    assert rows("SELECT name, poet_id, pages, details FROM tests_poem") == [("T", 1, 1, "{}")]
    assert rows("SELECT poem_id, writer_id FROM tests_poem_readers") == [(1, 1)]
    poem = changed.apps.get_model("tests", "Poem")
    poem.objects.create(name="T2", poet_id=2)
    unmigrate(CHANGE, created)
    assert rows("SELECT title, poet_id FROM tests_poem ORDER BY id") == [("T", 1), ("T2", 2)]
    assert rows("SELECT COUNT(*) FROM tests_poet WHERE born IS NULL") == [(3,)]
    unmigrate(CREATE, empty)
    assert not {"tests_poet", "tests_poem", "tests_poem_readers"} & set(
        connection.introspection.table_names()
    )


def lockers() -> ProjectState:
    fields = [("id", models.AutoField(primary_key=True))]
    return migrate([migrations.CreateModel(name, fields) for name in ("Locker", "Lock")],
                   ProjectState())  # fmt: skip


def unique_on(table: str, column: str) -> list[str]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    return [name for name, info in found.items() if info["unique"] and info["columns"] == [column]]


@pytest.mark.parametrize("null", [False, True])
def test_an_added_field_is_unique_under_a_name_of_its_own(null: bool) -> None:
    field = models.IntegerField(unique=True, null=null, default=1)
    state = migrate([migrations.AddField("Locker", "code", field)], lockers())
    (name,) = unique_on("tests_locker", "code")
    assert name.startswith("tests_locker_code_")
    migrate([migrations.AlterField("Locker", "code", models.IntegerField(null=null))], state)
    assert unique_on("tests_locker", "code") == []


def test_one_migration_refers_to_the_unique_fields_that_it_adds() -> None:
    to_code = models.ForeignKey("tests.Locker", models.CASCADE, to_field="code", null=True)
    to_place = models.ForeignKey("tests.Locker", models.CASCADE, "+", to_field="place", null=True)
    migrate(
        [
            migrations.AddField("Locker", "code", models.IntegerField(unique=True, default=1)),
            migrations.AddField("Locker", "place", models.IntegerField(unique=True, default=1)),
            migrations.AddField("Lock", "number", models.IntegerField(unique=True, default=1)),
            migrations.AddField("Lock", "locker", to_code),
            migrations.AlterField("Lock", "number", models.IntegerField(unique=True, null=True)),
            migrations.AddField("Lock", "place", models.IntegerField(null=True)),
            migrations.AlterField("Lock", "place", to_place),
        ],
        lockers(),
    )
    with connection.cursor() as cursor:
        relations = connection.introspection.get_relations(cursor, "tests_lock")
    assert {name: to[:2] for name, to in relations.items()} == {
        "locker_id": ("code", "tests_locker"),
        "place_id": ("place", "tests_locker"),
    }
    run("INSERT INTO tests_lock (number) VALUES (NULL), (NULL), (1)")
    with pytest.raises(IntegrityError):
        run("INSERT INTO tests_lock (number) VALUES (1)")


def test_an_integer_key_becomes_an_identity_and_back() -> None:
    state = migrate(
        [
            migrations.CreateModel(
                "Parent",
                [
                    ("id", models.IntegerField(primary_key=True)),
                    ("name", models.CharField(max_length=9, db_default="n", db_comment="Name")),
                    ("size", models.PositiveIntegerField(default=1, db_index=True)),
                ],
                options={
                    "db_table_comment": "Parents",
                    "constraints": [models.UniqueConstraint(fields=["name", "size"], name="pair")],
                },
            ),
            migrations.CreateModel(
                "Child",
                [
                    ("id", models.AutoField(primary_key=True)),
                    ("parent", models.ForeignKey("tests.Parent", models.CASCADE)),
                ],
            ),
        ],
        ProjectState(),
    )
    run("INSERT INTO tests_parent (id, name, size) VALUES (41, N'a', 1)")
    run("INSERT INTO tests_child (parent_id) VALUES (41)")
    before = [described(name) for name in ("tests_parent", "tests_child")]

    def become(field: Any) -> None:
        nonlocal state
        state = migrate([migrations.AlterField("Parent", "id", field)], state)

    become(models.AutoField(primary_key=True))
    assert [described(name) for name in ("tests_parent", "tests_child")] == before
    run("INSERT INTO tests_parent (size) VALUES (2)")
    assert rows("SELECT id, name FROM tests_parent ORDER BY id") == [(41, "a"), (42, "n")]
    become(models.BigAutoField(primary_key=True))
    run("INSERT INTO tests_parent (size) VALUES (3)")
    become(models.IntegerField(primary_key=True))
    assert [described(name) for name in ("tests_parent", "tests_child")] == before
    assert rows("SELECT id FROM tests_parent ORDER BY id") == [(41,), (42,), (43,)]
    for refused in (
        "INSERT INTO tests_parent (size) VALUES (3)",
        "INSERT INTO tests_child (parent_id) VALUES (7)",
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            run(refused)


def described(table: str) -> tuple[Any, ...]:
    """Columns but for the identity, constraints but for their names, comment of a table."""
    introspection: Any = connection.introspection
    with connection.cursor() as cursor:
        found = introspection.get_table_description(cursor, table)
        constraints = introspection.get_constraints(cursor, table)
        tables = {info.name: info.comment for info in introspection.get_table_list(cursor)}
    columns = [column._replace(is_autofield=False) for column in found]
    return columns, sorted(constraints.values(), key=str), tables[table]


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
