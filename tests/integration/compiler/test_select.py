"""Queries in T-SQL, with results computed by hand."""

from __future__ import annotations

from typing import Any

import django
import pytest
from django.db import (
    DEFAULT_DB_ALIAS,
    NotSupportedError,
    connection,
    connections,
)
from django.db.models import (
    Avg,
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    RowRange,
    StdDev,
    Subquery,
    Sum,
    Value,
    Variance,
    When,
    Window,
)
from django.db.models.functions import Coalesce, Greatest, Least, NthValue, RowNumber
from django.test.utils import CaptureQueriesContext, isolate_apps

from mssql.tsql.capabilities import ServerInfo
from mssql.tsql.limits import MAX_PARAMETERS
from tests.models import Author, Book, Everything, Odd, Seat
from tests.tables import create, models

pytestmark = pytest.mark.django_db


@pytest.fixture
def library() -> dict[str, Author]:
    """Ann has books of 100, 200 and 200 pages, Bob one of 50, Cid none."""
    authors = {
        name: Author.objects.create(name=name, age=age, is_active=name != "Bob")
        for name, age in (("Ann", 30), ("Bob", None), ("Cid", 50))
    }
    for title, name, pages, price in (
        ("A1", "Ann", 100, "10.00"),
        ("A2", "Ann", 200, "20.00"),
        ("A3", "Ann", 200, None),
        ("B1", "Bob", 50, "5.00"),
    ):
        Book.objects.create(title=title, author=authors[name], pages=pages, price=price)
    return authors


def names(queryset: QuerySet[Any]) -> list[str]:
    return [author.name for author in queryset]


# Order and slices


def test_slices_with_and_without_order(library: dict[str, Author]) -> None:
    assert names(Author.objects.all()[1:]) == ["Bob", "Cid"]
    assert names(Author.objects.order_by("-name")[:2]) == ["Cid", "Bob"]
    assert Book.objects.order_by()[:2].count() == 2
    assert len(Book.objects.order_by()[1:3]) == 2


def test_a_distinct_slice_is_ordered_by_selected_columns(library: dict[str, Author]) -> None:
    pages = Book.objects.order_by("pages").distinct().values_list("pages", flat=True)
    assert list(pages[1:3]) == [100, 200]
    unordered = Book.objects.order_by().distinct().values_list("pages", flat=True)
    assert len(set(unordered[:2])) == 2
    assert list(unordered[1:3]) == [100, 200]


def test_nulls_sort_first_ascending_by_default(library: dict[str, Author]) -> None:
    assert names(Author.objects.order_by("age")) == ["Bob", "Ann", "Cid"]
    assert names(Author.objects.order_by(F("age").asc(nulls_last=True))) == ["Ann", "Cid", "Bob"]
    assert names(Author.objects.order_by(F("age").desc(nulls_first=True))) == ["Bob", "Cid", "Ann"]
    assert names(Author.objects.order_by(F("age").desc())) == ["Cid", "Ann", "Bob"]


def test_constants_and_repeated_columns_in_order_by(library: dict[str, Author]) -> None:
    assert names(Author.objects.order_by(Value(1), "-name")) == ["Cid", "Bob", "Ann"]
    impossible = Case(When(pk__in=[], then=Value(1)), default=Value(0)).desc()
    assert names(Author.objects.order_by(impossible, "-name")) == ["Cid", "Bob", "Ann"]
    repeated = Author.objects.values("name").order_by("name", F("name").desc())
    assert [row["name"] for row in repeated] == ["Ann", "Bob", "Cid"]


def test_random_order_returns_every_row(library: dict[str, Author]) -> None:
    assert sorted(names(Author.objects.order_by("?"))) == ["Ann", "Bob", "Cid"]


def test_first_row_of_each(library: dict[str, Author]) -> None:
    longest = Book.objects.order_by("author_id", "-pages", "title").distinct("author_id")
    assert [book.title for book in longest] == ["A2", "B1"]
    assert longest.count() == 2
    assert [book.title for book in longest[1:]] == ["B1"]


# Booleans


def test_predicates_as_values_and_values_as_predicates(library: dict[str, Author]) -> None:
    has_books = Exists(Book.objects.filter(author=OuterRef("pk")))
    rows = Author.objects.annotate(has=has_books, old=Q(age__gt=40)).values_list("has", "old")
    assert list(rows) == [(True, False), (True, False), (False, True)]
    assert names(Author.objects.order_by(has_books, "name")) == ["Cid", "Ann", "Bob"]
    assert names(Author.objects.filter(Q(is_active=True) & ~has_books)) == ["Cid"]
    assert names(Author.objects.filter(has_books)) == ["Ann", "Bob"]
    coalesced = Author.objects.annotate(has=Coalesce(has_books, False, output_field=BooleanField()))
    assert list(coalesced.values_list("has", flat=True)) == [True, True, False]
    assert names(Author.objects.filter(Q(name="Ann") ^ Q(is_active=True))) == ["Cid"]


