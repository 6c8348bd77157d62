"""Window functions, with answers worked out by hand."""

from __future__ import annotations

from typing import Any

import django
import pytest
from django.db.models import Avg, F, Max, Prefetch, Q, RowRange, Sum, Value, ValueRange, Window
from django.db.models.functions import (
    CumeDist,
    DenseRank,
    FirstValue,
    Lag,
    LastValue,
    Lead,
    Ntile,
    PercentRank,
    Rank,
    RowNumber,
)

from tests.models import Author, Book

pytestmark = pytest.mark.django_db

BY_PAGES, BY_PAGES_AND_TITLE = "pages", ["pages", "title"]


@pytest.fixture(autouse=True)
def library() -> None:
    """Ann has books of 100, 200 and 200 pages, Bob one of 50."""
    for title, name, pages in (("A1", "Ann", 100), ("A2", "Ann", 200), ("A3", "Ann", 200),
                               ("B1", "Bob", 50)):  # fmt: skip
        author, _ = Author.objects.get_or_create(name=name)
        Book.objects.create(title=title, author=author, pages=pages)


@pytest.mark.parametrize(
    ("window", "expected"),  # for A1, A2, A3, B1
    [
        (Window(Rank(), order_by=BY_PAGES), [2, 3, 3, 1]),
        (Window(Rank(), order_by="-pages"), [3, 1, 1, 4]),
        (Window(DenseRank(), order_by="-pages"), [2, 1, 1, 3]),
        (Window(PercentRank(), order_by="-pages"), [2 / 3, 0, 0, 1]),
        (Window(CumeDist(), order_by=BY_PAGES), [0.5, 1, 1, 0.25]),
        (Window(Ntile(2), order_by=BY_PAGES_AND_TITLE), [1, 2, 2, 1]),
        (Window(Ntile(3), order_by=BY_PAGES_AND_TITLE), [1, 2, 3, 1]),
        (Window(Lag("title"), order_by=BY_PAGES_AND_TITLE), ["B1", "A1", "A2", None]),
        (
            Window(Lag("title", 2, Value("none")), order_by=BY_PAGES_AND_TITLE),
            ["none", "B1", "A1", "none"],
        ),
        (Window(Lead("pages", default=0), order_by="title"), [200, 200, 50, 0]),
        (Window(Lead("pages"), partition_by="author", order_by="title"), [200, 200, None, None]),
        (
            Window(FirstValue("title"), partition_by="author", order_by=["-pages", "title"]),
            ["A2", "A2", "A2", "B1"],
        ),
        (
            Window(LastValue("title"), partition_by="author", order_by="title",
                   frame=RowRange(start=0, end=None)),
            ["A3", "A3", "A3", "B1"],
        ),
        (
            Window(Sum("pages"), order_by="title", frame=RowRange(start=-1, end=1)),
            [300, 500, 450, 250],
        ),
        (
            Window(Avg("pages"), order_by="title", frame=RowRange(start=-1, end=0)),
            [100, 150, 200, 125],
        ),
        (
            Window(Sum("pages"), order_by="title", frame=RowRange(start=1, end=2)),
            [400, 250, 50, None],
        ),
        (Window(Sum("pages"), order_by=BY_PAGES), [150, 550, 550, 50]),
        (
            Window(Sum("pages"), order_by=BY_PAGES, frame=ValueRange(start=0, end=None)),
            [500, 400, 400, 550],
        ),
        (Window(Max("pages"), partition_by=["author"]), [200, 200, 200, 50]),
        (Window(Sum("pages", filter=Q(title__gt="A1"))), [450] * 4),
        (F("pages") - Window(Max("pages"), partition_by="author"), [-100, 0, 0, 0]),
    ],
)  # fmt: skip
def test_a_window(window: Any, expected: list[Any]) -> None:
    rows = Book.objects.annotate(result=window).order_by("title").values_list("result", flat=True)
    assert list(rows) == expected


def test_rows_are_filtered_ordered_and_sliced_by_windows() -> None:
    rank = Window(DenseRank(), order_by="-pages")
    books = Book.objects.annotate(rank=rank)
    assert [book.title for book in books.filter(rank__lte=2).order_by("title")] == [
        "A1", "A2", "A3",
    ]  # fmt: skip
    assert [book.title for book in Book.objects.order_by(rank.copy(), "-title")] == [
        "A3", "A2", "A1", "B1",
    ]  # fmt: skip
    assert [book.title for book in books.order_by("-rank", "title")[1:3]] == ["A1", "A2"]
    assert books.filter(rank=1, title__gt="A2").count() == 1
    assert books.filter(Q(rank=3) | Q(title="A1")).count() == 2


@pytest.mark.parametrize("function", [Rank(), DenseRank(), RowNumber(), Lag("pages"), Ntile(2)])
def test_ranking_functions_ignore_frames(function: Any) -> None:
    def values(**frame: Any) -> list[Any]:
        window = Window(function, order_by=["pages", "title"], **frame)
        return list(Book.objects.annotate(x=window).order_by("title").values_list("x", flat=True))

    # SQL Server would refuse the frame (error 10752).
    assert values(frame=RowRange(start=-1, end=0)) == values()


@pytest.mark.parametrize("keys", [None, []], ids=str)
def test_rows_may_be_numbered_in_any_order(keys: Any) -> None:
    numbers = Book.objects.annotate(n=Window(RowNumber(), order_by=keys)).values_list(
        "n", flat=True
    )
    assert sorted(numbers) == [1, 2, 3, 4]


@pytest.mark.skipif(django.VERSION < (4, 2), reason="Django 4.2")
def test_a_sliced_prefetch_without_an_order() -> None:
    first = Prefetch("books", Book.objects.order_by()[:1], to_attr="some")
    authors = Author.objects.prefetch_related(first)
    assert [len(author.some) for author in authors] == [1, 1]
