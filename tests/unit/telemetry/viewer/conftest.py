"""A store filled as a small site would fill it, and the pages that show it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client, override_settings
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, Status, StatusCode

from mssql.telemetry import semconv, store
from mssql.telemetry.plans.publisher import CapturedPlan
from mssql.telemetry.store import Store, statement_id

MILLISECOND = 1_000_000
LIST = "SELECT [a].[id], [a].[name] FROM [authors] [a] WHERE [a].[name] LIKE @P1"
BOOK = "SELECT TOP 21 [b].[id], [b].[title] FROM [books] [b] WHERE [b].[author_id] = @P1"
PLAN = """<ShowPlanXML xmlns="http://schemas.microsoft.com/sqlserver/2004/07/showplan">
<BatchSequence><Batch><Statements>
<StmtSimple StatementText="" StatementType="SELECT" StatementSubTreeCost="0.5"
  StatementEstRows="12" QueryHash="0x0123456789ABCDEF" QueryPlanHash="0xFEDCBA9876543210">
<QueryPlan><MissingIndexes><MissingIndexGroup Impact="91.5">
<MissingIndex Schema="[dbo]" Table="[authors]"><ColumnGroup Usage="EQUALITY">
<Column Name="[name]"/></ColumnGroup></MissingIndex></MissingIndexGroup></MissingIndexes>
<RelOp NodeId="0" PhysicalOp="Sort" LogicalOp="Sort" EstimateRows="12"
  EstimatedTotalSubtreeCost="0.5"><Warnings NoJoinPredicate="1"/><Sort>
<RelOp NodeId="1" PhysicalOp="Clustered Index Scan" LogicalOp="Clustered Index Scan"
  EstimateRows="1200" EstimatedTotalSubtreeCost="0.4"><RunTimeInformation>
<RunTimeCountersPerThread Thread="0" ActualRows="7" ActualExecutions="1"/></RunTimeInformation>
<IndexScan><Object Schema="[dbo]" Table="[authors]" Index="[pk_authors]"/></IndexScan>
</RelOp></Sort></RelOp></QueryPlan></StmtSimple></Statements></Batch></BatchSequence></ShowPlanXML>"""


@dataclass(frozen=True)
class Site:
    """The recordings of the fixture."""

    store: Store
    listing: str
    book: str
    trace_id: str


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """One request with a slow listing, which has a plan, and a statement repeated for each row."""
    kept = Store()
    monkeypatch.setattr(store, "_process_store", kept)
    provider = TracerProvider()
    provider.add_span_processor(kept)
    tracer = provider.get_tracer("site")
    begin = 1_800_000_000_000_000_000

    def statement(text: str, name: str, start: int, length: int, failed: bool = False) -> None:
        span = tracer.start_span(
            name,
            kind=SpanKind.CLIENT,
            start_time=begin + start * MILLISECOND,
            attributes={
                semconv.DB_SYSTEM_NAME: semconv.SYSTEM_NAME,
                semconv.DB_NAMESPACE: "library",
                semconv.DB_QUERY_TEXT: text,
                semconv.DB_RESPONSE_RETURNED_ROWS: 3,
                semconv.CODE_FILE_PATH: "library/views.py",
                semconv.CODE_LINE_NUMBER: 42,
                semconv.CODE_FUNCTION_NAME: "authors",
            },
        )
        if failed:
            span.set_status(Status(StatusCode.ERROR, "Invalid object name"))
        span.end(begin + (start + length) * MILLISECOND)

    with tracer.start_as_current_span(
        "GET authors/", kind=SpanKind.SERVER, start_time=begin, end_on_exit=False
    ) as root:
        statement(LIST, "SELECT [authors]", 2, 120)
        for row in range(6):
            statement(BOOK, "SELECT [books]", 130 + 10 * row, 4, failed=row == 5)
    root.end(begin + 200 * MILLISECOND)
    kept.on_plan(
        CapturedPlan(
            namespace="library",
            summary="SELECT [authors]",
            text=LIST,
            xml=PLAN,
            kind="estimated",
            source="showplan",
            query_hash="0x0123456789ABCDEF",
            plan_hash="0xFEDCBA9876543210",
            cost=0.5,
            warnings=(),
            span_context=root.get_span_context(),
        )
    )
    yield Site(
        kept,
        statement_id("library", "SELECT [authors]", LIST),
        statement_id("library", "SELECT [books]", BOOK),
        f"{root.get_span_context().trace_id:032x}",
    )
    provider.shutdown()


@pytest.fixture
def visitor() -> Iterator[Client]:
    """A browser on the developer's machine while DEBUG is on."""
    with override_settings(DEBUG=True, INTERNAL_IPS=["127.0.0.1"]):
        yield Client()
