"""The plans of the last minutes, which need no further request."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Mapping, NamedTuple

from mssql.telemetry import semconv

if TYPE_CHECKING:
    from mssql.telemetry.plans.publisher import CapturedPlan

# Most plans have 10 to 200 KB, and some are megabytes.
MOST_PLANS = 200
MOST_CHARACTERS = 4_000_000
MOST_HASHES = 1000
# The wait after a first failure that may pass (a lock, a lost connection); doubled by each further
# one, up to the interval.
RETRY_SECONDS = 5.0
MOST_DOUBLINGS = 16


class RecentPlan(NamedTuple):
    """The plan of a capture, None if the server had none, and the time until it is recent.

    `failures` is the number of failures in succession.
    """

    until: float
    plan: CapturedPlan | None
    failures: int = 0


class PlanHashes:
    """The latest plan hash of each query hash, by which a change of plan is noticed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_query: OrderedDict[str, str] = OrderedDict()

    def replace(self, plan: CapturedPlan) -> bool:
        """Keep the hash of a plan, and return whether the statement had another plan before."""
        with self._lock:
            previous = self._by_query.pop(plan.query_hash, plan.plan_hash)
            self._by_query[plan.query_hash] = plan.plan_hash
            while len(self._by_query) > MOST_HASHES:
                self._by_query.popitem(last=False)
        return previous != plan.plan_hash


class RecentPlans:
    """The plans captured last, by the statement's text and by its query hash.

    Texts that differ in literals have one hash. A plan is kept for `interval` seconds. `hashes` are
    the attributes of each text's latest plan that identify it, kept longer.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._lock = threading.Lock()
        self._by_text: OrderedDict[str, RecentPlan] = OrderedDict()
        self._text_by_hash: dict[str, str] = {}
        self.hashes: dict[str, Mapping[str, str]] = {}
        self._characters = 0  # of the documents

    def of_text(self, text: str) -> RecentPlan | None:
        """Return the recent plan of a statement's text."""
        with self._lock:
            recent = self._by_text.get(text)
        is_recent = recent is not None and time.monotonic() <= recent.until
        return recent if is_recent else None

    def of_hash(self, query_hash: str) -> CapturedPlan | None:
        """Return the recent plan of a query hash."""
        recent = self.of_text(self._text_by_hash.get(query_hash, ""))
        return recent.plan if recent else None

    def add(self, text: str, plan: CapturedPlan | None) -> None:
        """Keep the plan of a statement's text; None if the server had none."""
        is_first = plan is not None and self.of_hash(plan.query_hash) is None
        with self._lock:
            self._remove(text)
            self._by_text[text] = RecentPlan(time.monotonic() + self._interval, plan)
            if plan is not None:
                self._keep_hashes(text, plan)
                self._characters += len(plan.xml)
                if is_first:
                    self._text_by_hash[plan.query_hash] = text
            while len(self._by_text) > MOST_PLANS or self._characters > MOST_CHARACTERS:
                self._remove(next(iter(self._by_text)))

    def add_failure(self, text: str) -> None:
        """Note that the capture of a text's plan has failed, so that the next one follows later."""
        with self._lock:
            previous = self._by_text.get(text)
            failures = previous.failures if previous is not None else 0
            wait = min(self._interval, RETRY_SECONDS * 2 ** min(failures, MOST_DOUBLINGS))
            self._remove(text)
            self._by_text[text] = RecentPlan(time.monotonic() + wait, None, failures + 1)
            while len(self._by_text) > MOST_PLANS:
                self._remove(next(iter(self._by_text)))

    def _keep_hashes(self, text: str, plan: CapturedPlan) -> None:
        self.hashes[text] = {
            semconv.QUERY_HASH: plan.query_hash,
            semconv.PLAN_HASH: plan.plan_hash,
        }
        if len(self.hashes) > MOST_HASHES:
            del self.hashes[next(iter(self.hashes))]

    def _remove(self, text: str) -> None:
        recent = self._by_text.pop(text, None)
        if recent is not None and recent.plan is not None:
            self._characters -= len(recent.plan.xml)
            if self._text_by_hash.get(recent.plan.query_hash) == text:
                del self._text_by_hash[recent.plan.query_hash]
