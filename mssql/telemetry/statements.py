"""The names and attributes of statements, computed once for each text."""

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

# The number of cached texts and their length in characters limit the cache's memory.
CACHED_TEXTS = 1000
LONGEST_CACHED = 10 * 1024
# Lines of the application that run the same text, cached with their attributes.
CACHED_CALLERS = 8

_EXPLAINED = frozenset(("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"))


class Statement:
    """A statement's name and attributes, shared by all its executions.

    `sql` is the text that ran, `name` the span's name, `attributes` are the span's at its creation,
    `measured` the metrics', `text` is db.query.text. `several` is whether there may be more than
    one result, `explained` whether another session can request its query plan, `is_request` whether
    it is itself the request for a plan.
    """

    __slots__ = (
        *("_callers", "_endpoint", "attributes", "explained", "is_batch", "is_request"),
        *("measured", "name", "several", "sql", "summary", "text"),
    )

    def __init__(self, endpoint: Endpoint, sql: str, summary: Summary, text: str) -> None:
        self.sql = sql
        self.summary = summary.text
        self.name = summary.text or endpoint.fallback_name
        self.text = text
        self.several = summary.several
        self.is_batch = self.is_request = False
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
        if endpoint.for_azure_monitor and summary.procedure:
            named[semconv.PROCEDURE] = summary.procedure
        # Plain dicts, though shared: they are merged three times as fast as read-only views.
        self.attributes: Mapping[str, Any] = named
        self._endpoint = endpoint
        self._callers: dict[tuple[str, str, int, int], Mapping[str, Any]] = {}

    def called_from(self, frame: FrameType) -> Mapping[str, Any]:
        """Return the attributes with those of the application's frame that runs the statement."""
        code = frame.f_code
        # Without the line, which takes as long as everything else.
        position = (code.co_filename, code.co_name, code.co_firstlineno, frame.f_lasti)
        attributes = self._callers.get(position)
        if attributes is None:
            attributes = {**self.attributes, **caller.attributes(frame)}
            if self._endpoint.for_azure_monitor:
                attributes[semconv.CALLER] = caller.as_text(frame)
            if len(self._callers) < CACHED_CALLERS:
                self._callers[position] = attributes
        return attributes

    def batch(self, size: int) -> Statement:
        """Return this statement as a batch of `size` parameter sets; itself if there is one set."""
        if size == 1:
            return self
        batch = self._renamed("BATCH")
        sizes = {semconv.DB_OPERATION_BATCH_SIZE: size}
        if self._endpoint.for_azure_monitor:
            sizes[semconv.SIZE_OF_BATCH] = size
        batch.attributes = {**batch.attributes, **sizes}
        batch.is_batch = True
        return batch

    def explaining(self) -> Statement:
        """Return the request for this statement's plan, which has no plan itself."""
        request = self._renamed("EXPLAIN")
        request.several = request.explained = False
        request.is_request = True
        return request

    def _renamed(self, operation: str) -> Statement:
        """Return a copy with an operation before those of the summary."""
        other = copy(self)
        name = f"{operation} {self.summary}" if self.summary else operation
        other.name = other.summary = name if len(name) <= LONGEST else operation
        procedure = self.measured.get(semconv.DB_STORED_PROCEDURE_NAME)
        other.measured = self._endpoint.measured_as(other.summary, procedure)
        other.attributes = {**self.attributes, semconv.DB_QUERY_SUMMARY: other.summary}
        other._callers = {}
        return other


class Endpoint:
    """A database in the terms of the conventions, with the statements that were sent to it.

    All connections of an alias share one, so that memory does not grow with the number of threads.
    `measured` are the attributes of its spans and metrics, `unmeasured` those of its spans alone,
    `attributes` both; `for_azure_monitor` is whether attributes that Azure Monitor's exporter drops
    are repeated under other names.
    """

    def __init__(
        self,
        address: str,
        port: int,
        namespace: str,
        query_text: bool = True,
        alias: str = "",
        for_azure_monitor: bool = False,
    ) -> None:
        self.namespace = namespace
        self.query_text = query_text
        self.for_azure_monitor = for_azure_monitor
        self.fallback_name = namespace or semconv.SYSTEM_NAME
        self.measured: dict[str, Any] = {semconv.DB_SYSTEM_NAME: semconv.SYSTEM_NAME}
        if namespace:
            self.measured[semconv.DB_NAMESPACE] = namespace
        if address:
            self.measured[semconv.SERVER_ADDRESS] = address
            if port != semconv.DEFAULT_PORT:
                self.measured[semconv.SERVER_PORT] = port
        self.unmeasured = {semconv.DJANGO_ALIAS: alias} if alias else {}
        if for_azure_monitor and namespace:
            self.unmeasured[semconv.NAMESPACE] = namespace
        self.attributes: dict[str, Any] = {**self.measured, **self.unmeasured}
        self._cached = lru_cache(maxsize=CACHED_TEXTS)(self.new_statement)
        self.measured_as = lru_cache(maxsize=CACHED_TEXTS)(self._measured_as)

    def statement(self, sql: str, parameterized: bool) -> Statement:
        """Return the statement of a text; `parameterized` is whether it has bound parameters."""
        if len(sql) <= LONGEST_CACHED:
            return self._cached(sql, parameterized)
        return self.new_statement(sql, parameterized)

    def new_statement(self, sql: str, parameterized: bool) -> Statement:
        """Return the statement of a text without a look at the cache."""
        text = sql[:LONGEST_TEXT]
        pieces = scanner.pieces(text)
        summary = summarize(sql, pieces)
        # The conventions: a parameterized text is not sanitized.
        return Statement(self, sql, summary, text if parameterized else sanitize(text, pieces))

    def _measured_as(self, summary: str, procedure: str | None) -> AttributeSet:
        """Return the one set of metric attributes for all statements with a summary."""
        attributes = AttributeSet(self.measured)
        if summary:
            attributes[semconv.DB_QUERY_SUMMARY] = summary
        if procedure:
            attributes[semconv.DB_STORED_PROCEDURE_NAME] = procedure
        return attributes

    def explanation(self, sql: str, parameterized: bool) -> Statement:
        """Return the request for the plan of a text."""
        return self.statement(sql, parameterized).explaining()

    def procedure(self, name: str, parameterized: bool = True) -> Statement:
        """Return the statement that calls a stored procedure."""
        return Statement(self, name, of_procedure(name), "")


@lru_cache(maxsize=64)
def endpoint(
    address: str, port: int, namespace: str, query_text: bool, alias: str, for_azure_monitor: bool
) -> Endpoint:
    """Return the one Endpoint of these values."""
    return Endpoint(address, port, namespace, query_text, alias, for_azure_monitor)
