"""The ways to a plan, best first, as far as the server and the login's permissions allow.

What a way needs is found out by trying it: one that is refused, or that the server does not know,
is left out for a while.
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

logger = logging.getLogger("mssql.telemetry")

REFUSED_SECONDS = 600.0
LAST_ACTUAL, CACHE, QUERY_STORE, SHOWPLAN = "last_actual", "cache", "query_store", "showplan"
_REFUSALS = frozenset(
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
class Found:
    """A plan: the document, the way it came, and the hash of the statement that is meant where
    the document has several."""

    xml: str
    source: str
    query_hash: str = ""


class Ways:
    """The ways to the plans of one database. Used by one thread at a time."""

    def __init__(self) -> None:
        self._refused_until: dict[str, float] = {}

    def all_refused(self) -> bool:
        """Whether no way is left for now."""
        return not any(self._is_open(way) for way in (CACHE, QUERY_STORE, SHOWPLAN))

    def find(
        self,
        connect: Callable[[], Any],
        ran: server_views.Ran,
        known: Callable[[str], CapturedPlan | None],
        error_number: explain.NumberOf = errors.number,
    ) -> Found | CapturedPlan:
        """The plan of the statement `ran`: asked of the server, or what `known`(query hash) has
        where the plan cache tells the hash.

        `connect` gives the connection to ask on, `error_number` the numbers of its errors. Raises
        PlanDenied where every way is refused, and what the last one raised.
        """
        place = self._try(CACHE, lambda: server_views.cached(connect(), ran), error_number)
        if place is not None:
            at_hand = known(place.query_hash)
            if at_hand is not None:
                return at_hand
            for way, ask in (
                (LAST_ACTUAL, server_views.last_actual),
                (CACHE, server_views.compiled),
            ):
                xml = self._try(
                    way,
                    lambda ask=ask: ask(connect(), place),  # type: ignore[misc]
                    error_number,
                )
                if _has_operators(xml):
                    return Found(xml, way, place.query_hash)
        xml = self._try(QUERY_STORE, lambda: server_views.stored(connect(), ran), error_number)
        if _has_operators(xml):
            return Found(xml, QUERY_STORE)
        return self._by_showplan(connect, ran, error_number)

    def _by_showplan(
        self, connect: Callable[[], Any], ran: server_views.Ran, error_number: explain.NumberOf
    ) -> Found:
        if self._is_open(SHOWPLAN):
            try:
                xml = explain.estimated(connect(), ran.sql, ran.types, error_number)
                return Found(xml, SHOWPLAN)
            except PlanDenied:
                self._refuse(SHOWPLAN)
        if self.all_refused():
            raise PlanDenied(DENIED_ADVICE)
        raise PlanUnavailable("Neither the plan cache nor Query Store has a plan.")

    def _try(self, way: str, ask: Callable[[], Any], error_number: explain.NumberOf) -> Any:
        """What `ask` gives; None where that way is closed, or was just found to be."""
        if not self._is_open(way):
            return None
        try:
            return ask()
        except Exception as error:
            if error_number(error) not in _REFUSALS:
                raise
            self._refuse(way)
            return None

    def _is_open(self, way: str) -> bool:
        return time.monotonic() >= self._refused_until.get(way, 0.0)

    def _refuse(self, way: str) -> None:
        logger.info("No query plans by way of %s: it is not granted, or not there.", way)
        self._refused_until[way] = time.monotonic() + REFUSED_SECONDS


def _has_operators(xml: str | None) -> bool:
    if xml is None:
        return False
    return any(read.statements(xml))
