"""The viewer's views."""

from __future__ import annotations

from typing import Any

import sqlparse
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from mssql.telemetry import store as stores
from mssql.telemetry.store import StatementFigures, Store
from mssql.telemetry.viewer import pages, plan_picture
from mssql.telemetry.viewer.access import guarded

LONGEST_FORMATTED = 20_000  # characters; sqlparse takes seconds for longer texts


@guarded
@require_safe
def statements(request: HttpRequest) -> HttpResponse:
    """Show the statements, ranked."""
    order = request.GET.get("by", "total")
    if order not in pages.ORDERS:
        raise Http404(f"Statements can be ordered by {', '.join(pages.ORDERS)}.")
    store = stores.process_store()
    rows = pages.statement_rows(store, order) if store else []
    context = {
        "recording": store is not None,
        "rows": rows,
        "total": sum(row.figures.total for row in rows),
        "order": order,
        "orders": pages.ORDERS,
    }
    return _page(request, "statements", "statements", context)


@guarded
@require_safe
def statement(request: HttpRequest, statement_id: str) -> HttpResponse:
    """Show one statement: text, caller, plan, and the requests that ran it."""
    store, figures = _find(statement_id)
    plan = store.plan(statement_id)
    text = figures.text
    if len(text) <= LONGEST_FORMATTED:
        text = sqlparse.format(text, reindent=True)
    context = {
        "row": pages.statement_row(store, figures),
        "text": text,
        "plan": plan_picture.draw(plan.xml) if plan else None,
        "requests": pages.requests(store, statement_id),
    }
    return _page(request, "statement", "statements", context)


@guarded
@require_safe
def plan(request: HttpRequest, statement_id: str) -> HttpResponse:
    """Return the statement's plan as a file for SQL Server Management Studio."""
    store, figures = _find(statement_id)
    latest_plan = store.plan(statement_id)
    if latest_plan is None:
        raise Http404("No plan of this statement was captured.")
    response = HttpResponse(latest_plan.xml, content_type="application/xml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{figures.id}.sqlplan"'
    return response


@guarded
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """Show the requests, the latest first."""
    store = stores.process_store()
    context = {"recording": store is not None, "requests": pages.requests(store) if store else []}
    return _page(request, "requests", "requests", context)


@guarded
@require_safe
def request_detail(request: HttpRequest, trace_id: str) -> HttpResponse:
    """Show one request as a waterfall, with the statements that it repeated."""
    store = stores.process_store()
    trace = store.trace(trace_id) if store else None
    if trace is None:
        raise Http404("That request is no longer in the store.")
    return _page(request, "request", "requests", {"shown": pages.request_of(trace)})


@guarded
@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """Delete everything that was recorded in this process."""
    store = stores.process_store()
    if store is not None:
        store.clear()
    return redirect("mssql_viewer:statements")


def _find(statement_id: str) -> tuple[Store, StatementFigures]:
    store = stores.process_store()
    figures = store.statement(statement_id) if store else None
    if store is None or figures is None:
        raise Http404("That statement is no longer in the store.")
    return store, figures


def _page(request: HttpRequest, name: str, section: str, context: dict[str, Any]) -> HttpResponse:
    return render(request, f"mssql_viewer/{name}.html", {**context, "section": section})
