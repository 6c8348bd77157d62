"""The sources of a statement's plan, best first, as far as the login's permissions allow.

The permissions are found by trial: a source that the server denies, or does not support, is left
out for a while.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

from mssql.errors.numbers import ErrorNumber
from mssql.telemetry import errors
from mssql.telemetry.plans import explain, read, server_views
from mssql.telemetry.plans.explain import PlanDenied, PlanUnavailable

if TYPE_CHECKING:
    from mssql.telemetry.plans.publisher import CapturedPlan
    from mssql.telemetry.plans.server_views import ExecutedStatement

logger = logging.getLogger("mssql.telemetry")

DENIED_SECONDS = 600.0
LAST_ACTUAL, CACHE, QUERY_STORE, SHOWPLAN = "last_actual", "cache", "query_store", "showplan"
_DENIALS = frozenset(
    (
        ErrorNumber.INVALID_OBJECT,  # in earlier versions
        ErrorNumber.DATABASE_PERMISSION_DENIED,
        ErrorNumber.ACTION_PERMISSION_DENIED,
        ErrorNumber.SERVER_PERMISSION_DENIED,
    )
)

DENIED_ADVICE = (
    "The login may not see query plans. Grant it SHOWPLAN in each database that is read "
    "(GRANT SHOWPLAN TO [user]), or what the plan cache and Query Store ask for: VIEW SERVER "
    "STATE up to SQL Server 2019, VIEW SERVER PERFORMANCE STATE from 2022 on, VIEW DATABASE "
    "STATE in Azure SQL Database."
)


@dataclass(frozen=True)
class PlanDocument:
    """A ShowPlan XML document and its source.

    `query_hash` is that of the statement in question if the document has several.
    """

    xml: str
    source: str
    query_hash: str = ""


class PlanSources:
    """The sources of the plans of one database. Only one thread at a time uses them."""

    def __init__(self) -> None:
        self._denied_until: dict[str, float] = {}

    def are_all_denied(self) -> bool:
        """Return whether no source is left for now."""
        return not any(map(self._is_open, (CACHE, QUERY_STORE, SHOWPLAN)))

    def find(
        self,
        connect: Callable[[], Any],
        statement: ExecutedStatement,
        recent_plan: Callable[[str], CapturedPlan | None],
        error_number: explain.NumberOf = errors.number,
    ) -> PlanDocument | CapturedPlan:
        """Return the plan of a statement from the best source that has one.

        If the plan cache has the statement, `recent_plan`(query hash) is tried first. `connect`
        returns the connection to use, `error_number` the number of its exceptions. Raises
        PlanDenied if every source is denied, otherwise the last source's exception.
        """
        entry = self._try(
            CACHE, lambda: server_views.find_in_cache(connect(), statement), error_number
        )
        if entry is not None:
            plan = recent_plan(entry.query_hash)
            if plan is not None:
                return plan
            for source, read_plan in (
                (LAST_ACTUAL, server_views.last_actual_plan),
                (CACHE, server_views.cached_plan),
            ):
                xml = self._try(
                    source,
                    lambda read_plan=read_plan: read_plan(connect(), entry),  # type: ignore[misc]
                    error_number,
                )
                if _has_operators(xml):
                    return PlanDocument(xml, source, entry.query_hash)
        xml = self._try(
            QUERY_STORE, lambda: server_views.query_store_plan(connect(), statement), error_number
        )
        if _has_operators(xml):
            return PlanDocument(xml, QUERY_STORE)
        return self._estimated(connect, statement, error_number)

    def _estimated(
        self,
        connect: Callable[[], Any],
        statement: ExecutedStatement,
        error_number: explain.NumberOf,
    ) -> PlanDocument:
        if self._is_open(SHOWPLAN):
            try:
                xml = explain.estimated(connect(), statement.sql, statement.types, error_number)
                return PlanDocument(xml, SHOWPLAN)
            except PlanDenied:
                self._close(SHOWPLAN)
        if self.are_all_denied():
            raise PlanDenied(DENIED_ADVICE)
        raise PlanUnavailable("Neither the plan cache nor Query Store has a plan.")

    def _try(
        self, source: str, read_plan: Callable[[], Any], error_number: explain.NumberOf
    ) -> Any:
        """Return the result of `read_plan`; None if the source is closed, or is denied now."""
        if not self._is_open(source):
            return None
        try:
            return read_plan()
        except Exception as error:
            if error_number(error) not in _DENIALS:
                raise
            self._close(source)
            return None

    def _is_open(self, source: str) -> bool:
        return time.monotonic() >= self._denied_until.get(source, 0.0)

    def _close(self, source: str) -> None:
        logger.info("No query plans from %s: it is not granted, or does not exist.", source)
        self._denied_until[source] = time.monotonic() + DENIED_SECONDS


def _has_operators(xml: str | None) -> bool:
    return xml is not None and any(read.statements(xml))
