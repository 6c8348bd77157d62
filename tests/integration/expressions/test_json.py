"""JSONField: stored documents, lookups and results."""

from __future__ import annotations

from typing import Any

import django
import pytest
from django.db import DataError
from django.db.models import Count, F, JSONField, Q, Value
from django.db.models.fields.json import KT
from django.db.models.functions import JSONObject

from tests.models import Document

pytestmark = pytest.mark.django_db

LONG = "x" * 5000

DATA: dict[str, Any] = {
    "object": {"a": 1, "b": {"c": [1, 2, {"d": None}]}, "t": "text", "yes": True, "f": 1.5},
    "null": {"a": None},
    "missing": {"z": "1"},
    "array": [1, "two", [3], {"four": 4}],
    "scalar": "just text",
    "number": 5,
    "json null": None,
    "long": {"a": LONG},
    "quotes": {"a'b": 1, 'c"d': 2, "e%f": 3, "[g]": 4, "h.i": 5, "ключ": 6},
}


@pytest.fixture(autouse=True)
def documents() -> None:
    for name, data in DATA.items():
        value = Value(None, JSONField()) if data is None else data
        Document.objects.create(name=name, data=value)
    Document.objects.create(name="sql null", data=None)


def names(*conditions: Q, **lookups: Any) -> list[str]:
    found = Document.objects.filter(*conditions, **lookups).order_by("pk")
    return [document.name for document in found]


def test_documents_are_returned_unchanged() -> None:
    assert dict(Document.objects.values_list("name", "data")) == {**DATA, "sql null": None}


@pytest.mark.parametrize(
    ("lookups", "expected"),
    [
        ({"data__a": 1}, ["object"]),
        ({"data__a": True}, []),
        ({"data__a": "1"}, []),
        ({"data__z": "1"}, ["missing"]),
        ({"data__z": 1}, []),
        ({"data__a": None}, ["null"]),
        ({"data__a": LONG}, ["long"]),
        ({"data__b__c__0": 1}, ["object"]),
        ({"data__b": {"c": [1, 2, {"d": None}]}}, ["object"]),
        ({"data__b__c": [2, 1, {"d": None}]}, []),
        ({"data__b__c__2__d": None}, ["object"]),
        ({"data__t": "text"}, ["object"]),
        ({"data__t": "TEXT"}, []),
        ({"data__yes": True}, ["object"]),
        ({"data__f": 1.5}, ["object"]),
        ({"data__1": "two"}, ["array"]),
        ({"data__3__four": 4}, ["array"]),
        ({"data": "just text"}, ["scalar"]),
        ({"data": 5}, ["number"]),
        ({"data": {"a": None}}, ["null"]),
        ({"data": [1, "two", [3], {"four": 4}]}, ["array"]),
        ({"data": Value(None, JSONField())}, ["json null"]),
        ({"data__isnull": True}, ["sql null"]),
        ({"data__a__isnull": False}, ["object", "null", "long"]),
        ({"data__a__in": [1, None, 7]}, ["object", "null"]),
        ({"data__f__gt": 1}, ["object"]),
        ({"data__a__lte": 1}, ["object"]),
        ({"data__t__startswith": "te"}, ["object"]),
        ({"data__t__icontains": "EX"}, ["object"]),
        ({"data__t__iexact": "TEXT"}, ["object"]),
        ({"data__a__in": [Value(1), Value(LONG), Value([1])]}, ["object", "long"]),
        ({"data__has_key": "a"}, ["object", "null", "long"]),
        ({"data__has_key": "nowhere"}, []),
        ({"data__has_keys": ["a", "b"]}, ["object"]),
        ({"data__has_any_keys": ["z", "b"]}, ["object", "missing"]),
        ({"data__b__has_key": "c"}, ["object"]),
        ({"data__contains": {"b": {"c": [2]}}}, ["object"]),
        ({"data__contains": {"b": {"c": 2}}}, []),
        ({"data__contains": [[3]]}, ["array"]),
        ({"data__contains": "two"}, ["array"]),
        ({"data__contains": {"b": {"c": [{"d": None}]}}}, ["object"]),
        ({"data__contained_by": {"a": None, "z": "1"}}, ["null", "missing"]),
        (
            {"data__contained_by": [5, 1, "two", [3, 4], {"four": 4, "five": 5}]},
            ["array", "number"],
        ),
    ],
)
def test_lookup(lookups: dict[str, Any], expected: list[str]) -> None:
    assert names(**lookups) == expected


@pytest.mark.parametrize(("key", "value"), DATA["quotes"].items())
def test_keys_of_any_characters(key: str, value: int) -> None:
    assert names(**{f"data__{key}": value}) == ["quotes"]
    assert names(data__has_key=key) == ["quotes"]
    found = Document.objects.annotate(value=F(f"data__{key}")).get(name="quotes")
    assert found.value == value