def test_coalesce_of_a_condition_that_is_unknown(library: dict[str, Author]) -> None:
    older = Coalesce(Q(age__gt=40), True, output_field=BooleanField())  # Bob's age is NULL
    assert names(Author.objects.filter(older)) == ["Bob", "Cid"]
    rows = Author.objects.annotate(older=older).values_list("older", flat=True)
    assert list(rows) == [False, True, True]


def test_case_of_nulls_only(library: dict[str, Author]) -> None:
    case = Case(When(name="Ann", then=None), output_field=IntegerField())
    assert list(Author.objects.annotate(n=case).values_list("n", flat=True)) == [None] * 3


# Grouping


def test_grouping_by_an_expression_with_parameters(library: dict[str, Author]) -> None:
    kind = Case(When(pages__gte=100, then=Value("long")), default=Value("short"))
    rows = Book.objects.annotate(kind=kind).values("kind").annotate(n=Count("id")).order_by("kind")
    assert [(row["kind"], row["n"]) for row in rows] == [("long", 3), ("short", 1)]
    assert list(rows.filter(n__gt=1).values_list("kind", flat=True)) == ["long"]


def test_extremes_of_aggregates_before_2022(
    library: dict[str, Author], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = ServerInfo("13.0.5026.0", 3, 130, "SQL_Latin1_General_CP1_CI_AS")
    monkeypatch.setattr(connections[DEFAULT_DB_ALIAS], "_server", old)
    values = [Min("books__pages"), Count("books"), Value(60)]  # of Cid's books NULL and 0
    authors = Author.objects.order_by("name")
    most = authors.annotate(most=Greatest(*values))
    assert list(most.values_list("name", "most")) == [("Ann", 100), ("Bob", 60), ("Cid", 60)]
    assert names(most.filter(most__gt=60)) == ["Ann"]
    least = authors.annotate(least=Least(*values)).values_list("least", flat=True)
    assert list(least) == [3, 1, 0]


def test_grouping_by_a_subquery(library: dict[str, Author]) -> None:
    newest = Book.objects.filter(author=OuterRef("pk")).order_by("-title").values("pages")[:1]
    rows = (
        Author.objects.order_by()
        .annotate(pages=Subquery(newest))
        .values("pages")
        .annotate(n=Count("id"))
        .order_by("pages")
    )
    assert [(row["pages"], row["n"]) for row in rows] == [(None, 1), (50, 1), (200, 1)]


def test_aggregate_over_a_subquery(library: dict[str, Author]) -> None:
    long = Book.objects.filter(pages__gt=150)
    counted = Author.objects.annotate(
        pages=Sum(Case(When(books__in=long, then="books__pages"), default=0)),
        n=Count("books", filter=Exists(long.filter(pk=OuterRef("books")))),
    )
    assert [(a.name, a.pages, a.n) for a in counted.order_by("name")] == [
        ("Ann", 400, 2),
        ("Bob", 0, 0),
        ("Cid", 0, 0),
    ]
    assert names(counted.filter(n__gt=1)) == ["Ann"]
    total = Book.objects.aggregate(
        n=Count(Case(When(Exists(long.filter(pk=OuterRef("pk"))), then="pk")))
    )
    assert total == {"n": 2}


def test_decimals_keep_their_places_in_grouped_queries(library: dict[str, Author]) -> None:
    rows = (
        Author.objects.order_by()
        .annotate(x=Value(1.5) + F("id") * 0)
        .values("x")
        .annotate(n=Count("id"))
    )
    assert [(row["x"], row["n"]) for row in rows] == [(1.5, 3)]


def test_aggregates(library: dict[str, Author]) -> None:
    result = Book.objects.aggregate(
        avg=Avg("pages"),
        distinct=Avg("pages", distinct=True),
        total=Sum("pages"),
        least=Min("price"),
        deviation=StdDev("pages"),
        variance=Variance("pages", sample=True),
        active=Max("author__is_active"),
        none=Sum("pages", filter=Q(pages__gt=1000)),
        default=Sum("pages", filter=Q(pages__gt=1000), default=0),
    )
    assert result["avg"] == 137.5  # (100 + 200 + 200 + 50) / 4
    assert result["distinct"] == pytest.approx(350 / 3)
    assert result["total"] == 550
    assert result["least"] == 5
    # deviations from 137.5: -37.5, 62.5, 62.5, -87.5; squares sum to 16875
    assert result["deviation"] == pytest.approx((16875 / 4) ** 0.5)
    assert result["variance"] == pytest.approx(16875 / 3)
    assert result["active"] is True
    assert result["none"] is None
    assert result["default"] == 0


def test_sum_of_ints_exceeds_int(library: dict[str, Author]) -> None:
    Book.objects.update(pages=2**31 - 1)
    assert Book.objects.aggregate(total=Sum("pages"))["total"] == 4 * (2**31 - 1)


def test_aggregate_over_a_greatest(library: dict[str, Author]) -> None:
    assert Book.objects.aggregate(m=Max(Greatest("pages", Value(150))))["m"] == 200
    assert Author.objects.aggregate(m=Min(Greatest("age", Value(40))))["m"] == 40


# Windows


def test_windows_and_filters_over_them(library: dict[str, Author]) -> None:
    rank = Window(RowNumber(), partition_by="author", order_by=["-pages", "title"])
    first = Book.objects.annotate(rank=rank).filter(rank=1).order_by("title")
    assert [book.title for book in first] == ["A2", "B1"]
    running = Window(Sum("pages"), partition_by="author", order_by="title")
    rows = Book.objects.annotate(sum=running).order_by("title").values_list("title", "sum")
    assert list(rows) == [("A1", 100), ("A2", 300), ("A3", 500), ("B1", 50)]
    assert Book.objects.annotate(n=Window(RowNumber())).filter(n=4).count() == 1


def test_the_nth_value_of_a_window(library: dict[str, Author]) -> None:
    second = Window(NthValue("title", 2), partition_by="author", order_by="title")
    rows = Book.objects.annotate(second=second).order_by("-title").values_list("title", "second")
    assert list(rows) == [("B1", None), ("A3", "A2"), ("A2", "A2"), ("A1", None)]
    assert list(rows[1:3]) == [("A3", "A2"), ("A2", "A2")]
    anywhere = RowRange(start=None, end=None)
    last = Window(NthValue("pages", 4), order_by="title", frame=anywhere)
    assert {book.n for book in Book.objects.annotate(n=last)} == {50}


# Combined queries


def test_unions_ordered_sliced_and_nested(library: dict[str, Author]) -> None:
    ann = Author.objects.filter(name="Ann").order_by()
    rest = Author.objects.exclude(name="Ann").order_by()
    assert names(ann.union(rest).order_by("-name")) == ["Cid", "Bob", "Ann"]
    assert names(ann.union(rest).order_by(F("age").asc(nulls_last=True))) == ["Ann", "Cid", "Bob"]
    assert names(ann.union(rest).order_by("name")[1:2]) == ["Bob"]
    assert ann.union(rest).count() == 3
    assert len(ann.union(rest)[:2]) == 2
    oldest = Author.objects.order_by(F("age").desc())[:1]
    assert sorted(names(oldest.union(ann))) == ["Ann", "Cid"]
    everybody = Author.objects.order_by()
    assert names(everybody.difference(rest)) == ["Ann"]
    assert names(everybody.intersection(ann)) == ["Ann"]


def test_unions_are_ordered_by_constants_of_their_parts(library: dict[str, Author]) -> None:
    ann = Author.objects.filter(name="Ann").annotate(place=Value(1)).values_list("name", "place")
    bob = Author.objects.filter(name="Bob").annotate(place=Value(2)).values_list("name", "place")
    expected = [("Ann", 1), ("Bob", 2)]
    for union in (ann.union(bob), bob.union(ann)):
        assert list(union.order_by("place")) == expected
        assert list(union.order_by("-place")) == expected[::-1]
        assert list(union.order_by(F("place").desc(nulls_last=True))) == expected[::-1]
        assert list(union.order_by("place")[:1]) == expected[:1]


@pytest.mark.skipif(django.VERSION < (4, 2), reason="Django names the columns of a union since")
def test_unions_are_ordered_by_numbers_in_json() -> None:
    Everything.objects.bulk_create(Everything(data={"n": n}) for n in (9, 10, 100))
    numbers = Everything.objects.annotate(number=F("data__n")).values_list("number", flat=True)
    small, large = numbers.filter(data__n__lt=10), numbers.filter(data__n__gte=10)
    assert list(large.union(small).order_by("number")) == [9, 10, 100]


# Limits


def test_lists_are_folded_once_the_statement_has_too_many_parameters(
    library: dict[str, Author],
) -> None:
    ids = list(range(1, MAX_PARAMETERS))
    with CaptureQueriesContext(connection) as queries:
        assert Author.objects.filter(age__in=ids).count() == 2
        assert Author.objects.filter(Q(age__in=ids[:1100]) | Q(age__in=ids[1100:2200])).count() == 2
        assert Author.objects.filter(name__in=["Ann", *map(str, range(10_000))]).count() == 1
    assert ["OPENJSON" in query["sql"] for query in queries] == [False, True, True]


def test_two_long_lists_do_not_meet(library: dict[str, Author]) -> None:
    some = Author.objects.filter(age__in=range(5000)).exclude(age__in=range(40, 6000))
    assert names(some.order_by("name")) == ["Ann"]


def test_too_many_parameters_are_refused_with_advice() -> None:
    condition = Q()
    for number in range(MAX_PARAMETERS + 1):
        condition |= Q(age=number)
    with pytest.raises(NotSupportedError, match="at most 2097"):
        list(Author.objects.filter(condition))


# Subqueries, updates, deletions


def test_subqueries_in_filters_updates_and_deletions(library: dict[str, Author]) -> None:
    first = Author.objects.order_by("-name")[:2]
    assert names(Author.objects.filter(pk__in=first)) == ["Bob", "Cid"]
    assert Book.objects.filter(author__in=Author.objects.filter(age=30)).count() == 3
    assert Book.objects.filter(author__name="Ann").update(pages=F("pages") + 1) == 3
    assert sorted(Book.objects.values_list("pages", flat=True)) == [50, 101, 201, 201]
    assert Book.objects.filter(author__age=None).delete()[0] == 1
    newest = Book.objects.filter(author=OuterRef("pk")).order_by("-title").values("title")[:1]
    Author.objects.update(alias=Subquery(newest))
    assert list(Author.objects.values_list("alias", flat=True)) == ["A3", None, None]


def test_conditions_in_wrappers_are_values(library: dict[str, Author]) -> None:
    old = ExpressionWrapper(Q(age__gt=30), BooleanField())
    authors = Author.objects.annotate(
        old=old, ageless=ExpressionWrapper(Q(age=None), BooleanField())
    )
    assert list(authors.order_by("-old", "name").values_list("name", "old", "ageless")) == [
        ("Cid", True, False),
        ("Ann", False, False),
        ("Bob", False, True),
    ]
    assert names(authors.filter(old=True)) == ["Cid"]
    for flag in ("old", "ageless"):
        groups = authors.order_by().values(flag).annotate(n=Count("pk")).values_list(flag, "n")
        assert sorted(groups) == [(False, 2), (True, 1)]
    never = ExpressionWrapper(Q(pk__in=[]), BooleanField())
    always = ExpressionWrapper(~Q(pk__in=[]), BooleanField())
    assert set(authors.values_list(never, always)) == {(False, True)}


def test_windows_over_conditions(library: dict[str, Author]) -> None:
    has_books = Exists(Book.objects.filter(author=OuterRef("pk")))
    old: Any = Q(age__gt=40)
    is_bob: Any = Q(name="Bob")
    for part in (has_books, old, ExpressionWrapper(old, BooleanField())):
        place = Window(RowNumber(), partition_by=part, order_by=[is_bob, "name"])
        result = Author.objects.annotate(place=place).order_by("name")
        assert list(result.values_list("name", "place")) == [("Ann", 1), ("Bob", 2), ("Cid", 1)]


def test_conditions_are_stored_as_true_false_or_null() -> None:
    Everything.objects.bulk_create(Everything(small=small) for small in (1, 2, None))
    flags = Everything.objects.order_by("small").values_list("flag", flat=True)
    for condition in (Q(small__gt=1), ExpressionWrapper(Q(small__gt=1), BooleanField())):
        Everything.objects.update(flag=condition)
        assert list(flags.all()) == [None, False, True]
    nobody = Exists(Author.objects.filter(pk=OuterRef("pk")))
    Everything.objects.update(flag=nobody)
    assert list(flags.all()) == [False, False, False]
    Everything.objects.update(flag=~nobody)
    assert list(flags.all()) == [True, True, True]
    Everything.objects.update(flag=Case(When(small=2, then=Q(small=2)), default=Q(small=2)))
    assert list(flags.all()) == [False, False, True]
    created = Everything.objects.create(flag=Exists(Everything.objects.filter(small=2)))
    assert Everything.objects.get(pk=created.pk).flag is True


@isolate_apps("tests")
def test_columns_of_every_type_are_set_to_null() -> None:
    class DigestField(models.Field):
        def db_type(self, connection: Any) -> str:
            return "binary(4)"

    class Download(models.Model):
        blob = models.BinaryField(null=True)
        digest = DigestField(null=True)

        class Meta:
            app_label = "tests"

    create(Download)
    download: Any = Download.objects.create(blob=b"x", digest=b"abcd")
    download.blob = download.digest = None
    download.save()
    assert Download.objects.values_list("blob", "digest").get() == (None, None)
    assert Download.objects.update(blob=b"y", digest=b"efgh") == 1
    assert Download.objects.update(blob=None, digest=None) == 1
    assert Download.objects.filter(blob=None, digest=None).count() == 1
    Everything.objects.create(char="x", data={}, flag=True)
    columns = [field.name for field in Everything._meta.fields if not field.primary_key]
    Everything.objects.update(**dict.fromkeys(columns))
    assert set(Everything.objects.values_list(*columns).get()) == {None}


@pytest.mark.skipif(django.VERSION < (6, 1), reason="count() dropped the order before")
def test_the_order_of_a_subquery_forms_its_groups(library: dict[str, Author]) -> None:
    by_title = Book.objects.values("author").annotate(n=Count("pk")).order_by("title")
    assert len(by_title) == by_title.count() == 4
    assert by_title.order_by().count() == 2


def test_names_that_require_quoting() -> None:
    Odd.objects.create(order=1, percent=2)
    Odd.objects.bulk_create([Odd(order=3, percent=4), Odd(order=5, percent=6)])
    Odd.objects.filter(order=1).update(percent=F("percent") * 100)
    assert list(Odd.objects.order_by("order").values_list("percent", flat=True)) == [200, 4, 6]


def test_composite_keys_are_compared_column_by_column() -> None:
    Seat.objects.bulk_create([Seat(row=r, number=n) for r in (1, 2) for n in (1, 2, 3)])
    assert Seat.objects.get(pk=(2, 3)).pk == (2, 3)
    assert Seat.objects.filter(pk__in=[(1, 1), (2, 2), (9, 9)]).count() == 2
    assert Seat.objects.filter(pk__gt=(1, 2)).count() == 4
    assert Seat.objects.filter(pk__in=Seat.objects.filter(row=1)).count() == 3


def test_compiling_sends_no_statement(library: dict[str, Author]) -> None:
    with CaptureQueriesContext(connection) as queries:
        str(Author.objects.filter(pk__in=range(5000)).query)
        str(Book.objects.annotate(n=Count("author__books")).query)
    assert len(queries) == 0


def test_groups_by_the_existence_of_rows() -> None:
    for name in ("Ann", "Bob", "Cid"):
        author = Author.objects.create(name=name)
        if name != "Cid":
            Book.objects.create(title="x", author=author)
    has_books = Exists(Book.objects.filter(author=OuterRef("pk")))
    groups = Author.objects.order_by().values(has=has_books).annotate(total=Count("*"))
    assert sorted(groups.values_list("has", "total")) == [(False, 1), (True, 2)]


def test_long_lists_in_a_group_are_one_parameter_each(library: dict[str, Author]) -> None:
    half = MAX_PARAMETERS // 2
    ids = [[library["Ann"].pk, *range(-first - half, -first)] for first in (0, half)]
    is_ann = Q(author__in=ids[0]) & Q(author__in=ids[1])
    group = Case(When(is_ann, then=1), default=2, output_field=IntegerField())
    groups = Book.objects.annotate(group=group).values("group").annotate(n=Count("pk"))
    with CaptureQueriesContext(connection) as queries:
        assert {row["group"]: row["n"] for row in groups} == {1: 3, 2: 1}
    assert queries[0]["sql"].count("OPENJSON") == 2


def test_a_window_filter_is_limited_by_top(library: dict[str, Author]) -> None:
    first = Window(RowNumber(), partition_by="author", order_by="title")
    books = Book.objects.annotate(row=first).filter(row=1).order_by("title")
    with CaptureQueriesContext(connection) as queries:
        assert [book.title for book in books[:1]] == ["A1"]
        assert list(books.values_list("title", flat=True)[:1]) == ["A1"]
    assert all(query["sql"].startswith("SELECT TOP (1) ") for query in queries)


def test_an_unknown_form_of_a_window_filter_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db.models.sql.compiler import SQLCompiler

    first = Window(RowNumber(), order_by="title")
    books = Book.objects.annotate(row=first).filter(row=1)
    monkeypatch.setattr(SQLCompiler, "get_qualify_sql", lambda self: (["WITH qualify AS ("], []))
    with pytest.raises(NotSupportedError, match=r"begins a query .* 'WITH qualify AS \('"):
        list(books[:1])
