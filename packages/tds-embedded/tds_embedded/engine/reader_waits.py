"""Readers that wait for writers, as under READ COMMITTED without READ_COMMITTED_SNAPSHOT.

PostgreSQL shows a reader the row as it was before a change that is not committed. So each session
publishes which tables its transaction has changed. A SELECT of one of them by another session first
locks the rows that it reads, which waits, and unlocks them at once. Follows "Transaction locking
and row versioning guide",
https://learn.microsoft.com/sql/relational-databases/sql-server-transaction-locking-and-row-versioning-guide
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tds_embedded.engine.frames import Frame
from tds_embedded.engine.protocol import Engine
from tds_embedded.tsql.translate import Translated

_SAVEPOINT = '"mssql reader"'
_VERSIONS = """
    SELECT (data ->> 'read_committed_snapshot')::bool FROM meta.databases
    WHERE oid = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def note(translation: Translated, engine: Engine) -> None:
    """Record for other sessions the table that the open transaction changes or locks."""
    transactions = engine.transactions
    if not transactions.count:
        return
    if translation.target is not None:
        transactions.changed.add(translation.target.oid)
    if translation.update_locked:
        transactions.update_locked |= translation.update_locked


Values = Callable[[Translated, Frame], list[Any]]


def wait(translation: Translated, values: Values, frame: Frame, engine: Engine) -> None:
    """Wait until nobody is changing the rows that a SELECT reads. Raises psycopg.Error."""
    if translation.waiting is None or not _has_writers(translation.waiting.tables, engine):
        return
    if engine.transactions.isolation != "READ COMMITTED" or _keeps_versions(engine):
        return
    waiting = translation.waiting
    query = replace(
        translation, sql=waiting.sql, parameters=translation.parameters[: waiting.parameters]
    )
    backend, alone = engine.backend, not engine.transactions.count
    backend.command("BEGIN" if alone else f"SAVEPOINT {_SAVEPOINT}")
    try:
        for _ in backend.run(query.sql, values(query, frame)).pieces():
            pass
    finally:
        if not backend.broken:
            end = f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}; RELEASE SAVEPOINT {_SAVEPOINT}"
            backend.command("ROLLBACK" if alone else end)


def _has_writers(tables: frozenset[int], engine: Engine) -> bool:
    """Return whether another transaction has changed one of the tables.

    Readers do not wait for rows that were read with UPDLOCK, but would here: then none waits.
    """
    database = engine.database.lower()
    others = [
        each
        for each in tuple(engine.instance.sessions.values())
        if each.transactions.changed or each.transactions.update_locked
        if each is not engine and each.database.lower() == database
    ]
    if all(tables.isdisjoint(each.transactions.changed) for each in others):
        return False
    return all(tables.isdisjoint(each.transactions.update_locked) for each in others)


def _keeps_versions(engine: Engine) -> bool:
    """Return whether READ_COMMITTED_SNAPSHOT is on, as it is in a new database of Azure."""
    ((setting,),) = engine.backend.run(_VERSIONS).all() or ((None,),)
    return engine.transactions.snapshots if setting is None else bool(setting)
