"""Feature flags of the backend."""

from __future__ import annotations

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections

from mssql.features import DatabaseFeatures
from mssql.tsql.capabilities import ServerInfo
from tests.models import Author, Book


def test_flags_that_other_backends_for_sql_server_deny() -> None:
    features = connection.features
    assert features.can_distinct_on_fields
    assert features.can_return_rows_from_bulk_insert
    assert features.supports_ignore_conflicts
    assert features.supports_update_conflicts
    assert features.has_select_for_update_of
    assert features.supports_json_field_contains
    assert features.supports_explaining_query_execution


@pytest.mark.django_db
def test_explaining_gives_the_plan_and_changes_nothing() -> None:
    author = Author.objects.create(name="x", age=1)
    books = Book.objects.filter(author__age=1).select_related("author")
    assert "ShowPlanXML" in books.explain(format="xml")
    assert "tests_book" in books.explain()
    assert "RunTimeInformation" in books.explain(format="xml", analyze=True)
    with pytest.raises(ValueError, match="JSON is not a recognized format"):
        books.explain(format="json")
    assert Author.objects.get(pk=author.pk).name == "x"


def test_the_collation_decides_about_case(monkeypatch: pytest.MonkeyPatch) -> None:
    for collation, ignores_case in (("Latin1_General_100_CI_AS", True), ("Greek_CS_AS", False)):
        server = ServerInfo("16.0.1000.6", 3, 160, collation)
        monkeypatch.setattr(connections[DEFAULT_DB_ALIAS], "_server", server)
        features = DatabaseFeatures(connection)
        assert features.has_case_insensitive_like is ignores_case
        assert features.ignores_table_name_case is ignores_case


def test_capabilities_decide_about_the_sql(monkeypatch: pytest.MonkeyPatch) -> None:
    old = ServerInfo("13.0.5026.0", 3, 130, "SQL_Latin1_General_CP1_CI_AS")
    monkeypatch.setattr(connections[DEFAULT_DB_ALIAS], "_server", old)
    from django.db.models.functions import Greatest, TruncMonth

    assert "GREATEST" not in str(Author.objects.annotate(x=Greatest("age", "age")).query)
    assert "DATETRUNC" not in str(Book.objects.annotate(x=TruncMonth("published")).query)


@pytest.mark.django_db
def test_extremes_without_greatest_pass_nulls_by(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db.models import Count, IntegerField, Value
    from django.db.models.functions import Greatest, Least

    ann, bob = Author.objects.create(name="Ann", age=30), Author.objects.create(name="Bob")
    Book.objects.bulk_create([Book(title=title, author=ann) for title in "ab"])
    old = ServerInfo("13.0.5026.0", 3, 130, "SQL_Latin1_General_CP1_CI_AS")
    monkeypatch.setattr(connections[DEFAULT_DB_ALIAS], "_server", old)
    extremes = Author.objects.annotate(
        most=Greatest("age", Value(20), Count("books")),
        least=Least("age", Value(None, IntegerField()), Count("books")),
    )
    assert list(extremes.order_by("pk").values_list("pk", "most", "least")) == [
        (ann.pk, 30, 2),
        (bob.pk, 20, 0),
    ]
