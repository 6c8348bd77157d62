"""The hints of select_for_update() on tables and joins."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import FilteredRelation, Q
from django.db.models.lookups import Exact
from django.db.models.sql.where import WhereNode
from django.test.utils import CaptureQueriesContext, isolate_apps

from tests.models import Author, Book
from tests.tables import create, models

pytestmark = pytest.mark.django_db

HINTS = " WITH (UPDLOCK, ROWLOCK)"


@pytest.fixture
def _library() -> None:
    ann, bob = Author.objects.create(name="Ann"), Author.objects.create(name="Bob")
    for title, author in (("A1", ann), ("A2", ann), ("A3", ann), ("B1", bob)):
        Book.objects.create(title=title, author=author, pages=9)


@pytest.mark.usefixtures("_library")
def test_rows_are_locked_by_hints() -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        books = Book.objects.select_related("author")
        assert len(books.select_for_update()) == 4
        assert len(books.select_for_update(nowait=True, of=("self",))) == 4
        assert len(books.select_for_update(skip_locked=True).order_by("title")[:2]) == 2
    both, only_books, skipping = (query["sql"] for query in queries)
    assert both.count(HINTS) == 2
    assert only_books.count("WITH (UPDLOCK, ROWLOCK, NOWAIT)") == 1
    assert skipping.count("WITH (UPDLOCK, ROWLOCK, READPAST, READCOMMITTEDLOCK)") == 2


@pytest.mark.usefixtures("_library")
def test_a_subquery_locks_in_its_order() -> None:
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        authors = Author.objects.order_by("-name").select_for_update()
        assert Book.objects.filter(author__in=authors).count() == 4
    assert "ORDER BY [tests_author].[name] DESC OFFSET 0 ROWS" in queries[0]["sql"]


@isolate_apps("tests")
def test_the_hints_of_a_joined_table_follow_its_name() -> None:
    class Open(models.ForeignKey):
        """A foreign key to the shops that are open, which joins no others."""

        def get_extra_restriction(self, *arguments: Any) -> Any:
            alias = arguments[-2]
            condition = Exact(Shop._meta.get_field("is_open").get_col(alias), True)
            node: Any = WhereNode
            return node([condition])

    class Shop(models.Model):
        name = models.CharField(max_length=9)
        is_open = models.BooleanField(default=True)

        class Meta:
            app_label = "tests"
            db_table = "shop ON (line)"

    class Sale(models.Model):
        at = models.ForeignKey(Shop, models.CASCADE, related_name="sales")
        returned_to = models.ForeignKey(Shop, models.CASCADE, related_name="+", null=True)
        repaired_by = Open(Shop, models.CASCADE, related_name="+", null=True)
        price = models.IntegerField(default=1)

        class Meta:
            app_label = "tests"
            db_table = "sale ON ("

    create(Shop, Sale)
    shop = Shop.objects.create(name="a")
    closed = Shop.objects.create(name="b", is_open=False)
    Sale.objects.create(at=shop, repaired_by=closed)
    Sale.objects.create(at=shop, returned_to=shop, repaired_by=shop, price=2)
    dear = FilteredRelation("sales", condition=Q(sales__price__gt=1))
    for objects, tables, count in (
        (Sale.objects.select_related("at"), 2, 2),
        (Sale.objects.select_related("at").filter(returned_to__name="a"), 3, 1),
        (Sale.objects.filter(repaired_by__name__in="ab"), 2, 1),
        (Shop.objects.annotate(dear=dear).filter(dear__price=2), 2, 1),
    ):
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            assert len(objects) == len(objects.select_for_update()) == count
        plain, locking = (query["sql"] for query in queries if "SELECT" in query["sql"])
        assert locking.count(HINTS) == tables
        assert locking.replace(HINTS, "") == plain


@isolate_apps("tests")
def test_a_join_without_conditions_is_an_error() -> None:
    class Shelf(models.Model):
        class Meta:
            app_label = "tests"

    class Everywhere(models.ForeignKey):
        def get_joining_columns(self, reverse_join: bool = False) -> tuple[()]:
            return ()

        def get_joining_fields(self, reverse_join: bool = False) -> tuple[()]:
            return ()

    class Item(models.Model):
        shelf = Everywhere(Shelf, models.CASCADE)

        class Meta:
            app_label = "tests"

    items = Item.objects.select_related("shelf").select_for_update()
    with pytest.raises(ValueError, match="empty ON clause"), transaction.atomic():
        len(items)
