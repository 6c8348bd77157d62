"""Tables in other schemas than dbo: two aliases, each with the default schema of its user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from io import StringIO
from itertools import product
from typing import Any, NamedTuple

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import IntegrityError, connections, transaction
from django.test import override_settings
from django.test.utils import isolate_apps

from mssql.base import DatabaseWrapper
from tds_embedded.server import Server
from tests.databases import alias
from tests.models import Author, Book, Document, Tag
from tests.tables import models

PASSWORD = "One of 2 schemas"
SCHEMAS = ("sales", "stock")


class Two(NamedTuple):
    """The aliases, of which the first one's tables are in sales, the second one's in stock."""

    sales: DatabaseWrapper
    stock: DatabaseWrapper


def administer(*statements: str, database: str = "by_schema") -> None:
    with alias("administrator", NAME=database) as made, made.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture(scope="module")
def database(server: Server, django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database with two schemas and two users, who own the database as little as a project's."""
    with django_db_blocker.unblock():
        administer("CREATE DATABASE by_schema", database="master")
        for name in SCHEMAS:
            administer(
                f"CREATE LOGIN of_{name} WITH PASSWORD = '{PASSWORD}'",
                f"CREATE SCHEMA {name}",
                f"CREATE USER {name}_user FOR LOGIN of_{name} WITH DEFAULT_SCHEMA = {name}",
                f"ALTER ROLE db_owner ADD MEMBER {name}_user",
            )
        yield
        for name in SCHEMAS:
            administer(f"DROP USER {name}_user", f"DROP LOGIN of_{name}")
        administer("DROP DATABASE by_schema", database="master")


@pytest.fixture(scope="module")
def migrated(database: None, django_db_blocker: Any) -> Iterator[Two]:
    """Both aliases side by side, each with all of the project's tables, and nothing in dbo."""
    settings = {"NAME": "by_schema", "PASSWORD": PASSWORD}
    with django_db_blocker.unblock(), ExitStack() as stack:
        made = [
            stack.enter_context(alias(name, {"schema": name}, USER=f"of_{name}", **settings))
            for name in SCHEMAS
        ]
        for name in SCHEMAS:
            call_command("migrate", database=name, run_syncdb=True, verbosity=0)
        yield Two(*made)
        for each in made:
            each.close()


@pytest.fixture
def two(migrated: Two, django_db_blocker: Any) -> Iterator[Two]:
    """The aliases, empty again after each test."""
    with django_db_blocker.unblock():
        before = tables_by_schema(migrated.sales)
        yield migrated
        assert tables_by_schema(migrated.sales) == before, "a test must drop its tables"
        for name, model in product(SCHEMAS, (Book, Author, Tag, Document)):
            model.objects.using(name).all().delete()


def tables_by_schema(of: DatabaseWrapper) -> dict[str, set[str]]:
    with of.cursor() as cursor:
        cursor.execute("SELECT SCHEMA_NAME(schema_id), name FROM sys.tables")
        found: dict[str, set[str]] = {}
        for schema, name in cursor.fetchall():
            found.setdefault(schema, set()).add(name)
        return found


def test_a_migrated_project_is_in_its_alias_s_schema(two: Two) -> None:
    found = tables_by_schema(two.sales)
    assert set(found) == {"sales", "stock"}
    assert found["sales"] == found["stock"]
    assert {"django_migrations", "auth_user", "tests_book", "tests_book_tags"} <= found["sales"]
    assert set(two.sales.introspection.table_names()) >= {"tests_book", 'stock"."tests_book'}
    call_command("migrate", database="sales", check_unapplied=True, verbosity=0)


