"""ORDER BY: keys that are constant, repeated, composite, or not selected next to DISTINCT."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Case, Exists, F, IntegerField, OuterRef, QuerySet, Value, When
from django.test.utils import CaptureQueriesContext

from tests.models import Author, Book, Seat

pytestmark = pytest.mark.django_db

AGES = {"a": 1, "b": None, "c": 2}


@pytest.fixture(autouse=True)
def _library() -> None:
    a, b, _ = (Author.objects.create(name=name, age=age) for name, age in AGES.items())
    for author, title in ((a, "x"), (a, "y"), (b, "z")):
        Book.objects.create(author=author, title=title, pages=9)


def names(authors: QuerySet[Author]) -> tuple[str, str]:
    """Return the names in their order, and the ORDER BY."""
    with CaptureQueriesContext(connection) as queries:
        text = "".join(author.name for author in authors)
    return text, queries[0]["sql"].partition(" ORDER BY ")[2]


def test_a_repeated_key_is_left_out() -> None:
    by_age = Author.objects.order_by(F("age").asc(nulls_last=True), "-age", "name")
    text, keys = names(by_age)
    assert text == "acb"
    assert keys.count("[age]") == 2  # one of them for the NULLs


def test_a_constant_key_is_left_out() -> None:
    assert names(Author.objects.order_by(Value("x"), "-name")) == (
        "cba",
        "[tests_author].[name] DESC",
    )


def test_a_composite_key_is_ordered_column_by_column() -> None:
    if Seat is None:
        pytest.skip("Django 5.2")
    Seat.objects.bulk_create([Seat(row=row, number=number) for row, number in ((1, 2), (2, 1))])
    with CaptureQueriesContext(connection) as queries:
        assert [seat.row for seat in Seat.objects.order_by("-pk")] == [2, 1]
    assert queries[0]["sql"].endswith("[row] DESC, [tests_seat].[number] DESC")


def test_distinct_rows_are_ordered_by_an_expression_with_parameters() -> None:
    b_first = Case(When(name="b", then=0), default=1, output_field=IntegerField())
    text, keys = names(Author.objects.filter(age=None).distinct().order_by(b_first, "name"))
    assert text == "b"
    assert keys.startswith("[hoisted].[c1] ASC")
    assert names(Author.objects.distinct().order_by(b_first, "name"))[0] == "bac"


def test_distinct_rows_are_ordered_by_a_subquery() -> None:
    has_books = Exists(Book.objects.filter(author=OuterRef("pk")))
    text, keys = names(Author.objects.distinct().order_by(has_books, "-name"))
    assert text == "cba"
    assert "SELECT" not in keys
