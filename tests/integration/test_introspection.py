"""Introspection of a database with a fixed number of queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.test.utils import CaptureQueriesContext, isolate_apps

from tests.tables import columns, constraints, create, models, run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("type_", "field", "size", "precision", "scale"),
    [
        ("int", "IntegerField", None, None, None),
        ("bigint", "BigIntegerField", None, None, None),
        ("smallint", "SmallIntegerField", None, None, None),
        ("tinyint", "SmallIntegerField", None, None, None),
        ("bit", "BooleanField", None, None, None),
        ("numeric(9, 3)", "DecimalField", None, 9, 3),
        ("money", "DecimalField", None, 19, 4),
        ("float", "FloatField", None, None, None),
        ("real", "FloatField", None, None, None),
        ("nvarchar(17)", "CharField", 17, None, None),
        ("varchar(18)", "CharField", 18, None, None),
        ("nchar(4)", "CharField", 4, None, None),
        ("char(32)", "CharField", 32, None, None),
        ("nvarchar(max)", "TextField", None, None, None),
        ("varchar(max)", "TextField", None, None, None),
        ("varbinary(max)", "BinaryField", None, None, None),
        ("date", "DateField", None, None, None),
        ("time", "TimeField", None, None, None),
        ("datetime", "DateTimeField", None, None, None),
        ("datetime2", "DateTimeField", None, None, None),
        ("smalldatetime", "DateTimeField", None, None, None),
        ("datetimeoffset", "DateTimeField", None, None, None),
        ("uniqueidentifier", "UUIDField", None, None, None),
    ],
)
def test_column_types(
    type_: str, field: str, size: int | None, precision: int | None, scale: int | None
) -> None:
    run(f"CREATE TABLE tests_typed (c {type_} NULL)")
    with connection.cursor() as cursor:
        (column,) = connection.introspection.get_table_description(cursor, "tests_typed")
    assert connection.introspection.get_field_type(column.type_code, column) == field
    assert (column.display_size, column.precision, column.scale) == (size, precision, scale)
    assert column.null_ok


@pytest.mark.parametrize(
    ("type_", "field"),
    [("int", "AutoField"), ("bigint", "BigAutoField"), ("smallint", "SmallAutoField")],
)
def test_identities_are_auto_fields(type_: str, field: str) -> None:
    run(f"CREATE TABLE tests_typed (id {type_} IDENTITY (5, 2), c int)")
    with connection.cursor() as cursor:
        column, plain = connection.introspection.get_table_description(cursor, "tests_typed")
        sequences = connection.introspection.get_sequences(cursor, "tests_typed")
    assert connection.introspection.get_field_type(column.type_code, column) == field
    assert (column.is_autofield, plain.is_autofield) == (True, False)
    assert sequences == [{"table": "tests_typed", "column": "id"}]


@isolate_apps("tests")
def test_json_fields_are_known_by_their_check() -> None:
    class Doc(models.Model):
        data = models.JSONField()
        text = models.TextField()

        class Meta:
            app_label = "tests"

    create(Doc)
    found = columns(Doc)
    kinds = [
        connection.introspection.get_field_type(found[name].type_code, found[name])
        for name in ("data", "text")
    ]
    assert kinds == ["JSONField", "TextField"]


@isolate_apps("tests")
def test_indexes_tell_their_columns_order_and_kind() -> None:
    class Item(models.Model):
        a = models.IntegerField(null=True)
        b = models.IntegerField()
        name = models.CharField(max_length=10)

        class Meta:
            app_label = "tests"
            indexes = [
                models.Index(fields=["-b", "a"], name="ordered", include=["name"]),
                models.Index(Lower("name").desc(), "a", name="lowered"),
                models.Index(fields=["b"], name="partial", condition=Q(a__gt=1)),
            ]
            constraints = [
                models.UniqueConstraint(fields=["a", "b"], name="pair"),
                models.CheckConstraint(condition=Q(a__gt=F("b")), name="more"),
            ]

    create(Item)
    found = constraints(Item)
    assert found["ordered"]["columns"] == ["b", "a", "name"]
    assert found["ordered"]["orders"] == ["DESC", "ASC"]
    assert found["ordered"]["type"] == models.Index.suffix
    assert found["lowered"]["columns"] == [None, "a"]
    assert found["lowered"]["orders"] == ["DESC", "ASC"]
    assert "lower" in found["lowered"]["definition"].lower()
    assert "[a]" in found["partial"]["definition"].lower()
    assert (found["pair"]["unique"], found["pair"]["columns"]) == (True, ["a", "b"])
    assert (found["more"]["check"], found["more"]["columns"]) == (True, ["a", "b"])
    assert set(columns(Item)) == {"id", "a", "b", "name"}


@isolate_apps("tests")
def test_relations_and_primary_keys() -> None:
    class Parent(models.Model):
        code = models.CharField(max_length=5, unique=True)

        class Meta:
            app_label = "tests"

    class Child(models.Model):
        parent = models.ForeignKey(Parent, models.CASCADE, to_field="code")
        self_ref = models.OneToOneField("self", models.CASCADE, null=True)

        class Meta:
            app_label = "tests"

    create(Parent, Child)
    run("CREATE TABLE tests_pair (a int NOT NULL, b int NOT NULL, PRIMARY KEY (b, a))")
    introspection: Any = connection.introspection
    with connection.cursor() as cursor:
        relations = introspection.get_relations(cursor, "tests_child")
        assert introspection.get_primary_key_columns(cursor, "tests_pair") == ["b", "a"]
        assert introspection.get_primary_key_column(cursor, "tests_child") == "id"
    assert {name: relation[:2] for name, relation in relations.items()} == {
        "parent_id": ("code", "tests_parent"),
        "self_ref_id": ("id", "tests_child"),
    }
    keys = {info["foreign_key"] for info in constraints(Child).values()} - {None}
    assert keys == {("tests_parent", "code"), ("tests_child", "id")}


def test_views_are_listed_apart_from_tables() -> None:
    run("CREATE TABLE tests_base (a int)")
    run("CREATE VIEW tests_view AS SELECT a FROM tests_base")
    with connection.cursor() as cursor:
        kinds = {
            table.name: table.type for table in connection.introspection.get_table_list(cursor)
        }
    assert (kinds["tests_base"], kinds["tests_view"]) == ("t", "v")
    assert "tests_view" not in connection.introspection.table_names()
    assert "tests_view" in connection.introspection.table_names(include_views=True)


def test_names_are_found_whatever_their_case() -> None:
    run("CREATE TABLE Tests_Mixed (SomeColumn int)")
    with connection.cursor() as cursor:
        (column,) = connection.introspection.get_table_description(cursor, "tests_mixed")
    assert column.name == "SomeColumn"
    assert "Tests_Mixed" in connection.introspection.table_names()


def test_the_number_of_queries_does_not_grow_with_the_columns() -> None:
    counts = []
    for width in (1, 40):
        names = ", ".join(f"c{number} int UNIQUE CHECK (c{number} > 0)" for number in range(width))
        run(f"CREATE TABLE tests_wide{width} ({names})")
        with CaptureQueriesContext(connection) as queries, connection.cursor() as cursor:
            table = f"tests_wide{width}"
            assert len(connection.introspection.get_table_description(cursor, table)) == width
            assert len(connection.introspection.get_constraints(cursor, table)) == 2 * width
            connection.introspection.get_relations(cursor, table)
        counts.append(len(queries))
    assert counts[0] == counts[1]
