"""ALTER COLUMN with dependents: those for which SQL Server refuses it are set aside, no others.

The matrix is that of recordings of SQL Server 2025 (bitsql, harness/corpus/catalog:
alter-column-dependents and alter-column-filtered-index) and of "ALTER TABLE".
"""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.test.utils import isolate_apps

from mssql.schema.dependents import Difference
from mssql.schema.table_objects import Column
from tests.tables import alter, columns, constraints, create, models, named, on, rows, run

pytestmark = pytest.mark.django_db


def statements(model: Any, name: str, field: Any) -> list[str]:
    """Return the statements that alter the field, each up to its object."""
    with connection.schema_editor(collect_sql=True) as editor:
        editor.alter_field(model, model._meta.get_field(name), named(model, name, field))
    return [sql for sql in editor.collected_sql if not sql.startswith("--")]


def altered(model: Any, name: str, field: Any) -> None:
    """Alter the field, and see that nothing on the table is another than before."""
    before = constraints(model)
    alter(model, name, field)
    assert constraints(model) == before


@isolate_apps("tests")
@pytest.mark.parametrize("kind", ["unique", "condition", "include", "pair", "statistics"])
def test_a_column_grows_under_a_filter_that_reads_it(kind: str) -> None:
    class Person(models.Model):
        name = models.CharField(max_length=100, null=True, unique=kind == "unique")
        size = models.IntegerField(default=1)

        class Meta:
            app_label = "tests"
            unique_together = [("name", "size")] if kind == "pair" else []
            indexes = {
                "condition": [models.Index(fields=["size"], condition=Q(name="a"), name="some")],
                "include": [
                    models.Index(
                        fields=["size"], include=["name"], condition=Q(name__gt="a"), name="some"
                    )
                ],
            }.get(kind, [])

    create(Person)
    if kind == "statistics":
        run("CREATE STATISTICS st ON tests_person (size) WHERE name IS NOT NULL")
    Person.objects.create(name="a")
    new = models.CharField(max_length=200, null=True, unique=kind == "unique")
    altered(Person, "name", new)
    assert columns(Person)["name"].internal_size == 200
    if kind == "statistics":
        assert rows("SELECT name FROM sys.stats WHERE user_created = 1") == [("st",)]


@isolate_apps("tests")
def test_growth_leaves_what_may_stay() -> None:
    class Person(models.Model):
        name = models.CharField(max_length=100, db_index=True, db_default="x")
        number = models.DecimalField(max_digits=10, decimal_places=2, db_default=1)

        class Meta:
            app_label = "tests"
            indexes = [models.Index(fields=["id"], include=["name"], name="covering")]
            constraints = [
                models.UniqueConstraint(fields=["name"], name="one"),
                models.CheckConstraint(condition=~Q(name=""), name="not_empty"),
                models.CheckConstraint(condition=Q(number__gt=0), name="positive"),
            ]

    create(Person)
    run("CREATE STATISTICS st ON tests_person (name)")
    longer = models.CharField(max_length=200, db_index=True, db_default="x")
    assert statements(Person, "name", longer) == [
        "ALTER TABLE [tests_person] ALTER COLUMN [name] nvarchar(200) NOT NULL;"
    ]
    altered(Person, "name", longer)
    wider = models.DecimalField(max_digits=12, decimal_places=2, db_default=1)
    assert statements(Person, "number", wider) == [
        "ALTER TABLE [tests_person] ALTER COLUMN [number] numeric(12, 2) NOT NULL;"
    ]
    altered(Person, "number", wider)


@isolate_apps("tests")
def test_null_is_allowed_under_indexes_checks_and_foreign_keys() -> None:
    class Poet(models.Model):
        class Meta:
            app_label = "tests"

    class Poem(models.Model):
        poet = models.ForeignKey(Poet, models.CASCADE)
        size = models.PositiveIntegerField(db_index=True, db_default=1)

        class Meta:
            app_label = "tests"

    create(Poet, Poem)
    run("CREATE STATISTICS st ON tests_poem (size)")
    nullable = models.PositiveIntegerField(db_index=True, db_default=1, null=True)
    assert statements(Poem, "size", nullable) == [
        "ALTER TABLE [tests_poem] ALTER COLUMN [size] int NULL;"
    ]
    altered(Poem, "size", nullable)
    key = models.ForeignKey(Poet, models.CASCADE, null=True)
    sent = statements(Poem, "poet", key)  # Django itself drops and adds the foreign key
    assert sent[1:-1] == ["ALTER TABLE [tests_poem] ALTER COLUMN [poet_id] bigint NULL;"]
    altered(Poem, "poet", key)


