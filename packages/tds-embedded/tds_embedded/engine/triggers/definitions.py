"""The users' triggers: stored as text in meta.modules, run by the interpreter (firing.py).

Follows "CREATE TRIGGER",
https://learn.microsoft.com/sql/t-sql/statements/create-trigger-transact-sql
"""

from __future__ import annotations

from collections.abc import Sequence

from tds_embedded.catalog.tables import Table
from tds_embedded.engine.protocol import Engine
from tds_embedded.errors import SqlServerError, error
from tds_embedded.tsql import ast

_FORGET = "DELETE FROM meta.modules WHERE kind = 'TR' AND id NOT IN (SELECT id FROM meta.triggers)"
_FIND = """
    SELECT m.id, coalesce(t.relation::int8, 0) FROM meta.modules m
    LEFT JOIN meta.trigger_events t ON t.module = m.id
    WHERE lower(schema) = lower($1) AND lower(name) = lower($2) AND kind = 'TR'
"""
_INSTEAD_OF = """
    SELECT id, events FROM meta.triggers WHERE relation = $1::int8::oid AND instead_of
"""
_CREATE = """
    WITH made AS (INSERT INTO meta.modules (schema, name, kind, definition)
        VALUES ($1, $2, 'TR', $3) RETURNING id)
    INSERT INTO meta.trigger_events (module, relation, events, instead_of)
    SELECT id, $4::int8::oid, $5, $6 FROM made
"""
_DROP = "DELETE FROM meta.modules WHERE id = $1"
_SWITCH = """
    UPDATE meta.trigger_events SET enabled = $1 WHERE relation = $2::int8::oid
    AND ($3 = '' OR module IN (SELECT id FROM meta.modules WHERE lower(name) = lower($3)))
"""


def create(node: ast.CreateTrigger, engine: Engine) -> None:
    """CREATE, ALTER or CREATE OR ALTER. Raises 208, 1034, 2110, 2111, 2714 or 8197."""
    for position, event in enumerate(node.events):
        if event in node.events[:position]:
            raise error(1034, event)
    table = engine.catalog.table(node.table.schema, node.table.name)
    if table is None:
        raise error(8197, str(node.table))
    if table.view and node.timing == "AFTER":
        raise error(8197, str(node.table), state=6)
    backend = engine.backend
    backend.run(_FORGET)
    schema = node.name.schema or table.schema
    replaced_ids = _replaced(node, schema, table, engine)
    if node.timing != "AFTER":
        _check_only_one(node, table, replaced_ids, engine)
    for trigger_id in replaced_ids:
        backend.run(_DROP, [trigger_id])
    backend.run(
        _CREATE,
        [
            schema,
            node.name.name,
            node.text,
            table.oid,
            list(node.events),
            node.timing != "AFTER",
        ],
    )
    engine.catalog.changed()


def _replaced(node: ast.CreateTrigger, schema: str, table: Table, engine: Engine) -> list[int]:
    """Return the trigger that the statement alters, if there is one. Raises 208, 2110 or 2714."""
    rows = engine.backend.run(_FIND, [schema, node.name.name]).all()
    if not rows and node.mode == "ALTER":
        raise error(208, str(node.name), state=6)
    is_taken = engine.catalog.table(schema, node.name.name) is not None
    if is_taken or (rows and node.mode == "CREATE"):
        raise error(2714, node.name.name, state=2)
    if any(relation != table.oid for _, relation in rows):
        raise error(2110, str(node.name), str(node.table))
    return [trigger_id for trigger_id, _ in rows]


def _check_only_one(
    node: ast.CreateTrigger, table: Table, replaced_ids: Sequence[int], engine: Engine
) -> None:
    """Raise error 2111 for a second INSTEAD OF trigger of an event."""
    for trigger_id, events in engine.backend.run(_INSTEAD_OF, [table.oid]).all():
        events_in_use = [event for event in node.events if event in events]
        if trigger_id not in replaced_ids and events_in_use:
            verb = "alter" if node.mode == "ALTER" else "create"
            kind = "view" if table.view else "table"
            raise error(2111, verb, str(node.name), kind, str(node.table), events_in_use[0])


def drop(node: ast.DropObjects, engine: Engine) -> None:
    """Drop the triggers that exist. Raises 3701 for each of the others."""
    missing: list[SqlServerError] = []
    for name in node.names:
        schema = name.schema or engine.catalog.default_schema
        rows = engine.backend.run(_FIND, [schema, name.name]).all()
        if not rows and not node.if_exists:
            missing.append(error(3701, "trigger", str(name)))
        for trigger_id, _ in rows:
            engine.backend.run(_DROP, [trigger_id])
    if missing:
        raise missing[-1].after(*missing[:-1])
    engine.catalog.changed()


def switch(node: ast.EnableTrigger, engine: Engine) -> None:
    """{ENABLE | DISABLE} TRIGGER ... ON table. Raises 1088."""
    table = engine.catalog.table(node.table.schema, node.table.name)
    if table is None:
        raise error(1088, str(node.table), state=21)
    for name in node.names:
        schema = name.schema or table.schema
        rows = engine.backend.run(_FIND, [schema, name.name]).all()
        if not any(relation == table.oid for _, relation in rows):
            raise error(1088, str(name), state=119)
    for each in [name.name for name in node.names] or [""]:
        engine.backend.run(_SWITCH, [node.enable, table.oid, each])
    engine.catalog.changed()


def alter_table(node: ast.AlterTable, engine: Engine) -> None:
    """ALTER TABLE ... {ENABLE | DISABLE} TRIGGER. Raises 4902 or 4920."""
    action = node.action
    assert isinstance(action, ast.EnableTriggers)
    table = engine.catalog.table(node.name.schema, node.name.name)
    if table is None or table.view:
        raise error(4902, str(node.name))
    for name in action.names:
        rows = engine.backend.run(_FIND, [table.schema, name]).all()
        if not any(relation == table.oid for _, relation in rows):
            raise error(4920, name, table.name)
    for each in action.names or ("",):
        engine.backend.run(_SWITCH, [action.enable, table.oid, each])
    engine.catalog.changed()
