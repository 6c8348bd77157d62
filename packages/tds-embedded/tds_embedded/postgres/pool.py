"""Idle connections to PostgreSQL, which new sessions use again.

Opening a connection is fast. Filling its caches of catalogs and plans is slow.
"""

from __future__ import annotations

import contextlib
import threading

import psycopg
from psycopg.pq import TransactionStatus

from tds_embedded.postgres.backend import Backend

IDLE = 12  # connections kept, of all databases together


class Pool:
    """Idle connections, by their database. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[tuple[str, Backend]] = []  # the one left last is the last

    def take(self, database: str) -> Backend | None:
        """Return a connection to the database in its initial state, or None."""
        while True:
            with self._lock:
                matches = [idle for idle in self._idle if idle[0] == database]
                if not matches:
                    return None
                self._idle.remove(matches[-1])
            backend = matches[-1][1]
            with contextlib.suppress(psycopg.Error):
                backend.command("")
                return backend
            backend.close()  # it had been terminated

    def give(self, database: str, backend: Backend) -> None:
        """Keep a connection for others, or close it if it cannot be reset."""
        if backend.status not in (TransactionStatus.IDLE, TransactionStatus.INTRANS):
            backend.close()
            return
        try:
            backend.reset()
        except psycopg.Error:
            backend.close()
            return
        with self._lock:
            self._idle.append((database, backend))
            oldest = self._idle.pop(0)[1] if len(self._idle) > IDLE else None
        if oldest is not None:
            oldest.close()

    def has(self, database: str) -> bool:
        """Return whether there is a connection to the database."""
        with self._lock:
            return any(name == database for name, _ in self._idle)

    def close(self, database: str | None = None) -> None:
        """Close the connections to a database, or all."""
        with self._lock:
            closed = [idle for idle in self._idle if database in (None, idle[0])]
            self._idle = [idle for idle in self._idle if idle not in closed]
        for _, backend in closed:
            backend.close()
