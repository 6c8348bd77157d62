"""Aggregates of Django 6.0 and 6.1, and their limits in T-SQL."""

from __future__ import annotations

from typing import Any

import django
import pytest
from django.db import NotSupportedError
from django.db.models import F, Value, Window, aggregates
from django.db.models.functions import Concat

from tests.models import Author, Book, Document

newer: Any = aggregates

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(django.VERSION < (6, 0), reason="StringAgg came with Django 6.0"),
]


@pytest.fixture(autouse=True)
def library() -> None:
    author = Author.objects.create(name="Ann")
    for title in ("b", "a", "c"):
        Book.objects.create(title=title, author=author)


@pytest.mark.parametrize("delimiter", [F("author__name"), Concat(Value(","), Value(" "))])
def test_a_delimiter_other_than_a_value_is_refused(delimiter: Any) -> None:
    with pytest.raises(NotSupportedError, match=r"Value\(\).*8733"):
        Book.objects.aggregate(x=newer.StringAgg("title", delimiter))


def test_a_constant_has_no_effect_on_the_order() -> None:
    found = Book.objects.aggregate(x=newer.StringAgg("title", Value(""), order_by=Value(1)))
    assert sorted(found["x"]) == ["a", "b", "c"]
    by_title = newer.StringAgg("title", Value(""), order_by=[Value("x"), "-title"])
    assert Book.objects.aggregate(x=by_title) == {"x": "cba"}


def test_texts_are_ordered_by_a_value_in_json() -> None:
    for name, number in (("two", 2), ("ten", 10), ("one", 1)):
        Document.objects.create(name=name, data={"n": number})
    by_number = newer.StringAgg("name", Value(" "), order_by="data__n")
    assert Document.objects.aggregate(x=by_number) == {"x": "one two ten"}


def test_string_agg_over_a_window_is_refused() -> None:
    window = Window(newer.StringAgg("title", Value(",")), partition_by="author")
    with pytest.raises(NotSupportedError, match=r"StringAgg\(\) over a window .*4113"):
        list(Book.objects.annotate(x=window))
