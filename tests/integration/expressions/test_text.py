"""String functions and text lookups, answered by the server."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.db.models import CharField, F, TextField, Value
from django.db.models.functions import (
    MD5,
    SHA1,
    SHA224,
    SHA256,
    SHA512,
    Cast,
    Chr,
    Collate,
    Concat,
    Greatest,
    Least,
    Left,
    Length,
    LPad,
    NullIf,
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
from django.test.utils import isolate_apps
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.models import Author
from tests.tables import constraints, create, models

pytestmark = pytest.mark.django_db


def value_of(text: str, expression: object) -> object:
    """Return the value of the expression for an author of this name."""
    author = Author.objects.create(name=text)
    return (
        Author.objects.annotate(value=expression).values_list("value", flat=True).get(pk=author.pk)
    )


@pytest.mark.parametrize(
    ("text", "expression", "expected"),
    [
        ("two  ", Length("name"), 5),  # LEN alone returns 3
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
        ("x", Chr(Value(0x1F600)), "😀"),
        ("x", Chr(Length("name") + 64), "A"),
        ("😀", Ord("name"), 0x1F600),
        ("x", Concat("name", Value("-"), "alias"), "x-"),
        ("straße", Upper("name"), "STRAßE"),
    ],
)
def test_function(text: str, expression: object, expected: object) -> None:
    assert value_of(text, expression) == expected


@pytest.mark.parametrize(
    "function",
    [
        lambda null: Substr(null, 1, 1),
        lambda null: Left(null, 2),
        lambda null: Right(null, 2),
        lambda null: Length(null, output_field=TextField()),
        lambda null: LPad(null, 5),
        lambda null: RPad(null, 5, Value("-")),
        lambda null: LPad("name", 5, null),
        lambda null: Replace(null, Value("a"), Value("b")),
        lambda null: Replace("name", null, Value("b")),
        lambda null: Repeat(null, 2),
        lambda null: StrIndex(null, Value("a"), output_field=TextField()),
    ],
)
@pytest.mark.parametrize("null", [Value(None), Value(None, output_field=CharField())])
def test_a_null_has_a_type_in_a_string_function(function: Any, null: Value) -> None:
    assert value_of("abc", function(null)) is None
    sql = str(Author.objects.annotate(x=function(null)).query)
    assert "CAST(NULL AS nvarchar" in sql  # a bare one is refused by some: error 8116


@pytest.mark.parametrize("function", [Upper, lambda null: NullIf(null, Value("a"))])
def test_a_null_of_a_field_has_its_type_in_every_function(function: Any) -> None:
    expression = function(Value(None, output_field=CharField(max_length=7)))
    assert value_of("abc", expression) is None
    sql = str(Author.objects.annotate(x=expression).query)
    assert (
        "(CAST(NULL AS nvarchar(7))" in sql
    )  # NULLIF refuses a bare NULL as its first argument: error 4151


def test_a_null_of_a_field_without_a_type_has_no_type() -> None:
    author = Author.objects.create(name="x")
    found = Author.objects.annotate(x=Value(None, output_field=models.Field()))
    assert found.get(pk=author.pk).x is None


@isolate_apps("tests")
def test_a_padding_of_known_length_is_a_key_of_an_index() -> None:
    class Code(models.Model):
        text = models.CharField(max_length=10)

        class Meta:
            app_label = "tests"
            indexes = (
                models.Index(LPad("text", 20, Value("0")), name="left_padded"),
                models.Index(RPad("text", 20, Value("0")), name="right_padded"),
            )

    create(Code)  # nvarchar(max) is refused: error 1919
    assert {"left_padded", "right_padded"} <= set(constraints(Code))


FLOATS = (
    st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(10**17), 10**17).map(float)
    | st.decimals(-(10**7), 10**7, places=3).map(float)
)


@settings(max_examples=40)
@given(
    number=FLOATS
    | st.integers(-(10**17), 10**17).map(float)
    | st.decimals(-(10**7), 10**7, places=3).map(float)
)
@example(number=1234567.0)
@example(number=1234567.891)
@example(number=0.1 + 0.2)
@example(number=-0.5)
@example(number=1e-300)
@example(number=99999999.999999)
def test_a_float_as_text_is_still_that_float(number: float) -> None:
    found = value_of_float(number, Cast("score", CharField()))
    assert float(found) == number
    assert (
        value_of_float(number, Concat("score", Value("!"), output_field=CharField())) == found + "!"
    )


def value_of_float(number: float, expression: Any) -> Any:
    author = Author.objects.create(name="x", score=number)
    return Author.objects.annotate(x=expression).values_list("x", flat=True).get(pk=author.pk)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1234567.0, "1234567"),
        (1234567.25, "1234567.25"),
        (0.5, "0.5"),
        (-12.0, "-12"),
        (1e6, "1000000"),
    ],
)
def test_a_float_as_text_is_plain_if_it_can_be(number: float, text: str) -> None:
    assert value_of_float(number, Cast("score", TextField())) == text
    assert value_of_float(number, Left("score", 50, output_field=CharField())) == text
    assert value_of_float(number, Cast("score", CharField(max_length=3))) == text[:3]


def test_lookups_of_text_see_all_digits_of_a_float() -> None:
    Author.objects.create(name="1234567.25", score=1234567.25)
    assert Author.objects.filter(score__contains="567.2").count() == 1
    assert Author.objects.filter(score__startswith="1234567").count() == 1
    assert Author.objects.filter(score__iendswith="67.25").count() == 1
    assert Author.objects.filter(score__regex=r"^1234567\.").count() == 1
    assert Author.objects.filter(name__contains=F("score")).count() == 1
    assert Author.objects.filter(score__iexact="1234567.25").count() == 1


LONG = "[b]%_ a" * 900  # 6,300 characters, and more with the escapes that LIKE needs


@pytest.mark.parametrize("lookup", ["contains", "icontains", "startswith", "iendswith"])
def test_a_text_too_long_for_a_pattern_is_searched_without_one(lookup: str) -> None:
    text = LONG[:3500] if "contains" in lookup else LONG
    Author.objects.create(name="equal", biography=text)
    Author.objects.create(name="within", biography=f"x{text}y")
    Author.objects.create(name="before", biography=f"{text}y")
    Author.objects.create(name="after", biography=f"x{text}")
    Author.objects.create(name="other", biography=text[:-1] + "b")
    Author.objects.create(name="shorter", biography=text[1:-1])
    found = Author.objects.filter(**{f"biography__{lookup}": text})
    expected = {
        "contains": ["after", "before", "equal", "within"],
        "icontains": ["after", "before", "equal", "within"],
        "startswith": ["before", "equal"],
        "iendswith": ["after", "equal"],
    }
    assert list(found.values_list("name", flat=True)) == expected[lookup]
    assert "LIKE" not in str(found.query)  # 8,000 bytes are its limit


def test_trailing_blanks_count_in_a_long_text() -> None:
    Author.objects.create(name="without", biography="a" * 5000)
    Author.objects.create(name="with", biography="a" * 5000 + " ")
    found = Author.objects.filter(biography__startswith="a" * 5000 + " ")
    assert found.get().name == "with"
    assert Author.objects.filter(biography__endswith="a" * 4000).get().name == "without"


def test_a_text_too_long_for_a_search_is_refused() -> None:
    with pytest.raises(NotSupportedError, match=r"at most 8000 bytes .* contains has 8002"):
        Author.objects.filter(biography__contains="a" * 4001).exists()


@pytest.mark.parametrize(("function", "extreme"), [(Greatest, max), (Least, min)])
def test_the_extreme_of_long_texts(function: Any, extreme: Any) -> None:
    first, second = "a" * 9000, "a" * 8999 + "b"
    author = Author.objects.create(name="x", biography=first)
    found = Author.objects.annotate(x=function("biography", Value(second, TextField())))
    assert found.get(pk=author.pk).x == extreme(first, second)
    # More than 8,000 bytes are too many for GREATEST and LEAST.
    assert f" {function.function}(" not in str(found.query)


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


def test_a_missing_digest_is_refused_with_a_remedy() -> None:
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


def test_the_collation_of_an_expression_decides_on_case() -> None:
    Author.objects.create(name="Anna")
    names = Author.objects.annotate(exact=Collate("name", "Latin1_General_100_BIN2"))
    assert names.filter(exact="anna").count() == 0
    assert names.filter(exact="Anna").count() == 1
    assert names.filter(exact__iexact="anna").count() == 1
