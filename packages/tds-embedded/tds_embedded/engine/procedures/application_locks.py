"""sp_getapplock and sp_releaseapplock: locks on names, by PostgreSQL's advisory locks.

Follows "sp_getapplock",
https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-getapplock-transact-sql
"""

from __future__ import annotations

import hashlib

import psycopg

from tds_embedded.engine.procedures.calls import Call, SystemProcedure
from tds_embedded.errors import error

GRANTED, GRANTED_AFTER_WAITING, TIMED_OUT, PARAMETER_ERROR = 0, 1, -1, -999
RELEASED = 0
SHARED, EXCLUSIVE = "Shared", "Exclusive"
# PostgreSQL has two modes: each mode maps to the next stronger one.
MODES = {
    "shared": SHARED,
    "intentshared": SHARED,
    "update": EXCLUSIVE,
    "intentexclusive": EXCLUSIVE,
    "exclusive": EXCLUSIVE,
}
OWNERS = ("transaction", "session")


def _sp_getapplock(call: Call) -> int:
    """0 or 1 if the lock was granted, -1 after the timeout, -999 for a wrong parameter."""
    resource, mode, owner, timeout, _ = call.bind(
        "@resource", "@lockmode", "@lockowner", "@locktimeout", "@dbprincipal", minimum=2
    )
    kind = MODES.get(str(mode).lower())
    holder = str(owner or "Transaction").lower()
    engine = call.engine
    if kind is None or holder not in OWNERS:
        return PARAMETER_ERROR
    if holder == "transaction" and not engine.transactions.count:
        return PARAMETER_ERROR
    infix = "_xact" if holder == "transaction" else ""
    suffix = f"{infix}_lock{'_shared' if kind == SHARED else ''}({_key(resource)})"
    engine.transactions.before_statement(writes=True)
    if engine.backend.run(f"SELECT pg_try_advisory{suffix}").all()[0][0]:
        return GRANTED
    wait = engine.settings.lock_timeout if timeout is None else int(timeout)
    if wait == 0:
        return TIMED_OUT
    engine.backend.command(f"SET lock_timeout = {max(wait, 0)}")
    try:
        engine.backend.run(f"SELECT pg_advisory{suffix}").all()
    except psycopg.Error as raised:
        engine.transactions.undo_statement()
        if not isinstance(raised, psycopg.errors.LockNotAvailable):
            raise
        return TIMED_OUT
    finally:
        engine.apply_settings()
    return GRANTED_AFTER_WAITING


def _sp_releaseapplock(call: Call) -> int:
    """0 if the lock is released. Raises 1223 if the session does not have the lock."""
    resource, owner, _ = call.bind("@resource", "@lockowner", "@dbprincipal", minimum=1)
    if str(owner or "Transaction").lower() != "session":
        raise error(40517, "sp_releaseapplock of a transaction's lock")
    key = _key(resource)
    backend = call.engine.backend
    for suffix in ("", "_shared"):
        if backend.run(f"SELECT pg_advisory_unlock{suffix}({key})").all()[0][0]:
            return RELEASED
    raise error(1223, resource)


def _key(resource: object) -> int:
    """PostgreSQL's number for a name; names differ by case."""
    digest = hashlib.sha256(str(resource).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


PROCEDURES: dict[str, SystemProcedure] = {
    "sp_getapplock": _sp_getapplock,
    "sp_releaseapplock": _sp_releaseapplock,
}
