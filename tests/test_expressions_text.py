"""String functions and text lookups, answered by the server."""

from __future__ import annotations

import hashlib

import pytest
from django.db.models import F, Value
from django.db.models.functions import (
    MD5,
    SHA1,
    SHA224,
    SHA256,
    SHA512,
    Chr,
    Collate,
    Concat,
    Left,
    Length,
    LPad,
    Ord,
    Repeat,
    Replace,
    Reverse,
    Right,
    RPad,
    StrIndex,
    Substr,
    Trim,
    Upper,
)
from django.db.utils import NotSupportedError

from .models import Author

pytestmark = pytest.mark.django_db


def value_of(text: str, expression: object) -> object:
    """What the expression gives for an author of this name."""
    author = Author.objects.create(name=text)
    return (
        Author.objects.annotate(value=expression).values_list("value", flat=True).get(pk=author.pk)
    )


@pytest.mark.parametrize(
    ("text", "expression", "expected"),
    [
        ("two  ", Length("name"), 5),  # LEN alone says 3
        ("", Length("name"), 0),
        ("Anna", Left("name", 2), "An"),
        ("Anna", Right("name", 3), "nna"),
        ("Anna", Substr("name", 2), "nna"),
        ("Anna", Substr("name", 2, 2), "nn"),
        ("ab ", LPad("name", 6, Value("xy")), "xyxab "),
        ("abcdef", LPad("name", 3, Value("-")), "abc"),
        ("ab", RPad("name", 5, Value("xy")), "abxyx"),
        ("abcdef", RPad("name", 3), "abc"),
        ("ab", Repeat("name", 3), "ababab"),
        ("Banana", Replace("name", Value("a"), Value("o")), "Bonono"),
        ("Aa", Replace("name", Value("a"), Value("-")), "A-"),
        ("abc", Reverse("name"), "cba"),
        ("banana", StrIndex("name", Value("n")), 3),
        ("banana", StrIndex("name", Value("x")), 0),
        ("  x ", Trim("name"), "x"),
        ("é", Ord("name"), 233),
        ("x", Chr(Value(8364)), "€"),
        ("x", Concat("name", Value("-"), "alias"), "x-"),
        ("straße", Upper("name"), "STRAßE"),
    ],
)
def test_function(text: str, expression: object, expected: object) -> None:
    assert value_of(text, expression) == expected


def test_padding_of_null_is_null() -> None:
    author = Author.objects.create(name="x", alias=None)
    found = Author.objects.annotate(value=LPad("alias", 5)).get(pk=author.pk)
    assert found.value is None


@pytest.mark.parametrize(
    ("function", "algorithm"),
    [(MD5, "md5"), (SHA1, "sha1"), (SHA256, "sha256"), (SHA512, "sha512")],
)
def test_digest_is_that_of_the_utf8_bytes(function: type, algorithm: str) -> None:
    text = "Ωmega 😀"
    assert value_of(text, function("name")) == hashlib.new(algorithm, text.encode()).hexdigest()


def test_missing_digest_is_refused_with_a_way_out() -> None:
    with pytest.raises(NotSupportedError, match="SHA256 or SHA512"):
        list(Author.objects.annotate(value=SHA224("name")))


@pytest.mark.parametrize(
    ("name", "pattern", "found"),
    [
        ("100% sure", "0% s", True),
        ("1000 sure", "0% s", False),
        ("a_b", "a_b", True),
        ("axb", "a_b", False),
        ("a[b]c", "[b]", True),
        ("abc", "[b]", False),
        (r"a\b", r"a\b", True),
        ("it's", "t's", True),
    ],
)
def test_wildcards_of_like_are_escaped(name: str, pattern: str, found: bool) -> None:
    Author.objects.create(name=name, alias=pattern)
    assert Author.objects.filter(name__contains=pattern).exists() is found
    assert Author.objects.filter(name__contains=F("alias")).exists() is found


def test_text_lookups_at_both_ends() -> None:
    Author.objects.create(name="Grace Hopper")
    assert Author.objects.filter(name__startswith="Grace").count() == 1
    assert Author.objects.filter(name__endswith="Hopper").count() == 1
    assert Author.objects.filter(name__startswith="Hopper").count() == 0
    assert Author.objects.filter(name__iexact="gRACE hOPPER").count() == 1
    assert Author.objects.filter(name__icontains="CE H").count() == 1


def test_collation_of_an_expression_decides_about_case() -> None:
    Author.objects.create(name="Anna")
    names = Author.objects.annotate(exact=Collate("name", "Latin1_General_100_BIN2"))
    assert names.filter(exact="anna").count() == 0
    assert names.filter(exact="Anna").count() == 1
    assert names.filter(exact__iexact="anna").count() == 1