@isolate_apps("tests")
def test_not_null_sets_aside_indexes_and_statistics_alone() -> None:
    class Poet(models.Model):
        class Meta:
            app_label = "tests"

    class Poem(models.Model):
        poet = models.ForeignKey(Poet, models.CASCADE, null=True)
        size = models.PositiveIntegerField(null=True, db_default=1)

        class Meta:
            app_label = "tests"
            indexes = [models.Index(fields=["size"], name="by_size")]

    create(Poet, Poem)
    run("CREATE STATISTICS st ON tests_poem (size) WITH NORECOMPUTE")
    field = models.PositiveIntegerField(db_default=1)
    begins = [sql.split(" ON ")[0] for sql in statements(Poem, "size", field)]
    assert begins[-5:] == [
        "DROP STATISTICS [tests_poem].[st];",
        "DROP INDEX [by_size]",
        "ALTER TABLE [tests_poem] ALTER COLUMN [size] int NOT NULL;",
        "CREATE NONCLUSTERED INDEX [by_size]",
        "CREATE STATISTICS [st]",
    ]
    altered(Poem, "size", field)
    assert rows("SELECT name FROM sys.stats WHERE user_created = 1") == [("st",)]
    key = models.ForeignKey(Poet, models.CASCADE)
    sent = statements(Poem, "poet", key)[1:-1]
    assert [sql.split(" ")[0] for sql in sent] == ["DROP", "ALTER", "CREATE"]
    altered(Poem, "poet", key)


@isolate_apps("tests")
def test_unique_keeps_its_meaning_when_null_is_allowed() -> None:
    class Car(models.Model):
        make = models.CharField(max_length=20, unique=True)

        class Meta:
            app_label = "tests"

    class Driver(models.Model):
        car = models.ForeignKey(Car, models.CASCADE, to_field="make", db_constraint=False)

        class Meta:
            app_label = "tests"

    create(Car, Driver)
    alter(Car, "make", models.CharField(max_length=20, unique=True, null=True))
    run("INSERT INTO tests_car (make) VALUES (NULL), (NULL), (N'a')")
    with pytest.raises(IntegrityError), transaction.atomic():
        run("INSERT INTO tests_car (make) VALUES (N'a')")
    assert len(on(Car, "make", unique=True)) == 1


@isolate_apps("tests")
def test_a_computed_column_goes_aside_for_any_change() -> None:
    class Row(models.Model):
        size = models.IntegerField(db_default=1)
        twice = models.GeneratedField(
            expression=F("size") * 2, output_field=models.IntegerField(), db_persist=True
        )

        class Meta:
            app_label = "tests"
            constraints = [models.CheckConstraint(condition=Q(twice__gt=0), name="more")]

    create(Row)
    run("CREATE STATISTICS st ON tests_row (twice)")
    altered(Row, "size", models.IntegerField(db_default=1, null=True))
    assert rows("SELECT name FROM sys.stats WHERE user_created = 1") == [("st",)]


@isolate_apps("tests")
def test_statistics_go_with_their_column_and_follow_its_name() -> None:
    class Row(models.Model):
        size = models.IntegerField(default=1)
        other = models.IntegerField(default=1)

        class Meta:
            app_label = "tests"

    create(Row)
    run("CREATE STATISTICS st ON tests_row (size, other)")
    run("CREATE STATISTICS st_some ON tests_row (other) WHERE size > 0")
    alter(Row, "size", models.IntegerField(default=1, db_column="b"))
    assert rows("SELECT name FROM sys.stats WHERE user_created = 1 ORDER BY name") == [
        ("st",),
        ("st_some",),
    ]
    alter(Row, "other", models.BigIntegerField(default=1))
    with connection.schema_editor() as editor:
        editor.remove_field(Row, named(Row, "other", models.BigIntegerField(default=1)))
    assert rows("SELECT name FROM sys.stats WHERE user_created = 1") == []


def column(type_: str, length: int | None = None, scale: int = 0, nullable: bool = False) -> Column:
    return Column(
        "c", type_, length, 10, scale, nullable, None, False, None, None, None, False, None
    )


@pytest.mark.parametrize(
    ("old", "new", "nullable", "expected"),
    [
        (column("nvarchar", 10), "nvarchar(20)", False, (False, True, True)),
        (column("nvarchar", 10), "nvarchar(20)", True, (False, True, False)),
        (column("nvarchar", 20), "nvarchar(10)", False, (False, True, False)),
        (column("nvarchar", 10), "nvarchar(max)", False, (True, True, False)),
        (column("nvarchar"), "nvarchar(10)", False, (True, True, False)),
        (column("nchar", 10), "nchar(20)", False, (False, True, False)),
        (column("varchar", 10), "nvarchar(20)", False, (True, True, False)),
        (column("numeric", scale=2), "numeric(12, 2)", False, (False, True, False)),
        (column("datetime2", scale=7), "datetime2", True, (False, False, True)),
        (column("int", nullable=True), "int", False, (False, False, False)),
        (column("int"), "int", True, (False, False, True)),
        (column("int"), "bigint", False, (True, True, False)),
    ],
)
def test_changes(old: Column, new: str, nullable: bool, expected: tuple[bool, ...]) -> None:
    change = Difference.of(old, new, nullable, collated=False)
    assert (change.type, change.size, change.leaves_indexes) == expected
