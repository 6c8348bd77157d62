"""Table hints and query hints.

Reading never blocks here (PostgreSQL keeps row versions), so the hints that say how to read
without waiting change nothing; those that lock rows become FOR UPDATE.
Follows "Table hints" and "Query hints",
https://learn.microsoft.com/sql/t-sql/queries/hints-transact-sql-table
"""

from __future__ import annotations

from collections.abc import Sequence

from mssql.embedded.errors import error
from mssql.embedded.tsql import ast
from mssql.embedded.tsql.binder import Lock, Relation, Scope
from mssql.embedded.tsql.translate_core import unsupported

# what a reader may see or how the optimizer is to work: without effect on the rows returned
_WITHOUT_EFFECT = frozenset(
    [
        "NOLOCK",
        "READUNCOMMITTED",
        "READCOMMITTED",
        "READCOMMITTEDLOCK",
        "ROWLOCK",
        "PAGLOCK",
        "NOEXPAND",
        "INDEX",
        "FORCESEEK",
        "FORCESCAN",
        "FASTFIRSTROW",
        "KEEPIDENTITY",
        "KEEPDEFAULTS",
        "IGNORE_TRIGGERS",
    ]
)
_SHARED = frozenset({"HOLDLOCK", "SERIALIZABLE", "REPEATABLEREAD", "TABLOCK"})
_EXCLUSIVE = frozenset({"UPDLOCK", "XLOCK", "TABLOCKX"})
_WAITING = {"NOWAIT": " NOWAIT", "READPAST": " SKIP LOCKED"}
_KNOWN = _WITHOUT_EFFECT | _SHARED | _EXCLUSIVE | set(_WAITING) | {"SNAPSHOT"}

_QUERY_HINTS = frozenset(
    {
        "RECOMPILE",
        "OPTIMIZE FOR",
        "OPTIMIZE FOR UNKNOWN",
        "MAXDOP",
        "FAST",
        "FORCE ORDER",
        "HASH JOIN",
        "LOOP JOIN",
        "MERGE JOIN",
        "HASH GROUP",
        "ORDER GROUP",
        "HASH UNION",
        "CONCAT UNION",
        "MERGE UNION",
        "KEEP PLAN",
        "KEEPFIXED PLAN",
        "ROBUST PLAN",
        "LABEL",
        "MAXRECURSION",
        "MIN_GRANT_PERCENT",
        "MAX_GRANT_PERCENT",
        "NO_PERFORMANCE_SPOOL",
        "EXPAND VIEWS",
        "QUERYTRACEON",
        "USE HINT",
    }
)


def check_query_hints(hints: Sequence[ast.QueryHint]) -> None:
    """Query hints steer SQL Server's optimizer only; an unknown one is refused. Raises 102."""
    for hint in hints:
        if hint.name not in _QUERY_HINTS:
            raise error(102, hint.name)
        if hint.name == "MAXRECURSION" and hint.arguments not in ((0,), (100,)):
            raise unsupported(f"MAXRECURSION {hint.arguments[0]}")


def lock_of(hints: Sequence[ast.TableHint], relation: Relation) -> Lock | None:
    """The row lock that a table's hints ask for. Raises 321, 650 or 1047."""
    names = {hint.name for hint in hints}
    for hint in hints:
        if hint.name not in _KNOWN:
            raise error(321, hint.name.lower())
        if hint.arguments and hint.name not in ("INDEX", "FORCESEEK"):
            raise error(102, "(")
    if names & {"NOLOCK", "READUNCOMMITTED"} and names & (_SHARED | _EXCLUSIVE | {"READPAST"}):
        raise error(1047)
    if "READPAST" in names and names & {"HOLDLOCK", "SERIALIZABLE"}:
        raise error(650)
    if not relation.base:
        return None
    wait = next((sql for name, sql in _WAITING.items() if name in names), "")
    if names & _EXCLUSIVE:
        return Lock(relation, "UPDATE", wait)
    if names & _SHARED or wait == " SKIP LOCKED":
        return Lock(relation, "SHARE", wait)
    return None


def table_lock(hints: Sequence[ast.TableHint], table: str) -> str | None:
    """The lock on a whole table that hints ask for, as a statement to run before.

    PostgreSQL has no locks on ranges of keys: what SQL Server holds against insertion into the
    range (UPDLOCK or a change, with HOLDLOCK) holds the table against other writers.
    """
    names = {hint.name for hint in hints}
    if "TABLOCKX" in names:
        return f"LOCK TABLE {table} IN EXCLUSIVE MODE"
    if names & {"HOLDLOCK", "SERIALIZABLE"} and names & {"UPDLOCK", "XLOCK"}:
        return f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"
    if {"TABLOCK", "HOLDLOCK"} <= names:
        return f"LOCK TABLE {table} IN SHARE MODE"
    return None


def write_lock(hints: Sequence[ast.TableHint], table: str) -> str | None:
    """The same for the target of INSERT, UPDATE, DELETE or MERGE."""
    names = {hint.name for hint in hints}
    for hint in hints:
        if hint.name not in _KNOWN:
            raise error(321, hint.name.lower())
    if names & {"HOLDLOCK", "SERIALIZABLE"}:
        return f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"
    return table_lock(hints, table)


def lock_rows(scope: Scope, from_: str, *, plain: bool) -> tuple[str, str]:
    """FROM and the FOR UPDATE clauses of a query whose tables have locks.

    FOR UPDATE cannot stand with DISTINCT or GROUP BY, nor on the side of an outer join that may
    be missing: there each row found locks itself through a lateral join.
    """
    clauses = ""
    for lock in scope.locks:
        relation = _current(lock.relation, scope)
        if plain and not relation.outer:
            clauses += f" FOR {lock.strength} OF {relation.prefix}{lock.wait}"
            continue
        name = scope.translation.fresh("lock")
        from_ += (
            f" LEFT JOIN LATERAL (SELECT FROM {relation.stored} AS {name} WHERE "
            f"{name}.ctid = {relation.prefix}.ctid FOR {lock.strength}{lock.wait}) "
            f"AS {scope.translation.fresh('locked')} ON true"
        )
    return from_, clauses


def _current(relation: Relation, scope: Scope) -> Relation:
    """The relation as the joins left it."""
    return next((each for each in scope.relations if each.prefix == relation.prefix), relation)
