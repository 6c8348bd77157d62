"""CHECK and NOCHECK CONSTRAINT: checks and foreign keys switched off, and on again.

PostgreSQL switches a foreign key by its triggers. Dropping them leaves dead rows in its catalog
until the transaction ends: tests and loaddata switch all keys of a database hundreds of times in
one. So within a transaction a trusted key that is on is recorded as off in a transactional
setting, and its tables are locked. PostgreSQL learns of it (`apply`) before a statement that
depends on it: DDL, COMMIT, a change of those tables. A key that has not been applied has seen no
rows, so it is on again, and trusted, without a look at them. Follows "ALTER TABLE (Transact-SQL)",
https://learn.microsoft.com/sql/t-sql/statements/alter-table-transact-sql
"""

from __future__ import annotations

from typing import Any

from tds_embedded.catalog.tables import Table
from tds_embedded.engine.ddl import commands, row_checks
from tds_embedded.engine.protocol import Engine
from tds_embedded.engine.transactions import APPLY_SWITCHES
from tds_embedded.errors import error
from tds_embedded.postgres.identifiers import quote
from tds_embedded.tsql import ast

_PUT_DOWN = "SELECT meta.put_down_switch($1::int8::oid, $2::text[], $3, $4)"
_APPLY = "SELECT meta.apply_switches($1::int8::oid, $2)"


def switch(action: ast.CheckConstraints, engine: Engine, table: Table) -> None:
    """Turn checks and foreign keys off, or on again with or without a look at the rows."""
    transactions = engine.transactions
    if transactions.count:
        values = [table.oid, list(action.names), action.enable, bool(action.check_existing)]
        ((is_put_down,),) = engine.backend.run(_PUT_DOWN, values, lasts=True).all()
        if is_put_down:
            transactions.switched = transactions.switched or not action.enable
            return
        apply(engine, table)
    _switch_now(action, engine, table)


def apply(engine: Engine, table: Table | None = None, *, inserts: bool = False) -> None:
    """Switch off the recorded keys in PostgreSQL: those of the changed table, or all.

    `inserts`: the change is an INSERT, which meets the table's own keys alone.
    """
    if not engine.transactions.switched:
        return
    if table is None or table.view:
        engine.backend.command(APPLY_SWITCHES)
    else:
        engine.backend.run(_APPLY, [table.oid, inserts], lasts=True).all()


def _switch_now(action: ast.CheckConstraints, engine: Engine, table: Table) -> None:
    rows = engine.backend.run(_CHECKED, [table.oid], lasts=True).all()
    by_name = {str(name).lower(): row for name, *row in rows}
    names = [name.lower() for name in action.names] or list(by_name)
    for name in action.names:
        if name.lower() not in by_name:
            is_key = commands.run(engine, _KEY, {"table": table.oid, "name": name})
            raise error(4916).after(error(11415 if is_key else 4917, name))
    statements = [_statements(table, action, *by_name[name]) for name in names]
    commands.run(engine, "".join(statements))
    if action.enable and not action.check_existing:
        for name in names:
            postgres, *_, data = by_name[name]
            if data.get("disabled"):
                row_checks.watch(engine, table, postgres)


_CHECKED = """
SELECT meta.constraint_name(oid, conname), conname::text, oid::int8, contype::text,
    regexp_replace(pg_get_constraintdef(oid), '( NOT VALID| NOT ENFORCED)+$', ''),
    coalesce(meta.of_constraint(oid), '{}')
FROM pg_constraint WHERE conrelid = $1::int8::oid AND contype IN ('c', 'f')
"""
_KEY = """
SELECT 1 FROM pg_constraint WHERE conrelid = %(table)s AND contype IN ('p', 'u')
    AND lower(meta.constraint_name(oid, conname)) = lower(%(name)s)
"""


def _statements(
    table: Table,
    action: ast.CheckConstraints,
    name: str,
    oid: int,
    kind: str,
    definition: str,
    data: dict[str, Any],
) -> str:
    """Return the PostgreSQL statements that switch a constraint, "" if there is nothing to do."""
    is_trusted = action.enable and action.check_existing
    if is_trusted and not (data.get("disabled") or data.get("untrusted")):
        return ""
    if not is_trusted and bool(data.get("disabled")) is not action.enable:
        return ""
    quoted_name = quote(name)
    if kind == "f" and not action.enable:
        change = f"ALTER CONSTRAINT {quoted_name} NOT ENFORCED"
    else:
        suffix = " NOT ENFORCED"
        if is_trusted:
            suffix = ""
        elif action.enable and kind == "f":
            suffix = " NOT VALID"
        change = f"DROP CONSTRAINT {quoted_name}, ADD CONSTRAINT {quoted_name} {definition}{suffix}"
    properties = {**data, "disabled": not action.enable, "untrusted": not is_trusted}
    comment = commands.comment_sql(f"CONSTRAINT {quoted_name} ON {table.sql}", properties)
    return f"{row_checks.unwatch_sql(table, oid)}ALTER TABLE {table.sql} {change}; {comment};"
