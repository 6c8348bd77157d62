"""Queries that Django before 4.2 compiles differently: `make older` runs them with it."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.models import Avg, BooleanField, Count, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, ExtractYear, TruncMonth

from mssql.compat import PASSES_PARAMS, with_params
from mssql.operations import DatabaseOperations
from tests.models import Author, Book

pytestmark = pytest.mark.django_db

DATE_HOOKS = [
    "date_extract_sql",
    "date_trunc_sql",
    "datetime_cast_date_sql",
    "datetime_cast_time_sql",
    "datetime_extract_sql",
    "datetime_trunc_sql",
    "time_trunc_sql",
]


@pytest.fixture
def library() -> None:
    ann, bob = Author.objects.create(name="Ann", age=30), Author.objects.create(name="Bob")
    Book.objects.create(title="One", author=ann, pages=10)
    Book.objects.create(title="Two", author=ann, pages=20)
    Book.objects.create(title="Three", author=bob, pages=30)


@pytest.mark.parametrize("hook", DATE_HOOKS)
def test_hooks_for_dates_accept_the_arguments_of_django(hook: str) -> None:
    """By the number of arguments: their names differ."""
    base = inspect.signature(getattr(BaseDatabaseOperations, hook))
    positional = ["a"] * (len(base.parameters) - 1)
    if PASSES_PARAMS:
        inspect.signature(getattr(DatabaseOperations, hook)).bind(None, *positional)
    passed = {
        "lookup": "hour" if "time" in hook else "year",
        "sql": "[c]",
        "params": (),
        "tzname": None,
    }
    arguments = [
        passed["lookup" if "type" in name else name if name in passed else "sql"]
        for name in list(base.parameters)[1:]
    ]
    compiled = getattr(connection.ops, hook)(*arguments)
    assert isinstance(compiled, tuple if PASSES_PARAMS else str)


def test_a_hook_without_parameters() -> None:
    class Operations:
        @with_params(1, passes_params=False)
        def extract(self, lookup: str, sql: str, params: Any, zone: str) -> Any:
            return f"{lookup}({sql}, {zone})", params

        @with_params(1, passes_params=True)
        def later(self, lookup: str, sql: str, params: Any) -> Any:
            return sql, params

    operations: Any = Operations()
    assert operations.extract("year", "[c]", "UTC") == "year([c], UTC)"
    assert operations.later("year", "[c]", [1]) == ("[c]", [1])


def test_parts_of_dates() -> None:
    Book.objects.create(title="x", author=Author.objects.create(name="Ann"), published="2024-05-06")
    books = Book.objects.annotate(y=ExtractYear("published"), m=TruncMonth("published"))
    book = books.get(published__year=2024, published__month=5)
    assert (book.y, str(book.m)) == (2024, "2024-05-01")


def titles(books: Any) -> list[str]:
    return [book.title for book in books]


def test_unions_of_columns_of_one_name(library: None) -> None:
    """A derived table takes each name once (error 8156)."""
    books = Book.objects.select_related("author")
    small, large = books.filter(pages__lt=15), books.filter(pages__gt=15)
    union = small.union(large)
    assert titles(union.order_by("title")) == ["One", "Three", "Two"]
    assert titles(union.order_by("-pages")) == ["Three", "Two", "One"]
    assert titles(union.order_by("title")[1:3]) == ["Three", "Two"]
    assert titles(union.order_by("title")[:2]) == ["One", "Three"]
    assert len(union[:2]) == 2
    assert union.count() == 3
    assert small.union(large.order_by("-pages")[:1]).count() == 2
    assert sorted(titles(small.union(large.order_by("-pages")[:1]))) == ["One", "Three"]
    assert [book.author.name for book in union.order_by("pages")] == ["Ann", "Ann", "Bob"]
    assert union.order_by("title").exists()


def test_unions_of_values_of_one_name(library: None) -> None:
    values = Author.objects.values("name", "books__id", "id")
    union = values.filter(name="Ann").union(values.filter(name="Bob"))
    assert [row["name"] for row in union.order_by("name")] == ["Ann", "Ann", "Bob"]
    assert union.count() == 3
    nested = values.filter(name="Bob").union(union, all=True)
    assert nested.count() == 4
    assert [row["name"] for row in nested.order_by("-name")[:2]] == ["Bob", "Bob"]


def test_unions_with_nulls_last(library: None) -> None:
    ann, bob = Author.objects.filter(name="Ann"), Author.objects.filter(name="Bob")
    union = ann.union(bob)
    assert [a.name for a in union.order_by(F("age").asc(nulls_last=True))] == ["Ann", "Bob"]
    assert [a.name for a in union.order_by(F("age").desc(nulls_first=True))] == ["Bob", "Ann"]


def test_groups_by_a_subquery_that_is_aggregated_too(library: None) -> None:
    first = Book.objects.filter(author=OuterRef("pk")).order_by("pages").values("pages")[:1]
    authors = Author.objects.order_by().annotate(least=Subquery(first))
    groups = authors.values("least").annotate(n=Count("least"), mean=Avg("least"))
    assert sorted((g["least"], g["n"], g["mean"]) for g in groups) == [(10, 1, 10), (30, 1, 30)]
    counted = authors.annotate(n=Count("least"), more=Coalesce(Subquery(first), 0) + 1)
    assert sorted((a.name, a.least, a.n, a.more) for a in counted) == [
        ("Ann", 10, 1, 11),
        ("Bob", 30, 1, 31),
    ]


def test_an_always_true_condition_as_a_value(library: None) -> None:
    always = ExpressionWrapper(~Q(pk__in=[]), BooleanField())
    never = ExpressionWrapper(Q(pk__in=[]), BooleanField())
    assert set(Author.objects.values_list(always, never)) == {(True, False)}
