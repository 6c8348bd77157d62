"""Answers that are easily wrong without any error, each worked out by hand."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections
from django.db.models import (
    Avg,
    Case,
    Count,
    DecimalField,
    F,
    JSONField,
    OuterRef,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Length, Random, TruncDay
from django.test.utils import isolate_apps

from tds_embedded.server import Server
from tests.databases import alias, settings_of, tables
from tests.models import Author, Book, Document, Event
from tests.tables import create, models, rows

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["default", "2016", "2025"])
def using(request: pytest.FixtureRequest, server_as: Callable[[str], Server]) -> Iterator[str]:
    """The alias of the tests' server, of an old and of a new one; all have a table of documents."""
    if request.param == "default":
        yield "default"
        return
    if not request.config.stash:
        pytest.skip("needs the embedded server")
    settings = settings_of(server_as(request.param).endpoint)
    with alias(request.param, NAME="master", **settings), tables(request.param, Document):
        yield request.param


def authors(**pages: list[int]) -> None:
    """Authors by name, with books of so many pages."""
    for name, several in pages.items():
        author = Author.objects.create(name=name)
        for number, count in enumerate(several):
            Book.objects.create(author=author, title=f"{name}{number}", pages=count)


def test_decimals_of_grouped_queries_are_not_rounded() -> None:
    authors(a=[1, 3], b=[5])
    price = Case(When(pages__lt=4, then=Value(Decimal("1.5"))), default=Value(Decimal("0.25")),
                 output_field=DecimalField(max_digits=6, decimal_places=2))  # fmt: skip
    found = Book.objects.values(cost=price).annotate(n=Count("id")).order_by("cost")
    assert [(row["cost"], row["n"]) for row in found] == [(Decimal("0.25"), 1), (Decimal("1.5"), 2)]
    total = Book.objects.aggregate(total=Sum(price))["total"]
    assert total == Decimal("3.25")  # 1.5 + 1.5 + 0.25


def test_a_distinct_average_counts_each_value_once() -> None:
    authors(a=[100, 200, 200], b=[60])
    result = Book.objects.aggregate(all=Avg("pages"), distinct=Avg("pages", distinct=True))
    assert result == {"all": 140.0, "distinct": 120.0}  # 560 / 4, (100 + 200 + 60) / 3


def test_days_begin_at_local_midnight_in_summer_and_in_winter() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for moment in ("2024-03-30 23:30", "2024-03-31 00:30", "2024-03-31 22:30", "2024-10-27 22:30"):
        at = datetime.datetime.fromisoformat(moment).replace(tzinfo=datetime.timezone.utc)
        Event.objects.create(at=at)
    # Berlin is an hour ahead of UTC to the 31st of March, 1:00 UTC, and from the 27th of October.
    found = Event.objects.annotate(local=TruncDay("at", tzinfo=berlin)).order_by("at")
    midnights = [datetime.datetime(2024, *day, tzinfo=berlin)
                 for day in ((3, 31), (3, 31), (4, 1), (10, 27))]  # fmt: skip
    assert list(found.values_list("local", flat=True)) == midnights


def test_long_strings_in_json_are_read_in_full(using: str) -> None:
    long = "x" * 4001
    documents = Document.objects.using(using)
    documents.create(data={"a": long})
    assert documents.filter(data__a=long).count() == 1
    assert documents.values_list("data__a", flat=True).get() == long
    assert documents.filter(data__a__endswith="x").count() == 1
    assert documents.filter(data__a__isnull=False).count() == 1


def test_a_literal_has_only_the_keys_that_it_has(using: str) -> None:
    documents = Document.objects.using(using)
    documents.create(name="x")
    literal = documents.annotate(literal=Value({"a": {"b": None}}, JSONField()))
    assert literal.filter(literal__has_key="a").count() == 1
    assert literal.filter(literal__has_key="b").count() == 0
    assert literal.filter(literal__a__has_key="b").count() == 1
    assert literal.filter(literal__has_any_keys=["b", "c"]).count() == 0


