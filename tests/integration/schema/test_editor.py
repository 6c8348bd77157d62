"""Tables and columns created, altered, renamed and dropped, with rows and dependents in them."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any

import pytest
from django.db import (
    DataError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
    connection,
    transaction,
)
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Lower, Now
from django.test.utils import isolate_apps

from mssql.tsql.types import compared
from tests.tables import alter, columns, constraints, create, models, named, on, rows, run

pytestmark = pytest.mark.django_db


@isolate_apps("tests")
def test_a_column_widens_under_its_index_in_one_statement(
    django_assert_num_queries: Any,
) -> None:
    class Person(models.Model):
        name = models.CharField(max_length=10, db_index=True)

        class Meta:
            app_label = "tests"

    create(Person)
    Person.objects.create(name="a")
    with connection.schema_editor(collect_sql=True) as editor:
        editor.alter_field(
            Person,
            Person._meta.get_field("name"),
            named(Person, "name", models.CharField(max_length=20, db_index=True)),
        )
    assert editor.collected_sql == [
        "ALTER TABLE [tests_person] ALTER COLUMN [name] nvarchar(20) NOT NULL;"
    ]


@isolate_apps("tests")
def test_a_type_changes_though_everything_depends_on_the_column() -> None:
    class Thing(models.Model):
        code = models.IntegerField(db_default=7, db_index=True)
        other = models.IntegerField(default=1)
        double = models.GeneratedField(
            expression=F("code") * 2, output_field=models.IntegerField(), db_persist=True
        )

        class Meta:
            app_label = "tests"
            indexes = [
                models.Index(fields=["-code", "other"], name="both", include=["double"]),
                models.Index(fields=["other"], condition=Q(code__gt=3), name="some"),
                models.Index(F("code") + F("other"), name="summed"),
                models.Index(fields=["double"], name="doubled"),
            ]
            constraints = [
                models.UniqueConstraint(fields=["code", "other"], name="pair"),
                models.CheckConstraint(condition=Q(code__gte=F("other")), name="enough"),
            ]

    create(Thing)
    Thing.objects.create(code=5)
    before = constraints(Thing)
    alter(Thing, "code", models.BigIntegerField(db_default=7, db_index=True))
    assert constraints(Thing) == before
    assert columns(Thing)["code"].type_code == "bigint"
    thing = Thing.objects.create()
    thing.refresh_from_db()
    assert (thing.code, thing.double) == (7, 14)
    with pytest.raises(IntegrityError), transaction.atomic():
        Thing.objects.create(code=0)


@isolate_apps("tests")
def test_null_becomes_not_null_with_a_default() -> None:
    class Row(models.Model):
        size = models.IntegerField(null=True, db_index=True)
        word = models.CharField(max_length=9, null=True)
        when = models.DateTimeField(null=True)

        class Meta:
            app_label = "tests"

    create(Row)
    Row.objects.create()
    alter(Row, "size", models.BigIntegerField(default=3, db_index=True))
    alter(Row, "word", models.CharField(max_length=9, default="10% 'x'"))
    alter(Row, "when", models.DateTimeField(db_default=Now()))
    assert rows("SELECT size, word FROM tests_row") == [(3, "10% 'x'")]
    described = columns(Row)
    assert not any(described[name].null_ok for name in ("size", "word", "when"))
    assert [described[name].default for name in ("size", "word")] == [None, None]
    assert described["when"].default is not None
    assert len(on(Row, "size", index=True)) == 1


@isolate_apps("tests")
def test_not_null_becomes_null_under_index_and_check() -> None:
    class Row(models.Model):
        size = models.PositiveIntegerField(db_index=True)

        class Meta:
            app_label = "tests"

    create(Row)
    alter(Row, "size", models.PositiveIntegerField(db_index=True, null=True))
    assert columns(Row)["size"].null_ok
    assert len(on(Row, "size", index=True)) == 1
    assert len(on(Row, "size", check=True)) == 1


@isolate_apps("tests")
def test_a_column_renames_with_all_that_reads_it() -> None:
    class Sheet(models.Model):
        data = models.JSONField(db_column="da]ta'.x", null=True)
        size = models.PositiveIntegerField(unique=True, null=True)
        twice = models.GeneratedField(
            expression=F("size") * 2, output_field=models.IntegerField(), db_persist=False
        )

        class Meta:
            app_label = "tests"
            indexes = [models.Index(F("size") + 1, name="next")]

    create(Sheet)
    Sheet.objects.create(size=2, data={"a": 1})
    alter(Sheet, "data", models.JSONField(db_column="[new] 'data'", null=True))
    alter(Sheet, "size", models.PositiveIntegerField(unique=True, null=True, db_column="a.b"))
    assert set(columns(Sheet)) == {"id", "[new] 'data'", "a.b", "twice"}
    assert rows("SELECT [[new]] 'data'], [a.b], twice FROM tests_sheet") == [('{"a": 1}', 2, 4)]
    assert len(on(Sheet, "a.b", unique=True)) == 1
    assert len(on(Sheet, "a.b", check=True)) == 1
    assert len(on(Sheet, "[new] 'data'", check=True)) == 1
    assert "next" in constraints(Sheet)


@isolate_apps("tests")
def test_a_field_goes_with_all_that_depends_on_it() -> None:
    class Poet(models.Model):
        class Meta:
            app_label = "tests"

    class Poem(models.Model):
        poet = models.ForeignKey(Poet, models.CASCADE, null=True)
        title = models.CharField(max_length=20, unique=True, db_default="x", null=True)
        size = models.PositiveIntegerField(default=1)

        class Meta:
            app_label = "tests"
            unique_together = [("poet", "title")]
            constraints = [
                models.CheckConstraint(condition=~Q(title="no") | Q(size=3), name="not_no"),
                models.UniqueConstraint(Lower("title"), "size", name="low"),
            ]
            indexes = [models.Index(fields=["size"], include=["title"], name="covering")]

    create(Poet, Poem)
    with connection.schema_editor() as editor:
        for name in ("title", "poet", "size"):
            editor.remove_field(Poem, Poem._meta.get_field(name))
    assert set(columns(Poem)) == {"id"}
    assert [info["columns"] for info in constraints(Poem).values()] == [["id"]]


@isolate_apps("tests")
def test_added_fields_fill_the_rows_that_are_there() -> None:
    class Row(models.Model):
        class Meta:
            app_label = "tests"

    create(Row)
    Row.objects.create()
    fields = {
        "a": models.IntegerField(default=3),
        "b": models.CharField(max_length=20, null=True, default="it's 5% ü"),
        "c": models.DecimalField(max_digits=5, decimal_places=2, default=decimal.Decimal("1.25")),
        "d": models.BooleanField(default=True),
        "e": models.UUIDField(default=uuid.UUID(int=5)),
        "f": models.BinaryField(default=b"\x00'"),
        "g": models.DateField(default=datetime.date(2024, 2, 29)),
        "h": models.TimeField(default=datetime.time(23, 59, 58, 7)),
        "i": models.DurationField(default=datetime.timedelta(days=1, microseconds=1)),
        "j": models.FloatField(default=1e-9),
        "k": models.JSONField(default=dict),
        "m": models.IntegerField(db_default=8, null=True),
        "n": models.CharField(max_length=5, blank=True),
    }
    with connection.schema_editor() as editor:
        for name, field in fields.items():
            editor.add_field(Row, named(Row, name, field))
    defaults = {name: column.default for name, column in columns(Row).items()}
    assert {name for name, default in defaults.items() if default is not None} == {"m"}
    names = ", ".join(f"[{name}]" for name in fields)
    (row,) = rows(f"SELECT {names} FROM tests_row")
    assert row == (
        *(3, "it's 5% ü", decimal.Decimal("1.25"), True, uuid.UUID(int=5).hex, b"\x00'"),
        *(datetime.date(2024, 2, 29), datetime.time(23, 59, 58, 7), 86_400_000_001, 1e-9),
        *("{}", 8, ""),
    )


@isolate_apps("tests")
def test_database_defaults_are_set_changed_and_dropped_whoever_named_them() -> None:
    class Row(models.Model):
        size = models.IntegerField(db_default=1)

        class Meta:
            app_label = "tests"

    create(Row)
    run("INSERT INTO tests_row DEFAULT VALUES")
    changed = alter(Row, "size", models.IntegerField(db_default=2))
    run("INSERT INTO tests_row DEFAULT VALUES")
    typed = named(Row, "size", models.CharField(max_length=5, db_default="x"))
    plain = named(Row, "size", models.CharField(max_length=5, null=True))
    with connection.schema_editor() as editor:
        editor.alter_field(Row, changed, typed, strict=True)
    run("INSERT INTO tests_row DEFAULT VALUES")
    with connection.schema_editor() as editor:
        editor.alter_field(Row, typed, plain, strict=True)
    run("ALTER TABLE tests_row ADD CONSTRAINT by_hand DEFAULT N'h' FOR size")
    with connection.schema_editor() as editor:
        editor.alter_field(Row, plain, typed, strict=True)
        editor.alter_field(Row, typed, plain, strict=True)
    run("INSERT INTO tests_row DEFAULT VALUES")
    assert rows("SELECT size FROM tests_row ORDER BY id") == [("1",), ("2",), ("x",), (None,)]


@isolate_apps("tests")
def test_changing_an_identity_refuses_to_lose_triggers() -> None:
    class Watched(models.Model):
        id = models.IntegerField(primary_key=True)

        class Meta:
            app_label = "tests"

    create(Watched)
    run("CREATE TRIGGER watcher ON tests_watched AFTER INSERT AS SET NOCOUNT ON")
    with pytest.raises(NotSupportedError, match="watcher"):
        alter(Watched, "id", models.AutoField(primary_key=True))


@isolate_apps("tests")
def test_names_longer_than_128_characters_are_cut_and_stay_distinct() -> None:
    class Long(models.Model):
        a = models.IntegerField(db_column="a" * 120, db_index=True)
        b = models.IntegerField(db_column="a" * 119 + "b", db_index=True)

        class Meta:
            app_label = "tests"
            db_table = "t" * 120
            constraints = [models.UniqueConstraint(Lower("a"), name="u" * 128)]

    create(Long)
    names = constraints(Long)
    assert len(on(Long, "a" * 120, index=True)) == len(on(Long, "a" * 119 + "b", index=True)) == 1
    assert max(map(len, names)) <= 128


@isolate_apps("tests")
def test_comments_are_set_changed_and_dropped() -> None:
    class Row(models.Model):
        size = models.IntegerField(db_comment="100% of it's size")

        class Meta:
            app_label = "tests"
            db_table_comment = "old"

    def table_comment() -> Any:
        with connection.cursor() as cursor:
            tables: Any = connection.introspection.get_table_list(cursor)
        return next(table.comment for table in tables if table.name == "tests_row")

    create(Row)
    assert columns(Row)["size"].comment == "100% of it's size"
    field = Row._meta.get_field("size")
    for comment in ("new", None, "again"):
        with connection.schema_editor() as editor:
            new = named(Row, "size", models.IntegerField(db_comment=comment))
            editor.alter_field(Row, field, new, strict=True)
            field = new
        assert columns(Row)["size"].comment == comment
    changes: Any = (("old", "new"), ("new", None), (None, "again"))
    for old, comment in changes:
        with connection.schema_editor() as editor:
            editor.alter_db_table_comment(Row, old, comment)
        assert table_comment() == comment


@isolate_apps("tests")
def test_collations_are_set_and_changed_under_an_index() -> None:
    class Word(models.Model):
        text = models.CharField(max_length=9, unique=True, db_collation="Latin1_General_100_CS_AS")

        class Meta:
            app_label = "tests"

    create(Word)
    Word.objects.create(text="a")
    Word.objects.create(text="A")
    assert Word.objects.filter(text="a").count() == 1
    assert columns(Word)["text"].collation == "Latin1_General_100_CS_AS"
    Word.objects.filter(text="A").delete()
    alter(Word, "text", models.CharField(max_length=9, unique=True))
    assert columns(Word)["text"].collation is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Word.objects.create(text="A")


@isolate_apps("tests")
def test_generated_fields_compute_stored_or_not() -> None:
    class Line(models.Model):
        price = models.DecimalField(max_digits=9, decimal_places=2)
        count = models.IntegerField()
        name = models.CharField(max_length=10)
        total = models.GeneratedField(
            expression=F("price") * F("count"),
            output_field=models.DecimalField(max_digits=12, decimal_places=2),
            db_persist=True,
        )
        label = models.GeneratedField(
            expression=Concat("name", Value(" 5%'")),
            output_field=models.CharField(max_length=20),
            db_persist=False,
        )
        many = models.GeneratedField(
            expression=Q(count__gt=10), output_field=models.BooleanField(), db_persist=True
        )

        class Meta:
            app_label = "tests"

    create(Line)
    line = Line.objects.create(price="2.50", count=11, name="x")
    line.refresh_from_db()
    assert (line.total, line.label, line.many) == (decimal.Decimal("27.50"), "x 5%'", True)
    line.count = 1
    line.save()
    assert Line.objects.filter(total="2.50", many=False).exists()


@isolate_apps("tests")
def test_a_primary_key_moves_to_another_field() -> None:
    class Label(models.Model):
        slug = models.SlugField(unique=True)

        class Meta:
            app_label = "tests"

    create(Label)
    with connection.schema_editor() as editor:
        editor.remove_field(Label, Label._meta.get_field("id"))
        editor.alter_field(
            Label,
            Label._meta.get_field("slug"),
            named(Label, "slug", models.SlugField(primary_key=True)),
            strict=True,
        )
    assert len(on(Label, "slug", primary_key=True)) == 1
    assert set(columns(Label)) == {"slug"}


@isolate_apps("tests")
def test_a_renamed_table_keeps_rows_and_keys_and_many_to_many() -> None:
    class Node(models.Model):
        links = models.ManyToManyField("self")

        class Meta:
            app_label = "tests"

    create(Node)
    first, second = Node.objects.create(), Node.objects.create()
    first.links.add(second)
    with connection.schema_editor() as editor:
        editor.alter_db_table(Node, "tests_node", "tests new 'node'")
    assert rows("SELECT COUNT(*) FROM [tests new 'node']") == [(2,)]
    with pytest.raises(IntegrityError), transaction.atomic():
        run("DELETE FROM [tests new 'node']")
    with connection.schema_editor() as editor:
        editor.alter_db_table(Node, "tests new 'node'", "tests_node")
        editor.delete_model(Node)
    assert not {"tests_node", "tests_node_links"} & set(connection.introspection.table_names())


def test_a_failing_migration_leaves_nothing_behind() -> None:
    before = connection.introspection.table_names()

    def migrate() -> None:
        with transaction.atomic(), connection.schema_editor() as editor:
            editor.execute("CREATE TABLE tests_half (a int)")
            editor.execute("ALTER TABLE tests_half ADD b nothing_like_it")

    with pytest.raises(ProgrammingError):
        migrate()
    assert connection.introspection.table_names() == before


def test_a_late_error_of_a_batch_is_raised() -> None:
    with pytest.raises(DataError), transaction.atomic(), connection.schema_editor() as editor:
        editor.execute("CREATE TABLE tests_late (a int); INSERT INTO tests_late SELECT 1/0")


@pytest.mark.parametrize(
    ("value", "sql"),
    [
        (None, "NULL"),
        (True, "1"),
        (7, "7"),
        (decimal.Decimal("1E+2"), "100"),
        (1.5, "1.5E0"),
        (1e300, "1e+300"),
        ("it's", "N'it''s'"),
        (b"\x01\xff", "0x01ff"),
        (datetime.date(2024, 1, 2), "CONVERT(date, '2024-01-02', 120)"),
        (datetime.time(1, 2, 3, 4), "CONVERT(time, '01:02:03.000004', 114)"),
        (datetime.datetime(2024, 1, 2), "CONVERT(datetime2, '2024-01-02T00:00:00', 126)"),
        (datetime.timedelta(seconds=1), "1000000"),
        (uuid.UUID(int=1), "N'00000000-0000-0000-0000-000000000001'"),
        (compared("it's", "varchar(9)"), "'it''s'"),
        (compared("0" * 31 + "1", "uniqueidentifier"), "N'00000000-0000-0000-0000-000000000001'"),
    ],
)
def test_quote_value(value: Any, sql: str) -> None:
    editor: Any = connection.SchemaEditorClass(connection)
    assert editor.quote_value(value) == sql
    assert rows(f"SELECT {sql}")


def test_quote_value_refuses_what_has_no_literal() -> None:
    editor: Any = connection.SchemaEditorClass(connection)
    with pytest.raises(TypeError, match="object"):
        editor.quote_value(object())
    with pytest.raises(ValueError, match="nan"):
        editor.quote_value(float("nan"))


def test_two_paths_of_cascades_are_refused_with_advice() -> None:
    run("CREATE TABLE tests_top (id int PRIMARY KEY)")
    key = "int REFERENCES tests_top (id) ON DELETE CASCADE"
    with pytest.raises(ProgrammingError, match="let Django delete"), transaction.atomic():
        run(f"CREATE TABLE tests_low (a {key}, b {key})")


@isolate_apps("tests")
def test_a_field_that_is_unique_no_more_before_its_index_is_made() -> None:
    class Locker(models.Model):
        class Meta:
            app_label = "tests"

    create(Locker)
    unique = named(Locker, "code", models.IntegerField(unique=True, null=True))
    with connection.schema_editor() as editor:
        editor.add_field(Locker, unique)
        editor.alter_field(Locker, unique, named(Locker, "code", models.IntegerField(null=True)))
    assert on(Locker, "code") == []


@isolate_apps("tests")
def test_tablespaces_are_filegroups() -> None:
    class Archive(models.Model):
        code = models.IntegerField(unique=True, db_tablespace="keys")
        spare = models.IntegerField(unique=True, null=True, db_tablespace="keys")
        year = models.IntegerField(db_index=True, db_tablespace="old indexes")

        class Meta:
            app_label = "tests"
            db_tablespace = "old"

    with connection.schema_editor(collect_sql=True) as editor:
        editor.create_model(Archive)
    table, spare, year = editor.collected_sql
    assert "[id] bigint NOT NULL PRIMARY KEY ON [old] IDENTITY (1, 1)" in table
    assert "[code] int NOT NULL UNIQUE ON [keys]" in table
    assert table.endswith(") ON [old];")
    assert spare.endswith("WHERE [spare] IS NOT NULL ON [keys];")
    assert year.endswith("([year]) ON [old indexes];")
    with pytest.raises(ProgrammingError, match="1921"):
        create(Archive)


@isolate_apps("tests")
@pytest.mark.parametrize("name", ["default", "PRIMARY"])
def test_a_table_goes_into_the_filegroup_that_is_there(name: str) -> None:
    class Shelf(models.Model):
        code = models.IntegerField(unique=True, db_index=True)
        year = models.IntegerField(db_index=True)

        class Meta:
            app_label = "tests"
            db_tablespace = name

    create(Shelf)
    assert len(on(Shelf, "year", index=True)) == 1


@isolate_apps("tests")
@pytest.mark.parametrize("name", ['say "old"', "a]b", "it's 7%", "a].[b", "Latin1_General_CI_AS"])
def test_the_name_of_a_filegroup_stays_one_name(name: str) -> None:
    class Shelf(models.Model):
        class Meta:
            app_label = "tests"
            db_tablespace = name

    with pytest.raises(ProgrammingError, match="1921") as refused:
        create(Shelf)
    assert refused.value.args[1].startswith(f"Invalid filegroup '{name}' specified.")


# Foreign keys to fields that may be NULL


def foreign_keys(model: Any) -> list[str]:
    return [name for name, info in constraints(model).items() if info["foreign_key"]]


@isolate_apps("tests")
def test_a_reference_to_a_nullable_field_is_no_foreign_key() -> None:
    class Car(models.Model):
        make = models.CharField(max_length=20, null=True, unique=True)

        class Meta:
            app_label = "tests"

    class Driver(models.Model):
        car = models.ForeignKey(Car, models.CASCADE, to_field="make", null=True)

        class Meta:
            app_label = "tests"

    create(Car, Driver)
    assert foreign_keys(Driver) == []
    Car.objects.create()
    Car.objects.create()
    second = models.ForeignKey(Car, models.CASCADE, to_field="make", null=True, related_name="+")
    with connection.schema_editor() as editor:
        editor.add_field(Driver, named(Driver, "second", second))
    assert foreign_keys(Driver) == []
    both = models.ForeignObject(Car, models.CASCADE, ["car_id"], ["make"], related_name="+")
    with connection.schema_editor() as editor:
        editor.add_field(Driver, named(Driver, "both", both))
    assert foreign_keys(Driver) == []


@isolate_apps("tests")
def test_a_foreign_key_goes_when_what_it_refers_to_may_become_null() -> None:
    class Car(models.Model):
        make = models.CharField(max_length=20, unique=True)

        class Meta:
            app_label = "tests"

    class Driver(models.Model):
        car = models.ForeignKey(Car, models.CASCADE, to_field="make")

        class Meta:
            app_label = "tests"

    create(Car, Driver)
    (key,) = foreign_keys(Driver)
    assert constraints(Driver)[key]["foreign_key"] == ("tests_car", "make")
    alter(Car, "make", models.CharField(max_length=20, unique=True, null=True))
    assert foreign_keys(Driver) == []
