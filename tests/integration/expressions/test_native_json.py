"""Columns of the type json: their content, and queries that require text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, connections, transaction
from django.db.models import Count, F, JSONField, Max, Q, Value, Window
from django.db.models.functions import Cast, Coalesce, JSONObject, Length, Replace, RowNumber
from django.test.utils import isolate_apps

from tds_embedded.server import Server
from tests.databases import alias, settings_of, tables
from tests.models import Document
from tests.tables import models

pytestmark = pytest.mark.django_db


@pytest.fixture
def native(server_as: Callable[[str], Server]) -> Iterator[Any]:
    """The documents of a database of SQL Server 2025 whose JSONFields are of the type json."""
    settings = settings_of(server_as("2025").endpoint)
    options = {**settings.pop("OPTIONS"), "native_json": True}
    with alias("native", options, NAME="master", **settings), tables("native", Document):
        yield Document.objects.using("native")


@pytest.fixture
def three(native: Any) -> Any:
    for name, data in (("b", {"k": [1, 2]}), ("a", [1]), ("c", None), ("d", [1])):
        native.create(name=name, data=data)
    return native


def names(documents: Any) -> list[str]:
    return [document.name for document in documents]


def test_groups_of_models_with_documents(three: Any) -> None:
    found = three.annotate(n=Count("pk")).order_by("name")
    assert [(document.data, document.n) for document in found] == [
        ([1], 1),
        ({"k": [1, 2]}, 1),
        (None, 1),
        ([1], 1),
    ]
    groups = three.values("data").annotate(n=Count("pk")).order_by("-n", "data")
    assert [(group["data"], group["n"]) for group in groups] == [
        ([1], 2),
        (None, 1),
        ({"k": [1, 2]}, 1),
    ]


def test_distinct_documents(three: Any) -> None:
    assert three.values("data").distinct().count() == 3
    assert len(three.values_list("data", flat=True).distinct()) == 3
    assert three.aggregate(n=Count("data", distinct=True), m=Count("data"))["n"] == 2
    assert len(three.distinct()) == 4
    assert names(three.order_by("data", "name").distinct("data")) == ["c", "a", "b"]


def test_documents_in_order(three: Any) -> None:
    assert names(three.order_by("data", "name")) == ["c", "a", "d", "b"]
    assert names(three.order_by("-data", "name")[:2]) == ["b", "a"]
    assert names(three.order_by(F("data").desc(nulls_first=True), "name")) == ["c", "b", "a", "d"]
    numbered = three.annotate(
        row=Window(RowNumber(), partition_by="data", order_by=["data", "name"])
    )
    assert sorted((document.name, document.row) for document in numbered) == [
        ("a", 1),
        ("b", 1),
        ("c", 1),
        ("d", 2),
    ]
    assert json.loads(three.aggregate(last=Max(Cast("data", models.TextField())))["last"]) == {
        "k": [1, 2]
    }


def test_unions_of_documents(three: Any) -> None:
    union = three.filter(name="a").union(three.filter(name="b"))
    assert union.count() == 2
    assert names(union.order_by("name")) == ["a", "b"]
    values = (
        three.filter(name="a").values_list("data").union(three.filter(name="d").values_list("data"))
    )
    assert list(values) == [([1],)]
    assert three.filter(name__in="ab").values("data").difference(
        three.filter(name="d").values("data")
    ).count() == 1  # fmt: skip
    assert three.filter(name="a").union(three.order_by("name")[1:2]).count() == 2


def test_documents_compared_with_each_other(three: Any) -> None:
    assert names(three.filter(data=F("data")).order_by("name")) == ["a", "b", "d"]
    assert names(three.filter(data__k=[1, 2])) == ["b"]
    assert names(three.filter(data__in=[[1], {"k": [1, 2]}]).order_by("name")) == ["a", "b", "d"]
    assert names(three.exclude(data=[1]).order_by("name")) == ["b", "c"]
    inner = three.filter(name="a").values("data")[:1]
    assert names(three.filter(data=inner).order_by("name")) == ["a", "d"]


def test_is_null_reads_the_bare_column(three: Any) -> None:
    found = three.filter(data__isnull=True)
    assert names(found) == ["c"]
    assert "[data] IS NULL" in str(found.query)
    assert names(three.filter(data__isnull=False, data__0=1).order_by("name")) == ["a", "d"]


def test_functions_of_text(three: Any) -> None:
    assert three.annotate(n=Length("data")).get(name="a").n == 3
    replaced = Replace("data", Value("1"), Value("9"), output_field=models.TextField())
    assert three.annotate(t=replaced).get(name="a").t == "[9]"
    assert names(three.filter(data__regex=r"^\[1").order_by("name")) == ["a", "d"]
    assert names(three.filter(data__icontains="K")) == ["b"]
    other = Coalesce("data", Value({"none": 0}, JSONField()))
    assert three.annotate(other=other).get(name="c").other == {"none": 0}
    assert three.annotate(o=JSONObject(d="data")).get(name="a").o == {"d": [1]}


@pytest.mark.parametrize("scalar", ["text", 7, 1.5, True])
def test_scalars_are_refused_before_they_are_sent(native: Any, scalar: Any) -> None:
    document = native.create(data={})
    for store in (
        lambda: native.create(data=scalar),
        lambda: native.bulk_create([Document(data=scalar)]),
        lambda: native.update(data=scalar),
        lambda: native.bulk_update([Document(pk=document.pk, data=scalar)], ["data"]),
    ):
        refused = pytest.raises(DataError, match=r"tests.Document.data: .* only objects and arrays")
        with refused, transaction.atomic(using="native"):
            store()  # type: ignore[no-untyped-call]
    assert native.get().data == {}


def test_the_null_of_json_is_refused(native: Any) -> None:
    with pytest.raises(DataError, match=r"use None for NULL"):
        native.create(data=Value(None, JSONField()))


NUMBERS: list[Any] = [
    1e-11,
    1.23456789e-05,
    -4e-20,
    1e16,
    1.5e22,
    0.1,
    10**30,
    12345678901234567890.0,
    -(2**63),
    0,
]


@pytest.mark.parametrize("number", NUMBERS, ids=str)
def test_numbers_are_returned_unchanged(native: Any, number: Any) -> None:
    """With an exponent they would go through decimal(38, 10): 1e-11 would be 0."""
    document = {"n": number, "text": '1e-11 and \\"1e5\\" \u00e9', "many": [number, "1e3"]}
    pk = native.create(data=document).pk
    assert native.get(pk=pk).data == document
    assert type(native.get(pk=pk).data["n"]) is type(number)
    assert native.get(data__n=number).pk == pk
    native.filter(pk=pk).update(data=[number])
    native.bulk_update(native.all(), ["data"])
    assert native.get(data=[number]).data == [number]


@pytest.mark.parametrize("number", [1e-300, 1e300, 10**40, -(10**38)], ids=str)
def test_numbers_too_long_for_the_type_are_refused(native: Any, number: Any) -> None:
    with pytest.raises(DataError, match="numbers of up to 38 digits"):
        native.create(data=[number])


def test_returned_rows(native: Any) -> None:
    with isolate_apps("tests"):

        class Page(models.Model):
            data = JSONField(db_default=Value({"made": 1}, JSONField()))

            class Meta:
                app_label = "tests"

    with tables("native", Page):
        assert Page.objects.using("native").create().data == {"made": 1}
        made = Page.objects.using("native").bulk_create([Page(), Page(data=[2])])
        assert [page.data for page in made] == [{"made": 1}, [2]]


def test_constraints_and_indexes_over_documents(native: Any) -> None:
    with isolate_apps("tests"):

        class Page(models.Model):
            data = JSONField(null=True)

            class Meta:
                app_label = "tests"
                constraints = [
                    models.CheckConstraint(name="sized", condition=Q(data__size="s")),
                    models.CheckConstraint(name="other", condition=~Q(data={"size": "s"})),
                ]
                indexes = [models.Index("data__size", name="by_size")]

    with tables("native", Page):
        pages = Page.objects.using("native")
        pages.create(data={"size": "s", "more": 1})
        for name, document in (("sized", {"size": "m"}), ("other", {"size": "s"})):
            with pytest.raises(IntegrityError, match=name), transaction.atomic(using="native"):
                pages.create(data=document)
        pages.create(data=None)


def test_the_flags_follow_the_option(native: Any) -> None:
    assert connection.features.supports_primitives_in_json_field
    assert not connections["native"].features.supports_primitives_in_json_field
    assert JSONField().cast_db_type(connection) == "nvarchar(max)"
