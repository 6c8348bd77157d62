"""Lookups of values that do not fit their column, and of lists with expressions."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.db.models import F, Q, Value
from django.db.models.functions import Lower

from tests.models import Author, Book, Event, Everything

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "condition",
    [
        Q(pk__iexact="abc"),
        Q(age__iexact="abc"),
        Q(score__iexact="abc"),
        Q(is_active__iexact="abc"),
        Q(books__id__iexact="abc"),
        Q(books__price__iexact="abc"),
        Q(books__published__year__iexact="abc"),
        Q(books__published__iexact="abc"),
        Q(pk__iexact="05"),
        Q(pk__iexact=""),
        Q(pk__iexact=F("name")),
    ],
    ids=str,
)
def test_iexact_finds_nothing_for_another_text(condition: Q) -> None:
    author = Author.objects.create(name="Ann", age=5, score=1.5)
    Book.objects.create(author=author, price=Decimal("1.50"), published=datetime.date(2024, 1, 2))
    assert not Author.objects.filter(condition).exists()
    assert list(Author.objects.filter(condition | Q(name__iexact="ANN"))) == [author]


def test_iexact_finds_equal_texts() -> None:
    author = Author.objects.create(name="Ann", age=-5)
    book = Book.objects.create(
        author=author, price=Decimal("1.50"), published=datetime.date(2024, 1, 2)
    )
    assert Author.objects.get(pk__iexact=str(author.pk)) == author
    assert Author.objects.get(pk__iexact=author.pk) == author
    assert Author.objects.get(age__iexact="-5") == author
    assert Book.objects.get(price__iexact="1.50") == book
    assert Book.objects.get(published__year__iexact="2024") == book
    assert Event.objects.filter(length__iexact="abc").count() == 0
    assert Everything.objects.filter(big__iexact="abc").count() == 0


def test_a_list_may_contain_expressions() -> None:
    names = "abcdefghijk"
    Author.objects.bulk_create(Author(name=name) for name in names)
    assert Author.objects.filter(name__in=list(map(Value, names))).count() == len(names)
    mixed = Author.objects.filter(name__in=[Lower(Value("A")), "b", Value(None)])
    assert {author.name for author in mixed} == {"a", "b"}