def test_rows_are_each_alias_s_own(two: Two) -> None:
    for name in SCHEMAS:
        author = Author.objects.using(name).create(name=f"of {name}")
        tags = Tag.objects.using(name).bulk_create([Tag(name=tag) for tag in (name, "x", "y")])
        assert {tag.pk: tag.name for tag in tags} == dict(Tag.objects.using(name).values_list())
        book = Book.objects.using(name).create(title=name, author=author)
        book.tags.add(*tags)
    for name in SCHEMAS:
        (book,) = Book.objects.using(name).select_related("author").filter(tags__name=name)
        assert (book.title, book.author.name) == (name, f"of {name}")
        assert book.tags.count() == 3
    Author.objects.using("sales").update(age=3)
    Book.objects.using("sales").all().delete()
    Tag.objects.using("sales").bulk_create([Tag(name="x"), Tag(name="z")], ignore_conflicts=True)
    assert Tag.objects.using("sales").count() == 4
    assert Author.objects.using("stock").get().age is None
    assert Book.objects.using("stock").count() == 1
    assert Tag.objects.using("stock").count() == 3


def test_foreign_keys_hold_within_the_schema(two: Two) -> None:
    of_stock = Author.objects.using("stock").create(name="of stock")
    with pytest.raises(IntegrityError), transaction.atomic(using="sales"):
        Book.objects.using("sales").create(title="orphan", author_id=of_stock.pk)
    with two.sales.cursor() as cursor:
        relations = two.sales.introspection.get_relations(cursor, "tests_book")
    assert relations["author_id"][:2] == ("id", "tests_author")
    document = Document.objects.using("sales").create(data={"a": 1})
    with two.sales.constraint_checks_disabled():
        Book.objects.using("sales").create(title="orphan", author_id=0)
    with pytest.raises(IntegrityError):
        two.sales.check_constraints(["tests_book"])
    assert Document.objects.using("sales").get(data__a=1) == document


def test_a_migration_alters_the_tables_of_one_schema(two: Two) -> None:
    with isolate_apps("tests"):

        class Crate(models.Model):
            code = models.CharField(max_length=9, db_index=True, db_comment="What it holds")

            class Meta:
                app_label = "tests"

    wider = models.CharField(max_length=90, null=True, unique=True, db_comment="All of it")
    wider.set_attributes_from_name("label")
    wider.model = Crate
    for each in two:
        with each.schema_editor() as editor:
            editor.create_model(Crate)
    with two.sales.schema_editor() as editor:
        editor.alter_field(Crate, Crate._meta.get_field("code"), wider)
        editor.alter_db_table(Crate, "tests_crate", "tests_box")
    described = {}
    for name, table in (("sales", "tests_box"), ("stock", "tests_crate")):
        with connections[name].cursor() as cursor:
            columns = connections[name].introspection.get_table_description(cursor, table)
        described[name] = [(c.name, c.internal_size, c.null_ok, c.comment) for c in columns[1:]]
    assert described == {
        "sales": [("label", 90, True, "All of it")],
        "stock": [("code", 9, False, "What it holds")],
    }
    assert "tests_box" not in tables_by_schema(two.sales)["stock"]
    with two.sales.schema_editor() as editor:
        editor.alter_db_table(Crate, "tests_box", "tests_crate")
    for each in two:
        with each.schema_editor() as editor:
            editor.delete_model(Crate)


def test_flush_empties_one_schema_and_counts_anew(two: Two) -> None:
    for name in SCHEMAS:
        Author.objects.using(name).create(name=name)
    call_command("flush", database="sales", verbosity=0, interactive=False)
    assert Author.objects.using("sales").count() == 0
    assert Author.objects.using("stock").get().name == "stock"
    assert Author.objects.using("sales").create(name="first again").pk == 1


def test_inspectdb_looks_into_the_alias_s_schema_or_the_one_asked_for(two: Two) -> None:
    with two.stock.cursor() as cursor:
        cursor.execute("CREATE TABLE only_stock (id int PRIMARY KEY)")
        cursor.execute(
            "CREATE TABLE sales.only_sales (id int PRIMARY KEY REFERENCES only_stock (id))"
        )

    def inspect(of: str, **options: Any) -> str:
        out = StringIO()
        few = {"table_name_filter": lambda name: "only" in name}
        call_command("inspectdb", database=of, stdout=out, **few, **options)
        return out.getvalue()

    assert "db_table = 'only_sales'" in inspect("sales")
    assert "only_stock" not in inspect("sales").replace("OnlyStock", "").split("class Only", 1)[0]
    assert "db_table = 'stock\".\"only_stock'" in inspect("sales", schema="stock")
    assert "db_table = 'only_stock'" in inspect("stock")
    assert "OnlySales" not in inspect("stock")
    with two.sales.cursor() as cursor:
        cursor.execute("DROP TABLE only_sales, stock.only_stock")


