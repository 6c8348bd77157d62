"""What the sessions of one server share: who they are, PostgreSQL's types, parsed batches."""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from psycopg import Connection

from tds_embedded.catalog.types import type_names
from tds_embedded.engine.permissions import Principals
from tds_embedded.engine.query_statistics import QueryStatistics
from tds_embedded.postgres.pool import Pool
from tds_embedded.tsql import ast, parse

if TYPE_CHECKING:
    from tds_embedded.engine.session import Session

FIRST_SESSION_ID = 51  # those below are SQL Server's own
PARSED_CHARACTERS = 300_000  # of text; its trees take about a hundred times the memory


class Cluster:
    """One server's sessions and what they have in common. Safe to use from any thread."""

    def __init__(self) -> None:
        self.sessions: dict[int, Session] = {}
        self.statistics = QueryStatistics()
        self.principals = Principals()
        self.pool = Pool()
        self._lock = threading.Lock()
        self._connections = 0
        self._types: dict[int, str] | None = None
        self._parsed: OrderedDict[tuple[str, str, bool], list[ast.Statement]] = OrderedDict()
        self._characters = 0

    def admit(self, limit: int) -> bool:
        """Count one more connection, unless there are as many as `limit`."""
        with self._lock:
            if self._connections >= limit:
                return False
            self._connections += 1
            return True

    def dismiss(self) -> None:
        """Count one connection less."""
        with self._lock:
            self._connections -= 1

    def enter(self, session: Session) -> int:
        """The lowest free session id, now taken by `session`."""
        with self._lock:
            session_id = FIRST_SESSION_ID
            while session_id in self.sessions:
                session_id += 1
            self.sessions[session_id] = session
            return session_id

    def leave(self, session_id: int) -> None:
        with self._lock:
            self.sessions.pop(session_id, None)

    def types(self, connection: Connection[Any]) -> dict[int, str]:
        """PostgreSQL's type oids with their names."""
        if self._types is None:
            self._types = type_names(connection)
        return self._types

    def parse(self, sql: str, product: str, quoted_identifiers: bool) -> list[ast.Statement]:
        """The statements of a batch. Raises SqlServerError."""
        key = (sql, product, quoted_identifiers)
        with self._lock:
            statements = self._parsed.get(key)
            if statements is not None:
                self._parsed.move_to_end(key)
                return statements
        statements = parse.parse(sql, product=product, quoted_identifiers=quoted_identifiers)
        with self._lock:
            if key not in self._parsed:
                self._parsed[key] = statements
                self._characters += len(sql)
            while self._characters > PARSED_CHARACTERS:
                (oldest, _, _), _ = self._parsed.popitem(last=False)
                self._characters -= len(oldest)
        return statements


@lru_cache(maxsize=256)
def parse_parameters(declarations: str, product: str) -> tuple[ast.RoutineParameter, ...]:
    """The parameters that a statement's text declares. Raises SqlServerError."""
    return tuple(parse.parse_parameters(declarations, product=product))


_clusters: WeakKeyDictionary[Any, Cluster] = WeakKeyDictionary()
_clusters_lock = threading.Lock()


def cluster_of(server: Any) -> Cluster:
    """The cluster of a server; made on its first use."""
    with _clusters_lock:
        return _clusters.setdefault(server, Cluster())
