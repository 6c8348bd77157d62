"""Aggregates over columns of an outer query, which T-SQL takes alone only (error 8124)."""

from __future__ import annotations

from typing import Any

import django
import pytest
from django.db.models import (
    Avg,
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    StdDev,
    Subquery,
    Sum,
    Value,
    Variance,
    When,
    Window,
    aggregates,
)
from django.db.models.functions import Coalesce

from tests.models import Author, Book, Tag

pytestmark = pytest.mark.django_db

newer: Any = aggregates


@pytest.fixture(autouse=True)
def library() -> None:
    """Ann, 30, has books of 10, 20 and 20 pages, Bob, 20, one of 40; Cid has no age and none."""
    for name, age, pages in (("Ann", 30, (10, 20, 20)), ("Bob", 20, (40,)), ("Cid", None, ())):
        author = Author.objects.create(name=name, age=age)
        for number in pages:
            Book.objects.create(title=f"{name} {number}", author=author, pages=number)


def of_all_books(aggregate: Any) -> QuerySet[Any]:
    """Return the aggregate of all books, for a subquery of authors."""
    return Book.objects.order_by().values(all=Value(1)).annotate(x=aggregate).values("x")


def of_each(subquery: Any, **options: Any) -> list[Any]:
    """Return the value of a subquery for each author."""
    authors = Author.objects.annotate(x=Subquery(subquery, **options))
    return list(authors.order_by("name").values_list("x", flat=True))


TOGETHER = F("pages") + OuterRef("age")


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        (Sum(TOGETHER), [210, 170, None]),
        (Avg(TOGETHER), [52.5, 42.5, None]),
        (Max(TOGETHER), [70, 60, None]),
        (Min(TOGETHER), [40, 30, None]),
        (Count(TOGETHER), [4, 4, 0]),
        (Count(TOGETHER, distinct=True), [3, 3, 0]),
        (Sum(TOGETHER, distinct=True), [160, 130, None]),
        (StdDev(F("pages") * 0 + OuterRef("age")), [0, 0, None]),
        (Variance(F("pages") * 0 + OuterRef("age")), [0, 0, None]),
    ],
)
def test_a_column_of_each_query(aggregate: Any, expected: list[Any]) -> None:
    assert of_each(of_all_books(aggregate)) == expected


def test_the_filter_of_an_aggregate_reads_the_outer_query() -> None:
    fewer = Q(pages__lt=OuterRef("age"))
    assert of_each(of_all_books(Count("pk", filter=fewer))) == [3, 1, 0]
    assert of_each(of_all_books(Sum("pages", filter=fewer))) == [50, 10, None]
    distinct = Count("pages", filter=fewer, distinct=True)
    assert of_each(of_all_books(distinct)) == [2, 1, 0]
    same = Case(When(author=OuterRef("pk"), then="pages"), default=0)
    assert of_each(of_all_books(Sum(same))) == [50, 40, 0]


def test_the_query_is_grouped_by_the_columns() -> None:
    each = Book.objects.annotate(n=Count("pk", filter=Q(pages=OuterRef("age") * 2)))
    authors = Author.objects.annotate(n=Subquery(each.order_by("-n").values("n")[:1]))
    assert list(authors.order_by("name").values_list("n", flat=True)) == [0, 1, 0]
    assert authors.aggregate(sum=Sum("n")) == {"sum": 1}
    by_pages = Book.objects.order_by().values("pages").annotate(x=Max(TOGETHER))
    assert of_each(by_pages.order_by("-x").values("x")[:1]) == [70, 60, None]


def test_the_outer_query_is_grouped() -> None:
    total = Subquery(of_all_books(Sum(TOGETHER)))
    ages = Author.objects.order_by().values("age").annotate(n=Count("books"), x=total)
    result = {row["age"]: (row["n"], row["x"]) for row in ages}
    assert result == {30: (3, 210), 20: (1, 170), None: (0, None)}


def test_columns_of_the_outer_query_alone() -> None:
    assert of_each(of_all_books(Sum(OuterRef("age")))) == [120, 80, None]
    assert of_each(of_all_books(Count(OuterRef("age")))) == [4, 4, 0]
    assert of_each(of_all_books(Sum(OuterRef("age") + OuterRef("pk") * 0))) == [120, 80, None]
    assert of_each(of_all_books(Max(Coalesce(OuterRef("age"), 7)))) == [30, 20, 7]
    few = of_all_books(Sum(OuterRef("age"))).filter(author__name="Bob")
    assert of_each(few) == [30, 20, None]


def test_a_name_of_an_outer_value() -> None:
    named = Book.objects.order_by().annotate(age=OuterRef("age"), more=F("age") + F("pages"))
    grouped = named.values(all=Value(1))
    assert of_each(grouped.annotate(x=Sum("more")).values("x")) == [210, 170, None]
    assert of_each(grouped.annotate(x=Sum("age")).values("x")) == [120, 80, None]


