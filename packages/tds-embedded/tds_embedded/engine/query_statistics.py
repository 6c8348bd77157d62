"""Statistics of the statements that ran: how often, how long, with which plan.

The plan cache of this server: bounded, the least recently run statements go first. A statement's
text carries the declaration of its parameters in front, as SQL Server's does.

Follows "sys.dm_exec_query_stats", https://learn.microsoft.com/sql/relational-databases/
system-dynamic-management-views/sys-dm-exec-query-stats-transact-sql
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tds_embedded.showplan import document as showplan
from tds_embedded.tsql.translate import Translated
from tds_embedded.types import SqlType

ENTRIES = 500
LONGEST_TEXT = 100_000  # a batch that is longer is not kept, characters


@dataclass
class Entry:
    """One statement of a batch. Offsets are in bytes of UTF-16, the end is the last character's
    place, or -1 at the batch's end; times in microseconds."""

    database: str
    text: str
    start: int
    end: int
    kind: str
    statement: str
    translation: Translated
    parameters: Sequence[tuple[str, SqlType]]
    created_at: datetime
    last_run: datetime
    runs: int = 0
    elapsed: list[int] = field(default_factory=lambda: [0, 0, 0, 0])  # total, last, min, max
    rows: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    actual: Any = None  # EXPLAIN ANALYZE of the last run, if it is recorded
    plan: str | None = None
    actual_plan: str | None = None
    is_compiled: bool = False

    @property
    def sql_handle(self) -> bytes:
        return b"\x02\x00\x00\x00" + _digest(self.database, self.text)

    @property
    def plan_handle(self) -> bytes:
        return b"\x06\x00" + _digest(self.database, self.text)

    @property
    def query_hash(self) -> str:
        return showplan.query_hash(self.statement)

    def ran(self, at: datetime, elapsed: int, rows: int, plan: Any) -> None:
        self.last_run = at
        self.runs += 1
        for figures, value in ((self.elapsed, elapsed), (self.rows, rows)):
            least = value if self.runs == 1 else min(figures[2], value)
            figures[:] = [figures[0] + value, value, least, max(figures[3], value)]
        if plan is not None:
            self.actual, self.actual_plan = plan, None


class QueryStatistics:
    """The statements of one server. Safe to use from any thread.

    `actual_plans` are the databases, in lower case, with LAST_QUERY_PLAN_STATS on.
    """

    def __init__(self) -> None:
        self.actual_plans: set[str] = set()
        self.publishing = threading.Lock()
        self._lock = threading.Lock()
        self._entries: OrderedDict[tuple[str, str, int], Entry] = OrderedDict()

    def entries(self) -> list[Entry]:
        """All of them, the latest run first."""
        with self._lock:
            return list(reversed(self._entries.values()))

    def find(self, database: str, text: str, start: int, translation: Translated) -> Entry | None:
        """Return the entry of a statement that has run with this translation."""
        with self._lock:
            entry = self._entries.get((database, text, start))
            if entry is None or entry.translation.sql != translation.sql:
                return None
            self._entries.move_to_end((database, text, start))
            return entry

    def add(self, entry: Entry) -> None:
        with self._lock:
            self._entries[entry.database, entry.text, entry.start] = entry
            while len(self._entries) > ENTRIES:
                self._entries.popitem(last=False)


def utf16_bytes(text: str) -> int:
    """Return the length of a text as nvarchar, in bytes."""
    return len(text) * 2 if text.isascii() else len(text.encode("utf-16-le", "surrogatepass"))


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()[:20]