def test_the_cache_s_table_too(two: Two) -> None:
    backend = "django.core.cache.backends.db.DatabaseCache"

    class ToSales:
        """The router for the cache's table."""

        def db_for_read(self, model: Any, **hints: Any) -> str | None:
            return "sales" if model._meta.app_label == "django_cache" else None

        db_for_write = db_for_read

    cache = {"default": {"BACKEND": backend, "LOCATION": "cached"}}
    with override_settings(CACHES=cache, DATABASE_ROUTERS=[ToSales()]):
        call_command("createcachetable", database="sales", verbosity=0)
        caches["default"].set("answer", 42)
        assert caches["default"].get("answer") == 42
    assert "cached" in tables_by_schema(two.sales)["sales"]
    with two.sales.cursor() as cursor:
        cursor.execute("DROP TABLE sales.cached")


def test_sql_without_a_schema_means_the_alias_s(two: Two) -> None:
    for name in SCHEMAS:
        Author.objects.using(name).create(name=name)
        (author,) = Author.objects.using(name).raw("SELECT * FROM tests_author")
        assert author.name == name


def test_db_table_leaves_the_alias_s_schema(two: Two) -> None:
    with isolate_apps("tests"):

        class Shared(models.Model):
            author = models.ForeignKey(Author, models.CASCADE)

            class Meta:
                app_label = "tests"
                db_table = "[stock].[shared]"

    with two.sales.schema_editor() as editor:
        editor.create_model(Shared)
    author = Author.objects.using("sales").create(name="of sales")
    Shared.objects.using("sales").create(author=author)
    assert Shared.objects.using("sales").get(author__name="of sales").author == author
    assert Shared.objects.using("stock").count() == 1
    assert "shared" in tables_by_schema(two.sales)["stock"]
    with two.sales.schema_editor() as editor:
        editor.delete_model(Shared)


# The check


def say(name: str, **changed: Any) -> str:
    with alias("judged", **changed) as made:
        found = made.validation.check()
        if not found:
            return ""
        (message,) = found
        assert message.obj == "DATABASES['judged']"
        return f"{message.id} {message.msg} {message.hint}"


def test_what_the_check_says(two: Two) -> None:
    def of(user: str, schema: str) -> str:
        given = {"NAME": "by_schema", "USER": f"of_{user}", "PASSWORD": PASSWORD}
        return say("judged", options={"schema": schema}, **given)

    assert of("sales", "Sales") == ""
    assert of("sales", "stock") == (
        "mssql.E103 OPTIONS['schema'] is 'stock', but the tables of the database user "
        "'sales_user' are in the schema 'sales'. "
        "Run ALTER USER [sales_user] WITH DEFAULT_SCHEMA = [stock] in the database."
    )
    administer("ALTER USER sales_user WITH DEFAULT_SCHEMA = [no ]] where]")
    assert of("sales", "no ] where") == (
        "mssql.E104 The database has no schema 'no ] where', which OPTIONS['schema'] names. "
        "Run CREATE SCHEMA [no ]] where] in it."
    )
    administer("ALTER USER sales_user WITH DEFAULT_SCHEMA = sales")


def test_a_migration_is_refused_that_would_go_elsewhere(two: Two) -> None:
    given = {"NAME": "by_schema", "USER": "of_sales", "PASSWORD": PASSWORD}
    with alias("judged", {"schema": "stock"}, **given), pytest.raises(SystemCheckError) as refused:
        call_command("migrate", database="judged", verbosity=0, skip_checks=False)
    assert "mssql.E103" in str(refused.value)


@pytest.mark.django_db
def test_an_owner_is_only_warned() -> None:
    assert say("judged", options={"schema": "sales"}) == (
        "mssql.W103 OPTIONS['schema'] is 'sales', but the tables of the database user 'dbo' are "
        "in the schema 'dbo'. Those of a sysadmin and of the database's owner always are: sign in "
        "as another user, except for tests."
    )
    assert say("judged", options={"schema": "dbo"}) == ""