def test_an_outer_query_further_out() -> None:
    tag = Tag.objects.create(name="t")
    inner = of_all_books(Sum(F("pages") + OuterRef("pk") * 0 + OuterRef(OuterRef("age"))))
    middle = Tag.objects.filter(pk=tag.pk).annotate(y=Subquery(inner)).values("y")
    assert of_each(middle) == [210, 170, None]
    both = of_all_books(Sum(OuterRef("pk") - tag.pk + OuterRef(OuterRef("age"))))
    middle = Tag.objects.filter(pk=tag.pk).annotate(y=Subquery(both)).values("y")
    assert of_each(middle) == [120, 80, None]


def test_having() -> None:
    totals = (
        Book.objects.order_by()
        .values("author")
        .annotate(x=Sum(F("pages") * OuterRef("age"), output_field=IntegerField()))
    )
    above = Author.objects.filter(Exists(totals.filter(author=OuterRef("pk"), x__gt=900)))
    assert [author.name for author in above] == ["Ann"]
    most = totals.order_by("-x").values("x")
    assert of_each(most[:1]) == [1500, 1000, None]


def test_an_outer_column_inside_and_outside_an_aggregate() -> None:
    sums = (
        Book.objects.order_by()
        .values("author")
        .annotate(x=Sum(OuterRef("age"), output_field=IntegerField()))
    )
    repeated = sums.filter(x__gt=OuterRef("age")).values("author__name")
    assert of_each(repeated) == ["Ann", "Ann", None]
    selected = sums.annotate(y=F("x") - OuterRef("age")).order_by("-y").values("y")
    assert of_each(selected[:1]) == [60, 40, None]


def test_grouping_by_columns_of_the_outer_query() -> None:
    by_age = Book.objects.order_by().values(of=OuterRef("age")).annotate(n=Count("pk"))
    assert of_each(by_age.values("n")) == [4, 4, 4]
    assert of_each(by_age.filter(n__gt=3).values("of")) == [30, 20, None]
    assert of_each(by_age.filter(n__gt=4).values("of")) == [None, None, None]


def test_an_aggregate_of_the_outer_query_stays_there() -> None:
    authors = Author.objects.order_by("name").annotate(n=Sum("age"), books_of=Count("books"))
    assert [author.n for author in authors] == [90, 20, None]
    totals = Book.objects.values("author").annotate(total=Sum("pages")).order_by("author__name")
    above = totals.filter(total__gt=OuterRef("n")).values("author__name")[:1]
    assert [a.x for a in authors.annotate(x=Subquery(above))] == [None, "Ann", None]
    far_above = totals.filter(total__gt=OuterRef("double")).values("author__name")[:1]
    doubled = authors.annotate(double=F("n") * 2).annotate(x=Subquery(far_above))
    assert [author.x for author in doubled] == [None, "Ann", None]


def test_clauses_with_such_a_subquery() -> None:
    both = Sum(F("pages") + OuterRef("age"), output_field=IntegerField())
    totals = of_all_books(both)
    above = Book.objects.order_by().values("author").annotate(x=both).filter(x__gt=130)
    result = Author.objects.aggregate(
        total=Sum(Subquery(totals)), n=Count("pk", filter=Q(Exists(above)))
    )
    assert result == {"total": 380, "n": 1}
    grouped = Author.objects.annotate(x=Subquery(totals)).values("x").annotate(n=Count("pk"))
    assert list(grouped.order_by("x").values_list("x", "n")) == [(None, 1), (170, 1), (210, 1)]
    Author.objects.update(age=Coalesce(Subquery(totals), 0))
    assert sorted(Author.objects.values_list("age", flat=True)) == [0, 170, 210]
    Author.objects.filter(Exists(above.filter(x__gt=600))).delete()
    assert sorted(Author.objects.values_list("age", flat=True)) == [0, 170]


def test_windows_over_an_outer_column() -> None:
    running = Book.objects.annotate(x=Window(Sum(TOGETHER), partition_by="author"))
    own = running.filter(author=OuterRef("pk")).values("x")[:1]
    assert of_each(own) == [140, 60, None]


@pytest.mark.skipif(django.VERSION < (6, 0), reason="StringAgg came with Django 6.0")
def test_texts_of_both_queries() -> None:
    text = newer.StringAgg("title", Value(","), filter=Q(pages__gt=OuterRef("age")))
    assert of_each(of_all_books(text)) == ["Bob 40", "Bob 40", None]
    distance = (F("pages") - OuterRef("age")) * (F("pages") - OuterRef("age"))
    nearest = newer.StringAgg("title", Value(","), filter=Q(pages__in=[10, 35]), order_by=distance)
    Book.objects.filter(pages=40).update(pages=35)
    assert of_each(of_all_books(nearest))[:2] == ["Bob 40,Ann 10", "Ann 10,Bob 40"]
    outer = newer.StringAgg(OuterRef("name"), Value(""), order_by=OuterRef("age"))
    assert of_each(of_all_books(outer)) == ["Ann" * 4, "Bob" * 4, "Cid" * 4]


@pytest.mark.skipif(not hasattr(aggregates, "BitXor"), reason="BitXor came with Django 6.1")
def test_bits_of_both_queries() -> None:
    bits = of_all_books(newer.BitOr(F("pages") + OuterRef("age")))
    assert of_each(bits) == [40 | 50 | 70, 30 | 40 | 60, None]
