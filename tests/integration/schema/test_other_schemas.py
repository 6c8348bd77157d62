"""Tables whose db_table names another schema than the default one."""

from __future__ import annotations

import pytest
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Lower
from django.test.utils import isolate_apps

from tests.tables import alter, columns, constraints, create, models, named, on, rows, run

pytestmark = pytest.mark.django_db


@isolate_apps("tests")
def test_a_table_of_another_schema() -> None:
    class Parent(models.Model):
        class Meta:
            app_label = "tests"
            db_table = 'apart"."the parent]'

    class Child(models.Model):
        parent = models.ForeignKey(Parent, models.CASCADE, db_comment="It's the parent")
        name = models.CharField(max_length=10, unique=True, null=True)

        class Meta:
            app_label = "tests"
            db_table = "[apart].[child]"

    run("CREATE SCHEMA apart")
    create(Parent, Child)
    child = Child.objects.create(parent=Parent.objects.create())
    assert Child.objects.select_related("parent").get() == child
    assert columns(Child)["parent_id"].comment == "It's the parent"
    assert {'apart"."child', 'apart"."the parent]'} <= set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        relations = connection.introspection.get_relations(cursor, Child._meta.db_table)
    assert relations["parent_id"][:2] == ("id", 'apart"."the parent]')
    with connection.schema_editor() as editor:
        editor.alter_db_table(Child, "[apart].[child]", "[apart].[it's]")
        editor.alter_db_table(Child, "[apart].[it's]", "[dbo].[tests child]")
    assert rows("SELECT COUNT(*) FROM dbo.[tests child]") == [(1,)]


@isolate_apps("tests")
def test_rows_of_tables_of_one_name_in_two_schemas() -> None:
    class Order(models.Model):
        name = models.CharField(max_length=9, unique=True)
        parts = models.ManyToManyField("self", symmetrical=False)

        class Meta:
            app_label = "tests"
            db_table = "[dbo].[orders]"

    class Far(models.Model):
        order = models.ForeignKey(Order, models.CASCADE, null=True)
        name = models.CharField(max_length=9, unique=True)
        size = models.IntegerField(default=0)

        class Meta:
            app_label = "tests"
            db_table = "[apart].[orders]"
            indexes = [models.Index(fields=["size"])]

    run("CREATE SCHEMA apart")
    create(Order, Far)
    near = Order.objects.bulk_create([Order(name="a"), Order(name="b")])
    near[0].parts.add(near[1])
    assert [part.name for part in near[0].parts.all()] == ["b"]
    far = Far.objects.bulk_create([Far(name="y", order=near[1]), Far(name="x", order=near[0])])
    assert {each.pk: each.name for each in far} == dict(Far.objects.values_list("pk", "name"))
    joined = Far.objects.select_related("order").order_by("order__name")
    assert [(each.name, each.order.name) for each in joined] == [("x", "a"), ("y", "b")]
    assert joined.filter(order__parts__name="b").get().name == "x"
    assert joined.filter(order__name="a").count() == 1
    assert joined.filter(order__name="a", order__parts=near[1]).exists()
    assert list(joined.values("order__name").annotate(n=Sum("size"))) == [
        {"order__name": "a", "n": 0},
        {"order__name": "b", "n": 0},
    ]
    late = Far.objects.annotate(
        first=Subquery(joined.filter(order=OuterRef("order")).values("name"))
    )
    assert sorted(late.values_list("name", "first")) == [("x", "x"), ("y", "y")]
    assert Far.objects.filter(order__name="b").update(size=F("size") + 2) == 1
    with_orders = Order.objects.annotate(n=Sum("far__size")).order_by("-name")
    assert list(with_orders.values_list("name", "n")) == [("b", 2), ("a", 0)]
    Far.objects.bulk_create([Far(name="x"), Far(name="z")], ignore_conflicts=True)
    Far.objects.bulk_create(
        [Far(name="x", size=7)],
        update_conflicts=True,
        update_fields=["size"],
        unique_fields=["name"],
    )
    assert list(Far.objects.order_by("name").values_list("name", "size")) == [
        ("x", 7), ("y", 2), ("z", 0),
    ]  # fmt: skip
    (index,) = on(Far, "size", index=True)
    with connection.schema_editor() as editor:
        editor.remove_index(Far, Far._meta.indexes[0])
        editor.add_index(Far, Far._meta.indexes[0])
    assert on(Far, "size", index=True) == [index]
    with transaction.atomic():
        assert Far.objects.select_for_update(of=("self",)).get(order__name="a").size == 7
    assert Order.objects.filter(Exists(Far.objects.filter(order=OuterRef("pk"), size=7))).delete()
    assert list(Far.objects.order_by("name").values_list("name", flat=True)) == ["y", "z"]


@isolate_apps("tests")
def test_a_table_of_another_schema_changes_is_emptied_and_goes() -> None:
    class Far(models.Model):
        name = models.CharField(max_length=9, db_index=True)
        size = models.IntegerField(null=True)

        class Meta:
            app_label = "tests"
            db_table = 'apart"."orders'
            indexes = [models.Index(Lower("name"), name="by_lower", include=["size"])]
            constraints = [models.CheckConstraint(condition=Q(size__gt=0), name="has_size")]

    run("CREATE SCHEMA apart")
    create(Far)
    Far.objects.create(name="a", size=1)
    alter(Far, "name", models.CharField(max_length=90, unique=True, db_comment="Its name"))
    alter(Far, "size", named(Far, "length", models.BigIntegerField(default=3)))
    with connection.schema_editor() as editor:
        editor.add_field(Far, named(Far, "code", models.UUIDField(unique=True, null=True)))
    assert {"by_lower", "has_size"} < set(constraints(Far))
    described = [(c.name, c.type_code, c.comment) for c in columns(Far).values()]
    assert described == [
        ("id", "bigint", None),
        ("name", "nvarchar", "Its name"),
        ("length", "bigint", None),
        ("code", "char", None),
    ]
    assert rows("SELECT name, length FROM apart.orders") == [("a", 1)]
    for statement in connection.ops.sql_flush(
        no_style(), [Far._meta.db_table], reset_sequences=True
    ):
        run(statement)
    run("INSERT INTO apart.orders (name, length) VALUES (N'b', 1), (N'c', 2)")
    assert rows("SELECT id, name FROM apart.orders ORDER BY id") == [(1, "b"), (2, "c")]
    run("SET IDENTITY_INSERT apart.orders ON")
    run("INSERT INTO apart.orders (id, name, length) VALUES (40, N'd', 1)")
    run("SET IDENTITY_INSERT apart.orders OFF; DELETE FROM apart.orders WHERE id = 40")
    for statement in connection.ops.sequence_reset_sql(no_style(), [Far]):
        run(statement)
    run("INSERT INTO apart.orders (name, length) VALUES (N'e', 1)")
    assert rows("SELECT id FROM apart.orders WHERE name = N'e'") == [(41,)]  # no key twice
    with connection.schema_editor() as editor:
        editor.delete_model(Far)
    assert rows("SELECT OBJECT_ID('apart.orders')") == [(None,)]
