"""Table hints and query hints.

Reading does not block in PostgreSQL, which keeps row versions: a SELECT of rows that another
session is changing first waits by FOR SHARE. Hints that lock rows become FOR UPDATE.
Follows "Table hints" and "Query hints",
https://learn.microsoft.com/sql/t-sql/queries/hints-transact-sql-table
"""

from __future__ import annotations

from collections.abc import Sequence

from tds_embedded.catalog.tables import Table
from tds_embedded.errors import error
from tds_embedded.tsql import ast
from tds_embedded.tsql.translate.binder import Lock, ReadPast, Relation, Scope, Waiting
from tds_embedded.tsql.translate.values import unsupported

# Hints for the visibility of rows or for the optimizer, without effect on the rows returned.
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
        "KEEPIDENTITY",
        "KEEPDEFAULTS",
        "IGNORE_CONSTRAINTS",
        "IGNORE_TRIGGERS",
    ]
)
_SHARED = frozenset({"HOLDLOCK", "SERIALIZABLE", "REPEATABLEREAD", "TABLOCK"})
_EXCLUSIVE = frozenset({"UPDLOCK", "XLOCK", "TABLOCKX"})
_WAITING = {"NOWAIT": " NOWAIT", "READPAST": " SKIP LOCKED"}
_DIRTY = frozenset({"NOLOCK", "READUNCOMMITTED", "READPAST"})
_OF_TARGETS = frozenset({"IGNORE_CONSTRAINTS", "IGNORE_TRIGGERS", "KEEPIDENTITY", "KEEPDEFAULTS"})
_GRANULARITIES = frozenset({"ROWLOCK", "PAGLOCK", "TABLOCK", "TABLOCKX"})
_LEVELS = {
    "NOLOCK": "READ UNCOMMITTED",
    "READUNCOMMITTED": "READ UNCOMMITTED",
    "READCOMMITTED": "READ COMMITTED",
    "READCOMMITTEDLOCK": "READ COMMITTED LOCK",
    "REPEATABLEREAD": "REPEATABLE READ",
    "SERIALIZABLE": "SERIALIZABLE",
    "HOLDLOCK": "SERIALIZABLE",
}
_KNOWN = _WITHOUT_EFFECT | _SHARED | _EXCLUSIVE | set(_WAITING) | {"SNAPSHOT"}

MAXIMUM_RECURSION = 32767
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
    """Raise 102 for an unknown query hint; the others only steer SQL Server's optimizer."""
    for hint in hints:
        if hint.name not in _QUERY_HINTS:
            raise error(102, hint.name)
        if hint.name == "MAXRECURSION" and _number(hint) > MAXIMUM_RECURSION:
            raise error(310, _number(hint))


def recursion_limit(hints: Sequence[ast.QueryHint]) -> int:
    """Return the depth limit of recursive common table expressions; 0 without a limit."""
    limits = [_number(hint) for hint in hints if hint.name == "MAXRECURSION"]
    return limits[0] if limits else 100


def _number(hint: ast.QueryHint) -> int:
    return int(hint.arguments[0])


def _checked(hints: Sequence[ast.TableHint], name: str, scope: Scope, table: Table) -> set[str]:
    """Return the names of a table's hints. Raises 102, 307, 308, 321, 367, 1047 or 8171."""
    names = {hint.name for hint in hints}
    for hint in hints:
        if hint.name not in _KNOWN:
            raise error(321, hint.name.lower())
        if hint.arguments and hint.name not in ("INDEX", "FORCESEEK"):
            raise error(102, "(")
    if _conflict(names):
        raise error(1047)
    if {"FORCESEEK", "FORCESCAN"} <= names:
        raise error(10746)
    if "SNAPSHOT" in names:
        raise error(367)
    if "NOEXPAND" in names:
        raise error(8171, "noexpand", name, state=2)
    indexes = [index for hint in hints if hint.name == "INDEX" for index in hint.arguments]
    _check_indexes(indexes, name, scope, table)
    if "FORCESEEK" in names:
        if "0" in indexes:
            raise error(8622)
        raise unsupported("FORCESEEK")
    return names


def _conflict(names: set[str]) -> bool:
    """Return whether hints demand two isolation levels, two granularities or two modes."""
    levels = {_LEVELS[name] for name in names if name in _LEVELS}
    granularities = names & _GRANULARITIES
    modes = names & {"UPDLOCK", "XLOCK"}
    dirty = "READ UNCOMMITTED" in levels and bool(granularities | modes)
    return dirty or len(levels) > 1 or len(granularities) > 1 or len(modes) > 1


def _check_indexes(indexes: Sequence[str], name: str, scope: Scope, table: Table) -> None:
    if "0" in indexes and len(indexes) > 1:
        raise error(8622, state=2)
    for index in indexes:
        if index.isdigit():
            if int(index) > 1:
                raise unsupported("INDEX(number)")
        elif not scope.translation.context.catalog.has_index(table, index):
            raise error(308, index, name)


def _level(names: set[str]) -> str:
    """Return the isolation level that hints demand, or "" for the session's."""
    return next((_LEVELS[name] for name in names if name in _LEVELS), "")