def test_exclude_does_not_return_missing_keys() -> None:
    assert names(~Q(data__has_key="a")) == [
        "missing", "array", "scalar", "number", "json null", "quotes", "sql null",
    ]  # fmt: skip
    assert len(names(data__a__isnull=True)) == 7


def test_values_under_keys_keep_their_types() -> None:
    rows = Document.objects.filter(name__in=["object", "null", "missing", "long"]).order_by("pk")
    assert list(rows.values_list("data__a", flat=True)) == [1, None, None, LONG]
    assert rows.values_list("data__z", flat=True).get(name="missing") == "1"
    assert rows.values_list("data__b__c", flat=True).get(name="object") == [1, 2, {"d": None}]
    assert rows.annotate(text=KT("data__t")).get(name="object").text == "text"


def test_negative_indexes_count_from_the_end() -> None:
    last = Document.objects.annotate(last=F("data__-1")).get(name="array").last
    assert last == {"four": 4}


def test_numbers_under_a_key_sort_as_numbers() -> None:
    Document.objects.all().delete()
    for number in (10, 9, 100):
        Document.objects.create(data={"n": number})
    rows = Document.objects.order_by("data__n").values_list("data__n", flat=True)
    assert list(rows) == [9, 10, 100]


@pytest.mark.parametrize(
    ("order", "names"),
    [
        (F("data__n").asc(), ["missing", "text", "two", "ten"]),
        (F("data__n").asc(nulls_first=True), ["missing", "text", "two", "ten"]),
        (F("data__n").asc(nulls_last=True), ["text", "two", "ten", "missing"]),
        (F("data__n").desc(), ["ten", "two", "text", "missing"]),
        (F("data__n").desc(nulls_last=True), ["ten", "two", "text", "missing"]),
        (F("data__n").desc(nulls_first=True), ["missing", "ten", "two", "text"]),
    ],
)
def test_nulls_sort_first_or_last_among_numbers_and_texts(order: Any, names: list[str]) -> None:
    Document.objects.all().delete()
    values = {"ten": {"n": 10}, "two": {"n": 2}, "text": {"n": "x"}, "missing": {}}
    Document.objects.bulk_create(Document(name=name, data=value) for name, value in values.items())
    assert list(Document.objects.order_by(order).values_list("name", flat=True)) == names


def test_grouping_by_a_key() -> None:
    Document.objects.create(name="again", data={"a": 1})
    rows = Document.objects.values("data__a").annotate(n=Count("id")).order_by("-n", "data__a")
    counted = [(row["data__a"], row["n"]) for row in rows]
    assert (1, 2) in counted
    assert (LONG, 1) in counted


def test_objects_built_by_the_server() -> None:
    made = Document.objects.annotate(
        made=JSONObject(name="name", data="data", nested=JSONObject(n=Value(1)), none=Value(None))
    ).get(name="null")
    assert made.made == {"name": "null", "data": {"a": None}, "nested": {"n": 1}, "none": None}


PAIRS = [
    ({"a": 1, "b": [1, {"c": None}]}, {"b": [{"c": None}]}),
    ({"a": 1}, {"a": 2}),
    ({"a": {"b": {"c": "x "}}}, {"a": {"b": {"c": "x"}}}),
    ([1, "two", [3]], ["two"]),
    ([1, "two", [3]], "two"),
    ([1, "two", [3]], 3),
    ([[1, 2]], [[2], [1]]),
    ({"a": [1]}, {"a": 1}),
    ({}, {}),
    ([], {}),
    (1.0, 1),
    (True, 1),
]
CONTAINED = [True, False, False, True, True, False, True, False, True, False, True, False]


@pytest.mark.parametrize(("pair", "expected"), [*zip(PAIRS, CONTAINED, strict=True)])
def test_containment_of_an_expression(pair: tuple[Any, Any], expected: bool) -> None:
    whole, part = pair
    Document.objects.create(name="pair", data={"whole": whole, "part": part})
    pairs = Document.objects.filter(name="pair")
    assert pairs.filter(data__whole__contains=F("data__part")).exists() is expected
    assert pairs.filter(data__part__contained_by=F("data__whole")).exists() is expected
    assert not Document.objects.filter(name="null", data__contains=F("data__part")).exists()


@pytest.mark.skipif(django.VERSION < (6, 1), reason="iexact=None meant isnull before")
def test_iexact_none_is_null() -> None:
    assert names(data__a__iexact=None) == ["null"]


def test_containment_of_an_expression_is_refused_if_too_deep() -> None:
    nested: Any = []
    for _ in range(10):
        nested = [nested]
    Document.objects.create(name="deep", data={"whole": nested, "part": nested})
    with pytest.raises(DataError, match="nested deeper than 8 levels"):
        Document.objects.filter(name="deep", data__whole__contains=F("data__part")).exists()
