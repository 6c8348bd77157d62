"""Numeric functions and operators, answered by the server."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import DecimalField, F, FloatField, Value
from django.db.models.functions import Ceil, Log, Mod, Round
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.models import Author, Book, Everything

pytestmark = pytest.mark.django_db

BIGINT = st.integers(-(2**63), 2**63 - 1)
few = settings(max_examples=30)


def value_of(expression: Any, **values: Any) -> Any:
    row = Everything.objects.create(**values)
    return Everything.objects.annotate(x=expression).values_list("x", flat=True).get(pk=row.pk)


def book(price: str) -> None:
    """A book whose price is in a column of numeric(8, 2)."""
    author = Author.objects.create(name="x")
    Book.objects.create(title="x", author=author, price=Decimal(price))


def shifted_by(column: Any) -> Any:
    return F("big").bitrightshift(F(column))  # type: ignore[arg-type]


@few
@given(number=BIGINT, places=st.integers(0, 70))
@example(number=2**63 - 1, places=0)
@example(number=-(2**63), places=62)
@example(number=-(2**63), places=63)
@example(number=-1, places=64)
@example(number=2**53 + 1, places=1)
def test_a_shift_to_the_right_equals_python(number: int, places: int) -> None:
    assert value_of(F("big").bitrightshift(places), big=number) == number >> places
    by_column = shifted_by("small")
    assert value_of(by_column, big=number, small=places) == number >> places


def test_a_shift_of_null_is_null() -> None:
    assert value_of(F("big").bitrightshift(3)) is None
    assert value_of(shifted_by("small"), big=1) is None
    assert value_of(shifted_by("small"), small=64) is None


@pytest.mark.parametrize(
    ("base", "number"), [(2, 8), (10, 1000), (2.5, 6.25), (0.5, 8), (math.e, 10), (10, 0.001)]
)
def test_the_base_of_a_logarithm_may_be_any_number(base: float, number: float) -> None:
    assert value_of(Log(Value(base), "ratio"), ratio=number) == pytest.approx(
        math.log(number, base)
    )
    assert value_of(Log("ratio", Value(number)), ratio=base) == pytest.approx(
        math.log(number, base)
    )


@few
@given(dividend=st.integers(-(2**62), 2**62), divisor=st.integers(1, 2**40))
@example(dividend=2**60, divisor=3)
@example(dividend=-(2**60), divisor=2**30 + 1)
@example(dividend=0, divisor=7)
def test_the_remainder_of_whole_floats_is_exact(dividend: int, divisor: int) -> None:
    found = value_of(Mod("ratio", Value(float(divisor))), ratio=float(dividend))
    assert found == math.fmod(float(dividend), float(divisor))


@pytest.mark.parametrize(
    ("dividend", "divisor"), [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (1e300, 7e299), (0.5, 3e-5)]
)
def test_the_remainder_of_other_floats_has_the_sign_of_the_dividend(
    dividend: float, divisor: float
) -> None:
    found = value_of(Mod("ratio", Value(divisor)), ratio=dividend)
    assert found == pytest.approx(math.fmod(dividend, divisor), abs=1e-12)


@pytest.mark.parametrize(
    ("price", "digits", "expected"),
    [
        ("999999.99", 0, "1000000"),
        ("999999.99", 1, "1000000"),
        ("-999999.99", 0, "-1000000"),
        ("999999.99", -6, "1000000"),
        ("0.05", 1, "0.1"),
        ("1.25", 1, "1.3"),
        ("123.45", 2, "123.45"),
    ],
)
def test_rounding_may_need_a_digit_more_than_the_column_has(
    price: str, digits: int, expected: str
) -> None:
    book(price)
    books = Book.objects.annotate(x=Round("price", precision=digits))
    assert books.get().x == Decimal(expected)
    assert books.filter(x=Decimal(expected)).count() == 1


def test_rounding_keeps_the_decimal_places_of_its_argument() -> None:
    book("12.45")
    product = Round(F("price") * Value(Decimal("0.1")), precision=2, output_field=DecimalField())
    assert Book.objects.annotate(x=product).get().x == Decimal("1.25")  # of 1.245, not of 1.24
    literal = Round(Value(Decimal("9.9")), precision=0)
    assert Book.objects.annotate(x=literal).get().x == Decimal("10")


def test_rounding_of_integers_and_floats() -> None:
    assert value_of(Round("small", precision=-1), small=32767) == 32770
    assert value_of(Round("big", precision=-2), big=-1250) == -1300
    assert value_of(Round("ratio", precision=1), ratio=2.25) == 2.3
    assert value_of(Round(Ceil("ratio"), output_field=FloatField()), ratio=2.25) == 3.0
