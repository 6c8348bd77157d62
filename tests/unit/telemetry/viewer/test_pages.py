"""The viewer's pages of a store with a fixed content."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.http import Http404
from django.test import Client, RequestFactory, override_settings

from mssql.telemetry import store
from mssql.telemetry.viewer import pages, plan_picture, views
from mssql.telemetry.viewer.templatetags.mssql_viewer import milliseconds
from tests.unit.telemetry.viewer.conftest import PLAN, Site


def test_statements_are_ranked_by_total_time(site: Site) -> None:
    rows = pages.statement_rows(site.store, "total")
    assert [(row.figures.name, row.figures.count) for row in rows] == [
        ("SELECT [authors]", 1),
        ("SELECT [books]", 6),
    ]
    assert rows[0].figures.total == pytest.approx(0.120)
    assert rows[0].share == 100
    assert rows[1].share == pytest.approx(100 * 0.024 / 0.120)
    assert rows[1].caller == "library/views.py:42 in authors"


@pytest.mark.parametrize("folder", ["library", Path("library")])
def test_lines_of_code_are_relative_to_the_project(site: Site, folder: object) -> None:
    with override_settings(BASE_DIR=folder):
        row = pages.statement_rows(site.store, "total")[0]
        assert row.caller == "views.py:42 in authors"
        assert row.callers == [("views.py:42 in authors", 1)]
        assert pages.requests(site.store)[0].repeats[0].caller == "views.py:42"


def test_repeats_are_called_out_from_five_on(site: Site) -> None:
    (request,) = pages.requests(site.store)
    (repeat,) = request.repeats
    assert (repeat.name, repeat.count) == ("SELECT [books]", 6)
    assert repeat.total == pytest.approx(0.024)
    assert repeat.caller == "library/views.py:42"
    assert [row.repetitions for row in pages.statement_rows(site.store, "total")] == [0, 6]


def test_the_waterfall_places_each_span_in_the_request(site: Site) -> None:
    (request,) = pages.requests(site.store)
    assert request.statements == 7
    assert request.duration == pytest.approx(0.2)
    assert request.database == pytest.approx(0.144)
    root, listing, *books = request.bars
    assert (root.depth, root.offset, root.width) == (0, 0, 100)
    assert listing.depth == 1
    assert [listing.offset, listing.width] == pytest.approx([1, 60])
    assert [bar.failed for bar in books] == [False] * 5 + [True]


def test_a_plan_is_drawn_with_costs_rows_warnings_and_the_missing_index() -> None:
    picture = plan_picture.draw(PLAN)
    assert picture is not None
    (sort,) = picture.roots
    (scan,) = sort.children
    assert (sort.icon, scan.icon) == ("sort", "scan")
    assert [sort.share, scan.share] == pytest.approx([20, 80])
    assert (sort.hot, scan.hot) == (False, True)
    assert (scan.estimated_rows, scan.actual_rows) == ("1,200", "7")
    assert sort.warnings == ("no join predicate",)
    assert picture.indexes == ("CREATE INDEX [ix_authors_name] ON [dbo].[authors] ([name])",)


@pytest.mark.parametrize("xml", ["", "<a/>", "not xml", '<!DOCTYPE x><ShowPlanXML xmlns="x"/>'])
def test_a_document_that_is_not_a_plan_is_not_drawn(xml: str) -> None:
    assert plan_picture.draw(xml) is None


def test_every_page_answers(site: Site, visitor: Client) -> None:
    ranking = visitor.get("/sql/").content.decode()
    assert ranking.index("SELECT [authors]") < ranking.index("SELECT [books]")
    assert "repeated 6× in a request" in ranking
    statement = visitor.get(f"/sql/statements/{site.listing}/").content.decode()
    assert "Clustered Index Scan" in statement
    assert "CREATE INDEX [ix_authors_name]" in statement
    assert "GET authors/" in visitor.get("/sql/requests/").content.decode()
    assert "Waterfall" in visitor.get(f"/sql/requests/{site.trace_id}/").content.decode()
    download = visitor.get(f"/sql/statements/{site.listing}/plan/")
    assert download.content.decode() == PLAN
    assert download["Content-Disposition"].endswith('.sqlplan"')


def test_no_page_asks_another_host_for_anything(site: Site, visitor: Client) -> None:
    for path in ("", f"statements/{site.listing}/", "requests/", f"requests/{site.trace_id}/"):
        page = visitor.get(f"/sql/{path}").content.decode()
        assert "http:" not in page
        assert "https:" not in page
        assert "<script" not in page


@pytest.mark.parametrize(
    "path", ["?by=password", "statements/0/", "statements/0/plan/", "requests/0/"]
)
def test_an_unknown_id_is_not_found(site: Site, visitor: Client, path: str) -> None:
    assert visitor.get(f"/sql/{path}").status_code == 404


def test_the_page_of_a_statement_without_a_plan_explains_how_to_get_one(
    site: Site, visitor: Client
) -> None:
    assert "plan_threshold" in visitor.get(f"/sql/statements/{site.book}/").content.decode()
    assert visitor.get(f"/sql/statements/{site.book}/plan/").status_code == 404


def test_clear_forgets_and_wants_a_post(site: Site, visitor: Client) -> None:
    assert visitor.get("/sql/clear/").status_code == 405
    assert visitor.post("/sql/clear/").status_code == 302
    assert site.store.statements() == []


def test_without_a_store_the_page_explains_the_set_up(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_process_store", None)
    for path in ("/sql/", "/sql/requests/"):
        page = visitor.get(path).content.decode()
        assert "Nothing is being recorded" in page
        assert "store.install(provider)" in page


def test_a_statement_that_was_forgotten_is_a_404(site: Site) -> None:
    request = RequestFactory().get("/")
    request.user = User(username="keeper", is_staff=True)
    with pytest.raises(Http404):
        views.statement(request, "0")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0.00042, "0.42 ms"), (0.0123, "12 ms"), (1.239, "1.24 s"), (0.0, "0.00 ms")],
)
def test_durations_read_well(seconds: float | None, text: str) -> None:
    assert milliseconds(seconds) == text
