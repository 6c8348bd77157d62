"""Lookups of values that do not fit their column, and of lists with expressions."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F, IntegerField, Q, Transform, Value
from django.db.models.functions import Lower
from django.db.models.lookups import In
from django.test.utils import register_lookup

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


class Remainder(Transform):
    """The remainder of a division by 3, on both sides of a lookup."""

    lookup_name = "remainder"
    bilateral = True

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> Any:  # type: ignore[override]
        lhs, params = compiler.compile(self.lhs)
        return f"{lhs} %% 3", params


class InDoubled(In):
    """A list whose values are doubled in SQL, as a package could define it."""

    lookup_name = "in_doubled"

    def batch_process_rhs(self, compiler: Any, connection: Any, rhs: Any = None) -> Any:
        sqls, params = super().batch_process_rhs(compiler, connection, rhs)
        return [f"2 * {sql}" for sql in sqls], params


def test_a_list_takes_part_in_a_bilateral_transform() -> None:
    one, two, four = (Author.objects.create(name=str(age), age=age) for age in (1, 2, 4))
    Author.objects.create(name="3", age=3)
    with register_lookup(IntegerField, Remainder):
        found = Author.objects.filter(age__remainder__in=[2, 4]).order_by("name")
        assert list(found) == [one, two, four]


def test_a_subclass_renders_its_list() -> None:
    Author.objects.create(name="1", age=1)
    four = Author.objects.create(name="4", age=4)
    with register_lookup(IntegerField, InDoubled):
        assert list(Author.objects.filter(age__in_doubled=[1, 2, 3])) == [four]
