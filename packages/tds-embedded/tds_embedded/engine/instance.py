"""The instance: the state that the sessions of one server share."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import MutableMapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol

from psycopg import Connection

from tds_embedded.catalog.types import type_names
from tds_embedded.engine.principals import Principals
from tds_embedded.engine.query_statistics import QueryStatistics
from tds_embedded.engine.settings import Settings
from tds_embedded.engine.transactions import Transactions
from tds_embedded.postgres.backend import Backend
from tds_embedded.postgres.pool import Pool
from tds_embedded.postgres.server import Postgres
from tds_embedded.products import Product
from tds_embedded.tsql import ast, parse
from tds_embedded.wire.requests import Login

FIRST_SESSION_ID = 51  # those below are SQL Server's own
PARSED_CHARACTERS = 300_000  # of text; its trees take about a hundred times the memory


class OpenSession(Protocol):
    """A session as other sessions see it."""

    spid: int
    login: Login
    login_name: str
    login_time: datetime
    request_start: datetime
    request_end: datetime | None  # None while a request runs
    database: str
    backend: Backend
    settings: Settings
    transactions: Transactions
    context_info: bytes
    row_count: int
    last_error: int
    killed: bool
    cancellation: threading.Event

    def cancel(self) -> None:
        """End the running statement. Called from another thread."""


class Instance:
    """The state that the sessions of one server share. Safe to use from any thread."""

    def __init__(
        self,
        name: str,
        product: Product,
        postgres: Postgres,
        logins: MutableMapping[str, str],
        user_connections: int,
    ) -> None:
        self.name = name
        self.product = product
        self.logins = logins  # names with passwords
        self.user_connections = user_connections
        self.sessions: dict[int, OpenSession] = {}
        self.statistics = QueryStatistics()
        self.principals = Principals()
        self.pool = Pool()
        self._postgres = postgres
        self._lock = threading.Lock()
        self._connections = 0
        self._types: dict[int, str] | None = None
        self._parsed: OrderedDict[tuple[str, bool], list[ast.Statement]] = OrderedDict()
        self._characters = 0

    # --- Sessions ---

    def admit(self) -> bool:
        """Count one more connection, unless there are as many as the server allows."""
        with self._lock:
            if self._connections >= self.user_connections:
                return False
            self._connections += 1
            return True

    def dismiss(self) -> None:
        """Count one connection less."""
        with self._lock:
            self._connections -= 1

    def enter(self, session: OpenSession) -> int:
        """Add a session. Return its id, the lowest free one."""
        with self._lock:
            session_id = FIRST_SESSION_ID
            while session_id in self.sessions:
                session_id += 1
            self.sessions[session_id] = session
            return session_id

    def leave(self, session_id: int) -> None:
        """Remove a session."""
        with self._lock:
            self.sessions.pop(session_id, None)

    # --- PostgreSQL ---

    def connect(self, database: str) -> Connection[tuple[Any, ...]]:
        """Open a connection to a PostgreSQL database."""
        return self._postgres.connect(database)

    def close_connections(self, database: str | None = None) -> None:
        """Close the idle connections to a database, or all."""
        self.pool.close(database)

    def types(self, connection: Connection[Any]) -> dict[int, str]:
        """Return PostgreSQL's type oids with their names."""
        if self._types is None:
            self._types = type_names(connection)
        return self._types

    # --- T-SQL ---

    def parse(self, sql: str, quoted_identifiers: bool) -> list[ast.Statement]:
        """Return the statements of a batch, parsed once. Raises SqlServerError."""
        key = (sql, quoted_identifiers)
        with self._lock:
            statements = self._parsed.get(key)
            if statements is not None:
                self._parsed.move_to_end(key)
                return statements
        statements = parse.parse(
            sql, product=self.product.name, quoted_identifiers=quoted_identifiers
        )
        with self._lock:
            if key not in self._parsed:
                self._parsed[key] = statements
                self._characters += len(sql)
            while self._characters > PARSED_CHARACTERS:
                (oldest, _), _ = self._parsed.popitem(last=False)
                self._characters -= len(oldest)
        return statements

    def parse_parameters(self, declarations: str) -> tuple[ast.RoutineParameter, ...]:
        """Return the parameters that a statement's text declares. Raises SqlServerError."""
        return _parameters(declarations, self.product.name)


@lru_cache(maxsize=256)
def _parameters(declarations: str, product: str) -> tuple[ast.RoutineParameter, ...]:
    return tuple(parse.parse_parameters(declarations, product=product))
