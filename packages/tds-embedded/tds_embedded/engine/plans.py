"""SET SHOWPLAN_XML and SET STATISTICS XML: plans instead of results, or after them.

Follows "SET SHOWPLAN_XML" and "SET STATISTICS XML",
https://learn.microsoft.com/sql/t-sql/statements/set-showplan-xml-transact-sql
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tds_embedded.engine import permissions
from tds_embedded.engine.frames import Frame
from tds_embedded.engine.protocol import Engine
from tds_embedded.engine.query_statistics import LONGEST_TEXT, Entry, utf16_bytes
from tds_embedded.showplan import document as showplan
from tds_embedded.tsql import ast, translate
from tds_embedded.tsql.translate import Translated
from tds_embedded.tsql.walk import nested_statements
from tds_embedded.types import Command, SqlType
from tds_embedded.wire.responses import Sink

KINDS = {
    ast.Select: "SELECT",
    ast.Insert: "INSERT",
    ast.Update: "UPDATE",
    ast.Delete: "DELETE",
    ast.Merge: "MERGE",
}


def show_estimated(
    statements: Sequence[ast.Statement], frame: Frame, engine: Engine, sink: Sink
) -> None:
    """Send the plans of a batch that is not run. Statements of its procedure calls have none."""
    if frame.is_module:
        return
    statement_plans = list(_planned(statements, frame, engine))
    if statement_plans:
        _send(statement_plans, engine, sink)


def _planned(
    statements: Sequence[ast.Statement], frame: Frame, engine: Engine
) -> Iterator[showplan.Planned]:
    for node in nested_statements(statements):
        kind = KINDS.get(type(node))
        if kind is None:
            continue
        translation = engine.translation(node, frame, translate.statement)
        permissions.check_statement(node, engine)
        permissions.check_showplan(engine)
        engine.transactions.before_statement(writes=False)
        command = showplan.explain(translation.sql, actual=False)
        plan = json.loads(engine.backend.text(command))
        yield showplan.Planned(frame.text(node), kind, plan, _parameters(translation, frame), {})


def run_with_plan(
    node: ast.Statement, translation: Translated, frame: Frame, engine: Engine, sink: Sink
) -> None:
    """Send a statement's results, and its actual plan as one result set more.

    PostgreSQL runs the statement once for the plan, which is undone, and once for its results.
    """
    values = engine.executor.values(translation, frame)
    command = showplan.explain(translation.sql, actual=True)
    plan: list[Any] = []

    def explain() -> None:
        engine.executor.apply_switches(translation)
        for lock in translation.locks:
            engine.backend.command(lock)
        plan.extend(engine.backend.run(command, values).all())

    if translation.creates is None:
        engine.executor.run_and_undo(explain)
    engine.executor.run_translated(node, translation, frame, sink)
    compiled_values = {
        name: _constant(value)
        for name, value in zip(translation.parameters, values, strict=True)
        if frame.is_module and name in frame.values
    }
    row_count = engine.row_count
    plan_of_statement = showplan.Planned(
        frame.text(node),
        KINDS[type(node)],
        plan[0][0] if plan else None,
        _parameters(translation, frame),
        compiled_values,
    )
    _send([plan_of_statement], engine, sink)
    engine.row_count = row_count


def _send(statement_plans: Sequence[showplan.Planned], engine: Engine, sink: Sink) -> None:
    document = showplan.show_plan(
        statement_plans,
        lambda sql: engine.backend.run(sql).all(),
        engine.database,
        version=engine.product.product_version,
        compatibility_level=engine.product.compatibility_level,
    )
    sink.columns([showplan.COLUMN])
    sink.rows([(document,)])
    sink.done(None, Command.SELECT)


def entry(
    node: ast.Statement, translation: Translated, frame: Frame, engine: Engine
) -> Entry | None:
    """Return a statement's entry in the statistics, or None if its text is too long for one."""
    statistics = engine.statistics
    prefix = f"({frame.declarations})" if frame.declarations else ""
    text = prefix + frame.sql
    if len(text) > LONGEST_TEXT:
        return None
    statement = frame.text(node)
    start = utf16_bytes(prefix + frame.sql[: node.position])
    statistics_entry = statistics.find(engine.database, text, start, translation)
    if statistics_entry is None:
        at_the_end = not frame.sql[node.end :].strip(" \r\n\t;")
        end = -1 if at_the_end else start + utf16_bytes(statement) - 2
        kind = KINDS[type(node)]
        parameters = _parameters(translation, frame)
        now = engine.request_start
        statistics_entry = Entry(
            engine.database, text, start, end, kind, statement, translation, parameters, now, now
        )
        statistics.add(statistics_entry)
    return statistics_entry


def _parameters(translation: Translated, frame: Frame) -> list[tuple[str, SqlType]]:
    types: Mapping[str, SqlType] = frame.types
    return [(name, types[name]) for name in translation.parameters if name in types]


def _constant(value: object) -> str:
    """Return a value as a plan writes it."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return f"({int(value)})"
    if isinstance(value, bytes):
        return "0x" + value.hex().upper()
    if isinstance(value, str):
        return "N'" + value.replace("'", "''") + "'"
    if isinstance(value, (int, float)):
        return f"({value})"
    return f"'{value}'"