def test_null_in_json_is_not_a_missing_key(using: str) -> None:
    documents = Document.objects.using(using)
    for name, data in (("null", {"a": None}), ("missing", {}), ("text", {"a": "null"})):
        documents.create(name=name, data=data)

    def names(**lookup: Any) -> list[str]:
        return sorted(documents.filter(**lookup).values_list("name", flat=True))

    assert names(data__a=None) == ["null"]
    assert names(data__a="null") == ["text"]
    assert names(data__a__isnull=True) == ["missing"]
    assert names(data__has_key="a") == ["null", "text"]


def test_a_number_in_json_is_not_its_text(using: str) -> None:
    documents = Document.objects.using(using)
    for value in (1, "1", True, 1.0, 10, 9):
        documents.create(data={"a": value})
    assert documents.filter(data__a=1).count() == 2
    assert documents.filter(data__a="1").count() == 1
    assert documents.filter(data__a=True).count() == 1
    assert documents.filter(data__a__gt=9).count() == 1


def test_blanks_at_the_end_count_in_a_length() -> None:
    Author.objects.create(name="two  ")
    assert Author.objects.values_list(Length("name"), flat=True).get() == 5


def test_random_is_another_number_in_each_row() -> None:
    authors(**{name: [] for name in "abcdefgh"})
    numbers = Author.objects.annotate(random=Random()).values_list("random", flat=True)
    assert len(set(numbers)) == 8


def test_random_order_moves_with_each_query() -> None:
    authors(**{f"a{number}": [] for number in range(20)})
    orders = {tuple(Author.objects.order_by("?").values_list("name", flat=True)) for _ in range(5)}
    assert len(orders) == 5  # 20! orders


@isolate_apps("tests")
def test_defaults_of_strings_are_unicode() -> None:
    class Sign(models.Model):
        text = models.CharField(max_length=20, db_default="it's Ω 😀")
        late = models.CharField(max_length=20, default="Ω")

        class Meta:
            app_label = "tests"

    create(Sign)
    sign = Sign.objects.create()
    assert rows("SELECT text FROM tests_sign") == [("it's Ω 😀",)]
    added = models.CharField(max_length=20, default="日本")
    added.set_attributes_from_name("added")
    with connection.schema_editor() as editor:
        editor.add_field(Sign, added)
    assert rows("SELECT late, added FROM tests_sign") == [("Ω", "日本")]
    assert sign.pk


def test_a_slice_of_distinct_values_is_sorted_by_what_is_selected() -> None:
    authors(a=[3, 1, 2, 2, 3, 1], b=[4, 4])
    pages = Book.objects.order_by("pages").distinct().values_list("pages", flat=True)
    assert list(pages[1:3]) == [2, 3]
    unordered = Book.objects.distinct().values_list("pages", flat=True)
    assert len(set(unordered[1:4])) == 3


def test_a_subquery_in_values_groups_what_is_annotated() -> None:
    authors(a=[10, 20], b=[20], c=[])
    longest = Book.objects.filter(author=OuterRef("pk")).order_by("-pages").values("pages")[:1]
    found = Author.objects.order_by().values(longest=Subquery(longest)).annotate(n=Count("id"))
    assert sorted((row["longest"] or 0, row["n"]) for row in found) == [(0, 1), (20, 2)]


def test_integers_are_divided_and_averaged_as_django_says() -> None:
    authors(a=[1, 2])
    assert Book.objects.aggregate(mean=Avg("pages"))["mean"] == 1.5
    halves = Book.objects.values_list(F("pages") / 2.0, flat=True)
    assert sorted(halves) == [0.5, 1.0]


def sql_of(queryset: Any) -> str:
    return str(queryset.query.get_compiler(queryset.db).as_sql()[0])


def test_one_alias_is_not_altered_by_another() -> None:
    authors = Author.objects.filter(name__contains="x")
    before = sql_of(authors), connection.data_types.copy()
    with alias("other", {"collation": "Latin1_General_100_BIN2", "return_rows_bulk_insert": True}):
        assert "COLLATE Latin1_General_100_BIN2" in sql_of(authors.using("other"))
        assert connections["other"].operators != connection.operators
    assert before == (sql_of(authors), connection.data_types)
