"""Items of ORDER BY."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import F, OrderBy, Value
from django.db.models.expressions import RawSQL

from tests.models import Author

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def authors() -> None:
    for name, age in (("Ann", 30), ("Bob", None), ("Cem", 20)):
        Author.objects.create(name=name, age=age)


def names(*order_by: Any) -> list[str]:
    return [author.name for author in Author.objects.order_by(*order_by)]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (F("age").asc(), ["Bob", "Cem", "Ann"]),
        (F("age").asc(nulls_last=True), ["Cem", "Ann", "Bob"]),
        (F("age").desc(), ["Ann", "Cem", "Bob"]),
        (F("age").desc(nulls_first=True), ["Bob", "Ann", "Cem"]),
    ],
)
def test_nulls_sort_first_or_last(order: OrderBy, expected: list[str]) -> None:
    assert names(order) == expected


class Backwards(OrderBy):
    """An order with a template from a project."""

    template = "REVERSE(%(expression)s) %(ordering)s"


def test_the_template_of_a_project_is_kept() -> None:
    assert names(Backwards(F("name"))) == ["Bob", "Cem", "Ann"]
    last = Backwards(F("alias"), nulls_last=True)
    sql = str(Author.objects.order_by(last).query)
    alias = "[tests_author].[alias]"
    order = f"ORDER BY CASE WHEN {alias} IS NULL THEN 1 ELSE 0 END, REVERSE({alias}) ASC"
    assert sql.endswith(order)


def test_a_constant_is_a_subquery() -> None:
    assert names(Value(1).desc(), "name") == ["Ann", "Bob", "Cem"]
    assert names(Value(1).asc(nulls_last=True), "-name") == ["Cem", "Bob", "Ann"]


def test_a_digit_is_a_position() -> None:
    values = Author.objects.values_list("name", flat=True)
    assert list(values.order_by(RawSQL("1", []).desc())) == ["Cem", "Bob", "Ann"]
    union = values.filter(age=30).union(values.filter(age=20)).order_by("-name")
    assert list(union) == ["Cem", "Ann"]
