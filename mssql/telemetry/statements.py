"""What is known of a statement from its text alone, worked out once for each text."""

from __future__ import annotations

from copy import copy
from functools import lru_cache
from types import FrameType
from typing import Any, Mapping

from mssql.telemetry import caller, semconv
from mssql.telemetry.sanitize import sanitize
from mssql.telemetry.sdk.measurements import AttributeSet
from mssql.telemetry.summary import LONGEST, LONGEST_TEXT, Summary, of_procedure, summarize
from mssql.tsql import scanner

# Texts kept, and the longest text kept, in characters: together the bound of the cache's memory.
CACHED_TEXTS = 1000
LONGEST_CACHED = 10 * 1024
# Places in the application that run the same text, kept with their attributes.
CACHED_CALLERS = 8

_EXPLAINED = frozenset(("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"))


class Statement:
    """A statement's name and attributes, shared by all its executions.

    `sql` is the text that ran; `name` is the span's; `attributes` are given to the span at its
    creation; `measured` are the metrics' attributes; `text` is db.query.text; `several` says that
    more than one result may come back; `explained` that it has a query plan which another session
    can ask for.
    """

    __slots__ = (
        *("_callers", "_endpoint", "attributes", "explained", "is_batch", "measured", "name"),
        *("several", "sql", "summary", "text"),
    )

    def __init__(self, endpoint: Endpoint, sql: str, summary: Summary, text: str) -> None:
        self.sql = sql
        self.summary = summary.text
        self.name = summary.text or endpoint.fallback_name
        self.text = text
        self.several = summary.several
        self.is_batch = False
        self.explained = (
            not summary.temporary
            and not _EXPLAINED.isdisjoint(summary.operations)
            and "EXECUTE" not in summary.operations
        )
        self.measured = endpoint.measured_as(summary.text, summary.procedure)
        named: dict[str, Any] = {**self.measured}
        if endpoint.query_text and text:
            named[semconv.DB_QUERY_TEXT] = text
        named.update(endpoint.unmeasured)
        # Plain dicts, though shared: they are merged three times as fast as read-only views.
        self.attributes: Mapping[str, Any] = named
        self._endpoint = endpoint
        self._callers: dict[tuple[str, str, int, int], Mapping[str, Any]] = {}

    def called_from(self, frame: FrameType) -> Mapping[str, Any]:
        """The attributes, and those of the application's frame that runs the statement."""
        code = frame.f_code
        # Not the line: finding it takes as long as all the rest.
        place = (code.co_filename, code.co_name, code.co_firstlineno, frame.f_lasti)
        known = self._callers.get(place)
        if known is None:
            known = {**self.attributes, **caller.attributes(frame)}
            if self._endpoint.mirrored:
                known[semconv.CALLER] = caller.as_text(frame)
            if len(self._callers) < CACHED_CALLERS:
                self._callers[place] = known
        return known

    def batch(self, size: int) -> Statement:
        """This statement run with `size` parameter sets; one set is no batch."""
        if size == 1:
            return self
        batch = self._renamed("BATCH")
        batch.attributes = {**batch.attributes, semconv.DB_OPERATION_BATCH_SIZE: size}
        batch.is_batch = True
        return batch

    def explaining(self) -> Statement:
        """The request for this statement's plan, which has no plan itself."""
        request = self._renamed("EXPLAIN")
        request.several = request.explained = False
        return request

    def _renamed(self, operation: str) -> Statement:
        """A copy with an operation before those of the summary."""
        renamed = copy(self)
        name = f"{operation} {self.summary}" if self.summary else operation
        renamed.name = renamed.summary = name if len(name) <= LONGEST else operation
        procedure = self.measured.get(semconv.DB_STORED_PROCEDURE_NAME)
        renamed.measured = self._endpoint.measured_as(renamed.summary, procedure)
        renamed.attributes = {**self.attributes, semconv.DB_QUERY_SUMMARY: renamed.summary}
        renamed._callers = {}
        return renamed


class Endpoint:
    """A database as the conventions name it, with the statements that were sent to it.

    One is shared by all connections of an alias, so that memory does not grow with the number of
    threads. `measured` are the attributes of its spans and metrics, `unmeasured` those of its spans
    alone, `attributes` both; `mirrored` says that Azure Monitor's exporter is to keep what it
    would drop.
    """

    def __init__(
        self,
        address: str,
        port: int,
        namespace: str,
        query_text: bool = True,
        alias: str = "",
        mirrored: bool = False,
    ) -> None:
        self.namespace = namespace
        self.query_text = query_text
        self.mirrored = mirrored
        self.fallback_name = namespace or semconv.SYSTEM_NAME
        self.measured: dict[str, Any] = {semconv.DB_SYSTEM_NAME: semconv.SYSTEM_NAME}
        if namespace:
            self.measured[semconv.DB_NAMESPACE] = namespace
        if address:
            self.measured[semconv.SERVER_ADDRESS] = address
            if port != semconv.DEFAULT_PORT:
                self.measured[semconv.SERVER_PORT] = port
        self.unmeasured = {semconv.DJANGO_ALIAS: alias} if alias else {}
        self.attributes: dict[str, Any] = {**self.measured, **self.unmeasured}
        self._cached = lru_cache(maxsize=CACHED_TEXTS)(self._described)
        self.measured_as = lru_cache(maxsize=CACHED_TEXTS)(self._measured_as)

    def statement(self, sql: str, parameterized: bool) -> Statement:
        """The statement of the text `sql`; `parameterized` where its values are bound to it."""
        if len(sql) <= LONGEST_CACHED:
            return self._cached(sql, parameterized)
        return self._described(sql, parameterized)

    def _described(self, sql: str, parameterized: bool) -> Statement:
        text = sql[:LONGEST_TEXT]
        pieces = scanner.pieces(text)
        summary = summarize(sql, pieces)
        # The conventions: a parameterized text is not sanitized.
        return Statement(self, sql, summary, text if parameterized else sanitize(text, pieces))

    def _measured_as(self, summary: str, procedure: str | None) -> AttributeSet:
        """Return what statements with a summary are measured under: one set for all of them."""
        measured = AttributeSet(self.measured)
        if summary:
            measured[semconv.DB_QUERY_SUMMARY] = summary
        if procedure:
            measured[semconv.DB_STORED_PROCEDURE_NAME] = procedure
        return measured

    def explanation(self, sql: str, parameterized: bool) -> Statement:
        """The request for the plan of the statement of the text `sql`."""
        return self.statement(sql, parameterized).explaining()

    def procedure(self, name: str, parameterized: bool = True) -> Statement:
        """The statement that calls the stored procedure `name`."""
        return Statement(self, name, of_procedure(name), "")


@lru_cache(maxsize=64)
def endpoint(
    address: str, port: int, namespace: str, query_text: bool, alias: str, mirrored: bool
) -> Endpoint:
    """The one Endpoint of these values."""
    return Endpoint(address, port, namespace, query_text, alias, mirrored)