def lock_of(hints: Sequence[ast.TableHint], relation: Relation, scope: Scope) -> Lock | None:
    """Return the row lock that a table's hints demand. Raises as `_checked` does, and 8171."""
    if not hints or relation.table is None:
        return None
    if relation.table.view and not relation.table.system:
        hints = [hint for hint in hints if hint.name != "INDEX"]  # which SQL Server ignores there
    names = _checked(hints, relation.name, scope, relation.table)
    for hint in hints:
        if hint.name in _OF_TARGETS:
            raise error(8171, hint.name.lower(), relation.name, state=1)
    if "READPAST" in names:
        scope.translation.read_past.append(ReadPast(_level(names)))
    if names & _DIRTY:
        scope.unlocked.add(relation.prefix)
    if not relation.base:
        return None
    if names & _EXCLUSIVE:
        scope.translation.update_locked.add(relation.table.oid)
    wait = next((sql for name, sql in _WAITING.items() if name in names), "")
    if names & _EXCLUSIVE:
        return Lock(relation, "UPDATE", wait)
    if names & _SHARED or wait == " SKIP LOCKED":
        return Lock(relation, "SHARE", wait)
    return None


def table_lock(hints: Sequence[ast.TableHint], table: str) -> str | None:
    """Return the table lock that hints demand, as a statement to run before.

    PostgreSQL has no locks on ranges of keys: if SQL Server protects a range from insertion
    (UPDLOCK or a change, with HOLDLOCK), the table is locked against other writers.
    """
    names = {hint.name for hint in hints}
    if "TABLOCKX" in names:
        return f"LOCK TABLE {table} IN EXCLUSIVE MODE"
    if names & {"HOLDLOCK", "SERIALIZABLE"} and names & {"UPDLOCK", "XLOCK"}:
        return f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"
    if {"TABLOCK", "HOLDLOCK"} <= names:
        return f"LOCK TABLE {table} IN SHARE MODE"
    return None


def write_lock(
    target: ast.NamedTable, table: Table, scope: Scope, *, where: ast.Node | None, inserts: bool
) -> str | None:
    """Return the same for the target of INSERT, UPDATE, DELETE or MERGE.

    Raises 1065, 1069 or 4102.
    """
    if not target.hints:
        return None
    hint_names = {hint.name for hint in target.hints}
    if hint_names & {"NOLOCK", "READUNCOMMITTED"}:
        raise error(1065)
    if "INDEX" in hint_names:
        raise error(1069)
    names = _checked(target.hints, str(target.name), scope, table)
    if "READPAST" in names:
        if inserts:
            raise error(4102)
        scope.translation.read_past.append(ReadPast(_level(names), table, _searched_column(where)))
    if names & {"HOLDLOCK", "SERIALIZABLE"}:
        return f"LOCK TABLE {table.sql} IN SHARE ROW EXCLUSIVE MODE"
    return table_lock(target.hints, table.sql)


def _searched_column(where: ast.Node | None) -> str | None:
    """Return the column of a condition that is exactly `column = constant or variable`."""
    if not isinstance(where, ast.Comparison) or where.operator != "=":
        return None
    column, value = where.left, where.right
    if isinstance(column, ast.ColumnReference) and isinstance(value, (ast.Literal, ast.Variable)):
        return column.name
    return None


def lock_rows(scope: Scope, from_: str, *, plain: bool) -> tuple[str, str]:
    """Return FROM and the FOR UPDATE clauses of a query whose tables have locks.

    FOR UPDATE is invalid with DISTINCT or GROUP BY, and on the side of an outer join that may be
    missing: there a lateral join locks each row.
    """
    clauses = ""
    for lock in scope.locks:
        relation = _current(lock.relation, scope)
        if plain and not relation.outer:
            clauses += f" FOR {lock.strength} OF {relation.prefix}{lock.wait}"
            continue
        name = scope.translation.fresh("lock")
        from_ += (
            f" LEFT JOIN LATERAL (SELECT FROM {relation.stored_sql} AS {name} WHERE "
            f"{name}.ctid = {relation.prefix}.ctid FOR {lock.strength}{lock.wait}) "
            f"AS {scope.translation.fresh('locked')} ON true"
        )
    return from_, clauses


def waiting(
    scope: Scope, rows: str, sources: str, parameters: int, *, plain: bool
) -> Waiting | None:
    """Return the query that waits for writers of the rows that a SELECT reads, if one is possible.

    `rows` is the SELECT itself, whose rows are locked if it is plain; otherwise all rows of its
    `sources` (FROM and WHERE) are, which use the first `parameters`.
    """
    tables, clauses = set(), ""
    for relation in scope.relations:
        table = relation.table if relation.base and not relation.outer else None
        if table is None or table.system or table.name.startswith(("#", "@")):
            continue
        if relation.prefix not in scope.unlocked:
            tables.add(table.oid)
            clauses += f" FOR SHARE OF {relation.prefix}"
    if not tables or scope.locks:
        return None
    if plain:
        return Waiting(f"{rows}{clauses}", len(scope.translation.parameters), frozenset(tables))
    return Waiting(f"SELECT 1{sources}{clauses}", parameters, frozenset(tables))


def _current(relation: Relation, scope: Scope) -> Relation:
    """Return the relation as the joins left it."""
    return next((each for each in scope.relations if each.prefix == relation.prefix), relation)
